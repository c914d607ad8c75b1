/* handle_health.c - /healthz, /readyz and /version: for those who run it. */
#include "http/http.h"

enum tr_status handle_health(const struct http_request *req,
                             struct http_response *res, struct tr_error *err)
{
    (void)req, (void)err;
    /* A server that answers has a snapshot: it is made before the port opens.
     */
    tr_buf_str(&res->body, "ok\n");
    res->content_type = "text/plain; charset=utf-8";
    res->cache_control = "no-store";
    return TR_OK;
}

enum tr_status handle_version(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    struct tr_json j;

    (void)err;
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "terrier", req->service->version);
    tr_json_put_text(&j, "data", req->snapshot->version);
    tr_json_put_text(&j, "audience", req->snapshot->audience.name);
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
    res->content_type = "application/json";
    return TR_OK;
}
