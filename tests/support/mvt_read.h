/* mvt_read.h - a small reader of vector tiles for the tests of their writer. It
 * knows the specification (Mapbox Vector Tile 2.1) and not our code, and refuses
 * what the specification forbids. */
#ifndef MVT_READ_H
#define MVT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MVT_READ_TAGS = 64,
    MVT_READ_POINTS = 512,
    MVT_READ_FEATURES = 256,
    MVT_READ_LAYERS = 4
};

struct mvt_read_value {
    const char *key; /* borrowed bytes of the tile, with their length */
    size_t key_len;
    enum {
        MVT_TEXT = 1,
        MVT_FLOAT,
        MVT_DOUBLE,
        MVT_INT,
        MVT_UINT,
        MVT_SINT,
        MVT_BOOL
    } is;
    const char *text;
    size_t text_len;
    double number;
    int64_t integer;
};

struct mvt_read_feature {
    uint64_t id;
    unsigned type;
    const unsigned char *commands; /* the geometry as it is written */
    size_t commands_len;
    size_t n_values, n_points, n_parts;
    struct mvt_read_value values[MVT_READ_TAGS];
    int32_t xy[MVT_READ_POINTS][2];
    size_t part_start[MVT_READ_POINTS + 1];
    bool closed[MVT_READ_POINTS];
};

struct mvt_read_layer {
    const char *name;
    size_t name_len;
    uint64_t version, extent;
    size_t n_features, n_keys, n_values;
    struct mvt_read_feature *features; /* malloc'd: mvt_read_free() */
};

struct mvt_read_tile {
    size_t n;
    struct mvt_read_layer layers[MVT_READ_LAYERS];
};

/* False: the bytes are not a tile, or more than the limits above. */
bool mvt_read(const unsigned char *bytes, size_t len, struct mvt_read_tile *t);
void mvt_read_free(struct mvt_read_tile *t);

#endif
