/* handle_items.c - OGC API Features: the features of a collection, and
 * /api/near.
 *
 * The query is read into a struct tr_query, run by analyse and written by
 * encode: the command line does the same, so both give the same bytes. */
#include <string.h>

#include "http/http.h"
#include "terrier/text.h"

enum { COLLECTION, FEATURE };

static const char *const known[] = { "f",          "limit",      "offset",
                                     "bbox",       "filter",     "filter-lang",
                                     "properties", "sortby",     "crs",
                                     "bbox-crs",   "filter-crs", NULL };

static bool is_known(const char *name)
{
    for (size_t i = 0; known[i]; i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

static enum tr_status read_count(const struct http_request *req,
                                 const char *name, long long low,
                                 long long *out, struct tr_error *err)
{
    const char *text = http_query(req, name);

    if (!text)
        return TR_OK;
    if (!tr_text_to_int(text, out) || *out < low)
        return tr_fail(err, TR_EINVAL,
                       "%s is a whole number from %lld, not '%.60s'", name, low,
                       text);
    return TR_OK;
}

/* `property=value` is a filter too: equal as text. */
static enum tr_status add_equals(const struct http_request *req,
                                 const struct tr_collection *c,
                                 const char *name, const char *value,
                                 struct tr_buf *filter, struct tr_error *err)
{
    const struct tr_column *column = tr_table_column(c->table, name);
    double number;

    (void)req;
    if (!column) {
        const char *near = tr_text_nearest(name, known, 11);

        return tr_fail(err, TR_EINVAL, "unknown parameter '%.60s'%s%s%s", name,
                       near ? ", did you mean '" : "", near ? near : "",
                       near ? "'" : "");
    }
    if (filter->len)
        tr_buf_str(filter, " AND ");
    tr_buf_printf(filter, "\"%s\" = ", name);
    if (column->type == TR_TEXT) {
        tr_buf_byte(filter, '\'');
        for (; *value; value++) {
            if (*value == '\'')
                tr_buf_byte(filter, '\'');
            tr_buf_byte(filter, (unsigned char)*value);
        }
        tr_buf_byte(filter, '\'');
    } else if (column->type == TR_BOOLEAN &&
               (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)) {
        tr_buf_str(filter, value);
    } else if ((column->type == TR_INTEGER || column->type == TR_NUMBER) &&
               tr_text_to_number(value, &number)) {
        tr_buf_number(filter, number);
    } else {
        return tr_fail(err, TR_EINVAL, "'%.60s' is a %s; '%.60s' is not", name,
                       tr_type_name(column->type), value);
    }
    return TR_OK;
}

static enum tr_status read_filter(const struct http_request *req,
                                  const struct tr_collection *c,
                                  struct tr_query *q, struct tr_error *err)
{
    const char *text = http_query(req, "filter");
    const char *lang = http_query(req, "filter-lang");
    struct tr_buf b;
    enum tr_status st = TR_OK;

    if (lang && strcmp(lang, "cql2-text") != 0 &&
        strcmp(lang, "cql2-json") != 0)
        return tr_fail(err, TR_EINVAL,
                       "filter-lang is cql2-text or cql2-json, not '%.60s'",
                       lang);
    if (text && *text && lang && strcmp(lang, "cql2-json") == 0) {
        const struct tr_node *json;

        st =
            tr_json_parse(text, strlen(text), "filter", req->arena, &json, err);
        if (!st)
            st = tr_cql2_parse_json(json, req->arena, &q->filter, err);
        return st ? tr_fail_at(err, TR_EINVAL, "filter") : TR_OK;
    }
    tr_buf_init(&b, 65536);
    if (text && *text)
        tr_buf_printf(&b, "(%s)", text);
    for (size_t i = 0; !st && i < req->n_query; i++) {
        if (!is_known(req->query[i].name))
            st = add_equals(req, c, req->query[i].name, req->query[i].value, &b,
                            err);
    }
    if (!st && b.len) {
        const char *all = tr_buf_text(&b);
        bool alone = text && b.len == strlen(text) + 2;

        all = all ? tr_arena_text(req->arena, all, b.len) : NULL;
        st = all ? tr_cql2_parse_text(alone ? text : all, TR_CQL2_QUERY,
                                      req->arena, &q->filter, NULL, err)
                 : tr_fail(err, TR_ELIMIT, "the filter is too long");
        if (st)
            st = tr_fail_at(err, st, "filter");
    }
    tr_buf_clear(&b);
    return st;
}

static const struct {
    const char *uri;
    int srid;
    bool lat_first; /* EPSG's own axis order */
} crs_uris[] = {
    { "http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, false },
    { "http://www.opengis.net/def/crs/EPSG/0/27700", 27700, false },
};

static enum tr_status read_crs(const struct http_request *req, int *srid,
                               const char **uri, struct tr_error *err)
{
    const char *text = http_query(req, "crs");

    *srid = crs_uris[0].srid;
    *uri = crs_uris[0].uri;
    for (size_t i = 0; text && i < sizeof crs_uris / sizeof *crs_uris; i++) {
        if (strcmp(text, crs_uris[i].uri) == 0) {
            *srid = crs_uris[i].srid;
            *uri = crs_uris[i].uri;
            return TR_OK;
        }
    }
    if (text)
        return tr_fail(err, TR_EINVAL, "unknown crs '%.100s': use %s or %s",
                       text, crs_uris[0].uri, crs_uris[1].uri);
    return TR_OK;
}

static enum tr_status read_query(const struct http_request *req,
                                 const struct tr_collection *c,
                                 struct tr_query *q, struct tr_error *err)
{
    long long limit = TR_QUERY_DEFAULT_LIMIT, offset = 0;
    const char *bbox = http_query(req, "bbox");
    const char *bbox_crs = http_query(req, "bbox-crs");
    enum tr_status st = read_count(req, "limit", 1, &limit, err);

    if (!st)
        st = read_count(req, "offset", 0, &offset, err);
    if (!st && bbox_crs && strcmp(bbox_crs, crs_uris[0].uri) != 0)
        st = tr_fail(err, TR_EINVAL, "bbox-crs must be %s", crs_uris[0].uri);
    if (!st && bbox)
        st = tr_query_bbox(bbox, q, err);
    if (!st)
        st = read_filter(req, c, q, err);
    /* Above the largest page is not an error (OGC 17-069r4, 7.15.2). */
    q->limit = limit > TR_QUERY_MAX_LIMIT ? TR_QUERY_MAX_LIMIT : (size_t)limit;
    q->offset = (size_t)offset;
    q->sort = http_query(req, "sortby");
    return st;
}

/* ---- links ---- */

/* This page's address with another offset: every other parameter is kept. */
static void put_page_link(struct tr_json *j, const struct http_request *req,
                          const char *rel, size_t offset)
{
    struct tr_buf b;

    tr_buf_init(&b, 65536);
    tr_buf_printf(&b, "%s%s?", http_base(req), req->path);
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(req->query[i].name, "offset") == 0)
            continue;
        http_encode(&b, req->query[i].name);
        tr_buf_byte(&b, '=');
        http_encode(&b, req->query[i].value);
        tr_buf_byte(&b, '&');
    }
    if (offset)
        tr_buf_printf(&b, "offset=%zu", offset);
    else if (b.len && (b.data[b.len - 1] == '&' || b.data[b.len - 1] == '?'))
        b.len--;
    tr_json_open_map(j);
    tr_json_put_text(j, "rel", rel);
    tr_json_put_text(j, "type", "application/geo+json");
    tr_json_put_text(j, "href", tr_buf_text(&b) ? tr_buf_text(&b) : "");
    tr_json_close_map(j);
    tr_buf_clear(&b);
}

static const char *page_links(const struct http_request *req,
                              const struct tr_query *q,
                              const struct tr_query_result *r)
{
    struct tr_buf b;
    struct tr_json j;
    const char *text;

    tr_buf_init(&b, 262144);
    tr_json_init(&j, &b);
    tr_json_open_list(&j);
    put_page_link(&j, req, "self", q->offset);
    if (q->offset + r->n < r->matched)
        put_page_link(&j, req, "next", q->offset + r->n);
    if (q->offset)
        put_page_link(&j, req, "prev",
                      q->offset > q->limit ? q->offset - q->limit : 0);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "rel", "collection");
    tr_json_put_text(&j, "type", "application/json");
    tr_json_key(&j, "href");
    tr_json_text(&j, tr_arena_printf(req->arena, "%s/ogc/collections/%s",
                                     http_base(req), r->collection.id));
    tr_json_close_map(&j);
    tr_json_close_list(&j);
    text = tr_buf_text(&b);
    text = text ? tr_arena_text(req->arena, text, b.len) : NULL;
    tr_buf_clear(&b);
    return text;
}

