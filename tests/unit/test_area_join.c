/*
 * Two oracles: GEOS's prepared covers() on polygons made of the same snapped
 * integers, and a plain even-odd count over all edges. Snapping may make a ring
 * touch or cross itself; then GEOS's answer is not defined and only the second
 * is asked. On valid polygons the two agree, and we with them.
 */
#include "terrier/area_join.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/shapes.h"
#include "support/tr_test.h"

#define MAX_AREAS 4096

static struct tr_error test_err;
__extension__ typedef __int128 wide;

struct oracle {
    GEOSContextHandle_t geos;
    const struct tr_geometry *const *areas;
    size_t n;
    struct {
        int32_t area;
        GEOSGeometry *shape;
        const GEOSPreparedGeometry *prepared;
    } polygons[MAX_AREAS];
    size_t n_polygons;
    bool all_valid;
};

static struct tr_cell cell_of(const struct tr_position *p)
{
    return tr_mercator_cell(p->lon_e7, p->lat_e7);
}

static GEOSGeometry *ring_shape(GEOSContextHandle_t h,
                                const struct tr_geometry *g, uint32_t part)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];
    GEOSCoordSequence *s = GEOSCoordSeq_create_r(h, end - first, 2);

    for (uint32_t i = first; i < end; i++) {
        struct tr_cell c = cell_of(&g->points[i]);

        GEOSCoordSeq_setXY_r(h, s, i - first, c.x, c.y);
    }
    return GEOSGeom_createLinearRing_r(h, s);
}

static void oracle_init(struct oracle *o,
                        const struct tr_geometry *const *areas, size_t n)
{
    memset(o, 0, sizeof *o);
    o->geos = GEOS_init_r();
    o->areas = areas;
    o->n = n;
    o->all_valid = true;
    for (size_t a = 0; a < n; a++) {
        const struct tr_geometry *g = areas[a];

        for (uint32_t i = 0; i < g->n_polygons; i++) {
            GEOSGeometry *holes[64];
            uint32_t first = g->polygon_start[i];
            uint32_t n_holes = g->polygon_start[i + 1] - first - 1;
            size_t k = o->n_polygons++;

            assert_true(k < MAX_AREAS && n_holes < 64);
            for (uint32_t r = 0; r < n_holes; r++)
                holes[r] = ring_shape(o->geos, g, first + 1 + r);
            o->polygons[k].area = (int32_t)a;
            o->polygons[k].shape = GEOSGeom_createPolygon_r(
                o->geos, ring_shape(o->geos, g, first), holes, n_holes);
            o->polygons[k].prepared =
                GEOSPrepare_r(o->geos, o->polygons[k].shape);
            if (GEOSisValid_r(o->geos, o->polygons[k].shape) != 1)
                o->all_valid = false;
        }
    }
}

static void oracle_clear(struct oracle *o)
{
    for (size_t i = 0; i < o->n_polygons; i++) {
        GEOSPreparedGeom_destroy_r(o->geos, o->polygons[i].prepared);
        GEOSGeom_destroy_r(o->geos, o->polygons[i].shape);
    }
    GEOS_finish_r(o->geos);
}

static int32_t geos_says(const struct oracle *o, struct tr_cell c)
{
    GEOSGeometry *p = GEOSGeom_createPointFromXY_r(o->geos, c.x, c.y);
    int32_t found = TR_NO_AREA;

    for (size_t i = 0; i < o->n_polygons && found == TR_NO_AREA; i++)
        if (GEOSPreparedCovers_r(o->geos, o->polygons[i].prepared, p) == 1)
            found = o->polygons[i].area;
    GEOSGeom_destroy_r(o->geos, p);
    return found;
}

static bool even_odd(const struct tr_geometry *g, uint32_t polygon,
                     struct tr_cell c)
{
    bool in = false;

    for (uint32_t r = g->polygon_start[polygon];
         r < g->polygon_start[polygon + 1]; r++) {
        for (uint32_t i = g->part_start[r]; i + 1 < g->part_start[r + 1]; i++) {
            struct tr_cell a = cell_of(&g->points[i]);
            struct tr_cell b = cell_of(&g->points[i + 1]);
            int64_t dx = (int64_t)b.x - a.x, dy = (int64_t)b.y - a.y;
            int64_t px = (int64_t)c.x - a.x, py = (int64_t)c.y - a.y;
            wide side = (wide)dx * py - (wide)dy * px;
            wide along = (wide)dx * px + (wide)dy * py;

            if (dx == 0 && dy == 0)
                continue;
            if (side == 0 && along >= 0 &&
                along <= (wide)dx * dx + (wide)dy * dy)
                return true;
            if ((a.y > c.y) != (b.y > c.y) && (side < 0) == (dy > 0))
                in = !in;
        }
    }
    return in;
}

