/* handle_ogc.c - OGC API: landing page, conformance, collections, queryables.
 */
#include <string.h>

#include "http/http.h"

#define CRS84 "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#define BNG   "http://www.opengis.net/def/crs/EPSG/0/27700"

enum { COLLECTION };

static void begin(const struct http_request *req, struct http_response *res,
                  struct tr_json *j)
{
    (void)req;
    res->content_type = "application/json";
    tr_json_init(j, &res->body);
}

static void put_link(struct tr_json *j, const struct http_request *req,
                     const char *rel, const char *type, const char *path)
{
    const char *href =
        tr_arena_printf(req->arena, "%s%s", http_base(req), path);

    tr_json_open_map(j);
    tr_json_put_text(j, "rel", rel);
    tr_json_put_text(j, "type", type);
    tr_json_put_text(j, "href", href ? href : path);
    tr_json_close_map(j);
}

enum tr_status handle_landing(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const struct tr_snapshot *s = req->snapshot;
    struct tr_json j;

    (void)err;
    begin(req, res, &j);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "title",
                     s->n_places ? s->places[0]->title : "Terrier");
    if (s->n_places && s->places[0]->purpose)
        tr_json_put_text(&j, "description", s->places[0]->purpose);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", "/ogc/");
    put_link(&j, req, "service-desc",
             "application/vnd.oai.openapi+json;version=3.0", "/ogc/api");
    put_link(&j, req, "conformance", "application/json", "/ogc/conformance");
    put_link(&j, req, "data", "application/json", "/ogc/collections");
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

enum tr_status handle_conformance(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err)
{
    /* Only what every collection really does. */
    static const char *const classes[] = {
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    };
    struct tr_json j;

    (void)err;
    begin(req, res, &j);
    tr_json_open_map(&j);
    tr_json_key(&j, "conformsTo");
    tr_json_open_list(&j);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        tr_json_text(&j, classes[i]);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

static void put_collection(struct tr_json *j, const struct http_request *req,
                           const struct tr_collection *c)
{
    struct tr_extent e = tr_collection_extent(c);
    const char *items =
        tr_arena_printf(req->arena, "/ogc/collections/%s/items", c->id);
    const char *self =
        tr_arena_printf(req->arena, "/ogc/collections/%s", c->id);
    const char *tiles = tr_arena_printf(req->arena, "/tiles/%s.json", c->id);

    tr_json_open_map(j);
    tr_json_put_text(j, "id", c->id);
    tr_json_put_text(j, "title", c->title);
    if (c->layer && c->layer->attribution)
        tr_json_put_text(j, "attribution", c->layer->attribution);
    tr_json_put_text(j, "itemType", "feature");
    if (e.west_e7 <= e.east_e7) {
        tr_json_key(j, "extent");
        tr_json_open_map(j);
        tr_json_key(j, "spatial");
        tr_json_open_map(j);
        tr_json_key(j, "bbox");
        tr_json_open_list(j);
        tr_json_open_list(j);
        tr_json_deg7(j, e.west_e7);
        tr_json_deg7(j, e.south_e7);
        tr_json_deg7(j, e.east_e7);
        tr_json_deg7(j, e.north_e7);
        tr_json_close_list(j);
        tr_json_close_list(j);
        tr_json_put_text(j, "crs", CRS84);
        tr_json_close_map(j);
        tr_json_close_map(j);
    }
    tr_json_key(j, "crs");
    tr_json_open_list(j);
    tr_json_text(j, CRS84);
    tr_json_text(j, BNG);
    tr_json_close_list(j);
    tr_json_put_text(j, "storageCrs", CRS84);
    tr_json_key(j, "links");
    tr_json_open_list(j);
    put_link(j, req, "self", "application/json", self ? self : "");
    put_link(j, req, "items", "application/geo+json", items ? items : "");
    put_link(j, req, "describedby", "application/json", tiles ? tiles : "");
    tr_json_close_list(j);
    tr_json_close_map(j);
}

enum tr_status handle_collections(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err)
{
    const struct tr_collection *list;
    struct tr_json j;
    size_t n;
    enum tr_status st =
        tr_collections(req->snapshot, req->arena, &list, &n, err);

