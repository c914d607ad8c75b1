/* tile_filter.c - the rows that a filter passes, found once for all tiles; see
 * tile_parts.h */
#include <stdlib.h>

#include "encode/tile_parts.h"

struct item {
    struct tile_item item;
    struct tr_arena arena;
    const uint64_t *pass;
    struct tile_tally tally;
};

struct order {
    const struct tile_job *job;
    const struct tr_cql2 *filter;
    size_t first, last;
};

static void free_item(struct tile_item *item)
{
    struct item *i = (struct item *)item;

    tr_arena_clear(&i->arena);
    free(i);
}

static enum tr_status bind(const struct tr_collection *c,
                           const struct tr_cql2 *filter,
                           struct tr_arena *scratch,
                           const struct tr_cql2_bound **out,
                           struct tr_error *err)
{
    struct tr_cql2_env env = { .as_of = c->snapshot->as_of };
    enum tr_status st = tr_cql2_bind(filter, c->table, &env, scratch, out, err);

    if (!st && tr_cql2_type(*out) != TR_BOOLEAN)
        st = tr_fail(err, TR_EINVAL, "the filter is a %s, not a condition",
                     tr_type_name(tr_cql2_type(*out)));
    return st;
}

enum tr_status tile_filter_check(const struct tr_collection *c,
                                 const struct tr_cql2 *filter,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    const struct tr_cql2_bound *bound;
    enum tr_status st = tr_query_names(c, filter, scratch, &filter, err);

    return st ? st : bind(c, filter, scratch, &bound, err);
}

static enum tr_status judge(const struct order *o, uint64_t *yes,
                            struct tr_arena *scratch, struct tr_error *err)
{
    const struct tr_cql2_bound *bound;
    size_t words = (o->last - o->first) / 64 + 1;
    uint64_t *unknown = tr_arena_array(scratch, words, sizeof *unknown);
    enum tr_status st;

    if (!unknown)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    st = bind(o->job->c, o->filter, scratch, &bound, err);
    if (!st && o->first < o->last)
        st = tr_cql2_filter(bound, o->first, o->last, yes, unknown, scratch,
                            err);
    return st;
}

static enum tr_status fill(const struct order *o, struct item *i,
                           struct tr_error *err)
{
    size_t words = (o->last - o->first) / 64 + 1;
    uint64_t *yes = tr_arena_array(&i->arena, words, sizeof *yes);
    struct tr_arena scratch;
    enum tr_status st;

    if (!yes)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    tr_arena_init(&scratch, SIZE_MAX);
    st = judge(o, yes, &scratch, err);
    tr_arena_clear(&scratch);
    i->pass = yes;
    i->tally = (struct tile_tally){ .s = o->job->c->snapshot,
                                    .pass = yes,
                                    .first = o->first,
                                    .last = o->last };
    if (!st && o->job->c->kind == TR_OF_SITES)
        st = tile_tally_make(&i->tally, &i->arena, err);
    return st;
}

static enum tr_status make(const void *context, struct tile_item **out,
                           struct tr_error *err)
{
    struct item *i = calloc(1, sizeof *i);
    enum tr_status st;

    if (!i)
        return tr_fail(err, TR_ENOMEM, "no memory left for the tile");
    tr_arena_init(&i->arena, SIZE_MAX);
    st = fill(context, i, err);
    i->item = (struct tile_item){ free_item, sizeof *i + i->arena.used };
    if (st)
        free_item(&i->item);
    else
        *out = &i->item;
    return st;
}

/* The collection and the filter in its normal form. */
static enum tr_status get(struct order *o, const struct tile_item **item,
                          struct tr_error *err)
{
    const struct tile_job *job = o->job;
    enum tr_status st = TR_OK;
    const char *key;
    struct tr_buf b;

    tr_buf_init(&b, (size_t)1024 * 1024);
    if (job->cache) {
        tr_buf_printf(&b, "filter %s ", job->c->id);
        tr_cql2_print_text(o->filter, &b);
    }
    key = tr_buf_text(&b);
    if (!key)
        st = tr_buf_status(&b, "the filter", err);
    else
        st = tile_cache_get(job->cache, key, make, o, item, err);
    tr_buf_clear(&b);
    return st;
}

enum tr_status tile_filter(struct tile_job *job, const struct tr_cql2 *filter,
                           const struct tile_item **item, struct tr_error *err)
{
    const struct tr_collection *c = job->c;
    size_t all = c->kind == TR_OF_SITES ? c->snapshot->n_located : c->n;
    struct order o = { .job = job,
                       .first = job->cache ? 0 : job->first,
                       .last = job->cache ? all : job->last };
    enum tr_status st = tr_query_names(c, filter, job->scratch, &o.filter, err);

    if (!st)
        st = get(&o, item, err);
    if (st)
        return st;

    const struct item *i = (const struct item *)*item;

    job->pass = i->pass;
    job->pass_first = o.first;
    job->tally = &i->tally;
    return TR_OK;
}
