/*
 * snapshot_input.h - what a snapshot is made from: rows that one audience may
 * see, as a store read them, and what their layers' profiles say of them.
 *
 * Making the snapshot is pure: the same input gives the same bytes, whatever
 * the order of the rows and the number of threads. Rows and results are copied;
 * places, the layers' texts and geometries are not: they must live in the arena
 * that becomes the snapshot's own.
 */
#ifndef TR_SNAPSHOT_INPUT_H
#define TR_SNAPSHOT_INPUT_H

#include "terrier/record.h"
#include "terrier/snapshot.h"

struct tr_input_row {
    const char *key;
    enum tr_tier tier;
    long source_row;
    int32_t missing_since;    /* TR_NO_DATE: in the source */
    const char *coord_source; /* "given", "postcode" ... "none" */
    uint16_t precision_m;
    bool has_position;
    bool withheld; /* there is one, but this audience may not know */
    struct tr_position position;
    const char *outward;                /* NULL: none */
    const struct tr_geometry *geometry; /* NULL: none */
    const struct tr_schema *schema;     /* of the record */
    const unsigned char *record;
    size_t record_len;
};

struct tr_input_layer {
    struct tr_layer about; /* meta data only; rows, table and areas are made */
    bool sees_all_fields;  /* the audience is the layer's own partner */
    size_t n_rows;
    struct tr_input_row *rows; /* put in order in place, but for sites */
    const char *match; /* statistics: the area field their `match` names */
    size_t n_partial;  /* postcodes: outward codes that continue beyond it */
    const char *const *partial;
};

struct tr_input_result {
    const char *site_id, *class_name, *data;
};

/* What people decided of a site, as this audience may know it. */
struct tr_input_standing {
    const char *site_id, *class_name;
    const char *status; /* "draft" ... "published" */
    const char *reason; /* of a published class: what was chosen for the public
                           to read; "" otherwise */
    bool rests_on_more; /* than the public sees: only that reason is public */
    bool beats;         /* the computed class; else it only says how far the
                           decision on that same class has come */
};

struct tr_snapshot_input {
    struct tr_audience audience;
    int32_t as_of;
    int64_t revision, run;
    size_t n_places, n_layers, n_results;
    const struct tr_place *const *places;
    struct tr_input_layer *layers;         /* by name */
    const struct tr_input_result *results; /* of the adopted run, by site_id */
    size_t n_standings;
    const struct tr_input_standing *standings;
    const char *inputs; /* lives in `a`; see snapshot.h */
    unsigned threads;
    /* A digest of all that decides the rows: places, layers, loads, who sees
     * them; NULL: nothing is ever shared. Where the earlier snapshot `like` has
     * the same, its sites, layers and areas are used again, `layers` is not
     * looked at, and only what follows from classes is made. */
    const char *rows_key;
    const struct tr_snapshot *like; /* NULL: none */
};

/* Would what `like` has be used again? */
bool tr_snapshot_is_like(const struct tr_snapshot *like, const char *rows_key);

/* `a` becomes the snapshot's own arena (malloc'd, taken over even on failure):
 * the array of places, the layers' texts and the geometries in `in` live in it
 * already. Fails with TR_EDATA (two sites with one id, a damaged record) or TR_ENOMEM. */
enum tr_status tr_snapshot_make(const struct tr_snapshot_input *in,
                                struct tr_arena *a, struct tr_snapshot **out,
                                struct tr_error *err);

#endif
