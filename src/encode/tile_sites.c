/* tile_sites.c - the sites of a tile: one by one, in stacks, or, where that
 * would be too much, as cells with exact counts. See terrier/encode.h. */
#include "encode/tile_parts.h"

const struct tile_count tile_counts[TILE_COUNTS] = {
    { TR_KEY, "count_key" },
    { TR_CORE, "count_core" },
    { TR_SURPLUS, "count_surplus" },
    { TR_IN_REVIEW, "count_in_review" },
    { TR_UNCLASSIFIED, "count_unclassified" },
    { TR_NOT_APPLICABLE, "count_not_applicable" },
};

struct stack {          /* sites that become one feature */
    size_t first, last; /* within the tile's range; those that pass count */
    size_t n;           /* that pass the filter */
    size_t shown;       /* the first that passes: the feature has its number */
};

/* Sites at one point of the tile's grid stand together in Morton order. */
static unsigned grid_shift(const struct tile_job *job)
{
    unsigned bits = 2 * (job->tile.z + 12);

    _Static_assert(TR_TILE_EXTENT == 1u << 12, "the grid has 12 bits");
    return bits < 64 ? 64 - bits : 0;
}

static void find_stack(const struct tile_job *job, unsigned shift,
                       struct stack *k)
{
    const uint64_t *keys = job->c->snapshot->keys;
    uint64_t at = keys[k->first] >> shift;
    size_t i = k->first;

    k->n = 0;
    for (; i < job->last && keys[i] >> shift == at; i++) {
        if (tile_passes(job, i) && !k->n++)
            k->shown = i;
    }
    k->last = i;
}

/* Where a cell lies in the tile's grid. */
static void place_of(const struct tile_job *job, uint64_t key, int32_t *x,
                     int32_t *y)
{
    struct tr_cell c = tr_morton_cell(key);
    unsigned shift = 32 - job->tile.z;
    uint64_t mask = (UINT64_C(1) << shift) - 1;

    *x = (int32_t)((c.x & mask) * TR_TILE_EXTENT >> shift);
    *y = (int32_t)((c.y & mask) * TR_TILE_EXTENT >> shift);
}

static void put_counts(struct mvt_layer *l, const struct tile_job *job,
                       const struct stack *k)
{
    const struct tr_snapshot *s = job->c->snapshot;
    size_t by_class[TR_CLASSES] = { 0 };

    for (size_t i = k->first; i < k->last; i++) {
        if (tile_passes(job, i))
            by_class[s->classes[i]]++;
    }
    mvt_int(l, "count", (int64_t)k->n);
    for (size_t c = 0; c < TILE_COUNTS; c++) {
        if (by_class[tile_counts[c].class_])
            mvt_int(l, tile_counts[c].key,
                    (int64_t)by_class[tile_counts[c].class_]);
    }
    tile_put_partners(l, job, k->first, k->last);
}

static void put_ids(struct mvt_layer *l, const struct tile_job *job,
                    const struct stack *k)
{
    const struct tr_snapshot *s = job->c->snapshot;
    struct tr_buf b;

    tr_buf_init(&b, job->budget); /* a longer list makes the tile too large */
    for (size_t i = k->first; i < k->last; i++) {
        if (!tile_passes(job, i))
            continue;
        if (b.len)
            tr_buf_byte(&b, ';');
        tr_buf_str(&b, s->site_ids[i]);
    }
    if (tr_buf_text(&b))
        mvt_text(l, "site_ids", tr_buf_text(&b));
    else
        l->failed = true;
    tr_buf_clear(&b);
}

static void put_stack(struct mvt_layer *l, const struct tile_job *job,
                      const struct stack *k)
{
    const struct tr_snapshot *s = job->c->snapshot;
    int32_t x, y;

    place_of(job, s->keys[k->first], &x, &y);
    if (k->n == 1) {
        mvt_row_at(l, s->numbers[k->shown], k->shown, x, y);
        return;
    }
    mvt_begin(l, MVT_POINT, s->numbers[k->shown]);
    put_counts(l, job, k);
    put_ids(l, job, k);
    mvt_point(l, x, y);
    mvt_end(l);
}

/* False when the budget is passed: then cells are wanted. */
static bool put_sites(struct mvt_layer *l, const struct tile_job *job)
{
    unsigned shift = grid_shift(job);

    for (size_t i = job->first; i < job->last;) {
        struct stack k = { .first = i };

        find_stack(job, shift, &k);
        i = k.last;
        if (k.n)
            put_stack(l, job, &k);
        if (l->failed || mvt_size(l) > job->budget)
            return false;
    }
    return true;
}

static void open_layer(struct mvt_layer *l, const struct tile_job *job)
{
    mvt_init(l, job->c->id, TR_TILE_EXTENT, job->scratch);
    mvt_columns(l, job->names, job->columns, job->n_columns);
}

/* The finest cells that the budget allows; the coarsest whatever it says. */
static enum tr_status put_cells(struct mvt_layer *l, struct tile_job job,
                                struct tr_error *err)
{
    const struct tile_item *item = NULL;
    enum tr_status st = TR_OK;
    bool fits = false;

    if (!job.tally)
        st = tile_tally_get(&job, &item, &job.tally, err);
    for (unsigned bits = 6; !st && !fits && bits > 0; bits--) {
        mvt_clear(l);
        open_layer(l, &job);
        fits = tile_cells(l, &job, bits, bits == 1);
    }
    tile_cache_put(job.cache, item);
    return st;
}

enum tr_status tile_sites(const struct tile_job *job, struct tr_buf *out,
                          struct tr_error *err)
{
    enum tr_status st = TR_OK;
    struct mvt_layer l;

    if (job->first == job->last)
        return TR_OK;
    open_layer(&l, job);
    if (!put_sites(&l, job))
        st = put_cells(&l, *job, err);
    if (!st)
        st = mvt_write(&l, out, err);
    mvt_clear(&l);
    return st;
}
