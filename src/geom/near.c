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

enum tr_status near_no_memory(struct tr_error *err)
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
            return near_no_memory(err);
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
        return near_no_memory(err);
    place_points(p, e_mm, n_mm, n_filled);
    return TR_OK;
}

enum tr_status tr_near_new(const int32_t *e_mm, const int32_t *n_mm, size_t n,
                           struct tr_near **out, struct tr_error *err)
{
    struct tr_near *near = calloc(1, sizeof *near);

    if (!near)
        return near_no_memory(err);
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

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    if (v < low)
        return low;
    return v > high ? high : v;
}

int64_t near_row_number(const struct near_points *p, int64_t n)
{
    return clamp(row_of(p, clamp(n, p->south_mm, INT64_MAX)), 0, p->n_rows - 1);
}

int64_t near_column_number(const struct near_points *p, int64_t e)
{
    return clamp(column_of(p, clamp(e, p->west_mm, INT64_MAX)), 0,
                 p->n_columns - 1);
}

struct near_row near_row_between(const struct near_points *p, int64_t row,
                                 int64_t west, int64_t east)
{
    uint64_t base = (uint64_t)(row * p->n_columns);
    struct near_row s = { 0 };

    if (east < p->west_mm || west >= p->west_mm + p->n_columns * p->side_mm)
        return s;
    s.from = first_from(p, base + (uint64_t)near_column_number(p, west));
    s.to = first_from(p, base + (uint64_t)near_column_number(p, east) + 1);
    s.sure = s.unsure = s.from;
    return s;
}

/* The squares that lie wholly between `west` and `east`: square c holds
 * west_mm + c * side to west_mm + (c + 1) * side - 1. */
static void set_sure(const struct near_points *p, int64_t row, int64_t west,
                     int64_t east, struct near_row *s)
{
    uint64_t base = (uint64_t)(row * p->n_columns);
    int64_t a = west - p->west_mm, b = east - p->west_mm;
    int64_t low = a <= 0 ? 0 : (a + p->side_mm - 1) >> p->shift;
    int64_t high = b < p->side_mm - 1 ? -1 : ((b + 1) >> p->shift) - 1;

    high = high < p->n_columns ? high : p->n_columns - 1;
    if (low > high)
        return;
    s->sure = first_from(p, base + (uint64_t)low);
    s->unsure = first_from(p, base + (uint64_t)high + 1);
}

struct near_circle near_circle_of(const struct near_points *p,
                                  const struct near_box *around,
                                  int64_t within_mm)
{
    int64_t r = clamp(within_mm, -1, NEAR_FARTHEST_MM);
    struct near_circle c = { .around = *around, .r = r, .r2 = r * r };
    int64_t south = around->south - r - p->south_mm;
    int64_t north = around->north + r - p->south_mm;

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
struct near_row near_row_of(const struct near_points *p,
                            const struct near_circle *c, int64_t row)
{
    const struct near_box *b = &c->around;
    int64_t low = p->south_mm + row * p->side_mm, high = low + p->side_mm - 1;
    int64_t nearest = low > b->north    ? low - b->north
                      : high < b->south ? b->south - high
                                        : 0;
    int64_t farthest =
        high - b->south > b->north - low ? high - b->south : b->north - low;
    int64_t half = (int64_t)sqrt((double)(c->r2 - nearest * nearest)) + 1;
    int64_t rest = c->r2 - farthest * farthest;
    struct near_row s =
        near_row_between(p, row, b->west - half, b->east + half);

    if (rest >= 0) {
        half = (int64_t)sqrt((double)rest) - 1;
        set_sure(p, row, b->east - half, b->west + half, &s);
    }
    return s;
}

static size_t count_between(const struct near_points *p,
                            const struct near_circle *c, uint32_t from,
                            uint32_t to)
{
    size_t n = 0;

    for (uint32_t i = from; i < to; i++) {
        int64_t de = (int64_t)p->e_mm[i] - c->around.west;
        int64_t dn = (int64_t)p->n_mm[i] - c->around.south;

        n += de * de + dn * dn <= c->r2;
    }
    return n;
}

size_t near_points_count(const struct near_points *p, int32_t e_mm,
                         int32_t n_mm, int64_t within_mm)
{
    struct near_box at = { e_mm, n_mm, e_mm, n_mm };
    struct near_circle c = near_circle_of(p, &at, within_mm);
    size_t n = 0;

    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct near_row s = near_row_of(p, &c, row);

        n += count_between(p, &c, s.from, s.sure);
        n += s.unsure - s.sure;
        n += count_between(p, &c, s.unsure, s.to);
    }
    return n;
}

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)
#define FEW        32

static void sort_few(uint32_t *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t v = items[i];
        size_t k = i;

        for (; k > 0 && items[k - 1] > v; k--)
            items[k] = items[k - 1];
        items[k] = v;
    }
}

void near_sort(uint32_t *items, uint32_t *scratch, size_t n)
{
    uint32_t *from = items, *to = scratch, any = 0;

    if (n <= FEW) {
        sort_few(items, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        any |= items[i];
    for (unsigned shift = 0; shift < 32 && any >> shift; shift += DIGIT_BITS) {
        size_t start[DIGITS + 1] = { 0 };
        uint32_t *other = from;

        for (size_t i = 0; i < n; i++)
            start[(from[i] >> shift) % DIGITS + 1]++;
        for (size_t d = 0; d < DIGITS; d++)
            start[d + 1] += start[d];
        for (size_t i = 0; i < n; i++)
            to[start[(from[i] >> shift) % DIGITS]++] = from[i];
        from = to;
        to = other;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

static size_t list_row(const struct near_points *p, const struct near_circle *c,
                       const struct near_row *s, uint32_t *list)
{
    size_t n = 0;

    for (uint32_t i = s->from; i < s->sure; i++) {
        list[n] = p->item[i];
        n += count_between(p, c, i, i + 1);
    }
    memcpy(list + n, p->item + s->sure, (s->unsure - s->sure) * sizeof *list);
    n += s->unsure - s->sure;
    for (uint32_t i = s->unsure; i < s->to; i++) {
        list[n] = p->item[i];
        n += count_between(p, c, i, i + 1);
    }
    return n;
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status near_points_within(const struct near_points *p, int32_t e_mm,
                                  int32_t n_mm, int64_t within_mm,
                                  struct tr_arena *a, const uint32_t **items,
                                  size_t *n, struct tr_error *err)
{
    struct near_box at = { e_mm, n_mm, e_mm, n_mm };
    struct near_circle c = near_circle_of(p, &at, within_mm);
    size_t most = 0, found = 0;

    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct near_row s = near_row_of(p, &c, row);

        most += s.to - s.from;
    }

    uint32_t *list = tr_arena_array(a, 2 * most, sizeof *list);

    if (!list)
        return tr_fail(err, TR_ELIMIT, "too many items lie within %lld mm",
                       (long long)within_mm);
    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct near_row s = near_row_of(p, &c, row);

        found += list_row(p, &c, &s, list + found);
    }
    near_sort(list, list + most, found);
    *items = list;
    *n = found;
    return TR_OK;
}
