/* Whatever the tile, what comes out is valid by GEOS, wound as MVT wants and
 * inside its box; and neighbouring areas neither gap nor overlap. */
#include "terrier/tile_shape.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/shapes.h"
#include "support/tr_test.h"

#define EXTENT ((int32_t)TR_MESH_EXTENT)
#define BUFFER ((int32_t)TR_MESH_BUFFER)

static struct tr_error test_err;

static int64_t area2(const struct tr_tile_shape *s, uint32_t part)
{
    uint32_t first = s->part_start[part], n = s->part_start[part + 1] - first;
    const int32_t *xy = s->xy + 2 * first;
    int64_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = (i + 1) % n;

        sum += (int64_t)xy[2 * i] * xy[2 * k + 1] -
               (int64_t)xy[2 * k] * xy[2 * i + 1];
    }
    return sum;
}

static GEOSGeometry *ring_shape(GEOSContextHandle_t h,
                                const struct tr_tile_shape *s, uint32_t part)
{
    uint32_t first = s->part_start[part], n = s->part_start[part + 1] - first;
    GEOSCoordSequence *c = GEOSCoordSeq_create_r(h, n + 1, 2);

    for (uint32_t i = 0; i <= n; i++)
        GEOSCoordSeq_setXY_r(h, c, i, s->xy[2 * (first + i % n)],
                             s->xy[2 * (first + i % n) + 1]);
    return GEOSGeom_createLinearRing_r(h, c);
}

static void check_polygon(GEOSContextHandle_t h, const struct tr_tile_shape *s,
                          uint32_t polygon)
{
    uint32_t first = s->polygon_start[polygon];
    uint32_t end = s->polygon_start[polygon + 1];
    GEOSGeometry *holes[512];

    assert_true(end > first && end - first < 512);
    for (uint32_t r = first; r < end; r++) {
        int64_t a = area2(s, r);

        if (!(r == first ? a > 0 : a < 0))
            fail_msg("ring %u of polygon %u (%u rings) has %ld", r - first,
                     polygon, end - first, (long)a);
        if (r > first)
            holes[r - first - 1] = ring_shape(h, s, r);
    }

    GEOSGeometry *p = GEOSGeom_createPolygon_r(h, ring_shape(h, s, first),
                                               holes, end - first - 1);
    char *why = GEOSisValidReason_r(h, p);

    if (GEOSisValid_r(h, p) != 1)
        fail_msg("polygon %u is not valid: %s", polygon, why);
    GEOSFree_r(h, why);
    GEOSGeom_destroy_r(h, p);
}

static void check_shape(GEOSContextHandle_t h, const struct tr_tile_shape *s)
{
    for (uint32_t i = 0; i < 2 * s->n_points; i++)
        assert_true(s->xy[i] >= -BUFFER && s->xy[i] <= EXTENT + BUFFER);
    for (uint32_t part = 0; part < s->n_parts; part++) {
        uint32_t first = s->part_start[part], end = s->part_start[part + 1];

        assert_true(s->kind == TR_POLYGON ? end >= first + 3
                                          : end >= first + s->kind);
        for (uint32_t i = first + 1; i < end; i++)
            assert_false(s->xy[2 * i] == s->xy[2 * i - 2] &&
                         s->xy[2 * i + 1] == s->xy[2 * i - 1]);
    }
    for (uint32_t i = 0; i < s->n_polygons; i++)
        check_polygon(h, s, i);
}

/* ---- a tile of a set ---- */

enum { MOST_ITEMS = 2048 };

struct seen {
    GEOSContextHandle_t h;
    GEOSGeometry
        *shapes[MOST_ITEMS]; /* of the items that show; NULL: not kept */
    size_t items[MOST_ITEMS];
    double area;
    size_t n;
    bool keep;
};

