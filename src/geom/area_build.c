/* area_build.c - building an area index; see geom/area_index.h */
#include <stdlib.h>
#include <string.h>

#include "geom/area_index.h"

/* A cell with no more edges than this is not cut further: testing its points
 * costs less than finding the way to smaller cells. */
#define FEW_EDGES 6
/* Nor is one of this level, about 1.5 m wide in Britain. Many areas that share
 * one border would otherwise be followed to the last unit of the plane. */
#define DEEPEST 24
/* Nor any once this many edges were kept, per edge given. */
#define EDGES_KEPT_PER_EDGE 64

struct build {
    struct tr_area_index *index;
    size_t cells_size, borders_size, polygons_size, edges_size;
    struct area_edge *all; /* every edge of every area */
    size_t n_all, most_edges;
    /* The cells on the way down, each above its parent. `edges` of a polygon
     * here is a place in `numbers`, which are places in `all`. */
    struct area_polygon *stack;
    size_t n_stack, stack_size;
    uint32_t *numbers;
    size_t n_numbers, numbers_size;
    bool no_memory;
};

struct cell {
    uint32_t x, y, level;
    size_t polygons, n_polygons; /* on the stack */
    int32_t otherwise;
};

/* Room for one more at the end of an array; false when there is no memory. */
static bool grow(struct build *b, void *array, size_t n, size_t *size,
                 size_t item)
{
    void *old, *new;

    if (n < *size)
        return true;
    memcpy(&old, array, sizeof old);
    if (*size > SIZE_MAX / 2 / item) {
        b->no_memory = true;
        return false;
    }
    new = realloc(old, (*size ? *size * 2 : 256) * item);
    if (!new) {
        b->no_memory = true;
        return false;
    }
    *size = *size ? *size * 2 : 256;
    memcpy(array, &new, sizeof new);
    return true;
}

static uint64_t width_of(uint32_t level)
{
    return UINT64_C(1) << (32 - level);
}

/* Does the edge come within a cell of the square? Yes may be said too often, no
 * never: an edge more in a cell changes nothing but time. */
static bool is_near(const struct area_edge *e, const struct cell *c)
{
    int64_t w = (int64_t)c->x - 1, n = (int64_t)c->y - 1;
    int64_t east = w + 1 + (int64_t)width_of(c->level);
    int64_t s = n + 1 + (int64_t)width_of(c->level);

    if ((e->ax < w && e->bx < w) || (e->ax > east && e->bx > east) ||
        (e->ay < n && e->by < n) || (e->ay > s && e->by > s))
        return false;
    if (e->ax >= w && e->ax <= east && e->ay >= n && e->ay <= s)
        return true;

    geom_i128 nw = area_side(e, 2 * w, 2 * n);
    geom_i128 ne = area_side(e, 2 * east, 2 * n);
    geom_i128 sw = area_side(e, 2 * w, 2 * s);
    geom_i128 se = area_side(e, 2 * east, 2 * s);

    return !(nw > 0 && ne > 0 && sw > 0 && se > 0) &&
           !(nw < 0 && ne < 0 && sw < 0 && se < 0);
}

static void emit(struct build *b, const struct cell *c, int32_t value)
{
    struct tr_area_index *x = b->index;

    if (value >= TR_NO_AREA && x->n && x->value[x->n - 1] == value)
        return; /* the cell before goes on */

    size_t size = b->cells_size;

    if (!grow(b, &x->first, x->n, &size, sizeof *x->first) ||
        !grow(b, &x->value, x->n, &b->cells_size, sizeof *x->value))
        return;
    x->first[x->n] = tr_morton((struct tr_cell){ c->x, c->y });
    x->value[x->n++] = value;
}

