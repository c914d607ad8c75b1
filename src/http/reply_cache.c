/* reply_cache.c - see reply_cache.h */
#include "http/reply_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/hash.h"

#define SHARDS        64u
#define BUCKETS       256u /* of a shard at the start; they double with entries */
#define OVERHEAD      2048u /* bytes of a reply's headers and of the entry */
#define LARGEST_SHARE 4u    /* one reply is at most this part of all */

struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* in the shard's ring */
    struct reply *reply;
    uint64_t hash, state;
    size_t len, bytes;
    unsigned variant;
    bool is_used; /* since the hand passed */
    char name[];
};

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct entry **buckets;
    size_t n_buckets, n;
    struct entry *newest, *oldest;
    uint64_t hits, misses, evicted;
};

struct reply_cache {
    struct shard shards[SHARDS];
    _Alignas(64) atomic_size_t bytes;
    atomic_size_t files;
    atomic_size_t max_bytes, max_files;
};

struct reply_cache *reply_cache_new(size_t bytes, size_t files)
{
    struct reply_cache *c;

    if (posix_memalign((void **)&c, 64, sizeof *c))
        return NULL;
    memset(c, 0, sizeof *c);
    atomic_store(&c->max_bytes, bytes);
    atomic_store(&c->max_files, files);
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&c->shards[i].lock, NULL);
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        s->n_buckets = BUCKETS;
        s->buckets = calloc(BUCKETS, sizeof(struct entry *));
        if (!s->buckets) {
            reply_cache_free(c);
            return NULL;
        }
    }
    return c;
}

static uint64_t hash_of(const struct reply_key *k)
{
    return tr_fast_hash(k->name, k->len) ^
           (k->state + k->variant) * UINT64_C(0x9E3779B97F4A7C15);
}

static struct shard *shard_of(struct reply_cache *c, uint64_t hash)
{
    return &c->shards[hash >> 58];
}

static struct entry **bucket_of(const struct shard *s, uint64_t hash)
{
    return &s->buckets[hash & (s->n_buckets - 1)];
}

static struct entry *find(const struct shard *s, const struct reply_key *k,
                          uint64_t hash)
{
    for (struct entry *e = *bucket_of(s, hash); e; e = e->next) {
        if (e->hash == hash && e->state == k->state &&
            e->variant == k->variant && e->len == k->len &&
            memcmp(e->name, k->name, k->len) == 0)
            return e;
    }
    return NULL;
}

/* ---- the ring: newest to oldest ---- */

static void link_newest(struct shard *s, struct entry *e)
{
    e->newer = NULL;
    e->older = s->newest;
    if (s->newest)
        s->newest->newer = e;
    else
        s->oldest = e;
    s->newest = e;
}

static void unlink_ring(struct shard *s, struct entry *e)
{
    if (e->newer)
        e->newer->older = e->older;
    else
        s->newest = e->older;
    if (e->older)
        e->older->newer = e->newer;
    else
        s->oldest = e->newer;
}

static void remove_entry(struct reply_cache *c, struct shard *s,
                         struct entry *e)
{
    struct entry **at = bucket_of(s, e->hash);

    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    unlink_ring(s, e);
    s->n--;
    atomic_fetch_sub(&c->bytes, e->bytes);
    if (e->reply->is_file)
        atomic_fetch_sub(&c->files, 1);
    reply_drop(e->reply);
    free(e);
}

/* One entry goes: the oldest that was not used since the hand last met it.
 * False: the shard is empty. */
static bool evict_one(struct reply_cache *c, struct shard *s)
{
    while (s->oldest) {
        struct entry *e = s->oldest;

        if (!e->is_used) {
            remove_entry(c, s, e);
            s->evicted++;
            return true;
        }
        e->is_used = false;
        unlink_ring(s, e);
        link_newest(s, e);
    }
    return false;
}

static bool is_over(const struct reply_cache *c)
{
    return atomic_load(&c->bytes) > atomic_load(&c->max_bytes) ||
           atomic_load(&c->files) > atomic_load(&c->max_files);
}

/* Make room, from the shard where something came in and then from others. */
static void evict(struct reply_cache *c, struct shard *first)
{
    size_t start = (size_t)(first - c->shards);

    for (size_t i = 0; i < SHARDS && is_over(c); i++) {
        struct shard *s = &c->shards[(start + i) % SHARDS];

        pthread_mutex_lock(&s->lock);
        while (is_over(c) && evict_one(c, s))
            ;
        pthread_mutex_unlock(&s->lock);
    }
}

