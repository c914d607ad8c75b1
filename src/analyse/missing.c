/* missing.c - see terrier/missing.h */
#include "terrier/missing.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/node.h"

#define MOST_FIELDS 96 /* of field.h, and more */

static const char no_memory[] = "no memory left for the missing facts";

struct wanted { /* of one site, by register field */
    bool field[MOST_FIELDS];
    uint8_t could[MOST_FIELDS];
};

struct listing { /* what the steps share */
    const struct tr_snapshot *s;
    const char *organisation;
    struct tr_arena *a;
    const struct tr_field *fields;
    size_t n_fields;
    struct tr_missing_site *sites;
    struct tr_missing_fact *facts;
    size_t n_sites, n_facts, facts_room;
};

/* ---- one explanation ---- */

static uint8_t class_bits(const struct tr_node *list)
{
    uint8_t bits = 0;

    for (size_t i = 0; list && i < list->n; i++) {
        enum tr_class c;

        if (tr_class_parse(list->items[i]->text, &c))
            bits |= (uint8_t)(1u << c);
    }
    return bits;
}

static bool has_text(const struct tr_node *list, const char *text)
{
    for (size_t i = 0; list && i < list->n; i++) {
        if (strcmp(list->items[i]->text, text) == 0)
            return true;
    }
    return false;
}

static void want(const struct listing *l, const char *name, uint8_t could,
                 struct wanted *w)
{
    const struct tr_field *f = tr_field_named(name);

    if (!f || f - l->fields >= MOST_FIELDS)
        return;
    w->field[f - l->fields] = true;
    w->could[f - l->fields] |= could;
}

static bool is_given(const struct listing *l, size_t site, const char *name)
{
    const struct tr_column *c = tr_table_column(&l->s->sites, name);

    return c && tr_has(c, site);
}

/* A measure that a site without a point lacks is had by placing the site. */
static void want_place(const struct listing *l, size_t site, uint8_t could,
                       struct wanted *w)
{
    static const char *const ladder[] = { "uprn", "postcode" };

    for (size_t i = 0; i < sizeof ladder / sizeof *ladder; i++) {
        if (!is_given(l, site, ladder[i]))
            want(l, ladder[i], could, w);
    }
}

/* A fact too old is worth asking for only with its date. */
static void want_dates(const struct listing *l, struct wanted *w)
{
    static const struct {
        const char *field, *date;
    } dated[] = { { "condition", "condition_date" },
                  { "suitability", "condition_date" },
                  { "utilisation_pct", "utilisation_date" } };

    for (size_t i = 0; i < sizeof dated / sizeof *dated; i++) {
        ptrdiff_t f = tr_field_named(dated[i].field) - l->fields;

        if (w->field[f])
            want(l, dated[i].date, w->could[f], w);
    }
}

static void read_missing(const struct listing *l, size_t site,
                         const struct tr_node *list, struct wanted *w)
{
    for (size_t i = 0; list && i < list->n; i++) {
        const struct tr_node *one = list->items[i];
        const struct tr_node *facts = tr_node_get(one, "facts");
        uint8_t could = class_bits(tr_node_get(one, "could"));

        if (!could) /* a flag: it changes no class */
            continue;
        for (size_t k = 0; facts && k < facts->n; k++) {
            const char *name = facts->items[k]->text;

            if (tr_field_named(name))
                want(l, name, could, w);
            else if (site >= l->s->n_located)
                want_place(l, site, could, w);
        }
    }
    want_dates(l, w);
}

/* ---- one site ---- */

static double floor_area(const struct tr_snapshot *s, size_t site)
{
    const struct tr_column *area = tr_table_column(&s->sites, "floor_area_m2");
    const struct tr_column *shared =
        tr_table_column(&s->sites, "floor_area_shared");

    if (!area || !tr_has(area, site) ||
        (shared && tr_has(shared, site) && shared->values.booleans[site]))
        return 0;
    return area->values.numbers[site];
}

static struct tr_missing_fact *fact_of(struct listing *l, uint32_t place,
                                       int32_t organisation, size_t field)
{
    for (size_t i = 0; i < l->n_facts; i++) {
        struct tr_missing_fact *f = &l->facts[i];

        if (f->place == place && f->organisation == organisation &&
            f->field == &l->fields[field])
            return f;
    }
    if (l->n_facts == l->facts_room) {
        size_t room = l->facts_room ? l->facts_room * 2 : 64;
        struct tr_missing_fact *facts =
            tr_arena_array(l->a, room, sizeof *facts);

        if (!facts)
            return NULL;
        if (l->n_facts)
            memcpy(facts, l->facts, l->n_facts * sizeof *facts);
        l->facts = facts;
        l->facts_room = room;
    }
    l->facts[l->n_facts] = (struct tr_missing_fact){
        .organisation = organisation, .place = place, .field = &l->fields[field]
    };
    return &l->facts[l->n_facts++];
}

