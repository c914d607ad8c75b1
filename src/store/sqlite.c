/* sqlite.c - opening one SQLite file as a store, and the statements and
 * transactions that the rest of the folder is written with. */
#include "store/sqlite_door.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Set at every open: none of them is kept in the file. mmap and a page cache
 * that spills would let a disk fault or a long load reach other connections. */
static const char setup[] = "PRAGMA trusted_schema=OFF;"
                            "PRAGMA cell_size_check=ON;"
                            "PRAGMA foreign_keys=ON;"
                            "PRAGMA mmap_size=0;"
                            "PRAGMA temp_store=MEMORY;"
                            "PRAGMA cache_spill=OFF;"
                            "PRAGMA cache_size=-32768;";

int64_t store_clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void store_pause_ms(int ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

    nanosleep(&t, NULL);
}

/* ---- failures ---- */

/* Why the system refused. SQLite's own note may have been overwritten by the
 * clean-up after the failure; the file's has not. */
static int system_reason(struct store *s)
{
    int why = 0;

    if (s->db)
        sqlite3_file_control(s->db, "main", SQLITE_FCNTL_LAST_ERRNO, &why);
    return why || !s->db ? why : sqlite3_system_errno(s->db);
}

static enum tr_status io_fail(struct store *s, int rc, struct tr_error *err)
{
    int why = system_reason(s);

    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC) {
        s->broken = true;
        return tr_fail(err, TR_EIO,
                       "the disk did not confirm a write to '%s'; stop, check "
                       "the disk, and start again",
                       s->path);
    }
    if (why == ENOSPC || why == EFBIG || why == EDQUOT)
        return tr_fail(err, TR_EIO,
                       "cannot write '%s': the disk is full or a size limit is "
                       "reached; nothing was changed",
                       s->path);
    return tr_fail(err, TR_EIO, "reading or writing '%s' failed: %s", s->path,
                   why ? strerror(why) : sqlite3_errstr(rc));
}

enum tr_status store_sql_fail(struct store *s, int rc, struct tr_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return tr_fail(err, TR_EBUSY,
                       "'%s' is in use by another process; try again", s->path);
    case SQLITE_FULL:
        return tr_fail(err, TR_EIO,
                       "cannot write '%s': the disk is full; nothing was "
                       "changed",
                       s->path);
    case SQLITE_IOERR: return io_fail(s, rc, err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return tr_fail(err, TR_ECREATE,
                       "'%s' cannot be written: it or its "
                       "folder is read-only",
                       s->path);
    case SQLITE_CANTOPEN:
        return tr_fail(err, TR_ECREATE, "cannot open '%s' or its journal: %s",
                       s->path, strerror(sqlite3_system_errno(s->db)));
    case SQLITE_NOTADB:
        return tr_fail(err, TR_EDATA, "'%s' is not a Terrier store", s->path);
    case SQLITE_CORRUPT:
        return tr_fail(err, TR_EDATA,
                       "the store '%s' is damaged; restore a backup", s->path);
    case SQLITE_NOMEM:
        return tr_fail(err, TR_ENOMEM, "no memory left for the store");
    case SQLITE_TOOBIG:
        return tr_fail(err, TR_ELIMIT, "a value is too large for the store");
    default:
        return tr_fail(err, TR_EBACKEND, "the store '%s' failed: %s", s->path,
                       sqlite3_errmsg(s->db));
    }
}

/* ---- statements ---- */

enum tr_status store_exec(struct store *s, const char *sql,
                          struct tr_error *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc ? store_sql_fail(s, rc, err) : TR_OK;
}

enum tr_status store_prepare(struct store *s, const char *sql,
                             sqlite3_stmt **out, struct tr_error *err)
{
    if (s->broken)
        return io_fail(s, SQLITE_IOERR_FSYNC, err);

    int rc = sqlite3_prepare_v2(s->db, sql, -1, out, NULL);

    return rc ? store_sql_fail(s, rc, err) : TR_OK;
}

enum tr_status store_step_done(struct store *s, sqlite3_stmt *stmt,
                               struct tr_error *err)
{
    int rc = sqlite3_step(stmt);
    enum tr_status st = rc == SQLITE_DONE ? TR_OK : store_sql_fail(s, rc, err);

    sqlite3_reset(stmt);
    return st;
}

enum tr_status store_step_row(struct store *s, sqlite3_stmt *stmt, bool *row,
                              struct tr_error *err)
{
    int rc = sqlite3_step(stmt);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return store_sql_fail(s, rc, err);
    *row = rc == SQLITE_ROW;
    return TR_OK;
}

