/* path_simplify.c - Visvalingam and Whyatt's line simplification, on integers;
 * see geom/path.h */
#include "geom/geom_exact.h"
#include "geom/path.h"

#define NOT_IN_HEAP SIZE_MAX

struct vertex {
    size_t before, after;
    size_t at; /* place in the heap */
    int64_t area2;
};

struct work {
    const struct path_point *p;
    struct vertex *v;
    size_t *heap; /* of vertices, smallest first */
    size_t n_heap, n_left;
};

static int64_t triangle2(const struct work *w, size_t i)
{
    const struct path_point *a = &w->p[w->v[i].before], *b = &w->p[i];
    const struct path_point *c = &w->p[w->v[i].after];
    geom_i128 t = geom_cross(a->x, a->y, b->x, b->y, c->x, c->y);

    t = t < 0 ? -t : t;
    return t > INT64_MAX ? INT64_MAX : (int64_t)t;
}

static bool is_smaller(const struct work *w, size_t i, size_t j)
{
    const struct path_point *p = &w->p[i], *q = &w->p[j];

    if (w->v[i].area2 != w->v[j].area2)
        return w->v[i].area2 < w->v[j].area2;
    if (p->x != q->x)
        return p->x < q->x;
    return p->y != q->y ? p->y < q->y : i < j;
}

static void put(struct work *w, size_t place, size_t i)
{
    w->heap[place] = i;
    w->v[i].at = place;
}

static void sift_up(struct work *w, size_t place)
{
    size_t i = w->heap[place];

    while (place > 0 && is_smaller(w, i, w->heap[(place - 1) / 2])) {
        put(w, place, w->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(w, place, i);
}

static void sift_down(struct work *w, size_t place)
{
    size_t i = w->heap[place];

    for (size_t child; (child = 2 * place + 1) < w->n_heap; place = child) {
        if (child + 1 < w->n_heap &&
            is_smaller(w, w->heap[child + 1], w->heap[child]))
            child++;
        if (!is_smaller(w, w->heap[child], i))
            break;
        put(w, place, w->heap[child]);
    }
    put(w, place, i);
}

static void weigh_again(struct work *w, size_t i)
{
    if (w->v[i].at == NOT_IN_HEAP)
        return;
    w->v[i].area2 = triangle2(w, i);
    sift_up(w, w->v[i].at);
    sift_down(w, w->v[i].at);
}

static void remove_smallest(struct work *w)
{
    size_t i = w->heap[0];
    struct vertex *v = &w->v[i];

    v->at = NOT_IN_HEAP;
    put(w, 0, w->heap[--w->n_heap]);
    if (w->n_heap)
        sift_down(w, 0);
    w->v[v->before].after = v->after;
    w->v[v->after].before = v->before;
    v->area2 = -1; /* gone */
    w->n_left--;
    weigh_again(w, v->before);
    weigh_again(w, v->after);
}

static void fill(struct work *w, size_t n, bool is_ring)
{
    w->n_left = n;
    for (size_t i = 0; i < n; i++) {
        w->v[i].before = i ? i - 1 : n - 1;
        w->v[i].after = i + 1 < n ? i + 1 : 0;
        w->v[i].at = NOT_IN_HEAP;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_ring && (i == 0 || i == n - 1))
            continue;
        w->v[i].area2 = triangle2(w, i);
        put(w, w->n_heap++, i);
    }
    for (size_t place = w->n_heap / 2; place-- > 0;)
        sift_down(w, place);
}

void path_simplify(struct path *path, bool is_ring, int64_t area2)
{
    struct work w = { .p = path->p };
    size_t fewest = is_ring ? 3 : 2, kept = 0;

    if (path->n <= fewest || path->failed)
        return;
    w.v = tr_arena_array(path->a, path->n, sizeof *w.v);
    w.heap = tr_arena_array(path->a, path->n, sizeof *w.heap);
    if (!w.v || !w.heap) {
        path->failed = true;
        return;
    }
    fill(&w, path->n, is_ring);
    while (w.n_left > fewest && w.n_heap && w.v[w.heap[0]].area2 < area2)
        remove_smallest(&w);
    for (size_t i = 0; i < path->n; i++)
        if (w.v[i].area2 >= 0)
            path->p[kept++] = path->p[i];
    path->n = kept;
}
