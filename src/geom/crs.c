/* crs.c - the one door to PROJ; see terrier/crs.h */
#include "terrier/crs.h"

#include <math.h>
#include <proj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WGS84        4326
#define ETRS89       4258
#define BNG          27700
#define WEB_MERCATOR 3857

/* The area of use of EPSG:27700 in the EPSG register, degrees. */
#define WEST_DEG  (-9.01)
#define EAST_DEG  2.01
#define SOUTH_DEG 49.75
#define NORTH_DEG 61.01

#define CHUNK 256 /* pairs converted at a time, on the stack */

struct tr_crs {
    PJ_CONTEXT *context;
    PJ *grid;     /* WGS84 degrees, lon first, -> EPSG:27700 metres */
    PJ *mercator; /* WGS84 degrees, lon first, -> EPSG:3857 metres */
    struct tr_crs_info info;
};

static enum tr_status proj_broken(PJ_CONTEXT *c, struct tr_error *err)
{
    return tr_fail(err, TR_EBACKEND,
                   "PROJ cannot transform between WGS84 and EPSG:27700: %s; "
                   "is the package proj-data installed?",
                   proj_context_errno_string(c, proj_context_errno(c)));
}

#define MAX_FOLDERS 16

/* Ours before the default ones, which PROJ needs for its own database. */
static enum tr_status set_search_paths(PJ_CONTEXT *c, const char *grid_dir,
                                       struct tr_error *err)
{
    const char *folders[MAX_FOLDERS] = { grid_dir };
    int n = 1;

    if (!grid_dir)
        return TR_OK;

    char *list = strdup(proj_info().searchpath);
    char *next = list;

    if (!list)
        return tr_fail(err, TR_ENOMEM, "no memory left for PROJ");
    while (next && n < MAX_FOLDERS) {
        char *colon = strchr(next, ':');

        folders[n++] = next;
        if (colon)
            *colon++ = '\0';
        next = colon;
    }
    proj_context_set_search_paths(c, n, folders);
    free(list);
    return TR_OK;
}

/* Does the operation hold for the whole mainland? One that is better in a
 * part only would make the answer depend on where the point lies. */
static bool covers_mainland(PJ_CONTEXT *c, const PJ *op)
{
    double west, south, east, north;

    return proj_get_area_of_use(c, op, &west, &south, &east, &north, NULL) &&
           west <= -6.3 && east >= 1.7 && south <= 50.1 && north >= 58.6;
}

static bool is_usable(PJ_CONTEXT *c, const PJ *op)
{
    return proj_coordoperation_is_instantiable(c, op) &&
           !proj_coordoperation_has_ballpark_transformation(c, op) &&
           covers_mainland(c, op);
}

/* Metres; a mere projection has no accuracy and needs none. */
static double accuracy_of(PJ_CONTEXT *c, const PJ *op)
{
    double m = proj_coordoperation_get_accuracy(c, op);

    return m >= 0 ? m : 1e9;
}

/* The most accurate of the candidates, and always that one. A PJ from
 * proj_create_crs_to_crs() would choose anew for each point. */
static PJ *best_of(PJ_CONTEXT *c, const PJ_OBJ_LIST *list)
{
    PJ *best = NULL;

    for (int i = 0; i < proj_list_get_count(list); i++) {
        PJ *op = proj_list_get(c, list, i);

        if (op && is_usable(c, op) &&
            (!best || accuracy_of(c, op) < accuracy_of(c, best))) {
            PJ *worse = best;

            best = op;
            op = worse;
        }
        proj_destroy(op);
    }
    return best;
}

static PJ *operation(PJ_CONTEXT *c, const char *target)
{
    PJ *from = proj_create(c, "EPSG:4326"), *to = proj_create(c, target);
    PJ_OPERATION_FACTORY_CONTEXT *f =
        proj_create_operation_factory_context(c, NULL);
    PJ_OBJ_LIST *list = NULL;
    PJ *best = NULL, *result = NULL;

    if (from && to && f) {
        proj_operation_factory_context_set_area_of_interest(
            c, f, WEST_DEG, SOUTH_DEG, EAST_DEG, NORTH_DEG);
        proj_operation_factory_context_set_spatial_criterion(
            c, f, PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION);
        proj_operation_factory_context_set_grid_availability_use(
            c, f, PROJ_GRID_AVAILABILITY_DISCARD_OPERATION_IF_MISSING_GRID);
        list = proj_create_operations(c, from, to, f);
    }
    if (list)
        best = best_of(c, list);
    if (best)
        result = proj_normalize_for_visualization(c, best);
    proj_destroy(best);
    proj_list_destroy(list);
    proj_operation_factory_context_destroy(f);
    proj_destroy(to);
    proj_destroy(from);
    return result;
}

