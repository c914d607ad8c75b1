/* feed_check.c - see feed_check.h */
#include "feed/feed_check.h"

#include <string.h>

#include "feed/feed_columns.h"

enum tr_status feed_refuse(struct feed_check *g, const char *file,
                           const char *row, const char *field, const char *why)
{
    return tr_fail(g->err, TR_EDATA,
                   "%s is not published: row '%.80s', field '%.60s': %s", file,
                   row, field, why);
}

/* ---- columns ---- */

static bool is_coordinate(const char *name)
{
    return strcmp(name, "lon") == 0 || strcmp(name, "lat") == 0;
}

/* A site that has a value there, for the message. */
static const char *site_with(const struct feed_check *g,
                             const struct tr_column *c)
{
    for (size_t i = 0; i < g->s->n_sites; i++) {
        if (g->s->site_places[i] == g->place_index && tr_has(c, i))
            return g->s->site_ids[i];
    }
    return "(header)";
}

enum tr_status feed_check_column(struct feed_check *g, const char *file,
                                 const char *name)
{
    const struct tr_column *c = tr_table_column(&g->s->sites, name);

    if (!is_coordinate(name) &&
        !feed_column_allowed(g->s, g->place_index, name))
        return feed_refuse(g, file, "(header)", name,
                           "not a column of the public feed");
    if (c && c->tier != TR_PUBLIC)
        return feed_refuse(g, file, site_with(g, c), name,
                           tr_tier_name(c->tier));
    return TR_OK;
}

/* ---- what a site may be ---- */

/* A person published it: the ledger has the entry. */
bool feed_published_surplus(const struct feed_check *g, size_t site)
{
    const struct tr_column *c = tr_table_column(&g->s->sites, "class_status");

    return g->s->classes[site] == TR_SURPLUS && c && c->type == TR_TEXT &&
           tr_has(c, site) && strcmp(tr_text_at(c, site), "published") == 0;
}

static bool public_class(const struct feed_check *g, size_t site,
                         const char *name)
{
    enum tr_class c;

    return tr_class_parse(name, &c) &&
           (c != TR_SURPLUS || feed_published_surplus(g, site));
}

static bool is_withheld(const struct feed_check *g, size_t site)
{
    for (size_t i = 0; i < g->s->n_area_sets; i++) {
        const struct tr_area_set *set = &g->s->area_sets[i];

        if (set->place == g->place_index &&
            set->site_certainty[site] == TR_NOT_PUBLISHED)
            return true;
    }
    return false;
}

bool feed_may_locate(const struct feed_check *g, size_t site)
{
    return site < g->s->n_located && !is_withheld(g, site);
}

/* The fields by which a load, too, tells a sensitive place. */
static const char *const telling[] = {
    "name", "name_as_supplied",  "use", "services", "partner_category",
    "note", "statutory_function"
};

#define MAX_TEXTS 256

static size_t texts_of(const struct tr_table *t, size_t row, const char **texts)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        const struct tr_column *c = tr_table_column(t, telling[i]);

        if (!c || !tr_has(c, row))
            continue;
        if (c->type == TR_TEXT && n < MAX_TEXTS)
            texts[n++] = tr_text_at(c, row);
        for (uint32_t k = c->type == TR_LIST ? c->list_starts[row] : 0;
             c->type == TR_LIST && k < c->list_starts[row + 1] && n < MAX_TEXTS;
             k++)
            texts[n++] = c->dict->texts[c->values.codes[k]];
    }
    return n;
}

enum tr_status feed_check_occupations(struct feed_check *g, const char *file,
                                      size_t site)
{
    const struct tr_snapshot *s = g->s;
    const char *id = s->site_ids[site];
    const char *texts[MAX_TEXTS];

    for (uint32_t i = s->first_occupation[site];
         i < s->first_occupation[site + 1]; i++) {
        const struct tr_occupation *o = &s->occupations[i];
        bool alone = o->joined_row == TR_NO_ROW;

        if (o->tier != TR_PUBLIC)
            return feed_refuse(g, file, id, "tier", tr_tier_name(o->tier));

        size_t n = texts_of(alone ? &s->sites : &s->joined,
                            alone ? site : o->joined_row, texts);
        const char *why = tr_place_hold(g->place, s->layers[o->layer].name,
                                        o->key, texts, n, &g->scratch);

        if (why)
            return feed_refuse(g, file, id, "name", why);
    }
    return TR_OK;
}

/* A finished text is good when one of the site's rows may carry it. */
static bool may_be_said(struct feed_check *g, size_t site, const char *text)
{
    const struct tr_snapshot *s = g->s;

    for (uint32_t i = s->first_occupation[site];
         i < s->first_occupation[site + 1]; i++) {
        const struct tr_occupation *o = &s->occupations[i];

        if (!tr_place_hold(g->place, s->layers[o->layer].name, o->key, &text, 1,
                           &g->scratch))
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Does this column say where a site is? Its certainty and vintage do not. */
static bool says_where(const struct feed_check *g, const char *name)
{
    if (is_coordinate(name))
        return true;
    if (ends_with(name, ".certainty") || ends_with(name, ".vintage"))
        return false;
    for (size_t i = 0; i < g->s->n_area_sets; i++) {
        const struct tr_area_set *set = &g->s->area_sets[i];
        const char *prefix = set->latest ? set->set : set->id;
        size_t n = strlen(prefix);

        if (set->place == g->place_index && strncmp(name, prefix, n) == 0 &&
            (!name[n] || strcmp(name + n, ".code") == 0))
            return true;
    }
    return false;
}

static bool is_telling(const char *name)
{
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        if (strcmp(telling[i], name) == 0)
            return true;
    }
    return false;
}

/* One finished value of one site, in either file. */
enum tr_status feed_check_value(struct feed_check *g, const char *file,
                                size_t site, const char *name,
                                const char *value)
{
    const char *id = g->s->site_ids[site];

    if (!*value)
        return TR_OK;
    if (strcmp(name, "class") == 0 && !public_class(g, site, value))
        return feed_refuse(g, file, id, name, "a class that is not published");
    if (strcmp(name, "class_reason") == 0 &&
        strcmp(tr_class_reason(g->s, site), value) != 0)
        return feed_refuse(g, file, id, name,
                           "reasons that were not published");
    if ((is_withheld(g, site) && says_where(g, name)) ||
        (is_coordinate(name) && !feed_may_locate(g, site)))
        return feed_refuse(g, file, id, name, "its position is not published");
    if (is_telling(name) && !may_be_said(g, site, value))
        return feed_refuse(g, file, id, name, "on the sensitive list");
    return TR_OK;
}

enum tr_status feed_find_site(struct feed_check *g, const char *file,
                              const char *id, size_t *out)
{
    size_t site = tr_snapshot_site(g->s, id);

    if (site == SIZE_MAX || strcmp(g->s->site_ids[site], id) != 0)
        return feed_refuse(g, file, id, "site_id", "no such site");
    if (g->s->site_places[site] != g->place_index)
        return feed_refuse(g, file, id, "site_id", "a site of another place");
    *out = site;
    return TR_OK;
}
