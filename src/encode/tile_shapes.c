/* tile_shapes.c - the points, lines and areas of a tile, and the areas' label
 * points. See terrier/encode.h. */
#include <string.h>

#include "encode/tile_parts.h"
#include "terrier/tile_shape.h"

/* The tile with its buffer, in degrees x 1e7. */
static struct tr_extent buffered_extent(struct tr_tile t)
{
    double b[4], dx, dy;
    struct tr_extent e;

    tr_tile_bounds(t, b);
    dx = (b[2] - b[0]) * TR_TILE_BUFFER / TR_TILE_EXTENT;
    dy = (b[3] - b[1]) * TR_TILE_BUFFER / TR_TILE_EXTENT;
    e.west_e7 = (int32_t)((b[0] - dx < -180 ? -180 : b[0] - dx) * 1e7) - 1;
    e.east_e7 = (int32_t)((b[2] + dx > 180 ? 180 : b[2] + dx) * 1e7) + 1;
    e.south_e7 = (int32_t)((b[1] - dy < -90 ? -90 : b[1] - dy) * 1e7) - 1;
    e.north_e7 = (int32_t)((b[3] + dy > 90 ? 90 : b[3] + dy) * 1e7) + 1;
    return e;
}

static bool overlaps(struct tr_extent a, struct tr_extent b)
{
    return a.west_e7 <= b.east_e7 && a.east_e7 >= b.west_e7 &&
           a.south_e7 <= b.north_e7 && a.north_e7 >= b.south_e7;
}

static bool in_tile(struct tr_tile t, struct tr_position p, int32_t *x,
                    int32_t *y)
{
    struct tr_cell c = tr_mercator_cell(p.lon_e7, p.lat_e7);
    struct tr_tile at = tr_tile_at(c, t.z);
    unsigned shift = 32 - t.z;

    if (at.x != t.x || at.y != t.y)
        return false;
    *x = (int32_t)((c.x - ((uint64_t)t.x << shift)) * TR_TILE_EXTENT >> shift);
    *y = (int32_t)((c.y - ((uint64_t)t.y << shift)) * TR_TILE_EXTENT >> shift);
    return true;
}

static void put_shape(struct mvt_layer *l, const struct tile_job *job,
                      size_t row, const struct tr_tile_shape *shape)
{
    bool is_area = shape->kind == TR_POLYGON;

    mvt_begin(l, is_area ? MVT_POLYGON : MVT_LINE,
              tr_collection_number(job->c, row));
    mvt_row(l, row);
    for (uint32_t p = 0; p < shape->n_parts; p++)
        mvt_path(l, shape->xy + (size_t)2 * shape->part_start[p],
                 shape->part_start[p + 1] - shape->part_start[p], is_area);
    mvt_end(l);
}

static void put_point(struct mvt_layer *l, const struct tile_job *job,
                      size_t row, struct tr_position p)
{
    int32_t x, y;

    if (!in_tile(job->tile, p, &x, &y))
        return;
    mvt_begin(l, MVT_POINT, tr_collection_number(job->c, row));
    mvt_row(l, row);
    mvt_point(l, x, y);
    mvt_end(l);
}

static enum tr_status put_rows(struct mvt_layer *l, const struct tile_job *job,
                               struct tr_error *err)
{
    struct tr_extent tile = buffered_extent(job->tile);

    for (size_t row = job->first; row < job->last; row++) {
        const struct tr_geometry *g = tr_collection_geometry(job->c, row);
        struct tr_tile_shape shape;
        struct tr_position p;
        enum tr_status st;

        if (!tile_passes(job, row))
            continue;
        if (!g || g->kind == TR_POINT) {
            if (tr_collection_position(job->c, row, &p))
                put_point(l, job, row, p);
            continue;
        }
        if (!overlaps(tr_geometry_extent(g), tile))
            continue;
        st = tr_tile_geometry(g, job->tile, TR_TILE_EXTENT, TR_TILE_BUFFER,
                              job->scratch, &shape, err);
        if (st)
            return st;
        if (shape.n_points)
            put_shape(l, job, row, &shape);
    }
    return TR_OK;
}

/* One point per area, in the one tile that holds it: labels never double. */
static enum tr_status put_labels(const struct tile_job *job, struct tr_buf *out,
                                 struct tr_error *err)
{
    const char *name = tr_arena_printf(job->scratch, "%s_labels", job->c->id);
    struct mvt_layer l;
    enum tr_status st;

    if (!name)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    mvt_init(&l, name, TR_TILE_EXTENT, job->scratch);
    mvt_columns(&l, job->names, job->columns, job->n_columns);
    for (size_t row = job->first; row < job->last; row++) {
        struct tr_position p;

        if (tile_passes(job, row) && tr_collection_position(job->c, row, &p))
            put_point(&l, job, row, p);
    }
    st = mvt_write(&l, out, err);
    mvt_clear(&l);
    return st;
}

enum tr_status tile_shapes(const struct tile_job *job, struct tr_buf *out,
                           struct tr_error *err)
{
    struct mvt_layer l;
    enum tr_status st;

    mvt_init(&l, job->c->id, TR_TILE_EXTENT, job->scratch);
    mvt_columns(&l, job->names, job->columns, job->n_columns);
    st = put_rows(&l, job, err);
    if (!st)
        st = mvt_write(&l, out, err);
    mvt_clear(&l);
    if (!st && job->c->kind == TR_OF_AREAS)
        st = put_labels(job, out, err);
    return st;
}
