/* Brute force is the oracle throughout. */
#include "terrier/near.h"

#include <stdlib.h>
#include <string.h>

#include "support/shapes.h"
#include "support/tr_test.h"

static struct tr_error test_err;

enum { MOST = 3000 };

static int32_t e_mm[MOST], n_mm[MOST];

static int64_t distance2(uint32_t i, int32_t e, int32_t n)
{
    int64_t de = (int64_t)e_mm[i] - e, dn = (int64_t)n_mm[i] - n;

    return de * de + dn * dn;
}

/* Towns in wide land, stacks of points, and points in line. */
static size_t scatter(uint64_t *seed, int round)
{
    size_t n = round == 0 ? 0 : 1 + shapes_random(seed) % MOST;
    int32_t spread = 1 << (round % 30);

    for (size_t i = 0; i < n; i++) {
        bool again = i > 0 && shapes_random(seed) % 4 == 0;

        e_mm[i] = again ? e_mm[i - 1] + shapes_between(seed, -3, 3)
                        : shapes_between(seed, 0, spread / 2);
        n_mm[i] = again ? n_mm[i - 1] + shapes_between(seed, -3, 3)
                        : shapes_between(seed, 0, spread);
        if (round % 7 == 3)
            n_mm[i] = 5;
    }
    return n;
}

static bool is_odd(const void *context, uint32_t item)
{
    (void)context;
    return item % 2;
}

static void check_circle(const struct tr_near *near, size_t n, int32_t e,
                         int32_t nn, int64_t r)
{
    struct tr_arena a;
    const uint32_t *items;
    size_t found, k = 0;

    tr_arena_init(&a, 1 << 20);
    assert_ok(tr_near_within(near, e, nn, r, &a, &items, &found, &test_err));
    assert_int_equal(tr_near_count(near, e, nn, r), found);
    for (uint32_t i = 0; i < n; i++) {
        if (r < 0 || distance2(i, e, nn) > r * r)
            continue;
        assert_true(k < found);
        assert_int_equal(items[k++], i);
    }
    assert_int_equal(k, found);
    tr_arena_clear(&a);
}

static void check_nearest(const struct tr_near *near, size_t n, int32_t e,
                          int32_t nn, bool odd)
{
    uint32_t best = TR_NEAR_NONE;
    int64_t d = -1;
    uint32_t got = tr_near_nearest(near, e, nn, odd ? is_odd : NULL, NULL, &d);

    for (uint32_t i = 0; i < n; i++)
        if ((!odd || i % 2) && (best == TR_NEAR_NONE ||
                                distance2(i, e, nn) < distance2(best, e, nn)))
            best = i;
    assert_int_equal(got, best);
    if (best != TR_NEAR_NONE) {
        assert_true(d * d <= distance2(best, e, nn));
        assert_true((d + 1) * (d + 1) > distance2(best, e, nn));
    }
}

static void points_are_found_as_by_trying_all(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int round = 0; round < 120; round++) {
        size_t n = scatter(&seed, round);
        struct tr_near *near = NULL;
        int32_t spread = 1 << (round % 30);

        assert_ok(tr_near_new(e_mm, n_mm, n, &near, &test_err));
        for (int k = 0; k < 40; k++) {
            int32_t e = shapes_between(&seed, -spread / 4, spread);
            int32_t nn = shapes_between(&seed, -spread / 4, spread);
            int64_t r = shapes_between(&seed, -1, spread >> (k % 12));

            if (n && k % 3 == 0) { /* a distance that is hit exactly */
                uint32_t i = shapes_random(&seed) % (uint32_t)n;

                e = e_mm[i] + 3 * (k + 1);
                nn = n_mm[i] - 4 * (k + 1);
                r = 5 * (k + 1) - k % 2;
            }
            check_circle(near, n, e, nn, r);
            check_nearest(near, n, e, nn, k % 2);
        }
        check_circle(near, n, 0, 0, 2000000000);
        tr_near_free(near);
    }
}

static const struct tr_geometry *small_shape(uint64_t *seed, struct tr_arena *a)
{
    int32_t xy[6];
    const int n[] = { 3 };
    int32_t x = shapes_between(seed, 0, 1 << 24);
    int32_t y = shapes_between(seed, 0, 1 << 24);
    int32_t size = 1 << (shapes_random(seed) % 23);

    for (int i = 0; i < 3; i++) {
        xy[2 * i] = x + shapes_between(seed, -size, size);
        xy[2 * i + 1] = y + shapes_between(seed, -size, size);
    }
    return shapes_polygon(a, xy, n, 1);
}

static void geometries_are_found_as_by_trying_all(void **state)
{
    uint64_t seed = 9;

    (void)state;
    for (int round = 0; round < 30; round++) {
        const struct tr_geometry *g[500];
        size_t n = (size_t)(round * round) % 500;
        struct tr_near *near = NULL;
        struct tr_arena a;

        tr_arena_init(&a, 1 << 24);
        for (size_t i = 0; i < n; i++)
            g[i] = small_shape(&seed, &a);
        assert_ok(tr_near_new_geometries(g, n, &near, &test_err));
        for (int k = 0; k < 30; k++) {
            int32_t e = 400000000 + shapes_between(&seed, -99999, 1 << 22);
            int32_t nn = 400000000 + shapes_between(&seed, -99999, 1 << 22);
            int64_t r = shapes_between(&seed, -1, 1 << (k % 22)), d = -1;
            const uint32_t *items;
            size_t found, j = 0;
            uint32_t best = TR_NEAR_NONE;
            uint32_t got = tr_near_nearest(near, e, nn, NULL, NULL, &d);

            assert_ok(
                tr_near_within(near, e, nn, r, &a, &items, &found, &test_err));
            assert_int_equal(tr_near_count(near, e, nn, r), found);
            for (uint32_t i = 0; i < n; i++) {
                int64_t away = tr_geometry_distance_mm(g[i], e, nn);

                if (best == TR_NEAR_NONE ||
                    away < tr_geometry_distance_mm(g[best], e, nn))
                    best = i;
                if (tr_geometry_within_mm(g[i], e, nn, r))
                    assert_int_equal(items[j++], i);
            }
            assert_int_equal(j, found);
            assert_int_equal(got, best);
            if (best != TR_NEAR_NONE)
                assert_int_equal(d, tr_geometry_distance_mm(g[best], e, nn));
        }
        tr_near_free(near);
        tr_arena_clear(&a);
    }
}

static void a_list_too_long_for_the_arena_is_refused(void **state)
{
    struct tr_near *near = NULL;
    struct tr_arena a;
    const uint32_t *items = NULL;
    size_t n = 7;

    (void)state;
    memset(e_mm, 0, sizeof e_mm);
    memset(n_mm, 0, sizeof n_mm);
    assert_ok(tr_near_new(e_mm, n_mm, MOST, &near, &test_err));
    tr_arena_init(&a, 1000);
    assert_int_equal(tr_near_within(near, 0, 0, 0, &a, &items, &n, &test_err),
                     TR_ELIMIT);
    assert_int_equal(n, 7);
    tr_arena_clear(&a);
    tr_near_free(near);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_found_as_by_trying_all),
        cmocka_unit_test(geometries_are_found_as_by_trying_all),
        cmocka_unit_test(a_list_too_long_for_the_arena_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
