/* tile_sites.c - the sites of a tile: one by one, in stacks, or, where that
 * would be too much, as cells with exact counts. See terrier/encode.h. */
#include "encode/tile_parts.h"

#include <string.h>

const struct tile_count tile_counts[TILE_COUNTS] = {
    { TR_KEY, "count_key" },
    { TR_CORE, "count_core" },
    { TR_SURPLUS, "count_surplus" },
    { TR_IN_REVIEW, "count_in_review" },
    { TR_UNCLASSIFIED, "count_unclassified" },
    { TR_NOT_APPLICABLE, "count_not_applicable" },
};

struct tile_run {       /* sites that become one feature */
    size_t first, last; /* within the tile's range; those that pass count */
    size_t n;           /* that pass the filter */
    size_t shown;       /* the first that passes: the feature has its number */
};

static bool passes(const struct tile_job *job, size_t site)
{
    size_t i = site - job->first;

    return !job->pass || (job->pass[i / 64] >> (i % 64) & 1);
}

/* Where a cell lies in the tile's grid. */
static void grid_position(const struct tile_job *job, struct tr_cell c,
                          int32_t *x, int32_t *y)
{
    unsigned shift = 32 - job->tile.z;
    uint64_t mask = shift == 64 ? UINT64_MAX : (UINT64_C(1) << shift) - 1;

    *x = (int32_t)((c.x & mask) * TR_TILE_EXTENT >> shift);
    *y = (int32_t)((c.y & mask) * TR_TILE_EXTENT >> shift);
}

static void put_counts(struct mvt_layer *l, const struct tile_job *job,
                       const struct tile_run *run)
{
    const struct tr_snapshot *s = job->c->snapshot;
    size_t by_class[TR_CLASSES] = { 0 };

    for (size_t i = run->first; i < run->last; i++) {
        if (passes(job, i))
            by_class[s->classes[i]]++;
    }
    mvt_int(l, "count", (int64_t)run->n);
    for (size_t k = 0; k < TILE_COUNTS; k++) {
        if (by_class[tile_counts[k].class_])
            mvt_int(l, tile_counts[k].key,
                    (int64_t)by_class[tile_counts[k].class_]);
    }
}

static void put_ids(struct mvt_layer *l, const struct tile_job *job,
                    const struct tile_run *run)
{
    const struct tr_snapshot *s = job->c->snapshot;
    struct tr_buf b;

    tr_buf_init(&b, (size_t)1024 * 1024);
    for (size_t i = run->first; i < run->last; i++) {
        if (!passes(job, i))
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

static void put_single(struct mvt_layer *l, const struct tile_job *job,
                       size_t site)
{
    for (size_t k = 0; k < job->n_columns; k++)
        mvt_column(l, job->names[k], job->columns[k], site);
}

/* Count how many of the run pass, and find the first. */
static void measure_run(const struct tile_job *job, struct tile_run *run)
{
    run->n = 0;
    for (size_t i = run->first; i < run->last; i++) {
        if (passes(job, i) && !run->n++)
            run->shown = i;
    }
}

/* ---- one by one ---- */

/* Sites at one point of the tile's grid stand together in Morton order. */
static size_t end_of_stack(const struct tile_job *job, size_t first)
{
    const uint64_t *keys = job->c->snapshot->keys;
    int32_t x, y, ex, ey;
    size_t end = first + 1;

    grid_position(job, tr_morton_cell(keys[first]), &x, &y);
    for (; end < job->last; end++) {
        grid_position(job, tr_morton_cell(keys[end]), &ex, &ey);
        if (ex != x || ey != y)
            break;
    }
    return end;
}

/* False when the budget is passed: then cells are wanted. */
static bool put_sites(struct mvt_layer *l, const struct tile_job *job)
{
    const struct tr_snapshot *s = job->c->snapshot;

    for (size_t i = job->first; i < job->last;) {
        struct tile_run run = { i, end_of_stack(job, i), 0, 0 };
        int32_t x, y;

        i = run.last;
        measure_run(job, &run);
        if (!run.n)
            continue;
        grid_position(job, tr_morton_cell(s->keys[run.first]), &x, &y);
        mvt_begin(l);
        if (run.n == 1) {
            put_single(l, job, run.shown);
        } else {
            put_counts(l, job, &run);
            put_ids(l, job, &run);
        }
        mvt_point(l, x, y);
        mvt_end(l, MVT_POINT, s->numbers[run.shown]);
        if (mvt_size(l) > job->budget)
            return false;
    }
    return true;
}

/* ---- as cells ---- */

/* The mean position of those that pass: where the weight of the cell is. */
static void mean_position(const struct tile_job *job,
                          const struct tile_run *run, int32_t *x, int32_t *y)
{
    int64_t sum_x = 0, sum_y = 0;

    for (size_t i = run->first; i < run->last; i++) {
        int32_t px, py;

        if (!passes(job, i))
            continue;
        grid_position(job, tr_morton_cell(job->c->snapshot->keys[i]), &px, &py);
        sum_x += px;
        sum_y += py;
    }
    *x = (int32_t)(sum_x / (int64_t)run->n);
    *y = (int32_t)(sum_y / (int64_t)run->n);
}

/* Cells of 2^bits by 2^bits to the tile; half-open, so that each site is in
 * one.
 */
static bool put_cells(struct mvt_layer *l, const struct tile_job *job,
                      unsigned bits)
{
    const uint64_t *keys = job->c->snapshot->keys;
    unsigned kept = 2 * (job->tile.z + bits);
    unsigned shift = kept >= 64 ? 0 : 64 - kept;

    for (size_t i = job->first; i < job->last;) {
        struct tile_run run = { .first = i };
        int32_t x, y;

        while (i < job->last && keys[i] >> shift == keys[run.first] >> shift)
            i++;
        run.last = i;
        measure_run(job, &run);
        if (!run.n)
            continue;
        mean_position(job, &run, &x, &y);
        mvt_begin(l);
        if (run.n == 1)
            put_single(l, job, run.shown);
        else
            put_counts(l, job, &run);
        mvt_point(l, x, y);
        mvt_end(l, MVT_POINT, job->c->snapshot->numbers[run.shown]);
    }
    return mvt_size(l) <= job->budget;
}

enum tr_status tile_sites(const struct tile_job *job, struct tr_buf *out,
                          struct tr_error *err)
{
    struct mvt_layer l;
    enum tr_status st;
    bool fits;

    mvt_init(&l, job->c->id, TR_TILE_EXTENT, job->scratch);
    fits = put_sites(&l, job);
    for (unsigned bits = 6; !fits && bits > 0; bits--) {
        mvt_clear(&l);
        mvt_init(&l, job->c->id, TR_TILE_EXTENT, job->scratch);
        fits = put_cells(&l, job, bits) || bits == 1;
    }
    st = mvt_write(&l, out, err);
    mvt_clear(&l);
    return st;
}
