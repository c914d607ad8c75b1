/* test_classify.c - whole classifications of invented estates: the same for any
 * number of threads and any order of rows, and sound in what they say. */
#include "terrier/classify.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "support/estate.h"
#include "support/estate_rules.h"
#include "support/tr_test.h"

static struct tr_error test_err;

struct run {
    struct tr_arena arena;
    struct estate estate;
    struct tr_snapshot *s;
    const struct tr_rules *rules;
    const struct tr_results *results;
};

/* Replace the first `old` of a text by `new_`. */
static const char *changed(struct tr_arena *a, const char *text,
                           const char *old, const char *new_)
{
    const char *at = strstr(text, old);

    assert_non_null(at);
    return tr_arena_printf(a, "%.*s%s%s", (int)(at - text), text, new_,
                           at + strlen(old));
}

static enum tr_status try_run(struct run *r, const char *rules, uint64_t order,
                              unsigned threads)
{
    struct tr_classify_options o = { .as_of = ESTATE_AS_OF,
                                     .threads = threads };
    enum tr_status st = tr_rules_parse(rules, strlen(rules), "r.yaml",
                                       &r->arena, &r->rules, &test_err);

    r->s = estate_snapshot(&r->estate, order, &r->arena);
    return st ? st
              : tr_classify(r->s, r->rules, &o, &r->arena, &r->results,
                            &test_err);
}

static void start(struct run *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    tr_arena_init(&r->arena, (size_t)1 << 28);
    estate_make(&r->estate, seed);
}

static void start_and_run(struct run *r, uint64_t seed)
{
    start(r, seed);
    assert_ok(try_run(r, estate_rules, 0, 1));
}

static const struct tr_site_result *result(const struct run *r, const char *id)
{
    for (size_t i = 0; i < r->results->n; i++) {
        if (strcmp(r->s->site_ids[r->results->sites[i].site], id) == 0)
            return &r->results->sites[i];
    }
    fail_msg("no result for %s", id);
    return NULL;
}

static void threads_and_order_change_no_byte(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 12; seed++) {
        struct run a, b;

        start_and_run(&a, seed);
        start(&b, seed);
        assert_ok(try_run(&b, estate_rules, seed, 2));
        assert_int_equal(a.results->n, ESTATE_SITES);
        assert_memory_equal(&a.results->digest, &b.results->digest,
                            sizeof a.results->digest);
        for (size_t i = 0; i < a.results->n; i++)
            assert_string_equal(a.results->sites[i].json,
                                b.results->sites[i].json);
        tr_arena_clear(&a.arena);
        tr_arena_clear(&b.arena);
    }
}

static void results_are_in_the_order_of_site_id(void **state)
{
    struct run r;
    long total = 0;

    (void)state;
    start_and_run(&r, 3);
    for (size_t i = 1; i < r.results->n; i++)
        assert_true(strcmp(r.s->site_ids[r.results->sites[i - 1].site],
                           r.s->site_ids[r.results->sites[i].site]) < 0);
    for (int c = 0; c < TR_CLASSES; c++)
        total += r.results->counts[c];
    assert_int_equal(total, ESTATE_SITES);
    tr_arena_clear(&r.arena);
}

/* The whole of it as JSON that reads back and as text that stands alone. */
static void every_explanation_reads_back(void **state)
{
    struct run r;
    int classes[TR_CLASSES] = { 0 };

    (void)state;
    start_and_run(&r, 5);
    for (size_t i = 0; i < r.results->n; i++) {
        const struct tr_site_result *site = &r.results->sites[i];
        const struct tr_node *json = NULL;
        struct tr_buf text;

        tr_buf_init(&text, 1 << 20);
        assert_ok(tr_json_parse(site->json, strlen(site->json), "json",
                                &r.arena, &json, &test_err));
        assert_string_equal(tr_node_get(json, "class")->text,
                            tr_class_name(site->class_));
        assert_string_equal(tr_node_get(json, "reason")->text, site->reason);
        assert_ok(
            tr_explain_text(r.s, site->site, site->json, &text, &test_err));
        assert_non_null(strstr(tr_buf_text(&text), site->reason));
        if (getenv("TR_SHOW") && !classes[site->class_]++)
            print_message("%s\n%s\n\n", tr_buf_text(&text), site->json);
        tr_buf_clear(&text);
    }
    tr_arena_clear(&r.arena);
}

