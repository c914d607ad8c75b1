/* raster.c - a map as a picture: what is drawn, in which order. See
 * terrier/raster.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/paint.h"
#include "encode/png.h"
#include "encode/raster_parts.h"

#define ARENA_LIMIT ((size_t)16 * 1024 * 1024)
#define MM          1000.0
#define CELLS       4294967296.0    /* of Mercator's plane, from side to side */
#define AROUND_M    40075016.685578 /* the equator */
#define BNG_COS     0.5878          /* of latitude 54: the middle of the grid */
#define LISTED      60u /* areas of a set that the map draws, at most */
#define MAX_SCALE   4.0

/* ---- painters ---- */

static void free_painter(struct tr_raster *r)
{
    raster_text_close(r);
    tr_arena_clear(&r->arena);
    free(r);
}

enum tr_status tr_raster_open(struct tr_raster **out, struct tr_error *err)
{
    struct tr_raster *r = calloc(1, sizeof *r);
    enum tr_status st;

    if (!r)
        return tr_fail(err, TR_ENOMEM, "no memory left for the painter");
    tr_arena_init(&r->arena, ARENA_LIMIT);
    st = raster_style_parse(raster_style_json, raster_style_json_len, &r->arena,
                            &r->style, err);
    if (!st)
        st = raster_text_open(r, err);
    if (st) {
        free_painter(r);
        return st;
    }
    *out = r;
    return TR_OK;
}

void tr_raster_close(struct tr_raster *r)
{
    if (r)
        free_painter(r);
}

/* ---- what there is to draw ---- */

uint32_t raster_scatter(uint64_t v)
{
    return (uint32_t)tr_fast_hash(&v, sizeof v);
}

bool raster_in_zoom(const struct raster_job *j, const struct style_entry *e)
{
    /* A layer that is asked for by itself is shown from every distance; a tile
     * of 256 pixels is a zoom below its address, so that the first is at -1. */
    return (fmax(j->zoom, 0) >= e->minzoom ||
            (j->is_alone && e->type != STYLE_NAME)) &&
           j->zoom < e->maxzoom;
}

static bool suits(const struct style_entry *e, enum tr_geometry_kind g)
{
    static const char *const names[] = { "", "point", "line", "polygon" };

    return !e->geometry || strcmp(e->geometry, names[g]) == 0 ||
           (strcmp(e->geometry, "shape") == 0 && g != TR_POINT) ||
           (strcmp(e->geometry, "other") == 0 && g != TR_POLYGON);
}

/* The sets of the map, as the web map chooses them: the main one is that of the
 * focus or else the coarsest of several areas; then a finer one, and the edge. */
static const struct tr_area_set *coarsest(const struct tr_snapshot *s,
                                          size_t above)
{
    const struct tr_area_set *best = NULL;

    for (size_t i = 0; i < s->n_area_sets; i++) {
        const struct tr_area_set *set = &s->area_sets[i];

        if (set->latest && set->n && set->n <= LISTED && set->n > above &&
            (!best || set->n < best->n))
            best = set;
    }
    return best;
}

static const struct tr_area_set *of_vintage(const struct raster_job *j,
                                            const struct tr_area_set *set)
{
    const struct tr_snapshot *s = j->s;

    for (size_t i = 0; set && j->o->vintage && i < s->n_area_sets; i++) {
        if (strcmp(s->area_sets[i].set, set->set) == 0 && s->area_sets[i].n &&
            strcmp(s->area_sets[i].vintage, j->o->vintage) == 0)
            return &s->area_sets[i];
    }
    return set;
}

