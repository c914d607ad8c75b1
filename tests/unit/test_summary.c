/* test_summary.c - counts by area, partner and class, beside a plain count. */
#include "support/small_world.h"
#include "support/tr_test.h"

#include <string.h>

#include "terrier/query.h"

static struct tr_error test_err;
static struct tr_snapshot *world;
static struct tr_arena arena;

static int open_world(void **state)
{
    struct small_world w = { .seed = 11, .classes = true };

    (void)state;
    tr_arena_init(&arena, (size_t)64 << 20);
    return small_world_snapshot(&w, &world, &test_err) != TR_OK;
}

static int close_world(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    tr_snapshot_free(world);
    return 0;
}

static const char *partner_of(size_t site)
{
    const struct tr_column *c = tr_table_column(&world->sites, "partner");

    return c && tr_has(c, site) ? tr_text_at(c, site) : "";
}

static bool belongs(const struct tr_area_set *set, size_t site,
                    const struct tr_summary_row *row)
{
    int32_t area = set->site_area[site];

    if (strcmp(partner_of(site), row->partner) != 0)
        return false;
    if (area == TR_NO_AREA)
        return strcmp(tr_certainty_name(
                          (enum tr_certainty)set->site_certainty[site]),
                      row->certainty) == 0;
    return !*row->certainty && strcmp(set->names[area], row->area) == 0;
}

static void each_row_is_what_a_plain_count_gives(void **state)
{
    const struct tr_area_set *set = &world->area_sets[0];
    struct tr_summary sum;
    size_t all = 0, by_class[TR_CLASSES] = { 0 };

    (void)state;
    assert_ok(tr_summarise(world, set->id, NULL, &arena, &sum, &test_err));
    assert_string_equal(sum.set, set->id);
    for (size_t i = 0; i < sum.n; i++) {
        const struct tr_summary_row *row = &sum.rows[i];
        size_t sites = 0, located = 0, classes[TR_CLASSES] = { 0 };

        for (size_t k = 0; k < world->n_sites; k++) {
            if (!belongs(set, k, row))
                continue;
            sites++;
            located += k < world->n_located;
            classes[world->classes[k]]++;
        }
        assert_int_equal(row->sites, sites);
        assert_int_equal(row->located, located);
        assert_memory_equal(row->by_class, classes, sizeof classes);
        assert_true(sites > 0);
        all += sites;
        for (int c = 0; c < TR_CLASSES; c++)
            by_class[c] += classes[c];
    }
    assert_int_equal(all, world->n_sites);
    assert_int_equal(sum.all.sites, world->n_sites);
    assert_int_equal(sum.all.located, world->n_located);
    assert_memory_equal(sum.all.by_class, by_class, sizeof by_class);
}

static void totals_are_the_sums_of_the_rows(void **state)
{
    struct tr_summary sum;

    (void)state;
    assert_ok(tr_summarise(world, world->area_sets[0].id, NULL, &arena, &sum,
                           &test_err));
    for (size_t t = 0; t < sum.n_totals; t++) {
        size_t sites = 0;

        for (size_t i = 0; i < sum.n; i++) {
            if (strcmp(sum.rows[i].partner, sum.totals[t].partner) == 0)
                sites += sum.rows[i].sites;
        }
        assert_int_equal(sum.totals[t].sites, sites);
    }
}

static void a_filter_counts_what_a_query_finds(void **state)
{
    static const char *const filters[] = { "class = 'key'", "name LIKE '%1%'",
                                           "class = 'no such class'" };

    (void)state;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct tr_query q = { .collection = "sites" };
        struct tr_query_result r;
        struct tr_summary sum;

        assert_ok(tr_cql2_parse_text(filters[i], TR_CQL2_QUERY, &arena,
                                     &q.filter, NULL, &test_err));
        assert_ok(tr_query_run(world, &q, &arena, &r, &test_err));
        assert_ok(tr_summarise(world, NULL, q.filter, &arena, &sum, &test_err));
        assert_int_equal(sum.all.sites, r.matched);
    }
}

static void a_set_that_is_none_is_not_found(void **state)
{
    struct tr_summary sum = { .n = 77 };

    (void)state;
    assert_int_equal(
        tr_summarise(world, "nothing", NULL, &arena, &sum, &test_err),
        TR_ENOTFOUND);
    assert_int_equal(sum.n, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_what_a_plain_count_gives),
        cmocka_unit_test(totals_are_the_sums_of_the_rows),
        cmocka_unit_test(a_filter_counts_what_a_query_finds),
        cmocka_unit_test(a_set_that_is_none_is_not_found),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
