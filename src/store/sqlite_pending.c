/* sqlite_pending.c - see sqlite_pending.h */
#include "store/sqlite_pending.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES     ((size_t)8 << 20)
#define MAX_ROWS      32768
#define MAX_ISSUES    4096
#define MAX_MISSING   32768
#define ONE_ROW_BYTES ((size_t)1 << 30)

/* Rows that one statement inserts, where there are so many: each statement has
 * to find the table's end again. */
#define TOGETHER    32
#define ROW_NUMBERS 11 /* bound in one row */
#define INSERT      "INSERT INTO version VALUES "
#define ROW                                                                    \
    "(?, ?, " STORE_NEVER_TEXT ", " STORE_NEVER_TEXT                           \
    ", ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/* Texts and blobs lie in `bytes`, which moves as it grows: so their offsets are
 * kept, and pointers made when the row is written. */
struct pending_row {
    struct store_row row;
    int64_t closes;
    size_t key, outward, geometry, record;
    unsigned char at[STORE_POSITION_BYTES]; /* packed when it is written */
};

struct pending_issue {
    long number, row;
    enum store_severity severity;
    size_t file, column, value, type, message;
};

enum tr_status store_pending_init(struct store_pending *p, struct store *s,
                                  struct tr_error *err)
{
    *p = (struct store_pending){ .s = s, .write_ms = STORE_SLICE_MS / 3 };
    tr_buf_init(&p->bytes, MAX_BYTES + ONE_ROW_BYTES);
    p->rows = malloc(MAX_ROWS * sizeof *p->rows);
    p->issues = malloc(MAX_ISSUES * sizeof *p->issues);
    p->missing = malloc(MAX_MISSING * sizeof *p->missing);
    if (!p->rows || !p->issues || !p->missing)
        return tr_fail(err, TR_ENOMEM, "no memory left for a load");
    return TR_OK;
}

void store_pending_clear(struct store_pending *p)
{
    sqlite3_finalize(p->insert);
    sqlite3_finalize(p->insert_many);
    sqlite3_finalize(p->close);
    sqlite3_finalize(p->mark);
    sqlite3_finalize(p->issue);
    tr_buf_clear(&p->bytes);
    free(p->rows);
    free(p->issues);
    free(p->missing);
}

/* ---- writing ---- */

static enum tr_status prepare_many(struct store_pending *p,
                                   struct tr_error *err)
{
    struct tr_buf sql;
    const char *text;
    enum tr_status st;

    tr_buf_init(&sql, 65536);
    tr_buf_str(&sql, INSERT);
    for (int i = 0; i < TOGETHER; i++)
        tr_buf_str(&sql, i ? ", " ROW : ROW);
    text = tr_buf_text(&sql);
    st = text ? store_prepare(p->s, text, &p->insert_many, err)
              : tr_fail(err, TR_ENOMEM, "no memory left for a load");
    tr_buf_clear(&sql);
    return st;
}

static enum tr_status statements(struct store_pending *p, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    if (p->issue)
        return TR_OK;
    st = store_prepare(p->s, INSERT ROW, &p->insert, err);
    if (!st)
        st = prepare_many(p, err);
    if (!st)
        st = store_prepare(p->s, "UPDATE version SET load_to = ? WHERE id = ?",
                           &p->close, err);
    if (!st)
        st = store_prepare(p->s,
                           "UPDATE version SET missing_from = ? WHERE id = ?",
                           &p->mark, err);
    if (!st)
        st = store_prepare(p->s,
                           "INSERT INTO issue VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
                           " ?)",
                           &p->issue, err);
    return st;
}

static enum tr_status touch(struct store_pending *p, sqlite3_stmt *stmt,
                            int64_t version, struct tr_error *err)
{
    p->closed = true;
    sqlite3_bind_int64(stmt, 1, p->load);
    sqlite3_bind_int64(stmt, 2, version);
    return store_step_done(p->s, stmt, err);
}

static void bind_blob(sqlite3_stmt *q, int i, const void *p, size_t len)
{
    sqlite3_bind_blob64(q, i, p, len, SQLITE_STATIC);
}

static void bind_text_or_null(sqlite3_stmt *q, int i, const unsigned char *text)
{
    sqlite3_bind_text(q, i, (const char *)text, -1, SQLITE_STATIC);
}

/* Row `k` of a statement that inserts several. */
static void bind_row(struct store_pending *p, sqlite3_stmt *q, int k,
                     struct pending_row *w)
{
    const struct store_row *r = &w->row;
    const unsigned char *b = p->bytes.data;
    int i = k * ROW_NUMBERS;

    sqlite3_bind_int64(q, i + 1, p->next_version++);
    sqlite3_bind_int64(q, i + 2, p->load);
    sqlite3_bind_text(q, i + 3, (const char *)b + w->key, -1, SQLITE_STATIC);
    store_bind_digest(q, i + 4, &r->digest);
    sqlite3_bind_int64(q, i + 5, r->source_row);
    sqlite3_bind_int64(q, i + 6, store_pack_marks(r));
    sqlite3_bind_int(q, i + 7, r->precision_m);
    if (r->has_position) {
        store_pack_position(&r->position, w->at);
        bind_blob(q, i + 8, w->at, sizeof w->at);
    } else {
        sqlite3_bind_null(q, i + 8);
    }
    bind_text_or_null(q, i + 9, r->outward ? b + w->outward : NULL);
    bind_blob(q, i + 10, r->geometry ? b + w->geometry : NULL, r->geometry_len);
    bind_blob(q, i + 11, b + w->record, r->record_len);
}

