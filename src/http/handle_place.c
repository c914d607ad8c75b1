/* handle_place.c - GET /api/place: all that the map needs to start. */
#include <string.h>

#include "http/http.h"
#include "terrier/classify.h"
#include "terrier/date.h"
#include "terrier/rules.h"

static void put_date(struct tr_json *j, const char *key, int32_t date)
{
    char text[TR_DATE_TEXT];

    tr_json_key(j, key);
    if (date == TR_NO_DATE) {
        tr_json_null(j);
        return;
    }
    tr_date_text(date, text);
    tr_json_text(j, text);
}

static void put_extent(struct tr_json *j, const char *key, struct tr_extent e)
{
    tr_json_key(j, key);
    if (e.west_e7 > e.east_e7) {
        tr_json_null(j);
        return;
    }
    tr_json_open_list(j);
    tr_json_deg7(j, e.west_e7);
    tr_json_deg7(j, e.south_e7);
    tr_json_deg7(j, e.east_e7);
    tr_json_deg7(j, e.north_e7);
    tr_json_close_list(j);
}

static const struct tr_place *first_place(const struct tr_snapshot *s)
{
    return s->n_places ? s->places[0] : NULL;
}

/* ---- partners, as the legend has them ---- */

/* Short names and former codes: what people call it, beside its names. */
static void put_aliases(struct tr_json *j, const struct tr_organisation *o)
{
    tr_json_key(j, "aliases");
    tr_json_open_list(j);
    for (size_t i = 0; i < o->n_aliases; i++)
        tr_json_text(j, o->aliases[i]);
    for (size_t i = 0; i < o->n_formerly; i++) {
        if (o->formerly[i].code)
            tr_json_text(j, o->formerly[i].code);
    }
    tr_json_close_list(j);
}

static void put_organisation(struct tr_json *j, const struct tr_place *p,
                             const struct tr_organisation *o)
{
    const struct tr_organisation *next =
        o->successor ? tr_place_organisation(p, o->successor) : NULL;

    tr_json_open_map(j);
    tr_json_put_text(j, "code", o->code);
    tr_json_put_text(j, "name", o->name);
    tr_json_key(j, "formerly");
    tr_json_open_list(j);
    for (size_t i = 0; i < o->n_formerly; i++)
        tr_json_text(j, o->formerly[i].name);
    tr_json_close_list(j);
    put_aliases(j, o);
    tr_json_key(j, "successor");
    if (next) {
        tr_json_open_map(j);
        tr_json_put_text(j, "name", next->name);
        put_date(j, "since", o->successor_since);
        put_aliases(j, next);
        tr_json_close_map(j);
    } else {
        tr_json_null(j);
    }
    tr_json_close_map(j);
}

static bool legend_before(const struct tr_place *p, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (p->organisations[k].legend &&
            strcmp(p->organisations[k].legend, p->organisations[i].legend) == 0)
            return true;
    }
    return false;
}

static void put_layers_of(struct tr_json *j, const struct tr_snapshot *s,
                          const struct tr_place *p, const char *legend)
{
    tr_json_key(j, "layers");
    tr_json_open_list(j);
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_organisation *o =
            s->layers[i].partner
                ? tr_place_organisation(p, s->layers[i].partner)
                : NULL;

        if (o && o->legend && strcmp(o->legend, legend) == 0)
            tr_json_text(j, s->layers[i].name);
    }
    tr_json_close_list(j);
}

static void put_partner(struct tr_json *j, const struct tr_snapshot *s,
                        const struct tr_place *p, size_t first,
                        const struct tr_summary *sum)
{
    const char *legend = p->organisations[first].legend;
    int32_t asked = TR_NO_DATE;
    size_t sites = 0, located = 0;

    for (size_t i = 0; i < sum->n_totals; i++) {
        if (strcmp(sum->totals[i].partner, legend) == 0) {
            sites = sum->totals[i].sites;
            located = sum->totals[i].located;
        }
    }
    tr_json_open_map(j);
    tr_json_put_text(j, "name", legend);
    tr_json_key(j, "organisations");
    tr_json_open_list(j);
    for (size_t i = first; i < p->n_organisations; i++) {
        const struct tr_organisation *o = &p->organisations[i];

        if (!o->legend || strcmp(o->legend, legend) != 0)
            continue;
        put_organisation(j, p, o);
        if (o->asked != TR_NO_DATE && o->asked > asked)
            asked = o->asked;
    }
    tr_json_close_list(j);
    tr_json_put_int(j, "sites", (int64_t)sites);
    tr_json_put_int(j, "located", (int64_t)located);
    put_date(j, "asked", asked);
    put_layers_of(j, s, p, legend);
    tr_json_close_map(j);
}

