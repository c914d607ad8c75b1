/* problem.c - errors as RFC 9457 problem+json, or as a page for a browser. */
#include "http/http.h"

static const char *title_of(unsigned status)
{
    switch (status) {
    case 400: return "The request cannot be answered as it is";
    case 403: return "Not permitted";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 406: return "Not available in that form";
    case 414: return "The address is too long";
    case 503: return "Busy";
    default: return "Something went wrong here";
    }
}

static void write_page(const struct http_request *req, unsigned status,
                       const char *detail, struct http_response *res)
{
    (void)req;
    res->content_type = "text/html; charset=utf-8";
    tr_buf_str(&res->body,
               "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width\">"
               "<title>");
    http_escape(&res->body, title_of(status));
    tr_buf_str(&res->body,
               "</title><link rel=\"stylesheet\" href=\"/assets/page.css\">"
               "<main><h1>");
    http_escape(&res->body, title_of(status));
    tr_buf_str(&res->body, "</h1><p>");
    http_escape(&res->body, detail);
    tr_buf_str(&res->body, "</p><p><a href=\"/\">Back to the map</a></p>"
                           "</main></html>\n");
}

void http_problem(const struct http_request *req, unsigned status,
                  const char *detail, struct http_response *res)
{
    struct tr_json j;

    tr_buf_reset(&res->body);
    res->status = status;
    res->asset = NULL;
    res->cache_control = "no-store";
    if (http_wants_html(req)) {
        write_page(req, status, detail, res);
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
