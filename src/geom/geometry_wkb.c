/* geometry_wkb.c - the guard through which geometries come in, and WKB out;
 * see terrier/geometry.h */
#include <math.h>
#include <string.h>

#include "geom/geom_exact.h"
#include "terrier/crs.h"
#include "terrier/geometry.h"

enum { WKB_POINT = 1, WKB_LINE, WKB_POLYGON, WKB_COLLECTION = 7 };

#define EWKB_Z    0x80000000u
#define EWKB_M    0x40000000u
#define EWKB_SRID 0x20000000u

/* Reading happens twice over the same bytes: first to count, with xy NULL, then
 * to fill arrays of exactly that size. */
struct guard {
    const unsigned char *p, *end;
    int srid;
    const struct tr_geometry_limits *limits;
    enum tr_geometry_kind kind; /* 0 until the first part */
    uint32_t n_points, n_parts, n_polygons;
    double *xy;
    uint32_t *part_start, *polygon_start;
    struct tr_error *err;
};

struct wkb_header {
    bool is_little;
    uint32_t type;  /* 1..7 */
    size_t numbers; /* per point: 2, 3 or 4 */
};

static enum tr_status cut_short(struct guard *w)
{
    return tr_fail(w->err, TR_EDATA, "geometry ends within point %u",
                   (unsigned)w->n_points);
}

static uint32_t load_u32(const unsigned char *p, bool is_little)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++)
        v = v << 8 | p[is_little ? 3 - i : i];
    return v;
}

static double load_double(const unsigned char *p, bool is_little)
{
    uint64_t bits = 0;
    double v;

    for (int i = 0; i < 8; i++)
        bits = bits << 8 | p[is_little ? 7 - i : i];
    memcpy(&v, &bits, sizeof v);
    return v;
}

static size_t left(const struct guard *w)
{
    return (size_t)(w->end - w->p);
}

static enum tr_status read_count(struct guard *w, const struct wkb_header *h,
                                 size_t smallest, uint32_t *out)
{
    if (left(w) < 4)
        return cut_short(w);

    uint32_t n = load_u32(w->p, h->is_little);

    w->p += 4;
    /* A count that the bytes cannot hold is found before it costs anything. */
    if (n > left(w) / smallest)
        return cut_short(w);
    *out = n;
    return TR_OK;
}

static enum tr_status read_header(struct guard *w, struct wkb_header *out)
{
    if (left(w) < 5)
        return cut_short(w);
    if (w->p[0] > 1)
        return tr_fail(w->err, TR_EDATA,
                       "geometry has byte order %d, not 0 or 1", w->p[0]);
    out->is_little = w->p[0] == 1;

    uint32_t code = load_u32(w->p + 1, out->is_little);
    uint32_t iso = (code & 0xFFFF) / 1000;

    w->p += 5;
    out->type = (code & 0xFFFF) % 1000;
    out->numbers = 2;
    if (iso == 1 || iso == 2 || (code & EWKB_Z) || (code & EWKB_M))
        out->numbers = 3;
    if (iso == 3 || ((code & EWKB_Z) && (code & EWKB_M)))
        out->numbers = 4;
    if (iso > 3 || (code & 0x1FFF0000) || (iso && (code & (EWKB_Z | EWKB_M))) ||
        out->type < WKB_POINT || out->type > WKB_COLLECTION)
        return tr_fail(w->err, TR_EDATA,
                       "geometry type %u is not a point, line or polygon",
                       (unsigned)code);
    if (!(code & EWKB_SRID))
        return TR_OK;
    if (left(w) < 4)
        return cut_short(w);

    uint32_t srid = load_u32(w->p, out->is_little);

    w->p += 4;
    if (srid && srid != (uint32_t)w->srid)
        return tr_fail(w->err, TR_EDATA,
                       "geometry says EPSG:%u where EPSG:%d was expected",
                       (unsigned)srid, w->srid);
    return TR_OK;
}

static enum tr_status add_point(struct guard *w, double x, double y)
{
    if (w->n_points >= w->limits->max_points)
        return tr_fail(w->err, TR_ELIMIT, "geometry has more than %u points",
                       (unsigned)w->limits->max_points);
    if (w->xy) {
        w->xy[2 * (size_t)w->n_points] = x;
        w->xy[2 * (size_t)w->n_points + 1] = y;
    }
    w->n_points++;
    return TR_OK;
}

