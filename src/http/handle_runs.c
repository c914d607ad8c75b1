/* handle_runs.c - GET /api/runs: what `terrier runs --json` prints. */
#include "http/admit.h"
#include "store/run_list.h"

enum tr_status handle_runs(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    const struct store_run *runs;
    struct store *store;
    size_t n;
    enum tr_status st = http_open_store(req, false, &store, err);

    if (!st)
        st = store_runs_seen(store, &req->snapshot->audience, req->arena, &runs,
                             &n, err);
    if (st)
        return st;
    store_runs_json(runs, n, &res->body);
    res->content_type = "application/json";
    return TR_OK;
}
