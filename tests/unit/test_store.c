/* test_store.c - what the store keeps comes back, at every load. */
#include "support/store_fixture.h"
#include "support/tr_test.h"

#include "terrier/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct tr_error test_err;

static struct store *make(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = NULL;

    assert_ok(store_open(f->path, STORE_CREATE, &s, &test_err));
    return s;
}

static struct store *again(void **state, enum store_mode mode)
{
    const struct store_fixture *f = *state;
    struct store *s = NULL;

    assert_ok(store_open(f->path, mode, &s, &test_err));
    return s;
}

/* ---- files ---- */

static void a_new_store_is_empty_and_its_owners_alone(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state);
    const struct store_layer *layers;
    const char *const *places;
    struct tr_arena a;
    struct stat at;
    size_t n = 9;

    tr_arena_init(&a, 1 << 20);
    assert_int_equal(stat(f->path, &at), 0);
    assert_int_equal(at.st_mode & 07777, 0600);
    assert_ok(store_layers(s, &a, &layers, &n, &test_err));
    assert_int_equal(n, 0);
    assert_ok(store_places(s, &a, &places, &n, &test_err));
    assert_int_equal(n, 0);
    tr_arena_clear(&a);
    store_close(s);
    store_close(NULL);
}

/* ---- documents ---- */

static void a_document_is_found_by_its_digest(void **state)
{
    static const char text[] = "a: b\n\0c";
    struct store *s = make(state);
    struct tr_digest d, again_d;
    struct tr_arena a;
    const char *got;
    size_t len;
    int64_t before, after;

    tr_arena_init(&a, 1 << 20);
    assert_ok(store_put_document(s, "place", "x", text, 7, &d, &test_err));
    assert_ok(store_revision(s, &before, &test_err));
    assert_ok(
        store_put_document(s, "place", "x", text, 7, &again_d, &test_err));
    assert_ok(store_revision(s, &after, &test_err));
    assert_int_equal(before, after);
    assert_memory_equal(&d, &again_d, sizeof d);
    assert_ok(store_get_document(s, &d, &a, &got, &len, &test_err));
    assert_int_equal(len, 7);
    assert_memory_equal(got, text, 8);
    d.bytes[0] ^= 1;
    assert_int_equal(store_get_document(s, &d, &a, &got, &len, &test_err),
                     TR_ENOTFOUND);
    tr_arena_clear(&a);
    store_close(s);
}

static void a_place_has_one_document_of_a_kind(void **state)
{
    struct store *s = make(state);
    struct tr_digest one, two, unknown = { { 1 } };
    const char *const *places, *got;
    struct tr_arena a;
    size_t n, len;
    int64_t before, after;

    tr_arena_init(&a, 1 << 20);
    assert_ok(store_put_document(s, "place", "x", "one", 3, &one, &test_err));
    assert_ok(store_put_document(s, "place", "x", "two", 3, &two, &test_err));
    assert_ok(store_set_place_document(s, "b", "place", &one, &test_err));
    assert_ok(store_set_place_document(s, "a", "place", &one, &test_err));
    assert_ok(store_set_place_document(s, "a", "links", &one, &test_err));
    assert_ok(store_set_place_document(s, "b", "place", &two, &test_err));
    assert_ok(store_revision(s, &before, &test_err));
    assert_ok(store_set_place_document(s, "b", "place", &two, &test_err));
    assert_ok(store_revision(s, &after, &test_err));
    assert_int_equal(before, after);
    assert_int_equal(
        store_set_place_document(s, "a", "names", &unknown, &test_err),
        TR_ENOTFOUND);
    assert_ok(store_places(s, &a, &places, &n, &test_err));
    assert_int_equal(n, 2);
    assert_string_equal(places[0], "a");
    assert_string_equal(places[1], "b");
    assert_ok(store_place_document(s, "b", "place", &a, &got, &len, &test_err));
    assert_string_equal(got, "two");
    assert_int_equal(
        store_place_document(s, "b", "links", &a, &got, &len, &test_err),
        TR_ENOTFOUND);
    tr_arena_clear(&a);
    store_close(s);
}

/* ---- rows ---- */

