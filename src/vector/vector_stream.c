/* vector_stream.c - see vector_stream.h. Fuzzed by fuzz_vector_stream.c. */
#include "vector/vector_stream.h"

#include <assert.h>
#include <string.h>

#include "terrier/text.h"

#define HEAD     5u /* length and type */
#define NO_VALUE UINT32_MAX
#define ROOM     ((size_t)64 * 1024)

/* ---- writing ---- */

void vector_put_u8(struct tr_buf *b, unsigned v)
{
    tr_buf_byte(b, (unsigned char)v);
}

static void store_u32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

void vector_put_u32(struct tr_buf *b, uint32_t v)
{
    unsigned char bytes[4];

    store_u32(bytes, v);
    tr_buf_add(b, bytes, sizeof bytes);
}

void vector_put_u64(struct tr_buf *b, uint64_t v)
{
    vector_put_u32(b, (uint32_t)v);
    vector_put_u32(b, (uint32_t)(v >> 32));
}

void vector_put_text(struct tr_buf *b, const char *s)
{
    if (!s) {
        vector_put_u32(b, NO_VALUE);
        return;
    }

    size_t len = strlen(s);

    if (len >= NO_VALUE) {
        b->failed = TR_ELIMIT;
        return;
    }
    vector_put_u32(b, (uint32_t)len);
    tr_buf_add(b, s, len + 1);
}

void vector_put_blob(struct tr_buf *b, const unsigned char *p, size_t len)
{
    if (p && len >= NO_VALUE) {
        b->failed = TR_ELIMIT;
        return;
    }
    vector_put_u32(b, p ? (uint32_t)len : NO_VALUE);
    if (p)
        tr_buf_add(b, p, len);
}

size_t vector_frame_begin(struct tr_buf *b, enum vector_frame_type type)
{
    size_t start = b->len;

    vector_put_u32(b, 0);
    vector_put_u8(b, (unsigned)type);
    return start;
}

void vector_frame_end(struct tr_buf *b, size_t start)
{
    if (b->failed)
        return;
    assert(b->len >= start + HEAD);
    if (b->len - start - HEAD >= NO_VALUE)
        b->failed = TR_ELIMIT;
    else
        store_u32(b->data + start, (uint32_t)(b->len - start - HEAD));
}

void vector_put_row(struct tr_buf *b, size_t n, const struct vector_row *row)
{
    size_t start = vector_frame_begin(b, VECTOR_FRAME_ROW);

    vector_put_u64(b, (uint64_t)row->number);
    for (size_t i = 0; i < n; i++)
        vector_put_text(b, row->values[i]);
    vector_put_blob(b, row->wkb, row->wkb_len);
    vector_frame_end(b, start);
}

void vector_put_columns(struct tr_buf *b, int srid, size_t n,
                        const struct vector_column *columns)
{
    size_t start = vector_frame_begin(b, VECTOR_FRAME_COLUMNS);

    vector_put_u32(b, (uint32_t)srid);
    vector_put_u32(b, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        vector_put_u8(b, columns[i].is_number);
        vector_put_text(b, columns[i].name);
    }
    vector_frame_end(b, start);
}

void vector_put_error(struct tr_buf *b, enum tr_status code, const char *msg)
{
    size_t start = vector_frame_begin(b, VECTOR_FRAME_ERROR);

    vector_put_u8(b, (unsigned)code);
    vector_put_text(b, msg);
    vector_frame_end(b, start);
}

/* ---- cutting a stream into frames ---- */

void vector_inbox_init(struct vector_inbox *in, size_t max_payload)
{
    if (max_payload > UINT32_MAX - 2 * ROOM)
        max_payload = UINT32_MAX - 2 * ROOM;
    *in = (struct vector_inbox){ .max_payload = max_payload };
    tr_buf_init(&in->bytes, max_payload + HEAD + ROOM);
}

void vector_inbox_clear(struct vector_inbox *in)
{
    tr_buf_clear(&in->bytes);
}

unsigned char *vector_inbox_room(struct vector_inbox *in, size_t *out)
{
    struct tr_buf *b = &in->bytes;

    if (in->taken) {
        b->len -= in->taken;
        if (b->len)
            memmove(b->data, b->data + in->taken, b->len);
        in->taken = 0;
    }

    size_t room = b->limit - b->len < ROOM ? b->limit - b->len : ROOM;

    *out = room;
    return room ? tr_buf_room(b, room) : NULL;
}

void vector_inbox_arrived(struct vector_inbox *in, size_t len)
{
    in->bytes.len += len;
}

static uint32_t load_u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

enum tr_status vector_inbox_take(struct vector_inbox *in,
                                 struct vector_frame *out, struct tr_error *err)
{
    size_t left = in->bytes.len - in->taken;

    *out = (struct vector_frame){ .type = VECTOR_FRAME_NONE };
    if (left < HEAD)
        return TR_OK;

    const unsigned char *p = in->bytes.data + in->taken;
    size_t len = load_u32(p);

