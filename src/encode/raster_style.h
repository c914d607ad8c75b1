/*
 * raster_style.h - web/style.json as the painter has it. The file is compiled
 * in, so that there is nothing to lose on the way; the web map imports the same.
 * What each key means is written beside StyleEntry in web/src/types.d.ts.
 */
#ifndef ENCODE_RASTER_STYLE_H
#define ENCODE_RASTER_STYLE_H

#include "terrier/snapshot.h"

/* Written from web/style.json by the Makefile. */
extern const char raster_style_json[];
extern const size_t raster_style_json_len;

struct style_color {
    double r, g, b, a;
};

#define STYLE_STOPS 4
struct style_stops { /* a number that may change with the zoom */
    int n;
    double zoom[STYLE_STOPS], value[STYLE_STOPS];
};
double style_at(const struct style_stops *s, double zoom);

enum style_of {
    STYLE_PAPER,
    STYLE_GROUND,
    STYLE_CONTEXT,
    STYLE_FINE,
    STYLE_MAIN,
    STYLE_ALONE, /* the edge, where there are no main areas */
    STYLE_FOOTPRINT,
    STYLE_SITE,  /* one site by itself */
    STYLE_SITES, /* several at one place, or in one cell */
    STYLE_OTHER, /* a layer of no known kind: only when it is asked for */
    STYLE_OFS
};

enum style_type {
    STYLE_BACKGROUND,
    STYLE_FILL,
    STYLE_LINE,
    STYLE_CIRCLE,
    STYLE_NAME,
    STYLE_SIGN,
    STYLE_RING,
    STYLE_TYPES
};

enum style_part { STYLE_WHOLE, STYLE_FOCUS, STYLE_REST };

#define STYLE_PLACES 8

struct style_entry {
    enum style_of of;
    enum style_type type;
    enum style_part part;
    const char *draw;     /* of context; NULL */
    const char *geometry; /* which it is for; NULL: any */
    double minzoom, maxzoom;
    struct style_color color, edge, halo;
    struct style_stops opacity, width, radius, edge_width, size;
    int n_dash; /* 0 or 2 */
    double dash[2];
    bool round_join, round_cap, inside, crisp;
    int font;
    double halo_width, lines, padding, below, around, along, bend, spacing;
    int n_away;
    double away[STYLE_PLACES];
    bool capitals, always;
};

struct style_font {
    const char *family;
    bool bold;
    double narrow; /* width by width of the font's own letters */
    double slant;  /* to the right by height */
};

enum style_shape { STYLE_STAR, STYLE_DISC, STYLE_CORNERS, STYLE_STROKES };

#define STYLE_NUMBERS 8
struct style_sign {
    enum style_shape shape;
    int n;
    double numbers[STYLE_NUMBERS];
    bool filled;
    struct style_color fill, line, slice;
    double width;
    int rank; /* the higher lies on top */
};

#define STYLE_ENTRIES 64
#define STYLE_FONTS   4

struct raster_style {
    size_t n;
    struct style_entry entries[STYLE_ENTRIES];
    int n_fonts;
    struct style_font fonts[STYLE_FONTS];
    struct style_sign signs[TR_CLASSES];
    double sign_box, sign_halo_width;
    struct style_color sign_halo;
    struct style_color ring_face;
    double ring_least, ring_more, ring_doubling, ring_band;
    struct style_color mark;
    double mark_radius, mark_width;
};

/* Parse a style, strictly: an unknown key or value fails (TR_ECONFIG,
 * TR_EDATA). The texts lie in the arena. */
enum tr_status raster_style_parse(const char *json, size_t len,
                                  struct tr_arena *a, struct raster_style *out,
                                  struct tr_error *err);

#endif
