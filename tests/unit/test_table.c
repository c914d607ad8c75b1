/* test_table.c - columns built row by row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tr_test.h"

#include "terrier/table.h"

static struct tr_error test_err;
static struct tr_arena a;

static int set_up(void **state)
{
    (void)state;
    tr_arena_init(&a, (size_t)1 << 28);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tr_arena_clear(&a);
    return 0;
}

static void names_of_types_and_tiers_read_back(void **state)
{
    enum tr_type type;
    enum tr_tier tier;

    (void)state;
    for (int i = TR_BOOLEAN; i <= TR_GEOMETRY; i++) {
        assert_true(tr_type_parse(tr_type_name((enum tr_type)i), &type));
        assert_int_equal(type, i);
    }
    for (int i = TR_PUBLIC; i <= TR_RESTRICTED; i++) {
        assert_true(tr_tier_parse(tr_tier_name((enum tr_tier)i), &tier));
        assert_int_equal(tier, i);
    }
    assert_false(tr_type_parse("Text", &type));
    assert_false(tr_tier_parse("", &tier));
}

/* Rows 0, 3, 6 ... have a value; enough of them for many chunks. */
static void rows_without_a_call_are_missing(void **state)
{
    const size_t n = 1000001;
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_INTEGER);
    struct tr_column c;

    (void)state;
    for (size_t i = 0; i < n; i += 3)
        assert_true(tr_column_put_int(b, i, (int64_t)i * 7));
    assert_ok(tr_column_finish(b, n, &c, &test_err));
    assert_string_equal(c.name, "v");
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tr_has(&c, i), i % 3 == 0);
        if (i % 3 == 0)
            assert_int_equal(c.values.integers[i], i * 7);
    }
}

static void a_full_column_has_no_bitmap(void **state)
{
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_BOOLEAN);
    struct tr_column c;

    (void)state;
    for (size_t i = 0; i < 100; i++)
        tr_column_put_bool(b, i, i % 2);
    assert_ok(tr_column_finish(b, 100, &c, &test_err));
    assert_null(c.present);
    assert_int_equal(c.values.booleans[99], 1);
}

static void dictionaries_come_out_distinct_and_sorted(void **state)
{
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_TEXT);
    const size_t n = 50000;
    struct tr_column c;
    char text[20];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%zu", i * 7919 % 9973);
        assert_true(tr_column_put_text(b, i, text));
    }
    assert_ok(tr_column_finish(b, n, &c, &test_err));
    assert_int_equal(c.dict->n, 9973);
    assert_true(c.dict->sorted);
    for (uint32_t i = 1; i < c.dict->n; i++)
        assert_true(strcmp(c.dict->texts[i - 1], c.dict->texts[i]) < 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(strtoul(tr_text_at(&c, i), NULL, 10), i * 7919 % 9973);
}

static void an_empty_text_is_not_missing(void **state)
{
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_TEXT);
    struct tr_column c;

    (void)state;
    tr_column_put_text(b, 1, "");
    assert_ok(tr_column_finish(b, 3, &c, &test_err));
    assert_false(tr_has(&c, 0));
    assert_true(tr_has(&c, 1));
    assert_string_equal(tr_text_at(&c, 1), "");
    assert_false(tr_has(&c, 2));
}

static void lists_keep_order_and_an_empty_one_is_not_missing(void **state)
{
    static const char *const items[] = { "b", "a", "b" };
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_LIST);
    struct tr_column c;

    (void)state;
    tr_column_put_list(b, 1, items, 3);
    tr_column_put_list(b, 2, NULL, 0);
    tr_column_put_list(b, 4, items + 1, 1);
    assert_ok(tr_column_finish(b, 5, &c, &test_err));
    assert_false(tr_has(&c, 0));
    assert_true(tr_has(&c, 2));
    assert_false(tr_has(&c, 3));
    assert_int_equal(c.list_starts[1], 0);
    assert_int_equal(c.list_starts[2], 3);
    assert_int_equal(c.list_starts[3], 3);
    assert_int_equal(c.list_starts[4], 3);
    assert_int_equal(c.list_starts[5], 4);
    assert_string_equal(c.dict->texts[c.values.codes[0]], "b");
    assert_string_equal(c.dict->texts[c.values.codes[1]], "a");
    assert_string_equal(c.dict->texts[c.values.codes[3]], "a");
}

static void what_is_not_a_number_is_missing(void **state)
{
    struct tr_column_builder *b = tr_column_builder_new(&a, "v", TR_NUMBER);
    struct tr_column c;

    (void)state;
    assert_true(tr_column_put_number(b, 0, (double)NAN));
    assert_true(tr_column_put_number(b, 1, 2.5));
    assert_true(tr_column_put_number(b, 2, (double)INFINITY));
    assert_ok(tr_column_finish(b, 3, &c, &test_err));
    assert_false(tr_has(&c, 0));
    assert_near(c.values.numbers[1], 2.5, 0);
    assert_false(tr_has(&c, 2));
}

/* Whatever the arena's size, a builder fails cleanly or works. */
static void a_full_arena_is_an_error_and_no_crash(void **state)
{
    bool worked = false;

    (void)state;
    for (size_t limit = 64; !worked; limit += limit / 3) {
        struct tr_arena small;
        struct tr_column c;
        char text[20];

        tr_arena_init(&small, limit);

        struct tr_column_builder *b =
            tr_column_builder_new(&small, "v", TR_TEXT);

        for (size_t i = 0; b && i < 2000; i++) {
            snprintf(text, sizeof text, "%zu", i);
            tr_column_put_text(b, i, text);
        }
        if (b) {
            enum tr_status st = tr_column_finish(b, 2000, &c, &test_err);

            assert_true(st == TR_OK || st == TR_ENOMEM);
            worked = st == TR_OK;
        }
        tr_arena_clear(&small);
    }
}

static void columns_are_found_by_their_exact_name(void **state)
{
    const struct tr_column columns[] = { { .name = "a" }, { .name = "A" } };
    const struct tr_table t = { .n_columns = 2, .columns = columns };

    (void)state;
    assert_ptr_equal(tr_table_column(&t, "A"), &columns[1]);
    assert_null(tr_table_column(&t, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_types_and_tiers_read_back),
        cmocka_unit_test(rows_without_a_call_are_missing),
        cmocka_unit_test(a_full_column_has_no_bitmap),
        cmocka_unit_test(dictionaries_come_out_distinct_and_sorted),
        cmocka_unit_test(an_empty_text_is_not_missing),
        cmocka_unit_test(lists_keep_order_and_an_empty_one_is_not_missing),
        cmocka_unit_test(what_is_not_a_number_is_missing),
        cmocka_unit_test(a_full_arena_is_an_error_and_no_crash),
        cmocka_unit_test(columns_are_found_by_their_exact_name),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