enum tr_status store_ask(struct store *s, const char *sql, const int64_t ab[2],
                         int64_t or_else, int64_t *out, struct tr_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum tr_status st = store_prepare(s, sql, &stmt, err);
    bool row = false;

    for (int i = 0; !st && ab && i < sqlite3_bind_parameter_count(stmt); i++)
        sqlite3_bind_int64(stmt, i + 1, ab[i]);
    if (!st)
        st = store_step_row(s, stmt, &row, err);
    if (!st)
        *out = row && sqlite3_column_type(stmt, 0) != SQLITE_NULL
                   ? sqlite3_column_int64(stmt, 0)
                   : or_else;
    sqlite3_finalize(stmt);
    return st;
}

void store_bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
    sqlite3_bind_text(stmt, i, text ? text : "", -1, SQLITE_STATIC);
}

void store_bind_digest(sqlite3_stmt *stmt, int i, const struct tr_digest *d)
{
    sqlite3_bind_blob(stmt, i, d->bytes, TR_DIGEST_BYTES, SQLITE_STATIC);
}

struct tr_digest store_column_digest(sqlite3_stmt *stmt, int i)
{
    struct tr_digest d = { { 0 } };
    const void *p = sqlite3_column_blob(stmt, i);

    if (p && sqlite3_column_bytes(stmt, i) == TR_DIGEST_BYTES)
        memcpy(d.bytes, p, TR_DIGEST_BYTES);
    return d;
}

const char *store_column_text(sqlite3_stmt *stmt, int i, struct tr_arena *a)
{
    const unsigned char *p = sqlite3_column_text(stmt, i);

    return tr_arena_text(a, (const char *)p,
                         (size_t)sqlite3_column_bytes(stmt, i));
}

/* ---- transactions ---- */

enum tr_status store_begin_write(struct store *s, struct tr_error *err)
{
    assert(!s->reading);
    if (s->mode == STORE_READ)
        return tr_fail(err, TR_ECREATE, "'%s' was opened for reading only",
                       s->path);
    if (s->broken)
        return io_fail(s, SQLITE_IOERR_FSYNC, err);
    return store_exec(s, "BEGIN IMMEDIATE", err);
}

