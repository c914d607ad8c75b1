/* test_yaml.c - YAML into nodes, and what is refused with which words. */
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/buf.h"
#include "terrier/node.h"

static struct tr_error test_err;

/* A tree as one line: [..], {k: v}, and a letter for the type of a scalar. */
static void show(const struct tr_node *node, struct tr_buf *b)
{
    static const char letters[] = "nbift";

    if (node->kind == TR_NODE_LIST || node->kind == TR_NODE_MAP) {
        tr_buf_byte(b, node->kind == TR_NODE_LIST ? '[' : '{');
        for (size_t i = 0; i < node->n; i++) {
            tr_buf_str(b, i ? " " : "");
            if (node->kind == TR_NODE_MAP)
                tr_buf_printf(b, "%s=", node->keys[i]->text);
            show(node->items[i], b);
        }
        tr_buf_byte(b, node->kind == TR_NODE_LIST ? ']' : '}');
        return;
    }
    tr_buf_printf(b, "%c:%s", letters[node->kind], node->text);
}

struct yaml_case {
    const char *in, *out;
};

static void check_cases(const struct yaml_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct tr_node *root = NULL;
        struct tr_arena a;
        struct tr_buf b;

        tr_arena_init(&a, 1 << 20);
        tr_buf_init(&b, 4096);
        if (tr_yaml_parse(cases[i].in, strlen(cases[i].in), "f", &a, &root,
                          &test_err))
            tr_buf_printf(&b, "! %s", test_err.msg);
        else
            show(root, &b);
        assert_string_equal(tr_buf_text(&b), cases[i].out);
        tr_buf_clear(&b);
        tr_arena_clear(&a);
    }
}

#define CHECK(cases) check_cases((cases), sizeof(cases) / sizeof *(cases))

static void plain_scalars_have_the_types_of_yaml_1_2(void **state)
{
    static const struct yaml_case cases[] = {
        { "[no, NO, yes, on, Off, y]", "[t:no t:NO t:yes t:on t:Off t:y]" },
        { "[true, True, FALSE, tRUE]", "[b:true b:True b:FALSE t:tRUE]" },
        { "[null, ~, Null, nULL, '']", "[n:null n:~ n:Null t:nULL t:]" },
        { "[1, -2, +3, 0o17, 0xFf, 007]", "[i:1 i:-2 i:+3 i:0o17 i:0xFf "
                                          "i:007]" },
        { "[1.5, -.5, 2., 1e3, 1E+2, 1.2.3, 1_000, .]",
          "[f:1.5 f:-.5 f:2. f:1e3 f:1E+2 t:1.2.3 t:1_000 t:.]" },
        { "['1', \"true\", 'null']", "[t:1 t:true t:null]" },
        { "[2026-11-22, 12:30, 0b1, e5, 1e]",
          "[t:2026-11-22 t:12:30 t:0b1 t:e5 t:1e]" },
        { "a:\nb: x", "{a=n: b=t:x}" },
        { "[9223372036854775807, 9223372036854775808]",
          "[i:9223372036854775807 f:9223372036854775808]" },
        { "a: |\n  two\n  lines\nb: >\n  fol\n  ded\n",
          "{a=t:two\nlines\n b=t:fol ded\n}" },
        { "2023: a\non: b\ntrue: c", "{2023=t:a on=t:b true=t:c}" },
        { "\xEF\xBB\xBF"
          "a: caf\xC3\xA9",
          "{a=t:caf\xC3\xA9}" },
        { "%YAML 1.2\n---\na: 1\n...\n", "{a=i:1}" },
        { "{}", "{}" },
        { "[[], {a: [1]}]", "[[] {a=[i:1]}]" },
    };

    (void)state;
    CHECK(cases);
}

