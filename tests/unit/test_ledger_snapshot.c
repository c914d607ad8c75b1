/* test_ledger_snapshot.c - who sees what of a decision: each audience's
 * snapshot, its version, and a site that was taken back. */
#include "store/snapshot_build.h"
#include "support/ledger_fixture.h"
#include "support/tr_test.h"
#include "terrier/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tr_error test_err;

static const char place_text[] =
    "place: here\ntitle: Here\nprefix: her\ntime_zone: Europe/London\n"
    "purpose: a sentence\n";
static const char organisations_text[] =
    "organisations:\n  - {code: ours, name: Ours, legend: Ours}\n";
static const char profile_text[] = "layer: depots\npartner: ours\n";

enum { SITES = 6 };

struct estate {
    struct store *s;
    char ids[SITES][32];
};

static const struct tr_schema_field name_field = { .name = "name",
                                                   .type = TR_TEXT,
                                                   .tier = TR_PUBLIC };
static const struct tr_schema schema = { 1, &name_field };

static void put_place(struct store *s, const char *kind, const char *text)
{
    struct tr_digest d;

    assert_ok(
        store_put_document(s, kind, kind, text, strlen(text), &d, &test_err));
    assert_ok(store_set_place_document(s, "here", kind, &d, &test_err));
}

static void put_row(struct store_loading *l, int i, const char *name)
{
    const struct tr_value value = { .type = TR_TEXT,
                                    .present = true,
                                    .is.text = name };
    char key[8];
    struct store_row row = { .key = key,
                             .tier = TR_PUBLIC,
                             .source_row = i + 2,
                             .coord_source = STORE_GIVEN,
                             .has_position = true,
                             .position_tier = TR_PUBLIC,
                             .position = { -23520922 + i, 534000000, 377000000,
                                           395000000 } };
    enum store_outcome outcome;
    struct tr_buf b;

    snprintf(key, sizeof key, "K%d", i);
    tr_buf_init(&b, 4096);
    tr_record_write(&schema, &value, &b);
    row.record = b.data;
    row.record_len = b.len;
    row.digest = tr_hash_bytes(b.data, b.len);
    assert_ok(store_load_row(l, &row, &outcome, &test_err));
    tr_buf_clear(&b);
}

static void load_depots(struct store *s, const char *name)
{
    struct store_load info = { .layer_name = "depots",
                               .source_name = "file.csv",
                               .crs_operation = "" };
    struct store_loading *l = NULL;
    struct tr_buf text;
    char written[512];
    bool changed;

    tr_buf_init(&text, sizeof written - 1);
    tr_schema_write(&schema, &text);
    snprintf(written, sizeof written, "%s", tr_buf_text(&text));
    tr_buf_clear(&text);
    info.schema = written;
    assert_ok(store_put_document(s, "profile", "depots", profile_text,
                                 strlen(profile_text), &info.profile,
                                 &test_err));
    assert_ok(store_load_begin(s, "here", STORE_SITES, &info, &l, &test_err));
    for (int i = 0; i < SITES; i++)
        put_row(l, i, name);
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
}

/* A run whose results are: site 0 surplus, the others core. */
static int64_t save_run(struct estate *e, const char *audience,
                        const char *inputs)
{
    struct store_result results[SITES];
    struct store_run run = { .created = 1,
                             .audience = audience,
                             .rules_name = "r 1",
                             .scope = "",
                             .inputs = inputs,
                             .n_sites = SITES };
    int64_t id = 0;

    for (int i = 0; i < SITES; i++)
        results[i] =
            (struct store_result){ e->ids[i], i ? "core" : "surplus", "{}" };
    assert_ok(store_put_document(e->s, "rules", "r", "rules: r\n", 9,
                                 &run.rules, &test_err));
    assert_ok(store_save_run(e->s, &run, results, SITES, &id, &test_err));
    assert_ok(store_adopt_run(e->s, id, &test_err));
    return id;
}

static struct tr_snapshot *build(const struct estate *e, const char *audience,
                                 int32_t as_of)
{
    struct snapshot_options o = { .as_of = as_of, .threads = 1 };
    struct tr_snapshot *out = NULL;

    assert_ok(tr_audience_parse(audience, &o.audience, &test_err));
    assert_ok(snapshot_build(e->s, &o, &out, &test_err));
    return out;
}

static void open_estate(const struct store_fixture *f, struct estate *e,
                        const char *audience)
{
    assert_ok(store_open(f->path, STORE_CREATE, &e->s, &test_err));
    put_place(e->s, "place", place_text);
    put_place(e->s, "organisations", organisations_text);
    load_depots(e->s, "Depot");
    for (int i = 0; i < SITES; i++) {
        char key[8];

        snprintf(key, sizeof key, "K%d", i);
        tr_site_id("her", "depots", key, e->ids[i]);
    }
    save_run(e, "public", "{}");
    if (strcmp(audience, "public") != 0)
        save_run(e, audience, "{}");
}

