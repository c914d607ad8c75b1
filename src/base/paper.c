/* paper.c - the building of a paper. See terrier/paper.h. */
#include "terrier/paper.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terrier/date.h"
#include "terrier/text.h"

#define MOST_LINE  300 /* characters of a heading, a label, a name */
#define MOST_CELL  1200
#define MOST_TEXT  6000
#define MOST_BYTES ((size_t)256 * 1024) /* of one formatted text */

static const char replacement[] = "\xEF\xBF\xBD";

unsigned tr_paper_colour(enum tr_paper_tone tone)
{
    switch (tone) {
    case TR_PAPER_KEY: return 0x0b3c6f;
    case TR_PAPER_CORE: return 0x1f6f68;
    case TR_PAPER_SURPLUS: return 0xb3460f;
    case TR_PAPER_OPEN: return 0x4b5559;
    case TR_PAPER_PLAIN: break;
    }
    return 0x2f3a3f;
}

/* ---- texts ---- */

/* Characters that print nothing, but turn what stands around them or hide. */
static bool is_hidden(const char *s, size_t len)
{
    static const char *const hidden[] = {
        "\xE2\x80\x8B", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
        "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE",
        "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9",
        "\xEF\xBB\xBF",
    };

    for (size_t i = 0; len == 3 && i < sizeof hidden / sizeof *hidden; i++) {
        if (memcmp(s, hidden[i], 3) == 0)
            return true;
    }
    return false;
}

static bool is_space(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];

    if (len == 1)
        return c <= 0x20 || c == 0x7f;
    /* C1 controls; the separators of lines and paragraphs */
    return (len == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0) ||
           (len == 3 && (memcmp(s, "\xE2\x80\xA8", 3) == 0 ||
                         memcmp(s, "\xE2\x80\xA9", 3) == 0));
}

static size_t character(const char *s, size_t left)
{
    unsigned char c = (unsigned char)s[0];
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    return len <= left && tr_text_valid(s, len) == len ? len : 0;
}

struct cleaning {
    struct tr_buf b;
    size_t n, most; /* characters put; all beyond `most` are only counted */
    bool space;     /* one is due before the next character */
};

static void put(struct cleaning *c, const char *s, size_t len)
{
    if (c->space && c->n && c->n++ < c->most)
        tr_buf_byte(&c->b, ' ');
    c->space = false;
    if (c->n++ < c->most)
        tr_buf_add(&c->b, s, len);
}

static void clean(struct cleaning *c, const char *text, size_t len)
{
    for (size_t i = 0, step; i < len; i += step) {
        step = character(text + i, len - i);
        if (!step) {
            step = 1;
            put(c, replacement, 3);
        } else if (is_space(text + i, step)) {
            c->space = true;
        } else if (!is_hidden(text + i, step)) {
            put(c, text + i, step);
        }
    }
}

static const char *fail(struct tr_paper *p)
{
    p->failed = true;
    return "";
}

static void add_count(struct tr_buf *b, long v)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%ld", v < 0 ? -v : v);

    if (v < 0)
        tr_buf_byte(b, '-');
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            tr_buf_byte(b, ',');
        tr_buf_byte(b, (unsigned char)digits[i]);
    }
}

const char *tr_paper_words(struct tr_paper *p, const char *text, size_t most)
{
    struct cleaning c = { .most = most };
    const char *out = NULL;

    if (p->failed || !text || !*text)
        return "";
    if (p->filter)
        text = p->filter(p->filter_context, text, p->arena);
    if (!text)
        return fail(p);
    tr_buf_init(&c.b, MOST_BYTES * 8);
    clean(&c, text, strlen(text));
    if (c.n > most) {
        tr_buf_str(&c.b, "... (");
        add_count(&c.b, (long)c.n);
        tr_buf_str(&c.b, " characters in all)");
    }
    if (!c.b.failed)
        out = tr_arena_text(p->arena, (const char *)c.b.data, c.b.len);
    tr_buf_clear(&c.b);
    return out ? out : fail(p);
}

static const char *format(struct tr_paper *p, size_t most, const char *fmt,
                          va_list ap)
{
    char small[512], *text = small;
    va_list again;
    int n;

    if (p->failed)
        return "";
    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= (int)sizeof small) {
        text = tr_arena_alloc(p->arena, (size_t)n + 1);
        if (text)
            vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return n < 0 || !text ? fail(p) : tr_paper_words(p, text, most);
}

const char *tr_paper_say(struct tr_paper *p, const char *fmt, ...)
{
    va_list ap;
    const char *text;

    va_start(ap, fmt);
    text = format(p, MOST_TEXT, fmt, ap);
    va_end(ap);
    return text;
}

const char *tr_paper_date(struct tr_paper *p, int32_t date)
{
    static const char *const months[] = { "January", "February", "March",
                                          "April",   "May",      "June",
                                          "July",    "August",   "September",
                                          "October", "November", "December" };
    int y, m, d;

    if (date == INT32_MIN)
        return "";
    tr_date_split(date, &y, &m, &d);
    return tr_paper_say(p, "%d %s %d", d, months[m - 1], y);
}

