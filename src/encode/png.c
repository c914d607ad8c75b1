/* png.c - see png.h. By the PNG specification, third edition. */
#include "encode/png.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL        7
#define COLORS       256u
#define SLOTS        1024u /* of the table of colours: a power of two */
#define N_FILTERS    3
#define MAX_CHANNELS 4

struct picture {
    uint32_t *pixels; /* not multiplied, without padding */
    uint32_t width, height;
    bool opaque;
    uint32_t colors[COLORS];
    uint32_t n_colors;     /* COLORS + 1: too many */
    uint16_t slots[SLOTS]; /* number of a colour + 1 */
};

static uint32_t plain(uint32_t p)
{
    uint32_t a = p >> 24, half = a / 2;

    if (a == 255 || a == 0)
        return a ? p : 0;
    return a << 24 | ((p >> 16 & 255) * 255 + half) / a << 16 |
           ((p >> 8 & 255) * 255 + half) / a << 8 |
           ((p & 255) * 255 + half) / a;
}

/* The number of a colour, added when it is new and there is room. */
static uint32_t color_number(struct picture *pic, uint32_t color)
{
    uint32_t at = color * 2654435761u >> 22;

    for (; pic->slots[at]; at = (at + 1) & (SLOTS - 1)) {
        if (pic->colors[pic->slots[at] - 1] == color)
            return pic->slots[at] - 1u;
    }
    if (pic->n_colors < COLORS) {
        pic->colors[pic->n_colors++] = color;
        pic->slots[at] = (uint16_t)pic->n_colors;
    } else {
        pic->n_colors = COLORS + 1;
    }
    return pic->n_colors - 1;
}

static bool read_picture(struct picture *pic, const uint32_t *pixels,
                         size_t stride, struct tr_arena *a)
{
    uint32_t last = 0, *to;
    bool any = false;

    pic->pixels =
        tr_arena_array(a, (size_t)pic->width * pic->height, sizeof *to);
    pic->opaque = true;
    to = pic->pixels;
    if (!to)
        return false;
    for (uint32_t y = 0; y < pic->height; y++) {
        for (uint32_t x = 0; x < pic->width; x++) {
            uint32_t p = plain(pixels[y * stride + x]);

            *to++ = p;
            pic->opaque = pic->opaque && p >> 24 == 255;
            if ((p != last || !any) && pic->n_colors <= COLORS)
                (void)color_number(pic, p);
            last = p;
            any = true;
        }
    }
    return true;
}

/* ---- rows ---- */

static void put_palette_row(struct picture *pic, const uint32_t *row,
                            unsigned bits, unsigned char *out)
{
    size_t bytes = ((size_t)pic->width * bits + 7) / 8;

    memset(out, 0, bytes);
    for (uint32_t x = 0; x < pic->width; x++) {
        size_t bit = (size_t)x * bits;

        out[bit / 8] |=
            (unsigned char)(color_number(pic, row[x]) << (8 - bits - bit % 8));
    }
}

static void put_color_row(const struct picture *pic, const uint32_t *row,
                          unsigned char *out)
{
    for (uint32_t x = 0; x < pic->width; x++) {
        *out++ = (unsigned char)(row[x] >> 16);
        *out++ = (unsigned char)(row[x] >> 8);
        *out++ = (unsigned char)row[x];
        if (!pic->opaque)
            *out++ = (unsigned char)(row[x] >> 24);
    }
}

/* Of PNG's five filters the three that a map gains by: as it is, less the pixel
 * to the left, less the one above. */
static void filter_row(int filter, const unsigned char *row,
                       const unsigned char *above, size_t n, size_t channels,
                       unsigned char *out)
{
    if (filter == 0) {
        memcpy(out, row, n);
    } else if (filter == 1) {
        memcpy(out, row, channels);
        for (size_t i = channels; i < n; i++)
            out[i] = (unsigned char)(row[i] - row[i - channels]);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = (unsigned char)(row[i] - above[i]);
    }
}

static unsigned weight(const unsigned char *row, size_t n)
{
    unsigned sum = 0; /* a row has at most 32768 bytes */

    for (size_t i = 0; i < n; i++)
        sum += row[i] < 128 ? row[i] : 256u - row[i];
    return sum;
}

/* The row by the filter that leaves least: a well-known rule of thumb. */
static void best_filter(const unsigned char *row, const unsigned char *above,
                        size_t n, size_t channels, unsigned char *out,
                        unsigned char *scratch)
{
    unsigned least = 0;

    for (int f = 0; f < N_FILTERS; f++) {
        unsigned w;

        filter_row(f, row, above, n, channels, scratch);
        w = weight(scratch, n);
        if (f && w >= least)
            continue;
        least = w;
        out[0] = (unsigned char)f;
        memcpy(out + 1, scratch, n);
    }
}

/* ---- chunks ---- */

static void put_u32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

