/* sqlite_load.c - writing a load: begin, rows, issues, commit or take back.
 *
 * Rows are gathered in memory and written in slices, so the file is locked only
 * while there is something to write - never while a slow source is awaited. */
#include "store/ledger_append.h"
#include "store/sqlite_pending.h"

#include "terrier/date.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct store_loading {
    struct store *s;
    int64_t layer, load, current; /* current: the load before, 0: none */
    int lock_fd;
    struct tr_digest profile;
    struct row_index known;
    struct store_pending pending;
    struct tr_hasher issues;
    long n_issues;
    long added, changed, unchanged, unseen;
};

static void end(struct store_loading *l)
{
    l->s->loading = NULL;
    row_index_clear(&l->known);
    store_pending_clear(&l->pending);
    store_lock_release(l->lock_fd);
    free(l);
}

/* ---- begin ---- */

static enum tr_status busy_loading(struct store *s, struct tr_error *err)
{
    int64_t since = 0;
    char text[TR_INSTANT_TEXT] = "";

    if (store_ask(s, "SELECT started FROM load WHERE finished = 0", NULL, 0,
                  &since, NULL) ||
        !since)
        return tr_fail(err, TR_EBUSY,
                       "another process is loading into '%s'; try again when "
                       "it is done",
                       s->path);
    tr_instant_text(since, text);
    return tr_fail(err, TR_EBUSY,
                   "another process has been loading into '%s' since %s; try "
                   "again when it is done",
                   s->path, text);
}

static enum tr_status take_lock(struct store_loading *l, struct tr_error *err)
{
    enum tr_status st =
        store_lock_try(l->s->path, STORE_LOCK_LOAD, &l->lock_fd, err);

    if (!st && l->lock_fd < 0)
        st = busy_loading(l->s, err);
    /* With the lock in hand, whatever is unfinished has no writer. */
    return st ? st : store_sweep_loads(l->s, err);
}

/* The layer's id and current load; 0 when there is no such layer. It is an
 * error when it is of another place or kind. */
static enum tr_status find_layer(struct store_loading *l, const char *name,
                                 const char *place, enum store_kind kind,
                                 struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        l->s, "SELECT id, place, kind, current_load FROM layer WHERE name = ?",
        &q, err);

    if (!st) {
        store_bind_text(q, 1, name);
        st = store_step_row(l->s, q, &row, err);
    }
    if (!st && row) {
        const char *was_place = (const char *)sqlite3_column_text(q, 1);
        const char *was_kind = (const char *)sqlite3_column_text(q, 2);

        l->layer = sqlite3_column_int64(q, 0);
        l->current = sqlite3_column_int64(q, 3);
        if (strcmp(was_place, place) != 0 ||
            strcmp(was_kind, store_kind_name(kind)) != 0)
            st = tr_fail(err, TR_ECONFIG,
                         "layer '%s' is %s of place '%s' in the store, not %s "
                         "of '%s'; give the new one another name",
                         name, was_kind, was_place, store_kind_name(kind),
                         place);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status add_layer(struct store_loading *l, const char *name,
                                const char *place, enum store_kind kind,
                                struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        l->s, "INSERT INTO layer (name, place, kind) VALUES (?, ?, ?)", &q,
        err);

    if (!st) {
        store_bind_text(q, 1, name);
        store_bind_text(q, 2, place);
        store_bind_text(q, 3, store_kind_name(kind));
        st = store_step_done(l->s, q, err);
    }
    if (!st)
        l->layer = sqlite3_last_insert_rowid(l->s->db);
    sqlite3_finalize(q);
    return st;
}

static enum tr_status add_load(struct store_loading *l,
                               const struct store_load *info,
                               struct tr_error *err)
{
    const int64_t range[2] = { l->layer << STORE_SEQ_BITS,
                               ((l->layer + 1) << STORE_SEQ_BITS) - 1 };
    int64_t last = 0;
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_ask(l->s, "SELECT max(id) FROM version WHERE id BETWEEN ? AND ?",
                  range, range[0], &last, err);

    l->pending.next_version = last + 1;
    if (!st)
        st = store_prepare(
            l->s,
            "INSERT INTO load (layer, started, first_version, profile, source,"
            " source_name, schema) VALUES (?, ?, ?, ?, ?, ?, ?)",
            &q, err);
    if (!st) {
        sqlite3_bind_int64(q, 1, l->layer);
        sqlite3_bind_int64(q, 2,
                           info->started ? info->started : tr_instant_now());
        sqlite3_bind_int64(q, 3, last + 1);
        store_bind_digest(q, 4, &info->profile);
        store_bind_digest(q, 5, &info->source);
        store_bind_text(q, 6, info->source_name);
        store_bind_text(q, 7, info->schema);
        st = store_step_done(l->s, q, err);
    }
    if (!st)
        l->load = l->pending.load = sqlite3_last_insert_rowid(l->s->db);
    sqlite3_finalize(q);
    return st;
}

/* The small transaction that makes the load known, unfinished. */
static enum tr_status note_load(struct store_loading *l, const char *place,
                                enum store_kind kind,
                                const struct store_load *info,
                                struct tr_error *err)
{
    enum tr_status st = store_begin_write(l->s, err);

