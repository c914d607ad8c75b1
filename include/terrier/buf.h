/*
 * buf.h - a byte buffer that grows up to a ceiling given at the start.
 *
 * An append that cannot be made (the ceiling, or no memory) makes the buffer
 * *failed*: later appends do nothing, and an encoder asks once, at the end, with
 * tr_buf_status(). The bytes are not NUL-terminated until tr_buf_text().
 */
#ifndef TR_BUF_H
#define TR_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/status.h"

struct tr_buf {
    unsigned char *data; /* owned; freed by tr_buf_clear() */
    size_t len, size, limit;
    enum tr_status failed; /* TR_OK, TR_ELIMIT or TR_ENOMEM */
};

/* `limit` is the ceiling in bytes. Nothing is allocated yet. */
void tr_buf_init(struct tr_buf *b, size_t limit);
/* Free the bytes; the buffer may be used again with the same ceiling. */
void tr_buf_clear(struct tr_buf *b);
/* Forget the content, keep the memory. */
void tr_buf_reset(struct tr_buf *b);

void tr_buf_add(struct tr_buf *b, const void *p, size_t len);
void tr_buf_byte(struct tr_buf *b, unsigned char c);
void tr_buf_str(struct tr_buf *b, const char *s);
__attribute__((format(printf, 2, 3))) void tr_buf_printf(struct tr_buf *b,
                                                         const char *fmt, ...);
/* Decimal digits, much faster than printf. */
void tr_buf_int(struct tr_buf *b, int64_t v);
/* A number in its shortest form that reads back to the same double; integers
 * have no fraction. `v` must be finite. Independent of the locale. */
void tr_buf_number(struct tr_buf *b, double v);
/* An angle in 1e-7 degrees as degrees, trailing zeros dropped: "-2.3520922".
 */
void tr_buf_deg7(struct tr_buf *b, int32_t deg_e7);

/* Room for `len` more bytes at the end, to be filled by the caller, who then
 * adds what was used to b->len. NULL on failure. */
unsigned char *tr_buf_room(struct tr_buf *b, size_t len);

/* The content as a NUL-terminated string (the NUL is not counted in len), or
 * NULL when the buffer has failed. Borrowed. */
const char *tr_buf_text(struct tr_buf *b);

/* TR_OK, or the reason for the first failed append, said with `what`: "the
 * answer would exceed 1048576 bytes". */
enum tr_status tr_buf_status(const struct tr_buf *b, const char *what,
                             struct tr_error *err);

#endif
