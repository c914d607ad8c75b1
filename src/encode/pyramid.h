/*
 * pyramid.h - the tiles of a pyramid, made in order on all cores.
 *
 * The order is that of PMTiles: zoom by zoom, along the Hilbert curve within
 * each. Addresses at which nothing can lie are never looked at: sites are ranges
 * of their Morton order, shapes are followed down the quadtree by their boxes.
 */
#ifndef ENCODE_PYRAMID_H
#define ENCODE_PYRAMID_H

#include "terrier/archive.h"

struct pyramid;

struct pyramid_tile {
    struct tr_tile tile;
    uint64_t id;      /* PMTiles' number of the address */
    struct tr_buf gz; /* gzip; empty: there is nothing here */
};

/* What a batch of tiles goes to. `done` counts all addresses, from the first of
 * the pyramid to the last of this batch. */
typedef enum tr_status (*pyramid_sink)(void *context,
                                       const struct pyramid_tile *tiles,
                                       size_t n, size_t done,
                                       struct tr_error *err);

/* Closed with the arena. The options are borrowed. */
enum tr_status pyramid_open(const struct tr_archive_options *o,
                            struct tr_arena *a, struct pyramid **out,
                            struct tr_error *err);
/* Addresses that may have a tile. */
size_t pyramid_total(const struct pyramid *p);
/* Make all tiles but those of the first `skip` addresses. The cuts between
 * batches are at the same addresses whatever `skip` is, if it was such a cut. */
enum tr_status pyramid_run(struct pyramid *p, size_t skip, pyramid_sink sink,
                           void *context, struct tr_error *err);

uint64_t pyramid_id(struct tr_tile t);

#endif