static GEOSGeometry *polygon_shape(GEOSContextHandle_t h,
                                   const struct tr_tile_shape *s, uint32_t p)
{
    uint32_t first = s->polygon_start[p], end = s->polygon_start[p + 1];
    GEOSGeometry *holes[512];

    for (uint32_t r = first + 1; r < end; r++)
        holes[r - first - 1] = ring_shape(h, s, r);
    return GEOSGeom_createPolygon_r(h, ring_shape(h, s, first), holes,
                                    end - first - 1);
}

static GEOSGeometry *whole_shape(GEOSContextHandle_t h,
                                 const struct tr_tile_shape *s)
{
    GEOSGeometry **parts = calloc(s->n_polygons, sizeof *parts), *all;

    for (uint32_t i = 0; i < s->n_polygons; i++)
        parts[i] = polygon_shape(h, s, i);
    all =
        GEOSGeom_createCollection_r(h, GEOS_MULTIPOLYGON, parts, s->n_polygons);
    free(parts);
    return all;
}

static bool look(void *context, size_t item, const struct tr_tile_shape *s)
{
    struct seen *seen = context;
    double area;

    check_shape(seen->h, s);
    assert_true(s->n_points > 0 && seen->n < MOST_ITEMS);
    for (size_t i = 0; seen->keep && i < seen->n; i++)
        assert_true(seen->items[i] != item);
    seen->items[seen->n] = item;
    if (s->kind == TR_POLYGON && seen->keep) {
        seen->shapes[seen->n] = whole_shape(seen->h, s);
        /* As a whole, too: the parts of one area touch at most. */
        assert_int_equal(GEOSisValid_r(seen->h, seen->shapes[seen->n]), 1);
        GEOSArea_r(seen->h, seen->shapes[seen->n], &area);
        seen->area += area;
    }
    seen->n++;
    return true;
}

/* A set of areas that fill their region: here they fill it, too. */
static void check_cover(struct seen *seen, double slack)
{
    GEOSContextHandle_t h = seen->h;
    GEOSGeometry *all = GEOSGeom_createCollection_r(
        h, GEOS_GEOMETRYCOLLECTION, seen->shapes, (unsigned)seen->n);
    GEOSGeometry *one = GEOSUnaryUnion_r(h, all);
    double area = 0;
    int holes = 0;

    GEOSArea_r(h, one, &area);
    for (int i = 0; i < GEOSGetNumGeometries_r(h, one); i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(h, one, i);

        if (GEOSGeomTypeId_r(h, part) == GEOS_POLYGON)
            holes += GEOSGetNumInteriorRings_r(h, part);
    }
    if (seen->area - area > slack || area - seen->area > slack || holes)
        fail_msg("areas of %f cover %f with %d holes", seen->area, area, holes);
    GEOSGeom_destroy_r(h, one);
    GEOSGeom_destroy_r(h, all);
}

static void check_tile(GEOSContextHandle_t h, const struct tr_mesh *m,
                       const struct tr_mesh_zoom *z, struct tr_tile t,
                       bool fills)
{
    static struct seen seen;
    const struct tr_mesh_viewer viewer = { look, NULL, &seen };

    seen = (struct seen){ .h = h, .keep = fills };
    assert_ok(tr_mesh_tile(m, z, t, &viewer, &test_err));
    /* Beyond the last zoom of the mesh, edges are cut with rounding. */
    if (fills && seen.n)
        check_cover(&seen, t.z > TR_MESH_MAX_ZOOM ? 16.0 * EXTENT : 1e-6);
}

static struct tr_extent extent_of(const struct tr_geometry *const *g, size_t n)
{
    struct tr_extent all = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };

    for (size_t i = 0; i < n; i++) {
        struct tr_extent x = tr_geometry_extent(g[i]);

        all.west_e7 = x.west_e7 < all.west_e7 ? x.west_e7 : all.west_e7;
        all.south_e7 = x.south_e7 < all.south_e7 ? x.south_e7 : all.south_e7;
        all.east_e7 = x.east_e7 > all.east_e7 ? x.east_e7 : all.east_e7;
        all.north_e7 = x.north_e7 > all.north_e7 ? x.north_e7 : all.north_e7;
    }
    return all;
}

