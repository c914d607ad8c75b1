/* test_rules.c - reading rule-sets: what is refused, and where it says so. */
#include "terrier/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classify/ruleset.h"
#include "support/tr_test.h"

static struct tr_error test_err;

static enum tr_status parse(struct tr_arena *a, const char *text,
                            const struct tr_rules **out)
{
    return tr_rules_parse(text, strlen(text), "r.yaml", a, out, &test_err);
}

#define HEAD "rules: t\nversion: \"1\"\n"
#define NEED(value)                                                            \
    HEAD "criteria:\n  need:\n    - id: a\n      weight: 100\n"                \
         "      value: " value                                                 \
         "\n      scale: {points: [[0, 0], [10, 100]]}\n"

static void each_fault_names_its_place(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "version: 1\n", "'rules'" },
        { HEAD "gate: []\n", "r.yaml:3:1: unknown key 'gate'" },
        { HEAD "definitions: {lock: x}\n", "r.yaml:3:15: 'lock'" },
        { HEAD "measures:\n  m: {over: sites, count: true}\n", "'within_m'" },
        { HEAD "measures:\n  m: {over: sites, within_m: 3}\n", "exactly one" },
        { HEAD "measures:\n  condition: {over: sites, nearest: true}\n",
          "name of a field" },
        { HEAD "measures:\n  m: {over: x, nearest: true, among: any}\n",
          "'over: sites'" },
        { HEAD "measures:\n  m: {over: x, within_m: -1, count: true}\n",
          "above 0" },
        { HEAD "gates:\n  - {id: g, when: \"a = 1\", reason: r}\n",
          "exactly one of decides" },
        { HEAD "gates:\n  - {id: g, when: \"a = 1\", reason: r, floor: "
               "surplus}\n",
          "core or key" },
        { HEAD "gates:\n  - {id: g, when: \"a = \", reason: r, flag: f}\n",
          "r.yaml:4:" },
        { HEAD "criteria:\n  need:\n    - {id: a, weight: 90, value: x, scale: "
               "{points: [[0, 0], [1, 1]]}}\n",
          "sum to 90" },
        { HEAD "criteria:\n  need:\n    - {id: a, weight: 100, value: x, "
               "scale: {points: [[1, 0], [1, 1]]}}\n",
          "ascend" },
        { HEAD "criteria:\n  need:\n    - {id: a, weight: 100, value: x, "
               "scale: {table: {k: 101}}}\n",
          "0 to 100" },
        { HEAD "classes: {surplus: {below: [{need: 20}], needs: [gap]}}\n",
          "no criterion 'gap'" },
        { HEAD "ageing:\n  - {field: nothing, date: x, years: 5}\n",
          "no field 'nothing'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_arena a;
        const struct tr_rules *r = NULL;

        tr_arena_init(&a, 1 << 24);
        test_err.msg[0] = '\0';
        if (parse(&a, cases[i].text, &r) != TR_ECONFIG ||
            !strstr(test_err.msg, cases[i].says))
            fail_msg("case %zu: '%s' does not say '%s'", i, test_err.msg,
                     cases[i].says);
        assert_null(r);
        tr_arena_clear(&a);
    }
}