static void choose_sets(struct raster_job *j)
{
    const struct tr_snapshot *s = j->s;
    const struct tr_place *p = s->n_places ? s->places[0] : NULL;
    const struct tr_area_set *focus = NULL;

    if (p && p->focus_set)
        focus = tr_snapshot_area_set(s, p->focus_set);
    if (focus && (!focus->latest || !focus->n || focus->n > LISTED))
        focus = NULL;
    j->main = focus ? focus : coarsest(s, 1);
    j->fine = coarsest(s, j->main ? j->main->n : 1);
    for (size_t i = 0; i < s->n_area_sets && !j->outer; i++) {
        const struct tr_area_set *set = &s->area_sets[i];

        if (set->latest && set->n == 1 && set != j->main)
            j->outer = set;
    }
    j->main = of_vintage(j, j->main);
    j->fine = of_vintage(j, j->fine);
    j->focus = TR_NO_AREA;
    if (j->o->set) {
        j->main = j->o->set;
        j->focus = j->o->area;
    } else if (focus && p->focus_name) {
        j->focus = tr_area_named(j->main, p->focus_name);
    }
}

static bool open_set(const struct raster_job *j, const struct tr_area_set *set,
                     struct tr_collection *out)
{
    return set && !tr_collection_open(j->s, set->id, out, NULL);
}

static bool next_context(const struct raster_job *j, const char *draw,
                         size_t *next, struct tr_collection *out)
{
    while (*next < j->s->n_layers) {
        const struct tr_layer *l = &j->s->layers[(*next)++];

        if (l->draw && strcmp(l->draw, draw) == 0 &&
            !tr_collection_open(j->s, l->name, out, NULL))
            return true;
    }
    return false;
}

/* Has the style an entry for what a layer says it is? */
static bool is_known(const struct raster_job *j, const char *draw)
{
    for (size_t i = 0; draw && i < j->r->style.n; i++) {
        const char *mine = j->r->style.entries[i].draw;

        if (mine && strcmp(mine, draw) == 0)
            return true;
    }
    return false;
}

/* The one collection asked for, when the entry is one to draw it by. */
static bool alone_by(const struct raster_job *j, const struct style_entry *e)
{
    const struct tr_collection *c = &j->alone;
    const char *draw = c->layer ? c->layer->draw : NULL;

    switch (c->kind) {
    case TR_OF_FOOTPRINTS: return e->of == STYLE_FOOTPRINT;
    case TR_OF_SITES: return e->of == STYLE_SITE || e->of == STYLE_SITES;
    case TR_OF_AREAS:
        if (e->type == STYLE_NAME)
            return e->of == (c->set == j->main ? STYLE_MAIN : STYLE_FINE);
        return e->of == STYLE_ALONE;
    case TR_OF_LAYER:
        if (is_known(j, draw))
            return e->of == STYLE_CONTEXT && strcmp(e->draw, draw) == 0;
        return e->of == STYLE_OTHER;
    }
    return false;
}

bool raster_source(const struct raster_job *j, const struct style_entry *e,
                   size_t *next, struct tr_collection *out)
{
    bool once = *next == 0;

    if (j->is_alone) {
        *next = 1;
        *out = j->alone;
        return once && alone_by(j, e) && suits(e, out->geometry);
    }
    if (e->of == STYLE_CONTEXT) {
        while (next_context(j, e->draw, next, out)) {
            if (suits(e, out->geometry))
                return true;
        }
        return false;
    }
    *next = 1;
    if (!once || (e->part != STYLE_WHOLE && j->focus == TR_NO_AREA))
        return false;
    switch (e->of) {
    case STYLE_GROUND: return open_set(j, j->outer ? j->outer : j->main, out);
    case STYLE_FINE: return open_set(j, j->fine, out);
    case STYLE_MAIN: return open_set(j, j->main, out);
    case STYLE_ALONE: return !j->main && open_set(j, j->outer, out);
    case STYLE_FOOTPRINT:
        return j->s->footprints &&
               !tr_collection_open(j->s, "footprints", out, NULL);
    case STYLE_SITE:
    case STYLE_SITES: *out = j->sites; return true;
    case STYLE_PAPER:
    case STYLE_CONTEXT:
    case STYLE_OTHER:
    case STYLE_OFS: break;
    }
    return false;
}