static void put_partners(struct tr_json *j, const struct tr_snapshot *s,
                         const struct tr_summary *sum)
{
    tr_json_key(j, "partners");
    tr_json_open_list(j);
    for (size_t k = 0; k < s->n_places; k++) {
        const struct tr_place *p = s->places[k];

        for (size_t i = 0; i < p->n_organisations; i++) {
            if (p->organisations[i].legend && !legend_before(p, i))
                put_partner(j, s, p, i, sum);
        }
    }
    tr_json_close_list(j);
}

/* ---- areas and layers ---- */

#define MAX_LISTED_AREAS 60

static const char *vintage_name(const struct tr_snapshot *s,
                                const struct tr_area_set *set)
{
    const struct tr_place *p = s->places[set->place];

    for (size_t i = 0; i < p->n_vintages; i++) {
        if (strcmp(p->vintages[i].set, set->set) == 0 &&
            strcmp(p->vintages[i].vintage, set->vintage) == 0)
            return p->vintages[i].name;
    }
    return NULL;
}

static void put_area(struct tr_json *j, const struct tr_area_set *set, size_t i)
{
    struct tr_position label = tr_geometry_representative(set->geometries[i]);

    tr_json_open_map(j);
    tr_json_put_text(j, "code", set->codes[i]);
    tr_json_put_text(j, "name", set->names[i]);
    put_extent(j, "bbox", tr_geometry_extent(set->geometries[i]));
    tr_json_key(j, "label");
    tr_json_open_list(j);
    tr_json_deg7(j, label.lon_e7);
    tr_json_deg7(j, label.lat_e7);
    tr_json_close_list(j);
    tr_json_close_map(j);
}

static void put_area_sets(struct tr_json *j, const struct tr_snapshot *s)
{
    tr_json_key(j, "area_sets");
    tr_json_open_list(j);
    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];

        tr_json_open_map(j);
        tr_json_put_text(j, "id", set->latest ? set->set : set->id);
        tr_json_put_text(j, "set", set->set);
        tr_json_put_text(j, "vintage", set->vintage);
        tr_json_put_text(j, "vintage_name", vintage_name(s, set));
        tr_json_put_text(j, "label", set->label);
        tr_json_put_text(j, "title", set->title);
        tr_json_put_bool(j, "latest", set->latest);
        tr_json_put_int(j, "n", (int64_t)set->n);
        tr_json_key(j, "areas");
        tr_json_open_list(j);
        for (size_t k = 0; set->n <= MAX_LISTED_AREAS && k < set->n; k++)
            put_area(j, set, k);
        tr_json_close_list(j);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static const char *geometry_name(const struct tr_snapshot *s,
                                 const struct tr_layer *l)
{
    struct tr_collection c;

    if (strcmp(l->kind, "sites") == 0)
        return "point";
    if (strcmp(l->kind, "areas") == 0)
        return "polygon";
    if (strcmp(l->kind, "statistics") == 0 ||
        tr_collection_open(s, l->name, &c, NULL))
        return "none";
    return c.geometry == TR_POLYGON ? "polygon"
           : c.geometry == TR_LINE  ? "line"
                                    : "point";
}

static void put_layers(struct tr_json *j, const struct tr_snapshot *s)
{
    tr_json_key(j, "layers");
    tr_json_open_list(j);
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];

        tr_json_open_map(j);
        tr_json_put_text(j, "id", l->name);
        tr_json_put_text(j, "title", l->title);
        tr_json_put_text(j, "kind", l->kind);
        tr_json_put_text(j, "draw", l->draw);
        tr_json_put_text(j, "set", l->set);
        tr_json_put_text(j, "geometry", geometry_name(s, l));
        tr_json_put_text(j, "licence", l->licence);
        tr_json_put_text(j, "attribution", l->attribution);
        tr_json_put_text(j, "vintage", l->vintage);
        put_date(j, "as_of", l->as_of);
        tr_json_put_bool(j, "illustrative", l->illustrative);
        tr_json_put_int(j, "rows", (int64_t)l->n_rows);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

/* ---- classes ---- */

