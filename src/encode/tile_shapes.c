/* tile_shapes.c - the points, lines and areas of a tile, and the areas' label
 * points. See terrier/encode.h. */
#include <stdlib.h>
#include <string.h>

#include "encode/tile_parts.h"
#include "terrier/tile_shape.h"

_Static_assert(TR_MESH_EXTENT == TR_TILE_EXTENT, "one grid");
_Static_assert(TR_MESH_BUFFER == TR_TILE_BUFFER, "one rim");

/* ---- what all zooms share ---- */

struct place { /* of a row that is drawn or labelled as a point */
    uint64_t key;
    uint32_t row;
};

struct places {
    struct place *list; /* in Morton order */
    size_t n;
};

struct shapes {
    struct tile_item item;
    struct tr_arena arena;
    struct tr_mesh *mesh;
    const uint64_t *numbers; /* of the rows; NULL: the sites' own */
    struct places points, labels;
};

static void free_shapes(struct tile_item *item)
{
    struct shapes *s = (struct shapes *)item;

    tr_mesh_free(s->mesh);
    tr_arena_clear(&s->arena);
    free(s);
}

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

static bool is_point(const struct tr_geometry *g)
{
    return !g || g->kind == TR_POINT;
}

/* Where the rows are: all of them, or those without another shape. */
static bool find_places(const struct tr_collection *c, bool all,
                        struct tr_arena *a, struct places *out)
{
    size_t n = 0;

    for (size_t row = 0; row < c->n; row++)
        n += all || is_point(tr_collection_geometry(c, row));
    out->list = tr_arena_array(a, n, sizeof *out->list);
    if (!out->list)
        return false;
    for (size_t row = 0; row < c->n; row++) {
        struct tr_position p;

        if ((all || is_point(tr_collection_geometry(c, row))) &&
            tr_collection_has(c, row) && tr_collection_position(c, row, &p))
            out->list[out->n++] =
                (struct place){ tr_morton(tr_mercator_cell(p.lon_e7, p.lat_e7)),
                                (uint32_t)row };
    }
    qsort(out->list, out->n, sizeof *out->list, by_place);
    return true;
}

static bool number_rows(const struct tr_collection *c, struct shapes *s)
{
    uint64_t *numbers;

    if (tr_collection_is_of_sites(c)) {
        s->numbers = c->snapshot->numbers;
        return true;
    }
    numbers = tr_arena_array(&s->arena, c->n, sizeof *numbers);
    for (size_t row = 0; numbers && row < c->n; row++)
        numbers[row] = tr_collection_number(c, row);
    s->numbers = numbers;
    return numbers != NULL;
}

static enum tr_status fill_shapes(const struct tr_collection *c,
                                  struct shapes *s, struct tr_error *err)
{
    const struct tr_geometry **items = malloc((c->n + 1) * sizeof *items);
    enum tr_status st;

    if (!items || !number_rows(c, s) ||
        !find_places(c, false, &s->arena, &s->points) ||
        (c->kind == TR_OF_AREAS &&
         !find_places(c, true, &s->arena, &s->labels))) {
        free(items);
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    }
    for (size_t row = 0; row < c->n; row++)
        items[row] = tr_collection_geometry(c, row);
    st = tr_mesh_new(items, c->n, &s->mesh, err);
    free(items);
    return st;
}

static enum tr_status make_shapes(const void *context, struct tile_item **out,
                                  struct tr_error *err)
{
    struct shapes *s = calloc(1, sizeof *s);
    enum tr_status st;

    if (!s)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    tr_arena_init(&s->arena, SIZE_MAX);
    st = fill_shapes(context, s, err);
    if (st) {
        free_shapes(&s->item);
        return st;
    }
    s->item = (struct tile_item){ free_shapes, sizeof *s + s->arena.used +
                                                   tr_mesh_bytes(s->mesh) };
    *out = &s->item;
    return TR_OK;
}

/* ---- one zoom ---- */

struct zoom {
    struct tile_item item;
    struct tr_mesh_zoom *shapes;
};

struct zoom_order {
    const struct tr_mesh *mesh;
    uint32_t z;
};

static void free_zoom(struct tile_item *item)
{
    struct zoom *z = (struct zoom *)item;

    tr_mesh_zoom_free(z->shapes);
    free(z);
}

static enum tr_status make_zoom(const void *context, struct tile_item **out,
                                struct tr_error *err)
{
    const struct zoom_order *order = context;
    struct zoom *z = calloc(1, sizeof *z);
    enum tr_status st;

    if (!z)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    st = tr_mesh_zoom_new(order->mesh, order->z, &z->shapes, err);
    if (st) {
        free(z);
        return st;
    }
    z->item = (struct tile_item){ free_zoom,
                                  sizeof *z + tr_mesh_zoom_bytes(z->shapes) };
    *out = &z->item;
    return TR_OK;
}

/* ---- a tile ---- */

