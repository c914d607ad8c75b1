/* paper_pdf.c - a paper as PDF on A4. See terrier/paper.h. */
#include "encode/paper_pdf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "terrier/date.h"

#define INK          0x1c2326
#define SOFT         0x4b5559
#define MOST_PICTURE 360.0 /* points high */

static const struct pdf_font text_font = { 8.5, false, INK };
static const struct pdf_font note_font = { 7.5, false, SOFT };

/* ---- blocks ---- */

/* How much a heading wants after it, so as not to stand alone at the foot. */
static double follows(const struct pdf *d, const struct tr_paper_block *b)
{
    const struct tr_paper_block *next =
        b + 1 < d->paper->blocks + d->paper->n_blocks ? b + 1 : NULL;

    if (next && next->kind == TR_PAPER_PICTURE && next->png && next->width_px)
        return fmin(MOST_PICTURE,
                    PDF_INNER * next->height_px / next->width_px) +
               40;
    return 74;
}

static void put_heading(struct pdf *d, const struct tr_paper_block *b)
{
    struct pdf_font font = { b->level == 2 ? 12 : 9.5, true, INK };

    d->y += d->y > PDF_TOP ? (b->level == 2 ? 14 : 8) : 0;
    pdf_need(d, font.size + follows(d, b));
    if (b->level == 2) {
        char where[64];

        snprintf(where, sizeof where, "page=%d pos=[%.0f %.0f]", d->page,
                 PDF_LEFT, d->y);
        cairo_pdf_surface_add_outline(d->surface, CAIRO_PDF_OUTLINE_ROOT,
                                      b->text, where, 0);
    }
    pdf_paragraph(d, &font, b->level == 2 ? "H2" : "H3", b->text, 0);
    d->y += 2;
    if (b->level == 2)
        pdf_line(d, PDF_LEFT, PDF_LEFT + PDF_INNER, d->y, 1.2, INK);
    d->y += b->level == 2 ? 5 : 2;
}

static void put_verdict(struct pdf *d, const struct tr_paper_block *b)
{
    static const struct pdf_font label_font = { 13, true, INK };
    PangoLayout *label =
        pdf_set(d, &label_font, b->title, PDF_INNER - 16, false);
    PangoLayout *text = pdf_set(d, &text_font, b->text, PDF_INNER - 16, false);
    double top, height = pdf_height(label) + 3 + pdf_height(text);
    int line = 0;

    pdf_need(d, height + 12);
    top = d->y += 4;
    pdf_begin(d, "P");
    d->y +=
        pdf_draw(d, label, &label_font, PDF_LEFT + 16, d->y, PDF_HEIGHT, &line);
    pdf_end(d, "P");
    d->y += 3;
    g_object_unref(label);
    g_object_unref(text);
    pdf_paragraph(d, &text_font, "P", b->text, 16);
    pdf_colour(d, tr_paper_colour(b->tone));
    cairo_rectangle(d->cr, PDF_LEFT, top, 8, height);
    cairo_fill(d->cr);
    d->y += 6;
}

static void put_warning(struct pdf *d, const struct tr_paper_block *b)
{
    PangoLayout *l = pdf_set(d, &text_font, b->text, PDF_INNER - 16, false);
    double height = pdf_height(l);

    g_object_unref(l);
    if (height < PDF_BOTTOM - PDF_TOP - 20) {
        pdf_need(d, height + 12);
        cairo_rectangle(d->cr, PDF_LEFT, d->y + 1, PDF_INNER, height + 8);
        pdf_colour(d, 0xfff8e0);
        cairo_fill_preserve(d->cr);
        pdf_colour(d, 0x8a6d00);
        cairo_set_line_width(d->cr, 0.7);
        cairo_stroke(d->cr);
    }
    d->y += 5;
    pdf_paragraph(d, &text_font, "P", b->text, 8);
    d->y += 8;
}

static void put_list(struct pdf *d, const struct tr_paper_block *b)
{
    for (size_t i = 0; i < b->n_rows && !d->st; i++) {
        pdf_need(d, 24);
        pdf_colour(d, INK);
        cairo_new_path(d->cr);
        cairo_arc(d->cr, PDF_LEFT + 4, d->y + 5.2, 1.5, 0, 6.2832);
        cairo_fill(d->cr);
        pdf_paragraph(d, &text_font, "P", b->cells[i], 12);
        d->y += 2;
    }
    d->y += 2;
}

struct reading { /* of a picture's bytes */
    const unsigned char *at;
    size_t left;
};

static cairo_status_t read_some(void *context, unsigned char *to, unsigned n)
{
    struct reading *r = context;

    if (n > r->left)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, r->at, n);
    r->at += n;
    r->left -= n;
    return CAIRO_STATUS_SUCCESS;
}

static void draw_picture(struct pdf *d, const struct tr_paper_block *b)
{
    struct reading r = { b->png, b->png_len };
    cairo_surface_t *png =
        cairo_image_surface_create_from_png_stream(read_some, &r);
    double w = cairo_image_surface_get_width(png);
    double h = cairo_image_surface_get_height(png), scale;

    if (cairo_surface_status(png) || w < 1 || h < 1) {
        d->st = tr_fail(d->err, TR_EIO, "the picture cannot be read");
        cairo_surface_destroy(png);
        return;
    }
    scale = PDF_INNER / w;
    if (h * scale > MOST_PICTURE)
        scale = MOST_PICTURE / h;
    pdf_need(d, h * scale + 24);
    pdf_begin(d, "Figure");
    cairo_save(d->cr);
    cairo_translate(d->cr, PDF_LEFT, d->y);
    cairo_scale(d->cr, scale, scale);
    cairo_set_source_surface(d->cr, png, 0, 0);
    /* Not cairo_paint(): on an empty page that forgets what was recorded before
     * it, the tags too. */
    cairo_rectangle(d->cr, 0, 0, w, h);
    cairo_fill(d->cr);
    cairo_restore(d->cr);
    pdf_end(d, "Figure");
    d->y += h * scale + 4;
    cairo_surface_destroy(png);
}