static int32_t counting_says(const struct oracle *o, struct tr_cell c)
{
    for (size_t a = 0; a < o->n; a++)
        for (uint32_t i = 0; i < o->areas[a]->n_polygons; i++)
            if (even_odd(o->areas[a], i, c))
                return (int32_t)a;
    return TR_NO_AREA;
}

static void check(const struct oracle *o, const struct tr_area_index *index,
                  struct tr_cell c)
{
    int32_t ours = tr_area_index_find(index, c);

    /* Where GEOS answers, it is enough to count now and then. */
    if (!(o->all_valid && (c.x + c.y) % 16) && ours != counting_says(o, c))
        fail_msg("cell %u %u: %d, counting says %d", c.x, c.y, ours,
                 counting_says(o, c));
    if (o->all_valid && ours != geos_says(o, c))
        fail_msg("cell %u %u: %d, GEOS says %d", c.x, c.y, ours,
                 geos_says(o, c));
}

/* A star of n points around a place, no ray twice: valid before snapping. */
static int star(uint64_t *seed, int32_t *xy, int n, int32_t x, int32_t y,
                double low, double high)
{
    double turn = shapes_random(seed) / 4294967296.0;

    for (int i = 0; i < n; i++) {
        double r = low + (high - low) * shapes_random(seed) / 4294967296.0;
        double at = (i + turn) * 6.283185307179586 / n;

        xy[2 * i] = x + (int32_t)lround(r * cos(at));
        xy[2 * i + 1] = y + (int32_t)lround(r * sin(at));
    }
    return n;
}

static const struct tr_geometry *random_area(uint64_t *seed, struct tr_arena *a,
                                             int32_t spread, double size)
{
    int32_t xy[2 * 80];
    int n[4], rings = 0, used = 0;
    int polygons = 1 + (int)(shapes_random(seed) % 2);

    for (int k = 0; k < polygons; k++) {
        int32_t x = shapes_between(seed, -spread, spread);
        int32_t y = shapes_between(seed, -spread, spread);
        int outer = 3 + (int)(shapes_random(seed) % 15);

        used += star(seed, xy + 2 * used, outer, x, y, size / 2, size);
        n[rings++] = -outer;
        if (outer < 8 || shapes_random(seed) % 2)
            continue;
        used += star(seed, xy + 2 * used, 5, x, y, size / 9, size / 3);
        n[rings++] = 5;
    }
    return shapes_polygon(a, xy, n, rings);
}

/* Small enough that every cell is tried, so every vertex, every lattice point
 * of every edge, and every tie is. */
