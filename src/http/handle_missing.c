/* handle_missing.c - GET /api/missing: what `terrier missing --json` prints. */
#include "http/http.h"
#include "terrier/missing.h"

enum tr_status handle_missing(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const struct tr_missing *m;
    enum tr_status st = tr_missing_list(
        req->snapshot, http_query(req, "partner"), req->arena, &m, err);

    if (st)
        return st;
    tr_missing_json(req->snapshot, m, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
