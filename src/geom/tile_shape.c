/* tile_shape.c - see terrier/tile_shape.h */
#include "terrier/tile_shape.h"

#include "geom/path.h"
#include "geom/tile_valid.h"

struct job {
    const struct tr_geometry *g;
    struct tr_tile t;
    uint32_t extent;
    struct path_box box; /* the tile with its buffer */
    int64_t area2;       /* triangles below it go */
    struct tr_arena *a;
    struct tr_error *err;
};

static enum tr_status no_memory(const struct job *j)
{
    return tr_fail(j->err, TR_ENOMEM, "no memory left for a tile");
}

/* From the plane to the zoom's grid, counted from the tile's corner. */
static int64_t to_tile(const struct job *j, uint32_t cell, uint32_t tile)
{
    return (int64_t)((uint64_t)cell * j->extent >> (32 - j->t.z)) -
           (int64_t)tile * j->extent;
}

static struct path_point project(const struct job *j,
                                 const struct tr_position *p)
{
    struct tr_cell c = tr_mercator_cell(p->lon_e7, p->lat_e7);

    return (struct path_point){ to_tile(j, c.x, j->t.x),
                                to_tile(j, c.y, j->t.y) };
}

static bool is_apart(const struct path_box *a, const struct path_box *b)
{
    return a->west > b->east || a->east < b->west || a->north > b->south ||
           a->south < b->north;
}

static bool is_within(const struct path_box *a, const struct path_box *b)
{
    return a->west >= b->west && a->east <= b->east && a->north >= b->north &&
           a->south <= b->south;
}

/* From its corners alone: most geometries are elsewhere. */
static bool is_elsewhere(const struct job *j)
{
    struct tr_extent x = tr_geometry_extent(j->g);
    const struct tr_position nw = { .lon_e7 = x.west_e7, .lat_e7 = x.north_e7 };
    const struct tr_position se = { .lon_e7 = x.east_e7, .lat_e7 = x.south_e7 };
    struct path_point a = project(j, &nw), b = project(j, &se);
    struct path_box box = { a.x, a.y, b.x, b.y };

    return is_apart(&box, &j->box);
}

static struct path project_part(const struct job *j, uint32_t part)
{
    uint32_t first = j->g->part_start[part], end = j->g->part_start[part + 1];
    struct path path = { .a = j->a };

    for (uint32_t i = first; i < end; i++) {
        struct path_point p = project(j, &j->g->points[i]);

        path_add(&path, p.x, p.y);
    }
    return path;
}

static enum tr_status finish(const struct job *j, const struct tile_rings *r,
                             struct tr_tile_shape *out)
{
    size_t n_points = 0;
    uint32_t at = 0, polygons = 0;

    for (size_t i = 0; i < r->n; i++)
        n_points += r->rings[i].n;

    int32_t *xy = tr_arena_array(j->a, n_points, 2 * sizeof *xy);
    uint32_t *parts = tr_arena_array(j->a, r->n + 1, sizeof *parts);
    uint32_t *starts = tr_arena_array(j->a, r->n + 1, sizeof *starts);

    if (!xy || !parts || !starts)
        return no_memory(j);
    for (size_t i = 0; i < r->n; i++) {
        const struct path *path = &r->rings[i];

        parts[i] = at;
        if (r->is_outer[i])
            starts[polygons++] = (uint32_t)i;
        for (size_t k = 0; k < path->n; k++, at++) {
            xy[2 * (size_t)at] = (int32_t)path->p[k].x;
            xy[2 * (size_t)at + 1] = (int32_t)path->p[k].y;
        }
    }
    parts[r->n] = at;
    starts[polygons] = (uint32_t)r->n;
    *out = (struct tr_tile_shape){
        .kind = j->g->kind,
        .n_points = at,
        .n_parts = (uint32_t)r->n,
        .n_polygons = j->g->kind == TR_POLYGON ? polygons : 0,
        .xy = xy,
        .part_start = parts,
        .polygon_start = j->g->kind == TR_POLYGON ? starts : NULL,
    };
    return TR_OK;
}

static enum tr_status shape_points(const struct job *j, struct tile_rings *r)
{
    for (uint32_t i = 0; i < j->g->n_points; i++) {
        struct path_point p = project(j, &j->g->points[i]);
        struct path_box at = { p.x, p.y, p.x, p.y };
        struct path one = { .a = j->a };

        if (is_apart(&at, &j->box))
            continue;
        path_add(&one, p.x, p.y);
        if (one.failed || !tile_rings_add(r, &one, false))
            return no_memory(j);
    }
    return TR_OK;
}

