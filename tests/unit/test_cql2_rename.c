/* test_cql2_rename.c - texts that stand for others, wherever they are compared.
 */
#include "support/tr_test.h"

#include <string.h>

#include "terrier/cql2.h"

static struct tr_error test_err;

/* 'two' stands for two texts, 'one' for one; all else for itself. */
static bool names_of(const void *context, const char *property,
                     const char *text, struct tr_arena *a,
                     const char *const **out, size_t *n)
{
    static const char *const list[] = { "a", "b" };

    (void)context;
    (void)a;
    *n = strcmp(property, "p") != 0 ? 0
         : strcmp(text, "two") == 0 ? 2
         : strcmp(text, "one") == 0 ? 1
                                    : 0;
    *out = list;
    return true;
}

static const struct tr_cql2 *parsed(const char *text, struct tr_arena *a)
{
    const struct tr_cql2 *e = NULL;

    assert_ok(tr_cql2_parse_text(text, TR_CQL2_QUERY, a, &e, NULL, &test_err));
    return e;
}

static void texts_are_replaced_where_the_property_meets_them(void **state)
{
    static const char *const cases[][2] = {
        { "p = 'one'", "p = 'a'" },
        { "'one' = p", "p = 'a'" },
        { "p = 'two'", "p IN ('a', 'b')" },
        { "p <> 'one'", "p <> 'a'" },
        { "p <> 'two'", "p NOT IN ('a', 'b')" },
        { "p IN ('x', 'two', 'y')", "p IN ('x', 'a', 'b', 'y')" },
        { "p NOT IN ('one')", "p NOT IN ('a')" },
        { "has(p, 'two')", "a_overlaps(p, ('a', 'b'))" },
        { "a_contains(p, ('x', 'two'))",
          "a_overlaps(p, ('x')) AND a_overlaps(p, ('a', 'b'))" },
        { "a_overlaps(p, ('x', 'one'))", "a_overlaps(p, ('x', 'a'))" },
        { "q = 'x' AND (NOT p = 'two' OR n > 3)",
          "q = 'x' AND (NOT p IN ('a', 'b') OR n > 3)" },
    };
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_cql2 *e = parsed(cases[i][0], &a), *got = NULL;
        struct tr_buf have, want;

        tr_buf_init(&have, 4096);
        tr_buf_init(&want, 4096);
        assert_ok(tr_cql2_rename(e, names_of, NULL, &a, &got, &test_err));
        tr_cql2_print_text(got, &have);
        tr_cql2_print_text(parsed(cases[i][1], &a), &want);
        assert_string_equal(tr_buf_text(&have), tr_buf_text(&want));
        tr_buf_clear(&have);
        tr_buf_clear(&want);
    }
    tr_arena_clear(&a);
}

static void what_no_name_concerns_comes_back_itself(void **state)
{
    static const char *const cases[] = {
        "q = 'two'",     "p = 'x'",   "p LIKE 'two'",
        "p = q",         "p IS NULL", "q IN ('one', 'x')",
        "has(q, 'one')", "p < 'one'", "a_contains(p, ('x', 'y'))",
    };
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_cql2 *e = parsed(cases[i], &a), *got = NULL;

        assert_ok(tr_cql2_rename(e, names_of, NULL, &a, &got, &test_err));
        assert_ptr_equal(got, e);
    }
    tr_arena_clear(&a);
}

static void a_full_arena_is_an_error(void **state)
{
    struct tr_arena a, small;
    const struct tr_cql2 *e, *got = NULL;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    tr_arena_init(&small, 16);
    e = parsed("p = 'two' AND p = 'one'", &a);
    assert_int_equal(tr_cql2_rename(e, names_of, NULL, &small, &got, &test_err),
                     TR_ENOMEM);
    assert_null(got);
    tr_arena_clear(&small);
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_replaced_where_the_property_meets_them),
        cmocka_unit_test(what_no_name_concerns_comes_back_itself),
        cmocka_unit_test(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
