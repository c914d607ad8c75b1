/*
 * tile_shape.h - geometries as vector tiles show them: in the tile's own
 * integers, clipped, simplified and valid.
 *
 * x grows right and y down; the tile is the square from 0 to TR_MESH_EXTENT, and
 * what lies within TR_MESH_BUFFER around it is kept too. Vertices are snapped to
 * one grid for the whole zoom and simplified before they are clipped, so that
 * neighbouring tiles meet. What is smaller than half a pixel of a 512-pixel
 * tile goes (Visvalingam: the vertex whose triangle is smallest, first).
 *
 * Rings are as MVT 2.1 section 4.3.4.4 wants them: outer ones have a positive
 * area by the surveyor's formula (clockwise on the screen), holes a negative
 * one, no ring crosses itself or another of its polygon, and none has an area
 * of zero. The first point is NOT repeated at the end.
 */
#ifndef TR_TILE_SHAPE_H
#define TR_TILE_SHAPE_H

#include "terrier/geometry.h"
#include "terrier/mercator.h"

struct tr_tile_shape {
    enum tr_geometry_kind kind;
    uint32_t n_points, n_parts, n_polygons; /* all 0: nothing is in the tile */
    const int32_t *xy;                      /* 2 * n_points: x, y, x, y ... */
    const uint32_t *part_start;             /* n_parts + 1 */
    const uint32_t *polygon_start;          /* n_polygons + 1, POLYGON only */
};

/* All geometries of a collection, made ready for tiles together. A vertex that
 * several of them share is one: it is simplified once and snapped once, so that
 * neighbouring areas keep their common border and neither gap nor overlap.
 * Immutable; any number of threads may use it. */
struct tr_mesh;

/* Shapes are simplified and snapped up to this zoom, 9 cm in Britain; beyond it
 * they are those of it, enlarged. */
#define TR_MESH_MAX_ZOOM 16u
#define TR_MESH_EXTENT   4096u /* of a tile */
#define TR_MESH_BUFFER   64u

/* `items` are borrowed during the call; NULL ones and points have no shape. */
enum tr_status tr_mesh_new(const struct tr_geometry *const *items, size_t n,
                           struct tr_mesh **out, struct tr_error *err);
void tr_mesh_free(struct tr_mesh *m);
size_t tr_mesh_bytes(const struct tr_mesh *m);

/* The same on the grid of one zoom: simplified, snapped so that nothing crosses
 * that did not, and with a vertex wherever the rim of a tile's buffer is
 * crossed, so that cutting a tile out moves nothing. */
struct tr_mesh_zoom;

/* `z` above TR_MESH_MAX_ZOOM stands for it. */
enum tr_status tr_mesh_zoom_new(const struct tr_mesh *m, uint32_t z,
                                struct tr_mesh_zoom **out,
                                struct tr_error *err);
void tr_mesh_zoom_free(struct tr_mesh_zoom *z);
size_t tr_mesh_zoom_bytes(const struct tr_mesh_zoom *z);

/* Who looks at the items that show in a tile, in one order for all tiles. */
struct tr_mesh_viewer {
    /* The shape lives during the call. False ends it. */
    bool (*show)(void *context, size_t item, const struct tr_tile_shape *shape);
    /* One that may be shown a few items later, to fetch what it needs from
     * memory; NULL when that does not matter. */
    void (*soon)(void *context, size_t item);
    void *context;
};

/* What a tile with its buffer shows; `z` is of the tile's zoom. TR_ENOMEM. */
enum tr_status tr_mesh_tile(const struct tr_mesh *m,
                            const struct tr_mesh_zoom *z, struct tr_tile t,
                            const struct tr_mesh_viewer *v,
                            struct tr_error *err);

#endif
