/* handle_tiles_ogc.c - OGC API Tiles: tile matrix sets, tile sets and their
 * tiles. The tiles themselves are those of /tiles; only rows come before columns
 * here. */
#include <string.h>

#include "http/http.h"
#include "terrier/raster.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define REL          "http://www.opengis.net/def/rel/ogc/1.0/"
#define MVT_TYPE     "application/vnd.mapbox-vector-tile"
#define PER_PIXEL(m)                                                           \
    ((m)*100000 / 28) /* a pixel has 0.28 mm, by the standard */
#define EQUATOR_M (2 * TR_MERCATOR_HALF_M)

static const struct matrix_set {
    const char *id, *title, *uri, *crs, *axes[2];
    double west, north, cell; /* metres; a pixel of the first matrix */
    uint32_t columns, rows;   /* of the first matrix */
    uint32_t last;            /* matrix */
    bool vectors;             /* vector tiles are cut by it, too */
} matrix_sets[] = {
    { "WebMercatorQuad",
      "Google Maps Compatible for the World",
      "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
      "http://www.opengis.net/def/crs/EPSG/0/3857",
      { "X", "Y" },
      -TR_MERCATOR_HALF_M,
      TR_MERCATOR_HALF_M,
      EQUATOR_M / TR_RASTER_TILE,
      1,
      1,
      TR_MAX_ZOOM,
      true },
    { "BritishNationalGrid",
      "British National Grid, cut as the tiles of Ordnance Survey are",
      NULL,
      "http://www.opengis.net/def/crs/EPSG/0/27700",
      { "E", "N" },
      TR_BNG_WEST,
      TR_BNG_NORTH,
      TR_BNG_METRES_0,
      5,
      7,
      TR_BNG_MAX_ZOOM,
      false },
};

static enum tr_status find_set(const char *id, bool vectors,
                               const struct matrix_set **out,
                               struct tr_error *err)
{
    for (size_t i = 0; i < LENGTH(matrix_sets); i++) {
        if (strcmp(matrix_sets[i].id, id) == 0 &&
            (matrix_sets[i].vectors || !vectors)) {
            *out = &matrix_sets[i];
            return TR_OK;
        }
    }
    return tr_fail(err, TR_ENOTFOUND,
                   "there is no tile matrix set '%s' here; there is "
                   "WebMercatorQuad%s",
                   id, vectors ? "" : " and BritishNationalGrid");
}

/* ---- what is said of them ---- */

static void begin(struct http_response *res, struct tr_json *j)
{
    res->content_type = "application/json";
    tr_json_init(j, &res->body);
    tr_json_open_map(j);
}

static void put_link(struct tr_json *j, const struct http_request *req,
                     const char *rel, const char *type, const char *path,
                     const char *more)
{
    const char *href =
        tr_arena_printf(req->arena, "%s%s%s", http_base(req), path, more);

    tr_json_open_map(j);
    tr_json_put_text(j, "rel", rel);
    tr_json_put_text(j, "type", type);
    tr_json_put_text(j, "href", href ? href : path);
    if (strchr(more, '{'))
        tr_json_put_bool(j, "templated", true);
    tr_json_close_map(j);
}

static const char *path_of(const struct http_request *req,
                           const struct matrix_set *m)
{
    const char *path =
        tr_arena_printf(req->arena, "/ogc/tileMatrixSets/%s", m->id);

    return path ? path : "";
}

static void put_head(struct tr_json *j, const struct matrix_set *m)
{
    tr_json_put_text(j, "id", m->id);
    tr_json_put_text(j, "title", m->title);
    if (m->uri)
        tr_json_put_text(j, "uri", m->uri);
    tr_json_put_text(j, "crs", m->crs);
}

enum tr_status handle_matrix_sets(const struct http_request *req,
                                  struct http_response *res,
                                  struct tr_error *err)
{
    struct tr_json j;

