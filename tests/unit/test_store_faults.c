/* test_store_faults.c - killed writers, full disks, wrong files: what the store
 * says, and that nothing is lost. Children are forked before any store is open
 * in the parent: a connection must not cross a fork. */
#define _GNU_SOURCE /* syscall, setresuid */
#include "support/store_fixture.h"
#include "support/tr_test.h"

#include "store/sqlite_door.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tr_error test_err;

/* SQLite's calls come here, so that one can be made to fail. */
static volatile int failing_fsync;

int fsync(int fd)
{
    if (failing_fsync) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fsync(fd);
}

static struct store *open_store(const struct store_fixture *f,
                                enum store_mode mode)
{
    struct store *s = NULL;

    assert_ok(store_open(f->path, mode, &s, &test_err));
    return s;
}

static void collect_bad(void *context, bool good, const char *what)
{
    if (!good)
        print_message("%s\n", what);
    *(int *)context += !good;
}

static void assert_sound(struct store *s)
{
    int bad = 0;

    assert_ok(store_check(s, collect_bad, &bad, &test_err));
    assert_int_equal(bad, 0);
}

/* Run `fn` in a child and return its exit status. */
static int in_child(int (*fn)(const struct store_fixture *),
                    const struct store_fixture *f)
{
    pid_t pid = fork();
    int status = 0;

    if (!pid)
        _exit(fn(f));
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- killed ---- */

enum { KILL_ROWS = 12000, KILL_ROUNDS = 30 };

/* In a child: a load that changes every second row and misses the others. Says
 * when it has begun, and never ends by itself. */
static void load_until_killed(const char *path, uint64_t content, int ready)
{
    struct store *s = NULL;
    struct store_loading *l = NULL;
    struct store_issue i = { "f", 1, "c", "v", "t", STORE_ERROR, "m" };
    enum store_outcome o;
    enum tr_status st = store_open(path, STORE_WRITE, &s, NULL);
    char key[32];
    bool changed;

    if (st)
        _exit(1);

    struct store_load info = store_fixture_info(s, "layer");

    st = store_load_begin(s, "there", STORE_SITES, &info, &l, NULL);
    if (st || write(ready, "x", 1) != 1)
        _exit(2);
    for (long k = 0; !st && k < KILL_ROWS; k += 2) {
        snprintf(key, sizeof key, "K%ld", k);

        struct store_row r = store_fixture_row(key, content);

        st = store_load_row(l, &r, &o, NULL);
        if (!st && k % 8 == 0)
            st = store_load_issue(l, &i, NULL);
    }
    st = st ? st : store_load_commit(l, &info, &changed, NULL);
    if (st)
        _exit(3);
    for (;;)
        pause();
}

static void kill_one_load(const char *path, uint64_t content, int after_ms)
{
    int ends[2], status;
    char c;

    assert_int_equal(pipe(ends), 0);

    pid_t pid = fork();

    if (!pid)
        load_until_killed(path, content, ends[1]);
    assert_int_equal(read(ends[0], &c, 1), 1);
    store_pause_ms(after_ms);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    close(ends[0]);
    close(ends[1]);
}

/* Sweeping may be killed too. */
static void kill_one_sweep(const char *path, int after_ms)
{
    struct store *s = NULL;
    int status;
    pid_t pid = fork();

    if (!pid)
        _exit(store_open(path, STORE_WRITE, &s, NULL) != TR_OK);
    store_pause_ms(after_ms);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static int64_t ask(struct store *s, const char *sql)
{
    int64_t n = -1;

    assert_ok(store_ask(s, sql, NULL, 0, &n, &test_err));
    return n;
}

/* Nothing in the file belongs to a load after the layer's current one. */
static void assert_no_trace(struct store *s)
{
    int64_t load = ask(s, "SELECT current_load FROM layer");
    char sql[256];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM version WHERE load_from > %lld"
             " OR (load_to > %lld AND load_to < %d)"
             " OR (missing_from > %lld AND missing_from < %d)",
             (long long)load, (long long)load, STORE_NEVER, (long long)load,
             STORE_NEVER);
    assert_int_equal(ask(s, sql), 0);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM issue WHERE load > %lld",
             (long long)load);
    assert_int_equal(ask(s, sql), 0);
}

