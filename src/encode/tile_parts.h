/*
 * tile_parts.h - one tile to make, as tile.c hands it to its two halves.
 */
#ifndef ENCODE_TILE_PARTS_H
#define ENCODE_TILE_PARTS_H

#include "encode/mvt.h"
#include "encode/tile_cache.h"
#include "terrier/encode.h"

struct tile_tally;

struct tile_partners {
    const struct tr_column *column;
    const char **keys; /* of the counts, by code; NULL until used */
    uint32_t *counts;  /* by code; all 0 between two uses */
};

struct tile_job {
    const struct tr_collection *c;
    struct tr_tile tile;
    size_t first, last;   /* sites: the tile's range; else all rows */
    const uint64_t *pass; /* bit 0 is row `pass_first`; NULL: all pass */
    size_t pass_first;
    const struct tile_tally *tally; /* of the filter's sites; NULL: none yet */
    const char *const *names; /* of the properties, as the tile calls them */
    const struct tr_column *const *columns;
    size_t n_columns;
    struct tile_partners *partners; /* to count by; NULL: not asked for */
    size_t budget;                  /* bytes */
    struct tr_tile_cache *cache;    /* may be NULL */
    struct tr_arena *scratch;
};

static inline bool tile_passes(const struct tile_job *job, size_t row)
{
    size_t i = row - job->pass_first;

    return !job->pass || (job->pass[i / 64] >> (i % 64) & 1);
}

/* What a tile's features carry unless asked otherwise: names of the table's
 * columns, at most TILE_MAX_NAMES. Sites also have `locality`, the area in
 * their place's first set: column tile_locality(), NULL when there is none. */
#define TILE_MAX_NAMES 16
size_t tile_usual_names(const struct tr_collection *c, const char **names);
const struct tr_column *tile_locality(const struct tr_collection *c);

/* The counts that a stack or a cell of sites carries beside `count`. */
#define TILE_COUNTS 6
extern const struct tile_count {
    enum tr_class class_;
    const char *key;
} tile_counts[TILE_COUNTS];

/* ---- rows that a filter passes (tile_filter.c) ---- */

/* Set job->pass and job->tally; `*item` is the caller's to put back. */
enum tr_status tile_filter(struct tile_job *job, const struct tr_cql2 *filter,
                           const struct tile_item **item, struct tr_error *err);
/* What tile_filter() would refuse, without asking it of any row. */
enum tr_status tile_filter_check(const struct tr_collection *c,
                                 const struct tr_cql2 *filter,
                                 struct tr_arena *scratch,
                                 struct tr_error *err);

/* ---- running counts (tile_tally.c) ---- */

struct tile_sums {
    uint64_t x, y; /* of their cells */
    uint32_t n, by_class[TILE_COUNTS];
};

/* Of the sites first..last-1 that pass, up to each 64th. */
struct tile_tally {
    const struct tr_snapshot *s;
    const uint64_t *pass; /* bit 0 is site `first`; NULL: all pass */
    size_t first, last;
    const struct tile_sums *blocks;
};

enum tr_status tile_tally_make(struct tile_tally *t, struct tr_arena *a,
                               struct tr_error *err);
/* Of all of a snapshot's located sites, or without a cache of the job's. */
enum tr_status tile_tally_get(const struct tile_job *job,
                              const struct tile_item **item,
                              const struct tile_tally **out,
                              struct tr_error *err);

struct tile_cursor { /* zero at first; what lies before site `at` */
    size_t at;
    struct tile_sums sums;
};
/* Move on to site `to`, which is not before. */
void tile_tally_seek(const struct tile_tally *t, struct tile_cursor *c,
                     size_t to);

/* ---- the two halves, and the cells of the first ---- */

enum tr_status tile_sites(const struct tile_job *job, struct tr_buf *out,
                          struct tr_error *err);
/* Cells of 2^bits by 2^bits to the tile. False: more than the budget, and it
 * may not be `any_size`. */
bool tile_cells(struct mvt_layer *l, const struct tile_job *job, unsigned bits,
                bool any_size);
/* `partner:NAME` of the sites first..last-1 that pass. */
void tile_put_partners(struct mvt_layer *l, const struct tile_job *job,
                       size_t first, size_t last);
/* Points, lines and areas of a layer or an area set, and the areas' labels. */
enum tr_status tile_shapes(const struct tile_job *job, struct tr_buf *out,
                           struct tr_error *err);

#endif
