/*
 * gtg.h - writing a horizontal shift grid as PROJ's Geodetic TIFF (GTG).
 *
 * The grid is latitude and longitude shifts in arc-seconds at evenly spaced
 * nodes, from the north-west corner, row by row, longitude positive east.
 */
#ifndef GTG_H
#define GTG_H

#include <stdint.h>

#include "terrier/buf.h"

struct gtg {
    double west_deg, north_deg, step_deg;
    uint32_t n_columns, n_rows;
    const float *shifts; /* latitude, longitude per node */
    int source_srid, target_srid;
    const char *description, *copyright;
};

/* Append the file to `out`. The same grid gives the same bytes. */
enum tr_status gtg_write(const struct gtg *g, struct tr_buf *out,
                         struct tr_error *err);

#endif