/* Tiles of a zoom that the set touches: all, or about `most` of them. */
static void check_zoom(GEOSContextHandle_t h,
                       const struct tr_geometry *const *g, size_t n,
                       const struct tr_mesh *m, uint32_t z, bool fills,
                       uint32_t most)
{
    struct tr_extent x = extent_of(g, n);
    struct tr_tile nw = tr_tile_at(tr_mercator_cell(x.west_e7, x.north_e7), z);
    struct tr_tile se = tr_tile_at(tr_mercator_cell(x.east_e7, x.south_e7), z);
    uint32_t wide = se.x - nw.x + 1, count = wide * (se.y - nw.y + 1);
    uint32_t step = most && count > most ? count / most | 1 : 1;
    struct tr_mesh_zoom *zoom;

    assert_ok(tr_mesh_zoom_new(m, z, &zoom, &test_err));
    assert_true(tr_mesh_zoom_bytes(zoom) > 0);
    for (uint32_t i = 0; i < count; i += step)
        check_tile(h, m, zoom,
                   (struct tr_tile){ z, nw.x + i % wide, nw.y + i / wide },
                   fills);
    tr_mesh_zoom_free(zoom);
}

static void check_set(GEOSContextHandle_t h, const struct tr_geometry *const *g,
                      size_t n, uint32_t from, uint32_t to, bool fills,
                      uint32_t most)
{
    struct tr_mesh *m;

    assert_ok(tr_mesh_new(g, n, &m, &test_err));
    for (uint32_t z = from; z <= to; z++)
        check_zoom(h, g, n, m, z, fills, most);
    tr_mesh_free(m);
}

static void check_file(const char *name, bool fills, uint32_t most)
{
    struct tr_crs *crs = NULL;
    struct tr_arena a;
    char path[256];
    size_t n;
    GEOSContextHandle_t h = GEOS_init_r();

    snprintf(path, sizeof path, SHARED_DATA "/trafford/%s.geojson", name);
    tr_arena_init(&a, (size_t)1 << 29);
    assert_ok(tr_crs_open(NULL, &crs, &test_err));

    const struct tr_geometry **g = shapes_from_geojson(path, crs, &a, &n);

    check_set(h, g, n, 0, 18, fills, most);
    tr_crs_close(crs);
    tr_arena_clear(&a);
    GEOS_finish_r(h);
}

/* At every zoom; of the large ones a part of the tiles. */
static void real_areas_neither_gap_nor_overlap(void **state)
{
    static const char *const files[] = {
        "boundaries/localities_2023",
        "boundaries/localities_2017",
        "boundaries/wards_2023",
        "boundaries/wards_2017",
        "boundaries/local_authority_2023",
        "boundaries/lsoa_2021",
        "boundaries/oa_2021",
    };

    (void)state;
    need_shared_data("trafford/boundaries/oa_2021.geojson");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_file(files[i], true, 150);
}

static void real_context_layers_give_valid_tiles(void **state)
{
    (void)state;
    need_shared_data("trafford/context/woodland.geojson");
    check_file("context/woodland", false, 100);
    check_file("context/metrolink_lines", false, 100);
    check_file("context/greenspace", false, 100);
}

static int random_star(uint64_t *seed, int32_t *xy, int n, int32_t size)
{
    for (int i = 0; i < n; i++) {
        xy[2 * i] = shapes_between(seed, -size, size);
        xy[2 * i + 1] = shapes_between(seed, -size, size);
    }
    return n;
}

/* Rings that cross themselves and one another anyhow: nothing invalid may come
 * out. */
