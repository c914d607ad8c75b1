/* measure_covers.c - where a layer's data ends: how far each site is from the
 * outer boundary of the area set that the layer covers.
 *
 * The outer boundary is every ring edge that an even number of areas do not
 * share. Where neighbours were not digitised with the same vertices, their
 * common border stays in it: a measure is then called a bound near a border
 * inside the area too, which is the cautious side. Edges are straight on the
 * EPSG:27700 plane here and on the Mercator plane in the area join; edges over
 * 500 m are cut at load, so that the two differ by millimetres. */
#include "classify/measure_parts.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/thread.h"

static const char no_memory[] = "no memory for the measures";

struct edge {
    struct tr_position ends[2]; /* the lesser first */
};

static int order_positions(const struct tr_position *a,
                           const struct tr_position *b)
{
    if (a->e_mm != b->e_mm)
        return a->e_mm < b->e_mm ? -1 : 1;
    return (a->n_mm > b->n_mm) - (a->n_mm < b->n_mm);
}

static int order_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    int first = order_positions(&x->ends[0], &y->ends[0]);

    return first ? first : order_positions(&x->ends[1], &y->ends[1]);
}

static size_t add_edges(const struct tr_geometry *g, struct edge *out)
{
    size_t n = 0;

    for (uint32_t p = 0; p < g->n_parts; p++) {
        for (uint32_t i = g->part_start[p]; i + 1 < g->part_start[p + 1]; i++) {
            const struct tr_position *a = &g->points[i];
            int order = order_positions(a, a + 1);

            if (order == 0)
                continue;
            out[n].ends[0] = order < 0 ? a[0] : a[1];
            out[n++].ends[1] = order < 0 ? a[1] : a[0];
        }
    }
    return n;
}

/* Drop the edges that stand there an even number of times. */
static size_t drop_shared(struct edge *edges, size_t n)
{
    size_t kept = 0;

    qsort(edges, n, sizeof *edges, order_edges);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && order_edges(&edges[i], &edges[j]) == 0;)
            j++;
        if ((j - i) % 2)
            edges[kept++] = edges[i];
    }
    return kept;
}

static void free_near(void *p)
{
    tr_near_free(p);
}

static enum tr_status index_edges(const struct edge *edges, size_t n,
                                  struct tr_arena *a,
                                  const struct tr_near **out,
                                  struct tr_error *err)
{
    static const uint32_t one_part[2] = { 0, 2 };
    struct tr_geometry *g = tr_arena_array(a, n + 1, sizeof *g);
    const struct tr_geometry **items = tr_arena_array(a, n + 1, sizeof *items);
    struct tr_near *near = NULL;
    enum tr_status st;

    if (!g || !items)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        g[i].kind = TR_LINE;
        g[i].n_points = 2;
        g[i].n_parts = 1;
        g[i].points = edges[i].ends;
        g[i].part_start = one_part;
        items[i] = &g[i];
    }
    st = tr_near_new_geometries(items, n, &near, err);
    if (!st)
        st = tr_arena_defer(a, free_near, near);
    *out = near;
    return st;
}

static enum tr_status boundary(const struct tr_area_set *set,
                               struct tr_arena *a, const struct tr_near **out,
                               struct tr_error *err)
{
    struct edge *edges;
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++)
        n += set->geometries[i] ? set->geometries[i]->n_points : 0;
    edges = tr_arena_array(a, n + 1, sizeof *edges);
    if (!edges)
        return tr_fail(err, TR_ENOMEM, no_memory);
    n = 0;
    for (size_t i = 0; i < set->n; i++) {
        if (set->geometries[i])
            n += add_edges(set->geometries[i], edges + n);
    }
    return index_edges(edges, drop_shared(edges, n), a, out, err);
}

struct job {
    const struct tr_snapshot *s;
    const struct tr_area_set *set;
    const struct tr_near *near;
    int64_t *out;
};

