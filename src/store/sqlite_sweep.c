/* sqlite_sweep.c - taking back what a writer that was killed left behind.
 *
 * Everything here may itself be killed at any point and done again: it takes
 * back in slices, and forgets the load or run last. */
#include "store/sqlite_door.h"

#define VERSIONS_A_SLICE 20000

/* Take back one slice: the load's own versions among first..last are deleted,
 * what it closed or marked is opened again. */
static enum tr_status sweep_slice(struct store *s, const int64_t bounds[2],
                                  int64_t load, bool closed,
                                  struct tr_error *err)
{
    static const char *const sql[] = {
        "DELETE FROM version WHERE id BETWEEN ?1 AND ?2 AND load_from = ?3",
        "UPDATE version SET load_to = " STORE_NEVER_TEXT
        " WHERE id BETWEEN ?1 AND ?2 AND load_to = ?3",
        "UPDATE version SET missing_from = " STORE_NEVER_TEXT
        " WHERE id BETWEEN ?1 AND ?2 AND missing_from = ?3",
    };
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    for (int i = 0; !st && i < (closed ? 3 : 1); i++) {
        sqlite3_stmt *stmt = NULL;

        st = store_prepare(s, sql[i], &stmt, err);
        if (!st) {
            sqlite3_bind_int64(stmt, 1, bounds[0]);
            sqlite3_bind_int64(stmt, 2, bounds[1]);
            sqlite3_bind_int64(stmt, 3, load);
            st = store_step_done(s, stmt, err);
        }
        sqlite3_finalize(stmt);
    }
    return store_end_write(s, st, false, err);
}

static enum tr_status delete_one(struct store *s, const char *sql, int64_t id,
                                 struct tr_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum tr_status st = store_prepare(s, sql, &stmt, err);

    if (!st) {
        sqlite3_bind_int64(stmt, 1, id);
        st = store_step_done(s, stmt, err);
    }
    sqlite3_finalize(stmt);
    return st;
}

/* Delete the rows of a table that belong to `id`, a slice at a time. */
static enum tr_status sweep_rows(struct store *s, const char *sql, int64_t id,
                                 struct tr_error *err)
{
    for (;;) {
        enum tr_status st = store_begin_write(s, err);
        int deleted = 0;

        if (st)
            return st;
        st = delete_one(s, sql, id, err);
        if (!st)
            deleted = sqlite3_changes(s->db);
        st = store_end_write(s, st, false, err);
        if (st || !deleted)
            return st;
        store_pause_ms(2);
    }
}

static enum tr_status forget_load(struct store *s, int64_t load, int64_t layer,
                                  struct tr_error *err)
{
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = delete_one(s, "DELETE FROM load WHERE id = ?", load, err);
    if (!st)
        st = delete_one(s,
                        "DELETE FROM layer WHERE id = ?1 AND NOT EXISTS"
                        " (SELECT 1 FROM load WHERE layer = ?1)",
                        layer, err);
    return store_end_write(s, st, false, err);
}

enum tr_status store_sweep_load(struct store *s, int64_t load, bool closed,
                                struct tr_error *err)
{
    const int64_t only[2] = { load, 0 };
    int64_t layer = 0, first = 0, last = 0;
    enum tr_status st = store_ask(s, "SELECT layer FROM load WHERE id = ?1",
                                  only, 0, &layer, err);

    if (st || !layer)
        return st;
    st = store_ask(s, "SELECT first_version FROM load WHERE id = ?1", only, 0,
                   &first, err);
    if (closed)
        first = layer << STORE_SEQ_BITS;

    const int64_t all[2] = { first, ((layer + 1) << STORE_SEQ_BITS) - 1 };

    if (!st)
        st = store_ask(s,
                       "SELECT max(id) FROM version WHERE id BETWEEN ?1 AND ?2",
                       all, 0, &last, err);
    while (!st && first <= last) {
        const int64_t slice[2] = { first, first + VERSIONS_A_SLICE - 1 };

        st = sweep_slice(s, slice, load, closed, err);
        first = slice[1] + 1;
        if (first <= last)
            store_pause_ms(2);
    }
    if (!st)
        st = sweep_rows(s,
                        "DELETE FROM issue WHERE load = ?1 AND number IN"
                        " (SELECT number FROM issue WHERE load = ?1"
                        " LIMIT 20000)",
                        load, err);
    return st ? st : forget_load(s, load, layer, err);
}

enum tr_status store_sweep_loads(struct store *s, struct tr_error *err)
{
    for (;;) {
        int64_t load = 0;
        enum tr_status st =
            store_ask(s, "SELECT min(id) FROM load WHERE finished = 0", NULL, 0,
                      &load, err);

        if (!st && load)
            st = store_sweep_load(s, load, true, err);
        if (st || !load)
            return st;
    }
}

enum tr_status store_sweep_runs(struct store *s, struct tr_error *err)
{
    for (;;) {
        int64_t run = 0;
        enum tr_status st =
            store_ask(s, "SELECT min(id) FROM run WHERE finished = 0", NULL, 0,
                      &run, err);

        if (st || !run)
            return st;
        st = sweep_rows(s,
                        "DELETE FROM run_result WHERE run = ?1 AND site_id IN"
                        " (SELECT site_id FROM run_result WHERE run = ?1"
                        " LIMIT 20000)",
                        run, err);
        if (!st)
            st = sweep_rows(s, "DELETE FROM run WHERE id = ?", run, err);
        if (st)
            return st;
    }
}

static enum tr_status
sweep_kind(struct store *s, enum store_lock_what what, const char *unfinished,
           enum tr_status (*sweep)(struct store *, struct tr_error *),
           struct tr_error *err)
{
    int64_t n = 0;
    int fd = -1;
    enum tr_status st = store_ask(s, unfinished, NULL, 0, &n, err);

    if (st || !n)
        return st;
    st = store_lock_try(s->path, what, &fd, err);
    if (st || fd < 0) /* its writer lives */
        return st;
    st = sweep(s, err);
    store_lock_release(fd);
    return st;
}

enum tr_status store_sweep(struct store *s, struct tr_error *err)
{
    enum tr_status st = sweep_kind(
        s, STORE_LOCK_LOAD, "SELECT count(*) FROM load WHERE finished = 0",
        store_sweep_loads, err);

    if (!st)
        st = sweep_kind(s, STORE_LOCK_RUN,
                        "SELECT count(*) FROM run WHERE finished = 0",
                        store_sweep_runs, err);
    return st;
}
