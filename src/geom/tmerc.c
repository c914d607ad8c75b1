/* tmerc.c - see geom/tmerc.h */
#include "geom/tmerc.h"

#include <complex.h>
#include <math.h>

/* CMPLX() is not to be had with clang 14. */
#define J ((double complex)I)

#define DEG (3.14159265358979323846 / 180.0)

/* The National Grid's parameters: true origin 49 N 2 W. */
#define SCALE         0.9996012717
#define LAT0_DEG      49.0
#define LON0_DEG      (-2.0)
#define FALSE_EAST_M  400000.0
#define FALSE_NORTH_M (-100000.0)

/* The sum of c[j] sin(2 (j + 1) z). */
static double complex series(const double c[4], double complex z)
{
    double complex s1 = csin(2 * z), c1 = ccos(2 * z);
    double complex s = s1, co = c1, sum = c[0] * s1;

    for (int j = 1; j < 4; j++) {
        double complex next = s * c1 + co * s1;

        co = co * c1 - s * s1;
        s = next;
        sum += c[j] * s;
    }
    return sum;
}

static double real_series(const double c[4], double x)
{
    return c[0] * sin(2 * x) + c[1] * sin(4 * x) + c[2] * sin(6 * x) +
           c[3] * sin(8 * x);
}

/* The tangent of the conformal latitude. */
static double conformal_tan(const struct tmerc *t, double lat)
{
    double s = sin(lat);

    return sinh(atanh(s) - t->e * atanh(t->e * s));
}

static struct tmerc make(double a, double inverse_flattening)
{
    double f = 1 / inverse_flattening, n = f / (2 - f);
    double n2 = n * n, n3 = n2 * n, n4 = n3 * n;
    struct tmerc t = {
        .e = sqrt(f * (2 - f)),
        .radius_m = SCALE * a / (1 + n) * (1 + n2 / 4 + n4 / 64),
        .alpha = { n / 2 - n2 * 2 / 3 + n3 * 5 / 16 + n4 * 41 / 180,
                   n2 * 13 / 48 - n3 * 3 / 5 + n4 * 557 / 1440,
                   n3 * 61 / 240 - n4 * 103 / 140, n4 * 49561 / 161280 },
        .beta = { n / 2 - n2 * 2 / 3 + n3 * 37 / 96 - n4 / 360,
                  n2 / 48 + n3 / 15 - n4 * 437 / 1440,
                  n3 * 17 / 480 - n4 * 37 / 840, n4 * 4397 / 161280 },
        .delta = { n * 2 - n2 * 2 / 3 - n3 * 2 + n4 * 116 / 45,
                   n2 * 7 / 3 - n3 * 8 / 5 - n4 * 227 / 45,
                   n3 * 56 / 15 - n4 * 136 / 35, n4 * 4279 / 630 },
    };
    double xi = atan(conformal_tan(&t, LAT0_DEG * DEG));

    t.north0_m = FALSE_NORTH_M - t.radius_m * (xi + real_series(t.alpha, xi));
    return t;
}

struct tmerc tmerc_airy(void)
{
    return make(6377563.396, 299.3249646);
}

struct tmerc tmerc_grs80(void)
{
    return make(6378137.0, 298.257222101);
}

void tmerc_forward(const struct tmerc *t, double lon_deg, double lat_deg,
                   double *e_m, double *n_m)
{
    double tau = conformal_tan(t, lat_deg * DEG);
    double lambda = (lon_deg - LON0_DEG) * DEG, c = cos(lambda);
    double complex z =
        atan2(tau, c) + asinh(sin(lambda) / sqrt(tau * tau + c * c)) * J;

    z += series(t->alpha, z);
    *e_m = FALSE_EAST_M + t->radius_m * cimag(z);
    *n_m = t->north0_m + t->radius_m * creal(z);
}

void tmerc_inverse(const struct tmerc *t, double e_m, double n_m,
                   double *lon_deg, double *lat_deg)
{
    double complex z = (n_m - t->north0_m) / t->radius_m +
                       (e_m - FALSE_EAST_M) / t->radius_m * J;

    z -= series(t->beta, z);

    double chi = asin(sin(creal(z)) / cosh(cimag(z)));

    *lat_deg = (chi + real_series(t->delta, chi)) / DEG;
    *lon_deg = LON0_DEG + atan2(sinh(cimag(z)), cos(creal(z))) / DEG;
}
