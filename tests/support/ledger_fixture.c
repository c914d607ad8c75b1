/* ledger_fixture.c - see support/ledger_fixture.h */
#include "support/ledger_fixture.h"

#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>

static struct tr_error test_err;

struct store *ledger_fixture(const struct store_fixture *f,
                             const char *audience, size_t n)
{
    static const char *const classes[] = { "surplus", "unclassified", "core" };
    struct store_result *results = calloc(n, sizeof *results);
    char(*ids)[24] = calloc(n, sizeof *ids);
    struct store_run run = { .created = 1728000000,
                             .audience = audience,
                             .rules_name = "r 1",
                             .scope = "",
                             .as_of = LEDGER_TODAY,
                             .seed = 7,
                             .inputs = "{}",
                             .n_sites = (long)n };
    struct store *s = NULL;
    int64_t id = 0;

    assert_non_null(results);
    assert_non_null(ids);
    for (size_t i = 0; i < n; i++) {
        snprintf(ids[i], sizeof *ids, "S%zu", i);
        results[i] =
            (struct store_result){ ids[i], i < 3 ? classes[i] : "key", "{}" };
    }
    assert_ok(store_open(f->path, STORE_CREATE, &s, &test_err));
    assert_ok(store_put_document(s, "rules", "r", "rules: r\n", 9, &run.rules,
                                 &test_err));
    assert_ok(store_save_run(s, &run, results, n, &id, &test_err));
    assert_ok(store_adopt_run(s, id, &test_err));
    free(results);
    free(ids);
    return s;
}

struct ledger_decision ledger_fixture_step(const char *site,
                                           enum ledger_step step)
{
    static const char *const roles[LEDGER_STEPS] = {
        [LEDGER_DRAFT] = "planner",
        [LEDGER_DISPUTED] = "owner",
        [LEDGER_OWNER_AGREED] = "owner",
        [LEDGER_SIGNED] = "board",
        [LEDGER_PUBLISHED] = "planner",
        [LEDGER_OVERRIDE] = "operations",
        [LEDGER_WITHDRAW_OVERRIDE] = "operations",
    };
    struct ledger_decision d = { .site = site,
                                 .step = step,
                                 .role = roles[step],
                                 .name = "Somebody",
                                 .reason = "for a reason",
                                 .minute = "2024/10-3",
                                 .review = TR_NO_DATE,
                                 .today = LEDGER_TODAY };

    if (step == LEDGER_OWNER_AGREED || step == LEDGER_DISPUTED)
        d.organisation = "org";
    if (step == LEDGER_PUBLISHED) {
        d.reason = NULL;
        d.public_reason = "for reasons of ours";
    }
    if (step == LEDGER_OVERRIDE) {
        d.class_name = "core";
        d.review = LEDGER_TODAY + 30;
    }
    return d;
}

void ledger_fixture_decide(struct store *s, const char *site,
                           enum ledger_step step)
{
    struct ledger_decision d = ledger_fixture_step(site, step);
    int64_t sequence;

    assert_ok(ledger_decide(s, &d, &sequence, &test_err));
}
