#include "terrier/crs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/ostn15.h"

static struct tr_error test_err;

static void names_are_understood_in_any_case(void **state)
{
    static const struct {
        const char *name;
        int srid;
    } cases[] = {
        { "EPSG:27700", 27700 }, { "bng", 27700 },   { "osgb36", 27700 },
        { "27700", 27700 },      { "crs84", 4326 },  { "epsg:4326", 4326 },
        { "WGS84", 4326 },       { "ETRS89", 4258 }, { "EPSG:3857", 3857 },
    };
    int srid;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(tr_crs_parse(cases[i].name, &srid, &test_err));
        assert_int_equal(srid, cases[i].srid);
    }
    srid = 1;
    assert_int_equal(tr_crs_parse("EPSG:2154", &srid, &test_err), TR_EINVAL);
    assert_non_null(strstr(test_err.msg, "'EPSG:2154'"));
    assert_int_equal(srid, 1);
}

static void without_the_grid_it_works_and_says_so(void **state)
{
    struct tr_crs *crs = NULL;
    struct tr_position p;

    (void)state;
    assert_ok(tr_crs_open(NULL, &crs, &test_err));
    assert_false(tr_crs_info(crs)->has_grid);
    assert_string_equal(tr_crs_info(crs)->grid_path, "");
    assert_near(tr_crs_info(crs)->accuracy_m, 2, 0);
    assert_true(strlen(tr_crs_info(crs)->operation) > 10);
    /* Ordnance Survey's TP20, to within the promised few metres. */
    assert_ok(tr_crs_position(crs, 4326, -1.66379168242, 53.80021519630, &p,
                              &test_err));
    assert_near(p.e_mm, 422242186, 5000);
    assert_near(p.n_mm, 433818701, 5000);
    assert_int_equal(p.lon_e7, -16637917);
    assert_int_equal(p.lat_e7, 538002152);
    tr_crs_close(crs);
}

static void positions_outside_are_refused(void **state)
{
    static const struct {
        int srid;
        double x, y;
        const char *says;
    } cases[] = {
        { 4326, 53.4, -2.3, "swapped" }, { 4326, 2.35, 48.85, "outside" },
        { 4326, NAN, 53.4, "finite" },   { 4326, -2.3, INFINITY, "finite" },
        { 27700, 0, 5e6, "outside" },    { 27700, 1e300, 1e300, "outside" },
        { 3857, 0, 0, "outside" },
    };
    struct tr_crs *crs = NULL;
    struct tr_position p = { 1, 2, 3, 4 };

    (void)state;
    assert_ok(tr_crs_open(NULL, &crs, &test_err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tr_crs_position(crs, cases[i].srid, cases[i].x,
                                         cases[i].y, &p, &test_err),
                         TR_EDATA);
        if (!strstr(test_err.msg, cases[i].says))
            fail_msg("'%s' does not say '%s'", test_err.msg, cases[i].says);
        assert_int_equal(p.lon_e7, 1);
    }
    assert_int_equal(tr_crs_position(crs, 2154, 0, 0, &p, &test_err),
                     TR_EINVAL);
    tr_crs_close(crs);
}

static void the_bad_one_of_many_is_named(void **state)
{
    struct tr_crs *crs = NULL;
    struct tr_position p[1000];
    double xy[2000];
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        xy[2 * i] = 400000;
        xy[2 * i + 1] = i == 777 ? -1e6 : 400000;
    }
    assert_ok(tr_crs_open(NULL, &crs, &test_err));
    assert_int_equal(tr_crs_positions(crs, 27700, xy, 1000, p, &bad, &test_err),
                     TR_EDATA);
    assert_int_equal(bad, 777);
    assert_int_equal(p[0].e_mm, 400000000);
    tr_crs_close(crs);
}

static void web_mercator_is_the_sphere(void **state)
{
    struct tr_crs *crs = NULL;
    double xy[2] = { -2.0, 53.0 };
    const double pi = 3.14159265358979323846, r = 6378137.0;

    (void)state;
    assert_ok(tr_crs_open(NULL, &crs, &test_err));
    assert_ok(tr_crs_convert(crs, 4326, 3857, xy, 1, &test_err));
    assert_near(xy[0], r * -2.0 * pi / 180, 1e-6);
    assert_near(xy[1], r * asinh(tan(53.0 * pi / 180)), 1e-6);
    assert_ok(tr_crs_convert(crs, 3857, 4258, xy, 1, &test_err));
    assert_near(xy[0], -2.0, 1e-12);
    assert_near(xy[1], 53.0, 1e-12);
    tr_crs_close(crs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_understood_in_any_case),
        cmocka_unit_test(without_the_grid_it_works_and_says_so),
        cmocka_unit_test(positions_outside_are_refused),
        cmocka_unit_test(the_bad_one_of_many_is_named),
        cmocka_unit_test(web_mercator_is_the_sphere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