static void put_classes(struct tr_json *j, const struct tr_snapshot *s,
                        const struct tr_summary *sum,
                        const struct tr_rules *rules, struct tr_arena *a)
{
    enum tr_class hidden = /* of the two, the one that is not this audience's */
        tr_class_shown(&s->audience, TR_SURPLUS) == TR_SURPLUS ? TR_IN_REVIEW
                                                               : TR_SURPLUS;

    tr_json_key(j, "classes");
    tr_json_open_list(j);
    for (int c = 0; c < TR_NO_CLASS; c++) {
        const char *definition =
            rules ? tr_rules_definition(rules, (enum tr_class)c) : NULL;

        if (c == (int)hidden)
            continue;
        tr_json_open_map(j);
        tr_json_put_text(j, "class", tr_class_name((enum tr_class)c));
        tr_json_put_text(j, "definition",
                         tr_text_shown(&s->audience, definition, a));
        tr_json_put_int(j, "sites", (int64_t)sum->all.by_class[c]);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
    tr_json_put_int(j, "not_classified_yet",
                    (int64_t)sum->all.by_class[TR_NO_CLASS]);
    tr_json_key(j, "run");
    if (s->run && rules) {
        tr_json_open_map(j);
        tr_json_put_text(j, "rules", tr_rules_name(rules));
        tr_json_put_text(j, "version", tr_rules_version(rules));
        tr_json_close_map(j);
    } else {
        tr_json_null(j);
    }
}

static void put_head(struct tr_json *j, const struct http_request *req)
{
    const struct tr_snapshot *s = req->snapshot;
    const struct tr_place *p = first_place(s);
    const struct tr_area_set *set =
        p && p->focus_set ? tr_snapshot_area_set(s, p->focus_set) : NULL;
    int32_t area = set ? tr_area_named(set, p->focus_name) : TR_NO_AREA;
    struct tr_collection sites;
    struct tr_extent extent = { 1, 1, 0, 0 };

    tr_json_put_text(j, "title", p ? p->title : "Terrier");
    tr_json_put_text(j, "purpose", p ? p->purpose : NULL);
    tr_json_put_text(j, "contact", p ? p->contact : NULL);
    tr_json_put_text(j, "audience", s->audience.name);
    tr_json_put_text(j, "version", s->version);
    put_date(j, "as_of", s->as_of);
    if (!tr_collection_open(s, "sites", &sites, NULL))
        extent = tr_collection_extent(&sites);
    put_extent(j, "extent", extent);
    tr_json_put_bool(j, "footprints", s->footprints != NULL);
    tr_json_key(j, "focus");
    if (area == TR_NO_AREA) {
        tr_json_null(j);
        return;
    }
    tr_json_open_map(j);
    tr_json_put_text(j, "set", set->latest ? set->set : set->id);
    tr_json_put_text(j, "name", set->names[area]);
    put_extent(j, "bbox", tr_geometry_extent(set->geometries[area]));
    tr_json_close_map(j);
}

static void put_accuracy(struct tr_json *j, const struct tr_crs_info *crs)
{
    tr_json_key(j, "accuracy");
    tr_json_open_map(j);
    tr_json_put_number(j, "metres", crs->accuracy_m);
    tr_json_put_bool(j, "has_grid", crs->has_grid);
    tr_json_put_text(j, "operation", crs->operation);
    tr_json_close_map(j);
}

enum tr_status handle_place(const struct http_request *req,
                            struct http_response *res, struct tr_error *err)
{
    const struct tr_snapshot *s = req->snapshot;
    const struct tr_rules *rules = NULL;
    struct tr_summary sum;
    struct tr_json j;
    enum tr_status st = tr_summarise(s, NULL, NULL, req->arena, &sum, err);

    if (!st && req->rules)
        st = tr_rules_parse(req->rules, strlen(req->rules), "rules", req->arena,
                            &rules, err);
    if (st)
        return st;
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    put_head(&j, req);
    put_partners(&j, s, &sum);
    put_area_sets(&j, s);
    put_layers(&j, s);
    put_classes(&j, s, &sum, rules, req->arena);
    tr_json_put_int(&j, "sites", (int64_t)s->n_sites);
    tr_json_put_int(&j, "without_point", (int64_t)(s->n_sites - s->n_located));
    put_accuracy(&j, &req->service->crs);
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
    res->content_type = "application/json";
    return TR_OK;
}
