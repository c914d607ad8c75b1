/* catchment.c - see terrier/catchment.h */
#include "terrier/catchment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/measure_parts.h"

#define ALTERNATIVE_MM 1200000 /* as in the gap measure of default.yaml */

static const char no_memory[] = "no memory for the catchment";

bool tr_catchment_rule(const struct tr_rules *rules,
                       struct tr_catchment_rule *out)
{
    const struct rule_measure *found = NULL;

    for (size_t i = 0; i < rules->n_measures; i++) {
        const struct rule_measure *m = &rules->measures[i];
        bool spread = m->spread && m->over && m->of.text && !m->where.text;

        if (spread && m->kind == RULE_GAP) {
            found = m;
            break;
        }
        if (spread && m->kind == RULE_SUM && !found)
            found = m;
    }
    if (!found)
        return false;
    *out = (struct tr_catchment_rule){ .over = found->over,
                                       .spread = found->spread,
                                       .people = found->of.text,
                                       .within_mm = found->within_mm,
                                       .alternative_mm = ALTERNATIVE_MM };
    if (found->kind == RULE_GAP) {
        out->alternative_mm = found->alternative_mm;
        out->own_alternative = true;
    }
    return true;
}

/* ---- the people ---- */

static double value_at(const struct tr_column *c, size_t row)
{
    return c->type == TR_INTEGER ? (double)c->values.integers[row]
                                 : c->values.numbers[row];
}

static bool is_number(const struct tr_column *c)
{
    return c->type == TR_INTEGER || c->type == TR_NUMBER;
}

/* What the rule calls people, per row of the layer. */
static enum tr_status people_column(const struct tr_snapshot *s,
                                    struct tr_catchment *c, struct tr_arena *a,
                                    struct tr_column *out, struct tr_error *err)
{
    const struct tr_cql2_env env = { .as_of = s->as_of };
    const struct tr_cql2_bound *b;
    const struct tr_cql2 *e;
    enum tr_status st =
        tr_cql2_parse_text(c->rule.people, TR_CQL2_PROFILE, a, &e, NULL, err);

    if (st)
        return st;
    /* An absent column is a fact that is not loaded, not a fault. */
    st = tr_cql2_bind(e, &c->over->table, &env, a, &b, NULL);
    if (st == TR_EINVAL) {
        c->why = "the number of people in each area is not loaded";
        return TR_OK;
    }
    if (st)
        return tr_fail(err, st, no_memory);
    st = tr_cql2_values(b, 0, c->over->table.n_rows, a, out, err);
    if (!st && !is_number(out))
        c->why = "the number of people in each area is not loaded";
    return st;
}

struct rows_of_areas {
    uint32_t *all, *valued; /* rows in each area; those with people */
};

static bool count_rows(const struct tr_catchment *c, const int32_t *area,
                       const struct tr_column *people, struct tr_arena *a,
                       struct rows_of_areas *out)
{
    out->all = tr_arena_array(a, c->set->n + 1, sizeof *out->all);
    out->valued = tr_arena_array(a, c->set->n + 1, sizeof *out->valued);
    for (size_t r = 0; out->all && out->valued && r < c->over->n_rows; r++) {
        if (area[r] == TR_NO_AREA)
            continue;
        out->all[area[r]]++;
        out->valued[area[r]] += tr_has(people, r);
    }
    return out->all && out->valued;
}

static int order_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The rows within the circle round a site, ascending. */
static enum tr_status rows_near(const struct tr_snapshot *s,
                                struct tr_catchment *c, size_t site,
                                struct tr_arena *a, struct tr_error *err)
{
    const struct tr_position *at = &s->positions[site];
    const uint32_t *items;
    uint32_t *rows;
    enum tr_status st =
        tr_near_within(c->over->near, at->e_mm, at->n_mm, c->rule.within_mm, a,
                       &items, &c->n_rows, err);

    if (st)
        return st;
    rows = tr_arena_array(a, c->n_rows + 1, sizeof *rows);
    if (!rows)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < c->n_rows; i++)
        rows[i] = c->over->near_rows[items[i]];
    qsort(rows, c->n_rows, sizeof *rows, order_rows);
    c->rows = rows;
    return TR_OK;
}

static enum tr_status rows_inside(const struct tr_snapshot *s,
                                  struct tr_catchment *c,
                                  const struct tr_area_set *set, int32_t area,
                                  struct tr_arena *a, struct tr_error *err)
{
    const int32_t *of = c->over->areas[set - s->area_sets];
    uint32_t *rows = tr_arena_array(a, c->over->n_rows + 1, sizeof *rows);

    if (!rows)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t r = 0; of && r < c->over->n_rows; r++) {
        if (of[r] == area)
            rows[c->n_rows++] = (uint32_t)r;
    }
    c->rows = rows;
    return TR_OK;
}

