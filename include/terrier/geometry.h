/*
 * geometry.h - positions and geometries in the three planes Terrier works in.
 *
 * One position is kept in two of them, as integers:
 *   - WGS84 degrees x 1e7, axis order lon, lat: what the outside sees (1.1 cm);
 *   - EPSG:27700 millimetres, easting, northing: measures and distances, whose
 *     squares fit int64 over the whole of Great Britain.
 * The third, the 32-bit Web Mercator plane, follows from the first: mercator.h.
 *
 * A geometry is points cut into parts, and parts grouped into polygons:
 *   POINT    every part is one point;
 *   LINE     every part is one line of two points or more;
 *   POLYGON  every part is a closed ring (first point = last point) of four
 *            points or more; polygon_start groups rings: the first of a group
 * is the outer ring (anticlockwise in lon, lat, as RFC 7946 wants), the others
 * its holes (clockwise). Everything in a geometry belongs to the arena it was
 * made in.
 */
#ifndef TR_GEOMETRY_H
#define TR_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/arena.h"
#include "terrier/buf.h"

struct tr_crs; /* crs.h */

struct tr_position {
    int32_t lon_e7, lat_e7;
    int32_t e_mm, n_mm;
};

/* Every position that Terrier keeps lies in this box, a little larger than the
 * area of use of EPSG:27700. It is what makes exact arithmetic cheap: squared
 * distances fit int64 and products of them 128 bits. */
#define TR_MIN_E_MM (-200000000)
#define TR_MAX_E_MM 800000000
#define TR_MIN_N_MM (-100000000)
#define TR_MAX_N_MM 1300000000

enum tr_geometry_kind { TR_POINT = 1, TR_LINE, TR_POLYGON };

struct tr_geometry {
    enum tr_geometry_kind kind;
    uint32_t n_points, n_parts, n_polygons; /* n_polygons: 0 unless POLYGON */
    const struct tr_position *points;
    const uint32_t *part_start;    /* n_parts + 1 offsets into points */
    const uint32_t *polygon_start; /* n_polygons + 1 offsets into parts */
};

struct tr_extent { /* of positions; empty when west_e7 > east_e7 */
    int32_t west_e7, south_e7, east_e7, north_e7;
};

struct tr_geometry_limits {
    uint32_t max_points; /* per geometry */
    uint32_t max_parts;
    uint32_t max_depth;    /* of nested collections */
    double densify_over_m; /* cut edges longer than this in their own CRS; 0:
                              leave them (architecture.md, three planes) */
};

/* A million points, 100,000 parts, depth 4, no densifying. */
struct tr_geometry_limits tr_geometry_default_limits(void);

/* The guard through which every geometry from outside passes. Reads OGC or ISO
 * WKB (Z and M dropped) in CRS `srid`, checks structure, limits, finiteness and
 * that every position lies in the CRS's area of use, closes and winds rings,
 * drops repeated points, lines without length and rings without area (a polygon
 * goes with its outer ring), and gives the positions in both planes.
 * Collections of one kind are flattened; mixed ones are refused, and so is a
 * geometry of which nothing is left. An SRID inside the WKB must be `srid`.
 * Fails with TR_EDATA (what is wrong, and at which point), TR_ELIMIT or
 * TR_ENOMEM. Never reads past `len`.
 */
enum tr_status tr_geometry_from_wkb(const unsigned char *wkb, size_t len,
                                    int srid, struct tr_crs *crs,
                                    const struct tr_geometry_limits *limits,
                                    struct tr_arena *a,
                                    const struct tr_geometry **out,
                                    struct tr_error *err);

/* The store's form of a geometry, and back. Reading checks everything: the
 * bytes may be damaged (TR_EDATA). */
void tr_geometry_encode(const struct tr_geometry *g, struct tr_buf *out);
enum tr_status tr_geometry_decode(const unsigned char *p, size_t len,
                                  struct tr_arena *a,
                                  const struct tr_geometry **out,
                                  struct tr_error *err);

/* WKB (little endian, 2D, lon lat degrees, or with `srid` 27700 metres). */
void tr_geometry_to_wkb(const struct tr_geometry *g, int srid,
                        struct tr_buf *out);

struct tr_extent tr_geometry_extent(const struct tr_geometry *g);

/* Area on the EPSG:27700 plane, m2; 0 unless POLYGON. Length, m; 0 unless LINE.
 */
double tr_geometry_area_m2(const struct tr_geometry *g);
double tr_geometry_length_m(const struct tr_geometry *g);

/* A position that surely lies on the geometry: the first point, the middle of
 * a line's length (to the mm), a point inside the largest polygon (on the
 * widest stretch of the scan line through the middle of its extent). In
 * integers, so the same on every machine. Worked out on the EPSG:27700 plane
 * and carried to degrees along that stretch: exact for a building, off by w^2 /
 * 40,000 km for a polygon that is w wide. */
struct tr_position tr_geometry_representative(const struct tr_geometry *g);

/* Is (e_mm, n_mm) inside or on the edge of the polygons? Exact. Inside means
 * even-odd over the rings of one polygon; false unless POLYGON. */
bool tr_geometry_covers_mm(const struct tr_geometry *g, int32_t e_mm,
                           int32_t n_mm);

/* Distance in whole mm, rounded down, from a position to the nearest part of
 * the geometry; 0 inside a polygon. Exact before the rounding. */
int64_t tr_geometry_distance_mm(const struct tr_geometry *g, int32_t e_mm,
                                int32_t n_mm);

/* Is that distance at most `within_mm`? Exact, without the rounding. */
bool tr_geometry_within_mm(const struct tr_geometry *g, int32_t e_mm,
                           int32_t n_mm, int64_t within_mm);

#endif
