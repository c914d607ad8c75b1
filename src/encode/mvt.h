/*
 * mvt.h - writing one vector-tile layer (Mapbox Vector Tile 2.1).
 *
 * A layer gathers features, then is written whole: keys and values are in
 * tables in order of first use, each once - but for columns whose values hardly
 * ever repeat, which are not searched for the few that do. Features are encoded straight into
 * one buffer; a value of a column's dictionary is known by its code, so that its
 * text is looked at once a layer. Tables are in the arena; a full arena makes
 * the layer failed, and mvt_write() says so.
 */
#ifndef ENCODE_MVT_H
#define ENCODE_MVT_H

#include "terrier/arena.h"
#include "terrier/buf.h"
#include "terrier/table.h"

enum mvt_type { MVT_POINT = 1, MVT_LINE = 2, MVT_POLYGON = 3 };

struct mvt_layer {
    struct tr_arena *a;
    const char *name;
    uint32_t extent;
    struct tr_buf features; /* encoded feature messages, each with its tag */
    struct tr_buf values;   /* encoded value messages, each with its tag */
    struct tr_buf text;     /* of the value in the making */
    const char **keys;
    uint32_t n_keys, keys_size;
    size_t key_bytes, name_len;
    struct mvt_slot *slots; /* the values that may come again */
    uint32_t n_slots, slots_size, n_values;
    struct mvt_source *sources; /* the columns */
    size_t n_sources;
    size_t n_features;
    /* Where the message of the feature in the making starts, its tags and its
     * geometry; 0: not begun. */
    size_t feature_at, tags_at, geometry_at;
    enum mvt_type type;
    int32_t pen_x, pen_y; /* where the last path ended */
    bool failed;
};

void mvt_init(struct mvt_layer *l, const char *name, uint32_t extent,
              struct tr_arena *a);
/* Free the buffers; the arena keeps its part. */
void mvt_clear(struct mvt_layer *l);
/* The columns that mvt_row() gives, and what each is called. Both borrowed. */
void mvt_columns(struct mvt_layer *l, const char *const *names,
                 const struct tr_column *const *columns, size_t n);

/* One feature: begin (number 0: none), properties, points or paths, end. */
void mvt_begin(struct mvt_layer *l, enum mvt_type type, uint64_t number);
/* All columns' values that the row has; lists joined by ';'. */
void mvt_row(struct mvt_layer *l, size_t row);
/* Ask memory for a row that comes soon: rows in no order are far apart. */
void mvt_fetch(const struct mvt_layer *l, size_t row);
void mvt_text(struct mvt_layer *l, const char *key, const char *value);
void mvt_int(struct mvt_layer *l, const char *key, int64_t value);
void mvt_number(struct mvt_layer *l, const char *key, double value);
void mvt_bool(struct mvt_layer *l, const char *key, bool value);
void mvt_point(struct mvt_layer *l, int32_t x, int32_t y);
/* n points x,y,x,y as one line, or as one ring (closed by the command). */
void mvt_path(struct mvt_layer *l, const int32_t *xy, uint32_t n, bool ring);
void mvt_end(struct mvt_layer *l);
/* All of that at once: a point with a row's values. */
void mvt_row_at(struct mvt_layer *l, uint64_t number, size_t row, int32_t x,
                int32_t y);

/* Bytes that the layer would take now. */
size_t mvt_size(const struct mvt_layer *l);
/* Append the layer to a tile; nothing when it has no features. */
enum tr_status mvt_write(struct mvt_layer *l, struct tr_buf *tile,
                         struct tr_error *err);

#endif
