/* test_store_runs.c - runs and their adoption; copies and older stores. */
#include "store/ledger.h"
#include "support/store_fixture.h"
#include "support/tr_test.h"

#include "store/sqlite_door.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tr_error test_err;

static struct store *open_at(const char *path, enum store_mode mode)
{
    struct store *s = NULL;

    assert_ok(store_open(path, mode, &s, &test_err));
    return s;
}

static struct store *make(void **state)
{
    const struct store_fixture *f = *state;

    return open_at(f->path, STORE_CREATE);
}

/* ---- runs ---- */

static struct store_run run_for(struct store *s, const char *audience)
{
    struct store_run r = { .created = 1234567890,
                           .audience = audience,
                           .rules_name = "open-data 1",
                           .scope = "class = 'key'",
                           .as_of = 20000,
                           .seed = -7,
                           .draws = 1000,
                           .inputs = "{\"layer\": 3}",
                           .n_sites = 3 };

    r.snapshot.bytes[0] = 1;
    r.results.bytes[0] = 2;
    assert_ok(store_put_document(s, "rules", "open-data", "rules: 1", 8,
                                 &r.rules, &test_err));
    return r;
}

static const struct store_result three[] = {
    { "S2", "core", "{\"score\": 2}" },
    { "S10", "key", "{}" },
    { "S1", "surplus", "{\"score\": 1}" },
};

static enum tr_status note_result(void *context, const struct store_result *r,
                                  struct tr_error *err)
{
    char *text = context;
    size_t n = strlen(text);

    (void)err;
    snprintf(text + n, 200 - n, "%s %s %s;", r->site_id, r->class_name,
             r->data);
    return TR_OK;
}

static void a_run_comes_back_with_its_results_by_site(void **state)
{
    struct store *s = make(state);
    struct store_run run = run_for(s, "public");
    const struct store_run *got;
    struct tr_arena a;
    char text[200] = "";
    int64_t id = 0;

    tr_arena_init(&a, 1 << 20);
    assert_ok(store_save_run(s, &run, three, 3, &id, &test_err));
    assert_ok(store_run(s, id, &a, &got, &test_err));
    assert_int_equal(got->created, run.created);
    assert_string_equal(got->audience, "public");
    assert_string_equal(got->rules_name, "open-data 1");
    assert_string_equal(got->scope, run.scope);
    assert_string_equal(got->inputs, run.inputs);
    assert_int_equal(got->as_of, 20000);
    assert_int_equal(got->seed, -7);
    assert_int_equal(got->draws, 1000);
    assert_int_equal(got->n_sites, 3);
    assert_memory_equal(&got->rules, &run.rules, sizeof run.rules);
    assert_memory_equal(&got->snapshot, &run.snapshot, sizeof run.snapshot);
    assert_memory_equal(&got->results, &run.results, sizeof run.results);
    assert_false(got->adopted);
    assert_ok(store_read_results(s, id, note_result, text, &test_err));
    assert_string_equal(text, "S1 surplus {\"score\": 1};S10 key {};"
                              "S2 core {\"score\": 2};");
    assert_int_equal(store_run(s, id + 1, &a, &got, &test_err), TR_ENOTFOUND);
    assert_int_equal(store_read_results(s, id + 1, note_result, text, NULL),
                     TR_ENOTFOUND);
    tr_arena_clear(&a);
    store_close(s);
}

static void a_run_that_cannot_be_replayed_is_refused(void **state)
{
    struct store *s = make(state);
    struct store_run run = run_for(s, "public");
    struct store_result twice[] = { three[0], three[1], three[0] };
    const struct store_run *runs;
    struct tr_arena a;
    int64_t id = 0;
    size_t n;

    tr_arena_init(&a, 1 << 20);
    assert_int_equal(store_save_run(s, &run, twice, 3, &id, &test_err),
                     TR_EINVAL);
    assert_non_null(strstr(test_err.msg, "'S2' has two results"));
    run.rules.bytes[0] ^= 1;
    assert_int_equal(store_save_run(s, &run, three, 3, &id, &test_err),
                     TR_ENOTFOUND);
    assert_int_equal(id, 0);
    assert_ok(store_runs(s, &a, &runs, &n, &test_err));
    assert_int_equal(n, 0);
    tr_arena_clear(&a);
    store_close(s);
}

