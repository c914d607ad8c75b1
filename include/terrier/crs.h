/*
 * crs.h - coordinate reference systems: the one door to PROJ.
 *
 * Known CRSs: EPSG:4326 (x = lon, y = lat in degrees; CRS84 is the same here),
 * EPSG:4258 likewise, EPSG:27700 (easting, northing in metres), EPSG:3857.
 * Axis order here is always x = east, y = north, whatever EPSG says.
 *
 * Between WGS84 and EPSG:27700 the OSTN15 grid is used when it was built
 * (ostn15.h), else PROJ's best shift without it (2 m on average, up to 5 m
 * off); the info says which. PROJ's network is never used.
 *
 * A struct tr_crs belongs to one thread at a time.
 */
#ifndef TR_CRS_H
#define TR_CRS_H

#include "terrier/geometry.h"

struct tr_crs;

struct tr_crs_info {
    bool has_grid;       /* OSTN15 is in use */
    double accuracy_m;   /* of WGS84 <-> EPSG:27700 over Great Britain */
    char operation[160]; /* PROJ's name of the operation in use */
    char grid_path[512]; /* the grid file, "" without one */
};

/* `grid_dir` holds the built grid; NULL or a folder without it is not an error.
 * Fails with TR_EBACKEND when PROJ itself is broken. */
enum tr_status tr_crs_open(const char *grid_dir, struct tr_crs **out,
                           struct tr_error *err);
void tr_crs_close(struct tr_crs *crs);

const struct tr_crs_info *tr_crs_info(const struct tr_crs *crs);

/* "EPSG:27700", "27700", "BNG", "OSGB36", "WGS84", "CRS84", "EPSG:4326",
 * "ETRS89" ... to the number above; letter case is ignored. TR_EINVAL lists the
 * known ones. */
enum tr_status tr_crs_parse(const char *name, int *srid, struct tr_error *err);

/* One coordinate pair in CRS `srid` to a position in both planes. Fails with
 * TR_EDATA when it is not finite or outside the area of use of EPSG:27700. */
enum tr_status tr_crs_position(struct tr_crs *crs, int srid, double x, double y,
                               struct tr_position *out, struct tr_error *err);

/* The same for n pairs at xy[0..2n-1]; `*bad` is the first index that failed
 * (what the others of `out` then hold is not said). Much faster than one by one
 * when the points lie all over the country: give as many at once as there are.
 */
enum tr_status tr_crs_positions(struct tr_crs *crs, int srid, const double *xy,
                                size_t n, struct tr_position *out, size_t *bad,
                                struct tr_error *err);

/* Plain conversion of n pairs in place, without rounding to integers, for
 * tests and output CRSs. */
enum tr_status tr_crs_convert(struct tr_crs *crs, int from, int to, double *xy,
                              size_t n, struct tr_error *err);

#endif
