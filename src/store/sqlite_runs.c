/* sqlite_runs.c - classification runs, their results, and which are adopted.
 *
 * A run is written as a load is: in slices, unfinished until the last. */
#include "store/ledger_append.h"
#include "store/sqlite_door.h"

#include "terrier/date.h"

#include <stdlib.h>
#include <string.h>

#define RESULTS_A_SLICE 20000

/* ---- saving ---- */

static int by_site(const void *a, const void *b)
{
    const struct store_result *const *x = a, *const *y = b;

    return strcmp((*x)->site_id, (*y)->site_id);
}

/* The results in the order in which they are kept and read. */
static enum tr_status sort_results(const struct store_result *results, size_t n,
                                   const struct store_result ***out,
                                   struct tr_error *err)
{
    const struct store_result **sorted = malloc((n ? n : 1) * sizeof *sorted);

    if (!sorted)
        return tr_fail(err, TR_ENOMEM, "no memory left for %zu results", n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &results[i];
    qsort(sorted, n, sizeof *sorted, by_site);
    for (size_t i = 1; i < n; i++) {
        if (!strcmp(sorted[i - 1]->site_id, sorted[i]->site_id)) {
            enum tr_status st =
                tr_fail(err, TR_EINVAL, "site '%s' has two results",
                        sorted[i]->site_id);

            free(sorted);
            return st;
        }
    }
    *out = sorted;
    return TR_OK;
}

static enum tr_status rules_are_kept(struct store *s,
                                     const struct store_run *run,
                                     struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st =
        store_prepare(s, "SELECT 1 FROM document WHERE digest = ?", &q, err);

    if (!st) {
        store_bind_digest(q, 1, &run->rules);
        st = store_step_row(s, q, &row, err);
    }
    sqlite3_finalize(q);
    if (!st && !row)
        st = tr_fail(err, TR_ENOTFOUND,
                     "the rules '%s' are not among the store's documents; put "
                     "them there first",
                     run->rules_name);
    return st;
}

static enum tr_status add_run(struct store *s, const struct store_run *run,
                              int64_t *id, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = store_prepare(s,
                       "INSERT INTO run (created, audience, rules, rules_name,"
                       " scope, as_of, seed, draws, inputs, snapshot, results,"
                       " n_sites) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       &q, err);
    if (!st) {
        sqlite3_bind_int64(q, 1, run->created);
        store_bind_text(q, 2, run->audience);
        store_bind_digest(q, 3, &run->rules);
        store_bind_text(q, 4, run->rules_name);
        store_bind_text(q, 5, run->scope);
        sqlite3_bind_int(q, 6, run->as_of);
        sqlite3_bind_int64(q, 7, run->seed);
        sqlite3_bind_int64(q, 8, run->draws);
        store_bind_text(q, 9, run->inputs);
        store_bind_digest(q, 10, &run->snapshot);
        store_bind_digest(q, 11, &run->results);
        sqlite3_bind_int64(q, 12, run->n_sites);
        st = store_step_done(s, q, err);
    }
    if (!st)
        *id = sqlite3_last_insert_rowid(s->db);
    sqlite3_finalize(q);
    return store_end_write(s, st, false, err);
}

/* One transaction: results from `*i` on, for as long as a slice may last. */
static enum tr_status add_slice(struct store *s, int64_t id,
                                const struct store_result *const *sorted,
                                size_t n, size_t *i, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_begin_write(s, err);
    int64_t until = store_clock_ms() + STORE_SLICE_MS / 3;

    if (st)
        return st;
    st =
        store_prepare(s, "INSERT INTO run_result VALUES (?, ?, ?, ?)", &q, err);
    for (size_t k = 0; !st && *i < n && k < RESULTS_A_SLICE; k++, ++*i) {
        if (k % 64 == 63 && store_clock_ms() >= until)
            break;
        sqlite3_bind_int64(q, 1, id);
        store_bind_text(q, 2, sorted[*i]->site_id);
        store_bind_text(q, 3, sorted[*i]->class_name);
        store_bind_text(q, 4, sorted[*i]->data);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    return store_end_write(s, st, false, err);
}

static enum tr_status note_run(struct store *s, int64_t id,
                               const struct store_run *run,
                               struct tr_error *err)
{
    struct ledger_draft d = { .kind = LEDGER_RUN };
    struct tr_digest inputs = tr_hash_bytes(run->inputs, strlen(run->inputs));
    struct tr_digest scope = tr_hash_bytes(run->scope, strlen(run->scope));
    struct tr_arena a;
    enum tr_status st;

    tr_arena_init(&a, 65536);
    ledger_put_number(&d, "run", id, &a);
    ledger_put(&d, "audience", run->audience);
    ledger_put_number(&d, "seed", run->seed, &a);
    ledger_put_number(&d, "draws", run->draws, &a);
    ledger_put_number(&d, "sites", run->n_sites, &a);
    ledger_put_digest(&d, "rules", &run->rules, &a);
    ledger_put_digest(&d, "scope", &scope, &a);
    ledger_put_digest(&d, "inputs", &inputs, &a);
    ledger_put_digest(&d, "snapshot", &run->snapshot, &a);
    ledger_put_digest(&d, "results", &run->results, &a);
    st = ledger_append(s, &d, NULL, err);
    tr_arena_clear(&a);
    return st;
}

static enum tr_status finish_run(struct store *s, int64_t id,
                                 const struct store_run *run,
                                 struct tr_error *err)
{
    const int64_t ids[2] = { id, 0 };
    int64_t ignored;
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = store_ask(s, "UPDATE run SET finished = 1 WHERE id = ?", ids, 0,
                   &ignored, err);
    if (!st)
        st = note_run(s, id, run, err);
    return store_end_write(s, st, true, err);
}

static enum tr_status write_run(struct store *s, const struct store_run *run,
                                const struct store_result *const *sorted,
                                size_t n, int64_t *id, struct tr_error *err)
{
    size_t i = 0;
    enum tr_status st = store_sweep_runs(s, err);

    if (!st)
        st = add_run(s, run, id, err);
    while (!st && i < n) {
        st = add_slice(s, *id, sorted, n, &i, err);
        store_pause_ms(2); /* a gap, in which others get their turn */
    }
    if (!st)
        st = finish_run(s, *id, run, err);
    if (st && *id)
        (void)store_sweep_runs(s, NULL);
    return st;
}

enum tr_status store_save_run(struct store *s, const struct store_run *run,
                              const struct store_result *results, size_t n,
                              int64_t *id, struct tr_error *err)
{
    const struct store_result **sorted = NULL;
    int64_t made = 0;
    int fd = -1;
    enum tr_status st = sort_results(results, n, &sorted, err);

    if (!st && s->mode == STORE_READ)
        st = store_begin_write(s, err); /* which says why not */
    if (!st)
        st = rules_are_kept(s, run, err);
    if (!st)
        st = store_lock_try(s->path, STORE_LOCK_RUN, &fd, err);
    if (!st && fd < 0)
        st = tr_fail(err, TR_EBUSY,
                     "another process is saving a run in '%s'; try again when "
                     "it is done",
                     s->path);
    if (!st)
        st = write_run(s, run, sorted, n, &made, err);
    if (!st)
        *id = made;
    store_lock_release(fd);
    free(sorted);
    return st;
}

/* ---- reading ---- */

#define RUN_SQL                                                                \
    "SELECT r.id, r.created, r.audience, r.rules, r.rules_name, r.scope,"      \
    " r.as_of, r.seed, r.draws, r.inputs, r.snapshot, r.results, r.n_sites,"   \
    " r.id IS (SELECT run FROM adoption WHERE audience = r.audience"           \
    " ORDER BY id DESC LIMIT 1) FROM run r WHERE r.finished"

static bool fill_run(sqlite3_stmt *q, struct tr_arena *a, void *item)
{
    struct store_run *r = item;

    r->id = sqlite3_column_int64(q, 0);
    r->created = sqlite3_column_int64(q, 1);
    r->audience = store_column_text(q, 2, a);
    r->rules = store_column_digest(q, 3);
    r->rules_name = store_column_text(q, 4, a);
    r->scope = store_column_text(q, 5, a);
    r->as_of = sqlite3_column_int(q, 6);
    r->seed = sqlite3_column_int64(q, 7);
    r->draws = (long)sqlite3_column_int64(q, 8);
    r->inputs = store_column_text(q, 9, a);
    r->snapshot = store_column_digest(q, 10);
    r->results = store_column_digest(q, 11);
    r->n_sites = (long)sqlite3_column_int64(q, 12);
    r->adopted = sqlite3_column_int(q, 13);
    return r->audience && r->rules_name && r->scope && r->inputs;
}

enum tr_status store_runs(struct store *s, struct tr_arena *a,
                          const struct store_run **out, size_t *n,
                          struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_run };
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s, RUN_SQL " ORDER BY r.id DESC", &q, err);

    if (!st)
        st = store_collect(s, q, &list, err);
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}

enum tr_status store_run(struct store *s, int64_t id, struct tr_arena *a,
                         const struct store_run **out, struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_run };
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(s, RUN_SQL " AND r.id = ?", &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, id);
        st = store_collect(s, q, &list, err);
    }
    if (!st && !list.n)
        st = tr_fail(err, TR_ENOTFOUND, "there is no run %lld", (long long)id);
    if (!st)
        *out = list.items;
    return st;
}

