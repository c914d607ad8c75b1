/* raster_shape.c - points, lines and areas of a picture. See raster_parts.h. */
#include <math.h>

#include "encode/raster_parts.h"

#define EDGE  48.0 /* points beyond the view to which shapes are drawn */
#define SMALL 0.35 /* points */
#define APART 4.0  /* parts of a point: vertices in one of them are one */

struct trace { /* a part of a geometry, in points from the plane's zero */
    struct raster_point *p;
    size_t n;
    bool closed;
    bool inside; /* all of it is in the box */
};

void raster_color(const struct raster_job *j, struct style_color c,
                  double opacity)
{
    cairo_set_source_rgba(j->cr, c.r, c.g, c.b, c.a * opacity);
}

struct raster_point raster_place(const struct raster_job *j,
                                 struct tr_position p)
{
    if (j->srid == 3857) {
        struct tr_cell c = tr_mercator_cell(p.lon_e7, p.lat_e7);

        return (struct raster_point){ c.x * j->k, c.y * j->k };
    }
    return (struct raster_point){ p.e_mm * j->k, -(p.n_mm * j->k) };
}

struct raster_box raster_grown(const struct raster_box *b, double by)
{
    return (struct raster_box){ b->west - by, b->north - by, b->east + by,
                                b->south + by };
}

static void widen(int32_t v, int32_t *low, int32_t *high)
{
    *low = v < *low ? v : *low;
    *high = v > *high ? v : *high;
}

/* From the two corners alone: most geometries are elsewhere. In the plane of
 * the grid and on Mercator's, x grows with one number and y with the other. */
bool raster_is_in_box(const struct raster_job *j, const struct tr_geometry *g,
                      const struct raster_box *box)
{
    struct tr_position low = g->points[0], high = low;
    struct raster_point a, b;
    struct raster_box mine;

    for (uint32_t i = 1; i < g->n_points; i++) {
        const struct tr_position *p = &g->points[i];

        widen(p->lon_e7, &low.lon_e7, &high.lon_e7);
        widen(p->lat_e7, &low.lat_e7, &high.lat_e7);
        widen(p->e_mm, &low.e_mm, &high.e_mm);
        widen(p->n_mm, &low.n_mm, &high.n_mm);
    }
    a = raster_place(j, low);
    b = raster_place(j, high);
    mine = (struct raster_box){ a.x, b.y, b.x, a.y };
    /* What is too small to be seen would only cost time. */
    return raster_meets(&mine, box) &&
           (mine.east - mine.west > SMALL || mine.south - mine.north > SMALL);
}

/* Vertices closer than a quarter of a point to the last are left out, by a grid
 * that all tiles share. */
static bool trace_part(const struct raster_job *j, const struct tr_geometry *g,
                       uint32_t part, const struct raster_box *box,
                       struct trace *out)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];
    struct raster_point *p = tr_arena_array(j->a, end - first, sizeof *p);
    double last_x = NAN, last_y = NAN;
    size_t n = 0;

    if (!p)
        return false;
    out->inside = true;
    for (uint32_t i = first; i < end; i++) {
        struct raster_point at = raster_place(j, g->points[i]);
        double x = floor(at.x * APART), y = floor(at.y * APART);

        if (x == last_x && y == last_y && i + 1 < end)
            continue;
        last_x = x;
        last_y = y;
        p[n++] = at;
        out->inside = out->inside && at.x > box->west && at.x < box->east &&
                      at.y > box->north && at.y < box->south;
    }
    out->p = p;
    out->n = n;
    out->closed = g->kind == TR_POLYGON;
    return true;
}

static void move_or_line(const struct raster_job *j, struct raster_point p,
                         bool move)
{
    double x = p.x - j->view.west, y = p.y - j->view.north;

    if (move)
        cairo_move_to(j->cr, x, y);
    else
        cairo_line_to(j->cr, x, y);
}

/* ---- clipping ---- */

/* How far inside one side of the box a point is. */
static double depth(struct raster_point p, const struct raster_box *b, int side)
{
    switch (side) {
    case 0: return p.x - b->west;
    case 1: return b->east - p.x;
    case 2: return p.y - b->north;
    default: return b->south - p.y;
    }
}

static struct raster_point between(struct raster_point a, struct raster_point b,
                                   double t)
{
    return (struct raster_point){ a.x + (b.x - a.x) * t,
                                  a.y + (b.y - a.y) * t };
}

/* One side after the other (Sutherland and Hodgman); a closed ring whose first
 * point is repeated at the end comes back without that. */
