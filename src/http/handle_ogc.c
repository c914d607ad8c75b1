/* handle_ogc.c - OGC API: landing page, conformance, collections, queryables.
 */
#include <string.h>

#include "http/http.h"

#define CRS84 "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#define BNG   "http://www.opengis.net/def/crs/EPSG/0/27700"
#define REL   "http://www.opengis.net/def/rel/ogc/1.0/"
#define TILES "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
#define TMS   "http://www.opengis.net/spec/tms/2.0/conf/"

enum { COLLECTION };

static void begin(struct http_response *res, struct tr_json *j)
{
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

static const char *title_of(const struct tr_snapshot *s)
{
    return s->n_places ? s->places[0]->title : "Terrier";
}

static void put_item(struct tr_buf *b, const char *href, const char *text,
                     const char *more)
{
    tr_buf_str(b, "<li>");
    http_page_link(b, href, text);
    http_escape(b, more);
    tr_buf_str(b, "</li>\n");
}

static enum tr_status landing_page(const struct http_request *req,
                                   struct http_response *res)
{
    struct tr_buf *b = &res->body;
    const struct tr_snapshot *s = req->snapshot;

    res->content_type = "text/html; charset=utf-8";
    http_page_begin(b, title_of(s));
    tr_buf_str(b, "<p>");
    http_escape(b, s->n_places ? s->places[0]->purpose : NULL);
    tr_buf_str(b, "</p>\n<ul>\n");
    put_item(b, "/ogc/collections", "Collections",
             ": sites, areas and layers, as GeoJSON or CSV");
    put_item(b, "/ogc/api", "API definition", ": OpenAPI 3.0");
    put_item(b, "/ogc/conformance", "Conformance",
             ": which parts of OGC API Features and Tiles it follows");
    put_item(b, "/ogc/tileMatrixSets", "Tile matrix sets",
             ": how tiles are cut");
    put_item(b, "/ogc/map/tiles", "Pictures", " of the map, as tiles");
    put_item(b, "/", "The map", "");
    tr_buf_str(b, "</ul>\n");
    http_page_end(b);
    return TR_OK;
}

enum tr_status handle_landing(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const struct tr_snapshot *s = req->snapshot;
    struct tr_json j;

    (void)err;
    if (strcmp(http_format(req), "html") == 0)
        return landing_page(req, res);
    begin(res, &j);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "title", title_of(s));
    if (s->n_places && s->places[0]->purpose)
        tr_json_put_text(&j, "description", s->places[0]->purpose);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", "/ogc/");
    put_link(&j, req, "alternate", "text/html", "/ogc/?f=html");
    put_link(&j, req, "service-desc",
             "application/vnd.oai.openapi+json;version=3.0", "/ogc/api");
    put_link(&j, req, "conformance", "application/json", "/ogc/conformance");
    put_link(&j, req, "data", "application/json", "/ogc/collections");
    put_link(&j, req, REL "tiling-schemes", "application/json",
             "/ogc/tileMatrixSets");
    put_link(&j, req, REL "tilesets-map", "application/json", "/ogc/map/tiles");
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
        TILES "core",
        TILES "tileset",
        TILES "tilesets-list",
        TILES "dataset-tilesets",
        TILES "geodata-tilesets",
        TILES "mvt",
        TILES "png",
        TILES "oas30",
        TMS "tilematrixset",
        TMS "json-tilematrixset",
        TMS "json-tilesetmetadata",
    };
    struct tr_json j;

    (void)req, (void)err;
    begin(res, &j);
    tr_json_open_map(&j);
    tr_json_key(&j, "conformsTo");
    tr_json_open_list(&j);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        tr_json_text(&j, classes[i]);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

static void put_collection_extent(struct tr_json *j, struct tr_extent e)
{
    if (e.west_e7 > e.east_e7)
        return;
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

/* A link to something below the collection; `more` may have a query. */
static void put_own_link(struct tr_json *j, const struct http_request *req,
                         const struct tr_collection *c, const char *rel,
                         const char *type, const char *more)
{
    const char *path =
        tr_arena_printf(req->arena, "/ogc/collections/%s%s", c->id, more);

    put_link(j, req, rel, type, path ? path : "");
}

static void put_collection(struct tr_json *j, const struct http_request *req,
                           const struct tr_collection *c)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "id", c->id);
    tr_json_put_text(j, "title", c->title);
    if (c->layer && c->layer->attribution)
        tr_json_put_text(j, "attribution", c->layer->attribution);
    tr_json_put_text(j, "itemType", "feature");
    put_collection_extent(j, tr_collection_extent(c));
    tr_json_key(j, "crs");
    tr_json_open_list(j);
    tr_json_text(j, CRS84);
    tr_json_text(j, BNG);
    tr_json_close_list(j);
    tr_json_put_text(j, "storageCrs", CRS84);
    tr_json_key(j, "links");
    tr_json_open_list(j);
    put_own_link(j, req, c, "self", "application/json", "");
    put_own_link(j, req, c, "alternate", "text/html", "?f=html");
    put_own_link(j, req, c, "items", "application/geo+json", "/items");
    put_own_link(j, req, c, "items", "text/csv", "/items?f=csv");
    put_own_link(j, req, c, REL "queryables", "application/schema+json",
                 "/queryables");
    put_own_link(j, req, c, "describedby", "application/schema+json",
                 "/schema");
    put_own_link(j, req, c, REL "tilesets-vector", "application/json",
                 "/tiles");
    put_own_link(j, req, c, REL "tilesets-map", "application/json",
                 "/map/tiles");
    tr_json_close_list(j);
    tr_json_close_map(j);
}

