/*
 * http.h - what a handler sees of the web. server.c is the only file that
 * includes <microhttpd.h>, so that handlers can be tested without a socket.
 *
 * A handler reads one immutable snapshot - the audience's, and no other - and
 * fills a response. It never writes an error body: problem.c does that once for
 * all of them, as RFC 9457 problem+json, or as a page for a browser.
 */
#ifndef HTTP_H
#define HTTP_H

#include "terrier/buf.h"
#include "terrier/crs.h"
#include "terrier/encode.h"
#include "terrier/json.h"
#include "terrier/snapshot.h"

#define HTTP_MAX_PARAMS 6
#define HTTP_MAX_QUERY 32

struct http_pair {
    const char *name, *value; /* decoded UTF-8 */
};

struct http_asset { /* a file of the web map, compiled into the program */
    const char *path; /* "/assets/map-1a2b3c.js", "/" for the page */
    const char *content_type;
    const unsigned char *bytes;
    size_t len;
    const char *etag; /* without quotes */
    bool immutable;   /* its name holds its hash */
};

struct http_service { /* what does not change while the server runs */
    const struct http_asset *assets;
    size_t n_assets;
    const char *public_url; /* "" : links are relative to the host asked */
    const char *version;    /* of the program */
    size_t max_answer;      /* bytes of one body */
    size_t tile_budget;
    struct tr_crs_info crs;
};

struct http_request {
    const char *method; /* "GET", "HEAD", "POST" */
    const char *path;   /* decoded, without the query */
    const char *param[HTTP_MAX_PARAMS]; /* path variables, in route order */
    struct http_pair query[HTTP_MAX_QUERY];
    size_t n_query;
    const char *host;          /* as asked; NULL */
    const char *accept;        /* NULL when absent */
    const char *if_none_match; /* NULL when absent */
    bool accepts_gzip;
    const struct http_service *service;
    const struct tr_snapshot *snapshot;
    struct tr_crs *crs; /* this thread's */
    const char *rules; /* text of the adopted run's rule-set, NULL without one */
    struct tr_arena *arena; /* cleared after the response is sent */
};

struct http_response {
    unsigned status;           /* 200 unless a handler says otherwise */
    const char *content_type;  /* static or arena */
    const char *cache_control; /* NULL: "no-cache" - ask again by ETag */
    const char *location;      /* of a redirect; NULL */
    const char *link;          /* a Link header; NULL */
    const char *content_crs;   /* OGC: "<uri>"; NULL */
    const char *allow;         /* methods, with 405 */
    const struct http_asset *asset; /* instead of `body` */
    struct tr_buf body;        /* its ceiling is set by the dispatcher */
};

typedef enum tr_status (*http_handler)(const struct http_request *req,
                                       struct http_response *res,
                                       struct tr_error *err);

struct http_route {
    const char *path; /* "/tiles/{collection}/{z}/{x}/{y}.mvt" */
    http_handler handler;
    const char *summary;           /* for the OpenAPI document */
    const char *const *parameters; /* query names allowed, NULL-ended; a name
                                      that is not there is a 400. NULL: any
                                      property of the collection as well */
};

/* The one table of routes: the router, the OpenAPI document and the tests all
 * read it. */
const struct http_route *http_routes(size_t *n);

/* Find the route of req->path and fill req->param. NULL: no such path. */
const struct http_route *http_route_find(struct http_request *req);

/* Answer: route, check parameters, run the handler, make errors into problems,
 * set the ETag and answer 304. Never fails. `etag` (without quotes) lies in the
 * arena, NULL for what has none. */
void http_answer(struct http_request *req, struct http_response *res,
                 const char **etag);

/* The value of a query parameter, or NULL. */
const char *http_query(const struct http_request *req, const char *name);

/* The one place where a failure becomes an HTTP status. */
unsigned http_status_for(enum tr_status st);

/* Write the problem into `res`: JSON, or a page when the client prefers HTML. */
void http_problem(const struct http_request *req, unsigned status,
                  const char *detail, struct http_response *res);

/* Does the client prefer HTML to JSON (a browser)? `f=` decides when given. */
bool http_wants_html(const struct http_request *req);

/* Text into HTML, escaped. */
void http_escape(struct tr_buf *b, const char *text);

/* "http://host" or the public URL, never with a slash at the end. */
const char *http_base(const struct http_request *req);

/* Percent-decode a path segment or query text into the arena; false when it is
 * broken, holds %00 or is not UTF-8. `plus` turns '+' into a space. */
bool http_decode(struct tr_arena *a, const char *text, size_t len, bool plus,
                 const char **out);
/* Percent-encode a query name or value. */
void http_encode(struct tr_buf *b, const char *text);
/* A query parameter that is a list, "a,b,c"; *out stays NULL when it is absent.
 * TR_ELIMIT above 128 items. */
enum tr_status http_read_list(const struct http_request *req, const char *name,
                              const char *const **out, size_t *n,
                              struct tr_error *err);
/* Split "a=1&b=2" into req->query. False: broken, or too many, or one twice. */
bool http_read_query(struct http_request *req, const char *text);

/* ---- handlers, one file each ---- */

enum tr_status handle_health(const struct http_request *req,
                             struct http_response *res, struct tr_error *err);
enum tr_status handle_version(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_place(const struct http_request *req,
                            struct http_response *res, struct tr_error *err);
enum tr_status handle_tile(const struct http_request *req,
                           struct http_response *res, struct tr_error *err);
enum tr_status handle_tilejson(const struct http_request *req,
                               struct http_response *res,
                               struct tr_error *err);
enum tr_status handle_summary(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_explanation(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err);
enum tr_status handle_near(const struct http_request *req,
                           struct http_response *res, struct tr_error *err);
enum tr_status handle_site_page(const struct http_request *req,
                                struct http_response *res,
                                struct tr_error *err);
enum tr_status handle_landing(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_conformance(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err);
enum tr_status handle_openapi(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_collections(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err);
enum tr_status handle_collection(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err);
enum tr_status handle_queryables(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err);
enum tr_status handle_items(const struct http_request *req,
                            struct http_response *res, struct tr_error *err);
enum tr_status handle_item(const struct http_request *req,
                           struct http_response *res, struct tr_error *err);

#endif
