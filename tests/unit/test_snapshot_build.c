/* test_snapshot_build.c - what an audience may not see leaves no trace in its
 * snapshot: not in its rows, not in its counts, not in its version. */
#include "store/snapshot_build.h"
#include "support/store_fixture.h"
#include "support/tr_test.h"
#include "terrier/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tr_error test_err;

#define AS_OF 20000 /* 2024-10-04 */

static const char place_text[] =
    "place: here\ntitle: Here\nprefix: her\ntime_zone: Europe/London\n"
    "purpose: a sentence\n";
static const char organisations_text[] =
    "organisations:\n"
    "  - {code: ours, name: Ours, legend: Ours}\n"
    "  - {code: theirs, name: Theirs, legend: Theirs}\n";

/* One row of a test's layer; position_tier is of its position alone. */
struct given {
    const char *key, *name;
    enum tr_tier tier, position_tier;
};

static void put_place(struct store *s, const char *kind, const char *text)
{
    struct tr_digest d;

    assert_ok(
        store_put_document(s, kind, kind, text, strlen(text), &d, &test_err));
    assert_ok(store_set_place_document(s, "here", kind, &d, &test_err));
}

static void put_row(struct store_loading *l, const struct given *g)
{
    static const struct tr_schema_field field = { .name = "name",
                                                  .type = TR_TEXT,
                                                  .tier = TR_PUBLIC };
    const struct tr_schema schema = { 1, &field };
    const struct tr_value value = { .type = TR_TEXT,
                                    .present = true,
                                    .is.text = g->name };
    struct store_row row = { .key = g->key,
                             .tier = g->tier,
                             .source_row = 2,
                             .coord_source = STORE_GIVEN,
                             .has_position = true,
                             .position_tier = g->position_tier,
                             .position = { -23520922, 534000000, 377000000,
                                           395000000 } };
    enum store_outcome outcome;
    struct tr_buf b;

    tr_buf_init(&b, 4096);
    tr_record_write(&schema, &value, &b);
    row.record = b.data;
    row.record_len = b.len;
    row.digest = tr_hash_bytes(b.data, b.len);
    assert_ok(store_load_row(l, &row, &outcome, &test_err));
    tr_buf_clear(&b);
}

static void load(struct store *s, const char *layer, const char *profile,
                 const struct given *rows, size_t n)
{
    struct store_load info = {
        .layer_name = layer,
        .source_name = "file.csv",
        .schema = "[]",
        .crs_operation = "",
        .located = { (long)n },
    };
    static const struct tr_schema_field field = { .name = "name",
                                                  .type = TR_TEXT,
                                                  .tier = TR_PUBLIC };
    const struct tr_schema schema = { 1, &field };
    struct store_loading *l = NULL;
    struct tr_buf text;
    bool changed;

    tr_buf_init(&text, 4096);
    tr_schema_write(&schema, &text);
    info.schema = strndup((const char *)text.data, text.len);
    tr_buf_clear(&text);
    assert_ok(store_put_document(s, "profile", layer, profile, strlen(profile),
                                 &info.profile, &test_err));
    assert_ok(store_load_begin(s, "here", STORE_SITES, &info, &l, &test_err));
    for (size_t i = 0; i < n; i++)
        put_row(l, &rows[i]);
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    free((char *)info.schema);
}

static const char open_profile[] = "layer: depots\npartner: ours\n";

static struct store *open_store(struct store_fixture *f)
{
    struct store *s = NULL;

    assert_ok(store_open(f->path, STORE_CREATE, &s, &test_err));
    put_place(s, "place", place_text);
    put_place(s, "organisations", organisations_text);
    return s;
}

static struct tr_snapshot *build(struct store *s, const char *audience,
                                 int32_t as_of)
{
    struct snapshot_options o = { .as_of = as_of, .threads = 1 };
    struct tr_snapshot *out = NULL;

    assert_ok(tr_audience_parse(audience, &o.audience, &test_err));
    assert_ok(snapshot_build(s, &o, &out, &test_err));
    return out;
}

static size_t sites_of(struct store *s, const char *audience, int32_t as_of)
{
    struct tr_snapshot *snapshot = build(s, audience, as_of);
    size_t n = snapshot->n_sites;

    tr_snapshot_free(snapshot);
    return n;
}