/* ---- filters ---- */

static enum tr_status bind_filter(struct raster_job *j)
{
    const struct tr_collection *c = j->is_alone ? &j->alone : &j->sites;
    struct tr_cql2_env env = { .as_of = j->s->as_of };
    const struct tr_cql2 *filter = j->o->filter;
    enum tr_status st;

    if (!filter)
        return TR_OK;
    st = tr_query_names(c, filter, j->a, &filter, j->err);
    if (!st)
        st = tr_cql2_bind(filter, c->table, &env, j->a, &j->bound, j->err);
    if (!st && tr_cql2_type(j->bound) != TR_BOOLEAN)
        st = tr_fail(j->err, TR_EINVAL, "the filter is a %s, not a condition",
                     tr_type_name(tr_cql2_type(j->bound)));
    j->bound_to = c->table;
    return st;
}

enum tr_status raster_filter(const struct raster_job *j,
                             const struct tr_collection *c, size_t first,
                             size_t last, const uint64_t **out)
{
    size_t words = (last - first) / 64 + 1;
    uint64_t *pass, *unknown;

    *out = NULL;
    if (!j->bound || c->table != j->bound_to || first == last)
        return TR_OK;
    pass = tr_arena_array(j->a, words, sizeof *pass);
    unknown = tr_arena_array(j->a, words, sizeof *unknown);
    if (!pass || !unknown)
        return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    *out = pass;
    return tr_cql2_filter(j->bound, first, last, pass, unknown, j->a, j->err);
}

/* ---- the view ---- */

/* What is almost a whole number is one: tiles meet on whole points. */
static double tidy(double v)
{
    double whole = round(v);

    return fabs(v - whole) < 1e-5 ? whole : v;
}

static void set_view(struct raster_job *j, const struct tr_raster_view *v)
{
    double wide = v->east - v->west, half = TR_MERCATOR_HALF_M;
    double west, north;

    j->srid = v->srid;
    if (v->srid == 3857) {
        j->zoom = tidy(log2(v->width * (2 * half / wide) / 512));
        j->k = 512 * exp2(j->zoom) / CELLS;
        west = (v->west + half) / (2 * half) * CELLS;
        north = (half - v->north) / (2 * half) * CELLS;
    } else {
        double metres = wide / v->width;

        j->zoom = log2(AROUND_M * BNG_COS / (512 * metres));
        j->k = v->width / (wide * MM);
        west = v->west * MM;
        north = -v->north * MM;
    }
    j->view.west = tidy(west * j->k);
    j->view.north = tidy(north * j->k);
    j->view.east = j->view.west + v->width;
    j->view.south = j->view.north + v->height;
}

static enum tr_status open_job(struct raster_job *j,
                               const struct tr_raster_view *v)
{
    enum tr_status st;

    set_view(j, v);
    choose_sets(j);
    st = tr_collection_open(j->s, "sites", &j->sites, j->err);
    if (!st && j->o->collection) {
        st = tr_collection_open(j->s, j->o->collection, &j->alone, j->err);
        j->is_alone = true;
    }
    if (!st && j->o->site && tr_snapshot_site(j->s, j->o->site) == SIZE_MAX)
        st = tr_fail(j->err, TR_ENOTFOUND, "there is no site '%s'", j->o->site);
    return st ? st : bind_filter(j);
}

/* ---- painting ---- */

struct painting {
    const struct raster_group *groups;
    size_t n_groups;
    struct raster_names *names;
};

static enum tr_status prepare(const struct raster_job *j, struct painting *p)
{
    struct raster_box box =
        raster_grown(&j->view, raster_names_reach(j) + 2 * 24);
    bool wants = !j->is_alone || j->alone.kind == TR_OF_SITES;
    enum tr_status st = TR_OK;