static void a_killed_load_leaves_the_layer_as_it_was(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    uint64_t seed = 7, before, after;
    int swept = 0;
    int64_t loads = 1, unfinished;

    store_fixture_load(s, "layer", KILL_ROWS, 1);
    before = store_fixture_sum(s, "layer");
    store_close(s);
    for (uint64_t round = 0; round < KILL_ROUNDS; round++) {
        kill_one_load(f->path, 100 + round,
                      (int)(store_fixture_random(&seed) % 60));
        s = open_store(f, STORE_READ);
        unfinished = ask(s, "SELECT count(*) FROM load WHERE finished = 0");
        after = store_fixture_sum(s, "layer");
        store_close(s);
        /* A load that came to its end before the signal is there whole. */
        assert_int_equal(after != before, unfinished == 0);
        swept += unfinished != 0;
        before = after;
        kill_one_sweep(f->path, (int)(store_fixture_random(&seed) % 20));
        s = open_store(f, STORE_WRITE);
        assert_true(store_fixture_sum(s, "layer") == before);
        loads += unfinished == 0;
        assert_int_equal(ask(s, "SELECT count(*) FROM load"), loads);
        assert_no_trace(s);
        assert_sound(s);
        store_close(s);
    }
    print_message("%d of %d loads were swept\n", swept, KILL_ROUNDS);
    assert_true(swept > KILL_ROUNDS / 4);
}

/* ---- others at work while a load runs ---- */

static void a_living_load_is_not_swept(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE), *other;
    struct store_load info = store_fixture_info(s, "layer");
    struct store_loading *l = NULL, *second = NULL;
    struct store_row r = store_fixture_row("K", 1);
    enum store_outcome o;
    bool changed;

    assert_ok(store_load_begin(s, "there", STORE_SITES, &info, &l, &test_err));
    other = open_store(f, STORE_WRITE);
    assert_int_equal(ask(other, "SELECT count(*) FROM load"), 1);
    assert_int_equal(store_load_begin(other, "there", STORE_SITES, &info,
                                      &second, &test_err),
                     TR_EBUSY);
    assert_non_null(strstr(test_err.msg, "since 2"));
    assert_ok(store_load_row(l, &r, &o, &test_err));
    assert_ok(store_load_commit(l, &info, &changed, &test_err));
    assert_int_equal(store_fixture_count(other, "layer"), 1);
    assert_ok(store_load_begin(other, "there", STORE_SITES, &info, &second,
                               &test_err));
    store_close(other); /* aborts it */
    assert_int_equal(ask(s, "SELECT count(*) FROM load"), 1);
    store_close(s);
}

/* In a child: load until told to stop, or too much is loaded. */
static void load_beside(const char *path, int ready)
{
    struct store *s = NULL;
    struct store_loading *l = NULL;
    enum store_outcome o;
    char key[32];

    if (store_open(path, STORE_WRITE, &s, NULL))
        _exit(1);

    struct store_load info = store_fixture_info(s, "big");

    if (store_load_begin(s, "there", STORE_SITES, &info, &l, NULL) ||
        write(ready, "x", 1) != 1)
        _exit(2);
    for (long k = 0;; k++) {
        snprintf(key, sizeof key, "K%ld", k);

        struct store_row r = store_fixture_row(key, 3);

        if (store_load_row(l, &r, &o, NULL))
            _exit(3);
    }
}

