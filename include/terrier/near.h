/*
 * near.h - what lies near a point, on the EPSG:27700 plane, in exact integers.
 *
 * "Within r" means squared distance <= r squared, in millimetres. Results are
 * in ascending index order (nearest: by distance, ties to the lowest index), so
 * sums over them are the same on every thread. Places asked about lie in the
 * box of geometry.h, as everything that passed tr_crs_position() does. The
 * index is immutable once built and may be used by any number of threads.
 */
#ifndef TR_NEAR_H
#define TR_NEAR_H

#include "terrier/arena.h"
#include "terrier/geometry.h"

#define TR_NEAR_NONE UINT32_MAX

struct tr_near;

/* Over n points. `e_mm`, `n_mm` are copied. */
enum tr_status tr_near_new(const int32_t *e_mm, const int32_t *n_mm, size_t n,
                           struct tr_near **out, struct tr_error *err);

/* Over n geometries of any kind: distance is to their nearest point. The
 * geometries are borrowed until tr_near_free(). */
enum tr_status tr_near_new_geometries(const struct tr_geometry *const *items,
                                      size_t n, struct tr_near **out,
                                      struct tr_error *err);
void tr_near_free(struct tr_near *near);

/* The items within `within_mm` of (e, n): a list in the arena. */
enum tr_status tr_near_within(const struct tr_near *near, int32_t e_mm,
                              int32_t n_mm, int64_t within_mm,
                              struct tr_arena *a, const uint32_t **items,
                              size_t *n, struct tr_error *err);

/* How many there are, without listing them. */
size_t tr_near_count(const struct tr_near *near, int32_t e_mm, int32_t n_mm,
                     int64_t within_mm);

/* The nearest item for which accept(context, item) is true (NULL: any), and its
 * distance in mm rounded down; TR_NEAR_NONE when there is none. accept() may be
 * asked several times about one item. Geometries are compared by their distance
 * in whole mm, points exactly. */
uint32_t tr_near_nearest(const struct tr_near *near, int32_t e_mm, int32_t n_mm,
                         bool (*accept)(const void *context, uint32_t item),
                         const void *context, int64_t *distance_mm);

#endif
