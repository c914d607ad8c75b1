/* mesh_index.c - which boxes meet one: a tree packed in Morton order. See
 * mesh.h. */
#include "geom/mesh.h"

enum { FANOUT = 16, MOST_LEVELS = 10 };

/* Level 0 are the boxes themselves; each box of the next one holds FANOUT of
 * it. They come in Morton order, so that neighbours stand together. */
struct mesh_index {
    size_t n_levels, n[MOST_LEVELS];
    const struct mesh_box *boxes[MOST_LEVELS];
};

static struct mesh_box hull(const struct mesh_box *boxes, size_t n)
{
    struct mesh_box h = boxes[0];

    for (size_t i = 1; i < n; i++) {
        const struct mesh_box *b = &boxes[i];

        h.west = b->west < h.west ? b->west : h.west;
        h.north = b->north < h.north ? b->north : h.north;
        h.east = b->east > h.east ? b->east : h.east;
        h.south = b->south > h.south ? b->south : h.south;
    }
    return h;
}

static bool add_levels(struct mesh_index *x, struct tr_arena *a)
{
    size_t n = x->n[0];

    for (x->n_levels = 1; n > 1; x->n_levels++) {
        const struct mesh_box *below = x->boxes[x->n_levels - 1];
        size_t count = (n + FANOUT - 1) / FANOUT;
        struct mesh_box *boxes = tr_arena_array(a, count, sizeof *boxes);

        if (!boxes)
            return false;
        for (size_t i = 0; i < count; i++) {
            size_t first = i * FANOUT;

            boxes[i] =
                hull(below + first, n - first < FANOUT ? n - first : FANOUT);
        }
        x->boxes[x->n_levels] = boxes;
        x->n[x->n_levels] = n = count;
    }
    return true;
}

enum tr_status mesh_index_new(const struct mesh_box *boxes, size_t n,
                              struct tr_arena *a, struct mesh_index **out,
                              struct tr_error *err)
{
    struct mesh_index *x = tr_arena_alloc(a, sizeof *x);

    if (x) {
        x->n[0] = n;
        x->boxes[0] = boxes;
    }
    if (!x || !add_levels(x, a))
        return tr_fail(err, TR_ENOMEM, "no memory left for tiles");
    *out = x;
    return TR_OK;
}

static bool meet(const struct mesh_box *a, const struct mesh_box *b)
{
    return a->west <= b->east && a->east >= b->west && a->north <= b->south &&
           a->south >= b->north;
}

static void find(const struct mesh_index *x, size_t level, size_t first,
                 const struct mesh_box *box, struct mesh_ints *out)
{
    size_t end = first + FANOUT < x->n[level] ? first + FANOUT : x->n[level];

    for (size_t i = first; i < end; i++) {
        if (!meet(&x->boxes[level][i], box))
            continue;
        if (level)
            find(x, level - 1, i * FANOUT, box, out);
        else
            mesh_push(out, (int32_t)i);
    }
}

void mesh_index_find(const struct mesh_index *x, const struct mesh_box *box,
                     struct mesh_ints *out)
{
    if (x->n[0])
        find(x, x->n_levels - 1, 0, box, out);
}
