/* near.c - points near a place; see terrier/near.h. Geometries are
 * near_geometries.c.
 *
 * The points are kept by square of a fine grid, row by row, so that a stretch
 * of squares in one row is one stretch of points. Most squares are empty: a bit
 * per square says which are not, and counting bits finds the place of one in
 * the list of those that are.
 */
#include "geom/near_parts.h"

#include <stdlib.h>
#include <string.h>

#include "geom/geom_exact.h"

/* The grid is made finer until a filled square holds this many points on
 * average, or until there are so many squares (a bit and a half each). Dense
 * towns in wide land need many, an even spread few. */
#define POINTS_PER_FILLED      8
#define MOST_SQUARES_PER_POINT 64

/* Nothing that Terrier keeps is farther apart, and its square fits int64. */
#define FARTHEST_MM 3000000000

static int64_t column_of(const struct near_points *p, int64_t e)
{
    return (e - p->west_mm) >> p->shift;
}

static int64_t row_of(const struct near_points *p, int64_t n)
{
    return (n - p->south_mm) >> p->shift;
}

static uint64_t square_of(const struct near_points *p, int32_t e, int32_t n)
{
    return (uint64_t)(row_of(p, n) * p->n_columns + column_of(p, e));
}

/* Inline: without a processor's own instruction the compiler would call. */
static uint64_t bits_in(uint64_t v)
{
    v -= v >> 1 & 0x5555555555555555;
    v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
    v = (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return v * 0x0101010101010101 >> 56;
}

/* The first point in `square` or a later one. */
static uint32_t first_from(const struct near_points *p, uint64_t square)
{
    uint64_t word = square / 64;
    uint64_t below = ((uint64_t)1 << (square % 64)) - 1;

    return p->start[p->rank[word] + bits_in(p->filled[word] & below)];
}

static void find_corner(struct near_points *p, const int32_t *e_mm,
                        const int32_t *n_mm)
{
    int32_t west = INT32_MAX, east = INT32_MIN;
    int32_t south = INT32_MAX, north = INT32_MIN;

    for (uint32_t i = 0; i < p->n; i++) {
        west = e_mm[i] < west ? e_mm[i] : west;
        east = e_mm[i] > east ? e_mm[i] : east;
        south = n_mm[i] < south ? n_mm[i] : south;
        north = n_mm[i] > north ? n_mm[i] : north;
    }
    if (p->n == 0)
        west = east = south = north = 0;
    p->west_mm = west;
    p->south_mm = south;
    p->width_mm = (int64_t)east - west + 1;
    p->height_mm = (int64_t)north - south + 1;
}

/* Sides are powers of two, because dividing by them is most of the work. */
static void set_side(struct near_points *p, unsigned shift)
{
    p->shift = shift;
    p->side_mm = (int64_t)1 << shift;
    p->n_columns = ((p->width_mm - 1) >> shift) + 1;
    p->n_rows = ((p->height_mm - 1) >> shift) + 1;
}

static unsigned coarsest_shift(struct near_points *p)
{
    unsigned shift = 31;

    for (set_side(p, shift); shift > 0; shift--) {
        set_side(p, shift);
        if ((uint64_t)p->n_rows * (uint64_t)p->n_columns >= p->n / 4)
            break;
    }
    return shift;
}

/* Mark the squares that hold points and rank them: rank[w] is how many filled
 * squares lie before word w. */
static size_t mark_squares(struct near_points *p, const int32_t *e_mm,
                           const int32_t *n_mm, uint64_t n_words)
{
    uint32_t filled = 0;

    for (uint32_t i = 0; i < p->n; i++) {
        uint64_t square = square_of(p, e_mm[i], n_mm[i]);

        p->filled[square / 64] |= (uint64_t)1 << (square % 64);
    }
    for (uint64_t w = 0; w < n_words; w++) {
        p->rank[w] = filled;
        filled += (uint32_t)bits_in(p->filled[w]);
    }
    return filled;
}

/* Counting sort: by square, and within one by index. */
static void place_points(struct near_points *p, const int32_t *e_mm,
                         const int32_t *n_mm, size_t n_filled)
{
    for (uint32_t i = 0; i < p->n; i++) {
        uint64_t square = square_of(p, e_mm[i], n_mm[i]);
        uint64_t below = ((uint64_t)1 << (square % 64)) - 1;
        uint64_t word = square / 64;

        p->start[p->rank[word] + bits_in(p->filled[word] & below)]++;
    }

    uint32_t at = 0;

    for (size_t k = 0; k <= n_filled; k++) {
        uint32_t count = p->start[k];

        p->start[k] = at;
        at += count;
    }
    for (uint32_t i = 0; i < p->n; i++) {
        uint64_t square = square_of(p, e_mm[i], n_mm[i]);
        uint64_t below = ((uint64_t)1 << (square % 64)) - 1;
        uint64_t word = square / 64;
        uint32_t k =
            p->start[p->rank[word] + bits_in(p->filled[word] & below)]++;

        p->e_mm[k] = e_mm[i];
        p->n_mm[k] = n_mm[i];
        p->item[k] = i;
    }
    memmove(p->start + 1, p->start, n_filled * sizeof *p->start);
    p->start[0] = 0;
}

static enum tr_status no_memory(struct tr_error *err)
{
    return tr_fail(err, TR_ENOMEM, "no memory left for a nearness index");
}

/* Mark the squares of a grid; how many are filled. */
static bool try_grid(struct near_points *p, const int32_t *e_mm,
                     const int32_t *n_mm, size_t *n_filled)
{
    uint64_t squares = (uint64_t)p->n_rows * (uint64_t)p->n_columns;
    uint64_t n_words = squares / 64 + 1; /* one may be asked past the last */

    free(p->filled);
    free(p->rank);
    p->filled = calloc(n_words, sizeof *p->filled);
    p->rank = calloc(n_words, sizeof *p->rank);
    if (!p->filled || !p->rank)
        return false;
    *n_filled = mark_squares(p, e_mm, n_mm, n_words);
    return true;
}

static enum tr_status build(struct near_points *p, const int32_t *e_mm,
                            const int32_t *n_mm, struct tr_error *err)
{
    size_t n_filled = 0;

    find_corner(p, e_mm, n_mm);
    for (unsigned shift = coarsest_shift(p);; shift--) {
        set_side(p, shift);
        if (!try_grid(p, e_mm, n_mm, &n_filled))
            return no_memory(err);
        if (shift == 0 || n_filled * POINTS_PER_FILLED >= p->n ||
            (uint64_t)p->n_rows * (uint64_t)p->n_columns >
                (uint64_t)p->n * MOST_SQUARES_PER_POINT / 4)
            break;
    }
    p->e_mm = malloc((p->n + (size_t)1) * sizeof *p->e_mm);
    p->n_mm = malloc((p->n + (size_t)1) * sizeof *p->n_mm);
    p->item = malloc((p->n + (size_t)1) * sizeof *p->item);
    p->start = calloc(n_filled + 1, sizeof *p->start);
    if (!p->start || !p->e_mm || !p->n_mm || !p->item)
        return no_memory(err);
    place_points(p, e_mm, n_mm, n_filled);
    return TR_OK;
}

enum tr_status tr_near_new(const int32_t *e_mm, const int32_t *n_mm, size_t n,
                           struct tr_near **out, struct tr_error *err)
{
    struct tr_near *near = calloc(1, sizeof *near);

    if (!near)
        return no_memory(err);
    if (n >= TR_NEAR_NONE) {
        tr_near_free(near);
        return tr_fail(err, TR_ELIMIT, "more than %u points in one index",
                       TR_NEAR_NONE - 1);
    }
    near->points.n = (uint32_t)n;

    enum tr_status st = build(&near->points, e_mm, n_mm, err);

    if (st)
        tr_near_free(near);
    else
        *out = near;
    return st;
}

void tr_near_free(struct tr_near *near)
{
    if (!near)
        return;
    free(near->points.filled);
    free(near->points.rank);
    free(near->points.start);
    free(near->points.e_mm);
    free(near->points.n_mm);
    free(near->points.item);
    near_shapes_clear(&near->shapes);
    free(near);
}

/* One row of the grid as a circle sees it: the points in from..to-1 may lie
 * inside, those in sure..unsure-1 of them surely do. */
struct stretch {
    uint32_t from, sure, unsure, to;
};

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    if (v < low)
        return low;
    return v > high ? high : v;
}