const char *tr_paper_count(struct tr_paper *p, double v)
{
    struct tr_buf b;
    const char *text;

    if (!(fabs(v) < 1e15))
        return "";
    tr_buf_init(&b, 64);
    add_count(&b, lround(v));
    text = tr_buf_text(&b);
    text = text ? tr_paper_say(p, "%s", text) : fail(p);
    tr_buf_clear(&b);
    return text;
}

/* ---- blocks ---- */

struct tr_paper *tr_paper_new(struct tr_arena *a, const char *kind,
                              const char *title)
{
    struct tr_paper *p = tr_arena_alloc(a, sizeof *p);

    if (!p)
        return NULL;
    p->arena = a;
    p->lang = "en-GB";
    p->kind = tr_paper_words(p, kind, MOST_LINE);
    p->title = tr_paper_words(p, title, MOST_LINE);
    p->subject = p->audience = p->under = p->footer = p->author = "";
    return p->failed ? NULL : p;
}

enum tr_status tr_paper_status(const struct tr_paper *p, struct tr_error *err)
{
    if (p->full)
        return tr_fail(err, TR_ELIMIT, "a paper has at most %d blocks",
                       TR_PAPER_MOST_BLOCKS);
    return p->failed ? tr_fail(err, TR_ENOMEM, "no memory left for the paper")
                     : TR_OK;
}

static struct tr_paper_block *add(struct tr_paper *p, enum tr_paper_kind kind)
{
    struct tr_paper_block *b;

    if (p->failed)
        return NULL;
    if (p->n_blocks == TR_PAPER_MOST_BLOCKS) {
        p->failed = p->full = true;
        return NULL;
    }
    if (p->n_blocks == p->size) {
        size_t size = p->size ? p->size * 2 : 64;

        b = tr_arena_array(p->arena, size, sizeof *b);
        if (!b) {
            p->failed = true;
            return NULL;
        }
        if (p->n_blocks)
            memcpy(b, p->blocks, p->n_blocks * sizeof *b);
        p->blocks = b;
        p->size = size;
    }
    b = &p->blocks[p->n_blocks++];
    *b = (struct tr_paper_block){ .kind = kind };
    return b;
}

/* The block that is being filled, when it is of that kind. */
static struct tr_paper_block *open_block(struct tr_paper *p,
                                         enum tr_paper_kind kind)
{
    struct tr_paper_block *b = p->n_blocks ? &p->blocks[p->n_blocks - 1] : NULL;

    if (p->failed || !b || b->kind != kind)
        return NULL;
    return b;
}

static bool grow(struct tr_paper *p, struct tr_paper_block *b)
{
    size_t size = b->size ? b->size * 2 : 8, width = b->n_columns;
    const char **cells = tr_arena_array(p->arena, size * width, sizeof *cells);
    long *counts = tr_arena_array(p->arena, size, sizeof *counts);
    enum tr_paper_tone *tones = tr_arena_array(p->arena, size, sizeof *tones);
    bool *strong = tr_arena_array(p->arena, size, sizeof *strong);

    if (!cells || !counts || !tones || !strong) {
        p->failed = true;
        return false;
    }
    if (b->n_rows) {
        memcpy(cells, b->cells, b->n_rows * width * sizeof *cells);
        memcpy(counts, b->counts, b->n_rows * sizeof *counts);
        memcpy(tones, b->tones, b->n_rows * sizeof *tones);
        memcpy(strong, b->strong, b->n_rows * sizeof *strong);
    }
    b->cells = cells;
    b->counts = counts;
    b->tones = tones;
    b->strong = strong;
    b->size = size;
    return true;
}

/* The cells of a new row. */
static const char **new_row(struct tr_paper *p, struct tr_paper_block *b)
{
    if (!b || (b->n_rows == b->size && !grow(p, b)))
        return NULL;
    return &b->cells[b->n_rows++ * b->n_columns];
}

static void put_text(struct tr_paper *p, enum tr_paper_kind kind, int level,
                     size_t most, const char *fmt, va_list ap)
{
    struct tr_paper_block *b;
    const char *text = format(p, most, fmt, ap);

    if (!*text)
        return;
    b = add(p, kind);
    if (b) {
        b->text = text;
        b->level = level;
    }
}

void tr_paper_heading(struct tr_paper *p, int level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_text(p, TR_PAPER_HEADING, level, MOST_LINE, fmt, ap);
    va_end(ap);
}

void tr_paper_text(struct tr_paper *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_text(p, TR_PAPER_TEXT, 0, MOST_TEXT, fmt, ap);
    va_end(ap);
}

void tr_paper_note(struct tr_paper *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_text(p, TR_PAPER_NOTE, 0, MOST_TEXT, fmt, ap);
    va_end(ap);
}

void tr_paper_warning(struct tr_paper *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_text(p, TR_PAPER_WARNING, 0, MOST_TEXT, fmt, ap);
    va_end(ap);
}

