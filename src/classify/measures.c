/* measures.c - taking every measure of a rule-set. See measures.h. */
#include "classify/measures.h"

#include <string.h>

#include "classify/measure_parts.h"
#include "terrier/thread.h"

#define PIECE         256 /* sites; a multiple of 64, so that no two share a word */
#define SCRATCH_BYTES ((size_t)1 << 30)

static const char no_memory[] = "no memory for the measures";

struct job {
    const struct measure_input *in;
    const struct covers *covers;
    struct targets targets;
    struct worths worths;
    struct measure *m;
    const uint32_t *counts[3];        /* per site, by which; or NULL */
    const struct tr_nearest *nearest; /* likewise */
};

void measure_put(struct measure *m, size_t site, double low, double value,
                 double high)
{
    m->value[site] = value;
    m->low[site] = low < value ? low : value;
    m->high[site] = high > value ? high : value;
    if (high < m->low[site])
        m->low[site] = high;
    if (low > m->high[site])
        m->high[site] = low;
    bit_set(m->present, site);
}

/* mm from the site to where the data that it is measured over ends. */
static int64_t data_ends(const struct job *j, size_t site)
{
    const struct targets *t = &j->targets;
    uint32_t mask = 0;
    const uint32_t *codes;
    size_t n;

    if (t->layer)
        mask = j->covers->of_layer[t->layer - j->in->s->layers];
    else if (j->m->rule->over)
        mask =
            j->covers->of_layer[tr_snapshot_layer(j->in->s, j->m->rule->over) -
                                j->in->s->layers];
    else if (!(j->m->rule->among & RULE_SAME_SERVICE))
        mask = j->covers->of_sites;
    else
        for (n = list_codes(t->services, site, &codes); n-- > 0;)
            mask |= j->covers->of_service[codes[n]];
    return covers_distance(j->covers, mask, site);
}

static enum tr_status take_one(const struct job *j, const struct spot *at,
                               enum which which, struct tr_arena *a, bool *has,
                               double *out, struct tr_error *err)
{
    const struct rule_measure *rule = j->m->rule;
    struct rows r;
    size_t n = 0;
    enum tr_status st;

    *has = true;
    if (j->counts[which]) {
        *out = (double)j->counts[which][at->site];
        return TR_OK;
    }
    if (rule->kind == RULE_COUNT) {
        st = targets_count(&j->targets, at, rule->within_mm, which, a, &n, err);
        *out = (double)n;
        return st;
    }
    st = targets_within(&j->targets, at, rule->within_mm, which, a, &r, err);
    return st ? st : worths_of(&j->targets, &j->worths, &r, a, has, out, err);
}

static enum tr_status take_circle(const struct job *j, const struct spot *at,
                                  struct tr_arena *a, struct tr_error *err)
{
    struct measure *m = j->m;
    double v[3] = { 0 };
    bool has[3] = { false, false, false };
    bool exact = at->precision_mm + j->targets.precision_mm == 0;
    enum tr_status st = take_one(j, at, AS_GIVEN, a, &has[1], &v[1], err);

    if (st || !has[1])
        return st;
    for (int w = 0; w < 3 && !exact && !st; w += 2)
        st = take_one(j, at, (enum which)w, a, &has[w], &v[w], err);
    if (st)
        return st;
    measure_put(m, at->site, has[0] ? v[0] : v[1], v[1], has[2] ? v[2] : v[1]);
    if (data_ends(j, at->site) >= m->rule->within_mm)
        return TR_OK;
    m->bound[at->site] =
        m->rule->kind == RULE_SHARE ? BOUND_PARTIAL : BOUND_LOWER;
    if (m->rule->kind != RULE_SHARE)
        m->high[at->site] = MEASURE_NO_END;
    return TR_OK;
}

/* The least and the greatest distance that the nearest one could have: any row
 * nearer than the nearest plus the worst precision may be it. */
static enum tr_status nearest_ends(const struct job *j, const struct spot *at,
                                   int64_t mm, struct tr_arena *a, int64_t *low,
                                   int64_t *high, struct tr_error *err)
{
    const struct targets *t = &j->targets;
    struct rows r;
    enum tr_status st =
        targets_within(t, at, mm + t->precision_mm, AS_GIVEN, a, &r, err);

    *low = mm;
    *high = INT64_MAX;
    for (size_t i = 0; !st && i < r.n; i++) {
        int64_t d = targets_row_mm(t, at, r.rows[i]);
        int64_t p = targets_precision(t, r.rows[i]);

        *low = d - p < *low ? d - p : *low;
        *high = d + p < *high ? d + p : *high;
    }
    *high = *high == INT64_MAX ? mm : *high;
    return st;
}

