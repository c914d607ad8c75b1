/* fuzz_csv.c - what is read, written again and read again, is the same. The
 * first byte chooses the options. */
#include <assert.h>
#include <string.h>

#include "terrier/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum tr_status open_bytes(const char *p, size_t len,
                                 const struct tr_csv_options *options,
                                 struct tr_csv **out)
{
    struct tr_error err = TR_ERROR_INIT;
    enum tr_status st = tr_csv_open_bytes(p, len, "f", options, out, &err);

    assert(!st || (*err.msg && strlen(err.msg) < sizeof err.msg));
    return st;
}

/* Write every row that can be read into `b`. */
static void copy_rows(struct tr_csv *csv, struct tr_buf *b)
{
    struct tr_csv_row row = { .n = 1 };
    long line = 0;

    while (!tr_csv_next(csv, &row, NULL) && row.n) {
        assert(row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.n; i++) {
            assert(strlen(row.values[i]) == row.lengths[i]);
            tr_csv_write(b, row.values[i], i == 0, false);
        }
        tr_csv_end_row(b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_csv_options options = { .max_row_bytes = 4096,
                                      .max_columns = 100 };
    struct tr_csv *csv = NULL;
    struct tr_buf once, twice;

    if (!size)
        return 0;
    options.separator = data[0] & 1 ? ';' : ',';
    options.encoding = data[0] & 2 ? TR_WINDOWS_1252 : TR_UTF_8;
    tr_buf_init(&once, (size_t)16 << 20);
    tr_buf_init(&twice, (size_t)16 << 20);
    if (!open_bytes((const char *)data + 1, size - 1, &options, &csv)) {
        copy_rows(csv, &once);
        tr_csv_close(csv);
    }
    options = (struct tr_csv_options){ .max_row_bytes = 1 << 20 };
    /* A file that begins with U+FEFF as text is the mark to another reader. */
    if (once.len && once.data[0] != 0xEF &&
        !open_bytes((const char *)once.data, once.len, &options, &csv)) {
        copy_rows(csv, &twice);
        tr_csv_close(csv);
        assert(once.len == twice.len);
        assert(memcmp(once.data, twice.data, once.len) == 0);
    }
    tr_buf_clear(&once);
    tr_buf_clear(&twice);
    return 0;
}