static void emit_border(struct build *b, const struct cell *c)
{
    struct tr_area_index *x = b->index;

    if (!grow(b, &x->borders, x->n_borders, &b->borders_size,
              sizeof *x->borders))
        return;
    x->borders[x->n_borders++] = (struct area_border){
        .x = c->x,
        .y = c->y,
        .polygons = (uint32_t)x->n_polygons,
        .n_polygons = (uint32_t)c->n_polygons,
        .otherwise = c->otherwise,
    };
    for (size_t i = 0; i < c->n_polygons; i++) {
        struct area_polygon p = b->stack[c->polygons + i];
        const uint32_t *numbers = b->numbers + p.edges;

        p.edges = (uint32_t)x->n_edges;
        for (uint32_t k = 0; k < p.n_edges; k++) {
            if (!grow(b, &x->edges, x->n_edges, &b->edges_size,
                      sizeof *x->edges))
                return;
            x->edges[x->n_edges++] = b->all[numbers[k]];
        }
        if (!grow(b, &x->polygons, x->n_polygons, &b->polygons_size,
                  sizeof *x->polygons))
            return;
        x->polygons[x->n_polygons++] = p;
    }
    emit(b, c, TR_NO_AREA - (int32_t)x->n_borders);
}

static bool is_fine_enough(const struct build *b, const struct cell *c)
{
    size_t n = 0;

    if (c->level >= DEEPEST || b->index->n_edges > b->most_edges)
        return true;
    for (size_t i = 0; i < c->n_polygons; i++)
        n += b->stack[c->polygons + i].n_edges;
    return n <= FEW_EDGES;
}

/* Put the part of one polygon that a child needs on the stack. */
static void hand_down(struct build *b, struct area_polygon p,
                      const struct cell *parent, struct cell *child)
{
    int64_t from_x2 = 2 * (int64_t)parent->x - 1,
            x2 = 2 * (int64_t)child->x - 1;
    int64_t from_y2 = 2 * (int64_t)parent->y - 1,
            y2 = 2 * (int64_t)child->y - 1;
    struct area_polygon q = { p.area, p.is_in, (uint32_t)b->n_numbers, 0 };

    for (uint32_t k = 0; k < p.n_edges; k++) {
        uint32_t number = b->numbers[p.edges + k];
        const struct area_edge *e = &b->all[number];

        if (from_y2 != y2)
            q.is_in ^= area_crosses_column(e, from_x2, from_y2, y2);
        if (from_x2 != x2)
            q.is_in ^= area_crosses_row(e, y2, from_x2, x2);
        if (!is_near(e, child))
            continue;
        if (!grow(b, &b->numbers, b->n_numbers, &b->numbers_size,
                  sizeof *b->numbers))
            return;
        b->numbers[b->n_numbers++] = number;
        q.n_edges++;
    }
    if (q.n_edges) {
        if (grow(b, &b->stack, b->n_stack, &b->stack_size, sizeof *b->stack))
            b->stack[b->n_stack++] = q;
    } else if (q.is_in &&
               (child->otherwise == TR_NO_AREA || q.area < child->otherwise)) {
        child->otherwise = q.area;
    }
}

/* Polygons of areas that come after one that holds the whole cell are never
 * asked. */
