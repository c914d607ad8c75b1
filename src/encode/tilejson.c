/* tilejson.c - TileJSON 3.0.0 of a collection. See terrier/encode.h. */
#include <string.h>

#include "terrier/encode.h"
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

static void put_layer(struct tr_json *j, const struct tr_collection *c,
                      const char *id, const char *description)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "id", id);
    tr_json_put_text(j, "description", description);
    tr_json_put_int(j, "minzoom", 0);
    tr_json_put_int(j, "maxzoom", TR_MAX_ZOOM);
    tr_json_key(j, "fields");
    tr_json_open_map(j);
    for (size_t i = 0; i < c->table->n_columns; i++) {
        const struct tr_column *column = &c->table->columns[i];

        if (column->type != TR_GEOMETRY)
            tr_json_put_text(j, column->name, field_type(column->type));
    }
    tr_json_close_map(j);
    tr_json_close_map(j);
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

void tr_encode_tilejson(const struct tr_collection *c, const char *url,
                        struct tr_buf *out)
{
    struct tr_buf labels;
    struct tr_json j;

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
    put_bounds(&j, tr_collection_extent(c));
    if (c->layer && c->layer->attribution)
        tr_json_put_text(&j, "attribution", c->layer->attribution);
    tr_json_key(&j, "vector_layers");
    tr_json_open_list(&j);
    put_layer(&j, c, c->id, c->title);
    if (c->kind == TR_OF_AREAS) {
        tr_buf_init(&labels, 4096);
        tr_buf_printf(&labels, "%s_labels", c->id);
        if (tr_buf_text(&labels))
            put_layer(&j, c, tr_buf_text(&labels), "one point per area");
        tr_buf_clear(&labels);
    }
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
}