    if (wants)
        st = raster_groups(j, &box, &p->groups, &p->n_groups);
    if (!st)
        st = raster_place_names(j, p->groups, p->n_groups, &p->names);
    return st;
}

static enum tr_status draw_part(const struct raster_job *j,
                                const struct style_entry *e,
                                const struct tr_collection *c)
{
    size_t focus = j->focus == TR_NO_AREA ? SIZE_MAX : (size_t)j->focus;

    return raster_shapes(j, e, c, e->part == STYLE_FOCUS ? focus : SIZE_MAX,
                         e->part == STYLE_REST ? focus : SIZE_MAX);
}

static enum tr_status draw_shapes(const struct raster_job *j,
                                  const struct style_entry *e)
{
    struct tr_collection c;
    size_t next = 0;
    enum tr_status st = TR_OK;

    while (!st && raster_source(j, e, &next, &c))
        st = draw_part(j, e, &c);
    return st;
}

/* Entries of one kind of context are drawn layer by layer, not one by one. */
static enum tr_status draw_context(const struct raster_job *j,
                                   const struct style_entry *e, size_t n)
{
    struct style_entry any = *e;
    struct tr_collection c;
    size_t next = 0;
    enum tr_status st = TR_OK;

    any.geometry = NULL;
    while (!st && raster_source(j, &any, &next, &c)) {
        for (size_t i = 0; i < n && !st; i++) {
            if (raster_in_zoom(j, &e[i]) && suits(&e[i], c.geometry))
                st = draw_part(j, &e[i], &c);
        }
    }
    return st;
}

static size_t run_of_context(const struct raster_style *s, size_t i)
{
    size_t n = 1;

    while (i + n < s->n && s->entries[i + n].of == STYLE_CONTEXT &&
           s->entries[i + n].type != STYLE_NAME &&
           strcmp(s->entries[i + n].draw, s->entries[i].draw) == 0)
        n++;
    return n;
}

static bool draws(const struct raster_job *j, const struct style_entry *e)
{
    struct tr_collection c;
    size_t next = 0;

    return raster_in_zoom(j, e) && raster_source(j, e, &next, &c);
}

static enum tr_status draw_entry(const struct raster_job *j,
                                 const struct painting *p,
                                 const struct style_entry *e)
{
    switch (e->type) {
    case STYLE_BACKGROUND:
        if (!j->is_alone) {
            raster_color(j, e->color, 1);
            cairo_paint(j->cr);
        }
        return TR_OK;
    case STYLE_NAME: raster_draw_names(j, p->names, e); return TR_OK;
    case STYLE_SIGN:
        if (draws(j, e))
            raster_signs(j, e, p->groups, p->n_groups);
        return TR_OK;
    case STYLE_RING:
        if (draws(j, e))
            raster_rings(j, e, p->groups, p->n_groups);
        return TR_OK;
    case STYLE_FILL:
    case STYLE_LINE:
    case STYLE_CIRCLE:
    case STYLE_TYPES: break;
    }
    return raster_in_zoom(j, e) ? draw_shapes(j, e) : TR_OK;
}

static enum tr_status paint(const struct raster_job *j)
{
    const struct raster_style *s = &j->r->style;
    struct painting p = { 0 };
    enum tr_status st = prepare(j, &p);

    for (size_t i = 0; i < s->n && !st;) {
        const struct style_entry *e = &s->entries[i];
        size_t n = 1;

        if (e->of == STYLE_CONTEXT && e->type != STYLE_NAME) {
            n = run_of_context(s, i);
            st = draw_context(j, e, n);
        } else {
            st = draw_entry(j, &p, e);
        }
        i += n;
    }
    if (!st && j->o->site) {
        size_t site = tr_snapshot_site(j->s, j->o->site);

        if (site < j->s->n_located)
            raster_mark(j, j->s->positions[site]);
    }
    return st;
}

