/* test_robust.c - how far a class rests on the weights: the generator against
 * its published answers, the shares against a brute force that shares nothing
 * with it, and the margin. */
#include "classify/robust.h"

#include <stdlib.h>
#include <string.h>

#include "classify/philox.h"
#include "support/estate.h"
#include "support/estate_rules.h"
#include "support/tr_test.h"

static struct tr_error test_err;

static void philox_gives_the_published_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } cases[] = {
        { { 0, 0, 0, 0 },
          { 0, 0 },
          { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t key = (uint64_t)cases[i].key[1] << 32 | cases[i].key[0];
        uint32_t word[4];
        struct philox x;

        memcpy(word, cases[i].counter, sizeof word);
        philox_one(word, key);
        assert_memory_equal(word, cases[i].answer, sizeof word);
        for (size_t w = 0; w < 4; w++) {
            for (size_t lane = 0; lane < PHILOX_LANES; lane++)
                x.word[w][lane] = cases[i].counter[w];
        }
        philox_lanes(&x, key);
        for (size_t lane = 0; lane < PHILOX_LANES; lane++)
            assert_int_equal(x.word[3][lane], cases[i].answer[3]);
    }
}

/* ---- against brute force ---- */

static struct rule_criterion criteria[6];
static const struct rule_line lines[] = { { { 3500, 6000, RULE_NONE } },
                                          { { 2000, RULE_NONE, RULE_NONE } } };
static const struct rule_gate floor_core = {
    .id = "f", .effect = RULE_FLOOR, .class_ = TR_CORE, .basis = "floor:f"
};

static struct tr_rules make_rules(int64_t concentration)
{
    struct tr_rules r = { .n_criteria = 6,
                          .criteria = criteria,
                          .file = "r.yaml",
                          .concentration = concentration };
    static const int32_t weights[6] = { 55, 45, 90, 10, 70, 30 };

    for (int k = 0; k < 6; k++) {
        criteria[k].axis = (enum tr_axis)(k / 2);
        criteria[k].weight = weights[k];
    }
    for (size_t a = 0; a < TR_AXES; a++) {
        r.first[a + 1] = 2 * a + 2;
        r.weight[a] = 100;
        r.key_coverage[a] = RULE_NONE;
    }
    r.has_key = r.has_surplus = true;
    r.key_least[TR_NEED] = 6500;
    r.key_least[TR_FITNESS] = 4000;
    r.key_least[TR_HUB] = 6000;
    r.lines = lines;
    r.n_lines = 2;
    return r;
}

static uint64_t lcg = 88172645463325252u;

static double chance(void) /* xorshift64* */
{
    lcg ^= lcg >> 12;
    lcg ^= lcg << 25;
    lcg ^= lcg >> 27;
    return ((double)((lcg * UINT64_C(2685821657736338717)) >> 11) + 0.5) /
           9007199254740992.0;
}

/* Gamma by its whole part as a sum of exponentials, and the rest by Johnk:
 * nothing like the method that is tested. */
static double brute_gamma(double shape)
{
    double sum = 0, left = shape;

    while (left >= 1) {
        sum -= log(chance());
        left -= 1;
    }
    while (left > 1e-9) {
        double x = pow(chance(), 1 / left), y = pow(chance(), 1 / (1 - left));

        if (x + y <= 1)
            return sum - log(chance()) * x / (x + y);
    }
    return sum;
}

static enum tr_class brute_class(const double axis[3], bool floored)
{
    if (axis[0] >= 65 && axis[1] >= 40 && axis[2] >= 60)
        return TR_KEY;
    if (((axis[0] < 35 && axis[1] < 60) || axis[0] < 20) && !floored)
        return TR_SURPLUS;
    return TR_CORE;
}

static void brute_shares(const int32_t *scores, double concentration,
                         bool floored, int draws, double out[TR_CLASSES])
{
    memset(out, 0, TR_CLASSES * sizeof *out);
    for (int d = 0; d < draws; d++) {
        double axis[3];

        for (int a = 0; a < 3; a++) {
            double w[2], s[2];

            for (int k = 0; k < 2; k++) {
                int32_t given = scores[2 * a + k];

                w[k] = brute_gamma(concentration * criteria[2 * a + k].weight /
                                   100.0);
                s[k] = given == RULE_NONE ? 100 * chance() : given / 100.0;
            }
            axis[a] = (w[0] * s[0] + w[1] * s[1]) / (w[0] + w[1]);
        }
        out[brute_class(axis, floored)] += 1.0 / draws;
    }
}

#define M RULE_NONE
enum { DRAWS = 100000 };

static const int32_t sites[][6] = {
    { 9000, 4000, 8000, 1000, 5500, 7500 },
    { 9000, 4000, M, 1000, 5500, 7500 },
    { 3000, 4000, 6500, 1000, 5000, 5000 },
    { 1500, 2600, M, 1000, 5000, M },
    { M, M, M, M, M, M },
    { 7000, 5500, M, 9000, 6400, 5200 },
    { 0, 10000, 0, 10000, 0, 10000 },
};

static void shares_are_those_of_a_brute_force(void **state)
{
    static const int64_t concentrations[] = { 5, 50 };
    struct tr_arena a;

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct tr_rules rules = make_rules(concentrations[c]);
        struct robust_scratch *scratch;
        struct robust r;

        tr_arena_init(&a, (size_t)1 << 28);
        assert_ok(robust_make(&rules, DRAWS, 7, &a, &r, &test_err));
        scratch = robust_scratch_new(&r, &a);
        for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
            bool floored = i % 2;
            double want[TR_CLASSES];
            uint32_t got[TR_CLASSES], total = 0;

            brute_shares(sites[i], (double)concentrations[c], floored, DRAWS,
                         want);
            robust_count(&r, scratch, "t-1",
                         (struct site_scores){ sites[i], 1 },
                         floored ? &floor_core : NULL, got);
            for (int k = 0; k < TR_CLASSES; k++) {
                total += got[k];
                assert_near(got[k] / (double)DRAWS, want[k], 0.005);
            }
            assert_int_equal(total, DRAWS);
        }
        tr_arena_clear(&a);
    }
}

