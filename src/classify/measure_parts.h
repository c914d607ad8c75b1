/* measure_parts.h - what the measure_*.c files share. */
#ifndef CLASSIFY_MEASURE_PARTS_H
#define CLASSIFY_MEASURE_PARTS_H

#include "classify/measures.h"

/* ---- where the data ends (measure_covers.c) ---- */

#define MAX_COVERS 32

struct covers {
    size_t n;
    const struct tr_area_set *sets[MAX_COVERS];
    /* Per located site: mm to the outer boundary of the set; 0 outside it. */
    const int64_t *distance_mm[MAX_COVERS];
    const uint32_t *of_layer;   /* bit per set: the one a layer ends at */
    const uint32_t *of_service; /* the ones that sites with a service end at */
    uint32_t of_sites;          /* of any layer of sites */
};

enum tr_status covers_find(const struct measure_input *in, struct covers *out,
                           struct tr_error *err);
/* The least distance over the sets of a mask; INT64_MAX for an empty one. */
int64_t covers_distance(const struct covers *c, uint32_t mask, size_t site);

/* ---- what is measured (measure_targets.c) ---- */

struct pool { /* some rows, and what finds the near ones */
    const struct tr_near *near;
    const uint32_t *rows; /* of the index's items; NULL: the same */
    size_t n;             /* items */
};

struct targets {
    const struct measure_input *in;
    const struct rule_measure *rule;
    const struct tr_layer *layer; /* NULL: sites */
    const struct tr_table *table;
    const struct tr_position *positions;
    const struct tr_geometry *const *shapes;     /* NULL: points */
    const uint16_t *precision_m;                 /* NULL: exact */
    int64_t precision_mm;                        /* the greatest of a row */
    size_t n_rows;                               /* that can have a position */
    const struct tr_column *services, *partners; /* of the sites; or NULL */
    struct pool all;                             /* not of same-service */
    const struct pool *by_service;               /* per code of `services` */
};

struct spot {
    size_t site;
    int32_t e_mm, n_mm;
    int64_t precision_mm;
};

enum which { SURELY, AS_GIVEN, POSSIBLY };

struct rows {
    size_t n;
    const uint32_t *rows; /* ascending, each once */
};

/* `*note` says why there is nothing to measure, and is NULL when there is. */
enum tr_status targets_make(const struct measure_input *in,
                            const struct rule_measure *rule,
                            struct targets *out, const char **note,
                            struct tr_error *err);
struct spot spot_of(const struct tr_snapshot *s, size_t site);
/* Does a row count for a site: not the site itself, and of other partners where
 * that is asked? */
bool targets_qualifies(const struct targets *t, size_t site, uint32_t row);
/* Has the site what `among` compares? Else the measure is missing. */
bool targets_comparable(const struct targets *t, size_t site);
/* The rows within `within_mm` of the spot: those surely there, whatever the
 * precisions; those there as the positions are given; those possibly there. */
enum tr_status targets_within(const struct targets *t, const struct spot *at,
                              int64_t within_mm, enum which which,
                              struct tr_arena *a, struct rows *out,
                              struct tr_error *err);
enum tr_status targets_count(const struct targets *t, const struct spot *at,
                             int64_t within_mm, enum which which,
                             struct tr_arena *a, size_t *out,
                             struct tr_error *err);
/* The nearest row and its distance; TR_NEAR_NONE: there is none. */
uint32_t targets_nearest(const struct targets *t, const struct spot *at,
                         int64_t *mm);
int64_t targets_row_mm(const struct targets *t, const struct spot *at,
                       uint32_t row);
static inline int64_t targets_precision(const struct targets *t, uint32_t row)
{
    return t->precision_m ? (int64_t)t->precision_m[row] * 1000 : 0;
}
/* The codes of a list column's row. */
size_t list_codes(const struct tr_column *c, size_t row,
                  const uint32_t **codes);

/* ---- asked for all sites at once (measure_batch.c) ---- */

/* Per located site: how many rows are within (by enum which), and, as positions
 * are given, the nearest row. What has to be asked site by site is left alone;
 * entries of sites outside the scope mean nothing. */
enum tr_status batch_counts(const struct targets *t, int64_t within_mm,
                            const uint32_t *out[3], struct tr_error *err);
enum tr_status batch_nearest(const struct targets *t,
                             const struct tr_nearest **out,
                             struct tr_error *err);

/* ---- what rows are worth (measure_values.c) ---- */

/* Sums are in 2^-20 of the unit, so that no order of adding changes them. */
#define WORTH_ONE 1048576

struct worths {
    const int64_t *worth;        /* per row */
    const uint64_t *present;     /* bit per row */
    const uint64_t *yes, *known; /* share: where the part's condition holds */
    struct tr_column distinct;
};

enum tr_status worths_make(const struct targets *t, struct worths *out,
                           const char **note, struct tr_error *err);
/* `*has` is false when the rows give no value. */
enum tr_status worths_of(const struct targets *t, const struct worths *w,
                         const struct rows *rows, struct tr_arena *a, bool *has,
                         double *out, struct tr_error *err);

/* ---- the two that are alone ---- */

enum tr_status measure_gap(const struct measure_input *in,
                           const struct covers *covers, struct measure *m,
                           struct tr_error *err);
enum tr_status measure_median(const struct measure_input *in, struct measure *m,
                              struct tr_error *err);

void measure_put(struct measure *m, size_t site, double low, double value,
                 double high);

#endif
