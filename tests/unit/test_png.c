/* test_png.c - pictures as PNG, read back by another's reader. */
#include "support/tr_test.h"

#include <cairo.h>
#include <string.h>

#include "encode/png.h"

static struct tr_error test_err;

static uint64_t seed = 42;

static uint32_t next(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

struct reading {
    const struct tr_buf *b;
    size_t at;
};

static cairo_status_t read_some(void *closure, unsigned char *to,
                                unsigned int len)
{
    struct reading *r = closure;

    if (r->at + len > r->b->len)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, r->b->data + r->at, len);
    r->at += len;
    return CAIRO_STATUS_SUCCESS;
}

static uint32_t premultiplied(uint32_t a, uint32_t r, uint32_t g, uint32_t b)
{
    return a << 24 | (r * a / 255) << 16 | (g * a / 255) << 8 | (b * a / 255);
}

/* Channels of what was written and read differ by what multiplying loses. */
static unsigned worst(const uint32_t *pixels, uint32_t w, uint32_t h,
                      cairo_surface_t *read)
{
    const unsigned char *data = cairo_image_surface_get_data(read);
    int stride = cairo_image_surface_get_stride(read);
    unsigned most = 0;
    bool opaque = cairo_image_surface_get_format(read) == CAIRO_FORMAT_RGB24;

    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++) {
            uint32_t got, want = pixels[y * w + x];

            memcpy(&got, data + (size_t)stride * y + 4 * (size_t)x, 4);
            if (opaque)
                got |= 0xFF000000u;
            for (int k = 0; k < 32; k += 8) {
                unsigned a = got >> k & 255, b = want >> k & 255;

                most = a > b ? (a - b > most ? a - b : most)
                             : (b - a > most ? b - a : most);
            }
        }
    }
    return most;
}

static void check_picture(uint32_t w, uint32_t h, uint32_t colors, bool opaque,
                          size_t *len)
{
    static uint32_t pixels[200 * 200], palette[400];
    struct tr_arena a;
    struct tr_buf out;
    struct reading reading = { &out, 0 };
    cairo_surface_t *read;

    for (uint32_t i = 0; i < colors; i++)
        palette[i] = premultiplied(opaque ? 255 : next(256), next(256),
                                   next(256), next(256));
    for (uint32_t i = 0; i < w * h; i++)
        pixels[i] = palette[next(colors)];
    tr_arena_init(&a, (size_t)64 << 20);
    tr_buf_init(&out, (size_t)16 << 20);
    assert_ok(png_write(pixels, w, h, w, &a, &out, &test_err));
    read = cairo_image_surface_create_from_png_stream(read_some, &reading);
    assert_int_equal(cairo_surface_status(read), CAIRO_STATUS_SUCCESS);
    assert_int_equal(cairo_image_surface_get_width(read), w);
    assert_int_equal(cairo_image_surface_get_height(read), h);
    assert_in_range(worst(pixels, w, h, read), 0, opaque ? 0 : 1);
    if (len)
        *len = out.len;
    cairo_surface_destroy(read);
    tr_buf_clear(&out);
    tr_arena_clear(&a);
}

static void every_number_of_colours_reads_back(void **state)
{
    (void)state;
    for (uint32_t colors = 1; colors < 400; colors += colors < 20 ? 1 : 47) {
        check_picture(1 + next(199), 1 + next(199), colors, true, NULL);
        check_picture(1 + next(199), 1 + next(199), colors, false, NULL);
    }
    check_picture(200, 200, 256, true, NULL);
    check_picture(200, 200, 257, true, NULL);
    check_picture(1, 1, 1, false, NULL);
}

static void few_colours_are_a_palette(void **state)
{
    size_t few, many;

    (void)state;
    check_picture(200, 200, 2, true, &few);
    check_picture(200, 200, 399, true, &many);
    assert_in_range(few, 1, 200 * 200 / 8 + 500); /* a bit each */
    assert_true(many > 4 * few);
}

static void a_full_buffer_is_said(void **state)
{
    static uint32_t pixels[64 * 64];
    struct tr_arena a;
    struct tr_buf out;

    (void)state;
    for (size_t i = 0; i < 64 * 64; i++)
        pixels[i] = 0xFF000000u | next(1u << 24);
    tr_arena_init(&a, (size_t)16 << 20);
    tr_buf_init(&out, 1000);
    assert_int_equal(png_write(pixels, 64, 64, 64, &a, &out, &test_err),
                     TR_ELIMIT);
    tr_buf_clear(&out);
    tr_arena_clear(&a);
    tr_arena_init(&a, 1000);
    tr_buf_init(&out, 100000);
    assert_int_equal(png_write(pixels, 64, 64, 64, &a, &out, &test_err),
                     TR_ENOMEM);
    tr_buf_clear(&out);
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_colours_reads_back),
        cmocka_unit_test(few_colours_are_a_palette),
        cmocka_unit_test(a_full_buffer_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
