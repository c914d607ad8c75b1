/* place_matches.c - what people said of proposed matches, act by act: which of
 * them are in force. See terrier/place.h. */
#include <string.h>

#include "model/place_read.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static enum tr_status match_rows(const struct place_reading *r,
                                 const struct tr_node *act,
                                 struct tr_match *out, struct tr_error *err)
{
    static const char *const known[] = { "layer", "key" };
    const struct tr_node *rows;
    enum tr_status st = tr_node_need(act, "rows", r->file, &rows, err);

    if (st)
        return st;
    if (rows->kind != TR_NODE_LIST || rows->n != 2)
        return tr_node_fail(rows, r->file, err, "a match is of two rows");
    for (size_t i = 0; i < 2 && !st; i++) {
        const struct tr_node *row = rows->items[i];

        st = tr_node_known_keys(row, known, LENGTH(known), r->file, err);
        if (!st)
            st = place_need_text(r, row, "layer", &out->rows[i].layer, err);
        if (!st)
            st = place_need_text(r, row, "key", &out->rows[i].key, err);
    }
    return st;
}

static enum tr_status one_act(const struct place_reading *r,
                              const struct tr_node *act, struct tr_match *out,
                              bool *undo, struct tr_error *err)
{
    static const char *const known[] = { "do", "id", "on", "rows", "because" };
    const char *what = NULL;
    enum tr_status st =
        tr_node_known_keys(act, known, LENGTH(known), r->file, err);

    out->on = TR_NO_DATE;
    if (!st)
        st = place_need_text(r, act, "do", &what, err);
    if (!st)
        st = place_need_text(r, act, "id", &out->id, err);
    if (!st)
        st = tr_node_date(act, "on", r->file, &out->on, err);
    if (!st)
        st = tr_node_text(act, "because", r->file, &out->because, err);
    if (st)
        return st;
    *undo = strcmp(what, "undo") == 0;
    out->confirmed = strcmp(what, "confirm") == 0;
    if (*undo)
        return TR_OK;
    if (!out->confirmed && strcmp(what, "reject") != 0)
        return tr_node_fail(act, r->file, err,
                            "'do' is confirm, reject or undo, not '%s'", what);
    return match_rows(r, act, out, err);
}

/* The last word on an id counts; undone, it is as if nothing had been said. */
static void put(struct tr_match *all, size_t *n, const struct tr_match *m,
                bool undo)
{
    size_t at = 0;

    while (at < *n && strcmp(all[at].id, m->id) != 0)
        at++;
    if (at < *n)
        memmove(&all[at], &all[at + 1], (--*n - at) * sizeof *all);
    if (!undo)
        all[(*n)++] = *m;
}

enum tr_status place_read_matches(struct place_reading *r, const char *text,
                                  struct tr_error *err)
{
    static const char *const known[] = { "acts" };
    const struct tr_node *map, *list = NULL;
    enum tr_status st = place_open(r, "matches", text, &map, err);
    struct tr_match *all;
    size_t n = 0;

    if (!st)
        st = tr_node_known_keys(map, known, LENGTH(known), r->file, err);
    if (!st)
        st = place_maps(r, map, "acts", &list, err);
    if (st || !list)
        return st;
    all = tr_arena_array(r->a, list->n, sizeof *all);
    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++) {
        struct tr_match m = { .because = NULL };
        bool undo = false;

        st = one_act(r, list->items[i], &m, &undo, err);
        if (!st)
            put(all, &n, &m, undo);
    }
    r->place.matches = all;
    r->place.n_matches = n;
    return st;
}