static void what_is_not_allowed_is_refused_where_it_stands(void **state)
{
    static const struct yaml_case cases[] = {
        { "", "! f:1:1: there is nothing in it" },
        { "# only a comment\n", "! f:1:1: there is nothing in it" },
        { "a: 1\nb: 2\na: 3", "! f:3:1: key 'a' is given twice" },
        { "x:\n  'a': 1\n  a: 3", "! f:3:3: key 'a' is given twice" },
        { "a: &x 1\nb: *x", "! f:1:4: anchors (&name) are not allowed; write "
                            "the value out" },
        { "b: *x", "! f:1:4: aliases (*name) are not allowed; write the value "
                   "out" },
        { "a: !!str 1", "! f:1:4: tags (!name) are not allowed; quote what is "
                        "text" },
        { "a: !x [1]", "! f:1:4: tags (!name) are not allowed; quote what is "
                       "text" },
        { "--- 1\n--- 2", "! f:2:1: a second document begins here; give it "
                          "its own file" },
        { "? [a]\n: 1", "! f:1:3: a key must be text" },
        { "'': 1", "! f:1:1: a key must not be empty" },
        { "a: .inf", "! f:1:4: '.inf' is not a finite number" },
        { "a: 1e999", "! f:1:4: '1e999' is not a finite number" },
        { "a: \"x\\0y\"", "! f:1:4: text cannot hold the character \\0" },
        { "a: 1\nb: \xFF", "! f:2: not UTF-8 text (byte 0xFF)" },
        { "a: 1\n b: 2", "! f:2:3: mapping values are not allowed in this "
                         "context" },
        { "a: [1, 2", "! f:2:1: while parsing a flow sequence, did not find "
                      "expected ',' or ']' (which begins on line 1)" },
        { "a: 1\nb: \x01", "! f:2:4: control characters are not allowed" },
    };

    (void)state;
    CHECK(cases);
}

static void lines_and_columns_are_those_of_the_file(void **state)
{
    static const char text[] = "a:\n  - b: 1\n    caf\xC3\xA9: x\n";
    const struct tr_node *root;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_ok(tr_yaml_parse(text, strlen(text), "f", &a, &root, &test_err));

    const struct tr_node *item = tr_node_get(root, "a")->items[0];

    assert_int_equal(item->line, 2);
    assert_int_equal(item->column, 5);
    assert_int_equal(item->keys[1]->line, 3);
    assert_int_equal(item->items[1]->line, 3);
    assert_int_equal(item->items[1]->column, 11);
    tr_arena_clear(&a);
}

static void nesting_and_memory_have_limits(void **state)
{
    char deep[TR_NODE_MAX_DEPTH * 2 + 4];
    const struct tr_node *root = NULL;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    memset(deep, '[', sizeof deep);
    memset(deep + TR_NODE_MAX_DEPTH, ']', TR_NODE_MAX_DEPTH);
    assert_ok(tr_yaml_parse(deep, (size_t)TR_NODE_MAX_DEPTH * 2, "f", &a, &root,
                            &test_err));
    memset(deep, '[', TR_NODE_MAX_DEPTH + 1);
    memset(deep + TR_NODE_MAX_DEPTH + 1, ']', TR_NODE_MAX_DEPTH + 1);
    root = NULL;
    assert_int_equal(tr_yaml_parse(deep, (size_t)TR_NODE_MAX_DEPTH * 2 + 2, "f",
                                   &a, &root, &test_err),
                     TR_ELIMIT);
    assert_int_equal(test_err.code, TR_ELIMIT);
    assert_null(root);
    tr_arena_clear(&a);
    /* Every smaller arena fails cleanly; the first that is enough succeeds. */
    for (size_t limit = 0;; limit += 16) {
        tr_arena_init(&a, limit);

        enum tr_status st =
            tr_yaml_parse("{a: [1, x], b: 2.5}", 19, "f", &a, &root, &test_err);

        tr_arena_clear(&a);
        if (!st)
            break;
        assert_int_equal(st, TR_ENOMEM);
        assert_in_range(limit, 0, 4096);
    }
}

static const char all_kinds[] = "t: x\ni: 7\nf: 1.5\nb: true\nl: [1]\n"
                                "m: {k: v}\nd: 2026-11-22\nz:\n";

static const struct tr_node *parse_all_kinds(struct tr_arena *a)
{
    const struct tr_node *m = NULL;

    tr_arena_init(a, 1 << 20);
    if (tr_yaml_parse(all_kinds, strlen(all_kinds), "f", a, &m, &test_err))
        fail_msg("%s", test_err.msg);
    return m;
}