static void forget_hidden(struct build *b, struct cell *c)
{
    size_t kept = c->polygons;

    for (size_t i = c->polygons; i < b->n_stack; i++)
        if (c->otherwise == TR_NO_AREA || b->stack[i].area < c->otherwise)
            b->stack[kept++] = b->stack[i];
    b->n_stack = kept;
    c->n_polygons = kept - c->polygons;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most DEEPEST deep */
static void build_cell(struct build *b, const struct cell *c)
{
    if (b->no_memory)
        return;
    if (c->n_polygons == 0) {
        emit(b, c, c->otherwise);
        return;
    }
    if (is_fine_enough(b, c)) {
        emit_border(b, c);
        return;
    }

    uint32_t half = (uint32_t)(width_of(c->level) / 2);

    for (uint32_t k = 0; k < 4 && !b->no_memory; k++) { /* in Morton order */
        size_t n_stack = b->n_stack, n_numbers = b->n_numbers;
        struct cell child = {
            .x = c->x + (k & 1) * half,
            .y = c->y + (k >> 1) * half,
            .level = c->level + 1,
            .polygons = n_stack,
            .otherwise = c->otherwise,
        };

        for (size_t i = 0; i < c->n_polygons; i++)
            hand_down(b, b->stack[c->polygons + i], c, &child);
        forget_hidden(b, &child);
        build_cell(b, &child);
        b->n_stack = n_stack;
        b->n_numbers = n_numbers;
    }
}

static bool add_ring(struct build *b, const struct tr_geometry *g,
                     uint32_t part)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];
    struct tr_cell before = { 0 };

    for (uint32_t i = first; i < end; i++) {
        struct tr_cell c =
            tr_mercator_cell(g->points[i].lon_e7, g->points[i].lat_e7);

        if (i > first && (c.x != before.x || c.y != before.y)) {
            if (!grow(b, &b->numbers, b->n_numbers, &b->numbers_size,
                      sizeof *b->numbers))
                return false;
            b->numbers[b->n_numbers++] = (uint32_t)b->n_all;
            b->all[b->n_all++] =
                (struct area_edge){ before.x, before.y, c.x, c.y };
        }
        before = c;
    }
    return true;
}

static bool add_area(struct build *b, const struct tr_geometry *g, int32_t area)
{
    for (uint32_t i = 0; i < g->n_polygons; i++) {
        struct area_polygon p = { area, 0, (uint32_t)b->n_numbers, 0 };

        for (uint32_t part = g->polygon_start[i];
             part < g->polygon_start[i + 1]; part++)
            if (!add_ring(b, g, part))
                return false;
        p.n_edges = (uint32_t)(b->n_numbers - p.edges);
        if (p.n_edges == 0)
            continue; /* smaller than a cell */
        if (!grow(b, &b->stack, b->n_stack, &b->stack_size, sizeof *b->stack))
            return false;
        b->stack[b->n_stack++] = p;
    }
    return true;
}

static enum tr_status gather(struct build *b,
                             const struct tr_geometry *const *areas, size_t n,
                             struct tr_error *err)
{
    uint64_t points = 0;

    for (size_t i = 0; i < n; i++) {
        if (areas[i]->kind != TR_POLYGON)
            return tr_fail(err, TR_EINVAL, "area %zu is not a polygon", i);
        points += areas[i]->n_points;
    }
    /* The index counts edges in 32 bits, several times over. */
    if (n > INT32_MAX / 2 || points > UINT32_MAX / 256)
        return tr_fail(err, TR_ELIMIT, "more than %u points in one area set",
                       UINT32_MAX / 256);
    b->most_edges = (size_t)points * EDGES_KEPT_PER_EDGE;
    b->all = calloc(points ? points : 1, sizeof *b->all);
    if (!b->all)
        return tr_fail(err, TR_ENOMEM, "no memory left for areas");
    for (size_t i = 0; i < n; i++)
        if (!add_area(b, areas[i], (int32_t)i))
            return tr_fail(err, TR_ENOMEM, "no memory left for areas");
    return TR_OK;
}

enum tr_status tr_area_index_new(const struct tr_geometry *const *areas,
                                 size_t n, struct tr_area_index **out,
                                 struct tr_error *err)
{
    struct build b = { .index = calloc(1, sizeof *b.index) };

    if (!b.index)
        return tr_fail(err, TR_ENOMEM, "no memory left for areas");

    enum tr_status st = gather(&b, areas, n, err);

    if (!st) {
        struct cell world = { .n_polygons = b.n_stack,
                              .otherwise = TR_NO_AREA };

        build_cell(&b, &world);
        if (b.no_memory)
            st = tr_fail(err, TR_ENOMEM, "no memory left for areas");
    }
    free(b.all);
    free(b.stack);
    free(b.numbers);
    if (st)
        tr_area_index_free(b.index);
    else
        *out = b.index;
    return st;
}
