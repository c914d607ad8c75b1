/*
 * asked.h - a request as it was sent, and reading it into what handlers see.
 */
#ifndef HTTP_ASKED_H
#define HTTP_ASKED_H

#include "http/http.h"

struct asked {                   /* texts as sent, NULL when absent */
    const char *method, *target; /* target: path and query, not decoded */
    const char *host, *accept, *accept_encoding, *if_none_match;
    const char *range, *if_range, *content_type, *origin;
    const char *cookie, *csrf;
    const void *body; /* of a POST */
    size_t body_len;
    unsigned lengths, encodings, hosts; /* how often the header came */
    bool is_too_long;                   /* the target */
    bool is_too_large;                  /* the body */
};

/* Take one header; those that nobody reads are passed over. */
void asked_header(struct asked *a, const char *name, const char *value);

/* The same for longer: texts and body are copied. False: no memory. */
bool asked_copy(const struct asked *a, struct tr_arena *arena,
                struct asked *out);

/* Fill req from it: everything but service, snapshot, crs and rules. False: it
 * is broken. req->arena must be set. */
bool asked_read(const struct asked *a, struct http_request *req);

/* The path, when the target has no query but perhaps v=<16 digits>, and its
 * path nothing to decode: most requests for tiles. *version is what v= names,
 * 0 without one. False: it takes a closer look. */
bool asked_is_plain(const struct asked *a, size_t *path_len, uint64_t *version);

/* 16 hexadecimal digits as a number; false: they are not. */
bool asked_version(const char *digits, uint64_t *out);

#endif