    (void)err;
    begin(res, &j);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", "/ogc/tileMatrixSets", "");
    tr_json_close_list(&j);
    tr_json_key(&j, "tileMatrixSets");
    tr_json_open_list(&j);
    for (size_t i = 0; i < LENGTH(matrix_sets); i++) {
        tr_json_open_map(&j);
        put_head(&j, &matrix_sets[i]);
        tr_json_key(&j, "links");
        tr_json_open_list(&j);
        put_link(&j, req, "self", "application/json",
                 path_of(req, &matrix_sets[i]), "");
        tr_json_close_list(&j);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

static void put_matrix(struct tr_json *j, const struct matrix_set *m,
                       uint32_t z, struct tr_arena *a)
{
    double cell = m->cell / (double)(UINT64_C(1) << z);
    const char *id = tr_arena_printf(a, "%u", (unsigned)z);

    tr_json_open_map(j);
    tr_json_put_text(j, "id", id ? id : "");
    tr_json_put_number(j, "scaleDenominator", PER_PIXEL(cell));
    tr_json_put_number(j, "cellSize", cell);
    tr_json_put_text(j, "cornerOfOrigin", "topLeft");
    tr_json_key(j, "pointOfOrigin");
    tr_json_open_list(j);
    tr_json_number(j, m->west);
    tr_json_number(j, m->north);
    tr_json_close_list(j);
    tr_json_put_int(j, "tileWidth", (int64_t)TR_RASTER_TILE);
    tr_json_put_int(j, "tileHeight", (int64_t)TR_RASTER_TILE);
    tr_json_put_int(j, "matrixWidth", (int64_t)m->columns << z);
    tr_json_put_int(j, "matrixHeight", (int64_t)m->rows << z);
    tr_json_close_map(j);
}

enum tr_status handle_matrix_set(const struct http_request *req,
                                 struct http_response *res,
                                 struct tr_error *err)
{
    const struct matrix_set *m;
    struct tr_json j;
    enum tr_status st = find_set(req->param[0], false, &m, err);

    if (st)
        return st;
    begin(res, &j);
    put_head(&j, m);
    tr_json_key(&j, "orderedAxes");
    tr_json_open_list(&j);
    tr_json_text(&j, m->axes[0]);
    tr_json_text(&j, m->axes[1]);
    tr_json_close_list(&j);
    tr_json_key(&j, "tileMatrices");
    tr_json_open_list(&j);
    for (uint32_t z = 0; z <= m->last; z++)
        put_matrix(&j, m, z, req->arena);
    tr_json_close_list(&j);
    tr_json_close_map(&j);
    return TR_OK;
}

/* ---- tile sets ---- */

struct tile_set {                  /* of a collection, or of the whole map */
    const struct tr_collection *c; /* NULL: the whole map */
    bool vectors;
    const char *path; /* of the list */
};

static void put_set_links(struct tr_json *j, const struct http_request *req,
                          const struct tile_set *t, const struct matrix_set *m,
                          bool whole)
{
    const char *own = tr_arena_printf(req->arena, "%s/%s", t->path, m->id);

    own = own ? own : "";
    tr_json_key(j, "links");
    tr_json_open_list(j);
    put_link(j, req, "self", "application/json", own, "");
    put_link(j, req, REL "tiling-scheme", "application/json", path_of(req, m),
             "");
    if (whole)
        put_link(j, req, "item", t->vectors ? MVT_TYPE : "image/png", own,
                 "/{tileMatrix}/{tileRow}/{tileCol}");
    tr_json_close_list(j);
}

static void put_set_head(struct tr_json *j, const struct http_request *req,
                         const struct tile_set *t, const struct matrix_set *m)
{
    const char *title = t->c ? t->c->title
                        : req->snapshot->n_places
                            ? req->snapshot->places[0]->title
                            : "The map";

    tr_json_put_text(j, "title", title);
    tr_json_put_text(j, "dataType", t->vectors ? "vector" : "map");
    tr_json_put_text(j, "crs", m->crs);
    if (m->uri)
        tr_json_put_text(j, "tileMatrixSetURI", m->uri);
    tr_json_put_text(j, "tileMatrixSetId", m->id);
}

static void put_limits(struct tr_json *j, struct tr_extent e,
                       const struct matrix_set *m, struct tr_arena *a)
{
    struct tr_cell nw = tr_mercator_cell(e.west_e7, e.north_e7);
    struct tr_cell se = tr_mercator_cell(e.east_e7, e.south_e7);

    if (e.west_e7 > e.east_e7 || !m->vectors)
        return;
    tr_json_key(j, "tileMatrixSetLimits");
    tr_json_open_list(j);
    for (uint32_t z = 0; z <= m->last; z++) {
        const char *id = tr_arena_printf(a, "%u", (unsigned)z);
        struct tr_tile first = tr_tile_at(nw, z), last = tr_tile_at(se, z);

        tr_json_open_map(j);
        tr_json_put_text(j, "tileMatrix", id ? id : "");
        tr_json_put_int(j, "minTileRow", first.y);
        tr_json_put_int(j, "maxTileRow", last.y);
        tr_json_put_int(j, "minTileCol", first.x);
        tr_json_put_int(j, "maxTileCol", last.x);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static void put_bounds(struct tr_json *j, struct tr_extent e)
{
    if (e.west_e7 > e.east_e7)
        return;
    tr_json_key(j, "boundingBox");
    tr_json_open_map(j);
    tr_json_key(j, "lowerLeft");
    tr_json_open_list(j);
    tr_json_deg7(j, e.west_e7);
    tr_json_deg7(j, e.south_e7);
    tr_json_close_list(j);
    tr_json_key(j, "upperRight");
    tr_json_open_list(j);
    tr_json_deg7(j, e.east_e7);
    tr_json_deg7(j, e.north_e7);
    tr_json_close_list(j);
    tr_json_put_text(j, "crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    tr_json_close_map(j);
}

static void put_layers(struct tr_json *j, const struct tr_collection *c)
{
    static const int dimension[] = { 0, 0, 1, 2 };

    tr_json_key(j, "layers");
    tr_json_open_list(j);
    tr_json_open_map(j);
    tr_json_put_text(j, "id", c->id);
    tr_json_put_text(j, "title", c->title);
    tr_json_put_text(j, "dataType", "vector");
    tr_json_put_int(j, "geometryDimension", dimension[c->geometry]);
    tr_json_close_map(j);
    tr_json_close_list(j);
}

static void list_sets(const struct http_request *req, const struct tile_set *t,
                      struct http_response *res)
{
    struct tr_json j;

    begin(res, &j);
    tr_json_key(&j, "links");
    tr_json_open_list(&j);
    put_link(&j, req, "self", "application/json", t->path, "");
    tr_json_close_list(&j);
    tr_json_key(&j, "tilesets");
    tr_json_open_list(&j);
    for (size_t i = 0; i < LENGTH(matrix_sets); i++) {
        if (t->vectors && !matrix_sets[i].vectors)
            continue;
        tr_json_open_map(&j);
        put_set_head(&j, req, t, &matrix_sets[i]);
        put_set_links(&j, req, t, &matrix_sets[i], false);
        tr_json_close_map(&j);
    }
    tr_json_close_list(&j);
    tr_json_close_map(&j);
}

static enum tr_status tell_set(const struct http_request *req,
                               const struct tile_set *t, const char *id,
                               struct http_response *res, struct tr_error *err)
{
    const struct matrix_set *m;
    struct tr_collection sites;
    struct tr_extent e;
    struct tr_json j;
    enum tr_status st = find_set(id, t->vectors, &m, err);

    if (!st && !t->c)
        st = tr_collection_open(req->snapshot, "sites", &sites, err);
    if (st)
        return st;
    e = tr_collection_extent(t->c ? t->c : &sites);
    begin(res, &j);
    put_set_head(&j, req, t, m);
    put_limits(&j, e, m, req->arena);
    put_bounds(&j, e);
    if (t->vectors)
        put_layers(&j, t->c);
    put_set_links(&j, req, t, m, true);
    tr_json_close_map(&j);
    return TR_OK;
}

/* `id` NULL: the list of them. */
static enum tr_status answer_set(const struct http_request *req, bool vectors,
                                 const char *collection, const char *id,
                                 struct http_response *res,
                                 struct tr_error *err)
{
    struct tr_collection c;
    struct tile_set t = { .vectors = vectors, .path = "/ogc/map/tiles" };
    enum tr_status st = TR_OK;

    if (collection) {
        st = tr_collection_open(req->snapshot, collection, &c, err);
        if (st)
            return st;
        t.c = &c;
        t.path = tr_arena_printf(req->arena, "/ogc/collections/%s%s", c.id,
                                 vectors ? "/tiles" : "/map/tiles");
        if (!t.path)
            return tr_fail(err, TR_ENOMEM, "no memory left for the answer");
    }
    if (id)
        return tell_set(req, &t, id, res, err);
    list_sets(req, &t, res);
    return TR_OK;
}

enum tr_status handle_tile_sets(const struct http_request *req,
                                struct http_response *res, struct tr_error *err)
{
    return answer_set(req, true, req->param[0], NULL, res, err);
}

enum tr_status handle_tile_set(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    return answer_set(req, true, req->param[0], req->param[1], res, err);
}

enum tr_status handle_map_sets(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    return answer_set(req, false, req->param[0], NULL, res, err);
}

enum tr_status handle_map_set(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    return answer_set(req, false, req->param[0], req->param[1], res, err);
}

enum tr_status handle_whole_map_sets(const struct http_request *req,
                                     struct http_response *res,
                                     struct tr_error *err)
{
    return answer_set(req, false, NULL, NULL, res, err);
}

enum tr_status handle_whole_map_set(const struct http_request *req,
                                    struct http_response *res,
                                    struct tr_error *err)
{
    return answer_set(req, false, NULL, req->param[0], res, err);
}

/* ---- tiles ---- */

/* The same request as /tiles would get it: collection, zoom, column, row. */
static struct http_request as_xyz(const struct http_request *req,
                                  const char *collection,
                                  const char *const *matrix_row_column)
{
    struct http_request own = *req;

    own.param[0] = collection;
    own.param[1] = matrix_row_column[0];
    own.param[2] = matrix_row_column[2];
    own.param[3] = matrix_row_column[1];
    return own;
}

bool handle_ogc_tile_is_slow(const struct http_request *req)
{
    struct http_request own = as_xyz(req, req->param[0], &req->param[2]);

    return handle_tile_is_slow(&own);
}

enum tr_status handle_ogc_tile(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    struct http_request own = as_xyz(req, req->param[0], &req->param[2]);
    const struct matrix_set *m;
    enum tr_status st = find_set(req->param[1], true, &m, err);

    return st ? st : handle_tile(&own, res, err);
}

/* Whole numbers that cannot be tiles are refused by tr_tile_parse(), whose
 * limits are wider than the grid's; the grid's own come after. */
static enum tr_status draw_bng(const struct http_request *own,
                               struct http_response *res, struct tr_error *err)
{
    struct tr_raster_view v;
    uint32_t number[3];
    enum tr_status st = TR_OK;

    for (int i = 0; i < 3 && !st; i++) {
        struct tr_tile t;

        st = tr_tile_parse("22", own->param[1 + i], "0", &t, err);
        if (!st)
            number[i] = t.x;
    }
    if (!st)
        st = tr_raster_bng_tile(number[0], number[1], number[2], &v, err);
    return st ? st : http_draw(own, own->param[0], &v, 1, res, err);
}

static enum tr_status draw(const struct http_request *req,
                           const char *collection, const char *set,
                           const char *const *matrix_row_column,
                           struct http_response *res, struct tr_error *err)
{
    struct http_request own = as_xyz(req, collection, matrix_row_column);
    const struct matrix_set *m;
    enum tr_status st = find_set(set, false, &m, err);

    if (st)
        return st;
    return m->vectors ? handle_picture(&own, res, err)
                      : draw_bng(&own, res, err);
}

enum tr_status handle_map_tile(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    return draw(req, req->param[0], req->param[1], &req->param[2], res, err);
}

enum tr_status handle_whole_map_tile(const struct http_request *req,
                                     struct http_response *res,
                                     struct tr_error *err)
{
    return draw(req, "map", req->param[0], &req->param[1], res, err);
}
