/* paper_html.c - a paper as one self-contained page. See terrier/paper.h.
 *
 * No script, nothing from elsewhere: it can be mailed, kept and printed. On A4
 * the browser repeats the heads of tables and puts the audience and the page's
 * number on every page by itself (CSS paged media). */
#include <stdio.h>
#include <string.h>

#include "terrier/date.h"
#include "terrier/paper.h"

static const char style[] =
    "body{font:15px/1.45 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "color:#1c2326;max-width:50rem;margin:2rem auto;padding:0 1.2rem}\n"
    "h1{font-size:1.8rem;line-height:1.15;margin:.2rem 0 .6rem}\n"
    "h2{font-size:1.2rem;margin:1.9rem 0 .5rem;padding-bottom:.2rem;"
    "border-bottom:2px solid #1c2326}\n"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}\n"
    "p{margin:.4rem 0}ul{margin:.4rem 0;padding-left:1.2rem}\n"
    ".kind{font-weight:600;color:#4b5559}\n"
    ".audience{display:inline-block;border:1px solid #1c2326;"
    "padding:.1rem .6rem;font-weight:600}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0;"
    "font-size:.92em}\n"
    "caption{text-align:left;font-weight:600;padding:.2rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.22em .5em .22em 0;"
    "border-bottom:1px solid #dedbd2;overflow-wrap:anywhere;font-weight:400}\n"
    "thead th{font-weight:600;border-bottom:1px solid #1c2326;"
    "vertical-align:bottom;overflow-wrap:break-word}\n"
    "table.fixed{table-layout:fixed}\n"
    "tr.strong>*{font-weight:600}\n"
    ".facts th,.origin th{width:32%;color:#4b5559}\n"
    ".facts th,.facts td,.origin th,.origin td{padding:.08em .5em .08em 0}\n"
    "th.r,td.r{text-align:right}.origin{font-size:.8em;margin-top:2rem}\n"
    ".sign td,.sign tbody th{height:3.2rem;vertical-align:bottom}\n"
    ".bars th{width:34%}.bars td.n{width:4rem;text-align:right}\n"
    ".bar{display:block;height:.9rem;min-width:1px}\n"
    ".verdict{border-left:.6rem solid;padding:.3rem 0 .3rem .9rem;"
    "margin:.9rem 0}\n"
    ".verdict strong{display:block;font-size:1.25rem}\n"
    ".warning{border:1px solid #8a6d00;background:#fff8e0;padding:.4rem .7rem}"
    "\n.note{font-size:.86em;color:#4b5559}\n"
    "figure{margin:.7rem 0}img{max-width:100%;height:auto;"
    "border:1px solid #dedbd2}\n"
    "figcaption{font-size:.86em;color:#4b5559}\n"
    ".bar,.verdict,.warning{-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}\n"
    "@media print{body{font-size:9.5pt;max-width:none;margin:0;padding:0}"
    "h1,h2,h3,caption{break-after:avoid}"
    "tr,figure,.verdict,.warning,.sign{break-inside:avoid}"
    "thead{display:table-header-group}.break{break-before:page}}\n";

/* ---- texts ---- */

static void put(struct tr_buf *out, const char *text)
{
    for (const char *s = text; *s; s++) {
        switch (*s) {
        case '&': tr_buf_str(out, "&amp;"); break;
        case '<': tr_buf_str(out, "&lt;"); break;
        case '>': tr_buf_str(out, "&gt;"); break;
        case '"': tr_buf_str(out, "&quot;"); break;
        default: tr_buf_byte(out, (unsigned char)*s);
        }
    }
}

static void put_in(struct tr_buf *out, const char *open, const char *text,
                   const char *close)
{
    tr_buf_str(out, open);
    put(out, text);
    tr_buf_str(out, close);
}

/* As a string of CSS: whatever is not a plain letter as its code. */
static void put_css(struct tr_buf *out, const char *text)
{
    tr_buf_byte(out, '"');
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                     (*s >= '0' && *s <= '9') || *s >= 0x80 || *s == ' ' ||
                     *s == ',' || *s == '.' || *s == ':';

        if (plain)
            tr_buf_byte(out, *s);
        else
            tr_buf_printf(out, "\\%06x", *s);
    }
    tr_buf_byte(out, '"');
}

static void put_base64(struct tr_buf *out, const unsigned char *p, size_t len)
{
    static const char code[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                               "uvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        unsigned v = (unsigned)p[i] << 16 |
                     (unsigned)(i + 1 < len ? p[i + 1] : 0) << 8 |
                     (unsigned)(i + 2 < len ? p[i + 2] : 0);
        char four[4] = { code[v >> 18], code[v >> 12 & 63],
                         i + 1 < len ? code[v >> 6 & 63] : '=',
                         i + 2 < len ? code[v & 63] : '=' };

        tr_buf_add(out, four, 4);
    }
}