/* "class/status" of a site as an audience sees it, "gone" when it does not. */
static const char *seen(const struct estate *e, int site, const char *audience,
                        int32_t as_of)
{
    static char text[64];
    struct tr_snapshot *s = build(e, audience, as_of);
    const struct tr_column *c = tr_table_column(&s->sites, "class_status");
    size_t i = tr_snapshot_site(s, e->ids[site]);

    if (i == SIZE_MAX)
        snprintf(text, sizeof text, "gone");
    else
        snprintf(text, sizeof text, "%s/%s",
                 tr_class_name((enum tr_class)s->classes[i]),
                 tr_has(c, i) ? tr_text_at(c, i) : "");
    tr_snapshot_free(s);
    return text;
}

static void version_of(const struct estate *e, const char *audience,
                       char out[TR_DIGEST_TEXT])
{
    struct tr_snapshot *s = build(e, audience, LEDGER_TODAY);

    memcpy(out, s->version, TR_DIGEST_TEXT);
    tr_snapshot_free(s);
}

static void step(const struct estate *e, int site, enum ledger_step what)
{
    static const struct ledger_paper gap = { "gap.csv", "a,b\n", 4 };
    static const struct ledger_paper screen = { "screen.txt", "none\n", 5 };
    struct ledger_decision d = ledger_fixture_step(e->ids[site], what);
    int64_t sequence;

    d.gap = &gap;
    d.equality = &screen;
    if (what == LEDGER_OVERRIDE)
        d.class_name = "key";
    assert_ok(ledger_decide(e->s, &d, &sequence, &test_err));
}

static void the_public_sees_a_decision_when_it_is_published(void **state)
{
    static const enum ledger_step order[] = { LEDGER_DRAFT, LEDGER_DISPUTED,
                                              LEDGER_OWNER_AGREED,
                                              LEDGER_SIGNED };
    char before[TR_DIGEST_TEXT], now[TR_DIGEST_TEXT];
    struct estate e;

    open_estate(*state, &e, "partnership");
    version_of(&e, "public", before);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        char want[64];

        step(&e, 0, order[i]);
        snprintf(want, sizeof want, "surplus/%s", ledger_step_name(order[i]));
        assert_string_equal(seen(&e, 0, "partnership", LEDGER_TODAY), want);
        assert_string_equal(seen(&e, 0, "partner:ours", LEDGER_TODAY), want);
        assert_string_equal(seen(&e, 0, "public", LEDGER_TODAY),
                            "in-review/provisional");
        version_of(&e, "public", now);
        assert_string_equal(now, before);
    }
    step(&e, 1, LEDGER_OVERRIDE);
    assert_string_equal(seen(&e, 1, "partnership", LEDGER_TODAY), "key/draft");
    version_of(&e, "public", now);
    assert_string_equal(now, before);
    step(&e, 0, LEDGER_PUBLISHED);
    assert_string_equal(seen(&e, 0, "public", LEDGER_TODAY),
                        "surplus/published");
    version_of(&e, "public", now);
    assert_string_not_equal(now, before);
    store_close(e.s);
}

/* What the public reads of a published class, its computed reasons or the
 * chosen ones: "computed|chosen". */
static const char *public_reasons(const struct estate *e, int site)
{
    static char text[200];
    struct tr_snapshot *s = build(e, "public", LEDGER_TODAY);
    size_t i = tr_snapshot_site(s, e->ids[site]);

    assert_true(i != SIZE_MAX);
    snprintf(text, sizeof text, "%s|%s", s->class_data[i] ? "computed" : "",
             tr_class_reason(s, i));
    tr_snapshot_free(s);
    return text;
}

static void only_the_chosen_reasons_are_published(void **state)
{
    static const enum ledger_step order[] = { LEDGER_DRAFT, LEDGER_OWNER_AGREED,
                                              LEDGER_SIGNED };
    struct estate e;

    open_estate(*state, &e, "partnership");
    for (int site = 0; site < 3; site += 2) {
        const char *before = site ? "computed|" : "|";

        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
            step(&e, site, order[i]);
            assert_string_equal(public_reasons(&e, site), before);
        }
        step(&e, site, LEDGER_PUBLISHED);
        assert_string_equal(public_reasons(&e, site), "|for reasons of ours");
        step(&e, site, LEDGER_DRAFT);
        assert_string_equal(public_reasons(&e, site), "|for reasons of ours");
    }
    store_close(e.s);
}

