/* mbtiles.c - an MBTiles file, version 1.3, in the making: an SQLite database.
 *
 * Each batch is one transaction with the count of what is done, so an end
 * without warning costs one batch. The disk is asked to confirm at the end only:
 * a partial file that does not pass SQLite's own check is begun anew. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "encode/archive_parts.h"

static const char schema[] =
    "PRAGMA application_id=1297105496;" /* "MPBX", as MBTiles has it */
    "BEGIN IMMEDIATE;"
    "CREATE TABLE metadata (name text, value text);"
    "CREATE TABLE tiles (zoom_level integer, tile_column integer,"
    " tile_row integer, tile_data blob);"
    "CREATE TABLE partial (identity blob, done integer, tiles integer,"
    " bytes integer);";

struct mbtiles {
    struct archive_file file; /* first: it is what callers hold */
    const char *partial;
    sqlite3 *db;
    sqlite3_stmt *insert, *remember;
};

/* Why the system refused: SQLite's own note may have been overwritten by the
 * clean-up after the failure, the file's has not. */
static int system_reason(const struct mbtiles *m)
{
    int why = 0;

    if (m->db)
        sqlite3_file_control(m->db, "main", SQLITE_FCNTL_LAST_ERRNO, &why);
    return why || !m->db ? why : sqlite3_system_errno(m->db);
}

static enum tr_status sql_fail(const struct mbtiles *m, struct tr_error *err)
{
    int rc = m->db ? sqlite3_errcode(m->db) : SQLITE_NOMEM;
    int why = system_reason(m);

    switch (rc) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return tr_fail(err, TR_EBUSY,
                       "'%s' is being written by another process", m->partial);
    case SQLITE_FULL: return archive_io_fail(m->partial, ENOSPC, err);
    case SQLITE_IOERR: return archive_io_fail(m->partial, why, err);
    case SQLITE_CANTOPEN:
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", m->partial,
                       why ? strerror(why) : sqlite3_errmsg(m->db));
    default: break;
    }
    return tr_fail(err, TR_EBACKEND, "writing '%s' failed: %s", m->partial,
                   m->db ? sqlite3_errmsg(m->db) : "no memory left");
}

static enum tr_status run(const struct mbtiles *m, const char *sql,
                          struct tr_error *err)
{
    return sqlite3_exec(m->db, sql, NULL, NULL, NULL) ? sql_fail(m, err)
                                                      : TR_OK;
}

static enum tr_status step(const struct mbtiles *m, sqlite3_stmt *s,
                           struct tr_error *err)
{
    int rc = sqlite3_step(s);

    return sqlite3_reset(s) || rc != SQLITE_DONE ? sql_fail(m, err) : TR_OK;
}

static enum tr_status prepare(const struct mbtiles *m, const char *sql,
                              sqlite3_stmt **out, struct tr_error *err)
{
    return sqlite3_prepare_v2(m->db, sql, -1, out, NULL) ? sql_fail(m, err)
                                                         : TR_OK;
}

/* ---- the format ---- */

static enum tr_status connect(struct mbtiles *m, struct tr_error *err)
{
    if (sqlite3_open_v2(m->partial, &m->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL))
        return sql_fail(m, err);
    sqlite3_busy_timeout(m->db, 0);
    return run(m,
               "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF;"
               "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-32768;",
               err);
}

static void disconnect(struct mbtiles *m)
{
    sqlite3_finalize(m->insert);
    sqlite3_finalize(m->remember);
    m->insert = m->remember = NULL;
    sqlite3_close(m->db);
    m->db = NULL;
}

