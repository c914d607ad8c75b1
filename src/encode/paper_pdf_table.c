/* paper_pdf_table.c - tables over pages, with their heads on each. See
 * paper_pdf.h. */
#include "encode/paper_pdf.h"

#include <stdio.h>
#include <string.h>

#define GAP  6.0  /* between columns */
#define PAD  2.6  /* above and below a cell's text */
#define TALL 36.0 /* of a row to sign in */
#define BAR  9.0
#define INK  0x1c2326
#define SOFT 0x4b5559
#define RULE 0xcfcbc0

static const struct pdf_font head_font = { 8, true, INK };
static const struct pdf_font strong_font = { 8, true, INK };
static const struct pdf_font cell_font = { 8, false, INK };

struct row { /* cells side by side */
    size_t n;
    const char *const *texts;
    double x[TR_PAPER_MOST_COLUMNS], width[TR_PAPER_MOST_COLUMNS];
    bool right[TR_PAPER_MOST_COLUMNS];
    struct pdf_font font, first; /* of the first cell */
    bool is_head;
    double least; /* how high it is at least */
    unsigned rule;
};

static void place_columns(const struct tr_paper_column *columns, size_t n,
                          struct row *r)
{
    double all = 0, x = PDF_LEFT;

    r->n = n;
    for (size_t i = 0; i < n; i++)
        all += columns[i].width;
    for (size_t i = 0; i < n; i++) {
        double w = PDF_INNER * columns[i].width / all;

        r->x[i] = x;
        r->width[i] = i + 1 < n ? w - GAP : w;
        r->right[i] = columns[i].right;
        x += w;
    }
}

struct setting { /* the texts of a row, while they are drawn */
    PangoLayout *l[TR_PAPER_MOST_COLUMNS];
    int line[TR_PAPER_MOST_COLUMNS];
    double height;
};

static const struct pdf_font *font_of(const struct row *r, size_t i)
{
    return i ? &r->font : &r->first;
}

static void set_row(struct pdf *d, const struct row *r, struct setting *s)
{
    s->height = r->least;
    for (size_t i = 0; i < r->n; i++) {
        double h;

        s->l[i] = pdf_set(d, font_of(r, i), r->texts[i] ? r->texts[i] : "",
                          r->width[i], r->right[i]);
        s->line[i] = 0;
        h = pdf_height(s->l[i]) + 2 * PAD;
        s->height = h > s->height ? h : s->height;
    }
}

/* What fits of it on this page; true when something is left. */
static bool draw_part(struct pdf *d, const struct row *r, struct setting *s)
{
    double most = r->least;
    bool left = false;

    pdf_begin(d, "TR");
    for (size_t i = 0; i < r->n; i++) {
        const char *tag = r->is_head || i == 0 ? "TH" : "TD";
        double h = 0;

        pdf_begin(d, tag);
        if (s->line[i] >= 0)
            h = pdf_draw(d, s->l[i], font_of(r, i), r->x[i], d->y + PAD,
                         PDF_BOTTOM, &s->line[i]) +
                2 * PAD;
        pdf_end(d, tag);
        most = h > most ? h : most;
        left = left || s->line[i] >= 0;
    }
    pdf_end(d, "TR");
    d->y += most;
    return left;
}

static void put_row(struct pdf *d, const struct row *r)
{
    struct setting s;

    set_row(d, r, &s);
    if (d->y + s.height > PDF_BOTTOM && !r->is_head &&
        s.height < PDF_BOTTOM - PDF_TOP - 60)
        pdf_new_page(d);
    while (draw_part(d, r, &s) && !d->st && !r->is_head)
        pdf_new_page(d);
    pdf_line(d, PDF_LEFT, PDF_LEFT + PDF_INNER, d->y, r->is_head ? 0.8 : 0.4,
             r->rule);
    for (size_t i = 0; i < r->n; i++)
        g_object_unref(s.l[i]);
}

void pdf_table_head(struct pdf *d)
{
    const struct tr_paper_block *b = d->table;
    const char *titles[TR_PAPER_MOST_COLUMNS];
    struct row r = { .texts = titles,
                     .font = head_font,
                     .first = head_font,
                     .is_head = true,
                     .rule = INK };

    place_columns(b->columns, b->n_columns, &r);
    for (size_t i = 0; i < b->n_columns; i++)
        titles[i] = b->columns[i].title;
    put_row(d, &r);
}