/* A value that was made of facts stands with its own unit, the facts below. */
static void a_made_value_is_said_with_its_unit(void **state)
{
    struct run r;
    const char *rules;
    size_t said = 0;

    (void)state;
    start(&r, 5);
    rules = changed(&r.arena, estate_rules, "{id: cost, weight: 40,",
                    "{id: cost, weight: 40, unit: times the median,");
    assert_ok(try_run(&r, rules, 0, 1));
    for (size_t i = 0; i < r.results->n; i++) {
        const struct tr_site_result *site = &r.results->sites[i];
        struct tr_buf text;
        const char *line, *unit;

        tr_buf_init(&text, 1 << 20);
        assert_ok(
            tr_explain_text(r.s, site->site, site->json, &text, &test_err));
        line = strstr(tr_buf_text(&text), " %   cost: ");
        unit = line ? strstr(line, " times the median") : NULL;
        assert_true(!line || (unit && unit < strchr(line, '\n')));
        said += line != NULL;
        tr_buf_clear(&text);
    }
    assert_true(said > 0);
    tr_arena_clear(&r.arena);
}

static bool says_surplus(const char *text)
{
    for (; *text; text++) {
        if (strncasecmp(text, "surplus", strlen("surplus")) == 0)
            return true;
    }
    return false;
}

/* What a public snapshot makes of a run with gates, scores, draws and flips
 * that come to surplus: neither JSON nor text has the word left. */
static void in_words_for_the_public_nothing_is_surplus(void **state)
{
    struct tr_audience public_ = { .name = "public" };
    size_t told = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 8; seed++) {
        struct tr_classify_options o = { .as_of = ESTATE_AS_OF,
                                         .draws = 200,
                                         .threads = 1 };
        struct run r;
        const char *rules;

        start(&r, seed);
        rules = changed(&r.arena, estate_rules, "  - {id: big,",
                        "  - {id: surplus, when: \"floor_area_m2 < 50\", "
                        "decides: surplus, reason: It looks surplus.}\n"
                        "  - {id: big,");
        assert_ok(try_run(&r, rules, 0, 1));
        assert_ok(
            tr_classify(r.s, r.rules, &o, &r.arena, &r.results, &test_err));
        for (size_t i = 0; i < r.results->n; i++) {
            const char *own = r.results->sites[i].json;
            const char *json = tr_text_shown(&public_, own, &r.arena);
            const struct tr_node *root = NULL;
            struct tr_buf text;

            if (r.results->sites[i].class_ == TR_SURPLUS)
                continue; /* the public is told no reasons */
            told += says_surplus(own);
            assert_false(says_surplus(json));
            assert_ok(tr_json_parse(json, strlen(json), "json", &r.arena, &root,
                                    &test_err));
            tr_buf_init(&text, 1 << 20);
            assert_ok(tr_explain_text(r.s, r.results->sites[i].site, json,
                                      &text, &test_err));
            assert_false(says_surplus(tr_buf_text(&text)));
            tr_buf_clear(&text);
        }
        tr_arena_clear(&r.arena);
    }
    assert_true(told > 20);
}

static void a_class_is_among_the_possible_ones(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct run r;

        start_and_run(&r, seed);
        for (size_t i = 0; i < r.results->n; i++) {
            const struct tr_site_result *site = &r.results->sites[i];

            assert_true(site->possible != 0);
            if (site->class_ != TR_UNCLASSIFIED)
                assert_true(site->possible >> site->class_ & 1);
            else if (strcmp(site->basis, "evidence") == 0)
                assert_false(site->possible >> TR_UNCLASSIFIED & 1);
        }
        tr_arena_clear(&r.arena);
    }
}

/* Bare land is not applicable whatever it scores; a school never surplus; every
 * floor holds. */
static void gates_beat_scores(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct run r;

        start_and_run(&r, seed);
        for (int i = 0; i < ESTATE_SITES; i++) {
            const struct estate_site *e = &r.estate.sites[i];
            const struct tr_site_result *site = result(&r, e->id);

            if (e->land == 1) {
                assert_int_equal(site->class_, TR_NOT_APPLICABLE);
                assert_string_equal(site->basis, "gate:land");
                assert_string_equal(site->reason, "Not applicable: Bare land.");
            } else if (e->services & 16) {
                assert_true(site->class_ == TR_CORE || site->class_ == TR_KEY);
                assert_false(site->possible >> TR_SURPLUS & 1);
            } else {
                assert_int_not_equal(site->class_, TR_NOT_APPLICABLE);
            }
        }
        tr_arena_clear(&r.arena);
    }
}

