/* test_counterfactual.c - everything that is said to change a class does change
 * it so, when the whole classification is run again with that one change. */
#include "classify/counterfactual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/estate.h"
#include "support/estate_rules.h"
#include "support/tr_test.h"
#include "terrier/node.h"

static struct tr_error test_err;

/* No measure rests on a fact of the site, so that a fact can be changed alone;
 * facts stand bare, in sums, in gates, and twice. */
static const char fact_rules[] =
    "rules: facts\n"
    "version: \"1\"\n"
    "gates:\n"
    "  - {id: land, when: \"holding_type = 'land'\", decides: "
    "not-applicable, reason: Bare land.}\n"
    "  - {id: school, when: \"a_contains(services, ('e'))\", floor: core, "
    "reason: A school.}\n"
    "criteria:\n"
    "  need:\n"
    "    - {id: service, weight: 60, value: services, scale: {table: {a: 100, "
    "b: 60, c: 40, d: 10, e: 0}}}\n"
    "    - {id: dear, weight: 40, value: running_cost_gbp / floor_area_m2, "
    "scale: {points: [[0, 100], [40, 50], [90, 0]]}}\n"
    "  fitness:\n"
    "    - {id: condition, weight: 50, value: condition, scale: {table: {A: "
    "100, B: 70, C: 30, D: 0}}}\n"
    "    - {id: cost, weight: 50, value: running_cost_gbp, scale: {points: "
    "[[0, 100], [20000, 60], [90000, 0]]}}\n"
    "  hub:\n"
    "    - {id: use, weight: 50, value: use, scale: {table: {u0: 100, u1: 50, "
    "u2: 0}, other: 20}}\n"
    "    - {id: cost-again, weight: 50, value: running_cost_gbp / 2, scale: "
    "{points: [[0, 0], [15000, 100], [45000, 20]]}}\n"
    "classes:\n"
    "  key: {need: 55, fitness: 40, hub: 45}\n"
    "  surplus: {below: [{need: 40, fitness: 60}, {need: 20}]}\n"
    "evidence: {overall: 40, need: 30}\n";

struct run {
    struct tr_arena arena;
    struct estate estate;
    struct tr_snapshot *s;
    const struct tr_rules *rules;
    const struct tr_results *results;
};

static const struct tr_results *
classify(struct run *r, const struct tr_rules *rules, bool json)
{
    struct tr_classify_options o = { .as_of = ESTATE_AS_OF,
                                     .without_json = !json };
    const struct tr_results *out = NULL;

    assert_ok(tr_classify(r->s, rules, &o, &r->arena, &out, &test_err));
    return out;
}

static const struct tr_rules *parse(struct run *r, const char *text)
{
    const struct tr_rules *rules = NULL;

    assert_ok(tr_rules_parse(text, strlen(text), "r.yaml", &r->arena, &rules,
                             &test_err));
    return rules;
}

static void start(struct run *r, uint64_t seed, const char *rules)
{
    memset(r, 0, sizeof *r);
    tr_arena_init(&r->arena, (size_t)1 << 31);
    estate_make(&r->estate, seed);
    r->s = estate_snapshot(&r->estate, 0, &r->arena);
    r->rules = parse(r, rules);
    r->results = classify(r, r->rules, true);
}

static const struct tr_node *flips_of(struct run *r, size_t i)
{
    const struct tr_node *json = NULL;
    const char *text = r->results->sites[i].json;

    assert_ok(
        tr_json_parse(text, strlen(text), "json", &r->arena, &json, &test_err));
    return tr_node_get(json, "flips");
}

static const char *text(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->text ? n->text : "";
}

static double number(const struct tr_node *map, const char *key)
{
    return tr_node_get(map, key)->number;
}

/* ---- thresholds and weights ---- */

static struct flip read_flip(const struct tr_node *n)
{
    struct flip f = { .axis = TR_AXES,
                      .kind = strcmp(text(n, "kind"), "weight") == 0
                                  ? FLIP_WEIGHT
                                  : FLIP_THRESHOLD,
                      .to = number(n, "to"),
                      .unit = text(n, "unit") };

