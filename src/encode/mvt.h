/*
 * mvt.h - writing one vector-tile layer (Mapbox Vector Tile 2.1).
 *
 * A layer gathers features, then is written whole: keys and values are in
 * tables, each once, in order of first use. Everything is in the arena; a full
 * arena makes the layer failed, and mvt_write() says so.
 */
#ifndef ENCODE_MVT_H
#define ENCODE_MVT_H

#include "terrier/arena.h"
#include "terrier/buf.h"
#include "terrier/table.h"

struct mvt_layer {
    struct tr_arena *a;
    const char *name;
    uint32_t extent;
    struct tr_buf features; /* encoded feature messages, each with its tag */
    struct tr_buf tags, geometry; /* of the feature in the making */
    struct tr_buf values; /* encoded value messages, each with its tag */
    const char **keys;
    uint32_t n_keys, keys_size;
    uint32_t *slots; /* open addressing: value number + 1 */
    struct mvt_value *list;
    uint32_t n_values, slots_size;
    size_t n_features;
    int32_t pen_x, pen_y; /* where the last path ended */
    bool failed;
};

void mvt_init(struct mvt_layer *l, const char *name, uint32_t extent,
              struct tr_arena *a);
/* Free the buffers; the arena keeps its part. */
void mvt_clear(struct mvt_layer *l);

/* One feature: begin, properties, points or a shape, end. */
void mvt_begin(struct mvt_layer *l);
void mvt_text(struct mvt_layer *l, const char *key, const char *value);
void mvt_int(struct mvt_layer *l, const char *key, int64_t value);
void mvt_number(struct mvt_layer *l, const char *key, double value);
void mvt_bool(struct mvt_layer *l, const char *key, bool value);
/* A column's value, when row `row` has one; lists joined by ';'. */
void mvt_column(struct mvt_layer *l, const char *key, const struct tr_column *c,
                size_t row);
void mvt_point(struct mvt_layer *l, int32_t x, int32_t y);
/* n points x,y,x,y as one line, or as one ring (closed by the command). */
void mvt_path(struct mvt_layer *l, const int32_t *xy, uint32_t n, bool ring);
enum mvt_type { MVT_POINT = 1, MVT_LINE = 2, MVT_POLYGON = 3 };
void mvt_end(struct mvt_layer *l, enum mvt_type type, uint64_t id);

/* Bytes that the layer would take now. */
size_t mvt_size(const struct mvt_layer *l);
/* Append the layer to a tile; nothing when it has no features. */
enum tr_status mvt_write(struct mvt_layer *l, struct tr_buf *tile,
                         struct tr_error *err);

#endif
