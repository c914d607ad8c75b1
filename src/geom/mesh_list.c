/* mesh_list.c - lists that grow; see mesh.h */
#include <stdlib.h>

#include "geom/mesh.h"

bool mesh_reserve(struct mesh_ints *l, size_t more)
{
    size_t size = l->size ? l->size : 64;
    int32_t *v;

    if (l->failed)
        return false;
    while (size - l->n < more)
        size *= 2;
    if (size == l->size)
        return true;
    v = realloc(l->v, size * sizeof *v);
    if (!v) {
        l->failed = true;
        return false;
    }
    l->v = v;
    l->size = size;
    return true;
}

void mesh_ints_free(struct mesh_ints *l)
{
    free(l->v);
    *l = (struct mesh_ints){ 0 };
}

void mesh_paths_reset(struct mesh_paths *p)
{
    p->xy.n = p->start.n = p->outer.n = 0;
}

void mesh_paths_free(struct mesh_paths *p)
{
    mesh_ints_free(&p->xy);
    mesh_ints_free(&p->start);
    mesh_ints_free(&p->outer);
}

bool mesh_paths_failed(const struct mesh_paths *p)
{
    return p->xy.failed || p->start.failed || p->outer.failed;
}

void mesh_path_begin(struct mesh_paths *p, bool outer)
{
    mesh_push(&p->start, (int32_t)(p->xy.n / 2));
    mesh_push(&p->outer, outer);
}

void mesh_path_end(struct mesh_paths *p, bool is_ring, size_t fewest)
{
    const int32_t *v = p->xy.v;
    size_t first;

    if (!p->start.n)
        return;
    first = 2 * (size_t)p->start.v[p->start.n - 1];
    while (is_ring && p->xy.n > first + 2 && v[p->xy.n - 2] == v[first] &&
           v[p->xy.n - 1] == v[first + 1])
        p->xy.n -= 2;
    if (p->xy.n - first >= 2 * fewest)
        return;
    p->xy.n = first;
    p->start.n--;
    p->outer.n--;
}

int64_t mesh_path_area2(const int32_t *xy, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 1; i + 1 < n; i++) {
        int64_t px = (int64_t)xy[2 * i] - xy[0];
        int64_t py = (int64_t)xy[2 * i + 1] - xy[1];
        int64_t qx = (int64_t)xy[2 * i + 2] - xy[0];
        int64_t qy = (int64_t)xy[2 * i + 3] - xy[1];

        sum += px * qy - qx * py;
    }
    return sum;
}