    if (st)
        return st;
    if (!l->layer)
        st = add_layer(l, info->layer_name, place, kind, err);
    if (!st)
        st = add_load(l, info, err);
    st = store_end_write(l->s, st, false, err);
    if (st)
        l->load = 0;
    return st;
}

static enum tr_status index_rows(struct store_loading *l, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        l->s,
        "SELECT id, key, digest, missing_from FROM version"
        " WHERE id BETWEEN ? AND ? AND load_to = " STORE_NEVER_TEXT
        " ORDER BY id",
        &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, l->layer << STORE_SEQ_BITS);
        sqlite3_bind_int64(q, 2, l->pending.next_version - 1);
    }
    while (!st && !(st = store_step_row(l->s, q, &row, err)) && row) {
        struct tr_digest content = store_column_digest(q, 2);

        st = row_index_add(&l->known, (const char *)sqlite3_column_text(q, 1),
                           &content, sqlite3_column_int64(q, 0), err);
        if (!st && sqlite3_column_int64(q, 3) != STORE_NEVER)
            l->known.entries[l->known.n - 1].missing = 1;
        else
            l->unseen++;
    }
    sqlite3_finalize(q);
    return st ? st : row_index_finish(&l->known, err);
}

enum tr_status store_load_begin(struct store *s, const char *place,
                                enum store_kind kind,
                                const struct store_load *info,
                                struct store_loading **out,
                                struct tr_error *err)
{
    struct store_loading *l = calloc(1, sizeof *l);

    if (!l)
        return tr_fail(err, TR_ENOMEM, "no memory left for a load");
    assert(!s->loading);
    s->loading = l;
    l->s = s;
    l->lock_fd = -1;
    l->profile = info->profile;
    tr_hash_init(&l->issues);

    enum tr_status st = store_pending_init(&l->pending, s, err);

    if (!st && s->mode == STORE_READ)
        st = store_begin_write(s, err); /* which says why not */
    if (!st)
        st = take_lock(l, err);
    if (!st)
        st = find_layer(l, info->layer_name, place, kind, err);
    if (!st)
        st = note_load(l, place, kind, info, err);
    if (!st && l->current)
        st = index_rows(l, err);
    if (st)
        store_load_abort(l);
    else
        *out = l;
    return st;
}

/* ---- rows and issues ---- */

enum tr_status store_load_row(struct store_loading *l,
                              const struct store_row *row,
                              enum store_outcome *outcome, struct tr_error *err)
{
    struct row_entry *e = row_index_find(&l->known, row->key);
    enum store_outcome came = STORE_ADDED;

    if (e) {
        if (e->seen)
            return tr_fail(err, TR_EDATA, "the key '%s' is given twice",
                           row->key);
        e->seen = 1;
        if (!e->missing)
            l->unseen--;
        came = e->missing || !row_index_same(e, &row->digest) ? STORE_CHANGED
                                                              : STORE_UNCHANGED;
    }
    l->added += came == STORE_ADDED;
    l->changed += came == STORE_CHANGED;
    l->unchanged += came == STORE_UNCHANGED;

    enum tr_status st = TR_OK;

    if (came != STORE_UNCHANGED)
        st = store_pending_row(&l->pending, row, e ? (int64_t)e->version : 0,
                               err);
    if (!st)
        *outcome = came;
    return st;
}

enum tr_status store_load_issue(struct store_loading *l,
                                const struct store_issue *issue,
                                struct tr_error *err)
{
    tr_hash_text(&l->issues, issue->file);
    tr_hash_int(&l->issues, issue->row);
    tr_hash_text(&l->issues, issue->column);
    tr_hash_text(&l->issues, issue->value);
    tr_hash_text(&l->issues, issue->type);
    tr_hash_int(&l->issues, issue->severity);
    tr_hash_text(&l->issues, issue->message);
    return store_pending_issue(&l->pending, issue, ++l->n_issues, err);
}

void store_load_counts(const struct store_loading *l, long *added,
                       long *changed, long *unchanged, long *unseen)
{
    *added = l->added;
    *changed = l->changed;
    *unchanged = l->unchanged;
    *unseen = l->unseen;
}

/* ---- commit ---- */

static enum tr_status profile_is_kept(struct store_loading *l,
                                      struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st =
        store_prepare(l->s, "SELECT 1 FROM document WHERE digest = ?", &q, err);

    if (!st) {
        store_bind_digest(q, 1, &l->profile);
        st = store_step_row(l->s, q, &row, err);
    }
    sqlite3_finalize(q);
    if (!st && !row)
        st = tr_fail(err, TR_EINVAL,
                     "the load's profile is not among the store's documents");
    return st;
}

/* Has the layer's current load the same profile, schema and issues? */
static enum tr_status same_as_before(struct store_loading *l,
                                     const struct tr_digest *issues, bool *same,
                                     struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    enum tr_status st = store_prepare(
        l->s,
        "SELECT a.profile = b.profile AND a.schema = b.schema AND a.issues = ?"
        " FROM load a, load b WHERE a.id = ? AND b.id = ?",
        &q, err);

    if (!st) {
        store_bind_digest(q, 1, issues);
        sqlite3_bind_int64(q, 2, l->current);
        sqlite3_bind_int64(q, 3, l->load);
        st = store_step_row(l->s, q, &row, err);
    }
    if (!st)
        *same = row && sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return st;
}