    if (st)
        return st;
    begin(req, res, &j);
    tr_json_open_map(&j);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", "/ogc/collections");
    tr_json_close_list(&j);
    tr_json_key(&j, "collections");
    tr_json_open_list(&j);
    for (size_t i = 0; i < n; i++)
        put_collection(&j, req, &list[i]);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

enum tr_status handle_collection(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err)
{
    struct tr_collection c;
    struct tr_json j;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (st)
        return st;
    begin(req, res, &j);
    put_collection(&j, req, &c);
    return TR_OK;
}

static const char *json_type(enum tr_type type)
{
    switch (type) {
    case TR_BOOLEAN: return "boolean";
    case TR_INTEGER: return "integer";
    case TR_NUMBER: return "number";
    case TR_LIST: return "array";
    case TR_DATE:
    case TR_INSTANT:
    case TR_TEXT:
    case TR_GEOMETRY: break;
    }
    return "string";
}

enum tr_status handle_queryables(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err)
{
    struct tr_collection c;
    struct tr_json j;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (st)
        return st;
    begin(req, res, &j);
    res->content_type = "application/schema+json";
    tr_json_open_map(&j);
    tr_json_put_text(&j, "$schema",
                     "https://json-schema.org/draft/2020-12/schema");
    tr_json_put_text(
        &j, "$id",
        tr_arena_printf(req->arena, "%s%s", http_base(req), req->path));
    tr_json_put_text(&j, "type", "object");
    tr_json_put_text(&j, "title", c.title);
    tr_json_key(&j, "properties");
    tr_json_open_map(&j);
    for (size_t i = 0; i < c.table->n_columns; i++) {
        const struct tr_column *column = &c.table->columns[i];

        tr_json_key(&j, column->name);
        tr_json_open_map(&j);
        tr_json_put_text(&j, "title",
                         column->title ? column->title : column->name);
        tr_json_put_text(&j, "type", json_type(column->type));
        if (column->type == TR_DATE)
            tr_json_put_text(&j, "format", "date");
        if (column->unit)
            tr_json_put_text(&j, "x-ogc-unit", column->unit);
        tr_json_close_map(&j);
    }
    tr_json_close_map(&j);
    tr_json_put_bool(&j, "additionalProperties", false);
    tr_json_close_map(&j);
    return TR_OK;
}

/* ---- OpenAPI, from the route table ---- */

static void put_parameter(struct tr_json *j, const char *name, const char *in,
                          bool is_required)
{
    bool is_limit = strcmp(name, "limit") == 0;

    tr_json_open_map(j);
    tr_json_put_text(j, "name", name);
    tr_json_put_text(j, "in", in);
    tr_json_put_bool(j, "required", is_required);
    tr_json_key(j, "schema");
    tr_json_open_map(j);
    tr_json_put_text(j, "type", is_limit ? "integer" : "string");
    if (is_limit) {
        tr_json_put_int(j, "minimum", 1);
        tr_json_put_int(j, "maximum", TR_QUERY_MAX_LIMIT);
        tr_json_put_int(j, "default", TR_QUERY_DEFAULT_LIMIT);
    }
    tr_json_close_map(j);
    tr_json_close_map(j);
}

static void put_path_parameters(struct tr_json *j, const char *path,
                                struct tr_arena *a)
{
    for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{')) {
        const char *name = tr_arena_text(a, p + 1, strcspn(p + 1, "}"));

        if (name)
            put_parameter(j, name, "path", true);
    }
}

static void put_route(struct tr_json *j, const struct http_request *req,
                      const struct http_route *route, size_t i)
{
    static const char *const item_query[] = {
        "limit",  "offset",     "bbox", "filter", "filter-lang",
        "sortby", "properties", "crs",  "f",      NULL
    };
    const char *const *query =
        route->parameters ? route->parameters : item_query;

    tr_json_key(j, route->path);
    tr_json_open_map(j);
    tr_json_key(j, "get");
    tr_json_open_map(j);
    tr_json_put_text(j, "operationId",
                     tr_arena_printf(req->arena, "get%zu", i));
    tr_json_put_text(j, "summary", route->summary);
    tr_json_key(j, "parameters");
    tr_json_open_list(j);
    put_path_parameters(j, route->path, req->arena);
    for (size_t k = 0; query[k]; k++)
        put_parameter(j, query[k], "query", false);
    tr_json_close_list(j);
    tr_json_key(j, "responses");
    tr_json_open_map(j);
    tr_json_key(j, "200");
    tr_json_open_map(j);
    tr_json_put_text(j, "description", "the answer");
    tr_json_close_map(j);
    tr_json_key(j, "default");
    tr_json_open_map(j);
    tr_json_put_text(j, "description", "a problem (RFC 9457)");
    tr_json_close_map(j);
    tr_json_close_map(j);
    tr_json_close_map(j);
    tr_json_close_map(j);
}

enum tr_status handle_openapi(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    size_t n;
    const struct http_route *routes = http_routes(&n);
    struct tr_json j;

    (void)err;
    begin(req, res, &j);
    res->content_type = "application/vnd.oai.openapi+json;version=3.0";
    tr_json_open_map(&j);
    tr_json_put_text(&j, "openapi", "3.0.3");
    tr_json_key(&j, "info");
    tr_json_open_map(&j);
    tr_json_put_text(&j, "title", "Terrier");
    tr_json_put_text(&j, "version", req->service->version);
    tr_json_close_map(&j);
    tr_json_key(&j, "paths");
    tr_json_open_map(&j);
    for (size_t i = 0; i < n; i++)
        put_route(&j, req, &routes[i], i);
    tr_json_close_map(&j);
    tr_json_close_map(&j);
    return TR_OK;
}