static void a_decision_is_not_seen_below_its_runs_audience(void **state)
{
    char before[TR_DIGEST_TEXT], now[TR_DIGEST_TEXT];
    struct estate e;

    open_estate(*state, &e, "operator");
    version_of(&e, "partnership", before);
    step(&e, 2, LEDGER_OVERRIDE);
    step(&e, 2, LEDGER_OWNER_AGREED);
    step(&e, 2, LEDGER_SIGNED);
    assert_string_equal(seen(&e, 2, "operator", LEDGER_TODAY), "key/signed");
    assert_string_equal(seen(&e, 2, "partnership", LEDGER_TODAY),
                        "core/provisional");
    version_of(&e, "partnership", now);
    assert_string_equal(now, before);
    step(&e, 2, LEDGER_PUBLISHED);
    assert_string_equal(seen(&e, 2, "partnership", LEDGER_TODAY),
                        "key/published");
    assert_string_equal(seen(&e, 2, "public", LEDGER_TODAY), "key/published");
    store_close(e.s);
}

static void an_expired_override_gives_the_computed_class_back(void **state)
{
    struct estate e;

    open_estate(*state, &e, "partnership");
    for (int i = LEDGER_OWNER_AGREED; i <= LEDGER_OVERRIDE; i++) {
        if (i == LEDGER_OWNER_AGREED)
            step(&e, 3, LEDGER_OVERRIDE);
        if (i != LEDGER_OVERRIDE)
            step(&e, 3, (enum ledger_step)i);
    }
    assert_string_equal(seen(&e, 3, "public", LEDGER_TODAY + 30),
                        "key/published");
    assert_string_equal(seen(&e, 3, "public", LEDGER_TODAY + 31),
                        "core/provisional");
    assert_string_equal(seen(&e, 3, "partnership", LEDGER_TODAY + 31),
                        "core/provisional");
    store_close(e.s);
}

static void a_withdrawn_site_is_the_operators_alone(void **state)
{
    static const char *const all[] = { "public", "partnership",
                                       "partner:ours" };
    char before[TR_DIGEST_TEXT], now[TR_DIGEST_TEXT];
    struct estate e;
    int64_t sequence;

    open_estate(*state, &e, "partnership");

    struct ledger_withdrawal w = { .site = e.ids[4],
                                   .members = e.ids[4],
                                   .role = "operator",
                                   .reason = "a refuge" };

    version_of(&e, "public", before);
    assert_ok(ledger_withdraw(e.s, &w, &sequence, &test_err));
    assert_int_equal(ledger_withdraw(e.s, &w, &sequence, &test_err), TR_EDATA);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tr_snapshot *s = build(&e, all[i], LEDGER_TODAY);
        const struct tr_layer *l = tr_snapshot_layer(s, "depots");

        assert_int_equal(s->n_sites, SITES - 1);
        assert_int_equal(l->n_rows, SITES - 1);
        assert_int_equal(l->located[0], SITES - 1);
        assert_int_equal(tr_snapshot_site(s, e.ids[4]), SIZE_MAX);
        tr_snapshot_free(s);
    }
    assert_string_equal(seen(&e, 4, "operator", LEDGER_TODAY),
                        "core/provisional");
    w.undo = true;
    assert_ok(ledger_withdraw(e.s, &w, &sequence, &test_err));
    version_of(&e, "public", now);
    assert_string_equal(now, before);
    store_close(e.s);
}

/* A link made after one of its rows was withdrawn takes the other with it. */
static void what_is_joined_to_a_withdrawn_site_goes_with_it(void **state)
{
    struct estate e;
    int64_t sequence;

    open_estate(*state, &e, "partnership");

    const struct ledger_withdrawal w = { .site = e.ids[4],
                                         .members = e.ids[4],
                                         .role = "operator",
                                         .reason = "a refuge" };

    assert_ok(ledger_withdraw(e.s, &w, &sequence, &test_err));
    put_place(
        e.s, "links",
        "links:\n"
        "  - sites: [{layer: depots, key: K4}, {layer: depots, key: K5}]\n"
        "    keep: {layer: depots, key: K5}\n"
        "    because: one building\n");
    assert_string_equal(seen(&e, 5, "public", LEDGER_TODAY), "gone");
    assert_string_equal(seen(&e, 5, "operator", LEDGER_TODAY),
                        "core/provisional");
    store_close(e.s);
}

