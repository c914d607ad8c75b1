/* gtg.c - see geom/gtg.h. TIFF 6.0, GeoTIFF 1.1 and PROJ's "Geodetic TIFF
 * grids" specification. */
#include "geom/gtg.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* Small tiles: PROJ keeps few of them open, and a point needs one. */
#define TILE       64
#define SAMPLES    2
#define ROW_VALUES (TILE * SAMPLES)
#define ROW_BYTES  (ROW_VALUES * 4)
#define TILE_BYTES (TILE * ROW_BYTES)
#define LEVEL      9

enum { T_ASCII = 2, T_SHORT = 3, T_LONG = 4, T_DOUBLE = 12 };

struct entry {
    uint16_t tag, type;
    uint32_t count, value; /* the value itself, or where it lies */
};

struct writer {
    const struct gtg *g;
    struct tr_buf *out;
    size_t start; /* of the file, in out */
    struct entry entries[24];
    uint16_t n;
};

static void put16(struct tr_buf *b, uint32_t v)
{
    tr_buf_byte(b, (unsigned char)v);
    tr_buf_byte(b, (unsigned char)(v >> 8));
}

static void put32(struct tr_buf *b, uint32_t v)
{
    put16(b, v);
    put16(b, v >> 16);
}

static void put_double(struct tr_buf *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    put32(b, (uint32_t)bits);
    put32(b, (uint32_t)(bits >> 32));
}

static uint32_t here(struct writer *w)
{
    if ((w->out->len - w->start) & 1) /* TIFF offsets are even */
        tr_buf_byte(w->out, 0);
    return (uint32_t)(w->out->len - w->start);
}

static void add(struct writer *w, uint16_t tag, uint16_t type, uint32_t count,
                uint32_t value)
{
    w->entries[w->n++] = (struct entry){ tag, type, count, value };
}

static void add_text(struct writer *w, uint16_t tag, const char *s)
{
    uint32_t at = here(w);

    tr_buf_add(w->out, s, strlen(s) + 1);
    add(w, tag, T_ASCII, (uint32_t)strlen(s) + 1, at);
}

/* One row of a tile as TIFF's predictor 3 wants it: the bytes of all values by
 * significance, each as the difference from the pixel before. */
static void predict(const uint32_t bits[ROW_VALUES], unsigned char *row)
{
    for (int byte = 0; byte < 4; byte++)
        for (int i = 0; i < ROW_VALUES; i++)
            row[byte * ROW_VALUES + i] =
                (unsigned char)(bits[i] >> (24 - 8 * byte));
    for (int i = ROW_BYTES - 1; i >= SAMPLES; i--)
        row[i] = (unsigned char)(row[i] - row[i - SAMPLES]);
}

/* Tiles overhang the grid; there the last node is repeated. */
static void fill_tile(const struct gtg *g, uint32_t tile_x, uint32_t tile_y,
                      unsigned char *raw)
{
    uint32_t bits[ROW_VALUES];

    for (uint32_t y = 0; y < TILE; y++) {
        uint32_t row = tile_y * TILE + y;

        row = row < g->n_rows ? row : g->n_rows - 1;
        for (uint32_t x = 0; x < TILE; x++) {
            uint32_t column = tile_x * TILE + x;

            column = column < g->n_columns ? column : g->n_columns - 1;
            memcpy(bits + (size_t)SAMPLES * x,
                   g->shifts + SAMPLES * ((size_t)row * g->n_columns + column),
                   (size_t)SAMPLES * sizeof *bits);
        }
        predict(bits, raw + (size_t)y * (size_t)(ROW_BYTES));
    }
}

static enum tr_status write_tiles(struct writer *w, uint32_t *at,
                                  uint32_t *sizes, struct tr_error *err)
{
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(LEVEL);
    uint32_t across = (w->g->n_columns + TILE - 1) / TILE;
    uint32_t n = across * ((w->g->n_rows + TILE - 1) / TILE);
    unsigned char raw[TILE_BYTES];

    if (!z)
        return tr_fail(err, TR_ENOMEM, "no memory left to compress the grid");

    size_t bound = libdeflate_zlib_compress_bound(z, sizeof raw);

    for (uint32_t i = 0; i < n; i++) {
        at[i] = here(w);
        fill_tile(w->g, i % across, i / across, raw);

        unsigned char *to = tr_buf_room(w->out, bound);

        if (!to)
            break;
        sizes[i] =
            (uint32_t)libdeflate_zlib_compress(z, raw, sizeof raw, to, bound);
        w->out->len += sizes[i];
    }
    libdeflate_free_compressor(z);
    return tr_buf_status(w->out, "the grid", err);
}

static void add_longs(struct writer *w, uint16_t tag, const uint32_t *v,
                      uint32_t n)
{
    uint32_t at = here(w);

    for (uint32_t i = 0; i < n; i++)
        put32(w->out, v[i]);
    add(w, tag, T_LONG, n, at);
}

