/* mesh.c - many geometries on the plane, each vertex known once; see mesh.h and
 * terrier/tile_shape.h */
#include "geom/mesh.h"

#include <geos_c.h>
#include <stdlib.h>

#include "geom/geom_exact.h"

#define NONE UINT32_MAX

struct builder {
    struct tr_mesh *m;
    uint32_t *slots; /* of vertices by place; open addressing, NONE: free */
    size_t n_slots;
    GEOSContextHandle_t geos; /* opened when first needed */
};

/* ---- vertices ---- */

static uint32_t vertex_at(struct builder *b, struct tr_cell c)
{
    struct tr_mesh *m = b->m;
    uint64_t key = (uint64_t)c.y << 32 | c.x;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash ^ hash >> 32) & (b->n_slots - 1);

    for (; b->slots[at] != NONE; at = (at + 1) & (b->n_slots - 1)) {
        uint32_t v = b->slots[at];

        if (m->x[v] == c.x && m->y[v] == c.y)
            return v;
    }
    m->x[m->n_vertices] = c.x;
    m->y[m->n_vertices] = c.y;
    b->slots[at] = (uint32_t)m->n_vertices;
    return (uint32_t)m->n_vertices++;
}

static void grow_box(struct mesh_box *b, struct tr_cell c)
{
    b->west = c.x < b->west ? c.x : b->west;
    b->east = c.x > b->east ? c.x : b->east;
    b->north = c.y < b->north ? c.y : b->north;
    b->south = c.y > b->south ? c.y : b->south;
}

/* ---- rings ---- */

static geom_i128 area2(const struct tr_mesh *m, const uint32_t *ids, size_t n)
{
    geom_i128 sum = 0;

    for (size_t i = 1; i + 1 < n; i++)
        sum += geom_cross(m->x[ids[0]], m->y[ids[0]], m->x[ids[i]],
                          m->y[ids[i]], m->x[ids[i + 1]], m->y[ids[i + 1]]);
    return sum;
}

static void reverse(uint32_t *ids, size_t n)
{
    for (size_t i = 0, j = n - 1; i < j; i++, j--) {
        uint32_t t = ids[i];

        ids[i] = ids[j];
        ids[j] = t;
    }
}

/* One part's vertices, repeated ones left out; none when nothing is left. */
static void add_part(struct builder *b, const struct tr_geometry *g,
                     uint32_t part, bool is_outer, struct mesh_box *box)
{
    struct tr_mesh *m = b->m;
    uint32_t *ids = m->ids + m->n_ids;
    bool is_ring = g->kind == TR_POLYGON;
    size_t n = 0;

    for (uint32_t i = g->part_start[part]; i < g->part_start[part + 1]; i++) {
        const struct tr_position *p = &g->points[i];
        struct tr_cell c = tr_mercator_cell(p->lon_e7, p->lat_e7);
        uint32_t v = vertex_at(b, c);

        if (n && ids[n - 1] == v)
            continue;
        ids[n++] = v;
        grow_box(box, c);
    }
    while (is_ring && n > 1 && ids[0] == ids[n - 1])
        n--;
    if (is_ring) {
        geom_i128 a = n > 2 ? area2(m, ids, n) : 0;

        if (a == 0)
            return;
        if ((a > 0) != is_outer)
            reverse(ids, n);
    }
    if (n < 2)
        return;
    m->part_outer[m->n_parts] = is_outer;
    m->n_ids += n;
    m->part_start[++m->n_parts] = (uint32_t)m->n_ids;
}

static void add_polygon(struct builder *b, const struct tr_geometry *g,
                        uint32_t polygon, struct mesh_box *box)
{
    uint32_t first = g->polygon_start[polygon];
    size_t before = b->m->n_parts;

    for (uint32_t p = first; p < g->polygon_start[polygon + 1]; p++) {
        add_part(b, g, p, p == first, box);
        if (b->m->n_parts == before)
            return; /* no outer ring: no polygon */
    }
}

/* ---- does an area cross itself? ---- */

static int sign_of(geom_i128 v)
{
    return (v > 0) - (v < 0);
}

static bool on_segment(const struct tr_mesh *m, uint32_t a, uint32_t b,
                       uint32_t p)
{
    return geom_between(m->x[a], m->x[p], m->x[b]) &&
           geom_between(m->y[a], m->y[p], m->y[b]);
}

