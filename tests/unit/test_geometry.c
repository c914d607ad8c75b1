#include "terrier/geometry.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/shapes.h"
#include "support/tr_test.h"
#include "terrier/crs.h"

static struct tr_error test_err;

struct fixture {
    struct tr_crs *crs;
    struct tr_arena a;
    struct tr_buf b;
    GEOSContextHandle_t geos;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    tr_arena_init(&f->a, (size_t)1 << 28);
    tr_buf_init(&f->b, (size_t)1 << 26);
    f->geos = GEOS_init_r();
    *state = f;
    return tr_crs_open(NULL, &f->crs, &test_err) != TR_OK;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    tr_crs_close(f->crs);
    tr_arena_clear(&f->a);
    tr_buf_clear(&f->b);
    GEOS_finish_r(f->geos);
    free(f);
    return 0;
}

/* WKB from WKT by GEOS, so that the reader is not tested by its own writer. */
static size_t wkb_of(struct fixture *f, const char *wkt, int flavour,
                     unsigned char **out)
{
    GEOSWKTReader *r = GEOSWKTReader_create_r(f->geos);
    GEOSWKBWriter *w = GEOSWKBWriter_create_r(f->geos);
    GEOSGeometry *g = GEOSWKTReader_read_r(f->geos, r, wkt);
    size_t n = 0;

    assert_non_null(g);
    GEOSWKBWriter_setByteOrder_r(f->geos, w,
                                 flavour & 1 ? GEOS_WKB_XDR : GEOS_WKB_NDR);
    GEOSWKBWriter_setOutputDimension_r(f->geos, w, 3);
    GEOSWKBWriter_setFlavor_r(f->geos, w,
                              flavour & 2 ? GEOS_WKB_ISO : GEOS_WKB_EXTENDED);
    if (flavour & 4) {
        GEOSSetSRID_r(f->geos, g, 4326);
        GEOSWKBWriter_setIncludeSRID_r(f->geos, w, 1);
    }
    *out = GEOSWKBWriter_write_r(f->geos, w, g, &n);
    GEOSGeom_destroy_r(f->geos, g);
    GEOSWKBWriter_destroy_r(f->geos, w);
    GEOSWKTReader_destroy_r(f->geos, r);
    return n;
}

static enum tr_status read_wkt(struct fixture *f, const char *wkt, int flavour,
                               int srid, const struct tr_geometry **out)
{
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    unsigned char *wkb;
    size_t n = wkb_of(f, wkt, flavour, &wkb);
    enum tr_status st = tr_geometry_from_wkb(wkb, n, srid, f->crs, &limits,
                                             &f->a, out, &test_err);

    GEOSFree_r(f->geos, wkb);
    return st;
}

#define SQUARE "(-2 53, -1 53, -1 54, -2 54, -2 53)"
#define HOLE   "(-1.5 53.5, -1.4 53.5, -1.4 53.6, -1.5 53.5)"