static enum tr_status collections_page(const struct http_request *req,
                                       const struct tr_collection *list,
                                       size_t n, struct http_response *res)
{
    struct tr_buf *b = &res->body;

    res->content_type = "text/html; charset=utf-8";
    http_page_begin(b, "Collections");
    tr_buf_str(b, "<ul>\n");
    for (size_t i = 0; i < n; i++) {
        const char *path =
            tr_arena_printf(req->arena, "/ogc/collections/%s", list[i].id);
        const char *more =
            tr_arena_printf(req->arena, " (%zu features)", list[i].n);

        put_item(b, path, list[i].title, more);
    }
    tr_buf_str(b, "</ul>\n<p>");
    http_page_link(b, "/ogc/", "Back");
    tr_buf_str(b, "</p>\n");
    http_page_end(b);
    return TR_OK;
}

static enum tr_status collection_page(const struct http_request *req,
                                      const struct tr_collection *c,
                                      struct http_response *res)
{
    static const struct {
        const char *before, *after, *text, *more;
    } ways[] = {
        { "/ogc/collections/", "/items", "Features", " as GeoJSON" },
        { "/ogc/collections/", "/items?f=csv&limit=10000", "Features",
          " as CSV, 10,000 at most" },
        { "/ogc/collections/", "/queryables", "Queryables",
          ": what filters may use" },
        { "/tiles/", ".json", "Tiles", ", as TileJSON" },
    };
    struct tr_buf *b = &res->body;

    res->content_type = "text/html; charset=utf-8";
    http_page_begin(b, c->title);
    tr_buf_printf(b, "<p>%zu features. ", tr_collection_count(c));
    http_escape(b, c->layer ? c->layer->attribution : NULL);
    tr_buf_str(b, "</p>\n<ul>\n");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *href = tr_arena_printf(req->arena, "%s%s%s", ways[i].before,
                                           c->id, ways[i].after);

        put_item(b, href, ways[i].text, ways[i].more);
    }
    tr_buf_str(b, "</ul>\n<p>");
    http_page_link(b, "/ogc/collections", "All collections");
    tr_buf_str(b, "</p>\n");
    http_page_end(b);
    return TR_OK;
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
    if (strcmp(http_format(req), "html") == 0)
        return collections_page(req, list, n, res);
    begin(res, &j);
    tr_json_open_map(&j);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", "/ogc/collections");
    put_link(&j, req, "alternate", "text/html", "/ogc/collections?f=html");
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
    if (strcmp(http_format(req), "html") == 0)
        return collection_page(req, &c, res);
    begin(res, &j);
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

static void put_property(struct tr_json *j, const struct tr_column *c)
{
    tr_json_key(j, c->name);
    tr_json_open_map(j);
    tr_json_put_text(j, "title", c->title ? c->title : c->name);
    if (c->type == TR_GEOMETRY)
        tr_json_put_text(j, "format", "geometry-any");
    else
        tr_json_put_text(j, "type", json_type(c->type));
    if (c->type == TR_DATE || c->type == TR_INSTANT)
        tr_json_put_text(j, "format",
                         c->type == TR_DATE ? "date" : "date-time");
    if (c->type == TR_LIST) {
        tr_json_key(j, "items");
        tr_json_open_map(j);
        tr_json_put_text(j, "type", "string");
        tr_json_close_map(j);
    }
    if (c->unit)
        tr_json_put_text(j, "x-ogc-unit", c->unit);
    tr_json_close_map(j);
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
    begin(res, &j);
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
    for (size_t i = 0; i < c.table->n_columns; i++)
        put_property(&j, &c.table->columns[i]);
    tr_json_close_map(&j);
    tr_json_put_bool(&j, "additionalProperties", false);
    tr_json_close_map(&j);
    return TR_OK;
}