static enum tr_status take_nearest(const struct job *j, const struct spot *at,
                                   struct tr_arena *a, struct tr_error *err)
{
    int64_t mm = 0, low, high, limit = j->m->rule->within_mm;
    int64_t ends = data_ends(j, at->site);
    enum tr_status st = TR_OK;
    uint32_t row;

    if (j->nearest) {
        row = j->nearest[at->site].item;
        mm = j->nearest[at->site].distance_mm;
    } else {
        row = targets_nearest(&j->targets, at, &mm);
    }
    if (row == TR_NEAR_NONE || (limit && mm > limit))
        return TR_OK;
    low = high = mm;
    if (j->targets.precision_mm)
        st = nearest_ends(j, at, mm, a, &low, &high, err);
    if (st)
        return st;
    low -= at->precision_mm;
    high += at->precision_mm;
    if (mm > ends) {
        j->m->bound[at->site] = BOUND_UPPER;
        low = ends < low ? ends : low;
    }
    low = low < 0 ? 0 : low;
    measure_put(j->m, at->site, (double)low / 1000, (double)mm / 1000,
                (double)high / 1000);
    return TR_OK;
}

static enum tr_status some_sites(void *context, size_t first, size_t last,
                                 unsigned worker, struct tr_error *err)
{
    const struct job *j = context;
    struct tr_arena scratch;
    enum tr_status st = TR_OK;

    (void)worker;
    tr_arena_init(&scratch, SCRATCH_BYTES);
    for (size_t i = first; i < last && !st; i++) {
        struct spot at = spot_of(j->in->s, i);

        if ((j->in->scope && !bit_at(j->in->scope, i)) ||
            !targets_comparable(&j->targets, i))
            continue;
        st = j->m->rule->kind == RULE_NEAREST
                 ? take_nearest(j, &at, &scratch, err)
                 : take_circle(j, &at, &scratch, err);
    }
    tr_arena_clear(&scratch);
    return st;
}

static enum tr_status take(const struct measure_input *in,
                           const struct covers *covers, struct measure *m,
                           struct tr_error *err)
{
    struct job j = { .in = in, .covers = covers, .m = m };
    enum tr_status st;

    if (m->rule->kind == RULE_MEDIAN)
        return measure_median(in, m, err);
    if (m->rule->kind == RULE_GAP)
        return measure_gap(in, covers, m, err);
    st = targets_make(in, m->rule, &j.targets, &m->note, err);
    if (st || m->note)
        return st;
    m->layer = j.targets.layer;
    st = worths_make(&j.targets, &j.worths, &m->note, err);
    if (st || m->note)
        return st;
    if (m->rule->kind == RULE_COUNT)
        st = batch_counts(&j.targets, m->rule->within_mm, j.counts, err);
    else if (m->rule->kind == RULE_NEAREST)
        st = batch_nearest(&j.targets, &j.nearest, err);
    if (st)
        return st;
    return tr_thread_run(in->s->n_located, PIECE, in->threads, some_sites, &j,
                         err);
}

enum tr_status measures_take(const struct measure_input *in,
                             struct measure **out, struct tr_error *err)
{
    size_t n = in->s->n_sites, n_measures = in->rules->n_measures;
    struct measure *all =
        tr_arena_array(in->arena, n_measures + 1, sizeof *all);
    struct covers covers = { 0 };
    enum tr_status st = all ? TR_OK : tr_fail(err, TR_ENOMEM, no_memory);

    if (!st && n_measures)
        st = covers_find(in, &covers, err);
    for (size_t i = 0; i < n_measures && !st; i++) {
        struct measure *m = &all[i];

        m->rule = &in->rules->measures[i];
        m->value = tr_arena_array(in->arena, n + 1, sizeof *m->value);
        m->low = tr_arena_array(in->arena, n + 1, sizeof *m->low);
        m->high = tr_arena_array(in->arena, n + 1, sizeof *m->high);
        m->present = tr_arena_array(in->arena, bit_words(n), sizeof(uint64_t));
        m->bound = tr_arena_array(in->arena, n + 1, 1);
        if (!m->value || !m->low || !m->high || !m->present || !m->bound)
            return tr_fail(err, TR_ENOMEM, no_memory);
        st = take(in, &covers, m, err);
    }
    if (!st)
        *out = all;
    return st;
}