static void version_of(struct store *s, const char *audience,
                       char out[TR_DIGEST_TEXT])
{
    struct tr_snapshot *snapshot = build(s, audience, AS_OF);

    memcpy(out, snapshot->version, TR_DIGEST_TEXT);
    tr_snapshot_free(snapshot);
}

static void each_audience_sees_rows_up_to_its_tier(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 },
                                         { "2", "Yard", TR_PARTNERSHIP, 0 },
                                         { "3", "Refuge", TR_RESTRICTED, 0 } };
    static const struct {
        const char *audience;
        size_t n;
    } cases[] = { { "public", 1 },
                  { "partnership", 2 },
                  { "partner:theirs", 2 },
                  { "partner:ours", 3 },
                  { "operator", 3 } };
    struct store *s = open_store(*state);

    load(s, "depots", open_profile, rows, 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_snapshot *p = build(s, cases[i].audience, AS_OF);

        assert_int_equal(p->n_sites, cases[i].n);
        assert_int_equal(p->layers[0].n_rows, cases[i].n);
        assert_int_equal(p->layers[0].located[0], cases[i].n);
        tr_snapshot_free(p);
    }
    store_close(s);
}

static void a_hidden_row_leaves_the_version_as_it_was(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 },
                                         { "2", "Yard", TR_PUBLIC, 0 },
                                         { "3", "Refuge", TR_RESTRICTED, 0 } };
    static const struct given other[] = {
        { "1", "Hall", TR_PUBLIC, 0 },
        { "2", "Yard", TR_PUBLIC, 0 },
        { "3", "A longer name", TR_RESTRICTED, 0 },
        { "0", "Another", TR_PARTNERSHIP, 0 },
    };
    char public_before[TR_DIGEST_TEXT], public_after[TR_DIGEST_TEXT];
    char ours_before[TR_DIGEST_TEXT], ours_after[TR_DIGEST_TEXT];
    struct store *s = open_store(*state);

    load(s, "depots", open_profile, rows, 3);
    version_of(s, "public", public_before);
    version_of(s, "partner:ours", ours_before);
    load(s, "depots", open_profile, other, 4);
    version_of(s, "public", public_after);
    version_of(s, "partner:ours", ours_after);
    assert_string_equal(public_before, public_after);
    assert_string_not_equal(ours_before, ours_after);
    store_close(s);
}

static void a_layer_without_a_row_to_see_does_not_exist(void **state)
{
    static const struct given rows[] = { { "3", "Refuge", TR_RESTRICTED, 0 } };
    char before[TR_DIGEST_TEXT], after[TR_DIGEST_TEXT];
    struct store *s = open_store(*state);

    version_of(s, "partnership", before);
    load(s, "depots", open_profile, rows, 1);
    version_of(s, "partnership", after);
    assert_string_equal(before, after);

    struct tr_snapshot *p = build(s, "partnership", AS_OF);

    assert_null(tr_snapshot_layer(p, "depots"));
    tr_snapshot_free(p);
    store_close(s);
}

static void a_position_of_a_higher_tier_is_withheld(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC,
                                           TR_PARTNERSHIP } };
    struct store *s = open_store(*state);

    load(s, "depots", open_profile, rows, 1);
    for (int seen = 0; seen < 2; seen++) {
        struct tr_snapshot *p =
            build(s, seen ? "partnership" : "public", AS_OF);
        const struct tr_column *source =
            tr_table_column(&p->sites, "coord_source");

        assert_int_equal(p->n_sites, 1);
        assert_int_equal(p->n_located, seen);
        assert_int_equal(source && tr_has(source, 0), seen);
        assert_int_equal(p->layers[0].located[0], seen);
        tr_snapshot_free(p);
    }
    store_close(s);
}

static void a_lapsed_agreement_leaves_all_but_the_operator(void **state)
{
    static const char profile[] = "layer: depots\npartner: ours\n"
                                  "agreement: {reference: DSA-1, "
                                  "expires: 2024-10-04}\n";
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 } };
    struct store *s = open_store(*state);

    load(s, "depots", profile, rows, 1);
    assert_int_equal(sites_of(s, "partnership", AS_OF), 1); /* its last day */
    assert_int_equal(sites_of(s, "partnership", AS_OF + 1), 0);
    assert_int_equal(sites_of(s, "partner:ours", AS_OF + 1), 0);
    assert_int_equal(sites_of(s, "operator", AS_OF + 1), 1);
    store_close(s);
}