static void describe(struct tr_crs *crs)
{
    struct tr_crs_info *info = &crs->info;
    PJ_PROJ_INFO about = proj_pj_info(crs->grid);
    const char *name = proj_get_name(crs->grid);
    const char *path = NULL;
    int is_available = 0;

    if (!name || !*name)
        name = about.description ? about.description : "unknown";
    snprintf(info->operation, sizeof info->operation, "%s", name);
    info->accuracy_m =
        proj_coordoperation_get_accuracy(crs->context, crs->grid);
    if (proj_coordoperation_get_grid_used_count(crs->context, crs->grid) > 0 &&
        proj_coordoperation_get_grid_used(crs->context, crs->grid, 0, NULL,
                                          &path, NULL, NULL, NULL, NULL,
                                          &is_available) &&
        is_available) {
        info->has_grid = true;
        snprintf(info->grid_path, sizeof info->grid_path, "%s",
                 path ? path : "");
    }
}

enum tr_status tr_crs_open(const char *grid_dir, struct tr_crs **out,
                           struct tr_error *err)
{
    struct tr_crs *crs = calloc(1, sizeof *crs);

    if (!crs)
        return tr_fail(err, TR_ENOMEM, "no memory left for PROJ");
    crs->context = proj_context_create();
    if (!crs->context) {
        tr_crs_close(crs);
        return tr_fail(err, TR_ENOMEM, "no memory left for PROJ");
    }
    proj_log_level(crs->context, PJ_LOG_NONE);
    proj_context_set_enable_network(crs->context, 0);

    enum tr_status st = set_search_paths(crs->context, grid_dir, err);

    if (st) {
        tr_crs_close(crs);
        return st;
    }
    crs->grid = operation(crs->context, "EPSG:27700");
    crs->mercator = operation(crs->context, "EPSG:3857");
    if (!crs->grid || !crs->mercator) {
        st = proj_broken(crs->context, err);
        tr_crs_close(crs);
        return st;
    }
    describe(crs);
    *out = crs;
    return TR_OK;
}

void tr_crs_close(struct tr_crs *crs)
{
    if (!crs)
        return;
    proj_destroy(crs->grid);
    proj_destroy(crs->mercator);
    if (crs->context) /* NULL would mean PROJ's shared one */
        proj_context_destroy(crs->context);
    free(crs);
}

const struct tr_crs_info *tr_crs_info(const struct tr_crs *crs)
{
    return &crs->info;
}

enum tr_status tr_crs_parse(const char *name, int *srid, struct tr_error *err)
{
    static const struct {
        const char *name;
        int srid;
    } known[] = {
        { "EPSG:27700", BNG },
        { "EPSG:4326", WGS84 },
        { "EPSG:4258", ETRS89 },
        { "EPSG:3857", WEB_MERCATOR },
        { "27700", BNG },
        { "4326", WGS84 },
        { "4258", ETRS89 },
        { "3857", WEB_MERCATOR },
        { "BNG", BNG },
        { "OSGB", BNG },
        { "OSGB36", BNG },
        { "British National Grid", BNG },
        { "WGS84", WGS84 },
        { "WGS 84", WGS84 },
        { "CRS84", WGS84 },
        { "OGC:CRS84", WGS84 },
        { "urn:ogc:def:crs:OGC:1.3:CRS84", WGS84 },
        { "urn:ogc:def:crs:OGC::CRS84", WGS84 },
        { "http://www.opengis.net/def/crs/OGC/1.3/CRS84", WGS84 },
        { "urn:ogc:def:crs:EPSG::27700", BNG },
        { "http://www.opengis.net/def/crs/EPSG/0/27700", BNG },
        { "ETRS89", ETRS89 },
        { "Web Mercator", WEB_MERCATOR },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(name, known[i].name) == 0) {
            *srid = known[i].srid;
            return TR_OK;
        }
    }
    return tr_fail(err, TR_EINVAL,
                   "CRS '%.60s' is not known; use EPSG:27700 (BNG), EPSG:4326 "
                   "(WGS84, CRS84), EPSG:4258 (ETRS89) or EPSG:3857",
                   name);
}

