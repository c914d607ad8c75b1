/* test_ledger_decide.c - which step may follow which, and who is told of it. */
#include "support/ledger_fixture.h"
#include "support/tr_test.h"

#include <string.h>

static struct tr_error test_err;

static enum tr_status decide(struct store *s, const struct ledger_decision *d)
{
    int64_t sequence;

    return ledger_decide(s, d, &sequence, &test_err);
}

static enum tr_status step(struct store *s, const char *site,
                           enum ledger_step what)
{
    struct ledger_decision d = ledger_fixture_step(site, what);

    return decide(s, &d);
}

static struct ledger_standing standing(struct store *s, const char *site,
                                       struct tr_arena *a)
{
    const struct ledger_standing *list;
    size_t n;

    assert_ok(ledger_standings(s, 0, a, &list, &n, &test_err));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].site, site) == 0)
            return list[i];
    }
    fail_msg("site %s has no standing", site);
    return list[0];
}

/* ---- the rules, against a table of them ---- */

/* What the ledger does is what a plain machine says, over many random walks:
 * the state is the step reached and whether an override holds. */
enum { NOTHING = -1 };

static bool machine_allows(int reached, bool override, enum ledger_step what)
{
    switch (what) {
    case LEDGER_DRAFT: return !override;
    case LEDGER_OVERRIDE: return true;
    case LEDGER_WITHDRAW_OVERRIDE: return override;
    case LEDGER_DISPUTED:
    case LEDGER_OWNER_AGREED:
        return reached == LEDGER_DRAFT || reached == LEDGER_DISPUTED ||
               reached == LEDGER_OWNER_AGREED;
    case LEDGER_SIGNED: return reached == LEDGER_OWNER_AGREED;
    case LEDGER_PUBLISHED: return reached == LEDGER_SIGNED;
    case LEDGER_STEPS: break;
    }
    return false;
}

static void steps_follow_each_other_as_the_rules_say(void **state)
{
    struct store *s = ledger_fixture(*state, "partnership", 6);
    uint64_t seed = 5;
    int reached = NOTHING, allowed = 0;
    bool override = false;

    for (int i = 0; i < 300; i++) {
        enum ledger_step what =
            (enum ledger_step)(store_fixture_random(&seed) % LEDGER_STEPS);
        bool want = machine_allows(reached, override, what);
        enum tr_status st = step(s, "S2", what);

        if (st != (want ? TR_OK : TR_EDATA))
            fail_msg("step %d: %s after %d: %s", i, ledger_step_name(what),
                     reached, st ? test_err.msg : "was allowed");
        if (!want)
            continue;
        allowed++;
        override = what == LEDGER_OVERRIDE ||
                   (override && what != LEDGER_WITHDRAW_OVERRIDE);
        if (what == LEDGER_WITHDRAW_OVERRIDE)
            reached = NOTHING;
        else
            reached = what == LEDGER_OVERRIDE ? LEDGER_DRAFT : (int)what;
    }
    assert_true(allowed > 60);
    store_close(s);
}

