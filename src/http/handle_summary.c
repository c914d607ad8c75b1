/* handle_summary.c - GET /api/summary: what `terrier summary` prints. */
#include <string.h>

#include "http/http.h"

enum tr_status handle_summary(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const struct tr_cql2 *filter = NULL;
    struct tr_summary sum;
    enum tr_status st = http_read_filter(req, &filter, err);

    if (!st)
        st = tr_summarise(req->snapshot, http_query(req, "set"), filter,
                          req->arena, &sum, err);
    if (st)
        return st;
    if (strcmp(http_format(req), "csv") == 0) {
        tr_encode_summary_csv(&sum, &res->body);
        res->content_type = "text/csv; charset=utf-8; header=present";
        return TR_OK;
    }
    tr_encode_summary_json(req->snapshot, &sum, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
