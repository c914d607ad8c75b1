/* sqlite_rows.c - reading the rows that a layer shows, and a load's issues. */
#include "store/sqlite_door.h"

#include <stdlib.h>
#include <string.h>

static const char rows_sql[] =
    "SELECT id, load_from, load_to, missing_from, key, digest, source_row,"
    " marks, precision_m, position, outward, geometry, record FROM version"
    " WHERE id BETWEEN ?1 AND ?2 AND load_from <= ?3"
    " AND load_to > ?3 ORDER BY id";

/* Without what only a writer asks: reading costs by the column. */
static const char slice_sql[] =
    "SELECT id, load_from, missing_from, key, source_row,"
    " marks, precision_m, position, outward, geometry, record FROM version"
    " WHERE id BETWEEN ?1 AND ?2 AND load_from <= ?3"
    " AND load_to > ?3 ORDER BY id";

/* Borrow the columns from missing_from on, but for `skip` of a digest, from the
 * statement; false when the row is damaged. Later loads than `load` are not yet
 * known to it: what they closed or missed is not told. */
static bool fill_rest(sqlite3_stmt *q, int column, int skip, int64_t load,
                      struct store_row *r)
{
    int64_t missing = sqlite3_column_int64(q, column);
    int after = column + 2 + skip;
    const unsigned char *at = sqlite3_column_blob(q, after + 3);

    r->missing_from = missing <= load ? missing : 0;
    r->key = (const char *)sqlite3_column_text(q, column + 1);
    r->source_row = (long)sqlite3_column_int64(q, after);
    r->precision_m = sqlite3_column_int(q, after + 2);
    r->has_position = at;
    if (at && sqlite3_column_bytes(q, after + 3) == STORE_POSITION_BYTES)
        store_unpack_position(at, &r->position);
    else if (at)
        return false;
    r->outward = (const char *)sqlite3_column_text(q, after + 4);
    r->geometry = sqlite3_column_blob(q, after + 5);
    r->geometry_len = (size_t)sqlite3_column_bytes(q, after + 5);
    r->record = sqlite3_column_blob(q, after + 6);
    r->record_len = (size_t)sqlite3_column_bytes(q, after + 6);
    return r->key && store_unpack_marks(sqlite3_column_int64(q, after + 1), r);
}

static bool fill_row(sqlite3_stmt *q, int64_t load, struct store_row *r)
{
    int64_t to = sqlite3_column_int64(q, 2);

    memset(r, 0, sizeof *r);
    r->version = sqlite3_column_int64(q, 0);
    r->load_from = sqlite3_column_int64(q, 1);
    r->load_to = to == STORE_NEVER ? 0 : to;
    r->digest = store_column_digest(q, 5);
    return fill_rest(q, 3, 1, load, r);
}

static bool fill_slice_row(sqlite3_stmt *q, int64_t load, struct store_row *r)
{
    memset(r, 0, sizeof *r);
    r->version = sqlite3_column_int64(q, 0);
    r->load_from = sqlite3_column_int64(q, 1);
    return fill_rest(q, 2, 0, load, r);
}

static enum tr_status damaged_row(struct store *s, const struct store_row *r,
                                  struct tr_error *err)
{
    return tr_fail(err, TR_EDATA,
                   "the store '%s' is damaged at row version %lld; restore a "
                   "backup",
                   s->path, (long long)r->version);
}

/* The load to read at, and whether the layer has it finished. */
static enum tr_status choose_load(struct store *s, int64_t layer, int64_t *load,
                                  struct tr_error *err)
{
    const int64_t ids[2] = { layer, *load };
    int64_t found = 0;
    enum tr_status st =
        store_ask(s,
                  *load ? "SELECT id FROM load WHERE layer = ?1 AND id = ?2"
                          " AND finished <> 0"
                        : "SELECT current_load FROM layer WHERE id = ?1",
                  ids, 0, &found, err);

    if (!st && !found)
        st = tr_fail(err, TR_ENOTFOUND, "layer %lld has no load %lld",
                     (long long)layer, (long long)*load);
    if (!st)
        *load = found;
    return st;
}

enum tr_status store_read_rows(struct store *s, int64_t layer, int64_t load,
                               store_row_fn fn, void *context,
                               struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false, own_view = !s->reading;
    struct store_row r;
    enum tr_status st = own_view ? store_begin_read(s, err) : TR_OK;

    if (st)
        return st;
    st = choose_load(s, layer, &load, err);
    if (!st)
        st = store_prepare(s, rows_sql, &q, err);
    if (!st) {
        sqlite3_bind_int64(q, 1, layer << STORE_SEQ_BITS);
        sqlite3_bind_int64(q, 2, ((layer + 1) << STORE_SEQ_BITS) - 1);
        sqlite3_bind_int64(q, 3, load);
    }
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        st = fill_row(q, load, &r) ? fn(context, &r, err)
                                   : damaged_row(s, &r, err);
    }
    sqlite3_finalize(q);
    if (own_view)
        store_end_read(s);
    return st;
}

enum tr_status store_rows_range(struct store *s, int64_t layer, int64_t *first,
                                int64_t *last, struct tr_error *err)
{
    const int64_t ids[2] = { layer << STORE_SEQ_BITS,
                             ((layer + 1) << STORE_SEQ_BITS) - 1 };
    int64_t low, high;
    enum tr_status st =
        store_ask(s, "SELECT min(id) FROM version WHERE id BETWEEN ? AND ?",
                  ids, 1, &low, err);

    if (!st)
        st =
            store_ask(s, "SELECT max(id) FROM version WHERE id BETWEEN ? AND ?",
                      ids, 0, &high, err);
    if (st)
        return st;
    *first = low;
    *last = high;
    return TR_OK;
}

enum tr_status store_read_slice(struct store *s, int64_t load, int64_t first,
                                int64_t last, store_row_fn fn, void *context,
                                struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    struct store_row r;
    enum tr_status st = store_prepare(s, slice_sql, &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, first);
        sqlite3_bind_int64(q, 2, last);
        sqlite3_bind_int64(q, 3, load);
    }
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        st = fill_slice_row(q, load, &r) ? fn(context, &r, err)
                                         : damaged_row(s, &r, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status store_read_issues(struct store *s, int64_t load,
                                 store_issue_fn fn, void *context,
                                 struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        s,
        "SELECT file, row, field, value, type, severity, message FROM issue"
        " WHERE load = ? ORDER BY number",
        &q, err);

    if (!st)
        sqlite3_bind_int64(q, 1, load);
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        struct store_issue i = {
            .file = (const char *)sqlite3_column_text(q, 0),
            .row = (long)sqlite3_column_int64(q, 1),
            .column = (const char *)sqlite3_column_text(q, 2),
            .value = (const char *)sqlite3_column_text(q, 3),
            .type = (const char *)sqlite3_column_text(q, 4),
            .severity = (enum store_severity)sqlite3_column_int(q, 5),
            .message = (const char *)sqlite3_column_text(q, 6),
        };

        st = fn(context, &i, err);
    }
    sqlite3_finalize(q);
    return st;
}
