/*
 * tile_cache.h - things that are made once and shared by many tiles.
 *
 * An item is known by a key and made by whoever asks for it first; others wait
 * for it. It is pinned from tile_cache_get() to tile_cache_put(), and freed when
 * it is not, and there is no room.
 */
#ifndef ENCODE_TILE_CACHE_H
#define ENCODE_TILE_CACHE_H

#include "terrier/encode.h"

/* Every item starts with this; make() sets `free` and `bytes`. */
struct tile_item {
    void (*free)(struct tile_item *item);
    size_t bytes;
};

typedef enum tr_status (*tile_make)(const void *context, struct tile_item **out,
                                    struct tr_error *err);

/* Without a cache the item is the caller's own. */
enum tr_status tile_cache_get(struct tr_tile_cache *cache, const char *key,
                              tile_make make, const void *context,
                              const struct tile_item **out,
                              struct tr_error *err);
void tile_cache_put(struct tr_tile_cache *cache, const struct tile_item *item);
const struct tr_snapshot *tile_cache_snapshot(const struct tr_tile_cache *c);

#endif
