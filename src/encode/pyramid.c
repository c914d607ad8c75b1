/* pyramid.c - see pyramid.h */
#include "encode/pyramid.h"

#include <stdlib.h>
#include <string.h>

#include "encode/gzip.h"
#include "terrier/thread.h"

enum {
    BATCH = 256,
    MASK_WORDS = TR_ARCHIVE_COLLECTIONS / 64,
    TILE_LIMIT = 256 * 1024 * 1024, /* bytes of one tile */
    KEPT = 256 * 1024 /* bytes of a tile's buffer kept for the next one */
};

struct mask { /* of collections */
    uint64_t words[MASK_WORDS];
};

struct box { /* of a feature, in cells of the Mercator plane; ends included */
    uint32_t west, north, east, south;
    uint32_t collection;
};

struct worker {
    struct tr_arena scratch;
    struct tr_buf raw;
    struct gzip *gzip;
};

struct pyramid {
    const struct tr_archive_options *o;
    const struct tr_snapshot *snapshot;
    struct tr_tile_options tile; /* with a cache of our own */
    struct mask sites; /* the collection of sites, if it is asked for */
    bool has_sites;
    struct box *boxes;
    size_t n_boxes;
    size_t total;

    /* Of the walk: boxes that meet the nodes on the way down, one list after
     * the other. */
    uint32_t *list;
    size_t list_used, list_size;
    bool counting;
    uint32_t zoom;
    size_t seen, skip;
    pyramid_sink sink;
    void *context;

    /* Of the batch. */
    struct pyramid_tile *tiles;
    struct mask *masks;
    size_t n;
    struct worker *workers;
    unsigned threads;
};

struct node {
    struct tr_tile tile;
    size_t first, last; /* of sites */
    size_t from, n;     /* of p->list */
};

/* ---- PMTiles' numbers ---- */

uint64_t pyramid_id(struct tr_tile t)
{
    uint64_t id = 0, d = 0;
    uint32_t x = t.x, y = t.y;

    for (uint32_t z = 0; z < t.z; z++)
        id += UINT64_C(1) << (2 * z);
    for (uint32_t side = t.z ? UINT32_C(1) << (t.z - 1) : 0; side; side /= 2) {
        uint32_t rx = (x & side) != 0, ry = (y & side) != 0;

        d += (uint64_t)side * side * ((3 * rx) ^ ry);
        if (ry == 0) {
            uint32_t swap = x;

            if (rx == 1) {
                swap = side - 1 - (x & (side - 1));
                y = side - 1 - (y & (side - 1));
            }
            x = y;
            y = swap;
        }
    }
    return id + d;
}

/* ---- one batch ---- */

static enum tr_status render(const struct pyramid *p, struct worker *w,
                             struct pyramid_tile *t, const struct mask *mask,
                             struct tr_error *err)
{
    enum tr_status st = TR_OK;

    tr_buf_reset(&t->gz);
    for (size_t i = 0; !st && i < p->o->n_collections; i++) {
        if (mask->words[i / 64] >> (i % 64) & 1)
            st = tr_encode_tile(&p->o->collections[i], t->tile, &p->tile,
                                &w->scratch, &w->raw, err);
        tr_arena_reset(&w->scratch);
    }
    if (!st)
        st = tr_buf_status(&w->raw, "the tile", err);
    if (!st && w->raw.len)
        st = gzip_add(w->gzip, w->raw.data, w->raw.len, &t->gz, err);
    if (w->raw.size > KEPT)
        tr_buf_clear(&w->raw);
    else
        tr_buf_reset(&w->raw);
    if (st)
        return tr_fail_at(err, st, "tile %u/%u/%u", t->tile.z, t->tile.x,
                          t->tile.y);
    return TR_OK;
}

static enum tr_status render_some(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *err)
{
    struct pyramid *p = context;
    enum tr_status st = TR_OK;

    for (size_t i = first; !st && i < last; i++)
        st = render(p, &p->workers[worker], &p->tiles[i], &p->masks[i], err);
    return st;
}

static enum tr_status end_batch(struct pyramid *p, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    if (p->n)
        st = tr_thread_run(p->n, 1, p->threads, render_some, p, err);
    if (!st && p->n)
        st = p->sink(p->context, p->tiles, p->n, p->seen, err);
    for (size_t i = 0; i < p->n; i++) {
        if (p->tiles[i].gz.size > KEPT)
            tr_buf_clear(&p->tiles[i].gz);
    }
    p->n = 0;
    return st;
}

static enum tr_status meet(struct pyramid *p, const struct node *node,
                           struct tr_error *err)
{
    struct mask *mask = &p->masks[p->n];

