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

/* ---- many places at once ---- */

enum { PLACES = 20000, BATCH_ROUNDS = 90 };

static struct tr_position places[PLACES];
static uint32_t kind_of_item[MOST], kind_of_place[PLACES];

/* On points, round them, and far outside; by rows, so that groups are large,
 * or in no order. */
static size_t scatter_places(uint64_t *seed, size_t n, int round)
{
    int32_t spread = 1 << (round % 30);
    size_t m = round % 5 ? 300 : PLACES;

    for (size_t k = 0; k < m; k++) {
        int32_t e = shapes_between(seed, -spread / 4, spread);
        int32_t nn = shapes_between(seed, -spread / 4, spread);

        if (n && k % 4) {
            uint32_t i =
                (uint32_t)(round % 2 ? k * n / m : shapes_random(seed) % n);

            e = e_mm[i] + (k % 4 == 1 ? 0 : shapes_between(seed, -9, 9) * 3);
            nn = n_mm[i] + (k % 4 == 1 ? 0 : shapes_between(seed, -9, 9) * 4);
        }
        places[k].e_mm = e;
        places[k].n_mm = nn;
    }
    return m;
}

static int64_t some_radius(uint64_t *seed, int round)
{
    switch (round % 6) {
    case 0: return 5 * shapes_between(seed, 0, 40);
    case 1: return 2000000000; /* too far for floats: all, and all the same */
    case 2: return shapes_between(seed, -1, 1);
    default: return shapes_between(seed, 0, (1 << (round % 30)) / 2);
    }
}

static void counts_of_many_places_are_those_of_each(void **state)
{
    static uint32_t one[PLACES], three[PLACES];
    uint64_t seed = 21;

    (void)state;
    for (int round = 0; round < BATCH_ROUNDS; round++) {
        size_t n = scatter(&seed, round);
        size_t m = scatter_places(&seed, n, round);
        int64_t r = some_radius(&seed, round);
        struct tr_near *near = NULL;

        assert_ok(tr_near_new(e_mm, n_mm, n, &near, &test_err));
        assert_ok(tr_near_count_all(near, places, m, r, 1, one, &test_err));
        assert_ok(tr_near_count_all(near, places, m, r, 3, three, &test_err));
        assert_memory_equal(one, three, m * sizeof *one);
        for (size_t k = 0; k < m; k++) {
            size_t want = 0;

            for (uint32_t i = 0; k % 16 == 0 && r >= 0 && i < n; i++)
                want += distance2(i, places[k].e_mm, places[k].n_mm) <= r * r;
            if (k % 16)
                want = tr_near_count(near, places[k].e_mm, places[k].n_mm, r);
            assert_int_equal(one[k], want);
        }
        tr_near_free(near);
    }
}

/* A lattice of 3-4-5 triangles puts many points exactly on each rim; and one
 * mm is taken off or added for every other place. */
static void the_rim_is_counted_to_the_millimetre(void **state)
{
    static uint32_t got[MOST];
    const int64_t radii[] = { 400000, 399999, 400001, 8000000 };
    struct tr_near *near = NULL;
    size_t n = 0;

    (void)state;
    for (int32_t x = 0; x < 50; x++)
        for (int32_t y = 0; y < 50; y++, n++) {
            e_mm[n] = 300000000 + x * 80000;
            n_mm[n] = 400000000 + y * 80000;
            places[n].e_mm = e_mm[n] + (y % 3 == 1) - (y % 3 == 2);
            places[n].n_mm = n_mm[n];
        }
    assert_ok(tr_near_new(e_mm, n_mm, n, &near, &test_err));
    for (size_t k = 0; k < sizeof radii / sizeof *radii; k++) {
        assert_ok(
            tr_near_count_all(near, places, n, radii[k], 2, got, &test_err));
        for (size_t p = 0; p < n; p++) {
            uint32_t want = 0;

            for (uint32_t i = 0; i < n; i++)
                want += distance2(i, places[p].e_mm, places[p].n_mm) <=
                        radii[k] * radii[k];
            assert_int_equal(got[p], want);
        }
    }
    tr_near_free(near);
}

/* Far enough that floats from a group's corner would no longer be exact. */
static void wide_circles_are_counted_to_the_millimetre(void **state)
{
    static uint32_t got[MOST];
    const int32_t r = 16000000;
    struct tr_near *near = NULL;
    size_t n = 0;

    (void)state;
    for (; n < 1500; n++) {
        int32_t k = (int32_t)n;

        places[n].e_mm = 300000000 + k * 4001;
        places[n].n_mm = 400000000 + k * 1999;
        e_mm[n] = places[n].e_mm + r + k % 3 - 1;
        n_mm[n] = places[n].n_mm;
        e_mm[n + 1500] = places[n].e_mm; /* the grid holds the places */
        n_mm[n + 1500] = places[n].n_mm;
    }
    assert_ok(tr_near_new(e_mm, n_mm, 2 * n, &near, &test_err));
    assert_ok(tr_near_count_all(near, places, n, r, 2, got, &test_err));
    for (size_t p = 0; p < n; p++) {
        uint32_t want = 0;

        for (uint32_t i = 0; i < 2 * n; i++)
            want +=
                distance2(i, places[p].e_mm, places[p].n_mm) <= (int64_t)r * r;
        assert_int_equal(got[p], want);
    }
    tr_near_free(near);
}