static enum tr_status keep_whole_row(void *context, const struct store_row *r,
                                     struct tr_error *err)
{
    (void)err;
    assert_string_equal(r->key, "a\x1f"
                                "b");
    assert_int_equal(r->tier, TR_RESTRICTED);
    assert_int_equal(r->position_tier, TR_PARTNERSHIP);
    assert_int_equal(r->coord_source, STORE_OUTWARD);
    assert_int_equal(r->source_row, 123456789012);
    assert_int_equal(r->precision_m, 3500);
    assert_true(r->has_position);
    assert_int_equal(r->position.lon_e7, -23520922);
    assert_int_equal(r->position.lat_e7, INT32_MAX);
    assert_int_equal(r->position.e_mm, INT32_MIN);
    assert_int_equal(r->position.n_mm, 395000000);
    assert_string_equal(r->outward, "M33");
    assert_int_equal(r->geometry_len, 3);
    assert_memory_equal(r->geometry, "g\0g", 3);
    assert_int_equal(r->record_len, 2);
    assert_memory_equal(r->record, "\0r", 2);
    assert_int_equal(r->digest.bytes[31], 31);
    assert_int_equal(r->load_to, 0);
    assert_int_equal(r->missing_from, 0);
    assert_true(r->version > 0 && r->load_from > 0);
    ++*(int *)context;
    return TR_OK;
}

static void every_part_of_a_row_comes_back(void **state)
{
    struct store *s = make(state);
    struct store_load info = store_fixture_info(s, "layer");
    struct store_row r = { .key = "a\x1f"
                                  "b",
                           .tier = TR_RESTRICTED,
                           .position_tier = TR_PARTNERSHIP,
                           .coord_source = STORE_OUTWARD,
                           .source_row = 123456789012,
                           .precision_m = 3500,
                           .has_position = true,
                           .position = { -23520922, INT32_MAX, INT32_MIN,
                                         395000000 },
                           .outward = "M33",
                           .geometry = (const unsigned char *)"g\0g",
                           .geometry_len = 3,
                           .record = (const unsigned char *)"\0r",
                           .record_len = 2 };
    struct store_loading *l;
    enum store_outcome o;
    bool changed = false;
    int seen = 0;

    r.digest.bytes[31] = 31;
    assert_ok(store_load_begin(s, "p", STORE_POINTS, &info, &l, &test_err));
    assert_ok(store_load_row(l, &r, &o, &test_err));
    assert_int_equal(o, STORE_ADDED);
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    assert_true(changed);
    assert_ok(store_read_rows(s, 1, 0, keep_whole_row, &seen, &test_err));
    assert_int_equal(seen, 1);
    store_close(s);
}

static enum tr_status stop(void *context, const struct store_row *r,
                           struct tr_error *err)
{
    (void)r;
    ++*(int *)context;
    return tr_fail(err, TR_ELIMIT, "enough");
}

static void reading_stops_at_the_first_failure(void **state)
{
    struct store *s = make(state);
    int seen = 0;
    int64_t revision;

    store_fixture_load(s, "layer", 5, 1);
    assert_int_equal(store_read_rows(s, 1, 0, stop, &seen, &test_err),
                     TR_ELIMIT);
    assert_string_equal(test_err.msg, "enough");
    assert_int_equal(seen, 1);
    assert_int_equal(store_read_rows(s, 2, 0, stop, &seen, &test_err),
                     TR_ENOTFOUND);
    assert_ok(store_revision(s, &revision, &test_err));
    store_close(s);
}

/* ---- loads against a model kept in plain arrays ---- */

enum { KEYS = 40, LOADS = 60 };

struct model { /* of one load: what each key shows, 0 when it is not there */
    int64_t load;
    uint64_t content[KEYS];
    int64_t missing[KEYS];
};

struct checked {
    const struct model *m;
    int seen;
    int64_t last_version;
};

static enum tr_status compare_row(void *context, const struct store_row *r,
                                  struct tr_error *err)
{
    struct checked *c = context;
    long k = strtol(r->key + 1, NULL, 10);
    uint64_t content;

    (void)err;
    memcpy(&content, r->digest.bytes, sizeof content);
    assert_true(content == c->m->content[k]);
    assert_int_equal(r->missing_from, c->m->missing[k]);
    assert_int_equal(r->record_len, 40 + content % 60);
    assert_int_equal(r->has_position, content % 2 == 0);
    assert_true(r->load_from <= c->m->load);
    assert_true(!r->load_to || r->load_to > c->m->load);
    assert_true(r->version > c->last_version);
    c->last_version = r->version;
    c->seen++;
    return TR_OK;
}

