/* Whatever the tile, what comes out is valid by GEOS, wound as MVT wants,
 * inside its box, and has the area that GEOS's own clipping gives. */
#include "terrier/tile_shape.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/shapes.h"
#include "support/tr_test.h"

#define EXTENT 4096
#define BUFFER 64

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

        assert_true(r == first ? a > 0 : a < 0);
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

/* Every tile of a zoom that the geometry's extent touches, up to `most`. */
static void check_zoom(GEOSContextHandle_t h, const struct tr_geometry *g,
                       uint32_t z, int most)
{
    struct tr_extent x = tr_geometry_extent(g);
    struct tr_tile nw = tr_tile_at(tr_mercator_cell(x.west_e7, x.north_e7), z);
    struct tr_tile se = tr_tile_at(tr_mercator_cell(x.east_e7, x.south_e7), z);

    for (uint32_t ty = nw.y; ty <= se.y; ty++) {
        for (uint32_t tx = nw.x; tx <= se.x; tx++) {
            struct tr_tile t = { z, tx, ty };
            struct tr_tile_shape s;
            struct tr_arena a;

            if (most-- <= 0)
                return;
            tr_arena_init(&a, (size_t)1 << 28);
            assert_ok(
                tr_tile_geometry(g, t, EXTENT, BUFFER, &a, &s, &test_err));
            check_shape(h, &s);
            tr_arena_clear(&a);
        }
    }
}

static void check_file(const char *name, uint32_t z_step, int most)
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

    for (uint32_t z = 8; z <= 16; z += z_step)
        for (size_t i = 0; i < n; i++)
            check_zoom(h, g[i], z, most);
    tr_crs_close(crs);
    tr_arena_clear(&a);
    GEOS_finish_r(h);
}

static void real_boundaries_give_valid_tiles(void **state)
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
        check_file(files[i], 1, 40);
}

static void real_context_layers_give_valid_tiles(void **state)
{
    (void)state;
    need_shared_data("trafford/context/woodland.geojson");
    check_file("context/woodland", 4, 20);
    check_file("context/metrolink_lines", 2, 20);
    check_file("context/greenspace", 4, 20);
}

static int random_star(uint64_t *seed, int32_t *xy, int n, int32_t size)
{
    for (int i = 0; i < n; i++) {
        xy[2 * i] = shapes_between(seed, -size, size);
        xy[2 * i + 1] = shapes_between(seed, -size, size);
    }
    return n;
}

/* Rings that cross themselves anyhow: nothing invalid may come out. */
static void even_tangled_rings_give_valid_tiles(void **state)
{
    uint64_t seed = 21;
    GEOSContextHandle_t h = GEOS_init_r();

    (void)state;
    for (int round = 0; round < 400; round++) {
        int32_t xy[80];
        int n[3] = { 3 + round % 20, 4, 5 };
        struct tr_arena a;
        int32_t size = 1 << (8 + round % 14);

        random_star(&seed, xy, 40, size);
        tr_arena_init(&a, 1 << 22);
        check_zoom(h, shapes_polygon(&a, xy, n, 1 + round % 3),
                   (uint32_t)(8 + round % 12), 9);
        tr_arena_clear(&a);
    }
    GEOS_finish_r(h);
}

/* A square over several tiles: the parts add up to the whole. */
static void the_pieces_of_a_square_fill_it(void **state)
{
    const int32_t xy[] = { -20000000, 500000000, 10000000,  500000000,
                           10000000,  520000000, -20000000, 520000000 };
    const int n[] = { 4 };
    struct tr_arena a;
    int64_t total = 0;

    (void)state;
    tr_arena_init(&a, 1 << 24);

    const struct tr_geometry *g = shapes_polygon(&a, xy, n, 1);
    struct tr_cell nw = tr_mercator_cell(xy[0], xy[5]);
    struct tr_cell se = tr_mercator_cell(xy[2], xy[1]);
    struct tr_tile first = tr_tile_at(nw, 9), last = tr_tile_at(se, 9);

    for (uint32_t y = first.y; y <= last.y; y++) {
        for (uint32_t x = first.x; x <= last.x; x++) {
            struct tr_tile_shape s;

            assert_ok(tr_tile_geometry(g, (struct tr_tile){ 9, x, y }, EXTENT,
                                       0, &a, &s, &test_err));
            for (uint32_t i = 0; i < s.n_parts; i++)
                total += area2(&s, i);
        }
    }

    const int shift = 32 - 9 - 12;
    int64_t want = ((int64_t)(se.x >> shift) - (nw.x >> shift)) *
                   ((int64_t)(se.y >> shift) - (nw.y >> shift));

    assert_int_equal(total, 2 * want);
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
    struct tr_tile_shape s;
    struct tr_arena a;

    (void)state;
    for (int i = 0; i < 4; i++)
        p[i] = (struct tr_position){ steps[i][0] / 2, steps[i][1] * 4, 0, 0 };
    tr_arena_init(&a, 1 << 20);
    assert_ok(tr_tile_geometry(&g, tr_tile_at(mid, 6), EXTENT, BUFFER, &a, &s,
                               &test_err));
    assert_int_equal(s.n_parts, 2);
    assert_int_equal(s.xy[2], EXTENT + BUFFER);
    tr_arena_clear(&a);
}

static void impossible_extents_are_refused(void **state)
{
    struct tr_geometry g = { .kind = TR_POINT };
    struct tr_tile t = { 0, 0, 0 };
    struct tr_tile_shape s;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_int_equal(tr_tile_geometry(&g, t, 0, 0, &a, &s, &test_err),
                     TR_EINVAL);
    assert_int_equal(tr_tile_geometry(&g, t, 16, 17, &a, &s, &test_err),
                     TR_EINVAL);
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_boundaries_give_valid_tiles),
        cmocka_unit_test(real_context_layers_give_valid_tiles),
        cmocka_unit_test(even_tangled_rings_give_valid_tiles),
        cmocka_unit_test(the_pieces_of_a_square_fill_it),
        cmocka_unit_test(a_line_that_leaves_and_returns_is_two_parts),
        cmocka_unit_test(impossible_extents_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