    if (++p->seen <= p->skip)
        return TR_OK;
    *mask = (struct mask){ { 0 } };
    if (node->first < node->last)
        *mask = p->sites;
    for (size_t i = 0; i < node->n; i++) {
        uint32_t c = p->boxes[p->list[node->from + i]].collection;

        mask->words[c / 64] |= UINT64_C(1) << (c % 64);
    }
    p->tiles[p->n].tile = node->tile;
    p->tiles[p->n].id = pyramid_id(node->tile);
    p->n++;
    return p->seen % BATCH == 0 ? end_batch(p, err) : TR_OK;
}

/* ---- the walk ---- */

static bool touches(const struct box *b, struct tr_tile t, int64_t buffer)
{
    unsigned shift = 32 - t.z;
    int64_t west = ((int64_t)t.x << shift) - buffer;
    int64_t north = ((int64_t)t.y << shift) - buffer;
    int64_t size = ((int64_t)1 << shift) + 2 * buffer;

    return b->east >= west && b->west < west + size && b->south >= north &&
           b->north < north + size;
}

static enum tr_status keep_touching(struct pyramid *p,
                                    const struct node *parent,
                                    struct node *child, struct tr_error *err)
{
    uint32_t z = p->counting ? child->tile.z : p->zoom;
    /* A little more than the buffer: degrees were rounded on the way here. */
    int64_t buffer = ((int64_t)TR_TILE_BUFFER << (32 - z)) / TR_TILE_EXTENT + 2;

    child->from = p->list_used;
    for (size_t i = 0; i < parent->n; i++) {
        uint32_t box = p->list[parent->from + i];

        if (!touches(&p->boxes[box], child->tile, buffer))
            continue;
        if (p->list_used == p->list_size) {
            size_t size = p->list_size * 2 + 1024;
            uint32_t *more = realloc(p->list, size * sizeof *more);

            if (!more)
                return tr_fail(err, TR_ENOMEM, "no memory left for the tiles");
            p->list = more;
            p->list_size = size;
        }
        p->list[p->list_used++] = box;
    }
    child->n = p->list_used - child->from;
    return TR_OK;
}

static struct node child_of(const struct pyramid *p, const struct node *parent,
                            unsigned quarter)
{
    struct node c = { .tile = { parent->tile.z + 1,
                                parent->tile.x * 2 + (quarter & 1),
                                parent->tile.y * 2 + (quarter >> 1) } };

    if (p->has_sites && parent->first < parent->last)
        tr_snapshot_tile(p->snapshot, c.tile, &c.first, &c.last);
    return c;
}

/* The four quarters in the order of the curve. */
static void in_order(struct tr_tile t, unsigned order[4])
{
    uint64_t ids[4];

    for (unsigned q = 0; q < 4; q++) {
        struct tr_tile c = { t.z + 1, t.x * 2 + (q & 1), t.y * 2 + (q >> 1) };
        unsigned at = q;

        ids[q] = pyramid_id(c);
        for (; at > 0 && ids[order[at - 1]] > ids[q]; at--)
            order[at] = order[at - 1];
        order[at] = q;
    }
}

static enum tr_status walk(struct pyramid *p, const struct node *node,
                           struct tr_error *err)
{
    size_t used = p->list_used;
    unsigned order[4] = { 0 };
    enum tr_status st = TR_OK;

    if (node->first == node->last && !node->n)
        return TR_OK;
    if (p->counting && node->tile.z >= p->o->min_zoom)
        p->total++;
    if (node->tile.z == p->zoom)
        return p->counting ? TR_OK : meet(p, node, err);
    in_order(node->tile, order);
    for (unsigned i = 0; !st && i < 4; i++) {
        struct node child = child_of(p, node, order[i]);

        st = keep_touching(p, node, &child, err);
        if (!st)
            st = walk(p, &child, err);
        p->list_used = used;
    }
    return st;
}

static struct node whole_world(const struct pyramid *p)
{
    return (struct node){ .last = p->has_sites ? p->snapshot->n_located : 0,
                          .n = p->n_boxes };
}

/* All zooms on one way down: how many there are needs no order. */
static enum tr_status count(struct pyramid *p, struct tr_error *err)
{
    struct node root = whole_world(p);
    enum tr_status st;

    p->counting = true;
    p->zoom = p->o->max_zoom;
    st = walk(p, &root, err);
    p->counting = false;
    return st;
}

/* ---- what lies where ---- */