struct drawing {
    const struct tile_job *job;
    const struct shapes *shapes;
    const struct tr_mesh_zoom *zoom;
    struct mvt_layer layer;
};

static bool put_shape(void *context, size_t row,
                      const struct tr_tile_shape *shape)
{
    struct drawing *d = context;
    struct mvt_layer *l = &d->layer;
    bool is_area = shape->kind == TR_POLYGON;

    if (!tile_passes(d->job, row))
        return true;
    mvt_begin(l, is_area ? MVT_POLYGON : MVT_LINE, d->shapes->numbers[row]);
    mvt_row(l, row);
    for (uint32_t p = 0; p < shape->n_parts; p++)
        mvt_path(l, shape->xy + (size_t)2 * shape->part_start[p],
                 shape->part_start[p + 1] - shape->part_start[p], is_area);
    mvt_end(l);
    return true;
}

static void fetch_row(void *context, size_t row)
{
    struct drawing *d = context;

    __builtin_prefetch(&d->shapes->numbers[row]);
    mvt_fetch(&d->layer, row);
}

/* The first place that is not before `key`. */
static size_t place_from(const struct places *p, uint64_t key)
{
    size_t first = 0, last = p->n;

    while (first < last) {
        size_t middle = first + (last - first) / 2;

        if (p->list[middle].key < key)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* Each place is in exactly one tile of a zoom. */
static void put_places(struct drawing *d, const struct places *p)
{
    struct tr_tile t = d->job->tile;
    struct tr_morton_range r = tr_tile_range(t);
    unsigned shift = 32 - t.z;
    uint64_t mask = (UINT64_C(1) << shift) - 1;

    for (size_t i = place_from(p, r.first);
         i < p->n && p->list[i].key <= r.last; i++) {
        struct tr_cell c = tr_morton_cell(p->list[i].key);
        uint32_t row = p->list[i].row;

        if (tile_passes(d->job, row))
            mvt_row_at(&d->layer, d->shapes->numbers[row], row,
                       (int32_t)((c.x & mask) * TR_TILE_EXTENT >> shift),
                       (int32_t)((c.y & mask) * TR_TILE_EXTENT >> shift));
    }
}

static void open_layer(struct drawing *d, const char *name)
{
    mvt_init(&d->layer, name, TR_TILE_EXTENT, d->job->scratch);
    mvt_columns(&d->layer, d->job->names, d->job->columns, d->job->n_columns);
}

static enum tr_status put_features(struct drawing *d, struct tr_buf *out,
                                   struct tr_error *err)
{
    const struct tr_mesh_viewer viewer = { put_shape, fetch_row, d };
    enum tr_status st;

    open_layer(d, d->job->c->id);
    st = tr_mesh_tile(d->shapes->mesh, d->zoom, d->job->tile, &viewer, err);
    if (!st) {
        put_places(d, &d->shapes->points);
        st = mvt_write(&d->layer, out, err);
    }
    mvt_clear(&d->layer);
    return st;
}

/* One point per area, in the one tile that holds it: labels never double. */
static enum tr_status put_labels(struct drawing *d, struct tr_buf *out,
                                 struct tr_error *err)
{
    const char *name =
        tr_arena_printf(d->job->scratch, "%s_labels", d->job->c->id);
    enum tr_status st;

    if (!name)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    open_layer(d, name);
    put_places(d, &d->shapes->labels);
    st = mvt_write(&d->layer, out, err);
    mvt_clear(&d->layer);
    return st;
}

static enum tr_status draw(const struct tile_job *job,
                           const struct shapes *shapes, struct tr_buf *out,
                           struct tr_error *err)
{
    struct drawing d = { .job = job, .shapes = shapes };
    struct zoom_order order = { shapes->mesh, job->tile.z < TR_MESH_MAX_ZOOM
                                                  ? job->tile.z
                                                  : TR_MESH_MAX_ZOOM };
    const char *key = tr_arena_printf(job->scratch, "zoom %u of %s",
                                      (unsigned)order.z, job->c->id);
    const struct tile_item *item = NULL;
    enum tr_status st;

    if (!key)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    st = tile_cache_get(job->cache, key, make_zoom, &order, &item, err);
    if (st)
        return st;
    d.zoom = ((const struct zoom *)item)->shapes;
    st = put_features(&d, out, err);
    if (!st && job->c->kind == TR_OF_AREAS)
        st = put_labels(&d, out, err);
    tile_cache_put(job->cache, item);
    return st;
}

enum tr_status tile_shapes(const struct tile_job *job, struct tr_buf *out,
                           struct tr_error *err)
{
    const char *key = tr_arena_printf(job->scratch, "shapes of %s", job->c->id);
    const struct tile_item *item = NULL;
    enum tr_status st;

    if (!key)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    st = tile_cache_get(job->cache, key, make_shapes, job->c, &item, err);
    if (!st)
        st = draw(job, (const struct shapes *)item, out, err);
    tile_cache_put(job->cache, item);
    return st;
}