/* What each of its rows is worth, and of each area the part inside. */
static enum tr_status weigh_rows(const struct tr_snapshot *s,
                                 struct tr_catchment *c,
                                 const struct tr_column *people,
                                 struct tr_arena *a, struct tr_error *err)
{
    const int32_t *area = c->over->areas[c->set - s->area_sets];
    double *worth = tr_arena_array(a, c->n_rows + 1, sizeof *worth);
    double *parts = tr_arena_array(a, c->set->n + 1, sizeof *parts);
    struct rows_of_areas counts;

    if (!worth || !parts || !count_rows(c, area, people, a, &counts))
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < c->n_rows; i++) {
        int32_t in = area[c->rows[i]];

        if (in == TR_NO_AREA)
            continue;
        parts[in] += 1.0 / counts.all[in];
        if (tr_has(people, c->rows[i]))
            worth[i] = value_at(people, c->rows[i]) / counts.valued[in];
        c->people += worth[i];
    }
    c->worth = worth;
    c->parts = parts;
    return TR_OK;
}

/* Does the circle leave the area that the layer covers? */
static enum tr_status is_part(const struct tr_snapshot *s,
                              struct tr_catchment *c, size_t site,
                              struct tr_arena *a, struct tr_error *err)
{
    const struct measure_input in = {
        .s = s, .facts = &s->sites, .threads = 1, .arena = a
    };
    struct covers covers;
    enum tr_status st = covers_find(&in, &covers, err);

    if (!st)
        c->part = covers_distance(&covers, covers.of_layer[c->over - s->layers],
                                  site) < c->rule.within_mm;
    return st;
}

/* The layer and the set; `why` says what is not there. */
static void find_data(const struct tr_snapshot *s, struct tr_catchment *c)
{
    c->over = tr_snapshot_layer(s, c->rule.over);
    c->set = tr_snapshot_area_set(s, c->rule.spread);
    if (!c->over || !c->over->near || c->over->barred)
        c->why = "the layer of postcodes is not loaded";
    else if (!c->set || !c->over->areas ||
             !c->over->areas[c->set - s->area_sets])
        c->why = "the small areas that people are counted by are not loaded";
}

/* Begin: the rule, its data, the people of each row. */
static enum tr_status begin(const struct tr_snapshot *s,
                            const struct tr_rules *rules, struct tr_arena *a,
                            struct tr_catchment *out, struct tr_column *people,
                            struct tr_error *err)
{
    *out = (struct tr_catchment){ .why = NULL };
    if (!rules || !tr_catchment_rule(rules, &out->rule))
        out->why = "the rule-set has no measure of the people around a site";
    if (!out->why)
        find_data(s, out);
    return out->why ? TR_OK : people_column(s, out, a, people, err);
}

enum tr_status tr_catchment_of(const struct tr_snapshot *s,
                               const struct tr_rules *rules, size_t site,
                               struct tr_arena *a, struct tr_catchment *out,
                               struct tr_error *err)
{
    struct tr_column people;
    enum tr_status st = begin(s, rules, a, out, &people, err);

    if (!st && !out->why && site >= s->n_located)
        out->why = "nothing says where the site is to the metre";
    if (st || out->why)
        return st;
    st = rows_near(s, out, site, a, err);
    if (!st)
        st = weigh_rows(s, out, &people, a, err);
    return st ? st : is_part(s, out, site, a, err);
}

enum tr_status tr_catchment_of_area(const struct tr_snapshot *s,
                                    const struct tr_rules *rules,
                                    const struct tr_area_set *set, int32_t area,
                                    struct tr_arena *a,
                                    struct tr_catchment *out,
                                    struct tr_error *err)
{
    struct tr_column people;
    enum tr_status st = begin(s, rules, a, out, &people, err);

    if (st || out->why)
        return st;
    st = rows_inside(s, out, set, area, a, err);
    return st ? st : weigh_rows(s, out, &people, a, err);
}

bool tr_catchment_sum(const struct tr_catchment *c, const char *column,
                      double *inside, double *all)
{
    const struct tr_column *v =
        c->set ? tr_table_column(&c->set->table, column) : NULL;

    if (!v || !is_number(v) || c->why)
        return false;
    *inside = *all = 0;
    for (size_t i = 0; i < c->set->n; i++) {
        if (!tr_has(v, i))
            continue;
        *inside += c->parts[i] * value_at(v, i);
        *all += value_at(v, i);
    }
    return true;
}

/* ---- if it closed ---- */

struct others { /* the other sites of one service */
    size_t n;
    uint32_t *sites;
    struct tr_near *near;
};

