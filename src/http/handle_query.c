/* handle_query.c - GET /api/query and /api/near: what `terrier query` prints.
 *
 * The query is read into a struct tr_query, run by analyse and written by
 * encode: the command line does the same with the same words, so that both give
 * the same bytes. */
#include <string.h>

#include "http/http.h"
#include "terrier/text.h"

static enum tr_status read_near(const struct http_request *req,
                                struct tr_query *q, struct tr_error *err)
{
    const char *near = http_query(req, "near");
    const char *within = http_query(req, "within");
    double within_m = 800;

    if (within && !tr_text_to_number(within, &within_m))
        return tr_fail(err, TR_EINVAL,
                       "within is a distance in metres, not '%.60s'", within);
    if (!near)
        return TR_OK;
    q->sort = "distance";
    return tr_query_near(req->snapshot, req->crs, near, within_m, q, err);
}

static enum tr_status read_query(const struct http_request *req,
                                 struct tr_query *q, struct tr_error *err)
{
    const char *collection = http_query(req, "collection");
    const char *bbox = http_query(req, "bbox");
    const char *area = http_query(req, "area");
    const char *datetime = http_query(req, "datetime");
    const char *sort = http_query(req, "sort");
    enum tr_status st = http_read_filter(req, &q->filter, err);

    q->collection = collection ? collection : "sites";
    if (!st)
        st = read_near(req, q, err);
    if (!st && bbox)
        st = tr_query_bbox(bbox, q, err);
    if (!st && area)
        st = tr_query_area(area, req->arena, q, err);
    if (!st && datetime)
        st = tr_query_datetime(datetime, q, err);
    if (sort)
        q->sort = sort;
    return st;
}

static enum tr_status answer(const struct http_request *req,
                             struct http_response *res, long long limit,
                             struct tr_error *err)
{
    struct tr_feature_options o = { .srid = 4326, .has_envelope = true };
    struct tr_query q = { 0 };
    struct tr_query_result r;
    const char *crs = http_query(req, "crs");
    long long offset = 0;
    enum tr_status st = read_query(req, &q, err);

    if (!st)
        st = http_read_count(req, "limit", 1, &limit, err);
    if (!st)
        st = http_read_count(req, "offset", 0, &offset, err);
    if (!st && crs)
        st = tr_crs_parse(crs, &o.srid, err);
    if (!st && o.srid != 4326 && o.srid != 27700)
        st = tr_fail(err, TR_EINVAL, "crs is EPSG:4326 or EPSG:27700");
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    q.limit = limit > TR_QUERY_MAX_LIMIT ? TR_QUERY_MAX_LIMIT : (size_t)limit;
    q.offset = (size_t)offset;
    if (!st)
        st = tr_query_run(req->snapshot, &q, req->arena, &r, err);
    return st ? st : http_write_features(req, &r, &o, res, err);
}

enum tr_status handle_query(const struct http_request *req,
                            struct http_response *res, struct tr_error *err)
{
    return answer(req, res, TR_QUERY_MAX_LIMIT, err);
}

enum tr_status handle_near(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    if (!http_query(req, "near"))
        return tr_fail(err, TR_EINVAL,
                       "near is missing: near=LON,LAT or near=POSTCODE");
    return answer(req, res, TR_QUERY_DEFAULT_LIMIT, err);
}