/* The mean of Dirichlet(c w) is w, its variance w (1 - w) / (c + 1). */
static void weights_have_the_mean_and_spread_of_their_law(void **state)
{
    struct tr_rules rules = make_rules(50);
    struct tr_arena a;
    struct robust r;

    (void)state;
    tr_arena_init(&a, (size_t)1 << 28);
    assert_ok(robust_make(&rules, DRAWS, 3, &a, &r, &test_err));
    for (size_t k = 0; k < 6; k++) {
        double w = criteria[k].weight / 100.0, sum = 0, squares = 0;

        for (size_t d = 0; d < DRAWS; d++) {
            double x = r.weights[k * r.padded + d] / (double)ROBUST_ONE;

            sum += x;
            squares += x * x;
        }
        sum /= DRAWS;
        assert_near(sum, w, 0.001);
        assert_near(squares / DRAWS - sum * sum, w * (1 - w) / 51, 0.0001);
    }
    tr_arena_clear(&a);
}

static void a_score_at_the_threshold_reaches_it_in_every_draw(void **state)
{
    static const int32_t scores[6] = { 6500, 6500, 4000, 4000, 6000, 6000 };
    struct tr_rules rules = make_rules(2);
    uint32_t got[TR_CLASSES];
    struct tr_arena a;
    struct robust r;

    (void)state;
    tr_arena_init(&a, (size_t)1 << 24);
    assert_ok(robust_make(&rules, 999, 5, &a, &r, &test_err));
    robust_count(&r, robust_scratch_new(&r, &a), "x",
                 (struct site_scores){ scores, 1 }, NULL, got);
    assert_int_equal(got[TR_KEY], 999);
    tr_arena_clear(&a);
}

/* ---- in a classification ---- */

struct run {
    struct tr_arena arena;
    struct estate estate;
    struct tr_snapshot *s;
    const struct tr_results *results;
};

static void classify(struct run *run, uint64_t seed, uint64_t order,
                     struct tr_classify_options o)
{
    const struct tr_rules *rules;

    tr_arena_init(&run->arena, (size_t)1 << 28);
    estate_make(&run->estate, seed);
    run->s = estate_snapshot(&run->estate, order, &run->arena);
    o.as_of = ESTATE_AS_OF;
    assert_ok(tr_rules_parse(estate_rules, strlen(estate_rules), "r.yaml",
                             &run->arena, &rules, &test_err));
    assert_ok(
        tr_classify(run->s, rules, &o, &run->arena, &run->results, &test_err));
}

static void threads_and_order_change_no_count(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 6; seed++) {
        struct run a, b;

        classify(&a, seed, 0,
                 (struct tr_classify_options){
                     .draws = 700, .seed = 9, .threads = 1 });
        classify(&b, seed, seed,
                 (struct tr_classify_options){
                     .draws = 700, .seed = 9, .threads = 3 });
        assert_memory_equal(&a.results->digest, &b.results->digest,
                            sizeof a.results->digest);
        for (size_t i = 0; i < a.results->n; i++)
            assert_string_equal(a.results->sites[i].json,
                                b.results->sites[i].json);
        tr_arena_clear(&a.arena);
        tr_arena_clear(&b.arena);
    }
}

