/* test_query.c - queries beside a search that looks at every row. */
#include "support/small_world.h"
#include "support/tr_test.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/query.h"

static struct tr_error test_err;
static struct tr_snapshot *world;
static struct tr_arena arena;
static uint64_t seed = 20260331;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static int open_world(void **state)
{
    struct small_world w = { .seed = 7, .classes = true };

    (void)state;
    tr_arena_init(&arena, (size_t)256 * 1024 * 1024);
    return small_world_snapshot(&w, &world, &test_err) != TR_OK;
}

static int close_world(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    tr_snapshot_free(world);
    return 0;
}

static bool in_box(struct tr_position p, const struct tr_query *q)
{
    bool east = p.lon_e7 >= q->bbox.west_e7, west = p.lon_e7 <= q->bbox.east_e7;
    bool across = q->bbox.west_e7 > q->bbox.east_e7;

    return p.lat_e7 >= q->bbox.south_e7 && p.lat_e7 <= q->bbox.north_e7 &&
           (across ? east || west : east && west);
}

static bool is_near(struct tr_position p, const struct tr_query *q)
{
    double de = (double)p.e_mm - q->near.e_mm;
    double dn = (double)p.n_mm - q->near.n_mm;

    return floor(sqrt(de * de + dn * dn)) <= (double)q->within_mm;
}

static bool wanted(size_t site, const struct tr_query *q, enum tr_class class_)
{
    const struct tr_position *p = &world->positions[site];
    bool located = site < world->n_located;

    if (q->has_bbox && (!located || !in_box(*p, q)))
        return false;
    if (q->has_near && (!located || !is_near(*p, q)))
        return false;
    return !q->filter || world->classes[site] == class_;
}

static struct tr_query draw_query(enum tr_class class_)
{
    struct tr_position a = world->positions[draw((uint32_t)world->n_located)];
    struct tr_position b = world->positions[draw((uint32_t)world->n_located)];
    struct tr_query q = { .collection = "sites" };
    const char *text =
        tr_arena_printf(&arena, "class = '%s'", tr_class_name(class_));

    q.has_bbox = draw(2);
    q.bbox =
        (struct tr_extent){ a.lon_e7, a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7,
                            b.lon_e7,
                            a.lat_e7 < b.lat_e7 ? b.lat_e7 : a.lat_e7 };
    q.has_near = draw(2);
    q.near = a;
    q.within_mm = draw(400000000);
    if (draw(2))
        assert_ok(tr_cql2_parse_text(text, TR_CQL2_QUERY, &arena, &q.filter,
                                     NULL, &test_err));
    q.limit = draw(3) ? draw(50) : 0;
    q.offset = draw(3) ? 0 : draw(60);
    return q;
}

static int by_id(const void *x, const void *y)
{
    return strcmp(world->site_ids[*(const uint32_t *)x],
                  world->site_ids[*(const uint32_t *)y]);
}

static void answers_are_those_of_a_search_of_every_row(void **state)
{
    size_t found = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        enum tr_class class_ = (enum tr_class)draw(3);
        struct tr_query q = draw_query(class_);
        struct tr_query_result r;
        uint32_t want[WORLD_ALPHA + WORLD_BETA + WORLD_GAMMA];
        size_t n = 0;

        for (uint32_t site = 0; site < world->n_sites; site++) {
            if (wanted(site, &q, class_))
                want[n++] = site;
        }
        qsort(want, n, sizeof *want, by_id);
        assert_ok(tr_query_run(world, &q, &arena, &r, &test_err));
        assert_int_equal(r.matched, n);

        size_t first = q.offset < n ? q.offset : n;
        size_t count = q.limit && q.limit < n - first ? q.limit : n - first;

        assert_int_equal(r.n, count);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(r.rows[k], want[first + k]);
        found += n;
    }
    assert_true(found > 2000);
}

static void pages_hold_each_feature_once_in_any_order(void **state)
{
    static const char *const sorts[] = { NULL, "name", "-name,site_id",
                                         "class,-name" };

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        uint8_t *seen = tr_arena_array(&arena, world->n_sites, 1);
        size_t n = 0;

        for (size_t at = 0; at < world->n_sites; at += 7) {
            struct tr_query q = { .collection = "sites",
                                  .sort = sorts[k],
                                  .offset = at,
                                  .limit = 7 };
            struct tr_query_result r;

            assert_ok(tr_query_run(world, &q, &arena, &r, &test_err));
            for (size_t i = 0; i < r.n; i++, n++)
                assert_int_equal(seen[r.rows[i]]++, 0);
        }
        assert_int_equal(n, world->n_sites);
    }
}

static void nearest_come_first(void **state)
{
    struct tr_query q = { .collection = "sites",
                          .sort = "distance",
                          .has_near = true,
                          .within_mm = 1000000000 };
    struct tr_query_result r;

    (void)state;
    q.near = world->positions[0];
    assert_ok(tr_query_run(world, &q, &arena, &r, &test_err));
    assert_true(r.n > 10);
    for (size_t i = 1; i < r.n; i++)
        assert_true(r.distances_mm[i - 1] <= r.distances_mm[i]);
}

static void texts_that_are_no_query_are_refused(void **state)
{
    static const char *const boxes[] = {
        "",          "1,2,3",    "1,2,3,4,5", "a,b,c,d",       "0,2,1,1",
        "181,0,0,1", "0,0,1,91", "nan,0,1,1", "1,2,3,4,5,6,7", "0,0,1,1,",
        " 0,0,1,1"
    };
    static const char *const times[] = { "",
                                         "..",
                                         "2024",
                                         "2024-02-30",
                                         "2024-01-01/2023-01-01",
                                         "a/b",
                                         "2024-01-01/2025-01-01/2026-01-01",
                                         "2024-01-01T25:00:00Z" };
    struct tr_query q = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        if (tr_query_bbox(boxes[i], &q, &test_err) != TR_EINVAL)
            fail_msg("bbox '%s'", boxes[i]);
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (tr_query_datetime(times[i], &q, &test_err) != TR_EINVAL)
            fail_msg("datetime '%s'", times[i]);
    }
    assert_false(q.has_bbox || q.has_time);
}

static void intervals_are_read_with_open_ends(void **state)
{
    static const struct {
        const char *text;
        int32_t from, to;
    } cases[] = {
        { "1970-01-11", 10, 10 },
        { "1970-01-11/1970-01-12", 10, 11 },
        { "../1970-01-12", INT32_MIN, 11 },
        { "/1970-01-12", INT32_MIN, 11 },
        { "1970-01-11/..", 10, INT32_MAX },
        { "1970-01-11/", 10, INT32_MAX },
        { "../..", INT32_MIN, INT32_MAX },
        { "1970-01-11T23:59:59Z", 10, 10 },
        { "1969-12-31T00:00:00Z/1969-12-31T23:59:59Z", -1, -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_query q = { 0 };

        assert_ok(tr_query_datetime(cases[i].text, &q, &test_err));
        assert_true(q.has_time);
        assert_int_equal(q.from, cases[i].from);
        assert_int_equal(q.to, cases[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_a_search_of_every_row),
        cmocka_unit_test(pages_hold_each_feature_once_in_any_order),
        cmocka_unit_test(nearest_come_first),
        cmocka_unit_test(texts_that_are_no_query_are_refused),
        cmocka_unit_test(intervals_are_read_with_open_ends),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
