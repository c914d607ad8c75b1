/* test_ledger.c - the chain: nothing changed, cut, moved or made anew in it
 * goes unnoticed, nobody's decision is lost, and a name can be erased. */
#include "support/ledger_fixture.h"
#include "support/tr_test.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct tr_error test_err;

/* ---- a ledger of every kind of entry ---- */

static struct store *full_ledger(const struct store_fixture *f)
{
    struct store *s = ledger_fixture(f, "partnership", 6);
    const struct ledger_withdrawal w = { .site = "S3",
                                         .members = "S3 T3",
                                         .role = "operator",
                                         .name = "Someone",
                                         .reason = "a refuge" };
    struct ledger_tip tip;
    struct tr_sign_key key;
    struct tr_arena a;
    const char *text;
    int64_t sequence;

    store_fixture_load(s, "layer", 3, 1);
    ledger_fixture_decide(s, "S2", LEDGER_DRAFT);
    ledger_fixture_decide(s, "S2", LEDGER_OWNER_AGREED);
    ledger_fixture_decide(s, "S2", LEDGER_SIGNED);
    assert_ok(ledger_withdraw(s, &w, &sequence, &test_err));
    ledger_fixture_decide(s, "S4", LEDGER_OVERRIDE);
    assert_ok(ledger_erase(
        s, &(struct ledger_erasure){ sequence, "operator", "Someone", "asked" },
        &sequence, &test_err));
    tr_arena_init(&a, 65536);
    tr_sign_key_make(&key);
    assert_ok(ledger_make_tip(s, &key, &a, &text, &tip, &test_err));
    tr_arena_clear(&a);
    ledger_fixture_decide(s, "S2", LEDGER_PUBLISHED);
    return s;
}

static enum tr_status verify(struct store *s, const struct ledger_tip *tip)
{
    struct ledger_proof proof;

    return ledger_verify(s, tip, &proof, &test_err);
}

static sqlite3 *open_raw(const struct store_fixture *f)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    return db;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    char *message = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &message))
        fail_msg("%s: %s", sql, message);
}

static void a_whole_ledger_verifies(void **state)
{
    struct store *s = full_ledger(*state);
    struct ledger_proof proof;

    assert_ok(ledger_verify(s, NULL, &proof, &test_err));
    assert_int_equal(proof.entries, 11);
    assert_int_equal(proof.erased, 1);
    store_close(s);
}

/* ---- what is found ---- */

struct cell { /* a value of a row, as bytes */
    char where[64];
    const char *table, *column;
    bool is_text;
    unsigned char bytes[2048];
    size_t len;
};

#define MAX_CELLS 200

static size_t read_cells(sqlite3 *db, struct cell *out)
{
    static const struct {
        const char *table, *column, *key;
        bool is_text;
    } fields[] = {
        { "ledger", "previous", "''", false },
        { "ledger", "digest", "''", false },
        { "ledger", "kind", "''", true },
        { "ledger", "site", "''", true },
        { "ledger", "content", "''", true },
        { "ledger_text", "salt", "field", false },
        { "ledger_text", "text", "field", true },
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *sql =
            sqlite3_mprintf("SELECT sequence, %s, %s FROM %s", fields[i].key,
                            fields[i].column, fields[i].table);
        sqlite3_stmt *q = NULL;

        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW) {
            struct cell *c = &out[n++];
            const char *field = (const char *)sqlite3_column_text(q, 1);
            const void *bytes = sqlite3_column_blob(q, 2);

            assert_true(n < MAX_CELLS);
            c->table = fields[i].table;
            c->column = fields[i].column;
            c->is_text = fields[i].is_text;
            c->len = (size_t)sqlite3_column_bytes(q, 2);
            assert_true(c->len <= sizeof c->bytes);
            if (c->len)
                memcpy(c->bytes, bytes, c->len);
            snprintf(c->where, sizeof c->where, "sequence = %d%s%s%s",
                     sqlite3_column_int(q, 0), *field ? " AND field = '" : "",
                     field, *field ? "'" : "");
        }
        sqlite3_finalize(q);
        sqlite3_free(sql);
    }
    return n;
}

