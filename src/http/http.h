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

#include <stdatomic.h>

#include "terrier/buf.h"
#include "terrier/crs.h"
#include "terrier/encode.h"
#include "terrier/json.h"
#include "terrier/snapshot.h"

#define HTTP_MAX_PARAMS 6
#define HTTP_MAX_QUERY  32

struct account; /* store/accounts.h */

struct http_pair {
    const char *name, *value; /* decoded UTF-8 */
};

struct http_asset {   /* a file of the web map, compiled into the program */
    const char *path; /* "/assets/map-1a2b3c.js", "/" for the page */
    const char *content_type;
    const unsigned char *bytes;
    size_t len;
    const char *etag; /* without quotes */
    bool immutable;   /* its name holds its hash */
};

/* What /metrics tells. Written by the server while it runs: what each request
 * writes has a lane, so that threads do not fight over one cache line. */
#define HTTP_STATUSES 600
#define HTTP_LANES    16u
struct http_lane {
    _Alignas(64) atomic_ullong by_status[HTTP_STATUSES];
    atomic_ullong microseconds; /* spent on making answers, all together */
    atomic_int under_way;       /* requests; the sum counts, not one lane's */
};

struct http_gauges { /* read from the server's parts when asked for */
    uint64_t hits, misses, evicted, entries, bytes, files; /* the tile cache */
    uint64_t connections, connections_cut;
    uint64_t slow_waiting, slow_refused, slow_late;
};

struct http_counters {
    int64_t started; /* instant */
    struct http_lane lanes[HTTP_LANES];
    atomic_ullong swaps;             /* of the snapshot, since the start */
    atomic_llong build_microseconds; /* of the snapshot in use */
    atomic_bool stopping;            /* no longer ready */
    /* NULL: no server behind it */
    void (*read_gauges)(struct http_counters *c, struct http_gauges *out);
};

struct http_service { /* what does not change while the server runs */
    const struct http_asset *assets;
    size_t n_assets;
    const char *public_url; /* "" : links are relative to the host asked */
    const char *version;    /* of the program */
    const char *store;      /* where it is: for what is not in the snapshot;
                               NULL: there is none */
    size_t max_answer;      /* bytes of one body */
    size_t tile_budget;
    const struct http_archive *archive; /* NULL: none */
    struct tr_crs_info crs;
    struct http_counters *counters; /* never NULL */
    struct http_painters *painters; /* painters.h; NULL: one for each picture */
};

struct http_request {
    const char *method; /* "GET", "HEAD", "POST" */
    const char *path;   /* as sent, not decoded, without the query */
    const char *param[HTTP_MAX_PARAMS]; /* path variables, decoded, in the
                                           order of the route */
    const struct http_route *route;     /* NULL: none, or an asset */
    struct http_pair query[HTTP_MAX_QUERY];
    size_t n_query;
    const char *host;                  /* as asked; NULL */
    const char *accept;                /* NULL when absent */
    const char *if_none_match;         /* NULL when absent */
    const char *range, *if_range;      /* the same */
    const char *content_type, *origin; /* the same; of a POST */
    const char *cookie, *csrf;         /* the same: Cookie, X-CSRF-Token */
    const struct account *account;     /* who is signed in, where the route asks
                                          for it; else NULL */
    const void *body;                  /* of a POST, at most 1 MiB */
    size_t body_len;
    bool accepts_gzip, accepts_brotli;
    const struct http_asset *asset; /* found by http_find() */
    const struct http_service *service;
    const struct tr_snapshot *snapshot;
    struct tr_tile_cache *tiles; /* of the snapshot; NULL: none */
    struct tr_crs *crs;          /* this thread's */
    const char
        *rules; /* text of the adopted run's rule-set, NULL without one */
    struct tr_arena *arena; /* cleared after the response is sent */
};

struct http_response {
    unsigned status;                /* 200 unless a handler says otherwise */
    const char *content_type;       /* static or arena */
    const char *cache_control;      /* NULL: "no-cache" - ask again by ETag */
    const char *content_crs;        /* OGC: "<uri>"; NULL */
    const char *content_range;      /* of a part; NULL */
    const char *allow;              /* methods, with 405 */
    const char *set_cookie;         /* NULL */
    bool is_private;                /* whoever else may see the snapshot */
    const struct http_asset *asset; /* instead of `body` */
    int file; /* instead of `body`, when file_size is not 0: a
                           descriptor, the handler's, of which parts may be asked */
    uint64_t file_size;
    const char *etag;   /* of a file: without quotes */
    struct tr_buf body; /* its ceiling is set by the dispatcher */
};

