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

/* The same for n places at once on `threads` threads (0: all cores): out[i] is
 * what tr_near_count() says of at[i]. Quickest where places that are near each
 * other stand near each other in `at`, as they do in Morton order. */
enum tr_status tr_near_count_all(const struct tr_near *near,
                                 const struct tr_position *at, size_t n,
                                 int64_t within_mm, unsigned threads,
                                 uint32_t *out, struct tr_error *err);

/* The nearest item for which accept(context, item) is true (NULL: any), and its
 * distance in mm rounded down; TR_NEAR_NONE when there is none. accept() may be
 * asked several times about one item. Geometries are compared by their distance
 * in whole mm, points exactly. */
uint32_t tr_near_nearest(const struct tr_near *near, int32_t e_mm, int32_t n_mm,
                         bool (*accept)(const void *context, uint32_t item),
                         const void *context, int64_t *distance_mm);

/* Which items may be the nearest of which places: those of another kind. Kinds
 * are any numbers; where they differ accept(context, place, item) has the last
 * word, unless it is NULL. It is called by several threads at once. */
struct tr_near_kinds {
    const uint32_t *of_item, *of_place;
    bool (*accept)(const void *context, size_t place, uint32_t item);
    const void *context;
};

struct tr_nearest {
    uint32_t item; /* TR_NEAR_NONE: there is none */
    int64_t distance_mm;
};

/* The nearest of n places at once, as tr_near_nearest() would say; over points
 * only (TR_EINVAL). `kinds` may be NULL: any item will do. An item of a kind
 * that many of its neighbours share is passed over with them at one step. */
enum tr_status tr_near_nearest_all(const struct tr_near *near,
                                   const struct tr_position *at, size_t n,
                                   const struct tr_near_kinds *kinds,
                                   unsigned threads, struct tr_nearest *out,
                                   struct tr_error *err);

#endif
