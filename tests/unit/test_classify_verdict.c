/* test_classify_verdict.c - one site's class: the three truth values, floors,
 * coverage, and properties over random scores. */
#include "classify/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "support/tr_test.h"

/* Two criteria on each axis, as the default rule-set's conditions have it. */
static struct rule_criterion criteria[6];
static const size_t needs[] = { 1 };
static const struct rule_line lines[] = { { { 3500, 6000, RULE_NONE } },
                                          { { 2000, RULE_NONE, RULE_NONE } } };
static const struct rule_gate floor_core = {
    .id = "f", .effect = RULE_FLOOR, .class_ = TR_CORE, .basis = "floor:f"
};

static struct tr_rules make_rules(int scale)
{
    struct tr_rules r = { .n_criteria = 6, .criteria = criteria };

    for (int k = 0; k < 6; k++) {
        criteria[k].axis = (enum tr_axis)(k / 2);
        criteria[k].weight = (k % 2 ? 40 : 60) * scale;
    }
    for (size_t a = 0; a < TR_AXES; a++) {
        r.first[a + 1] = 2 * a + 2;
        r.weight[a] = 100 * scale;
        r.key_coverage[a] = RULE_NONE;
    }
    r.has_key = r.has_surplus = true;
    r.key_least[TR_NEED] = 6500;
    r.key_least[TR_FITNESS] = 4000;
    r.key_least[TR_HUB] = 6000;
    r.lines = lines;
    r.n_lines = 2;
    r.needs = needs;
    r.n_needs = 1;
    r.evidence_overall = 60;
    r.evidence[TR_NEED] = 50;
    return r;
}

static struct verdict judge(const struct tr_rules *r, const int32_t *scores,
                            const struct rule_gate *floor)
{
    struct site_scores s = { scores, 1 };
    struct verdict v = { .floor = floor };

    verdict_by_scores(r, s, s, s, &v);
    return v;
}

#define SET(c) (1u << (c))
#define THREE  (SET(TR_KEY) | SET(TR_CORE) | SET(TR_SURPLUS))
#define M      RULE_NONE

static void each_case_has_its_class(void **state)
{
    static const struct {
        const char *what;
        int32_t s[6]; /* need 60 40, fitness 60 40, hub 60 40; M: missing */
        bool floor;
        enum tr_class class_;
        unsigned possible;
        const char *basis;
        bool thin;
    } cases[] = {
        { "all high",
          { 9000, 9000, 9000, 9000, 9000, 9000 },
          false,
          TR_KEY,
          SET(TR_KEY),
          "score",
          false },
        { "exactly at the thresholds",
          { 6500, 6500, 4000, 4000, 6000, 6000 },
          false,
          TR_KEY,
          SET(TR_KEY),
          "score",
          false },
        { "a hair below",
          { 6499, 6500, 4000, 4000, 6000, 6000 },
          false,
          TR_CORE,
          SET(TR_CORE),
          "score",
          false },
        { "not fit",
          { 9000, 9000, 3000, 3000, 9000, 9000 },
          false,
          TR_CORE,
          SET(TR_CORE),
          "score",
          false },
        { "little needed, unfit",
          { 3000, 3000, 5000, 5000, 9000, 9000 },
          false,
          TR_SURPLUS,
          SET(TR_SURPLUS),
          "score",
          false },
        { "little needed, fit",
          { 3000, 3000, 6000, 6000, 9000, 9000 },
          false,
          TR_CORE,
          SET(TR_CORE),
          "score",
          false },
        { "not needed",
          { 1000, 1000, 9000, 9000, 9000, 9000 },
          false,
          TR_SURPLUS,
          SET(TR_SURPLUS),
          "score",
          false },
        { "not needed but protected",
          { 1000, 1000, 9000, 9000, 9000, 9000 },
          true,
          TR_CORE,
          SET(TR_CORE),
          "floor:f",
          false },
        { "a floor does not hold down",
          { 9000, 9000, 9000, 9000, 9000, 9000 },
          true,
          TR_KEY,
          SET(TR_KEY),
          "score",
          false },
        { "no fitness: surplus unknown, not key by hub",
          { 1000, 1000, M, M, 1000, 1000 },
          false,
          TR_UNCLASSIFIED,
          SET(TR_CORE) | SET(TR_SURPLUS),
          "evidence",
          false },
        { "no fitness, protected",
          { 1000, 1000, M, M, 1000, 1000 },
          true,
          TR_CORE,
          SET(TR_CORE),
          "floor:f",
          false },
        { "what surplus needs is missing",
          { 1000, M, 9000, 9000, 9000, 9000 },
          false,
          TR_UNCLASSIFIED,
          SET(TR_CORE) | SET(TR_SURPLUS),
          "evidence",
          false },
        { "thin",
          { 9000, M, M, M, M, M },
          false,
          TR_UNCLASSIFIED,
          THREE,
          "evidence",
          false },
        { "thin but protected",
          { 9000, M, M, M, M, M },
          true,
          TR_CORE,
          SET(TR_KEY) | SET(TR_CORE),
          "floor:f",
          true },
        { "nothing known",
          { M, M, M, M, M, M },
          false,
          TR_UNCLASSIFIED,
          THREE,
          "evidence",
          false },
        { "need below its half",
          { M, 9000, 9000, 9000, 9000, 9000 },
          false,
          TR_UNCLASSIFIED,
          SET(TR_CORE) | SET(TR_KEY),
          "evidence",
          false },
    };
    struct tr_rules r = make_rules(1);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict v =
            judge(&r, cases[i].s, cases[i].floor ? &floor_core : NULL);

        if (v.class_ != cases[i].class_ || v.possible != cases[i].possible ||
            strcmp(v.basis, cases[i].basis) != 0 || v.thin != cases[i].thin)
            fail_msg("%s: %s, possible %x, %s%s", cases[i].what,
                     tr_class_name(v.class_), v.possible, v.basis,
                     v.thin ? ", thin" : "");
    }
}

