/* test_snapshot_share.c - a snapshot of many rows is the same on any number of
 * threads, and the same whether it shares what an earlier one has or not. */
#include "store/snapshot_build.h"
#include "support/ledger_fixture.h"
#include "support/tr_test.h"
#include "terrier/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tr_error test_err;

/* More than one piece, and names for a dictionary that is left unsorted. */
enum { MANY = 70000, FEW = 300 };

enum { NAME, SERVICES, CAPACITY, FLOOR, LEASE, OPEN, FIELDS };

static const struct tr_schema_field fields[FIELDS] = {
    [NAME] = { .name = "name", .type = TR_TEXT },
    [SERVICES] = { .name = "services", .type = TR_LIST },
    [CAPACITY] = { .name = "capacity", .type = TR_INTEGER },
    [FLOOR] = { .name = "floor_area_m2", .type = TR_NUMBER },
    [LEASE] = { .name = "lease_expiry", .type = TR_DATE },
    [OPEN] = { .name = "public_facing", .type = TR_BOOLEAN },
};
static const struct tr_schema schema = { FIELDS, fields };

/* ---- a store of rows that follow from their number ---- */

static void name_of(uint64_t i, uint64_t content, char out[32])
{
    snprintf(out, 32, "Site %llu %s", (unsigned long long)i,
             content % 2 ? "new" : "old");
}

static void write_values(uint64_t i, uint64_t content, struct tr_buf *out)
{
    static const char *const services[] = { "gp", "library", "gym" };
    struct tr_value v[FIELDS] = { 0 };
    uint64_t seed = i * 77 + content + 1;
    char name[32];

    name_of(i, content, name);
    for (size_t f = 0; f < FIELDS; f++) {
        v[f].type = fields[f].type;
        v[f].present = f == NAME || store_fixture_random(&seed) % 3 > 0;
    }
    v[NAME].is.text = name;
    v[SERVICES].is.list.items = services + store_fixture_random(&seed) % 2;
    v[SERVICES].is.list.n = store_fixture_random(&seed) % 3;
    v[CAPACITY].is.integer = store_fixture_random(&seed) % 500;
    v[FLOOR].is.number = (double)(store_fixture_random(&seed) % 9999) / 4;
    v[LEASE].is.date = 18000 + (int32_t)(store_fixture_random(&seed) % 9000);
    v[OPEN].is.boolean = store_fixture_random(&seed) % 2;
    tr_record_write(&schema, v, out);
}

/* Some without a point, some at one and the same. */
static void place_row(uint64_t i, struct store_row *row)
{
    uint64_t seed = i + 9;
    int32_t e = (int32_t)(store_fixture_random(&seed) % 4000);
    int32_t n = (int32_t)(store_fixture_random(&seed) % 400);

    row->has_position = i % 50 != 0;
    row->coord_source = row->has_position ? STORE_GIVEN : STORE_NOWHERE;
    row->precision_m = (int32_t)(i % 7);
    row->position =
        (struct tr_position){ -23520922 + e * 1000, 534000000 + n * 1000,
                              377000000 + e * 6000, 395000000 + n * 11000 };
}

static void put_row(struct store_loading *l, uint64_t i, uint64_t content)
{
    char key[24];
    struct store_row row = { .key = key, .source_row = (long)i + 2 };
    enum store_outcome outcome;
    struct tr_buf b;

    snprintf(key, sizeof key, "K%llu", (unsigned long long)i);
    tr_buf_init(&b, 4096);
    write_values(i, content, &b);
    place_row(i, &row);
    row.record = b.data;
    row.record_len = b.len;
    row.digest = tr_hash_bytes(b.data, b.len);
    assert_ok(store_load_row(l, &row, &outcome, &test_err));
    tr_buf_clear(&b);
}

static void load(struct store *s, const char *layer, uint64_t n,
                 uint64_t content)
{
    struct store_load info = { .layer_name = layer,
                               .source_name = "file.csv",
                               .crs_operation = "" };
    struct store_loading *l = NULL;
    struct tr_buf text;
    char profile[64];
    bool changed;

    tr_buf_init(&text, 4096);
    tr_schema_write(&schema, &text);
    info.schema = tr_buf_text(&text);
    snprintf(profile, sizeof profile, "layer: %s\npartner: ours\n", layer);
    assert_ok(store_put_document(s, "profile", layer, profile, strlen(profile),
                                 &info.profile, &test_err));
    assert_ok(store_load_begin(s, "here", STORE_SITES, &info, &l, &test_err));
    for (uint64_t i = 0; i < n; i++)
        put_row(l, i, content % 2 && i % 10 == 0 ? content : 0);
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    tr_buf_clear(&text);
}

