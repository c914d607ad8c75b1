/* mercator.c - see terrier/mercator.h */
#include "terrier/mercator.h"

#include <math.h>
#include <stddef.h>

#define WORLD 4294967296.0 /* cells on a side: 2^32 */
#define PI    3.14159265358979323846

static uint32_t clamp_cell(double v)
{
    if (!(v > 0.0))
        return 0;
    return v >= WORLD ? UINT32_MAX : (uint32_t)v;
}

struct tr_cell tr_mercator_cell(int32_t lon_e7, int32_t lat_e7)
{
    const int64_t turn = 3600000000;
    int64_t east = (int64_t)lon_e7 + turn / 2;
    struct tr_cell c;

    /* Integers, so that x never depends on how a division rounds. */
    if (east < 0)
        east = 0;
    if (east >= turn)
        c.x = UINT32_MAX;
    else
        c.x = (uint32_t)(((uint64_t)east << 32) / (uint64_t)turn);

    double lat = lat_e7 / 1e7;

    if (lat > TR_MERCATOR_MAX_LAT_DEG)
        lat = TR_MERCATOR_MAX_LAT_DEG;
    if (lat < -TR_MERCATOR_MAX_LAT_DEG)
        lat = -TR_MERCATOR_MAX_LAT_DEG;

    double s = sin(lat * (PI / 180.0));

    c.y = clamp_cell((0.5 - atanh(s) / (2.0 * PI)) * WORLD);
    return c;
}

static double lat_of_row(double row)
{
    return atan(sinh(PI * (1.0 - 2.0 * row / WORLD))) * (180.0 / PI);
}

static double lon_of_column(double column)
{
    return column / WORLD * 360.0 - 180.0;
}

void tr_mercator_degrees(struct tr_cell c, double *lon_deg, double *lat_deg)
{
    *lon_deg = lon_of_column(c.x + 0.5);
    *lat_deg = lat_of_row(c.y + 0.5);
}

/* Put a zero bit between each two of v's bits, and back: "Interleave bits by
 * binary magic numbers", widened to 64 bits. */
static uint64_t spread(uint32_t v)
{
    uint64_t k = v;

    k = (k | k << 16) & 0x0000FFFF0000FFFF;
    k = (k | k << 8) & 0x00FF00FF00FF00FF;
    k = (k | k << 4) & 0x0F0F0F0F0F0F0F0F;
    k = (k | k << 2) & 0x3333333333333333;
    return (k | k << 1) & 0x5555555555555555;
}

static uint32_t squeeze(uint64_t k)
{
    k &= 0x5555555555555555;
    k = (k | k >> 1) & 0x3333333333333333;
    k = (k | k >> 2) & 0x0F0F0F0F0F0F0F0F;
    k = (k | k >> 4) & 0x00FF00FF00FF00FF;
    k = (k | k >> 8) & 0x0000FFFF0000FFFF;
    return (uint32_t)(k | k >> 16);
}

uint64_t tr_morton(struct tr_cell c)
{
    return spread(c.y) << 1 | spread(c.x);
}

struct tr_cell tr_morton_cell(uint64_t key)
{
    return (struct tr_cell){ .x = squeeze(key), .y = squeeze(key >> 1) };
}

struct tr_morton_range tr_tile_range(struct tr_tile t)
{
    if (t.z == 0) /* a shift by 64 is undefined */
        return (struct tr_morton_range){ 0, UINT64_MAX };

    unsigned shift = 64 - 2 * t.z;
    uint64_t key = tr_morton((struct tr_cell){ t.x, t.y });

    return (struct tr_morton_range){
        .first = key << shift,
        .last = key << shift | ((UINT64_C(1) << shift) - 1),
    };
}

struct tr_tile tr_tile_parent(struct tr_tile t, uint32_t z)
{
    uint32_t up = t.z > z ? t.z - z : 0;

    return (struct tr_tile){ t.z - up, t.x >> up, t.y >> up };
}

struct tr_tile tr_tile_at(struct tr_cell c, uint32_t z)
{
    if (z == 0) /* a shift by 32 is undefined */
        return (struct tr_tile){ 0, 0, 0 };
    return (struct tr_tile){ z, c.x >> (32 - z), c.y >> (32 - z) };
}

void tr_tile_bounds(struct tr_tile t, double bounds_deg[4])
{
    double size = WORLD / (double)(UINT64_C(1) << t.z);

    bounds_deg[0] = lon_of_column(t.x * size);
    bounds_deg[1] = lat_of_row((t.y + 1.0) * size);
    bounds_deg[2] = lon_of_column((t.x + 1.0) * size);
    bounds_deg[3] = lat_of_row(t.y * size);
}

/* strtoul() would accept signs, spaces and wrap-around. */
static enum tr_status parse_up_to(const char *s, const char *name,
                                  uint32_t highest, uint32_t *out,
                                  struct tr_error *err)
{
    uint32_t v = 0;
    const char *p = s;

    for (; *p >= '0' && *p <= '9' && v <= highest; p++)
        v = v * 10 + (uint32_t)(*p - '0');
    if (p == s || *p || v > highest)
        return tr_fail(err, TR_EINVAL,
                       "tile %s '%.20s' is not a whole number from 0 to %u",
                       name, s, (unsigned)highest);
    *out = v;
    return TR_OK;
}

enum tr_status tr_tile_parse(const char *z, const char *x, const char *y,
                             struct tr_tile *out, struct tr_error *err)
{
    struct tr_tile t = { 0 };
    enum tr_status st = parse_up_to(z, "zoom", TR_MAX_ZOOM, &t.z, err);

    if (st)
        return st;

    uint32_t highest = (UINT32_C(1) << t.z) - 1;

    st = parse_up_to(x, "column", highest, &t.x, err);
    if (!st)
        st = parse_up_to(y, "row", highest, &t.y, err);
    if (!st)
        *out = t;
    return st;
}
