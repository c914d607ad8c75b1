/* test_relate.c - how two geometries lie to each other. */
#include <string.h>

#include "support/tr_test.h"

#include "terrier/relate.h"

static struct tr_error test_err;

#define LINE(n, ...)                                                           \
    {                                                                          \
        TR_SHAPE_LINE, n, (const double[]){ __VA_ARGS__ }, NULL                \
    }

/* A square of ten degrees with a hole in its middle, and things to test. */
static const struct tr_shape rings[] = {
    LINE(5, 0, 0, 10, 0, 10, 10, 0, 10, 0, 0),
    LINE(5, 4, 4, 4, 6, 6, 6, 6, 4, 4, 4),
};
static const struct tr_shape square = { TR_SHAPE_POLYGON, 2, NULL, rings };
static const struct tr_shape plain = { TR_SHAPE_POLYGON, 1, NULL, rings };

static struct tr_position at(double lon, double lat)
{
    return (struct tr_position){ .lon_e7 = (int32_t)lrint(lon * 1e7),
                                 .lat_e7 = (int32_t)lrint(lat * 1e7) };
}

static int test_point(const struct tr_shape *shape, enum tr_relation relation,
                      double lon, double lat)
{
    static const uint32_t starts[] = { 0, 1 };
    struct tr_position p = at(lon, lat);
    const struct tr_geometry g = { .kind = TR_POINT,
                                   .n_points = 1,
                                   .n_parts = 1,
                                   .points = &p,
                                   .part_start = starts };
    struct tr_relate *r;
    int holds;

    assert_ok(tr_relate_open(shape, relation, &r, &test_err));
    holds = tr_relate_test(r, &g);
    tr_relate_close(r);
    return holds;
}

static void a_point_is_in_on_or_out_of_a_square_with_a_hole(void **state)
{
    static const struct {
        double lon, lat;
        int intersects, contains, touches;
    } cases[] = {
        { 2, 2, 1, 1, 0 },         { 5, 5, 0, 0, 0 },
        { 0, 5, 1, 0, 1 },         { 4, 5, 1, 0, 1 },
        { 10, 10, 1, 0, 1 },       { -0.0000001, 5, 0, 0, 0 },
        { 0.0000001, 5, 1, 1, 0 }, { 120, 5, 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double lon = cases[i].lon, lat = cases[i].lat;

        assert_int_equal(test_point(&square, TR_INTERSECTS, lon, lat),
                         cases[i].intersects);
        assert_int_equal(test_point(&square, TR_DISJOINT, lon, lat),
                         !cases[i].intersects);
        assert_int_equal(test_point(&square, TR_CONTAINS, lon, lat),
                         cases[i].contains);
        assert_int_equal(test_point(&square, TR_TOUCHES, lon, lat),
                         cases[i].touches);
        assert_int_equal(test_point(&square, TR_WITHIN, lon, lat), 0);
    }
}

/* Against boxes, the answer is arithmetic. */
static void boxes_relate_as_their_numbers_say(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        int w = i * 7 % 13 - 1, s = i * 5 % 11 - 1, e = w + 1 + i % 12,
            n = s + 1 + i % 5;
        const struct tr_shape ring = LINE(5, w, s, e, s, e, n, w, n, w, s);
        const struct tr_shape box = { TR_SHAPE_POLYGON, 1, NULL, &ring };
        bool in = w >= 0 && s >= 0 && e <= 10 && n <= 10;
        bool apart = w > 10 || s > 10 || e < 0 || n < 0;
        bool interiors = w < 10 && s < 10 && e > 0 && n > 0;
        const bool want[] = {
            [TR_INTERSECTS] = !apart,
            [TR_DISJOINT] = apart,
            [TR_TOUCHES] = !apart && !interiors,
            [TR_CONTAINS] = in,
            [TR_OVERLAPS] = interiors && !in,
            [TR_CROSSES] = false,
            [TR_WITHIN] = w <= 0 && s <= 0 && e >= 10 && n >= 10,
            [TR_EQUALS] = w == 0 && s == 0 && e == 10 && n == 10,
        };

        for (int k = TR_INTERSECTS; k <= TR_CONTAINS; k++) {
            struct tr_relate *r;

            if (k == TR_OVERLAPS && want[TR_WITHIN])
                continue;
            assert_ok(
                tr_relate_open(&plain, (enum tr_relation)k, &r, &test_err));
            assert_int_equal(tr_relate_shape(r, &box), want[k]);
            tr_relate_close(r);
        }
    }
}

static void two_geometries_of_our_own_are_compared_in_order(void **state)
{
    static const uint32_t ring_starts[] = { 0, 5 }, polygon_starts[] = { 0, 1 },
                          point_starts[] = { 0, 1 };
    const struct tr_position corners[] = { at(0, 0), at(9, 0), at(9, 9),
                                           at(0, 9), at(0, 0) };
    const struct tr_position middle = at(3, 3);
    const struct tr_geometry area = {
        TR_POLYGON, 5, 1, 1, corners, ring_starts, polygon_starts
    };
    const struct tr_geometry point = { TR_POINT,     1,   1, 0, &middle,
                                       point_starts, NULL };
    struct tr_relate *r;

    (void)state;
    assert_ok(tr_relate_open_pairs(TR_WITHIN, &r, &test_err));
    assert_int_equal(tr_relate_pair(r, &point, &area), 1);
    assert_int_equal(tr_relate_pair(r, &area, &point), 0);
    tr_relate_close(r);
}

static void what_cannot_be_a_geometry_is_refused_with_its_reason(void **state)
{
    const struct tr_shape bow = LINE(5, 0, 0, 2, 2, 2, 0, 0, 2, 0, 0);
    const struct tr_shape bow_tie = { TR_SHAPE_POLYGON, 1, NULL, &bow };
    const struct tr_shape off = LINE(2, 0, 0, 181, 0);
    const struct tr_shape not_finite = LINE(2, 0, 0, (double)NAN, 0);
    const struct tr_shape kinds[] = {
        { TR_SHAPE_POINT, 1, (const double[]){ 1, 1 }, NULL },
        LINE(2, 0, 0, 1, 1),
    };
    const struct tr_shape mixed = { TR_SHAPE_COLLECTION, 2, NULL, kinds };
    struct tr_relate *r = NULL;

    (void)state;
    assert_int_equal(tr_relate_open(&bow_tie, TR_WITHIN, &r, &test_err),
                     TR_EINVAL);
    assert_string_equal(test_err.msg,
                        "the geometry is not valid (Self-intersection)");
    assert_int_equal(tr_relate_open(&off, TR_WITHIN, &r, &test_err), TR_EINVAL);
    assert_int_equal(tr_relate_open(&not_finite, TR_WITHIN, &r, &test_err),
                     TR_EINVAL);
    assert_int_equal(tr_relate_open(&mixed, TR_WITHIN, &r, &test_err),
                     TR_EINVAL);
    assert_null(r);
    assert_ok(tr_relate_open(&mixed, TR_INTERSECTS, &r, &test_err));
    tr_relate_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_is_in_on_or_out_of_a_square_with_a_hole),
        cmocka_unit_test(boxes_relate_as_their_numbers_say),
        cmocka_unit_test(two_geometries_of_our_own_are_compared_in_order),
        cmocka_unit_test(what_cannot_be_a_geometry_is_refused_with_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