static void each_step_needs_its_role_and_its_words(void **state)
{
    static const struct {
        enum ledger_step step;
        const char *role, *name, *reason, *minute, *class_name;
        int32_t review;
        enum tr_status want;
        const char *says, *organisation, *public_reason;
    } cases[] = {
        { LEDGER_OWNER_AGREED, "owner", "N", "", "", NULL, TR_NO_DATE,
          TR_EINVAL, "--organisation", NULL, NULL },
        { LEDGER_PUBLISHED, "planner", "N", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "--public-reason", NULL, NULL },
        { LEDGER_PUBLISHED, "planner", "N", "r", "", NULL, TR_NO_DATE,
          TR_EINVAL, "--public-reason", NULL, "p" },
        { LEDGER_PUBLISHED, "planner", "N", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "line breaks", NULL, "p\nq" },
        { LEDGER_SIGNED, "board", "N", "", "m", NULL, TR_NO_DATE, TR_EINVAL,
          "only 'published'", NULL, "p" },
        { LEDGER_SIGNED, "owner", "N", "", "m", NULL, TR_NO_DATE, TR_EDENIED,
          "board", NULL, NULL },
        { LEDGER_OWNER_AGREED, "board", "N", "", "", NULL, TR_NO_DATE,
          TR_EDENIED, "owner", NULL, NULL },
        { LEDGER_DRAFT, "owner", "N", "", "", NULL, TR_NO_DATE, TR_EDENIED,
          "may not", NULL, NULL },
        { LEDGER_DRAFT, "king", "N", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "role", NULL, NULL },
        { LEDGER_DRAFT, "planner", "", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "--name", NULL, NULL },
        { LEDGER_DRAFT, "planner", "N", "", "", "key", TR_NO_DATE, TR_EDATA,
          "override", NULL, NULL },
        { LEDGER_DRAFT, "planner", "N", "", "", "in-review", TR_NO_DATE,
          TR_EINVAL, "class", NULL, NULL },
        { LEDGER_DISPUTED, "owner", "N", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "--reason", "org", NULL },
        { LEDGER_SIGNED, "board", "N", "", "", NULL, TR_NO_DATE, TR_EINVAL,
          "--minute", NULL, NULL },
        { LEDGER_OVERRIDE, "board", "N", "", "", "key", 20001, TR_EINVAL,
          "--reason", NULL, NULL },
        { LEDGER_OVERRIDE, "board", "N", "r", "", NULL, 20001, TR_EINVAL,
          "--class", NULL, NULL },
        { LEDGER_OVERRIDE, "board", "N", "r", "", "key", TR_NO_DATE, TR_EINVAL,
          "--review", NULL, NULL },
        { LEDGER_OVERRIDE, "board", "N", "r", "", "key", LEDGER_TODAY,
          TR_EINVAL, "to come", NULL, NULL },
        { LEDGER_DRAFT, "planner", "N", "", "", NULL, 20001, TR_EINVAL,
          "override", NULL, NULL },
    };
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_proof before, after;

    assert_ok(ledger_verify(s, NULL, &before, &test_err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ledger_decision d = { .site = "S2",
                                           .step = cases[i].step,
                                           .role = cases[i].role,
                                           .name = cases[i].name,
                                           .reason = cases[i].reason,
                                           .minute = cases[i].minute,
                                           .class_name = cases[i].class_name,
                                           .review = cases[i].review,
                                           .organisation =
                                               cases[i].organisation,
                                           .public_reason =
                                               cases[i].public_reason,
                                           .today = LEDGER_TODAY };

        if (decide(s, &d) != cases[i].want ||
            !strstr(test_err.msg, cases[i].says))
            fail_msg("case %zu: %s", i, test_err.msg);
    }
    assert_ok(ledger_verify(s, NULL, &after, &test_err));
    assert_int_equal(before.entries, after.entries);
    store_close(s);
}

static void papers_are_kept(struct store *s, const struct ledger_paper *p)
{
    struct tr_digest d = tr_hash_bytes(p->bytes, p->len);
    const char *text;
    struct tr_arena a;
    size_t len;

    tr_arena_init(&a, 1 << 20);
    assert_ok(store_get_document(s, &d, &a, &text, &len, &test_err));
    assert_int_equal(len, p->len);
    assert_memory_equal(text, p->bytes, len);
    tr_arena_clear(&a);
}

static void a_surplus_is_signed_with_its_papers_only(void **state)
{
    const struct ledger_paper paper = { "gap.csv", "a,b\n", 4 };
    const struct ledger_paper screen = { "screen.txt", "none\n", 5 };
    const struct ledger_paper empty = { "empty.csv", "", 0 };
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_decision d = ledger_fixture_step("S0", LEDGER_OWNER_AGREED);

    assert_ok(step(s, "S0", LEDGER_DRAFT));
    assert_int_equal(step(s, "S0", LEDGER_SIGNED), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "owner"));
    d.gap = &empty;
    assert_int_equal(decide(s, &d), TR_EINVAL);
    d.gap = d.equality = &paper;
    assert_int_equal(decide(s, &d), TR_EINVAL);
    assert_non_null(strstr(test_err.msg, "same file"));
    d.equality = NULL; /* the gap given early, it counts */
    assert_ok(decide(s, &d));
    assert_int_equal(step(s, "S0", LEDGER_SIGNED), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "equality"));
    d = ledger_fixture_step("S0", LEDGER_SIGNED);
    d.equality = &screen;
    assert_ok(decide(s, &d));
    papers_are_kept(s, &screen);
    /* A new draft begins without the old papers. */
    assert_ok(step(s, "S0", LEDGER_DRAFT));
    assert_ok(step(s, "S0", LEDGER_OWNER_AGREED));
    assert_int_equal(step(s, "S0", LEDGER_SIGNED), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "gap"));
    store_close(s);
}

