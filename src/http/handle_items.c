/* handle_items.c - OGC API Features: the features of a collection. */
#include <string.h>

#include "http/http.h"
#include "terrier/date.h"
#include "terrier/text.h"

enum { COLLECTION, FEATURE };

const char *const http_items_query[] = { "limit",       "offset",     "bbox",
                                         "bbox-crs",    "datetime",   "filter",
                                         "filter-lang", "filter-crs", "sortby",
                                         "properties",  "crs",        "f",
                                         NULL };

static bool is_known(const char *name)
{
    for (size_t i = 0; http_items_query[i]; i++) {
        if (strcmp(http_items_query[i], name) == 0)
            return true;
    }
    return false;
}

/* ---- property=value ---- */

static enum tr_status unknown_name(const struct tr_collection *c,
                                   const char *name, struct tr_error *err)
{
    const char *names[512];
    size_t n = 0;

    for (size_t i = 0; http_items_query[i]; i++)
        names[n++] = http_items_query[i];
    for (size_t i = 0; i < c->table->n_columns && n < 512; i++)
        names[n++] = c->table->columns[i].name;

    const char *near = tr_text_nearest(name, names, n);

    return tr_fail(err, TR_EINVAL, "unknown parameter '%.60s'%s%s%s", name,
                   near ? ", did you mean '" : "", near ? near : "",
                   near ? "'" : "");
}

static void put_quoted(struct tr_buf *b, const char *text)
{
    tr_buf_byte(b, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            tr_buf_byte(b, '\'');
        tr_buf_byte(b, (unsigned char)*text);
    }
    tr_buf_byte(b, '\'');
}

/* One of them as CQL2: equal, as what the property is; among a list. */
static enum tr_status put_equals(const struct tr_collection *c,
                                 const char *name, const char *value,
                                 struct tr_buf *filter, struct tr_error *err)
{
    const struct tr_column *column = tr_table_column(c->table, name);
    bool fits = true;
    double number;
    int32_t date;

    if (!column)
        return unknown_name(c, name, err);
    if (filter->len)
        tr_buf_str(filter, " AND ");
    tr_buf_printf(filter,
                  column->type == TR_LIST ? "has(\"%s\", " : "\"%s\" = ", name);
    switch (column->type) {
    case TR_TEXT: put_quoted(filter, value); break;
    case TR_LIST:
        put_quoted(filter, value);
        tr_buf_byte(filter, ')');
        break;
    case TR_BOOLEAN:
        fits = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
        tr_buf_str(filter, value);
        break;
    case TR_INTEGER:
    case TR_NUMBER:
        fits = tr_text_to_number(value, &number);
        if (fits)
            tr_buf_number(filter, number);
        break;
    case TR_DATE:
        fits = tr_date_parse(value, "yyyy-mm-dd", &date);
        tr_buf_printf(filter, "DATE('%s')", fits ? value : "");
        break;
    case TR_INSTANT:
    case TR_GEOMETRY: fits = false; break;
    }
    if (!fits)
        return tr_fail(err, TR_EINVAL,
                       "'%.60s' is a %s, and '%.60s' is none that can be "
                       "asked for like this",
                       name, tr_type_name(column->type), value);
    return TR_OK;
}

static enum tr_status read_properties(const struct http_request *req,
                                      const struct tr_collection *c,
                                      struct tr_query *q, struct tr_error *err)
{
    struct tr_buf b;
    enum tr_status st = TR_OK;

    tr_buf_init(&b, 65536);
    for (size_t i = 0; !st && i < req->n_query; i++) {
        if (!is_known(req->query[i].name))
            st =
                put_equals(c, req->query[i].name, req->query[i].value, &b, err);
    }
    if (!st && b.len)
        st = tr_buf_text(&b)
                 ? tr_cql2_parse_text(tr_buf_text(&b), TR_CQL2_QUERY,
                                      req->arena, &q->also, NULL, err)
                 : tr_fail(err, TR_ELIMIT, "the request is too long");
    tr_buf_clear(&b);
    return st;
}

