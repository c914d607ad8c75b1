/* measure_batch.c - what can be asked for all sites at once: how many rows lie
 * within the radius, and which is the nearest, as the positions are given.
 * Anything else is asked site by site. */
#include "classify/measure_parts.h"

static const char no_memory[] = "no memory for the measures";

/* The sites to ask for, and where they are. */
struct asked {
    size_t n;
    const uint32_t *sites; /* NULL: all that are located */
    const struct tr_position *at;
};

static enum tr_status list_asked(const struct targets *t, struct asked *out,
                                 struct tr_error *err)
{
    const struct measure_input *in = t->in;
    struct tr_position *at;
    uint32_t *sites;
    size_t n = 0;

    *out = (struct asked){ in->s->n_located, NULL, in->s->positions };
    if (!in->scope)
        return TR_OK;
    for (size_t i = 0; i < in->s->n_located; i++)
        n += bit_at(in->scope, i);
    sites = tr_arena_array(in->arena, n + 1, sizeof *sites);
    at = tr_arena_array(in->arena, n + 1, sizeof *at);
    if (!sites || !at)
        return tr_fail(err, TR_ENOMEM, no_memory);
    *out = (struct asked){ 0, sites, at };
    for (size_t i = 0; i < in->s->n_located; i++) {
        if (!bit_at(in->scope, i))
            continue;
        sites[out->n] = (uint32_t)i;
        at[out->n++] = in->s->positions[i];
    }
    return TR_OK;
}

static size_t site_of(const struct asked *q, size_t i)
{
    return q->sites ? q->sites[i] : i;
}

/* Is a site one of the rows that are counted? */
static bool counts_itself(const struct targets *t, const uint64_t *in_pool,
                          size_t site)
{
    return !t->layer && (!in_pool || bit_at(in_pool, site));
}

static enum tr_status pool_bits(const struct targets *t, size_t n_items,
                                const uint64_t **out, struct tr_error *err)
{
    uint64_t *bits;

    *out = NULL;
    if (!t->all.rows || t->layer)
        return TR_OK;
    bits = tr_arena_array(t->in->arena, bit_words(t->n_rows), sizeof *bits);
    if (!bits)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n_items; i++)
        bit_set(bits, t->all.rows[i]);
    *out = bits;
    return TR_OK;
}

enum tr_status batch_counts(const struct targets *t, int64_t within_mm,
                            const uint32_t **out, struct tr_error *err)
{
    const uint64_t *in_pool = NULL;
    uint32_t *counts, *found;
    struct asked q;
    enum tr_status st;

    if (t->rule->among)
        return TR_OK;
    st = list_asked(t, &q, err);
    if (!st)
        st = pool_bits(t, t->all.n, &in_pool, err);
    if (st)
        return st;
    counts =
        tr_arena_array(t->in->arena, t->in->s->n_located + 1, sizeof *counts);
    found = tr_arena_array(t->in->arena, q.n + 1, sizeof *found);
    if (!counts || !found)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_near_count_all(t->all.near, q.at, q.n, within_mm, t->in->threads,
                           found, err);
    for (size_t i = 0; i < q.n && !st; i++) {
        size_t site = site_of(&q, i);

        counts[site] = found[i] - counts_itself(t, in_pool, site);
    }
    if (!st)
        *out = counts;
    return st;
}

/* ---- the nearest ---- */

struct asking {
    const struct targets *t;
    const struct asked *q;
};

static bool accept(const void *context, size_t place, uint32_t item)
{
    const struct asking *a = context;

    return targets_qualifies(a->t, site_of(a->q, place),
                             a->t->all.rows ? a->t->all.rows[item] : item);
}

/* A site is of its partner's kind, and of a kind of its own where it has none
 * or several or where partners do not matter. `*plain`: kinds say it all. */
static uint32_t kind_of(const struct targets *t, size_t site, bool *plain)
{
    bool others = t->rule->among & RULE_OTHER_PARTNERS;
    uint32_t n_partners =
        others && t->partners ? (uint32_t)t->partners->dict->n : 0;
    const uint32_t *codes;

    if (others && list_codes(t->partners, site, &codes) == 1)
        return codes[0];
    *plain = *plain && !others;
    return n_partners + (uint32_t)site;
}

static enum tr_status make_kinds(const struct targets *t, struct asking *a,
                                 struct tr_near_kinds *out,
                                 struct tr_error *err)
{
    size_t n = t->all.n;
    uint32_t *of_item = tr_arena_array(t->in->arena, n + 1, sizeof *of_item);
    uint32_t *of_place =
        tr_arena_array(t->in->arena, a->q->n + 1, sizeof *of_place);
    bool plain = true;

    if (!of_item || !of_place)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++)
        of_item[i] = kind_of(t, t->all.rows ? t->all.rows[i] : i, &plain);
    for (size_t i = 0; i < a->q->n; i++)
        of_place[i] = kind_of(t, site_of(a->q, i), &plain);
    *out =
        (struct tr_near_kinds){ of_item, of_place, plain ? NULL : accept, a };
    return TR_OK;
}

enum tr_status batch_nearest(const struct targets *t,
                             const struct tr_nearest **out,
                             struct tr_error *err)
{
    struct tr_nearest *found, *nearest;
    struct tr_near_kinds kinds;
    struct asked q;
    struct asking a = { t, &q };
    enum tr_status st;

    if (t->shapes || t->rule->among & RULE_SAME_SERVICE)
        return TR_OK;
    st = list_asked(t, &q, err);
    if (!st && !t->layer)
        st = make_kinds(t, &a, &kinds, err);
    if (st)
        return st;
    nearest =
        tr_arena_array(t->in->arena, t->in->s->n_located + 1, sizeof *nearest);
    found = tr_arena_array(t->in->arena, q.n + 1, sizeof *found);
    if (!nearest || !found)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = tr_near_nearest_all(t->all.near, q.at, q.n, t->layer ? NULL : &kinds,
                             t->in->threads, found, err);
    for (size_t i = 0; i < q.n && !st; i++) {
        struct tr_nearest r = found[i];

        if (r.item != TR_NEAR_NONE && t->all.rows)
            r.item = t->all.rows[r.item];
        nearest[site_of(&q, i)] = r;
    }
    if (!st)
        *out = nearest;
    return st;
}
