/* csv.c - rows out of a window of bytes. See terrier/csv.h. */
#include "terrier/csv.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_window.h"
#include "terrier/text.h"

#define DEFAULT_ROW_BYTES ((size_t)1024 * 1024)
#define DEFAULT_COLUMNS   ((size_t)2048)

struct tr_csv {
    struct csv_window window;
    struct tr_csv_options options;
    char *name;
    long line; /* of the byte at window.at */
    size_t n_room;
    const char **values; /* n_room of each */
    size_t *lengths;
    bool *quoted;
};

/* A row that has been found and not yet split. */
struct span {
    size_t len;  /* without its line end */
    size_t next; /* to the row after it */
    long lines;  /* line ends passed */
    bool has_quote;
};

/* Walking a row that has a quote in it, byte by byte. */
enum place { AT_START, IN_BARE, IN_QUOTED, AFTER_QUOTE, AFTER_CR, AT_END };

struct walk {
    enum place place;
    long line, quote_line;
};

static enum tr_status bad(const struct tr_csv *csv, struct tr_error *err,
                          long line, const char *what)
{
    return tr_fail(err, TR_EDATA, "%s: line %ld %s", csv->name, line, what);
}

static enum tr_status too_long(const struct tr_csv *csv, struct tr_error *err,
                               const struct walk *walk)
{
    if (walk && walk->place == IN_QUOTED)
        return tr_fail(err, TR_EDATA,
                       "%s: line %ld begins a row of more than %zu bytes; the "
                       "quote that opens on line %ld may never be closed",
                       csv->name, csv->line, csv->options.max_row_bytes,
                       walk->quote_line);
    return tr_fail(err, TR_EDATA,
                   "%s: line %ld begins a row of more than %zu bytes",
                   csv->name, csv->line, csv->options.max_row_bytes);
}

/* Read on, unless the row of `len` bytes so far is too long already. */
static enum tr_status read_on(struct tr_csv *csv, size_t len,
                              const struct walk *walk, struct tr_error *err)
{
    if (len > csv->options.max_row_bytes)
        return too_long(csv, err, walk);
    return csv_window_fill(&csv->window, err);
}

/* The length of the first line, without its LF. */
static enum tr_status find_line(struct tr_csv *csv, size_t *out,
                                struct tr_error *err)
{
    struct csv_window *w = &csv->window;
    size_t seen = 0;

    for (;;) {
        const char *from = w->data + w->at + seen;
        const char *lf = memchr(from, '\n', w->end - w->at - seen);

        if (lf || w->ended) {
            *out = lf ? (size_t)(lf - w->data) - w->at : w->end - w->at;
            return TR_OK;
        }
        seen = w->end - w->at;

        enum tr_status st = read_on(csv, seen, NULL, err);

        if (st)
            return st;
    }
}

/* One byte further, or NULL; otherwise what is wrong with it. A quote inside a
 * bare value is text: no reader could take it for anything else. */
static const char *step(struct walk *walk, char c, char separator)
{
    if (walk->place == IN_QUOTED) {
        walk->place = c == '"' ? AFTER_QUOTE : IN_QUOTED;
        walk->line += c == '\n';
    } else if (c == '\n') {
        walk->place = AT_END;
    } else if (walk->place == AFTER_CR) {
        return "has a carriage return without a line feed";
    } else if (c == '\r') {
        walk->place = AFTER_CR;
    } else if (c == separator) {
        walk->place = AT_START;
    } else if (c == '"' && walk->place == AT_START) {
        walk->place = IN_QUOTED;
        walk->quote_line = walk->line;
    } else if (walk->place == AFTER_QUOTE) {
        if (c != '"')
            return "has text after a closing quote";
        walk->place = IN_QUOTED;
    } else {
        walk->place = IN_BARE;
    }
    return NULL;
}

static enum tr_status wrong_step(const struct tr_csv *csv,
                                 const struct walk *walk, const char *what,
                                 struct tr_error *err)
{
    if (walk->place == AFTER_QUOTE && walk->quote_line != walk->line)
        return tr_fail(err, TR_EDATA,
                       "%s: line %ld %s; that quote opens on line %ld",
                       csv->name, walk->line, what, walk->quote_line);
    return bad(csv, err, walk->line, what);
}

