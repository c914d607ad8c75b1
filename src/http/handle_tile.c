/* handle_tile.c - GET /tiles/{collection}/{z}/{x}/{y}.mvt and its TileJSON. */
#include <string.h>

#include "http/http.h"

enum { COLLECTION, Z, X, Y }; /* order of the path variables in the route */

bool http_is_of_this_version(const struct http_request *req)
{
    const char *v = http_query(req, "v");

    return v && strlen(v) == HTTP_VERSION_DIGITS &&
           strncmp(v, req->snapshot->version, HTTP_VERSION_DIGITS) == 0;
}

/* ---- what a tile costs, and its name ---- */

#define MANY_SITES  6000 /* in a tile: about 2 ms of work */
#define MANY_TESTED 2000 /* the same, by a filter */
#define MANY_SHAPES 200  /* in a collection of points */

bool handle_tile_is_slow(const struct http_request *req)
{
    const bool has_filter = http_query(req, "filter") != NULL;
    struct tr_collection c;
    struct tr_tile t;
    size_t first, last;

    if (tr_tile_parse(req->param[Z], req->param[X], req->param[Y], &t, NULL) ||
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, NULL))
        return false; /* the answer is an error, which is quick */
    /* The first tile of a zoom simplifies the whole set; the first of a filter
     * asks it of all sites. */
    if (c.kind != TR_OF_SITES)
        return c.geometry != TR_POINT || c.n > MANY_SHAPES;
    tr_snapshot_tile(req->snapshot, t, &first, &last);
    return (has_filter && req->snapshot->n_located > MANY_TESTED) ||
           last - first > MANY_SITES;
}

bool handle_tile_name(const struct http_request *req, struct tr_buf *name)
{
    static const char *const others[] = { "properties", "vintage" };
    const struct tr_cql2 *filter = NULL;

    if (http_read_filter(req, &filter, NULL))
        return false;
    tr_buf_str(name, req->path);
    /* A NUL is in no text that was sent: parts never run together. */
    if (filter) {
        tr_buf_add(name, "\0filter=", 8);
        tr_cql2_print_text(filter, name);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *value = http_query(req, others[i]);

        if (!value)
            continue;
        tr_buf_byte(name, 0);
        tr_buf_str(name, others[i]);
        tr_buf_byte(name, '=');
        tr_buf_str(name, value);
    }
    return true;
}

enum tr_status handle_tile(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    struct tr_tile_options o = { .budget = req->service->tile_budget,
                                 .cache = req->tiles };
    struct tr_collection c;
    struct tr_tile t;
    enum tr_status st =
        tr_tile_parse(req->param[Z], req->param[X], req->param[Y], &t, err);

    if (!st)
        st = tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);
    if (!st)
        st = http_read_filter(req, &o.filter, err);
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    if (!st)
        st = tr_encode_tile(&c, t, &o, req->arena, &res->body, err);
    res->content_type = "application/vnd.mapbox-vector-tile";
    if (http_is_of_this_version(req))
        res->cache_control = HTTP_FOR_GOOD;
    return st;
}

/* The template that clients fill: the same filter and properties, and the
 * version, so that a changed snapshot has other addresses. */
static const char *tile_url(const struct http_request *req,
                            const struct tr_collection *c)
{
    struct tr_buf b;
    const char *url;

    tr_buf_init(&b, 65536);
    tr_buf_printf(&b, "%s/tiles/%s/{z}/{x}/{y}.mvt?v=%.*s", http_base(req),
                  c->id, HTTP_VERSION_DIGITS, req->snapshot->version);
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(req->query[i].name, "v") == 0 ||
            strcmp(req->query[i].name, "f") == 0)
            continue;
        tr_buf_printf(&b, "&%s=", req->query[i].name);
        http_encode(&b, req->query[i].value);
    }
    url = tr_buf_text(&b);
    url = url ? tr_arena_text(req->arena, url, b.len) : NULL;
    tr_buf_clear(&b);
    return url;
}

enum tr_status handle_tilejson(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    struct tr_tile_options o = { 0 };
    struct tr_collection c;
    const char *url;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (!st)
        st = http_read_filter(req, &o.filter, err);
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    if (!st)
        st = tr_tile_check(&c, &o, req->arena, err);
    if (st)
        return st;
    url = tile_url(req, &c);
    if (!url)
        return tr_fail(err, TR_ELIMIT, "the filter is too long");
    tr_encode_tilejson(&c, &o, url, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