static bool is_sound(const struct mbtiles *m)
{
    sqlite3_stmt *s = NULL;
    bool sound = false;

    if (!sqlite3_prepare_v2(m->db, "PRAGMA quick_check(1)", -1, &s, NULL) &&
        sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
        sound = strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return sound;
}

/* Is what is there the same pyramid, as far as it got? */
static bool can_continue(struct mbtiles *m, const struct tr_digest *identity)
{
    sqlite3_stmt *s = NULL;
    bool same = false;

    if (!sqlite3_prepare_v2(m->db,
                            "SELECT identity, done, tiles, bytes FROM partial",
                            -1, &s, NULL) &&
        sqlite3_step(s) == SQLITE_ROW &&
        sqlite3_column_bytes(s, 0) == TR_DIGEST_BYTES &&
        memcmp(sqlite3_column_blob(s, 0), identity->bytes, TR_DIGEST_BYTES) ==
            0) {
        same = true;
        m->file.done = (size_t)sqlite3_column_int64(s, 1);
        m->file.tiles = m->file.contents = (size_t)sqlite3_column_int64(s, 2);
        m->file.bytes = (uint64_t)sqlite3_column_int64(s, 3);
    }
    sqlite3_finalize(s);
    return same && is_sound(m);
}

static enum tr_status begin(const struct mbtiles *m,
                            const struct tr_digest *identity,
                            struct tr_error *err)
{
    sqlite3_stmt *s = NULL;
    enum tr_status st = run(m, schema, err);

    if (!st)
        st = prepare(m, "INSERT INTO partial VALUES (?1, 0, 0, 0)", &s, err);
    if (!st) {
        sqlite3_bind_blob(s, 1, identity->bytes, TR_DIGEST_BYTES,
                          SQLITE_STATIC);
        st = step(m, s, err);
    }
    sqlite3_finalize(s);
    return st ? st : run(m, "COMMIT", err);
}

static void mbtiles_remove(const char *partial)
{
    char path[4096 + 16];

    snprintf(path, sizeof path, "%s-journal", partial);
    unlink(path);
    unlink(partial);
}

/* SQLite would let everybody read it. */
static enum tr_status create(const char *partial, struct tr_error *err)
{
    int fd = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", partial,
                       strerror(errno));
    close(fd);
    return TR_OK;
}

/* Begin anew in a new file: the old one is not this pyramid's, or no database.
 * Whether another process is at work in it was found out by reading it. */
static enum tr_status look(struct mbtiles *m, const struct tr_digest *identity,
                           bool is_there, struct tr_error *err)
{
    enum tr_status st;

    if (is_there && can_continue(m, identity)) {
        m->file.start = TR_ARCHIVE_CONTINUED;
        return TR_OK;
    }
    if (sqlite3_errcode(m->db) == SQLITE_BUSY)
        return sql_fail(m, err);
    m->file = (struct archive_file){ .start = is_there ? TR_ARCHIVE_RESTARTED
                                                       : TR_ARCHIVE_NEW };
    if (is_there) {
        disconnect(m);
        mbtiles_remove(m->partial);
        st = create(m->partial, err);
        if (!st)
            st = connect(m, err);
        if (st)
            return st;
    }
    return begin(m, identity, err);
}

static enum tr_status mbtiles_open(const char *partial,
                                   const struct tr_digest *identity,
                                   struct tr_arena *a,
                                   struct archive_file **out,
                                   struct tr_error *err)
{
    struct mbtiles *m = tr_arena_alloc(a, sizeof *m);
    bool is_there = access(partial, F_OK) == 0;
    enum tr_status st;

    if (!m)
        return tr_fail(err, TR_ENOMEM, "no memory left for '%s'", partial);
    m->partial = partial;
    *out = &m->file;
    st = create(partial, err);
    if (!st)
        st = connect(m, err);
    if (!st)
        st = look(m, identity, is_there, err);
    if (!st)
        st = prepare(m, "INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)", &m->insert,
                     err);
    if (!st)
        st = prepare(m, "UPDATE partial SET done = ?1, tiles = ?2, bytes = ?3",
                     &m->remember, err);
    return st;
}

static enum tr_status put_tile(const struct mbtiles *m,
                               const struct pyramid_tile *t,
                               struct tr_error *err)
{
    int64_t rows = INT64_C(1) << t->tile.z;

    sqlite3_bind_int64(m->insert, 1, t->tile.z);
    sqlite3_bind_int64(m->insert, 2, t->tile.x);
    sqlite3_bind_int64(m->insert, 3, rows - 1 - t->tile.y); /* from the south */
    sqlite3_bind_blob64(m->insert, 4, t->gz.data, t->gz.len, SQLITE_STATIC);
    return step(m, m->insert, err);
}

