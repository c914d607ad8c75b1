/* query_where.c - see query_where.h */
#include "analyse/query_where.h"

#include <string.h>

#include "geom/geom_exact.h"

/* ---- one row ---- */

static bool overlaps(struct tr_extent a, struct tr_extent b)
{
    return a.west_e7 <= b.east_e7 && a.east_e7 >= b.west_e7 &&
           a.south_e7 <= b.north_e7 && a.north_e7 >= b.south_e7;
}

/* A box across the 180th meridian is two boxes. */
static size_t split_bbox(struct tr_extent bbox, struct tr_extent parts[2])
{
    parts[0] = parts[1] = bbox;
    if (bbox.west_e7 <= bbox.east_e7)
        return 1;
    parts[0].east_e7 = 1800000000;
    parts[1].west_e7 = -1800000000;
    return 2;
}

static bool in_bbox(const struct tr_collection *c, size_t row,
                    const struct tr_query *q)
{
    const struct tr_geometry *g = tr_collection_geometry(c, row);
    struct tr_extent parts[2], e;
    struct tr_position p;
    size_t n = split_bbox(q->bbox, parts);

    if (g)
        e = tr_geometry_extent(g);
    else if (tr_collection_position(c, row, &p))
        e = (struct tr_extent){ p.lon_e7, p.lat_e7, p.lon_e7, p.lat_e7 };
    else
        return false;
    return overlaps(e, parts[0]) || (n > 1 && overlaps(e, parts[1]));
}

static int64_t point_distance(struct tr_position p, struct tr_position q)
{
    int64_t de = (int64_t)p.e_mm - q.e_mm, dn = (int64_t)p.n_mm - q.n_mm;

    return (int64_t)geom_isqrt((uint64_t)(de * de + dn * dn));
}

int64_t query_distance(const struct tr_collection *c, const struct tr_query *q,
                       size_t row)
{
    const struct tr_geometry *g = tr_collection_geometry(c, row);
    struct tr_position p;

    if (g)
        return tr_geometry_distance_mm(g, q->near.e_mm, q->near.n_mm);
    if (tr_collection_position(c, row, &p))
        return point_distance(p, q->near);
    return INT64_MAX;
}

struct looking {
    const struct tr_collection *c;
    const struct tr_query *q;
    uint64_t *pass;
};

static void look_at(const struct looking *l, size_t row)
{
    if (!tr_collection_has(l->c, row) ||
        (l->q->has_bbox && !in_bbox(l->c, row, l->q)) ||
        (l->q->has_near && query_distance(l->c, l->q, row) > l->q->within_mm))
        return;
    l->pass[row / 64] |= UINT64_C(1) << (row % 64);
}

/* ---- sites in a box: squares of the plane, each a range of rows ---- */

#define FEW 64 /* rows that are quicker looked at than split further */

/* Latitude falls as y grows. The edges of the cells are rounded, so that a box
 * is taken one cell wider all round; look_at() has the last word. */
static void cells_of(struct tr_extent e, struct tr_cell *from,
                     struct tr_cell *to)
{
    *from = tr_mercator_cell(e.west_e7, e.north_e7);
    *to = tr_mercator_cell(e.east_e7, e.south_e7);
    from->x -= from->x > 0;
    from->y -= from->y > 0;
    to->x += to->x < UINT32_MAX;
    to->y += to->y < UINT32_MAX;
}

static void look_in(const struct looking *l, struct tr_tile t,
                    struct tr_cell from, struct tr_cell to)
{
    uint32_t shift = 32 - t.z;
    uint64_t west = (uint64_t)t.x << shift, north = (uint64_t)t.y << shift;
    uint64_t side = UINT64_C(1) << shift;
    size_t first, last;

    if (west > to.x || west + side <= from.x || north > to.y ||
        north + side <= from.y)
        return;
    tr_snapshot_tile(l->c->snapshot, t, &first, &last);
    if (last - first <= FEW || t.z == TR_MAX_ZOOM) {
        for (size_t row = first; row < last; row++)
            look_at(l, row);
        return;
    }
    for (uint32_t k = 0; k < 4; k++)
        look_in(l,
                (struct tr_tile){ t.z + 1, t.x * 2 + k % 2, t.y * 2 + k / 2 },
                from, to);
}

static void look_in_box(const struct looking *l)
{
    struct tr_extent parts[2];
    size_t n = split_bbox(l->q->bbox, parts);

    for (size_t i = 0; i < n; i++) {
        struct tr_cell from, to;

        cells_of(parts[i], &from, &to);
        look_in(l, (struct tr_tile){ 0, 0, 0 }, from, to);
    }
}

/* The index takes whole distances, a query those that round down to its own. */
static enum tr_status look_near(const struct looking *l, struct tr_arena *a,
                                struct tr_error *err)
{
    const uint32_t *items;
    size_t n;
    enum tr_status st =
        tr_near_within(l->c->snapshot->near, l->q->near.e_mm, l->q->near.n_mm,
                       l->q->within_mm + 1, a, &items, &n, err);

    for (size_t i = 0; !st && i < n; i++)
        look_at(l, items[i]);
    return st;
}

enum tr_status query_where(const struct tr_collection *c,
                           const struct tr_query *q, struct tr_arena *a,
                           uint64_t *pass, struct tr_error *err)
{
    const struct looking l = { c, q, pass };
    bool indexed = c->kind == TR_OF_SITES;

    if (indexed && q->has_near && q->within_mm < INT32_MAX)
        return look_near(&l, a, err);
    if (indexed && q->has_bbox) {
        look_in_box(&l);
        return TR_OK;
    }
    if (!q->has_near && !q->has_bbox && c->kind != TR_OF_FOOTPRINTS) {
        memset(pass, 0xFF, c->n / 64 * sizeof *pass);
        if (c->n % 64)
            pass[c->n / 64] = (UINT64_C(1) << (c->n % 64)) - 1;
        return TR_OK;
    }
    for (size_t row = 0; row < c->n; row++)
        look_at(&l, row);
    return TR_OK;
}
