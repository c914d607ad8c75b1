/* flight.c - see flight.h */
#include "http/flight.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/hash.h"

#define MOST_ASKED ((size_t)4 * 1024 * 1024) /* bytes of one copied request */

struct flight {
    struct pool_job job; /* first: the pool gives it back */
    struct flights *flights;
    struct flight *next;           /* in its bucket */
    struct flight *after, *before; /* of all */
    struct waiter *waiters;
    struct tr_arena arena;
    struct asked asked;
    struct reply_key key;
    uint64_t hash;
    bool is_shared, is_begun;
};

enum tr_status flights_open(struct flights *f, unsigned threads,
                            struct tr_error *err)
{
    pthread_mutex_init(&f->lock, NULL);
    f->pool = pool_new(threads);
    if (!f->pool)
        return tr_fail(err, TR_ENOMEM, "no thread to be had for slow work");
    return TR_OK;
}

bool flights_reserve(struct flights *f)
{
    if (atomic_fetch_add(&f->taken, 1) < atomic_load(&f->places))
        return true;
    atomic_fetch_sub(&f->taken, 1);
    return false;
}

static struct flight **bucket_of(struct flights *f, uint64_t hash)
{
    return &f->buckets[hash % FLIGHT_BUCKETS];
}

static struct flight *find(struct flights *f, const struct reply_key *k,
                           uint64_t hash)
{
    for (struct flight *one = *bucket_of(f, hash); one; one = one->next) {
        if (one->hash == hash && one->key.state == k->state &&
            one->key.variant == k->variant && one->key.len == k->len &&
            memcmp(one->key.name, k->name, k->len) == 0)
            return one;
    }
    return NULL;
}

/* ---- waking ---- */

static void wake(struct flights *f, struct waiter *w, struct reply *reply,
                 bool was_begun)
{
    w->reply = reply ? reply_hold(reply) : NULL;
    w->was_begun = was_begun;
    atomic_fetch_sub(&f->taken, 1);
    w->wake(w); /* now it is no longer ours */
}

static void wake_all(struct flights *f, struct waiter *list,
                     struct reply *reply, bool was_begun)
{
    for (struct waiter *w = list, *next; w; w = next) {
        next = w->next;
        wake(f, w, reply, was_begun);
    }
}

/* Take those whose time is over (all: everybody) off one flight's list. */
static void take_late(struct flight *one, int64_t now, struct waiter **late)
{
    for (struct waiter **at = &one->waiters; *at;) {
        struct waiter *w = *at;

        if (w->until >= now) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->was_begun = one->is_begun;
        w->next = *late;
        *late = w;
    }
}

void flights_expire(struct flights *f, int64_t now)
{
    struct waiter *late = NULL;

    pthread_mutex_lock(&f->lock);
    for (struct flight *one = f->all; one; one = one->after)
        take_late(one, now, &late);
    pthread_mutex_unlock(&f->lock);
    for (struct waiter *w = late, *next; w; w = next) {
        next = w->next;
        wake(f, w, NULL, w->was_begun);
    }
}

/* ---- the work ---- */

static void unlink_flight(struct flights *f, struct flight *one)
{
    struct flight **at = bucket_of(f, one->hash);

    while (one->is_shared && *at != one)
        at = &(*at)->next;
    if (one->is_shared)
        *at = one->next;
    if (one->before)
        one->before->after = one->after;
    else
        f->all = one->after;
    if (one->after)
        one->after->before = one->before;
}

static void free_flight(struct flight *one)
{
    tr_arena_clear(&one->arena);
    free(one);
}

static void run(struct pool_job *job)
{
    struct flight *one = (struct flight *)job;
    struct flights *f = one->flights;
    struct reply *reply = NULL;
    struct waiter *waiters;
    bool is_wanted;

    pthread_mutex_lock(&f->lock);
    is_wanted = one->waiters != NULL;
    one->is_begun = is_wanted;
    if (!is_wanted) /* all gave up: nobody may join any more */
        unlink_flight(f, one);
    pthread_mutex_unlock(&f->lock);
    if (is_wanted) {
        reply = f->work(f->context, &one->asked);
        pthread_mutex_lock(&f->lock);
        unlink_flight(f, one);
        waiters = one->waiters;
        pthread_mutex_unlock(&f->lock);
        wake_all(f, waiters, reply, true);
        reply_drop(reply);
    }
    free_flight(one);
}

static struct flight *make_flight(struct flights *f,
                                  const struct reply_key *key,
                                  const struct asked *asked)
{
    struct flight *one = calloc(1, sizeof *one);
    bool good;

    if (!one)
        return NULL;
    tr_arena_init(&one->arena, MOST_ASKED);
    one->flights = f;
    one->job.run = run;
    good = asked_copy(asked, &one->arena, &one->asked);
    /* The tag is compared for each waiter on its own. */
    one->asked.if_none_match = NULL;
    if (good && key) {
        one->key = *key;
        one->key.name = tr_arena_text(&one->arena, key->name, key->len);
        one->is_shared = good = one->key.name != NULL;
    }
    if (!good) {
        free_flight(one);
        return NULL;
    }
    return one;
}

static void link_flight(struct flights *f, struct flight *one)
{
    one->after = f->all;
    if (f->all)
        f->all->before = one;
    f->all = one;
    if (one->is_shared) {
        one->next = *bucket_of(f, one->hash);
        *bucket_of(f, one->hash) = one;
    }
}

void flights_join(struct flights *f, const struct reply_key *key,
                  const struct asked *asked, struct waiter *w)
{
    uint64_t hash = key ? tr_fast_hash(key->name, key->len) : 0;
    struct flight *one, *made = NULL;

    w->next = NULL;
    pthread_mutex_lock(&f->lock);
    one = key && !f->is_ending ? find(f, key, hash) : NULL;
    if (!one && !f->is_ending) {
        one = made = make_flight(f, key, asked);
        if (one) {
            one->hash = hash;
            link_flight(f, one);
        }
    }
    if (one) {
        w->next = one->waiters;
        one->waiters = w;
    }
    pthread_mutex_unlock(&f->lock);
    if (made)
        pool_put(f->pool, &made->job);
    else if (!one)
        wake(f, w, NULL, false);
}

void flights_end(struct flights *f)
{
    pthread_mutex_lock(&f->lock);
    f->is_ending = true;
    pthread_mutex_unlock(&f->lock);
    flights_expire(f, INT64_MAX);
}

void flights_close(struct flights *f)
{
    pool_free(f->pool); /* what nobody waits for is not begun */
    pthread_mutex_destroy(&f->lock);
}
