/* router.c - the one table of routes, and finding a path in it. */
#include <string.h>

#include "http/http.h"

static const char *const nothing[] = { NULL };
static const char *const tile_query[] = { "filter", "filter-lang", "properties",
                                          "v", NULL };
static const char *const picture_query[] = { "filter", "filter-lang", "vintage",
                                             "v", NULL };
static const char *const summary_query[] = { "set", "filter", "filter-lang",
                                             NULL };
static const char *const asked[] = { "collection", "filter", "filter-lang",
                                     "bbox",       "near",   "within",
                                     "area",       "sort",   "datetime",
                                     "limit",      "offset", "properties",
                                     "crs",        NULL };
static const char *const item_query[] = { "properties", "crs", NULL };

const struct http_work http_slow = { .is_slow = http_always };
static const struct http_work tile_work = { .is_slow = handle_tile_is_slow,
                                            .name = handle_tile_name };
static const struct http_work ogc_tile_work = { .is_slow =
                                                    handle_ogc_tile_is_slow,
                                                .name = handle_tile_name };
static const struct http_work picture_work = { .is_slow = http_always,
                                               .name = handle_tile_name };
static const struct http_work list_work = { .is_slow = http_is_long_list };
static const struct http_work summary_work = { .is_slow = http_is_large };

static const struct http_work session_work = { .methods =
                                                   "GET, HEAD, POST, DELETE",
                                               .is_slow = http_always };
static const struct http_work decide_work = { .methods = "POST",
                                              .is_slow = http_always,
                                              .writers = HTTP_OWNERS };
static const char *const missing_query[] = { "partner", NULL };

/* Literal segments come before variables that would match them too. */
static const struct http_route routes[] = {
    { "/healthz", handle_health, "getHealth", "is the server alive", NULL,
      nothing, NULL },
    { "/readyz", handle_ready, "getReady", "is it ready to answer", NULL,
      nothing, NULL },
    { "/version", handle_version, "getVersion", "program and data version",
      "json", nothing, NULL },
    { "/metrics", handle_metrics, "getMetrics",
      "what the server did so far, as Prometheus reads it", NULL, nothing,
      NULL },
    { "/api/place", handle_place, "getPlace", "what the map starts with",
      "json", nothing, NULL },
    { "/api/summary", handle_summary, "getSummary",
      "counts by area, partner and class", "json csv", summary_query,
      &summary_work },
    { "/api/query", handle_query, "getQuery",
      "what 'terrier query' prints, byte for byte", "json csv", asked,
      &list_work },
    { "/api/near", handle_near, "getNear",
      "what lies near a point or postcode, nearest first", "json csv", asked,
      &list_work },
    { "/api/sites/{id}/explanation", handle_explanation, "getExplanation",
      "a site's class and its reasons", "json", nothing, NULL },
    { "/api/sites/{id}/decisions", handle_decide, "postDecision",
      "record the owner's agreement or dispute", "json", nothing,
      &decide_work },
    { "/api/runs", handle_runs, "getRuns",
      "the runs that were adopted: what 'terrier runs --json' prints", "json",
      nothing, &http_slow },
    { "/api/missing", handle_missing, "getMissing",
      "the facts that are wanted of partners", "json", missing_query,
      &http_slow },
    { "/api/session", handle_session, "getSession",
      "who is signed in; sign in; sign out", "json", nothing, &session_work },
    { "/sites/{id}", handle_site_page, "getSitePage", "the page of one site",
      "html", nothing, NULL },
    { "/tiles/{collection}.json", handle_tilejson, "getTileJson", "TileJSON",
      "json", tile_query, NULL },
    { "/tiles/{collection}/{z}/{x}/{y}.mvt", handle_tile, "getTile",
      "a vector tile", "mvt", tile_query, &tile_work },
    { "/tiles/{collection}/{z}/{x}/{y}@2x.png", handle_picture_2x,
      "getPicture2x", "a picture tile, 512 pixels", "png", picture_query,
      &picture_work },
    { "/tiles/{collection}/{z}/{x}/{y}.png", handle_picture, "getPicture",
      "a picture tile of a collection, or of the whole map: 'map'", "png",
      picture_query, &picture_work },
    { "/archives/{name}", handle_archive, "getArchive",
      "a pyramid of tiles in one file, whole or in parts", NULL, nothing,
      NULL },
    { "/ogc", handle_landing, "getLandingPageShort", "landing page",
      "json html", nothing, NULL },
    { "/ogc/", handle_landing, "getLandingPage", "landing page", "json html",
      nothing, NULL },
    { "/ogc/api", handle_openapi, "getApi", "this API as OpenAPI 3.0", "json",
      nothing, NULL },
    { "/ogc/conformance", handle_conformance, "getConformance",
      "conformance classes", "json", nothing, NULL },
    { "/ogc/collections", handle_collections, "getCollections",
      "the collections", "json html", nothing, NULL },
    { "/ogc/collections/{collection}", handle_collection, "getCollection",
      "a collection", "json html", nothing, NULL },
    { "/ogc/collections/{collection}/queryables", handle_queryables,
      "getQueryables", "properties that filters may use", "json", nothing,
      NULL },
    { "/ogc/collections/{collection}/schema", handle_queryables, "getSchema",
      "properties that features have", "json", nothing, NULL },
    { "/ogc/tileMatrixSets", handle_matrix_sets, "getTileMatrixSetsList",
      "the tile matrix sets", "json", nothing, NULL },
    { "/ogc/tileMatrixSets/{tileMatrixSetId}", handle_matrix_set,
      "getTileMatrixSet", "a tile matrix set", "json", nothing, NULL },
    { "/ogc/map/tiles", handle_whole_map_sets, "dataset.map.getTileSetsList",
      "the ways in which pictures of the map are cut", "json", nothing, NULL },
    { "/ogc/map/tiles/{tileMatrixSetId}", handle_whole_map_set,
      "dataset.map.getTileSet", "one of them", "json", nothing, NULL },
    { "/ogc/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
      handle_whole_map_tile, "dataset.map.getTile",
      "a picture tile of the whole map", "png", picture_query, &picture_work },
    { "/ogc/collections/{collection}/tiles", handle_tile_sets,
      "collection.vector.getTileSetsList",
      "the ways in which its vector tiles are cut", "json", nothing, NULL },
    { "/ogc/collections/{collection}/tiles/{tileMatrixSetId}", handle_tile_set,
      "collection.vector.getTileSet", "one of them", "json", nothing, NULL },
    { "/ogc/collections/{collection}/tiles/{tileMatrixSetId}/{tileMatrix}/"
      "{tileRow}/{tileCol}",
      handle_ogc_tile, "collection.vector.getTile", "a vector tile", "mvt",
      tile_query, &ogc_tile_work },
    { "/ogc/collections/{collection}/map/tiles", handle_map_sets,
      "collection.map.getTileSetsList",
      "the ways in which its picture tiles are cut", "json", nothing, NULL },
    { "/ogc/collections/{collection}/map/tiles/{tileMatrixSetId}",
      handle_map_set, "collection.map.getTileSet", "one of them", "json",
      nothing, NULL },
    { "/ogc/collections/{collection}/map/tiles/{tileMatrixSetId}/{tileMatrix}/"
      "{tileRow}/{tileCol}",
      handle_map_tile, "collection.map.getTile",
      "a picture tile of one collection", "png", picture_query, &picture_work },
    { "/ogc/collections/{collection}/items", handle_items, "getFeatures",
      "features of a collection", "json csv", NULL, &list_work },
    { "/ogc/collections/{collection}/items/{feature}", handle_item,
      "getFeature", "one feature", "json", item_query, NULL },
};

