/* near_nearest.c - the nearest point of a place, and of many places; see
 * terrier/near.h and geom/near_parts.h
 *
 * The square of the place is looked through first. What is found there is
 * mostly so near that few other squares, or none, can hold a nearer one.
 */
#include <stdlib.h>

#include "geom/geom_exact.h"
#include "geom/near_parts.h"
#include "terrier/thread.h"

#define GRAIN 4096

/* Points of one kind often lie together: `next` says where, in the order of
 * the squares, the next point of another kind stands. */
struct kinds {
    const struct tr_near_kinds *given;
    uint32_t *of_point, *next;
};

struct search {
    const struct near_points *p;
    int64_t e, n, best2;
    uint32_t best;
    bool (*accept)(const void *context, uint32_t item);
    const void *context;
    const struct kinds *kinds; /* of a batch; or NULL */
    size_t place;
    uint32_t kind;
};

static bool is_accepted(const struct search *s, uint32_t item)
{
    const struct tr_near_kinds *g = s->kinds ? s->kinds->given : NULL;

    if (g && g->accept && !g->accept(g->context, s->place, item))
        return false;
    return !s->accept || s->accept(s->context, item);
}

static void look_at(struct search *s, uint32_t i)
{
    const struct near_points *p = s->p;
    int64_t de = p->e_mm[i] - s->e, dn = p->n_mm[i] - s->n;
    int64_t d2 = de * de + dn * dn;

    if (d2 > s->best2 || (d2 == s->best2 && p->item[i] >= s->best))
        return;
    if (!is_accepted(s, p->item[i]))
        return;
    s->best2 = d2;
    s->best = p->item[i];
}

static void look_through(struct search *s, uint32_t from, uint32_t to)
{
    if (!s->kinds) {
        for (; from < to; from++)
            look_at(s, from);
        return;
    }
    while (from < to) {
        if (s->kinds->of_point[from] == s->kind)
            from = s->kinds->next[from];
        else
            look_at(s, from++);
    }
}

static void search_row(struct search *s, int64_t row, int64_t reach)
{
    const struct near_points *p = s->p;
    int64_t low = p->south_mm + row * p->side_mm - s->n;
    int64_t high = low + p->side_mm - 1;
    int64_t nearest = low > 0 ? low : high < 0 ? -high : 0;

    if (nearest * nearest > s->best2)
        return;
    if (s->best != TR_NEAR_NONE) {
        int64_t half =
            (int64_t)sqrt((double)(s->best2 - nearest * nearest)) + 1;

        reach = half < reach ? half : reach;
    }

    struct near_row t = near_row_between(p, row, s->e - reach, s->e + reach);

    look_through(s, t.from, t.to);
}

/* Squares up to `reach` away, from the middle row outwards, so that the best so
 * far is soon near and the outer rows are cut short. */
static void search_square(struct search *s, int64_t reach)
{
    const struct near_points *p = s->p;
    int64_t first = near_row_number(p, s->n - reach);
    int64_t last = near_row_number(p, s->n + reach);
    int64_t middle = near_row_number(p, s->n);

    if (s->n + reach < p->south_mm ||
        s->n - reach >= p->south_mm + p->height_mm)
        return;
    for (int64_t row = middle; row <= last; row++)
        search_row(s, row, reach);
    for (int64_t row = middle - 1; row >= first; row--)
        search_row(s, row, reach);
}

/* Is the rest of the grid as far off as the best, or farther? A tie would have
 * to be looked at, too. */
static bool square_is_enough(const struct search *s)
{
    const struct near_points *p = s->p;
    int64_t e = s->e - p->west_mm, n = s->n - p->south_mm;
    int64_t in_e = e & (p->side_mm - 1), in_n = n & (p->side_mm - 1);
    int64_t rest = in_e < in_n ? in_e : in_n;
    int64_t east = p->side_mm - 1 - in_e, north = p->side_mm - 1 - in_n;

    rest = east < rest ? east : rest;
    rest = north < rest ? north : rest;
    return s->best != TR_NEAR_NONE && s->best2 <= rest * rest;
}

