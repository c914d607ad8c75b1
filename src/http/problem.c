/* problem.c - errors as RFC 9457 problem+json, or as a page for a browser. */
#include "http/http.h"

static const char *title_of(unsigned status)
{
    switch (status) {
    case 400: return "The request cannot be answered as it is";
    case 401: return "Not signed in";
    case 403: return "Not permitted";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 406: return "Not available in that form";
    case 409: return "It does not follow what is there";
    case 408: return "The request took too long to come";
    case 413: return "The body is too long";
    case 414: return "The address is too long";
    case 415: return "A body of another kind is wanted";
    case 416: return "No such part";
    case 421: return "Asked under another name";
    case 422: return "Something in the body may not be so";
    case 429: return "Too many wrong passwords";
    case 503: return "Busy";
    case 504: return "It took too long";
    default: return "Something went wrong here";
    }
}

static void write_page(unsigned status, const char *detail,
                       struct http_response *res)
{
    res->content_type = "text/html; charset=utf-8";
    http_page_begin(&res->body, title_of(status));
    tr_buf_str(&res->body, "<p>");
    http_escape(&res->body, detail);
    tr_buf_str(&res->body, "</p><p>");
    http_page_link(&res->body, "/", "Back to the map");
    tr_buf_str(&res->body, "</p>");
    http_page_end(&res->body);
}

void http_problem(const struct http_request *req, unsigned status,
                  const char *detail, struct http_response *res)
{
    struct tr_json j;

    tr_buf_reset(&res->body);
    res->status = status;
    res->asset = NULL;
    res->file_size = 0;
    res->content_crs = NULL;
    res->cache_control = "no-store";
    res->is_private = status == 401 || status == 429;
    if (http_wants_html(req)) {
        write_page(status, detail, res);
        return;
    }
    res->content_type = "application/problem+json";
    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "type", "about:blank");
    tr_json_put_text(&j, "title", title_of(status));
    tr_json_put_int(&j, "status", status);
    tr_json_put_text(&j, "detail", detail);
    if (req->path)
        tr_json_put_text(&j, "instance", req->path);
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
}