static bool clip_ring(const struct raster_job *j, struct trace *t,
                      const struct raster_box *box)
{
    struct raster_point *from = t->p;
    size_t n = t->n;

    for (int side = 0; side < 4 && n; side++) {
        struct raster_point *to = tr_arena_array(j->a, 2 * n, sizeof *to);
        size_t kept = 0;

        if (!to)
            return false;
        for (size_t i = 0; i < n; i++) {
            struct raster_point a = from[i], b = from[(i + 1) % n];
            double da = depth(a, box, side), db = depth(b, box, side);

            if (da >= 0)
                to[kept++] = a;
            if ((da >= 0) != (db >= 0))
                to[kept++] = between(a, b, da / (da - db));
        }
        from = to;
        n = kept;
    }
    t->p = from;
    t->n = n;
    return true;
}

/* The part of a segment inside the box, as shares of its length. */
static bool clip_segment(struct raster_point a, struct raster_point b,
                         const struct raster_box *box, double *from, double *to)
{
    *from = 0;
    *to = 1;
    for (int side = 0; side < 4; side++) {
        double da = depth(a, box, side), db = depth(b, box, side);

        if (da < 0 && db < 0)
            return false;
        if (da < 0)
            *from = fmax(*from, da / (da - db));
        else if (db < 0)
            *to = fmin(*to, da / (da - db));
    }
    return *from < *to;
}

/* ---- lines ---- */

struct pen {
    double width;
    double dash[2];
    int n_dash;
};

static void stroke_piece(const struct raster_job *j, const struct pen *pen,
                         double along)
{
    if (pen->n_dash)
        cairo_set_dash(j->cr, pen->dash, pen->n_dash, along);
    cairo_stroke(j->cr);
}

/* A ring is begun out of sight, so that its lines join wherever they are seen. */
static size_t first_outside(const struct trace *t, const struct raster_box *b)
{
    for (size_t i = 0; i + 1 < t->n; i++) {
        struct raster_point p = t->p[i];

        if (p.x < b->west || p.x > b->east || p.y < b->north || p.y > b->south)
            return i;
    }
    return 0;
}

/* Dashes are counted from where the line begins, not from where it comes into
 * the picture. Without dashes all pieces are stroked together at the end. */
static void add_line(const struct raster_job *j, const struct trace *t,
                     const struct raster_box *box, const struct pen *pen)
{
    double along = 0, begun = 0;
    bool open = false;
    size_t outside = t->closed ? first_outside(t, box) : 0;

    if (t->inside && t->closed) {
        for (size_t i = 0; i + 1 < t->n; i++)
            move_or_line(j, t->p[i], i == 0);
        cairo_close_path(j->cr);
        if (pen->n_dash)
            stroke_piece(j, pen, 0);
        return;
    }
    for (size_t i = 0; i + 1 < t->n; i++) {
        size_t at = pen->n_dash ? i : (outside + i) % (t->n - 1);
        struct raster_point a = t->p[at], b = t->p[at + 1];
        double len = hypot(b.x - a.x, b.y - a.y), from, to;

        if (clip_segment(a, b, box, &from, &to)) {
            if (!open || from > 0) {
                begun = along + from * len;
                move_or_line(j, between(a, b, from), true);
            }
            move_or_line(j, between(a, b, to), false);
            open = to >= 1;
            if (!open && pen->n_dash)
                stroke_piece(j, pen, begun);
        }
        along += len;
    }
    if (pen->n_dash)
        stroke_piece(j, pen, begun);
}

static struct pen pen_of(const struct raster_job *j,
                         const struct style_entry *e)
{
    struct pen pen = { .width = style_at(&e->width, j->zoom),
                       .n_dash = e->n_dash };

    for (int i = 0; i < e->n_dash; i++)
        pen.dash[i] = e->dash[i] * pen.width;
    return pen;
}

static void add_area(const struct raster_job *j, const struct trace *t)
{
    for (size_t i = 0; i < t->n; i++)
        move_or_line(j, t->p[i], i == 0);
    if (t->n)
        cairo_close_path(j->cr);
}

/* The rings of a polygon as a path, clipped. */
static bool add_areas(const struct raster_job *j, const struct tr_geometry *g,
                      const struct raster_box *box)
{
    for (uint32_t part = 0; part < g->n_parts; part++) {
        struct trace t;

        if (!trace_part(j, g, part, box, &t) ||
            (!t.inside && !clip_ring(j, &t, box)))
            return false;
        add_area(j, &t);
    }
    return true;
}