static int side(const struct tr_mesh *m, uint32_t a, uint32_t b, uint32_t c)
{
    return sign_of(
        geom_cross(m->x[a], m->y[a], m->x[b], m->y[b], m->x[c], m->y[c]));
}

static bool segments_meet(const struct tr_mesh *m, uint32_t a, uint32_t b,
                          uint32_t c, uint32_t d)
{
    int s = side(m, a, b, c), t = side(m, a, b, d);
    int u = side(m, c, d, a), v = side(m, c, d, b);

    if (s * t < 0 && u * v < 0)
        return true;
    return (s == 0 && on_segment(m, a, b, c)) ||
           (t == 0 && on_segment(m, a, b, d)) ||
           (u == 0 && on_segment(m, c, d, a)) ||
           (v == 0 && on_segment(m, c, d, b));
}

/* A single small ring, by looking at each two of its edges. */
static bool ring_is_simple(const struct tr_mesh *m, const uint32_t *ids,
                           size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t next = i + 1 < n ? i + 1 : 0;

        if (side(m, ids[i], ids[next], ids[(next + 1) % n]) == 0 &&
            on_segment(m, ids[i], ids[next], ids[(next + 1) % n]))
            return false;
        for (size_t k = i + 2; k < n - (i == 0); k++) {
            if (segments_meet(m, ids[i], ids[next], ids[k], ids[(k + 1) % n]))
                return false;
        }
    }
    return true;
}

static GEOSGeometry *ring_shape(const struct tr_mesh *m, GEOSContextHandle_t h,
                                size_t part)
{
    const uint32_t *ids = m->ids + m->part_start[part];
    unsigned n = m->part_start[part + 1] - m->part_start[part];
    GEOSCoordSequence *s = GEOSCoordSeq_create_r(h, n + 1, 2);

    for (unsigned i = 0; s && i <= n; i++)
        GEOSCoordSeq_setXY_r(h, s, i, m->x[ids[i % n]], m->y[ids[i % n]]);
    return s ? GEOSGeom_createLinearRing_r(h, s) : NULL;
}

/* The polygon that begins with part `first`; parts up to `end` may be its
 * holes. */
static bool polygon_is_valid(struct builder *b, size_t first, size_t end)
{
    const struct tr_mesh *m = b->m;
    GEOSGeometry **holes = calloc(end - first, sizeof *holes);
    GEOSGeometry *outer, *polygon;
    unsigned n = 0;
    bool valid;

    if (!b->geos)
        b->geos = GEOS_init_r();
    if (!holes || !b->geos) {
        free(holes);
        return false;
    }
    outer = ring_shape(m, b->geos, first);
    for (size_t p = first + 1; p < end && outer; p++)
        holes[n++] = ring_shape(m, b->geos, p);
    polygon = outer ? GEOSGeom_createPolygon_r(b->geos, outer, holes, n) : NULL;
    valid = polygon && GEOSisValid_r(b->geos, polygon) == 1;
    GEOSGeom_destroy_r(b->geos, polygon);
    free(holes);
    return valid;
}

static bool item_is_tangled(struct builder *b, size_t item)
{
    enum { SMALL = 24 };
    const struct tr_mesh *m = b->m;
    size_t end = m->item_part[item + 1];

    for (size_t p = m->item_part[item], next; p < end; p = next) {
        uint32_t n = m->part_start[p + 1] - m->part_start[p];

        for (next = p + 1; next < end && !m->part_outer[next];)
            next++;
        if (next == p + 1 && n <= SMALL) {
            if (!ring_is_simple(m, m->ids + m->part_start[p], n))
                return true;
        } else if (!polygon_is_valid(b, p, next)) {
            return true;
        }
    }
    return false;
}

/* ---- all ---- */

static void add_item(struct builder *b, const struct tr_geometry *g, size_t i)
{
    struct tr_mesh *m = b->m;
    struct mesh_box *box = &m->boxes[i];

    *box = (struct mesh_box){ UINT32_MAX, UINT32_MAX, 0, 0 };
    if (g->kind == TR_LINE) {
        m->flags[i] = MESH_LINE;
        for (uint32_t p = 0; p < g->n_parts; p++)
            add_part(b, g, p, false, box);
    } else {
        m->flags[i] = MESH_AREA;
        for (uint32_t p = 0; p < g->n_polygons; p++)
            add_polygon(b, g, p, box);
    }
    m->item_part[i + 1] = (uint32_t)m->n_parts;
    if (m->item_part[i + 1] == m->item_part[i])
        *box = (struct mesh_box){ UINT32_MAX, UINT32_MAX, 0, 0 };
    if (m->flags[i] == MESH_AREA && item_is_tangled(b, i))
        m->flags[i] |= MESH_TANGLED;
}

