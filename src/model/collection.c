/* collection.c - see terrier/collection.h */
#include "terrier/collection.h"

#include <string.h>

#include "terrier/text.h"

static enum tr_geometry_kind layer_geometry(const struct tr_layer *l)
{
    for (size_t r = 0; r < l->n_rows; r++) {
        if (l->geometries && l->geometries[r])
            return l->geometries[r]->kind;
    }
    return TR_POINT;
}

static struct tr_collection of_sites(const struct tr_snapshot *s)
{
    return (struct tr_collection){
        .snapshot = s,
        .kind = TR_OF_SITES,
        .id = "sites",
        .title = "Sites",
        .id_column = "site_id",
        .table = &s->sites,
        .n = s->n_sites,
        .geometry = TR_POINT,
    };
}

static struct tr_collection of_footprints(const struct tr_snapshot *s)
{
    struct tr_collection c = of_sites(s);

    c.kind = TR_OF_FOOTPRINTS;
    c.id = "footprints";
    c.title = "Footprints of sites";
    c.geometry = TR_POLYGON;
    return c;
}

static struct tr_collection of_areas(const struct tr_snapshot *s,
                                     const struct tr_area_set *set)
{
    return (struct tr_collection){
        .snapshot = s,
        .kind = TR_OF_AREAS,
        .id = set->latest ? set->set : set->id,
        .title = set->title,
        .id_column = set->n && *set->codes[0] ? "code" : "name",
        .table = &set->table,
        .n = set->n,
        .set = set,
        .layer = &s->layers[set->layer],
        .geometry = TR_POLYGON,
    };
}

static struct tr_collection of_layer(const struct tr_snapshot *s,
                                     const struct tr_layer *l)
{
    return (struct tr_collection){
        .snapshot = s,
        .kind = TR_OF_LAYER,
        .id = l->name,
        .title = l->title,
        .id_column = "key",
        .table = &l->table,
        .n = l->n_rows,
        .layer = l,
        .geometry = layer_geometry(l),
    };
}

static bool is_own_collection(const struct tr_layer *l)
{
    return strcmp(l->kind, "sites") != 0 && strcmp(l->kind, "areas") != 0;
}

static enum tr_status not_found(const struct tr_snapshot *s, const char *id,
                                struct tr_error *err)
{
    const struct tr_layer *layer = tr_snapshot_layer(s, id);
    const char *names[256] = { "sites" };
    size_t n = 1;

    if (layer && strcmp(layer->kind, "sites") == 0)
        return tr_fail(err, TR_ENOTFOUND,
                       "'%.60s' is a layer of sites: ask the collection "
                       "'sites' with the filter layer = '%.60s'",
                       id, id);
    for (size_t i = 0; i < s->n_area_sets && n < 256; i++)
        names[n++] =
            s->area_sets[i].latest ? s->area_sets[i].set : s->area_sets[i].id;
    for (size_t i = 0; i < s->n_layers && n < 256; i++) {
        if (is_own_collection(&s->layers[i]))
            names[n++] = s->layers[i].name;
    }

    const char *near = tr_text_nearest(id, names, n);

    return tr_fail(err, TR_ENOTFOUND, "no collection '%.60s'%s%s%s", id,
                   near ? ", did you mean '" : "", near ? near : "",
                   near ? "'" : "");
}

enum tr_status tr_collection_open(const struct tr_snapshot *s, const char *id,
                                  struct tr_collection *out,
                                  struct tr_error *err)
{
    const struct tr_area_set *set = tr_snapshot_area_set(s, id);
    const struct tr_layer *layer = tr_snapshot_layer(s, id);

    if (strcmp(id, "sites") == 0)
        *out = of_sites(s);
    else if (strcmp(id, "footprints") == 0 && s->footprints)
        *out = of_footprints(s);
    else if (set)
        *out = of_areas(s, set);
    else if (layer && is_own_collection(layer))
        *out = of_layer(s, layer);
    else
        return not_found(s, id, err);
    return TR_OK;
}

static bool has_places(const struct tr_layer *l)
{
    for (size_t r = 0; r < l->n_rows; r++) {
        if (l->has_position[r])
            return true;
    }
    return false;
}

