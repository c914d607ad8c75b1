/*
 * reply_cache.h - finished answers by name, bounded in bytes and in descriptors.
 *
 * A key is the state that the answer is of (a snapshot's version together with
 * its audience and the settings that shape answers), a name (path and normalised
 * parameters) and a variant (coding, and whether the address holds the version).
 * The cache is cut into shards, each with its own lock, held for the time of a
 * look-up: no lock is shared by all requests. What was not asked for since the
 * hand last passed goes first (CLOCK).
 */
#ifndef HTTP_REPLY_CACHE_H
#define HTTP_REPLY_CACHE_H

#include <stdint.h>

#include "http/reply.h"

struct reply_key {
    uint64_t state;
    const char *name;
    size_t len;
    unsigned variant;
};

struct reply_cache_counts {
    uint64_t hits, misses, evicted;
    uint64_t entries, bytes, files;
};

struct reply_cache;

/* NULL: no memory. With `bytes` 0 nothing is kept. */
struct reply_cache *reply_cache_new(size_t bytes, size_t files);
void reply_cache_free(struct reply_cache *c);
/* Change the bounds; what is beyond them goes. */
void reply_cache_bound(struct reply_cache *c, size_t bytes, size_t files);

/* The reply, held for the caller, or NULL. */
struct reply *reply_cache_get(struct reply_cache *c, const struct reply_key *k);
/* Keep it, unless it alone is a great part of what may be kept, or there is one
 * already. */
void reply_cache_put(struct reply_cache *c, const struct reply_key *k,
                     struct reply *r);
/* May a reply be put into a file in memory, or are there as many as may be? */
bool reply_cache_has_file_room(const struct reply_cache *c);
/* Drop everything that is of a state other than 0 and these two. */
void reply_cache_keep(struct reply_cache *c, uint64_t one, uint64_t other);
void reply_cache_count(struct reply_cache *c, struct reply_cache_counts *out);

#endif