static void check_model(struct store *s, int64_t layer, const struct model *m)
{
    struct checked c = { .m = m };
    int there = 0;

    for (int k = 0; k < KEYS; k++)
        there += m->content[k] != 0;
    assert_ok(store_read_rows(s, layer, m->load, compare_row, &c, &test_err));
    assert_int_equal(c.seen, there);
}

/* One random load over `m`, which is brought up to date. False when it left no
 * trace: aborted, or nothing differed. */
static bool random_load(struct store *s, struct model *m, uint64_t *seed)
{
    struct store_load info = store_fixture_info(s, "layer");
    struct store_loading *l;
    struct model next = *m;
    bool differs = !m->load, changed = false;
    int rate = (int)(store_fixture_random(seed) % 4);

    assert_ok(store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err));
    for (int k = 0; k < KEYS; k++) {
        uint64_t content = m->content[k];
        enum store_outcome o, want = STORE_UNCHANGED;
        char key[16];

        snprintf(key, sizeof key, "K%d", k);
        if ((int)(store_fixture_random(seed) % 8) < rate || !content)
            content = store_fixture_random(seed) % 4;
        if (!content && m->content[k] && !m->missing[k])
            next.missing[k] = -1;
        if (content) {
            struct store_row r = store_fixture_row(key, content);

            if (!m->content[k])
                want = STORE_ADDED;
            else if (content != m->content[k] || m->missing[k])
                want = STORE_CHANGED;
            assert_ok(store_load_row(l, &r, &o, &test_err));
            assert_int_equal(o, want);
            next.content[k] = content;
            next.missing[k] = 0;
        }
        differs = differs || want != STORE_UNCHANGED || next.missing[k] == -1;
    }
    if (store_fixture_random(seed) % 5 == 0) {
        store_load_abort(l);
        return false;
    }
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    assert_int_equal(changed, differs);
    if (changed)
        *m = next;
    return changed;
}

static void every_load_can_be_read_again_as_it_was(void **state)
{
    struct store *s = make(state);
    struct model now = { 0 }, *was = calloc(LOADS, sizeof *was);
    const struct store_load *loads;
    struct tr_arena a;
    uint64_t seed = 20;
    size_t n_was = 0, n;

    tr_arena_init(&a, 1 << 24);
    for (int i = 0; i < LOADS; i++) {
        if (!random_load(s, &now, &seed))
            continue;
        assert_ok(store_loads(s, 0, &a, &loads, &n, &test_err));
        assert_true(loads[0].id > now.load);
        now.load = loads[0].id;
        for (int k = 0; k < KEYS; k++) {
            if (now.missing[k] == -1)
                now.missing[k] = now.load;
        }
        was[n_was++] = now;
    }
    assert_true(n_was > LOADS / 3 && n_was < LOADS);
    for (size_t i = 0; i < n_was; i++)
        check_model(s, loads[0].layer, &was[i]);
    free(was);
    tr_arena_clear(&a);
    store_close(s);
}

static void layers_do_not_see_each_others_rows(void **state)
{
    struct store *s = make(state);

    store_fixture_load(s, "one", 10, 1);
    store_fixture_load(s, "two", 20, 1);
    store_fixture_load(s, "one", 30, 2);
    assert_int_equal(store_fixture_count(s, "one"), 30);
    assert_int_equal(store_fixture_count(s, "two"), 20);
    assert_int_equal(store_fixture_count(s, "three"), -1);
    store_close(s);
}

static void a_load_tells_what_it_counted(void **state)
{
    struct store *s = make(state);
    const struct store_load *loads;
    const struct store_layer *y;
    struct tr_arena a;
    size_t n;

    tr_arena_init(&a, 1 << 20);
    store_fixture_load(s, "layer", 10, 1);
    store_fixture_load(s, "layer", 6, 2);
    assert_ok(store_loads(s, 0, &a, &loads, &n, &test_err));
    assert_int_equal(n, 2);
    assert_int_equal(loads[0].changed, 6);
    assert_int_equal(loads[0].vanished, 4);
    assert_int_equal(loads[1].added, 10);
    assert_int_equal(loads[1].read, 7);
    assert_string_equal(loads[1].layer_name, "layer");
    assert_string_equal(loads[1].source_name, "file.csv");
    assert_true(loads[1].finished >= loads[1].started);
    assert_int_equal(store_fixture_count(s, "layer"), 10);
    assert_ok(store_layer_named(s, "layer", &a, &y, &test_err));
    assert_int_equal(y->current_load, loads[0].id);
    assert_int_equal(y->kind, STORE_SITES);
    assert_memory_equal(&y->profile, &loads[0].profile, sizeof y->profile);
    tr_arena_clear(&a);
    store_close(s);
}

