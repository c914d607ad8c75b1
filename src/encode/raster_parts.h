/*
 * raster_parts.h - one picture in the making, as raster.c hands it to its parts.
 *
 * Everything is measured in points, counted from the zero of the plane, so that
 * a place has the same coordinates in every tile; the corner of the view is
 * taken away last, when something is drawn.
 */
#ifndef ENCODE_RASTER_PARTS_H
#define ENCODE_RASTER_PARTS_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "encode/raster_style.h"
#include "terrier/encode.h"
#include "terrier/hash.h"
#include "terrier/raster.h"

#define RASTER_LETTERS 96 /* ASCII from the space on */

struct tr_raster {
    struct tr_arena arena;
    struct raster_style style;
    PangoFontMap *fonts;
    PangoContext *context;
    PangoLayout *layout;
    /* Widths of the letters at a size of 1. */
    double advance[STYLE_FONTS][RASTER_LETTERS];
};

struct raster_point {
    double x, y;
};

struct raster_box {
    double west, north, east, south; /* points from the plane's zero */
};

struct raster_job {
    struct tr_raster *r;
    const struct tr_snapshot *s;
    const struct tr_raster_options *o;
    struct tr_arena *a;
    cairo_t *cr;
    struct tr_error *err;
    int srid;
    double k;    /* points to a unit of the plane: a Mercator cell, a mm */
    double zoom; /* as the web map counts: 512 points to a tile */
    struct raster_box view;
    bool vectors; /* the target keeps letters as letters */

    /* What is drawn. */
    const struct tr_area_set *main, *fine, *outer; /* NULL: none */
    int32_t focus; /* area of `main`, or TR_NO_AREA */
    struct tr_collection sites, alone;
    bool is_alone;                     /* only `alone` is drawn */
    const struct tr_cql2_bound *bound; /* the filter; NULL: none */
    const struct tr_table *bound_to;
};

/* ---- places ---- */

struct raster_point raster_place(const struct raster_job *j,
                                 struct tr_position p);
static inline bool raster_meets(const struct raster_box *a,
                                const struct raster_box *b)
{
    return a->west <= b->east && a->east >= b->west && a->north <= b->south &&
           a->south >= b->north;
}
struct raster_box raster_grown(const struct raster_box *b, double by);
/* A whole number that scatters: the same rank in every tile. */
uint32_t raster_scatter(uint64_t v);

/* Rows of a collection that pass the filter, when it is this collection's: bit
 * i is row `first` + i. *out is NULL when all pass. */
enum tr_status raster_filter(const struct raster_job *j,
                             const struct tr_collection *c, size_t first,
                             size_t last, const uint64_t **out);
static inline bool raster_passes(const uint64_t *pass, size_t i)
{
    return !pass || (pass[i / 64] >> (i % 64) & 1);
}

/* ---- shapes ---- */

void raster_color(const struct raster_job *j, struct style_color c,
                  double opacity);
/* May some of it be in the box, and is it large enough to be seen? */
bool raster_is_in_box(const struct raster_job *j, const struct tr_geometry *g,
                      const struct raster_box *box);
/* Draw the rows of a collection by an entry (fill, line, circle); `only`: one
 * row, `but`: all except that; SIZE_MAX: no such wish. */
enum tr_status raster_shapes(const struct raster_job *j,
                             const struct style_entry *e,
                             const struct tr_collection *c, size_t only,
                             size_t but);

/* ---- sites ---- */

struct raster_group { /* one sign, or one ring */
    struct raster_point at;
    uint32_t n; /* sites; 1: `site` alone */
    uint32_t counts[TR_CLASSES];
    size_t site;
};

/* The sites whose signs may be seen in a box, grouped as everywhere else: one by
 * one, those at one point together, or, where a block of 512 points would hold
 * too many, as counted cells. */
enum tr_status raster_groups(const struct raster_job *j,
                             const struct raster_box *box,
                             const struct raster_group **out, size_t *n);
/* Half the side of what stands at a group. */
double raster_sign_reach(const struct raster_job *j,
                         const struct raster_group *g);
void raster_signs(const struct raster_job *j, const struct style_entry *e,
                  const struct raster_group *groups, size_t n);
void raster_rings(const struct raster_job *j, const struct style_entry *e,
                  const struct raster_group *groups, size_t n);
void raster_mark(const struct raster_job *j, struct tr_position p);

/* ---- text ---- */

/* How the text of an entry is set at the job's zoom. */
struct raster_type {
    int font;
    double size, spacing; /* points */
    double halo_width;
    struct style_color color, halo;
    double opacity;
};

#define RASTER_LINES 6
struct raster_text {
    int n;
    const char *lines[RASTER_LINES];
    double width, height; /* of all, as measured by `advance` */
};

enum tr_status raster_text_open(struct tr_raster *r, struct tr_error *err);
void raster_text_close(struct tr_raster *r);
struct raster_type raster_type_of(const struct raster_job *j,
                                  const struct style_entry *e);
/* Cut into lines of about `ems` at most. Lines lie in the arena. */
enum tr_status raster_set_text(const struct raster_job *j, const char *text,
                               const struct raster_type *t, double ems,
                               struct raster_text *out);
double raster_text_width(const struct tr_raster *r, const struct raster_type *t,
                         const char *text, size_t len);
/* Draw with the middle at (x, y) of the picture; `side` -1, 0, 1: lines begin
 * at the left, stand in the middle, end at the right. */
void raster_draw_text(const struct raster_job *j, const struct raster_text *x,
                      const struct raster_type *t, struct raster_point middle,
                      int side);
/* One piece of a line turned by `angle` round its middle. */
void raster_draw_turned(const struct raster_job *j, const char *text,
                        const struct raster_type *t, struct raster_point middle,
                        double angle);

/* ---- names ---- */

/* Draw the names of an entry. All names of the picture are placed first, by
 * raster_place_names(). */
struct raster_names;
enum tr_status raster_place_names(const struct raster_job *j,
                                  const struct raster_group *groups, size_t n,
                                  struct raster_names **out);
/* Those of one entry of the style. */
void raster_draw_names(const struct raster_job *j,
                       const struct raster_names *names,
                       const struct style_entry *e);
struct raster_letter { /* a character in its place on a line */
    struct raster_point at;
    double angle;
    char text[8];
};
struct raster_run {
    struct raster_letter *letters;
    size_t n;
    struct raster_box box;
};
#define RASTER_MAX_ALONG 80 /* bytes of a name that runs along a line */

/* Call `put` with each place in a box where a name may run along the lines. */
enum tr_status raster_along(
    const struct raster_job *j, const struct style_entry *e, const char *text,
    const struct tr_geometry *g, const struct raster_box *around,
    enum tr_status (*put)(void *to, const struct raster_run *run), void *to);
void raster_draw_run(const struct raster_job *j, const struct raster_run *run,
                     const struct raster_type *type);
/* How far beyond the view the sites matter for where names stand. */
double raster_names_reach(const struct raster_job *j);

/* The collection that an entry of context, areas or others draws from; false:
 * none. Layers of a kind are counted by *next, 0 at first. */
bool raster_source(const struct raster_job *j, const struct style_entry *e,
                   size_t *next, struct tr_collection *out);
bool raster_in_zoom(const struct raster_job *j, const struct style_entry *e);

/* ---- the foot ---- */

enum tr_status raster_foot(const struct raster_job *j,
                           const struct tr_raster_view *v);

#endif
