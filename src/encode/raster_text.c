/* raster_text.c - letters of a picture, by pango. See raster_parts.h.
 *
 * Where a name may stand is decided on widths that are measured once per font,
 * letter by letter and without hinting: they are the same in every tile and at
 * every scale, and cost no layout. Pango lays out only what is drawn. */
#include <math.h>
#include <string.h>

#include "encode/raster_parts.h"
#include "terrier/text.h"

#define LINE_HEIGHT 1.2  /* of the size */
#define MIDDLE      0.35 /* of the size: from the base line to the middle */
#define OTHER_WIDTH 0.62 /* of a letter that is not ASCII */
#define MEASURED_AT 100.0
#define EASE        1.1 /* these letters are a little wider than the web map's */

static void set_font(struct tr_raster *r, int font, double size, double spacing)
{
    const struct style_font *f = &r->style.fonts[font];
    PangoFontDescription *d = pango_font_description_new();
    PangoAttrList *list = pango_attr_list_new();

    pango_font_description_set_family_static(d, f->family);
    pango_font_description_set_weight(d, f->bold ? PANGO_WEIGHT_BOLD
                                                 : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(d, size * PANGO_SCALE);
    pango_layout_set_font_description(r->layout, d);
    pango_font_description_free(d);
    if (spacing > 0)
        pango_attr_list_insert(list, pango_attr_letter_spacing_new((int)lround(
                                         spacing / f->narrow * PANGO_SCALE)));
    pango_layout_set_attributes(r->layout, list);
    pango_attr_list_unref(list);
}

/* In units of pango, of the text that is set. */
static double laid_width(struct tr_raster *r)
{
    PangoRectangle box;

    pango_layout_get_extents(r->layout, NULL, &box);
    return box.width / (double)PANGO_SCALE;
}

static void measure_letters(struct tr_raster *r, int font)
{
    for (int i = 0; i < RASTER_LETTERS - 1; i++) {
        char letter[2] = { (char)(' ' + i), '\0' };

        pango_layout_set_text(r->layout, letter, 1);
        r->advance[font][i] =
            laid_width(r) / MEASURED_AT * r->style.fonts[font].narrow;
    }
}

enum tr_status raster_text_open(struct tr_raster *r, struct tr_error *err)
{
    cairo_font_options_t *o = cairo_font_options_create();

    r->fonts = pango_cairo_font_map_new();
    if (r->fonts) {
        pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(r->fonts), 72);
        r->context = pango_font_map_create_context(r->fonts);
        cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
        cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
        pango_cairo_context_set_font_options(r->context, o);
        r->layout = pango_layout_new(r->context);
    }
    cairo_font_options_destroy(o);
    if (!r->layout)
        return tr_fail(err, TR_EBACKEND, "pango cannot be started");
    for (int i = 0; i < r->style.n_fonts; i++) {
        set_font(r, i, MEASURED_AT, 0);
        measure_letters(r, i);
        if (!(r->advance[i]['m' - ' '] > 0))
            return tr_fail(err, TR_EBACKEND,
                           "there is no font to write with: install "
                           "fonts-dejavu-core");
    }
    return TR_OK;
}

void raster_text_close(struct tr_raster *r)
{
    if (r->layout)
        g_object_unref(r->layout);
    if (r->context)
        g_object_unref(r->context);
    if (r->fonts)
        g_object_unref(r->fonts);
}

struct raster_type raster_type_of(const struct raster_job *j,
                                  const struct style_entry *e)
{
    double size = style_at(&e->size, j->zoom);

    return (struct raster_type){
        .font = e->font,
        .size = size,
        .spacing = e->spacing * size,
        .halo_width = e->halo_width,
        .color = e->color,
        .halo = e->halo,
        .opacity = style_at(&e->opacity, j->zoom),
    };
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

double raster_text_width(const struct tr_raster *r, const struct raster_type *t,
                         const char *text, size_t len)
{
    double width = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (continues(text[i]))
            continue;
        width += t->spacing + t->size * (c >= ' ' && c < 0x7F
                                             ? r->advance[t->font][c - ' ']
                                             : OTHER_WIDTH);
    }
    return width;
}

