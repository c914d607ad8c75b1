/*
 * snapshot.h - everything that one audience may see, in memory, in columns.
 *
 * A snapshot is built from the store (store/snapshot_build.h), never changed
 * and freed as a whole. Every answer - a tile, a filter, a rule, a count, a
 * feed - is a function of one snapshot; any number of threads may read it.
 *
 * Order of sites: the located ones first, by Morton key of their cell and, at
 * one cell, by site_id; then those without a point, by site_id. A tile is thus
 * one contiguous range of the first `n_located`.
 *
 * `sites` is the table that filters, rules and encoders see. Its columns:
 *   site_id, name, partner (legend of the kept occupation's organisation, or
 * its name), organisation (code), partners (list of codes of all occupations),
 *   layer, layers (list), place, tier, coord_source, precision_m,
 * missing_since, as_of, occupations (how many), every field of field.h that
 * some site has, one text column per area set with the area's name:
 * `localities` for the latest vintage, `localities-2017` for each; beside it
 * `localities.code`, `localities.certainty` (inside, probable, outside, no
 * point, not published) and `localities.X` for each further column X of the
 * areas, statistics joined to them included; class, class_status and what else
 * a run gave. A site's value of a field is the first present one among its
 * occupations, the kept one first, then by tier (most public first) and own id.
 * Rows of a layer of answers are the last of their site's occupations, are not
 * counted in `occupations` and give their values to the row they answer for.
 */
#ifndef TR_SNAPSHOT_H
#define TR_SNAPSHOT_H

#include "terrier/area_join.h"
#include "terrier/hash.h"
#include "terrier/near.h"
#include "terrier/place.h"
#include "terrier/table.h"

/* ---- audiences ---- */

struct tr_audience {
    enum tr_tier tier;     /* sees rows and fields up to this tier */
    char organisation[64]; /* partner audiences: whose own restricted rows they
                              see too; "" otherwise */
    char name[80]; /* "public", "partnership", "partner:X", "operator" */
};

/* "public", "partnership", "operator" or "partner:CODE". TR_EINVAL. */
enum tr_status tr_audience_parse(const char *name, struct tr_audience *out,
                                 struct tr_error *err);

/* ---- what a site is made of ---- */

/* How sure it is that something lies in an area. */
enum tr_certainty {
    TR_INSIDE,        /* by its point, exactly */
    TR_PROBABLE,      /* by its outward code, of which 95 % lie there */
    TR_OUTSIDE,       /* its point lies in no area of the set */
    TR_NO_POINT,      /* nothing says where it is */
    TR_NOT_PUBLISHED, /* this audience may not know */
    TR_CERTAINTIES
};
const char *tr_certainty_name(enum tr_certainty c);

#define TR_NO_ROW UINT32_MAX

struct tr_occupation {   /* one accepted row of one layer */
    const char *site_id; /* the id that this row has on its own */
    const char *key;
    uint32_t layer;       /* index into snapshot->layers */
    int32_t organisation; /* index into places[place]->organisations, or -1 */
    enum tr_tier tier;
    int32_t source_row;
    int32_t missing_since; /* TR_NO_DATE: it is in the source */
    int32_t as_of;         /* what date its source speaks of, or TR_NO_DATE */
    uint32_t joined_row;   /* its row in snapshot->joined, or TR_NO_ROW when
                              it is its site's only one */
};

enum tr_class {
    TR_KEY,
    TR_CORE,
    TR_SURPLUS,
    TR_IN_REVIEW, /* what the public reads for an unpublished surplus */
    TR_UNCLASSIFIED,
    TR_NOT_APPLICABLE,
    TR_NO_CLASS, /* no run has classified it */
    TR_CLASSES
};
const char *tr_class_name(enum tr_class c); /* "key" ... "not-applicable", "" */
bool tr_class_parse(const char *name, enum tr_class *out);

/* The class that an audience reads for a computed one: to the public a computed
 * surplus is a candidate for its owner to review, and no more than in review
 * until it is published. */
enum tr_class tr_class_shown(const struct tr_audience *audience,
                             enum tr_class computed);
/* A text or JSON about a class that is not published as surplus, in the words
 * that the audience may read: where tr_class_shown() hides surplus, its name and
 * every mention of it become in review. `text` itself when nothing changes (so
 * NULL stays NULL), else from the arena; NULL without memory. */
const char *tr_text_shown(const struct tr_audience *audience, const char *text,
                          struct tr_arena *a);

/* ---- layers and areas ---- */

struct tr_layer {
    const char *name, *title, *kind; /* kind as in profiles: "sites" ... */
    uint32_t place;                  /* index into places */
    const char *partner;             /* organisation code; NULL: none */
    const char *licence, *attribution, *vintage, *draw; /* NULL: not said */
    const char *set, *label; /* areas: the set, what one is called */
    const char *covers;      /* area set its data ends at; NULL */
    const char *answers_for; /* sites: the layer whose rows its rows answer for,
                                by the same key (profile.h); NULL: its own */
    const char *source_name;
    const char *agreement;     /* reference; NULL */
    int32_t agreement_expires; /* TR_NO_DATE */
    int32_t as_of;             /* TR_NO_DATE */
    int64_t load, loaded_at;   /* the load shown, and when it finished */
    enum tr_tier tier;         /* the least secret of its rows */
    bool barred;               /* from measures: one coordinate for all rows */
    bool illustrative;         /* drawn or invented */
    double crs_accuracy_m;
    const char *crs_operation;
    long located[5]; /* coordinate, uprn, postcode, outward, none: rows seen */