static void every_kind_of_wkb_is_read(void **state)
{
    static const struct {
        const char *wkt;
        enum tr_geometry_kind kind;
        uint32_t points, parts, polygons;
    } cases[] = {
        { "POINT(-2.3 53.4)", TR_POINT, 1, 1, 0 },
        { "POINT Z(-2.3 53.4 7)", TR_POINT, 1, 1, 0 },
        { "MULTIPOINT(-2.3 53.4, -2 53)", TR_POINT, 2, 2, 0 },
        { "LINESTRING(-2 53, -2 54, -2 54, -1 54)", TR_LINE, 3, 1, 0 },
        { "MULTILINESTRING((-2 53, -2 54), (-1 53, -1 54))", TR_LINE, 4, 2, 0 },
        { "POLYGON(" SQUARE "," HOLE ")", TR_POLYGON, 9, 2, 1 },
        { "POLYGON Z((-2 53 1, -1 53 2, -1 54 3, -2 53 1))", TR_POLYGON, 4, 1,
          1 },
        { "MULTIPOLYGON((" SQUARE "), (" HOLE "))", TR_POLYGON, 9, 2, 2 },
        { "GEOMETRYCOLLECTION(POINT(-2 53), GEOMETRYCOLLECTION("
          "MULTIPOINT(-2 54, -1 53)))",
          TR_POINT, 3, 3, 0 },
        { "MULTILINESTRING((-2 53, -2 54), (-1 53, -1 53))", TR_LINE, 2, 1, 0 },
        { "POLYGON(" SQUARE ", (-1.5 53.5, -1.4 53.5, -1.5 53.5, -1.5 53.5))",
          TR_POLYGON, 5, 1, 1 },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int flavour = 0; flavour < 8; flavour++) {
            const struct tr_geometry *g = NULL;

            if ((flavour & 6) == 6)
                continue; /* ISO has no SRID */
            assert_ok(read_wkt(f, cases[i].wkt, flavour, 4326, &g));
            assert_int_equal(g->kind, cases[i].kind);
            assert_int_equal(g->n_points, cases[i].points);
            assert_int_equal(g->n_parts, cases[i].parts);
            assert_int_equal(g->n_polygons, cases[i].polygons);
        }
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *wkt;
        int flavour;
        int srid;
        enum tr_status st;
        const char *says;
    } cases[] = {
        { "POINT EMPTY", 0, 4326, TR_EDATA, "empty" },
        { "POLYGON EMPTY", 0, 4326, TR_EDATA, "empty" },
        { "GEOMETRYCOLLECTION EMPTY", 0, 4326, TR_EDATA, "empty" },
        { "POINT(53.4 -2.3)", 0, 4326, TR_EDATA, "swapped" },
        { "LINESTRING(-2 53, 20 53)", 0, 4326, TR_EDATA, "point 1" },
        { "POINT(-2 53)", 4, 27700, TR_EDATA, "EPSG:4326" },
        { "GEOMETRYCOLLECTION(POINT(-2 53), LINESTRING(-2 53, -2 54))", 0, 4326,
          TR_EDATA, "mixes" },
        { "LINESTRING(-2 53, -2 53)", 0, 4326, TR_EDATA, "length" },
        { "POLYGON((-2 53, -1 53, -2 53, -2 53))", 0, 4326, TR_EDATA, "area" },
        { "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(GEOMETRYCOLLECTION("
          "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(-2 53))))))",
          0, 4326, TR_ELIMIT, "deep" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_geometry *g = NULL;

        assert_int_equal(
            read_wkt(f, cases[i].wkt, cases[i].flavour, cases[i].srid, &g),
            cases[i].st);
        if (!strstr(test_err.msg, cases[i].says))
            fail_msg("'%s' does not say '%s'", test_err.msg, cases[i].says);
        assert_null(g);
    }
}

static void cut_and_counted_wrong_bytes_are_refused(void **state)
{
    struct fixture *f = *state;
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    const struct tr_geometry *g = NULL;
    unsigned char *wkb;
    size_t n = wkb_of(f, "POLYGON(" SQUARE "," HOLE ")", 2, &wkb);

    for (size_t len = 0; len < n; len++) {
        unsigned char *exact = malloc(len ? len : 1); /* for the sanitizer */

        memcpy(exact, wkb, len);
        assert_int_equal(tr_geometry_from_wkb(exact, len, 4326, f->crs, &limits,
                                              &f->a, &g, &test_err),
                         TR_EDATA);
        free(exact);
    }
    memset(wkb + 9, 0xFF, 4); /* four thousand million points */
    assert_int_equal(tr_geometry_from_wkb(wkb, n, 4326, f->crs, &limits, &f->a,
                                          &g, &test_err),
                     TR_EDATA);
    GEOSFree_r(f->geos, wkb);
    assert_null(g);
}

