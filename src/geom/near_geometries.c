/* near_geometries.c - geometries near a place, and the choice between the two
 * kinds of index; see terrier/near.h and geom/near_parts.h */
#include <stdlib.h>
#include <string.h>

#include "geom/geom_exact.h"
#include "geom/near_parts.h"
#include "terrier/mercator.h"

static struct near_box box_of(const struct tr_geometry *g)
{
    struct near_box b = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };

    for (uint32_t i = 0; i < g->n_points; i++) {
        const struct tr_position *p = &g->points[i];

        b.west = p->e_mm < b.west ? p->e_mm : b.west;
        b.east = p->e_mm > b.east ? p->e_mm : b.east;
        b.south = p->n_mm < b.south ? p->n_mm : b.south;
        b.north = p->n_mm > b.north ? p->n_mm : b.north;
    }
    return b;
}

static void widen(struct near_box *b, const struct near_box *by)
{
    b->west = by->west < b->west ? by->west : b->west;
    b->east = by->east > b->east ? by->east : b->east;
    b->south = by->south < b->south ? by->south : b->south;
    b->north = by->north > b->north ? by->north : b->north;
}

/* Squared distance from a point to a box, 0 inside. */
static uint64_t box_distance2(const struct near_box *b, int64_t e, int64_t n)
{
    int64_t de = e < b->west ? b->west - e : e > b->east ? e - b->east : 0;
    int64_t dn = n < b->south ? b->south - n : n > b->north ? n - b->north : 0;

    return (uint64_t)(de * de) + (uint64_t)(dn * dn);
}

struct place { /* an item and the Morton key of its middle */
    uint64_t key;
    uint32_t item;
};