static enum tr_status mark_missing(struct store_loading *l,
                                   struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (size_t i = 0; !st && i < l->known.n; i++) {
        const struct row_entry *e = &l->known.entries[i];

        if (!e->seen && !e->missing)
            st = store_pending_missing(&l->pending, (int64_t)e->version, err);
    }
    return st ? st : store_pending_flush(&l->pending, err);
}

static void bind_counts(const struct store_loading *l, sqlite3_stmt *q,
                        const struct store_load *info)
{
    const long counts[] = {
        info->read,       info->accepted,   info->rejected,   info->duplicate,
        info->excluded,   l->added,         l->changed,       l->unchanged,
        l->unseen,        info->located[0], info->located[1], info->located[2],
        info->located[3], info->located[4]
    };

    for (int i = 0; i < (int)(sizeof counts / sizeof *counts); i++)
        sqlite3_bind_int64(q, 6 + i, counts[i]);
}

static enum tr_status finish_load(struct store_loading *l,
                                  const struct store_load *info,
                                  const struct tr_digest *issues,
                                  struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        l->s,
        "UPDATE load SET finished = ?1, crs_operation = ?2,"
        " crs_accuracy_m = ?3, barred = ?4, issues = ?5, read = ?6,"
        " accepted = ?7, rejected = ?8, duplicate = ?9, excluded = ?10,"
        " added = ?11, changed = ?12, unchanged = ?13, vanished = ?14,"
        " by_coordinate = ?15, by_uprn = ?16, by_postcode = ?17,"
        " by_outward = ?18, by_none = ?19 WHERE id = ?20",
        &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1,
                           info->finished ? info->finished : tr_instant_now());
        store_bind_text(q, 2, info->crs_operation);
        sqlite3_bind_double(q, 3, info->crs_accuracy_m);
        sqlite3_bind_int(q, 4, info->barred_from_measures);
        store_bind_digest(q, 5, issues);
        bind_counts(l, q, info);
        sqlite3_bind_int64(q, 20, l->load);
        st = store_step_done(l->s, q, err);
    }
    sqlite3_finalize(q);
    return st;
}

static enum tr_status note_in_ledger(const struct store_loading *l,
                                     const struct store_load *info,
                                     struct tr_error *err)
{
    struct ledger_draft d = { .kind = LEDGER_LOAD };
    struct tr_arena a;
    enum tr_status st;

    tr_arena_init(&a, 65536);
    ledger_put(&d, "layer", info->layer_name);
    ledger_put_number(&d, "load", l->load, &a);
    ledger_put_number(&d, "accepted", info->accepted, &a);
    ledger_put_number(&d, "added", l->added, &a);
    ledger_put_number(&d, "changed", l->changed, &a);
    ledger_put_number(&d, "vanished", l->unseen, &a);
    ledger_put_digest(&d, "profile", &l->profile, &a);
    ledger_put_digest(&d, "source", &info->source, &a);
    st = ledger_append(l->s, &d, NULL, err);
    tr_arena_clear(&a);
    return st;
}

static enum tr_status make_visible(struct store_loading *l,
                                   const struct store_load *info,
                                   const struct tr_digest *issues,
                                   struct tr_error *err)
{
    const int64_t ids[2] = { l->layer, l->load };
    int64_t ignored;
    enum tr_status st = store_begin_write(l->s, err);

    if (st)
        return st;
    st = finish_load(l, info, issues, err);
    if (!st)
        st = store_ask(l->s, "UPDATE layer SET current_load = ?2 WHERE id = ?1",
                       ids, 0, &ignored, err);
    if (!st)
        st = note_in_ledger(l, info, err);
    return store_end_write(l->s, st, true, err);
}

enum tr_status store_load_commit(struct store_loading *l,
                                 const struct store_load *info,
                                 bool *changed_anything, struct tr_error *err)
{
    struct tr_digest issues = tr_hash_end(&l->issues);
    bool same = false;
    enum tr_status st = profile_is_kept(l, err);

    if (!st && l->current && !l->added && !l->changed && !l->unseen)
        st = same_as_before(l, &issues, &same, err);
    if (!st && !same)
        st = store_pending_flush(&l->pending, err);
    if (!st && !same)
        st = mark_missing(l, err);
    if (!st && !same)
        st = make_visible(l, info, &issues, err);
    if (!st && !same) {
        end(l);
        *changed_anything = true;
        return TR_OK;
    }
    store_load_abort(l);
    if (!st)
        *changed_anything = false;
    return st;
}

void store_load_abort(struct store_loading *l)
{
    if (!l)
        return;
    /* What cannot be taken back now is swept by the next writer's opening. */
    if (l->load)
        (void)store_sweep_load(l->s, l->load, l->pending.closed, NULL);
    end(l);
}
