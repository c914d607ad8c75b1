/* place_read.c - the documents of a place, read strictly. See terrier/place.h.
 */
#include <assert.h>
#include <string.h>

#include "model/place_read.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum tr_status place_no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left for the place's documents");
}

enum tr_status place_open(struct place_reading *r, const char *name,
                          const char *text, const struct tr_node **out,
                          struct tr_error *err)
{
    r->file = name;

    enum tr_status st = tr_yaml_parse(text, strlen(text), name, r->a, out, err);

    if (st)
        return st;
    if ((*out)->kind != TR_NODE_MAP)
        return tr_node_fail(*out, name, err, "is not a list of 'key: value'");
    return TR_OK;
}

/* A list under `key`, its items maps with only `known` keys. Absent: NULL. */
enum tr_status place_maps(const struct place_reading *r,
                          const struct tr_node *map, const char *key,
                          const struct tr_node **out, struct tr_error *err)
{
    const struct tr_node *list = NULL;
    enum tr_status st = tr_node_list(map, key, r->file, &list, err);

    if (st)
        return st;
    for (size_t i = 0; list && i < list->n; i++) {
        if (list->items[i]->kind != TR_NODE_MAP)
            return tr_node_fail(list->items[i], r->file, err,
                                "each item of '%s' is a map, as {name: ...}",
                                key);
    }
    *out = list;
    return TR_OK;
}

enum tr_status place_need_text(const struct place_reading *r,
                               const struct tr_node *map, const char *key,
                               const char **out, struct tr_error *err)
{
    const struct tr_node *node;
    enum tr_status st = tr_node_need(map, key, r->file, &node, err);

    if (!st)
        st = tr_node_text(map, key, r->file, out, err);
    if (!st && !**out)
        return tr_node_fail(node, r->file, err, "'%s' is empty", key);
    return st;
}

bool place_made_of(const char *s, const char *others)
{
    if (!*s)
        return false;
    for (; *s; s++) {
        bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                      (*s >= '0' && *s <= '9');

        if (!letter && !strchr(others, *s))
            return false;
    }
    return true;
}

/* A list of texts, or one text. */
enum tr_status place_texts(const struct place_reading *r,
                           const struct tr_node *map, const char *key,
                           const char *const **out, size_t *n,
                           struct tr_error *err)
{
    const struct tr_node *list = NULL;
    enum tr_status st = tr_node_list(map, key, r->file, &list, err);

    if (st || !list)
        return st;

    const char **all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i]->kind == TR_NODE_LIST ||
            list->items[i]->kind == TR_NODE_MAP)
            return tr_node_fail(list->items[i], r->file, err,
                                "each item of '%s' is a text", key);
        all[i] = list->items[i]->text;
    }
    *out = all;
    *n = list->n;
    return TR_OK;
}

/* ---- place.yaml ---- */

static enum tr_status vintages_of(struct place_reading *r,
                                  const struct tr_node *set, const char *name,
                                  struct tr_vintage_name *all, size_t *n,
                                  struct tr_error *err)
{
    if (set->kind != TR_NODE_MAP)
        return tr_node_fail(set, r->file, err,
                            "vintages of '%s' are a map, as {\"2017\": then}",
                            name);
    for (size_t i = 0; i < set->n; i++) {
        const struct tr_node *v = set->items[i];

        if (v->kind == TR_NODE_MAP || v->kind == TR_NODE_LIST)
            return tr_node_fail(v, r->file, err, "a vintage's name is a text");
        all[(*n)++] =
            (struct tr_vintage_name){ name, set->keys[i]->text, v->text };
    }
    return TR_OK;
}