static void the_last_adopted_run_of_an_audience_is_its_own(void **state)
{
    struct store *s = make(state);
    struct store_run run = run_for(s, "public");
    struct store_run inner = run_for(s, "partnership");
    const struct store_run *runs;
    struct tr_arena a;
    int64_t first, second, third, adopted = 9;
    size_t n;

    tr_arena_init(&a, 1 << 20);
    assert_ok(store_save_run(s, &run, three, 3, &first, &test_err));
    assert_ok(store_save_run(s, &run, three, 2, &second, &test_err));
    assert_ok(store_save_run(s, &inner, NULL, 0, &third, &test_err));
    assert_ok(store_adopted_run(s, "public", &adopted, &test_err));
    assert_int_equal(adopted, 0);
    assert_ok(store_adopt_run(s, second, &test_err));
    assert_ok(store_adopt_run(s, third, &test_err));
    assert_ok(store_adopt_run(s, first, &test_err));
    assert_ok(store_adopted_run(s, "public", &adopted, &test_err));
    assert_int_equal(adopted, first);
    assert_ok(store_adopted_run(s, "partnership", &adopted, &test_err));
    assert_int_equal(adopted, third);
    assert_ok(store_runs(s, &a, &runs, &n, &test_err));
    assert_int_equal(n, 3);
    assert_int_equal(runs[0].id, third);
    assert_true(runs[0].adopted && !runs[1].adopted && runs[2].adopted);
    assert_int_equal(store_adopt_run(s, 77, &test_err), TR_ENOTFOUND);
    tr_arena_clear(&a);
    store_close(s);
}

/* Saves a run over the first `n` of three sites, and tries to adopt it. */
static enum tr_status adopt_over(struct store *s, const char *audience,
                                 const char *scope, size_t n)
{
    struct store_run run = run_for(s, audience);
    int64_t id;

    run.scope = scope;
    assert_ok(store_save_run(s, &run, three, n, &id, &test_err));
    return store_adopt_run(s, id, &test_err);
}

static void a_part_is_adopted_where_nobody_loses_a_class(void **state)
{
    struct store *s = make(state);
    int64_t before, adopted;

    assert_ok(adopt_over(s, "public", "a part", 2)); /* none was adopted yet */
    assert_ok(adopt_over(s, "public", "a part", 1)); /* the same, made anew */
    assert_ok(adopt_over(s, "public", "more", 3));
    assert_ok(adopt_over(s, "public", "all of that", 3));
    assert_ok(adopt_over(s, "public", "", 2)); /* all sites that there are */
    assert_ok(adopt_over(s, "public", "", 3));
    assert_ok(store_adopted_run(s, "public", &before, &test_err));
    assert_int_equal(adopt_over(s, "public", "a part", 1), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "take the class from 2 others"));
    assert_ok(store_adopted_run(s, "public", &adopted, &test_err));
    assert_int_equal(adopted, before);
    assert_ok(adopt_over(s, "partnership", "a part", 1)); /* its own first */
    store_close(s);
}

static void a_run_can_be_saved_and_adopted_during_a_load(void **state)
{
    struct store *s = make(state);
    const struct store_fixture *f = *state;
    struct store *other = open_at(f->path, STORE_WRITE);
    struct store_load info = store_fixture_info(s, "layer");
    struct store_run run = run_for(s, "public");
    struct store_row r = store_fixture_row("K", 1);
    struct store_loading *l;
    enum store_outcome o;
    bool changed;
    int64_t id;

    assert_ok(store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err));
    assert_ok(store_load_row(l, &r, &o, &test_err));
    assert_ok(store_save_run(other, &run, three, 3, &id, &test_err));
    assert_ok(store_adopt_run(s, id, &test_err)); /* by the loader itself */
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    store_close(other);
    store_close(s);
}

