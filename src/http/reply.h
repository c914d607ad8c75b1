/*
 * reply.h - a finished answer, ready to be sent any number of times at once.
 *
 * Made by server.c, which alone knows what is inside; held by the tile cache, by
 * the requests that wait for it, and by who is sending it. Immutable but for its
 * count of holders.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct MHD_Response;

struct reply {
    atomic_uint holders;
    void (*destroy)(struct reply *r); /* called by the last holder */
    struct MHD_Response *full;
    unsigned status; /* of `full` */
    size_t bytes;    /* of the body as sent */
    bool is_file;    /* its body is in a file in memory, with a descriptor */
    char etag[96];   /* without quotes and without a coding's suffix; "" */
};

static inline struct reply *reply_hold(struct reply *r)
{
    atomic_fetch_add_explicit(&r->holders, 1, memory_order_relaxed);
    return r;
}

/* NULL is a no-op. */
static inline void reply_drop(struct reply *r)
{
    if (r && atomic_fetch_sub(&r->holders, 1) == 1)
        r->destroy(r);
}

#endif
