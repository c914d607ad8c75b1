/*
 * raster.h - the map as a picture: PNG tiles, and maps of any extent for print.
 *
 * A picture is a function of one snapshot, a view and a few options: the same
 * three give the same bytes. It is drawn by web/style.json, which the web map
 * reads too, so that both show the same map. A view cut into tiles shows what
 * it shows as one picture: nothing that crosses a border is cut off there, and
 * where a name stands does not depend on the tile that is asked for.
 *
 * A struct tr_raster (fonts, the parsed style) belongs to one thread at a time.
 * Opening one takes milliseconds: keep it. Open the first before other threads
 * start, so that the list of fonts is read once.
 */
#ifndef TR_RASTER_H
#define TR_RASTER_H

#include "terrier/buf.h"
#include "terrier/cql2.h"
#include "terrier/mercator.h"
#include "terrier/snapshot.h"

struct tr_raster;

/* TR_EBACKEND when the fonts or the style cannot be read. */
enum tr_status tr_raster_open(struct tr_raster **out, struct tr_error *err);
void tr_raster_close(struct tr_raster *r); /* NULL is a no-op */

/* ---- views ---- */

#define TR_RASTER_TILE       256.0  /* points on a side of a tile */
#define TR_RASTER_MAX_PIXELS 8192.0 /* on a side of a PNG */

/* A box of one plane, west to east and south to north in metres, and how large
 * it is drawn. A point is the unit of the style: a pixel of the screen at scale
 * 1, a unit of the page in print. The shape of the box and that of the picture
 * are the same: the functions below see to it. */
struct tr_raster_view {
    int srid; /* 3857 or 27700 */
    double west, south, east, north;
    double width, height; /* points */
};

/* A tile of WebMercatorQuad. */
struct tr_raster_view tr_raster_tile(struct tr_tile t);

/* The tile matrix set of the British National Grid: that of Ordnance Survey's
 * own maps, "EPSG:27700". Origin (top left) easting -238375, northing 1376256;
 * matrix z has 896 / 2^z metres to a pixel, z from 0 to TR_BNG_MAX_ZOOM; a tile
 * has 256 pixels on a side. */
#define TR_BNG_WEST     (-238375.0)
#define TR_BNG_NORTH    1376256.0
#define TR_BNG_METRES_0 896.0
#define TR_BNG_MAX_ZOOM 13u
/* How many tiles matrix z has: the first has 5 columns and 7 rows. */
uint32_t tr_raster_bng_columns(uint32_t z);
uint32_t tr_raster_bng_rows(uint32_t z);
/* TR_EINVAL names the range allowed. */
enum tr_status tr_raster_bng_tile(uint32_t z, uint32_t column, uint32_t row,
                                  struct tr_raster_view *out,
                                  struct tr_error *err);

/* `metres` of the ground from side to side, round a position, on the British
 * National Grid: for a map of one site. */
struct tr_raster_view tr_raster_round(struct tr_position middle, double metres,
                                      double width, double height);
/* All of a geometry with a margin, on the same: for a map of one locality. */
struct tr_raster_view tr_raster_of_geometry(const struct tr_geometry *g,
                                            double width, double height);
/* As it is, but grown to the shape of the picture: for any box. TR_EINVAL when
 * the box is empty, not finite or in another CRS. */
enum tr_status tr_raster_of_box(int srid, const double box[4], double width,
                                double height, struct tr_raster_view *out,
                                struct tr_error *err);

/* Metres of the ground to a point in the middle of the view. */
double tr_raster_ground_metres(const struct tr_raster_view *v);

/* ---- pictures ---- */

struct tr_raster_options {
    const char *collection; /* one collection alone over nothing (transparent),
                               "sites" as a rule; NULL: the whole map */
    const struct tr_cql2 *filter; /* of the sites - of the collection when there
                                     is one that is not the sites; NULL: none */
    const char *vintage;          /* of the area sets; NULL: the latest */
    const char *site;             /* a site_id to ring; NULL: none */
    const struct tr_area_set *set; /* with `area`: in full tone, the rest under
                                      a wash, in place of the place's focus */
    int32_t area;
    double scale;     /* pixels to a point, 1 to 4; 0: 1. PNG only */
    bool attribution; /* a line with whose data it is, at the foot */
    bool scale_bar;   /* a bar of metres, at the foot */
};

/* As PNG; without a single unit that varies: no time, no gamma, no resolution.
 * TR_ENOTFOUND for an unknown collection or site, TR_EINVAL for a filter that
 * is none, TR_ELIMIT for a picture that is too large. */
enum tr_status tr_raster_png(struct tr_raster *r, const struct tr_snapshot *s,
                             const struct tr_raster_view *v,
                             const struct tr_raster_options *o,
                             struct tr_arena *scratch, struct tr_buf *out,
                             struct tr_error *err);

/* Whose data a whole map shows, as its licences want it said: each attribution
 * once, joined by ", "; "" when none wants any. In the arena; NULL without
 * memory. */
const char *tr_raster_attribution(const struct tr_snapshot *s,
                                  struct tr_arena *a);

#endif