static void the_same_again_leaves_no_trace(void **state)
{
    struct store *s = make(state);
    const struct store_load *loads;
    struct tr_arena a;
    int64_t before, after;
    size_t n;

    tr_arena_init(&a, 1 << 20);
    store_fixture_load(s, "layer", 10, 1);
    assert_ok(store_revision(s, &before, &test_err));
    store_fixture_load(s, "layer", 10, 1);
    assert_ok(store_revision(s, &after, &test_err));
    assert_int_equal(before, after);
    assert_ok(store_loads(s, 0, &a, &loads, &n, &test_err));
    assert_int_equal(n, 1);
    tr_arena_clear(&a);
    store_close(s);
}

static void an_aborted_first_load_leaves_no_layer(void **state)
{
    struct store *s = make(state);
    struct store_load info = store_fixture_info(s, "layer");
    struct store_row r = store_fixture_row("K", 1);
    struct store_loading *l;
    enum store_outcome o;
    bool changed;

    assert_ok(store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err));
    assert_ok(store_load_row(l, &r, &o, &test_err));
    assert_int_equal(store_fixture_count(s, "layer"), -1);
    store_load_abort(l);
    store_load_abort(NULL);
    assert_int_equal(store_fixture_count(s, "layer"), -1);
    /* The name is free for another kind. */
    assert_ok(store_load_begin(s, "p", STORE_AREAS, &info, &l, &test_err));
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    assert_true(changed);
    assert_int_equal(store_fixture_count(s, "layer"), 0);
    store_close(s);
}

static void a_load_refuses_what_would_make_no_sense(void **state)
{
    struct store *s = make(state);
    struct store_load info = store_fixture_info(s, "layer");
    struct store_row r = store_fixture_row("K0", 1);
    struct store_loading *l = NULL;
    enum store_outcome o;
    bool changed;

    store_fixture_load(s, "layer", 1, 1);
    assert_int_equal(
        store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err),
        TR_ECONFIG); /* the layer is of place "there" */
    assert_int_equal(
        store_load_begin(s, "there", STORE_AREAS, &info, &l, &test_err),
        TR_ECONFIG);
    assert_ok(store_load_begin(s, "there", STORE_SITES, &info, &l, &test_err));
    assert_ok(store_load_row(l, &r, &o, &test_err));
    assert_int_equal(store_load_row(l, &r, &o, &test_err), TR_EDATA);
    store_load_abort(l);
    info.profile.bytes[0] ^= 1;
    assert_ok(store_load_begin(s, "there", STORE_SITES, &info, &l, &test_err));
    assert_int_equal(store_load_commit(l, &info, &changed, &test_err),
                     TR_EINVAL);
    assert_int_equal(store_fixture_count(s, "layer"), 1);
    store_close(s);
}

static void a_suspended_layer_says_so(void **state)
{
    struct store *s = make(state);
    const struct store_layer *y;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 20);
    store_fixture_load(s, "layer", 1, 1);
    assert_ok(store_suspend_layer(s, "layer", true, &test_err));
    assert_ok(store_layer_named(s, "layer", &a, &y, &test_err));
    assert_true(y->suspended);
    assert_ok(store_suspend_layer(s, "layer", false, &test_err));
    assert_ok(store_layer_named(s, "layer", &a, &y, &test_err));
    assert_false(y->suspended);
    assert_int_equal(store_suspend_layer(s, "layr", true, &test_err),
                     TR_ENOTFOUND);
    tr_arena_clear(&a);
    store_close(s);
}

/* ---- issues ---- */

static enum tr_status check_issue(void *context, const struct store_issue *i,
                                  struct tr_error *err)
{
    int *n = context;