/* ---- the head ---- */

static void put_head(struct tr_buf *out, const struct tr_paper *p)
{
    char date[TR_DATE_TEXT];

    tr_date_text(p->date, date);
    put_in(out, "<!doctype html>\n<html lang=\"", p->lang, "\">\n<head>\n");
    tr_buf_str(out, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                    "content=\"width=device-width,initial-scale=1\">\n");
    put_in(out, "<title>", p->title, ": ");
    put_in(out, "", p->kind, "</title>\n");
    put_in(out, "<meta name=\"author\" content=\"", p->author, "\">\n");
    put_in(out, "<meta name=\"description\" content=\"", p->subject, "\">\n");
    tr_buf_printf(out, "<meta name=\"date\" content=\"%s\">\n<style>\n", date);
    tr_buf_str(out, style);
    tr_buf_str(out, "@page{size:A4;margin:18mm 16mm 17mm 16mm;font:7.5pt "
                    "sans-serif;@top-left{width:50%;content:");
    put_css(out, p->audience);
    tr_buf_str(out, "}@top-right{width:50%;content:");
    put_css(out, p->title);
    tr_buf_str(out, "}@bottom-left{width:85%;content:");
    put_css(out, p->footer);
    tr_buf_str(out, "}@bottom-right{width:15%;content:\"page \" "
                    "counter(page) \" of \" counter(pages)}}\n"
                    "</style>\n</head>\n<body>\n<header>\n");
    put_in(out, "<p class=\"kind\">", p->kind, "</p>\n");
    put_in(out, "<h1 dir=\"auto\">", p->title, "</h1>\n");
    put_in(out, "<p class=\"audience\">", p->audience, "</p>\n");
    put_in(out, "<p class=\"note\">", p->under, "</p>\n</header>\n");
}

static void put_origin(struct tr_buf *out, const struct tr_paper *p)
{
    if (p->n_origin)
        tr_buf_str(out, "<footer>\n<table class=\"origin\"><tbody>\n");
    for (size_t i = 0; i + 1 < p->n_origin; i += 2) {
        put_in(out, "<tr><th scope=\"row\">", p->origin[i], "</th>");
        put_in(out, "<td>", p->origin[i + 1], "</td></tr>\n");
    }
    if (p->n_origin)
        tr_buf_str(out, "</tbody></table>\n</footer>\n");
}

/* ---- blocks ---- */

static void put_list(struct tr_buf *out, const struct tr_paper_block *b)
{
    tr_buf_str(out, "<ul>\n");
    for (size_t i = 0; i < b->n_rows; i++)
        put_in(out, "<li dir=\"auto\">", b->cells[i], "</li>\n");
    tr_buf_str(out, "</ul>\n");
}

static void put_facts(struct tr_buf *out, const struct tr_paper_block *b)
{
    tr_buf_str(out, "<table class=\"facts\"><tbody>\n");
    for (size_t i = 0; i < b->n_rows; i++) {
        put_in(out, "<tr><th scope=\"row\" dir=\"auto\">", b->cells[2 * i],
               "</th>");
        put_in(out, "<td dir=\"auto\">", b->cells[2 * i + 1], "</td></tr>\n");
    }
    tr_buf_str(out, "</tbody></table>\n");
}

static void put_columns(struct tr_buf *out, const struct tr_paper_block *b)
{
    unsigned all = 0;

    for (size_t c = 0; c < b->n_columns; c++)
        all += b->columns[c].width;
    tr_buf_str(out, "<colgroup>");
    for (size_t c = 0; c < b->n_columns; c++)
        tr_buf_printf(out, "<col style=\"width:%u.%u%%\">",
                      b->columns[c].width * 1000 / all / 10,
                      b->columns[c].width * 1000 / all % 10);
    tr_buf_str(out, "</colgroup>\n<thead><tr>");
    for (size_t c = 0; c < b->n_columns; c++)
        put_in(out,
               b->columns[c].right ? "<th scope=\"col\" class=\"r\">"
                                   : "<th scope=\"col\">",
               b->columns[c].title, "</th>");
    tr_buf_str(out, "</tr></thead>\n<tbody>\n");
}

