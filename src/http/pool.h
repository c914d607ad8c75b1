/*
 * pool.h - a few threads that do what would hold up the others, in order.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_job { /* inside what is to be done; lives until run() was called */
    struct pool_job *next;
    void (*run)(struct pool_job *job);
};

struct pool;

/* `threads` at least 1. NULL: no memory or no thread. */
struct pool *pool_new(unsigned threads);
void pool_put(struct pool *p, struct pool_job *job);
/* Jobs that wait, not those that run. */
size_t pool_waiting(struct pool *p);
/* Run what waits, then end the threads. NULL is a no-op. */
void pool_free(struct pool *p);

#endif