static void write_cell(sqlite3 *db, const struct cell *c)
{
    char *sql = sqlite3_mprintf("UPDATE %s SET %s = ? WHERE %s", c->table,
                                c->column, c->where);
    sqlite3_stmt *q = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    if (c->is_text)
        sqlite3_bind_text(q, 1, (const char *)c->bytes, (int)c->len,
                          SQLITE_STATIC);
    else
        sqlite3_bind_blob(q, 1, c->bytes, (int)c->len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    sqlite3_free(sql);
}

/* Every field of every entry and of every name and note; of long fields, every
 * seventh byte from another start in each entry. */
static void a_flipped_byte_is_found_wherever_it_is(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = full_ledger(f);
    sqlite3 *db = open_raw(f);
    struct cell *cells = calloc(MAX_CELLS, sizeof *cells);
    size_t n = read_cells(db, cells), flips = 0;

    assert_true(n > 50);
    run_sql(db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY");
    for (size_t i = 0; i < n; i++) {
        size_t step = cells[i].len > 40 ? 7 : 1;

        for (size_t at = i % step; at < cells[i].len; at += step) {
            cells[i].bytes[at] ^= 1;
            write_cell(db, &cells[i]);
            if (verify(s, NULL) != TR_EDATA)
                fail_msg("byte %zu of %s of %s, %s: not found", at,
                         cells[i].column, cells[i].table, cells[i].where);
            cells[i].bytes[at] ^= 1;
            flips++;
        }
        write_cell(db, &cells[i]);
    }
    assert_ok(verify(s, NULL));
    assert_true(flips > 1000);
    sqlite3_close(db);
    free(cells);
    store_close(s);
}

/* The ledger as it is, kept beside it to come back to. */
static void keep(sqlite3 *db)
{
    run_sql(db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"
                "CREATE TEMP TABLE l AS SELECT * FROM ledger;"
                "CREATE TEMP TABLE t AS SELECT * FROM ledger_text");
}

static void put_back(sqlite3 *db)
{
    run_sql(db, "BEGIN; DELETE FROM ledger_text; DELETE FROM ledger;"
                "INSERT INTO ledger SELECT * FROM l;"
                "INSERT INTO ledger_text SELECT * FROM t; COMMIT");
}

static void change_entry(sqlite3 *db, const char *sql, int entry)
{
    sqlite3_stmt *q = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    sqlite3_bind_int(q, 1, entry);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
}

static void what_is_cut_out_or_moved_is_found(void **state)
{
    static const char *const one_entry[] = {
        "DELETE FROM ledger WHERE sequence = ?",
        "UPDATE ledger SET sequence = sequence + 100 WHERE sequence = ?",
        "UPDATE ledger SET site = 'S9' WHERE sequence = ?",
        "UPDATE ledger SET kind = 'nothing' WHERE sequence = ?",
        "DELETE FROM ledger_text WHERE sequence = ?",
        "DELETE FROM ledger_text WHERE sequence = ? AND field = 'name'",
        "DELETE FROM ledger_text WHERE sequence = ? AND field = 'note'",
        "UPDATE ledger_text SET sequence = sequence + 50 WHERE sequence = ?",
        "INSERT OR REPLACE INTO ledger_text VALUES (?, 'note', zeroblob(16),"
        " 'x')",
        "INSERT INTO ledger_text VALUES (?, 'more', zeroblob(16), 'x')",
    };
    struct store *s = full_ledger(*state);
    sqlite3 *db = open_raw(*state);
    size_t found = 0;

    keep(db);
    for (size_t i = 0; i < sizeof one_entry / sizeof *one_entry; i++) {
        /* The last entry can be cut off unseen: a tip is for that. */
        for (int e = 1; e <= 10; e++) {
            change_entry(db, one_entry[i], e);
            if (sqlite3_changes(db) && verify(s, NULL) != TR_EDATA)
                fail_msg("not found at entry %d: %s", e, one_entry[i]);
            found += sqlite3_changes(db) > 0;
            put_back(db);
        }
    }
    assert_true(found > 70);
    run_sql(db, "BEGIN; UPDATE ledger SET sequence = -1 WHERE sequence = 4;"
                "UPDATE ledger SET sequence = 4 WHERE sequence = 5;"
                "UPDATE ledger SET sequence = 5 WHERE sequence = -1; COMMIT");
    assert_int_equal(verify(s, NULL), TR_EDATA);
    put_back(db);
    assert_ok(verify(s, NULL));
    sqlite3_close(db);
    store_close(s);
}

static void no_two_entries_follow_the_same_one(void **state)
{
    struct store *s = full_ledger(*state);
    sqlite3 *db = open_raw(*state);

    assert_int_not_equal(
        sqlite3_exec(db,
                     "INSERT INTO ledger SELECT 99, previous, digest, kind,"
                     " site, content FROM ledger WHERE sequence = 3",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    store_close(s);
}

/* ---- tips ---- */

struct signed_tip {
    struct tr_sign_key key;
    struct ledger_tip tip;
    char text[1024];
};

static struct signed_tip make_tip(struct store *s)
{
    struct signed_tip t = { 0 };
    struct tr_arena a;
    const char *text;

    tr_arena_init(&a, 65536);
    tr_sign_key_make(&t.key);
    assert_ok(ledger_make_tip(s, &t.key, &a, &text, &t.tip, &test_err));
    snprintf(t.text, sizeof t.text, "%s", text);
    tr_arena_clear(&a);
    return t;
}

static void a_tip_finds_what_was_cut_off(void **state)
{
    struct store *s = full_ledger(*state);
    struct signed_tip t = make_tip(s);
    sqlite3 *db = open_raw(*state);

    assert_ok(verify(s, &t.tip));
    ledger_fixture_decide(s, "S5", LEDGER_DRAFT);
    assert_ok(verify(s, &t.tip));
    run_sql(db, "DELETE FROM ledger_text WHERE sequence > 11;"
                "DELETE FROM ledger WHERE sequence > 11");
    assert_ok(verify(s, NULL)); /* whole in itself */
    assert_int_equal(verify(s, &t.tip), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "cut off"));
    sqlite3_close(db);
    store_close(s);
}

/* Another history of the same length, each entry well made. */
static void a_tip_finds_a_ledger_made_anew(void **state)
{
    struct store *s = full_ledger(*state);
    struct signed_tip t = make_tip(s);
    sqlite3 *db = open_raw(*state);

    run_sql(db, "DELETE FROM ledger_text WHERE sequence > 9;"
                "DELETE FROM ledger WHERE sequence > 9");
    for (int i = 0; i < 6; i++)
        ledger_fixture_decide(s, i % 2 ? "S4" : "S5", LEDGER_OVERRIDE);
    assert_ok(verify(s, NULL));
    assert_int_equal(verify(s, &t.tip), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "made anew"));
    sqlite3_close(db);
    store_close(s);
}

static void a_changed_tip_is_refused(void **state)
{
    struct store *s = full_ledger(*state);
    struct signed_tip t = make_tip(s);
    struct ledger_tip read;
    size_t len = strlen(t.text);

    assert_ok(ledger_read_tip(t.text, len, &read, &test_err));
    assert_memory_equal(read.key, t.key.public_, sizeof read.key);
    assert_int_equal(read.sequence, t.tip.sequence);
    for (size_t i = 0; i + 1 < len; i++) {
        t.text[i] ^= 1;
        if (ledger_read_tip(t.text, len, &read, &test_err) != TR_EDATA)
            fail_msg("byte %zu changed, and the tip is read", i);
        t.text[i] ^= 1;
    }
    store_close(s);
}

static void keys_keep_to_themselves(void **state)
{
    struct tr_sign_key key, back;
    struct stat about;
    char secret[128], shown[128];

    store_fixture_path(*state, "key", secret, sizeof secret);
    store_fixture_path(*state, "key.pub", shown, sizeof shown);
    tr_sign_key_make(&key);
    assert_ok(tr_sign_key_write(&key, secret, true, &test_err));
    assert_ok(tr_sign_key_write(&key, shown, false, &test_err));
    assert_int_equal(stat(secret, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_ok(tr_sign_key_read(secret, &back, &test_err));
    assert_memory_equal(&back, &key, sizeof key);
    assert_ok(tr_sign_key_read(shown, &back, &test_err));
    assert_false(back.has_secret);
    assert_memory_equal(back.public_, key.public_, sizeof key.public_);
    assert_int_equal(tr_sign_key_write(&key, secret, true, &test_err),
                     TR_ECREATE);
    chmod(secret, 0640);
    assert_int_equal(tr_sign_key_read(secret, &back, &test_err), TR_EDENIED);
}

/* ---- form ---- */

static enum tr_status check_form(void *context, const struct ledger_entry *e,
                                 struct tr_error *err)
{
    const char *before = "";
    int64_t *n = context;

    (void)err;
    for (size_t i = 0; i < e->facts->n; i++) {
        assert_true(strcmp(before, e->facts->keys[i]->text) < 0);
        before = e->facts->keys[i]->text;
        assert_int_equal(e->facts->items[i]->kind, TR_NODE_TEXT);
    }
    assert_null(strstr(e->content, "Somebody"));
    assert_null(strstr(e->content, "for a reason"));
    assert_int_equal(e->sequence, ++*n);
    return TR_OK;
}

static void contents_are_texts_in_order_without_names(void **state)
{
    const struct ledger_wanted all = { 0 };
    struct store *s = full_ledger(*state);
    int64_t n = 0;

    assert_ok(ledger_read(s, &all, check_form, &n, &test_err));
    assert_int_equal(n, 11);
    store_close(s);
}

/* ---- erasing ---- */

static bool file_holds(const char *path, const char *text)
{
    FILE *in = fopen(path, "rb");
    size_t len = strlen(text), n;
    static char all[1 << 22];
    bool found = false;

    if (!in)
        return false;
    n = fread(all, 1, sizeof all, in);
    fclose(in);
    for (size_t i = 0; !found && i + len <= n; i++)
        found = memcmp(all + i, text, len) == 0;
    return found;
}

static void an_erased_name_is_gone_from_the_file(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = ledger_fixture(f, "partnership", 6);
    struct ledger_decision d = ledger_fixture_step("S2", LEDGER_DRAFT);
    int64_t sequence, erasure;

    d.name = "Unmistakable Person";
    d.reason = "an unmistakable reason";
    assert_ok(ledger_decide(s, &d, &sequence, &test_err));
    assert_true(file_holds(f->path, d.name));

    const struct ledger_erasure e = { sequence, "operator", "Other", "" };

    assert_ok(ledger_erase(s, &e, &erasure, &test_err));
    assert_false(file_holds(f->path, d.name));
    assert_false(file_holds(f->path, d.reason));
    assert_ok(verify(s, NULL));
    assert_int_equal(ledger_erase(s, &e, &erasure, &test_err), TR_ENOTFOUND);
    store_close(s);
}

/* ---- many writers, and a killed one ---- */

static void write_decisions(const char *path, int who, int n, int report)
{
    struct store *s = NULL;

    if (store_open(path, STORE_WRITE, &s, NULL))
        _exit(2);
    store_set_patience(s, 120000);
    for (int i = 0; i < n; i++) {
        struct ledger_decision d = ledger_fixture_step("S4", LEDGER_OVERRIDE);
        char site[16], reason[32];
        int64_t sequence = 0;

        snprintf(site, sizeof site, "S%d", 3 + who);
        snprintf(reason, sizeof reason, "writer %d, %d", who, i);
        d.site = site;
        d.reason = reason;
        if (ledger_decide(s, &d, &sequence, NULL))
            _exit(3);
        if (report >= 0 &&
            write(report, &sequence, sizeof sequence) != sizeof sequence)
            _exit(4);
    }
    store_close(s);
    _exit(0);
}

static enum tr_status count_by_site(void *context, const struct ledger_entry *e,
                                    struct tr_error *err)
{
    int *counts = context;

    (void)err;
    if (*e->site && strcmp(e->kind, "decision") == 0)
        counts[atoi(e->site + 1)]++;
    return TR_OK;
}

static void eight_writers_make_one_chain(void **state)
{
    enum { WRITERS = 8, EACH = 50 };
    const struct store_fixture *f = *state;
    const struct ledger_wanted all = { 0 };
    struct store *s = ledger_fixture(f, "partnership", 16);
    struct ledger_proof before, after;
    int counts[16] = { 0 };
    pid_t pids[WRITERS];

    assert_ok(ledger_verify(s, NULL, &before, &test_err));
    store_close(s); /* SQLite's locks do not survive a fork */
    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (!pids[i])
            write_decisions(f->path, i, EACH, -1);
    }
    for (int i = 0; i < WRITERS; i++) {
        int how;

        assert_int_equal(waitpid(pids[i], &how, 0), pids[i]);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), 0);
    }
    assert_ok(store_open(f->path, STORE_READ, &s, &test_err));
    assert_ok(ledger_verify(s, NULL, &after, &test_err));
    assert_int_equal(after.entries, before.entries + WRITERS * EACH);
    assert_ok(ledger_read(s, &all, count_by_site, counts, &test_err));
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(counts[3 + i], EACH);
    store_close(s);
}

/* What a writer was told is recorded is there after it was killed. */
static void a_killed_writer_loses_nothing_that_it_was_told(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = ledger_fixture(f, "partnership", 16);
    uint64_t seed = 11;

    store_close(s);
    for (int round = 0; round < 8; round++) {
        struct ledger_proof proof;
        int ends[2], how;
        int64_t told = 0, v;
        pid_t pid;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (!pid)
            write_decisions(f->path, 0, 100000, ends[1]);
        close(ends[1]);
        for (uint32_t n = 1 + store_fixture_random(&seed) % 12; n; n--)
            assert_int_equal(read(ends[0], &told, sizeof told), sizeof told);
        nanosleep(
            &(struct timespec){
                .tv_nsec = (long)(store_fixture_random(&seed) % 5000000) },
            NULL);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &how, 0), pid);
        while (read(ends[0], &v, sizeof v) == sizeof v)
            told = v;
        close(ends[0]);
        assert_ok(store_open(f->path, STORE_WRITE, &s, &test_err));
        assert_ok(ledger_verify(s, NULL, &proof, &test_err));
        assert_true(proof.entries >= told);
        store_close(s);
    }
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_whole_ledger_verifies),
        with_store(a_flipped_byte_is_found_wherever_it_is),
        with_store(what_is_cut_out_or_moved_is_found),
        with_store(no_two_entries_follow_the_same_one),
        with_store(a_tip_finds_what_was_cut_off),
        with_store(a_tip_finds_a_ledger_made_anew),
        with_store(a_changed_tip_is_refused),
        with_store(keys_keep_to_themselves),
        with_store(contents_are_texts_in_order_without_names),
        with_store(an_erased_name_is_gone_from_the_file),
        with_store(eight_writers_make_one_chain),
        with_store(a_killed_writer_loses_nothing_that_it_was_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