/* ---- answers ---- */

static enum tr_status write_result(const struct http_request *req,
                                   const struct tr_query_result *r,
                                   const struct tr_feature_options *o,
                                   struct http_response *res,
                                   struct tr_error *err)
{
    const char *f = http_query(req, "f");

    if (f && strcmp(f, "csv") == 0) {
        res->content_type = "text/csv; charset=utf-8; header=present";
        return tr_encode_csv(r, o, &res->body, err);
    }
    if (f && strcmp(f, "json") != 0)
        return tr_fail(err, TR_EINVAL, "f is json or csv, not '%.60s'", f);
    res->content_type = "application/geo+json";
    return tr_encode_geojson(r, o, &res->body, err);
}

enum tr_status handle_items(const struct http_request *req,
                            struct http_response *res, struct tr_error *err)
{
    struct tr_feature_options o = { .has_envelope = true };
    struct tr_query q = { .collection = req->param[COLLECTION] };
    struct tr_collection c;
    struct tr_query_result r;
    const char *uri;
    enum tr_status st =
        tr_collection_open(req->snapshot, q.collection, &c, err);

    if (!st)
        st = read_query(req, &c, &q, err);
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    if (!st)
        st = read_crs(req, &o.srid, &uri, err);
    if (!st)
        st = tr_query_run(req->snapshot, &q, req->arena, &r, err);
    if (st)
        return st;
    o.links_json = page_links(req, &q, &r);
    res->content_crs = tr_arena_printf(req->arena, "<%s>", uri);
    return write_result(req, &r, &o, res, err);
}

