/* sqlite_documents.c - texts kept by digest, and which are a place's own. */
#include "store/ledger_append.h"
#include "store/sqlite_door.h"

/* What a query of one text column gives first, or TR_ENOTFOUND. */
static enum tr_status first_text(struct store *s, sqlite3_stmt *q,
                                 struct tr_arena *a, const char **text,
                                 size_t *len, struct tr_error *err)
{
    bool row = false;
    enum tr_status st = store_step_row(s, q, &row, err);

    if (st)
        return st;
    if (!row)
        return TR_ENOTFOUND;

    const char *p = sqlite3_column_blob(q, 0);
    size_t n = (size_t)sqlite3_column_bytes(q, 0);
    const char *copy = tr_arena_text(a, p, n);

    if (!copy)
        return tr_fail(err, TR_ENOMEM, "no memory left for a document");
    *text = copy;
    *len = n;
    return TR_OK;
}

static enum tr_status have_document(struct store *s,
                                    const struct tr_digest *digest, bool *have,
                                    struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s, "SELECT 1 FROM document WHERE digest = ?", &q, err);

    if (!st) {
        store_bind_digest(q, 1, digest);
        st = store_step_row(s, q, have, err);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status insert_document(struct store *s, const char *words[3],
                                      size_t len,
                                      const struct tr_digest *digest,
                                      struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s,
                      "INSERT INTO document (digest, kind, name, text)"
                      " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                      &q, err);

    if (!st) {
        store_bind_digest(q, 1, digest);
        store_bind_text(q, 2, words[0]);
        store_bind_text(q, 3, words[1]);
        sqlite3_bind_blob64(q, 4, words[2], len, SQLITE_STATIC);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status store_keep_document(struct store *s, const char *kind,
                                   const char *name, const char *text,
                                   size_t len, struct tr_digest *out,
                                   struct tr_error *err)
{
    const char *words[3] = { kind, name, text ? text : "" };

    *out = tr_hash_bytes(text, len);
    return insert_document(s, words, len, out, err);
}

enum tr_status store_put_document(struct store *s, const char *kind,
                                  const char *name, const char *text,
                                  size_t len, struct tr_digest *out,
                                  struct tr_error *err)
{
    const struct tr_digest digest = tr_hash_bytes(text, len);
    struct tr_digest ignored;
    bool have = false;
    enum tr_status st = have_document(s, &digest, &have, err);

    if (!st && !have) {
        st = store_begin_write(s, err);
        if (st)
            return st;
        st = store_keep_document(s, kind, name, text, len, &ignored, err);
        st = store_end_write(s, st, true, err);
    }
    if (!st)
        *out = digest;
    return st;
}

enum tr_status store_get_document(struct store *s,
                                  const struct tr_digest *digest,
                                  struct tr_arena *a, const char **text,
                                  size_t *len, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s, "SELECT text FROM document WHERE digest = ?", &q, err);

    if (st)
        return st;
    store_bind_digest(q, 1, digest);
    st = first_text(s, q, a, text, len, err);
    sqlite3_finalize(q);
    if (st == TR_ENOTFOUND) {
        char name[TR_DIGEST_TEXT];

        tr_digest_text(digest, name);
        st = tr_fail(err, st, "there is no document %s in the store", name);
    }
    return st;
}

/* ---- a place's ---- */

static enum tr_status same_document(struct store *s, const char *place,
                                    const char *kind,
                                    const struct tr_digest *digest, bool *same,
                                    struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(s,
                                      "SELECT 1 FROM place_document WHERE"
                                      " place = ? AND kind = ? AND digest = ?",
                                      &q, err);

    if (!st) {
        store_bind_text(q, 1, place);
        store_bind_text(q, 2, kind);
        store_bind_digest(q, 3, digest);
        st = store_step_row(s, q, same, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status store_keep_place_document(struct store *s, const char *place,
                                         const char *kind,
                                         const struct tr_digest *digest,
                                         struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s,
                      "INSERT INTO place_document VALUES (?, ?, ?)"
                      " ON CONFLICT (place, kind) DO UPDATE SET"
                      " digest = excluded.digest",
                      &q, err);

    if (!st) {
        store_bind_text(q, 1, place);
        store_bind_text(q, 2, kind);
        store_bind_digest(q, 3, digest);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status store_set_place_document(struct store *s, const char *place,
                                        const char *kind,
                                        const struct tr_digest *digest,
                                        struct tr_error *err)
{
    bool same = false, have = false;
    enum tr_status st = same_document(s, place, kind, digest, &same, err);

    if (!st && !same)
        st = have_document(s, digest, &have, err);
    if (st || same)
        return st;
    if (!have)
        return tr_fail(err, TR_ENOTFOUND,
                       "the %s of place '%s' is not among the store's "
                       "documents; put it there first",
                       kind, place);
    st = store_begin_write(s, err);
    if (st)
        return st;
    st = store_keep_place_document(s, place, kind, digest, err);
    return store_end_write(s, st, true, err);
}

enum tr_status store_place_document(struct store *s, const char *place,
                                    const char *kind, struct tr_arena *a,
                                    const char **text, size_t *len,
                                    struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        s,
        "SELECT d.text FROM place_document p JOIN document d"
        " ON d.digest = p.digest WHERE p.place = ? AND p.kind = ?",
        &q, err);

    if (st)
        return st;
    store_bind_text(q, 1, place);
    store_bind_text(q, 2, kind);
    st = first_text(s, q, a, text, len, err);
    sqlite3_finalize(q);
    if (st == TR_ENOTFOUND)
        st = tr_fail(err, st, "place '%s' has no %s in the store", place, kind);
    return st;
}

static bool fill_place(sqlite3_stmt *q, struct tr_arena *a, void *item)
{
    const char **place = item;

    *place = store_column_text(q, 0, a);
    return *place;
}

enum tr_status store_places(struct store *s, struct tr_arena *a,
                            const char *const **out, size_t *n,
                            struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof(const char *),
                               .fill = fill_place };
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        s, "SELECT DISTINCT place FROM place_document ORDER BY place", &q, err);

    if (!st)
        st = store_collect(s, q, &list, err);
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}
