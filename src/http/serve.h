/*
 * serve.h - from what was asked to an answer's bytes, without a socket.
 */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "http/asked.h"
#include "http/coding.h"
#include "http/desk.h"
#include "http/reply_cache.h"
#include "http/view.h"

#define SERVE_ASSETS 0 /* the state of the web map's files, in the cache */

struct serve { /* what all requests share */
    struct views views;
    struct desks desks;
};

struct serving { /* one request at work, in one thread */
    struct http_request req;
    struct http_response res;
    struct view_hold hold;
    struct desk *desk;
    struct tr_buf name;         /* of what may be kept; empty: it may not be */
    enum coding wanted, coding; /* coding: of res.body as it is now */
    uint64_t first, len;        /* the part of a file */
    const char *etag;           /* without quotes and suffix; NULL */
    bool is_public, closes;     /* closes: the connection, after this */
    bool is_answered;
};

/* Take view and desk and read the request. What is broken or may not be asked is
 * answered at once, with a problem. End it with serve_end() in any case. */
void serve_begin(struct serve *s, const struct asked *asked, struct serving *g);

/* The key under which the answer may be kept; false: it may not be. */
bool serve_key(const struct serving *g, struct reply_key *out);
/* May it take more than 2 ms? */
bool serve_is_slow(const struct serving *g);
/* Answer it with a problem. */
void serve_problem(struct serving *g, unsigned status, const char *detail);
/* Answer it and compress the answer, unless it is answered already. */
void serve_answer(struct serving *g);
void serve_end(struct serve *s, struct serving *g);

/* What makes one variant: the coding, and whether the address holds the version
 * that it is answered from. */
unsigned serve_variant(enum coding c, bool has_version);

#endif
