/* ask.c - what several pages read from a query and write as an answer. */
#include <string.h>

#include "http/http.h"
#include "terrier/text.h"

enum tr_status http_read_count(const struct http_request *req, const char *name,
                               long long low, long long *out,
                               struct tr_error *err)
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

enum tr_status http_read_filter(const struct http_request *req,
                                const struct tr_cql2 **out,
                                struct tr_error *err)
{
    const char *text = http_query(req, "filter");
    const char *lang = http_query(req, "filter-lang");
    bool is_json = lang && strcmp(lang, "cql2-json") == 0;
    const struct tr_node *json;
    enum tr_status st = TR_OK;

    if (lang && !is_json && strcmp(lang, "cql2-text") != 0)
        return tr_fail(err, TR_EINVAL,
                       "filter-lang is cql2-text or cql2-json, not '%.60s'",
                       lang);
    if (!text || !*text)
        return TR_OK;
    if (!is_json) {
        st =
            tr_cql2_parse_text(text, TR_CQL2_QUERY, req->arena, out, NULL, err);
        return st ? tr_fail_at(err, st, "filter") : TR_OK;
    }
    st = tr_json_parse(text, strlen(text), "filter", req->arena, &json, err);
    if (st)
        return st;
    st = tr_cql2_parse_json(json, req->arena, out, err);
    return st ? tr_fail_at(err, st, "filter") : TR_OK;
}

#define MAX_LIST 128

enum tr_status http_read_list(const struct http_request *req, const char *name,
                              const char *const **out, size_t *n,
                              struct tr_error *err)
{
    const char *text = http_query(req, name);
    const char **list;
    size_t count = 0;

    if (!text)
        return TR_OK;
    list = tr_arena_array(req->arena, MAX_LIST, sizeof *list);
    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for the request");
    while (*text) {
        size_t len = strcspn(text, ",");

        if (count == MAX_LIST)
            return tr_fail(err, TR_ELIMIT, "%s takes at most %d names", name,
                           MAX_LIST);
        if (len) {
            list[count] = tr_arena_text(req->arena, text, len);
            if (!list[count++])
                return tr_fail(err, TR_ENOMEM,
                               "no memory left for the request");
        }
        text += len + (text[len] == ',');
    }
    *out = list;
    *n = count;
    return TR_OK;
}

enum tr_status http_write_features(const struct http_request *req,
                                   const struct tr_query_result *r,
                                   const struct tr_feature_options *o,
                                   struct http_response *res,
                                   struct tr_error *err)
{
    if (strcmp(http_format(req), "csv") == 0) {
        res->content_type = "text/csv; charset=utf-8; header=present";
        return tr_encode_csv(r, o, &res->body, err);
    }
    res->content_type = "application/geo+json";
    return tr_encode_geojson(r, o, &res->body, err);
}

/* ---- what may take long ---- */

#define MANY_SITES 20000 /* to look at each takes about 2 ms */
#define LONG_PAGE  1000

bool http_always(const struct http_request *req)
{
    (void)req;
    return true;
}

bool http_is_large(const struct http_request *req)
{
    return req->snapshot->n_sites > MANY_SITES;
}

bool http_is_long_list(const struct http_request *req)
{
    static const char *const quick[] = { "limit", "offset",     "bbox",
                                         "crs",   "properties", "f",
                                         "near",  "within",     "collection",
                                         NULL };
    const char *limit = http_query(req, "limit");
    const char *offset = http_query(req, "offset");
    long long n = 0;

    if (limit && (!tr_text_to_int(limit, &n) || n > LONG_PAGE))
        return true;
    if (offset && (!tr_text_to_int(offset, &n) || n > MANY_SITES))
        return true;
    for (size_t i = 0; http_is_large(req) && i < req->n_query; i++) {
        size_t k = 0;

        while (quick[k] && strcmp(quick[k], req->query[i].name) != 0)
            k++;
        if (!quick[k])
            return true;
    }
    return false;
}