static void an_axis_without_criteria_leaves_its_conditions_unknown(void **state)
{
    struct tr_rules r = make_rules(1);
    static const int32_t s[6] = { 9000, 9000, M, M, 9000, 9000 };
    struct verdict v;

    (void)state;
    r.weight[TR_FITNESS] = 0;
    r.first[2] = 2; /* the hub's: two that are never given, and its own */
    criteria[2].weight = criteria[3].weight = 0;
    v = judge(&r, s, NULL);
    assert_int_equal(v.class_, TR_UNCLASSIFIED);
    r.key_least[TR_FITNESS] = RULE_NONE;
    v = judge(&r, s, NULL);
    assert_int_equal(v.class_, TR_KEY);
    assert_int_equal(v.coverage_pct, 100);
}

static void random_scores(unsigned *seed, int32_t *s, bool whole)
{
    for (int k = 0; k < 6; k++)
        s[k] = !whole && rand_r(seed) % 4 == 0 ? M : rand_r(seed) % 10001;
}

static void scaling_all_weights_alike_changes_nothing(void **state)
{
    unsigned seed = 11;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int32_t s[6];
        const struct rule_gate *floor = rand_r(&seed) % 2 ? &floor_core : NULL;
        struct verdict a, b;
        struct tr_rules r;

        random_scores(&seed, s, false);
        r = make_rules(1);
        a = judge(&r, s, floor);
        r = make_rules(7);
        b = judge(&r, s, floor);
        assert_int_equal(a.class_, b.class_);
        assert_int_equal(a.possible, b.possible);
        assert_int_equal(a.coverage_pct, b.coverage_pct);
        for (int k = 0; k < TR_AXES; k++)
            assert_int_equal(verdict_score(&a.axis[k]).points_100,
                             verdict_score(&b.axis[k]).points_100);
    }
}

static int rank(enum tr_class c)
{
    return c == TR_KEY ? 2 : c == TR_CORE ? 1 : 0;
}

static void a_higher_score_never_gives_a_lower_class(void **state)
{
    struct tr_rules r = make_rules(1);
    unsigned seed = 12;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int32_t s[6];
        int k = rand_r(&seed) % 6;
        struct verdict a, b;

        random_scores(&seed, s, true);
        a = judge(&r, s, NULL);
        s[k] += rand_r(&seed) % (10001 - s[k]);
        b = judge(&r, s, NULL);
        assert_true(rank(b.class_) >= rank(a.class_));
    }
}

/* However the missing facts turn out, the class is one of the possible. */
static void possible_holds_every_class_that_can_come(void **state)
{
    struct tr_rules r = make_rules(1);
    unsigned seed = 13;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int32_t s[6];
        const struct rule_gate *floor = rand_r(&seed) % 3 ? NULL : &floor_core;
        struct verdict v;

        random_scores(&seed, s, false);
        v = judge(&r, s, floor);
        if (v.class_ != TR_UNCLASSIFIED && !v.thin)
            continue;
        for (int k = 0; k < 6; k++)
            s[k] = s[k] == M ? rand_r(&seed) % 10001 : s[k];
        assert_true(v.possible >> judge(&r, s, floor).class_ & 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_has_its_class),
        cmocka_unit_test(
            an_axis_without_criteria_leaves_its_conditions_unknown),
        cmocka_unit_test(scaling_all_weights_alike_changes_nothing),
        cmocka_unit_test(a_higher_score_never_gives_a_lower_class),
        cmocka_unit_test(possible_holds_every_class_that_can_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