static enum tr_status start_part(struct guard *w, enum tr_geometry_kind kind)
{
    if (w->kind && w->kind != kind)
        return tr_fail(w->err, TR_EDATA,
                       "geometry mixes points, lines or polygons: give them "
                       "as separate rows");
    if (w->n_parts >= w->limits->max_parts)
        return tr_fail(w->err, TR_ELIMIT, "geometry has more than %u parts",
                       (unsigned)w->limits->max_parts);
    w->kind = kind;
    if (w->part_start)
        w->part_start[w->n_parts] = w->n_points;
    w->n_parts++;
    return TR_OK;
}

/* Into how many pieces the edge is to be cut, in the CRS it was given in. */
static double pieces_of(const struct guard *w, const double a[2],
                        const double b[2])
{
    const double degree_m = 111320.0;
    double dx = b[0] - a[0], dy = b[1] - a[1];

    if (w->limits->densify_over_m <= 0)
        return 1;
    if (w->srid == 4326 || w->srid == 4258) {
        dx *= degree_m * cos((a[1] + b[1]) / 2 * 3.14159265358979 / 180.0);
        dy *= degree_m;
    }
    return ceil(hypot(dx, dy) / w->limits->densify_over_m);
}

static enum tr_status add_edge(struct guard *w, const double a[2],
                               const double b[2])
{
    double pieces = pieces_of(w, a, b);

    /* Written so that a pieces that is not a number is refused as well. */
    if (!(pieces <= w->limits->max_points))
        return tr_fail(w->err, TR_ELIMIT,
                       "geometry has an edge that ends too far away at "
                       "point %u",
                       (unsigned)w->n_points);
    for (uint32_t i = 1; i < (uint32_t)pieces; i++) {
        enum tr_status st = add_point(w, a[0] + (b[0] - a[0]) * i / pieces,
                                      a[1] + (b[1] - a[1]) * i / pieces);

        if (st)
            return st;
    }
    return add_point(w, b[0], b[1]);
}

static enum tr_status read_xy(struct guard *w, const struct wkb_header *h,
                              double xy[2])
{
    if (left(w) < h->numbers * 8)
        return cut_short(w);
    xy[0] = load_double(w->p, h->is_little);
    xy[1] = load_double(w->p + 8, h->is_little);
    w->p += h->numbers * 8;
    if (!isfinite(xy[0]) || !isfinite(xy[1]))
        return tr_fail(w->err, TR_EDATA,
                       "geometry is empty or not finite at point %u",
                       (unsigned)w->n_points);
    return TR_OK;
}

static enum tr_status read_part(struct guard *w, const struct wkb_header *h,
                                enum tr_geometry_kind kind)
{
    double first[2] = { 0 }, last[2] = { 0 }, xy[2] = { 0 };
    uint32_t n = 0;
    enum tr_status st = read_count(w, h, h->numbers * 8, &n);

    if (st || n == 0)
        return st;
    st = start_part(w, kind);
    for (uint32_t i = 0; i < n && !st; i++) {
        st = read_xy(w, h, xy);
        if (st)
            return st;
        st = i == 0 ? add_point(w, xy[0], xy[1]) : add_edge(w, last, xy);
        if (i == 0)
            memcpy(first, xy, sizeof xy);
        memcpy(last, xy, sizeof xy);
    }
    if (st || kind != TR_POLYGON)
        return st;
    if (first[0] != last[0] || first[1] != last[1])
        st = add_edge(w, last, first);
    return st;
}

static enum tr_status read_polygon(struct guard *w, const struct wkb_header *h)
{
    uint32_t n = 0;
    enum tr_status st = read_count(w, h, 4, &n);

    if (st || n == 0)
        return st;
    if (w->polygon_start)
        w->polygon_start[w->n_polygons] = w->n_parts;
    w->n_polygons++;
    for (uint32_t i = 0; i < n && !st; i++) {
        uint32_t before = w->n_parts;

        st = read_part(w, h, TR_POLYGON);
        if (!st && w->n_parts == before)
            st = tr_fail(w->err, TR_EDATA, "geometry has an empty ring");
    }
    return st;
}

static enum tr_status read_point(struct guard *w, const struct wkb_header *h)
{
    double xy[2] = { 0 };
    enum tr_status st = read_xy(w, h, xy);

    if (!st)
        st = start_part(w, TR_POINT);
    return st ? st : add_point(w, xy[0], xy[1]);
}

/* NOLINTNEXTLINE(misc-no-recursion): limits->max_depth deep */
static enum tr_status read_geometry(struct guard *w, uint32_t depth)
{
    struct wkb_header h = { 0 };
    uint32_t n = 0;
    enum tr_status st = read_header(w, &h);