/* Is there such a run, and is it whole? */
static enum tr_status need_run(struct store *s, int64_t id,
                               struct tr_error *err)
{
    const int64_t ids[2] = { id, 0 };
    int64_t found = 0;
    enum tr_status st = store_ask(
        s, "SELECT id FROM run WHERE finished AND id = ?", ids, 0, &found, err);

    if (!st && !found)
        st = tr_fail(err, TR_ENOTFOUND, "there is no run %lld", (long long)id);
    return st;
}

enum tr_status store_read_results(struct store *s, int64_t run,
                                  store_result_fn fn, void *context,
                                  struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = need_run(s, run, err);

    if (!st)
        st = store_prepare(s,
                           "SELECT site_id, class_name, data FROM run_result"
                           " WHERE run = ? ORDER BY site_id",
                           &q, err);
    if (!st)
        sqlite3_bind_int64(q, 1, run);
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        const struct store_result r = {
            .site_id = (const char *)sqlite3_column_text(q, 0),
            .class_name = (const char *)sqlite3_column_text(q, 1),
            .data = (const char *)sqlite3_column_text(q, 2),
        };

        st = fn(context, &r, err);
    }
    sqlite3_finalize(q);
    return st;
}

/* ---- adopting ---- */

static enum tr_status note_adoption(struct store *s, int64_t run,
                                    struct tr_error *err)
{
    struct ledger_draft d = { .kind = LEDGER_ADOPT };
    const struct store_run *about;
    struct tr_arena a;
    enum tr_status st;

