/* answer.c - from a request to a response: route, check, handle, ETag. */
#include <stdio.h>
#include <string.h>

#include "http/admit.h"
#include "http/coding.h"
#include "terrier/text.h"

static const struct http_asset *find_asset(const struct http_service *service,
                                           const char *path)
{
    for (size_t i = 0; i < service->n_assets; i++) {
        if (strcmp(service->assets[i].path, path) == 0)
            return &service->assets[i];
    }
    return NULL;
}

void http_find(struct http_request *req)
{
    req->asset = find_asset(req->service, req->path);
    if (!req->asset)
        req->route = http_route_find(req);
}

/* A query parameter that the route does not know is a mistake that the client
 * should hear of: silently ignored, a misspelt filter would answer everything.
 */
static enum tr_status check_parameters(const struct http_route *route,
                                       const struct http_request *req,
                                       struct tr_error *err)
{
    const char *f = http_query(req, "f");

    if (f && route->formats && !http_offers(route->formats, f))
        return tr_fail(err, TR_EINVAL, "f is one of '%s', not '%.60s'",
                       route->formats, f);
    for (size_t i = 0; route->parameters && i < req->n_query; i++) {
        size_t n = 0;
        bool known = route->formats && strcmp(req->query[i].name, "f") == 0;

        for (; route->parameters[n]; n++)
            known =
                known || strcmp(route->parameters[n], req->query[i].name) == 0;
        if (known)
            continue;

        const char *near =
            tr_text_nearest(req->query[i].name, route->parameters, n);

        return tr_fail(err, TR_EINVAL, "unknown parameter '%.60s'%s%s%s",
                       req->query[i].name, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'" : "");
    }
    return TR_OK;
}

static enum tr_status handle(struct http_request *req,
                             struct http_response *res, struct tr_error *err)
{
    const struct http_route *route;
    enum tr_status st;

    if (req->asset) {
        res->asset = req->asset;
        return TR_OK;
    }
    route = req->route;
    if (!route)
        return tr_fail(err, TR_ENOTFOUND, "there is no page '%.200s'",
                       req->path);
    st = check_parameters(route, req, err);
    if (!st)
        st = route->handler(req, res, err);
    if (!st)
        st = tr_buf_status(&res->body, "the answer", err);
    return st;
}

/* A strong ETag: what the bytes are. A tile's would be cheaper from the version
 * and the address, but a hash of the body is never wrong. */
static const char *etag_of(const struct http_request *req,
                           const struct http_response *res)
{
    if (res->asset)
        return res->asset->etag;
    if (res->file_size)
        return res->etag;
    return tr_arena_printf(
        req->arena, "%016llx-%zx",
        (unsigned long long)tr_fast_hash(
            res->body.data ? res->body.data : (const void *)"", res->body.len),
        res->body.len);
}

/* Weak tags compare equal to strong ones here (RFC 9110, 13.1.2). */
const char *http_etag_held(const struct http_request *req, const char *list,
                           const char *etag)
{
    const bool takes[CODINGS] = { true, req->accepts_gzip,
                                  req->accepts_brotli };
    size_t n = strlen(etag);

    if (strcmp(list, "*") == 0)
        return etag;
    for (const char *p = strstr(list, etag); p; p = strstr(p + 1, etag)) {
        if (p == list || p[-1] != '"')
            continue;
        for (int c = 0; c < CODINGS; c++) {
            const char *suffix = coding_suffix((enum coding)c);
            size_t len = strlen(suffix);

            if (takes[c] && strncmp(p + n, suffix, len) == 0 &&
                p[n + len] == '"')
                return tr_arena_printf(req->arena, "%s%s", etag, suffix);
        }
    }
    return NULL;
}

const char *http_methods(const struct http_route *route)
{
    return route && route->work && route->work->methods ? route->work->methods
                                                        : "GET, HEAD";
}

/* Is the method a word of "GET, HEAD"? */
static bool is_listed(const char *methods, const char *method)
{
    size_t n = strlen(method);

    for (const char *p = methods; *p;) {
        size_t len = strcspn(p, ",");

        if (len == n && memcmp(p, method, n) == 0)
            return true;
        p += len;
        p += strspn(p, ", ");
    }
    return false;
}

void http_answer(struct http_request *req, struct http_response *res,
                 const char **etag)
{
    struct tr_error err = TR_ERROR_INIT;
    const char *methods;
    enum tr_status st;

    *etag = NULL;
    res->status = 200;
    if (!req->asset && !req->route)
        http_find(req);
    methods = http_methods(req->route);
    if (!is_listed(methods, req->method)) {
        http_problem(
            req, 405,
            tr_arena_printf(req->arena, "only %s are answered here", methods),
            res);
        res->allow = methods;
        return;
    }
    if (!http_admit(req, res))
        return;
    st = handle(req, res, &err);
    if (st) {
        http_problem(req, http_status_for(st), err.msg, res);
        return;
    }
    if (res->status != 200)
        return;
    if (res->cache_control && strcmp(res->cache_control, "no-store") == 0)
        return;
    *etag = etag_of(req, res);

    const char *held = *etag && req->if_none_match
                           ? http_etag_held(req, req->if_none_match, *etag)
                           : NULL;

    if (held) {
        *etag = held;
        res->status = 304;
        res->asset = NULL;
        res->file_size = 0;
        tr_buf_reset(&res->body);
    }
}