    snprintf(f.what, sizeof f.what, "%s", text(n, "what"));
    for (int a = 0; a < TR_AXES; a++) {
        if (strcmp(text(n, "axis"), tr_axis_name((enum tr_axis)a)) == 0)
            f.axis = (enum tr_axis)a;
    }
    return f;
}

static int check_rules(struct run *r, size_t i, const struct tr_node *n)
{
    struct flip flip = read_flip(n);
    const struct tr_results *again;
    struct tr_rules changed;

    if (strcmp(text(n, "kind"), "fact") == 0)
        return 0;
    assert_ok(flip_apply(r->rules, &flip, &r->arena, &changed, &test_err));
    again = classify(r, &changed, false);
    assert_string_equal(tr_class_name(again->sites[i].class_),
                        text(n, "class"));
    assert_int_not_equal(again->sites[i].class_, r->results->sites[i].class_);
    return 1;
}

static void thresholds_and_weights_do_what_they_say(void **state)
{
    int seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 12; seed++) {
        struct run r;

        start(&r, seed, fact_rules);
        for (size_t i = 0; i < r.results->n; i++) {
            const struct tr_node *flips = flips_of(&r, i);

            for (size_t k = 0; k < flips->n; k++)
                seen += check_rules(&r, i, flips->items[k]);
        }
        tr_arena_clear(&r.arena);
    }
    assert_true(seen > 1000);
}

/* ---- facts ---- */

static struct tr_column *column(struct run *r, const char *name)
{
    return (struct tr_column *)(uintptr_t)tr_table_column(&r->s->sites, name);
}

static bool code_of(const struct tr_column *c, const char *value, uint32_t *out)
{
    for (*out = 0; *out < c->dict->n; ++*out) {
        if (strcmp(c->dict->texts[*out], value) == 0)
            return true;
    }
    return false;
}

/* Lists of this one site: its items moved to a copy of the column. */
static void set_list(struct run *r, struct tr_column *c, size_t row,
                     uint32_t code)
{
    size_t n = r->s->n_sites;
    uint32_t *starts = tr_arena_array(&r->arena, n + 1, sizeof *starts);
    uint32_t *codes =
        tr_arena_array(&r->arena, c->list_starts[n] + 1, sizeof *codes);
    uint32_t at = 0;

    for (size_t i = 0; i < n; i++) {
        starts[i] = at;
        if (i == row)
            codes[at++] = code;
        for (uint32_t k = c->list_starts[i];
             i != row && k < c->list_starts[i + 1]; k++)
            codes[at++] = c->values.codes[k];
    }
    starts[n] = at;
    c->list_starts = starts;
    c->values.codes = codes;
}

/* False when the estate has no such text. */
static bool set_fact(struct run *r, const char *name, size_t row,
                     const struct tr_node *to)
{
    struct tr_column *c = column(r, name);
    uint32_t code;

    if (c->type == TR_NUMBER) {
        ((double *)(uintptr_t)c->values.numbers)[row] = to->number;
        return true;
    }
    if (c->type == TR_INTEGER) {
        ((int64_t *)(uintptr_t)c->values.integers)[row] = (int64_t)to->number;
        return true;
    }
    assert_true(c->type == TR_TEXT || c->type == TR_LIST);
    if (!code_of(c, to->text, &code))
        return false;
    if (c->type == TR_LIST)
        set_list(r, c, row, code);
    else
        ((uint32_t *)(uintptr_t)c->values.codes)[row] = code;
    return true;
}

static const char *class_with(struct run *r, size_t i, const char *name,
                              const struct tr_node *to)
{
    struct tr_column *c = column(r, name), was = *c;
    size_t row = r->results->sites[i].site;
    union {
        double number;
        int64_t integer;
        uint32_t code;
    } old = { 0 };
    const char *out = NULL;

    if (c->type == TR_NUMBER)
        old.number = c->values.numbers[row];
    else if (c->type == TR_INTEGER)
        old.integer = c->values.integers[row];
    else if (c->type == TR_TEXT)
        old.code = c->values.codes[row];
    if (set_fact(r, name, row, to))
        out = tr_class_name(classify(r, r->rules, false)->sites[i].class_);
    *c = was;
    if (c->type == TR_NUMBER)
        ((double *)(uintptr_t)c->values.numbers)[row] = old.number;
    else if (c->type == TR_INTEGER)
        ((int64_t *)(uintptr_t)c->values.integers)[row] = old.integer;
    else if (c->type == TR_TEXT)
        ((uint32_t *)(uintptr_t)c->values.codes)[row] = old.code;
    return out;
}