static void an_unfinished_run_is_swept(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state);
    struct store_run run = run_for(s, "public");
    int64_t id, left = 9;

    assert_ok(store_save_run(s, &run, three, 3, &id, &test_err));
    assert_ok(store_exec(s, "UPDATE run SET finished = 0", &test_err));
    store_close(s);
    s = open_at(f->path, STORE_WRITE);
    assert_ok(store_ask(s, "SELECT count(*) FROM run_result", NULL, 9, &left,
                        &test_err));
    assert_int_equal(left, 0);
    store_close(s);
}

/* ---- copies ---- */

static void a_backup_holds_what_the_store_held(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state), *copy;
    uint64_t sum;
    struct stat at;
    char path[160], deep[160];

    store_fixture_path(f, "copy.db", path, sizeof path);
    store_fixture_path(f, "no/copy.db", deep, sizeof deep);
    store_fixture_load(s, "layer", 5000, 1);
    sum = store_fixture_sum(s, "layer");
    assert_ok(store_backup(s, path, &test_err));
    assert_int_equal(store_backup(s, path, &test_err), TR_ECREATE);
    assert_int_equal(store_backup(s, deep, &test_err), TR_ECREATE);
    assert_int_equal(stat(path, &at), 0);
    assert_int_equal(at.st_mode & 07777, 0600);
    copy = open_at(path, STORE_WRITE);
    assert_true(store_fixture_sum(copy, "layer") == sum);
    store_close(copy);
    store_close(s);
}

static void a_restore_is_seen_by_those_who_have_the_store_open(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state), *kept;
    int64_t before, after;
    char copy[160], old[160];

    store_fixture_path(f, "copy.db", copy, sizeof copy);
    store_fixture_path(f, "terrier.db.before-restore", old, sizeof old);
    store_fixture_load(s, "layer", 10, 1);
    assert_ok(store_backup(s, copy, &test_err));
    store_fixture_load(s, "layer", 500, 2);
    assert_ok(store_revision(s, &before, &test_err));
    assert_ok(store_restore(copy, f->path, &test_err));
    assert_int_equal(store_fixture_count(s, "layer"), 10);
    assert_ok(store_revision(s, &after, &test_err));
    assert_true(after > before);
    kept = open_at(old, STORE_READ);
    assert_int_equal(store_fixture_count(kept, "layer"), 500);
    store_close(kept);
    /* What was kept is not overwritten by the next. */
    assert_int_equal(store_restore(copy, f->path, &test_err), TR_ECREATE);
    store_close(s);
}

static void a_damaged_store_is_moved_away_by_a_restore(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state);
    char copy[160];

    store_fixture_path(f, "copy.db", copy, sizeof copy);
    store_fixture_load(s, "layer", 3000, 1);
    assert_ok(store_backup(s, copy, &test_err));
    store_close(s);
    assert_int_equal(truncate(f->path, 20000), 0);
    assert_ok(store_restore(copy, f->path, &test_err));
    s = open_at(f->path, STORE_WRITE);
    assert_int_equal(store_fixture_count(s, "layer"), 3000);
    store_close(s);
    assert_int_equal(truncate(copy, 20000), 0);
    assert_int_equal(store_restore(copy, f->path, &test_err), TR_EDATA);
}

/* ---- versions ---- */

static void this_version_needs_no_migration(void **state)
{
    const struct store_fixture *f = *state;
    int64_t before, after;
    int from = 0;
    struct store *s = make(state);

    assert_ok(store_revision(s, &before, &test_err));
    assert_ok(store_migrate(f->path, &from, &test_err));
    assert_int_equal(from, STORE_SCHEMA_VERSION);
    assert_ok(store_revision(s, &after, &test_err));
    assert_int_equal(before, after);
    store_close(s);
}

static char *read_text(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);

    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    return text;
}