enum tr_status tr_collections(const struct tr_snapshot *s, struct tr_arena *a,
                              const struct tr_collection **out, size_t *n,
                              struct tr_error *err)
{
    struct tr_collection *list =
        tr_arena_array(a, 2 + s->n_area_sets + s->n_layers, sizeof *list);
    size_t count = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for collections");
    list[count++] = of_sites(s);
    if (s->footprints)
        list[count++] = of_footprints(s);
    for (size_t i = 0; i < s->n_area_sets; i++)
        list[count++] = of_areas(s, &s->area_sets[i]);
    for (size_t i = 0; i < s->n_layers; i++) {
        if (is_own_collection(&s->layers[i]) && has_places(&s->layers[i]))
            list[count++] = of_layer(s, &s->layers[i]);
    }
    *out = list;
    *n = count;
    return TR_OK;
}

bool tr_collection_is_of_sites(const struct tr_collection *c)
{
    return c->kind == TR_OF_SITES || c->kind == TR_OF_FOOTPRINTS;
}

bool tr_collection_has(const struct tr_collection *c, size_t row)
{
    return c->kind != TR_OF_FOOTPRINTS || c->snapshot->footprints[row];
}

size_t tr_collection_count(const struct tr_collection *c)
{
    size_t n = 0;

    for (size_t row = 0; row < c->n; row++)
        n += tr_collection_has(c, row);
    return n;
}

const char *tr_collection_feature_id(const struct tr_collection *c, size_t row)
{
    switch (c->kind) {
    case TR_OF_SITES:
    case TR_OF_FOOTPRINTS: return c->snapshot->site_ids[row];
    case TR_OF_AREAS:
        return *c->set->codes[row] ? c->set->codes[row] : c->set->names[row];
    case TR_OF_LAYER: break;
    }
    return c->layer->keys[row];
}

uint64_t tr_collection_number(const struct tr_collection *c, size_t row)
{
    if (tr_collection_is_of_sites(c))
        return c->snapshot->numbers[row];
    /* Areas and layers are few and have no numbers of their own: the id's hash,
     * kept below 2^53 for JavaScript and never 0. */
    return tr_site_number(c->id, tr_collection_feature_id(c, row));
}

size_t tr_collection_find(const struct tr_collection *c, const char *id)
{
    if (tr_collection_is_of_sites(c)) {
        size_t row = tr_snapshot_site(c->snapshot, id);

        return row != SIZE_MAX && tr_collection_has(c, row) ? row : SIZE_MAX;
    }
    for (size_t r = 0; r < c->n; r++) {
        if (strcmp(tr_collection_feature_id(c, r), id) == 0)
            return r;
    }
    return SIZE_MAX;
}

bool tr_collection_position(const struct tr_collection *c, size_t row,
                            struct tr_position *out)
{
    if (tr_collection_is_of_sites(c)) {
        if (row >= c->snapshot->n_located || !tr_collection_has(c, row))
            return false;
        *out = c->snapshot->positions[row];
        return true;
    }
    if (!c->layer->has_position[row])
        return false;
    *out = c->layer->positions[row];
    return true;
}

const struct tr_geometry *tr_collection_geometry(const struct tr_collection *c,
                                                 size_t row)
{
    if (c->kind == TR_OF_SITES)
        return NULL;
    if (c->kind == TR_OF_FOOTPRINTS)
        return c->snapshot->footprints[row];
    return c->kind == TR_OF_AREAS ? c->set->geometries[row]
                                  : c->layer->geometries[row];
}

static void grow(struct tr_extent *to, struct tr_extent by)
{
    if (by.west_e7 > by.east_e7)
        return;
    if (to->west_e7 > to->east_e7) {
        *to = by;
        return;
    }
    to->west_e7 = by.west_e7 < to->west_e7 ? by.west_e7 : to->west_e7;
    to->south_e7 = by.south_e7 < to->south_e7 ? by.south_e7 : to->south_e7;
    to->east_e7 = by.east_e7 > to->east_e7 ? by.east_e7 : to->east_e7;
    to->north_e7 = by.north_e7 > to->north_e7 ? by.north_e7 : to->north_e7;
}

struct tr_extent tr_collection_extent(const struct tr_collection *c)
{
    struct tr_extent e = { 1, 1, 0, 0 };

    for (size_t r = 0; r < c->n; r++) {
        const struct tr_geometry *g = tr_collection_geometry(c, r);
        struct tr_position p;

        if (g) {
            grow(&e, tr_geometry_extent(g));
        } else if (tr_collection_position(c, r, &p)) {
            grow(&e,
                 (struct tr_extent){ p.lon_e7, p.lat_e7, p.lon_e7, p.lat_e7 });
        }
    }
    return e;
}