/* A gate whose facts are missing is not hit, and is listed as wanted. */
static void an_unknown_gate_is_wanted_not_hit(void **state)
{
    struct run r;
    const struct tr_site_result *site;

    (void)state;
    start(&r, 9);
    r.estate.sites[0].land = -1;
    assert_ok(try_run(&r, estate_rules, 0, 1));
    site = result(&r, r.estate.sites[0].id);
    assert_int_not_equal(site->class_, TR_NOT_APPLICABLE);
    assert_non_null(strstr(site->json,
                           "{\"gate\":\"land\",\"title\":\"Bare land.\","
                           "\"facts\":[\"holding_type\"]"));
    tr_arena_clear(&r.arena);
}

/* surplus.needs: without the criterion a low score is no surplus, ever. */
static void surplus_is_unknown_without_what_it_needs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 12; seed++) {
        struct run r;

        start(&r, seed);
        for (int i = 0; i < ESTATE_SITES; i++)
            r.estate.sites[i].services = 0; /* no service: no gap */
        assert_ok(try_run(&r, estate_rules, 0, 1));
        assert_int_equal(r.results->counts[TR_SURPLUS], 0);
        assert_int_equal(r.results->counts[TR_CORE], 0);
        tr_arena_clear(&r.arena);
    }
}

static void a_fact_that_is_too_old_is_missing_and_listed(void **state)
{
    struct run r;

    (void)state;
    start_and_run(&r, 4);
    for (int i = 0; i < ESTATE_SITES; i++) {
        const struct estate_site *e = &r.estate.sites[i];
        const struct tr_site_result *site = result(&r, e->id);
        bool old = e->condition >= 0 && e->years_old >= 5;
        bool listed = strstr(site->json, "\"aged\":[{\"field\":"
                                         "\"condition\"") != NULL;
        bool scored = strstr(site->json, "\"id\":\"condition\",\"title\":"
                                         "\"condition\",\"weight\":60,"
                                         "\"value\":null") == NULL;

        assert_int_equal(listed, old);
        assert_int_equal(scored, e->condition >= 0 && !old);
    }
    tr_arena_clear(&r.arena);
}

/* Taking a fact away never raises a coverage. */
static void a_missing_fact_never_raises_coverage(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 8; seed++) {
        struct run a, b;

        start_and_run(&a, seed);
        start(&b, seed);
        for (int i = 0; i < ESTATE_SITES; i++) {
            struct estate_site *e = &b.estate.sites[i];

            if (i % 3 == 0)
                e->condition = -1;
            else if (i % 3 == 1)
                e->area = -1;
        }
        assert_ok(try_run(&b, estate_rules, 0, 1));
        for (size_t i = 0; i < a.results->n; i++) {
            for (int k = 0; k < TR_AXES; k++)
                assert_true(b.results->sites[i].axis[k].coverage_pct <=
                            a.results->sites[i].axis[k].coverage_pct);
            assert_true(b.results->sites[i].coverage_pct <=
                        a.results->sites[i].coverage_pct);
        }
        tr_arena_clear(&a.arena);
        tr_arena_clear(&b.arena);
    }
}

/* A better condition never lowers fitness, nor more room hub: by a table, and
 * between the points of a line. */
static void better(struct estate_site *s, enum tr_axis axis, uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    if (axis == TR_FITNESS)
        s->condition = s->condition > 0 ? s->condition - 1 : s->condition;
    else if (s->area >= 0)
        s->area += (double)(*seed >> 40) / (1 << 24) * 300;
}

static void a_better_value_never_worsens_its_axis(void **state)
{
    static const enum tr_axis axes[] = { TR_FITNESS, TR_HUB };
    size_t rose = 0;

    (void)state;
    for (uint64_t seed = 1; seed < 15; seed++) {
        enum tr_axis axis = axes[seed % 2];
        uint64_t random = seed;
        struct run a, b;

        start_and_run(&a, seed);
        start(&b, seed);
        for (int i = 0; i < ESTATE_SITES; i++)
            better(&b.estate.sites[i], axis, &random);
        assert_ok(try_run(&b, estate_rules, 0, 1));
        for (size_t i = 0; i < a.results->n; i++) {
            int32_t before = a.results->sites[i].axis[axis].points_100;
            int32_t after = b.results->sites[i].axis[axis].points_100;

            assert_true(after >= before);
            rose += after > before;
        }
        tr_arena_clear(&a.arena);
        tr_arena_clear(&b.arena);
    }
    assert_true(rose > 100);
}

