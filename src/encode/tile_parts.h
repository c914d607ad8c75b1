/*
 * tile_parts.h - one tile to make, as tile.c hands it to its two halves.
 */
#ifndef ENCODE_TILE_PARTS_H
#define ENCODE_TILE_PARTS_H

#include "encode/mvt.h"
#include "terrier/encode.h"

struct tile_job {
    const struct tr_collection *c;
    struct tr_tile tile;
    size_t first, last;       /* sites: the tile's range; else all rows */
    const uint64_t *pass;     /* bit 0 is row `first`; NULL: all pass */
    const char *const *names; /* of the properties, as the tile calls them */
    const struct tr_column *const *columns;
    size_t n_columns;
    size_t budget; /* bytes */
    struct tr_arena *scratch;
};

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

enum tr_status tile_sites(const struct tile_job *job, struct tr_buf *out,
                          struct tr_error *err);
/* Points, lines and areas of a layer or an area set, and the areas' labels. */
enum tr_status tile_shapes(const struct tile_job *job, struct tr_buf *out,
                           struct tr_error *err);

#endif