/* ---- the other parameters ---- */

static const struct {
    const char *uri;
    int srid;
} crs_uris[] = {
    { "http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326 },
    { "http://www.opengis.net/def/crs/EPSG/0/27700", 27700 },
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
    const char *filter_crs = http_query(req, "filter-crs");
    const char *datetime = http_query(req, "datetime");
    enum tr_status st = http_read_count(req, "limit", 1, &limit, err);

    if (!st)
        st = http_read_count(req, "offset", 0, &offset, err);
    if (!st && bbox_crs && strcmp(bbox_crs, crs_uris[0].uri) != 0)
        st = tr_fail(err, TR_EINVAL, "bbox-crs must be %s", crs_uris[0].uri);
    if (!st && filter_crs && strcmp(filter_crs, crs_uris[0].uri) != 0)
        st = tr_fail(err, TR_EINVAL, "filter-crs must be %s", crs_uris[0].uri);
    if (!st && bbox)
        st = tr_query_bbox(bbox, q, err);
    if (!st && datetime)
        st = tr_query_datetime(datetime, q, err);
    if (!st)
        st = http_read_filter(req, &q->filter, err);
    if (!st)
        st = read_properties(req, c, q, err);
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

static void put_collection_link(struct tr_json *j,
                                const struct http_request *req,
                                const struct tr_collection *c)
{
    tr_json_open_map(j);
    tr_json_put_text(j, "rel", "collection");
    tr_json_put_text(j, "type", "application/json");
    tr_json_put_text(j, "href",
                     tr_arena_printf(req->arena, "%s/ogc/collections/%s",
                                     http_base(req), c->id));
    tr_json_close_map(j);
}

/* `r` NULL: those of one feature alone. */
static const char *page_links(const struct http_request *req,
                              const struct tr_collection *c,
                              const struct tr_query *q,
                              const struct tr_query_result *r)
{
    struct tr_buf b;
    struct tr_json j;
    const char *text;

    tr_buf_init(&b, 262144);
    tr_json_init(&j, &b);
    tr_json_open_list(&j);
    put_page_link(&j, req, "self", r ? q->offset : 0);
    if (r && q->offset + r->n < r->matched)
        put_page_link(&j, req, "next", q->offset + r->n);
    if (r && q->offset)
        put_page_link(&j, req, "prev",
                      q->offset > q->limit ? q->offset - q->limit : 0);
    put_collection_link(&j, req, c);
    tr_json_close_list(&j);
    text = tr_buf_text(&b);
    text = text ? tr_arena_text(req->arena, text, b.len) : NULL;
    tr_buf_clear(&b);
    return text;
}

/* ---- answers ---- */

static void tell_crs(const struct http_request *req, const char *uri,
                     struct http_response *res)
{
    if (strcmp(http_format(req), "json") == 0)
        res->content_crs = tr_arena_printf(req->arena, "<%s>", uri);
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
    o.links_json = page_links(req, &c, &q, &r);
    tell_crs(req, uri, res);
    return http_write_features(req, &r, &o, res, err);
}

enum tr_status handle_item(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    struct tr_feature_options o = { 0 };
    struct tr_collection c;
    const char *uri;
    size_t row;
    enum tr_status st =
        tr_collection_open(req->snapshot, req->param[COLLECTION], &c, err);

    if (!st)
        st = http_read_list(req, "properties", &o.properties, &o.n_properties,
                            err);
    if (!st)
        st = read_crs(req, &o.srid, &uri, err);
    if (st)
        return st;
    row = tr_collection_find(&c, req->param[FEATURE]);
    if (row == SIZE_MAX)
        return tr_fail(err, TR_ENOTFOUND, "no feature '%.60s' in '%s'",
                       req->param[FEATURE], c.id);
    o.links_json = page_links(req, &c, NULL, NULL);
    tell_crs(req, uri, res);
    res->content_type = "application/geo+json";
    return tr_encode_feature(&c, row, &o, &res->body, err);
}
