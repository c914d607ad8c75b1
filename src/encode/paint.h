/*
 * paint.h - the map onto somebody's cairo context: what raster.h draws as PNG,
 * as vectors onto a page. Include it only where <cairo.h> may be.
 */
#ifndef ENCODE_PAINT_H
#define ENCODE_PAINT_H

#include <cairo.h>

#include "terrier/raster.h"

/* Draw the view into the rectangle (0, 0) to (v->width, v->height) of `cr`, in
 * its units: translate first to where it should stand. Nothing is drawn
 * outside; the state of `cr` is as before. `o->scale` is not used. */
enum tr_status paint_map(struct tr_raster *r, const struct tr_snapshot *s,
                         const struct tr_raster_view *v,
                         const struct tr_raster_options *o,
                         struct tr_arena *scratch, cairo_t *cr,
                         struct tr_error *err);

#endif
