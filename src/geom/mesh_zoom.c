/* mesh_zoom.c - a mesh on the grid of one zoom; see mesh.h.
 *
 * Snap rounding: a cell of the grid that holds a vertex is hot, and an edge that
 * passes through a hot cell gets a vertex there. Then edges may come to touch or
 * to lie on one another, but none crosses one that it did not cross before. A
 * cell is hot, too, where an edge crosses the rim of a tile's buffer: so no edge
 * of the result crosses a rim but at its ends. */
#include <stdlib.h>
#include <string.h>

#include "geom/geom_exact.h"
#include "geom/mesh.h"
#include "geom/tile_valid.h"

#define NONE     UINT32_MAX
#define MOST_HOT ((size_t)1 << 27) /* cells: a bound against hostile shapes */

struct cell { /* of the grid */
    int32_t x, y;
};

struct work {
    const struct tr_mesh *m;
    struct tr_mesh_zoom *out;
    uint32_t z;
    unsigned shift;       /* from the plane to the grid */
    struct mesh_ints hot; /* x, y, each once; with all buckets filled */
    uint32_t *slots;      /* of hot cells by place */
    size_t n_slots;
    uint32_t *bucket, *next;
    uint32_t columns, rows;
    struct cell low;
    uint64_t wide, high;
    struct mesh_ints chain; /* of one edge: key, x, y */
    struct mesh_paths item; /* of one item */
    struct mesh_work rings;
    struct tr_arena scratch;
    struct tile_valid *valid;
};

static struct cell cell_of(const struct work *w, uint32_t v)
{
    return (struct cell){ (int32_t)(w->m->x[v] >> w->shift),
                          (int32_t)(w->m->y[v] >> w->shift) };
}

/* ---- hot cells ---- */

static bool grow_slots(struct work *w)
{
    size_t n = w->n_slots ? w->n_slots * 2 : 1024;
    uint32_t *slots = malloc(n * sizeof *slots);

    if (!slots)
        return false;
    memset(slots, 0xFF, n * sizeof *slots);
    for (size_t i = 0; i < w->hot.n / 2; i++) {
        uint64_t key = (uint64_t)(uint32_t)w->hot.v[2 * i] << 32 |
                       (uint32_t)w->hot.v[2 * i + 1];
        uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
        size_t at = (size_t)(hash ^ hash >> 32) & (n - 1);

        while (slots[at] != NONE)
            at = (at + 1) & (n - 1);
        slots[at] = (uint32_t)i;
    }
    free(w->slots);
    w->slots = slots;
    w->n_slots = n;
    return true;
}

static void heat(struct work *w, struct cell c)
{
    if (w->hot.n / 2 >= MOST_HOT ||
        (w->hot.n >= w->n_slots && !grow_slots(w))) {
        w->hot.failed = true;
        return;
    }

    uint64_t key = (uint64_t)(uint32_t)c.x << 32 | (uint32_t)c.y;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash ^ hash >> 32) & (w->n_slots - 1);

    for (; w->slots[at] != NONE; at = (at + 1) & (w->n_slots - 1)) {
        const int32_t *h = w->hot.v + 2 * (size_t)w->slots[at];

        if (h[0] == c.x && h[1] == c.y)
            return;
    }
    w->slots[at] = (uint32_t)(w->hot.n / 2);
    mesh_push(&w->hot, c.x);
    mesh_push(&w->hot, c.y);
}

/* The first rim after grid line `from`: rims lie a buffer outside of each tile,
 * and so that far inside of its neighbour. */
static int64_t next_rim(int64_t from)
{
    int64_t tile = (from + 1) / TR_MESH_EXTENT * TR_MESH_EXTENT;
    int64_t at = from + 1 - tile;

    if (at <= TR_MESH_BUFFER)
        return tile + TR_MESH_BUFFER;
    if (at <= TR_MESH_EXTENT - TR_MESH_BUFFER)
        return tile + TR_MESH_EXTENT - TR_MESH_BUFFER;
    return tile + TR_MESH_EXTENT + TR_MESH_BUFFER;
}

/* Where along the other axis the edge from (a, b) to (c, d) is at `at`. */
static int32_t crossing(const struct work *w, int64_t a, int64_t b, int64_t c,
                        int64_t d, int64_t at)
{
    int64_t v = c > a
                    ? b + geom_floor_div((geom_i128)(d - b) * (at - a), c - a)
                    : b + geom_floor_div((geom_i128)(d - b) * (a - at), a - c);

    return (int32_t)(v >> w->shift);
}

