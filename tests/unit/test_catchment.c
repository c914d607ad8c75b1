/* test_catchment.c - the people around a site and the gap that it would leave:
 * beside the rule-set's own gap measure, and beside a plain count. */
#include "support/estate.h"
#include "support/estate_rules.h"
#include "support/tr_test.h"

#include <string.h>

#include "terrier/catchment.h"
#include "terrier/classify.h"
#include "terrier/node.h"

static struct tr_error test_err;
static struct tr_arena arena;

struct world {
    struct tr_snapshot *s;
    const struct tr_rules *rules;
};

static void free_near(void *p)
{
    tr_near_free(p);
}

/* The estate leaves its layers without the index that snapshots have. */
static void index_postcodes(struct tr_snapshot *s)
{
    struct tr_layer *l = (struct tr_layer *)tr_snapshot_layer(s, "postcodes");
    int32_t e[ESTATE_POSTCODES], north[ESTATE_POSTCODES];
    uint32_t *rows = tr_arena_array(&arena, l->n_rows, sizeof *rows);
    struct tr_near *near;

    assert_true(l->n_rows <= ESTATE_POSTCODES);
    for (size_t i = 0; i < l->n_rows; i++) {
        e[i] = l->positions[i].e_mm;
        north[i] = l->positions[i].n_mm;
        rows[i] = (uint32_t)i;
    }
    assert_ok(tr_near_new(e, north, l->n_rows, &near, &test_err));
    assert_ok(tr_arena_defer(&arena, free_near, near));
    l->near = near;
    l->near_rows = rows;
    l->n_near = l->n_rows;
}

static struct world world(uint64_t seed)
{
    /* The snapshot borrows from it. */
    struct estate *e = tr_arena_alloc(&arena, sizeof *e);
    struct world w;

    assert_non_null(e);
    estate_make(e, seed);
    w.s = estate_snapshot(e, 0, &arena);
    assert_non_null(w.s);
    index_postcodes(w.s);
    assert_ok(tr_rules_parse(estate_rules, strlen(estate_rules), "estate.yaml",
                             &arena, &w.rules, &test_err));
    return w;
}

static int open_arena(void **state)
{
    (void)state;
    tr_arena_init(&arena, (size_t)512 << 20);
    return 0;
}

static int clear_arena(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    return 0;
}

static void a_gap_measure_is_the_rule(void **state)
{
    struct world w = world(1);
    struct tr_catchment_rule r;

    (void)state;
    assert_true(tr_catchment_rule(w.rules, &r));
    assert_string_equal(r.over, "postcodes");
    assert_string_equal(r.spread, "lsoas");
    assert_int_equal(r.within_mm, 800000);
    assert_int_equal(r.alternative_mm, 600000);
    assert_true(r.own_alternative);
}

static void without_one_the_first_spread_sum_is(void **state)
{
    static const char text[] =
        "rules: r\nversion: \"1\"\nmeasures:\n"
        "  people: {over: postcodes, within_m: 900, spread: lsoas, sum: "
        "'\"lsoas.people\"'}\n"
        "criteria:\n  need:\n    - {id: a, weight: 100, value: people, scale: "
        "{points: [[0, 0], [9, 100]]}}\n"
        "classes: {key: {need: 65}}\n";
    static const char none[] =
        "rules: r\nversion: \"1\"\n"
        "criteria:\n  need:\n    - {id: a, weight: 100, value: floor_area_m2, "
        "scale: {points: [[0, 0], [9, 100]]}}\n"
        "classes: {key: {need: 65}}\n";
    const struct tr_rules *rules;
    struct tr_catchment_rule r;

    (void)state;
    assert_ok(
        tr_rules_parse(text, strlen(text), "r", &arena, &rules, &test_err));
    assert_true(tr_catchment_rule(rules, &r));
    assert_int_equal(r.within_mm, 900000);
    assert_int_equal(r.alternative_mm, 1200000);
    assert_false(r.own_alternative);
    assert_ok(
        tr_rules_parse(none, strlen(none), "r", &arena, &rules, &test_err));
    assert_false(tr_catchment_rule(rules, &r));
}

/* The measure "hole" of a site, from its explanation; < 0: it has none. */
static double measured(const char *json)
{
    const struct tr_node *root, *list;

    assert_ok(tr_json_parse(json, strlen(json), "j", &arena, &root, &test_err));
    list =
        tr_node_get(tr_node_get(tr_node_get(root, "axes"), "hub"), "criteria");
    for (size_t i = 0; list && i < list->n; i++) {
        const struct tr_node *c = list->items[i];
        const struct tr_node *v = tr_node_get(c, "value");

        if (strcmp(tr_node_get(c, "id")->text, "hole") == 0 && v &&
            v->kind != TR_NODE_NULL)
            return v->number;
    }
    return -1;
}

static void the_left_are_those_of_the_gap_measure(void **state)
{
    size_t compared = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct world w = world(seed);
        const struct tr_classify_options o = { .as_of = ESTATE_AS_OF,
                                               .threads = 1,
                                               .without_flips = true };
        const struct tr_results *results;

        assert_ok(tr_classify(w.s, w.rules, &o, &arena, &results, &test_err));
        for (size_t i = 0; i < results->n; i++) {
            size_t site = results->sites[i].site, n;
            double want = measured(results->sites[i].json);
            const struct tr_gap *g;
            struct tr_catchment c;

            if (want < 0)
                continue;
            assert_ok(
                tr_catchment_of(w.s, w.rules, site, &arena, &c, &test_err));
            assert_null(c.why);
            assert_ok(
                tr_catchment_gaps(w.s, &c, site, &arena, &g, &n, &test_err));
            if (n != 1 || !(c.people > 0))
                continue; /* the measure asks for any of its services */
            assert_near(100 * g->left / c.people, want, 1e-4);
            compared++;
        }
    }
    assert_true(compared > 50);
}