    if (len > in->max_payload)
        return tr_fail(err, TR_ELIMIT,
                       "a row of %zu bytes is above the limit of %zu", len,
                       in->max_payload);
    if (p[4] == VECTOR_FRAME_NONE)
        return tr_fail(err, TR_EDATA, "the reader sent a damaged frame");
    if (left - HEAD < len)
        return TR_OK;
    *out =
        (struct vector_frame){ .type = p[4], .payload = p + HEAD, .len = len };
    in->taken += HEAD + len;
    return TR_OK;
}

/* ---- reading a payload ---- */

static const unsigned char *take(struct vector_cursor *c, size_t len)
{
    if (c->bad || len > c->left) {
        c->bad = true;
        return NULL;
    }

    const unsigned char *p = c->p;

    c->p += len;
    c->left -= len;
    return p;
}

unsigned vector_take_u8(struct vector_cursor *c)
{
    const unsigned char *p = take(c, 1);

    return p ? *p : 0;
}

uint32_t vector_take_u32(struct vector_cursor *c)
{
    const unsigned char *p = take(c, 4);

    return p ? load_u32(p) : 0;
}

uint64_t vector_take_u64(struct vector_cursor *c)
{
    uint64_t low = vector_take_u32(c);

    return low | (uint64_t)vector_take_u32(c) << 32;
}

const char *vector_take_text(struct vector_cursor *c)
{
    uint32_t len = vector_take_u32(c);

    if (c->bad || len == NO_VALUE)
        return NULL;

    const char *s = (const char *)take(c, (size_t)len + 1);

    /* tr_text_valid() stops at a NUL, so the only one is at the end. */
    if (s && (s[len] != '\0' || tr_text_valid(s, len) != len))
        c->bad = true;
    return c->bad ? NULL : s;
}

const unsigned char *vector_take_blob(struct vector_cursor *c, size_t *len)
{
    uint32_t n = vector_take_u32(c);

    *len = 0;
    if (c->bad || n == NO_VALUE)
        return NULL;

    const unsigned char *p = take(c, n);

    if (p)
        *len = n;
    return p;
}

static enum tr_status nonsense(struct tr_error *err, const char *what)
{
    return tr_fail(err, TR_EDATA, "the reader sent a damaged %s", what);
}

static enum tr_status parse_column(struct vector_cursor *c, struct tr_arena *a,
                                   struct vector_column *out,
                                   struct tr_error *err)
{
    unsigned is_number = vector_take_u8(c);
    const char *name = vector_take_text(c);

    if (!name || is_number > 1)
        return nonsense(err, "list of columns");
    out->is_number = is_number;
    out->name = tr_arena_text(a, name, strlen(name));
    if (!out->name)
        return tr_fail(err, TR_ENOMEM, "no memory left for the columns");
    return TR_OK;
}

enum tr_status vector_parse_columns(const struct vector_frame *f,
                                    struct tr_arena *a,
                                    struct vector_columns *out,
                                    struct tr_error *err)
{
    struct vector_cursor c = { .p = f->payload, .left = f->len };
    int32_t srid = (int32_t)vector_take_u32(&c);
    uint32_t n = vector_take_u32(&c);

    if (c.bad || srid < -1 || n > VECTOR_MAX_COLUMNS)
        return nonsense(err, "list of columns");

    struct vector_column *columns = tr_arena_array(a, n, sizeof *columns);

    if (!columns)
        return tr_fail(err, TR_ENOMEM, "no memory left for the columns");
    for (uint32_t i = 0; i < n; i++) {
        enum tr_status st = parse_column(&c, a, &columns[i], err);

        if (st)
            return st;
    }
    if (c.left)
        return nonsense(err, "list of columns");
    *out = (struct vector_columns){ .srid = srid, .n = n, .columns = columns };
    return TR_OK;
}

enum tr_status vector_parse_row(const struct vector_frame *f, size_t n,
                                const char **values, struct vector_row *out,
                                struct tr_error *err)
{
    struct vector_cursor c = { .p = f->payload, .left = f->len };
    int64_t number = (int64_t)vector_take_u64(&c);

    for (size_t i = 0; i < n; i++)
        values[i] = vector_take_text(&c);

    size_t wkb_len;
    const unsigned char *wkb = vector_take_blob(&c, &wkb_len);

    if (c.bad || c.left || number < 0)
        return nonsense(err, "row");
    *out = (struct vector_row){
        .number = number, .values = values, .wkb = wkb, .wkb_len = wkb_len
    };
    return TR_OK;
}

enum tr_status vector_parse_error(const struct vector_frame *f,
                                  struct tr_error *err)
{
    struct vector_cursor c = { .p = f->payload, .left = f->len };
    unsigned code = vector_take_u8(&c);
    const char *msg = vector_take_text(&c);

    if (!msg || !*msg || c.left || code == TR_OK || code >= TR_STATUS_COUNT)
        return nonsense(err, "error message");
    for (const char *s = msg; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == '\x7f')
            return nonsense(err, "error message");
    }
    return tr_fail(err, (enum tr_status)code, "%s", msg);
}