static void every_cell_round_small_areas_is_right(void **state)
{
    static struct oracle o;
    uint64_t seed = 11;
    int valid = 0;

    (void)state;
    for (int round = 0; round < 120; round++) {
        const struct tr_geometry *areas[4];
        struct tr_area_index *index = NULL;
        struct tr_arena a;
        size_t n = 1 + shapes_random(&seed) % 4;
        struct tr_cell mid = tr_mercator_cell(0, 0);

        tr_arena_init(&a, 1 << 20);
        for (size_t i = 0; i < n; i++)
            areas[i] = random_area(&seed, &a, 10, 3 + round % 17);
        oracle_init(&o, areas, n);
        valid += o.all_valid;
        assert_ok(tr_area_index_new(areas, n, &index, &test_err));
        for (uint32_t x = mid.x - 40; x <= mid.x + 40; x++)
            for (uint32_t y = mid.y - 40; y <= mid.y + 40;
                 y += 1 + (uint32_t)round % 3)
                check(&o, index, (struct tr_cell){ x, y });
        tr_area_index_free(index);
        oracle_clear(&o);
        tr_arena_clear(&a);
    }
    assert_true(valid > 20); /* GEOS had its say */
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void check_many(const struct tr_geometry *const *areas, size_t n,
                       struct tr_cell *cells, size_t n_cells)
{
    static struct oracle o;
    struct tr_area_index *index = NULL;
    uint64_t *keys = calloc(n_cells, sizeof *keys);
    int32_t *one = calloc(n_cells, sizeof *one);
    int32_t *two = calloc(n_cells, sizeof *two);

    oracle_init(&o, areas, n);
    assert_ok(tr_area_index_new(areas, n, &index, &test_err));
    for (size_t i = 0; i < n_cells; i++) {
        check(&o, index, cells[i]);
        keys[i] = tr_morton(cells[i]);
    }
    qsort(keys, n_cells, sizeof *keys, by_key);
    assert_ok(tr_area_index_join(index, keys, n_cells, one, 1, &test_err));
    assert_ok(tr_area_index_join(index, keys, n_cells, two, 2, &test_err));
    for (size_t i = 0; i < n_cells; i++)
        assert_int_equal(one[i],
                         tr_area_index_find(index, tr_morton_cell(keys[i])));
    assert_memory_equal(one, two, n_cells * sizeof *one);
    tr_area_index_free(index);
    oracle_clear(&o);
    free(two);
    free(one);
    free(keys);
}

/* Vertices, near misses and the middles of edges; areas of all sizes up to the
 * whole world, stacked. */
static void large_and_stacked_areas_are_right(void **state)
{
    enum { POINTS = 3000 };
    static struct tr_cell cells[POINTS];
    uint64_t seed = 5;

    (void)state;
    for (int round = 0; round < 30; round++) {
        const struct tr_geometry *areas[12];
        struct tr_arena a;
        size_t n = 1 + shapes_random(&seed) % 12;
        int32_t spread = 1 << (10 + round % 20);

        tr_arena_init(&a, 1 << 20);
        for (size_t i = 0; i < n; i++) /* some lie exactly on others */
            areas[i] = i > 3 && i % 3 == 0
                           ? areas[i - 2]
                           : random_area(&seed, &a, spread / 2, spread / 2);
        for (size_t i = 0; i < POINTS; i++) {
            const struct tr_geometry *g = areas[shapes_random(&seed) % n];
            uint32_t k = shapes_random(&seed) % (g->n_points - 1);
            struct tr_cell p = cell_of(&g->points[k]);
            struct tr_cell q = cell_of(&g->points[k + 1]);

            if (i % 3 == 0)
                p = tr_mercator_cell(shapes_between(&seed, -spread, spread),
                                     shapes_between(&seed, -spread, spread) /
                                         2);
            else if (i % 3 == 1) {
                p.x = p.x / 2 + q.x / 2;
                p.y = p.y / 2 + q.y / 2;
            }
            cells[i].x = p.x + shapes_random(&seed) % 3 - 1;
            cells[i].y = p.y + shapes_random(&seed) % 3 - 1;
            if (i % 5 == 4) /* several at one place */
                cells[i] = cells[i - 1];
        }
        check_many(areas, n, cells, POINTS);
        tr_arena_clear(&a);
    }
}

static void a_sliver_one_cell_wide_is_found(void **state)
{
    const int32_t xy[] = { -5000000, 0, 5000000, 1, 5000000, 0 };
    const int n[] = { 3 };
    struct tr_arena a;
    struct tr_cell cells[2000];

    (void)state;
    tr_arena_init(&a, 1 << 20);

    const struct tr_geometry *g = shapes_polygon(&a, xy, n, 1);

    for (uint32_t i = 0; i < 2000; i++)
        cells[i] = (struct tr_cell){ 0x80000000u - 6000000 + i * 6000,
                                     0x7FFFFFFDu + i % 5 };
    check_many(&g, 1, cells, 2000);
    tr_arena_clear(&a);
}

static void no_areas_hold_nothing(void **state)
{
    struct tr_area_index *index = NULL;
    const uint64_t keys[] = { 0, 5, UINT64_MAX };
    int32_t out[3] = { 0, 0, 0 };

    (void)state;
    assert_ok(tr_area_index_new(NULL, 0, &index, &test_err));
    assert_ok(tr_area_index_join(index, keys, 3, out, 0, &test_err));
    for (int i = 0; i < 3; i++)
        assert_int_equal(out[i], TR_NO_AREA);
    assert_ok(tr_area_index_join(index, keys, 0, out, 0, &test_err));
    tr_area_index_free(index);
}

static size_t read_postcodes(struct tr_cell *cells, size_t most)
{
    FILE *f = fopen(SHARED_DATA "/trafford/postcodes.csv", "r");
    char line[256];
    size_t n = 0;

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (n < most && fgets(line, sizeof line, f)) {
        double lon, lat;

        if (sscanf(line, "%*[^,],%lf,%lf", &lon, &lat) == 2)
            cells[n++] = tr_mercator_cell((int32_t)lround(lon * 1e7),
                                          (int32_t)lround(lat * 1e7));
    }
    fclose(f);
    return n;
}

static void real_postcodes_fall_in_their_real_areas(void **state)
{
    static const char *const files[] = { "localities_2023", "lsoa_2021",
                                         "localities_2017", "wards_2023" };
    static struct tr_cell cells[12000];
    struct tr_crs *crs = NULL;

    (void)state;
    need_shared_data("trafford/postcodes.csv");

    size_t n_cells = read_postcodes(cells, 12000);

    assert_int_equal(n_cells, 11264);
    assert_ok(tr_crs_open(NULL, &crs, &test_err));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        struct tr_arena a;
        size_t n;

        snprintf(path, sizeof path,
                 SHARED_DATA "/trafford/boundaries/%s.geojson", files[i]);
        tr_arena_init(&a, (size_t)1 << 28);

        const struct tr_geometry **g = shapes_from_geojson(path, crs, &a, &n);

        check_many(g, n, cells, n_cells);
        tr_arena_clear(&a);
    }
    tr_crs_close(crs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_round_small_areas_is_right),
        cmocka_unit_test(large_and_stacked_areas_are_right),
        cmocka_unit_test(a_sliver_one_cell_wide_is_found),
        cmocka_unit_test(no_areas_hold_nothing),
        cmocka_unit_test(real_postcodes_fall_in_their_real_areas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
