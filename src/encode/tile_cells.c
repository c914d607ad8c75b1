/* tile_cells.c - sites as cells with exact counts, where one by one would be too
 * much. See terrier/encode.h. */
#include "encode/tile_parts.h"

/* ---- by partner ---- */

static void put_partner(struct mvt_layer *l, const struct tile_job *job,
                        uint32_t code, uint32_t count)
{
    const char **key = &job->partners->keys[code];

    if (!*key)
        *key = tr_arena_printf(job->scratch, "partner:%s",
                               job->partners->column->dict->texts[code]);
    if (*key)
        mvt_int(l, *key, count);
    else
        l->failed = true;
}

/* In the order of the names, which is that of the codes. */
void tile_put_partners(struct mvt_layer *l, const struct tile_job *job,
                       size_t first, size_t last)
{
    struct tile_partners *p = job->partners;

    if (!p)
        return;
    for (size_t i = first; i < last; i++) {
        if (tile_passes(job, i) && tr_has(p->column, i))
            p->counts[p->column->values.codes[i]]++;
    }
    for (uint32_t code = 0; code < p->column->dict->n; code++) {
        if (p->counts[code])
            put_partner(l, job, code, p->counts[code]);
        p->counts[code] = 0;
    }
}

/* ---- cells ---- */

struct cell {
    size_t first, last; /* sites */
    struct tile_sums before, after;
    uint32_t n; /* that pass */
};

/* The first site after `from` with another prefix: in steps that double, then
 * by halving. */
static size_t end_of_cell(const struct tile_job *job, size_t from,
                          unsigned shift)
{
    const uint64_t *keys = job->c->snapshot->keys;
    uint64_t at = keys[from] >> shift;
    size_t low = from, step = 1, high;

    while (step < job->last - low && keys[low + step] >> shift == at) {
        low += step;
        step *= 2;
    }
    high = step < job->last - low ? low + step : job->last;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;

        if (keys[middle] >> shift == at)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static size_t first_that_passes(const struct tile_job *job, size_t from)
{
    while (!tile_passes(job, from))
        from++;
    return from;
}

/* The mean position of those that pass: where the weight of the cell is. */
static void put_place(struct mvt_layer *l, const struct tile_job *job,
                      const struct cell *c)
{
    unsigned shift = 32 - job->tile.z;
    uint64_t mask = (UINT64_C(1) << shift) - 1;
    uint64_t x = (c->after.x - c->before.x) / c->n;
    uint64_t y = (c->after.y - c->before.y) / c->n;

    mvt_point(l, (int32_t)((x & mask) * TR_TILE_EXTENT >> shift),
              (int32_t)((y & mask) * TR_TILE_EXTENT >> shift));
}

static void put_cell(struct mvt_layer *l, const struct tile_job *job,
                     const struct cell *c)
{
    size_t shown = first_that_passes(job, c->first);

    mvt_begin(l, MVT_POINT, job->c->snapshot->numbers[shown]);
    if (c->n == 1) {
        mvt_row(l, shown);
    } else {
        mvt_int(l, "count", c->n);
        for (size_t k = 0; k < TILE_COUNTS; k++) {
            uint32_t n = c->after.by_class[k] - c->before.by_class[k];

            if (n)
                mvt_int(l, tile_counts[k].key, n);
        }
        tile_put_partners(l, job, c->first, c->last);
    }
    put_place(l, job, c);
    mvt_end(l);
}

/* Half-open, so that each site is in one. */
bool tile_cells(struct mvt_layer *l, const struct tile_job *job, unsigned bits,
                bool any_size)
{
    unsigned kept = 2 * (job->tile.z + bits);
    unsigned shift = kept >= 64 ? 0 : 64 - kept;
    struct tile_cursor cursor = { 0 };

    tile_tally_seek(job->tally, &cursor, job->first);
    for (size_t i = job->first; i < job->last;) {
        struct cell c = { .first = i, .before = cursor.sums };

        i = c.last = end_of_cell(job, i, shift);
        tile_tally_seek(job->tally, &cursor, c.last);
        c.after = cursor.sums;
        c.n = c.after.n - c.before.n;
        if (c.n)
            put_cell(l, job, &c);
        if (!any_size && mvt_size(l) > job->budget)
            return false;
    }
    return true;
}