static enum tr_status add_site(struct listing *l, size_t site, bool thin,
                               uint8_t possible, const struct wanted *w,
                               struct tr_error *err)
{
    uint32_t occupation = l->s->first_occupation[site];
    const struct tr_field **list =
        tr_arena_array(l->a, l->n_fields, sizeof *list);
    double area = floor_area(l->s, site);
    size_t n = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t f = 0; f < l->n_fields; f++) {
        if (w->field[f])
            list[n++] = &l->fields[f];
    }
    for (size_t f = 0; f < l->n_fields; f++) {
        struct tr_missing_fact *fact;

        if (!w->field[f])
            continue;
        fact = fact_of(l, l->s->site_places[site],
                       l->s->occupations[occupation].organisation, f);
        if (!fact)
            return tr_fail(err, TR_ENOMEM, no_memory);
        fact->sites++;
        fact->alone += n == 1;
        fact->floor_area_m2 += area;
        fact->could |= w->could[f];
    }
    l->sites[l->n_sites++] = (struct tr_missing_site){
        .site = (uint32_t)site,
        .occupation = occupation,
        .thin = thin,
        .possible = possible,
        .floor_area_m2 = area,
        .n_fields = n,
        .fields = list,
    };
    return TR_OK;
}

static bool is_asked(const struct listing *l, size_t site)
{
    const struct tr_occupation *o =
        &l->s->occupations[l->s->first_occupation[site]];
    const struct tr_place *place = l->s->places[l->s->site_places[site]];

    if (!l->organisation)
        return true;
    return o->organisation >= 0 &&
           strcmp(place->organisations[o->organisation].code,
                  l->organisation) == 0;
}

static enum tr_status read_site(struct listing *l, size_t site,
                                struct tr_error *err)
{
    const char *data = l->s->class_data[site];
    struct tr_arena scratch;
    struct wanted w = { { false }, { 0 } };
    const struct tr_node *root;
    enum tr_status st;

    tr_arena_init(&scratch, SIZE_MAX);
    st = tr_json_parse(data, strlen(data), l->s->site_ids[site], &scratch,
                       &root, err);
    if (!st) {
        bool thin = has_text(tr_node_get(root, "flags"), "thin");

        if (thin || l->s->classes[site] == TR_UNCLASSIFIED) {
            read_missing(l, site, tr_node_get(root, "missing"), &w);
            st = add_site(l, site, thin,
                          class_bits(tr_node_get(root, "possible")), &w, err);
        }
    }
    tr_arena_clear(&scratch);
    return st;
}

/* ---- in order ---- */

static int by_worth(const void *a, const void *b)
{
    const struct tr_missing_fact *x = a, *y = b;

    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->organisation != y->organisation) /* none named: last */
        return (uint32_t)x->organisation < (uint32_t)y->organisation ? -1 : 1;
    if (x->sites != y->sites)
        return x->sites > y->sites ? -1 : 1;
    if (x->floor_area_m2 < y->floor_area_m2 ||
        x->floor_area_m2 > y->floor_area_m2)
        return x->floor_area_m2 > y->floor_area_m2 ? -1 : 1;
    return x->field < y->field ? -1 : x->field > y->field;
}

enum tr_status tr_missing_list(const struct tr_snapshot *s,
                               const char *organisation, struct tr_arena *a,
                               const struct tr_missing **out,
                               struct tr_error *err)
{
    struct listing l = { .s = s, .organisation = organisation, .a = a };
    struct tr_missing *made = tr_arena_alloc(a, sizeof *made);
    enum tr_status st = TR_OK;

    l.fields = tr_fields(&l.n_fields);
    if (l.n_fields > MOST_FIELDS)
        l.n_fields = MOST_FIELDS;
    l.sites = tr_arena_array(a, s->n_sites + 1, sizeof *l.sites);
    if (!made || !l.sites)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < s->n_sites && !st; i++) {
        if (s->class_data[i] && is_asked(&l, i))
            st = read_site(&l, i, err);
    }
    if (st)
        return st;
    if (l.n_facts)
        qsort(l.facts, l.n_facts, sizeof *l.facts, by_worth);
    *made = (struct tr_missing){ .n_sites = l.n_sites,
                                 .n_facts = l.n_facts,
                                 .sites = l.sites,
                                 .facts = l.facts };
    *out = made;
    return TR_OK;
}

void tr_missing_classes(uint8_t classes, struct tr_buf *out)
{
    bool first = true;

    for (int c = 0; c < TR_CLASSES; c++) {
        if (!(classes & 1u << c))
            continue;
        tr_buf_str(out, first ? "" : ", ");
        tr_buf_str(out, tr_class_name((enum tr_class)c));
        first = false;
    }
}
