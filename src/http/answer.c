/* answer.c - from a request to a response: route, check, handle, ETag. */
#include <stdio.h>
#include <string.h>

#include "http/http.h"
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
    const struct http_asset *asset = find_asset(req->service, req->path);
    const struct http_route *route;
    enum tr_status st;

    if (asset) {
        res->asset = asset;
        return TR_OK;
    }
    route = http_route_find(req);
    if (!route)
        return tr_fail(err, TR_ENOTFOUND, "there is no page '%.200s'",
                       req->path);
    req->route = route;
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
    return tr_arena_printf(
        req->arena, "%016llx-%zx",
        (unsigned long long)tr_fast_hash(
            res->body.data ? res->body.data : (const void *)"", res->body.len),
        res->body.len);
}

/* The form of `etag` that the list of If-None-Match holds: itself, or with the
 * suffix of a coding that this client takes; NULL: neither. Weak ones compare
 * equal to strong ones here (RFC 9110, 13.1.2). */
static const char *listed_as(const struct http_request *req, const char *etag)
{
    const char *list = req->if_none_match;
    size_t n = strlen(etag);

    if (strcmp(list, "*") == 0)
        return etag;
    for (const char *p = strstr(list, etag); p; p = strstr(p + 1, etag)) {
        if (p == list || p[-1] != '"')
            continue;
        if (p[n] == '"')
            return etag;
        if (req->accepts_gzip &&
            strncmp(p + n, HTTP_GZIP_SUFFIX "\"", sizeof HTTP_GZIP_SUFFIX) == 0)
            return tr_arena_printf(req->arena, "%s" HTTP_GZIP_SUFFIX, etag);
    }
    return NULL;
}

void http_answer(struct http_request *req, struct http_response *res,
                 const char **etag)
{
    struct tr_error err = TR_ERROR_INIT;
    enum tr_status st;

    *etag = NULL;
    res->status = 200;
    if (strcmp(req->method, "GET") != 0 && strcmp(req->method, "HEAD") != 0) {
        http_problem(req, 405, "only GET and HEAD are answered here", res);
        res->allow = "GET, HEAD";
        return;
    }
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

    const char *held =
        *etag && req->if_none_match ? listed_as(req, *etag) : NULL;

    if (held) {
        *etag = held;
        res->status = 304;
        res->asset = NULL;
        tr_buf_reset(&res->body);
    }
}
