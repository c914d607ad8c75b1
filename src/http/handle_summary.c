/* handle_summary.c - GET /api/summary: what `terrier summary --json` prints. */
#include "http/http.h"

enum tr_status handle_summary(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const char *text = http_query(req, "filter");
    const struct tr_cql2 *filter = NULL;
    struct tr_summary sum;
    enum tr_status st = TR_OK;

    if (text && *text)
        st = tr_cql2_parse_text(text, TR_CQL2_QUERY, req->arena, &filter, NULL,
                                err);
    if (!st)
        st = tr_summarise(req->snapshot, http_query(req, "set"), filter,
                          req->arena, &sum, err);
    if (st)
        return st;
    tr_encode_summary_json(req->snapshot, &sum, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
