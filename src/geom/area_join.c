/* area_join.c - asking an area index; see terrier/area_join.h and, for how it
 * works, geom/area_index.h. Building it is area_build.c. */
#include "terrier/area_join.h"

#include <stdlib.h>

#include "geom/area_index.h"
#include "terrier/thread.h"

/* Points a thread takes at a time. */
#define GRAIN 65536

static bool on_edge(const struct area_edge *e, struct tr_cell c)
{
    return geom_between(e->ax, c.x, e->bx) && geom_between(e->ay, c.y, e->by) &&
           area_side(e, 2 * (int64_t)c.x, 2 * (int64_t)c.y) == 0;
}

static bool polygon_holds(const struct tr_area_index *index,
                          const struct area_border *b,
                          const struct area_polygon *p, struct tr_cell c)
{
    const struct area_edge *e = index->edges + p->edges;
    int64_t anchor_x2 = 2 * (int64_t)b->x - 1,
            anchor_y2 = 2 * (int64_t)b->y - 1;
    int64_t x2 = 2 * (int64_t)c.x, y2 = 2 * (int64_t)c.y;
    bool is_in = p->is_in;

    for (const struct area_edge *end = e + p->n_edges; e < end; e++) {
        if (on_edge(e, c))
            return true;
        is_in ^= area_crosses_column(e, anchor_x2, anchor_y2, y2);
        is_in ^= area_crosses_row(e, y2, anchor_x2, x2);
    }
    return is_in;
}

static int32_t find_in_border(const struct tr_area_index *index, size_t border,
                              struct tr_cell c)
{
    const struct area_border *b = &index->borders[border];
    const struct area_polygon *p = index->polygons + b->polygons;

    for (const struct area_polygon *end = p + b->n_polygons; p < end; p++)
        if (polygon_holds(index, b, p, c))
            return p->area;
    return b->otherwise;
}

static int32_t find_in_cell(const struct tr_area_index *index, size_t i,
                            uint64_t key)
{
    int32_t v = index->value[i];

    if (v >= TR_NO_AREA)
        return v;
    return find_in_border(index, (size_t)(TR_NO_AREA - 1 - v),
                          tr_morton_cell(key));
}

/* The last of sorted values first[low..high-1] that is <= key; first[low] is.
 */
static size_t last_up_to(const uint64_t *first, size_t low, size_t high,
                         uint64_t key)
{
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (first[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The same, looking near `low` first: points and cells come in one order. */
static size_t gallop(const uint64_t *first, size_t low, size_t high,
                     uint64_t key)
{
    size_t step = 1;

    while (step < high - low && first[low + step] <= key) {
        low += step;
        step *= 2;
    }
    return last_up_to(first, low, step < high - low ? low + step : high, key);
}

int32_t tr_area_index_find(const struct tr_area_index *index, struct tr_cell c)
{
    uint64_t key = tr_morton(c);

    return find_in_cell(index, last_up_to(index->first, 0, index->n, key), key);
}

struct join {
    const struct tr_area_index *index;
    const uint64_t *keys;
    int32_t *out;
};

static enum tr_status join_piece(void *context, size_t first, size_t end,
                                 unsigned worker, struct tr_error *err)
{
    const struct join *j = context;
    const struct tr_area_index *x = j->index;
    size_t cell = last_up_to(x->first, 0, x->n, j->keys[first]);

    (void)worker;
    (void)err;
    while (first < end) {
        cell = gallop(x->first, cell, x->n, j->keys[first]);

        size_t next = end; /* the first point of a later cell */

        if (cell + 1 < x->n)
            next = gallop(j->keys, first, end, x->first[cell + 1] - 1) + 1;
        if (x->value[cell] >= TR_NO_AREA)
            for (; first < next; first++)
                j->out[first] = x->value[cell];
        else
            for (; first < next; first++)
                j->out[first] = find_in_cell(x, cell, j->keys[first]);
    }
    return TR_OK;
}

/* The linter does not see that the pieces write through `out`. */
/* NOLINTBEGIN(readability-non-const-parameter) */
enum tr_status tr_area_index_join(const struct tr_area_index *index,
                                  const uint64_t *keys, size_t n, int32_t *out,
                                  unsigned threads, struct tr_error *err)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct join j = { .index = index, .keys = keys, .out = out };

    if (n == 0)
        return TR_OK;
    return tr_thread_run(n, GRAIN, threads, join_piece, &j, err);
}

void tr_area_index_free(struct tr_area_index *index)
{
    if (!index)
        return;
    free(index->first);
    free(index->value);
    free(index->borders);
    free(index->polygons);
    free(index->edges);
    free(index);
}
