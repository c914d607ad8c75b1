/* raster_view.c - which box a picture shows. See terrier/raster.h. */
#include <math.h>

#include "terrier/raster.h"

#define PI          3.14159265358979323846
#define BNG_COLUMNS 5u
#define BNG_ROWS    7u
#define MARGIN      0.06 /* of the shorter side, round a geometry */

struct tr_raster_view tr_raster_tile(struct tr_tile t)
{
    double size = 2 * TR_MERCATOR_HALF_M / (double)(UINT64_C(1) << t.z);

    return (struct tr_raster_view){
        .srid = 3857,
        .west = -TR_MERCATOR_HALF_M + t.x * size,
        .east = -TR_MERCATOR_HALF_M + (t.x + 1.0) * size,
        .north = TR_MERCATOR_HALF_M - t.y * size,
        .south = TR_MERCATOR_HALF_M - (t.y + 1.0) * size,
        .width = TR_RASTER_TILE,
        .height = TR_RASTER_TILE,
    };
}

uint32_t tr_raster_bng_columns(uint32_t z)
{
    return BNG_COLUMNS << z;
}

uint32_t tr_raster_bng_rows(uint32_t z)
{
    return BNG_ROWS << z;
}

enum tr_status tr_raster_bng_tile(uint32_t z, uint32_t column, uint32_t row,
                                  struct tr_raster_view *out,
                                  struct tr_error *err)
{
    double size;

    if (z > TR_BNG_MAX_ZOOM)
        return tr_fail(err, TR_EINVAL, "matrix %u is above %u", (unsigned)z,
                       TR_BNG_MAX_ZOOM);
    if (column >= tr_raster_bng_columns(z) || row >= tr_raster_bng_rows(z))
        return tr_fail(err, TR_EINVAL,
                       "matrix %u has columns 0 to %u and rows 0 to %u",
                       (unsigned)z, (unsigned)tr_raster_bng_columns(z) - 1,
                       (unsigned)tr_raster_bng_rows(z) - 1);
    size = TR_BNG_METRES_0 * TR_RASTER_TILE / (double)(1u << z);
    *out = (struct tr_raster_view){
        .srid = 27700,
        .west = TR_BNG_WEST + column * size,
        .east = TR_BNG_WEST + (column + 1.0) * size,
        .north = TR_BNG_NORTH - row * size,
        .south = TR_BNG_NORTH - (row + 1.0) * size,
        .width = TR_RASTER_TILE,
        .height = TR_RASTER_TILE,
    };
    return TR_OK;
}

/* Grow the box on both sides of its middle to the shape of the picture. */
static void fit(struct tr_raster_view *v)
{
    double wide = v->east - v->west, tall = v->north - v->south;
    double per_point = fmax(wide / v->width, tall / v->height);
    double more_x = (per_point * v->width - wide) / 2;
    double more_y = (per_point * v->height - tall) / 2;

    v->west -= more_x;
    v->east += more_x;
    v->south -= more_y;
    v->north += more_y;
}

struct tr_raster_view tr_raster_round(struct tr_position middle, double metres,
                                      double width, double height)
{
    double e = middle.e_mm / 1000.0, n = middle.n_mm / 1000.0;
    double up = metres * height / width;
    struct tr_raster_view v = { .srid = 27700,
                                .west = e - metres / 2,
                                .south = n - up / 2,
                                .east = e + metres / 2,
                                .north = n + up / 2,
                                .width = width,
                                .height = height };

    return v;
}

struct tr_raster_view tr_raster_of_geometry(const struct tr_geometry *g,
                                            double width, double height)
{
    int32_t w = TR_MAX_E_MM, e = TR_MIN_E_MM, s = TR_MAX_N_MM, n = TR_MIN_N_MM;
    struct tr_raster_view v = { .srid = 27700,
                                .width = width,
                                .height = height };
    double margin;

    for (uint32_t i = 0; i < g->n_points; i++) {
        const struct tr_position *p = &g->points[i];

        w = p->e_mm < w ? p->e_mm : w;
        e = p->e_mm > e ? p->e_mm : e;
        s = p->n_mm < s ? p->n_mm : s;
        n = p->n_mm > n ? p->n_mm : n;
    }
    margin = fmax(
        MARGIN * fmax(e / 1000.0 - w / 1000.0, n / 1000.0 - s / 1000.0), 50);
    v.west = w / 1000.0 - margin;
    v.east = e / 1000.0 + margin;
    v.south = s / 1000.0 - margin;
    v.north = n / 1000.0 + margin;
    fit(&v);
    return v;
}

enum tr_status tr_raster_of_box(int srid, const double box[4], double width,
                                double height, struct tr_raster_view *out,
                                struct tr_error *err)
{
    struct tr_raster_view v = { srid,   box[0], box[1], box[2],
                                box[3], width,  height };

    if (srid != 3857 && srid != 27700)
        return tr_fail(err, TR_EINVAL,
                       "maps are drawn in EPSG:3857 or EPSG:27700, not in %d",
                       srid);
    for (int i = 0; i < 4; i++) {
        if (!(fabs(box[i]) < 1e8))
            return tr_fail(err, TR_EINVAL, "the map's box is not finite");
    }
    if (!(v.west < v.east) || !(v.south < v.north) || !(width >= 1) ||
        !(height >= 1))
        return tr_fail(err, TR_EINVAL, "the map's box is empty");
    fit(&v);
    *out = v;
    return TR_OK;
}

double tr_raster_ground_metres(const struct tr_raster_view *v)
{
    double per_point = (v->east - v->west) / v->width;
    double middle = (v->north + v->south) / 2 / TR_MERCATOR_HALF_M * PI;

    return v->srid == 3857 ? per_point / cosh(middle) : per_point;
}