static void what_no_run_knows_cannot_be_decided(void **state)
{
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_decision d = ledger_fixture_step("S2", LEDGER_DRAFT);

    assert_int_equal(step(s, "S77", LEDGER_DRAFT), TR_ENOTFOUND);
    assert_int_equal(step(s, "S1", LEDGER_DRAFT), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "unclassified"));
    assert_ok(step(s, "S1", LEDGER_OVERRIDE));
    d.run = 9;
    assert_int_equal(decide(s, &d), TR_ENOTFOUND);
    store_close(s);
}

static void an_override_ends_with_its_review_date(void **state)
{
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_decision d = ledger_fixture_step("S2", LEDGER_OVERRIDE);
    struct ledger_standing at;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 20);
    d.class_name = "key";
    assert_ok(decide(s, &d));
    at = standing(s, "S2", &a);
    assert_string_equal(at.current.class_name, "key");
    assert_false(ledger_expired(&at.current, d.review));
    assert_true(ledger_expired(&at.current, d.review + 1));
    d = ledger_fixture_step("S2", LEDGER_OWNER_AGREED);
    d.today = LEDGER_TODAY + 31;
    assert_int_equal(decide(s, &d), TR_EDATA);
    d = ledger_fixture_step("S2", LEDGER_DRAFT);
    assert_int_equal(decide(s, &d), TR_EDATA);
    d.today = LEDGER_TODAY + 31;
    assert_ok(decide(s, &d));
    at = standing(s, "S2", &a);
    assert_string_equal(at.current.class_name, "core");
    tr_arena_clear(&a);
    store_close(s);
}

static void an_override_that_ended_is_due(void **state)
{
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_decision d = ledger_fixture_step("S2", LEDGER_OVERRIDE);
    const struct ledger_due *list;
    struct tr_arena a;
    size_t n;

    tr_arena_init(&a, 1 << 20);
    assert_ok(decide(s, &d));
    for (int i = LEDGER_OWNER_AGREED; i <= LEDGER_PUBLISHED; i++)
        assert_ok(step(s, "S2", (enum ledger_step)i));
    assert_ok(ledger_due(s, d.review - 31, 30, &a, &list, &n, &test_err));
    assert_int_equal(n, 0);
    for (int days = -30; days <= 30; days += 30) { /* before, on it, past */
        assert_ok(ledger_due(s, d.review + days, 30, &a, &list, &n, &test_err));
        assert_int_equal(n, 1);
        assert_int_equal(list[0].waits, LEDGER_FOR_REVIEW);
        assert_int_equal(list[0].by, d.review);
    }
    /* It stays due until what was decided anew is signed. */
    d = ledger_fixture_step("S2", LEDGER_DRAFT);
    d.today = LEDGER_TODAY + 60;
    assert_ok(decide(s, &d));
    assert_ok(ledger_due(s, d.today, 30, &a, &list, &n, &test_err));
    assert_int_equal(n, 2);
    assert_int_equal(list[1].waits, LEDGER_FOR_OWNER);
    tr_arena_clear(&a);
    store_close(s);
}

static void a_new_draft_leaves_what_was_signed(void **state)
{
    struct store *s = ledger_fixture(*state, "partnership", 6);
    struct ledger_standing at;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 20);
    for (int i = LEDGER_DRAFT; i <= LEDGER_PUBLISHED; i++)
        assert_ok(step(s, "S2", (enum ledger_step)i));
    assert_ok(step(s, "S2", LEDGER_DRAFT));
    at = standing(s, "S2", &a);
    assert_int_equal(at.current.step, LEDGER_DRAFT);
    assert_int_equal(at.signed_.step, LEDGER_PUBLISHED);
    assert_int_equal(at.published.step, LEDGER_PUBLISHED);
    assert_ok(step(s, "S2", LEDGER_OVERRIDE));
    assert_ok(step(s, "S2", LEDGER_OWNER_AGREED));
    assert_ok(step(s, "S2", LEDGER_SIGNED));
    assert_ok(step(s, "S2", LEDGER_WITHDRAW_OVERRIDE));
    at = standing(s, "S2", &a);
    assert_null(at.current.class_name);
    assert_null(at.signed_.class_name);
    assert_string_equal(at.published.class_name, "core");
    tr_arena_clear(&a);
    store_close(s);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(steps_follow_each_other_as_the_rules_say),
        with_store(each_step_needs_its_role_and_its_words),
        with_store(a_surplus_is_signed_with_its_papers_only),
        with_store(what_no_run_knows_cannot_be_decided),
        with_store(an_override_ends_with_its_review_date),
        with_store(an_override_that_ended_is_due),
        with_store(a_new_draft_leaves_what_was_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
