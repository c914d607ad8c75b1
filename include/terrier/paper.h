/*
 * paper.h - a document for people, before it is HTML, PDF or plain text.
 *
 * A paper is a title, lines about where it comes from and a list of blocks:
 * headings, paragraphs, lists, facts, tables, bars, pictures, notes, lines to
 * sign on. What is composed (src/report) knows nothing of pages or tags; the
 * three writers (src/encode/paper_*.c) know nothing of sites. All three say the
 * same words in the same order.
 *
 * Texts are taken in as they come, from partners' files too, and made fit to
 * print: what is not UTF-8 becomes U+FFFD; control characters and line breaks
 * become spaces; characters that turn the direction of what stands around them
 * are dropped; runs of spaces become one. A text of more than a limit is cut and
 * says so itself: "... (10,240 characters in all)".
 *
 * Building cannot fail half-way: a full arena makes the paper failed, later
 * calls do nothing, and tr_paper_status() says so once at the end. Everything
 * lives in the arena.
 */
#ifndef TR_PAPER_H
#define TR_PAPER_H

#include "terrier/arena.h"
#include "terrier/buf.h"

#define TR_PAPER_MOST_COLUMNS 10
#define TR_PAPER_MOST_BLOCKS  20000

/* What the two papers that a surplus is signed with call themselves: by these
 * words the ledger knows them again when they are attached. */
#define TR_PAPER_GAP_TABLE       "Gap table of a site"
#define TR_PAPER_EQUALITY_SCREEN "Equality screen of a site"

enum tr_paper_kind {
    TR_PAPER_HEADING, /* of `level` 2 or 3; the title is 1 */
    TR_PAPER_TEXT,    /* a paragraph */
    TR_PAPER_VERDICT, /* the one thing to take away: a label and a sentence */
    TR_PAPER_NOTE,    /* small print */
    TR_PAPER_WARNING, /* a boxed sentence */
    TR_PAPER_LIST,    /* of texts */
    TR_PAPER_FACTS,   /* a name and a value on each line */
    TR_PAPER_TABLE,
    TR_PAPER_BARS,    /* a label, a count and a bar on each line */
    TR_PAPER_PICTURE, /* PNG, with words for those who do not see it */
    TR_PAPER_SIGN,    /* a table to write in: its rows are tall */
    TR_PAPER_BREAK    /* a new page */
};

/* How a verdict and bars are coloured; never the only sign of anything. */
enum tr_paper_tone {
    TR_PAPER_PLAIN,
    TR_PAPER_KEY,
    TR_PAPER_CORE,
    TR_PAPER_SURPLUS,
    TR_PAPER_OPEN /* unclassified */
};
/* 0xRRGGBB, dark enough to stand on white. */
unsigned tr_paper_colour(enum tr_paper_tone tone);

struct tr_paper_column {
    const char *title;
    unsigned width; /* its share of the line, beside the others' */
    bool right;     /* numbers */
};

struct tr_paper_block {
    enum tr_paper_kind kind;
    int level;
    enum tr_paper_tone tone;
    const char *title; /* verdict: the label; table, bars: the caption, NULL:
                          none; picture: the words in its stead */
    const char *text;  /* heading, paragraph, verdict, note, warning; picture:
                          what stands below it, NULL: nothing */

    /* List: n_rows cells. Facts: two a row. Table, sign: n_columns a row; the
     * first is what the row is about. Bars: a label each, with its count. */
    size_t n_columns, n_rows, size;
    const struct tr_paper_column *columns;
    const char **cells;
    long *counts;              /* bars */
    enum tr_paper_tone *tones; /* bars */
    bool *strong;              /* table: rows that stand out */

    const unsigned char *png; /* NULL: there is no picture, only the words */
    size_t png_len;
    unsigned width_px, height_px;
};

struct tr_paper {
    const char *lang;     /* "en-GB" */
    const char *title;    /* what it is about */
    const char *kind;     /* "Decision pack" */
    const char *subject;  /* a sentence: kind, audience, date; for catalogues */
    const char *audience; /* stands at the head of every page */
    const char *under;    /* a line below the title: date, run, rules */
    const char *footer;   /* and this at its foot, before the page's number */
    const char *author;   /* which register it comes from */
    int32_t date;         /* that it speaks of: the file's date, too */
    size_t n_origin;      /* pairs of words below the title */
    const char *origin[32];

