/* tile_cache.c - see tile_cache.h */
#include "encode/tile_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES 256

enum state { MAKING, READY, FAILED };

struct entry {
    struct entry *next;
    struct tile_item *item;
    enum state state;
    unsigned users;   /* while there is one, it stays */
    uint64_t used_at; /* by the cache's own clock */
    size_t bytes;
    char key[];
};

struct tr_tile_cache {
    const struct tr_snapshot *snapshot;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct entry *entries;
    size_t n, bytes, max_bytes;
    uint64_t clock;
};

enum tr_status tr_tile_cache_new(const struct tr_snapshot *s, size_t max_bytes,
                                 struct tr_tile_cache **out,
                                 struct tr_error *err)
{
    struct tr_tile_cache *c = calloc(1, sizeof *c);

    if (!c)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile cache");
    c->snapshot = s;
    c->max_bytes = max_bytes ? max_bytes : TR_TILE_CACHE_BYTES;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    *out = c;
    return TR_OK;
}

static void free_entry(struct entry *e)
{
    if (e->item)
        e->item->free(e->item);
    free(e);
}

void tr_tile_cache_free(struct tr_tile_cache *c)
{
    if (!c)
        return;
    for (struct entry *e = c->entries, *next; e; e = next) {
        next = e->next;
        free_entry(e);
    }
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

size_t tr_tile_cache_bytes(struct tr_tile_cache *c)
{
    size_t bytes;

    pthread_mutex_lock(&c->lock);
    bytes = c->bytes;
    pthread_mutex_unlock(&c->lock);
    return bytes;
}

const struct tr_snapshot *tile_cache_snapshot(const struct tr_tile_cache *c)
{
    return c->snapshot;
}

static struct entry *find(const struct tr_tile_cache *c, const char *key)
{
    struct entry *e = c->entries;

    while (e && (e->state == FAILED || strcmp(e->key, key) != 0))
        e = e->next;
    return e;
}

static void unlink_entry(struct tr_tile_cache *c, struct entry *gone)
{
    struct entry **at = &c->entries;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    c->n--;
    c->bytes -= gone->bytes;
    free_entry(gone);
}

/* Under the lock: the least recently used go until there is room. */
static void make_room(struct tr_tile_cache *c)
{
    while (c->bytes > c->max_bytes || c->n > MOST_ENTRIES) {
        struct entry *oldest = NULL;

        for (struct entry *e = c->entries; e; e = e->next) {
            if (!e->users && (!oldest || e->used_at < oldest->used_at))
                oldest = e;
        }
        if (!oldest)
            return;
        unlink_entry(c, oldest);
    }
}

/* Under the lock: one user less. */
static void leave(struct tr_tile_cache *c, struct entry *e)
{
    e->users--;
    if (!e->users && e->state == FAILED)
        unlink_entry(c, e);
    make_room(c);
}

static struct entry *add(struct tr_tile_cache *c, const char *key)
{
    size_t len = strlen(key) + 1;
    struct entry *e = calloc(1, sizeof *e + len);

    if (!e)
        return NULL;
    memcpy(e->key, key, len);
    e->state = MAKING;
    e->bytes = sizeof *e + len;
    e->next = c->entries;
    c->entries = e;
    c->n++;
    c->bytes += e->bytes;
    return e;
}

/* Made without the lock: it may take long. */
static enum tr_status make_item(struct tr_tile_cache *c, struct entry *e,
                                tile_make make, const void *context,
                                struct tr_error *err)
{
    struct tile_item *item = NULL;
    enum tr_status st;

    pthread_mutex_unlock(&c->lock);
    st = make(context, &item, err);
    pthread_mutex_lock(&c->lock);
    e->state = st ? FAILED : READY;
    if (!st) {
        e->item = item;
        e->bytes += item->bytes;
        c->bytes += item->bytes;
    }
    pthread_cond_broadcast(&c->changed);
    return st;
}

/* Under the lock. Who waited for one that could not be made tries himself. */
static enum tr_status get_locked(struct tr_tile_cache *c, const char *key,
                                 tile_make make, const void *context,
                                 const struct tile_item **out,
                                 struct tr_error *err)
{
    struct entry *e = find(c, key);
    enum tr_status st = TR_OK;

    if (e) {
        e->users++;
        while (e->state == MAKING)
            pthread_cond_wait(&c->changed, &c->lock);
        if (e->state == FAILED) {
            leave(c, e);
            return get_locked(c, key, make, context, out, err);
        }
    } else {
        e = add(c, key);
        if (!e)
            return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
        e->users = 1;
        st = make_item(c, e, make, context, err);
    }
    e->used_at = ++c->clock;
    if (st)
        leave(c, e);
    else
        *out = e->item;
    return st;
}

enum tr_status tile_cache_get(struct tr_tile_cache *c, const char *key,
                              tile_make make, const void *context,
                              const struct tile_item **out,
                              struct tr_error *err)
{
    struct tile_item *own = NULL;
    enum tr_status st;

    if (!c) {
        st = make(context, &own, err);
        if (!st)
            *out = own;
        return st;
    }
    pthread_mutex_lock(&c->lock);
    st = get_locked(c, key, make, context, out, err);
    pthread_mutex_unlock(&c->lock);
    return st;
}

void tile_cache_put(struct tr_tile_cache *c, const struct tile_item *item)
{
    struct entry *e;

    if (!item)
        return;
    if (!c) {
        item->free((struct tile_item *)item);
        return;
    }
    pthread_mutex_lock(&c->lock);
    for (e = c->entries; e && e->item != item; e = e->next)
        continue;
    if (e)
        leave(c, e);
    pthread_mutex_unlock(&c->lock);
}