static enum tr_status vintages(struct place_reading *r,
                               const struct tr_node *map, struct tr_error *err)
{
    const struct tr_node *sets = NULL;
    enum tr_status st = tr_node_map(map, "vintages", r->file, &sets, err);
    size_t n = 0;

    if (st || !sets)
        return st;
    for (size_t i = 0; i < sets->n; i++)
        n += sets->items[i]->n;

    struct tr_vintage_name *all = tr_arena_array(r->a, n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    n = 0;
    for (size_t i = 0; i < sets->n && !st; i++)
        st = vintages_of(r, sets->items[i], sets->keys[i]->text, all, &n, err);
    r->place.vintages = all;
    r->place.n_vintages = n;
    return st;
}

static enum tr_status focus(struct place_reading *r, const struct tr_node *map,
                            struct tr_error *err)
{
    static const char *const known[] = { "set", "name" };
    const struct tr_node *node = NULL;
    enum tr_status st = tr_node_map(map, "focus", r->file, &node, err);

    if (st || !node)
        return st;
    st = tr_node_known_keys(node, known, LENGTH(known), r->file, err);
    if (!st)
        st = place_need_text(r, node, "set", &r->place.focus_set, err);
    if (!st)
        st = place_need_text(r, node, "name", &r->place.focus_name, err);
    return st;
}

static enum tr_status names_of_place(struct place_reading *r,
                                     const struct tr_node *map,
                                     struct tr_error *err)
{
    struct tr_place *p = &r->place;
    enum tr_status st = place_need_text(r, map, "place", &p->id, err);

    if (!st && !place_made_of(p->id, "-"))
        return tr_node_fail(tr_node_get(map, "place"), r->file, err,
                            "place '%s' may hold letters, digits and - only",
                            p->id);
    if (!st)
        st = place_need_text(r, map, "title", &p->title, err);
    if (!st)
        st = place_need_text(r, map, "prefix", &p->prefix, err);
    if (!st && (!place_made_of(p->prefix, "") || strlen(p->prefix) > 16))
        return tr_node_fail(tr_node_get(map, "prefix"), r->file, err,
                            "prefix '%s' must be 1 to 16 letters and digits",
                            p->prefix);
    if (!st)
        st = place_need_text(r, map, "time_zone", &p->time_zone, err);
    if (!st)
        st = tr_node_text(map, "purpose", r->file, &p->purpose, err);
    if (!st)
        st = tr_node_text(map, "contact", r->file, &p->contact, err);
    return st;
}

/* A feed's name is typed at a prompt and stands in addresses. */
static enum tr_status feeds(struct place_reading *r, const struct tr_node *map,
                            struct tr_error *err)
{
    struct tr_place *p = &r->place;
    enum tr_status st =
        place_texts(r, map, "feeds", &p->feeds, &p->n_feeds, err);

    for (size_t i = 0; !st && i < p->n_feeds; i++) {
        if (!place_made_of(p->feeds[i], "-") ||
            strcmp(p->feeds[i], "gpkg") == 0)
            st = tr_node_fail(tr_node_get(map, "feeds"), r->file, err,
                              "feed '%s' may hold letters, digits and - only, "
                              "and is not 'gpkg'",
                              p->feeds[i]);
    }
    return st;
}

static enum tr_status read_place(struct place_reading *r, const char *text,
                                 struct tr_error *err)
{
    static const char *const known[] = { "place",   "title",     "prefix",
                                         "purpose", "time_zone", "focus",
                                         "contact", "vintages",  "default_sets",
                                         "feeds" };
    const struct tr_node *map;
    enum tr_status st = place_open(r, "place.yaml", text, &map, err);

    if (!st)
        st = tr_node_known_keys(map, known, LENGTH(known), r->file, err);
    if (!st)
        st = names_of_place(r, map, err);
    if (!st)
        st = focus(r, map, err);
    if (!st)
        st = place_texts(r, map, "default_sets", &r->place.sets,
                         &r->place.n_sets, err);
    if (!st)
        st = feeds(r, map, err);
    if (!st)
        st = vintages(r, map, err);
    return st;
}

enum tr_status tr_place_parse(const struct tr_place_files *files,
                              struct tr_arena *a, const struct tr_place **out,
                              struct tr_error *err)
{
    assert(files->place);

    struct place_reading r = { .a = a };
    struct tr_place *made = tr_arena_alloc(a, sizeof *made);
    enum tr_status st =
        made ? read_place(&r, files->place, err) : place_no_memory(err);

    if (!st && files->organisations)
        st = place_read_organisations(&r, files->organisations, err);
    if (!st && files->sensitive)
        st = place_read_sensitive(&r, files->sensitive, err);
    if (!st && files->links)
        st = place_read_links(&r, files->links, err);
    if (!st && files->matches)
        st = place_read_matches(&r, files->matches, err);
    if (st)
        return st;
    *made = r.place;
    *out = made;
    return TR_OK;
}
