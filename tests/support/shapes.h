/*
 * shapes.h - geometries for tests: from GeoJSON files, and made up.
 *
 * Everything lives in the arena. Failures end the test.
 */
#ifndef TEST_SHAPES_H
#define TEST_SHAPES_H

#include "terrier/crs.h"
#include "terrier/geometry.h"

/* The geometries of a GeoJSON file's features, through the guard. */
const struct tr_geometry **shapes_from_geojson(const char *path,
                                               struct tr_crs *crs,
                                               struct tr_arena *a, size_t *n);

/* Rings given as lon, lat in 1e-7 degrees, closed or not; n_rings of them, ring
 * i of n_points[i] points. The first is the outer one of a polygon; so is any
 * whose n_points is negative (its absolute value counts). Millimetres are made
 * by a plain scale, good enough for tests on the Mercator plane. */
const struct tr_geometry *shapes_polygon(struct tr_arena *a, const int32_t *xy,
                                         const int *n_points, int n_rings);

/* A seeded generator: 32 random bits, and a number from low to high. */
uint32_t shapes_random(uint64_t *state);
int32_t shapes_between(uint64_t *state, int32_t low, int32_t high);

#endif