static bool add_lines(const struct raster_job *j, const struct tr_geometry *g,
                      const struct raster_box *box, const struct pen *pen)
{
    for (uint32_t part = 0; part < g->n_parts; part++) {
        struct trace t;

        if (!trace_part(j, g, part, box, &t))
            return false;
        add_line(j, &t, box, pen);
    }
    return true;
}

/* A band inside of the edge: twice as wide, and only the inner half seen. */
static bool draw_inside(const struct raster_job *j, const struct tr_geometry *g,
                        const struct raster_box *box, struct pen pen)
{
    bool ok;

    cairo_save(j->cr);
    ok = add_areas(j, g, box);
    cairo_clip(j->cr);
    pen.width *= 2;
    ok = ok && add_lines(j, g, box, &pen);
    cairo_set_line_width(j->cr, pen.width);
    cairo_stroke(j->cr);
    cairo_restore(j->cr);
    return ok;
}

static void draw_circle(const struct raster_job *j, const struct style_entry *e,
                        struct raster_point p)
{
    double r = style_at(&e->radius, j->zoom);
    double edge = style_at(&e->edge_width, j->zoom);
    double x = p.x - j->view.west, y = p.y - j->view.north;

    if (edge > 0) {
        raster_color(j, e->edge, 1);
        cairo_arc(j->cr, x, y, r + edge, 0, 2 * G_PI);
        cairo_fill(j->cr);
    }
    raster_color(j, e->color, style_at(&e->opacity, j->zoom));
    cairo_arc(j->cr, x, y, r, 0, 2 * G_PI);
    cairo_fill(j->cr);
}

static bool draw_geometry(const struct raster_job *j,
                          const struct style_entry *e,
                          const struct tr_geometry *g,
                          const struct raster_box *box, const struct pen *pen)
{
    bool ok;

    if (e->type == STYLE_FILL) {
        ok = g->kind != TR_POLYGON || add_areas(j, g, box);
        if (!e->crisp) /* else all at once: neighbours without a seam */
            cairo_fill(j->cr);
        return ok;
    }
    if (e->inside)
        return g->kind != TR_POLYGON || draw_inside(j, g, box, *pen);
    ok = add_lines(j, g, box, pen);
    /* What is see-through must not be laid over itself within one feature. */
    if (!pen->n_dash && style_at(&e->opacity, j->zoom) < 1)
        cairo_stroke(j->cr);
    return ok;
}

static bool draw_row(const struct raster_job *j, const struct style_entry *e,
                     const struct tr_collection *c, size_t row,
                     const struct pen *pen)
{
    struct raster_box box = raster_grown(&j->view, EDGE);
    const struct tr_geometry *g = tr_collection_geometry(c, row);
    struct tr_position p;

    if (e->type == STYLE_CIRCLE) {
        struct raster_point at;

        if (!tr_collection_position(c, row, &p))
            return true;
        at = raster_place(j, p);
        if (at.x > box.west && at.x < box.east && at.y > box.north &&
            at.y < box.south)
            draw_circle(j, e, at);
        return true;
    }
    if (!g || g->kind == TR_POINT || !g->n_points ||
        !raster_is_in_box(j, g, &box))
        return true;
    return draw_geometry(j, e, g, &box, pen);
}

enum tr_status raster_shapes(const struct raster_job *j,
                             const struct style_entry *e,
                             const struct tr_collection *c, size_t only,
                             size_t but)
{
    struct pen pen = pen_of(j, e);
    const uint64_t *pass;
    enum tr_status st = raster_filter(j, c, 0, c->n, &pass);
    bool ok = true;

    if (st)
        return st;
    cairo_save(j->cr);
    raster_color(j, e->color, style_at(&e->opacity, j->zoom));
    cairo_set_line_width(j->cr, pen.width);
    cairo_set_line_join(j->cr, e->round_join ? CAIRO_LINE_JOIN_ROUND
                                             : CAIRO_LINE_JOIN_MITER);
    cairo_set_line_cap(j->cr, e->round_cap ? CAIRO_LINE_CAP_ROUND
                                           : CAIRO_LINE_CAP_BUTT);
    for (size_t row = 0; row < c->n && ok; row++) {
        if (raster_passes(pass, row) && row != but &&
            (only == SIZE_MAX || row == only))
            ok = draw_row(j, e, c, row, &pen);
    }
    if (e->type == STYLE_FILL)
        cairo_fill(j->cr);
    else
        cairo_stroke(j->cr); /* lines that waited for one another */
    cairo_restore(j->cr);
    return ok ? TR_OK
              : tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
}
