/* shapes.c - see support/shapes.h */
#include "support/shapes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/tr_test.h"

uint32_t shapes_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

int32_t shapes_between(uint64_t *state, int32_t low, int32_t high)
{
    uint64_t span = (uint64_t)((int64_t)high - low) + 1;

    return (int32_t)(low + (int64_t)(shapes_random(state) * span >> 32));
}

const struct tr_geometry *shapes_polygon(struct tr_arena *a, const int32_t *xy,
                                         const int *n_points, int n_rings)
{
    struct tr_geometry *g = tr_arena_alloc(a, sizeof *g);
    uint32_t *parts = tr_arena_array(a, (size_t)n_rings + 1, sizeof *parts);
    uint32_t *polygons =
        tr_arena_array(a, (size_t)n_rings + 1, sizeof *polygons);
    size_t most = 0;

    for (int i = 0; i < n_rings; i++)
        most += (size_t)abs(n_points[i]) + 1;

    struct tr_position *p = tr_arena_array(a, most, sizeof *p);

    g->kind = TR_POLYGON;
    for (int i = 0; i < n_rings; i++) {
        int n = abs(n_points[i]);
        uint32_t first = g->n_points;

        if (i == 0 || n_points[i] < 0)
            polygons[g->n_polygons++] = g->n_parts;
        parts[g->n_parts++] = first;
        for (int k = 0; k < n; k++, xy += 2)
            p[g->n_points++] =
                (struct tr_position){ xy[0], xy[1], xy[0] / 4 + 400000000,
                                      xy[1] / 4 + 400000000 };
        if (memcmp(&p[first], &p[g->n_points - 1], sizeof *p) != 0)
            p[g->n_points++] = p[first];
    }
    parts[g->n_parts] = g->n_points;
    polygons[g->n_polygons] = g->n_parts;
    g->points = p;
    g->part_start = parts;
    g->polygon_start = polygons;
    return g;
}

static void put_u32(struct tr_buf *b, size_t v)
{
    for (int i = 0; i < 4; i++)
        tr_buf_byte(b, (unsigned char)(v >> (8 * i)));
}

static void put_header(struct tr_buf *b, unsigned type)
{
    tr_buf_byte(b, 1);
    put_u32(b, type);
}

/* This file runs on little-endian machines only, as its doubles show. */
static void put_position(struct tr_buf *b, const json_t *c)
{
    for (size_t i = 0; i < 2; i++) {
        double v = json_number_value(json_array_get(c, i));

        tr_buf_add(b, &v, sizeof v);
    }
}

static void put_line(struct tr_buf *b, const json_t *c)
{
    put_u32(b, json_array_size(c));
    for (size_t i = 0; i < json_array_size(c); i++)
        put_position(b, json_array_get(c, i));
}

static void put_single(struct tr_buf *b, unsigned type, const json_t *c)
{
    put_header(b, type);
    if (type == 1)
        put_position(b, c);
    else if (type == 2)
        put_line(b, c);
    else {
        put_u32(b, json_array_size(c));
        for (size_t i = 0; i < json_array_size(c); i++)
            put_line(b, json_array_get(c, i));
    }
}

static void put_geometry(struct tr_buf *b, const json_t *g)
{
    static const char *const types[] = { "Point",           "LineString",
                                         "Polygon",         "MultiPoint",
                                         "MultiLineString", "MultiPolygon" };
    const char *type = json_string_value(json_object_get(g, "type"));
    const json_t *c = json_object_get(g, "coordinates");
    unsigned t = 0;

    while (t < 6 && strcmp(types[t], type) != 0)
        t++;
    assert_true(t < 6);
    if (t < 3) {
        put_single(b, t + 1, c);
        return;
    }
    put_header(b, t + 1);
    put_u32(b, json_array_size(c));
    for (size_t i = 0; i < json_array_size(c); i++)
        put_single(b, t - 2, json_array_get(c, i));
}

const struct tr_geometry **shapes_from_geojson(const char *path,
                                               struct tr_crs *crs,
                                               struct tr_arena *a, size_t *n)
{
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    struct tr_error err = TR_ERROR_INIT;
    json_t *root = json_load_file(path, 0, NULL);
    const json_t *features = json_object_get(root, "features");
    const struct tr_geometry **out;

    assert_non_null(root);
    *n = json_array_size(features);
    out = tr_arena_array(a, *n + 1, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < *n; i++) {
        struct tr_buf b;

        tr_buf_init(&b, 64 * 1024 * 1024);
        put_geometry(&b,
                     json_object_get(json_array_get(features, i), "geometry"));
        if (tr_geometry_from_wkb(b.data, b.len, 4326, crs, &limits, a, &out[i],
                                 &err))
            fail_msg("%s: feature %zu: %s", path, i, err.msg);
        tr_buf_clear(&b);
    }
    json_decref(root);
    return out;
}
