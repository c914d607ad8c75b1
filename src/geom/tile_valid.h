/*
 * tile_valid.h - polygons of a tile made valid, by GEOS.
 *
 * Clipping, snapping and simplifying can each let a ring touch or cross itself
 * or another. A polygon comes in as its rings, the outer one first, and leaves
 * as none or more that are valid, wound for MVT, and still on whole numbers.
 */
#ifndef TILE_VALID_H
#define TILE_VALID_H

#include "geom/mesh.h"
#include "geom/path.h"
#include "terrier/status.h"

struct tile_rings { /* growing in the arena */
    struct tr_arena *a;
    struct path *rings;
    bool *is_outer;
    size_t n, size;
};

/* False when there is no memory left. */
bool tile_rings_add(struct tile_rings *r, const struct path *path,
                    bool is_outer);

struct tile_valid; /* a GEOS context */

enum tr_status tile_valid_open(struct tr_arena *a, struct tile_valid **out,
                               struct tr_error *err);

/* Append to `out` what the polygon of n rings is when made valid. */
enum tr_status tile_valid_polygon(struct tile_valid *v,
                                  const struct path *rings, size_t n,
                                  struct tile_rings *out, struct tr_error *err);

/* The same for each outer ring of `p` with its holes. False: no memory. */
bool tile_valid_paths(struct tile_valid *v, const struct mesh_paths *p,
                      struct tr_arena *a, struct mesh_paths *out);

#endif