    /* What every text passes before it is taken in; NULL: as it is. Returns
     * the text, or another in the arena; NULL without memory. */
    const char *(*filter)(const void *context, const char *text,
                          struct tr_arena *a);
    const void *filter_context;

    struct tr_paper_block *blocks;
    size_t n_blocks, size;
    struct tr_arena *arena;
    bool failed; /* no memory, or too many blocks */
    bool full;   /* the latter */
};

/* An empty paper. Title and kind are copied; the rest is the caller's to set
 * with tr_paper_words(). */
struct tr_paper *tr_paper_new(struct tr_arena *a, const char *kind,
                              const char *title); /* NULL: no memory */

/* A text fit to print, of at most `most` characters; "" for NULL. */
const char *tr_paper_words(struct tr_paper *p, const char *text, size_t most);
/* The same of a formatted text. */
__attribute__((format(printf, 2, 3))) const char *
tr_paper_say(struct tr_paper *p, const char *fmt, ...);

/* A line of origin below the title: "Rule-set", "open-data, version 1". */
void tr_paper_origin(struct tr_paper *p, const char *name, const char *value);

__attribute__((format(printf, 3, 4))) void
tr_paper_heading(struct tr_paper *p, int level, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void tr_paper_text(struct tr_paper *p,
                                                         const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void tr_paper_note(struct tr_paper *p,
                                                         const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void
tr_paper_warning(struct tr_paper *p, const char *fmt, ...);
void tr_paper_verdict(struct tr_paper *p, enum tr_paper_tone tone,
                      const char *label, const char *text);

/* Each opens a block that the next calls fill, until another is opened. */
void tr_paper_list(struct tr_paper *p);
__attribute__((format(printf, 2, 3))) void tr_paper_item(struct tr_paper *p,
                                                         const char *fmt, ...);
void tr_paper_facts(struct tr_paper *p);
/* A value that is NULL or "" leaves the line out. */
void tr_paper_fact(struct tr_paper *p, const char *name, const char *value);
/* `columns` stay the caller's; n <= TR_PAPER_MOST_COLUMNS. */
void tr_paper_table(struct tr_paper *p, const char *caption,
                    const struct tr_paper_column *columns, size_t n);
/* n_columns texts; NULL is an empty cell. */
void tr_paper_row(struct tr_paper *p, const char *const *cells);
/* The row last put stands out: a total. */
void tr_paper_strong(struct tr_paper *p);
void tr_paper_bars(struct tr_paper *p, const char *caption);
void tr_paper_bar(struct tr_paper *p, const char *label, long count,
                  enum tr_paper_tone tone);
/* As a table; each row has its first cell, the others are to be written in. */
void tr_paper_sign(struct tr_paper *p, const struct tr_paper_column *columns,
                   size_t n);
void tr_paper_signer(struct tr_paper *p, const char *role);

/* `png` NULL: no picture, and `alt` says why. The bytes stay the caller's. */
void tr_paper_picture(struct tr_paper *p, const unsigned char *png, size_t len,
                      unsigned width_px, unsigned height_px, const char *alt,
                      const char *below);
void tr_paper_break(struct tr_paper *p);

/* Was all of it taken in. TR_ENOMEM, TR_ELIMIT. */
enum tr_status tr_paper_status(const struct tr_paper *p, struct tr_error *err);

/* "12 March 2026"; "" for a date that is not known (INT32_MIN). */
const char *tr_paper_date(struct tr_paper *p, int32_t date);
/* "1,142": whole, with commas. */
const char *tr_paper_count(struct tr_paper *p, double v);

/* ---- the writers (src/encode) ---- */

/* One self-contained page, no script, for the screen and for A4. */
void tr_paper_html(const struct tr_paper *p, struct tr_buf *out);
/* Lines of at most `width` characters, tables as lines. */
void tr_paper_plain(const struct tr_paper *p, unsigned width,
                    struct tr_buf *out);
/* A4 with a tagged structure; the same bytes for the same paper on one
 * machine. TR_ELIMIT (too long), TR_ENOMEM, TR_EIO (a damaged picture). */
enum tr_status tr_paper_pdf(const struct tr_paper *p, struct tr_buf *out,
                            struct tr_error *err);

#endif
