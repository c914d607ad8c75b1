#include "terrier/crs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/ostn15.h"

static struct tr_error test_err;

/* The grid is built once for all tests, in a folder of our own. */
struct grid {
    char dir[64];
    bool is_built;
};

static int build_grid(void **state)
{
    static struct grid g; /* cmocka hands it to each test */

    memcpy(g.dir, "/tmp/terrier-ostn15-XXXXXX", 27);
    if (!mkdtemp(g.dir))
        return -1;

    enum tr_status st = tr_ostn15_build(NULL, g.dir, &test_err);

    g.is_built = st == TR_OK;
    if (st)
        print_message("%s\n", test_err.msg);
    *state = &g;
    return st && st != TR_ENOINPUT ? -1 : 0;
}

static int remove_grid(void **state)
{
    const struct grid *g = *state;
    char path[256];

    snprintf(path, sizeof path, "%s/" TR_OSTN15_FILE, g->dir);
    unlink(path);
    return rmdir(g->dir); /* fails when something was left aside */
}

static struct tr_crs *open_with_grid(void **state)
{
    const struct grid *g = *state;
    struct tr_crs *crs = NULL;

    if (!g->is_built) {
        print_message("skipped: the OSTN15 tables are not installed\n");
        skip();
    }
    assert_ok(tr_crs_open(g->dir, &crs, &test_err));
    return crs;
}

/* Ordnance Survey's own 40 points. 3 mm is what a 0.005 degree grid allows. */
static void every_test_point_of_ordnance_survey_is_met(void **state)
{
    struct tr_crs *crs = open_with_grid(state);
    double lat, lon, e, n, xy[2], worst = 0;
    char line[256], name[8];
    int points = 0;

    need_shared_data("ostn15/test_points.csv");

    FILE *f = fopen(SHARED_DATA "/ostn15/test_points.csv", "r");

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        assert_int_equal(
            sscanf(line, "%7[^,],%lf,%lf,%lf,%lf", name, &lat, &lon, &e, &n),
            5);
        xy[0] = lon;
        xy[1] = lat;
        assert_ok(tr_crs_convert(crs, 4258, 27700, xy, 1, &test_err));
        worst = fmax(worst, hypot(xy[0] - e, xy[1] - n));
        xy[0] = e;
        xy[1] = n;
        assert_ok(tr_crs_convert(crs, 27700, 4258, xy, 1, &test_err));
        worst = fmax(worst, 111320 * hypot((xy[0] - lon) * cos(lat / 57.29578),
                                           xy[1] - lat));
        points++;
    }
    fclose(f);
    tr_crs_close(crs);
    assert_int_equal(points, 40);
    assert_near(worst, 0, 0.003);
}

static void the_grid_in_use_is_named(void **state)
{
    const struct grid *g = *state;
    struct tr_crs *crs = open_with_grid(state);
    const struct tr_crs_info *info = tr_crs_info(crs);

    assert_true(info->has_grid);
    assert_true(info->accuracy_m <= 1);
    assert_non_null(strstr(info->grid_path, g->dir));
    tr_crs_close(crs);
}

static uint64_t random_state = 1;

static double random_between(double low, double high)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(random_state >> 11) / 9007199254740992;
}

static void the_grid_follows_the_tables_everywhere(void **state)
{
    struct tr_crs *crs = open_with_grid(state);

    for (int i = 0; i < 200; i++) {
        double xy[2] = { random_between(-6, 1.5), random_between(50, 58.5) };
        double e, n;

        assert_ok(tr_ostn15_direct(NULL, xy[0], xy[1], &e, &n, &test_err));
        assert_ok(tr_crs_convert(crs, 4326, 27700, xy, 1, &test_err));
        assert_near(xy[0], e, 0.005);
        assert_near(xy[1], n, 0.005);
    }
    tr_crs_close(crs);
}

/* A stored position, taken as BNG or as degrees, gives itself again: to the
 * digit in its own plane, to the rounding of that digit in the other. */
static void positions_survive_the_round_trip(void **state)
{
    enum { N = 5000 };
    struct tr_crs *crs = open_with_grid(state);
    static double xy[2 * N];
    static struct tr_position p[N], q[N];
    size_t bad;

    for (int i = 0; i < N; i++) {
        xy[2 * i] = random_between(-8.9, 1.9);
        xy[2 * i + 1] = random_between(49.8, 60.9);
    }
    assert_ok(tr_crs_positions(crs, 4326, xy, N, p, &bad, &test_err));
    for (int i = 0; i < N; i++) {
        xy[2 * i] = p[i].e_mm / 1e3;
        xy[2 * i + 1] = p[i].n_mm / 1e3;
    }
    assert_ok(tr_crs_positions(crs, 27700, xy, N, q, &bad, &test_err));
    for (int i = 0; i < N; i++) {
        struct tr_position one;

        assert_int_equal(q[i].e_mm, p[i].e_mm);
        assert_int_equal(q[i].n_mm, p[i].n_mm);
        assert_in_range(q[i].lon_e7 - p[i].lon_e7 + 1, 0, 2);
        assert_in_range(q[i].lat_e7 - p[i].lat_e7 + 1, 0, 2);
        /* Alone or among many, the answer is the same. */
        assert_ok(tr_crs_position(crs, 27700, xy[2 * i], xy[2 * i + 1], &one,
                                  &test_err));
        assert_memory_equal(&one, &q[i], sizeof one);
    }
    tr_crs_close(crs);
}

static void a_grid_that_cannot_be_built_says_why(void **state)
{
    (void)state;
    assert_int_equal(tr_ostn15_build("/nonexistent", "/tmp", &test_err),
                     TR_ENOINPUT);
    assert_non_null(strstr(test_err.msg, "libgeo-coordinates-osgb-perl"));
}

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
        cmocka_unit_test(every_test_point_of_ordnance_survey_is_met),
        cmocka_unit_test(the_grid_in_use_is_named),
        cmocka_unit_test(the_grid_follows_the_tables_everywhere),
        cmocka_unit_test(positions_survive_the_round_trip),
        cmocka_unit_test(a_grid_that_cannot_be_built_says_why),
    };

    return cmocka_run_group_tests(tests, build_grid, remove_grid);
}