void reply_cache_bound(struct reply_cache *c, size_t bytes, size_t files)
{
    atomic_store(&c->max_bytes, bytes);
    atomic_store(&c->max_files, files);
    evict(c, c->shards);
}

/* ---- getting and putting ---- */

struct reply *reply_cache_get(struct reply_cache *c, const struct reply_key *k)
{
    uint64_t hash = hash_of(k);
    struct shard *s = shard_of(c, hash);
    struct reply *r = NULL;
    struct entry *e;

    pthread_mutex_lock(&s->lock);
    e = find(s, k, hash);
    if (e) {
        e->is_used = true;
        r = reply_hold(e->reply);
        s->hits++;
    }
    pthread_mutex_unlock(&s->lock);
    return r;
}

/* Twice the buckets; without memory the chains grow instead. */
static void widen(struct shard *s)
{
    size_t n = s->n_buckets * 2;
    struct entry **old = s->buckets;
    struct entry **buckets = calloc(n, sizeof(struct entry *));

    if (!buckets)
        return;
    s->buckets = buckets;
    s->n_buckets = n;
    for (size_t i = 0; i < n / 2; i++) {
        for (struct entry *e = old[i], *next; e; e = next) {
            struct entry **to = bucket_of(s, e->hash);

            next = e->next;
            e->next = *to;
            *to = e;
        }
    }
    free(old);
}

static void insert(struct reply_cache *c, struct shard *s, struct entry *e)
{
    struct entry **to;

    if (s->n >= s->n_buckets)
        widen(s);
    to = bucket_of(s, e->hash);
    e->next = *to;
    *to = e;
    link_newest(s, e);
    s->n++;
    atomic_fetch_add(&c->bytes, e->bytes);
    if (e->reply->is_file)
        atomic_fetch_add(&c->files, 1);
}

void reply_cache_put(struct reply_cache *c, const struct reply_key *k,
                     struct reply *r)
{
    uint64_t hash = hash_of(k);
    struct shard *s = shard_of(c, hash);
    size_t bytes = r->bytes + k->len + OVERHEAD;
    struct entry *e;
    bool is_new;

    if (bytes > atomic_load(&c->max_bytes) / LARGEST_SHARE)
        return;
    e = malloc(sizeof *e + k->len);
    if (!e)
        return;
    *e = (struct entry){ .hash = hash,
                         .state = k->state,
                         .len = k->len,
                         .variant = k->variant,
                         .bytes = bytes,
                         .reply = r };
    memcpy(e->name, k->name, k->len);
    pthread_mutex_lock(&s->lock);
    s->misses++;
    is_new = !find(s, k, hash);
    if (is_new) {
        reply_hold(r);
        insert(c, s, e);
    }
    pthread_mutex_unlock(&s->lock);
    if (!is_new)
        free(e);
    else if (is_over(c))
        evict(c, s);
}

bool reply_cache_has_file_room(const struct reply_cache *c)
{
    return atomic_load(&c->files) < atomic_load(&c->max_files);
}

void reply_cache_keep(struct reply_cache *c, uint64_t one, uint64_t other)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        pthread_mutex_lock(&s->lock);
        for (struct entry *e = s->newest, *next; e; e = next) {
            next = e->older;
            if (e->state && e->state != one && e->state != other)
                remove_entry(c, s, e);
        }
        pthread_mutex_unlock(&s->lock);
    }
}

void reply_cache_count(struct reply_cache *c, struct reply_cache_counts *out)
{
    *out = (struct reply_cache_counts){ .bytes = atomic_load(&c->bytes),
                                        .files = atomic_load(&c->files) };
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        pthread_mutex_lock(&s->lock);
        out->hits += s->hits;
        out->misses += s->misses;
        out->evicted += s->evicted;
        out->entries += s->n;
        pthread_mutex_unlock(&s->lock);
    }
}

void reply_cache_free(struct reply_cache *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        while (c->shards[i].newest)
            remove_entry(c, &c->shards[i], c->shards[i].newest);
        free(c->shards[i].buckets);
        pthread_mutex_destroy(&c->shards[i].lock);
    }
    free(c);
}