/* The cells where an edge crosses rims. */
static void heat_rims(struct work *w, uint32_t p, uint32_t q)
{
    const struct tr_mesh *m = w->m;
    struct cell a = cell_of(w, p), b = cell_of(w, q);
    int64_t half = INT64_C(1) << (w->shift - 1);
    int32_t low = a.x < b.x ? a.x : b.x, high = a.x ^ b.x ^ low;

    for (int64_t x = next_rim(low); x < high; x = next_rim(x)) {
        int64_t at = (x << w->shift) + half;
        int32_t y = crossing(w, m->x[p], m->y[p], m->x[q], m->y[q], at);

        heat(w, (struct cell){ (int32_t)x, y });
    }
    low = a.y < b.y ? a.y : b.y;
    high = a.y ^ b.y ^ low;
    for (int64_t y = next_rim(low); y < high; y = next_rim(y)) {
        int64_t at = (y << w->shift) + half;
        int32_t x = crossing(w, m->y[p], m->x[p], m->y[q], m->x[q], at);

        heat(w, (struct cell){ x, (int32_t)y });
    }
}

static bool is_kept(const struct work *w, uint32_t v)
{
    return w->m->level[v] <= w->z;
}

/* The vertices of a part that the zoom keeps: first, then each after `i`.
 * `end` when there is none left. */
static uint32_t kept_from(const struct work *w, uint32_t i, uint32_t end)
{
    while (i < end && !is_kept(w, w->m->ids[i]))
        i++;
    return i;
}

/* In one order, whichever way the edge is walked. */
static void heat_edge(struct work *w, uint32_t p, uint32_t q)
{
    heat(w, cell_of(w, p));
    if (p < q)
        heat_rims(w, p, q);
    else
        heat_rims(w, q, p);
}

static void heat_part(struct work *w, uint32_t part, bool is_ring)
{
    const struct tr_mesh *m = w->m;
    uint32_t end = m->part_start[part + 1];
    uint32_t first = kept_from(w, m->part_start[part], end), before = first;

    if (first == end)
        return;
    for (uint32_t i = kept_from(w, first + 1, end); i < end;
         i = kept_from(w, i + 1, end)) {
        heat_edge(w, m->ids[before], m->ids[i]);
        before = i;
    }
    if (is_ring)
        heat_edge(w, m->ids[before], m->ids[first]);
    else
        heat(w, cell_of(w, m->ids[before]));
}

static bool heat_all(struct work *w)
{
    const struct tr_mesh *m = w->m;

    for (size_t i = 0; i < m->n_items; i++) {
        for (uint32_t p = m->item_part[i]; p < m->item_part[i + 1]; p++)
            heat_part(w, p, !(m->flags[i] & MESH_LINE));
    }
    return !w->hot.failed;
}

/* ---- hot cells by place ---- */

static uint32_t column_of(const struct work *w, int64_t x)
{
    int64_t v = (x - w->low.x) * w->columns / (int64_t)w->wide;

    return v < 0 ? 0 : v >= w->columns ? w->columns - 1 : (uint32_t)v;
}

static uint32_t row_of(const struct work *w, int64_t y)
{
    int64_t v = (y - w->low.y) * w->rows / (int64_t)w->high;

    return v < 0 ? 0 : v >= w->rows ? w->rows - 1 : (uint32_t)v;
}

static bool make_buckets(struct work *w)
{
    size_t n = w->hot.n / 2, buckets;
    struct cell high = { INT32_MIN, INT32_MIN };
    uint32_t side = 1;

    w->low = (struct cell){ INT32_MAX, INT32_MAX };
    for (size_t i = 0; i < n; i++) {
        int32_t x = w->hot.v[2 * i], y = w->hot.v[2 * i + 1];

        w->low.x = x < w->low.x ? x : w->low.x;
        w->low.y = y < w->low.y ? y : w->low.y;
        high.x = x > high.x ? x : high.x;
        high.y = y > high.y ? y : high.y;
    }
    while ((size_t)side * side < n)
        side++;
    w->columns = w->rows = side;
    w->wide = (uint64_t)((int64_t)high.x - w->low.x + 1);
    w->high = (uint64_t)((int64_t)high.y - w->low.y + 1);
    buckets = (size_t)side * side;
    w->bucket = malloc(buckets * sizeof *w->bucket);
    w->next = malloc((n + 1) * sizeof *w->next);
    if (!w->bucket || !w->next)
        return false;
    memset(w->bucket, 0xFF, buckets * sizeof *w->bucket);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)row_of(w, w->hot.v[2 * i + 1]) * side +
                    column_of(w, w->hot.v[2 * i]);

        w->next[i] = w->bucket[at];
        w->bucket[at] = (uint32_t)i;
    }
    return true;
}

