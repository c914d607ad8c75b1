/*
 * area_join.h - which area does a point lie in: exact, in integers.
 *
 * Area rings are snapped to the 32-bit Mercator plane and their edges are
 * straight there. A point on an edge or vertex is inside; where several areas
 * hold a point, the lowest index wins - the caller orders areas by code (by name
 * where there is none). GEOS on the same integers is the oracle in tests.
 *
 * The index is immutable once built and may be used by any number of threads.
 */
#ifndef TR_AREA_JOIN_H
#define TR_AREA_JOIN_H

#include "terrier/geometry.h"
#include "terrier/mercator.h"

#define TR_NO_AREA (-1)

struct tr_area_index;

/* `areas` are POLYGON geometries, borrowed only during the call. */
enum tr_status tr_area_index_new(const struct tr_geometry *const *areas,
                                 size_t n, struct tr_area_index **out,
                                 struct tr_error *err);
void tr_area_index_free(struct tr_area_index *index);

/* The index of the area that holds the cell, or TR_NO_AREA. */
int32_t tr_area_index_find(const struct tr_area_index *index, struct tr_cell c);

/* All n points at once; `keys` are Morton keys in ascending order. Quadtree
 * cells wholly inside an area take their range of points at once; only border
 * cells test points. out[i] is what find() would say. threads: 0 = all cores. */
enum tr_status tr_area_index_join(const struct tr_area_index *index,
                                  const uint64_t *keys, size_t n, int32_t *out,
                                  unsigned threads, struct tr_error *err);

/* Distance in mm from a position to the nearest edge of area `i` on the
 * EPSG:27700 plane is tr_geometry_distance_mm() of its boundary, not here. */

#endif
