/* sqlite_ledger.c - the ledger's rows. What they mean is in ledger*.c. */
#include "store/ledger_append.h"
#include "store/sqlite_door.h"

#include <string.h>

/* ---- writing ---- */

enum tr_status ledger_begin(struct store *s, struct tr_error *err)
{
    enum tr_status st = store_exec(s, "PRAGMA secure_delete=ON", err);

    return st ? st : store_begin_write(s, err);
}

enum tr_status ledger_finish(struct store *s, enum tr_status st,
                             struct tr_error *err)
{
    return store_end_write(s, st, true, err);
}

static enum tr_status add_secret(struct store *s, int64_t sequence,
                                 const char *field,
                                 const struct ledger_secret *secret,
                                 struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st;

    if (!secret->text)
        return TR_OK;
    st = store_prepare(s, "INSERT INTO ledger_text VALUES (?, ?, ?, ?)", &q,
                       err);
    if (!st) {
        sqlite3_bind_int64(q, 1, sequence);
        store_bind_text(q, 2, field);
        sqlite3_bind_blob(q, 3, secret->salt, LEDGER_SALT_BYTES, SQLITE_STATIC);
        store_bind_text(q, 4, secret->text);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status ledger_add_row(struct store *s, const struct ledger_row *row,
                              struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        s,
        "INSERT INTO ledger (sequence, previous, digest, kind, site, content)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, row->sequence);
        store_bind_digest(q, 2, &row->previous);
        store_bind_digest(q, 3, &row->digest);
        store_bind_text(q, 4, row->kind);
        store_bind_text(q, 5, row->site);
        sqlite3_bind_text64(q, 6, row->content, row->content_len, SQLITE_STATIC,
                            SQLITE_UTF8);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    if (!st)
        st = add_secret(s, row->sequence, "name", &row->name, err);
    if (!st)
        st = add_secret(s, row->sequence, "note", &row->note, err);
    return st;
}

enum tr_status ledger_erase_secrets(struct store *s, int64_t sequence,
                                    int64_t *erased, struct tr_error *err)
{
    const int64_t ids[2] = { sequence, 0 };
    int64_t n = 0, ignored;
    enum tr_status st =
        store_ask(s, "SELECT count(*) FROM ledger_text WHERE sequence = ?", ids,
                  0, &n, err);

    if (!st && n)
        st = store_ask(s, "DELETE FROM ledger_text WHERE sequence = ?", ids, 0,
                       &ignored, err);
    if (!st)
        *erased = n;
    return st;
}

/* ---- reading ---- */

enum tr_status ledger_end(struct store *s, int64_t *sequence,
                          struct tr_digest *digest, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        s, "SELECT sequence, digest FROM ledger ORDER BY sequence DESC LIMIT 1",
        &q, err);

    if (!st)
        st = store_step_row(s, q, &row, err);
    if (!st) {
        *sequence = row ? sqlite3_column_int64(q, 0) : 0;
        *digest = row ? store_column_digest(q, 1) : (struct tr_digest){ { 0 } };
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status ledger_count_secrets(struct store *s, int64_t *out,
                                    struct tr_error *err)
{
    return store_ask(s, "SELECT count(*) FROM ledger_text", NULL, 0, out, err);
}

#define ROWS_SQL                                                               \
    "SELECT l.sequence, l.previous, l.digest, l.kind, l.site, l.content,"      \
    " n.salt, n.text, o.salt, o.text FROM ledger l"                            \
    " LEFT JOIN ledger_text n ON n.sequence = l.sequence"                      \
    " AND n.field = 'name'"                                                    \
    " LEFT JOIN ledger_text o ON o.sequence = l.sequence"                      \
    " AND o.field = 'note'"                                                    \
    " WHERE l.sequence <= ?1"

static const char *rows_sql(const struct ledger_wanted *w)
{
    if (w->site)
        return ROWS_SQL " AND l.site = ?2 AND l.site <> '' ORDER BY l.sequence";
    if (w->sites_only)
        return ROWS_SQL " AND l.site <> '' ORDER BY l.site, l.sequence";
    return ROWS_SQL " ORDER BY l.sequence";
}

static void fill_secret(sqlite3_stmt *q, int column, struct ledger_secret *out)
{
    const void *salt = sqlite3_column_blob(q, column);

    memset(out, 0, sizeof *out);
    if (salt && sqlite3_column_bytes(q, column) == LEDGER_SALT_BYTES)
        memcpy(out->salt, salt, LEDGER_SALT_BYTES);
    out->text = (const char *)sqlite3_column_text(q, column + 1);
}

static const char *text_or_empty(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);

    return text ? text : "";
}

static void fill_row(sqlite3_stmt *q, struct ledger_row *r)
{
    r->sequence = sqlite3_column_int64(q, 0);
    r->previous = store_column_digest(q, 1);
    r->digest = store_column_digest(q, 2);
    r->kind = text_or_empty(q, 3);
    r->site = text_or_empty(q, 4);
    r->content = text_or_empty(q, 5);
    r->content_len = (size_t)sqlite3_column_bytes(q, 5);
    fill_secret(q, 6, &r->name);
    fill_secret(q, 8, &r->note);
}

enum tr_status ledger_read_rows(struct store *s,
                                const struct ledger_wanted *wanted,
                                ledger_row_fn fn, void *context,
                                struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(s, rows_sql(wanted), &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, wanted->until ? wanted->until : INT64_MAX);
        if (wanted->site)
            store_bind_text(q, 2, wanted->site);
    }
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        struct ledger_row r;

        fill_row(q, &r);
        st = fn(context, &r, err);
    }
    sqlite3_finalize(q);
    return st;
}

/* ---- what a decision rests on ---- */

enum tr_status ledger_run_result(struct store *s, int64_t run, const char *site,
                                 struct tr_arena *a, struct ledger_result *out,
                                 struct tr_error *err)
{
    struct ledger_result r = { .data = NULL };
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st =
        store_prepare(s,
                      "SELECT class_name, data FROM run_result WHERE run = ?"
                      " AND site_id = ?",
                      &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, run);
        store_bind_text(q, 2, site);
        st = store_step_row(s, q, &row, err);
    }
    if (!st && !row)
        st = tr_fail(err, TR_ENOTFOUND,
                     "run %lld has no result for a site '%.60s'",
                     (long long)run, site);
    if (!st) {
        r.class_name = store_column_text(q, 0, a);
        r.data = store_column_text(q, 1, a);
    }
    if (!st && (!r.class_name || !r.data))
        st = tr_fail(err, TR_ENOMEM, "no memory left for a decision");
    sqlite3_finalize(q);
    if (!st)
        *out = r;
    return st;
}
