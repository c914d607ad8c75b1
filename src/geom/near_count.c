/* near_count.c - counts within a distance of many places at once; see
 * terrier/near.h and geom/near_parts.h
 *
 * Places in one block of the grid share most of their circle: the squares
 * wholly inside it whichever of them is asked are counted once for all. What
 * lies near the rim is gathered once, relative to the group, and tested for
 * each place.
 *
 * The test is in float, several points at a time, and still exact: coordinates
 * below 2^24 mm are, and so are their differences; the sum of two squares then
 * errs by less than two parts in 2^23. Points nearer to the rim than that make
 * two counts differ, and then the squares are taken in int64.
 */
#include <stdlib.h>

#include "geom/near_parts.h"
#include "terrier/thread.h"

/* Places that a thread takes at a time, and groups within. */
#define GRAIN      16384
#define PLACE_BITS 14
#define EXACT_MM   (INT64_C(1) << 24) /* whole numbers below are exact floats */
#define MARGIN     (1.0 / (1 << 20))

/* The points near the rim of a group's circles. */
struct rim {
    float *x, *y; /* mm from the group's south-west corner */
    size_t n, size;
    uint32_t sure; /* points within reach of the whole group */
};

struct probe {
    float x, y, low, high; /* surely within; perhaps within */
};

/* How many points are surely, and how many perhaps within. One body for every
 * processor: the compiler takes as many points at a time as each has room for
 * (the Makefile builds this file with -O3). */
static inline __attribute__((always_inline)) void
count_body(const struct rim *rim, const struct probe *q, uint32_t out[2])
{
    const float *x = rim->x, *y = rim->y;
    const float qx = q->x, qy = q->y, low = q->low, high = q->high;
    uint32_t sure = 0, maybe = 0;

    for (size_t i = 0; i < rim->n; i++) {
        float dx = x[i] - qx, dy = y[i] - qy;
        float d2 = dx * dx + dy * dy;

        sure += d2 <= low;
        maybe += d2 <= high;
    }
    out[0] = sure;
    out[1] = maybe;
}

typedef void (*counter)(const struct rim *rim, const struct probe *q,
                        uint32_t out[2]);

static void count_plain(const struct rim *rim, const struct probe *q,
                        uint32_t out[2])
{
    count_body(rim, q, out);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void
count_avx2(const struct rim *rim, const struct probe *q, uint32_t out[2])
{
    count_body(rim, q, out);
}

static counter best_counter(void)
{
    return __builtin_cpu_supports("avx2") ? count_avx2 : count_plain;
}
#else
static counter best_counter(void)
{
    return count_plain;
}
#endif

static uint32_t count_exactly(const struct rim *rim, const struct probe *q,
                              int64_t r2)
{
    uint32_t n = 0;

    for (size_t i = 0; i < rim->n; i++) {
        int64_t de = (int64_t)rim->x[i] - (int64_t)q->x;
        int64_t dn = (int64_t)rim->y[i] - (int64_t)q->y;

        n += de * de + dn * dn <= r2;
    }
    return n;
}

struct job {
    const struct tr_near *near;
    const struct near_points *p;
    const struct tr_position *at;
    int64_t within_mm;
    counter count;
    uint32_t *out;
    unsigned coarser; /* groups are of 4^coarser squares of the grid */
};

/* What one piece of the work needs: its places by block, and a rim. */
struct piece {
    const struct job *j;
    size_t first, n;
    uint64_t keys[GRAIN], spare[GRAIN]; /* block << PLACE_BITS | place */
    struct rim rim;
};

static bool add_points(const struct near_points *p, const struct near_box *b,
                       uint32_t from, uint32_t to, struct rim *rim)
{
    float *x, *y;

    if (rim->n + (to - from) > rim->size) {
        size_t size = 2 * (rim->n + (to - from));

        x = realloc(rim->x, size * sizeof *x);
        rim->x = x ? x : rim->x;
        y = realloc(rim->y, size * sizeof *y);
        rim->y = y ? y : rim->y;
        if (!x || !y)
            return false;
        rim->size = size;
    }
    x = rim->x + rim->n;
    y = rim->y + rim->n;
    for (size_t i = 0; i < to - from; i++) {
        x[i] = (float)(p->e_mm[from + i] - b->west);
        y[i] = (float)(p->n_mm[from + i] - b->south);
    }
    rim->n += to - from;
    return true;
}

static bool gather(const struct job *j, const struct near_box *b,
                   struct rim *rim)
{
    struct near_circle c = near_circle_of(j->p, b, j->within_mm);

    rim->n = 0;
    rim->sure = 0;
    for (int64_t row = c.first_row; row <= c.last_row; row++) {
        struct near_row s = near_row_of(j->p, &c, row);

        rim->sure += s.unsure - s.sure;
        if (!add_points(j->p, b, s.from, s.sure, rim) ||
            !add_points(j->p, b, s.unsure, s.to, rim))
            return false;
    }
    return true;
}

static size_t place_of(const struct piece *w, size_t k)
{
    return w->first + (size_t)(w->keys[k] % GRAIN);
}

static struct near_box box_of(const struct piece *w, size_t k, size_t end)
{
    struct near_box b = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };

    for (; k < end; k++) {
        const struct tr_position *p = &w->j->at[place_of(w, k)];

        b.west = p->e_mm < b.west ? p->e_mm : b.west;
        b.east = p->e_mm > b.east ? p->e_mm : b.east;
        b.south = p->n_mm < b.south ? p->n_mm : b.south;
        b.north = p->n_mm > b.north ? p->n_mm : b.north;
    }
    return b;
}