static enum tr_status write_rows(struct store_pending *p, size_t first,
                                 size_t n, struct tr_error *err)
{
    sqlite3_stmt *q = n > 1 ? p->insert_many : p->insert;
    enum tr_status st = TR_OK;

    for (size_t k = 0; k < n && !st; k++) {
        struct pending_row *w = &p->rows[first + k];

        if (w->closes)
            st = touch(p, p->close, w->closes, err);
        bind_row(p, q, (int)k, w);
    }
    return st ? st : store_step_done(p->s, q, err);
}

static enum tr_status write_issue(struct store_pending *p,
                                  const struct pending_issue *w,
                                  struct tr_error *err)
{
    const char *b = (const char *)p->bytes.data;
    sqlite3_stmt *q = p->issue;

    sqlite3_bind_int64(q, 1, p->load);
    sqlite3_bind_int64(q, 2, w->number);
    store_bind_text(q, 3, b + w->file);
    sqlite3_bind_int64(q, 4, w->row);
    store_bind_text(q, 5, b + w->column);
    store_bind_text(q, 6, b + w->value);
    store_bind_text(q, 7, b + w->type);
    sqlite3_bind_int(q, 8, (int)w->severity);
    store_bind_text(q, 9, b + w->message);
    return store_step_done(p->s, q, err);
}

/* Item `*i` and, if they are rows, some after it; moves on past them. */
static enum tr_status write_items(struct store_pending *p, size_t *next,
                                  struct tr_error *err)
{
    size_t i = *next;

    if (i < p->n_rows) {
        size_t n = p->n_rows - i < TOGETHER ? 1 : TOGETHER;

        *next += n;
        return write_rows(p, i, n, err);
    }
    ++*next;
    i -= p->n_rows;
    if (i < p->n_issues)
        return write_issue(p, &p->issues[i], err);
    return touch(p, p->mark, p->missing[i - p->n_issues], err);
}

/* One transaction from item `*i` on, as long as its time lasts. A disk that is
 * slow to commit leaves less time for the next. */
static enum tr_status write_slice(struct store_pending *p, size_t n, size_t *i,
                                  struct tr_error *err)
{
    enum tr_status st = store_begin_write(p->s, err);

    if (st)
        return st;

    int64_t until = store_clock_ms() + p->write_ms;

    for (size_t looked = *i; !st && *i < n;) {
        if (*i - looked >= 64) {
            if (store_clock_ms() >= until)
                break;
            looked = *i;
        }
        st = write_items(p, i, err);
    }

    int64_t written = store_clock_ms();

    st = store_end_write(p->s, st, false, err);

    int64_t commit = store_clock_ms() - written;

    if (commit > STORE_SLICE_MS / 2 && p->write_ms > 8)
        p->write_ms /= 2;
    else if (commit < STORE_SLICE_MS / 4 && p->write_ms < STORE_SLICE_MS / 2)
        p->write_ms += 5;
    return st;
}

enum tr_status store_pending_flush(struct store_pending *p,
                                   struct tr_error *err)
{
    size_t n = p->n_rows + p->n_issues + p->n_missing, i = 0;
    enum tr_status st = TR_OK;

    if (p->failed)
        return tr_fail(err, p->failed,
                       "an earlier write of this load failed; load again");
    if (n)
        st = statements(p, err);

    while (!st && i < n) {
        st = write_slice(p, n, &i, err);
        store_pause_ms(2); /* a gap, in which others get their turn */
    }
    p->failed = st;
    p->n_rows = p->n_issues = p->n_missing = 0;
    tr_buf_reset(&p->bytes);
    return st;
}

/* ---- gathering ---- */

static size_t keep(struct store_pending *p, const void *bytes, size_t len)
{
    size_t at = p->bytes.len;

    tr_buf_add(&p->bytes, bytes, len);
    return at;
}

static size_t keep_text(struct store_pending *p, const char *text)
{
    return text ? keep(p, text, strlen(text) + 1) : keep(p, "", 1);
}

enum tr_status store_pending_row(struct store_pending *p,
                                 const struct store_row *row, int64_t closes,
                                 struct tr_error *err)
{
    struct pending_row *w = &p->rows[p->n_rows];

    w->row = *row;
    w->closes = closes;
    w->key = keep_text(p, row->key);
    w->outward = row->outward ? keep_text(p, row->outward) : 0;
    w->geometry = keep(p, row->geometry, row->geometry_len);
    w->record = keep(p, row->record, row->record_len);

    enum tr_status st = tr_buf_status(&p->bytes, "a row", err);
    if (st)
        return st;
    if (++p->n_rows == MAX_ROWS || p->bytes.len >= MAX_BYTES)
        st = store_pending_flush(p, err);
    return st;
}

enum tr_status store_pending_issue(struct store_pending *p,
                                   const struct store_issue *issue, long number,
                                   struct tr_error *err)
{
    struct pending_issue *w = &p->issues[p->n_issues];

    *w = (struct pending_issue){ .number = number,
                                 .row = issue->row,
                                 .severity = issue->severity };
    w->file = keep_text(p, issue->file);
    w->column = keep_text(p, issue->column);
    w->value = keep_text(p, issue->value);
    w->type = keep_text(p, issue->type);
    w->message = keep_text(p, issue->message);

    enum tr_status st = tr_buf_status(&p->bytes, "an issue", err);
    if (st)
        return st;
    if (++p->n_issues == MAX_ISSUES || p->bytes.len >= MAX_BYTES)
        st = store_pending_flush(p, err);
    return st;
}

enum tr_status store_pending_missing(struct store_pending *p, int64_t version,
                                     struct tr_error *err)
{
    p->missing[p->n_missing++] = version;
    return p->n_missing == MAX_MISSING ? store_pending_flush(p, err) : TR_OK;
}