/* How far the farthest corner of the grid is, east or north at the most. */
static int64_t whole_grid(const struct search *s)
{
    const struct near_points *p = s->p;
    int64_t e = s->e - p->west_mm, n = s->n - p->south_mm;
    int64_t east = e > p->width_mm - e ? e : p->width_mm - e;
    int64_t north = n > p->height_mm - n ? n : p->height_mm - n;

    return east > north ? east : north;
}

static void find(struct search *s)
{
    const struct near_points *p = s->p;
    int64_t e = s->e - p->west_mm, n = s->n - p->south_mm;
    int64_t reach = p->side_mm, all = whole_grid(s);

    if (p->n == 0)
        return;
    if (e >= 0 && e < p->width_mm && n >= 0 && n < p->height_mm) {
        search_row(s, near_row_number(p, s->n), 0);
        if (square_is_enough(s))
            return;
    }
    for (;; reach *= 2) {
        if (s->best != TR_NEAR_NONE)
            reach = (int64_t)geom_isqrt((uint64_t)s->best2) + 1;
        search_square(s, reach);
        if (reach >= all ||
            (s->best != TR_NEAR_NONE && s->best2 <= reach * reach))
            return;
    }
}

static struct search search_for(const struct near_points *p, int32_t e_mm,
                                int32_t n_mm)
{
    return (struct search){
        .p = p, .e = e_mm, .n = n_mm, .best2 = INT64_MAX, .best = TR_NEAR_NONE
    };
}

uint32_t near_points_nearest(const struct near_points *p, int32_t e_mm,
                             int32_t n_mm,
                             bool (*accept)(const void *context, uint32_t item),
                             const void *context, int64_t *distance_mm)
{
    struct search s = search_for(p, e_mm, n_mm);

    s.accept = accept;
    s.context = context;
    find(&s);
    if (s.best != TR_NEAR_NONE && distance_mm)
        *distance_mm = (int64_t)geom_isqrt((uint64_t)s.best2);
    return s.best;
}

struct job {
    const struct near_points *p;
    const struct tr_position *at;
    const struct kinds *kinds; /* NULL: any item will do */
    struct tr_nearest *out;
};

static enum tr_status find_some(void *context, size_t first, size_t last,
                                unsigned worker, struct tr_error *err)
{
    const struct job *j = context;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++) {
        struct search s = search_for(j->p, j->at[i].e_mm, j->at[i].n_mm);

        s.kinds = j->kinds;
        s.place = i;
        s.kind = j->kinds ? j->kinds->given->of_place[i] : 0;
        find(&s);
        j->out[i].item = s.best;
        j->out[i].distance_mm =
            s.best == TR_NEAR_NONE ? 0 : (int64_t)geom_isqrt((uint64_t)s.best2);
    }
    return TR_OK;
}

static bool fill_kinds(struct kinds *k, const struct near_points *p)
{
    k->of_point = calloc(p->n + (size_t)1, sizeof *k->of_point);
    k->next = calloc(p->n + (size_t)1, sizeof *k->next);
    if (!k->of_point || !k->next)
        return false;
    for (uint32_t i = 0; i < p->n; i++)
        k->of_point[i] = k->given->of_item[p->item[i]];
    for (uint32_t i = p->n; i-- > 0;)
        k->next[i] = i + 1 < p->n && k->of_point[i + 1] == k->of_point[i]
                         ? k->next[i + 1]
                         : i + 1;
    return true;
}

/* The linter does not see that the pieces write through `out`. */
/* NOLINTBEGIN(readability-non-const-parameter) */
enum tr_status tr_near_nearest_all(const struct tr_near *near,
                                   const struct tr_position *at, size_t n,
                                   const struct tr_near_kinds *kinds,
                                   unsigned threads, struct tr_nearest *out,
                                   struct tr_error *err)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct kinds k = { .given = kinds };
    struct job j = { &near->points, at, kinds ? &k : NULL, out };
    enum tr_status st;

    if (near->shapes.items)
        return tr_fail(err, TR_EINVAL,
                       "the nearest of many places is for points alone");
    if (kinds && !fill_kinds(&k, j.p))
        st = near_no_memory(err);
    else
        st = tr_thread_run(n, GRAIN, threads, find_some, &j, err);
    free(k.of_point);
    free(k.next);
    return st;
}
