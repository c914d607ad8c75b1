/* handle_openapi.c - GET /ogc/api: this API as OpenAPI 3.0, from the route
 * table.
 */
#include <string.h>

#include "http/admit.h"

static void put_schema(struct tr_json *j, const char *name,
                       const char *const *values, size_t n_values)
{
    bool is_count = strcmp(name, "limit") == 0 || strcmp(name, "offset") == 0;

    tr_json_key(j, "schema");
    tr_json_open_map(j);
    tr_json_put_text(j, "type", is_count ? "integer" : "string");
    if (strcmp(name, "limit") == 0) {
        tr_json_put_int(j, "minimum", 1);
        tr_json_put_int(j, "maximum", TR_QUERY_MAX_LIMIT);
        tr_json_put_int(j, "default", TR_QUERY_DEFAULT_LIMIT);
    } else if (is_count) {
        tr_json_put_int(j, "minimum", 0);
        tr_json_put_int(j, "default", 0);
    }
    if (n_values) {
        tr_json_key(j, "enum");
        tr_json_open_list(j);
        for (size_t i = 0; i < n_values; i++)
            tr_json_text(j, values[i]);
        tr_json_close_list(j);
    }
    tr_json_close_map(j);
}

static void put_parameter(struct tr_json *j, const char *name, const char *in,
                          const char *const *values, size_t n_values)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "name", name);
    tr_json_put_text(j, "in", in);
    tr_json_put_bool(j, "required", strcmp(in, "path") == 0);
    put_schema(j, name, values, n_values);
    tr_json_close_map(j);
}

static void put_path_parameters(struct tr_json *j, const char *path,
                                struct tr_arena *a)
{
    for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{')) {
        const char *name = tr_arena_text(a, p + 1, strcspn(p + 1, "}"));

        if (name)
            put_parameter(j, name, "path", NULL, 0);
    }
}

static void put_format_parameter(struct tr_json *j, const char *formats,
                                 struct tr_arena *a)
{
    const char *names[8];
    size_t n = 0;

    for (const char *p = formats; *p && n < 8;) {
        size_t len = strcspn(p, " ");

        names[n] = tr_arena_text(a, p, len);
        n += names[n] != NULL;
        p += len + strspn(p + len, " ");
    }
    put_parameter(j, "f", "query", names, n);
}

static void put_response(struct tr_json *j, const char *status,
                         const char *description, const char *type)
{
    tr_json_key(j, status);
    tr_json_open_map(j);
    tr_json_put_text(j, "description", description);
    if (type) {
        tr_json_key(j, "content");
        tr_json_open_map(j);
        tr_json_key(j, type);
        tr_json_open_map(j);
        tr_json_close_map(j);
        tr_json_close_map(j);
    }
    tr_json_close_map(j);
}

static const char *media_type(const struct http_route *route)
{
    if (!route->formats)
        return "text/plain";
    if (strcmp(route->formats, "mvt") == 0)
        return "application/vnd.mapbox-vector-tile";
    if (strcmp(route->formats, "png") == 0)
        return "image/png";
    if (strcmp(route->formats, "html") == 0)
        return "text/html";
    return strstr(route->path, "/items") ? "application/geo+json"
                                         : "application/json";
}