static double apart(const struct tr_position *a, const struct tr_position *b)
{
    return hypot((double)a->e_mm - b->e_mm, (double)a->n_mm - b->n_mm);
}

static bool has_service(const struct tr_snapshot *s, size_t site,
                        const char *name)
{
    const struct tr_column *v = tr_table_column(&s->sites, "services");

    for (uint32_t k = v->list_starts[site]; k < v->list_starts[site + 1]; k++) {
        if (strcmp(v->dict->texts[v->values.codes[k]], name) == 0)
            return true;
    }
    return false;
}

/* By looking at every pair. */
static void check_plainly(const struct world *w, size_t site,
                          const struct tr_catchment *c, const struct tr_gap *g)
{
    const struct tr_layer *l = c->over;
    double nearest = 0, farther = 0, next = INFINITY;
    size_t near = 0;

    for (size_t k = 0; k < w->s->n_located; k++) {
        double d = apart(&w->s->positions[site], &w->s->positions[k]);

        if (k == site || !has_service(w->s, k, g->service))
            continue;
        next = d < next ? d : next;
        near += d <= 600000;
    }
    assert_int_equal(g->n_near, near);
    if (isinf(next))
        assert_int_equal(g->next, TR_NEAR_NONE);
    else
        assert_near(g->next_m * 1000, next, 1);
    for (size_t i = 0; i < c->n_rows; i++) {
        const struct tr_position *at = &l->positions[c->rows[i]];
        double here = apart(at, &w->s->positions[site]), there = INFINITY;

        assert_true(here <= 800000);
        for (size_t k = 0; k < w->s->n_located; k++) {
            if (k != site && has_service(w->s, k, g->service))
                there = fmin(there, apart(at, &w->s->positions[k]));
        }
        nearest += there > here ? c->worth[i] : 0;
        farther += there > here && !isinf(there)
                       ? c->worth[i] * (there - here) / 1000
                       : 0;
    }
    assert_near(g->nearest_here, nearest, 1e-6);
    if (!isinf(next) && nearest > 0)
        assert_near(g->further_m, farther / nearest, 1e-3);
}

static void the_table_is_that_of_a_plain_count(void **state)
{
    struct world w = world(77);
    size_t checked = 0;

    (void)state;
    for (size_t site = 0; site < w.s->n_located; site++) {
        struct tr_catchment c;
        const struct tr_gap *g;
        size_t n;

        assert_ok(tr_catchment_of(w.s, w.rules, site, &arena, &c, &test_err));
        assert_ok(tr_catchment_gaps(w.s, &c, site, &arena, &g, &n, &test_err));
        for (size_t i = 0; i < n; i++, checked++)
            check_plainly(&w, site, &c, &g[i]);
    }
    assert_true(checked > 40);
}

/* The estate's areas with their people as a column, which it leaves out. */
static struct tr_area_set with_people(const struct tr_area_set *set,
                                      const struct estate *e)
{
    struct tr_area_set out = *set;
    struct tr_column *columns = tr_arena_array(&arena, 1, sizeof *columns);
    struct tr_column_builder *b =
        tr_column_builder_new(&arena, "people", TR_NUMBER);

    for (size_t i = 0; i < set->n; i++) {
        if (e->people[i] >= 0)
            tr_column_put_number(b, i, e->people[i]);
    }
    assert_ok(tr_column_finish(b, set->n, columns, &test_err));
    out.table = (struct tr_table){ set->n, 1, columns };
    return out;
}

static void sums_over_a_catchment_are_its_parts_of_areas(void **state)
{
    struct world w = world(5);
    struct tr_catchment c;
    struct tr_area_set set;
    struct estate e;
    double inside, all, people = 0;

    (void)state;
    estate_make(&e, 5);
    assert_ok(tr_catchment_of(w.s, w.rules, 0, &arena, &c, &test_err));
    assert_null(c.why);
    assert_true(c.people > 0);
    set = with_people(c.set, &e);
    c.set = &set;
    assert_true(tr_catchment_sum(&c, "people", &inside, &all));
    assert_near(inside, c.people, 1e-6);
    for (size_t i = 0; i < ESTATE_AREAS; i++)
        people += e.people[i] >= 0 ? e.people[i] : 0;
    assert_near(all, people, 1e-6);
    assert_false(tr_catchment_sum(&c, "no such column", &inside, &all));
}

static void what_is_not_there_is_said(void **state)
{
    struct world w = world(5);
    struct tr_catchment c;
    const struct tr_gap *g;
    size_t n = 9;

    (void)state;
    assert_ok(
        tr_catchment_of(w.s, w.rules, w.s->n_sites - 1, &arena, &c, &test_err));
    assert_non_null(c.why);
    assert_ok(tr_catchment_gaps(w.s, &c, w.s->n_sites - 1, &arena, &g, &n,
                                &test_err));
    assert_int_equal(n, 0);
    assert_ok(tr_catchment_of(w.s, NULL, 0, &arena, &c, &test_err));
    assert_non_null(c.why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_measure_is_the_rule),
        cmocka_unit_test(without_one_the_first_spread_sum_is),
        cmocka_unit_test(the_left_are_those_of_the_gap_measure),
        cmocka_unit_test(the_table_is_that_of_a_plain_count),
        cmocka_unit_test(sums_over_a_catchment_are_its_parts_of_areas),
        cmocka_unit_test(what_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, open_arena, clear_arena);
}
