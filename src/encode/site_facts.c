/* site_facts.c - see terrier/site_facts.h */
#include "terrier/site_facts.h"

#include <string.h>

#include "encode/features.h"
#include "terrier/date.h"
#include "terrier/field.h"

static void put_date(struct tr_json *j, int32_t date)
{
    char text[TR_DATE_TEXT];

    if (date == TR_NO_DATE) {
        tr_json_null(j);
        return;
    }
    tr_date_text(date, text);
    tr_json_text(j, text);
}

/* The register's fields, in its own order, that row `row` has. */
static void put_facts(struct tr_json *j, const struct tr_table *t, size_t row)
{
    size_t n;
    const struct tr_field *fields = tr_fields(&n);

    tr_json_key(j, "facts");
    tr_json_open_list(j);
    for (size_t i = 0; i < n; i++) {
        const struct tr_column *c = tr_table_column(t, fields[i].name);

        if (!c || !tr_has(c, row))
            continue;
        tr_json_open_map(j);
        tr_json_put_text(j, "name", c->name);
        tr_json_put_text(j, "title", fields[i].title);
        tr_json_key(j, "value");
        features_json_value(j, c, row);
        if (fields[i].unit)
            tr_json_put_text(j, "unit", fields[i].unit);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static void put_text_column(struct tr_json *j, const struct tr_snapshot *s,
                            size_t site, const char *name)
{
    const struct tr_column *c = tr_table_column(&s->sites, name);

    tr_json_key(j, name);
    if (c && c->type == TR_TEXT && tr_has(c, site))
        tr_json_text(j, tr_text_at(c, site));
    else
        tr_json_null(j);
}

static void put_position(struct tr_json *j, const struct tr_snapshot *s,
                         size_t site)
{
    const struct tr_column *source = tr_table_column(&s->sites, "coord_source");

    tr_json_key(j, "position");
    if (site >= s->n_located) {
        tr_json_null(j);
        return;
    }
    tr_json_open_map(j);
    tr_json_key(j, "lon");
    tr_json_deg7(j, s->positions[site].lon_e7);
    tr_json_key(j, "lat");
    tr_json_deg7(j, s->positions[site].lat_e7);
    tr_json_put_number(j, "easting", s->positions[site].e_mm / 1000.0);
    tr_json_put_number(j, "northing", s->positions[site].n_mm / 1000.0);
    tr_json_put_int(j, "precision_m", s->precision_m[site]);
    if (source && tr_has(source, site))
        tr_json_put_text(j, "source", tr_text_at(source, site));
    tr_json_close_map(j);
}

static void put_areas(struct tr_json *j, const struct tr_snapshot *s,
                      size_t site)
{
    tr_json_key(j, "areas");
    tr_json_open_list(j);
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];
        int32_t area = set->site_area[site];

        if (set->place != s->site_places[site])
            continue;
        tr_json_open_map(j);
        tr_json_put_text(j, "set", set->latest ? set->set : set->id);
        tr_json_put_text(j, "label", set->label);
        tr_json_put_text(j, "vintage", set->vintage);
        if (area != TR_NO_AREA) {
            tr_json_put_text(j, "name", set->names[area]);
            tr_json_put_text(j, "code", set->codes[area]);
        }
        tr_json_put_text(
            j, "certainty",
            tr_certainty_name((enum tr_certainty)set->site_certainty[site]));
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static void put_occupation(struct tr_json *j, const struct tr_snapshot *s,
                           const struct tr_occupation *o, uint32_t place)
{
    const struct tr_layer *l = &s->layers[o->layer];

    tr_json_open_map(j);
    tr_json_put_text(j, "site_id", o->site_id);
    if (o->organisation >= 0) {
        const struct tr_place *p = s->places[place];
        const struct tr_organisation *org = &p->organisations[o->organisation];
        const struct tr_organisation *today = tr_place_successor(p, org);

        tr_json_put_text(j, "organisation", today->name);
        if (today != org)
            tr_json_put_text(j, "formerly", org->name);
        tr_json_put_text(j, "partner", org->legend);
    }
    tr_json_put_text(j, "layer", l->name);
    tr_json_put_text(j, "title", l->title);
    tr_json_put_text(j, "key", o->key);
    tr_json_put_text(j, "source", l->source_name);
    /* To the public, the gaps between row numbers would count what it may not
     * see. */
    if (s->audience.tier != TR_PUBLIC)
        tr_json_put_int(j, "source_row", o->source_row);
    tr_json_put_text(j, "licence", l->licence);
    tr_json_put_bool(j, "illustrative", l->illustrative);
    tr_json_key(j, "as_of");
    put_date(j, o->as_of);
    tr_json_key(j, "missing_since");
    put_date(j, o->missing_since);
    if (o->joined_row != TR_NO_ROW)
        put_facts(j, &s->joined, o->joined_row);
    tr_json_close_map(j);
}

void tr_site_facts_json(const struct tr_snapshot *s, size_t site,
                        struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "site_id", s->site_ids[site]);
    put_text_column(&j, s, site, "name");
    put_text_column(&j, s, site, "partner");
    put_text_column(&j, s, site, "class");
    put_text_column(&j, s, site, "class_status");
    put_text_column(&j, s, site, "class_reason");
    put_position(&j, s, site);
    put_areas(&j, s, site);
    put_facts(&j, &s->sites, site);
    tr_json_key(&j, "occupations");
    tr_json_open_list(&j);
    for (uint32_t o = s->first_occupation[site];
         o < s->first_occupation[site + 1]; o++)
        put_occupation(&j, s, &s->occupations[o], s->site_places[site]);
    tr_json_close_list(&j);
    tr_json_key(&j, "explanation");
    if (s->class_data[site])
        tr_json_raw(&j, s->class_data[site], strlen(s->class_data[site]));
    else
        tr_json_null(&j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
}