/* `pad` points beyond the view are drawn, too: along the rim of a surface cairo
 * is not exact. */
static enum tr_status paint_view(struct raster_job *j,
                                 const struct tr_raster_view *v, double pad)
{
    enum tr_status st = open_job(j, v);

    if (st)
        return st;
    cairo_save(j->cr);
    cairo_new_path(j->cr);
    cairo_rectangle(j->cr, -pad, -pad, v->width + 2 * pad, v->height + 2 * pad);
    cairo_clip(j->cr);
    st = paint(j);
    if (!st && (j->o->attribution || j->o->scale_bar))
        st = raster_foot(j, v);
    cairo_restore(j->cr);
    if (!st && cairo_status(j->cr))
        st = tr_fail(j->err, TR_EBACKEND, "cairo cannot draw the map: %s",
                     cairo_status_to_string(cairo_status(j->cr)));
    return st;
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status paint_map(struct tr_raster *r, const struct tr_snapshot *s,
                         const struct tr_raster_view *v,
                         const struct tr_raster_options *o,
                         struct tr_arena *scratch, cairo_t *cr,
                         struct tr_error *err)
{
    cairo_surface_type_t type = cairo_surface_get_type(cairo_get_target(cr));
    struct raster_job j = { .r = r,
                            .s = s,
                            .o = o,
                            .a = scratch,
                            .cr = cr,
                            .err = err,
                            .vectors = type != CAIRO_SURFACE_TYPE_IMAGE };

    return paint_view(&j, v, 0);
}

#define PAD 4 /* pixels round a picture while it is drawn */

static enum tr_status draw_pixels(struct raster_job *j,
                                  const struct tr_raster_view *v, double scale,
                                  cairo_surface_t *surface)
{
    enum tr_status st;

    j->cr = cairo_create(surface);
    cairo_translate(j->cr, PAD, PAD);
    cairo_scale(j->cr, scale, scale);
    st = paint_view(j, v, PAD / scale);
    cairo_destroy(j->cr);
    cairo_surface_flush(surface);
    return st;
}

static enum tr_status put_png(cairo_surface_t *surface, uint32_t width,
                              uint32_t height, struct tr_arena *a,
                              struct tr_buf *out, struct tr_error *err)
{
    const void *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface) / 4;
    const uint32_t *pixels = data;

    if (!data)
        return tr_fail(err, TR_ENOMEM, "no memory left for the picture");
    return png_write(pixels + PAD * stride + PAD, width, height, stride, a, out,
                     err);
}

/* NOLINTNEXTLINE(readability-function-size): the header says so */
enum tr_status tr_raster_png(struct tr_raster *r, const struct tr_snapshot *s,
                             const struct tr_raster_view *v,
                             const struct tr_raster_options *o,
                             struct tr_arena *scratch, struct tr_buf *out,
                             struct tr_error *err)
{
    double scale = o->scale > 0 ? o->scale : 1;
    double width = round(v->width * scale), height = round(v->height * scale);
    struct raster_job j = { .r = r, .s = s, .o = o, .a = scratch, .err = err };
    cairo_surface_t *surface;
    enum tr_status st;

    if (scale > MAX_SCALE || !(width <= TR_RASTER_MAX_PIXELS) ||
        !(height <= TR_RASTER_MAX_PIXELS))
        return tr_fail(err, TR_ELIMIT,
                       "the picture would be larger than %.0f by %.0f pixels",
                       TR_RASTER_MAX_PIXELS, TR_RASTER_MAX_PIXELS);
    surface = cairo_image_surface_create(
        CAIRO_FORMAT_ARGB32, (int)width + 2 * PAD, (int)height + 2 * PAD);
    st = draw_pixels(&j, v, scale, surface);
    if (!st)
        st = put_png(surface, (uint32_t)width, (uint32_t)height, scratch, out,
                     err);
    cairo_surface_destroy(surface);
    return st;
}
