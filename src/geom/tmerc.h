/*
 * tmerc.h - the two transverse Mercator projections that define OSTN15: the
 * National Grid's, on Airy 1830, and the same on the ETRS89 ellipsoid.
 *
 * Krueger's series to n^4 as given by Karney (2011), "Transverse Mercator with
 * an accuracy of a few nanometers", equations 35 and 36. Good to less than a
 * micrometre over Great Britain. Only the grid builder uses it: everything else
 * goes through PROJ (crs.h).
 */
#ifndef TMERC_H
#define TMERC_H

struct tmerc {
    double e, radius_m, north0_m;
    double alpha[4], beta[4], delta[4];
};

struct tmerc tmerc_airy(void);  /* OSGB36 */
struct tmerc tmerc_grs80(void); /* ETRS89 */

/* Degrees to metres, and back. */
void tmerc_forward(const struct tmerc *t, double lon_deg, double lat_deg,
                   double *e_m, double *n_m);
void tmerc_inverse(const struct tmerc *t, double e_m, double n_m,
                   double *lon_deg, double *lat_deg);

#endif
