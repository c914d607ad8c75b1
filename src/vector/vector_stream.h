/*
 * vector_stream.h - what this program and its child say to each other.
 *
 * A frame is four bytes of length (little endian, the payload only), one byte
 * of type, and the payload. Inside a payload numbers are little endian; a text
 * is four bytes of length, the bytes and a NUL that is not counted, so that it
 * can be used where it lies; a length of 2^32-1 stands for null.
 *
 * The reading side trusts nothing: a frame above the ceiling, a length that
 * does not fit, bytes left over, a text that is not UTF-8 or holds a NUL fail
 * with TR_EDATA and never read past the payload.
 */
#ifndef VECTOR_STREAM_H
#define VECTOR_STREAM_H

#include <stdint.h>

#include "terrier/buf.h"
#include "vector/vector.h"

#define VECTOR_MAX_COLUMNS 4096u

enum vector_frame_type {
    VECTOR_FRAME_NONE = 0, /* more bytes are needed */
    VECTOR_FRAME_JOB = 'J',
    VECTOR_FRAME_COLUMNS = 'C',
    VECTOR_FRAME_ROW = 'R',
    VECTOR_FRAME_END = 'Z',
    VECTOR_FRAME_ERROR = 'E',
    VECTOR_FRAME_LAYER = 'L',
    VECTOR_FRAME_STYLE = 'S'
};

struct vector_frame {
    int type; /* an enum vector_frame_type, or whatever the other side sent */
    const unsigned char *payload; /* valid until the next take */
    size_t len;
};

/* ---- writing ---- */

/* Begin a frame at the end of `b`; what it returns goes to vector_frame_end().
 */
size_t vector_frame_begin(struct tr_buf *b, enum vector_frame_type type);
void vector_frame_end(struct tr_buf *b, size_t start);
void vector_put_u8(struct tr_buf *b, unsigned v);
void vector_put_u32(struct tr_buf *b, uint32_t v);
void vector_put_u64(struct tr_buf *b, uint64_t v);
void vector_put_text(struct tr_buf *b, const char *s); /* NULL: null */
void vector_put_blob(struct tr_buf *b, const unsigned char *p, size_t len);

void vector_put_row(struct tr_buf *b, size_t n, const struct vector_row *row);
void vector_put_columns(struct tr_buf *b, int srid, size_t n,
                        const struct vector_column *columns);
void vector_put_error(struct tr_buf *b, enum tr_status code, const char *msg);

/* ---- cutting a stream into frames ---- */

struct vector_inbox {
    struct tr_buf bytes;
    size_t taken; /* bytes of frames that were handed out */
    size_t max_payload;
};

void vector_inbox_init(struct vector_inbox *in, size_t max_payload);
void vector_inbox_clear(struct vector_inbox *in);
/* Room for the bytes that arrive next: at least one, `*out` says how many;
 * NULL when no memory is left. What arrived is counted in with _arrived(). */
unsigned char *vector_inbox_room(struct vector_inbox *in, size_t *out);
void vector_inbox_arrived(struct vector_inbox *in, size_t len);
/* The next whole frame, or one of type VECTOR_FRAME_NONE. */
enum tr_status vector_inbox_take(struct vector_inbox *in,
                                 struct vector_frame *out,
                                 struct tr_error *err);

/* ---- reading a payload ---- */

struct vector_cursor {
    const unsigned char *p;
    size_t left;
    bool bad; /* something did not fit; what follows reads as 0 or NULL */
};

unsigned vector_take_u8(struct vector_cursor *c);
uint32_t vector_take_u32(struct vector_cursor *c);
uint64_t vector_take_u64(struct vector_cursor *c);
const char *vector_take_text(struct vector_cursor *c); /* NULL: null */
const unsigned char *vector_take_blob(struct vector_cursor *c, size_t *len);

/* Columns copied into `a`. */
struct vector_columns {
    int srid;
    size_t n;
    const struct vector_column *columns;
};
enum tr_status vector_parse_columns(const struct vector_frame *f,
                                    struct tr_arena *a,
                                    struct vector_columns *out,
                                    struct tr_error *err);
/* A row of `n` values, which are put into `values` and point into the frame. */
enum tr_status vector_parse_row(const struct vector_frame *f, size_t n,
                                const char **values, struct vector_row *out,
                                struct tr_error *err);
/* Always fails: with what the frame says, or saying that it says nonsense. */
enum tr_status vector_parse_error(const struct vector_frame *f,
                                  struct tr_error *err);

#endif
