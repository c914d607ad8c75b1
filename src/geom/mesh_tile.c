/* mesh_tile.c - one tile of a mesh; see mesh.h.
 *
 * Up to the mesh's last zoom no edge crosses the rim of the tile's buffer but at
 * a vertex. So each point outside moves to the nearest point of the rim, and the
 * region within the rim is cut out: edges outside end up along the rim, where
 * what they do not bound cancels. Beyond that zoom, and where rings cross one
 * another, edges are cut at the rim and GEOS makes the rest valid. */
#include <stdlib.h>

#include "geom/mesh.h"
#include "geom/path.h"
#include "geom/tile_valid.h"

struct work {
    const struct tr_mesh_zoom *z;
    unsigned up;    /* zooms beyond the mesh's last */
    int64_t x0, y0; /* of the tile's corner, on its own zoom's grid */
    struct mesh_ints found, sides[4];
    struct mesh_paths cut, split, out;
    struct mesh_work rings;
    struct tr_arena scratch;
    struct tr_tile_shape shape;
    struct mesh_ints parts, polygons;
    bool failed;
};

static const int32_t low = -(int32_t)TR_MESH_BUFFER;
static const int32_t high = (int32_t)(TR_MESH_EXTENT + TR_MESH_BUFFER);

/* Of item paths: a point in the tile's own units. */
static int64_t local_x(const struct work *w, const int32_t *p)
{
    return ((int64_t)p[0] << w->up) - w->x0;
}

static int64_t local_y(const struct work *w, const int32_t *p)
{
    return ((int64_t)p[1] << w->up) - w->y0;
}

/* ---- cutting with rounding ---- */

static const struct path_box rim = { low, low, high, high };

/* The polygons of paths first..end-1, cut, and made valid. */
static void cut_loosely(struct work *w, size_t first, size_t end)
{
    struct tile_valid *valid;

    mesh_paths_reset(&w->cut);
    tr_arena_reset(&w->scratch);
    if (tile_valid_open(&w->scratch, &valid, NULL)) {
        w->failed = true;
        return;
    }
    for (size_t i = first; i < end; i++) {
        const int32_t *v = mesh_path_at(&w->z->paths, i);
        struct path ring = { .a = &w->scratch };

        for (size_t k = 0; k < mesh_path_len(&w->z->paths, i); k++)
            path_add(&ring, local_x(w, v + 2 * k), local_y(w, v + 2 * k));
        ring = path_clip_ring(&ring, &rim);
        w->failed = w->failed || ring.failed;
        mesh_path_begin(&w->cut, w->z->paths.outer.v[i]);
        for (size_t k = 0; k < ring.n; k++)
            mesh_path_add(&w->cut, (int32_t)ring.p[k].x, (int32_t)ring.p[k].y);
        mesh_path_end(&w->cut, true, 3);
    }
    if (w->cut.start.n &&
        !tile_valid_paths(valid, &w->cut, &w->scratch, &w->out))
        w->failed = true;
}

/* ---- cutting exactly ---- */

static int32_t clamp(int64_t v)
{
    return v < low ? low : v > high ? high : (int32_t)v;
}

static void clamp_ring(struct work *w, size_t path)
{
    const int32_t *v = mesh_path_at(&w->z->paths, path);
    size_t n = mesh_path_len(&w->z->paths, path);

    mesh_path_begin(&w->cut, w->z->paths.outer.v[path]);
    for (size_t i = 0; i < n; i++)
        mesh_path_add(&w->cut, clamp(local_x(w, v + 2 * i)),
                      clamp(local_y(w, v + 2 * i)));
    mesh_path_end(&w->cut, true, 3);
}

enum { WEST, EAST, NORTH, SOUTH };

/* Along which side of the rim the edge from p to q runs; -1: none. */
static int side_of(const int32_t *p, const int32_t *q)
{
    if (p[0] == q[0])
        return p[0] == low ? WEST : p[0] == high ? EAST : -1;
    if (p[1] == q[1])
        return p[1] == low ? NORTH : p[1] == high ? SOUTH : -1;
    return -1;
}

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

/* All points on each side, by where they are along it, each once. */
static void list_sides(struct work *w)
{
    for (int s = 0; s < 4; s++)
        w->sides[s].n = 0;
    for (size_t i = 0; i < w->cut.xy.n; i += 2) {
        const int32_t *p = w->cut.xy.v + i;

        if (p[0] == low || p[0] == high)
            mesh_push(&w->sides[p[0] == low ? WEST : EAST], p[1]);
        if (p[1] == low || p[1] == high)
            mesh_push(&w->sides[p[1] == low ? NORTH : SOUTH], p[0]);
    }
    for (int s = 0; s < 4; s++) {
        struct mesh_ints *l = &w->sides[s];
        size_t kept = 0;

        if (l->n > 1)
            qsort(l->v, l->n, sizeof *l->v, by_value);
        for (size_t i = 0; i < l->n; i++) {
            if (!kept || l->v[i] != l->v[kept - 1])
                l->v[kept++] = l->v[i];
        }
        l->n = kept;
    }
}

