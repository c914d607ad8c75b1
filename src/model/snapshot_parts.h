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
/* The next column is `column`. */
void columns_add(struct columns *c, const struct tr_column *column);
/* The next column is of texts: row i has texts[codes[i]], none where codes[i]
 * is NO_TEXT or the text is NULL. `codes`, n_rows of them in c->a, become the
 * column's own. */
#define NO_TEXT UINT32_MAX
void columns_add_lookup(struct columns *c, const struct tr_column *about,
                        size_t n_rows, uint32_t *codes,
                        const char *const *texts, size_t n_texts);
/* Finish `b` over n rows as the next column. */
void columns_finish(struct columns *c, struct tr_column_builder *b, size_t n,
                    const char *title, enum tr_tier tier);

/* Arenas for each thread that works on a snapshot: what stays, and what goes
 * when it is made. hands_end() gives all of it to the arenas of the whole. */
struct hands {
    unsigned n; /* threads */
    struct tr_arena *keep, *scratch;
};

bool hands_begin(struct hands *h, unsigned threads, struct tr_arena *scratch);
void hands_end(struct hands *h, struct tr_arena *keep,
               struct tr_arena *scratch);

/* Rows are worked on in pieces of so many; a whole number of words of bits. */
#define ROWS_A_PIECE ((size_t)16384)

static inline size_t pieces_of(size_t n)
{
    return (n + ROWS_A_PIECE - 1) / ROWS_A_PIECE;
}

/* A site while columns are being made. There are millions of them, so what its
 * members say is asked for, not kept. */
struct site_draft {
    uint64_t key;      /* Morton; 0 without a point */
    uint32_t first, n; /* its members in `members`, the kept one first */
};

struct member {
    const struct tr_input_row *row;
    const char *id;
    uint64_t number;
    const struct tr_input_row *answers; /* the row it answers for; NULL */
    uint32_t layer;                     /* index into in->layers */
};

struct drafts {
    size_t n_sites, n_located, n_members;
    struct site_draft *sites; /* in the snapshot's order */
    struct member *members;
    bool outlined; /* some row has an outline */
};

/* A site's id is that of its first member. */
static inline const char *draft_id(const struct drafts *d,
                                   const struct site_draft *s)
{
    return d->members[s->first].id;
}

/* The row whose position a site has, or NULL. */
const struct tr_input_row *draft_placed(const struct drafts *d,
                                        const struct site_draft *s);
/* The outline of that row, else the first of a row that has one; or NULL. */
const struct tr_geometry *draft_footprint(const struct drafts *d,
                                          const struct site_draft *s);
/* Of a site without a point: its outward code, or NULL; whether there is a
 * point that this audience may not know. */
const char *draft_outward(const struct drafts *d, const struct site_draft *s);
bool draft_withheld(const struct drafts *d, const struct site_draft *s);

/* Which rows are one site: puts the members site by site, those that are not to
 * be seen left out. `*group`: of each member its site, or NULL when every
 * member is a site of its own. */
enum tr_status tr_group_members(const struct tr_snapshot_input *in,
                                struct tr_arena *scratch, struct drafts *d,
                                uint32_t **group);

/* Put the sites in the snapshot's order. */
bool tr_order_sites(struct drafts *d);

/* Join rows into sites, place them and put them in order. */
enum tr_status tr_draft_sites(const struct tr_snapshot_input *in,
                              struct tr_arena *keep, struct tr_arena *scratch,
                              struct drafts *out, struct tr_error *err);

/* The columns of sites that are not fields of the register. `coord_sources`: per
 * site where its position comes from, or NULL. */
enum tr_status tr_plain_columns(const struct tr_snapshot_input *in,
                                const struct drafts *d,
                                const char *const *coord_sources,
                                const struct tr_snapshot *s, struct columns *c,
                                struct tr_error *err);

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
                                 struct columns *c, struct tr_arena *scratch,
                                 struct tr_error *err);
bool tr_field_visible(const struct tr_schema_field *f,
                      const struct tr_snapshot_input *in,
                      const struct tr_input_layer *l);

/* ---- snapshot_base.c ---- */

/* The columns of sites that a base has, the first ones of its snapshots. They
 * do not move: later columns go to a copy of the list. */
struct base_columns {
    const struct tr_column *list;
    size_t n;
};

/* The digest of what `of` points to, from item `first` on; it lives with the
 * base, so the pointer is its name. */
struct base_digest {
    const void *of;
    size_t first;
    struct tr_digest digest;
};

/* All that the snapshot holds so far becomes its base. False: no memory. */
bool base_begin(struct tr_snapshot *s, const struct columns *c,
                const char *rows_key);
/* One more snapshot has the base that `s`, a copy of another, points to. */
struct base_columns base_share(struct tr_snapshot *s);
struct base_columns base_columns(const struct tr_base *b);
const struct base_digest *base_digests(const struct tr_base *b, size_t *n);
/* Room for n of them, once, before the snapshot is shown; NULL: no memory. */
struct base_digest *base_keep_digests(struct tr_base *b, size_t n);

bool tr_snapshot_index_ids(struct tr_snapshot *s, struct tr_arena *keep);
const char *tr_snapshot_doubled_id(const struct tr_snapshot *s); /* or NULL */
/* False: no memory. */
bool tr_snapshot_digest(struct tr_snapshot *s, unsigned threads,
                        struct tr_arena *scratch);

#endif