static void put_place(struct store *s, const char *kind, const char *text)
{
    struct tr_digest d;

    assert_ok(
        store_put_document(s, kind, kind, text, strlen(text), &d, &test_err));
    assert_ok(store_set_place_document(s, "here", kind, &d, &test_err));
}

static struct store *open_store(const struct store_fixture *f)
{
    struct store *s = NULL;

    assert_ok(store_open(f->path, STORE_CREATE, &s, &test_err));
    put_place(s, "place",
              "place: here\ntitle: Here\nprefix: her\ntime_zone: "
              "Europe/London\npurpose: a sentence\n");
    put_place(s, "organisations",
              "organisations:\n  - {code: ours, name: Ours, legend: Ours}\n");
    return s;
}

static struct tr_snapshot *build(struct store *s, const char *audience,
                                 unsigned threads,
                                 const struct tr_snapshot *like)
{
    struct snapshot_options o = { .as_of = LEDGER_TODAY,
                                  .threads = threads,
                                  .like = like };
    struct tr_snapshot *out = NULL;

    assert_ok(tr_audience_parse(audience, &o.audience, &test_err));
    assert_ok(snapshot_build(s, &o, &out, &test_err));
    return out;
}

/* ---- are two snapshots the same, by every byte of them? ---- */

static void same_texts(const struct tr_column *a, const struct tr_column *b)
{
    assert_int_equal(a->dict->n, b->dict->n);
    assert_int_equal(a->dict->sorted, b->dict->sorted);
    for (uint32_t i = 0; i < a->dict->n; i++)
        assert_string_equal(a->dict->texts[i], b->dict->texts[i]);
}

static size_t value_size(enum tr_type type)
{
    switch (type) {
    case TR_BOOLEAN: return 1;
    case TR_INTEGER:
    case TR_INSTANT:
    case TR_NUMBER: return 8;
    case TR_DATE:
    case TR_TEXT:
    case TR_LIST: return 4;
    case TR_GEOMETRY: break;
    }
    return 0;
}

static void same_columns(const struct tr_table *a, const struct tr_table *b)
{
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_columns, b->n_columns);
    for (size_t k = 0; k < a->n_columns; k++) {
        const struct tr_column *x = &a->columns[k], *y = &b->columns[k];
        size_t n = a->n_rows;

        assert_string_equal(x->name, y->name);
        assert_int_equal(x->type, y->type);
        assert_int_equal(x->tier, y->tier);
        assert_int_equal(!x->present, !y->present);
        if (x->present)
            assert_memory_equal(x->present, y->present, (n + 63) / 64 * 8);
        if (x->type == TR_LIST) {
            assert_memory_equal(x->list_starts, y->list_starts, (n + 1) * 4);
            n = x->list_starts[n];
        }
        assert_memory_equal(x->values.booleans, y->values.booleans,
                            n * value_size(x->type));
        if (x->dict)
            same_texts(x, y);
    }
}

static void same_sites(const struct tr_snapshot *a, const struct tr_snapshot *b)
{
    assert_int_equal(a->n_sites, b->n_sites);
    assert_int_equal(a->n_located, b->n_located);
    assert_memory_equal(a->numbers, b->numbers, a->n_sites * 8);
    assert_memory_equal(a->keys, b->keys, a->n_located * 8);
    assert_memory_equal(a->positions, b->positions,
                        a->n_located * sizeof *a->positions);
    assert_memory_equal(a->classes, b->classes, a->n_sites);
    for (int c = 0; c < TR_CLASSES; c++)
        assert_memory_equal(a->class_sums[c], b->class_sums[c],
                            (a->n_located + 1) * 4);
    for (size_t i = 0; i < a->n_sites; i++) {
        const struct tr_occupation *x = &a->occupations[i];
        const struct tr_occupation *y = &b->occupations[i];

        assert_string_equal(a->site_ids[i], b->site_ids[i]);
        assert_string_equal(x->key, y->key);
        assert_int_equal(x->source_row, y->source_row);
        assert_int_equal(tr_snapshot_site(b, a->site_ids[i]), i);
        assert_int_equal(!a->class_data[i], !b->class_data[i]);
        if (a->class_data[i])
            assert_string_equal(a->class_data[i], b->class_data[i]);
    }
}