/* ---- an edge through hot cells ---- */

struct edge {
    struct cell a, b; /* its ends' */
    int64_t ax, ay;   /* on the plane */
    int64_t dx, dy;
    int32_t way_x, way_y; /* -1 or 1: which way it runs */
};

/* Which side of the edge's line a corner lies on; a corner that its cell does
 * not hold is judged a hair inside of it: `in_x` and `in_y` say where that is. */
static int side_of(const struct edge *e, int64_t x, int64_t y, int in_x,
                   int in_y)
{
    geom_i128 c =
        (geom_i128)e->dx * (y - e->ay) - (geom_i128)e->dy * (x - e->ax);

    if (c == 0)
        c = (geom_i128)e->dx * in_y - (geom_i128)e->dy * in_x;
    return (c > 0) - (c < 0);
}

/* Cells are half open: they hold their west and north edges. Those of the edge's
 * own extent only: `h` lies between its ends' columns and rows. */
static bool passes(const struct work *w, const struct edge *e, struct cell h)
{
    int64_t size = INT64_C(1) << w->shift;
    int64_t west = (int64_t)h.x << w->shift, north = (int64_t)h.y << w->shift;
    int left = 0, right = 0;

    for (int k = 0; k < 4; k++) {
        int far_x = k & 1, far_y = k >> 1;
        int s = side_of(e, west + far_x * size, north + far_y * size, -far_x,
                        -far_y);

        left += s > 0;
        right += s < 0;
    }
    return left < 4 && right < 4;
}

static void look_in(struct work *w, const struct edge *e, uint32_t at)
{
    int32_t west = e->a.x < e->b.x ? e->a.x : e->b.x;
    int32_t east = e->a.x ^ e->b.x ^ west;
    int32_t north = e->a.y < e->b.y ? e->a.y : e->b.y;
    int32_t south = e->a.y ^ e->b.y ^ north;

    for (; at != NONE; at = w->next[at]) {
        struct cell h = { w->hot.v[2 * (size_t)at],
                          w->hot.v[2 * (size_t)at + 1] };

        if (h.x < west || h.x > east || h.y < north || h.y > south ||
            (h.x == e->a.x && h.y == e->a.y) ||
            (h.x == e->b.x && h.y == e->b.y) || !passes(w, e, h))
            continue;
        mesh_push(&w->chain, e->way_x * h.x + e->way_y * h.y);
        mesh_push(&w->chain, h.x);
        mesh_push(&w->chain, h.y);
    }
}

