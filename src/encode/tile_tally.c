/* tile_tally.c - how many sites, of which class, and where their weight lies,
 * from running counts; see tile_parts.h */
#include <stdlib.h>

#include "encode/tile_parts.h"

enum { BLOCK = 64 };

static unsigned count_of(enum tr_class c)
{
    unsigned k = 0;

    while (k < TILE_COUNTS && tile_counts[k].class_ != c)
        k++;
    return k;
}

/* Add the sites from..to-1; both lie in one block. */
static void add(const struct tile_tally *t, struct tile_sums *sums, size_t from,
                size_t to)
{
    const struct tr_snapshot *s = t->s;
    uint64_t pass = UINT64_MAX;

    if (t->pass && from < to)
        pass = t->pass[(from - t->first) / BLOCK];
    for (size_t i = from; i < to; i++) {
        if (!(pass >> ((i - t->first) % BLOCK) & 1))
            continue;

        struct tr_cell c = tr_morton_cell(s->keys[i]);
        unsigned k = count_of((enum tr_class)s->classes[i]);

        sums->x += c.x;
        sums->y += c.y;
        sums->n++;
        if (k < TILE_COUNTS)
            sums->by_class[k]++;
    }
}

enum tr_status tile_tally_make(struct tile_tally *t, struct tr_arena *a,
                               struct tr_error *err)
{
    size_t n = (t->last - t->first) / BLOCK + 1;
    struct tile_sums *blocks = tr_arena_array(a, n, sizeof *blocks);

    if (!blocks)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    for (size_t i = 1; i < n; i++) {
        blocks[i] = blocks[i - 1];
        add(t, &blocks[i], t->first + (i - 1) * BLOCK, t->first + i * BLOCK);
    }
    t->blocks = blocks;
    return TR_OK;
}

void tile_tally_seek(const struct tile_tally *t, struct tile_cursor *c,
                     size_t to)
{
    size_t block = (to - t->first) / BLOCK, start = t->first + block * BLOCK;

    if (c->at < start || c->at < t->first) {
        c->at = start;
        c->sums = t->blocks[block];
    }
    add(t, &c->sums, c->at, to);
    c->at = to;
}

/* ---- of all sites, shared ---- */

struct item {
    struct tile_item item;
    struct tr_arena arena;
    struct tile_tally tally;
};

static void free_item(struct tile_item *item)
{
    struct item *i = (struct item *)item;

    tr_arena_clear(&i->arena);
    free(i);
}

static enum tr_status make(const void *context, struct tile_item **out,
                           struct tr_error *err)
{
    const struct tile_job *job = context;
    const struct tr_snapshot *s = job->c->snapshot;
    struct item *i = calloc(1, sizeof *i);
    enum tr_status st;

    if (!i)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    tr_arena_init(&i->arena, SIZE_MAX);
    i->tally =
        (struct tile_tally){ .s = s,
                             .first = job->cache ? 0 : job->first,
                             .last = job->cache ? s->n_located : job->last };
    st = tile_tally_make(&i->tally, &i->arena, err);
    i->item = (struct tile_item){ free_item, sizeof *i + i->arena.used };
    if (st)
        free_item(&i->item);
    else
        *out = &i->item;
    return st;
}

enum tr_status tile_tally_get(const struct tile_job *job,
                              const struct tile_item **item,
                              const struct tile_tally **out,
                              struct tr_error *err)
{
    enum tr_status st =
        tile_cache_get(job->cache, "sites", make, job, item, err);

    if (!st)
        *out = &((const struct item *)*item)->tally;
    return st;
}
