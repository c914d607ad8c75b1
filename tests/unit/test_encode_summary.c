/* test_encode_summary.c - summaries in three forms, and a site's facts. */
#include "support/feed_estate.h"
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/csv.h"
#include "terrier/encode.h"
#include "terrier/node.h"
#include "terrier/site_facts.h"
#include "vector/vector.h"

static struct tr_error test_err;

static struct tr_summary summarise(const struct tr_snapshot *s,
                                   struct tr_arena *a)
{
    struct tr_summary sum;

    assert_ok(tr_summarise(s, NULL, NULL, a, &sum, &test_err));
    return sum;
}

static void a_summary_is_as_written(void **state)
{
    static const char csv[] =
        "set,area,area_code,certainty,partner,sites,located,key,core,surplus,"
        "in_review,unclassified,not_applicable,not_run,floor_area_m2,"
        "with_floor_area,shared_floor_area\r\n"
        "localities-2024,North,L1,,Schools,1,1,1,0,0,0,0,0,0,1200.5,1,0\r\n"
        "localities-2024,South,L2,,Council,1,1,0,1,0,0,0,0,0,450,1,0\r\n"
        "localities-2024,,,no point,Council,1,0,0,0,0,0,0,0,1,0,0,0\r\n"
        "localities-2024,,,not published,Council,1,0,0,0,0,1,0,0,0,300,1,0\r\n";
    static const char table[] =
        "localities-2024  partner                             sites    key   "
        "core surpl. review  uncl.    n/a no run   floor m2\n"
        "North            Schools                                 1      1   "
        "   0      0      0      0      0      0       1200\n"
        "South            Council                                 1      0   "
        "   1      0      0      0      0      0        450\n"
        "no point         Council                                 1      0   "
        "   0      0      0      0      0      1          0\n"
        "not published    Council                                 1      0   "
        "   0      0      1      0      0      0        300\n"
        "all                                                      4      1   "
        "   1      0      1      0      0      1       1950\n";
    struct tr_snapshot *s = feed_estate_snapshot(*state, false, "public");
    struct tr_arena a;
    struct tr_buf b;

    tr_arena_init(&a, 1 << 24);
    tr_buf_init(&b, 1 << 20);

    struct tr_summary sum = summarise(s, &a);

    tr_encode_summary_csv(&sum, &b);
    assert_string_equal(tr_buf_text(&b), csv);
    tr_buf_reset(&b);
    tr_encode_summary_table(&sum, &b);
    assert_string_equal(tr_buf_text(&b), table);
    tr_buf_clear(&b);
    tr_arena_clear(&a);
    tr_snapshot_free(s);
}

static void its_rows_add_up(void **state)
{
    static const char *const counts[] = { "sites",        "located",
                                          "key",          "core",
                                          "surplus",      "in_review",
                                          "unclassified", "not_applicable",
                                          "not_run" };
    static const char *const audiences[] = { "public", "partnership",
                                             "operator" };
    for (int i = 0; i < 3; i++) {
        struct tr_snapshot *s =
            feed_estate_snapshot(*state, true, audiences[i]);
        const struct tr_node *root;
        struct tr_arena a;
        struct tr_buf b;

        tr_arena_init(&a, 1 << 24);
        tr_buf_init(&b, 1 << 20);

        struct tr_summary sum = summarise(s, &a);

        tr_encode_summary_json(s, &sum, &b);
        assert_ok(tr_json_parse((const char *)b.data, b.len, "summary", &a,
                                &root, &test_err));
        for (int k = 0; k < 9; k++) {
            const struct tr_node *rows = tr_node_get(root, "rows");
            const struct tr_node *partners = tr_node_get(root, "partners");
            int64_t by_row = 0, by_partner = 0;

            for (size_t r = 0; r < rows->n; r++)
                by_row += tr_node_get(rows->items[r], counts[k])->integer;
            for (size_t r = 0; r < partners->n; r++)
                by_partner +=
                    tr_node_get(partners->items[r], counts[k])->integer;

            int64_t all =
                tr_node_get(tr_node_get(root, "all"), counts[k])->integer;

            assert_int_equal(by_row, all);
            assert_int_equal(by_partner, all);
            if (k == 0)
                assert_int_equal(all, s->n_sites);
        }
        tr_buf_clear(&b);
        tr_arena_clear(&a);
        tr_snapshot_free(s);
    }
}

/* A table cut in the middle of a character would not be text any more. */
static void long_names_are_cut_between_characters(void **state)
{
    static const char name[] = "Caf\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                               "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9";
    const struct tr_summary_row row = { .area = name,
                                        .area_code = "",
                                        .certainty = "",
                                        .partner = "=1+1",
                                        .sites = 1 };
    const struct tr_summary sum = { .set = "s", .n = 1, .rows = &row };
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 1 << 20);
    tr_encode_summary_table(&sum, &b);
    assert_non_null(strstr(tr_buf_text(&b), "\u00e9\u00e9  =1+1 "));
    tr_buf_reset(&b);
    tr_encode_summary_csv(&sum, &b);
    assert_non_null(strstr(tr_buf_text(&b), ",'=1+1,1,"));
    tr_buf_clear(&b);
}

static const struct tr_node *facts_of(const struct tr_snapshot *s,
                                      const char *key, struct tr_arena *a)
{
    const struct tr_node *root;
    struct tr_buf b;
    char id[20];

    tr_site_id("the", "council", key, id);
    tr_buf_init(&b, 1 << 20);
    tr_site_facts_json(s, tr_snapshot_site(s, id), &b);
    assert_ok(tr_json_parse((const char *)b.data, b.len, "facts", a, &root,
                            &test_err));
    tr_buf_clear(&b);
    return root;
}

static bool says(const struct tr_node *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!strcmp(tr_node_get(list->items[i], "name")->text, name))
            return true;
    }
    return false;
}

static void a_sites_facts_are_its_audiences(void **state)
{
    struct tr_snapshot *all = feed_estate_snapshot(*state, true, "operator");
    struct tr_snapshot *open = feed_estate_snapshot(*state, true, "public");
    const struct tr_node *facts, *occupation;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 24);
    facts = facts_of(all, "R3", &a);
    assert_int_equal(tr_node_get(facts, "occupations")->n, 2);
    occupation = tr_node_get(facts, "occupations")->items[0];
    assert_non_null(tr_node_get(occupation, "source_row"));
    assert_true(says(tr_node_get(facts, "facts"), "annual_rent_gbp"));

    facts = facts_of(open, "R3", &a);
    assert_int_equal(tr_node_get(facts, "occupations")->n, 1);
    occupation = tr_node_get(facts, "occupations")->items[0];
    assert_null(tr_node_get(occupation, "source_row"));
    assert_false(says(tr_node_get(facts, "facts"), "annual_rent_gbp"));
    assert_true(says(tr_node_get(facts, "facts"), "floor_area_m2"));

    facts = facts_of(open, "R2", &a);
    assert_int_equal(tr_node_get(facts, "position")->kind, TR_NODE_NULL);
    assert_string_equal(
        tr_node_get(tr_node_get(facts, "areas")->items[0], "certainty")->text,
        "not published");
    assert_int_equal(tr_node_get(facts, "explanation")->kind, TR_NODE_NULL);
    tr_arena_clear(&a);
    tr_snapshot_free(all);
    tr_snapshot_free(open);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_is_as_written),
        cmocka_unit_test(its_rows_add_up),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(a_sites_facts_are_its_audiences),
    };

    return cmocka_run_group_tests(tests, feed_estate_make, feed_estate_remove);
}