/* The columns that lie wholly within `half` of e, and those touched. */
static struct stretch stretch_of(const struct near_points *p, int64_t row,
                                 int64_t e, int64_t half, int64_t sure_half)
{
    int64_t last = p->n_columns - 1;
    int64_t a = e - half - p->west_mm, b = e + half - p->west_mm;
    struct stretch s = { 0 };

    if (b < 0 || a > last * p->side_mm + p->side_mm - 1)
        return s;

    uint64_t base = (uint64_t)(row * p->n_columns);
    int64_t low = clamp(a, 0, INT64_MAX) >> p->shift;
    int64_t high = clamp(b >> p->shift, 0, last);

    s.from = first_from(p, base + (uint64_t)low);
    s.to = first_from(p, base + (uint64_t)high + 1);
    s.sure = s.unsure = s.from;
    if (sure_half < 0)
        return s;
    /* Square c holds west + c * side to west + (c + 1) * side - 1. */
    a = e - sure_half - p->west_mm;
    b = e + sure_half - p->west_mm;
    low = a <= 0 ? 0 : (a + p->side_mm - 1) >> p->shift;
    high = b < p->side_mm - 1 ? -1 : ((b + 1) >> p->shift) - 1;
    high = high > last ? last : high;
    if (low > high)
        return s;
    s.sure = first_from(p, base + (uint64_t)low);
    s.unsure = first_from(p, base + (uint64_t)high + 1);
    return s;
}