/* A migrated store has the tables of a new one. */
static void same_tables(const struct store_fixture *f)
{
    char path[160], *sql;
    struct store *s = NULL;
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;

    store_fixture_path(f, "new.db", path, sizeof path);
    assert_ok(store_open(path, STORE_CREATE, &s, &test_err));
    store_close(s);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    sql = sqlite3_mprintf("ATTACH %Q AS fresh", path);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(sql);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT count(*), (SELECT count(*) FROM"
                           " fresh.sqlite_master), (SELECT count(*) FROM"
                           " main.sqlite_master) FROM main.sqlite_master m JOIN"
                           " fresh.sqlite_master n ON m.name = n.name AND"
                           " m.sql IS n.sql",
                           -1, &q, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(q, 0), sqlite3_column_int(q, 1));
    assert_int_equal(sqlite3_column_int(q, 0), sqlite3_column_int(q, 2));
    sqlite3_finalize(q);
    sqlite3_close(db);
}

/* tests/data/store-v1.sql is a store of version 1 as SQL. It stays as it is
 * when the version moves on: this is then the test of the migration from it. */
static void a_store_of_version_1_can_be_read_and_migrated(void **state)
{
    const struct store_fixture *f = *state;
    char *sql = read_text("tests/data/store-v1.sql"), *message = NULL;
    struct store *s;
    sqlite3 *db = NULL;
    struct tr_arena a;
    const char *text;
    size_t len;
    struct ledger_proof proof;
    int64_t run;
    int from = 0;

    tr_arena_init(&a, 1 << 20);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message))
        fail_msg("%s", message);
    sqlite3_close(db);
    assert_ok(store_migrate(f->path, &from, &test_err));
    assert_int_equal(from, 1);
    s = open_at(f->path, STORE_WRITE);
    assert_int_equal(store_fixture_count(s, "layer"), 3);
    assert_ok(
        store_place_document(s, "there", "place", &a, &text, &len, &test_err));
    assert_string_equal(text, "place: there");
    assert_ok(store_adopted_run(s, "public", &run, &test_err));
    assert_int_equal(run, 1);
    assert_ok(ledger_verify(s, NULL, &proof, &test_err));
    assert_int_equal(proof.entries, 0);
    store_fixture_load(s, "layer", 2, 9);
    assert_int_equal(store_fixture_count(s, "layer"), 3);
    assert_ok(ledger_verify(s, NULL, &proof, &test_err));
    assert_int_equal(proof.entries, 1);
    store_close(s);
    same_tables(f);
    tr_arena_clear(&a);
    free(sql);
}

/* ---- looking after ---- */

struct findings {
    int good, bad;
    char last_bad[256];
};

static void note_finding(void *context, bool good, const char *what)
{
    struct findings *f = context;

    f->good += good;
    f->bad += !good;
    if (!good)
        snprintf(f->last_bad, sizeof f->last_bad, "%s", what);
}

static void a_check_says_what_is_wrong(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = make(state);
    struct store_load info = store_fixture_info(s, "layer");
    struct store_loading *l;
    struct findings found = { 0 };

    assert_ok(store_check(s, note_finding, &found, &test_err));
    assert_int_equal(found.bad, 0);
    assert_true(found.good >= 5);
    chmod(f->path, 0644);
    assert_ok(store_check(s, note_finding, &found, &test_err));
    assert_int_equal(found.bad, 1);
    assert_non_null(strstr(found.last_bad, "chmod 600"));
    chmod(f->path, 0600);
    assert_ok(store_load_begin(s, "p", STORE_SITES, &info, &l, &test_err));
    assert_ok(store_check(s, note_finding, &found, &test_err));
    assert_int_equal(found.bad, 2);
    assert_non_null(strstr(found.last_bad, "unfinished"));
    store_close(s);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_run_comes_back_with_its_results_by_site),
        with_store(a_run_that_cannot_be_replayed_is_refused),
        with_store(the_last_adopted_run_of_an_audience_is_its_own),
        with_store(a_part_is_adopted_where_nobody_loses_a_class),
        with_store(a_run_can_be_saved_and_adopted_during_a_load),
        with_store(an_unfinished_run_is_swept),
        with_store(a_backup_holds_what_the_store_held),
        with_store(a_restore_is_seen_by_those_who_have_the_store_open),
        with_store(a_damaged_store_is_moved_away_by_a_restore),
        with_store(this_version_needs_no_migration),
        with_store(a_store_of_version_1_can_be_read_and_migrated),
        with_store(a_check_says_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
