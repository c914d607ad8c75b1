/* request.c - reading what a client sent: decoding, queries, preferences. */
#include <string.h>
#include <strings.h>

#include "http/http.h"
#include "terrier/text.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool http_decode(struct tr_arena *a, const char *text, size_t len, bool plus,
                 const char **out)
{
    char *s = tr_arena_alloc(a, len + 1);
    size_t n = 0;

    if (!s)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high = len - i > 2 ? hex(text[i + 1]) : -1;
            int low = len - i > 2 ? hex(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (!c)
            return false;
        s[n++] = c;
    }
    s[n] = '\0';
    *out = s;
    return tr_text_valid(s, n) == n;
}

bool http_read_query(struct http_request *req, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "&");
        size_t name_len = strcspn(text, "&=");
        struct http_pair *p = &req->query[req->n_query];

        if (len && req->n_query == HTTP_MAX_QUERY)
            return false;
        if (len) {
            size_t value_at = name_len < len ? name_len + 1 : len;

            if (!http_decode(req->arena, text, name_len, true, &p->name) ||
                !http_decode(req->arena, text + value_at, len - value_at, true,
                             &p->value) ||
                http_query(req, p->name))
                return false;
            req->n_query++;
        }
        text += len + (text[len] == '&');
    }
    return true;
}

const char *http_query(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(req->query[i].name, name) == 0)
            return req->query[i].value;
    }
    return NULL;
}

void http_encode(struct tr_buf *b, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (strchr("-._~,:/", c) || (c >= '0' && c <= '9') ||
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
            tr_buf_byte(b, c);
        else
            tr_buf_printf(b, "%%%02X", c);
    }
}

/* The weight in "; q=0.25", in thousandths; 1000 without one. */
static int read_weight(const char *parameters, size_t len)
{
    const char *end = parameters + len;
    int weight = 0, unit = 1000;

    for (const char *p = parameters; p + 2 < end; p++) {
        if ((*p != 'q' && *p != 'Q') || p[1] != '=')
            continue;
        for (p += 2; p < end && unit; p++) {
            if (*p >= '0' && *p <= '9') {
                weight += (*p - '0') * unit;
                unit /= 10;
            } else if (*p != '.') {
                break;
            }
        }
        return weight;
    }
    return 1000;
}

int http_weight(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; p && *p;) {
        size_t len = strcspn(p, ",");
        size_t start = strspn(p, " \t");

        if (start + n <= len && strncasecmp(p + start, name, n) == 0 &&
            (start + n == len || strchr(" \t;", p[start + n])))
            return read_weight(p + start + n, len - start - n);
        p += len + (p[len] == ',');
    }
    return 0;
}

bool http_accepts(const char *list, const char *coding)
{
    return http_weight(list, coding) > 0;
}

bool http_wants_html(const struct http_request *req)
{
    const char *f = http_query(req, "f");

    if (f)
        return strcmp(f, "html") == 0;
    if (!req->accept)
        return false;

    /* Browsers name text/html first; API clients name JSON or anything. */
    const char *html = strstr(req->accept, "text/html");
    const char *json = strstr(req->accept, "json");

    return html && (!json || html < json);
}

bool http_offers(const char *formats, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = formats; p && *p;) {
        size_t len = strcspn(p, " ");

        if (len == n && memcmp(p, name, n) == 0)
            return true;
        p += len + strspn(p + len, " ");
    }
    return false;
}

const char *http_format(const struct http_request *req)
{
    const char *formats = req->route->formats;
    const char *f = http_query(req, "f");
    const char *usual;

    if (f)
        return f; /* one of them: it was checked before the handler */
    if (http_offers(formats, "html") && http_wants_html(req))
        return "html";
    usual = tr_arena_text(req->arena, formats, strcspn(formats, " "));
    return usual ? usual : "json";
}

/* The name in "name", "name:port" or "[::1]:port", its length in *len. */
static const char *host_name(const char *host, size_t *len)
{
    *len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    return host;
}

/* Is there nothing after the name but a port? */
static bool ends_in_port(const char *rest)
{
    return !*rest ||
           (*rest == ':' && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

static bool is_loopback_name(const char *name, size_t len)
{
    if (len == 9 && strncasecmp(name, "localhost", len) == 0)
        return true;
    if (len == 5 && strncmp(name, "[::1]", len) == 0)
        return true;
    return len > 4 && strncmp(name, "127.", 4) == 0 &&
           strspn(name, "0123456789.") >= len;
}

bool http_host_is_ours(const char *host, const char *public_url)
{
    const char *scheme_end = strstr(public_url, "://");
    size_t len, public_len;

    if (!host || !*host)
        return false;
    host_name(host, &len);
    if (len > strlen(host) || !ends_in_port(host + len))
        return false;
    if (is_loopback_name(host, len))
        return true;
    if (!scheme_end)
        return false;
    host_name(scheme_end + 3, &public_len);
    return len == public_len && strncasecmp(host, scheme_end + 3, len) == 0;
}

const char *http_base(const struct http_request *req)
{
    if (*req->service->public_url)
        return req->service->public_url;
    if (!req->host)
        return "";

    const char *base = tr_arena_printf(req->arena, "http://%s", req->host);

    return base ? base : "";
}