const struct http_route *http_routes(size_t *n)
{
    *n = sizeof routes / sizeof *routes;
    return routes;
}

#define MAX_SEGMENTS 10

struct segments {
    size_t n;
    const char *list[MAX_SEGMENTS]; /* decoded: "%2F" is a '/' inside one */
};

/* The path is cut first and decoded then, so that an escaped slash belongs to
 * its segment. False: too deep, or no memory. */
static bool split(const struct http_request *req, struct segments *out)
{
    const char *p = req->path;

    out->n = 0;
    while (*p == '/') {
        size_t len = strcspn(++p, "/");

        if (out->n == MAX_SEGMENTS ||
            !http_decode(req->arena, p, len, false, &out->list[out->n]))
            return false;
        out->n++;
        p += len;
    }
    return !*p;
}

/* Match one segment against a pattern such as "{y}.mvt". */
static bool match_segment(const char *pattern, size_t pattern_len,
                          const char *segment, size_t *n_params,
                          struct http_request *req)
{
    const char *close = memchr(pattern, '}', pattern_len);
    size_t len = strlen(segment);

    if (*pattern != '{' || !close)
        return len == pattern_len && memcmp(pattern, segment, len) == 0;

    size_t after = pattern_len - (size_t)(close + 1 - pattern);

    if (len <= after || *n_params == HTTP_MAX_PARAMS ||
        memcmp(close + 1, segment + len - after, after) != 0)
        return false;

    char *value = tr_arena_text(req->arena, segment, len - after);

    req->param[(*n_params)++] = value;
    return value != NULL;
}

static bool match(const char *pattern, const struct segments *s,
                  struct http_request *req)
{
    size_t n_params = 0, i = 0;

    for (; *pattern == '/'; i++) {
        size_t len = strcspn(++pattern, "/");

        if (i == s->n ||
            !match_segment(pattern, len, s->list[i], &n_params, req))
            return false;
        pattern += len;
    }
    return i == s->n;
}

const struct http_route *http_route_find(struct http_request *req)
{
    struct segments s;

    if (!split(req, &s))
        return NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (match(routes[i].path, &s, req))
            return &routes[i];
    }
    return NULL;
}
