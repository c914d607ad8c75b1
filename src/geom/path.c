/* path.c - see geom/path.h */
#include "geom/path.h"

#include <assert.h>
#include <string.h>

#include "geom/geom_exact.h"

void path_add(struct path *path, int64_t x, int64_t y)
{
    if (path->n && path->p[path->n - 1].x == x && path->p[path->n - 1].y == y)
        return;
    if (path->n == path->size) {
        size_t size = path->size ? path->size * 2 : 16;
        struct path_point *p = tr_arena_array(path->a, size, sizeof *p);

        if (!p) {
            path->failed = true;
            return;
        }
        if (path->n)
            memcpy(p, path->p, path->n * sizeof *p);
        path->p = p;
        path->size = size;
    }
    path->p[path->n++] = (struct path_point){ x, y };
}

int64_t path_area2(const struct path_point *p, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 1; i + 1 < n; i++)
        sum += (p[i].x - p[0].x) * (p[i + 1].y - p[0].y) -
               (p[i + 1].x - p[0].x) * (p[i].y - p[0].y);
    return sum;
}

enum side { WEST, EAST, NORTH, SOUTH };

static int64_t limit_of(const struct path_box *b, enum side side)
{
    const int64_t limits[] = { b->west, b->east, b->north, b->south };

    return limits[side];
}

static bool is_inside(struct path_point p, enum side side, int64_t limit)
{
    if (side == WEST)
        return p.x >= limit;
    if (side == EAST)
        return p.x <= limit;
    return side == NORTH ? p.y >= limit : p.y <= limit;
}

/* Where p, q meets the side, to the nearest whole number. Always worked out
 * from the same end, so that a border is cut alike from both sides. */
static struct path_point meet(struct path_point p, struct path_point q,
                              enum side side, int64_t limit)
{
    if (p.x > q.x || (p.x == q.x && p.y > q.y)) {
        struct path_point t = p;

        p = q;
        q = t;
    }
    if (side == WEST || side == EAST) {
        assert(p.x < q.x); /* one is inside, the other not */
        return (struct path_point){
            limit, p.y + geom_round_div((geom_i128)(q.y - p.y) * (limit - p.x),
                                        q.x - p.x)
        };
    }

    geom_i128 top = (geom_i128)(q.x - p.x) * (limit - p.y);
    int64_t dy = q.y - p.y;

    assert(dy != 0);

    return (struct path_point){ p.x + (dy < 0 ? geom_round_div(-top, -dy)
                                              : geom_round_div(top, dy)),
                                limit };
}

static struct path clip_side(const struct path *ring, enum side side,
                             int64_t limit)
{
    struct path out = { .a = ring->a, .failed = ring->failed };

    for (size_t i = 0; i < ring->n; i++) {
        struct path_point p = ring->p[i ? i - 1 : ring->n - 1];
        struct path_point q = ring->p[i];
        bool p_in = is_inside(p, side, limit), q_in = is_inside(q, side, limit);

        if (p_in != q_in) {
            struct path_point m = meet(p, q, side, limit);

            path_add(&out, m.x, m.y);
        }
        if (q_in)
            path_add(&out, q.x, q.y);
    }
    while (out.n > 1 && out.p[0].x == out.p[out.n - 1].x &&
           out.p[0].y == out.p[out.n - 1].y)
        out.n--;
    return out;
}

struct path path_clip_ring(const struct path *ring, const struct path_box *box)
{
    struct path out = *ring;

    for (int side = WEST; side <= SOUTH; side++)
        out = clip_side(&out, (enum side)side, limit_of(box, (enum side)side));
    return out;
}

bool path_clip_segment(struct path_point *from, struct path_point *to,
                       const struct path_box *box)
{
    for (int k = WEST; k <= SOUTH; k++) {
        enum side side = (enum side)k;
        int64_t limit = limit_of(box, side);
        bool from_in = is_inside(*from, side, limit);
        bool to_in = is_inside(*to, side, limit);

        if (!from_in && !to_in)
            return false;
        if (from_in != to_in)
            *(from_in ? to : from) = meet(*from, *to, side, limit);
    }
    return true;
}
