/* asked.c - see asked.h */
#include "http/asked.h"

#include <string.h>
#include <strings.h>

#include "http/coding.h"

#define TEXT(member) offsetof(struct asked, member)

static const struct known {
    const char *name;
    size_t len, at;
} texts[] = {
    { "Host", 4, TEXT(host) },
    { "Accept", 6, TEXT(accept) },
    { "Accept-Encoding", 15, TEXT(accept_encoding) },
    { "If-None-Match", 13, TEXT(if_none_match) },
    { "Range", 5, TEXT(range) },
    { "If-Range", 8, TEXT(if_range) },
    { "Content-Type", 12, TEXT(content_type) },
    { "Origin", 6, TEXT(origin) },
    { "Cookie", 6, TEXT(cookie) },
    { "X-CSRF-Token", 12, TEXT(csrf) },
};

enum { TEXTS = sizeof texts / sizeof *texts };

static const char **text_at(struct asked *a, size_t at)
{
    return (const char **)(void *)((char *)a + at);
}

void asked_header(struct asked *a, const char *name, const char *value)
{
    size_t len = strlen(name);

    if (len == 14 && strcasecmp(name, "Content-Length") == 0)
        a->lengths++;
    if (len == 17 && strcasecmp(name, "Transfer-Encoding") == 0)
        a->encodings++;
    if (len == 4 && strcasecmp(name, "Host") == 0)
        a->hosts++;
    for (size_t i = 0; i < TEXTS; i++) {
        const char **to = text_at(a, texts[i].at);

        if (texts[i].len == len && !*to && strcasecmp(texts[i].name, name) == 0)
            *to = value;
    }
}

static bool copy_text(struct tr_arena *arena, const char *text,
                      const char **out)
{
    *out = text ? tr_arena_text(arena, text, strlen(text)) : NULL;
    return *out || !text;
}

bool asked_copy(const struct asked *a, struct tr_arena *arena,
                struct asked *out)
{
    bool good;

    *out = *a;
    good = copy_text(arena, a->method, &out->method) &&
           copy_text(arena, a->target, &out->target);
    for (size_t i = 0; good && i < TEXTS; i++)
        good = copy_text(arena, *text_at(out, texts[i].at),
                         text_at(out, texts[i].at));
    if (good && a->body_len) {
        out->body = tr_arena_text(arena, a->body, a->body_len);
        good = out->body != NULL;
    }
    return good;
}

/* Doubled lengths, both framings or two hosts are attempts to be read
 * differently by the proxy in front. */
static bool is_framed_well(const struct asked *a)
{
    return a->lengths <= 1 && a->encodings <= 1 && a->hosts <= 1 &&
           !(a->lengths && a->encodings);
}

/* A host with other characters could end up in the links we write. */
static bool is_host(const char *host)
{
    return !host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789._-:[]")];
}

bool asked_read(const struct asked *a, struct http_request *req)
{
    const char *target = a->target;
    size_t path_len = strcspn(target, "?");
    const char *decoded; /* only to know that it can be */

    req->method = a->method;
    req->path = "/";
    req->host = a->host;
    req->accept = a->accept;
    req->if_none_match = a->if_none_match;
    req->range = a->range;
    req->if_range = a->if_range;
    req->content_type = a->content_type;
    req->origin = a->origin;
    req->cookie = a->cookie;
    req->csrf = a->csrf;
    req->body = a->body;
    req->body_len = a->body_len;
    req->accepts_gzip = http_accepts(a->accept_encoding, "gzip");
    req->accepts_brotli = http_accepts(a->accept_encoding, "br");
    if (!is_framed_well(a) || *target != '/' ||
        !http_decode(req->arena, target, path_len, false, &decoded))
        return false;
    req->path = tr_arena_text(req->arena, target, path_len);
    if (!req->path || (req->host && !is_host(req->host)))
        return false;
    return !target[path_len] || http_read_query(req, target + path_len + 1);
}

bool asked_version(const char *digits, uint64_t *out)
{
    uint64_t v = 0;

    for (int i = 0; i < 16; i++) {
        char c = digits[i];

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false; /* the end of the text, too */
    }
    *out = v;
    return true;
}

bool asked_is_plain(const struct asked *a, size_t *path_len, uint64_t *version)
{
    const char *t = a->target;
    size_t len = strcspn(t, "?%");

    if (*t != '/' || a->is_too_long || a->body_len || !is_framed_well(a) ||
        (strcmp(a->method, "GET") != 0 && strcmp(a->method, "HEAD") != 0))
        return false;
    *version = 0;
    *path_len = len;
    if (!t[len])
        return true;
    return strncmp(t + len, "?v=", 3) == 0 &&
           asked_version(t + len + 3, version) && !t[len + 3 + 16];
}
