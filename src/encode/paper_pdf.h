/* paper_pdf.h - what the files of a paper as PDF share. Not for others.
 *
 * Lengths are points, from the page's top left. A paper is laid out twice: the
 * first time into nothing, to learn how many pages there are. */
#ifndef ENCODE_PAPER_PDF_H
#define ENCODE_PAPER_PDF_H

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "terrier/paper.h"

#define PDF_WIDTH  595.276 /* A4 */
#define PDF_HEIGHT 841.890
#define PDF_LEFT   45.0
#define PDF_TOP    54.0
#define PDF_INNER  (PDF_WIDTH - 2 * PDF_LEFT)
#define PDF_BOTTOM (PDF_HEIGHT - 52.0) /* where the text ends */

struct pdf {
    const struct tr_paper *paper;
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoFontMap *fonts;
    PangoContext *context;
    double y;
    int page, pages;                    /* pages 0: not known yet */
    const struct tr_paper_block *table; /* whose head to repeat; NULL: none */
    bool open_table; /* a Table of the structure is open on this page */
    struct tr_error *err;
    enum tr_status st;
};

struct pdf_font {
    double size;
    bool bold;
    unsigned colour;
};

/* ---- paper_pdf_text.c ---- */

/* A text set in a column; free with g_object_unref(). NULL: no memory. */
PangoLayout *pdf_set(struct pdf *d, const struct pdf_font *f, const char *text,
                     double width, bool right);
double pdf_height(PangoLayout *l);
/* Draw the lines from *line on at x and y, as many as fit above `bottom`;
 * *line is the next one to draw, or -1 when all are drawn. Returns how high
 * what was drawn is. */
double pdf_draw(struct pdf *d, PangoLayout *l, const struct pdf_font *f,
                double x, double y, double bottom, int *line);
void pdf_begin(struct pdf *d, const char *tag);
void pdf_end(struct pdf *d, const char *tag);
void pdf_line(struct pdf *d, double x1, double x2, double y, double width,
              unsigned colour);
void pdf_colour(struct pdf *d, unsigned rgb);
/* End this page and begin the next, with the head of the table under way. */
void pdf_new_page(struct pdf *d);
/* A new page unless `height` fits on this one. */
void pdf_need(struct pdf *d, double height);
/* A paragraph over as many pages as it takes. */
void pdf_paragraph(struct pdf *d, const struct pdf_font *f, const char *tag,
                   const char *text, double indent);

/* ---- paper_pdf_table.c ---- */
void pdf_table(struct pdf *d, const struct tr_paper_block *b);
void pdf_table_head(struct pdf *d);
void pdf_facts(struct pdf *d, const char *const *cells, size_t n, double size);
void pdf_bars(struct pdf *d, const struct tr_paper_block *b);

/* ---- paper_pdf_lang.c ---- */

/* Add the language, which cairo 1.16 cannot say, to a finished file. */
enum tr_status pdf_say_lang(const char *lang, struct tr_buf *out,
                            struct tr_error *err);

#endif