static bool gives(const struct tr_column *services, size_t site, uint32_t code)
{
    const uint32_t *codes;
    size_t n = list_codes(services, site, &codes);

    for (size_t i = 0; i < n; i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

static void free_near(void *p)
{
    tr_near_free(p);
}

static enum tr_status find_others(const struct tr_snapshot *s,
                                  const struct tr_column *services, size_t site,
                                  uint32_t code, struct tr_arena *a,
                                  struct others *o, struct tr_error *err)
{
    int32_t *e, *north;
    enum tr_status st;

    o->n = 0;
    for (size_t i = 0; i < s->n_located; i++)
        o->n += i != site && gives(services, i, code);
    o->sites = tr_arena_array(a, o->n + 1, sizeof *o->sites);
    e = tr_arena_array(a, o->n + 1, sizeof *e);
    north = tr_arena_array(a, o->n + 1, sizeof *north);
    if (!o->sites || !e || !north)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0, k = 0; i < s->n_located; i++) {
        if (i == site || !gives(services, i, code))
            continue;
        e[k] = s->positions[i].e_mm;
        north[k] = s->positions[i].n_mm;
        o->sites[k++] = (uint32_t)i;
    }
    st = tr_near_new(e, north, o->n, &o->near, err);
    if (!st && tr_arena_defer(a, free_near, o->near))
        st = tr_fail(err, TR_ENOMEM, no_memory);
    return st;
}

static double metres(const struct tr_position *a, const struct tr_position *b)
{
    return hypot((double)a->e_mm - b->e_mm, (double)a->n_mm - b->n_mm) / 1000;
}

struct near_site {
    double m;
    uint32_t site;
};

static int order_near(const void *a, const void *b)
{
    const struct near_site *x = a, *y = b;

    if (x->m != y->m)
        return x->m < y->m ? -1 : 1;
    return (x->site > y->site) - (x->site < y->site);
}

static enum tr_status list_near(const struct tr_snapshot *s,
                                const struct tr_catchment *c, size_t site,
                                const struct others *o, struct tr_arena *a,
                                struct tr_gap *g, struct tr_error *err)
{
    struct near_site *list = tr_arena_array(a, o->n + 1, sizeof *list);
    uint32_t *sites = tr_arena_array(a, o->n + 1, sizeof *sites);
    double *m = tr_arena_array(a, o->n + 1, sizeof *m);

    if (!list || !sites || !m)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < o->n; i++)
        list[i] = (struct near_site){
            metres(&s->positions[site], &s->positions[o->sites[i]]), o->sites[i]
        };
    qsort(list, o->n, sizeof *list, order_near);
    g->next = o->n ? list[0].site : TR_NEAR_NONE;
    g->next_m = o->n ? list[0].m : 0;
    for (size_t i = 0; i < o->n; i++) {
        if (list[i].m * 1000 > (double)c->rule.alternative_mm)
            break;
        sites[g->n_near] = list[i].site;
        m[g->n_near++] = list[i].m;
    }
    g->near = sites;
    g->near_m = m;
    return TR_OK;
}

static void weigh(const struct tr_snapshot *s, const struct tr_catchment *c,
                  size_t site, const struct others *o, struct tr_gap *g)
{
    double longer = 0;

    for (size_t i = 0; i < c->n_rows; i++) {
        const struct tr_position *at = &c->over->positions[c->rows[i]];
        double here = metres(at, &s->positions[site]), there;
        int64_t mm = 0;
        uint32_t k =
            tr_near_nearest(o->near, at->e_mm, at->n_mm, NULL, NULL, &mm);

        if (k == TR_NEAR_NONE) {
            g->nearest_here += c->worth[i];
            g->left += c->worth[i];
            continue;
        }
        there = metres(at, &s->positions[o->sites[k]]);
        if (there > here) {
            g->nearest_here += c->worth[i];
            longer += c->worth[i] * (there - here);
        }
        if (there * 1000 > (double)c->rule.alternative_mm)
            g->left += c->worth[i];
    }
    g->further_m = g->nearest_here > 0 ? longer / g->nearest_here : 0;
}

enum tr_status tr_catchment_gaps(const struct tr_snapshot *s,
                                 const struct tr_catchment *c, size_t site,
                                 struct tr_arena *a, const struct tr_gap **out,
                                 size_t *n, struct tr_error *err)
{
    const struct tr_column *services = tr_table_column(&s->sites, "services");
    const uint32_t *codes = NULL;
    size_t found = services && !c->why ? list_codes(services, site, &codes) : 0;
    struct tr_gap *gaps = tr_arena_array(a, found + 1, sizeof *gaps);
    enum tr_status st = TR_OK;

    if (!gaps)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < found && !st; i++) {
        struct others o;

        gaps[i].service = services->dict->texts[codes[i]];
        st = find_others(s, services, site, codes[i], a, &o, err);
        if (!st)
            st = list_near(s, c, site, &o, a, &gaps[i], err);
        if (!st)
            weigh(s, c, site, &o, &gaps[i]);
    }
    *out = gaps;
    *n = found;
    return st;
}
