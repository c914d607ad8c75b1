/* geometry.c - the store's form of a geometry; see terrier/geometry.h */
#include "terrier/geometry.h"

/*
 * The stored form: a version byte, a kind byte, the three counts, the length of
 * each part, the number of rings of each polygon, and the points as differences
 * from the one before. Numbers are LEB128, signed ones in zigzag. There is one
 * way to write a geometry, so equal geometries are equal bytes.
 */
#define FORMAT_VERSION  1
#define BYTES_PER_POINT 4 /* at least: four numbers of one byte */

struct tr_geometry_limits tr_geometry_default_limits(void)
{
    return (struct tr_geometry_limits){
        .max_points = 1000000,
        .max_parts = 100000,
        .max_depth = 4,
    };
}

struct tr_extent tr_geometry_extent(const struct tr_geometry *g)
{
    struct tr_extent x = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };

    for (uint32_t i = 0; i < g->n_points; i++) {
        const struct tr_position *p = &g->points[i];

        x.west_e7 = p->lon_e7 < x.west_e7 ? p->lon_e7 : x.west_e7;
        x.east_e7 = p->lon_e7 > x.east_e7 ? p->lon_e7 : x.east_e7;
        x.south_e7 = p->lat_e7 < x.south_e7 ? p->lat_e7 : x.south_e7;
        x.north_e7 = p->lat_e7 > x.north_e7 ? p->lat_e7 : x.north_e7;
    }
    return x;
}

static void put_unsigned(struct tr_buf *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        tr_buf_byte(out, (unsigned char)(v | 0x80));
    tr_buf_byte(out, (unsigned char)v);
}

static void put_difference(struct tr_buf *out, int32_t before, int32_t v)
{
    int64_t d = (int64_t)v - before;

    put_unsigned(out, d < 0 ? ((uint64_t)-d << 1) - 1 : (uint64_t)d << 1);
}

void tr_geometry_encode(const struct tr_geometry *g, struct tr_buf *out)
{
    struct tr_position last = { 0 };

    tr_buf_byte(out, FORMAT_VERSION);
    tr_buf_byte(out, (unsigned char)g->kind);
    put_unsigned(out, g->n_points);
    put_unsigned(out, g->n_parts);
    put_unsigned(out, g->n_polygons);
    for (uint32_t i = 0; i < g->n_parts; i++)
        put_unsigned(out, g->part_start[i + 1] - g->part_start[i]);
    for (uint32_t i = 0; i < g->n_polygons; i++)
        put_unsigned(out, g->polygon_start[i + 1] - g->polygon_start[i]);
    for (uint32_t i = 0; i < g->n_points; i++) {
        const struct tr_position *p = &g->points[i];

        put_difference(out, last.lon_e7, p->lon_e7);
        put_difference(out, last.lat_e7, p->lat_e7);
        put_difference(out, last.e_mm, p->e_mm);
        put_difference(out, last.n_mm, p->n_mm);
        last = *p;
    }
}

struct reader {
    const unsigned char *p, *end;
    bool failed; /* sticky, so that callers ask once */
};

static uint64_t get_unsigned(struct reader *r)
{
    uint64_t v = 0;

    /* Five bytes carry 35 bits: a difference of two int32 needs 33. */
    for (unsigned shift = 0; shift < 35 && r->p < r->end; shift += 7) {
        unsigned char c = *r->p++;

        v |= (uint64_t)(c & 0x7F) << shift;
        if (c & 0x80)
            continue;
        r->failed |= c == 0 && shift > 0; /* not the shortest form */
        return v;
    }
    r->failed = true;
    return 0;
}

static int32_t get_difference(struct reader *r, int32_t before, int32_t lowest,
                              int32_t highest)
{
    uint64_t u = get_unsigned(r);
    int64_t d = u & 1 ? -(int64_t)(u >> 1) - 1 : (int64_t)(u >> 1);
    int64_t v = before + d;

    if (v < lowest || v > highest) {
        r->failed = true;
        return 0;
    }
    return (int32_t)v;
}

/* Read `n` lengths as n + 1 offsets that must end at `total`. */
static const uint32_t *get_offsets(struct reader *r, uint32_t n,
                                   uint32_t shortest, uint32_t total,
                                   struct tr_arena *a)
{
    uint32_t *at = tr_arena_array(a, (size_t)n + 1, sizeof *at);

