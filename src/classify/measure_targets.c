/* measure_targets.c - the rows that a measure looks at, and which are near. */
#include "classify/measure_parts.h"

#include <stdlib.h>
#include <string.h>

#include "geom/geom_exact.h"

/* No two positions are so far apart; its square fits. */
#define FARTHEST_MM INT64_C(2000000000)

static const char no_memory[] = "no memory for the measures";

static void free_near(void *p)
{
    tr_near_free(p);
}

size_t list_codes(const struct tr_column *c, size_t row, const uint32_t **codes)
{
    if (!c || !tr_has(c, row))
        return 0;
    *codes = c->values.codes + c->list_starts[row];
    return c->list_starts[row + 1] - c->list_starts[row];
}

struct spot spot_of(const struct tr_snapshot *s, size_t site)
{
    return (struct spot){ site, s->positions[site].e_mm,
                          s->positions[site].n_mm,
                          s->precision_m ? s->precision_m[site] * INT64_C(1000)
                                         : 0 };
}

/* Has site b a partner that site a has not? */
static bool other_partner(const struct tr_column *c, size_t a, size_t b)
{
    const uint32_t *mine, *theirs;
    size_t n = list_codes(c, a, &mine), m = list_codes(c, b, &theirs);

    for (size_t i = 0; i < m; i++) {
        size_t j = 0;

        while (j < n && mine[j] != theirs[i])
            j++;
        if (j == n)
            return true;
    }
    return false;
}

bool targets_comparable(const struct targets *t, size_t site)
{
    const uint32_t *codes;

    if ((t->rule->among & RULE_SAME_SERVICE) &&
        list_codes(t->services, site, &codes) == 0)
        return false;
    return !(t->rule->among & RULE_OTHER_PARTNERS) ||
           list_codes(t->partners, site, &codes) > 0;
}

bool targets_qualifies(const struct targets *t, size_t site, uint32_t row)
{
    if (t->shapes || t->positions != t->in->s->positions)
        return true;
    if (row == site)
        return false;
    return !(t->rule->among & RULE_OTHER_PARTNERS) ||
           other_partner(t->partners, site, row);
}

/* ---- making ---- */

static bool in_pool(const struct targets *t, const uint64_t *keep, size_t row)
{
    const uint8_t *has = t->layer ? t->layer->has_position : NULL;

    if (keep && !bit_at(keep, row))
        return false;
    return t->shapes ? t->shapes[row] != NULL : !has || has[row];
}

static enum tr_status pool_points(const struct targets *t, struct pool *p,
                                  size_t n, struct tr_near **near,
                                  struct tr_error *err)
{
    struct tr_arena scratch; /* the index copies the coordinates */
    int32_t *e, *north;
    enum tr_status st;

    tr_arena_init(&scratch, SIZE_MAX);
    e = tr_arena_array(&scratch, n + 1, sizeof *e);
    north = tr_arena_array(&scratch, n + 1, sizeof *north);
    for (size_t i = 0; e && north && i < n; i++) {
        e[i] = t->positions[p->rows[i]].e_mm;
        north[i] = t->positions[p->rows[i]].n_mm;
    }
    st = e && north ? tr_near_new(e, north, n, near, err)
                    : tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_clear(&scratch);
    return st;
}

static enum tr_status pool_shapes(const struct targets *t, struct pool *p,
                                  size_t n, struct tr_near **near,
                                  struct tr_error *err)
{
    const struct tr_geometry **g =
        tr_arena_array(t->in->arena, n + 1, sizeof *g);

    if (!g)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++)
        g[i] = t->shapes[p->rows[i]];
    return tr_near_new_geometries(g, n, near, err);
}

static enum tr_status make_pool(const struct targets *t, const uint64_t *keep,
                                struct pool *out, struct tr_error *err)
{
    struct tr_near *near = NULL;
    uint32_t *rows;
    size_t n = 0;
    enum tr_status st;

    for (size_t r = 0; r < t->n_rows; r++)
        n += in_pool(t, keep, r);
    rows = tr_arena_array(t->in->arena, n + 1, sizeof *rows);
    if (!rows)
        return tr_fail(err, TR_ENOMEM, no_memory);
    n = 0;
    for (size_t r = 0; r < t->n_rows; r++) {
        if (in_pool(t, keep, r))
            rows[n++] = (uint32_t)r;
    }
    out->rows = rows;
    out->n = n;
    st = t->shapes ? pool_shapes(t, out, n, &near, err)
                   : pool_points(t, out, n, &near, err);
    if (!st)
        st = tr_arena_defer(t->in->arena, free_near, near);
    out->near = near;
    return st;
}

