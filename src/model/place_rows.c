/* place_rows.c - reading sensitive.yaml and links.yaml: what is said of single
 * rows of layers. See terrier/place.h. */
#include <string.h>

#include "model/place_fold.h"
#include "model/place_read.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* A key as the store has it: the values joined by U+001F. */
static enum tr_status key_text(const struct place_reading *r,
                               const struct tr_node *map, const char *name,
                               const char **out, struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, name);

    if (!node || node->kind != TR_NODE_LIST)
        return place_need_text(r, map, name, out, err);

    const char *joined = "";

    for (size_t i = 0; i < node->n; i++) {
        if (!node->items[i]->text)
            return tr_node_fail(node->items[i], r->file, err,
                                "each part of a key is a text");
        joined = tr_arena_printf(r->a, "%s%s%s", joined, i ? "\x1F" : "",
                                 node->items[i]->text);
        if (!joined)
            return place_no_memory(err);
    }
    *out = joined;
    return TR_OK;
}

static enum tr_status row_name(const struct place_reading *r,
                               const struct tr_node *map,
                               struct tr_row_name *out, struct tr_error *err)
{
    enum tr_status st = place_need_text(r, map, "layer", &out->layer, err);

    return st ? st : key_text(r, map, "key", &out->key, err);
}

static enum tr_status only_row_name(const struct place_reading *r,
                                    const struct tr_node *map,
                                    struct tr_row_name *out,
                                    struct tr_error *err)
{
    static const char *const known[] = { "layer", "key" };

    if (map->kind != TR_NODE_MAP)
        return tr_node_fail(map, r->file, err,
                            "a row is named as {layer: ..., key: ...}");

    enum tr_status st =
        tr_node_known_keys(map, known, LENGTH(known), r->file, err);

    return st ? st : row_name(r, map, out, err);
}

static bool rows_equal(const struct tr_row_name *a, const struct tr_row_name *b)
{
    return strcmp(a->layer, b->layer) == 0 && strcmp(a->key, b->key) == 0;
}

/* ---- sensitive.yaml ---- */

static enum tr_status hold(struct place_reading *r, const struct tr_node *map,
                           bool by_pattern, struct tr_hold *out,
                           struct tr_error *err)
{
    static const char *const known[] = { "pattern", "layer", "key", "reason" };
    enum tr_status st =
        tr_node_known_keys(map, known, LENGTH(known), r->file, err);

    if (!st)
        st = place_need_text(r, map, "reason", &out->reason, err);
    if (st)
        return st;
    if (!by_pattern || !tr_node_get(map, "pattern"))
        return row_name(r, map, &out->row, err);
    if (tr_node_get(map, "layer") || tr_node_get(map, "key"))
        return tr_node_fail(map, r->file, err,
                            "give a pattern, or a layer and a key, not both");
    st = place_need_text(r, map, "pattern", &out->pattern, err);
    if (st)
        return st;
    out->pattern = place_fold(r->a, out->pattern);
    return out->pattern ? TR_OK : place_no_memory(err);
}

static enum tr_status hold_list(struct place_reading *r,
                                const struct tr_node *map, const char *key,
                                const struct tr_hold **out, size_t *n,
                                struct tr_error *err)
{
    bool by_pattern = strcmp(key, "hold") == 0;
    const struct tr_node *list;
    enum tr_status st = place_maps(r, map, key, &list, err);

    if (st || !list)
        return st;

    struct tr_hold *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++)
        st = hold(r, list->items[i], by_pattern, &all[i], err);
    *out = all;
    *n = list->n;
    return st;
}

enum tr_status place_read_sensitive(struct place_reading *r, const char *text,
                                    struct tr_error *err)
{
    static const char *const known[] = { "hold", "release" };
    struct tr_place *p = &r->place;
    const struct tr_node *map;
    enum tr_status st = place_open(r, "sensitive.yaml", text, &map, err);

    if (!st)
        st = tr_node_known_keys(map, known, LENGTH(known), r->file, err);
    if (!st)
        st = hold_list(r, map, "hold", &p->holds, &p->n_holds, err);
    if (!st)
        st = hold_list(r, map, "release", &p->releases, &p->n_releases, err);
    return st;
}

/* ---- links.yaml ---- */

static enum tr_status link_rows(struct place_reading *r,
                                const struct tr_node *map, struct tr_link *out,
                                struct tr_error *err)
{
    const struct tr_node *sites;
    enum tr_status st = tr_node_need(map, "sites", r->file, &sites, err);

    if (!st)
        st = tr_node_list(map, "sites", r->file, &sites, err);
    if (st)
        return st;
    if (sites->n < 2)
        return tr_node_fail(sites, r->file, err,
                            "a link joins two rows or more");

    struct tr_row_name *rows = tr_arena_array(r->a, sites->n, sizeof *rows);

    if (!rows)
        return place_no_memory(err);
    for (size_t i = 0; i < sites->n && !st; i++)
        st = only_row_name(r, sites->items[i], &rows[i], err);
    out->rows = rows;
    out->n = sites->n;
    return st;
}