    if (!at)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t len = get_unsigned(r);

        if (len < shortest || len > total - at[i]) {
            r->failed = true;
            len = 0;
        }
        at[i + 1] = at[i] + (uint32_t)len;
    }
    r->failed |= at[n] != total;
    return at;
}

static struct tr_position *get_points(struct reader *r, uint32_t n,
                                      struct tr_arena *a)
{
    struct tr_position *points = tr_arena_array(a, n, sizeof *points);
    struct tr_position last = { 0 };

    for (uint32_t i = 0; points && i < n && !r->failed; i++) {
        last.lon_e7 = get_difference(r, last.lon_e7, -1800000000, 1800000000);
        last.lat_e7 = get_difference(r, last.lat_e7, -900000000, 900000000);
        last.e_mm = get_difference(r, last.e_mm, TR_MIN_E_MM, TR_MAX_E_MM);
        last.n_mm = get_difference(r, last.n_mm, TR_MIN_N_MM, TR_MAX_N_MM);
        points[i] = last;
    }
    return points;
}

static bool counts_make_sense(const struct reader *r,
                              const struct tr_geometry *g)
{
    size_t left = (size_t)(r->end - r->p);

    if (r->failed || g->kind < TR_POINT || g->kind > TR_POLYGON)
        return false;
    if (g->n_points == 0 || g->n_parts == 0 || g->n_parts > g->n_points)
        return false;
    if (g->n_points > left / BYTES_PER_POINT)
        return false;
    if (g->kind != TR_POLYGON)
        return g->n_polygons == 0;
    return g->n_polygons > 0 && g->n_polygons <= g->n_parts;
}

static bool same_position(const struct tr_position *a,
                          const struct tr_position *b)
{
    return a->lon_e7 == b->lon_e7 && a->lat_e7 == b->lat_e7 &&
           a->e_mm == b->e_mm && a->n_mm == b->n_mm;
}

static bool parts_make_sense(const struct tr_geometry *g)
{
    for (uint32_t i = 0; i < g->n_parts; i++) {
        uint32_t first = g->part_start[i], end = g->part_start[i + 1];

        if (g->kind == TR_POINT && end - first != 1)
            return false;
        if (g->kind == TR_POLYGON &&
            !same_position(&g->points[first], &g->points[end - 1]))
            return false;
    }
    return true;
}

static uint32_t get_count(struct reader *r)
{
    uint64_t v = get_unsigned(r);

    r->failed |= v > UINT32_MAX;
    return (uint32_t)v;
}

static uint32_t shortest_part(enum tr_geometry_kind kind)
{
    if (kind == TR_POLYGON)
        return 4;
    return kind == TR_LINE ? 2 : 1;
}

enum tr_status tr_geometry_decode(const unsigned char *p, size_t len,
                                  struct tr_arena *a,
                                  const struct tr_geometry **out,
                                  struct tr_error *err)
{
    struct reader r = { .p = p, .end = p + len, .failed = len < 2 };

    if (r.failed || p[0] != FORMAT_VERSION)
        return tr_fail(err, TR_EDATA, "stored geometry is not of version %d",
                       FORMAT_VERSION);
    r.p += 2;

    struct tr_geometry *g = tr_arena_alloc(a, sizeof *g);

    if (!g)
        return tr_fail(err, TR_ENOMEM, "no memory left for a geometry");
    g->kind = (enum tr_geometry_kind)p[1];
    g->n_points = get_count(&r);
    g->n_parts = get_count(&r);
    g->n_polygons = get_count(&r);
    if (!counts_make_sense(&r, g))
        return tr_fail(err, TR_EDATA, "stored geometry has impossible counts");
    g->part_start =
        get_offsets(&r, g->n_parts, shortest_part(g->kind), g->n_points, a);
    if (g->n_polygons)
        g->polygon_start = get_offsets(&r, g->n_polygons, 1, g->n_parts, a);
    g->points = get_points(&r, g->n_points, a);
    if (!g->part_start || !g->points || (g->n_polygons && !g->polygon_start))
        return tr_fail(err, TR_ENOMEM, "no memory left for a geometry");
    if (r.failed || r.p != r.end || !parts_make_sense(g))
        return tr_fail(err, TR_EDATA, "stored geometry is damaged");
    *out = g;
    return TR_OK;
}
