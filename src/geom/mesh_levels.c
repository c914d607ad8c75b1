/* mesh_levels.c - which vertices each zoom keeps; see mesh.h.
 *
 * Visvalingam and Whyatt's simplification of all geometries at once: the vertex
 * whose triangle with its two neighbours is smallest goes first, unless another
 * vertex lies in the triangle - so nothing comes to cross that did not. Where
 * more than two edges meet, and at the ends of lines, a vertex stays. */
#include <stdlib.h>

#include "geom/geom_exact.h"
#include "geom/mesh.h"

#define NONE UINT32_MAX

/* Twice the area, in the zoom's units, of the triangles that go: half a pixel
 * of a tile of 512. */
#define TOLERANCE2 16

struct work {
    struct tr_mesh *m;
    uint32_t (*beside)[2]; /* neighbours; NONE */
    uint8_t *fixed;
    uint64_t *area2;
    uint32_t *heap, *at; /* smallest first; where a vertex is, or NONE */
    size_t n_heap;
    uint32_t *bucket, *next; /* vertices by place; NONE ends a list */
    uint32_t columns, rows, west, north;
    uint64_t wide, high; /* of all */
};

/* ---- neighbours ---- */

static void meet(struct work *w, uint32_t v, uint32_t neighbour)
{
    uint32_t *b = w->beside[v];

    if (b[0] == neighbour || b[1] == neighbour)
        return;
    if (b[0] == NONE)
        b[0] = neighbour;
    else if (b[1] == NONE)
        b[1] = neighbour;
    else
        w->fixed[v] = true;
}

static void meet_all(struct work *w)
{
    const struct tr_mesh *m = w->m;

    for (size_t item = 0; item < m->n_items; item++) {
        bool is_line = m->flags[item] & MESH_LINE;

        for (uint32_t p = m->item_part[item]; p < m->item_part[item + 1]; p++) {
            uint32_t first = m->part_start[p], end = m->part_start[p + 1];

            for (uint32_t i = first; i + 1 < end; i++) {
                meet(w, m->ids[i], m->ids[i + 1]);
                meet(w, m->ids[i + 1], m->ids[i]);
            }
            if (is_line) {
                w->fixed[m->ids[first]] = w->fixed[m->ids[end - 1]] = true;
            } else {
                meet(w, m->ids[end - 1], m->ids[first]);
                meet(w, m->ids[first], m->ids[end - 1]);
            }
        }
    }
    for (size_t v = 0; v < m->n_vertices; v++) {
        if (w->beside[v][1] == NONE)
            w->fixed[v] = true;
    }
}

/* ---- vertices by place ---- */

static uint32_t column_of(const struct work *w, uint32_t x)
{
    return (uint32_t)((uint64_t)(x - w->west) * w->columns / w->wide);
}

static uint32_t row_of(const struct work *w, uint32_t y)
{
    return (uint32_t)((uint64_t)(y - w->north) * w->rows / w->high);
}

static bool make_buckets(struct work *w)
{
    const struct tr_mesh *m = w->m;
    uint32_t east = 0, south = 0, side = 1;
    size_t n;

    w->west = w->north = UINT32_MAX;
    for (size_t v = 0; v < m->n_vertices; v++) {
        w->west = m->x[v] < w->west ? m->x[v] : w->west;
        east = m->x[v] > east ? m->x[v] : east;
        w->north = m->y[v] < w->north ? m->y[v] : w->north;
        south = m->y[v] > south ? m->y[v] : south;
    }
    while ((size_t)side * side < m->n_vertices)
        side++;
    w->columns = w->rows = side;
    w->wide = (uint64_t)east - w->west + 1;
    w->high = (uint64_t)south - w->north + 1;
    n = (size_t)side * side;
    w->bucket = malloc(n * sizeof *w->bucket);
    w->next = malloc((m->n_vertices + 1) * sizeof *w->next);
    if (!w->bucket || !w->next)
        return false;
    for (size_t i = 0; i < n; i++)
        w->bucket[i] = NONE;
    for (size_t v = 0; v < m->n_vertices; v++) {
        size_t at = (size_t)row_of(w, m->y[v]) * side + column_of(w, m->x[v]);

        w->next[v] = w->bucket[at];
        w->bucket[at] = (uint32_t)v;
    }
    return true;
}

static bool in_triangle(const struct tr_mesh *m, const uint32_t t[3],
                        uint32_t v)
{
    bool left = false, right = false;

    for (int i = 0; i < 3; i++) {
        uint32_t a = t[i], b = t[(i + 1) % 3];
        geom_i128 c =
            geom_cross(m->x[a], m->y[a], m->x[b], m->y[b], m->x[v], m->y[v]);

        left = left || c > 0;
        right = right || c < 0;
    }
    return !(left && right);
}

/* Does a vertex of the list lie in the triangle? What is gone leaves it. */
static bool list_blocks(struct work *w, uint32_t *head, const uint32_t t[3],
                        const struct mesh_box *box)
{
    const struct tr_mesh *m = w->m;

    for (uint32_t *at = head; *at != NONE;) {
        uint32_t v = *at;

        if (m->level[v]) { /* simplified away */
            *at = w->next[v];
            continue;
        }
        if (v != t[0] && v != t[1] && v != t[2] && m->x[v] >= box->west &&
            m->x[v] <= box->east && m->y[v] >= box->north &&
            m->y[v] <= box->south && in_triangle(m, t, v))
            return true;
        at = &w->next[v];
    }
    return false;
}