static enum tr_status link_keep(struct place_reading *r,
                                const struct tr_node *map, struct tr_link *out,
                                struct tr_error *err)
{
    const struct tr_node *keep;
    enum tr_status st = tr_node_need(map, "keep", r->file, &keep, err);

    if (!st)
        st = only_row_name(r, keep, &out->keep, err);
    if (st)
        return st;
    for (size_t i = 0; i < out->n; i++) {
        if (rows_equal(&out->rows[i], &out->keep))
            return TR_OK;
    }
    return tr_node_fail(keep, r->file, err,
                        "keep names row '%s' of '%s', which is not one of the "
                        "link's sites",
                        out->keep.key, out->keep.layer);
}

static bool in_link(const struct tr_link *l, const struct tr_row_name *row)
{
    for (size_t i = 0; i < l->n; i++) {
        if (rows_equal(&l->rows[i], row))
            return true;
    }
    return false;
}

/* No row may be in two links, or twice in one. */
static enum tr_status link_is_apart(const struct place_reading *r,
                                    const struct tr_node *list,
                                    const struct tr_link *all, size_t i,
                                    struct tr_error *err)
{
    for (size_t k = 0; k < all[i].n; k++) {
        const struct tr_row_name *row = &all[i].rows[k];

        for (size_t j = 0; j < k; j++) {
            if (rows_equal(&all[i].rows[j], row))
                return tr_node_fail(list->items[i], r->file, err,
                                    "row '%s' of '%s' is twice in this link",
                                    row->key, row->layer);
        }
        for (size_t j = 0; j < i; j++) {
            if (in_link(&all[j], row))
                return tr_node_fail(list->items[i], r->file, err,
                                    "row '%s' of '%s' is in the link on line "
                                    "%d already",
                                    row->key, row->layer, list->items[j]->line);
        }
    }
    return TR_OK;
}

static enum tr_status links(struct place_reading *r, const struct tr_node *map,
                            struct tr_error *err)
{
    static const char *const known[] = { "sites", "keep", "because" };
    const struct tr_node *list;
    enum tr_status st = place_maps(r, map, "links", &list, err);

    if (st || !list)
        return st;

    struct tr_link *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++) {
        const struct tr_node *item = list->items[i];

        st = tr_node_known_keys(item, known, LENGTH(known), r->file, err);
        if (!st)
            st = link_rows(r, item, &all[i], err);
        if (!st)
            st = link_keep(r, item, &all[i], err);
        if (!st)
            st = place_need_text(r, item, "because", &all[i].because, err);
        if (!st)
            st = link_is_apart(r, list, all, i, err);
    }
    r->place.links = all;
    r->place.n_links = list->n;
    return st;
}

static enum tr_status given_names(struct place_reading *r,
                                  const struct tr_node *map,
                                  struct tr_error *err)
{
    static const char *const known[] = { "layer", "key", "name", "source" };
    const struct tr_node *list;
    enum tr_status st = place_maps(r, map, "names", &list, err);

    if (st || !list)
        return st;

    struct tr_given_name *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++) {
        const struct tr_node *item = list->items[i];

        st = tr_node_known_keys(item, known, LENGTH(known), r->file, err);
        if (!st)
            st = row_name(r, item, &all[i].row, err);
        if (!st)
            st = place_need_text(r, item, "name", &all[i].name, err);
        if (!st)
            st = tr_node_text(item, "source", r->file, &all[i].source, err);
        for (size_t j = 0; j < i && !st; j++) {
            if (rows_equal(&all[i].row, &all[j].row))
                st = tr_node_fail(item, r->file, err,
                                  "row '%s' of '%s' has a name already, on "
                                  "line %d",
                                  all[i].row.key, all[i].row.layer,
                                  list->items[j]->line);
        }
    }
    r->place.names = all;
    r->place.n_names = list->n;
    return st;
}

static enum tr_status key_aliases(struct place_reading *r,
                                  const struct tr_node *map,
                                  struct tr_error *err)
{
    static const char *const known[] = { "layer", "from", "to" };
    const struct tr_node *list;
    enum tr_status st = place_maps(r, map, "aliases", &list, err);

    if (st || !list)
        return st;

    struct tr_key_alias *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++) {
        const struct tr_node *item = list->items[i];

        st = tr_node_known_keys(item, known, LENGTH(known), r->file, err);
        if (!st)
            st = place_need_text(r, item, "layer", &all[i].from.layer, err);
        if (!st)
            st = key_text(r, item, "from", &all[i].from.key, err);
        if (!st)
            st = key_text(r, item, "to", &all[i].to, err);
    }
    r->place.aliases = all;
    r->place.n_aliases = list->n;
    return st;
}

enum tr_status place_read_links(struct place_reading *r, const char *text,
                                struct tr_error *err)
{
    static const char *const known[] = { "links", "names", "aliases" };
    const struct tr_node *map;
    enum tr_status st = place_open(r, "links.yaml", text, &map, err);

    if (!st)
        st = tr_node_known_keys(map, known, LENGTH(known), r->file, err);
    if (!st)
        st = links(r, map, err);
    if (!st)
        st = given_names(r, map, err);
    if (!st)
        st = key_aliases(r, map, err);
    return st;
}