static void even_tangled_rings_give_valid_tiles(void **state)
{
    uint64_t seed = 21;
    GEOSContextHandle_t h = GEOS_init_r();

    (void)state;
    for (int round = 0; round < 400; round++) {
        const struct tr_geometry *g[3];
        struct tr_arena a;
        uint32_t z = (uint32_t)(round % 20);
        int32_t size = 1 << (8 + round % 14);

        tr_arena_init(&a, 1 << 22);
        for (int i = 0; i < 3; i++) {
            int32_t xy[80];
            int n[3] = { 3 + round % 20, 4, 5 };

            random_star(&seed, xy, 40, size);
            g[i] = shapes_polygon(&a, xy, n, 1 + round % 3);
        }
        check_set(h, g, 3, z, z, false, 9);
        tr_arena_clear(&a);
    }
    GEOS_finish_r(h);
}

/* ---- a made-up set that fills a square ---- */

enum { SIDE = 6, STEPS = 12, RING = 4 * STEPS };

struct country {
    uint64_t seed;
    int32_t west, south, size; /* of an area, in degrees x 1e7 */
    int32_t rough;             /* how far a border strays */
};

static int32_t noise(const struct country *c, int32_t a, int32_t b, int32_t k)
{
    uint64_t s = c->seed ^ ((uint64_t)(uint32_t)a << 40) ^
                 ((uint64_t)(uint32_t)b << 20) ^ (uint32_t)k;

    shapes_random(&s);
    shapes_random(&s);
    return c->rough ? shapes_between(&s, -c->rough, c->rough) : 0;
}

/* The point `step` of the border from corner (x, y) to the east or south. */
static void border_point(const struct country *c, int x, int y, int step,
                         bool east, int32_t *out)
{
    if (step == STEPS) {
        x += east;
        y += !east;
        step = 0;
    }

    int32_t along = (int32_t)((int64_t)c->size * step / STEPS);
    int32_t key = step ? (east ? step : 100 + step) : 0;
    bool edge_x = x == 0 || x == SIDE, edge_y = y == 0 || y == SIDE;

    out[0] = c->west + x * c->size + (east ? along : 0);
    out[1] = c->south + (SIDE - y) * c->size - (east ? 0 : along);
    if (!(edge_x && (!east || !step)))
        out[0] += noise(c, x, y, key);
    if (!(edge_y && (east || !step)))
        out[1] += noise(c, x, y, key + 1000);
}

static const struct tr_geometry *cell(const struct country *c, int x, int y,
                                      struct tr_arena *a)
{
    int32_t xy[2 * RING];
    const int n[] = { RING };

    for (int i = 0; i < STEPS; i++) {
        border_point(c, x, y + 1, i, true, xy + 2 * i);
        border_point(c, x + 1, y, STEPS - i, false, xy + 2 * (STEPS + i));
        border_point(c, x, y, STEPS - i, true, xy + 2 * (2 * STEPS + i));
        border_point(c, x, y, i, false, xy + 2 * (3 * STEPS + i));
    }
    return shapes_polygon(a, xy, n, 1);
}

/* Borders that stray, down to areas of less than a pixel: at each zoom they fill
 * the square without a gap or an overlap. */
static void made_up_areas_neither_gap_nor_overlap(void **state)
{
    GEOSContextHandle_t h = GEOS_init_r();

    (void)state;
    for (uint64_t round = 0; round < 12; round++) {
        struct country c = { .seed = round * 7919 + 1, .size = 400 << round };
        const struct tr_geometry *g[SIDE * SIDE];
        struct tr_arena a;

        c.west = -12345678 - (int32_t)round * 1000003;
        c.south = 523456789;
        c.rough = c.size / STEPS * 2 / 5;
        tr_arena_init(&a, 1 << 24);
        for (int i = 0; i < SIDE * SIDE; i++)
            g[i] = cell(&c, i % SIDE, i / SIDE, &a);
        check_set(h, g, SIDE * SIDE, 0, 18, true, 30);
        tr_arena_clear(&a);
    }
    GEOS_finish_r(h);
}

/* ---- two tiles ---- */

struct points {
    int32_t shift; /* added to x */
    size_t n;
    int32_t v[4096][3]; /* item, x, y of those by the border */
};

