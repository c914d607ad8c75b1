/* handle_tile.c - GET /tiles/{collection}/{z}/{x}/{y}.mvt and its TileJSON. */
#include <string.h>

#include "http/http.h"

enum { COLLECTION, Z, X, Y }; /* order of the path variables in the route */

static enum tr_status read_filter(const struct http_request *req,
                                  const struct tr_cql2 **out,
                                  struct tr_error *err)
{
    const char *text = http_query(req, "filter");
    enum tr_status st;

    if (!text || !*text)
        return TR_OK;
    st = tr_cql2_parse_text(text, TR_CQL2_QUERY, req->arena, out, NULL, err);
    return st ? tr_fail_at(err, st, "filter") : TR_OK;
}

enum tr_status handle_tile(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    struct tr_tile_options o = { .budget = req->service->tile_budget };
    struct tr_collection c;
    struct tr_tile t;
    enum tr_status st =
        tr_tile_parse(req->param[Z], req->param[X], req->param[Y], &t, err);

    if (!st)
        st = tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);
    if (!st)
        st = read_filter(req, &o.filter, err);
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    if (!st)
        st = tr_encode_tile(&c, t, &o, req->arena, &res->body, err);
    res->content_type = "application/vnd.mapbox-vector-tile";
    /* With the version in its address a tile never changes. */
    if (http_query(req, "v"))
        res->cache_control = "max-age=31536000, immutable";
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
    tr_buf_printf(&b, "%s/tiles/%s/{z}/{x}/{y}.mvt?v=%.16s", http_base(req),
                  c->id, req->snapshot->version);
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(req->query[i].name, "v") == 0)
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
    struct tr_collection c;
    const struct tr_cql2 *filter = NULL;
    const char *url;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (!st)
        st = read_filter(req, &filter, err);
    if (st)
        return st;
    url = tile_url(req, &c);
    if (!url)
        return tr_fail(err, TR_ELIMIT, "the filter is too long");
    tr_encode_tilejson(&c, url, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