static void getters_of_scalars_give_values_and_keep_defaults(void **state)
{
    struct tr_arena a;
    const struct tr_node *m = parse_all_kinds(&a);
    const char *s = "default";
    int64_t i = -1;
    double f = 0;

    (void)state;
    assert_ok(tr_node_text(m, "absent", "f", &s, &test_err));
    assert_string_equal(s, "default");
    assert_ok(tr_node_text(m, "i", "f", &s, &test_err));
    assert_string_equal(s, "7");
    assert_ok(tr_node_integer(m, "i", "f", &i, &test_err));
    assert_int_equal(i, 7);
    assert_ok(tr_node_number(m, "i", "f", &f, &test_err));
    assert_true(f == 7);
    assert_ok(tr_node_number(m, "f", "f", &f, &test_err));
    assert_true(f == 1.5);
    tr_arena_clear(&a);
}

static void getters_of_truths_and_dates_give_values(void **state)
{
    struct tr_arena a;
    const struct tr_node *m = parse_all_kinds(&a);
    int32_t date = 0;
    bool b = false;

    (void)state;
    assert_ok(tr_node_bool(m, "b", "f", &b, &test_err));
    assert_true(b);
    assert_ok(tr_node_date(m, "d", "f", &date, &test_err));
    assert_int_equal(date, 20779);
    tr_arena_clear(&a);
}

static void getters_of_lists_and_maps_give_nodes(void **state)
{
    struct tr_arena a;
    const struct tr_node *m = parse_all_kinds(&a);
    const struct tr_node *node = NULL;

    (void)state;
    assert_ok(tr_node_list(m, "l", "f", &node, &test_err));
    assert_int_equal(node->n, 1);
    assert_ok(tr_node_map(m, "m", "f", &node, &test_err));
    assert_string_equal(tr_node_get(node, "k")->text, "v");
    assert_null(tr_node_get(NULL, "k"));
    assert_null(tr_node_get(node->items[0], "k"));
    tr_arena_clear(&a);
}

static void a_value_of_another_kind_is_refused(void **state)
{
    struct tr_arena a;
    const struct tr_node *m = parse_all_kinds(&a);
    const struct tr_node *node;
    const char *s;
    int64_t i;
    int32_t date;
    bool b;

    (void)state;
    assert_int_equal(tr_node_integer(m, "f", "f", &i, &test_err), TR_ECONFIG);
    assert_string_equal(test_err.msg,
                        "f:3:4: key 'f' wants a whole number, not '1.5'");
    assert_int_equal(tr_node_text(m, "l", "f", &s, &test_err), TR_ECONFIG);
    assert_string_equal(test_err.msg, "f:5:4: key 'l' wants text, not a list");
    assert_int_equal(tr_node_bool(m, "z", "f", &b, &test_err), TR_ECONFIG);
    assert_int_equal(tr_node_date(m, "t", "f", &date, &test_err), TR_ECONFIG);
    assert_int_equal(tr_node_map(m, "l", "f", &node, &test_err), TR_ECONFIG);
    assert_int_equal(tr_node_need(m, "absent", "f", &node, &test_err),
                     TR_ECONFIG);
    assert_string_equal(test_err.msg, "f:1:1: key 'absent' is missing");
    tr_arena_clear(&a);
}

static void an_unknown_key_names_the_nearest(void **state)
{
    static const char text[] = "layer: x\npartnr: y\n";
    static const char *const known[] = { "layer", "partner", "source" };
    static const char *const other[] = { "layer", "crs" };
    const struct tr_node *m;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_ok(tr_yaml_parse(text, strlen(text), "f", &a, &m, &test_err));
    assert_int_equal(tr_node_known_keys(m, known, 3, "f", &test_err),
                     TR_ECONFIG);
    assert_string_equal(test_err.msg, "f:2:1: unknown key 'partnr', did you "
                                      "mean 'partner'");
    assert_int_equal(tr_node_known_keys(m, other, 2, "f", &test_err),
                     TR_ECONFIG);
    assert_string_equal(test_err.msg, "f:2:1: unknown key 'partnr'");
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_have_the_types_of_yaml_1_2),
        cmocka_unit_test(what_is_not_allowed_is_refused_where_it_stands),
        cmocka_unit_test(lines_and_columns_are_those_of_the_file),
        cmocka_unit_test(nesting_and_memory_have_limits),
        cmocka_unit_test(getters_of_scalars_give_values_and_keep_defaults),
        cmocka_unit_test(getters_of_truths_and_dates_give_values),
        cmocka_unit_test(getters_of_lists_and_maps_give_nodes),
        cmocka_unit_test(a_value_of_another_kind_is_refused),
        cmocka_unit_test(an_unknown_key_names_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
