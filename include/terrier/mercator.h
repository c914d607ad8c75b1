/*
 * mercator.h - the 32-bit Web Mercator plane, Morton order and tiles.
 *
 * The plane is the world's Web Mercator square cut into 2^32 by 2^32 half-open
 * cells (9.3 mm at the equator): x grows east, y grows SOUTH, as tile addresses
 * do. The tile (z, x, y) holds the cells whose top z bits are x and y: each cell
 * is in exactly one tile of every zoom. Morton order interleaves the bits, y
 * first, so that a tile is one contiguous range of keys.
 */
#ifndef TR_MERCATOR_H
#define TR_MERCATOR_H

#include <stdint.h>

#include "terrier/status.h"

#define TR_MAX_ZOOM             22u
#define TR_MERCATOR_HALF_M      20037508.342789244
#define TR_MERCATOR_MAX_LAT_DEG 85.051128779806592

struct tr_cell {
    uint32_t x, y;
};

struct tr_tile {
    uint32_t z; /* 0..TR_MAX_ZOOM */
    uint32_t x; /* 0..2^z-1, west to east */
    uint32_t y; /* 0..2^z-1, north to south */
};

struct tr_morton_range {
    uint64_t first, last; /* inclusive, since the last tile ends at 2^64-1 */
};

/* The cell that holds a WGS84 position; latitudes are clamped to the square. */
struct tr_cell tr_mercator_cell(int32_t lon_e7, int32_t lat_e7);
/* The middle of a cell in degrees. */
void tr_mercator_degrees(struct tr_cell c, double *lon_deg, double *lat_deg);

uint64_t tr_morton(struct tr_cell c);
struct tr_cell tr_morton_cell(uint64_t key);

struct tr_morton_range tr_tile_range(struct tr_tile t);
struct tr_tile tr_tile_parent(struct tr_tile t, uint32_t z);
struct tr_tile tr_tile_at(struct tr_cell c, uint32_t z);
/* Its ground extent in WGS84 degrees: west, south, east, north. */
void tr_tile_bounds(struct tr_tile t, double bounds_deg[4]);

/* Parse three path segments: plain decimal digits, no sign, space or suffix.
 * Fails with TR_EINVAL naming the range allowed; `out` is then untouched. */
enum tr_status tr_tile_parse(const char *z, const char *x, const char *y,
                             struct tr_tile *out, struct tr_error *err);

#endif