static void facts_do_what_they_say(void **state)
{
    int numbers = 0, texts = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 16; seed++) {
        struct run r;

        start(&r, seed, fact_rules);
        for (size_t i = 0; i < r.results->n; i++) {
            const struct tr_node *flips = flips_of(&r, i);

            for (size_t k = 0; k < flips->n; k++) {
                const struct tr_node *n = flips->items[k];
                const struct tr_node *to = tr_node_get(n, "to");
                const char *got;

                if (strcmp(text(n, "kind"), "fact") != 0)
                    continue;
                got = class_with(&r, i, text(n, "what"), to);
                if (!got)
                    continue;
                assert_string_equal(got, text(n, "class"));
                if (to->kind == TR_NODE_TEXT)
                    texts++;
                else
                    numbers++;
            }
        }
        tr_arena_clear(&r.arena);
    }
    assert_true(numbers > 200 && texts > 200);
}

/* ---- measures, by naming the value in the rule-set instead ---- */

static const char *replaced(struct run *r, const char *what, double value)
{
    char *old = tr_arena_printf(&r->arena, "value: %s,", what);
    const char *at = strstr(estate_rules, old);

    return at ? tr_arena_printf(&r->arena, "%.*svalue: %.12g,%s",
                                (int)(at - estate_rules), estate_rules, value,
                                at + strlen(old))
              : NULL;
}

static void check_measure(struct run *r, size_t i, const struct tr_node *n)
{
    double from = number(n, "from"), to = number(n, "to");
    double step = strcmp(text(n, "what"), "poor") == 0 ||
                          strcmp(text(n, "what"), "hole") == 0 ||
                          strcmp(text(n, "what"), "people") == 0 ||
                          strcmp(text(n, "what"), "next_same") == 0
                      ? 0.01
                      : 1;
    const char *rules = replaced(r, text(n, "what"), to);

    assert_non_null(rules);
    assert_string_equal(
        tr_class_name(classify(r, parse(r, rules), false)->sites[i].class_),
        text(n, "class"));
    to -= to > from ? step : -step;
    if ((to > from) != (number(n, "to") > from))
        return;
    rules = replaced(r, text(n, "what"), to);
    assert_int_equal(classify(r, parse(r, rules), false)->sites[i].class_,
                     r->results->sites[i].class_);
}

static void a_measure_flips_at_its_step_and_not_before(void **state)
{
    int seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 3; seed++) {
        struct run r;

        start(&r, seed, estate_rules);
        for (size_t i = 0; i < r.results->n; i += 2) {
            const struct tr_node *flips = flips_of(&r, i);

            for (size_t k = 0; k < flips->n; k++) {
                if (!tr_node_get(flips->items[k], "measure") ||
                    tr_node_get(flips->items[k], "searched"))
                    continue;
                check_measure(&r, i, flips->items[k]);
                seen++;
            }
        }
        tr_arena_clear(&r.arena);
    }
    assert_true(seen > 20);
}

/* Bare land is not made a building by saying so. */
static void what_nobody_can_choose_is_not_offered(void **state)
{
    int land = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 6; seed++) {
        struct run r;

        start(&r, seed, fact_rules);
        for (size_t i = 0; i < r.results->n; i++) {
            const struct tr_node *flips = flips_of(&r, i);

            land += r.results->sites[i].class_ == TR_NOT_APPLICABLE;
            for (size_t k = 0; k < flips->n; k++)
                assert_string_not_equal(text(flips->items[k], "what"),
                                        "holding_type");
        }
        tr_arena_clear(&r.arena);
    }
    assert_true(land > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_and_weights_do_what_they_say),
        cmocka_unit_test(facts_do_what_they_say),
        cmocka_unit_test(what_nobody_can_choose_is_not_offered),
        cmocka_unit_test(a_measure_flips_at_its_step_and_not_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