static bool is_degrees(int srid)
{
    return srid == WGS84 || srid == ETRS89;
}

static enum tr_status known_srid(int srid, struct tr_error *err)
{
    if (is_degrees(srid) || srid == BNG || srid == WEB_MERCATOR)
        return TR_OK;
    return tr_fail(err, TR_EINVAL, "CRS EPSG:%d is not known", srid);
}

static void run(PJ *op, PJ_DIRECTION direction, double *xy, size_t n)
{
    size_t stride = 2 * sizeof *xy;

    proj_errno_reset(op);
    proj_trans_generic(op, direction, xy, stride, n, xy + 1, stride, n, NULL, 0,
                       0, NULL, 0, 0);
}

/* From and to degrees. What cannot be converted becomes infinite. */
static void to_degrees(struct tr_crs *crs, int srid, double *xy, size_t n)
{
    if (srid == BNG)
        run(crs->grid, PJ_INV, xy, n);
    else if (srid == WEB_MERCATOR)
        run(crs->mercator, PJ_INV, xy, n);
}

static void from_degrees(struct tr_crs *crs, int srid, double *xy, size_t n)
{
    if (srid == BNG)
        run(crs->grid, PJ_FWD, xy, n);
    else if (srid == WEB_MERCATOR)
        run(crs->mercator, PJ_FWD, xy, n);
}

enum tr_status tr_crs_convert(struct tr_crs *crs, int from, int to, double *xy,
                              size_t n, struct tr_error *err)
{
    enum tr_status st = known_srid(from, err);

    if (!st)
        st = known_srid(to, err);
    if (st || from == to || (is_degrees(from) && is_degrees(to)))
        return st;
    to_degrees(crs, from, xy, n);
    from_degrees(crs, to, xy, n);
    for (size_t i = 0; i < 2 * n; i++)
        if (!isfinite(xy[i]))
            return tr_fail(err, TR_EDATA,
                           "coordinate pair %zu cannot be converted from "
                           "EPSG:%d to EPSG:%d",
                           i / 2, from, to);
    return TR_OK;
}

static bool in_area_of_use(double lon, double lat)
{
    return lon >= WEST_DEG && lon <= EAST_DEG && lat >= SOUTH_DEG &&
           lat <= NORTH_DEG;
}

static enum tr_status outside(struct tr_crs *crs, int srid, const double xy[2],
                              struct tr_error *err)
{
    double swapped[2] = { xy[1], xy[0] };

    if (!isfinite(xy[0]) || !isfinite(xy[1]))
        return tr_fail(err, TR_EDATA, "coordinates are not finite numbers");
    to_degrees(crs, srid, swapped, 1);
    return tr_fail(err, TR_EDATA,
                   "position %.10g, %.10g (EPSG:%d) lies outside Great "
                   "Britain%s",
                   xy[0], xy[1], srid,
                   in_area_of_use(swapped[0], swapped[1])
                       ? "; swapped it would lie inside: x comes before y"
                       : "");
}

/* Halves away from zero, as lround() does. False when not a stored number. */
static bool round_to(double v, double lowest, double highest, int32_t *out)
{
    v = round(v);
    if (!(v >= lowest && v <= highest))
        return false;
    *out = (int32_t)v;
    return true;
}

static bool settle(const double degrees[2], const double metres[2],
                   struct tr_position *out)
{
    struct tr_position p;

    if (!in_area_of_use(degrees[0], degrees[1]) ||
        !round_to(degrees[0] * 1e7, -1.8e9, 1.8e9, &p.lon_e7) ||
        !round_to(degrees[1] * 1e7, -0.9e9, 0.9e9, &p.lat_e7) ||
        !round_to(metres[0] * 1e3, TR_MIN_E_MM, TR_MAX_E_MM, &p.e_mm) ||
        !round_to(metres[1] * 1e3, TR_MIN_N_MM, TR_MAX_N_MM, &p.n_mm))
        return false;
    *out = p;
    return true;
}