static void same_snapshots(const struct tr_snapshot *a,
                           const struct tr_snapshot *b)
{
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->inputs, b->inputs);
    assert_int_equal(a->revision, b->revision);
    assert_int_equal(a->run, b->run);
    assert_int_equal(a->n_layers, b->n_layers);
    for (size_t l = 0; l < a->n_layers; l++) {
        assert_string_equal(a->layers[l].name, b->layers[l].name);
        assert_int_equal(a->layers[l].load, b->layers[l].load);
        assert_memory_equal(a->layers[l].located, b->layers[l].located,
                            sizeof a->layers[l].located);
    }
    same_sites(a, b);
    same_columns(&a->sites, &b->sites);
    same_columns(&a->joined, &b->joined);
}

/* ---- the tests ---- */

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    static const unsigned threads[] = { 2, 3, 7, 0 };
    struct store *s = open_store(*state);
    struct tr_snapshot *one;

    load(s, "depots", MANY, 0);
    load(s, "halls", FEW, 0);
    one = build(s, "operator", 1, NULL);
    assert_int_equal(one->n_sites, MANY + FEW);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct tr_snapshot *other = build(s, "operator", threads[i], NULL);

        same_snapshots(one, other);
        tr_snapshot_free(other);
    }
    tr_snapshot_free(one);
    store_close(s);
}

static void sites_stand_in_morton_order_and_keep_their_values(void **state)
{
    struct store *s = open_store(*state);
    struct tr_snapshot *p;
    const struct tr_column *name;

    load(s, "depots", MANY, 0);
    p = build(s, "operator", 0, NULL);
    name = tr_table_column(&p->sites, "name");
    assert_false(name->dict->sorted);
    assert_int_equal(name->dict->n, MANY);
    for (size_t i = 0; i < p->n_sites; i++) {
        const char *key = p->occupations[p->first_occupation[i]].key;
        char want[32];

        name_of(strtoull(key + 1, NULL, 10), 0, want);
        assert_string_equal(tr_text_at(name, i), want);
        if (i == 0 || i == p->n_located)
            continue;
        if (i < p->n_located)
            assert_true(p->keys[i - 1] <= p->keys[i]);
        if (i > p->n_located || p->keys[i - 1] == p->keys[i])
            assert_true(strcmp(p->site_ids[i - 1], p->site_ids[i]) < 0);
    }
    tr_snapshot_free(p);
    store_close(s);
}

static void while_a_writer_waits_one_reader_reads_alone(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f), *reader = NULL, *beside = NULL;
    struct tr_digest d;

    load(s, "depots", FEW, 0);
    assert_ok(store_open(f->path, STORE_READ, &reader, &test_err));
    assert_ok(store_begin_read(reader, &test_err));
    assert_ok(store_open_beside(reader, &beside, &test_err));
    store_close(beside);
    store_set_patience(s, 0);
    /* Its commit is refused, because the first still reads. */
    assert_int_equal(store_put_document(s, "rules", "r", "r", 1, &d, &test_err),
                     TR_EBUSY);
    store_end_read(reader);
    assert_ok(store_put_document(s, "rules", "r", "r", 1, &d, &test_err));
    store_close(reader);
    store_close(s);
}

/* ---- edits ---- */

static void site_of(uint64_t i, char id[32])
{
    char key[24];

    snprintf(key, sizeof key, "K%llu", (unsigned long long)i);
    tr_site_id("her", "depots", key, id);
}

static void adopt_run(struct store *s, uint64_t *seed)
{
    static const char *const classes[] = { "key", "core", "surplus" };
    struct store_result results[FEW];
    struct store_run run = { .created = 1,
                             .audience = "public",
                             .rules_name = "r 1",
                             .scope = "",
                             .inputs = "{}",
                             .n_sites = FEW };
    static char ids[FEW][32];
    int64_t id = 0;

    for (size_t i = 0; i < FEW; i++) {
        site_of(i, ids[i]);
        results[i] = (struct store_result){
            ids[i], classes[store_fixture_random(seed) % 3],
            store_fixture_random(seed) % 2 ? "{}" : "{\"score\":\"3\"}"
        };
    }
    assert_ok(store_put_document(s, "rules", "r", "rules: r\n", 9, &run.rules,
                                 &test_err));
    assert_ok(store_save_run(s, &run, results, FEW, &id, &test_err));
    assert_ok(store_adopt_run(s, id, &test_err));
}

