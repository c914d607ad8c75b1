/* accounts.c - the accounts in their file. See store/accounts.h. Sessions are in
 * accounts_session.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/accounts_door.h"
#include "store/ledger.h"
#include "terrier/password.h"

#define TEXT_OF(x)     #x
#define NUMBER_TEXT(x) TEXT_OF(x)
#define APPLICATION_ID 1413829185 /* "TERA" */

static const char schema[] = "PRAGMA application_id=" NUMBER_TEXT(
    APPLICATION_ID) ";"
                    "CREATE TABLE account ("
                    " name TEXT PRIMARY KEY, organisation TEXT NOT NULL, role "
                    "TEXT NOT NULL,"
                    " hash TEXT NOT NULL) WITHOUT ROWID;"
                    "CREATE TABLE session ("
                    " token BLOB PRIMARY KEY, account TEXT NOT NULL,"
                    " made INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT "
                    "ROWID;"
                    "CREATE INDEX session_account ON session (account);"
                    "CREATE TABLE failure ("
                    " name TEXT PRIMARY KEY, n INTEGER NOT NULL, since INTEGER "
                    "NOT NULL)"
                    " WITHOUT ROWID;";

/* ---- the file ---- */

static char *path_of(const char *store)
{
    static const char end[] = "-accounts.db";
    size_t n = strlen(store);
    char *path;

    if (n > 3 && strcmp(store + n - 3, ".db") == 0)
        n -= 3;
    path = malloc(n + sizeof end);
    if (!path)
        return NULL;
    memcpy(path, store, n);
    memcpy(path + n, end, sizeof end);
    return path;
}

static enum tr_status make(const char *path, struct tr_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST
                   ? TR_OK
                   : tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                             strerror(errno));
    close(fd);
    return TR_OK;
}

static enum tr_status look_at(const char *path, struct tr_error *err)
{
    struct stat about;

    if (stat(path, &about))
        return tr_fail(err, TR_ENOTFOUND,
                       "there are no accounts: make one with 'terrier user "
                       "add'");
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return tr_fail(err, TR_EDENIED,
                       "'%s' can be read by others: chmod 600 '%s'", path,
                       path);
    return TR_OK;
}

static enum tr_status set_up(struct store *s, struct tr_error *err)
{
    int64_t id = 0;
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = store_ask(s, "PRAGMA application_id", NULL, 0, &id, err);
    if (!st && !id)
        st = store_exec(s, schema, err);
    else if (!st && id != APPLICATION_ID)
        st = tr_fail(err, TR_EDATA, "'%s' does not hold Terrier's accounts",
                     s->path);
    return store_end_write(s, st, false, err);
}

enum tr_status accounts_open(const char *store, bool create,
                             struct accounts **out, struct tr_error *err)
{
    struct accounts *a = calloc(1, sizeof *a);
    char *path = path_of(store);
    enum tr_status st = a && path ? TR_OK : TR_ENOMEM;

    if (st)
        tr_fail(err, st, "no memory left for the accounts");
    if (!st && create)
        st = make(path, err);
    if (!st)
        st = look_at(path, err);
    if (!st)
        st = store_open_any(path, STORE_WRITE, &a->db, err);
    if (!st)
        st = set_up(a->db, err);
    if (!st)
        st = store_exec(a->db, "PRAGMA secure_delete=ON", err);
    free(path);
    if (st)
        accounts_close(a);
    else
        *out = a;
    return st;
}

void accounts_close(struct accounts *a)
{
    if (!a)
        return;
    store_close(a->db);
    free(a);
}

/* ---- statements ---- */

enum tr_status accounts_run(struct accounts *a, const char *sql,
                            const char *const *texts, size_t n,
                            struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(a->db, sql, &q, err);

    for (size_t i = 0; !st && i < n; i++)
        store_bind_text(q, (int)i + 1, texts[i]);
    if (!st)
        st = store_step_done(a->db, q, err);
    sqlite3_finalize(q);
    return st;
}