    tr_arena_init(&a, (size_t)16 * 1024 * 1024);
    st = store_run(s, run, &a, &about, err);
    if (!st) {
        ledger_put_number(&d, "run", run, &a);
        ledger_put(&d, "audience", about->audience);
        ledger_put_digest(&d, "results", &about->results, &a);
        st = ledger_append(s, &d, NULL, err);
    }
    tr_arena_clear(&a);
    return st;
}

/* A run over a part of the estate must not take the class from the rest. */
static enum tr_status leaves_others(struct store *s, int64_t run,
                                    struct tr_error *err)
{
    const int64_t values[2] = { run, 0 };
    int64_t lost = 0;
    enum tr_status st = store_ask(
        s,
        "SELECT count(*) FROM run AS part, run AS now"
        " JOIN run_result AS r ON r.run = now.id"
        " WHERE part.id = ?1 AND part.scope <> '' AND part.scope <> now.scope"
        " AND now.id = (SELECT run FROM adoption WHERE audience = part.audience"
        "               ORDER BY id DESC LIMIT 1)"
        " AND NOT EXISTS (SELECT 1 FROM run_result WHERE run = part.id"
        "                 AND site_id = r.site_id)",
        values, 0, &lost, err);

    if (!st && lost)
        st = tr_fail(err, TR_EDATA,
                     "run %lld covers a part of the sites, and adopting it "
                     "would take the class from %lld others: it stays saved; "
                     "classify without --scope to adopt",
                     (long long)run, (long long)lost);
    return st;
}

enum tr_status store_adopt_run(struct store *s, int64_t run,
                               struct tr_error *err)
{
    const int64_t values[2] = { run, tr_instant_now() };
    int64_t ignored;
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = need_run(s, run, err);
    if (!st)
        st = leaves_others(s, run, err);
    if (!st)
        st = store_ask(s,
                       "INSERT INTO adoption (audience, run, at)"
                       " SELECT audience, id, ?2 FROM run WHERE id = ?1",
                       values, 0, &ignored, err);
    if (!st)
        st = note_adoption(s, run, err);
    return store_end_write(s, st, true, err);
}

enum tr_status store_adopted_run(struct store *s, const char *audience,
                                 int64_t *run, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(s,
                                      "SELECT run FROM adoption WHERE"
                                      " audience = ? ORDER BY id DESC LIMIT 1",
                                      &q, err);

    if (!st) {
        store_bind_text(q, 1, audience);
        st = store_step_row(s, q, &row, err);
    }
    if (!st)
        *run = row ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return st;
}

static bool fill_adoption(sqlite3_stmt *q, struct tr_arena *a, void *item)
{
    (void)a;
    *(int64_t *)item = sqlite3_column_int64(q, 0);
    return true;
}

enum tr_status store_adoptions(struct store *s, struct tr_arena *a,
                               const int64_t **out, size_t *n,
                               struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_adoption };
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s, "SELECT run FROM adoption ORDER BY id", &q, err);

    if (!st)
        st = store_collect(s, q, &list, err);
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}