static void others_write_and_read_while_a_load_runs(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    int64_t longest = 0;
    int ends[2], status;
    char c;

    store_fixture_load(s, "small", 100, 1);
    store_close(s);
    assert_int_equal(pipe(ends), 0);

    pid_t pid = fork();

    if (!pid)
        load_beside(f->path, ends[1]);
    assert_int_equal(read(ends[0], &c, 1), 1);
    s = open_store(f, STORE_WRITE);
    for (int i = 0; i < 12; i++) {
        int64_t begun = store_clock_ms();

        assert_ok(store_suspend_layer(s, "small", i % 2, &test_err));
        assert_int_equal(store_fixture_count(s, "small"), 100);
        if (store_clock_ms() - begun > longest)
            longest = store_clock_ms() - begun;
        store_pause_ms(20);
    }
    print_message("the longest wait was %d ms\n", (int)longest);
    assert_true(longest < 3000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* it still runs */
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    close(ends[0]);
    close(ends[1]);
    store_close(s);
}

/* ---- the disk ---- */

/* Load more than there is room for; the status, and that nothing changed. */
static void assert_load_fails_with(struct store *s, enum tr_status want,
                                   const char *why)
{
    struct store_load info = store_fixture_info(s, "layer");
    struct store_loading *l = NULL;
    enum tr_status st = TR_OK;
    enum store_outcome o;
    bool changed = false;
    char key[32];

    assert_ok(store_load_begin(s, "there", STORE_SITES, &info, &l, &test_err));
    for (long k = 0; !st && k < 50000; k++) {
        snprintf(key, sizeof key, "N%ld", k);

        struct store_row r = store_fixture_row(key, 5);

        st = store_load_row(l, &r, &o, &test_err);
    }
    assert_int_equal(st, want);
    assert_non_null(strstr(test_err.msg, why));
    /* Nobody can finish what failed half-way. */
    assert_int_not_equal(store_load_commit(l, &info, &changed, NULL), TR_OK);
    assert_false(changed);
}

static void a_full_disk_fails_the_load_and_changes_nothing(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    uint64_t before;

    store_fixture_load(s, "layer", 100, 1);
    before = store_fixture_sum(s, "layer");
    assert_ok(store_exec(s, "PRAGMA max_page_count=200", &test_err));
    assert_load_fails_with(s, TR_EIO, "the disk is full");
    assert_true(store_fixture_sum(s, "layer") == before);
    assert_sound(s);
    /* When there is room again, so is everything else. */
    assert_ok(store_exec(s, "PRAGMA max_page_count=100000", &test_err));
    store_fixture_load(s, "layer", 5000, 2);
    assert_int_equal(store_fixture_count(s, "layer"), 5000);
    store_close(s);
}

static int load_under_a_size_limit(const struct store_fixture *f)
{
    const struct rlimit limit = { 400000, 400000 };
    struct store *s = NULL;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (store_open(f->path, STORE_WRITE, &s, NULL))
        return 1;
    assert_load_fails_with(s, TR_EIO, "the disk is full or a size limit");
    store_close(s);
    return 0;
}

static void a_size_limit_fails_the_load_and_changes_nothing(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    uint64_t before;

    store_fixture_load(s, "layer", 100, 1);
    before = store_fixture_sum(s, "layer");
    store_close(s);
    assert_int_equal(in_child(load_under_a_size_limit, f), 0);
    s = open_store(f, STORE_WRITE);
    assert_true(store_fixture_sum(s, "layer") == before);
    assert_sound(s);
    store_close(s);
}

static void a_failed_fsync_ends_all_writing(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    struct tr_digest d;

    store_fixture_load(s, "layer", 10, 1);
    failing_fsync = 1;
    assert_int_equal(store_put_document(s, "place", "a", "a", 1, &d, &test_err),
                     TR_EIO);
    assert_non_null(strstr(test_err.msg, "did not confirm"));
    failing_fsync = 0;
    /* The disk seems well again: that is when data would be lost. */
    assert_int_equal(store_put_document(s, "place", "a", "a", 1, &d, &test_err),
                     TR_EIO);
    assert_int_equal(store_suspend_layer(s, "layer", true, &test_err), TR_EIO);
    store_close(s);
    s = open_store(f, STORE_WRITE);
    assert_int_equal(store_fixture_count(s, "layer"), 10);
    assert_ok(store_put_document(s, "place", "a", "a", 1, &d, &test_err));
    store_close(s);
}

/* ---- wrong files ---- */

static void write_file(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void make_store(const struct store_fixture *f, const char *sql)
{
    struct store *s = open_store(f, STORE_CREATE);

    store_fixture_load(s, "layer", 3000, 1);
    assert_ok(store_exec(s, sql, &test_err));
    store_close(s);
}

static void assert_refused(const struct store_fixture *f, enum tr_status want,
                           const char *why)
{
    static const enum store_mode modes[] = { STORE_READ, STORE_WRITE };

    for (int i = 0; i < 2; i++) {
        struct store *s = NULL;

        assert_int_equal(store_open(f->path, modes[i], &s, &test_err), want);
        assert_null(s);
        if (!strstr(test_err.msg, why))
            fail_msg("'%s' does not say '%s'", test_err.msg, why);
    }
}

static void a_file_that_is_no_store_is_refused(void **state)
{
    const struct store_fixture *f = *state;
    static const char text[600] = "site_id,name\n1,Town Hall\n";
    struct store *s = NULL;

    assert_refused(f, TR_ENOTFOUND, "terrier init");
    write_file(f->path, text, sizeof text);
    assert_refused(f, TR_EDATA, "is not a Terrier store");
    assert_int_equal(store_open(f->path, STORE_CREATE, &s, &test_err),
                     TR_ECREATE);
    assert_non_null(strstr(test_err.msg, "already there"));
    write_file(f->path, "", 0);
    assert_refused(f, TR_EDATA, "is not a Terrier store");
    assert_int_equal(store_open("postgresql://x/y", STORE_READ, &s, &test_err),
                     TR_EINVAL);
}

static void a_missing_folder_is_named(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = NULL;
    char path[160];

    store_fixture_path(f, "no/terrier.db", path, sizeof path);
    assert_int_equal(store_open(path, STORE_CREATE, &s, &test_err), TR_ECREATE);
    assert_non_null(strstr(test_err.msg, "No such file"));
    assert_int_equal(store_open(path, STORE_READ, &s, &test_err), TR_ENOTFOUND);
    /* A folder is not a store either. */
    assert_int_equal(store_open(f->folder, STORE_READ, &s, &test_err),
                     TR_ECREATE);
}

static void another_programs_database_is_refused(void **state)
{
    make_store(*state, "PRAGMA application_id = 7");
    assert_refused(*state, TR_EDATA, "is not a Terrier store");
}

static void a_newer_store_is_refused(void **state)
{
    make_store(*state, "UPDATE terrier_meta SET value = 99"
                       " WHERE name = 'schema_version'");
    assert_refused(*state, TR_EDATA, "of version 99, newer than");
}

static void a_store_in_wal_is_refused_with_the_way_out(void **state)
{
    make_store(*state, "PRAGMA journal_mode=WAL");
    assert_refused(*state, TR_EDATA, "PRAGMA journal_mode=DELETE");
}

static void a_truncated_store_is_refused(void **state)
{
    const struct store_fixture *f = *state;
    struct stat at;

    make_store(f, "SELECT 1");
    assert_int_equal(stat(f->path, &at), 0);
    assert_int_equal(truncate(f->path, at.st_size / 2), 0);
    assert_refused(f, TR_EDATA, "damaged");
    assert_int_equal(truncate(f->path, 50), 0);
    assert_refused(f, TR_EDATA, "damaged");
}

static void a_damaged_row_is_refused_not_shown(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s;

    make_store(f, "UPDATE version SET marks = 255");
    s = open_store(f, STORE_READ);
    assert_int_equal(store_read_rows(s, 1, 0, NULL, NULL, &test_err), TR_EDATA);
    store_close(s);
}

static int write_as_nobody(const struct store_fixture *f)
{
    struct store *s = NULL;
    struct tr_digest d;
    int64_t revision;

    if (!geteuid() && setresuid(65534, 65534, 65534))
        return 1;
    if (store_open(f->path, STORE_WRITE, &s, &test_err) != TR_ECREATE ||
        !strstr(test_err.msg, "read-only"))
        return 2;
    if (store_open(f->path, STORE_READ, &s, &test_err) ||
        store_revision(s, &revision, &test_err))
        return 3;
    if (store_put_document(s, "k", "n", "t", 1, &d, &test_err) != TR_ECREATE)
        return 4;
    store_close(s);
    return 0;
}

static void a_read_only_store_can_be_read(void **state)
{
    const struct store_fixture *f = *state;

    make_store(f, "SELECT 1");
    chmod(f->path, 0444);
    chmod(f->folder, 0555);

    int came = in_child(write_as_nobody, f);

    chmod(f->folder, 0700);
    assert_int_equal(came, 0);
}

static void a_locked_store_says_so_after_its_patience(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s = open_store(f, STORE_CREATE);
    struct store *other = open_store(f, STORE_WRITE);
    struct tr_digest d;
    int64_t revision;

    assert_ok(store_exec(other, "BEGIN EXCLUSIVE", &test_err));
    store_set_patience(s, 50);

    int64_t begun = store_clock_ms();

    assert_int_equal(store_put_document(s, "k", "n", "t", 1, &d, &test_err),
                     TR_EBUSY);
    assert_true(store_clock_ms() - begun >= 50);
    assert_non_null(strstr(test_err.msg, "in use by another process"));
    assert_int_equal(store_revision(s, &revision, &test_err), TR_EBUSY);
    assert_ok(store_exec(other, "COMMIT", &test_err));
    assert_ok(store_put_document(s, "k", "n", "t", 1, &d, &test_err));
    store_close(other);
    store_close(s);
}

static void a_hostile_trigger_does_nothing(void **state)
{
    const struct store_fixture *f = *state;
    struct store *s;
    struct tr_digest d;

    make_store(f, "CREATE TRIGGER t AFTER INSERT ON document"
                  " BEGIN DELETE FROM layer; END");
    s = open_store(f, STORE_WRITE);
    assert_ok(store_put_document(s, "k", "n", "t", 1, &d, &test_err));
    assert_int_equal(store_fixture_count(s, "layer"), 3000);
    store_close(s);
}

#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, store_fixture_setup,                 \
                                    store_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_killed_load_leaves_the_layer_as_it_was),
        with_store(a_living_load_is_not_swept),
        with_store(others_write_and_read_while_a_load_runs),
        with_store(a_full_disk_fails_the_load_and_changes_nothing),
        with_store(a_size_limit_fails_the_load_and_changes_nothing),
        with_store(a_failed_fsync_ends_all_writing),
        with_store(a_file_that_is_no_store_is_refused),
        with_store(a_missing_folder_is_named),
        with_store(another_programs_database_is_refused),
        with_store(a_newer_store_is_refused),
        with_store(a_store_in_wal_is_refused_with_the_way_out),
        with_store(a_truncated_store_is_refused),
        with_store(a_damaged_row_is_refused_not_shown),
        with_store(a_read_only_store_can_be_read),
        with_store(a_locked_store_says_so_after_its_patience),
        with_store(a_hostile_trigger_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