static bool make_room(struct builder *b, size_t n, size_t points, size_t parts)
{
    struct tr_mesh *m = b->m;

    for (b->n_slots = 64; b->n_slots < 2 * points;)
        b->n_slots *= 2;
    b->slots = malloc(b->n_slots * sizeof *b->slots);
    m->items = tr_arena_array(&m->arena, n, sizeof *m->items);
    m->flags = tr_arena_array(&m->arena, n, sizeof *m->flags);
    m->item_part = tr_arena_array(&m->arena, n + 1, sizeof *m->item_part);
    m->boxes = tr_arena_array(&m->arena, n, sizeof *m->boxes);
    m->part_start = tr_arena_array(&m->arena, parts + 1, sizeof *m->part_start);
    m->part_outer = tr_arena_array(&m->arena, parts, sizeof *m->part_outer);
    m->ids = tr_arena_array(&m->arena, points, sizeof *m->ids);
    m->x = tr_arena_array(&m->arena, points, sizeof *m->x);
    m->y = tr_arena_array(&m->arena, points, sizeof *m->y);
    if (!b->slots || !m->items || !m->flags || !m->item_part || !m->boxes ||
        !m->part_start || !m->part_outer || !m->ids || !m->x || !m->y)
        return false;
    for (size_t i = 0; i < b->n_slots; i++)
        b->slots[i] = NONE;
    return true;
}

struct place {
    uint64_t key;
    uint32_t item;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->item < q->item ? -1 : p->item > q->item;
}

/* Of the middle of a geometry's extent, as good as is needed for an order. */
static uint64_t middle_of(const struct tr_geometry *g)
{
    struct tr_extent x = tr_geometry_extent(g);

    return tr_morton(
        tr_mercator_cell((int32_t)(((int64_t)x.west_e7 + x.east_e7) / 2),
                         (int32_t)(((int64_t)x.south_e7 + x.north_e7) / 2)));
}

static void add_items(struct builder *b, const struct tr_geometry *const *items,
                      const struct place *order)
{
    for (size_t i = 0; i < b->m->n_items; i++) {
        b->m->items[i] = order[i].item;
        add_item(b, items[order[i].item], i);
    }
}

static enum tr_status fill(struct builder *b,
                           const struct tr_geometry *const *items, size_t n,
                           struct tr_error *err)
{
    struct place *order = malloc((n + 1) * sizeof *order);
    size_t points = 0, parts = 0, count = 0;
    enum tr_status st;

    for (size_t i = 0; order && i < n; i++) {
        if (!items[i] || items[i]->kind == TR_POINT)
            continue;
        points += items[i]->n_points;
        parts += items[i]->n_parts;
        order[count++] = (struct place){ middle_of(items[i]), (uint32_t)i };
    }
    b->m->n_items = count;
    if (points >= INT32_MAX || n >= INT32_MAX) {
        free(order);
        return tr_fail(err, TR_ELIMIT, "too many vertices for tiles");
    }
    if (!order || !make_room(b, count, points, parts)) {
        free(order);
        return tr_fail(err, TR_ENOMEM, "no memory left for tiles");
    }
    qsort(order, count, sizeof *order, by_place);
    add_items(b, items, order);
    free(order);
    st = mesh_levels(b->m, err);
    if (!st)
        st =
            mesh_index_new(b->m->boxes, count, &b->m->arena, &b->m->index, err);
    return st;
}

enum tr_status tr_mesh_new(const struct tr_geometry *const *items, size_t n,
                           struct tr_mesh **out, struct tr_error *err)
{
    struct builder b = { .m = calloc(1, sizeof *b.m) };
    enum tr_status st;

    if (!b.m)
        return tr_fail(err, TR_ENOMEM, "no memory left for tiles");
    tr_arena_init(&b.m->arena, SIZE_MAX);
    st = fill(&b, items, n, err);
    free(b.slots);
    if (b.geos)
        GEOS_finish_r(b.geos);
    if (st)
        tr_mesh_free(b.m);
    else
        *out = b.m;
    return st;
}

void tr_mesh_free(struct tr_mesh *m)
{
    if (!m)
        return;
    tr_arena_clear(&m->arena);
    free(m);
}

size_t tr_mesh_bytes(const struct tr_mesh *m)
{
    return sizeof *m + m->arena.used;
}