void tr_paper_verdict(struct tr_paper *p, enum tr_paper_tone tone,
                      const char *label, const char *text)
{
    const char *title = tr_paper_words(p, label, MOST_LINE);
    const char *words = tr_paper_words(p, text, MOST_TEXT);
    struct tr_paper_block *b = add(p, TR_PAPER_VERDICT);

    if (b) {
        b->tone = tone;
        b->title = title;
        b->text = words;
    }
}

static void open_rows(struct tr_paper *p, enum tr_paper_kind kind,
                      const char *caption, size_t n_columns)
{
    const char *title = tr_paper_words(p, caption, MOST_LINE);
    struct tr_paper_block *b = add(p, kind);

    if (b) {
        b->title = *title ? title : NULL;
        b->n_columns = n_columns;
    }
}

void tr_paper_list(struct tr_paper *p)
{
    open_rows(p, TR_PAPER_LIST, NULL, 1);
}

void tr_paper_item(struct tr_paper *p, const char *fmt, ...)
{
    const char **cells, *text;
    va_list ap;

    va_start(ap, fmt);
    text = format(p, MOST_TEXT, fmt, ap);
    va_end(ap);
    cells = new_row(p, open_block(p, TR_PAPER_LIST));
    if (cells)
        cells[0] = text;
}

void tr_paper_facts(struct tr_paper *p)
{
    open_rows(p, TR_PAPER_FACTS, NULL, 2);
}

void tr_paper_fact(struct tr_paper *p, const char *name, const char *value)
{
    const char *words = tr_paper_words(p, value, MOST_CELL);
    const char **cells =
        *words ? new_row(p, open_block(p, TR_PAPER_FACTS)) : NULL;

    if (cells) {
        cells[0] = tr_paper_words(p, name, MOST_LINE);
        cells[1] = words;
    }
}

void tr_paper_table(struct tr_paper *p, const char *caption,
                    const struct tr_paper_column *columns, size_t n)
{
    open_rows(p, TR_PAPER_TABLE, caption, n);
    if (open_block(p, TR_PAPER_TABLE))
        p->blocks[p->n_blocks - 1].columns = columns;
}

void tr_paper_row(struct tr_paper *p, const char *const *cells)
{
    struct tr_paper_block *b = open_block(p, TR_PAPER_TABLE);
    const char **to = new_row(p, b);

    for (size_t i = 0; to && i < b->n_columns; i++)
        to[i] = tr_paper_words(p, cells[i], MOST_CELL);
}

void tr_paper_strong(struct tr_paper *p)
{
    struct tr_paper_block *b = open_block(p, TR_PAPER_TABLE);

    if (b && b->n_rows)
        b->strong[b->n_rows - 1] = true;
}

void tr_paper_bars(struct tr_paper *p, const char *caption)
{
    open_rows(p, TR_PAPER_BARS, caption, 1);
}

void tr_paper_bar(struct tr_paper *p, const char *label, long count,
                  enum tr_paper_tone tone)
{
    struct tr_paper_block *b = open_block(p, TR_PAPER_BARS);
    const char **cells = new_row(p, b);

    if (cells) {
        cells[0] = tr_paper_words(p, label, MOST_LINE);
        b->counts[b->n_rows - 1] = count < 0 ? 0 : count;
        b->tones[b->n_rows - 1] = tone;
    }
}

void tr_paper_sign(struct tr_paper *p, const struct tr_paper_column *columns,
                   size_t n)
{
    open_rows(p, TR_PAPER_SIGN, NULL, n);
    if (open_block(p, TR_PAPER_SIGN))
        p->blocks[p->n_blocks - 1].columns = columns;
}

void tr_paper_signer(struct tr_paper *p, const char *role)
{
    struct tr_paper_block *b = open_block(p, TR_PAPER_SIGN);
    const char **cells = new_row(p, b);

    for (size_t i = 0; cells && i < b->n_columns; i++)
        cells[i] = i ? "" : tr_paper_words(p, role, MOST_LINE);
}

void tr_paper_picture(struct tr_paper *p, const unsigned char *png, size_t len,
                      unsigned width_px, unsigned height_px, const char *alt,
                      const char *below)
{
    const char *title = tr_paper_words(p, alt, MOST_TEXT);
    const char *text = tr_paper_words(p, below, MOST_TEXT);
    struct tr_paper_block *b = add(p, TR_PAPER_PICTURE);

    if (b) {
        b->title = title;
        b->text = *text ? text : NULL;
        b->png = png;
        b->png_len = png ? len : 0;
        b->width_px = width_px;
        b->height_px = height_px;
    }
}

void tr_paper_break(struct tr_paper *p)
{
    add(p, TR_PAPER_BREAK);
}

void tr_paper_origin(struct tr_paper *p, const char *name, const char *value)
{
    const char *words = tr_paper_words(p, value, MOST_LINE);

    if (!*words || p->n_origin + 2 > sizeof p->origin / sizeof *p->origin)
        return;
    p->origin[p->n_origin++] = tr_paper_words(p, name, MOST_LINE);
    p->origin[p->n_origin++] = words;
}
