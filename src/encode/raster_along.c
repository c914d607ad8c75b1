/* raster_along.c - names that run along lines: rivers. See raster_parts.h.
 *
 * A line has its name again and again, at distances from its beginning that do
 * not depend on the picture. Where it bends too much for letters, it has none. */
#include <math.h>
#include <string.h>

#include "encode/raster_parts.h"

struct track { /* a part of a line, in points from the plane's zero */
    struct raster_point *p;
    double *far; /* from the beginning */
    size_t n;
};

static bool trace(const struct raster_job *j, const struct tr_geometry *g,
                  uint32_t part, struct track *t)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];

    t->n = end - first;
    t->p = tr_arena_array(j->a, t->n, sizeof *t->p);
    t->far = tr_arena_array(j->a, t->n, sizeof *t->far);
    if (!t->p || !t->far)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        t->p[i] = raster_place(j, g->points[first + i]);
        t->far[i] = i ? t->far[i - 1] + hypot(t->p[i].x - t->p[i - 1].x,
                                              t->p[i].y - t->p[i - 1].y)
                      : 0;
    }
    return true;
}

static struct raster_point at_distance(const struct track *t, double far)
{
    size_t low = 0, high = t->n - 1;
    double share, length;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (t->far[middle] <= far)
            low = middle;
        else
            high = middle;
    }
    length = t->far[high] - t->far[low];
    share = length > 0 ? (far - t->far[low]) / length : 0;
    return (struct raster_point){
        t->p[low].x + (t->p[high].x - t->p[low].x) * share,
        t->p[low].y + (t->p[high].y - t->p[low].y) * share,
    };
}

static size_t letter_length(const char *text)
{
    size_t n = 1;

    while (((unsigned char)text[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static void grow_to(struct raster_box *b, struct raster_point p, double by)
{
    b->west = fmin(b->west, p.x - by);
    b->east = fmax(b->east, p.x + by);
    b->north = fmin(b->north, p.y - by);
    b->south = fmax(b->south, p.y + by);
}

struct writing { /* a name to be written along a line */
    const struct track *t;
    const struct raster_type *type;
    const char *text;
    double bend; /* degrees from letter to letter */
};

/* Letters from `far` on, in the line's own direction or against it. */
static bool set_letters(const struct raster_job *j, const struct writing *w,
                        double far, bool against, struct raster_run *run)
{
    const char *text = w->text;
    double last = 0;

    run->box = (struct raster_box){ INFINITY, INFINITY, -INFINITY, -INFINITY };
    for (run->n = 0; *text; run->n++) {
        size_t len = letter_length(text);
        double wide = raster_text_width(j->r, w->type, text, len);
        double next = against ? far - wide : far + wide;
        struct raster_point a = at_distance(w->t, far);
        struct raster_point b = at_distance(w->t, next);
        struct raster_letter *l = &run->letters[run->n];

        l->at = (struct raster_point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
        l->angle = atan2(b.y - a.y, b.x - a.x);
        if (run->n &&
            fabs(remainder(l->angle - last, 2 * G_PI)) > w->bend * G_PI / 180)
            return false;
        last = l->angle;
        memcpy(l->text, text, len);
        l->text[len] = '\0';
        grow_to(&run->box, l->at, w->type->size * 0.6);
        far = next;
        text += len;
    }
    return true;
}

/* The name once, its middle at `middle` of the line; n stays 0 when it does not
 * fit there. */
static bool set_run(const struct raster_job *j, const struct writing *w,
                    double middle, struct raster_run *run)
{
    double width = raster_text_width(j->r, w->type, w->text, strlen(w->text));
    double from = middle - width / 2, to = middle + width / 2;
    bool against;

    if (from < 0 || to > w->t->far[w->t->n - 1])
        return true;
    run->letters = tr_arena_array(j->a, strlen(w->text), sizeof *run->letters);
    if (!run->letters)
        return false;
    against = at_distance(w->t, to).x < at_distance(w->t, from).x;
    if (!set_letters(j, w, against ? to : from, against, run))
        run->n = 0;
    return true;
}

static bool holds(const struct raster_box *b, struct raster_point p)
{
    return p.x > b->west && p.x < b->east && p.y > b->north && p.y < b->south;
}

enum tr_status raster_along(
    const struct raster_job *j, const struct style_entry *e, const char *text,
    const struct tr_geometry *g, const struct raster_box *around,
    enum tr_status (*put)(void *to, const struct raster_run *run), void *to)
{
    struct raster_type type = raster_type_of(j, e);
    enum tr_status st = TR_OK;

    if (!raster_is_in_box(j, g, around) || strlen(text) > RASTER_MAX_ALONG)
        return TR_OK;
    for (uint32_t part = 0; part < g->n_parts && !st; part++) {
        struct track t;
        const struct writing w = { &t, &type, text, e->bend };

        if (!trace(j, g, part, &t))
            return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
        for (double m = fmin(e->along, t.far[t.n - 1]) / 2;
             m < t.far[t.n - 1] && !st; m += e->along) {
            struct raster_run run = { 0 };

            if (!holds(around, at_distance(&t, m)))
                continue;
            if (!set_run(j, &w, m, &run))
                return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
            if (run.n)
                st = put(to, &run);
        }
    }
    return st;
}

void raster_draw_run(const struct raster_job *j, const struct raster_run *run,
                     const struct raster_type *type)
{
    struct raster_type halo = *type, letters = *type;

    halo.color.a = 0;
    letters.halo_width = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < run->n; i++) {
            const struct raster_letter *l = &run->letters[i];
            struct raster_point at = { l->at.x - j->view.west,
                                       l->at.y - j->view.north };

            raster_draw_turned(j, l->text, pass ? &letters : &halo, at,
                               l->angle);
        }
    }
}