static bool is_inside(const struct job *j, size_t site)
{
    const struct tr_position *at = &j->s->positions[site];

    if (j->set->site_area)
        return j->set->site_area[site] != TR_NO_AREA;
    for (size_t i = 0; i < j->set->n; i++) {
        if (tr_geometry_covers_mm(j->set->geometries[i], at->e_mm, at->n_mm))
            return true;
    }
    return false;
}

static enum tr_status measure_sites(void *context, size_t first, size_t last,
                                    unsigned worker, struct tr_error *err)
{
    const struct job *j = context;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        const struct tr_position *at = &j->s->positions[i];
        int64_t mm = 0;

        if (is_inside(j, i) && tr_near_nearest(j->near, at->e_mm, at->n_mm,
                                               NULL, NULL, &mm) != TR_NEAR_NONE)
            j->out[i] = mm;
    }
    return TR_OK;
}

/* The number of a set among those found, which it joins if it is new. */
static enum tr_status find_set(const struct measure_input *in, const char *id,
                               struct covers *c, uint32_t *bit,
                               struct tr_error *err)
{
    const struct tr_area_set *set = id ? tr_snapshot_area_set(in->s, id) : NULL;
    const struct tr_near *near = NULL;
    int64_t *mm;
    enum tr_status st;

    *bit = 0;
    for (size_t i = 0; i < c->n && set; i++) {
        if (c->sets[i] == set) {
            *bit = UINT32_C(1) << i;
            return TR_OK;
        }
    }
    if (!set)
        return TR_OK;
    if (c->n == MAX_COVERS)
        return tr_fail(err, TR_ELIMIT, "layers cover more than %d area sets",
                       MAX_COVERS);
    mm = tr_arena_array(in->arena, in->s->n_located + 1, sizeof *mm);
    if (!mm)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = boundary(set, in->arena, &near, err);
    if (st)
        return st;
    c->sets[c->n] = set;
    c->distance_mm[c->n] = mm;
    *bit = UINT32_C(1) << c->n++;

    struct job j = { in->s, set, near, mm };

    return tr_thread_run(in->s->n_located, 1024, in->threads, measure_sites, &j,
                         err);
}

static enum tr_status by_service(const struct measure_input *in,
                                 const uint32_t *of_layer, struct covers *c,
                                 struct tr_error *err)
{
    const struct tr_column *services = tr_table_column(in->facts, "services");
    size_t n = services ? services->dict->n : 0;
    uint32_t *masks = tr_arena_array(in->arena, n + 1, sizeof *masks);

    if (!masks)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < in->s->n_sites; i++) {
        uint32_t mask = 0;
        const uint32_t *codes;
        size_t m = list_codes(services, i, &codes);

        for (uint32_t o = in->s->first_occupation[i];
             o < in->s->first_occupation[i + 1]; o++)
            mask |= of_layer[in->s->occupations[o].layer];
        for (size_t k = 0; k < m; k++)
            masks[codes[k]] |= mask;
    }
    c->of_service = masks;
    return TR_OK;
}

enum tr_status covers_find(const struct measure_input *in, struct covers *out,
                           struct tr_error *err)
{
    struct covers c = { 0 };
    uint32_t *of_layer =
        tr_arena_array(in->arena, in->s->n_layers + 1, sizeof *of_layer);
    enum tr_status st = TR_OK;

    if (!of_layer)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < in->s->n_layers && !st; i++) {
        const struct tr_layer *l = &in->s->layers[i];

        st = find_set(in, l->covers, &c, &of_layer[i], err);
        if (strcmp(l->kind, "sites") == 0)
            c.of_sites |= of_layer[i];
    }
    c.of_layer = of_layer;
    if (!st)
        st = by_service(in, of_layer, &c, err);
    if (!st)
        *out = c;
    return st;
}

int64_t covers_distance(const struct covers *c, uint32_t mask, size_t site)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < c->n; i++) {
        if ((mask >> i & 1) && c->distance_mm[i][site] < least)
            least = c->distance_mm[i][site];
    }
    return least;
}