/* ---- accounts ---- */

static enum tr_status check_name(const char *name, struct tr_error *err)
{
    size_t n = strlen(name);

    if (n && n <= ACCOUNTS_MOST_NAME &&
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == n)
        return TR_OK;
    return tr_fail(err, TR_EINVAL,
                   "a name has 1 to %d of a-z, 0-9, '.', '_', '@' and '-', "
                   "unlike '%.80s'",
                   ACCOUNTS_MOST_NAME, name);
}

static enum tr_status changed(struct accounts *a, const char *name,
                              struct tr_error *err)
{
    return sqlite3_changes(a->db->db)
               ? TR_OK
               : tr_fail(err, TR_ENOTFOUND, "there is no account '%.80s'",
                         name);
}

enum tr_status accounts_add(struct accounts *a, const struct account *who,
                            const char *password, struct tr_error *err)
{
    char hash[TR_PASSWORD_HASH];
    const char *texts[] = { who->name, who->organisation, who->role, hash };
    enum tr_status st = check_name(who->name, err);

    if (!st)
        st = ledger_check_role(who->role, err);
    if (!st)
        st = tr_password_hash(password, hash, err);
    if (!st)
        st = store_begin_write(a->db, err);
    if (st)
        return st;
    st = accounts_run(a,
                      "INSERT INTO account VALUES (?, ?, ?, ?)"
                      " ON CONFLICT DO NOTHING",
                      texts, 4, err);
    if (!st && !sqlite3_changes(a->db->db))
        st = tr_fail(err, TR_EINVAL, "there is an account '%.80s' already",
                     who->name);
    return store_end_write(a->db, st, false, err);
}

enum tr_status accounts_set_password(struct accounts *a, const char *name,
                                     const char *password, struct tr_error *err)
{
    char hash[TR_PASSWORD_HASH];
    const char *texts[] = { name, hash };
    enum tr_status st = tr_password_hash(password, hash, err);

    if (!st)
        st = store_begin_write(a->db, err);
    if (st)
        return st;
    st =
        accounts_run(a, "DELETE FROM session WHERE account = ?", texts, 1, err);
    if (!st)
        st = accounts_run(a, "DELETE FROM failure WHERE name = ?", texts, 1,
                          err);
    if (!st)
        st = accounts_run(a, "UPDATE account SET hash = ?2 WHERE name = ?1",
                          texts, 2, err);
    if (!st)
        st = changed(a, name, err);
    return store_end_write(a->db, st, false, err);
}

enum tr_status accounts_remove(struct accounts *a, const char *name,
                               struct tr_error *err)
{
    enum tr_status st = store_begin_write(a->db, err);

    if (st)
        return st;
    st =
        accounts_run(a, "DELETE FROM session WHERE account = ?", &name, 1, err);
    if (!st)
        st = accounts_run(a, "DELETE FROM account WHERE name = ?", &name, 1,
                          err);
    if (!st)
        st = changed(a, name, err);
    return store_end_write(a->db, st, false, err);
}

bool accounts_fill(sqlite3_stmt *q, struct tr_arena *arena, void *item)
{
    struct account *to = item;

    to->name = store_column_text(q, 0, arena);
    to->organisation = store_column_text(q, 1, arena);
    to->role = store_column_text(q, 2, arena);
    return to->name && to->organisation && to->role;
}

enum tr_status accounts_list(struct accounts *a, struct tr_arena *arena,
                             const struct account **out, size_t *n,
                             struct tr_error *err)
{
    struct store_list list = { .arena = arena,
                               .size = sizeof **out,
                               .fill = accounts_fill };
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(a->db,
                      "SELECT name, organisation, role FROM account"
                      " ORDER BY name",
                      &q, err);

    if (!st)
        st = store_collect(a->db, q, &list, err);
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}
