/* sqlite_check.c - how a store is, for `terrier doctor`. */
#include "store/sqlite_door.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct report {
    store_report_fn fn;
    void *context;
    char text[256];
};

#define tell(r, good, ...)                                                     \
    do {                                                                       \
        snprintf((r)->text, sizeof(r)->text, __VA_ARGS__);                     \
        (r)->fn((r)->context, (good), (r)->text);                              \
    } while (0)

static enum tr_status check_integrity(struct store *s, struct report *r,
                                      struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(s, "PRAGMA integrity_check(5)", &q, err);

    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        const char *what = (const char *)sqlite3_column_text(q, 0);

        if (!strcmp(what, "ok"))
            tell(r, true, "the store's file is sound");
        else
            tell(r, false, "the store's file is damaged, restore a backup: %s",
                 what);
    }
    sqlite3_finalize(q);
    if (st == TR_EDATA) {
        tell(r, false, "the store's file is damaged, restore a backup");
        st = TR_OK;
    }
    return st;
}

static enum tr_status check_journal(struct store *s, struct report *r,
                                    struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(s, "PRAGMA journal_mode", &q, err);

    if (!st)
        st = store_step_row(s, q, &row, err);
    if (!st && row) {
        const char *mode = (const char *)sqlite3_column_text(q, 0);
        bool good = !strcmp(mode, "truncate") || !strcmp(mode, "delete");

        tell(r, good, "the store keeps a rollback journal (%s), SQLite %s",
             mode, sqlite3_libversion());
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status check_unfinished(struct store *s, struct report *r,
                                       struct tr_error *err)
{
    int64_t loads = 0, runs = 0;
    enum tr_status st =
        store_ask(s, "SELECT count(*) FROM load WHERE finished = 0", NULL, 0,
                  &loads, err);

    if (!st)
        st = store_ask(s, "SELECT count(*) FROM run WHERE finished = 0", NULL,
                       0, &runs, err);
    if (st)
        return st;
    if (loads || runs)
        tell(r, false,
             "%lld loads and %lld runs are unfinished: in progress, or to be "
             "swept by the next command that writes",
             (long long)loads, (long long)runs);
    else
        tell(r, true, "no load and no run is unfinished");
    return TR_OK;
}

static void check_file(struct store *s, struct report *r)
{
    struct stat at;

    if (stat(s->path, &at)) {
        tell(r, false, "the store's file cannot be looked at");
        return;
    }
    tell(r, !(at.st_mode & 077), "the store's file has mode %04o%s",
         (unsigned)at.st_mode & 07777,
         at.st_mode & 077 ? ", others can read it: chmod 600 it" : "");
    tell(r, true, "the store holds %.1f MB", (double)at.st_size / 1e6);
}

enum tr_status store_check(struct store *s, store_report_fn fn, void *context,
                           struct tr_error *err)
{
    struct report r = { .fn = fn, .context = context };
    int version;
    enum tr_status st = store_known_schema(s, &version, err);

    if (st)
        return st;
    tell(&r, version == STORE_SCHEMA_VERSION,
         "the store is of version %d, this program's is %d", version,
         STORE_SCHEMA_VERSION);
    check_file(s, &r);
    st = check_integrity(s, &r, err);
    if (!st)
        st = check_journal(s, &r, err);
    if (!st)
        st = check_unfinished(s, &r, err);
    return st;
}