static void a_barred_or_absent_layer_is_missing_everywhere(void **state)
{
    struct run r;

    (void)state;
    start(&r, 2);
    r.estate.bar_stops = true;
    assert_ok(try_run(
        &r,
        changed(&r.arena, estate_rules,
                "others: {over: sites, within_m: 800, among: other-partners,",
                "others: {over: trams, within_m: 800,"),
        0, 1));
    for (size_t i = 0; i < r.results->n; i++) {
        assert_true(r.results->sites[i].axis[TR_NEED].coverage_pct <= 76);
        if (r.results->sites[i].class_ == TR_NOT_APPLICABLE)
            continue;
        assert_non_null(strstr(r.results->sites[i].json,
                               "layer 'stops' is barred from measures"));
        assert_non_null(
            strstr(r.results->sites[i].json, "layer 'trams' is not here"));
    }
    tr_arena_clear(&r.arena);
}

/* What is a field but of no site here is missing; what is nothing is a fault
 * with its place and the nearest name. */
static void
a_field_of_no_site_is_missing_but_a_typing_error_is_not(void **state)
{
    struct run r;

    (void)state;
    start(&r, 6);
    assert_ok(try_run(&r,
                      changed(&r.arena, estate_rules, "value: condition,",
                              "value: suitability,"),
                      0, 1));
    for (size_t i = 0; i < r.results->n; i++)
        assert_true(r.results->sites[i].axis[TR_FITNESS].coverage_pct <= 40);
    assert_int_equal(
        try_run(&r,
                changed(&r.arena, estate_rules, "when: floor_area_m2 > 1500",
                        "when: \"1500 < flor_area_m2\""),
                0, 1),
        TR_ECONFIG);
    assert_string_equal(test_err.msg, "r.yaml:23:29: no property "
                                      "'flor_area_m2', did you mean "
                                      "'floor_area_m2'");
    assert_int_equal(
        try_run(&r,
                changed(&r.arena, estate_rules, "value: condition,",
                        "value: floor_area_m2,"),
                0, 1),
        TR_ECONFIG);
    assert_non_null(strstr(test_err.msg, "criterion 'condition' is number"));
    tr_arena_clear(&r.arena);
}

static void a_scope_leaves_the_others_alone(void **state)
{
    struct run a, b;
    struct tr_classify_options o = { .as_of = ESTATE_AS_OF, .threads = 1 };
    const char *filter = "floor_area_m2 > 1000";

    (void)state;
    start_and_run(&a, 8);
    start(&b, 8);
    assert_ok(try_run(&b, estate_rules, 0, 1));
    assert_ok(tr_cql2_parse_text(filter, TR_CQL2_QUERY, &b.arena, &o.scope,
                                 NULL, &test_err));
    assert_ok(tr_classify(b.s, b.rules, &o, &b.arena, &b.results, &test_err));
    assert_true(b.results->n > 0 && b.results->n < a.results->n);
    for (size_t i = 0; i < b.results->n; i++) {
        const struct tr_site_result *site = &b.results->sites[i];

        assert_string_equal(site->json,
                            result(&a, b.s->site_ids[site->site])->json);
    }
    tr_arena_clear(&a.arena);
    tr_arena_clear(&b.arena);
}

static void without_json_the_digest_is_the_same(void **state)
{
    struct run r;
    struct tr_classify_options o = { .as_of = ESTATE_AS_OF,
                                     .threads = 2,
                                     .without_json = true };
    const struct tr_results *bare = NULL;

    (void)state;
    start_and_run(&r, 10);
    assert_ok(tr_classify(r.s, r.rules, &o, &r.arena, &bare, &test_err));
    assert_memory_equal(&bare->digest, &r.results->digest, sizeof bare->digest);
    assert_null(bare->sites[0].json);
    tr_arena_clear(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_order_change_no_byte),
        cmocka_unit_test(results_are_in_the_order_of_site_id),
        cmocka_unit_test(every_explanation_reads_back),
        cmocka_unit_test(a_class_is_among_the_possible_ones),
        cmocka_unit_test(a_made_value_is_said_with_its_unit),
        cmocka_unit_test(in_words_for_the_public_nothing_is_surplus),
        cmocka_unit_test(gates_beat_scores),
        cmocka_unit_test(an_unknown_gate_is_wanted_not_hit),
        cmocka_unit_test(surplus_is_unknown_without_what_it_needs),
        cmocka_unit_test(a_fact_that_is_too_old_is_missing_and_listed),
        cmocka_unit_test(a_missing_fact_never_raises_coverage),
        cmocka_unit_test(a_better_value_never_worsens_its_axis),
        cmocka_unit_test(a_barred_or_absent_layer_is_missing_everywhere),
        cmocka_unit_test(
            a_field_of_no_site_is_missing_but_a_typing_error_is_not),
        cmocka_unit_test(a_scope_leaves_the_others_alone),
        cmocka_unit_test(without_json_the_digest_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