static void limits_are_kept(void **state)
{
    struct fixture *f = *state;
    struct tr_geometry_limits limits = { 3, 10, 4, 0 };
    const struct tr_geometry *g = NULL;
    unsigned char *wkb;
    size_t n = wkb_of(f, "LINESTRING(-2 53, -2 54, -1 54, -1 53)", 0, &wkb);

    assert_int_equal(tr_geometry_from_wkb(wkb, n, 4326, f->crs, &limits, &f->a,
                                          &g, &test_err),
                     TR_ELIMIT);
    limits.max_points = 4;
    assert_ok(tr_geometry_from_wkb(wkb, n, 4326, f->crs, &limits, &f->a, &g,
                                   &test_err));
    limits.max_parts = 0;
    assert_int_equal(tr_geometry_from_wkb(wkb, n, 4326, f->crs, &limits, &f->a,
                                          &g, &test_err),
                     TR_ELIMIT);
    GEOSFree_r(f->geos, wkb);
}

static void long_edges_are_cut_where_they_were_published(void **state)
{
    struct fixture *f = *state;
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    const struct tr_geometry *g = NULL;
    unsigned char *wkb;
    size_t n = wkb_of(f, "LINESTRING(400000 400000, 401900 400000)", 0, &wkb);

    limits.densify_over_m = 500;
    assert_ok(tr_geometry_from_wkb(wkb, n, 27700, f->crs, &limits, &f->a, &g,
                                   &test_err));
    assert_int_equal(g->n_points, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(g->points[i].e_mm, 400000000 + (int32_t)i * 475000);
        assert_int_equal(g->points[i].n_mm, 400000000);
    }
    GEOSFree_r(f->geos, wkb);
}

static void rings_are_closed_and_wound(void **state)
{
    struct fixture *f = *state;
    const struct tr_geometry *g = NULL;
    /* Outer clockwise, hole anticlockwise: both the wrong way. */
    const char *wkt = "POLYGON((-2 53, -2 54, -1 54, -1 53, -2 53),"
                      "(-1.5 53.5, -1.4 53.5, -1.4 53.6, -1.5 53.5))";

    assert_ok(read_wkt(f, wkt, 0, 4326, &g));
    assert_int_equal(g->points[1].lon_e7, -10000000); /* eastwards first */
    assert_int_equal(g->points[1].lat_e7, 530000000);
    assert_int_equal(g->points[6].lat_e7, 536000000); /* then up */
    assert_memory_equal(&g->points[0], &g->points[4], sizeof g->points[0]);
}

static void check_round_trip(struct fixture *f, const struct tr_geometry *g)
{
    const struct tr_geometry *h = NULL;
    unsigned char *copy;

    tr_buf_reset(&f->b);
    tr_geometry_encode(g, &f->b);
    copy = malloc(f->b.len);
    memcpy(copy, f->b.data, f->b.len);
    assert_ok(tr_geometry_decode(copy, f->b.len, &f->a, &h, &test_err));
    free(copy);
    assert_int_equal(g->kind, h->kind);
    assert_int_equal(g->n_points, h->n_points);
    assert_int_equal(g->n_parts, h->n_parts);
    assert_int_equal(g->n_polygons, h->n_polygons);
    assert_memory_equal(g->points, h->points, g->n_points * sizeof *g->points);
    assert_memory_equal(g->part_start, h->part_start,
                        (g->n_parts + 1) * sizeof *g->part_start);
    if (g->n_polygons)
        assert_memory_equal(g->polygon_start, h->polygon_start,
                            (g->n_polygons + 1) * sizeof *g->polygon_start);
}

/* GEOS on the same millimetres. */
static GEOSGeometry *shape_of(struct fixture *f, const struct tr_geometry *g)
{
    GEOSWKBReader *r = GEOSWKBReader_create_r(f->geos);
    GEOSGeometry *s;

    tr_buf_reset(&f->b);
    tr_geometry_to_wkb(g, 27700, &f->b);
    s = GEOSWKBReader_read_r(f->geos, r, f->b.data, f->b.len);
    GEOSWKBReader_destroy_r(f->geos, r);
    assert_non_null(s);
    return s;
}