static bool note_points(void *context, size_t item,
                        const struct tr_tile_shape *s)
{
    struct points *p = context;

    for (uint32_t i = 0; i < s->n_points; i++) {
        int32_t x = s->xy[2 * i] + p->shift, y = s->xy[2 * i + 1];

        if (x <= EXTENT - BUFFER || x >= EXTENT + BUFFER || y <= -BUFFER ||
            y >= EXTENT + BUFFER)
            continue;
        assert_true(p->n < 4096);
        p->v[p->n][0] = (int32_t)item;
        p->v[p->n][1] = x;
        p->v[p->n++][2] = y;
    }
    return true;
}

static int by_point(const void *a, const void *b)
{
    return memcmp(a, b, 3 * sizeof(int32_t));
}

static void neighbouring_tiles_have_the_same_vertices(void **state)
{
    struct country c = { .seed = 5,
                         .west = -22334455,
                         .south = 534455667,
                         .size = 700000,
                         .rough = 20000 };
    const struct tr_geometry *g[SIDE * SIDE];
    static struct points left, right;
    const struct tr_mesh_viewer to_left = { note_points, NULL, &left };
    const struct tr_mesh_viewer to_right = { note_points, NULL, &right };
    struct tr_mesh *m;
    struct tr_arena a;
    size_t seen = 0;

    (void)state;
    tr_arena_init(&a, 1 << 24);
    for (int i = 0; i < SIDE * SIDE; i++)
        g[i] = cell(&c, i % SIDE, i / SIDE, &a);
    assert_ok(tr_mesh_new(g, SIDE * SIDE, &m, &test_err));
    for (uint32_t z = 6; z <= TR_MESH_MAX_ZOOM; z++) {
        struct tr_cell nw = tr_mercator_cell(c.west, c.south + 4 * c.size);
        struct tr_tile first = tr_tile_at(nw, z);
        struct tr_mesh_zoom *zoom;

        assert_ok(tr_mesh_zoom_new(m, z, &zoom, &test_err));
        for (uint32_t k = 0; k < 200; k++) {
            struct tr_tile t = { z, first.x + k % 20, first.y + k / 20 };
            struct tr_tile next = { z, t.x + 1, t.y };

            left.n = right.n = 0;
            right.shift = EXTENT;
            assert_ok(tr_mesh_tile(m, zoom, t, &to_left, &test_err));
            assert_ok(tr_mesh_tile(m, zoom, next, &to_right, &test_err));
            qsort(left.v, left.n, sizeof left.v[0], by_point);
            qsort(right.v, right.n, sizeof right.v[0], by_point);
            assert_int_equal(left.n, right.n);
            assert_memory_equal(left.v, right.v, left.n * sizeof left.v[0]);
            seen += left.n;
        }
        tr_mesh_zoom_free(zoom);
    }
    assert_true(seen > 100);
    tr_mesh_free(m);
    tr_arena_clear(&a);
}

/* ---- single shapes ---- */

struct measure {
    uint32_t n_parts;
    int32_t first[2], second[2];
    int64_t area2;
};

static bool take_measure(void *context, size_t item,
                         const struct tr_tile_shape *s)
{
    struct measure *m = context;

    assert_int_equal(item, 0);
    m->n_parts = s->n_parts;
    memcpy(m->first, s->xy, sizeof m->first);
    memcpy(m->second, s->xy + 2, sizeof m->second);
    for (uint32_t i = 0; i < s->n_parts; i++)
        m->area2 += area2(s, i);
    return true;
}

static void measure_tile(const struct tr_geometry *g, struct tr_tile t,
                         struct measure *out)
{
    const struct tr_mesh_viewer viewer = { take_measure, NULL, out };
    struct tr_mesh_zoom *z;
    struct tr_mesh *m;

    *out = (struct measure){ 0 };
    assert_ok(tr_mesh_new(&g, 1, &m, &test_err));
    assert_true(tr_mesh_bytes(m) > 0);
    assert_ok(tr_mesh_zoom_new(m, t.z, &z, &test_err));
    assert_ok(tr_mesh_tile(m, z, t, &viewer, &test_err));
    tr_mesh_zoom_free(z);
    tr_mesh_free(m);
}

