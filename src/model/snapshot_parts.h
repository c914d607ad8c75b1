/*
 * snapshot_parts.h - how the files that make a snapshot hand it to each other:
 * sites first, then layers and areas, then classes and the digest.
 *
 * `scratch` dies when the snapshot is made; what stays goes to s->arena.
 */
#ifndef MODEL_SNAPSHOT_PARTS_H
#define MODEL_SNAPSHOT_PARTS_H

#include "terrier/snapshot_input.h"

/* The columns of one table in the making. */
struct columns {
    struct tr_arena *a;
    size_t n, size;
    struct tr_column *list;
    enum tr_status st; /* the first failure; later calls do nothing */
    struct tr_error *err;
};

void columns_init(struct columns *c, struct tr_arena *a, struct tr_error *err);
/* Room for one more; NULL after a failure. */
struct tr_column *columns_next(struct columns *c);
/* Finish `b` over n rows as the next column. */
void columns_finish(struct columns *c, struct tr_column_builder *b, size_t n,
                    const char *title, enum tr_tier tier);

/* What is known of each site while columns are being made. */
struct site_draft {
    uint32_t first, n; /* its members in `members`, the kept one first */
    const struct tr_input_row *placed; /* whose position it has, or NULL */
    const struct tr_geometry *footprint;
    bool withheld;
    const char *outward; /* of a site without a point; NULL: none */
    uint64_t key;        /* Morton; UINT64_MAX without a point is not special:
                            `placed` says */
    const char *id;
    uint64_t number;
    uint32_t place;
};

struct member {
    uint32_t layer; /* index into in->layers */
    const struct tr_input_row *row;
    const char *id;
    const struct tr_input_row *answers; /* the row it answers for; NULL */
};

struct drafts {
    size_t n_sites, n_located, n_members;
    struct site_draft *sites; /* in the snapshot's order */
    struct member *members;
};

/* Join rows into sites, place them and put them in order. */
enum tr_status tr_draft_sites(const struct tr_snapshot_input *in,
                              struct tr_arena *keep, struct tr_arena *scratch,
                              struct drafts *out, struct tr_error *err);

/* Ids, positions, occupations, the joined table and the plain columns. */
enum tr_status tr_make_sites(const struct tr_snapshot_input *in,
                             const struct drafts *d, struct tr_snapshot *s,
                             struct columns *c, struct tr_arena *scratch,
                             struct tr_error *err);

/* Area sets with their statistics, and the other layers. */
enum tr_status tr_make_areas(const struct tr_snapshot_input *in,
                             struct tr_snapshot *s, struct tr_arena *scratch,
                             struct tr_error *err);
enum tr_status tr_make_layers(const struct tr_snapshot_input *in,
                              struct tr_snapshot *s, struct tr_arena *scratch,
                              struct tr_error *err);

/* Put every site into its areas, and the columns that say so. */
enum tr_status tr_place_sites(const struct tr_snapshot_input *in,
                              const struct drafts *d, struct tr_snapshot *s,
                              struct columns *c, struct tr_arena *scratch,
                              struct tr_error *err);

/* Which area of `set` holds each of n positions; TR_NO_AREA where has[i] is
 * false (`has` may be NULL: all do). */
enum tr_status tr_join_positions(const struct tr_area_set *set,
                                 const struct tr_position *at,
                                 const uint8_t *has, size_t n, unsigned threads,
                                 int32_t *out, struct tr_error *err);

/* The columns that areas give to n rows: the area's name, `.code`, and one for
 * each further column of the areas. */
void tr_area_columns(struct columns *c, const struct tr_snapshot *s,
                     const char *column_name, size_t n,
                     const struct tr_area_set *const *set_of_row,
                     const int32_t *area_of_row);

/* All records of a layer as columns. Hidden fields are left out. */
enum tr_status tr_record_columns(const struct tr_input_layer *l,
                                 const struct tr_snapshot_input *in,
                                 struct columns *c, struct tr_error *err);
bool tr_field_visible(const struct tr_schema_field *f,
                      const struct tr_snapshot_input *in,
                      const struct tr_input_layer *l);
bool tr_column_put_value(struct tr_column_builder *b, size_t row,
                         const struct tr_value *v);

bool tr_snapshot_index_ids(struct tr_snapshot *s);
const char *tr_snapshot_doubled_id(const struct tr_snapshot *s); /* or NULL */
void tr_snapshot_digest(struct tr_snapshot *s);

#endif