static int by_key(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static uint32_t half_way(int32_t low, int32_t high)
{
    return (uint32_t)(((int64_t)low + high) / 2 + INT32_MAX);
}

static bool order_items(struct near_shapes *s)
{
    struct place *places = calloc(s->n + (size_t)1, sizeof *places);

    if (!places)
        return false;
    for (uint32_t i = 0; i < s->n; i++) {
        struct near_box b = box_of(s->items[i]);

        places[i].item = i;
        places[i].key = tr_morton((struct tr_cell){
            half_way(b.west, b.east), half_way(b.south, b.north) });
    }
    qsort(places, s->n, sizeof *places, by_key);
    for (uint32_t i = 0; i < s->n; i++)
        s->order[i] = places[i].item;
    free(places);
    return true;
}

static void pack(struct near_shapes *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        s->boxes[0][i] = box_of(s->items[s->order[i]]);
    for (unsigned l = 1; l < s->n_levels; l++) {
        for (uint32_t i = 0; i < s->n_boxes[l - 1]; i++) {
            if (i % NEAR_FAN == 0)
                s->boxes[l][i / NEAR_FAN] = s->boxes[l - 1][i];
            else
                widen(&s->boxes[l][i / NEAR_FAN], &s->boxes[l - 1][i]);
        }
    }
}

static bool build(struct near_shapes *s)
{
    size_t total = 0;
    uint32_t n = s->n;

    do {
        s->n_boxes[s->n_levels++] = n;
        total += n;
        n = (n + NEAR_FAN - 1) / NEAR_FAN;
    } while (s->n_boxes[s->n_levels - 1] > 1);
    s->order = calloc(s->n + (size_t)1, sizeof *s->order);
    s->boxes[0] = calloc(total + 1, sizeof *s->boxes[0]);
    if (!s->order || !s->boxes[0] || !order_items(s))
        return false;
    for (unsigned l = 1; l < s->n_levels; l++)
        s->boxes[l] = s->boxes[l - 1] + s->n_boxes[l - 1];
    pack(s);
    return true;
}

enum tr_status tr_near_new_geometries(const struct tr_geometry *const *items,
                                      size_t n, struct tr_near **out,
                                      struct tr_error *err)
{
    struct tr_near *near = NULL;

    if (n >= TR_NEAR_NONE)
        return tr_fail(err, TR_ELIMIT, "more than %u geometries in one index",
                       TR_NEAR_NONE - 1);
    if (n == 0) /* an empty index of either kind answers alike */
        return tr_near_new(NULL, NULL, 0, out, err);
    near = calloc(1, sizeof *near);
    if (near) {
        near->shapes.items = items;
        near->shapes.n = (uint32_t)n;
    }
    if (!near || !build(&near->shapes)) {
        tr_near_free(near);
        return tr_fail(err, TR_ENOMEM, "no memory left for a nearness index");
    }
    *out = near;
    return TR_OK;
}

void near_shapes_clear(struct near_shapes *s)
{
    free(s->order);
    free(s->boxes[0]);
}

/* A visit to the items whose box lies within `within2`, which may shrink on the
 * way. take() returns it anew. */
struct visit {
    const struct near_shapes *s;
    int64_t e, n;
    uint64_t within2;
    void (*take)(struct visit *v, uint32_t item);
    uint32_t *list;
    size_t found;
    uint64_t within_mm;
    uint32_t best;
    uint64_t best_mm;
    bool (*accept)(const void *context, uint32_t item);
    const void *context;
};

/* Nearer children first, so that a search for the nearest soon knows how near.
 * NOLINTNEXTLINE(misc-no-recursion): at most NEAR_LEVELS deep */
static void visit_box(struct visit *v, unsigned level, uint32_t i)
{
    uint64_t distance[NEAR_FAN];
    uint32_t first = i * NEAR_FAN, n = 0;

    if (level == 0) {
        v->take(v, v->s->order[i]);
        return;
    }
    for (; n < NEAR_FAN && first + n < v->s->n_boxes[level - 1]; n++)
        distance[n] =
            box_distance2(&v->s->boxes[level - 1][first + n], v->e, v->n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t nearest = 0;

        for (uint32_t j = 1; j < n; j++)
            if (distance[j] < distance[nearest])
                nearest = j;
        if (distance[nearest] == UINT64_MAX || distance[nearest] > v->within2)
            return;
        distance[nearest] = UINT64_MAX; /* done with */
        visit_box(v, level - 1, first + nearest);
    }
}

static void visit_all(struct visit *v)
{
    const struct near_shapes *s = v->s;

    if (box_distance2(&s->boxes[s->n_levels - 1][0], v->e, v->n) <= v->within2)
        visit_box(v, s->n_levels - 1, 0);
}

static uint64_t distance_to(const struct visit *v, uint32_t item)
{
    return (uint64_t)tr_geometry_distance_mm(v->s->items[item], (int32_t)v->e,
                                             (int32_t)v->n);
}

/* The distance is rounded down, so "within r" needs a look beyond: an item at
 * r + 0.5 mm is not within r. tr_geometry_within_mm() decides exactly. */
static void take_within(struct visit *v, uint32_t item)
{
    if (!tr_geometry_within_mm(v->s->items[item], (int32_t)v->e, (int32_t)v->n,
                               (int64_t)v->within_mm))
        return;
    if (v->list)
        v->list[v->found] = item;
    v->found++;
}

static void take_nearest(struct visit *v, uint32_t item)
{
    if (v->accept && !v->accept(v->context, item))
        return;

    uint64_t d = distance_to(v, item);

    if (d > v->best_mm || (d == v->best_mm && item > v->best))
        return;
    v->best = item;
    v->best_mm = d;
    v->within2 = (d + 1) * (d + 1); /* a tie in whole mm may lie beyond d */
}

/* The linter does not see that take_within() writes through `list`. */
/* NOLINTBEGIN(readability-non-const-parameter) */
static struct visit visit_within(const struct tr_near *near, int32_t e_mm,
                                 int32_t n_mm, int64_t within_mm,
                                 uint32_t *list)
/* NOLINTEND(readability-non-const-parameter) */
{
    const int64_t farthest = 3000000000; /* its square fits */
    uint64_t r = (uint64_t)(within_mm < farthest ? within_mm : farthest);
    struct visit v = { .s = &near->shapes,
                       .e = e_mm,
                       .n = n_mm,
                       .within_mm = r,
                       .within2 = r * r,
                       .take = take_within,
                       .list = list };

    if (within_mm >= 0)
        visit_all(&v);
    return v;
}

size_t tr_near_count(const struct tr_near *near, int32_t e_mm, int32_t n_mm,
                     int64_t within_mm)
{
    if (!near->shapes.items)
        return near_points_count(&near->points, e_mm, n_mm, within_mm);
    return visit_within(near, e_mm, n_mm, within_mm, NULL).found;
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status tr_near_within(const struct tr_near *near, int32_t e_mm,
                              int32_t n_mm, int64_t within_mm,
                              struct tr_arena *a, const uint32_t **items,
                              size_t *n, struct tr_error *err)
{
    if (!near->shapes.items)
        return near_points_within(&near->points, e_mm, n_mm, within_mm, a,
                                  items, n, err);

    size_t count = tr_near_count(near, e_mm, n_mm, within_mm);
    uint32_t *list = tr_arena_array(a, 2 * count, sizeof *list);

    if (!list)
        return tr_fail(err, TR_ELIMIT, "too many items lie within %lld mm",
                       (long long)within_mm);
    visit_within(near, e_mm, n_mm, within_mm, list);
    near_sort(list, list + count, count);
    *items = list;
    *n = count;
    return TR_OK;
}

uint32_t tr_near_nearest(const struct tr_near *near, int32_t e_mm, int32_t n_mm,
                         bool (*accept)(const void *context, uint32_t item),
                         const void *context, int64_t *distance_mm)
{
    if (!near->shapes.items)
        return near_points_nearest(&near->points, e_mm, n_mm, accept, context,
                                   distance_mm);

    struct visit v = { .s = &near->shapes,
                       .e = e_mm,
                       .n = n_mm,
                       .within2 = UINT64_MAX - 1,
                       .take = take_nearest,
                       .best = TR_NEAR_NONE,
                       .best_mm = UINT64_MAX,
                       .accept = accept,
                       .context = context };

    visit_all(&v);
    if (v.best != TR_NEAR_NONE && distance_mm)
        *distance_mm = (int64_t)v.best_mm;
    return v.best;
}
