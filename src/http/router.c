/* router.c - the one table of routes, and finding a path in it. */
#include <string.h>

#include "http/http.h"

static const char *const none[] = { "f", NULL };
static const char *const tile_query[] = { "filter", "properties", "v", NULL };
static const char *const summary_query[] = { "set", "filter", "f", NULL };
static const char *const near_query[] = { "near",  "within", "collection",
                                          "limit", "filter", "properties",
                                          "f",     NULL };

/* Literal segments come before variables that would match them too. */
static const struct http_route routes[] = {
    { "/healthz", handle_health, "is the server alive", none },
    { "/readyz", handle_health, "is it ready to answer", none },
    { "/version", handle_version, "program and data version", none },
    { "/api/place", handle_place, "what the map starts with", none },
    { "/api/summary", handle_summary, "counts by area, partner and class",
      summary_query },
    { "/api/near", handle_near, "what lies near a point or postcode",
      near_query },
    { "/api/sites/{id}/explanation", handle_explanation,
      "a site's class and its reasons", none },
    { "/sites/{id}", handle_site_page, "the page of one site", none },
    { "/tiles/{collection}.json", handle_tilejson, "TileJSON", tile_query },
    { "/tiles/{collection}/{z}/{x}/{y}.mvt", handle_tile, "a vector tile",
      tile_query },
    { "/ogc", handle_landing, "landing page", none },
    { "/ogc/", handle_landing, "landing page", none },
    { "/ogc/api", handle_openapi, "this API as OpenAPI 3.0", none },
    { "/ogc/conformance", handle_conformance, "conformance classes", none },
    { "/ogc/collections", handle_collections, "the collections", none },
    { "/ogc/collections/{collection}", handle_collection, "a collection",
      none },
    { "/ogc/collections/{collection}/queryables", handle_queryables,
      "properties that filters may use", none },
    { "/ogc/collections/{collection}/items", handle_items,
      "features of a collection", NULL },
    { "/ogc/collections/{collection}/items/{feature}", handle_item,
      "one feature", none },
};

const struct http_route *http_routes(size_t *n)
{
    *n = sizeof routes / sizeof *routes;
    return routes;
}

/* Match one segment pattern such as "{y}.mvt" against path[0..len). */
static bool match_segment(const char *pattern, size_t pattern_len,
                          const char *segment, size_t len, size_t *n_params,
                          struct http_request *req)
{
    const char *close = memchr(pattern, '}', pattern_len);

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

static bool match(const char *pattern, struct http_request *req)
{
    const char *path = req->path;
    size_t n_params = 0;

    while (*pattern == '/' && *path == '/') {
        size_t pattern_len = strcspn(++pattern, "/");
        size_t len = strcspn(++path, "/");

        if (!match_segment(pattern, pattern_len, path, len, &n_params, req))
            return false;
        pattern += pattern_len;
        path += len;
    }
    return !*pattern && !*path;
}

const struct http_route *http_route_find(struct http_request *req)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (match(routes[i].path, req))
            return &routes[i];
    }
    return NULL;
}
