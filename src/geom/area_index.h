/*
 * area_index.h - what the builder of an area index leaves for its readers.
 *
 * The plane is cut into quadtree cells, kept as a list in Morton order that
 * leaves no gap: cell i holds the keys from first[i] up to first[i + 1]. Its
 * value is an area (>= 0), none (TR_NO_AREA), or, below that, a border cell,
 * whose points are tested one by one.
 *
 * A border cell knows, for each polygon that has edges near it, whether its
 * anchor lies inside. The anchor is half a cell out from the north-west corner
 * and a hair south of that: (x - 1/2, y - 1/2 + hair). No vertex shares its x
 * or its y, so a way from the anchor crosses edges or misses them, never
 * touches. A point is reached down the anchor's column to a hair south of its
 * row, then east along it; an odd number of crossings changes sides.
 */
#ifndef AREA_INDEX_H
#define AREA_INDEX_H

#include "geom/geom_exact.h"
#include "terrier/area_join.h"

struct area_edge { /* in cells; never of no length */
    uint32_t ax, ay, bx, by;
};

struct area_polygon { /* of a border cell */
    int32_t area;
    uint32_t is_in; /* 1: the anchor lies inside */
    uint32_t edges, n_edges;
};

struct area_border {
    uint32_t x, y;                 /* the north-west cell */
    uint32_t polygons, n_polygons; /* by area, lowest first */
    int32_t otherwise; /* the area that holds the rest of the cell */
};

struct tr_area_index {
    uint64_t *first;
    int32_t *value; /* TR_NO_AREA - 1 - i: borders[i] */
    size_t n;
    struct area_border *borders;
    struct area_polygon *polygons;
    struct area_edge *edges;
    size_t n_borders, n_polygons, n_edges;
};

/* On which side of the edge does the point lie, seen from a? Positive, negative
 * or, on its line, 0. The point is in half cells, so that anchors have one. */
static inline geom_i128 area_side(const struct area_edge *e, int64_t x2,
                                  int64_t y2)
{
    int64_t dx = (int64_t)e->bx - e->ax, dy = (int64_t)e->by - e->ay;

    return (geom_i128)dx * (y2 - 2 * (int64_t)e->ay) -
           (geom_i128)dy * (x2 - 2 * (int64_t)e->ax);
}

/* The same for a point a hair further south. */
static inline bool area_left_of(const struct area_edge *e, int64_t x2,
                                int64_t y2)
{
    geom_i128 side = area_side(e, x2, y2);

    return side > 0 || (side == 0 && e->bx > e->ax);
}

/* Does the edge cross the way from (x2, from_y2 + hair) down to
 * (x2, to_y2 + hair)? x2 is odd: no vertex lies on the column. */
static inline bool area_crosses_column(const struct area_edge *e, int64_t x2,
                                       int64_t from_y2, int64_t to_y2)
{
    if ((2 * (int64_t)e->ax < x2) == (2 * (int64_t)e->bx < x2))
        return false;
    return area_left_of(e, x2, from_y2) != area_left_of(e, x2, to_y2);
}

/* And the way from (from_x2, y2 + hair) to (to_x2, y2 + hair)? */
static inline bool area_crosses_row(const struct area_edge *e, int64_t y2,
                                    int64_t from_x2, int64_t to_x2)
{
    if ((2 * (int64_t)e->ay <= y2) == (2 * (int64_t)e->by <= y2))
        return false;
    return area_left_of(e, from_x2, y2) != area_left_of(e, to_x2, y2);
}

#endif
