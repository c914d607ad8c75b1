/*
 * geom_exact.h - integers wide enough that no predicate here ever rounds.
 */
#ifndef GEOM_EXACT_H
#define GEOM_EXACT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* -Wpedantic does not know the type; both compilers that we use do. */
__extension__ typedef __int128 geom_i128;
__extension__ typedef unsigned __int128 geom_u128;

/* The largest r with r * r <= v. */
static inline uint64_t geom_isqrt(uint64_t v)
{
    uint64_t r = (uint64_t)sqrt((double)v);

    if (r > UINT32_MAX)
        r = UINT32_MAX;
    while (r * r > v)
        r--;
    while (r < UINT32_MAX && (r + 1) * (r + 1) <= v)
        r++;
    return r;
}

/* Twice the signed area of the triangle a, b, c: positive when c lies left of
 * the way from a to b (y up). */
static inline geom_i128 geom_cross(int64_t ax, int64_t ay, int64_t bx,
                                   int64_t by, int64_t cx, int64_t cy)
{
    return (geom_i128)(bx - ax) * (cy - ay) - (geom_i128)(by - ay) * (cx - ax);
}

static inline bool geom_between(int64_t a, int64_t v, int64_t b)
{
    return a <= b ? a <= v && v <= b : b <= v && v <= a;
}

static inline int64_t geom_floor_div(geom_i128 a, geom_i128 b)
{
    geom_i128 q = a / b;

    return (int64_t)(a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q);
}

/* a / b rounded to the nearest, halves up. */
static inline int64_t geom_round_div(geom_i128 a, geom_i128 b)
{
    return geom_floor_div(2 * a + b, 2 * b);
}

#endif