/* A pool of one service's sites finds its nearest at once, however rare the
 * service is. */
static enum tr_status pool_services(struct targets *t, const uint64_t *keep,
                                    struct tr_error *err)
{
    struct tr_arena *a = t->in->arena;
    size_t n = t->services ? t->services->dict->n : 0;
    struct pool *pools = tr_arena_array(a, n + 1, sizeof *pools);
    uint64_t *bits = tr_arena_array(a, bit_words(t->n_rows), sizeof *bits);
    enum tr_status st = TR_OK;

    if (!pools || !bits)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (uint32_t code = 0; code < n && !st; code++) {
        memset(bits, 0, bit_words(t->n_rows) * sizeof *bits);
        for (size_t r = 0; r < t->n_rows; r++) {
            const uint32_t *codes;
            size_t m = list_codes(t->services, r, &codes);

            for (size_t i = 0; i < m; i++) {
                if (codes[i] == code && (!keep || bit_at(keep, r)))
                    bit_set(bits, r);
            }
        }
        st = make_pool(t, bits, &pools[code], err);
    }
    t->by_service = pools;
    return st;
}

/* The rows for which `where` is true; NULL when all are wanted. */
static enum tr_status filter(const struct targets *t, const uint64_t *only,
                             const uint64_t **out, struct tr_error *err)
{
    const struct measure_input *in = t->in;
    const struct tr_cql2_bound *b = NULL;
    size_t words = bit_words(t->table->n_rows);
    uint64_t *yes, *unknown;
    enum tr_status st;

    *out = only;
    if (!t->rule->where.text)
        return TR_OK;
    yes = tr_arena_array(in->arena, words, sizeof *yes);
    unknown = tr_arena_array(in->arena, words, sizeof *unknown);
    if (!yes || !unknown)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = rule_bind(in->rules, &t->rule->where, t->table, &in->env, in->arena,
                   &b, err);
    if (!st && tr_cql2_type(b) != TR_BOOLEAN)
        return rule_fail(in->rules, &t->rule->where, err,
                         "'where' must be a condition");
    if (!st)
        st = tr_cql2_filter(b, 0, t->table->n_rows, yes, unknown, in->arena,
                            err);
    for (size_t i = 0; only && i < words; i++)
        yes[i] &= only[i];
    *out = yes;
    return st;
}

/* The sites that one layer of sites has a part in. */
static enum tr_status sites_of_layer(const struct tr_snapshot *s,
                                     const struct tr_layer *layer,
                                     struct tr_arena *a, const uint64_t **out,
                                     struct tr_error *err)
{
    uint64_t *bits = tr_arena_array(a, bit_words(s->n_sites), sizeof *bits);

    if (!bits)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < s->n_sites; i++) {
        for (uint32_t o = s->first_occupation[i];
             o < s->first_occupation[i + 1]; o++) {
            if (s->occupations[o].layer == (uint32_t)(layer - s->layers))
                bit_set(bits, i);
        }
    }
    *out = bits;
    return TR_OK;
}

static void over_sites(struct targets *t)
{
    const struct tr_snapshot *s = t->in->s;

    t->table = t->in->facts;
    t->n_rows = s->n_located;
    t->positions = s->positions;
    t->precision_m = s->precision_m;
    t->services = tr_table_column(t->table, "services");
    t->partners = tr_table_column(t->table, "partners");
}

static void over_layer(struct targets *t, const struct tr_layer *l)
{
    bool points = strcmp(l->kind, "points") == 0 ||
                  strcmp(l->kind, "postcodes") == 0 ||
                  strcmp(l->kind, "uprns") == 0;

    t->table = &l->table;
    t->n_rows = l->table.n_rows;
    t->positions = l->positions;
    t->shapes = points ? NULL : l->geometries;
    t->precision_m = l->precision_m;
}

static enum tr_status make_pools(struct targets *t, const uint64_t *only,
                                 struct tr_error *err)
{
    const uint64_t *keep = NULL;
    enum tr_status st = filter(t, only, &keep, err);

