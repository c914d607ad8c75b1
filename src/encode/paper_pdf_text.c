/* paper_pdf_text.c - texts set by pango, page after page. See paper_pdf.h. */
#include "encode/paper_pdf.h"

#include <stdio.h>
#include <string.h>

#define FAMILY     "DejaVu Sans"
#define MOST_PAGES 3000

PangoLayout *pdf_set(struct pdf *d, const struct pdf_font *f, const char *text,
                     double width, bool right)
{
    PangoLayout *l = pango_layout_new(d->context);
    PangoFontDescription *font = pango_font_description_new();
    PangoAttrList *plain = pango_attr_list_new();

    /* Ligatures would be found by no search. */
    pango_attr_list_insert(plain,
                           pango_attr_font_features_new("liga=0, clig=0"));
    pango_layout_set_attributes(l, plain);
    pango_attr_list_unref(plain);
    pango_font_description_set_family_static(font, FAMILY);
    pango_font_description_set_absolute_size(font, f->size * PANGO_SCALE);
    pango_font_description_set_weight(font, f->bold ? PANGO_WEIGHT_BOLD
                                                    : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(l, font);
    pango_font_description_free(font);
    pango_layout_set_width(l, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_spacing(l, (int)(f->size * 0.12 * PANGO_SCALE));
    if (right)
        pango_layout_set_alignment(l, PANGO_ALIGN_RIGHT);
    pango_layout_set_text(l, text, -1);
    return l;
}

double pdf_height(PangoLayout *l)
{
    int height;

    pango_layout_get_size(l, NULL, &height);
    return (double)height / PANGO_SCALE;
}

void pdf_colour(struct pdf *d, unsigned rgb)
{
    cairo_set_source_rgb(d->cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0,
                         (rgb & 255) / 255.0);
}

double pdf_draw(struct pdf *d, PangoLayout *l, const struct pdf_font *f,
                double x, double y, double bottom, int *line)
{
    PangoLayoutIter *iter = pango_layout_get_iter(l);
    double first = -1, drawn = 0;
    int at = 0, from = *line;

    pdf_colour(d, f->colour);
    *line = -1;
    do {
        PangoRectangle box;
        double top, end;

        if (at++ < from)
            continue;
        pango_layout_iter_get_line_extents(iter, NULL, &box);
        top = (double)box.y / PANGO_SCALE;
        end = (double)(box.y + box.height) / PANGO_SCALE;
        if (first < 0)
            first = top;
        if (y + end - first > bottom) {
            *line = at - 1;
            break;
        }
        cairo_move_to(d->cr, x + (double)box.x / PANGO_SCALE,
                      y - first +
                          (double)pango_layout_iter_get_baseline(iter) /
                              PANGO_SCALE);
        pango_cairo_show_layout_line(d->cr,
                                     pango_layout_iter_get_line_readonly(iter));
        drawn = end - first;
    } while (pango_layout_iter_next_line(iter));
    pango_layout_iter_free(iter);
    return drawn;
}

void pdf_begin(struct pdf *d, const char *tag)
{
    cairo_tag_begin(d->cr, tag, NULL);
}

void pdf_end(struct pdf *d, const char *tag)
{
    cairo_tag_end(d->cr, tag);
}

void pdf_line(struct pdf *d, double x1, double x2, double y, double width,
              unsigned colour)
{
    pdf_colour(d, colour);
    cairo_set_line_width(d->cr, width);
    cairo_move_to(d->cr, x1, y);
    cairo_line_to(d->cr, x2, y);
    cairo_stroke(d->cr);
}

/* ---- pages ---- */

static void put_margin(struct pdf *d, const char *text, double x, double y,
                       double width, bool right)
{
    static const struct pdf_font font = { 7, false, 0x4b5559 };
    PangoLayout *l = pdf_set(d, &font, text, width, right);
    int line = 0;

    pango_layout_set_height(l, -1); /* one line, with an ellipsis */
    pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
    pdf_draw(d, l, &font, x, y, PDF_HEIGHT, &line);
    g_object_unref(l);
}

/* What stands at the edge of every page belongs to no part of the structure. */
static void put_margins(struct pdf *d)
{
    char text[64];

    put_margin(d, d->paper->audience, PDF_LEFT, 28, PDF_INNER * 0.6, false);
    put_margin(d, d->paper->title, PDF_LEFT + PDF_INNER * 0.62, 28,
               PDF_INNER * 0.38, true);
    put_margin(d, d->paper->footer, PDF_LEFT, PDF_HEIGHT - 36, PDF_INNER * 0.84,
               false);
    snprintf(text, sizeof text, "page %d of %d", d->page, d->pages);
    put_margin(d, text, PDF_LEFT + PDF_INNER * 0.85, PDF_HEIGHT - 36,
               PDF_INNER * 0.15, true);
}

void pdf_new_page(struct pdf *d)
{
    bool in_table = d->open_table;

    if (d->st)
        return;
    if (in_table)
        pdf_end(d, "Table");
    d->open_table = false;
    if (d->page) {
        put_margins(d);
        cairo_show_page(d->cr);
    }
    if (++d->page > MOST_PAGES) {
        d->st = tr_fail(d->err, TR_ELIMIT, "a paper has at most %d pages",
                        MOST_PAGES);
        d->page--;
    }
    d->y = PDF_TOP;
    if (in_table) {
        pdf_begin(d, "Table");
        d->open_table = true;
        if (d->table)
            pdf_table_head(d);
    }
}

void pdf_need(struct pdf *d, double height)
{
    if (d->y + height > PDF_BOTTOM && d->y > PDF_TOP)
        pdf_new_page(d);
}

void pdf_paragraph(struct pdf *d, const struct pdf_font *f, const char *tag,
                   const char *text, double indent)
{
    PangoLayout *l = pdf_set(d, f, text, PDF_INNER - indent, false);
    double height = pdf_height(l);
    int line = 0;

    if (height < 60) /* short ones stay together */
        pdf_need(d, height);
    while (line >= 0 && !d->st) {
        pdf_begin(d, tag);
        d->y += pdf_draw(d, l, f, PDF_LEFT + indent, d->y, PDF_BOTTOM, &line);
        pdf_end(d, tag);
        if (line >= 0)
            pdf_new_page(d);
    }
    g_object_unref(l);
}
