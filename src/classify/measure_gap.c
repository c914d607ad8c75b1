/* measure_gap.c - how many of the people around a site would have no other
 * site of a same service near them: the percentage of those within `within_m`
 * for whom none lies within `alternative_m` of their row.
 *
 * For each service and row of people we keep the only site of that service
 * within reach, or that there are several: one pass over the sites, then each
 * site's answer is a look at the rows around it. The interval comes from the
 * circle of people; the reach of the alternatives is taken as given. */
#include <string.h>

#include "classify/measure_parts.h"
#include "terrier/thread.h"

#define NOBODY        UINT32_MAX
#define SEVERAL       (UINT32_MAX - 1)
#define SCRATCH_BYTES ((size_t)1 << 30)

static const char no_memory[] = "no memory for the measures";

struct gap {
    const struct measure_input *in;
    const struct covers *covers;
    struct targets people;
    struct worths worths;
    const struct tr_column *services;
    const uint32_t *sites;      /* located sites by service */
    const uint32_t *first_site; /* per service: offset into sites */
    uint32_t **only; /* per service and row: the one site, or above */
    struct measure *m;
};

static enum tr_status list_sites(struct gap *g, struct tr_error *err)
{
    size_t n = g->services->dict->n, total = 0;
    size_t n_located = g->in->s->n_located;
    uint32_t *first = tr_arena_array(g->in->arena, n + 2, sizeof *first);
    uint32_t *sites;
    const uint32_t *codes;

    if (!first)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n_located; i++) {
        size_t m = list_codes(g->services, i, &codes);

        for (size_t k = 0; k < m; k++)
            first[codes[k] + 2]++;
        total += m;
    }
    sites = tr_arena_array(g->in->arena, total + 1, sizeof *sites);
    if (!sites)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t c = 2; c < n + 2; c++)
        first[c] += first[c - 1];
    for (size_t i = 0; i < n_located; i++) {
        size_t m = list_codes(g->services, i, &codes);

        for (size_t k = 0; k < m; k++)
            sites[first[codes[k] + 1]++] = (uint32_t)i;
    }
    g->sites = sites;
    g->first_site = first;
    return TR_OK;
}

/* One service: mark the rows that each of its sites reaches. */
static enum tr_status reach(void *context, size_t first, size_t last,
                            unsigned worker, struct tr_error *err)
{
    const struct gap *g = context;
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    (void)worker;
    tr_arena_init(&scratch, SCRATCH_BYTES);
    for (size_t c = first; c < last && !st; c++) {
        for (uint32_t i = g->first_site[c]; i < g->first_site[c + 1] && !st;
             i++) {
            struct spot at = spot_of(g->in->s, g->sites[i]);
            struct rows r = { 0, NULL };

            st = targets_within(&g->people, &at, g->m->rule->alternative_mm,
                                AS_GIVEN, &scratch, &r, err);
            for (size_t k = 0; k < r.n; k++) {
                uint32_t *only = &g->only[c][r.rows[k]];

                *only = *only == NOBODY || *only == at.site ? (uint32_t)at.site
                                                            : SEVERAL;
            }
            if (i % 64 == 63)
                tr_arena_clear(&scratch);
        }
    }
    tr_arena_clear(&scratch);
    return st;
}

static bool has_other(const struct gap *g, size_t site, uint32_t row)
{
    const uint32_t *codes;
    size_t n = list_codes(g->services, site, &codes);

    for (size_t k = 0; k < n; k++) {
        uint32_t only = g->only[codes[k]][row];

        if (only != NOBODY && only != site)
            return true;
    }
    return false;
}

static enum tr_status percent(const struct gap *g, const struct spot *at,
                              enum which which, struct tr_arena *a, bool *has,
                              double *out, struct tr_error *err)
{
    struct rows r = { 0, NULL };
    int64_t all = 0, left = 0;
    enum tr_status st = targets_within(&g->people, at, g->m->rule->within_mm,
                                       which, a, &r, err);

    for (size_t k = 0; k < r.n; k++) {
        if (!bit_at(g->worths.present, r.rows[k]))
            continue;
        all += g->worths.worth[r.rows[k]];
        if (!has_other(g, at->site, r.rows[k]))
            left += g->worths.worth[r.rows[k]];
    }
    *has = all > 0;
    *out = all > 0 ? 100.0 * (double)left / (double)all : 0;
    return st;
}

static enum tr_status one_site(const struct gap *g, size_t site,
                               struct tr_arena *a, struct tr_error *err)
{
    struct spot at = spot_of(g->in->s, site);
    double v[3] = { 0 };
    bool has[3] = { false, false, false };
    bool exact = at.precision_mm + g->people.precision_mm == 0;
    enum tr_status st = percent(g, &at, AS_GIVEN, a, &has[1], &v[1], err);
    uint32_t mask;

    if (st || !has[1])
        return st;
    for (int w = 0; w < 3 && !exact && !st; w += 2)
        st = percent(g, &at, (enum which)w, a, &has[w], &v[w], err);
    measure_put(g->m, site, has[0] ? v[0] : v[1], v[1], has[2] ? v[2] : v[1]);
    mask = g->covers->of_layer[g->people.layer - g->in->s->layers];
    if (covers_distance(g->covers, mask, site) < g->m->rule->within_mm)
        g->m->bound[site] = BOUND_PARTIAL;
    return st;
}

static enum tr_status some_sites(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    const struct gap *g = context;
    struct tr_arena scratch;
    enum tr_status st = TR_OK;
    const uint32_t *codes;

    (void)worker;
    tr_arena_init(&scratch, SCRATCH_BYTES);
    for (size_t i = first; i < last && !st; i++) {
        if ((g->in->scope && !bit_at(g->in->scope, i)) ||
            list_codes(g->services, i, &codes) == 0)
            continue;
        st = one_site(g, i, &scratch, err);
    }
    tr_arena_clear(&scratch);
    return st;
}

static enum tr_status make_only(struct gap *g, struct tr_error *err)
{
    size_t n = g->services->dict->n, n_rows = g->people.n_rows;

    g->only = tr_arena_array(g->in->arena, n + 1, sizeof *g->only);
    if (!g->only)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t c = 0; c < n; c++) {
        g->only[c] = tr_arena_array(g->in->arena, n_rows + 1, sizeof **g->only);
        if (!g->only[c])
            return tr_fail(err, TR_ENOMEM, no_memory);
        memset(g->only[c], 0xff, n_rows * sizeof **g->only);
    }
    return TR_OK;
}

enum tr_status measure_gap(const struct measure_input *in,
                           const struct covers *covers, struct measure *m,
                           struct tr_error *err)
{
    struct gap g = { .in = in, .covers = covers, .m = m };
    enum tr_status st = targets_make(in, m->rule, &g.people, &m->note, err);

    if (st || m->note)
        return st;
    m->layer = g.people.layer;
    g.services = tr_table_column(in->facts, "services");
    if (!g.services || !m->layer) {
        m->note = m->layer ? "no site has services" : "it needs a layer";
        return TR_OK;
    }
    st = worths_make(&g.people, &g.worths, &m->note, err);
    if (st || m->note)
        return st;
    st = list_sites(&g, err);
    if (!st)
        st = make_only(&g, err);
    if (!st)
        st = tr_thread_run(g.services->dict->n, 1, in->threads, reach, &g, err);
    return st ? st
              : tr_thread_run(in->s->n_located, 256, in->threads, some_sites,
                              &g, err);
}