    if (st)
        return st;
    if (h.type == WKB_POINT)
        return read_point(w, &h);
    if (h.type == WKB_LINE)
        return read_part(w, &h, TR_LINE);
    if (h.type == WKB_POLYGON)
        return read_polygon(w, &h);
    if (depth >= w->limits->max_depth)
        return tr_fail(w->err, TR_ELIMIT,
                       "geometry is nested more than %u deep",
                       (unsigned)w->limits->max_depth);
    st = read_count(w, &h, 9, &n);
    for (uint32_t i = 0; i < n && !st; i++)
        st = read_geometry(w, depth + 1);
    return st;
}

static bool same_place(const struct tr_position *a, const struct tr_position *b)
{
    return a->lon_e7 == b->lon_e7 && a->lat_e7 == b->lat_e7 &&
           a->e_mm == b->e_mm && a->n_mm == b->n_mm;
}

/* Twice the signed area in lon, lat and in mm. */
static void ring_areas(const struct tr_position *p, uint32_t n,
                       geom_i128 *degrees, geom_i128 *mm)
{
    *degrees = *mm = 0;
    for (uint32_t i = 0; i + 1 < n; i++) {
        *degrees += geom_cross(p->lon_e7, p->lat_e7, p[i].lon_e7, p[i].lat_e7,
                               p[i + 1].lon_e7, p[i + 1].lat_e7);
        *mm += geom_cross(p->e_mm, p->n_mm, p[i].e_mm, p[i].n_mm, p[i + 1].e_mm,
                          p[i + 1].n_mm);
    }
}

static void reverse(struct tr_position *p, uint32_t n)
{
    for (uint32_t i = 0, j = n - 1; i < j; i++, j--) {
        struct tr_position t = p[i];

        p[i] = p[j];
        p[j] = t;
    }
}

/* Is the part (already without repeated points) worth keeping? Rings are wound
 * on the way. */
static bool settle_part(struct tr_position *p, uint32_t n,
                        enum tr_geometry_kind kind, bool is_hole)
{
    geom_i128 degrees, mm;

    if (kind == TR_POINT)
        return true;
    if (kind == TR_LINE)
        return n >= 2;
    if (n < 4)
        return false;
    ring_areas(p, n, &degrees, &mm);
    if (degrees == 0 || mm == 0)
        return false;
    if ((degrees > 0) == is_hole)
        reverse(p, n);
    return true;
}

/* Move a part's points down to `to`, without repeats; how many are left. */
static uint32_t squeeze_part(struct tr_position *points, uint32_t first,
                             uint32_t end, uint32_t to)
{
    uint32_t n = 0;

    for (uint32_t i = first; i < end; i++)
        if (n == 0 || !same_place(&points[i], &points[to + n - 1]))
            points[to + n++] = points[i];
    return n;
}

/* Parts are settled in place: everything only ever moves down. */
struct tidy {
    struct guard *w;
    struct tr_position *points;
    uint32_t n_points, n_parts;
};

static bool tidy_part(struct tidy *t, uint32_t part, bool is_hole)
{
    struct guard *w = t->w;
    uint32_t n = squeeze_part(t->points, w->part_start[part],
                              w->part_start[part + 1], t->n_points);

    if (!settle_part(t->points + t->n_points, n, w->kind, is_hole))
        return false;
    w->part_start[t->n_parts++] = t->n_points;
    t->n_points += n;
    return true;
}

static void tidy_polygons(struct tidy *t)
{
    struct guard *w = t->w;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < w->n_polygons; i++) {
        uint32_t first = w->polygon_start[i], end = w->polygon_start[i + 1];
        uint32_t start = t->n_parts;

        if (!tidy_part(t, first, false))
            continue;
        for (uint32_t part = first + 1; part < end; part++)
            tidy_part(t, part, true);
        w->polygon_start[kept++] = start;
    }
    w->n_polygons = kept;
}

static enum tr_status tidy(struct guard *w, struct tr_position *points)
{
    struct tidy t = { .w = w, .points = points };

    w->part_start[w->n_parts] = w->n_points;
    if (w->kind == TR_POLYGON) {
        w->polygon_start[w->n_polygons] = w->n_parts;
        tidy_polygons(&t);
    } else {
        for (uint32_t part = 0; part < w->n_parts; part++)
            tidy_part(&t, part, false);
    }
    if (t.n_parts == 0)
        return tr_fail(w->err, TR_EDATA, "geometry has no %s",
                       w->kind == TR_LINE ? "length" : "area");
    w->n_parts = t.n_parts;
    w->n_points = t.n_points;
    w->part_start[w->n_parts] = w->n_points;
    if (w->kind == TR_POLYGON)
        w->polygon_start[w->n_polygons] = w->n_parts;
    return TR_OK;
}

