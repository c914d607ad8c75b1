/* report_picture.c - see report_picture.h */
#include "cli/report_picture.h"

#include <string.h>

#include "terrier/raster.h"

#define AROUND_M 2400.0 /* from side to side of a site's map */
#define WIDTH    505.0  /* points: the width of a page's text */
#define HEIGHT   330.0
#define SCALE    2.0
#define MOST     ((size_t)32 * 1024 * 1024)

static const char no_memory[] = "no memory left for the map";

static void close_raster(void *p)
{
    tr_raster_close(p);
}

static void clear_buf(void *p)
{
    tr_buf_clear(p);
}

/* What the signs mean; the public reads of no surplus that is not published. */
static const char *signs(const struct tr_snapshot *s)
{
    return tr_class_shown(&s->audience, TR_SURPLUS) == TR_SURPLUS
               ? "Stars: key. Discs: core. Triangles: surplus candidates. "
                 "Squares: unclassified. Crosses: not applicable. A number: "
                 "several sites at one point."
               : "Stars: key. Discs: core. Open triangles: in review. Squares: "
                 "unclassified. Crosses: not applicable. A number: several "
                 "sites at one point.";
}

/* `alt` says what is to be seen. */
static enum tr_status draw(struct cli *cli, struct report_input *in,
                           const struct tr_raster_view *view,
                           struct tr_raster_options *o, const char *alt,
                           struct tr_error *err)
{
    struct tr_buf *png = tr_arena_alloc(cli->arena, sizeof *png);
    const char *whose = tr_raster_attribution(in->s, cli->arena);
    struct tr_raster *r;
    enum tr_status st;

    if (!png || !whose || !alt)
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_buf_init(png, MOST);
    st = tr_arena_defer(cli->arena, clear_buf, png);
    if (!st)
        st = tr_raster_open(&r, err);
    if (st == TR_EBACKEND) { /* no fonts: the paper is worth having all the same
                              */
        in->picture.alt = "There is no map here: this machine has no fonts to "
                          "draw one with.";
        return TR_OK;
    }
    if (!st)
        st = tr_arena_defer(cli->arena, close_raster, r);
    o->scale = SCALE;
    o->scale_bar = true;
    if (!st)
        st = tr_raster_png(r, in->s, view, o, cli->arena, png, err);
    if (st)
        return st;
    in->picture = (struct report_picture){
        .png = png->data,
        .len = png->len,
        .width_px = (unsigned)(WIDTH * SCALE),
        .height_px = (unsigned)(view->height * SCALE),
        .alt = alt,
        .attribution =
            tr_arena_printf(cli->arena, "%s %s %s.", alt, signs(in->s), whose),
    };
    return in->picture.attribution ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);
}

static const char *name_of(const struct tr_snapshot *s, size_t site)
{
    const struct tr_column *c = tr_table_column(&s->sites, "name");

    return c && c->type == TR_TEXT && tr_has(c, site) ? tr_text_at(c, site)
                                                      : s->site_ids[site];
}

enum tr_status report_picture_site(struct cli *cli, struct report_input *in,
                                   size_t site, struct tr_error *err)
{
    const struct tr_snapshot *s = in->s;
    const struct tr_place *place = s->places[s->site_places[site]];
    const struct tr_area_set *set =
        place->n_sets ? tr_snapshot_area_set(s, place->sets[0]) : NULL;
    int32_t area = set ? set->site_area[site] : TR_NO_AREA;
    struct tr_raster_options o = { .site = s->site_ids[site], .area = area };
    struct tr_raster_view view;
    const char *alt;

    if (site >= s->n_located) {
        in->picture.alt = "There is no map: nothing says where this site is to "
                          "the metre.";
        return TR_OK;
    }
    if (area != TR_NO_AREA)
        o.set = set;
    view = tr_raster_round(s->positions[site], AROUND_M, WIDTH, HEIGHT);
    alt = area != TR_NO_AREA
              ? tr_arena_printf(cli->arena,
                                "The map shows %s, ringed, and the other sites "
                                "within about a kilometre; %s (%s) is in full "
                                "tone.",
                                name_of(s, site), set->names[area], set->label)
              : tr_arena_printf(cli->arena,
                                "The map shows %s, ringed, and the other sites "
                                "within about a kilometre.",
                                name_of(s, site));
    return draw(cli, in, &view, &o, alt, err);
}

enum tr_status report_picture_area(struct cli *cli, struct report_input *in,
                                   const struct tr_area_set *set, int32_t area,
                                   struct tr_error *err)
{
    struct tr_raster_options o = { .set = set, .area = area };
    const struct tr_geometry *g = set->geometries[area];
    struct tr_raster_view view;

    if (!g) {
        in->picture.alt = "There is no map: the area has no outline.";
        return TR_OK;
    }
    view = tr_raster_of_geometry(g, WIDTH, HEIGHT * 1.2);
    return draw(cli, in, &view, &o,
                tr_arena_printf(cli->arena,
                                "The map shows %s (%s) in full tone, with the "
                                "sites that have a point.",
                                set->names[area], set->label),
                err);
}