/* Places k..end-1, all of one block. */
static bool count_group(struct piece *w, size_t k, size_t end)
{
    const struct job *j = w->j;
    struct near_box b = box_of(w, k, end);
    int64_t r2 = j->within_mm * j->within_mm;
    struct probe q = { .low = (float)((double)r2 * (1 - MARGIN)),
                       .high = (float)((double)r2 * (1 + MARGIN)) };

    if (!gather(j, &b, &w->rim))
        return false;
    for (; k < end; k++) {
        const struct tr_position *p = &j->at[place_of(w, k)];
        uint32_t n[2];

        q.x = (float)(p->e_mm - b.west);
        q.y = (float)(p->n_mm - b.south);
        j->count(&w->rim, &q, n);
        if (n[0] != n[1])
            n[0] = count_exactly(&w->rim, &q, r2);
        j->out[place_of(w, k)] = w->rim.sure + n[0];
    }
    return true;
}

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

/* By block: a stable sort by the bits above the place's, lowest first. */
static void sort_keys(struct piece *w)
{
    uint64_t *from = w->keys, *to = w->spare, any = 0;

    for (size_t i = 0; i < w->n; i++)
        any |= from[i] ^ from[0];
    for (unsigned shift = PLACE_BITS; shift < 64 && any >> shift;
         shift += DIGIT_BITS) {
        uint32_t start[DIGITS + 1] = { 0 };
        uint64_t *other = from;

        for (size_t i = 0; i < w->n; i++)
            start[(from[i] >> shift) % DIGITS + 1]++;
        for (size_t d = 0; d < DIGITS; d++)
            start[d + 1] += start[d];
        for (size_t i = 0; i < w->n; i++)
            to[start[(from[i] >> shift) % DIGITS]++] = from[i];
        from = to;
        to = other;
    }
    for (size_t i = 0; from != w->keys && i < w->n; i++)
        w->keys[i] = from[i];
}

static bool is_in_grid(const struct near_points *p, const struct tr_position *q)
{
    int64_t e = (int64_t)q->e_mm - p->west_mm;
    int64_t n = (int64_t)q->n_mm - p->south_mm;

    return e >= 0 && e < p->width_mm && n >= 0 && n < p->height_mm;
}

static bool count_piece(struct piece *w, size_t first, size_t last)
{
    const struct near_points *p = w->j->p;

    w->first = first;
    for (size_t i = first; i < last; i++) {
        const struct tr_position *at = &w->j->at[i];
        int64_t block =
            (near_row_number(p, at->n_mm) >> w->j->coarser) * p->n_columns +
            (near_column_number(p, at->e_mm) >> w->j->coarser);

        if (is_in_grid(p, at))
            w->keys[w->n++] = (uint64_t)block << PLACE_BITS | (i - first);
        else
            w->j->out[i] = (uint32_t)near_points_count(p, at->e_mm, at->n_mm,
                                                       w->j->within_mm);
    }
    sort_keys(w);
    for (size_t k = 0, end; k < w->n; k = end) {
        for (end = k + 1; end < w->n && w->keys[end] >> PLACE_BITS ==
                                            w->keys[k] >> PLACE_BITS;)
            end++;
        if (!count_group(w, k, end))
            return false;
    }
    return true;
}

static enum tr_status count_some(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    struct piece *w = calloc(1, sizeof *w);
    bool ok = w != NULL;

    (void)worker;
    if (ok) {
        w->j = context;
        ok = count_piece(w, first, last);
        free(w->rim.x);
        free(w->rim.y);
    }
    free(w);
    return ok ? TR_OK : near_no_memory(err);
}

static enum tr_status one_by_one(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    const struct job *j = context;

    (void)worker;
    (void)err;
    for (size_t i = first; i < last; i++)
        j->out[i] = (uint32_t)tr_near_count(j->near, j->at[i].e_mm,
                                            j->at[i].n_mm, j->within_mm);
    return TR_OK;
}

/* The linter does not see that the pieces write through `out`. */
/* NOLINTBEGIN(readability-non-const-parameter) */
enum tr_status tr_near_count_all(const struct tr_near *near,
                                 const struct tr_position *at, size_t n,
                                 int64_t within_mm, unsigned threads,
                                 uint32_t *out, struct tr_error *err)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct job j = {
        near, &near->points, at, within_mm, best_counter(), out, 0
    };
    int64_t side = near->points.side_mm;
    /* A group and the rim on one side of it must be exact in floats. */
    int64_t room = EXACT_MM - within_mm - side;

    if (near->shapes.items || within_mm < 0 || side >= room ||
        near->points.n == 0)
        return tr_thread_run(n, 1024, threads, one_by_one, &j, err);
    /* Large groups share much, but have a wide rim: 3/4 was quickest. */
    while (side * 2 <= within_mm * 3 / 4 && side * 2 < room) {
        side *= 2;
        j.coarser++;
    }
    return tr_thread_run(n, GRAIN, threads, count_some, &j, err);
}