/* K4's key became K5: what was said of the one holds for the other. */
static void a_changed_key_keeps_what_was_decided(void **state)
{
    static const char links[] = "links: []\naliases:\n"
                                "  - {layer: depots, from: K9, to: K4}\n"
                                "  - {layer: depots, from: K8, to: K5}\n";
    struct estate e;
    int64_t sequence;

    open_estate(*state, &e, "partnership");

    char old[32], gone[32];
    const struct ledger_withdrawal w = {
        .site = gone, .members = gone, .role = "operator", .reason = "a refuge"
    };
    struct ledger_decision d = ledger_fixture_step(old, LEDGER_OVERRIDE);
    struct store_result result = { old, "core", "{}" };
    struct store_run run = { .audience = "partnership",
                             .rules_name = "r 1",
                             .scope = "",
                             .inputs = "{}",
                             .n_sites = 1 };

    tr_site_id("her", "depots", "K9", old);
    tr_site_id("her", "depots", "K8", gone);
    assert_ok(store_put_document(e.s, "rules", "r", "rules: r\n", 9, &run.rules,
                                 &test_err));
    assert_ok(store_save_run(e.s, &run, &result, 1, &d.run, &test_err));
    d.class_name = "key";
    assert_ok(ledger_decide(e.s, &d, &sequence, &test_err));
    assert_ok(ledger_withdraw(e.s, &w, &sequence, &test_err));
    assert_string_equal(seen(&e, 4, "partnership", LEDGER_TODAY),
                        "core/provisional");
    put_place(e.s, "links", links);
    assert_string_equal(seen(&e, 4, "partnership", LEDGER_TODAY), "key/draft");
    assert_string_equal(seen(&e, 5, "public", LEDGER_TODAY), "gone");
    store_close(e.s);
}

/* Made again from its own inputs, whatever was loaded, decided, suspended and
 * joined since: the same version. */
static void a_snapshot_is_made_again_from_its_inputs(void **state)
{
    struct snapshot_options o = { .as_of = LEDGER_TODAY, .threads = 1 };
    struct tr_snapshot *then, *again = NULL;
    struct snapshot_inputs inputs;
    struct tr_arena a;
    struct estate e;

    tr_arena_init(&a, 1 << 20);
    open_estate(*state, &e, "partnership");
    step(&e, 1, LEDGER_OVERRIDE);
    then = build(&e, "partnership", LEDGER_TODAY);
    load_depots(e.s, "Another name");
    step(&e, 1, LEDGER_WITHDRAW_OVERRIDE);
    step(&e, 2, LEDGER_DRAFT);
    save_run(&e, "partnership", "{}");
    put_place(
        e.s, "links",
        "links:\n"
        "  - sites: [{layer: depots, key: K4}, {layer: depots, key: K5}]\n"
        "    keep: {layer: depots, key: K5}\n"
        "    because: one building\n");
    assert_ok(store_suspend_layer(e.s, "depots", true, &test_err));
    assert_ok(snapshot_inputs_read(then->inputs, &a, &inputs, &test_err));
    assert_true(inputs.whole);
    assert_ok(tr_audience_parse("partnership", &o.audience, &test_err));
    o.again = &inputs;
    assert_ok(snapshot_build(e.s, &o, &again, &test_err));
    assert_string_equal(again->version, then->version);
    assert_string_equal(again->inputs, then->inputs);
    tr_snapshot_free(again);
    tr_snapshot_free(then);
    again = build(&e, "operator", LEDGER_TODAY);
    assert_int_equal(again->n_sites, SITES - 1);
    tr_snapshot_free(again);
    tr_arena_clear(&a);
    store_close(e.s);
}

static void older_inputs_still_read(void **state)
{
    struct snapshot_inputs in;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_ok(snapshot_inputs_read("{\"b\":3,\"a\":12}", &a, &in, &test_err));
    assert_false(in.whole);
    assert_int_equal(snapshot_inputs_load(&in, "a"), 12);
    assert_int_equal(snapshot_inputs_load(&in, "c"), 0);
    assert_int_equal(snapshot_inputs_read("{\"a\":\"x\"}", &a, &in, &test_err),
                     TR_EDATA);
    assert_int_equal(snapshot_inputs_read("[]", &a, &in, &test_err), TR_EDATA);
    tr_arena_clear(&a);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(the_public_sees_a_decision_when_it_is_published),
        with_store(only_the_chosen_reasons_are_published),
        with_store(a_decision_is_not_seen_below_its_runs_audience),
        with_store(an_expired_override_gives_the_computed_class_back),
        with_store(a_withdrawn_site_is_the_operators_alone),
        with_store(what_is_joined_to_a_withdrawn_site_goes_with_it),
        with_store(a_changed_key_keeps_what_was_decided),
        with_store(a_snapshot_is_made_again_from_its_inputs),
        cmocka_unit_test(older_inputs_still_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
