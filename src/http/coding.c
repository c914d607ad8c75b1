/* coding.c - the doors to libdeflate and brotli. See coding.h. */
#include "http/coding.h"

#include <brotli/encode.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "http/http.h"

#define SMALLEST 512 /* bytes; below, the headers outweigh the gain */
/* Of a first answer's time the compression is nearly half: keep both low. On
 * busy tiles of 93 KB: gzip 1, 2 and 3 take 0.5, 0.8 and 0.95 ms for 50, 46 and
 * 45.6 KB; brotli 2 and 4 0.76 and 1.5 ms for 46 and 44 KB. */
#define GZIP_LEVEL     1
#define BROTLI_QUALITY 2

enum coding coding_choose(const char *accept_encoding)
{
    int gzip = http_weight(accept_encoding, "gzip");
    int brotli = http_weight(accept_encoding, "br");

    if (brotli && brotli >= gzip)
        return CODING_BROTLI;
    return gzip ? CODING_GZIP : CODING_NONE;
}

const char *coding_name(enum coding c)
{
    static const char *const names[CODINGS] = { NULL, "gzip", "br" };

    return names[c];
}

const char *coding_suffix(enum coding c)
{
    static const char *const suffixes[CODINGS] = { "", "-gzip", "-br" };

    return suffixes[c];
}

struct packer {
    struct libdeflate_compressor *gzip;
};

struct packer *packer_new(void)
{
    struct packer *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    if (!p->gzip) {
        free(p);
        return NULL;
    }
    return p;
}

void packer_free(struct packer *p)
{
    if (!p)
        return;
    libdeflate_free_compressor(p->gzip);
    free(p);
}

/* Bytes written to `to`, of which there are `len`; 0: no gain. */
static size_t pack(struct packer *p, enum coding wanted,
                   const struct tr_buf *from, unsigned char *to)
{
    size_t len = from->len;

    if (wanted == CODING_GZIP)
        return libdeflate_gzip_compress(p->gzip, from->data, from->len, to,
                                        len);
    if (!BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_DEFAULT_WINDOW,
                               BROTLI_MODE_GENERIC, from->len, from->data, &len,
                               to))
        return 0;
    return len;
}

enum coding packer_pack(struct packer *p, enum coding wanted, struct tr_buf *b)
{
    struct tr_buf packed;
    unsigned char *to;
    size_t len = 0;

    if (wanted == CODING_NONE || b->len < SMALLEST)
        return CODING_NONE;
    tr_buf_init(&packed, b->len);
    to = tr_buf_room(&packed, b->len);
    if (to)
        len = pack(p, wanted, b, to);
    if (!len) {
        tr_buf_clear(&packed);
        return CODING_NONE;
    }
    packed.len = len;
    tr_buf_clear(b);
    /* It may be kept for long: give back what it did not need. */
    to = realloc(packed.data, len);
    if (to) {
        packed.data = to;
        packed.size = len;
    }
    *b = packed;
    return wanted;
}

bool coding_unpack_gzip(const void *packed, size_t len, struct tr_buf *out)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;

    for (size_t size = len * 4 + 1024;
         d && result == LIBDEFLATE_INSUFFICIENT_SPACE; size *= 2) {
        unsigned char *to;
        size_t n = 0;

        size = size < out->limit ? size : out->limit;
        to = tr_buf_room(out, size);
        if (!to)
            break;
        result = libdeflate_gzip_decompress(d, packed, len, to, size, &n);
        if (result == LIBDEFLATE_SUCCESS)
            out->len = n;
        if (size == out->limit)
            break;
    }
    libdeflate_free_decompressor(d);
    return result == LIBDEFLATE_SUCCESS;
}