    (void)err;
    assert_int_equal(i->row, *n);
    assert_string_equal(i->file, "f.csv");
    assert_string_equal(i->column, "Col");
    assert_string_equal(i->value, "v");
    assert_string_equal(i->type, "t");
    assert_int_equal(i->severity, STORE_WARNING);
    assert_string_equal(i->message, "m");
    ++*n;
    return TR_OK;
}

static bool load_issues(struct store *s, int n)
{
    struct store_load info = store_fixture_info(s, "layer");
    struct store_issue i = { "f.csv", 0, "Col", "v", "t", STORE_WARNING, "m" };
    struct store_loading *l;
    bool changed = false;

    assert_ok(store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err));
    for (int k = 0; k < n; k++) {
        i.row = k;
        assert_ok(store_load_issue(l, &i, &test_err));
    }
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    return changed;
}

static void issues_come_back_in_order_and_count_as_a_difference(void **state)
{
    struct store *s = make(state);
    const struct store_load *loads;
    struct tr_arena a;
    size_t n;
    int seen = 0;

    tr_arena_init(&a, 1 << 20);
    assert_true(load_issues(s, 9000));
    assert_false(load_issues(s, 9000));
    assert_true(load_issues(s, 8999));
    assert_ok(store_loads(s, 0, &a, &loads, &n, &test_err));
    assert_int_equal(n, 2);
    assert_ok(store_read_issues(s, loads[1].id, check_issue, &seen, &test_err));
    assert_int_equal(seen, 9000);
    tr_arena_clear(&a);
    store_close(s);
}

/* ---- views ---- */

static void one_view_does_not_move(void **state)
{
    struct store *w = make(state);
    struct store *r = again(state, STORE_READ);

    store_fixture_load(w, "layer", 3, 1);
    assert_ok(store_begin_read(r, &test_err));
    assert_int_equal(store_fixture_count(r, "layer"), 3);
    store_set_patience(w, 1);
    /* A rollback journal has one view only: the writer waits for it. */
    assert_int_equal(store_suspend_layer(w, "layer", true, &test_err),
                     TR_EBUSY);
    assert_int_equal(store_fixture_count(r, "layer"), 3);
    store_end_read(r);
    assert_ok(store_suspend_layer(w, "layer", true, &test_err));
    store_close(r);
    store_close(w);
}

static void a_reader_cannot_write(void **state)
{
    struct store *w = make(state);
    struct store_load info = store_fixture_info(w, "layer");
    struct store *r = again(state, STORE_READ);
    struct store_loading *l = NULL;
    struct tr_digest d;

    assert_int_equal(
        store_put_document(r, "place", "x", "new", 3, &d, &test_err),
        TR_ECREATE);
    assert_int_equal(
        store_load_begin(r, "p", STORE_SITES, &info, &l, &test_err),
        TR_ECREATE);
    assert_null(l);
    store_close(r);
    store_close(w);
}

/* ---- names ---- */

static void every_kind_has_a_name_that_reads_back(void **state)
{
    enum store_kind back = STORE_SITES;

    (void)state;
    for (int k = STORE_SITES; k <= STORE_UPRNS; k++) {
        assert_true(
            store_kind_parse(store_kind_name((enum store_kind)k), &back));
        assert_int_equal(back, k);
    }
    assert_false(store_kind_parse("site", &back));
    assert_string_equal(store_coord_source_name(STORE_POSTCODE_AS_GIVEN),
                        "postcode-as-given");
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_new_store_is_empty_and_its_owners_alone),
        with_store(a_document_is_found_by_its_digest),
        with_store(a_place_has_one_document_of_a_kind),
        with_store(every_part_of_a_row_comes_back),
        with_store(reading_stops_at_the_first_failure),
        with_store(every_load_can_be_read_again_as_it_was),
        with_store(layers_do_not_see_each_others_rows),
        with_store(a_load_tells_what_it_counted),
        with_store(the_same_again_leaves_no_trace),
        with_store(an_aborted_first_load_leaves_no_layer),
        with_store(a_load_refuses_what_would_make_no_sense),
        with_store(a_suspended_layer_says_so),
        with_store(issues_come_back_in_order_and_count_as_a_difference),
        with_store(one_view_does_not_move),
        with_store(a_reader_cannot_write),
        cmocka_unit_test(every_kind_has_a_name_that_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