    /* Its rows that this audience may see, by key - of a sites layer only
     * counts: its values are in snapshot->sites. Columns: the layer's own
     * fields; for points and postcodes, the areas they lie in as for sites. */
    size_t n_rows;
    struct tr_table table;
    const char *const *keys;
    const struct tr_geometry *const *geometries; /* NULL entries: none */
    const struct tr_position *positions; /* points; else representative */
    const uint8_t *has_position;
    const uint16_t *precision_m;
    const struct tr_near *near; /* over the rows with a geometry or position, in
                  row order; near_rows maps its items to rows */
    const uint32_t *near_rows;
    size_t n_near;
    const int32_t *const
        *areas; /* [area set][row]: area or TR_NO_AREA; NULL for
                   sets of another place and for area layers */
};

struct tr_area_set {
    const char *id; /* "localities-2017"; the collection's name */
    const char *set, *vintage, *label, *title;
    uint32_t place, layer;
    bool latest; /* of its set: answers to the plain set name too */
    size_t n;    /* areas, ordered by code, or by name without codes */
    const char *const *codes; /* "" without codes */
    const char *const *names;
    const struct tr_geometry *const *geometries;
    struct tr_table table; /* code, name, own columns, joined statistics */
    const struct tr_area_index *index;
    const int32_t *site_area;      /* per site: area or TR_NO_AREA */
    const uint8_t *site_certainty; /* per site: enum tr_certainty */
};

struct tr_snapshot {
    char version[TR_DIGEST_TEXT]; /* digest of the content, nothing else */
    struct tr_audience audience;
    int32_t as_of;    /* the civil date it was built for (agreements, ageing) */
    int64_t revision; /* of the store it was read at; never shown */

    size_t n_places;
    const struct tr_place *const *places;

    size_t n_sites, n_located;
    const char *const *site_ids;
    const uint64_t *numbers; /* map feature ids */
    const uint64_t *keys;    /* Morton keys of the located, ascending */
    const struct tr_position *positions; /* of the located */
    const uint16_t *precision_m;         /* of the located */
    /* Per site the outline that its source gave it: of the row that placed it,
     * else of its first row with one; NULL entries: none. NULL: of no site. */
    const struct tr_geometry *const *footprints;
    const uint32_t *site_places;      /* index into places */
    const uint32_t *first_occupation; /* n_sites + 1 offsets; kept one first */
    const struct tr_occupation *occupations;
    struct tr_table sites;
    struct tr_table
        joined; /* the rows of sites that have several, each with its
                   own values: what a site's value was chosen from */
    const struct tr_near *near; /* over the located, in site order */

    size_t n_layers, n_area_sets;
    const struct tr_layer *layers;       /* by name */
    const struct tr_area_set *area_sets; /* by set, latest vintage first */

    /* What it was made from, as JSON (store/snapshot_inputs.h): never shown,
     * and not in the version. NULL: not from a store. */
    const char *inputs;

    /* The classes of the audience's adopted run, those that people decided
     * before the computed ones, and their running counts: class_sums[c][i] =
     * sites of class c among the first i located. */
    int64_t run;                   /* 0: none adopted */
    const uint8_t *classes;        /* per site: enum tr_class */
    const char *const *class_data; /* per site: the result's JSON, or NULL */
    const uint32_t *class_sums[TR_CLASSES]; /* n_located + 1 each */

    const struct tr_id_table *ids; /* of tr_snapshot_site() */
    struct tr_base *base;   /* owns all but what follows from classes: snapshots
                               that differ in nothing else share it */
    struct tr_arena *arena; /* owns the rest */
};

/* NULL is a no-op. */
void tr_snapshot_free(struct tr_snapshot *s);

/* The reasons that a site's class was published with; "": none were. */
const char *tr_class_reason(const struct tr_snapshot *s, size_t site);

/* Index of a site by its id (or by the id of any of its occupations, or an
 * alias), or SIZE_MAX. */
size_t tr_snapshot_site(const struct tr_snapshot *s, const char *site_id);

const struct tr_layer *tr_snapshot_layer(const struct tr_snapshot *s,
                                         const char *name); /* NULL: none */
/* By id, or by the plain set name for the latest vintage. NULL: none. */
const struct tr_area_set *tr_snapshot_area_set(const struct tr_snapshot *s,
                                               const char *id);
/* Index of an area by code or by name, or TR_NO_AREA. */
int32_t tr_area_named(const struct tr_area_set *set, const char *code_or_name);

/* The located sites in a tile: first..last-1. */
void tr_snapshot_tile(const struct tr_snapshot *s, struct tr_tile t,
                      size_t *first, size_t *last);

/* Bytes held, those that it shares included: for the benchmark and /metrics. */
size_t tr_snapshot_bytes(const struct tr_snapshot *s);

#endif