static void add_doubles(struct writer *w, uint16_t tag, const double *v,
                        uint32_t n)
{
    uint32_t at = here(w);

    for (uint32_t i = 0; i < n; i++)
        put_double(w->out, v[i]);
    add(w, tag, T_DOUBLE, n, at);
}

/* GeoTIFF keys: a geographic model, pixel is point, the source's code. */
static void add_geo_keys(struct writer *w)
{
    const uint16_t keys[] = {
        1,    1, 1, 3, 1024, 0, 1, 2,
        1025, 0, 1, 2, 2048, 0, 1, (uint16_t)w->g->source_srid,
    };
    uint32_t n = sizeof keys / sizeof *keys, at = here(w);

    for (uint32_t i = 0; i < n; i++)
        put16(w->out, keys[i]);
    add(w, 34735, T_SHORT, n, at);
}

static void add_metadata(struct writer *w)
{
    static const char form[] =
        "<GDALMetadata>\n"
        "<Item name=\"TYPE\">HORIZONTAL_OFFSET</Item>\n"
        "<Item name=\"target_crs_epsg_code\">%d</Item>\n"
        "<Item name=\"UNITTYPE\" sample=\"0\" role=\"unittype\">arc-second"
        "</Item>\n"
        "<Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">"
        "latitude_offset</Item>\n"
        "<Item name=\"positive_value\" sample=\"1\">east</Item>\n"
        "<Item name=\"UNITTYPE\" sample=\"1\" role=\"unittype\">arc-second"
        "</Item>\n"
        "<Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">"
        "longitude_offset</Item>\n"
        "</GDALMetadata>\n";
    uint32_t at = here(w);

    tr_buf_printf(w->out, form, w->g->target_srid);
    tr_buf_byte(w->out, 0);
    add(w, 42112, T_ASCII, (uint32_t)(w->out->len - w->start) - at, at);
}

/* Tags in ascending order, as TIFF demands. */
static void write_directory(struct writer *w, const uint32_t *at,
                            const uint32_t *sizes, uint32_t n_tiles)
{
    const struct gtg *g = w->g;
    const double scale[] = { g->step_deg, g->step_deg, 0 };
    const double tie[] = { 0, 0, 0, g->west_deg, g->north_deg, 0 };

    add(w, 254, T_LONG, 1, 0); /* the full-resolution image */
    add(w, 256, T_LONG, 1, g->n_columns);
    add(w, 257, T_LONG, 1, g->n_rows);
    add(w, 258, T_SHORT, SAMPLES, 32 | 32 << 16); /* bits per sample */
    add(w, 259, T_SHORT, 1, 8);                   /* deflate, as zlib */
    add(w, 262, T_SHORT, 1, 1);                   /* black is zero */
    add_text(w, 270, g->description);
    add(w, 277, T_SHORT, 1, SAMPLES);
    add(w, 284, T_SHORT, 1, 1); /* the two samples side by side */
    add(w, 317, T_SHORT, 1, 3); /* floating point predictor */
    add(w, 322, T_LONG, 1, TILE);
    add(w, 323, T_LONG, 1, TILE);
    add_longs(w, 324, at, n_tiles);
    add_longs(w, 325, sizes, n_tiles);
    add(w, 338, T_SHORT, 1, 0);                 /* the second is data */
    add(w, 339, T_SHORT, SAMPLES, 3 | 3 << 16); /* IEEE floating point */
    add_text(w, 33432, g->copyright);
    add_doubles(w, 33550, scale, 3);
    add_doubles(w, 33922, tie, 6);
    add_geo_keys(w);
    add_metadata(w);

    uint32_t directory = here(w);

    put16(w->out, w->n);
    for (uint16_t i = 0; i < w->n; i++) {
        put16(w->out, w->entries[i].tag);
        put16(w->out, w->entries[i].type);
        put32(w->out, w->entries[i].count);
        put32(w->out, w->entries[i].value);
    }
    put32(w->out, 0); /* no further image */
    for (int i = 0; i < 4 && !w->out->failed; i++)
        w->out->data[w->start + 4 + (size_t)i] =
            (unsigned char)(directory >> (8 * i));
}

enum tr_status gtg_write(const struct gtg *g, struct tr_buf *out,
                         struct tr_error *err)
{
    struct writer w = { .g = g, .out = out, .start = out->len };
    uint32_t n =
        ((g->n_columns + TILE - 1) / TILE) * ((g->n_rows + TILE - 1) / TILE);
    uint32_t *at = calloc(n, sizeof *at), *sizes = calloc(n, sizeof *sizes);
    enum tr_status st = TR_OK;

    if (!at || !sizes) {
        st = tr_fail(err, TR_ENOMEM, "no memory left for the grid");
        goto done;
    }
    tr_buf_add(out, "II*\0\0\0\0\0", 8);
    st = write_tiles(&w, at, sizes, err);
    if (st)
        goto done;
    write_directory(&w, at, sizes, n);
    st = tr_buf_status(out, "the grid", err);
done:
    free(sizes);
    free(at);
    return st;
}
