/* gzip.c - see gzip.h */
#include "encode/gzip.h"

#include <libdeflate.h>
#include <stdlib.h>

/* An archive is made once and fetched often. */
enum { LEVEL = 6 };

struct gzip {
    struct libdeflate_compressor *z;
};

struct gzip *gzip_open(void)
{
    struct gzip *gz = calloc(1, sizeof *gz);

    if (!gz)
        return NULL;
    gz->z = libdeflate_alloc_compressor(LEVEL);
    if (gz->z)
        return gz;
    free(gz);
    return NULL;
}

void gzip_close(struct gzip *gz)
{
    if (!gz)
        return;
    libdeflate_free_compressor(gz->z);
    free(gz);
}

enum tr_status gzip_add(struct gzip *gz, const void *p, size_t len,
                        struct tr_buf *out, struct tr_error *err)
{
    size_t bound = libdeflate_gzip_compress_bound(gz->z, len);
    unsigned char *to = tr_buf_room(out, bound);

    if (!to)
        return tr_buf_status(out, "the compressed tile", err);
    out->len += libdeflate_gzip_compress(gz->z, p, len, to, bound);
    return TR_OK;
}
