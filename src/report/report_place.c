/* report_place.c - what a site is: its facts, where it is, who is in it. */
#include <string.h>

#include "report/report_parts.h"
#include "terrier/field.h"

/* ---- facts ---- */

/* Said elsewhere in a pack, or of use to machines alone. */
static bool is_said(const char *field)
{
    static const char *const said[] = {
        "name",          "name_as_supplied", "uprn_role",  "address",
        "street_number", "street",           "town",       "postcode",
        "illustrative",  "website",          "source_page"
    };

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (strcmp(said[i], field) == 0)
            return true;
    }
    return false;
}

static const char *address_of(struct composing *c, size_t site)
{
    static const char *const parts[] = { "street", "town", "postcode" };
    const char *all = site_text(c, "address", site);

    if (!*all)
        all = tr_paper_say(c->p, "%s", site_text(c, "street_number", site));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *part = site_text(c, parts[i], site);

        if (*part && !strstr(all, part))
            all = list_of(c->p, all, part, i ? ", " : " ");
    }
    return all;
}

static const char *owner_of(struct composing *c, size_t site)
{
    const struct tr_organisation *o = site_owner(c, site);
    const struct tr_place *place = c->s->places[c->s->site_places[site]];
    int32_t first =
        c->s->occupations[c->s->first_occupation[site]].organisation;

    if (!o)
        return site_text(c, "partner", site);
    return o == &place->organisations[first]
               ? o->name
               : tr_paper_say(c->p, "%s, formerly %s", o->name,
                              place->organisations[first].name);
}

/* ---- where ---- */

static const char *position_words(struct composing *c, size_t site)
{
    static const char *const words[][2] = {
        { "given", "as its owner gives it" },
        { "postcode-as-given",
          "as its owner gives it, which is the middle of its postcode" },
        { "uprn", "from its property number (UPRN)" },
        { "postcode", "the middle of its postcode" },
        { "outward", "the area of the first half of its postcode" },
    };
    const char *source = site_text(c, "coord_source", site);

    if (site >= c->s->n_located)
        return "not known to the metre: it is not on the map";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], source) == 0 && c->s->precision_m[site])
            return tr_paper_say(c->p, "%s; right to about %u m", words[i][1],
                                c->s->precision_m[site]);
        if (strcmp(words[i][0], source) == 0)
            return words[i][1];
    }
    return "";
}

static void put_areas(struct composing *c, size_t site)
{
    const struct tr_place *place = c->s->places[c->s->site_places[site]];

    for (size_t i = 0; i < place->n_sets; i++) {
        const struct tr_area_set *set =
            tr_snapshot_area_set(c->s, place->sets[i]);
        int32_t area;

        if (!set || set->place != c->s->site_places[site])
            continue;
        area = set->site_area[site];
        tr_paper_fact(
            c->p, tr_paper_say(c->p, "%s (%s)", set->label, set->vintage),
            area != TR_NO_AREA
                ? tr_paper_say(c->p, "%s%s", set->names[area],
                               set->site_certainty[site] == TR_PROBABLE
                                   ? " (probably)"
                                   : "")
                : tr_certainty_name(
                      (enum tr_certainty)set->site_certainty[site]));
    }
}

/* ---- who ---- */

static void put_occupation(struct composing *c, size_t site,
                           const struct tr_occupation *o)
{
    const struct tr_place *place = c->s->places[c->s->site_places[site]];
    const struct tr_layer *l = &c->s->layers[o->layer];
    const char *name =
        o->organisation < 0
            ? "not named"
            : tr_place_successor(place, &place->organisations[o->organisation])
                  ->name;

    cite(c, l->name, o->as_of);
    tr_paper_row(c->p,
                 (const char *const[]){
                     name, l->title ? l->title : l->name, o->key,
                     o->missing_since != TR_NO_DATE
                         ? tr_paper_say(c->p, "%s; not in the source since %s",
                                        tr_paper_date(c->p, o->as_of),
                                        tr_paper_date(c->p, o->missing_since))
                         : tr_paper_date(c->p, o->as_of) });
}

static void put_occupations(struct composing *c, size_t site)
{
    static const struct tr_paper_column columns[] = {
        { "Who is in it", 30, false },
        { "From which list", 36, false },
        { "Their reference", 16, false },
        { "Date of the list", 18, false },
    };

    tr_paper_table(c->p, NULL, columns, sizeof columns / sizeof *columns);
    for (uint32_t o = c->s->first_occupation[site];
         o < c->s->first_occupation[site + 1]; o++)
        put_occupation(c, site, &c->s->occupations[o]);
}

void put_place(struct composing *c, size_t site)
{
    size_t n;
    const struct tr_field *fields = tr_fields(&n);

    tr_paper_heading(c->p, 2, "The place");
    tr_paper_facts(c->p);
    tr_paper_fact(c->p, "Owner", owner_of(c, site));
    tr_paper_fact(c->p, "Address", address_of(c, site));
    put_areas(c, site);
    tr_paper_fact(c->p, "Where it is", position_words(c, site));
    for (size_t i = 0; i < n; i++) {
        if (!is_said(fields[i].name))
            tr_paper_fact(c->p, fields[i].title,
                          site_value(c, fields[i].name, site));
    }
    tr_paper_fact(c->p, "Number in the register", c->s->site_ids[site]);
    if (strcmp(site_value(c, "illustrative", site), "yes") == 0)
        tr_paper_warning(c->p, "Drawn or invented, not surveyed.");
    put_occupations(c, site);
}

void put_picture(struct composing *c)
{
    const struct report_picture *m = &c->in->picture;

    tr_paper_heading(c->p, 2, "The map");
    if (m->png)
        tr_paper_picture(c->p, m->png, m->len, m->width_px, m->height_px,
                         m->alt, m->attribution);
    else
        tr_paper_picture(c->p, NULL, 0, 0, 0,
                         m->alt ? m->alt : "There is no map picture here.",
                         NULL);
}