/* The points of a side strictly between p and q, in that order. */
static void add_between(struct work *w, int side, const int32_t *p,
                        const int32_t *q)
{
    const struct mesh_ints *l = &w->sides[side];
    int axis = side == WEST || side == EAST;
    int32_t from = p[axis], to = q[axis];

    for (size_t i = 0; i < l->n; i++) {
        int32_t at = l->v[from < to ? i : l->n - 1 - i];

        if ((at > from && at < to) || (at < from && at > to))
            mesh_path_add(&w->split, axis ? p[0] : at, axis ? at : p[1]);
    }
}

static void split_ring(struct work *w, size_t r)
{
    const int32_t *v = mesh_path_at(&w->cut, r);
    size_t n = mesh_path_len(&w->cut, r);

    mesh_path_begin(&w->split, w->cut.outer.v[r]);
    for (size_t i = 0; i < n; i++) {
        const int32_t *p = v + 2 * i, *q = v + 2 * (i + 1 < n ? i + 1 : 0);
        int side = side_of(p, q);

        mesh_path_add(&w->split, p[0], p[1]);
        if (side >= 0)
            add_between(w, side, p, q);
    }
    mesh_path_end(&w->split, true, 3);
}

/* No ring of its own may be left without its outer one, nor a rim alone. */
static bool is_plain(struct work *w)
{
    if (!w->split.start.n || !w->split.outer.v[0])
        return false;
    return mesh_all_differ(&w->rings, &w->split);
}

static void cut_exactly(struct work *w, size_t first, size_t end)
{
    mesh_paths_reset(&w->cut);
    mesh_paths_reset(&w->split);
    for (size_t i = first; i < end; i++)
        clamp_ring(w, i);
    if (!w->cut.start.n)
        return;
    list_sides(w);
    for (size_t r = 0; r < w->cut.start.n; r++)
        split_ring(w, r);
    if (w->split.start.n == 1 && is_plain(w)) {
        const int32_t *v = mesh_path_at(&w->split, 0);

        mesh_path_begin(&w->out, true);
        for (size_t i = 0; i < mesh_path_len(&w->split, 0); i++)
            mesh_path_add(&w->out, v[2 * i], v[2 * i + 1]);
        return;
    }
    if (w->split.start.n && !mesh_rings(&w->rings, &w->split, &w->out)) {
        w->failed = w->failed || w->rings.failed;
        cut_loosely(w, first, end);
    }
}

/* ---- lines ---- */

static bool is_inside(const struct path_point *p)
{
    return p->x >= low && p->x <= high && p->y >= low && p->y <= high;
}

/* A line that leaves the box and comes back is two. */
static void cut_line(struct work *w, size_t path)
{
    const int32_t *v = mesh_path_at(&w->z->paths, path);
    size_t n = mesh_path_len(&w->z->paths, path);
    bool is_open = false;
    struct path_point end = { 0, 0 };

    for (size_t i = 0; i + 1 < n; i++) {
        struct path_point p = { local_x(w, v + 2 * i), local_y(w, v + 2 * i) };
        struct path_point q = { local_x(w, v + 2 * i + 2),
                                local_y(w, v + 2 * i + 2) };

        if (!(is_inside(&p) && is_inside(&q)) &&
            !path_clip_segment(&p, &q, &rim))
            continue;
        if (p.x == q.x && p.y == q.y)
            continue;
        if (is_open && (end.x != p.x || end.y != p.y)) {
            mesh_path_end(&w->out, false, 2);
            is_open = false;
        }
        if (!is_open) {
            mesh_path_begin(&w->out, false);
            mesh_path_add(&w->out, (int32_t)p.x, (int32_t)p.y);
            is_open = true;
        }
        mesh_path_add(&w->out, (int32_t)q.x, (int32_t)q.y);
        end = q;
    }
    if (is_open)
        mesh_path_end(&w->out, false, 2);
}

/* ---- items ---- */

static void copy_paths(struct work *w, size_t first, size_t end)
{
    const struct mesh_paths *from = &w->z->paths;

    for (size_t i = first; i < end; i++) {
        const int32_t *v = mesh_path_at(from, i);
        size_t n = mesh_path_len(from, i);

        mesh_path_begin(&w->out, from->outer.v[i]);
        if (!mesh_reserve(&w->out.xy, 2 * n))
            return;
        for (size_t k = 0; k < n; k++) {
            w->out.xy.v[w->out.xy.n++] = (int32_t)local_x(w, v + 2 * k);
            w->out.xy.v[w->out.xy.n++] = (int32_t)local_y(w, v + 2 * k);
        }
    }
}

