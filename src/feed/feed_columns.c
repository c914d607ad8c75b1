/* feed_columns.c - see feed_columns.h */
#include "feed/feed_columns.h"

#include <string.h>

#include "terrier/field.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char no_memory[] = "no memory left for the feed";

struct named {
    const char *name, *title;
};

/* Before the register's fields. */
static const struct named first[] = {
    { "site_id", "Site: stays the same from release to release" },
    { "partner", "Partner of the occupation that the site is named after" },
    { "organisation", "Its organisation's code" },
    { "occupation_ids", "All occupations, that one first: their own ids" },
    { "occupation_organisations", "Their organisations' codes, in that order" },
    { "occupation_layers", "Their layers, in that order" },
    { "coord_source", "Where the position comes from" },
    { "precision_m", "How far off the position may be, in metres" },
};

/* After the areas. */
static const struct named last[] = {
    { "class", "Class, see above" },
    { "class_status", "Standing of the class" },
    { "class_reason", "Of a published class: the reasons chosen for it" },
    { "missing_since", "Not in its source since" },
    { "as_of", "The day that its source speaks of" },
    { "reference", "The same as site_id (planning data's name for it)" },
    { "start-date", "The same as start_date (planning data's name for it)" },
    { "end-date", "The same as end_date (planning data's name for it)" },
    { "entry-date", "The same as entry_date, else as_of" },
};

/* Free text that nobody has read for publication. */
static const char *const kept_back[] = { "note", "name_as_supplied" };

static const struct named of_area[] = {
    { "", NULL },
    { ".code", "Code of that area" },
    { ".certainty", "How sure that is: inside, probable, outside, no point, "
                    "not published" },
    { ".vintage", "Which vintage of the areas" },
};

static const struct named *find(const struct named *list, size_t n,
                                const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    }
    return NULL;
}

static bool is_kept_back(const char *name)
{
    for (size_t i = 0; i < LENGTH(kept_back); i++) {
        if (strcmp(kept_back[i], name) == 0)
            return true;
    }
    return false;
}

/* How a set's columns begin: the latest vintage has the plain name. */
static const char *prefix_of(const struct tr_area_set *set)
{
    return set->latest ? set->set : set->id;
}

static bool is_area_column(const struct tr_snapshot *s, uint32_t place,
                           const char *name)
{
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const char *prefix = prefix_of(&s->area_sets[i]);
        size_t n = strlen(prefix);

        if (s->area_sets[i].place == place && strncmp(name, prefix, n) == 0 &&
            find(of_area, LENGTH(of_area), name + n))
            return true;
    }
    return false;
}

bool feed_column_allowed(const struct tr_snapshot *s, uint32_t place,
                         const char *name)
{
    const struct tr_field *field = tr_field_named(name);

    if (field)
        return field->tier == TR_PUBLIC && !is_kept_back(name);
    return find(first, LENGTH(first), name) || find(last, LENGTH(last), name) ||
           is_area_column(s, place, name);
}

const char *feed_column_title(const char *name)
{
    const struct named *n = find(first, LENGTH(first), name);
    const char *dot = strrchr(name, '.');

    if (!n)
        n = find(last, LENGTH(last), name);
    if (!n && dot)
        n = find(of_area, LENGTH(of_area), dot);
    return n ? n->title : NULL;
}

/* ---- making them ---- */

struct making {
    const struct tr_snapshot *s;
    struct tr_arena *a;
    struct tr_column *list;
    size_t n;
    struct tr_error *err;
};

static enum tr_status finish(struct making *m, struct tr_column_builder *b)
{
    return tr_column_finish(b, m->s->n_sites, &m->list[m->n++], m->err);
}

static enum tr_status copy_as(struct making *m, const char *from,
                              const char *name, enum tr_type type)
{
    const struct tr_column *c = tr_table_column(&m->s->sites, from);

    if (c) {
        m->list[m->n] = *c;
        m->list[m->n++].name = name;
        return TR_OK;
    }

    struct tr_column_builder *b = tr_column_builder_new(m->a, name, type);

    return b ? finish(m, b) : tr_fail(m->err, TR_ENOMEM, no_memory);
}

static const char *occupation_text(const struct tr_snapshot *s, size_t site,
                                   const struct tr_occupation *o,
                                   const char *column)
{
    const struct tr_place *p = s->places[s->site_places[site]];

    if (strcmp(column, "occupation_ids") == 0)
        return o->site_id;
    if (strcmp(column, "occupation_layers") == 0)
        return s->layers[o->layer].name;
    return o->organisation < 0 ? "" : p->organisations[o->organisation].code;
}