enum http_writers { /* who may ask a route for more than GET and HEAD */
                    HTTP_ANYBODY,
                    HTTP_SIGNED_IN,
                    HTTP_OWNERS /* whose account speaks for an owner */
};

/* What a route costs and whether its answers are kept: see README.md. */
struct http_work {
    const char *methods; /* "POST", "GET, HEAD, POST"; NULL: "GET, HEAD" */
    /* May this request take over 2 ms? Then it is done by the pool, and may be
     * refused when that is busy. Called by an I/O thread: it must be quick.
     * NULL: never. */
    bool (*is_slow)(const struct http_request *req);
    /* Append the name of the answer: the same for requests whose answers are
     * the same bytes for one snapshot and coding, so with parameters in a normal
     * form, but without v= (the path alone for a request without parameters).
     * False: it is wrong or not worth keeping. NULL: never kept. */
    bool (*name)(const struct http_request *req, struct tr_buf *name);
    enum http_writers writers; /* see admit.h */
};
extern const struct http_work http_slow; /* always slow, never kept */

typedef enum tr_status (*http_handler)(const struct http_request *req,
                                       struct http_response *res,
                                       struct tr_error *err);

struct http_route {
    const char *path; /* "/tiles/{collection}/{z}/{x}/{y}.mvt" */
    http_handler handler;
    const char *id;      /* operationId of the OpenAPI document */
    const char *summary; /* for the same */
    const char *formats; /* what f= may ask for, the usual one first: "json
                            csv"; NULL: no f= */
    const char *const *parameters; /* query names allowed, NULL-ended; a name
                                      that is not there is a 400. NULL: any
                                      property of the collection as well */
    const struct http_work *work;  /* NULL: always quick, never kept */
};

/* The one table of routes: the router, the OpenAPI document and the tests all
 * read it. */
const struct http_route *http_routes(size_t *n);

/* What may be asked of it: "GET, HEAD". NULL: the usual. */
const char *http_methods(const struct http_route *route);

/* Find the route of req->path and fill req->param. NULL: no such path. */
const struct http_route *http_route_find(struct http_request *req);

/* Fill req->asset, or req->route and req->param, from req->path; both NULL: no
 * such path. */
void http_find(struct http_request *req);

/* The form of `etag` that an If-None-Match `list` holds: itself, or with the
 * suffix of a coding that this client takes; NULL: neither. */
const char *http_etag_held(const struct http_request *req, const char *list,
                           const char *etag);

/* Answer: route, check parameters, run the handler, make errors into problems,
 * set the ETag and answer 304. Never fails. `etag` (without quotes) lies in the
 * arena, NULL for what has none; of a 304, it is the one that the client
 * holds. */
void http_answer(struct http_request *req, struct http_response *res,
                 const char **etag);

/* The value of a query parameter, or NULL. */
const char *http_query(const struct http_request *req, const char *name);

/* The one place where a failure becomes an HTTP status. */
unsigned http_status_for(enum tr_status st);

/* Write the problem into `res`: JSON, or a page when the client prefers HTML.
 */
void http_problem(const struct http_request *req, unsigned status,
                  const char *detail, struct http_response *res);

/* Does the client prefer HTML to JSON (a browser)? `f=` decides when given. */
bool http_wants_html(const struct http_request *req);

/* The one of the route's formats to answer in: f=, else HTML for a browser
 * where there is some, else the usual one. */
const char *http_format(const struct http_request *req);
/* Is `name` among the words of `formats`? */
bool http_offers(const char *formats, const char *name);

/* Text into HTML, escaped; NULL is nothing. */
void http_escape(struct tr_buf *b, const char *text);

/* The weight of a name in a header such as Accept-Encoding, in thousandths; 0:
 * refused, or not named. */
int http_weight(const char *list, const char *name);
/* Is a coding among those of an Accept-Encoding header (NULL: none), and not
 * with a weight of zero? */
bool http_accepts(const char *list, const char *coding);

/* May a request with this Host header see what is not public: a loopback name or
 * address, or the host of the public URL? NULL and "" may not. */
bool http_host_is_ours(const char *host, const char *public_url);

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

