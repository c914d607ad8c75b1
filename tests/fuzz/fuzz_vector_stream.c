/* fuzz_vector_stream.c - what a hostile child could send. However the bytes are
 * cut into pieces, the same frames come out; nothing is read past a payload;
 * and a row that is accepted is written back as the very bytes it was read
 * from. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vector/vector_stream.h"

#define MAX_PAYLOAD 4096u
#define MAX_VALUES  8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void check_row(const struct vector_frame *f, size_t n)
{
    const char *values[MAX_VALUES];
    struct vector_row row;
    struct tr_error err;
    struct tr_buf again;

    if (vector_parse_row(f, n, values, &row, &err))
        return;
    tr_buf_init(&again, 2 * MAX_PAYLOAD);
    vector_put_row(&again, n, &row);
    require(!again.failed && again.len == f->len + 5);
    require(!memcmp(again.data + 5, f->payload, f->len));
    tr_buf_clear(&again);
}

static void check_frame(const struct vector_frame *f, size_t n)
{
    struct vector_columns columns;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;

    /* A copy of its own, so that a read past the end is seen. */
    unsigned char *own = malloc(f->len ? f->len : 1);
    struct vector_frame copy = *f;

    require(own);
    if (f->len)
        memcpy(own, f->payload, f->len);
    copy.payload = own;
    tr_arena_init(&a, (size_t)1 << 20);
    check_row(&copy, n);
    if (!vector_parse_columns(&copy, &a, &columns, &err))
        require(columns.n <= VECTOR_MAX_COLUMNS && columns.srid >= -1);
    require(vector_parse_error(&copy, &err) != TR_OK && *err.msg);
    tr_arena_clear(&a);
    free(own);
}

/* Feed in pieces of `step` bytes; a sum over everything that came out. */
static uint64_t feed(const uint8_t *data, size_t size, size_t step, size_t n)
{
    struct vector_inbox in;
    struct tr_error err;
    uint64_t sum = 0;

    vector_inbox_init(&in, MAX_PAYLOAD);
    for (size_t at = 0; at < size;) {
        size_t room;
        unsigned char *to = vector_inbox_room(&in, &room);
        size_t len = size - at < step ? size - at : step;
        struct vector_frame f = { .type = -1 };

        require(to && room);
        len = len < room ? len : room;
        memcpy(to, data + at, len);
        vector_inbox_arrived(&in, len);
        at += len;
        while (f.type != VECTOR_FRAME_NONE) {
            if (vector_inbox_take(&in, &f, &err))
                goto done;
            if (f.type == VECTOR_FRAME_NONE)
                break;
            check_frame(&f, n);
            sum = sum * 31 + (uint64_t)f.len * (uint64_t)f.type;
            for (size_t i = 0; i < f.len; i++)
                sum = sum * 31 + f.payload[i];
        }
    }
done:
    vector_inbox_clear(&in);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;

    size_t n = data[0] % (MAX_VALUES + 1), step = (size_t)data[1] % 64 + 1;

    require(feed(data + 2, size - 2, step, n) ==
            feed(data + 2, size - 2, size, n));
    return 0;
}
