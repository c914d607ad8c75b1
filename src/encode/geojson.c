/* geojson.c - features as GeoJSON (RFC 7946). See terrier/encode.h. */
#include <stdlib.h>
#include <string.h>

#include "encode/features.h"

static void put_position(struct tr_json *j, struct tr_position p, int srid)
{
    tr_json_open_list(j);
    if (srid == 27700) {
        tr_json_number(j, p.e_mm / 1000.0);
        tr_json_number(j, p.n_mm / 1000.0);
    } else {
        tr_json_deg7(j, p.lon_e7);
        tr_json_deg7(j, p.lat_e7);
    }
    tr_json_close_list(j);
}

static void put_part(struct tr_json *j, const struct tr_geometry *g,
                     uint32_t part, int srid)
{
    tr_json_open_list(j);
    for (uint32_t i = g->part_start[part]; i < g->part_start[part + 1]; i++)
        put_position(j, g->points[i], srid);
    tr_json_close_list(j);
}

static void put_points(struct tr_json *j, const struct tr_geometry *g, int srid)
{
    bool multi = g->n_points != 1;

    tr_json_put_text(j, "type", multi ? "MultiPoint" : "Point");
    tr_json_key(j, "coordinates");
    if (multi)
        tr_json_open_list(j);
    for (uint32_t i = 0; i < g->n_points; i++)
        put_position(j, g->points[i], srid);
    if (multi)
        tr_json_close_list(j);
}

static void put_lines(struct tr_json *j, const struct tr_geometry *g, int srid)
{
    bool multi = g->n_parts != 1;

    tr_json_put_text(j, "type", multi ? "MultiLineString" : "LineString");
    tr_json_key(j, "coordinates");
    if (multi)
        tr_json_open_list(j);
    for (uint32_t i = 0; i < g->n_parts; i++)
        put_part(j, g, i, srid);
    if (multi)
        tr_json_close_list(j);
}

static void put_polygons(struct tr_json *j, const struct tr_geometry *g,
                         int srid)
{
    bool multi = g->n_polygons != 1;

    tr_json_put_text(j, "type", multi ? "MultiPolygon" : "Polygon");
    tr_json_key(j, "coordinates");
    if (multi)
        tr_json_open_list(j);
    for (uint32_t p = 0; p < g->n_polygons; p++) {
        tr_json_open_list(j);
        for (uint32_t r = g->polygon_start[p]; r < g->polygon_start[p + 1]; r++)
            put_part(j, g, r, srid);
        tr_json_close_list(j);
    }
    if (multi)
        tr_json_close_list(j);
}

static void put_geometry(struct tr_json *j, const struct tr_collection *c,
                         size_t row, int srid)
{
    const struct tr_geometry *g = tr_collection_geometry(c, row);
    struct tr_position p;

    tr_json_key(j, "geometry");
    if (!g && !tr_collection_position(c, row, &p)) {
        tr_json_null(j);
        return;
    }
    tr_json_open_map(j);
    if (!g) {
        tr_json_put_text(j, "type", "Point");
        tr_json_key(j, "coordinates");
        put_position(j, p, srid);
    } else if (g->kind == TR_POLYGON) {
        put_polygons(j, g, srid);
    } else if (g->kind == TR_LINE) {
        put_lines(j, g, srid);
    } else {
        put_points(j, g, srid);
    }
    tr_json_close_map(j);
}

struct shown { /* of each feature */
    const struct tr_column *const *columns;
    size_t n;
    int srid;
};

/* `distance_mm` below 0: none. */
static void put_feature(struct tr_json *j, const struct tr_collection *c,
                        size_t row, const struct shown *shown,
                        int64_t distance_mm, const char *links_json)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "type", "Feature");
    tr_json_put_text(j, "id", tr_collection_feature_id(c, row));
    put_geometry(j, c, row, shown->srid);
    tr_json_key(j, "properties");
    tr_json_open_map(j);
    for (size_t i = 0; i < shown->n; i++) {
        if (!tr_has(shown->columns[i], row))
            continue;
        tr_json_key(j, shown->columns[i]->name);
        features_json_value(j, shown->columns[i], row);
    }
    if (distance_mm >= 0)
        tr_json_put_number(j, "distance_m", (double)distance_mm / 1000.0);
    tr_json_close_map(j);
    if (links_json) {
        tr_json_key(j, "links");
        tr_json_raw(j, links_json, strlen(links_json));
    }
    tr_json_close_map(j);
}

enum tr_status tr_encode_geojson(const struct tr_query_result *r,
                                 const struct tr_feature_options *o,
                                 struct tr_buf *out, struct tr_error *err)
{
    const struct tr_column **columns;
    struct tr_json j;
    size_t n;
    enum tr_status st = features_columns(r->collection.table, o->properties,
                                         o->n_properties, &columns, &n, err);

    if (st)
        return st;
    tr_json_init(&j, out);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "type", "FeatureCollection");
    if (o->has_envelope) {
        tr_json_put_int(&j, "numberMatched", (int64_t)r->matched);
        tr_json_put_int(&j, "numberReturned", (int64_t)r->n);
    }
    if (o->links_json) {
        tr_json_key(&j, "links");
        tr_json_raw(&j, o->links_json, strlen(o->links_json));
    }
    tr_json_key(&j, "features");
    tr_json_open_list(&j);
    for (size_t i = 0; i < r->n; i++)
        put_feature(&j, &r->collection, r->rows[i],
                    &(struct shown){ columns, n, o->srid },
                    r->distances_mm ? r->distances_mm[i] : -1, NULL);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    tr_buf_byte(out, '\n');
    free(columns);
    return TR_OK;
}

enum tr_status tr_encode_feature(const struct tr_collection *c, size_t row,
                                 const struct tr_feature_options *o,
                                 struct tr_buf *out, struct tr_error *err)
{
    const struct tr_column **columns;
    struct tr_json j;
    size_t n;
    enum tr_status st = features_columns(c->table, o->properties,
                                         o->n_properties, &columns, &n, err);

    if (st)
        return st;
    tr_json_init(&j, out);
    put_feature(&j, c, row, &(struct shown){ columns, n, o->srid }, -1,
                o->links_json);
    tr_buf_byte(out, '\n');
    free(columns);
    return TR_OK;
}
