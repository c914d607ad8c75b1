/*
 * sqlite_door.h - what the SQLite files of this folder share. Not for others.
 *
 * Every function leaves the connection outside a transaction when it returns,
 * but between store_begin_read() and store_end_read(). Statements are finalised
 * by whoever prepared them.
 *
 * A version's number is its layer's id in the upper bits and a count in the
 * lower STORE_SEQ_BITS, so the versions of one layer lie together in the file
 * in the order in which they were written, and no index is needed to read them.
 */
#ifndef STORE_SQLITE_DOOR_H
#define STORE_SQLITE_DOOR_H

#include <sqlite3.h>

#include "store/store.h"

#define STORE_APPLICATION_ID 0x54455252 /* "TERR" */
#define STORE_SEQ_BITS       40
/* load_to and missing_from as long as they are not set: wider than any load's
 * id, so that setting one never makes a row outgrow its page. */
#define STORE_NEVER       2147483647
#define STORE_NEVER_TEXT  "2147483647"
#define STORE_PATIENCE_MS 5000
/* A load's transactions are cut at this, commit included. */
#define STORE_SLICE_MS 200

struct store {
    sqlite3 *db;
    char *path;
    enum store_mode mode;
    int patience_ms;
    int64_t waiting_since_ms; /* the busy handler's */
    bool broken;  /* an fsync failed: nothing that follows can be trusted */
    bool reading; /* between store_begin_read() and store_end_read() */
    struct store_loading *loading;
};

/* ---- sqlite.c ---- */

/* Open a file that is there, whatever its version, and sweep nothing. */
enum tr_status store_open_any(const char *path, enum store_mode mode,
                              struct store **out, struct tr_error *err);

/* Turn an SQLite result code into a status and a sentence about `s`. */
enum tr_status store_sql_fail(struct store *s, int rc, struct tr_error *err);
enum tr_status store_exec(struct store *s, const char *sql,
                          struct tr_error *err);
enum tr_status store_prepare(struct store *s, const char *sql,
                             sqlite3_stmt **out, struct tr_error *err);
/* Step a statement that gives no rows, and reset it. */
enum tr_status store_step_done(struct store *s, sqlite3_stmt *stmt,
                               struct tr_error *err);
/* Step once: `*row` says whether there is a row. */
enum tr_status store_step_row(struct store *s, sqlite3_stmt *stmt, bool *row,
                              struct tr_error *err);
/* The first column of the first row of `sql`, its parameters bound to `a` and
 * `b`; `or_else` when there is no row or it holds NULL. */
enum tr_status store_ask(struct store *s, const char *sql, const int64_t ab[2],
                         int64_t or_else, int64_t *out, struct tr_error *err);

/* Bound for as long as the statement runs: the caller keeps the bytes. */
void store_bind_text(sqlite3_stmt *stmt, int i,
                     const char *text); /* NULL: "" */
void store_bind_digest(sqlite3_stmt *stmt, int i, const struct tr_digest *d);
/* A column as bytes of a digest; zero when it is not one. */
struct tr_digest store_column_digest(sqlite3_stmt *stmt, int i);
/* A text column in the arena, "" for NULL; NULL when the arena is full. */
const char *store_column_text(sqlite3_stmt *stmt, int i, struct tr_arena *a);

/* A transaction that writes. store_end_write() commits when `st` is TR_OK,
 * else takes everything back, and returns what came of it. `visible`: what a
 * reader sees has changed, so the revision moves. */
enum tr_status store_begin_write(struct store *s, struct tr_error *err);
enum tr_status store_end_write(struct store *s, enum tr_status st, bool visible,
                               struct tr_error *err);

int64_t store_clock_ms(void); /* monotonic */
void store_pause_ms(int ms);

/* ---- store_pack.c: what lies packed in a version's columns ---- */

/* tier, position_tier and coord_source, a byte each. Unpacking is false when
 * one is outside its enum: then the row is damaged, and might be shown to
 * people who may not see it. */
int64_t store_pack_marks(const struct store_row *r);
bool store_unpack_marks(int64_t marks, struct store_row *r);
/* lon, lat, easting, northing: 4 bytes each, little endian. */
#define STORE_POSITION_BYTES 16
void store_pack_position(const struct tr_position *p,
                         unsigned char out[STORE_POSITION_BYTES]);
void store_unpack_position(const unsigned char in[STORE_POSITION_BYTES],
                           struct tr_position *p);

/* ---- sqlite_lists.c ---- */

/* A query's rows as an array in an arena. */
struct store_list {
    struct tr_arena *arena;
    size_t size; /* of one item */
    /* From the statement's current row; false: the arena is full. */
    bool (*fill)(sqlite3_stmt *q, struct tr_arena *a, void *item);
    void *items; /* filled in: never NULL when all went well */
    size_t n;
};

/* Run a bound statement to its end and finalise it, whatever happens. */
enum tr_status store_collect(struct store *s, sqlite3_stmt *q,
                             struct store_list *list, struct tr_error *err);

/* ---- store_lock.c: who may write a load or a run, across processes ---- */

enum store_lock_what { STORE_LOCK_LOAD, STORE_LOCK_RUN };

/* Take a lock beside the store at `path`. `*fd` is -1 when another holder, in
 * this process or another, has it. Gone with the process, however it ends. */
enum tr_status store_lock_try(const char *path, enum store_lock_what what,
                              int *fd, struct tr_error *err);
void store_lock_release(int fd); /* -1 is a no-op */

/* ---- sqlite_schema.c ---- */

enum tr_status store_make_schema(struct store *s, struct tr_error *err);
/* Is this a store that this program can read? `*version` is its schema's. */
enum tr_status store_known_schema(struct store *s, int *version,
                                  struct tr_error *err);

/* ---- sqlite_sweep.c ---- */

/* Take back what loads and saved runs left that never finished, unless their
 * writers still live. */
enum tr_status store_sweep(struct store *s, struct tr_error *err);
/* Take back one load. The caller holds the lock. `closed`: it may have closed
 * or marked older versions, which are then opened again. */
enum tr_status store_sweep_load(struct store *s, int64_t load, bool closed,
                                struct tr_error *err);
/* Unfinished loads; the caller holds the lock. */
enum tr_status store_sweep_loads(struct store *s, struct tr_error *err);
enum tr_status store_sweep_runs(struct store *s, struct tr_error *err);

#endif