static enum tr_status mbtiles_put(struct archive_file *f,
                                  const struct pyramid_tile *tiles, size_t n,
                                  size_t done, struct tr_error *err)
{
    struct mbtiles *m = (struct mbtiles *)(void *)f;
    enum tr_status st = run(m, "BEGIN IMMEDIATE", err);

    for (size_t i = 0; !st && i < n; i++) {
        if (!tiles[i].gz.len)
            continue;
        f->tiles++;
        f->contents++;
        f->bytes += tiles[i].gz.len;
        st = put_tile(m, &tiles[i], err);
    }
    if (st)
        return st;
    sqlite3_bind_int64(m->remember, 1, (int64_t)done);
    sqlite3_bind_int64(m->remember, 2, (int64_t)f->tiles);
    sqlite3_bind_int64(m->remember, 3, (int64_t)f->bytes);
    st = step(m, m->remember, err);
    return st ? st : run(m, "COMMIT", err);
}

/* ---- the metadata ---- */

static enum tr_status put_fact(const struct mbtiles *m, sqlite3_stmt *s,
                               const char *name, const char *value,
                               struct tr_error *err)
{
    if (!value)
        return tr_fail(err, TR_ENOMEM, "no memory left for the metadata");
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    return step(m, s, err);
}

static enum tr_status put_facts(const struct mbtiles *m, sqlite3_stmt *s,
                                const struct archive_facts *f,
                                struct tr_arena *a, struct tr_error *err)
{
    const struct tr_extent *e = &f->extent;
    struct {
        const char *name, *value;
    } facts[] = {
        { "name", f->o->name },
        { "format", "pbf" },
        { "bounds", tr_arena_printf(a, "%.7f,%.7f,%.7f,%.7f", e->west_e7 / 1e7,
                                    e->south_e7 / 1e7, e->east_e7 / 1e7,
                                    e->north_e7 / 1e7) },
        { "center", tr_arena_printf(a, "%.7f,%.7f,%u", f->center_lon_e7 / 1e7,
                                    f->center_lat_e7 / 1e7, f->center_zoom) },
        { "minzoom", tr_arena_printf(a, "%u", f->o->min_zoom) },
        { "maxzoom", tr_arena_printf(a, "%u", f->o->max_zoom) },
        { "attribution", f->attribution },
        { "description", f->description },
        { "type", "overlay" },
        { "version", "1.0.0" },
        { "generator", f->o->build },
        { "json",
          tr_arena_printf(a, "{\"vector_layers\":%.*s}", (int)f->layers.len,
                          (const char *)f->layers.data) },
    };
    enum tr_status st = TR_OK;

    for (size_t i = 0; !st && i < sizeof facts / sizeof *facts; i++) {
        if (!facts[i].value || *facts[i].value)
            st = put_fact(m, s, facts[i].name, facts[i].value, err);
    }
    return st;
}

static enum tr_status mbtiles_finish(struct archive_file *f,
                                     const struct archive_facts *facts,
                                     struct tr_error *err)
{
    struct mbtiles *m = (struct mbtiles *)(void *)f;
    sqlite3_stmt *s = NULL;
    struct tr_arena a;
    enum tr_status st = run(m, "BEGIN IMMEDIATE", err);

    tr_arena_init(&a, (size_t)64 * 1024 * 1024);
    if (!st)
        st = prepare(m, "INSERT INTO metadata VALUES (?1, ?2)", &s, err);
    if (!st)
        st = put_facts(m, s, facts, &a, err);
    sqlite3_finalize(s);
    if (!st)
        st = run(m,
                 "DROP TABLE partial;"
                 "CREATE UNIQUE INDEX tile_index ON tiles"
                 " (zoom_level, tile_column, tile_row);"
                 "COMMIT",
                 err);
    tr_arena_clear(&a);
    return st;
}

static enum tr_status mbtiles_close(struct archive_file *f,
                                    struct tr_error *err)
{
    (void)err;
    disconnect((struct mbtiles *)(void *)f);
    return TR_OK;
}

const struct archive_format archive_mbtiles = {
    ".mbtiles",     mbtiles_open,  mbtiles_put,
    mbtiles_finish, mbtiles_close, mbtiles_remove,
};
