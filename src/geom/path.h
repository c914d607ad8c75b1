/*
 * path.h - a growing list of integer points in an arena: what clipping works
 * on. y grows down here, as in tiles.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/arena.h"

struct path_point {
    int64_t x, y;
};

struct path {
    struct tr_arena *a;
    struct path_point *p; /* rings: the first is not repeated */
    size_t n, size;
    bool failed; /* no memory; sticky */
};

struct path_box {
    int64_t west, north, east, south; /* all inclusive */
};

/* Append, unless it repeats the point before. */
void path_add(struct path *path, int64_t x, int64_t y);

/* Twice the area by the surveyor's formula: positive is clockwise on the
 * screen. The points lie within 2^30 of one another. */
int64_t path_area2(const struct path_point *p, size_t n);

/* The part of a ring inside a box (Sutherland and Hodgman). A ring that leaves
 * the box and comes back is joined along its rim: the caller makes it valid. */
struct path path_clip_ring(const struct path *ring, const struct path_box *box);

/* Clip one segment; false when nothing is inside. */
bool path_clip_segment(struct path_point *from, struct path_point *to,
                       const struct path_box *box);

#endif