    if (st)
        return st;
    if (t->rule->among & RULE_SAME_SERVICE)
        return pool_services(t, keep, err);
    if (!keep && !t->layer && t->in->s->near) {
        t->all.near = t->in->s->near;
        t->all.n = t->in->s->n_located;
        return TR_OK;
    }
    if (!keep && t->layer && t->layer->near) {
        t->all.near = t->layer->near;
        t->all.rows = t->layer->near_rows;
        t->all.n = t->layer->n_near;
        return TR_OK;
    }
    return make_pool(t, keep, &t->all, err);
}

enum tr_status targets_make(const struct measure_input *in,
                            const struct rule_measure *rule,
                            struct targets *out, const char **note,
                            struct tr_error *err)
{
    struct targets t = { .in = in, .rule = rule };
    const struct tr_layer *l = NULL;
    const uint64_t *only = NULL;
    enum tr_status st = TR_OK;

    *note = NULL;
    if (rule->over)
        l = tr_snapshot_layer(in->s, rule->over);
    if (rule->over && !l)
        *note =
            tr_arena_printf(in->arena, "layer '%s' is not here", rule->over);
    else if (l && l->barred)
        *note = tr_arena_printf(in->arena,
                                "layer '%s' is barred from measures: one "
                                "coordinate for many rows",
                                rule->over);
    if (*note || (rule->over && !l))
        return TR_OK;
    if (l && strcmp(l->kind, "sites") == 0) {
        st = sites_of_layer(in->s, l, in->arena, &only, err);
        over_sites(&t);
    } else if (l) {
        t.layer = l;
        over_layer(&t, l);
    } else {
        over_sites(&t);
    }
    for (size_t r = 0; t.precision_m && r < t.n_rows; r++) {
        if (t.precision_m[r] * INT64_C(1000) > t.precision_mm)
            t.precision_mm = t.precision_m[r] * INT64_C(1000);
    }
    if (!st)
        st = make_pools(&t, only, err);
    if (!st)
        *out = t;
    return st;
}

/* ---- asking ---- */

int64_t targets_row_mm(const struct targets *t, const struct spot *at,
                       uint32_t row)
{
    int64_t de, dn;

    if (t->shapes)
        return tr_geometry_distance_mm(t->shapes[row], at->e_mm, at->n_mm);
    de = (int64_t)t->positions[row].e_mm - at->e_mm;
    dn = (int64_t)t->positions[row].n_mm - at->n_mm;
    return (int64_t)geom_isqrt((uint64_t)(de * de + dn * dn));
}

static int order_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Append the qualifying rows of one pool. */
static enum tr_status from_pool(const struct targets *t, const struct pool *p,
                                const struct spot *at, int64_t radius_mm,
                                struct tr_arena *a, struct rows *out,
                                struct tr_error *err)
{
    const uint32_t *items = NULL;
    uint32_t *all;
    size_t n = 0, kept = out->n;
    enum tr_status st = tr_near_within(p->near, at->e_mm, at->n_mm, radius_mm,
                                       a, &items, &n, err);

    if (st || n == 0)
        return st;
    all = tr_arena_array(a, out->n + n, sizeof *all);
    if (!all)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (kept)
        memcpy(all, out->rows, kept * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = p->rows ? p->rows[items[i]] : items[i];

        if (targets_qualifies(t, at->site, row))
            all[kept++] = row;
    }
    out->rows = all;
    out->n = kept;
    return TR_OK;
}

static enum tr_status from_services(const struct targets *t,
                                    const struct spot *at, int64_t radius_mm,
                                    struct tr_arena *a, struct rows *out,
                                    struct tr_error *err)
{
    const uint32_t *codes;
    size_t n = list_codes(t->services, at->site, &codes), kept = 0;
    uint32_t *all;

    for (size_t i = 0; i < n; i++) {
        enum tr_status st =
            from_pool(t, &t->by_service[codes[i]], at, radius_mm, a, out, err);

        if (st)
            return st;
    }
    if (n < 2 || out->n < 2)
        return TR_OK;
    all = (uint32_t *)out->rows; /* made by from_pool() in our arena */
    qsort(all, out->n, sizeof *all, order_rows);
    for (size_t i = 0; i < out->n; i++) {
        if (i == 0 || all[i] != all[kept - 1])
            all[kept++] = all[i];
    }
    out->n = kept;
    return TR_OK;
}

