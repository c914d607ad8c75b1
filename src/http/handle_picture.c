/* handle_picture.c - GET /tiles/{collection}/{z}/{x}/{y}.png: the map, or one
 * collection of it, as a picture. */
#include <string.h>

#include "http/http.h"
#include "http/painters.h"

enum { COLLECTION, Z, X, Y }; /* order of the path variables in the route */

/* What the whole map goes by: no collection may be called so here. */
#define WHOLE_MAP "map"

/* A slip of the pen must not put other boundaries into a print. */
static enum tr_status check_vintage(const struct tr_snapshot *s,
                                    const char *vintage, struct tr_error *err)
{
    const char *latest = NULL;

    for (size_t i = 0; i < s->n_area_sets; i++) {
        if (!vintage || strcmp(s->area_sets[i].vintage, vintage) == 0)
            return TR_OK;
        if (!latest || strcmp(s->area_sets[i].vintage, latest) > 0)
            latest = s->area_sets[i].vintage;
    }
    return vintage ? tr_fail(err, TR_EINVAL,
                             "no areas of the vintage '%.20s'; the latest are "
                             "of %s",
                             vintage, latest ? latest : "none")
                   : TR_OK;
}

enum tr_status http_draw(const struct http_request *req, const char *collection,
                         const struct tr_raster_view *v, double scale,
                         struct http_response *res, struct tr_error *err)
{
    struct tr_raster_options o = { .scale = scale,
                                   .vintage = http_query(req, "vintage") };
    struct http_painters *painters = req->service->painters;
    struct tr_raster *r;
    enum tr_status st = http_read_filter(req, &o.filter, err);

    if (!st)
        st = check_vintage(req->snapshot, o.vintage, err);
    if (strcmp(collection, WHOLE_MAP) != 0)
        o.collection = collection;
    if (!st)
        st = painters_take(painters, &r, err);
    if (st)
        return st;
    st = tr_raster_png(r, req->snapshot, v, &o, req->arena, &res->body, err);
    painters_give(painters, r);
    res->content_type = "image/png";
    if (http_is_of_this_version(req))
        res->cache_control = HTTP_FOR_GOOD;
    return st;
}

static enum tr_status draw_tile(const struct http_request *req, double scale,
                                struct http_response *res, struct tr_error *err)
{
    struct tr_raster_view v;
    struct tr_tile t;
    enum tr_status st =
        tr_tile_parse(req->param[Z], req->param[X], req->param[Y], &t, err);

    if (st)
        return st;
    v = tr_raster_tile(t);
    return http_draw(req, req->param[COLLECTION], &v, scale, res, err);
}

enum tr_status handle_picture(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    return draw_tile(req, 1, res, err);
}

enum tr_status handle_picture_2x(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err)
{
    return draw_tile(req, 2, res, err);
}
