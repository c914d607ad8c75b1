/*
 * csv.h - reading and writing comma-separated values (RFC 4180).
 *
 * The reader never guesses and never repairs in silence: a byte order mark is
 * skipped, CRLF and LF both end a row, a quoted value may hold newlines. A
 * quote that is never closed, text after a closing quote, and a value or row
 * above the limits are errors that name the line, and so is a carriage return
 * without a line feed. A quote inside a value that does not begin with one is
 * text, as in 5" pipe. Rows of another length than the header are given as they
 * are: the caller says what that means. After a failure a reader is good only
 * for closing. A reader belongs to one thread at a time.
 */
#ifndef TR_CSV_H
#define TR_CSV_H

#include <stdio.h>

#include "terrier/arena.h"
#include "terrier/buf.h"

enum tr_encoding { TR_UTF_8, TR_WINDOWS_1252 };

struct tr_csv_options {
    char separator;            /* ',' unless said otherwise; ';' and tab too */
    enum tr_encoding encoding; /* of the bytes; values come out as UTF-8 */
    size_t max_row_bytes;      /* as UTF-8; 0: 1 MiB */
    size_t max_columns;        /* 0: 2048 */
};

struct tr_csv; /* a reader over a file or over bytes */

struct tr_csv_row {
    size_t n;
    const char *const *values; /* NUL-terminated UTF-8; "" for an empty one */
    const size_t *lengths;
    const bool *quoted;
    long line; /* where the row begins, from 1 */
};

/* Read from `path` / from bytes that outlive the reader. `name` is used in
 * messages. `options` may be NULL; a separator of 0 is a comma. Fails with
 * TR_ENOINPUT, TR_EDATA (an empty or binary file), TR_EIO or TR_ENOMEM. */
enum tr_status tr_csv_open(const char *path, const char *name,
                           const struct tr_csv_options *options,
                           struct tr_csv **out, struct tr_error *err);
enum tr_status tr_csv_open_bytes(const char *bytes, size_t len,
                                 const char *name,
                                 const struct tr_csv_options *options,
                                 struct tr_csv **out, struct tr_error *err);
void tr_csv_close(struct tr_csv *csv);

/* The next row into `*out` (valid until the next call), or out->n = 0 at the
 * end. Blank lines are skipped. Fails with TR_EDATA, naming the line. A value
 * that is not valid in the encoding is a failure of the file: TR_EDATA with
 * "line 7 is not UTF-8 (byte 0xE9); if it came from Excel, say encoding:
 * windows-1252". */
enum tr_status tr_csv_next(struct tr_csv *csv, struct tr_csv_row *out,
                           struct tr_error *err);

/* One value, quoted when it must be. `first` puts no comma before it. With
 * `guard`, text that a spreadsheet would run as a formula (= + - @ tab CR at
 * its start) gets an apostrophe before it: for text, never for a number. */
void tr_csv_write(struct tr_buf *b, const char *s, bool first, bool guard);
/* CRLF. A row of one empty value is written as "", for it would be a blank
 * line otherwise. Empty `b` between rows only, never within one. */
void tr_csv_end_row(struct tr_buf *b);

#endif