static void withdraw(struct store *s, uint64_t site)
{
    char id[32];
    int64_t sequence;
    struct ledger_withdrawal w = {
        .site = id, .members = id, .role = "operator", .reason = "a refuge"
    };

    site_of(site, id);
    ledger_withdraw(s, &w, &sequence, NULL); /* again: refused */
}

static void decide(struct store *s, uint64_t site, enum ledger_step step)
{
    char id[32];
    struct ledger_decision d;
    int64_t sequence;

    site_of(site, id);
    d = ledger_fixture_step(id, step);
    d.class_name = "key";
    ledger_decide(s, &d, &sequence, NULL); /* out of turn: refused */
}

/* One thing changes; true when rows may. */
static bool edit(struct store *s, uint64_t *seed)
{
    uint32_t what = store_fixture_random(seed) % 12;
    uint32_t site = store_fixture_random(seed) % FEW;

    switch (what) {
    case 0: load(s, "halls", FEW, store_fixture_random(seed)); return true;
    case 1:
        assert_ok(store_suspend_layer(s, "halls", site % 2, &test_err));
        return true;
    case 2: withdraw(s, site); return true;
    case 3:
    case 4: adopt_run(s, seed); return false;
    case 5: decide(s, site % 5, LEDGER_OVERRIDE); return false;
    case 6: decide(s, site % 5, LEDGER_OWNER_AGREED); return false;
    case 7: decide(s, site % 5, LEDGER_SIGNED); return false;
    case 8: decide(s, site % 5, LEDGER_PUBLISHED); return false;
    default: decide(s, site % 5, LEDGER_OVERRIDE); return false;
    }
}

static void what_is_shared_equals_what_is_made_anew(void **state)
{
    static const char *const audiences[] = { "public", "partnership",
                                             "operator" };
    enum { AUDIENCES = 3, EDITS = 40 };
    struct tr_snapshot *last[AUDIENCES];
    struct store *s = open_store(*state);
    uint64_t seed = 20261122;
    size_t shared = 0;

    load(s, "depots", FEW, 0);
    load(s, "halls", FEW, 0);
    adopt_run(s, &seed);
    for (size_t a = 0; a < AUDIENCES; a++)
        last[a] = build(s, audiences[a], 1, NULL);
    for (int i = 0; i < EDITS; i++) {
        bool rows = edit(s, &seed);

        for (size_t a = 0; a < AUDIENCES; a++) {
            struct tr_snapshot *next = build(s, audiences[a], 2, last[a]);
            struct tr_snapshot *anew = build(s, audiences[a], 1, NULL);

            same_snapshots(next, anew);
            if (!rows)
                assert_ptr_equal(next->base, last[a]->base);
            shared += next->base == last[a]->base;
            assert_ptr_not_equal(anew->base, last[a]->base);
            tr_snapshot_free(last[a]);
            tr_snapshot_free(anew);
            last[a] = next;
        }
    }
    assert_true(shared > EDITS && shared < (size_t)EDITS * AUDIENCES);
    for (size_t a = 0; a < AUDIENCES; a++)
        tr_snapshot_free(last[a]);
    store_close(s);
}

static void another_date_or_audience_shares_nothing(void **state)
{
    struct store *s = open_store(*state);
    struct snapshot_options o = { .as_of = LEDGER_TODAY + 1, .threads = 1 };
    struct tr_snapshot *first, *other;

    load(s, "depots", FEW, 0);
    first = build(s, "public", 1, NULL);
    other = build(s, "operator", 1, first);
    assert_ptr_not_equal(first->base, other->base);
    assert_string_equal(other->audience.name, "operator");
    tr_snapshot_free(other);
    o.like = first;
    o.audience = first->audience;
    assert_ok(snapshot_build(s, &o, &other, &test_err));
    assert_ptr_not_equal(first->base, other->base);
    assert_int_equal(other->as_of, LEDGER_TODAY + 1);
    tr_snapshot_free(first);
    tr_snapshot_free(other);
    store_close(s);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, store_fixture_setup,                    \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_number_of_threads_gives_the_same_bytes),
        TEST(sites_stand_in_morton_order_and_keep_their_values),
        TEST(while_a_writer_waits_one_reader_reads_alone),
        TEST(what_is_shared_equals_what_is_made_anew),
        TEST(another_date_or_audience_shares_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
