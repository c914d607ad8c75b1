/* mesh_rings.c - simple rings from edges that may touch, repeat and cancel; see
 * mesh.h.
 *
 * The edges meet only at their ends. What runs there and back again bounds
 * nothing and goes; the rest is walked with the inside on the left, always into
 * the same corner of it, and cut where a walk comes by a point again. */
#include <stdlib.h>
#include <string.h>

#include "geom/mesh.h"

void mesh_work_free(struct mesh_work *w)
{
    mesh_ints_free(&w->nodes);
    mesh_ints_free(&w->edges);
    mesh_ints_free(&w->first);
    mesh_ints_free(&w->at);
    mesh_ints_free(&w->path);
    mesh_ints_free(&w->used);
    mesh_paths_free(&w->rings);
    free(w->keys);
    *w = (struct mesh_work){ 0 };
}

/* ---- points as keys ---- */

static uint64_t key_of(const int32_t *p)
{
    return (uint64_t)((uint32_t)p[0] ^ UINT32_C(0x80000000)) << 32 |
           ((uint32_t)p[1] ^ UINT32_C(0x80000000));
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The keys of all points, ascending. */
static bool sort_keys(struct mesh_work *w, const struct mesh_paths *p)
{
    size_t n = p->xy.n / 2;

    if (n > w->keys_size) {
        uint64_t *keys = realloc(w->keys, 2 * n * sizeof *keys);

        if (!keys) {
            w->failed = true;
            return false;
        }
        w->keys = keys;
        w->keys_size = 2 * n;
    }
    for (size_t i = 0; i < n; i++)
        w->keys[i] = key_of(p->xy.v + 2 * i);
    if (n)
        qsort(w->keys, n, sizeof *w->keys, by_key);
    return true;
}

bool mesh_all_differ(struct mesh_work *w, const struct mesh_paths *p)
{
    enum { FEW = 16 };
    size_t n = p->xy.n / 2;
    const int32_t *v = p->xy.v;

    if (n <= FEW) {
        for (size_t i = 1; i < n; i++) {
            for (size_t k = 0; k < i; k++) {
                if (v[2 * i] == v[2 * k] && v[2 * i + 1] == v[2 * k + 1])
                    return false;
            }
        }
        return true;
    }
    if (!sort_keys(w, p))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (w->keys[i] == w->keys[i - 1])
            return false;
    }
    return true;
}

/* ---- edges between numbered points ---- */

