/* page.c - the few words of HTML that the server writes itself. */
#include "http/http.h"

void http_escape(struct tr_buf *b, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '<': tr_buf_str(b, "&lt;"); break;
        case '>': tr_buf_str(b, "&gt;"); break;
        case '&': tr_buf_str(b, "&amp;"); break;
        case '"': tr_buf_str(b, "&quot;"); break;
        case '\'': tr_buf_str(b, "&#39;"); break;
        default: tr_buf_byte(b, (unsigned char)*text);
        }
    }
}

void http_page_begin(struct tr_buf *b, const char *title)
{
    tr_buf_str(b, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width\">"
                  "<title>");
    http_escape(b, title);
    tr_buf_str(b, "</title><link rel=\"stylesheet\" href=\"/assets/page.css\">"
                  "<main><h1>");
    http_escape(b, title);
    tr_buf_str(b, "</h1>\n");
}

void http_page_end(struct tr_buf *b)
{
    tr_buf_str(b, "</main></html>\n");
}

void http_page_link(struct tr_buf *b, const char *href, const char *text)
{
    tr_buf_str(b, "<a href=\"");
    http_escape(b, href);
    tr_buf_str(b, "\">");
    http_escape(b, text);
    tr_buf_str(b, "</a>");
}