static int by_way(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

/* The columns of buckets that the edge may touch in a row of them. */
static void columns_in_row(const struct work *w, const struct edge *e,
                           uint32_t row, uint32_t *first, uint32_t *last)
{
    double top = (double)w->low.y + (double)row * (double)w->high / w->rows;
    double end = top + (double)w->high / w->rows;
    double from, to, unit = (double)(INT64_C(1) << w->shift);

    *first = column_of(w, e->a.x < e->b.x ? e->a.x : e->b.x);
    *last = column_of(w, e->a.x > e->b.x ? e->a.x : e->b.x);
    if (e->dy == 0 || *last - *first < 4)
        return;
    from = ((double)e->ax + ((top - 2) * unit - (double)e->ay) * (double)e->dx /
                                (double)e->dy) /
           unit;
    to = ((double)e->ax +
          ((end + 2) * unit - (double)e->ay) * (double)e->dx / (double)e->dy) /
         unit;
    if (from > to) {
        double t = from;

        from = to;
        to = t;
    }
    if (from - 3 > w->low.x + (double)w->wide || to + 3 < w->low.x)
        return;

    uint32_t low = column_of(w, (int64_t)(from < 0 ? 0 : from) - 3);
    uint32_t high = column_of(w, to > INT32_MAX ? INT32_MAX : (int64_t)to + 3);

    *first = low > *first ? low : *first;
    *last = high < *last ? high : *last;
}

/* The hot cells between the two ends, in order from the lower vertex. */
static void find_chain(struct work *w, uint32_t p, uint32_t q)
{
    const struct tr_mesh *m = w->m;
    struct edge e = { .a = cell_of(w, p), .b = cell_of(w, q) };
    uint32_t north, south;

    w->chain.n = 0;
    if (e.a.x == e.b.x && e.a.y == e.b.y)
        return;
    e.ax = m->x[p];
    e.ay = m->y[p];
    e.dx = (int64_t)m->x[q] - e.ax;
    e.dy = (int64_t)m->y[q] - e.ay;
    e.way_x = e.dx < 0 ? -1 : 1;
    e.way_y = e.dy < 0 ? -1 : 1;
    north = row_of(w, e.a.y < e.b.y ? e.a.y : e.b.y);
    south = row_of(w, e.a.y > e.b.y ? e.a.y : e.b.y);
    for (uint32_t row = north; row <= south; row++) {
        uint32_t first, last;

        columns_in_row(w, &e, row, &first, &last);
        for (uint32_t c = first; c <= last; c++)
            look_in(w, &e, w->bucket[(size_t)row * w->columns + c]);
    }
    if (w->chain.n > 3)
        qsort(w->chain.v, w->chain.n / 3, 3 * sizeof *w->chain.v, by_way);
}

/* The edge from p to q without its end. */
static void add_edge(struct work *w, uint32_t p, uint32_t q)
{
    struct cell a = cell_of(w, p);
    size_t n;

    mesh_path_add(&w->item, a.x, a.y);
    find_chain(w, p < q ? p : q, p < q ? q : p);
    n = w->chain.n / 3;
    for (size_t i = 0; i < n; i++) {
        const int32_t *h = w->chain.v + 3 * (p < q ? i : n - 1 - i);

        mesh_path_add(&w->item, h[1], h[2]);
    }
}

/* ---- items ---- */

static void add_part(struct work *w, uint32_t part, bool is_ring)
{
    const struct tr_mesh *m = w->m;
    uint32_t end = m->part_start[part + 1];
    uint32_t first = kept_from(w, m->part_start[part], end), before = first;
    struct cell last;

    if (first == end)
        return;
    mesh_path_begin(&w->item, m->part_outer[part]);
    for (uint32_t i = kept_from(w, first + 1, end); i < end;
         i = kept_from(w, i + 1, end)) {
        add_edge(w, m->ids[before], m->ids[i]);
        before = i;
    }
    if (is_ring) {
        add_edge(w, m->ids[before], m->ids[first]);
    } else {
        last = cell_of(w, m->ids[before]);
        mesh_path_add(&w->item, last.x, last.y);
    }
    mesh_path_end(&w->item, is_ring, is_ring ? 3 : 2);
}

static void append(const struct mesh_paths *from, struct mesh_paths *to)
{
    int32_t shift = (int32_t)(to->xy.n / 2);

    if (!mesh_reserve(&to->xy, from->xy.n) ||
        !mesh_reserve(&to->start, from->start.n) ||
        !mesh_reserve(&to->outer, from->outer.n))
        return;
    if (!from->start.n)
        return;
    memcpy(to->xy.v + to->xy.n, from->xy.v, from->xy.n * sizeof *from->xy.v);
    to->xy.n += from->xy.n;
    for (size_t i = 0; i < from->start.n; i++) {
        mesh_push(&to->start, from->start.v[i] + shift);
        mesh_push(&to->outer, from->outer.v[i]);
    }
}

/* What GEOS makes of rings that cross one another. */
static bool untangle(struct work *w)
{
    tr_arena_reset(&w->scratch);
    if (tile_valid_open(&w->scratch, &w->valid, NULL))
        return false;
    return tile_valid_paths(w->valid, &w->item, &w->scratch, &w->out->paths);
}

static bool finish_area(struct work *w, size_t item)
{
    struct mesh_paths *out = &w->out->paths;

    if (!w->item.start.n)
        return true;
    if (!(w->m->flags[item] & MESH_TANGLED)) {
        if (mesh_all_differ(&w->rings, &w->item)) {
            append(&w->item, out);
            return true;
        }
        if (mesh_rings(&w->rings, &w->item, out))
            return true;
        if (w->rings.failed)
            return false;
    }
    w->out->flags[item] |= MESH_TANGLED;
    return untangle(w);
}

static void measure_item(struct tr_mesh_zoom *z, size_t item, size_t first)
{
    int32_t *b = z->boxes + 4 * item;
    size_t from = first < z->paths.start.n ? 2 * (size_t)z->paths.start.v[first]
                                           : z->paths.xy.n;

    b[0] = b[1] = INT32_MAX;
    b[2] = b[3] = INT32_MIN;
    for (size_t i = from; i < z->paths.xy.n; i += 2) {
        int32_t x = z->paths.xy.v[i], y = z->paths.xy.v[i + 1];

        b[0] = x < b[0] ? x : b[0];
        b[1] = y < b[1] ? y : b[1];
        b[2] = x > b[2] ? x : b[2];
        b[3] = y > b[3] ? y : b[3];
    }
}

static bool add_item(struct work *w, size_t i)
{
    const struct tr_mesh *m = w->m;
    struct tr_mesh_zoom *z = w->out;
    bool is_line = m->flags[i] & MESH_LINE, ok = true;
    size_t first = z->paths.start.n;

    mesh_paths_reset(&w->item);
    for (uint32_t p = m->item_part[i]; p < m->item_part[i + 1]; p++)
        add_part(w, p, !is_line);
    if (is_line)
        append(&w->item, &z->paths);
    else
        ok = finish_area(w, i);
    measure_item(z, i, first);
    z->item_part[i + 1] = (uint32_t)z->paths.start.n;
    return ok && !mesh_paths_failed(&w->item) && !w->chain.failed &&
           !mesh_paths_failed(&z->paths);
}

static bool make(struct work *w)
{
    struct tr_mesh_zoom *z = w->out;
    size_t n = w->m->n_items;

    z->n_items = n;
    z->item_part = calloc(n + 1, sizeof *z->item_part);
    z->boxes = calloc(n + 1, 4 * sizeof *z->boxes);
    z->flags = malloc(n + 1);
    if (!z->item_part || !z->boxes || !z->flags || !heat_all(w) ||
        !make_buckets(w))
        return false;
    if (n)
        memcpy(z->flags, w->m->flags, n);
    for (size_t i = 0; i < n; i++) {
        if (!add_item(w, i))
            return false;
    }
    return true;
}

static void free_work(struct work *w)
{
    mesh_ints_free(&w->hot);
    mesh_ints_free(&w->chain);
    mesh_paths_free(&w->item);
    mesh_work_free(&w->rings);
    tr_arena_clear(&w->scratch);
    free(w->slots);
    free(w->bucket);
    free(w->next);
}

enum tr_status tr_mesh_zoom_new(const struct tr_mesh *m, uint32_t z,
                                struct tr_mesh_zoom **out, struct tr_error *err)
{
    struct work w = { .m = m, .out = calloc(1, sizeof *w.out) };
    bool ok;

    if (!w.out)
        return tr_fail(err, TR_ENOMEM, "no memory left for tiles");
    w.z = z < TR_MESH_MAX_ZOOM ? z : TR_MESH_MAX_ZOOM;
    w.shift = 20 - w.z;
    w.out->z = w.z;
    tr_arena_init(&w.scratch, SIZE_MAX);
    ok = make(&w);
    free_work(&w);
    if (!ok) {
        tr_mesh_zoom_free(w.out);
        return tr_fail(err, TR_ENOMEM, "no memory left for tiles");
    }
    *out = w.out;
    return TR_OK;
}

void tr_mesh_zoom_free(struct tr_mesh_zoom *z)
{
    if (!z)
        return;
    free(z->item_part);
    free(z->boxes);
    free(z->flags);
    mesh_paths_free(&z->paths);
    free(z);
}

size_t tr_mesh_zoom_bytes(const struct tr_mesh_zoom *z)
{
    return sizeof *z + (z->n_items + 1) * (4 + 16 + 1) +
           (z->paths.xy.size + z->paths.start.size + z->paths.outer.size) *
               sizeof(int32_t);
}