enum tr_status store_end_write(struct store *s, enum tr_status st, bool visible,
                               struct tr_error *err)
{
    if (!st && visible)
        st = store_exec(s,
                        "UPDATE terrier_meta SET value = value + 1"
                        " WHERE name = 'revision'",
                        err);
    if (!st)
        st = store_exec(s, "COMMIT", err);
    if (st && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

enum tr_status store_begin_read(struct store *s, struct tr_error *err)
{
    int64_t ignored;

    assert(!s->reading);

    enum tr_status st = store_exec(s, "BEGIN", err);

    /* BEGIN alone takes no lock: the view starts with the first read. */
    if (!st)
        st = store_revision(s, &ignored, err);
    if (st && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->reading = !st;
    return st;
}

void store_end_read(struct store *s)
{
    if (s->reading)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->reading = false;
}

enum tr_status store_revision(struct store *s, int64_t *out,
                              struct tr_error *err)
{
    return store_ask(s,
                     "SELECT value FROM terrier_meta WHERE name = 'revision'",
                     NULL, 0, out, err);
}

/* ---- opening ---- */

/* SQLite's own handler sleeps up to 100 ms between tries, and would miss the
 * short gaps that a load leaves between its transactions. */
static int wait_a_little(void *context, int tries)
{
    struct store *s = context;
    int64_t now = store_clock_ms();

    if (!tries)
        s->waiting_since_ms = now;
    if (now - s->waiting_since_ms >= s->patience_ms)
        return 0;
    store_pause_ms(1);
    return 1;
}

static enum tr_status refuse_wal(struct store *s, struct tr_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum tr_status st = store_prepare(s, "PRAGMA journal_mode", &stmt, err);
    bool row = false;

    if (!st)
        st = store_step_row(s, stmt, &row, err);
    if (!st && row &&
        !strcmp((const char *)sqlite3_column_text(stmt, 0), "wal"))
        st = tr_fail(err, TR_EDATA,
                     "'%s' is in WAL mode, in which this SQLite (%s) can "
                     "damage it; leave it with: sqlite3 '%s' 'PRAGMA "
                     "journal_mode=DELETE'",
                     s->path, sqlite3_libversion(), s->path);
    sqlite3_finalize(stmt);
    return st;
}

static void harden(sqlite3 *db)
{
    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    /* A store found in WAL is refused, not checkpointed. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* The file that SQLite will fill: made here so that it is never wider than
 * 0600, not even for a moment. */
static enum tr_status make_file(const char *path, struct tr_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return tr_fail(err, TR_ECREATE,
                       "'%s' is already there; nothing was made", path);
    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                       strerror(errno));
    close(fd);
    return TR_OK;
}

static enum tr_status find_file(const char *path, struct tr_error *err)
{
    if (!access(path, R_OK))
        return TR_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return tr_fail(err, TR_ENOTFOUND,
                       "there is no store '%s'; make one with: terrier init",
                       path);
    return tr_fail(err, errno == EACCES ? TR_EDENIED : TR_EIO,
                   "cannot read '%s': %s", path, strerror(errno));
}

static enum tr_status set_up(struct store *s, struct tr_error *err)
{
    enum tr_status st = refuse_wal(s, err);

    if (!st)
        st = store_exec(s, setup, err);
    if (!st && s->mode != STORE_READ && sqlite3_db_readonly(s->db, "main"))
        st = store_sql_fail(s, SQLITE_READONLY, err);
    if (!st && s->mode != STORE_READ)
        st = store_exec(s,
                        "PRAGMA journal_mode=TRUNCATE;"
                        "PRAGMA synchronous=FULL",
                        err);
    if (!st && s->mode == STORE_READ)
        st = store_exec(s, "PRAGMA query_only=ON", err);
    return st;
}

static enum tr_status check_version(struct store *s, struct tr_error *err)
{
    int version;
    enum tr_status st = store_known_schema(s, &version, err);

    if (!st && version < STORE_SCHEMA_VERSION)
        st = tr_fail(err, TR_EDATA,
                     "the store '%s' is of version %d, this program's is %d; "
                     "bring it up to date with: terrier migrate",
                     s->path, version, STORE_SCHEMA_VERSION);
    return st;
}

/* Readers open for writing too: only then can SQLite take back a transaction
 * that a killed writer left behind. query_only keeps them from writing. */
static enum tr_status open_file(const char *path, enum store_mode mode,
                                int patience_ms, struct store **out,
                                struct tr_error *err)
{
    struct store *s = calloc(1, sizeof *s);

    if (!s || !(s->path = strdup(path))) {
        store_close(s);
        return tr_fail(err, TR_ENOMEM, "no memory left for the store");
    }
    s->mode = mode;
    s->patience_ms = patience_ms;

    int rc = sqlite3_open_v2(path, &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             NULL);
    enum tr_status st = rc ? store_sql_fail(s, rc, err) : TR_OK;

    if (!st) {
        harden(s->db);
        sqlite3_busy_handler(s->db, wait_a_little, s);
        st = set_up(s, err);
    }
    if (st)
        store_close(s);
    else
        *out = s;
    return st;
}

enum tr_status store_open_any(const char *path, enum store_mode mode,
                              struct store **out, struct tr_error *err)
{
    return open_file(path, mode, STORE_PATIENCE_MS, out, err);
}

enum tr_status store_open_beside(struct store *s, struct store **out,
                                 struct tr_error *err)
{
    int64_t revision = 0, ours = 0;
    struct store *other = NULL;

    assert(s->reading);

    enum tr_status st = open_file(s->path, STORE_READ, 0, &other, err);

    if (!st)
        st = store_begin_read(other, err);
    if (!st)
        st = store_revision(other, &revision, err);
    if (!st)
        st = store_revision(s, &ours, err);
    if (!st && revision != ours)
        st = tr_fail(err, TR_EBUSY, "'%s' has moved on", s->path);
    if (st)
        store_close(other);
    else
        *out = other;
    return st;
}

static enum tr_status create(const char *path, struct store **out,
                             struct tr_error *err)
{
    struct store *s = NULL;
    enum tr_status st = make_file(path, err);

    if (st)
        return st;
    st = store_open_any(path, STORE_CREATE, &s, err);
    if (!st)
        st = store_make_schema(s, err);
    if (st) {
        store_close(s);
        unlink(path);
        return st;
    }
    *out = s;
    return TR_OK;
}

enum tr_status store_open(const char *where, enum store_mode mode,
                          struct store **out, struct tr_error *err)
{
    struct store *s = NULL;

    if (!strncmp(where, "postgresql:", 11) || !strncmp(where, "postgres:", 9))
        return tr_fail(err, TR_EINVAL,
                       "a store in PostgreSQL is not in this version; give "
                       "the path of a file");
    if (mode == STORE_CREATE)
        return create(where, out, err);

    enum tr_status st = find_file(where, err);

    if (!st)
        st = store_open_any(where, mode, &s, err);
    if (!st)
        st = check_version(s, err);
    if (!st && mode == STORE_WRITE)
        st = store_sweep(s, err);
    if (st)
        store_close(s);
    else
        *out = s;
    return st;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_load_abort(s->loading);
    store_end_read(s);
    sqlite3_close_v2(s->db);
    free(s->path);
    free(s);
}

void store_set_patience(struct store *s, int ms)
{
    s->patience_ms = ms;
}
