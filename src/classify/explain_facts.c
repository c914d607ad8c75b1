/* explain_facts.c - the facts behind a value: what they are, from which layer,
 * and what date the source speaks of. */
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_parts.h"
#include "terrier/date.h"

void date_json(struct tr_json *j, const char *key, int32_t date)
{
    char text[TR_DATE_TEXT];

    if (date == TR_NO_DATE)
        return;
    tr_date_text(date, text);
    tr_json_put_text(j, key, text);
}

void classes_json(uint8_t set, struct tr_json *j)
{
    tr_json_open_list(j);
    for (int k = 0; k < TR_NO_CLASS; k++) {
        if (set >> k & 1)
            tr_json_text(j, tr_class_name((enum tr_class)k));
    }
    tr_json_close_list(j);
}

void value_json(const struct tr_column *v, size_t i, struct tr_json *j)
{
    char text[TR_INSTANT_TEXT];

    if (!tr_has(v, i)) {
        tr_json_null(j);
        return;
    }
    switch (v->type) {
    case TR_BOOLEAN: tr_json_bool(j, v->values.booleans[i]); break;
    case TR_INTEGER: tr_json_int(j, v->values.integers[i]); break;
    case TR_NUMBER: tr_json_number(j, v->values.numbers[i]); break;
    case TR_DATE:
        tr_date_text(v->values.dates[i], text);
        tr_json_text(j, text);
        break;
    case TR_INSTANT:
        tr_instant_text(v->values.integers[i], text);
        tr_json_text(j, text);
        break;
    case TR_TEXT: tr_json_text(j, tr_text_at(v, i)); break;
    case TR_LIST:
        tr_json_open_list(j);
        for (uint32_t k = v->list_starts[i]; k < v->list_starts[i + 1]; k++)
            tr_json_text(j, v->dict->texts[v->values.codes[k]]);
        tr_json_close_list(j);
        break;
    case TR_GEOMETRY: tr_json_null(j); break;
    }
}

/* The occupation whose row gave a site its value of a field. */
static const struct tr_occupation *origin(const struct tr_snapshot *s,
                                          const struct property *p, size_t site)
{
    uint32_t first = s->first_occupation[site];
    uint32_t last = s->first_occupation[site + 1];

    for (uint32_t o = first; p->joined && o < last; o++) {
        uint32_t row = s->occupations[o].joined_row;

        if (row != TR_NO_ROW && tr_has(p->joined, row))
            return &s->occupations[o];
    }
    return first < last ? &s->occupations[first] : NULL;
}

static void layer_json(const struct classing *c, const struct tr_layer *l,
                       int32_t as_of, struct tr_json *j)
{
    put_part(j, &c->parts->layers[l - c->s->layers]);
    date_json(j, "as_of", as_of);
    if (as_of == TR_NO_DATE && l->loaded_at)
        date_json(j, "loaded", (int32_t)(l->loaded_at / 86400));
}

static void measure_json(const struct classing *c, const struct measure *m,
                         size_t site, struct tr_json *j)
{
    static const char *const bounds[] = { NULL, "at least", "at most",
                                          "part of the circle" };
    if (!bit_at(m->present, site))
        return;
    PUT_KEY(j, "low");
    tr_json_number(j, m->low[site]);
    if (m->high[site] < MEASURE_NO_END) {
        PUT_KEY(j, "high");
        tr_json_number(j, m->high[site]);
    }
    if (m->bound[site])
        tr_json_put_text(j, "bound", bounds[m->bound[site]]);
    if (m->layer)
        layer_json(c, m->layer, m->layer->as_of, j);
}

static void fact_json(const struct classing *c, const struct property *p,
                      const struct property_parts *part, size_t site,
                      struct tr_json *j)
{
    open_part(j, &part->head);
    value_json(p->column, site, j);
    put_part(j, &part->unit);
    if (p->measure) {
        measure_json(c, p->measure, site, j);
        put_part(j, &part->note);
    } else if (tr_has(p->column, site)) {
        const struct tr_occupation *o = origin(c->s, p, site);

        if (o)
            layer_json(c, &c->s->layers[o->layer], o->as_of, j);
    }
    tr_json_close_map(j);
}

void facts_json(const struct classing *c, const struct properties *p,
                const struct property_parts *parts, size_t site,
                struct tr_json *j)
{
    tr_json_open_list(j);
    for (size_t k = 0; k < p->n; k++) {
        if (p->all[k].column)
            fact_json(c, &p->all[k], &parts[k], site, j);
    }
    tr_json_close_list(j);
}