static void put_picture(struct pdf *d, const struct tr_paper_block *b)
{
    if (b->png)
        draw_picture(d, b);
    else
        pdf_paragraph(d, &note_font, "P", b->title, 0);
    if (b->text)
        pdf_paragraph(d, &note_font, "P", b->text, 0);
    d->y += 4;
}

static void put_block(struct pdf *d, const struct tr_paper_block *b)
{
    switch (b->kind) {
    case TR_PAPER_HEADING: put_heading(d, b); break;
    case TR_PAPER_TEXT:
        pdf_paragraph(d, &text_font, "P", b->text, 0);
        d->y += 4;
        break;
    case TR_PAPER_NOTE:
        d->y += 2;
        pdf_paragraph(d, &note_font, "P", b->text, 0);
        d->y += 3;
        break;
    case TR_PAPER_VERDICT: put_verdict(d, b); break;
    case TR_PAPER_WARNING: put_warning(d, b); break;
    case TR_PAPER_LIST: put_list(d, b); break;
    case TR_PAPER_FACTS:
        pdf_facts(d, b->cells, b->n_rows, 8);
        d->y += 8;
        break;
    case TR_PAPER_TABLE:
    case TR_PAPER_SIGN:
        pdf_table(d, b);
        d->y += 6;
        break;
    case TR_PAPER_BARS:
        pdf_bars(d, b);
        d->y += 6;
        break;
    case TR_PAPER_PICTURE: put_picture(d, b); break;
    case TR_PAPER_BREAK:
        if (d->y > PDF_TOP)
            pdf_new_page(d);
    }
}

/* ---- the whole ---- */

static void put_head(struct pdf *d)
{
    static const struct pdf_font kind = { 9, true, SOFT };
    static const struct pdf_font title = { 19, true, INK };
    static const struct pdf_font audience = { 9, true, INK };

    pdf_paragraph(d, &kind, "P", d->paper->kind, 0);
    d->y += 2;
    pdf_paragraph(d, &title, "H1", d->paper->title, 0);
    d->y += 5;
    pdf_paragraph(d, &audience, "P", d->paper->audience, 0);
    d->y += 3;
    pdf_paragraph(d, &note_font, "P", d->paper->under, 0);
    d->y += 8;
}

static void put_all(struct pdf *d)
{
    const struct tr_paper *p = d->paper;

    d->page = 0;
    pdf_new_page(d);
    pdf_begin(d, "Document");
    put_head(d);
    for (size_t i = 0; i < p->n_blocks && !d->st; i++)
        put_block(d, &p->blocks[i]);
    d->y += 14;
    if (p->n_origin)
        pdf_facts(d, p->origin, p->n_origin / 2, 7);
    pdf_end(d, "Document");
}

static void say_about(struct pdf *d)
{
    char date[TR_DATE_TEXT], instant[32];

    tr_date_text(d->paper->date, date);
    snprintf(instant, sizeof instant, "%sT00:00:00Z", date);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_TITLE,
                                   d->paper->title);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_AUTHOR,
                                   d->paper->author);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_SUBJECT,
                                   d->paper->subject);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATOR,
                                   "Terrier");
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   instant);
    cairo_pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_MOD_DATE,
                                   instant);
}

static cairo_status_t write_some(void *context, const unsigned char *bytes,
                                 unsigned n)
{
    struct tr_buf *out = context;

    if (out)
        tr_buf_add(out, bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

/* Once over the paper; `out` NULL: only to count its pages. */
static enum tr_status once(struct pdf *d, struct tr_buf *out)
{
    d->surface = cairo_pdf_surface_create_for_stream(write_some, out, PDF_WIDTH,
                                                     PDF_HEIGHT);
    d->cr = cairo_create(d->surface);
    say_about(d);
    put_all(d);
    if (!d->st) {
        d->pages = d->pages ? d->pages : d->page;
        pdf_new_page(d); /* ends the last one, whose margins it puts */
    } else {
        cairo_show_page(d->cr); /* that outlines name it must exist */
    }
    cairo_surface_finish(d->surface);
    if (!d->st && (cairo_status(d->cr) || cairo_surface_status(d->surface)))
        d->st = tr_fail(d->err, TR_ENOMEM, "the PDF cannot be made: %s",
                        cairo_status_to_string(cairo_status(d->cr)));
    cairo_destroy(d->cr);
    cairo_surface_destroy(d->surface);
    return d->st;
}

/* Letters as the page has them, not as a screen would. */
static void open_fonts(struct pdf *d)
{
    cairo_font_options_t *o = cairo_font_options_create();

    cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
    d->fonts = pango_cairo_font_map_new();
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(d->fonts), 72);
    d->context = pango_font_map_create_context(d->fonts);
    pango_cairo_context_set_font_options(d->context, o);
    pango_context_set_round_glyph_positions(d->context, FALSE);
    cairo_font_options_destroy(o);
}

enum tr_status tr_paper_pdf(const struct tr_paper *p, struct tr_buf *out,
                            struct tr_error *err)
{
    struct pdf d = { .paper = p, .err = err };
    enum tr_status st;

    open_fonts(&d);
    st = once(&d, NULL);
    if (!st)
        st = once(&d, out);
    g_object_unref(d.context);
    g_object_unref(d.fonts);
    if (!st)
        st = pdf_say_lang(p->lang, out, err);
    return st ? st : tr_buf_status(out, "the PDF", err);
}