/* Words are put on a line while they fit on it; as even as possible when there
 * are several, so that no word stands alone. */
enum tr_status raster_set_text(const struct raster_job *j, const char *text,
                               const struct raster_type *t, double ems,
                               struct raster_text *out)
{
    size_t len = strlen(text), at = 0;
    double whole = raster_text_width(j->r, t, text, len);
    double most = ems * t->size * EASE;
    double aim = whole / fmax(1, ceil(whole / most));

    *out = (struct raster_text){ 0 };
    while (at < len && out->n < RASTER_LINES) {
        size_t end = at, next = at;
        double width = 0;

        for (;;) {
            size_t word = next + strcspn(text + next, " ");
            double w = raster_text_width(j->r, t, text + at, word - at);

            if (end > at && out->n + 1 < RASTER_LINES &&
                (w > most || width >= aim * 0.9))
                break;
            end = word;
            width = w;
            if (!text[word])
                break;
            next = word + 1;
        }
        out->lines[out->n] = tr_arena_text(j->a, text + at, end - at);
        if (!out->lines[out->n++])
            return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
        out->width = fmax(out->width, width - t->spacing);
        at = end + (text[end] == ' ');
    }
    out->height = out->n * LINE_HEIGHT * t->size;
    return TR_OK;
}

/* The current layout, its base line's start at the origin of `cr`. */
static void draw_layout(const struct raster_job *j, const struct raster_type *t)
{
    PangoLayoutLine *line = pango_layout_get_line_readonly(j->r->layout, 0);

    if (t->halo_width > 0) {
        cairo_move_to(j->cr, 0, 0);
        pango_cairo_layout_line_path(j->cr, line);
        raster_color(j, t->halo, t->opacity);
        cairo_set_line_width(j->cr, 2 * t->halo_width);
        cairo_set_line_join(j->cr, CAIRO_LINE_JOIN_ROUND);
        cairo_stroke(j->cr);
    }
    raster_color(j, t->color, t->opacity);
    cairo_move_to(j->cr, 0, 0);
    if (j->vectors) {
        pango_cairo_show_layout_line(j->cr, line);
    } else { /* glyphs would be moved to whole pixels */
        pango_cairo_layout_line_path(j->cr, line);
        cairo_fill(j->cr);
    }
    cairo_new_path(j->cr);
}

/* One line: at (x, y) of the picture its left end, its middle or its right end,
 * for a `side` of -1, 0 or 1. As wide as pango makes it, not as measured. */
static void draw_line(const struct raster_job *j, const char *text,
                      const struct raster_type *t, struct raster_point at,
                      double angle, int side)
{
    const struct style_font *f = &j->r->style.fonts[t->font];
    cairo_matrix_t m;
    double width;

    set_font(j->r, t->font, t->size, t->spacing);
    pango_layout_set_text(j->r->layout, text, -1);
    width = laid_width(j->r) * f->narrow - t->spacing;
    cairo_save(j->cr);
    cairo_translate(j->cr, at.x, at.y);
    cairo_rotate(j->cr, angle);
    cairo_translate(j->cr, -width * (1 + side) / 2, MIDDLE * t->size);
    cairo_matrix_init(&m, f->narrow, 0, -f->slant, 1, 0, 0);
    cairo_transform(j->cr, &m);
    draw_layout(j, t);
    cairo_restore(j->cr);
}

void raster_draw_text(const struct raster_job *j, const struct raster_text *x,
                      const struct raster_type *t, struct raster_point middle,
                      int side)
{
    for (int i = 0; i < x->n; i++) {
        struct raster_point at = {
            middle.x + side * x->width / 2,
            middle.y + (i - (x->n - 1) / 2.0) * LINE_HEIGHT * t->size,
        };

        draw_line(j, x->lines[i], t, at, 0, side);
    }
}

void raster_draw_turned(const struct raster_job *j, const char *text,
                        const struct raster_type *t, struct raster_point middle,
                        double angle)
{
    draw_line(j, text, t, middle, angle, 0);
}
