/*
 * archive_parts.h - a file of tiles in the making, in one of two formats.
 */
#ifndef ENCODE_ARCHIVE_PARTS_H
#define ENCODE_ARCHIVE_PARTS_H

#include "encode/pyramid.h"
#include "terrier/hash.h"
#include "terrier/json.h"

struct archive_facts { /* of the whole, for its header or metadata table */
    const struct tr_archive_options *o;
    struct tr_extent extent;
    int32_t center_lon_e7, center_lat_e7;
    uint32_t center_zoom;
    const char *attribution, *description;
    struct tr_buf layers; /* {"vector_layers": [...]} */
};

struct archive_file {
    enum tr_archive_start start;
    size_t done;            /* addresses that a partial file had */
    size_t tiles, contents; /* those included */
    uint64_t bytes;         /* of compressed tiles, doubles counted once */
};

/* A format. open() continues the partial file if its identity is the one given,
 * else begins it anew; put() adds tiles in order and remembers `done`; finish()
 * completes it, still under its partial name. Each of them fails with what went
 * wrong; close() comes always and leaves the partial file for another time;
 * remove() takes it away. `partial` is borrowed. */
struct archive_format {
    const char *extension;
    enum tr_status (*open)(const char *partial,
                           const struct tr_digest *identity, struct tr_arena *a,
                           struct archive_file **out, struct tr_error *err);
    enum tr_status (*put)(struct archive_file *f,
                          const struct pyramid_tile *tiles, size_t n,
                          size_t done, struct tr_error *err);
    enum tr_status (*finish)(struct archive_file *f,
                             const struct archive_facts *facts,
                             struct tr_error *err);
    enum tr_status (*close)(struct archive_file *f, struct tr_error *err);
    void (*remove)(const char *partial);
};

extern const struct archive_format archive_pmtiles, archive_mbtiles;

/* TR_EIO for a write that failed as errno says, with what to do about it. */
enum tr_status archive_io_fail(const char *partial, int why,
                               struct tr_error *err);

/* ---- what an archive or a TileJSON says of its tiles (tilejson.c) ---- */

struct tileset {
    const struct tr_collection *collections;
    size_t n;
    const struct tr_tile_options *o; /* NULL: the usual ones */
    uint32_t min_zoom, max_zoom;
};

struct tr_extent tileset_extent(const struct tileset *t);
/* A list of layers as TileJSON's `vector_layers`. */
void tileset_layers(const struct tileset *t, struct tr_json *j);
/* The attributions of all layers that have a part, each once, "; " between. */
void tileset_attribution(const struct tileset *t, struct tr_buf *out);

#endif
