/*
 * near_parts.h - the two kinds of nearness index behind terrier/near.h: over
 * points (near.c) and over geometries (near_geometries.c). One of them is
 * empty.
 */
#ifndef NEAR_PARTS_H
#define NEAR_PARTS_H

#include "terrier/near.h"

/* Nothing that Terrier keeps is farther apart, and its square fits int64. */
#define NEAR_FARTHEST_MM INT64_C(3000000000)

struct near_points {
    uint32_t n;
    int32_t west_mm, south_mm;
    int64_t width_mm, height_mm;
    unsigned shift; /* the side is 2^shift mm */
    int64_t side_mm, n_columns, n_rows;
    uint64_t *filled; /* a bit per square, row by row from the south-west */
    uint32_t *rank;   /* filled squares before each word of 64 */
    uint32_t *start;  /* first point of each filled square, and the end */
    int32_t *e_mm, *n_mm;
    uint32_t *item;
};

struct near_box { /* mm; empty when west > east */
    int32_t west, south, east, north;
};

/* A packed tree: the boxes of the items in `order`, then of each NEAR_FAN of
 * them, and so on up to one. */
#define NEAR_FAN    8
#define NEAR_LEVELS 12

struct near_shapes {
    const struct tr_geometry *const *items;
    uint32_t n, *order;
    unsigned n_levels;
    uint32_t n_boxes[NEAR_LEVELS];
    struct near_box *boxes[NEAR_LEVELS]; /* [0] per item; one allocation */
};

struct tr_near {
    struct near_points points;
    struct near_shapes shapes; /* items != NULL: this one is in use */
};

void near_shapes_clear(struct near_shapes *s);
/* Ascending; `scratch` has room for n. */
void near_sort(uint32_t *items, uint32_t *scratch, size_t n);

/* Where points may lie that are within `r` of some place in a box. */
struct near_circle {
    struct near_box around; /* a place, or what holds several */
    int64_t r, r2;
    int64_t first_row, last_row; /* first > last: no row */
};

/* One row of the grid as a circle sees it: the points in from..to-1 may be
 * within reach of a place in the box, those in sure..unsure-1 of them are
 * within reach of every place in it. */
struct near_row {
    uint32_t from, sure, unsure, to;
};

struct near_circle near_circle_of(const struct near_points *p,
                                  const struct near_box *around,
                                  int64_t within_mm);
struct near_row near_row_of(const struct near_points *p,
                            const struct near_circle *c, int64_t row);
/* The points in the columns that [west, east] touches. */
struct near_row near_row_between(const struct near_points *p, int64_t row,
                                 int64_t west, int64_t east);
/* The square that holds a place, or the one of the grid that is nearest. */
int64_t near_row_number(const struct near_points *p, int64_t n);
int64_t near_column_number(const struct near_points *p, int64_t e);

enum tr_status near_no_memory(struct tr_error *err);

size_t near_points_count(const struct near_points *p, int32_t e_mm,
                         int32_t n_mm, int64_t within_mm);
enum tr_status near_points_within(const struct near_points *p, int32_t e_mm,
                                  int32_t n_mm, int64_t within_mm,
                                  struct tr_arena *a, const uint32_t **items,
                                  size_t *n, struct tr_error *err);
uint32_t near_points_nearest(const struct near_points *p, int32_t e_mm,
                             int32_t n_mm,
                             bool (*accept)(const void *context, uint32_t item),
                             const void *context, int64_t *distance_mm);

#endif