static bool is_blocked(struct work *w, const uint32_t t[3])
{
    const struct tr_mesh *m = w->m;
    struct mesh_box box = { UINT32_MAX, UINT32_MAX, 0, 0 };

    for (int i = 0; i < 3; i++) {
        box.west = m->x[t[i]] < box.west ? m->x[t[i]] : box.west;
        box.east = m->x[t[i]] > box.east ? m->x[t[i]] : box.east;
        box.north = m->y[t[i]] < box.north ? m->y[t[i]] : box.north;
        box.south = m->y[t[i]] > box.south ? m->y[t[i]] : box.south;
    }
    for (uint32_t r = row_of(w, box.north); r <= row_of(w, box.south); r++) {
        for (uint32_t c = column_of(w, box.west); c <= column_of(w, box.east);
             c++) {
            if (list_blocks(w, &w->bucket[(size_t)r * w->columns + c], t, &box))
                return true;
        }
    }
    return false;
}

/* ---- a heap of triangles ---- */

static bool is_smaller(const struct work *w, uint32_t a, uint32_t b)
{
    return w->area2[a] != w->area2[b] ? w->area2[a] < w->area2[b] : a < b;
}

static void put(struct work *w, size_t place, uint32_t v)
{
    w->heap[place] = v;
    w->at[v] = (uint32_t)place;
}

static void sift_up(struct work *w, size_t place)
{
    uint32_t v = w->heap[place];

    while (place > 0 && is_smaller(w, v, w->heap[(place - 1) / 2])) {
        put(w, place, w->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(w, place, v);
}

static void sift_down(struct work *w, size_t place)
{
    uint32_t v = w->heap[place];

    for (size_t child; (child = 2 * place + 1) < w->n_heap; place = child) {
        if (child + 1 < w->n_heap &&
            is_smaller(w, w->heap[child + 1], w->heap[child]))
            child++;
        if (!is_smaller(w, w->heap[child], v))
            break;
        put(w, place, w->heap[child]);
    }
    put(w, place, v);
}

static uint32_t pop(struct work *w)
{
    uint32_t v = w->heap[0];

    w->at[v] = NONE;
    w->n_heap--;
    if (w->n_heap) {
        put(w, 0, w->heap[w->n_heap]);
        sift_down(w, 0);
    }
    return v;
}

static void weigh(struct work *w, uint32_t v)
{
    const struct tr_mesh *m = w->m;
    uint32_t a = w->beside[v][0], b = w->beside[v][1];
    geom_i128 t;

    if (w->fixed[v])
        return;
    t = geom_cross(m->x[a], m->y[a], m->x[v], m->y[v], m->x[b], m->y[b]);
    t = t < 0 ? -t : t;
    w->area2[v] = t > UINT64_MAX ? UINT64_MAX : (uint64_t)t;
    if (w->at[v] == NONE)
        put(w, w->n_heap++, v);
    sift_up(w, w->at[v]);
    sift_down(w, w->at[v]);
}

/* ---- simplifying ---- */

static uint64_t tolerance(uint32_t z)
{
    return (uint64_t)TOLERANCE2 << 2 * (20 - z);
}

static bool are_beside(const struct work *w, uint32_t a, uint32_t b)
{
    return (!w->fixed[a] && (w->beside[a][0] == b || w->beside[a][1] == b)) ||
           (!w->fixed[b] && (w->beside[b][0] == a || w->beside[b][1] == a));
}

static void replace(struct work *w, uint32_t v, uint32_t was, uint32_t is)
{
    uint32_t *b = w->beside[v];

    if (!w->fixed[v])
        b[b[0] == was ? 0 : 1] = is;
}

static void remove_vertex(struct work *w, uint32_t v, uint8_t level)
{
    uint32_t a = w->beside[v][0], b = w->beside[v][1];

    w->m->level[v] = level;
    replace(w, a, v, b);
    replace(w, b, v, a);
    weigh(w, a);
    weigh(w, b);
}

/* A vertex goes at the zooms whose tolerance is above its triangle, or above
 * that of one which had to go before. */
static void simplify(struct work *w)
{
    uint64_t most = 0;
    uint32_t z = MESH_NEVER; /* the lowest zoom that keeps what has `most` */

    for (size_t v = 0; v < w->m->n_vertices; v++)
        weigh(w, (uint32_t)v);
    while (w->n_heap && w->area2[w->heap[0]] < tolerance(0)) {
        uint32_t v = pop(w);
        const uint32_t t[3] = { w->beside[v][0], v, w->beside[v][1] };

        most = w->area2[v] > most ? w->area2[v] : most;
        while (z > 0 && most >= tolerance(z - 1))
            z--;
        if (!are_beside(w, t[0], t[2]) && !is_blocked(w, t))
            remove_vertex(w, v, (uint8_t)z);
    }
}

static void *array(size_t n, size_t size)
{
    return calloc(n + 1, size);
}

enum tr_status mesh_levels(struct tr_mesh *m, struct tr_error *err)
{
    struct work w = { .m = m };
    size_t n = m->n_vertices;
    bool ok;

    m->level = tr_arena_array(&m->arena, n, sizeof *m->level);
    w.beside = array(n, sizeof *w.beside);
    w.fixed = array(n, sizeof *w.fixed);
    w.area2 = array(n, sizeof *w.area2);
    w.heap = array(n, sizeof *w.heap);
    w.at = array(n, sizeof *w.at);
    ok = m->level && w.beside && w.fixed && w.area2 && w.heap && w.at;
    for (size_t v = 0; ok && v < n; v++)
        w.beside[v][0] = w.beside[v][1] = w.at[v] = NONE;
    if (ok && n)
        ok = make_buckets(&w);
    if (ok) {
        meet_all(&w);
        simplify(&w);
    }
    free(w.beside);
    free(w.fixed);
    free(w.area2);
    free(w.heap);
    free(w.at);
    free(w.bucket);
    free(w.next);
    return ok ? TR_OK : tr_fail(err, TR_ENOMEM, "no memory left for tiles");
}