static void check_measures(struct fixture *f, const struct tr_geometry *g,
                           uint64_t *seed)
{
    GEOSGeometry *s = shape_of(f, g);
    struct tr_position r = tr_geometry_representative(g);
    const struct tr_position *v = &g->points[g->n_points / 2];
    double want = 0;

    GEOSArea_r(f->geos, s, &want);
    assert_near(tr_geometry_area_m2(g), want, 1e-6 * want + 1e-3);
    assert_int_equal(tr_geometry_distance_mm(g, r.e_mm, r.n_mm), 0);
    assert_int_equal(tr_geometry_distance_mm(g, v->e_mm, v->n_mm), 0);
    for (int i = 0; i < 20; i++) {
        int32_t e = v->e_mm + shapes_between(seed, -2000000, 2000000);
        int32_t n = v->n_mm + shapes_between(seed, -2000000, 2000000);
        int64_t d = tr_geometry_distance_mm(g, e, n);
        GEOSGeometry *p =
            GEOSGeom_createPointFromXY_r(f->geos, e / 1e3, n / 1e3);

        GEOSDistance_r(f->geos, s, p, &want);
        if (GEOSisValid_r(f->geos, s) == 1)
            assert_near((double)d, floor(want * 1000 + 1e-3), 1);
        assert_int_equal(tr_geometry_covers_mm(g, e, n),
                         g->kind == TR_POLYGON && d == 0 &&
                             tr_geometry_within_mm(g, e, n, 0));
        assert_true(tr_geometry_within_mm(g, e, n, d + 1));
        assert_false(d > 0 && tr_geometry_within_mm(g, e, n, d - 1));
        GEOSGeom_destroy_r(f->geos, p);
    }
    GEOSGeom_destroy_r(f->geos, s);
}

static void real_geometries_agree_with_geos(void **state)
{
    static const char *const files[] = {
        "boundaries/localities_2023", "boundaries/lsoa_2021",
        "context/metrolink_lines", "context/greenspace", "evidence/bus_stops"
    };
    struct fixture *f = *state;
    uint64_t seed = 4;

    need_shared_data("trafford/boundaries/lsoa_2021.geojson");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        size_t n;

        snprintf(path, sizeof path, SHARED_DATA "/trafford/%s.geojson",
                 files[i]);

        const struct tr_geometry **g =
            shapes_from_geojson(path, f->crs, &f->a, &n);

        for (size_t k = 0; k < n; k++) {
            check_round_trip(f, g[k]);
            if (k < 150)
                check_measures(f, g[k], &seed);
        }
    }
}

/* Small enough that every lattice point is asked, on edges and vertices too. */
static void covers_and_distance_are_exact_on_the_lattice(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 8;

    for (int round = 0; round < 200; round++) {
        int32_t xy[10];
        const int n[] = { 3 + round % 3 };

        for (int i = 0; i < 10; i++)
            xy[i] = 4 * shapes_between(&seed, -6, 6); /* shapes.h: mm is / 4 */

        const struct tr_geometry *g = shapes_polygon(&f->a, xy, n, 1);
        GEOSGeometry *s = shape_of(f, g);
        struct tr_position r = tr_geometry_representative(g);

        assert_true(tr_geometry_covers_mm(g, r.e_mm, r.n_mm));
        for (int32_t e = 399999992; e <= 400000008; e++) {
            for (int32_t nn = 399999992; nn <= 400000008; nn++) {
                GEOSGeometry *p =
                    GEOSGeom_createPointFromXY_r(f->geos, e / 1e3, nn / 1e3);
                double d = 0;

                GEOSDistance_r(f->geos, s, p, &d);
                if (GEOSisValid_r(f->geos, s) == 1)
                    assert_int_equal(tr_geometry_distance_mm(g, e, nn),
                                     (int64_t)floor(d * 1000 + 1e-4));
                GEOSGeom_destroy_r(f->geos, p);
            }
        }
        GEOSGeom_destroy_r(f->geos, s);
    }
}