static enum tr_status count_pass(struct guard *w)
{
    enum tr_status st = read_geometry(w, 0);

    if (!st && w->p != w->end)
        st = tr_fail(w->err, TR_EDATA, "geometry is followed by %zu bytes",
                     left(w));
    if (!st && w->n_parts == 0)
        st = tr_fail(w->err, TR_EDATA, "geometry is empty");
    return st;
}

static enum tr_status fill_pass(struct guard *w, struct guard *counted,
                                struct tr_arena *a)
{
    w->xy = tr_arena_array(a, counted->n_points, 2 * sizeof *w->xy);
    w->part_start =
        tr_arena_array(a, (size_t)counted->n_parts + 1, sizeof *w->part_start);
    w->polygon_start = tr_arena_array(a, (size_t)counted->n_polygons + 1,
                                      sizeof *w->polygon_start);
    if (!w->xy || !w->part_start || !w->polygon_start)
        return tr_fail(w->err, TR_ENOMEM, "no memory left for a geometry");
    return read_geometry(w, 0);
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status tr_geometry_from_wkb(const unsigned char *wkb, size_t len,
                                    int srid, struct tr_crs *crs,
                                    const struct tr_geometry_limits *limits,
                                    struct tr_arena *a,
                                    const struct tr_geometry **out,
                                    struct tr_error *err)
{
    struct guard counted = {
        .p = wkb, .end = wkb + len, .srid = srid, .limits = limits, .err = err
    };
    struct guard w = counted;
    enum tr_status st = count_pass(&counted);

    if (!st)
        st = fill_pass(&w, &counted, a);
    if (st)
        return st;

    struct tr_geometry *g = tr_arena_alloc(a, sizeof *g);
    struct tr_position *points = tr_arena_array(a, w.n_points, sizeof *points);
    size_t bad = 0;

    if (!g || !points)
        return tr_fail(err, TR_ENOMEM, "no memory left for a geometry");
    st = tr_crs_positions(crs, srid, w.xy, w.n_points, points, &bad, err);
    if (st)
        return tr_fail_at(err, st, "geometry point %zu", bad);
    st = tidy(&w, points);
    if (st)
        return st;
    *g = (struct tr_geometry){
        .kind = w.kind,
        .n_points = w.n_points,
        .n_parts = w.n_parts,
        .n_polygons = w.n_polygons,
        .points = points,
        .part_start = w.part_start,
        .polygon_start = w.kind == TR_POLYGON ? w.polygon_start : NULL,
    };
    *out = g;
    return TR_OK;
}

static void put_u32(struct tr_buf *out, uint32_t v)
{
    for (int i = 0; i < 4; i++, v >>= 8)
        tr_buf_byte(out, (unsigned char)v);
}

static void put_double(struct tr_buf *out, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 8; i++, bits >>= 8)
        tr_buf_byte(out, (unsigned char)bits);
}

static void put_header(struct tr_buf *out, uint32_t type)
{
    tr_buf_byte(out, 1);
    put_u32(out, type);
}

static void put_points(const struct tr_geometry *g, uint32_t part, int srid,
                       struct tr_buf *out)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];

    if (g->kind != TR_POINT)
        put_u32(out, end - first);
    for (uint32_t i = first; i < end; i++) {
        const struct tr_position *p = &g->points[i];

        put_double(out, srid == 27700 ? p->e_mm / 1e3 : p->lon_e7 / 1e7);
        put_double(out, srid == 27700 ? p->n_mm / 1e3 : p->lat_e7 / 1e7);
    }
}

void tr_geometry_to_wkb(const struct tr_geometry *g, int srid,
                        struct tr_buf *out)
{
    uint32_t n = g->kind == TR_POLYGON ? g->n_polygons : g->n_parts;

    if (n != 1) {
        put_header(out, (uint32_t)g->kind + 3); /* MultiPoint is 4 */
        put_u32(out, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        put_header(out, (uint32_t)g->kind);
        if (g->kind != TR_POLYGON) {
            put_points(g, i, srid, out);
            continue;
        }
        put_u32(out, g->polygon_start[i + 1] - g->polygon_start[i]);
        for (uint32_t r = g->polygon_start[i]; r < g->polygon_start[i + 1]; r++)
            put_points(g, r, srid, out);
    }
}
