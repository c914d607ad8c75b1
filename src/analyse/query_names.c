/* query_names.c - organisations by any of their names. See terrier/query.h. */
#include <string.h>

#include "terrier/query.h"

static bool holds(const struct tr_table *t, const char *property,
                  const char *text)
{
    const struct tr_column *c = tr_table_column(t, property);

    for (uint32_t i = 0; c && c->dict && i < c->dict->n; i++) {
        if (strcmp(c->dict->texts[i], text) == 0)
            return true;
    }
    return false;
}

static bool became(const struct tr_place *p, const struct tr_organisation *from,
                   const struct tr_organisation *to)
{
    /* Reading has made sure that there is no circle. */
    while (from != to && from->successor) {
        from = tr_place_organisation(p, from->successor);
        if (!from)
            return false;
    }
    return from == to;
}

static size_t add_once(const char **list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], text) == 0)
            return n;
    }
    list[n] = text;
    return n + 1;
}

/* The organisation of that name and all that became it. */
static size_t add_organisations(const struct tr_place *p, const char *text,
                                bool legend, const char **list, size_t n)
{
    const struct tr_organisation *named = tr_place_organisation(p, text);

    for (size_t i = 0; named && i < p->n_organisations; i++) {
        const struct tr_organisation *o = &p->organisations[i];

        if (became(p, o, named))
            n = add_once(list, n,
                         !legend     ? o->code
                         : o->legend ? o->legend
                                     : o->name);
    }
    return n;
}

static bool names_of(const void *context, const char *property,
                     const char *text, struct tr_arena *a,
                     const char *const **out, size_t *n)
{
    const struct tr_snapshot *s = context;
    bool legend = strcmp(property, "partner") == 0;
    size_t all = 0;
    const char **list;

    *n = 0;
    if ((!legend && strcmp(property, "organisation") != 0 &&
         strcmp(property, "partners") != 0) ||
        holds(&s->sites, property, text))
        return true;
    for (size_t i = 0; i < s->n_places; i++)
        all += s->places[i]->n_organisations;
    list = tr_arena_array(a, all + 1, sizeof *list);
    if (!list)
        return false;
    for (size_t i = 0; i < s->n_places; i++)
        *n = add_organisations(s->places[i], text, legend, list, *n);
    *out = list;
    return true;
}

enum tr_status tr_query_names(const struct tr_collection *c,
                              const struct tr_cql2 *filter, struct tr_arena *a,
                              const struct tr_cql2 **out, struct tr_error *err)
{
    if (!tr_collection_is_of_sites(c)) {
        *out = filter;
        return TR_OK;
    }
    return tr_cql2_rename(filter, names_of, c->snapshot, a, out, err);
}
