/* test_json.c - the writer's bytes, the reader, and both against each other. */
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "support/write_node.h"
#include "terrier/json.h"
#include "terrier/node.h"

static struct tr_error test_err;

/* What the reader made of `in`, written again; or "! " and its message. */
static void check(const char *in, const char *want)
{
    const struct tr_node *root = NULL;
    struct tr_arena a;
    struct tr_buf b;
    struct tr_json j;

    tr_arena_init(&a, 1 << 20);
    tr_buf_init(&b, 1 << 16);
    tr_json_init(&j, &b);
    if (tr_json_parse(in, strlen(in), "f", &a, &root, &test_err)) {
        assert_int_equal(test_err.code, TR_EDATA);
        tr_buf_printf(&b, "! %s", test_err.msg);
    } else {
        write_node(&j, root);
    }
    assert_string_equal(tr_buf_text(&b), want);
    tr_buf_clear(&b);
    tr_arena_clear(&a);
}

static void what_is_written_reads_back(void **state)
{
    static const char *const same[] = {
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "[1,-2,0,9223372036854775807,-9223372036854775808]",
        "[0.1,-2.3520922,1e+300,5e-324,123456789.125]",
        "{\"z\":1,\"a\":[null,{\"b\":[]},false],\"m\":{}}",
        "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\"]",
        "[\"caf\xC3\xA9 \xF0\x9F\x8F\xA0\"]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check(same[i], same[i]);
    check("\xEF\xBB\xBF [ 1.50 , \"\\u00e9\\/\" ] ", "[1.5,\"\xC3\xA9/\"]");
}

static void mistakes_carry_the_place_that_jansson_gives(void **state)
{
    static const char *const cases[][2] = {
        { "{\"a\":1,\n\"a\":2}", "! f:2:3: duplicate object key near '\"a\"'" },
        { "[1,\n2", "! f:2:1: the file ends too early" },
        { "[1] x", "! f:1:5: end of file expected near 'x'" },
        { "", "! f:1:0: the file ends too early" },
        { "[99999999999999999999]", "! f:1:21: too big integer near "
                                    "'99999999999999999999'" },
        { "[NaN]", "! f:1:4: invalid token near 'NaN'" },
        { "[1]\n[\xFF]", "! f:2: not UTF-8 text (byte 0xFF)" },
        { "\"\\u0000\"", "! f:1:8: text cannot hold the character \\u0000" },
        { "[01]", "! f:1:2: invalid token near '0'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i][0], cases[i][1]);
}

static void nodes_hold_both_text_and_value(void **state)
{
    static const char text[] = "{\"i\": 5, \"f\": 1.50, \"t\": \"x\"}";
    const struct tr_node *root;
    const struct tr_node *node;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 16);
    assert_ok(tr_json_parse(text, strlen(text), "f", &a, &root, &test_err));
    node = tr_node_get(root, "i");
    assert_int_equal(node->kind, TR_NODE_INTEGER);
    assert_int_equal(node->integer, 5);
    assert_near(node->number, 5, 0);
    assert_string_equal(node->text, "5");
    node = tr_node_get(root, "f");
    assert_int_equal(node->kind, TR_NODE_NUMBER);
    assert_string_equal(node->text, "1.5");
    assert_int_equal(
        tr_node_integer(root, "t", "f", &(int64_t){ 0 }, &test_err),
        TR_ECONFIG);
    assert_string_equal(test_err.msg, "f: key 't' wants a whole number, not "
                                      "'x'");
    tr_arena_clear(&a);
}

static void nesting_has_a_limit(void **state)
{
    char deep[400];
    const struct tr_node *root = NULL;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 16);
    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    assert_int_equal(
        tr_json_parse(deep, sizeof deep, "f", &a, &root, &test_err), TR_ELIMIT);
    assert_null(root);
    tr_arena_clear(&a);
}

static void the_writer_puts_commas_and_nulls(void **state)
{
    struct tr_buf b;
    struct tr_json j;

    (void)state;
    tr_buf_init(&b, 4096);
    tr_json_init(&j, &b);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "t", NULL);
    tr_json_put_int(&j, "i", -3);
    tr_json_put_number(&j, "n", (double)NAN);
    tr_json_put_bool(&j, "b", true);
    tr_json_key(&j, "at");
    tr_json_open_list(&j);
    tr_json_deg7(&j, -23520922);
    tr_json_deg7(&j, 534000000);
    tr_json_close_list(&j);
    tr_json_key(&j, "raw");
    tr_json_raw(&j, "{\"x\":1}", 7);
    tr_json_close_map(&j);
    assert_string_equal(tr_buf_text(&b),
                        "{\"t\":null,\"i\":-3,\"n\":null,\"b\":true,"
                        "\"at\":[-2.3520922,53.4],\"raw\":{\"x\":1}}");
    tr_buf_clear(&b);
}

static void bytes_that_are_not_text_become_replacement_characters(void **state)
{
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 4096);
    tr_json_quote(&b, "a\xFF\0\xC3", 4);
    assert_string_equal(tr_buf_text(&b),
                        "\"a\xEF\xBF\xBD\\u0000\xEF\xBF\xBD\"");
    tr_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(mistakes_carry_the_place_that_jansson_gives),
        cmocka_unit_test(nodes_hold_both_text_and_value),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(the_writer_puts_commas_and_nulls),
        cmocka_unit_test(bytes_that_are_not_text_become_replacement_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