static int32_t node_of(const struct mesh_work *w, size_t n, const int32_t *p)
{
    uint64_t key = key_of(p);
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (w->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

static int by_ends(const void *a, const void *b)
{
    const int32_t *p = a, *q = b;
    int32_t p_low = p[0] < p[1] ? p[0] : p[1], p_high = p[0] ^ p[1] ^ p_low;
    int32_t q_low = q[0] < q[1] ? q[0] : q[1], q_high = q[0] ^ q[1] ^ q_low;

    if (p_low != q_low)
        return p_low < q_low ? -1 : 1;
    if (p_high != q_high)
        return p_high < q_high ? -1 : 1;
    return (p[0] > q[0]) - (p[0] < q[0]);
}

static int by_start(const void *a, const void *b)
{
    const int32_t *p = a, *q = b;

    if (p[0] != q[0])
        return p[0] < q[0] ? -1 : 1;
    return (p[1] > q[1]) - (p[1] < q[1]);
}

/* Number the points, and list each path's edges. The number of nodes. */
static size_t list_edges(struct mesh_work *w, const struct mesh_paths *p)
{
    size_t n = 0;

    w->nodes.n = w->edges.n = 0;
    if (!sort_keys(w, p))
        return 0;
    for (size_t i = 0; i < p->xy.n / 2; i++) {
        if (i == 0 || w->keys[i] != w->keys[n - 1]) {
            w->keys[n++] = w->keys[i];
            mesh_push(&w->nodes,
                      (int32_t)((uint32_t)(w->keys[i] >> 32) ^ 0x80000000u));
            mesh_push(&w->nodes, (int32_t)((uint32_t)w->keys[i] ^ 0x80000000u));
        }
    }
    for (size_t r = 0; r < p->start.n; r++) {
        const int32_t *v = mesh_path_at(p, r);
        size_t len = mesh_path_len(p, r);
        int32_t before = node_of(w, n, v + 2 * (len - 1));

        for (size_t i = 0; i < len; i++) {
            int32_t node = node_of(w, n, v + 2 * i);

            mesh_push(&w->edges, before);
            mesh_push(&w->edges, node);
            before = node;
        }
    }
    return n;
}

/* Opposite ones cancel. False: one is left twice. */
static bool cancel_edges(struct mesh_work *w)
{
    size_t n = w->edges.n / 2, kept = 0;
    int32_t *e = w->edges.v;

    if (!n)
        return true;
    qsort(e, n, 2 * sizeof *e, by_ends);
    for (size_t i = 0, end; i < n; i = end) {
        int32_t from = e[2 * i], to = e[2 * i + 1];
        long net = 0;

        for (end = i; end < n; end++) {
            if (e[2 * end] == from && e[2 * end + 1] == to)
                net++;
            else if (e[2 * end] == to && e[2 * end + 1] == from)
                net--;
            else
                break;
        }
        if (net > 1 || net < -1)
            return false;
        if (!net)
            continue;
        e[2 * kept] = net > 0 ? from : to;
        e[2 * kept + 1] = net > 0 ? to : from;
        kept++;
    }
    w->edges.n = 2 * kept;
    if (kept)
        qsort(e, kept, 2 * sizeof *e, by_start);
    return true;
}

/* Where each node's edges begin: n + 1. */
static void index_edges(struct mesh_work *w, size_t n)
{
    size_t edge = 0, count = w->edges.n / 2;

    w->first.n = w->at.n = w->used.n = w->path.n = 0;
    for (size_t node = 0; node <= n; node++) {
        while (edge < count && (size_t)w->edges.v[2 * edge] < node)
            edge++;
        mesh_push(&w->first, (int32_t)edge);
        mesh_push(&w->at, 0);
    }
    for (size_t i = 0; i < count; i++)
        mesh_push(&w->used, 0);
}

/* ---- the walk ---- */

struct step {
    int64_t x, y;
};

static struct step step_to(const struct mesh_work *w, int32_t from, int32_t to)
{
    const int32_t *a = w->nodes.v + 2 * (size_t)from;
    const int32_t *b = w->nodes.v + 2 * (size_t)to;

    return (struct step){ (int64_t)b[0] - a[0], (int64_t)b[1] - a[1] };
}

static int64_t cross(struct step a, struct step b)
{
    return a.x * b.y - a.y * b.x;
}

/* 0: less than half a turn clockwise from `back`; 1: half; 2: more. */
static int turn_of(struct step back, struct step d)
{
    int64_t c = cross(back, d);

    if (c == 0)
        return back.x * d.x + back.y * d.y < 0 ? 1 : 3;
    return c < 0 ? 0 : 2;
}

static bool comes_first(struct step back, struct step d, struct step e)
{
    int a = turn_of(back, d), b = turn_of(back, e);

    return a != b ? a < b : cross(d, e) < 0;
}

/* The edge out of `to` that bounds the same corner of the inside as the edge
 * from -> to: the first clockwise from the way back. -1: none. */
static int32_t next_edge(const struct mesh_work *w, int32_t from, int32_t to)
{
    struct step back = step_to(w, to, from);
    int32_t best = -1;

    for (int32_t e = w->first.v[to]; e < w->first.v[to + 1]; e++) {
        if (best < 0 || comes_first(back, step_to(w, to, w->edges.v[2 * e + 1]),
                                    step_to(w, to, w->edges.v[2 * best + 1])))
            best = e;
    }
    return best;
}

/* The end of the path, from node `to` on, is a ring. */
static void cut_ring(struct mesh_work *w, int32_t to)
{
    size_t from = (size_t)w->at.v[to] - 1;

    mesh_path_begin(&w->rings, false);
    for (size_t i = from; i < w->path.n; i++) {
        const int32_t *p = w->nodes.v + 2 * (size_t)w->path.v[i];

        mesh_path_add(&w->rings, p[0], p[1]);
        w->at.v[w->path.v[i]] = 0;
    }
    w->path.n = from;
    mesh_path_end(&w->rings, true, 3);
}

/* False: the walk does not come back to where it began. */
static bool walk(struct mesh_work *w, int32_t start)
{
    for (int32_t e = start;;) {
        const int32_t *ends = w->edges.v + 2 * (size_t)e;
        int32_t from = ends[0], to = ends[1];

        if (w->used.v[e] || !mesh_reserve(&w->path, 1))
            return false;
        w->used.v[e] = 1;
        w->path.v[w->path.n++] = from;
        w->at.v[from] = (int32_t)w->path.n;
        if (w->at.v[to])
            cut_ring(w, to);
        e = next_edge(w, from, to);
        if (e < 0)
            return false;
        if (e == start)
            return w->path.n == 0;
    }
}

/* ---- which holes are whose ---- */

/* Is the middle of the hole's first edge in the ring? Coordinates are doubled;
 * edges meet only at their ends, so the middle lies on none. */
static bool ring_holds(const int32_t *ring, size_t n, const int32_t *hole)
{
    int64_t x = (int64_t)hole[0] + hole[2], y = (int64_t)hole[1] + hole[3];
    bool inside = false;

    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        int64_t ax = 2 * (int64_t)ring[2 * j],
                ay = 2 * (int64_t)ring[2 * j + 1];
        int64_t bx = 2 * (int64_t)ring[2 * i],
                by = 2 * (int64_t)ring[2 * i + 1];

        if ((ay > y) == (by > y))
            continue;

        int64_t c = (bx - ax) * (y - ay) - (by - ay) * (x - ax);

        inside ^= (c > 0) == (by > ay);
    }
    return inside;
}

/* The smallest outer ring that holds the hole; -1: none. */
static long owner_of(const struct mesh_paths *rings, const int64_t *areas,
                     size_t hole)
{
    long best = -1;

    for (size_t r = 0; r < rings->start.n; r++) {
        if (areas[r] > 0 && (best < 0 || areas[r] < areas[best]) &&
            ring_holds(mesh_path_at(rings, r), mesh_path_len(rings, r),
                       mesh_path_at(rings, hole)))
            best = (long)r;
    }
    return best;
}

static void copy_ring(const struct mesh_paths *from, size_t r, bool outer,
                      struct mesh_paths *to)
{
    const int32_t *v = mesh_path_at(from, r);
    size_t n = mesh_path_len(from, r);

    mesh_path_begin(to, outer);
    if (!mesh_reserve(&to->xy, 2 * n))
        return;
    memcpy(to->xy.v + to->xy.n, v, 2 * n * sizeof *v);
    to->xy.n += 2 * n;
}

static bool put_rings(struct mesh_work *w, struct mesh_paths *out)
{
    const struct mesh_paths *rings = &w->rings;
    size_t n = rings->start.n;
    int64_t *areas = malloc((n + 1) * sizeof *areas);
    long *owner = malloc((n + 1) * sizeof *owner);
    bool ok = areas && owner;

    w->failed = w->failed || !ok;
    for (size_t r = 0; ok && r < n; r++)
        areas[r] =
            mesh_path_area2(mesh_path_at(rings, r), mesh_path_len(rings, r));
    for (size_t r = 0; ok && r < n; r++) {
        owner[r] = areas[r] > 0 ? (long)r : owner_of(rings, areas, r);
        ok = areas[r] != 0 && owner[r] >= 0;
    }
    for (size_t r = 0; ok && r < n; r++) {
        if (areas[r] < 0)
            continue;
        copy_ring(rings, r, true, out);
        for (size_t hole = 0; hole < n; hole++) {
            if (areas[hole] < 0 && owner[hole] == (long)r)
                copy_ring(rings, hole, false, out);
        }
    }
    free(areas);
    free(owner);
    return ok;
}

bool mesh_rings(struct mesh_work *w, const struct mesh_paths *p,
                struct mesh_paths *out)
{
    size_t n = list_edges(w, p);

    if (w->failed || !cancel_edges(w))
        return false;
    index_edges(w, n);
    mesh_paths_reset(&w->rings);
    w->failed = w->failed || w->nodes.failed || w->edges.failed ||
                w->first.failed || w->at.failed || w->used.failed;
    if (w->failed)
        return false;
    for (size_t e = 0; e < w->edges.n / 2; e++) {
        if (!w->used.v[e] && !walk(w, (int32_t)e))
            return false;
    }
    return put_rings(w, out);
}