static void put_table(struct tr_buf *out, const struct tr_paper_block *b)
{
    tr_buf_printf(out, "<table class=\"fixed%s\">",
                  b->kind == TR_PAPER_SIGN ? " sign" : "");
    if (b->title)
        put_in(out, "<caption>", b->title, "</caption>");
    put_columns(out, b);
    for (size_t r = 0; r < b->n_rows; r++) {
        tr_buf_str(out, b->strong[r] ? "<tr class=\"strong\">" : "<tr>");
        for (size_t c = 0; c < b->n_columns; c++) {
            const char *text = b->cells[r * b->n_columns + c];

            if (c == 0)
                put_in(out, "<th scope=\"row\" dir=\"auto\">", text, "</th>");
            else
                put_in(out,
                       b->columns[c].right ? "<td class=\"r\">"
                                           : "<td dir=\"auto\">",
                       text, "</td>");
        }
        tr_buf_str(out, "</tr>\n");
    }
    tr_buf_str(out, "</tbody></table>\n");
}

static void put_bars(struct tr_buf *out, const struct tr_paper_block *b)
{
    long most = 1;

    for (size_t i = 0; i < b->n_rows; i++)
        most = b->counts[i] > most ? b->counts[i] : most;
    tr_buf_str(out, "<table class=\"bars\">");
    if (b->title)
        put_in(out, "<caption>", b->title, "</caption>");
    tr_buf_str(out, "<tbody>\n");
    for (size_t i = 0; i < b->n_rows; i++) {
        put_in(out, "<tr><th scope=\"row\" dir=\"auto\">", b->cells[i],
               "</th>");
        tr_buf_printf(out, "<td class=\"n\">%ld</td><td>", b->counts[i]);
        if (b->counts[i])
            tr_buf_printf(out,
                          "<span class=\"bar\" style=\"background:#%06x;"
                          "width:%ld.%ld%%\"></span>",
                          tr_paper_colour(b->tones[i]),
                          b->counts[i] * 1000 / most / 10,
                          b->counts[i] * 1000 / most % 10);
        tr_buf_str(out, "</td></tr>\n");
    }
    tr_buf_str(out, "</tbody></table>\n");
}

static void put_picture(struct tr_buf *out, const struct tr_paper_block *b)
{
    tr_buf_str(out, "<figure>");
    if (b->png) {
        tr_buf_printf(out, "<img width=\"%u\" height=\"%u\" alt=\"",
                      b->width_px, b->height_px);
        put(out, b->title);
        tr_buf_str(out, "\" src=\"data:image/png;base64,");
        put_base64(out, b->png, b->png_len);
        tr_buf_str(out, "\">");
    } else {
        put_in(out, "<p class=\"note\">", b->title, "</p>");
    }
    if (b->text)
        put_in(out, "<figcaption>", b->text, "</figcaption>");
    tr_buf_str(out, "</figure>\n");
}

static void put_block(struct tr_buf *out, const struct tr_paper_block *b)
{
    switch (b->kind) {
    case TR_PAPER_HEADING:
        tr_buf_printf(out, "<h%d dir=\"auto\">", b->level);
        put(out, b->text);
        tr_buf_printf(out, "</h%d>\n", b->level);
        break;
    case TR_PAPER_TEXT:
        put_in(out, "<p dir=\"auto\">", b->text, "</p>\n");
        break;
    case TR_PAPER_NOTE:
        put_in(out, "<p class=\"note\" dir=\"auto\">", b->text, "</p>\n");
        break;
    case TR_PAPER_WARNING:
        put_in(out, "<p class=\"warning\" dir=\"auto\">", b->text, "</p>\n");
        break;
    case TR_PAPER_VERDICT:
        tr_buf_printf(out,
                      "<div class=\"verdict\" style=\"border-color:#%06x\">",
                      tr_paper_colour(b->tone));
        put_in(out, "<strong>", b->title, "</strong>");
        put_in(out, " <span dir=\"auto\">", b->text, "</span></div>\n");
        break;
    case TR_PAPER_LIST: put_list(out, b); break;
    case TR_PAPER_FACTS: put_facts(out, b); break;
    case TR_PAPER_TABLE:
    case TR_PAPER_SIGN: put_table(out, b); break;
    case TR_PAPER_BARS: put_bars(out, b); break;
    case TR_PAPER_PICTURE: put_picture(out, b); break;
    case TR_PAPER_BREAK: tr_buf_str(out, "<div class=\"break\"></div>\n");
    }
}

void tr_paper_html(const struct tr_paper *p, struct tr_buf *out)
{
    put_head(out, p);
    tr_buf_str(out, "<main>\n");
    for (size_t i = 0; i < p->n_blocks; i++)
        put_block(out, &p->blocks[i]);
    tr_buf_str(out, "</main>\n");
    put_origin(out, p);
    tr_buf_str(out, "</body>\n</html>\n");
}