enum tr_status handle_item(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    struct tr_feature_options o = { .srid = 4326 };
    struct tr_collection c;
    size_t row;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (st)
        return st;
    row = tr_collection_find(&c, req->param[FEATURE]);
    if (row == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "no feature '%.60s' in '%s'",
                       req->param[FEATURE], c.id);
    res->content_type = "application/geo+json";
    res->content_crs = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>";
    return tr_encode_feature(&c, row, &o, &res->body, err);
}

enum tr_status handle_near(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    const char *near = http_query(req, "near");
    const char *within = http_query(req, "within");
    const char *collection = http_query(req, "collection");
    struct tr_feature_options o = { .srid = 4326, .has_envelope = true };
    struct tr_query q = { .collection = collection ? collection : "sites",
                          .sort = "distance" };
    struct tr_query_result r;
    double within_m = 800;
    long long limit = TR_QUERY_DEFAULT_LIMIT;
    const char *text = http_query(req, "filter");
    enum tr_status st = read_count(req, "limit", 1, &limit, err);

    if (!st && !near)
        st = tr_fail(err, TR_EINVAL,
                     "near is missing: near=LON,LAT or near=POSTCODE");
    if (!st && within && !tr_text_to_number(within, &within_m))
        st = tr_fail(err, TR_EINVAL,
                     "within is a distance in metres, not '%.60s'", within);
    if (!st)
        st = tr_query_near(req->snapshot, req->crs, near, within_m, &q, err);
    if (!st && text && *text)
        st = tr_cql2_parse_text(text, TR_CQL2_QUERY, req->arena, &q.filter,
                                NULL, err);
    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    q.limit = limit > TR_QUERY_MAX_LIMIT ? TR_QUERY_MAX_LIMIT : (size_t)limit;
    if (!st)
        st = tr_query_run(req->snapshot, &q, req->arena, &r, err);
    return st ? st : write_result(req, &r, &o, res, err);
}