/* Find the end of a row that may hold line ends within quotes. */
static enum tr_status walk_row(struct tr_csv *csv, struct span *out,
                               struct tr_error *err)
{
    struct csv_window *w = &csv->window;
    struct walk walk = { AT_START, csv->line, csv->line };
    size_t len = 0;

    while (walk.place != AT_END) {
        if (w->at + len == w->end) {
            if (w->ended)
                break;

            enum tr_status st = read_on(csv, len, &walk, err);

            if (st)
                return st;
            continue;
        }

        const char *what =
            step(&walk, w->data[w->at + len], csv->options.separator);

        if (what)
            return wrong_step(csv, &walk, what, err);
        len++;
    }
    if (walk.place == IN_QUOTED)
        return bad(csv, err, walk.quote_line,
                   "opens a quote that is never closed");
    out->next = len;
    out->len = walk.place == AT_END ? len - 1 : len;
    out->lines = walk.line - csv->line + 1;
    return TR_OK;
}

static enum tr_status check_bytes(const struct tr_csv *csv,
                                  const struct span *span, struct tr_error *err)
{
    const char *s = csv->window.data + csv->window.at;
    size_t good = tr_text_valid(s, span->len);
    long line = csv->line;

    if (good == span->len)
        return TR_OK;
    for (size_t i = 0; i < good; i++)
        line += s[i] == '\n';
    if (!s[good])
        return bad(csv, err, line, "holds a NUL byte; this is not a text file");
    return tr_fail(err, TR_EDATA,
                   "%s: line %ld is not UTF-8 (byte 0x%02X); if it came from "
                   "Excel, say encoding: windows-1252",
                   csv->name, line, (unsigned)(unsigned char)s[good]);
}

static enum tr_status find_row(struct tr_csv *csv, struct span *out,
                               struct tr_error *err)
{
    struct span span = { .lines = 1 };
    enum tr_status st = find_line(csv, &span.len, err);

    if (st)
        return st;

    const char *s = csv->window.data + csv->window.at;

    span.next = span.len + (csv->window.at + span.len < csv->window.end);
    if (memchr(s, '"', span.len)) {
        span.has_quote = true;
        st = walk_row(csv, &span, err);
        if (st)
            return st;
        s = csv->window.data + csv->window.at; /* it may have moved */
    }
    if (span.len > csv->options.max_row_bytes)
        return too_long(csv, err, NULL);
    st = check_bytes(csv, &span, err);
    if (st)
        return st;
    if (span.len && s[span.len - 1] == '\r')
        span.len--;
    if (!span.has_quote && memchr(s, '\r', span.len))
        return bad(csv, err, csv->line,
                   "has a carriage return without a line feed");
    *out = span;
    return TR_OK;
}

/* Make room for twice as many columns. */
static enum tr_status widen(struct tr_csv *csv, struct tr_error *err)
{
    size_t max = csv->options.max_columns;

    if (csv->n_room >= max)
        return tr_fail(err, TR_EDATA, "%s: line %ld has more than %zu columns",
                       csv->name, csv->line, max);

    size_t n = csv->n_room ? csv->n_room * 2 : 32;

    if (n > max)
        n = max;

    void *values = realloc(csv->values, n * sizeof *csv->values);

    if (values)
        csv->values = values;

    void *lengths = realloc(csv->lengths, n * sizeof *csv->lengths);

    if (lengths)
        csv->lengths = lengths;

    void *quoted = realloc(csv->quoted, n * sizeof *csv->quoted);

    if (quoted)
        csv->quoted = quoted;
    if (!values || !lengths || !quoted)
        return tr_fail(err, TR_ENOMEM, "no memory left to read %s", csv->name);
    csv->n_room = n;
    return TR_OK;
}

/* Take the quotes off the value at `s`, in place; returns what follows its
 * closing quote. walk_row() has seen that there is one. */
