/* query.c - see terrier/query.h */
#include "terrier/query.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/query_order.h"
#include "analyse/query_where.h"
#include "terrier/text.h"

static const char no_memory[] = "no memory left for the query";

/* ---- conditions: each clears bits of the rows that do not pass ---- */

struct running {
    const struct tr_snapshot *s;
    const struct tr_query *q;
    struct tr_collection c;
    uint64_t *pass; /* one bit per row */
    struct tr_arena *a;
};

static void refuse(struct running *r, size_t row)
{
    r->pass[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

static bool any_pass(const struct running *r, size_t first, size_t last)
{
    uint64_t any = 0;

    for (size_t w = first / 64; w < (last + 63) / 64; w++)
        any |= r->pass[w];
    return any != 0;
}

#define BLOCK 65536

static enum tr_status apply_filter(struct running *r,
                                   const struct tr_cql2 *filter,
                                   struct tr_error *err)
{
    struct tr_cql2_env env = { .as_of = r->s->as_of };
    const struct tr_cql2_bound *bound;
    uint64_t yes[BLOCK / 64], unknown[BLOCK / 64];
    enum tr_status st = tr_query_names(&r->c, filter, r->a, &filter, err);

    if (!st)
        st = tr_cql2_bind(filter, r->c.table, &env, r->a, &bound, err);
    if (!st && tr_cql2_type(bound) != TR_BOOLEAN)
        st = tr_fail(err, TR_EINVAL,
                     "the filter is a %s, not a condition: compare it with "
                     "something",
                     tr_type_name(tr_cql2_type(bound)));
    for (size_t first = 0; !st && first < r->c.n; first += BLOCK) {
        size_t last = first + BLOCK < r->c.n ? first + BLOCK : r->c.n;

        if (!any_pass(r, first, last))
            continue;
        st = tr_cql2_filter(bound, first, last, yes, unknown, r->a, err);
        for (size_t w = 0; !st && w < (last - first + 63) / 64; w++)
            r->pass[first / 64 + w] &= yes[w];
    }
    return st;
}

static const struct tr_column *date_column(const struct running *r,
                                           const char *name)
{
    const struct tr_column *c = tr_table_column(r->c.table, name);

    return c && c->type == TR_DATE ? c : NULL;
}

static void apply_time(struct running *r)
{
    const struct tr_column *start = date_column(r, "start_date");
    const struct tr_column *end = date_column(r, "end_date");

    for (size_t row = 0; row < r->c.n; row++) {
        bool later =
            start && tr_has(start, row) && start->values.dates[row] > r->q->to;
        bool earlier =
            end && tr_has(end, row) && end->values.dates[row] < r->q->from;

        if (later || earlier)
            refuse(r, row);
    }
}

static enum tr_status find_area(const struct running *r,
                                const struct tr_area_set **set, int32_t *area,
                                struct tr_error *err)
{
    const struct tr_query *q = r->q;

    *set = tr_snapshot_area_set(r->s, q->area_set);
    if (!*set && !r->s->n_area_sets)
        return tr_fail(err, TR_ENOTFOUND,
                       "no area set '%.60s': no areas are loaded", q->area_set);
    if (!*set) {
        const char *names[128];
        size_t n = 0;

        for (size_t i = 0; i < r->s->n_area_sets && n < 128; i++)
            names[n++] = r->s->area_sets[i].latest ? r->s->area_sets[i].set
                                                   : r->s->area_sets[i].id;

        const char *near = tr_text_nearest(q->area_set, names, n);

        return tr_fail(err, TR_ENOTFOUND, "no area set '%.60s'%s%s%s",
                       q->area_set, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'" : "");
    }
    *area = tr_area_named(*set, q->area);
    if (*area == TR_NO_AREA) {
        const char *near = tr_text_nearest(q->area, (*set)->names, (*set)->n);

        return tr_fail(err, TR_ENOTFOUND, "no area '%.60s' in '%s'%s%s%s",
                       q->area, (*set)->id, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'" : "");
    }
    return TR_OK;
}

static enum tr_status apply_area(struct running *r, struct tr_error *err)
{
    const struct tr_area_set *set;
    const int32_t *area_of_row;
    int32_t area;
    enum tr_status st = find_area(r, &set, &area, err);

    if (st)
        return st;
    area_of_row = tr_collection_is_of_sites(&r->c) ? set->site_area
                  : r->c.kind == TR_OF_LAYER && r->c.layer->areas
                      ? r->c.layer->areas[set - r->s->area_sets]
                      : NULL;
    if (!area_of_row)
        return tr_fail(err, TR_EINVAL,
                       "'%s' has no areas to ask by: only sites and layers of "
                       "points do",
                       r->c.id);
    for (size_t row = 0; row < r->c.n; row++) {
        if (area_of_row[row] != area)
            refuse(r, row);
    }
    return TR_OK;
}

/* ---- the query ---- */

static enum tr_status apply_all(struct running *r, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    if (r->q->area_set)
        st = apply_area(r, err);
    if (!st && r->q->has_time)
        apply_time(r);
    if (!st && r->q->filter)
        st = apply_filter(r, r->q->filter, err);
    if (!st && r->q->also)
        st = apply_filter(r, r->q->also, err);
    return st;
}

enum tr_status tr_query_run(const struct tr_snapshot *s,
                            const struct tr_query *q, struct tr_arena *a,
                            struct tr_query_result *out, struct tr_error *err)
{
    struct running r = { .s = s, .q = q, .a = a };
    struct tr_query_result result = { 0 };
    enum tr_status st = tr_collection_open(s, q->collection, &r.c, err);

    if (st)
        return st;

    size_t words = r.c.n / 64 + 1 + BLOCK / 64;

    r.pass = tr_arena_array(a, words, sizeof *r.pass);
    if (!r.pass)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = query_where(&r.c, q, a, r.pass, err);
    if (!st)
        st = apply_all(&r, err);
    if (!st)
        st = query_order(&r.c, q, r.pass, a, &result, err);
    result.collection = r.c;
    if (!st)
        *out = result;
    return st;
}