/* How high the head and the first row are: they stay together. */
static double beginning(struct pdf *d, const struct tr_paper_block *b)
{
    const char *titles[TR_PAPER_MOST_COLUMNS];
    struct row r = { .texts = titles, .font = head_font, .first = head_font };
    double height;
    struct setting s;

    place_columns(b->columns, b->n_columns, &r);
    for (size_t i = 0; i < b->n_columns; i++)
        titles[i] = b->columns[i].title;
    set_row(d, &r, &s);
    height = s.height + (b->kind == TR_PAPER_SIGN ? TALL : 24);
    for (size_t i = 0; i < r.n; i++)
        g_object_unref(s.l[i]);
    return height + (b->title ? 18 : 0);
}

void pdf_table(struct pdf *d, const struct tr_paper_block *b)
{
    pdf_need(d, beginning(d, b));
    if (b->title)
        pdf_paragraph(d, &head_font, "P", b->title, 0);
    d->table = b;
    pdf_begin(d, "Table");
    d->open_table = true;
    pdf_table_head(d);
    for (size_t i = 0; i < b->n_rows && !d->st; i++) {
        struct row r = { .texts = &b->cells[i * b->n_columns],
                         .font = b->strong[i] ? strong_font : cell_font,
                         .rule = RULE };

        r.first = r.font;
        if (b->kind == TR_PAPER_SIGN)
            r.least = TALL;
        place_columns(b->columns, b->n_columns, &r);
        put_row(d, &r);
    }
    if (d->open_table)
        pdf_end(d, "Table");
    d->open_table = false;
    d->table = NULL;
}

void pdf_facts(struct pdf *d, const char *const *cells, size_t n, double size)
{
    static const struct tr_paper_column columns[] = { { "", 32, false },
                                                      { "", 68, false } };

    d->table = NULL; /* has no head to repeat */
    pdf_begin(d, "Table");
    d->open_table = true;
    for (size_t i = 0; i < n && !d->st; i++) {
        struct row r = { .texts = &cells[2 * i],
                         .font = { size, false, INK },
                         .first = { size, false, SOFT },
                         .rule = RULE };

        place_columns(columns, 2, &r);
        put_row(d, &r);
    }
    if (d->open_table)
        pdf_end(d, "Table");
    d->open_table = false;
}

/* ---- bars ---- */

static void put_bar(struct pdf *d, const struct tr_paper_block *b, size_t i,
                    long most)
{
    static const struct tr_paper_column columns[] = { { "", 30, false },
                                                      { "", 8, true },
                                                      { "", 62, false } };
    char count[32];
    const char *texts[3] = { b->cells[i], count, "" };
    struct row r = {
        .texts = texts, .font = cell_font, .first = cell_font, .rule = RULE
    };
    double y;

    snprintf(count, sizeof count, "%ld", b->counts[i]);
    place_columns(columns, 3, &r);
    r.n = 2; /* the third is the bar */
    put_row(d, &r);
    y = d->y - PAD - BAR - 0.5;
    pdf_colour(d, tr_paper_colour(b->tones[i]));
    cairo_rectangle(d->cr, r.x[2] + GAP, y,
                    (PDF_LEFT + PDF_INNER - r.x[2] - GAP) *
                        (double)b->counts[i] / (double)most,
                    BAR);
    cairo_fill(d->cr);
}

void pdf_bars(struct pdf *d, const struct tr_paper_block *b)
{
    long most = 1;

    for (size_t i = 0; i < b->n_rows; i++)
        most = b->counts[i] > most ? b->counts[i] : most;
    pdf_need(d, 16.0 * (double)(b->n_rows < 8 ? b->n_rows : 8) + 18);
    if (b->title)
        pdf_paragraph(d, &head_font, "P", b->title, 0);
    d->table = NULL;
    pdf_begin(d, "Table");
    d->open_table = true;
    for (size_t i = 0; i < b->n_rows && !d->st; i++)
        put_bar(d, b, i, most);
    if (d->open_table)
        pdf_end(d, "Table");
    d->open_table = false;
}