static bool is_within(const struct targets *t, const struct spot *at,
                      uint32_t row, int64_t reach_mm)
{
    int64_t de, dn;

    if (reach_mm < 0)
        return false;
    if (t->shapes)
        return tr_geometry_within_mm(t->shapes[row], at->e_mm, at->n_mm,
                                     reach_mm);
    if (reach_mm > FARTHEST_MM)
        return true;
    de = (int64_t)t->positions[row].e_mm - at->e_mm;
    dn = (int64_t)t->positions[row].n_mm - at->n_mm;
    return de * de + dn * dn <= reach_mm * reach_mm;
}

/* Keep the rows whose own precision allows them, exactly. */
static void by_precision(const struct targets *t, const struct spot *at,
                         int64_t within_mm, enum which which, struct rows *r)
{
    uint32_t *rows = (uint32_t *)r->rows;
    size_t kept = 0;

    for (size_t i = 0; i < r->n; i++) {
        int64_t off = at->precision_mm + targets_precision(t, rows[i]);
        int64_t reach = which == SURELY ? within_mm - off : within_mm + off;

        if (is_within(t, at, rows[i], reach))
            rows[kept++] = rows[i];
    }
    r->n = kept;
}

enum tr_status targets_within(const struct targets *t, const struct spot *at,
                              int64_t within_mm, enum which which,
                              struct tr_arena *a, struct rows *out,
                              struct tr_error *err)
{
    struct rows r = { 0, NULL };
    int64_t radius = within_mm;
    enum tr_status st;

    if (which == SURELY)
        radius -= at->precision_mm;
    else if (which == POSSIBLY)
        radius += at->precision_mm + t->precision_mm;
    *out = r;
    if (radius < 0)
        return TR_OK;
    st = t->rule->among & RULE_SAME_SERVICE
             ? from_services(t, at, radius, a, &r, err)
             : from_pool(t, &t->all, at, radius, a, &r, err);
    if (st)
        return st;
    if (which != AS_GIVEN && t->precision_mm)
        by_precision(t, at, within_mm, which, &r);
    *out = r;
    return TR_OK;
}

enum tr_status targets_count(const struct targets *t, const struct spot *at,
                             int64_t within_mm, enum which which,
                             struct tr_arena *a, size_t *out,
                             struct tr_error *err)
{
    struct rows r;
    int64_t radius = within_mm;
    enum tr_status st;

    if (t->layer && (which == AS_GIVEN || t->precision_mm == 0)) {
        if (which != AS_GIVEN)
            radius += which == SURELY ? -at->precision_mm : at->precision_mm;
        *out = radius < 0
                   ? 0
                   : tr_near_count(t->all.near, at->e_mm, at->n_mm, radius);
        return TR_OK;
    }
    st = targets_within(t, at, within_mm, which, a, &r, err);
    if (!st)
        *out = r.n;
    return st;
}

struct asking {
    const struct targets *targets;
    const struct pool *pool;
    size_t site;
};

static bool accept(const void *context, uint32_t item)
{
    const struct asking *q = context;

    return targets_qualifies(q->targets, q->site,
                             q->pool->rows ? q->pool->rows[item] : item);
}

static uint32_t nearest_in(const struct targets *t, const struct pool *p,
                           const struct spot *at, int64_t *mm)
{
    struct asking q = { t, p, at->site };
    uint32_t item = tr_near_nearest(p->near, at->e_mm, at->n_mm,
                                    t->layer ? NULL : accept, &q, mm);

    return item == TR_NEAR_NONE || !p->rows ? item : p->rows[item];
}

uint32_t targets_nearest(const struct targets *t, const struct spot *at,
                         int64_t *mm)
{
    const uint32_t *codes;
    uint32_t best = TR_NEAR_NONE;
    size_t n;

    if (!(t->rule->among & RULE_SAME_SERVICE))
        return nearest_in(t, &t->all, at, mm);
    n = list_codes(t->services, at->site, &codes);
    for (size_t i = 0; i < n; i++) {
        int64_t d = 0;
        uint32_t row = nearest_in(t, &t->by_service[codes[i]], at, &d);

        if (row != TR_NEAR_NONE && (best == TR_NEAR_NONE || d < *mm)) {
            best = row;
            *mm = d;
        }
    }
    return best;
}