/* A line that leaves the box and comes back is two parts. */
static bool clip_line(const struct job *j, const struct path *line,
                      struct tile_rings *r)
{
    struct path piece = { .a = j->a };
    bool ok = !line->failed;

    for (size_t i = 0; i + 1 < line->n && ok; i++) {
        struct path_point p = line->p[i], q = line->p[i + 1];

        if (!path_clip_segment(&p, &q, &j->box))
            continue;
        if (piece.n &&
            (piece.p[piece.n - 1].x != p.x || piece.p[piece.n - 1].y != p.y)) {
            ok = piece.n < 2 || tile_rings_add(r, &piece, false);
            piece = (struct path){ .a = j->a };
        }
        path_add(&piece, p.x, p.y);
        path_add(&piece, q.x, q.y);
    }
    ok = ok && !piece.failed;
    return ok && (piece.n < 2 || tile_rings_add(r, &piece, false));
}

static enum tr_status shape_lines(const struct job *j, struct tile_rings *r)
{
    for (uint32_t part = 0; part < j->g->n_parts; part++) {
        struct path line = project_part(j, part);

        path_simplify(&line, false, j->area2);
        if (!clip_line(j, &line, r))
            return no_memory(j);
    }
    return TR_OK;
}

/* One ring, ready but for validity; of no points when nothing is left. */
static struct path shape_ring(const struct job *j, uint32_t part)
{
    struct path ring = project_part(j, part);

    while (ring.n > 1 && ring.p[0].x == ring.p[ring.n - 1].x &&
           ring.p[0].y == ring.p[ring.n - 1].y)
        ring.n--;

    struct path_box box = path_extent(&ring);

    if (is_apart(&box, &j->box)) {
        ring.n = 0;
        return ring;
    }
    path_simplify(&ring, true, j->area2);
    if (!is_within(&box, &j->box))
        ring = path_clip_ring(&ring, &j->box);
    if (ring.n < 3 || path_area2(ring.p, ring.n) == 0)
        ring.n = 0;
    return ring;
}

static enum tr_status shape_polygon(const struct job *j, uint32_t polygon,
                                    struct tile_valid *v, struct tile_rings *r)
{
    uint32_t first = j->g->polygon_start[polygon];
    uint32_t end = j->g->polygon_start[polygon + 1];
    struct path *rings = tr_arena_array(j->a, end - first, sizeof *rings);
    size_t n = 0;

    if (!rings)
        return no_memory(j);
    for (uint32_t part = first; part < end; part++) {
        struct path ring = shape_ring(j, part);

        if (ring.failed)
            return no_memory(j);
        if (ring.n)
            rings[n++] = ring;
        else if (part == first)
            return TR_OK; /* no outer ring: no polygon */
    }
    return tile_valid_polygon(v, rings, n, r, j->err);
}

static enum tr_status shape_polygons(const struct job *j, struct tile_rings *r)
{
    struct tile_valid *v = NULL;
    enum tr_status st = tile_valid_open(j->a, &v, j->err);

    for (uint32_t i = 0; i < j->g->n_polygons && !st; i++)
        st = shape_polygon(j, i, v, r);
    return st;
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status tr_tile_geometry(const struct tr_geometry *g, struct tr_tile t,
                                uint32_t extent, uint32_t buffer,
                                struct tr_arena *a, struct tr_tile_shape *out,
                                struct tr_error *err)
{
    struct job j = { .g = g, .t = t, .extent = extent, .a = a, .err = err };
    struct tile_rings r = { .a = a };
    enum tr_status st = TR_OK;

    if (extent < 1 || extent > TR_TILE_MAX_EXTENT || buffer > extent)
        return tr_fail(err, TR_EINVAL,
                       "tile extent %u with buffer %u is not possible",
                       (unsigned)extent, (unsigned)buffer);
    j.box =
        (struct path_box){ -(int64_t)buffer, -(int64_t)buffer,
                           (int64_t)extent + buffer, (int64_t)extent + buffer };
    j.area2 = (int64_t)extent * extent / ((int64_t)1024 * 1024);
    if (is_elsewhere(&j)) {
        *out = (struct tr_tile_shape){ .kind = g->kind };
        return TR_OK;
    }
    if (g->kind == TR_POINT)
        st = shape_points(&j, &r);
    else if (g->kind == TR_LINE)
        st = shape_lines(&j, &r);
    else
        st = shape_polygons(&j, &r);
    return st ? st : finish(&j, &r, out);
}