/* The occupations as a list, the kept one first. */
static enum tr_status put_occupations(struct making *m, const char *name)
{
    const struct tr_snapshot *s = m->s;
    struct tr_column_builder *b = tr_column_builder_new(m->a, name, TR_LIST);
    const char **items = tr_arena_array(
        m->a, s->first_occupation[s->n_sites] + 1, sizeof *items);
    bool ok = b && items;

    for (size_t i = 0; ok && i < s->n_sites; i++) {
        size_t n = 0;

        for (uint32_t o = s->first_occupation[i];
             o < s->first_occupation[i + 1]; o++)
            items[n++] = occupation_text(s, i, &s->occupations[o], name);
        ok = tr_column_put_list(b, i, items, n);
    }
    return ok ? finish(m, b) : tr_fail(m->err, TR_ENOMEM, no_memory);
}

static enum tr_status put_entry_date(struct making *m)
{
    const struct tr_column *own = tr_table_column(&m->s->sites, "entry_date");
    const struct tr_column *as_of = tr_table_column(&m->s->sites, "as_of");
    struct tr_column_builder *b =
        tr_column_builder_new(m->a, "entry-date", TR_DATE);
    bool ok = b != NULL;

    for (size_t i = 0; ok && i < m->s->n_sites; i++) {
        const struct tr_column *c = own && tr_has(own, i) ? own : as_of;

        if (c && tr_has(c, i))
            ok = tr_column_put_int(b, i, c->values.dates[i]);
    }
    return ok ? finish(m, b) : tr_fail(m->err, TR_ENOMEM, no_memory);
}

static enum tr_type type_of(const char *name)
{
    if (strcmp(name, "precision_m") == 0)
        return TR_INTEGER;
    return strcmp(name, "missing_since") == 0 || strcmp(name, "as_of") == 0
               ? TR_DATE
               : TR_TEXT;
}

static enum tr_status put_named(struct making *m, const char *name)
{
    if (strncmp(name, "occupation_", sizeof "occupation_" - 1) == 0)
        return put_occupations(m, name);
    if (strcmp(name, "reference") == 0)
        return copy_as(m, "site_id", name, TR_TEXT);
    if (strcmp(name, "start-date") == 0)
        return copy_as(m, "start_date", name, TR_DATE);
    if (strcmp(name, "end-date") == 0)
        return copy_as(m, "end_date", name, TR_DATE);
    if (strcmp(name, "entry-date") == 0)
        return put_entry_date(m);
    return copy_as(m, name, name, type_of(name));
}

static enum tr_status
put_vintage(struct making *m, const struct tr_area_set *set, const char *name)
{
    struct tr_column_builder *b = tr_column_builder_new(m->a, name, TR_TEXT);
    bool ok = b != NULL;

    for (size_t i = 0; ok && set->vintage && i < m->s->n_sites; i++) {
        if (m->s->site_places[i] == set->place)
            ok = tr_column_put_text(b, i, set->vintage);
    }
    return ok ? finish(m, b) : tr_fail(m->err, TR_ENOMEM, no_memory);
}

static enum tr_status put_set(struct making *m, const struct tr_area_set *set)
{
    enum tr_status st = TR_OK;

    for (size_t k = 0; !st && k < LENGTH(of_area); k++) {
        const char *name =
            tr_arena_printf(m->a, "%s%s", prefix_of(set), of_area[k].name);

        if (!name)
            st = tr_fail(m->err, TR_ENOMEM, no_memory);
        else if (strcmp(of_area[k].name, ".vintage") == 0)
            st = put_vintage(m, set, name);
        else
            st = copy_as(m, name, name, TR_TEXT);
    }
    return st;
}

enum tr_status feed_columns(const struct tr_snapshot *s, uint32_t place,
                            struct tr_arena *a, struct tr_table *out,
                            struct tr_error *err)
{
    size_t n_fields;
    const struct tr_field *fields = tr_fields(&n_fields);
    size_t most = LENGTH(first) + n_fields + LENGTH(last) +
                  s->n_area_sets * LENGTH(of_area);
    struct making m = { .s = s, .a = a, .err = err };
    enum tr_status st = TR_OK;

    m.list = tr_arena_array(a, most, sizeof *m.list);
    if (!m.list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; !st && i < LENGTH(first); i++)
        st = put_named(&m, first[i].name);
    for (size_t i = 0; !st && i < n_fields; i++) {
        if (feed_column_allowed(s, place, fields[i].name))
            st = copy_as(&m, fields[i].name, fields[i].name, fields[i].type);
    }
    for (size_t i = 0; !st && i < s->n_area_sets; i++) {
        if (s->area_sets[i].place == place)
            st = put_set(&m, &s->area_sets[i]);
    }
    for (size_t i = 0; !st && i < LENGTH(last); i++)
        st = put_named(&m, last[i].name);
    if (!st)
        *out = (struct tr_table){ s->n_sites, m.n, m.list };
    return st;
}