static void put_refusals(struct tr_json *j)
{
    static const struct {
        const char *status, *description;
    } list[] = {
        { "401", "nobody is signed in" },
        { "403", "the account may not, or it comes from another site" },
        { "409", "it does not follow what is there" },
        { "413", "the body is too long" },
        { "415", "the body is not JSON" },
        { "422", "something in the body may not be so" },
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        put_response(j, list[i].status, list[i].description,
                     "application/problem+json");
}

/* Who has to be signed in: the operation names the scheme; "owner" is the role
 * that it asks of the account. */
static void put_security(struct tr_json *j, const struct http_route *route,
                         const char *method)
{
    if (!http_needs_session(route, method))
        return;
    tr_json_key(j, "security");
    tr_json_open_list(j);
    tr_json_open_map(j);
    tr_json_key(j, "session");
    tr_json_open_list(j);
    if (route->work->writers == HTTP_OWNERS)
        tr_json_text(j, "owner");
    tr_json_close_list(j);
    tr_json_close_map(j);
    tr_json_close_list(j);
}

static void put_scheme(struct tr_json *j)
{
    tr_json_key(j, "components");
    tr_json_open_map(j);
    tr_json_key(j, "securitySchemes");
    tr_json_open_map(j);
    tr_json_key(j, "session");
    tr_json_open_map(j);
    tr_json_put_text(j, "type", "apiKey");
    tr_json_put_text(j, "in", "cookie");
    tr_json_put_text(j, "name", HTTP_COOKIE);
    tr_json_put_text(j, "description",
                     "from POST /api/session; with it goes X-CSRF-Token");
    tr_json_close_map(j);
    tr_json_close_map(j);
    tr_json_close_map(j);
}

/* A route's id is that of its first method; "getSession" is "postSession" of
 * another. */
static const char *operation_id(const struct http_request *req,
                                const struct http_route *route,
                                const char *method)
{
    static const char usual[] = "get";

    if (strcmp(method, usual) == 0 ||
        strncmp(route->id, usual, sizeof usual - 1) != 0)
        return route->id;
    return tr_arena_printf(req->arena, "%s%s", method,
                           route->id + sizeof usual - 1);
}

/* `method` in small letters. */
static void put_operation(struct tr_json *j, const struct http_request *req,
                          const struct http_route *route, const char *method)
{

    const char *const *query =
        route->parameters ? route->parameters : http_items_query;

    tr_json_key(j, method);
    tr_json_open_map(j);
    tr_json_put_text(j, "operationId", operation_id(req, route, method));
    tr_json_put_text(j, "summary", route->summary);
    put_security(j, route, method);
    tr_json_key(j, "parameters");
    tr_json_open_list(j);
    put_path_parameters(j, route->path, req->arena);
    for (size_t k = 0; query[k]; k++) {
        if (strcmp(query[k], "f") != 0)
            put_parameter(j, query[k], "query", NULL, 0);
    }
    if (route->formats)
        put_format_parameter(j, route->formats, req->arena);
    tr_json_close_list(j);
    tr_json_key(j, "responses");
    tr_json_open_map(j);
    put_response(j, "200", "the answer", media_type(route));
    if (strcmp(method, "get") == 0)
        put_response(j, "304", "what the client holds is current", NULL);
    else
        put_refusals(j);
    put_response(j, "400", "a parameter is unknown or cannot be read",
                 "application/problem+json");
    put_response(j, "default", "a problem (RFC 9457)",
                 "application/problem+json");
    tr_json_close_map(j);
    tr_json_close_map(j);
}

static void put_route(struct tr_json *j, const struct http_request *req,
                      const struct http_route *route)
{
    static const char *const all[][2] = { { "GET", "get" },
                                          { "POST", "post" },
                                          { "DELETE", "delete" } };
    const char *methods = http_methods(route);

    tr_json_key(j, route->path);
    tr_json_open_map(j);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strstr(methods, all[i][0]))
            put_operation(j, req, route, all[i][1]);
    }
    tr_json_close_map(j);
}

enum tr_status handle_openapi(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    size_t n;
    const struct http_route *routes = http_routes(&n);
    struct tr_json j;

    (void)err;
    res->content_type = "application/vnd.oai.openapi+json;version=3.0";
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "openapi", "3.0.3");
    tr_json_key(&j, "info");
    tr_json_open_map(&j);
    tr_json_put_text(&j, "title", "Terrier");
    tr_json_put_text(&j, "version", req->service->version);
    tr_json_close_map(&j);
    tr_json_key(&j, "servers");
    tr_json_open_list(&j);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "url", *http_base(req) ? http_base(req) : "/");
    tr_json_close_map(&j);
    tr_json_close_list(&j);
    tr_json_key(&j, "paths");
    tr_json_open_map(&j);
    for (size_t i = 0; i < n; i++)
        put_route(&j, req, &routes[i]);
    tr_json_close_map(&j);
    put_scheme(&j);
    tr_json_close_map(&j);
    return TR_OK;
}