static void put_chunk(struct tr_buf *out, const char *type, const void *data,
                      size_t len)
{
    unsigned char head[8], tail[4];
    uint32_t crc;

    put_u32(head, (uint32_t)len);
    memcpy(head + 4, type, 4);
    crc = libdeflate_crc32(libdeflate_crc32(0, type, 4), data, len);
    put_u32(tail, crc);
    tr_buf_add(out, head, sizeof head);
    tr_buf_add(out, data, len);
    tr_buf_add(out, tail, sizeof tail);
}

static void put_palette(struct tr_buf *out, const struct picture *pic)
{
    unsigned char rgb[3 * COLORS], alpha[COLORS];

    for (size_t i = 0; i < pic->n_colors; i++) {
        rgb[3 * i] = (unsigned char)(pic->colors[i] >> 16);
        rgb[3 * i + 1] = (unsigned char)(pic->colors[i] >> 8);
        rgb[3 * i + 2] = (unsigned char)pic->colors[i];
        alpha[i] = (unsigned char)(pic->colors[i] >> 24);
    }
    put_chunk(out, "PLTE", rgb, (size_t)3 * pic->n_colors);
    if (!pic->opaque)
        put_chunk(out, "tRNS", alpha, pic->n_colors);
}

static enum tr_status put_pixels(struct tr_buf *out, const unsigned char *raw,
                                 size_t len, struct tr_arena *a,
                                 struct tr_error *err)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
    size_t room = c ? libdeflate_zlib_compress_bound(c, len) : 0;
    unsigned char *packed = tr_arena_alloc(a, room);
    size_t n = 0;

    if (c && packed)
        n = libdeflate_zlib_compress(c, raw, len, packed, room);
    libdeflate_free_compressor(c);
    if (!n)
        return tr_fail(err, TR_ENOMEM, "no memory left for the picture");
    put_chunk(out, "IDAT", packed, n);
    return TR_OK;
}

static unsigned bits_of(uint32_t n_colors)
{
    return n_colors <= 2 ? 1 : n_colors <= 4 ? 2 : n_colors <= 16 ? 4 : 8;
}

/* Filtered rows of all pixels; NULL without memory. */
static unsigned char *make_rows(struct picture *pic, size_t bytes,
                                size_t channels, unsigned bits,
                                struct tr_arena *a)
{
    unsigned char *raw = tr_arena_array(a, pic->height, bytes + 1);
    unsigned char *rows[2] = { tr_arena_alloc(a, bytes),
                               tr_arena_alloc(a, bytes) };
    unsigned char *scratch = tr_arena_alloc(a, bytes);

    if (!raw || !rows[0] || !rows[1] || !scratch)
        return NULL;
    for (uint32_t y = 0; y < pic->height; y++) {
        const uint32_t *from = pic->pixels + (size_t)y * pic->width;
        unsigned char *to = raw + y * (bytes + 1);

        if (bits) { /* colours of a palette do not grow into one another */
            put_palette_row(pic, from, bits, to + 1);
            continue;
        }
        put_color_row(pic, from, rows[y % 2]);
        best_filter(rows[y % 2], rows[(y + 1) % 2], bytes, channels, to,
                    scratch);
    }
    return raw;
}

enum tr_status png_write(const uint32_t *pixels, uint32_t width,
                         uint32_t height, size_t stride, struct tr_arena *a,
                         struct tr_buf *out, struct tr_error *err)
{
    static const unsigned char signature[] = {
        137, 80, 78, 71, 13, 10, 26, 10
    };
    struct picture pic = { .width = width, .height = height };
    unsigned char head[13] = { 0 }, *raw = NULL;
    size_t channels, bytes;
    unsigned bits;
    enum tr_status st = TR_OK;

    if (!read_picture(&pic, pixels, stride, a))
        return tr_fail(err, TR_ENOMEM, "no memory left for the picture");
    bits = pic.n_colors <= COLORS ? bits_of(pic.n_colors) : 0;
    channels = pic.opaque ? 3 : MAX_CHANNELS;
    bytes = bits ? ((size_t)width * bits + 7) / 8 : width * channels;
    raw = make_rows(&pic, bytes, channels, bits, a);
    if (!raw)
        return tr_fail(err, TR_ENOMEM, "no memory left for the picture");
    put_u32(head, width);
    put_u32(head + 4, height);
    head[8] = (unsigned char)(bits ? bits : 8);
    head[9] = (unsigned char)(bits ? 3 : pic.opaque ? 2 : 6);
    tr_buf_add(out, signature, sizeof signature);
    put_chunk(out, "IHDR", head, sizeof head);
    if (bits)
        put_palette(out, &pic);
    st = put_pixels(out, raw, (bytes + 1) * height, a, err);
    put_chunk(out, "IEND", "", 0);
    return st ? st : tr_buf_status(out, "the picture", err);
}