static void the_middle_of_a_line_is_on_it(void **state)
{
    struct fixture *f = *state;
    const struct tr_geometry *g = NULL;
    struct tr_position r;

    assert_ok(read_wkt(f,
                       "LINESTRING(400000 400000, 400010 400000,"
                       "400010 400030)",
                       0, 27700, &g));
    r = tr_geometry_representative(g);
    assert_int_equal(r.e_mm, 400010000);
    assert_int_equal(r.n_mm, 400010000);
    assert_near(tr_geometry_length_m(g), 40, 1e-9);
    assert_near(tr_geometry_area_m2(g), 0, 0);
}

static void the_middle_of_a_horseshoe_is_not_in_its_gap(void **state)
{
    struct fixture *f = *state;
    const struct tr_geometry *g = NULL;
    struct tr_position r, again;

    assert_ok(read_wkt(f,
                       "POLYGON((400000 400000, 400090 400000, 400090 400040,"
                       "400060 400040, 400060 400010, 400020 400010,"
                       "400020 400040, 400000 400040, 400000 400000))",
                       0, 27700, &g));
    r = tr_geometry_representative(g);
    assert_int_equal(r.e_mm, 400075000);
    assert_int_equal(r.n_mm, 400020000);
    /* Both planes say the same place. */
    assert_ok(tr_crs_position(f->crs, 27700, r.e_mm / 1e3, r.n_mm / 1e3, &again,
                              &test_err));
    assert_in_range(r.lon_e7 - again.lon_e7 + 2, 0, 4);
    assert_in_range(r.lat_e7 - again.lat_e7 + 2, 0, 4);
}

static void damaged_stored_geometries_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct tr_geometry *g = NULL, *h = NULL;
    uint64_t seed = 2;

    assert_ok(read_wkt(f, "POLYGON(" SQUARE "," HOLE ")", 0, 4326, &g));
    tr_buf_reset(&f->b);
    tr_geometry_encode(g, &f->b);
    for (size_t len = 0; len < f->b.len; len++) {
        unsigned char *exact = malloc(len ? len : 1);

        memcpy(exact, f->b.data, len);
        assert_int_equal(tr_geometry_decode(exact, len, &f->a, &h, &test_err),
                         TR_EDATA);
        free(exact);
    }
    for (int i = 0; i < 3000; i++) {
        size_t at = shapes_random(&seed) % f->b.len;
        unsigned char old = f->b.data[at];

        f->b.data[at] = (unsigned char)shapes_random(&seed);
        if (tr_geometry_decode(f->b.data, f->b.len, &f->a, &h, &test_err) ==
            TR_OK)
            check_measures(f, h, &seed); /* whatever it is, it can be used */
        tr_buf_reset(&f->b);
        tr_geometry_encode(g, &f->b);
        f->b.data[at] = old;
    }
}

static void extents_hold_every_point(void **state)
{
    struct fixture *f = *state;
    const struct tr_geometry *g = NULL;

    assert_ok(read_wkt(f, "LINESTRING(-2 53, -1 54, -1.5 52)", 0, 4326, &g));

    struct tr_extent x = tr_geometry_extent(g);

    assert_int_equal(x.west_e7, -20000000);
    assert_int_equal(x.east_e7, -10000000);
    assert_int_equal(x.south_e7, 520000000);
    assert_int_equal(x.north_e7, 540000000);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        test(every_kind_of_wkb_is_read),
        test(what_is_wrong_is_said),
        test(cut_and_counted_wrong_bytes_are_refused),
        test(limits_are_kept),
        test(long_edges_are_cut_where_they_were_published),
        test(rings_are_closed_and_wound),
        test(real_geometries_agree_with_geos),
        test(covers_and_distance_are_exact_on_the_lattice),
        test(the_middle_of_a_line_is_on_it),
        test(the_middle_of_a_horseshoe_is_not_in_its_gap),
        test(damaged_stored_geometries_are_refused),
        test(extents_hold_every_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
