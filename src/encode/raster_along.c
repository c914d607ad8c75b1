/* raster_along.c - names that run along lines: rivers. See raster_parts.h. */
#include "encode/raster_parts.h"

enum tr_status raster_draw_along(const struct raster_job *j,
                                 const struct style_entry *e)
{
    (void)j;
    (void)e;
    return TR_OK;
}