static char *unquote(char *s, const char *end, size_t *len)
{
    char *to = s;
    char *from = s + 1;

    for (;;) {
        char *quote = memchr(from, '"', (size_t)(end - from));

        assert(quote);
        memmove(to, from, (size_t)(quote - from));
        to += quote - from;
        from = quote + 1;
        if (from == end || *from != '"')
            break;
        *to++ = '"';
        from++;
    }
    *len = (size_t)(to - s);
    return from;
}

/* Cut the row into NUL-terminated values, in place. */
static enum tr_status split(struct tr_csv *csv, size_t row_len, size_t *out,
                            struct tr_error *err)
{
    char *s = csv->window.data + csv->window.at;
    char *end = s + row_len;
    size_t n = 0;

    for (;; n++) {
        size_t len;
        char *after;

        if (n == csv->n_room) {
            enum tr_status st = widen(csv, err);

            if (st)
                return st;
        }
        csv->quoted[n] = s < end && *s == '"';
        if (csv->quoted[n]) {
            after = unquote(s, end, &len);
        } else {
            after = memchr(s, csv->options.separator, (size_t)(end - s));
            after = after ? after : end;
            len = (size_t)(after - s);
        }
        csv->values[n] = s;
        csv->lengths[n] = len;

        bool last = after == end;

        s[len] = '\0';
        if (last)
            break;
        s = after + 1;
    }
    *out = n + 1;
    return TR_OK;
}

enum tr_status tr_csv_next(struct tr_csv *csv, struct tr_csv_row *out,
                           struct tr_error *err)
{
    struct tr_csv_row row = { .values = csv->values };
    struct span span = { .next = 0 };
    enum tr_status st;

    for (;;) {
        st = find_row(csv, &span, err);
        if (st)
            return st;
        if (span.len || !span.next)
            break;
        csv->window.at += span.next; /* a blank line */
        csv->line++;
    }
    row.line = csv->line;
    if (span.next) {
        st = split(csv, span.len, &row.n, err);
        if (st)
            return st;
    }
    row.values = csv->values;
    row.lengths = csv->lengths;
    row.quoted = csv->quoted;
    csv->window.at += span.next;
    csv->line += span.lines;
    *out = row;
    return TR_OK;
}

static enum tr_status start(struct csv_window window, const char *name,
                            const struct tr_csv_options *options,
                            struct tr_csv **out, struct tr_error *err)
{
    struct tr_csv *csv = calloc(1, sizeof *csv);
    enum tr_status st;

    if (!csv) {
        csv_window_clear(&window);
        return tr_fail(err, TR_ENOMEM, "no memory left to read %s", name);
    }
    if (options)
        csv->options = *options;
    if (!csv->options.separator)
        csv->options.separator = ',';
    if (!csv->options.max_row_bytes)
        csv->options.max_row_bytes = DEFAULT_ROW_BYTES;
    if (!csv->options.max_columns)
        csv->options.max_columns = DEFAULT_COLUMNS;
    csv->line = 1;
    csv->window = window;
    csv->window.encoding = csv->options.encoding;
    csv->name = strdup(name);
    csv->window.name = csv->name;
    st = csv->name ? csv_window_start(&csv->window, err)
                   : tr_fail(err, TR_ENOMEM, "no memory left to read %s", name);
    if (st) {
        tr_csv_close(csv);
        return st;
    }
    *out = csv;
    return TR_OK;
}

enum tr_status tr_csv_open(const char *path, const char *name,
                           const struct tr_csv_options *options,
                           struct tr_csv **out, struct tr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return tr_fail(err, TR_ENOINPUT, "%s cannot be read: %s", name,
                       strerror(errno));
    return start((struct csv_window){ .fd = fd }, name, options, out, err);
}

enum tr_status tr_csv_open_bytes(const char *bytes, size_t len,
                                 const char *name,
                                 const struct tr_csv_options *options,
                                 struct tr_csv **out, struct tr_error *err)
{
    struct csv_window window = { .fd = -1, .bytes = bytes, .n_bytes = len };

    return start(window, name, options, out, err);
}

void tr_csv_close(struct tr_csv *csv)
{
    if (!csv)
        return;
    csv_window_clear(&csv->window);
    free(csv->values);
    free(csv->lengths);
    free(csv->quoted);
    free(csv->name);
    free(csv);
}