/* The place of a fault inside an expression, in every style of scalar. */
static void a_fault_in_an_expression_names_line_and_column(void **state)
{
    static const struct {
        const char *text, *at;
    } cases[] = {
        { NEED("\"x + + \""), NULL },
        { NEED("|\n        x +\n        y +\n        )"), "r.yaml:10:9" },
        { NEED(">-\n        x +\n        y +\n        )"), "r.yaml:10:9" },
        { NEED("'''a'' + )'"), "r.yaml:7:23" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_arena a;
        const struct tr_rules *r = NULL;

        tr_arena_init(&a, 1 << 24);
        assert_int_equal(parse(&a, cases[i].text, &r), TR_ECONFIG);
        if (strncmp(test_err.msg, cases[i].at ? cases[i].at : "r.yaml:7:",
                    strlen(cases[i].at ? cases[i].at : "r.yaml:7:")) != 0)
            fail_msg("case %zu: '%s'", i, test_err.msg);
        tr_arena_clear(&a);
    }
}

static void offsets_map_to_lines_and_columns(void **state)
{
    static const char source[] = "a:\n  b: |\n    one two\n      three\n"
                                 "  c: 'it''s'\n";
    struct rule_expr block = { .text = "one two\n  three\n",
                               .line = 2,
                               .column = 6 };
    struct rule_expr quoted = { .text = "it's", .line = 5, .column = 6 };
    int line, column;

    (void)state;
    rule_where(source, &block, 0, &line, &column);
    assert_int_equal(line * 100 + column, 305);
    rule_where(source, &block, 4, &line, &column);
    assert_int_equal(line * 100 + column, 309);
    rule_where(source, &block, 10, &line, &column);
    assert_int_equal(line * 100 + column, 407);
    rule_where(source, &quoted, 3, &line, &column);
    assert_int_equal(line * 100 + column, 511);
}

static void a_scale_is_linear_between_its_points(void **state)
{
    static const struct rule_point p[] = { { 300 * RULE_X_ONE, 0 },
                                           { 1000 * RULE_X_ONE, 5000 },
                                           { 2000 * RULE_X_ONE, 10000 } };
    struct rule_scale s = { .n_points = 3, .points = p, .other = RULE_NONE };
    int32_t least, most;

    (void)state;
    assert_int_equal(scale_score(&s, -1e300), 0);
    assert_int_equal(scale_score(&s, 300), 0);
    assert_int_equal(scale_score(&s, 650), 2500);
    assert_int_equal(scale_score(&s, 1500), 7500);
    assert_int_equal(scale_score(&s, 1e300), 10000);
    scale_range(&s, 650, 1e9, &least, &most);
    assert_int_equal(least, 2500);
    assert_int_equal(most, 10000);
}

/* Against plain doubles: never more than the rounding off. */
static void a_scale_agrees_with_floating_point(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int k = 0; k < 20000; k++) {
        double x0 = (rand_r(&seed) % 2000) / 10.0 - 100;
        double x1 = x0 + 0.5 + rand_r(&seed) % 1000;
        int32_t y0 = rand_r(&seed) % 10001, y1 = rand_r(&seed) % 10001;
        double v = x0 + (x1 - x0) * (rand_r(&seed) % 1000) / 1000.0;
        struct rule_point p[] = { { llround(x0 * RULE_X_ONE), y0 },
                                  { llround(x1 * RULE_X_ONE), y1 } };
        struct rule_scale s = { .n_points = 2, .points = p };

        assert_near(scale_score(&s, v), y0 + (y1 - y0) * (v - x0) / (x1 - x0),
                    1.0);
    }
}

static void the_shipped_rule_sets_are_read_and_printed(void **state)
{
    static const char *const files[] = { "layers/rules/open-data.yaml",
                                         "layers/rules/default.yaml" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static char text[200000];
        struct tr_arena a;
        struct tr_buf page;
        const struct tr_rules *r = NULL;
        FILE *f = fopen(files[i], "rb");
        size_t len;

        if (!f)
            skip();
        len = fread(text, 1, sizeof text, f);
        fclose(f);
        tr_arena_init(&a, 1 << 26);
        assert_ok(tr_rules_parse(text, len, files[i], &a, &r, &test_err));
        tr_buf_init(&page, 1 << 20);
        tr_rules_print(r, &page);
        assert_non_null(strstr(tr_buf_text(&page), "## Criteria of need"));
        assert_true(*tr_rules_definition(r, TR_KEY));
        if (getenv("TR_SHOW"))
            puts(tr_buf_text(&page));
        tr_buf_clear(&page);
        tr_arena_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_names_its_place),
        cmocka_unit_test(a_fault_in_an_expression_names_line_and_column),
        cmocka_unit_test(offsets_map_to_lines_and_columns),
        cmocka_unit_test(a_scale_is_linear_between_its_points),
        cmocka_unit_test(a_scale_agrees_with_floating_point),
        cmocka_unit_test(the_shipped_rule_sets_are_read_and_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