/* A whole number from `low`; *out stays as it is when it is absent. */
enum tr_status http_read_count(const struct http_request *req, const char *name,
                               long long low, long long *out,
                               struct tr_error *err);
/* filter= in the language of filter-lang=; *out stays NULL without one. */
enum tr_status http_read_filter(const struct http_request *req,
                                const struct tr_cql2 **out,
                                struct tr_error *err);
/* The features found, as GeoJSON or CSV. */
enum tr_status http_write_features(const struct http_request *req,
                                   const struct tr_query_result *r,
                                   const struct tr_feature_options *o,
                                   struct http_response *res,
                                   struct tr_error *err);

/* A page for a browser: its head with the title, as heading too; its end. */
void http_page_begin(struct tr_buf *b, const char *title);
void http_page_end(struct tr_buf *b);
/* A link whose text and address are escaped. */
void http_page_link(struct tr_buf *b, const char *href, const char *text);

/* Does the request's address hold the version of the snapshot, in `v`? Then its
 * answer never changes - that version's, which may be gone when an old page still
 * asks for it. */
#define HTTP_VERSION_DIGITS 16 /* enough to tell versions apart */
#define HTTP_FOR_GOOD       "max-age=31536000, immutable"
bool http_is_of_this_version(const struct http_request *req);

/* A view of a collection, or of the whole map ("map"), as PNG: filter= and
 * vintage= are read here. */
struct tr_raster_view;
enum tr_status http_draw(const struct http_request *req, const char *collection,
                         const struct tr_raster_view *v, double scale,
                         struct http_response *res, struct tr_error *err);

/* The query names that items understands; any other is a property's. */
extern const char *const http_items_query[];

/* Reasons to be slow: always; many sites to look at; a long page or a condition
 * over many. */
bool http_always(const struct http_request *req);
bool http_is_large(const struct http_request *req);
bool http_is_long_list(const struct http_request *req);

/* ---- handlers, one file each ---- */

enum tr_status handle_archive(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);

bool handle_tile_is_slow(const struct http_request *req);
bool handle_ogc_tile_is_slow(const struct http_request *req);
bool handle_tile_name(const struct http_request *req, struct tr_buf *name);

enum tr_status handle_ready(const struct http_request *req,
                            struct http_response *res, struct tr_error *err);
enum tr_status handle_metrics(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_query(const struct http_request *req,
                            struct http_response *res, struct tr_error *err);

enum tr_status handle_session(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_decide(const struct http_request *req,
                             struct http_response *res, struct tr_error *err);
enum tr_status handle_runs(const struct http_request *req,
                           struct http_response *res, struct tr_error *err);
enum tr_status handle_missing(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_health(const struct http_request *req,
                             struct http_response *res, struct tr_error *err);
enum tr_status handle_version(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_place(const struct http_request *req,
                            struct http_response *res, struct tr_error *err);
enum tr_status handle_tile(const struct http_request *req,
                           struct http_response *res, struct tr_error *err);
/* The map, or one collection of it, as a picture; with twice the pixels. */
enum tr_status handle_picture(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_picture_2x(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err);
/* OGC API Tiles. */
enum tr_status handle_matrix_sets(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err);
enum tr_status handle_matrix_set(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err);
enum tr_status handle_tile_sets(const struct http_request *req,
                                struct http_response *res,
                                struct tr_error *err);
enum tr_status handle_tile_set(const struct http_request *req,
                               struct http_response *res, struct tr_error *err);
enum tr_status handle_ogc_tile(const struct http_request *req,
                               struct http_response *res, struct tr_error *err);
enum tr_status handle_map_sets(const struct http_request *req,
                               struct http_response *res, struct tr_error *err);
enum tr_status handle_map_set(const struct http_request *req,
                              struct http_response *res, struct tr_error *err);
enum tr_status handle_map_tile(const struct http_request *req,
                               struct http_response *res, struct tr_error *err);
enum tr_status handle_whole_map_sets(const struct http_request *req,
                                     struct http_response *res,
                                     struct tr_error *err);
enum tr_status handle_whole_map_set(const struct http_request *req,
                                    struct http_response *res,
                                    struct tr_error *err);
enum tr_status handle_whole_map_tile(const struct http_request *req,
                                     struct http_response *res,
                                     struct tr_error *err);
enum tr_status handle_tilejson(const struct http_request *req,
                               struct http_response *res, struct tr_error *err);
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