struct circle {
    int64_t e, n, r, r2;
    int64_t first_row, last_row; /* first > last: no row */
};

static struct circle circle_of(const struct near_points *p, int32_t e_mm,
                               int32_t n_mm, int64_t within_mm)
{
    int64_t r = clamp(within_mm, -1, FARTHEST_MM);
    struct circle c = { .e = e_mm, .n = n_mm, .r = r, .r2 = r * r };
    int64_t south = c.n - r - p->south_mm, north = c.n + r - p->south_mm;

    c.first_row = south <= 0 ? 0 : south >> p->shift;
    c.last_row = north < 0 ? -1 : north >> p->shift;
    if (c.last_row >= p->n_rows)
        c.last_row = p->n_rows - 1;
    if (r < 0 || p->n == 0)
        c.last_row = c.first_row - 1;
    return c;
}

/* How far the circle reaches east and west within a row: at the most, and at
 * least. A millimetre either way lets a plain root do. */
static struct stretch row_of_circle(const struct near_points *p,
                                    const struct circle *c, int64_t row)
{
    int64_t low = p->south_mm + row * p->side_mm - c->n;
    int64_t high = low + p->side_mm - 1;
    int64_t nearest = low > 0 ? low : high < 0 ? -high : 0;
    int64_t farthest = -low > high ? -low : high;
    int64_t half = (int64_t)sqrt((double)(c->r2 - nearest * nearest)) + 1;
    int64_t rest = c->r2 - farthest * farthest;

    return stretch_of(p, row, c->e, half,
                      rest < 0 ? -1 : (int64_t)sqrt((double)rest) - 1);
}

static size_t count_between(const struct near_points *p, const struct circle *c,
                            uint32_t from, uint32_t to)
{
    size_t n = 0;

    for (uint32_t i = from; i < to; i++) {
        int64_t de = p->e_mm[i] - c->e, dn = p->n_mm[i] - c->n;

        n += de * de + dn * dn <= c->r2;
    }
    return n;
}

