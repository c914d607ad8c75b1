/*
 * encode.h - answers as bytes. Each function appends to a buffer that the caller
 * gave a ceiling; check it with tr_buf_status() afterwards. The same result
 * gives the same bytes everywhere: the command line, HTTP and the feed call
 * these and nothing else.
 */
#ifndef TR_ENCODE_H
#define TR_ENCODE_H

#include "terrier/buf.h"
#include "terrier/query.h"

/* ---- features ---- */

struct tr_feature_options {
    const char *const *properties; /* names to give; NULL: all columns */
    size_t n_properties;
    int srid;          /* 4326 (lon, lat; 7 decimals) or 27700 (metres; mm) */
    bool has_envelope; /* GeoJSON: numberMatched, numberReturned, timeStamp are
                          the caller's: written from the two below */
    const char *links_json; /* a JSON array, or NULL */
};

/* RFC 7946: a FeatureCollection, properties in column order, missing ones left
 * out; ids are feature ids; rings right-handed. TR_EINVAL for an unknown
 * property, naming the nearest. */
enum tr_status tr_encode_geojson(const struct tr_query_result *r,
                                 const struct tr_feature_options *o,
                                 struct tr_buf *out, struct tr_error *err);
/* One feature alone. */
enum tr_status tr_encode_feature(const struct tr_collection *c, size_t row,
                                 const struct tr_feature_options *o,
                                 struct tr_buf *out, struct tr_error *err);
/* A header and one row per feature, the id first; lists joined by ';'; then lon
 * and lat (or easting and northing), empty without a position. RFC 4180. */
enum tr_status tr_encode_csv(const struct tr_query_result *r,
                             const struct tr_feature_options *o,
                             struct tr_buf *out, struct tr_error *err);
/* A table for a terminal: a few columns, cut to `width` characters. */
enum tr_status tr_encode_table(const struct tr_query_result *r,
                               const struct tr_feature_options *o,
                               unsigned width, struct tr_buf *out,
                               struct tr_error *err);

/* ---- summaries ---- */

void tr_encode_summary_json(const struct tr_snapshot *s,
                            const struct tr_summary *sum, struct tr_buf *out);
void tr_encode_summary_csv(const struct tr_summary *sum, struct tr_buf *out);
void tr_encode_summary_table(const struct tr_summary *sum, struct tr_buf *out);

/* ---- tiles (MVT 2.1) ---- */

#define TR_TILE_EXTENT 4096u
#define TR_TILE_BUFFER 64u
#define TR_TILE_BUDGET ((size_t)100 * 1024) /* of a tile, before compression */

/* What the tiles of one snapshot share: the rows that a filter passes, with
 * running counts; for lines and areas their shapes on each zoom's grid, where
 * they lie and their numbers. Made when first needed, once, whichever thread asks
 * first; the least recently used go when there are more than `max_bytes`
 * (0: TR_TILE_CACHE_BYTES) or than 256 of them. Belongs to whoever serves the
 * snapshot and is freed before it. Any number of threads may use it. */
struct tr_tile_cache;

#define TR_TILE_CACHE_BYTES ((size_t)256 * 1024 * 1024)

enum tr_status tr_tile_cache_new(const struct tr_snapshot *s, size_t max_bytes,
                                 struct tr_tile_cache **out,
                                 struct tr_error *err);
/* No tile may be in the making. NULL is a no-op. */
void tr_tile_cache_free(struct tr_tile_cache *cache);
size_t tr_tile_cache_bytes(struct tr_tile_cache *cache);

struct tr_tile_options {
    const struct tr_cql2 *filter;  /* NULL: none */
    const char *const *properties; /* NULL: the collection's usual ones */
    size_t n_properties;
    size_t budget; /* 0: TR_TILE_BUDGET */
    /* Of the collection's snapshot. NULL: what it would keep is made for this
     * tile and thrown away - the same bytes, but all of an area set is simplified
     * for one tile of it. Whoever makes many tiles has one. */
    struct tr_tile_cache *cache;
};

/* One collection's tile. Sites: every located site is in exactly one tile of a
 * zoom (no buffer); where their features would exceed the budget they become
 * cells, each a point with `count` and count_key ... count_not_applicable, exact:
 * the sum over the tiles of any zoom is the number of located sites that pass
 * the filter. Sites at one cell of the tile's grid are one feature with `count`
 * and `site_ids` (";"-joined). When `properties` names `partner`, cells and such
 * features also carry `partner:NAME`, the number of their sites with that
 * partner. Lines and areas are clipped with a buffer, simplified for the zoom,
 * valid and wound as MVT 2.1 says; an area set's tile has a second layer
 * "<id>_labels" of one point per area. The layer is named by the collection's
 * id. The budget is for sites: of other collections all is drawn. An empty tile
 * is zero bytes. */
enum tr_status tr_encode_tile(const struct tr_collection *c, struct tr_tile t,
                              const struct tr_tile_options *o,
                              struct tr_arena *scratch, struct tr_buf *out,
                              struct tr_error *err);

/* TR_EINVAL for properties and a filter that each tile would refuse; quick, as
 * no tile is made. */
enum tr_status tr_tile_check(const struct tr_collection *c,
                             const struct tr_tile_options *o,
                             struct tr_arena *scratch, struct tr_error *err);

/* TileJSON 3.0.0 of a collection's tiles as the options make them (NULL: the
 * usual ones). `url` is the template, "{z}" and all. */
void tr_encode_tilejson(const struct tr_collection *c,
                        const struct tr_tile_options *o, const char *url,
                        struct tr_buf *out);

#endif
