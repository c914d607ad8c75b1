/*
 * flight.h - slow work that requests wait for: each piece is done once, however
 * many ask for it at the same time, by the pool's threads, and waited for no
 * longer than the time limit.
 *
 * A waiting request costs a place; who finds none is told so at once.
 */
#ifndef HTTP_FLIGHT_H
#define HTTP_FLIGHT_H

#include <pthread.h>

#include "http/asked.h"
#include "http/pool.h"
#include "http/reply_cache.h"

struct flight;

struct waiter { /* one request; the caller's, until it is woken */
    struct waiter *next;
    int64_t until;       /* monotonic microseconds */
    struct reply *reply; /* held for the waiter; NULL: none came in time */
    bool was_begun;      /* without a reply: was the work under way */
    void (*wake)(struct waiter *w); /* called once, by any thread */
};

#define FLIGHT_BUCKETS 1024u

struct flights {
    struct pool *pool;
    /* Do the work. A reply held for the caller; never NULL but when there is no
     * memory left. */
    struct reply *(*work)(void *context, const struct asked *asked);
    void *context;
    atomic_size_t places, taken; /* for waiters */
    pthread_mutex_t lock;
    struct flight *buckets[FLIGHT_BUCKETS]; /* those that may be joined */
    struct flight *all;
    bool is_ending;
};

/* `threads` of the pool at least 1. */
enum tr_status flights_open(struct flights *f, unsigned threads,
                            struct tr_error *err);
/* Take a place; false: there is none. */
bool flights_reserve(struct flights *f);
/* Wait for what was asked, by a key that others may share (NULL: alone). The
 * place is given back when the waiter is woken, which may be before this
 * returns. */
void flights_join(struct flights *f, const struct reply_key *key,
                  const struct asked *asked, struct waiter *w);
/* Wake those whose time is over. */
void flights_expire(struct flights *f, int64_t now);
/* Wake all that wait; who joins from now on is woken at once. */
void flights_end(struct flights *f);
/* End the pool, after flights_end() and when nobody can join any more. */
void flights_close(struct flights *f);

#endif