/* What of an item lies in the box, to `out`. */
static void cut_item(struct work *w, size_t item, bool is_line, bool is_within)
{
    size_t first = w->z->item_part[item], end = w->z->item_part[item + 1];

    mesh_paths_reset(&w->out);
    if (is_within) {
        copy_paths(w, first, end);
    } else if (is_line) {
        for (size_t i = first; i < end; i++)
            cut_line(w, i);
    } else if (w->up || (w->z->flags[item] & MESH_TANGLED)) {
        cut_loosely(w, first, end);
    } else {
        cut_exactly(w, first, end);
    }
}

static const struct tr_tile_shape *shape_of(struct work *w, bool is_line)
{
    const struct mesh_paths *p = &w->out;
    uint32_t n = (uint32_t)p->start.n;

    w->parts.n = w->polygons.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (p->outer.v[i])
            mesh_push(&w->polygons, (int32_t)i);
        mesh_push(&w->parts, p->start.v[i]);
    }
    mesh_push(&w->parts, (int32_t)(p->xy.n / 2));
    mesh_push(&w->polygons, (int32_t)n);
    if (w->parts.failed || w->polygons.failed || mesh_paths_failed(p))
        w->failed = true;
    w->shape = (struct tr_tile_shape){
        .kind = is_line ? TR_LINE : TR_POLYGON,
        .n_points = (uint32_t)(p->xy.n / 2),
        .n_parts = n,
        .n_polygons = is_line ? 0 : (uint32_t)w->polygons.n - 1,
        .xy = p->xy.v,
        .part_start = (const uint32_t *)w->parts.v,
        .polygon_start = is_line ? NULL : (const uint32_t *)w->polygons.v,
    };
    return &w->shape;
}

/* The tile with its buffer, a little more, on the plane. */
static struct mesh_box plane_box(struct tr_tile t)
{
    int64_t side = INT64_C(1) << (32 - t.z), more = side / 32 + 64;
    int64_t west = (int64_t)t.x * side - more, east = west + side + 2 * more;
    int64_t north = (int64_t)t.y * side - more, south = north + side + 2 * more;

    /* Snapped at the mesh's last zoom, a shape may be one of its cells off. */
    return (struct mesh_box){ west < 0 ? 0 : (uint32_t)west,
                              north < 0 ? 0 : (uint32_t)north,
                              east > UINT32_MAX ? UINT32_MAX : (uint32_t)east,
                              south > UINT32_MAX ? UINT32_MAX
                                                 : (uint32_t)south };
}

static bool show_item(struct work *w, const struct tr_mesh *m, size_t item,
                      const struct tr_mesh_viewer *v)
{
    const int32_t *b = w->z->boxes + 4 * item;
    bool is_line = m->flags[item] & MESH_LINE, is_within;
    int64_t west, north, east, south;

    if (b[0] > b[2])
        return true;
    west = local_x(w, b);
    north = local_y(w, b);
    east = local_x(w, b + 2);
    south = local_y(w, b + 2);
    if (west > high || east < low || north > high || south < low)
        return true;
    is_within = west >= low && east <= high && north >= low && south <= high;
    cut_item(w, item, is_line, is_within);
    if (!w->out.start.n || w->failed)
        return !w->failed;
    return v->show(v->context, m->items[item], shape_of(w, is_line)) &&
           !w->failed;
}

static void free_work(struct work *w)
{
    mesh_ints_free(&w->found);
    for (int s = 0; s < 4; s++)
        mesh_ints_free(&w->sides[s]);
    mesh_paths_free(&w->cut);
    mesh_paths_free(&w->split);
    mesh_paths_free(&w->out);
    mesh_work_free(&w->rings);
    mesh_ints_free(&w->parts);
    mesh_ints_free(&w->polygons);
    tr_arena_clear(&w->scratch);
}

static void show_found(struct work *w, const struct tr_mesh *m,
                       const struct tr_mesh_viewer *v)
{
    enum { AHEAD = 12 };

    for (size_t i = 0; i < w->found.n && !w->failed; i++) {
        if (v->soon && i + AHEAD < w->found.n)
            v->soon(v->context, m->items[w->found.v[i + AHEAD]]);
        if (!show_item(w, m, (size_t)w->found.v[i], v))
            return;
    }
}

enum tr_status tr_mesh_tile(const struct tr_mesh *m,
                            const struct tr_mesh_zoom *z, struct tr_tile t,
                            const struct tr_mesh_viewer *v,
                            struct tr_error *err)
{
    struct work w = { .z = z,
                      .up = t.z > z->z ? t.z - z->z : 0,
                      .x0 = (int64_t)t.x * TR_MESH_EXTENT,
                      .y0 = (int64_t)t.y * TR_MESH_EXTENT };
    struct mesh_box box = plane_box(t);
    bool failed;

    tr_arena_init(&w.scratch, SIZE_MAX);
    mesh_index_find(m->index, &box, &w.found);
    w.failed = w.found.failed;
    show_found(&w, m, v);
    failed = w.failed;
    free_work(&w);
    return failed ? tr_fail(err, TR_ENOMEM, "no memory left for a tile")
                  : TR_OK;
}