struct batch {
    int srid;
    const double *xy;
    struct tr_position *out;
    size_t first_bad; /* the lowest that could not be kept */
};

/* At most CHUNK pairs, given by their places in the batch. */
static void settle_chunk(struct tr_crs *crs, struct batch *b,
                         const uint32_t *order, size_t n)
{
    double degrees[2 * CHUNK], metres[2 * CHUNK];

    for (size_t i = 0; i < n; i++)
        memcpy(degrees + 2 * i, b->xy + 2 * (size_t)order[i],
               2 * sizeof *degrees);
    memcpy(metres, degrees, 2 * n * sizeof *metres);
    to_degrees(crs, b->srid, degrees, n);
    if (b->srid != BNG) {
        memcpy(metres, degrees, 2 * n * sizeof *metres);
        from_degrees(crs, BNG, metres, n);
    }
    for (size_t i = 0; i < n; i++)
        if (!settle(degrees + 2 * i, metres + 2 * i, &b->out[order[i]]) &&
            order[i] < b->first_bad)
            b->first_bad = order[i];
}

#define SQUARES 64 /* across and down */

static uint32_t square_of(int srid, const double xy[2])
{
    bool d = is_degrees(srid);
    double x = d ? (xy[0] - WEST_DEG) / 0.32 : xy[0] / 2e4;
    double y = d ? (xy[1] - SOUTH_DEG) / 0.32 : xy[1] / 2e4;

    if (srid == WEB_MERCATOR) {
        x += 51;
        y -= 317;
    }
    x = fmin(fmax(x, 0), SQUARES - 1);
    y = fmin(fmax(y, 0), SQUARES - 1);
    return (uint32_t)y * SQUARES + (uint32_t)x;
}

/* PROJ unpacks a tile of the grid for each point that is not in the few it
 * holds: a hundred times slower when points jump about. So points are taken
 * square by square, a square being about a tile. */
static void order_by_square(int srid, const double *xy, uint32_t n,
                            uint32_t *order)
{
    if (n <= 16) { /* not worth the table */
        for (uint32_t i = 0; i < n; i++)
            order[i] = i;
        return;
    }

    uint32_t start[SQUARES * SQUARES + 1] = { 0 };

    for (uint32_t i = 0; i < n; i++)
        start[square_of(srid, xy + 2 * (size_t)i) + 1]++;
    for (uint32_t i = 0; i < SQUARES * SQUARES; i++)
        start[i + 1] += start[i];
    for (uint32_t i = 0; i < n; i++)
        order[start[square_of(srid, xy + 2 * (size_t)i)]++] = i;
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status tr_crs_positions(struct tr_crs *crs, int srid, const double *xy,
                                size_t n, struct tr_position *out, size_t *bad,
                                struct tr_error *err)
{
    uint32_t few[CHUNK] = { 0 }, *order = few;
    struct batch b = { srid, xy, out, n };
    enum tr_status st = known_srid(srid, err);

    if (!st && n > UINT32_MAX)
        st = tr_fail(err, TR_ELIMIT, "more than %u coordinate pairs at once",
                     (unsigned)UINT32_MAX);
    if (st) {
        *bad = 0;
        return st;
    }
    if (n > CHUNK)
        order = malloc(n * sizeof *order);
    if (!order)
        return tr_fail(err, TR_ENOMEM, "no memory left for coordinates");
    order_by_square(srid, xy, (uint32_t)n, order);
    for (size_t i = 0; i < n; i += CHUNK)
        settle_chunk(crs, &b, order + i, n - i < CHUNK ? n - i : CHUNK);
    if (order != few)
        free(order);
    if (b.first_bad == n)
        return TR_OK;
    *bad = b.first_bad;
    return outside(crs, srid, xy + 2 * b.first_bad, err);
}

enum tr_status tr_crs_position(struct tr_crs *crs, int srid, double x, double y,
                               struct tr_position *out, struct tr_error *err)
{
    const double xy[2] = { x, y };
    struct tr_position p;
    size_t bad;
    enum tr_status st = tr_crs_positions(crs, srid, xy, 1, &p, &bad, err);

    if (!st)
        *out = p;
    return st;
}
