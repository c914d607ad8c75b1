/*
 * layer_load.h - one layer on its way from file to store, as the stages hand it
 * on: read and map (in blocks), locate, join, detect, write.
 */
#ifndef INGEST_LAYER_LOAD_H
#define INGEST_LAYER_LOAD_H

#include "ingest/load.h"
#include "terrier/crs.h"
#include "terrier/place.h"

/* One row that was read and mapped. Texts and bytes are in the layer's arena.
 */
struct load_row {
    const char *key;
    const unsigned char *record, *geometry; /* geometry NULL: none */
    const char *postcode; /* normal form; an outward code too; NULL */
    const char *uprn;     /* NULL */
    const char *dissolve; /* the value that polygons share; NULL */
    const char *held;     /* why the sensitive list holds it; NULL */
    struct tr_position position;
    double floor_area; /* m2; NAN: none */
    /* With a floor area: what rows that share one may have in common; 0: none */
    uint32_t street_hash, name_hash;
    size_t geometry_len;
    uint32_t record_len, file;
    long number; /* row or line in its file */
    int32_t precision_m;
    uint8_t coord_source, tier, position_tier;
    bool has_position;
    bool blank;   /* its coordinates were left blank */
    bool outward; /* lies by its outward code */
    bool dropped; /* merged, duplicate or rejected after it was mapped */
};

struct load_gazetteer; /* locate.h */
struct load_lookups;   /* lookup.h */

#define LOAD_WORKERS 256

struct layer_load {
    const struct profile *p;
    const struct tr_place *place;
    const struct load_options *options;
    struct tr_crs *crs;
    struct tr_crs **worker_crs; /* LOAD_WORKERS, one each when it is needed */
    struct load_gazetteer *gazetteer;
    struct load_lookups *lookups;
    struct tr_arena *report_arena;
    struct load_layer_report *report;
    struct tr_arena keep;  /* the rows */
    struct tr_arena block; /* cleared after each block */
    struct tr_buf buf;     /* scratch */
    struct load_row *rows;
    size_t n_rows, room;
    size_t issue_room, warning_room;
    const char *const *files; /* names, by load_row.file */
    const char *const *paths; /* NULL entries: the profile's own rows */
    size_t n_files;
    bool transformed; /* some coordinates went through a CRS operation */
};

/* ---- saying what was found ---- */

struct load_at { /* where in the source */
    uint32_t file;
    long row;
    const char *column, *value; /* NULL: none */
};

__attribute__((format(printf, 5, 6))) enum tr_status
layer_issue(struct layer_load *l, struct load_at at, const char *type,
            enum store_severity severity, const char *fmt, ...);
/* One that was said of another layer_load; its texts are copied. */
enum tr_status layer_add_issue(struct layer_load *l,
                               const struct store_issue *said);
__attribute__((format(printf, 2, 3))) enum tr_status
layer_warning(struct layer_load *l, const char *fmt, ...);

/* Digests of a street and of what counts of a name (0: nothing does): texts that
 * are alike have the same, and seldom others. */
uint32_t layer_street_hash(const char *street);
uint32_t layer_name_hash(const char *name);

/* Put the issues found so far into the order of the rows. */
void layer_sort_issues(struct layer_load *l);

enum tr_status layer_no_memory(const struct layer_load *l,
                               struct tr_error *err);

/* A copy in the layer's arena, or NULL. */
const char *layer_keep(struct layer_load *l, const char *text);
const unsigned char *layer_keep_bytes(struct layer_load *l, const void *p,
                                      size_t len);

/* ---- the stages ---- */

enum tr_status layer_read(struct layer_load *l, struct tr_error *err);
enum tr_status layer_locate(struct layer_load *l, struct tr_error *err);
enum tr_status layer_hold(struct layer_load *l, struct tr_error *err);
enum tr_status layer_dissolve(struct layer_load *l, struct tr_error *err);
enum tr_status layer_drop_duplicates(struct layer_load *l,
                                     struct tr_error *err);
enum tr_status layer_detect(struct layer_load *l, struct tr_error *err);
/* Of a layer that answers for another: is that one fit for it (TR_ECONFIG), and
 * which rows have keys that it lacks (issues). Neither in a dry run, when that
 * layer need not be in the store yet. */
enum tr_status layer_check_answers(struct layer_load *l, struct store *s,
                                   struct tr_error *err);
enum tr_status layer_say_strangers(struct layer_load *l, struct store *s,
                                   struct tr_error *err);
/* Count what is kept, then write it (or compare it, in a dry run). */
enum tr_status layer_write(struct layer_load *l, struct store *s,
                           const struct tr_digest *source,
                           struct tr_error *err);

#endif
