/*
 * ostn15.h - building the OSTN15 grid that Debian's PROJ lacks.
 *
 * The tables are those in the Debian package libgeo-coordinates-osgb-perl
 * (Crown copyright, see its copyright file). They give, at every km node of the
 * ETRS89 grid, the shift in mm to National Grid eastings and northings. The
 * grid written is the latitude/longitude form PROJ wants
 * (uk_os_OSTN15_NTv2_OSGBtoETRS.tif, GTG, 0.005 degrees), within 2 mm of the
 * tables; PROJ then picks it by itself.
 */
#ifndef TR_OSTN15_H
#define TR_OSTN15_H

#include "terrier/status.h"

#define TR_OSTN15_FILE "uk_os_OSTN15_NTv2_OSGBtoETRS.tif"

/* Build the grid in `out_dir` (made if need be), written aside and renamed into
 * place. `table_dir` NULL: where Debian puts the package. Fails with
 * TR_ENOINPUT (the package is not installed; says its name), TR_EDATA, TR_EIO.
 */
enum tr_status tr_ostn15_build(const char *table_dir, const char *out_dir,
                               struct tr_error *err);

/* The definition itself, straight from the tables (bilinear, exact to the mm):
 * the oracle for tests. lon, lat ETRS89 degrees -> easting, northing in m. */
enum tr_status tr_ostn15_direct(const char *table_dir, double lon_deg,
                                double lat_deg, double *e_m, double *n_m,
                                struct tr_error *err);

#endif
