/*
 * png.h - a picture as PNG. The same pixels give the same bytes; nothing but the
 * pixels is in the file.
 */
#ifndef ENCODE_PNG_H
#define ENCODE_PNG_H

#include "terrier/arena.h"
#include "terrier/buf.h"

/* Pixels as cairo has them: 0xAARRGGBB in the machine's byte order, red, green
 * and blue multiplied by alpha. `stride` is in pixels. Few colours become a
 * palette, pictures without transparency have three channels, others four. */
enum tr_status png_write(const uint32_t *pixels, uint32_t width,
                         uint32_t height, size_t stride, struct tr_arena *a,
                         struct tr_buf *out, struct tr_error *err);

#endif