static int64_t overlap(int64_t from, int64_t to)
{
    from = from < -BUFFER ? -BUFFER : from;
    to = to > EXTENT + BUFFER ? EXTENT + BUFFER : to;
    return to > from ? to - from : 0;
}

/* A square over several tiles: each has its part, to the unit. */
static void each_tile_has_its_part_of_a_square(void **state)
{
    const int32_t xy[] = { -20000000, 500000000, 10000000,  500000000,
                           10000000,  520000000, -20000000, 520000000 };
    const int n[] = { 4 };
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 24);

    const struct tr_geometry *g = shapes_polygon(&a, xy, n, 1);
    struct tr_cell nw = tr_mercator_cell(xy[0], xy[5]);
    struct tr_cell se = tr_mercator_cell(xy[2], xy[1]);
    struct tr_tile first = tr_tile_at(nw, 9), last = tr_tile_at(se, 9);

    for (uint32_t y = first.y - 1; y <= last.y + 1; y++) {
        for (uint32_t x = first.x - 1; x <= last.x + 1; x++) {
            const int shift = 32 - 9 - 12;
            int64_t x0 = (int64_t)x * EXTENT, y0 = (int64_t)y * EXTENT;
            struct measure m;

            measure_tile(g, (struct tr_tile){ 9, x, y }, &m);
            assert_int_equal(
                m.area2,
                2 * overlap((nw.x >> shift) - x0, (se.x >> shift) - x0) *
                    overlap((nw.y >> shift) - y0, (se.y >> shift) - y0));
        }
    }
    tr_arena_clear(&a);
}

static void a_line_that_leaves_and_returns_is_two_parts(void **state)
{
    struct tr_cell mid = { 0x80000000u + 100, 0x80000000u };
    struct tr_position p[4];
    const uint32_t parts[] = { 0, 4 };
    /* In at the left, out at the right far off, back further down. */
    const int32_t steps[][2] = { { 10, -10 },
                                 { 2000000000, -20 },
                                 { 2000000000, -3000000 },
                                 { 10, -3000000 } };
    struct tr_geometry g = { .kind = TR_LINE,
                             .n_points = 4,
                             .n_parts = 1,
                             .points = p,
                             .part_start = parts };
    struct measure m;

    (void)state;
    for (int i = 0; i < 4; i++)
        p[i] = (struct tr_position){ steps[i][0] / 2, steps[i][1] * 4, 0, 0 };
    measure_tile(&g, tr_tile_at(mid, 6), &m);
    assert_int_equal(m.n_parts, 2);
    assert_int_equal(m.first[0], 0);
}

static void no_items_are_no_shapes(void **state)
{
    const struct tr_geometry point = { .kind = TR_POINT };
    const struct tr_geometry *items[] = { NULL, &point };
    const struct tr_mesh_viewer nobody = { NULL, NULL, NULL };
    struct tr_tile t = { 3, 1, 1 };
    struct tr_mesh_zoom *z;
    struct tr_mesh *m;

    (void)state;
    for (size_t n = 0; n <= 2; n++) {
        assert_ok(tr_mesh_new(items, n, &m, &test_err));
        assert_ok(tr_mesh_zoom_new(m, 3, &z, &test_err));
        assert_ok(tr_mesh_tile(m, z, t, &nobody, &test_err));
        tr_mesh_zoom_free(z);
        tr_mesh_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_items_are_no_shapes),
        cmocka_unit_test(each_tile_has_its_part_of_a_square),
        cmocka_unit_test(a_line_that_leaves_and_returns_is_two_parts),
        cmocka_unit_test(made_up_areas_neither_gap_nor_overlap),
        cmocka_unit_test(neighbouring_tiles_have_the_same_vertices),
        cmocka_unit_test(even_tangled_rings_give_valid_tiles),
        cmocka_unit_test(real_areas_neither_gap_nor_overlap),
        cmocka_unit_test(real_context_layers_give_valid_tiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
