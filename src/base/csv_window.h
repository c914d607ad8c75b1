/*
 * csv_window.h - a sliding window of UTF-8 over a file or over bytes.
 *
 * data[at..end) has been read and not yet used. The reader of rows moves `at`
 * and may write into what it has used; one spare byte follows data[end].
 */
#ifndef BASE_CSV_WINDOW_H
#define BASE_CSV_WINDOW_H

#include "terrier/csv.h"

struct csv_window {
    const char *name; /* borrowed */
    int fd;           /* -1: from `bytes` */
    const char *bytes;
    size_t n_bytes; /* left of `bytes` */
    enum tr_encoding encoding;
    char *data; /* owned */
    size_t size, at, end;
    bool ended; /* nothing follows data[end) */
};

/* Move data[at..end) to the front and read more behind it, so that either
 * `end - at` has grown or `ended` is set. Fails with TR_EIO or TR_ENOMEM. */
enum tr_status csv_window_fill(struct csv_window *w, struct tr_error *err);

/* Read the first block, skip a byte order mark, refuse what is not text. */
enum tr_status csv_window_start(struct csv_window *w, struct tr_error *err);

/* Close the file and free the bytes. */
void csv_window_clear(struct csv_window *w);

#endif