static void another_seed_gives_other_counts_of_the_same_size(void **state)
{
    struct run a, b;
    int moved = 0;

    (void)state;
    classify(&a, 2, 0,
             (struct tr_classify_options){ .draws = 20000, .seed = 1 });
    classify(&b, 2, 0,
             (struct tr_classify_options){ .draws = 20000, .seed = 2 });
    for (size_t i = 0; i < a.results->n; i++) {
        const struct tr_robustness *x = &a.results->sites[i].robustness;
        const struct tr_robustness *y = &b.results->sites[i].robustness;

        for (int k = 0; k < TR_CLASSES; k++) {
            moved += x->count[k] != y->count[k];
            assert_near(x->count[k] / 20000.0, y->count[k] / 20000.0, 0.02);
        }
    }
    assert_true(moved > 10);
    tr_arena_clear(&a.arena);
    tr_arena_clear(&b.arena);
}

static void gates_and_floors_hold_in_every_draw(void **state)
{
    struct run a;
    int gated = 0, floored = 0;

    (void)state;
    classify(&a, 4, 0, (struct tr_classify_options){ .draws = 500 });
    for (size_t i = 0; i < a.results->n; i++) {
        const struct tr_site_result *r = &a.results->sites[i];

        if (strcmp(r->basis, "gate:land") == 0) {
            gated++;
            assert_int_equal(r->robustness.count[TR_NOT_APPLICABLE], 500);
        }
        if (strcmp(r->basis, "floor:school") == 0) {
            floored++;
            assert_int_equal(r->robustness.count[TR_SURPLUS], 0);
            assert_int_equal(r->robustness.count[TR_UNCLASSIFIED], 0);
        }
    }
    assert_true(gated && floored);
    tr_arena_clear(&a.arena);
}

/* ---- the margin ---- */

static void a_class_moves_only_past_the_margin(void **state)
{
    static const struct {
        const char *what;
        int32_t need; /* fitness and hub: 9000 */
        enum tr_class signed_, class_;
        bool held;
    } cases[] = {
        { "key by its scores, never signed", 6600, TR_NO_CLASS, TR_KEY, false },
        { "just key, signed core", 6600, TR_CORE, TR_CORE, true },
        { "at the margin, signed core", 6800, TR_CORE, TR_KEY, false },
        { "a hair below it", 6799, TR_CORE, TR_CORE, true },
        { "just not key, signed key", 6250, TR_KEY, TR_KEY, true },
        { "the margin's end", 6200, TR_KEY, TR_KEY, true },
        { "past it", 6199, TR_KEY, TR_CORE, false },
        { "surplus from key", 1000, TR_KEY, TR_SURPLUS, false },
        { "just surplus, signed core", 1800, TR_CORE, TR_CORE, true },
        { "well surplus, signed core", 1600, TR_CORE, TR_SURPLUS, false },
        { "just core, signed surplus", 2200, TR_SURPLUS, TR_SURPLUS, true },
        { "signed as something else", 6600, TR_UNCLASSIFIED, TR_KEY, false },
    };
    struct tr_rules rules = make_rules(50), shifted[2];
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_ok(verdict_shift(&rules, -300, &a, &shifted[0], &test_err));
    assert_ok(verdict_shift(&rules, 300, &a, &shifted[1], &test_err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t s[6] = { cases[i].need, cases[i].need, 9000, 9000, 9000, 9000 };
        struct site_scores scores = { s, 1 };
        struct verdict v = { 0 };

        verdict_by_scores(&rules, scores, scores, scores, &v);
        verdict_margin(shifted, scores, cases[i].signed_, &v);
        if (v.class_ != cases[i].class_ || v.held != cases[i].held)
            fail_msg("%s: %s%s", cases[i].what, tr_class_name(v.class_),
                     v.held ? ", held" : "");
    }
    tr_arena_clear(&a);
}

static void signed_classes_that_agree_change_nothing(void **state)
{
    enum tr_class signed_[ESTATE_SITES];
    struct run a, b;

    (void)state;
    classify(&a, 3, 0, (struct tr_classify_options){ 0 });
    for (size_t i = 0; i < a.results->n; i++)
        signed_[a.results->sites[i].site] = a.results->sites[i].class_;
    classify(&b, 3, 0, (struct tr_classify_options){ .signed_ = signed_ });
    assert_memory_equal(&a.results->digest, &b.results->digest,
                        sizeof a.results->digest);
    tr_arena_clear(&a.arena);
    tr_arena_clear(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(shares_are_those_of_a_brute_force),
        cmocka_unit_test(weights_have_the_mean_and_spread_of_their_law),
        cmocka_unit_test(a_score_at_the_threshold_reaches_it_in_every_draw),
        cmocka_unit_test(threads_and_order_change_no_count),
        cmocka_unit_test(another_seed_gives_other_counts_of_the_same_size),
        cmocka_unit_test(gates_and_floors_hold_in_every_draw),
        cmocka_unit_test(a_class_moves_only_past_the_margin),
        cmocka_unit_test(signed_classes_that_agree_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
