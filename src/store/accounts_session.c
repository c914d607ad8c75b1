/* accounts_session.c - signing in and out; whose session it is. See
 * store/accounts.h. */
#include <string.h>

#include "store/accounts_door.h"
#include "terrier/hash.h"
#include "terrier/password.h"
#include "terrier/sign.h"

#define SEEN_EVERY 60 /* seconds: not each request is a write */

static struct tr_digest digest_of(const char *token)
{
    return tr_hash_bytes(token, strlen(token));
}

void accounts_csrf(const char *token, char out[ACCOUNTS_TOKEN_TEXT])
{
    static const char what[] = "terrier csrf ";
    struct tr_hasher h;
    struct tr_digest d;

    tr_hash_init(&h);
    tr_hash_add(&h, what, sizeof what);
    tr_hash_add(&h, token, strlen(token));
    d = tr_hash_end(&h);
    tr_digest_text(&d, out);
}

/* ---- wrong passwords ---- */

struct failures {
    int64_t n, since;
};

static enum tr_status read_failures(struct accounts *a, const char *name,
                                    struct failures *out, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        a->db, "SELECT n, since FROM failure WHERE name = ?", &q, err);

    if (!st) {
        store_bind_text(q, 1, name);
        st = store_step_row(a->db, q, &row, err);
    }
    if (!st) {
        out->n = row ? sqlite3_column_int64(q, 0) : 0;
        out->since = row ? sqlite3_column_int64(q, 1) : 0;
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status write_failure(struct accounts *a, const char *name,
                                    const struct failures *f,
                                    struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        a->db, "INSERT OR REPLACE INTO failure VALUES (?, ?, ?)", &q, err);

    if (!st) {
        store_bind_text(q, 1, name);
        sqlite3_bind_int64(q, 2, f->n);
        sqlite3_bind_int64(q, 3, f->since);
        st = store_step_done(a->db, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status forget_old(struct accounts *a, int64_t now,
                                 struct tr_error *err)
{
    const int64_t old[2] = { now - ACCOUNTS_PAUSE_SECONDS, 0 };
    int64_t ignored;

    return store_ask(a->db, "DELETE FROM failure WHERE since <= ?", old, 0,
                     &ignored, err);
}

/* A try counts as wrong until it is known to be right: many at once are as many
 * tries. */
static enum tr_status count_try(struct accounts *a, const char *name,
                                int64_t now, struct tr_error *err)
{
    struct failures f = { 0, 0 };
    enum tr_status st = store_begin_write(a->db, err);

    if (st)
        return st;
    st = forget_old(a, now, err);
    if (!st)
        st = read_failures(a, name, &f, err);
    if (!st && f.n >= ACCOUNTS_MOST_FAILURES)
        st = tr_fail(err, TR_EBUSY,
                     "too many wrong passwords: try again in %lld minutes",
                     (long long)(f.since + ACCOUNTS_PAUSE_SECONDS - now) / 60 +
                         1);
    f.since = f.n ? f.since : now;
    f.n++;
    if (!st)
        st = write_failure(a, name, &f, err);
    return store_end_write(a->db, st, false, err);
}

/* ---- signing in ---- */

static enum tr_status read_hash(struct accounts *a, const char *name,
                                char out[TR_PASSWORD_HASH], bool *there,
                                struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        a->db, "SELECT hash FROM account WHERE name = ?", &q, err);

    if (!st) {
        store_bind_text(q, 1, name);
        st = store_step_row(a->db, q, there, err);
    }
    if (!st && *there) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        size_t n = text ? strlen(text) : 0;

        *there = n && n < TR_PASSWORD_HASH;
        if (*there)
            memcpy(out, text, n + 1);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status begin_session(struct accounts *a, const char *name,
                                    int64_t now,
                                    char token[ACCOUNTS_TOKEN_TEXT],
                                    struct tr_error *err)
{
    const int64_t old[2] = { now - ACCOUNTS_SESSION_SECONDS, 0 };
    unsigned char bytes[32];
    struct tr_digest d;
    sqlite3_stmt *q = NULL;
    int64_t ignored;
    enum tr_status st = store_begin_write(a->db, err);

    if (st)
        return st;
    tr_random_bytes(bytes, sizeof bytes);
    tr_hex_write(bytes, sizeof bytes, token);
    d = digest_of(token);
    st = store_ask(a->db, "DELETE FROM session WHERE made <= ?", old, 0,
                   &ignored, err);
    if (!st)
        st = accounts_run(a, "DELETE FROM failure WHERE name = ?", &name, 1,
                          err);
    if (!st)
        st = store_prepare(a->db, "INSERT INTO session VALUES (?, ?, ?, ?)", &q,
                           err);
    if (!st) {
        store_bind_digest(q, 1, &d);
        store_bind_text(q, 2, name);
        sqlite3_bind_int64(q, 3, now);
        sqlite3_bind_int64(q, 4, now);
        st = store_step_done(a->db, q, err);
    }
    sqlite3_finalize(q);
    return store_end_write(a->db, st, false, err);
}

enum tr_status accounts_sign_in(struct accounts *a, const char *name,
                                const char *password, int64_t now,
                                char token[ACCOUNTS_TOKEN_TEXT],
                                struct tr_error *err)
{
    char hash[TR_PASSWORD_HASH];
    bool there = false, right;
    enum tr_status st;

    if (strlen(name) > ACCOUNTS_MOST_NAME)
        return tr_fail(err, TR_EDENIED, "no such name with this password");
    st = count_try(a, name, now, err);
    if (!st)
        st = read_hash(a, name, hash, &there, err);
    if (st)
        return st;
    right = tr_password_check(there ? hash : NULL, password);
    tr_wipe(hash, sizeof hash);
    if (!right)
        return tr_fail(err, TR_EDENIED, "no such name with this password");
    return begin_session(a, name, now, token, err);
}

/* ---- whose it is ---- */

struct found {
    struct account who;
    int64_t made, seen;
    bool there;
};

static enum tr_status find_session(struct accounts *a,
                                   const struct tr_digest *d,
                                   struct tr_arena *arena, struct found *out,
                                   struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        a->db,
        "SELECT a.name, a.organisation, a.role, s.made, s.seen FROM session s"
        " JOIN account a ON a.name = s.account WHERE s.token = ?",
        &q, err);

    if (!st) {
        store_bind_digest(q, 1, d);
        st = store_step_row(a->db, q, &out->there, err);
    }
    if (!st && out->there && !accounts_fill(q, arena, &out->who))
        st = tr_fail(err, TR_ENOMEM, "no memory left for a session");
    if (!st && out->there) {
        out->made = sqlite3_column_int64(q, 3);
        out->seen = sqlite3_column_int64(q, 4);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status note_use(struct accounts *a, const struct tr_digest *d,
                               int64_t now, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        a->db, "UPDATE session SET seen = ? WHERE token = ?", &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, now);
        store_bind_digest(q, 2, d);
        st = store_step_done(a->db, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

enum tr_status accounts_session(struct accounts *a, const char *token,
                                int64_t now, struct tr_arena *arena,
                                const struct account **out,
                                struct tr_error *err)
{
    struct found *f = tr_arena_alloc(arena, sizeof *f);
    struct tr_digest d = digest_of(token);
    enum tr_status st;

    if (!f)
        return tr_fail(err, TR_ENOMEM, "no memory left for a session");
    f->there = false;
    st = find_session(a, &d, arena, f, err);
    if (st)
        return st;
    if (!f->there || f->made + ACCOUNTS_SESSION_SECONDS <= now ||
        f->seen + ACCOUNTS_IDLE_SECONDS <= now)
        return tr_fail(err, TR_ENOTFOUND, "nobody is signed in: sign in first");
    if (f->seen + SEEN_EVERY <= now)
        st = note_use(a, &d, now, err);
    if (!st)
        *out = &f->who;
    return st;
}

enum tr_status accounts_sign_out(struct accounts *a, const char *token,
                                 struct tr_error *err)
{
    struct tr_digest d = digest_of(token);
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(a->db, "DELETE FROM session WHERE token = ?", &q, err);

    if (!st) {
        store_bind_digest(q, 1, &d);
        st = store_step_done(a->db, q, err);
    }
    sqlite3_finalize(q);
    return st;
}
