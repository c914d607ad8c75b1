/*
 * tile_cache.h - finished answers by name, bounded in bytes and in descriptors.
 *
 * A key is the state that the answer is of (a snapshot's version together with
 * its audience and the settings that shape answers), a name (path and normalised
 * parameters) and a variant (coding, and whether the address holds the version).
 * The cache is cut into shards, each with its own lock, held for the time of a
 * look-up: no lock is shared by all requests. What was not asked for since the
 * hand last passed goes first (CLOCK).
 */
#ifndef HTTP_TILE_CACHE_H
#define HTTP_TILE_CACHE_H

#include <stdint.h>

#include "http/reply.h"

struct tile_key {
    uint64_t state;
    const char *name;
    size_t len;
    unsigned variant;
};

struct tile_cache_counts {
    uint64_t hits, misses, evicted;
    uint64_t entries, bytes, files;
};

struct tile_cache;

/* NULL: no memory. With `bytes` 0 nothing is kept. */
struct tile_cache *tile_cache_new(size_t bytes, size_t files);
void tile_cache_free(struct tile_cache *c);
/* Change the bounds; what is beyond them goes. */
void tile_cache_bound(struct tile_cache *c, size_t bytes, size_t files);

/* The reply, held for the caller, or NULL. */
struct reply *tile_cache_get(struct tile_cache *c, const struct tile_key *k);
/* Keep it, unless it alone is a great part of what may be kept, or there is one
 * already. */
void tile_cache_put(struct tile_cache *c, const struct tile_key *k,
                    struct reply *r);
/* May a reply be put into a file in memory, or are there as many as may be? */
bool tile_cache_has_file_room(const struct tile_cache *c);
/* Drop everything that is of a state other than 0 and these two. */
void tile_cache_keep(struct tile_cache *c, uint64_t one, uint64_t other);
void tile_cache_count(struct tile_cache *c, struct tile_cache_counts *out);

#endif
