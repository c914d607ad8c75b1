/* sqlite_lists.c - layers and loads, as lists. */
#include "store/sqlite_door.h"

#include <string.h>

static void *next_item(struct store_list *list, size_t *room)
{
    if (list->n == *room) {
        size_t more = *room ? *room * 2 : 16;
        void *p = tr_arena_array(list->arena, more, list->size);

        if (!p)
            return NULL;
        if (list->n)
            memcpy(p, list->items, list->n * list->size);
        list->items = p;
        *room = more;
    }
    return (char *)list->items + list->n * list->size;
}

enum tr_status store_collect(struct store *s, sqlite3_stmt *q,
                             struct store_list *list, struct tr_error *err)
{
    enum tr_status st = TR_OK;
    size_t room = 0;
    bool row = false;

    list->n = 0;
    if (!next_item(list, &room))
        st = tr_fail(err, TR_ENOMEM, "no memory left for a list");
    while (!st && !(st = store_step_row(s, q, &row, err)) && row) {
        void *item = next_item(list, &room);

        if (!item || !list->fill(q, list->arena, item))
            st = tr_fail(err, TR_ENOMEM, "no memory left for a list");
        else
            list->n++;
    }
    sqlite3_finalize(q);
    return st;
}

/* ---- layers ---- */

#define LAYER_SQL                                                              \
    "SELECT y.id, y.name, y.place, y.kind, d.profile, y.current_load,"         \
    " y.suspended FROM layer y JOIN load d ON d.id = y.current_load"

static bool fill_layer(sqlite3_stmt *q, struct tr_arena *a, void *item)
{
    struct store_layer *y = item;

    y->id = sqlite3_column_int64(q, 0);
    y->name = store_column_text(q, 1, a);
    y->place = store_column_text(q, 2, a);
    y->profile = store_column_digest(q, 4);
    y->current_load = sqlite3_column_int64(q, 5);
    y->suspended = sqlite3_column_int(q, 6);

    const unsigned char *kind = sqlite3_column_text(q, 3);

    /* A word that this program does not know can only come from damage; the
     * most harmless kind is shown. */
    if (!kind || !store_kind_parse((const char *)kind, &y->kind))
        y->kind = STORE_CONTEXT;
    return y->name && y->place;
}

enum tr_status store_layers(struct store *s, struct tr_arena *a,
                            const struct store_layer **out, size_t *n,
                            struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_layer };
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(s, LAYER_SQL " ORDER BY y.name", &q, err);

    if (!st)
        st = store_collect(s, q, &list, err);
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}

enum tr_status store_layer_named(struct store *s, const char *name,
                                 struct tr_arena *a,
                                 const struct store_layer **out,
                                 struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_layer };
    sqlite3_stmt *q = NULL;
    enum tr_status st =
        store_prepare(s, LAYER_SQL " WHERE y.name = ?", &q, err);

    if (!st) {
        store_bind_text(q, 1, name);
        st = store_collect(s, q, &list, err);
    }
    if (!st && !list.n)
        st = tr_fail(err, TR_ENOTFOUND, "there is no layer '%s'", name);
    if (!st)
        *out = list.items;
    return st;
}

enum tr_status store_suspend_layer(struct store *s, const char *name,
                                   bool suspended, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_begin_write(s, err);

    if (st)
        return st;
    st = store_prepare(s,
                       "UPDATE layer SET suspended = ? WHERE name = ?"
                       " AND current_load IS NOT NULL",
                       &q, err);
    if (!st) {
        sqlite3_bind_int(q, 1, suspended);
        store_bind_text(q, 2, name);
        st = store_step_done(s, q, err);
    }
    sqlite3_finalize(q);
    if (!st && !sqlite3_changes(s->db))
        st = tr_fail(err, TR_ENOTFOUND, "there is no layer '%s'", name);
    return store_end_write(s, st, true, err);
}

/* ---- loads ---- */

static void fill_counts(sqlite3_stmt *q, struct store_load *d)
{
    long *const counts[] = { &d->read,       &d->accepted,   &d->rejected,
                             &d->duplicate,  &d->excluded,   &d->added,
                             &d->changed,    &d->unchanged,  &d->vanished,
                             &d->located[0], &d->located[1], &d->located[2],
                             &d->located[3], &d->located[4] };

    for (int i = 0; i < (int)(sizeof counts / sizeof *counts); i++)
        *counts[i] = (long)sqlite3_column_int64(q, 12 + i);
}

static bool fill_load(sqlite3_stmt *q, struct tr_arena *a, void *item)
{
    struct store_load *d = item;

    d->id = sqlite3_column_int64(q, 0);
    d->layer = sqlite3_column_int64(q, 1);
    d->layer_name = store_column_text(q, 2, a);
    d->started = sqlite3_column_int64(q, 3);
    d->finished = sqlite3_column_int64(q, 4);
    d->profile = store_column_digest(q, 5);
    d->source = store_column_digest(q, 6);
    d->source_name = store_column_text(q, 7, a);
    d->schema = store_column_text(q, 8, a);
    d->crs_operation = store_column_text(q, 9, a);
    d->crs_accuracy_m = sqlite3_column_double(q, 10);
    d->barred_from_measures = sqlite3_column_int(q, 11);
    fill_counts(q, d);
    return d->layer_name && d->source_name && d->schema && d->crs_operation;
}

enum tr_status store_loads(struct store *s, int64_t layer, struct tr_arena *a,
                           const struct store_load **out, size_t *n,
                           struct tr_error *err)
{
    struct store_list list = { .arena = a,
                               .size = sizeof **out,
                               .fill = fill_load };
    sqlite3_stmt *q = NULL;
    enum tr_status st = store_prepare(
        s,
        "SELECT d.id, d.layer, y.name, d.started, d.finished, d.profile,"
        " d.source, d.source_name, d.schema, d.crs_operation,"
        " d.crs_accuracy_m, d.barred, d.read, d.accepted, d.rejected,"
        " d.duplicate, d.excluded, d.added, d.changed, d.unchanged,"
        " d.vanished, d.by_coordinate, d.by_uprn, d.by_postcode,"
        " d.by_outward, d.by_none FROM load d JOIN layer y ON y.id = d.layer"
        " WHERE d.finished <> 0 AND (?1 = 0 OR d.layer = ?1)"
        " ORDER BY d.id DESC",
        &q, err);

    if (!st) {
        sqlite3_bind_int64(q, 1, layer);
        st = store_collect(s, q, &list, err);
    }
    if (st)
        return st;
    *out = list.items;
    *n = list.n;
    return TR_OK;
}