static bool box_of(const struct tr_collection *c, size_t row, struct box *b)
{
    const struct tr_geometry *g = tr_collection_geometry(c, row);
    struct tr_extent e;
    struct tr_position p;
    struct tr_cell nw, se;

    if (g) {
        e = tr_geometry_extent(g);
    } else { /* sites are found by their order */
        if (c->kind == TR_OF_SITES || !tr_collection_position(c, row, &p))
            return false;
        e = (struct tr_extent){ p.lon_e7, p.lat_e7, p.lon_e7, p.lat_e7 };
    }
    nw = tr_mercator_cell(e.west_e7, e.north_e7);
    se = tr_mercator_cell(e.east_e7, e.south_e7);
    b->west = nw.x;
    b->north = nw.y;
    b->east = se.x;
    b->south = se.y;
    return true;
}

static enum tr_status find_boxes(struct pyramid *p, struct tr_arena *a,
                                 struct tr_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < p->o->n_collections; i++)
        n += p->o->collections[i].n;
    p->boxes = tr_arena_array(a, n + 1, sizeof *p->boxes);
    p->list = malloc((n + 1) * sizeof *p->list);
    p->list_size = n + 1;
    if (!p->boxes || !p->list || n > UINT32_MAX)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tiles");
    for (size_t i = 0; i < p->o->n_collections; i++) {
        const struct tr_collection *c = &p->o->collections[i];

        if (c->kind == TR_OF_SITES) {
            p->has_sites = true;
            p->sites.words[i / 64] |= UINT64_C(1) << (i % 64);
        }
        for (size_t row = 0; row < c->n; row++) {
            if (!box_of(c, row, &p->boxes[p->n_boxes]))
                continue;
            p->boxes[p->n_boxes].collection = (uint32_t)i;
            p->list[p->n_boxes] = (uint32_t)p->n_boxes;
            p->n_boxes++;
        }
    }
    p->list_used = p->n_boxes;
    return TR_OK;
}

static void close_pyramid(void *context)
{
    struct pyramid *p = context;

    for (size_t i = 0; p->tiles && i < BATCH; i++)
        tr_buf_clear(&p->tiles[i].gz);
    for (unsigned i = 0; p->workers && i < p->threads; i++) {
        tr_arena_clear(&p->workers[i].scratch);
        tr_buf_clear(&p->workers[i].raw);
        gzip_close(p->workers[i].gzip);
    }
    free(p->list);
    tr_tile_cache_free(p->tile.cache);
}

static enum tr_status make_room(struct pyramid *p, struct tr_arena *a,
                                struct tr_error *err)
{
    p->tiles = tr_arena_array(a, BATCH, sizeof *p->tiles);
    p->masks = tr_arena_array(a, BATCH, sizeof *p->masks);
    p->workers = tr_arena_array(a, p->threads, sizeof *p->workers);
    if (!p->tiles || !p->masks || !p->workers)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tiles");
    for (size_t i = 0; i < BATCH; i++)
        tr_buf_init(&p->tiles[i].gz, TILE_LIMIT);
    for (unsigned i = 0; i < p->threads; i++) {
        tr_arena_init(&p->workers[i].scratch, SIZE_MAX);
        tr_buf_init(&p->workers[i].raw, TILE_LIMIT);
    }
    for (unsigned i = 0; i < p->threads; i++) {
        p->workers[i].gzip = gzip_open();
        if (!p->workers[i].gzip)
            return tr_fail(err, TR_ENOMEM, "no memory left for the tiles");
    }
    return TR_OK;
}

enum tr_status pyramid_open(const struct tr_archive_options *o,
                            struct tr_arena *a, struct pyramid **out,
                            struct tr_error *err)
{
    struct pyramid *p = tr_arena_alloc(a, sizeof *p);
    enum tr_status st;

    if (!p || tr_arena_defer(a, close_pyramid, p))
        return tr_fail(err, TR_ENOMEM, "no memory left for the tiles");
    p->o = o;
    p->snapshot = o->collections[0].snapshot;
    p->threads = o->threads ? o->threads : tr_thread_cores();
    p->tile = o->tile;
    p->tile.cache = NULL;
    st = make_room(p, a, err);
    if (!st)
        st = tr_tile_cache_new(p->snapshot, 0, &p->tile.cache, err);
    if (!st)
        st = find_boxes(p, a, err);
    if (st)
        return st;
    *out = p;
    return count(p, err);
}

size_t pyramid_total(const struct pyramid *p)
{
    return p->total;
}

enum tr_status pyramid_run(struct pyramid *p, size_t skip, pyramid_sink sink,
                           void *context, struct tr_error *err)
{
    struct node root = whole_world(p);
    enum tr_status st = TR_OK;

    p->seen = 0;
    p->skip = skip;
    p->sink = sink;
    p->context = context;
    for (p->zoom = p->o->min_zoom; !st && p->zoom <= p->o->max_zoom; p->zoom++)
        st = walk(p, &root, err);
    return st ? st : end_batch(p, err);
}
