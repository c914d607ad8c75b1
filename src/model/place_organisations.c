/* place_organisations.c - reading organisations.yaml. See terrier/place.h. */
#include <strings.h>

#include "model/place_read.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static enum tr_status formerly(struct place_reading *r,
                               const struct tr_node *map,
                               struct tr_organisation *o, struct tr_error *err)
{
    static const char *const known[] = { "name", "code", "until" };
    const struct tr_node *list;
    enum tr_status st = place_maps(r, map, "formerly", &list, err);

    if (st || !list)
        return st;

    struct tr_former_name *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++) {
        const struct tr_node *item = list->items[i];

        all[i].until = TR_NO_DATE;
        st = tr_node_known_keys(item, known, LENGTH(known), r->file, err);
        if (!st)
            st = place_need_text(r, item, "name", &all[i].name, err);
        if (!st)
            st = tr_node_text(item, "code", r->file, &all[i].code, err);
        if (!st)
            st = tr_node_date(item, "until", r->file, &all[i].until, err);
    }
    o->formerly = all;
    o->n_formerly = list->n;
    return st;
}

static enum tr_status successor(struct place_reading *r,
                                const struct tr_node *map,
                                struct tr_organisation *o, struct tr_error *err)
{
    static const char *const known[] = { "code", "since" };
    const struct tr_node *node = NULL;
    enum tr_status st = tr_node_map(map, "successor", r->file, &node, err);

    if (st || !node)
        return st;
    st = tr_node_known_keys(node, known, LENGTH(known), r->file, err);
    if (!st)
        st = place_need_text(r, node, "code", &o->successor, err);
    if (!st)
        st = tr_node_date(node, "since", r->file, &o->successor_since, err);
    return st;
}

static enum tr_status organisation(struct place_reading *r,
                                   const struct tr_node *map,
                                   struct tr_organisation *o,
                                   struct tr_error *err)
{
    static const char *const known[] = { "code",     "name",    "legend",
                                         "formerly", "aliases", "successor",
                                         "asked",    "contact" };
    enum tr_status st =
        tr_node_known_keys(map, known, LENGTH(known), r->file, err);

    o->successor_since = o->asked = TR_NO_DATE;
    if (!st)
        st = place_need_text(r, map, "code", &o->code, err);
    if (!st && !place_made_of(o->code, "-_."))
        return tr_node_fail(tr_node_get(map, "code"), r->file, err,
                            "code '%s' may hold letters, digits and - _ . only",
                            o->code);
    if (!st)
        st = place_need_text(r, map, "name", &o->name, err);
    if (!st)
        st = tr_node_text(map, "legend", r->file, &o->legend, err);
    if (!st)
        st = tr_node_date(map, "asked", r->file, &o->asked, err);
    if (!st)
        st = tr_node_text(map, "contact", r->file, &o->contact, err);
    if (!st)
        st = formerly(r, map, o, err);
    if (!st)
        st = place_texts(r, map, "aliases", &o->aliases, &o->n_aliases, err);
    if (!st)
        st = successor(r, map, o, err);
    return st;
}

static enum tr_status codes_are_unique(const struct place_reading *r,
                                       const struct tr_node *list,
                                       struct tr_error *err)
{
    const struct tr_organisation *all = r->place.organisations;

    for (size_t i = 0; i < list->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcasecmp(all[i].code, all[j].code) == 0)
                return tr_node_fail(list->items[i], r->file, err,
                                    "organisation '%s' is there already, on "
                                    "line %d",
                                    all[i].code, list->items[j]->line);
        }
    }
    return TR_OK;
}

static enum tr_status successors_lead_on(const struct place_reading *r,
                                         const struct tr_node *list,
                                         struct tr_error *err)
{
    const struct tr_place *p = &r->place;

    for (size_t i = 0; i < list->n; i++) {
        const struct tr_organisation *o = &p->organisations[i];

        for (size_t steps = 0; o->successor; steps++) {
            const struct tr_organisation *next =
                tr_place_organisation(p, o->successor);

            if (!next)
                return tr_node_fail(list->items[i], r->file, err,
                                    "successor '%s' is no organisation here",
                                    o->successor);
            if (steps == list->n)
                return tr_node_fail(list->items[i], r->file, err,
                                    "the successors of '%s' go round in a "
                                    "circle",
                                    p->organisations[i].code);
            o = next;
        }
    }
    return TR_OK;
}

enum tr_status place_read_organisations(struct place_reading *r,
                                        const char *text, struct tr_error *err)
{
    static const char *const known[] = { "organisations" };
    const struct tr_node *map;
    const struct tr_node *list = NULL;
    enum tr_status st = place_open(r, "organisations.yaml", text, &map, err);

    if (!st)
        st = tr_node_known_keys(map, known, LENGTH(known), r->file, err);
    if (!st)
        st = place_maps(r, map, "organisations", &list, err);
    if (st || !list)
        return st;

    struct tr_organisation *all = tr_arena_array(r->a, list->n, sizeof *all);

    if (!all)
        return place_no_memory(err);
    for (size_t i = 0; i < list->n && !st; i++)
        st = organisation(r, list->items[i], &all[i], err);
    r->place.organisations = all;
    r->place.n_organisations = list->n;
    if (!st)
        st = codes_are_unique(r, list, err);
    if (!st)
        st = successors_lead_on(r, list, err);
    return st;
}
