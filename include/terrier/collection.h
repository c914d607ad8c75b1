/*
 * collection.h - one way to look at all that a snapshot holds: the sites, each
 * area set and each loaded layer as a collection of features - and the sites
 * once more as `footprints`: those that have an outline, with it, and with all
 * that the site itself has.
 *
 * A feature has an id (a site_id, an area's code or name, a layer's key), a
 * number for the map, properties (a row of the collection's table) and, most of
 * the time, a place on the map. Collections are views: they borrow everything
 * from the snapshot.
 */
#ifndef TR_COLLECTION_H
#define TR_COLLECTION_H

#include "terrier/snapshot.h"

enum tr_collection_kind {
    TR_OF_SITES,
    TR_OF_FOOTPRINTS,
    TR_OF_AREAS,
    TR_OF_LAYER
};

struct tr_collection {
    const struct tr_snapshot *snapshot;
    enum tr_collection_kind kind;
    const char *id, *title;
    const char *id_column; /* what the id is called: "site_id", "code", "key" */
    const struct tr_table *table;
    size_t n; /* rows of the table: not all are features, see
                 tr_collection_has() */
    const struct tr_area_set *set;  /* TR_OF_AREAS */
    const struct tr_layer *layer;   /* TR_OF_LAYER and TR_OF_AREAS: the layer
                                       that it came with */
    enum tr_geometry_kind geometry; /* of most features */
};

/* "sites", "footprints" where a site has one, an area set's id or plain set name, or a layer's name. A sites layer
 * is not a collection of its own: filter `sites` by layer. TR_ENOTFOUND names
 * the nearest. */
enum tr_status tr_collection_open(const struct tr_snapshot *s, const char *id,
                                  struct tr_collection *out,
                                  struct tr_error *err);

/* All of them: sites, footprints, area sets, then the other layers with geometry; in the
 * arena. */
enum tr_status tr_collections(const struct tr_snapshot *s, struct tr_arena *a,
                              const struct tr_collection **out, size_t *n,
                              struct tr_error *err);

/* Are its rows the snapshot's sites? */
bool tr_collection_is_of_sites(const struct tr_collection *c);
/* Is the row a feature of it? Of `footprints`, only the sites that have one. */
bool tr_collection_has(const struct tr_collection *c, size_t row);
size_t tr_collection_count(const struct tr_collection *c); /* its features */

const char *tr_collection_feature_id(const struct tr_collection *c, size_t row);
uint64_t tr_collection_number(const struct tr_collection *c, size_t row);
/* Row of a feature by its id, SIZE_MAX when there is none. */
size_t tr_collection_find(const struct tr_collection *c, const char *id);

/* Its position: false when it has none. */
bool tr_collection_position(const struct tr_collection *c, size_t row,
                            struct tr_position *out);
/* Its shape; NULL for points and for what has none. */
const struct tr_geometry *tr_collection_geometry(const struct tr_collection *c,
                                                 size_t row);
/* Everything's extent; empty when nothing is located. */
struct tr_extent tr_collection_extent(const struct tr_collection *c);

#endif