static void a_suspended_layer_leaves_all_but_the_operator(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 } };
    struct store *s = open_store(*state);

    load(s, "depots", open_profile, rows, 1);
    assert_ok(store_suspend_layer(s, "depots", true, &test_err));
    assert_int_equal(sites_of(s, "public", AS_OF), 0);
    assert_int_equal(sites_of(s, "operator", AS_OF), 1);
    assert_ok(store_suspend_layer(s, "depots", false, &test_err));
    assert_int_equal(sites_of(s, "public", AS_OF), 1);
    store_close(s);
}

static void an_audience_sees_its_own_run_or_one_below(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 } };
    static const struct {
        const char *audience;
        enum tr_class c;
    } cases[] = { { "public", TR_IN_REVIEW },
                  { "partnership", TR_KEY },
                  { "partner:ours", TR_KEY },
                  { "operator", TR_KEY } };
    struct store *s = open_store(*state);
    struct store_run run = { .audience = "public",
                             .rules_name = "rules",
                             .scope = "",
                             .inputs = "{}",
                             .n_sites = 1 };
    char id[64];
    struct store_result result = { id, "surplus", "{}" };
    int64_t n;

    load(s, "depots", open_profile, rows, 1);
    tr_site_id("her", "depots", "1", id);
    assert_ok(
        store_put_document(s, "rules", "r", "x", 1, &run.rules, &test_err));
    assert_ok(store_save_run(s, &run, &result, 1, &n, &test_err));
    assert_ok(store_adopt_run(s, n, &test_err));
    run.audience = "partnership";
    result.class_name = "key";
    assert_ok(store_save_run(s, &run, &result, 1, &n, &test_err));
    assert_ok(store_adopt_run(s, n, &test_err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_snapshot *p = build(s, cases[i].audience, AS_OF);

        assert_int_equal(p->classes[0], cases[i].c);
        tr_snapshot_free(p);
    }
    store_close(s);
}

/* The reasons of a class that is none of surplus speak of it; only the public
 * reads other words, and its JSON stays JSON. */
static void the_public_reads_no_surplus_in_any_reasons(void **state)
{
    static const struct given rows[] = { { "1", "Hall", TR_PUBLIC, 0 } };
    static const char told[] =
        "{\"class\":\"core\",\"possible\":[\"core\",\"surplus\"],"
        "\"reason\":\"Core, or Surplus candidate\",\"what\":\"surplus.1.need\","
        "\"basis\":\"gate:surplus\",\"shares\":{\"surplus\":0.5},"
        "\"note\":\"A surplus is declared; SURPLUS\"}";
    static const char shown[] =
        "{\"class\":\"core\",\"possible\":[\"core\",\"in-review\"],"
        "\"reason\":\"Core, or In review\",\"what\":\"in-review.1.need\","
        "\"basis\":\"gate:in-review\",\"shares\":{\"in-review\":0.5},"
        "\"note\":\"A in review is declared; In review\"}";
    struct store *s = open_store(*state);
    struct store_run run = { .audience = "public",
                             .rules_name = "rules",
                             .scope = "",
                             .inputs = "{}",
                             .n_sites = 1 };
    char id[64];
    struct store_result result = { id, "core", told };
    struct tr_snapshot *p;
    int64_t n;

    load(s, "depots", open_profile, rows, 1);
    tr_site_id("her", "depots", "1", id);
    assert_ok(
        store_put_document(s, "rules", "r", "x", 1, &run.rules, &test_err));
    assert_ok(store_save_run(s, &run, &result, 1, &n, &test_err));
    assert_ok(store_adopt_run(s, n, &test_err));
    p = build(s, "public", AS_OF);
    assert_string_equal(p->class_data[0], shown);
    tr_snapshot_free(p);
    p = build(s, "operator", AS_OF);
    assert_string_equal(p->class_data[0], told);
    tr_snapshot_free(p);
    store_close(s);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(each_audience_sees_rows_up_to_its_tier),
        with_store(a_hidden_row_leaves_the_version_as_it_was),
        with_store(a_layer_without_a_row_to_see_does_not_exist),
        with_store(a_position_of_a_higher_tier_is_withheld),
        with_store(a_lapsed_agreement_leaves_all_but_the_operator),
        with_store(a_suspended_layer_leaves_all_but_the_operator),
        with_store(an_audience_sees_its_own_run_or_one_below),
        with_store(the_public_reads_no_surplus_in_any_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