/* Some pairs are barred although their kinds differ. */
static bool is_free(const void *context, size_t place, uint32_t item)
{
    (void)context;
    return (place + item) % 3 != 0;
}

static void check_nearest_of(const struct tr_near_kinds *kinds, size_t n,
                             size_t place, const struct tr_nearest *got)
{
    int32_t e = places[place].e_mm, nn = places[place].n_mm;
    uint32_t best = TR_NEAR_NONE;

    for (uint32_t i = 0; i < n; i++) {
        if (kinds && kinds->of_item[i] == kinds->of_place[place])
            continue;
        if (kinds && kinds->accept && !is_free(NULL, place, i))
            continue;
        if (best == TR_NEAR_NONE ||
            distance2(i, e, nn) < distance2(best, e, nn))
            best = i;
    }
    assert_int_equal(got->item, best);
    if (best != TR_NEAR_NONE) {
        int64_t d = got->distance_mm;

        assert_true(d * d <= distance2(best, e, nn));
        assert_true((d + 1) * (d + 1) > distance2(best, e, nn));
    }
}

static void nearest_of_many_places_are_found_as_by_trying_all(void **state)
{
    static struct tr_nearest one[PLACES], two[PLACES];
    struct tr_near_kinds kinds = { kind_of_item, kind_of_place, NULL, NULL };
    uint64_t seed = 33;

    (void)state;
    for (int round = 0; round < BATCH_ROUNDS; round++) {
        size_t n = scatter(&seed, round);
        size_t m = scatter_places(&seed, n, round);
        const struct tr_near_kinds *k = round % 4 == 3 ? NULL : &kinds;
        struct tr_near *near = NULL;

        kinds.accept = round % 4 == 2 ? is_free : NULL;
        /* Whole estates of one kind; in some rounds all are of one. */
        for (size_t i = 0; i < n; i++)
            kind_of_item[i] = round % 8 == 0 ? 1 : (uint32_t)(i / 200 % 3);
        for (size_t i = 0; i < m; i++)
            kind_of_place[i] = shapes_random(&seed) % 4;
        assert_ok(tr_near_new(e_mm, n_mm, n, &near, &test_err));
        assert_ok(tr_near_nearest_all(near, places, m, k, 1, one, &test_err));
        assert_ok(tr_near_nearest_all(near, places, m, k, 2, two, &test_err));
        for (size_t i = 0; i<m; i += m> 300 ? 37 : 1)
            check_nearest_of(k, n, i, &one[i]);
        for (size_t i = 0; i < m; i++) {
            assert_int_equal(one[i].item, two[i].item);
            assert_int_equal(one[i].distance_mm, two[i].distance_mm);
        }
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

static void check_counts_of_shapes(const struct tr_near *near,
                                   const struct tr_geometry *const *g, size_t n)
{
    struct tr_nearest nearest;
    uint32_t counts[50];

    for (int32_t k = 0; k < 50; k++)
        places[k] = (struct tr_position){ 0, 0, 400000000 + k * 99991,
                                          401000000 - k * 88883 };
    assert_ok(
        tr_near_count_all(near, places, 50, 300000, 2, counts, &test_err));
    for (int32_t k = 0; k < 50; k++) {
        uint32_t want = 0;

        for (size_t i = 0; i < n; i++)
            want += tr_geometry_within_mm(g[i], places[k].e_mm, places[k].n_mm,
                                          300000);
        assert_int_equal(counts[k], want);
    }
    assert_int_equal(
        tr_near_nearest_all(near, places, 1, NULL, 1, &nearest, &test_err),
        n ? TR_EINVAL : TR_OK);
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
        check_counts_of_shapes(near, g, n);
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
        cmocka_unit_test(counts_of_many_places_are_those_of_each),
        cmocka_unit_test(the_rim_is_counted_to_the_millimetre),
        cmocka_unit_test(wide_circles_are_counted_to_the_millimetre),
        cmocka_unit_test(nearest_of_many_places_are_found_as_by_trying_all),
        cmocka_unit_test(geometries_are_found_as_by_trying_all),
        cmocka_unit_test(a_list_too_long_for_the_arena_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