size_t near_points_count(const struct near_points *p, int32_t e_mm,
                         int32_t n_mm, int64_t within_mm)
{
    struct circle c = circle_of(p, e_mm, n_mm, within_mm);
    size_t n = 0;

    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct stretch s = row_of_circle(p, &c, row);

        n += count_between(p, &c, s.from, s.sure);
        n += s.unsure - s.sure;
        n += count_between(p, &c, s.unsure, s.to);
    }
    return n;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void near_sort(uint32_t *items, size_t n)
{
    qsort(items, n, sizeof *items, by_number);
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status near_points_within(const struct near_points *p, int32_t e_mm,
                                  int32_t n_mm, int64_t within_mm,
                                  struct tr_arena *a, const uint32_t **items,
                                  size_t *n, struct tr_error *err)
{
    struct circle c = circle_of(p, e_mm, n_mm, within_mm);
    size_t most = near_points_count(p, e_mm, n_mm, within_mm), found = 0;
    uint32_t *list = tr_arena_array(a, most, sizeof *list);

    if (!list)
        return tr_fail(err, TR_ELIMIT, "too many items lie within %lld mm",
                       (long long)within_mm);
    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct stretch s = row_of_circle(p, &c, row);

        for (uint32_t i = s.from; i < s.to; i++)
            if ((i >= s.sure && i < s.unsure) || count_between(p, &c, i, i + 1))
                list[found++] = p->item[i];
    }
    near_sort(list, found);
    *items = list;
    *n = found;
    return TR_OK;
}

struct search {
    const struct near_points *p;
    int64_t e, n, best2;
    uint32_t best;
    bool (*accept)(const void *context, uint32_t item);
    const void *context;
};

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
            (int64_t)geom_isqrt((uint64_t)(s->best2 - nearest * nearest));

        reach = half < reach ? half : reach;
    }

    struct stretch t = stretch_of(p, row, s->e, reach, -1);

    for (uint32_t i = t.from; i < t.to; i++) {
        int64_t de = p->e_mm[i] - s->e, dn = p->n_mm[i] - s->n;
        int64_t d2 = de * de + dn * dn;

        if (d2 > s->best2 || (d2 == s->best2 && p->item[i] >= s->best))
            continue;
        if (s->accept && !s->accept(s->context, p->item[i]))
            continue;
        s->best2 = d2;
        s->best = p->item[i];
    }
}

/* Squares up to `reach` away, from the middle row outwards, so that the best so
 * far is soon near and the outer rows are cut short. */
static void search_square(struct search *s, int64_t reach)
{
    const struct near_points *p = s->p;
    struct circle c = circle_of(p, (int32_t)s->e, (int32_t)s->n, reach);
    int64_t middle = clamp(s->n - p->south_mm, 0, INT64_MAX) >> p->shift;

    if (c.first_row > c.last_row)
        return;
    middle = clamp(middle, c.first_row, c.last_row);
    for (int64_t row = middle; row <= c.last_row; row++)
        search_row(s, row, reach);
    for (int64_t row = middle - 1; row >= c.first_row; row--)
        search_row(s, row, reach);
}

uint32_t near_points_nearest(const struct near_points *p, int32_t e_mm,
                             int32_t n_mm,
                             bool (*accept)(const void *context, uint32_t item),
                             const void *context, int64_t *distance_mm)
{
    struct search s = { .p = p,
                        .e = e_mm,
                        .n = n_mm,
                        .best2 = INT64_MAX,
                        .best = TR_NEAR_NONE,
                        .accept = accept,
                        .context = context };

    for (int64_t reach = 2 * p->side_mm; p->n; reach *= 2) {
        if (reach > FARTHEST_MM)
            reach = FARTHEST_MM;
        search_square(&s, reach);
        if (reach == FARTHEST_MM ||
            (s.best != TR_NEAR_NONE && s.best2 <= reach * reach))
            break;
    }
    if (s.best != TR_NEAR_NONE && distance_mm)
        *distance_mm = (int64_t)geom_isqrt((uint64_t)s.best2);
    return s.best;
}
