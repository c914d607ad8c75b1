/* paper_plain.c - a paper as lines of text: for a terminal, and for comparing.
 * See terrier/paper.h. */
#include <stdio.h>
#include <string.h>

#include "terrier/paper.h"

/* Characters, not bytes. */
static size_t length(const char *s, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static void indent(struct tr_buf *out, size_t n)
{
    while (n--)
        tr_buf_byte(out, ' ');
}

/* `text` in lines of `width`; the first has `used` characters already, later
 * ones begin with `left` spaces. */
static void wrap(struct tr_buf *out, const char *text, size_t used, size_t left,
                 size_t width)
{
    size_t at = used;
    bool first = true;

    while (*text) {
        size_t bytes = strcspn(text, " "), n = length(text, bytes);

        if (!first && at + 1 + n > width) {
            tr_buf_byte(out, '\n');
            indent(out, left);
            at = left;
        } else if (!first) {
            tr_buf_byte(out, ' ');
            at++;
        }
        tr_buf_add(out, text, bytes);
        at += n;
        text += bytes + (text[bytes] == ' ');
        first = false;
    }
    tr_buf_byte(out, '\n');
}

static void paragraph(struct tr_buf *out, const char *mark, const char *text,
                      size_t width)
{
    size_t n = strlen(mark);

    tr_buf_str(out, mark);
    wrap(out, text, n, n, width);
}

static void underline(struct tr_buf *out, const char *text, char with)
{
    size_t n = length(text, strlen(text));

    tr_buf_printf(out, "%s\n", text);
    while (n--)
        tr_buf_byte(out, (unsigned char)with);
    tr_buf_byte(out, '\n');
}

/* Each row as its first cell and a line for each of the others. */
static void put_rows(struct tr_buf *out, const struct tr_paper_block *b,
                     size_t width)
{
    if (b->title)
        tr_buf_printf(out, "%s\n", b->title);
    for (size_t r = 0; r < b->n_rows; r++) {
        const char **cells = &b->cells[r * b->n_columns];

        paragraph(out, b->strong[r] ? "* " : "- ", cells[0], width);
        for (size_t c = 1; c < b->n_columns; c++) {
            size_t n = length(b->columns[c].title, strlen(b->columns[c].title));

            if (!*cells[c] && b->kind == TR_PAPER_TABLE)
                continue;
            tr_buf_printf(out, "    %s: ", b->columns[c].title);
            wrap(out, cells[c], n + 6, 8, width);
        }
    }
}

static void put_facts(struct tr_buf *out, const struct tr_paper_block *b,
                      size_t width)
{
    for (size_t i = 0; i < b->n_rows; i++) {
        tr_buf_printf(out, "  %s: ", b->cells[2 * i]);
        wrap(out, b->cells[2 * i + 1],
             length(b->cells[2 * i], strlen(b->cells[2 * i])) + 4, 8, width);
    }
}

static void put_block(struct tr_buf *out, const struct tr_paper_block *b,
                      size_t width)
{
    switch (b->kind) {
    case TR_PAPER_HEADING:
        tr_buf_byte(out, '\n');
        underline(out, b->text, b->level == 2 ? '=' : '-');
        break;
    case TR_PAPER_TEXT:
    case TR_PAPER_NOTE: paragraph(out, "", b->text, width); break;
    case TR_PAPER_WARNING: paragraph(out, "! ", b->text, width); break;
    case TR_PAPER_VERDICT:
        tr_buf_printf(out, "\n> %s\n", b->title);
        paragraph(out, "> ", b->text, width);
        break;
    case TR_PAPER_LIST:
        for (size_t i = 0; i < b->n_rows; i++)
            paragraph(out, "- ", b->cells[i], width);
        break;
    case TR_PAPER_FACTS: put_facts(out, b, width); break;
    case TR_PAPER_TABLE:
    case TR_PAPER_SIGN: put_rows(out, b, width); break;
    case TR_PAPER_BARS:
        if (b->title)
            tr_buf_printf(out, "%s\n", b->title);
        for (size_t i = 0; i < b->n_rows; i++)
            tr_buf_printf(out, "- %s: %ld\n", b->cells[i], b->counts[i]);
        break;
    case TR_PAPER_PICTURE:
        paragraph(out, b->png ? "[picture] " : "", b->title, width);
        if (b->text)
            paragraph(out, "", b->text, width);
        break;
    case TR_PAPER_BREAK: tr_buf_byte(out, '\n');
    }
}

void tr_paper_plain(const struct tr_paper *p, unsigned width,
                    struct tr_buf *out)
{
    tr_buf_printf(out, "%s\n", p->kind);
    underline(out, p->title, '#');
    tr_buf_printf(out, "%s\n", p->audience);
    paragraph(out, "", p->under, width);
    for (size_t i = 0; i < p->n_blocks; i++)
        put_block(out, &p->blocks[i], width);
    tr_buf_byte(out, '\n');
    for (size_t i = 0; i + 1 < p->n_origin; i += 2)
        tr_buf_printf(out, "%s: %s\n", p->origin[i], p->origin[i + 1]);
}
