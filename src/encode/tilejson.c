/* tilejson.c - TileJSON 3.0.0 of a collection. See terrier/encode.h. */
#include <string.h>

#include "encode/archive_parts.h"
#include "encode/tile_parts.h"
#include "terrier/json.h"

static const char *field_type(enum tr_type type)
{
    switch (type) {
    case TR_BOOLEAN: return "Boolean";
    case TR_INTEGER:
    case TR_NUMBER: return "Number";
    case TR_INSTANT:
    case TR_DATE:
    case TR_TEXT:
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return "String";
}

static void put_field(struct tr_json *j, const struct tr_table *t,
                      const char *name)
{
    const struct tr_column *column = tr_table_column(t, name);

    if (column)
        tr_json_put_text(j, name, field_type(column->type));
}

/* What stands for several sites carries instead of the properties. */
static void put_count_fields(struct tr_json *j)
{
    tr_json_put_text(j, "count", "Number");
    for (size_t k = 0; k < TILE_COUNTS; k++)
        tr_json_put_text(j, tile_counts[k].key, "Number");
    tr_json_put_text(j, "site_ids", "String");
}

static void put_fields(struct tr_json *j, const struct tr_collection *c,
                       const struct tr_tile_options *o)
{
    const char *usual[TILE_MAX_NAMES];
    bool chosen = o && o->properties;
    size_t n = chosen ? o->n_properties : tile_usual_names(c, usual);

    tr_json_key(j, "fields");
    tr_json_open_map(j);
    for (size_t i = 0; i < n; i++)
        put_field(j, c->table, chosen ? o->properties[i] : usual[i]);
    if (!chosen && tile_locality(c))
        tr_json_put_text(j, "locality", "String");
    if (c->kind == TR_OF_SITES)
        put_count_fields(j);
    tr_json_close_map(j);
}

static void put_layer(struct tr_json *j, const struct tileset *t,
                      const struct tr_collection *c, const char *id,
                      const char *description)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "id", id);
    tr_json_put_text(j, "description", description);
    tr_json_put_int(j, "minzoom", t->min_zoom);
    tr_json_put_int(j, "maxzoom", t->max_zoom);
    put_fields(j, c, t->o);
    tr_json_close_map(j);
}

void tileset_layers(const struct tileset *t, struct tr_json *j)
{
    tr_json_open_list(j);
    for (size_t i = 0; i < t->n; i++) {
        const struct tr_collection *c = &t->collections[i];
        struct tr_buf labels;

        put_layer(j, t, c, c->id, c->title);
        if (c->kind != TR_OF_AREAS)
            continue;
        tr_buf_init(&labels, 4096);
        tr_buf_printf(&labels, "%s_labels", c->id);
        if (tr_buf_text(&labels))
            put_layer(j, t, c, tr_buf_text(&labels), "one point per area");
        tr_buf_clear(&labels);
    }
    tr_json_close_list(j);
}

struct tr_extent tileset_extent(const struct tileset *t)
{
    struct tr_extent all = { 1, 1, 0, 0 };

    for (size_t i = 0; i < t->n; i++) {
        struct tr_extent e = tr_collection_extent(&t->collections[i]);

        if (e.west_e7 > e.east_e7)
            continue;
        if (all.west_e7 > all.east_e7)
            all = e;
        all.west_e7 = e.west_e7 < all.west_e7 ? e.west_e7 : all.west_e7;
        all.south_e7 = e.south_e7 < all.south_e7 ? e.south_e7 : all.south_e7;
        all.east_e7 = e.east_e7 > all.east_e7 ? e.east_e7 : all.east_e7;
        all.north_e7 = e.north_e7 > all.north_e7 ? e.north_e7 : all.north_e7;
    }
    return all;
}

static bool has_part(const struct tileset *t, const struct tr_layer *l)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct tr_collection *c = &t->collections[i];

        if (c->layer ? c->layer == l : strcmp(l->kind, "sites") == 0)
            return true;
    }
    return false;
}

/* Attributions of one publisher are mostly the same: each is said once. */
void tileset_attribution(const struct tileset *t, struct tr_buf *out)
{
    const struct tr_snapshot *s = t->collections[0].snapshot;

    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];
        bool said = !l->attribution || !l->n_rows || !has_part(t, l);

        for (size_t k = 0; !said && k < i; k++) {
            const struct tr_layer *m = &s->layers[k];

            said = m->attribution && m->n_rows && has_part(t, m) &&
                   strcmp(m->attribution, l->attribution) == 0;
        }
        if (said)
            continue;
        if (out->len)
            tr_buf_str(out, "; ");
        tr_buf_str(out, l->attribution);
    }
}

static void put_bounds(struct tr_json *j, struct tr_extent e)
{
    if (e.west_e7 > e.east_e7)
        return;
    tr_json_key(j, "bounds");
    tr_json_open_list(j);
    tr_json_deg7(j, e.west_e7);
    tr_json_deg7(j, e.south_e7);
    tr_json_deg7(j, e.east_e7);
    tr_json_deg7(j, e.north_e7);
    tr_json_close_list(j);
    tr_json_key(j, "center");
    tr_json_open_list(j);
    tr_json_deg7(j, e.west_e7 + (e.east_e7 - e.west_e7) / 2);
    tr_json_deg7(j, e.south_e7 + (e.north_e7 - e.south_e7) / 2);
    tr_json_int(j, 12);
    tr_json_close_list(j);
}

void tr_encode_tilejson(const struct tr_collection *c,
                        const struct tr_tile_options *o, const char *url,
                        struct tr_buf *out)
{
    struct tileset t = { c, 1, o, 0, TR_MAX_ZOOM };
    struct tr_buf attribution;
    struct tr_json j;

    tr_buf_init(&attribution, (size_t)1024 * 1024);
    tileset_attribution(&t, &attribution);
    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "tilejson", "3.0.0");
    tr_json_put_text(&j, "name", c->title);
    tr_json_put_text(&j, "version", "1.0.0");
    tr_json_put_text(&j, "scheme", "xyz");
    tr_json_key(&j, "tiles");
    tr_json_open_list(&j);
    tr_json_text(&j, url);
    tr_json_close_list(&j);
    tr_json_put_int(&j, "minzoom", 0);
    tr_json_put_int(&j, "maxzoom", TR_MAX_ZOOM);
    put_bounds(&j, tileset_extent(&t));
    if (attribution.len && tr_buf_text(&attribution))
        tr_json_put_text(&j, "attribution", tr_buf_text(&attribution));
    tr_json_key(&j, "vector_layers");
    tileset_layers(&t, &j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
    tr_buf_clear(&attribution);
}
