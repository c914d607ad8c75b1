/* test_classify_measures.c - measures and axis scores against a naive double of
 * them: every pair looked at, floating point throughout. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/estate.h"
#include "support/estate_rules.h"
#include "support/tr_test.h"
#include "terrier/classify.h"

static struct tr_error test_err;

/* ---- the naive one ---- */

struct naive {
    bool has;
    double value, low, high;
    int bound; /* 0 none, 1 at least, 2 at most, 3 part */
};

static double apart(int32_t e, int32_t n, int32_t f, int32_t m)
{
    return hypot((double)e - f, (double)n - m) / 1000;
}

static double to_border(const struct estate *e, const struct estate_site *s)
{
    double b = e->border_mm;

    if (s->e < 0 || s->n < 0 || s->e > b || s->n > b)
        return 0;
    return fmin(fmin(s->e, b - s->e), fmin(s->n, b - s->n)) / 1000;
}

/* Is a row in the circle: surely (0), as given (1), possibly (2)? */
static bool in_circle(const struct estate_site *s, int32_t e, int32_t n,
                      int precision, double r, int which)
{
    double off = (which - 1) * (double)(s->precision_m + precision);

    return apart(s->e, s->n, e, n) <= r + off;
}

static double spread(const struct estate *e, int row)
{
    int area = e->postcodes[row].area, rows = 0;

    if (area < 0 || e->people[area] < 0)
        return -1;
    for (int i = 0; i < ESTATE_POSTCODES; i++)
        rows += e->postcodes[i].area == area;
    return e->people[area] / rows;
}

static struct naive over_circle(double v[3], bool has[3], int bound)
{
    struct naive out = { has[1], v[1], v[1], v[1], bound };

    for (int w = 0; w < 3; w++) {
        if (!has[w])
            continue;
        out.low = fmin(out.low, v[w]);
        out.high = fmax(out.high, v[w]);
    }
    return out;
}

static struct naive naive_stops(const struct estate *e,
                                const struct estate_site *s, double r,
                                bool lines)
{
    double v[3];
    bool has[3] = { true, true, true };

    for (int w = 0; w < 3; w++) {
        unsigned seen = 0;
        int n = 0, different = 0;

        for (int i = 0; i < ESTATE_STOPS; i++) {
            const struct estate_row *row = &e->stops[i];

            if (!in_circle(s, row->e, row->n, row->precision_m, r, w))
                continue;
            n++;
            seen |= row->services;
        }
        for (; seen; seen &= seen - 1)
            different++;
        v[w] = lines ? different : n;
    }
    return over_circle(v, has, to_border(e, s) < r);
}

static struct naive naive_people(const struct estate *e,
                                 const struct estate_site *s, bool share)
{
    double v[3];
    bool has[3];

    for (int w = 0; w < 3; w++) {
        double all = 0, poor = 0;
        int rows = 0, with = 0;

        for (int i = 0; i < ESTATE_POSTCODES; i++) {
            const struct estate_row *p = &e->postcodes[i];
            double people = spread(e, i);

            if (!in_circle(s, p->e, p->n, p->precision_m, 900, w))
                continue;
            rows++;
            if (people < 0)
                continue;
            with++;
            all += people;
            poor += e->decile[p->area] <= 3 ? people : 0;
        }
        v[w] = share ? 100 * poor / all : all;
        has[w] = share ? all > 0 : with > 0 || rows == 0;
    }
    return over_circle(v, has, 0);
}

/* The next site of a same service, or of another partner. */
static struct naive naive_next(const struct estate *e,
                               const struct estate_site *s, bool others)
{
    struct naive out = { false, 0, 0, 0, 0 };
    double low = (double)INFINITY, high = low, best = low;

    for (int i = 0; i < ESTATE_SITES; i++) {
        const struct estate_site *t = &e->sites[i];
        double d = apart(s->e, s->n, t->e, t->n);

        if (t == s || !t->located ||
            !(others ? t->partners & ~s->partners : t->services & s->services))
            continue;
        best = fmin(best, d);
        low = fmin(low, d - t->precision_m);
        high = fmin(high, d + t->precision_m);
    }
    out.has = isfinite(best);
    out.value = best;
    out.low = fmax(0, low - s->precision_m);
    out.high = high + s->precision_m;
    if (e->cover_sites && best > to_border(e, s)) {
        out.bound = 2;
        out.low = fmin(out.low, to_border(e, s));
    }
    return out;
}

/* Sites within r metres: of other partners, or all. */
static struct naive naive_sites(const struct estate *e,
                                const struct estate_site *s, double r,
                                bool others)
{
    double v[3];
    bool has[3] = { true, true, true };

    for (int w = 0; w < 3; w++) {
        v[w] = 0;
        for (int i = 0; i < ESTATE_SITES; i++) {
            const struct estate_site *t = &e->sites[i];

            v[w] += t != s && t->located &&
                    (!others || t->partners & ~s->partners) &&
                    in_circle(s, t->e, t->n, t->precision_m, r, w);
        }
    }
    return over_circle(v, has, e->cover_sites && to_border(e, s) < r);
}

static bool served(const struct estate *e, const struct estate_site *s,
                   const struct estate_row *p)
{
    for (int i = 0; i < ESTATE_SITES; i++) {
        const struct estate_site *t = &e->sites[i];

        if (t != s && t->located && (t->services & s->services) &&
            apart(t->e, t->n, p->e, p->n) <= 600)
            return true;
    }
    return false;
}

static struct naive naive_hole(const struct estate *e,
                               const struct estate_site *s)
{
    double v[3] = { 0 };
    bool has[3] = { false, false, false };

    for (int w = 0; w < 3 && s->services; w++) {
        double all = 0, left = 0;

        for (int i = 0; i < ESTATE_POSTCODES; i++) {
            const struct estate_row *p = &e->postcodes[i];
            double people = spread(e, i);

            if (people < 0 || !in_circle(s, p->e, p->n, p->precision_m, 800, w))
                continue;
            all += people;
            left += served(e, s, p) ? 0 : people;
        }
        v[w] = 100 * left / all;
        has[w] = all > 0;
    }
    return over_circle(v, has, 0);
}

static int order_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct naive naive_cost(const struct estate *e,
                               const struct estate_site *s)
{
    struct naive out = { false, 0, 0, 0, 0 };
    double peers[ESTATE_SITES];
    size_t n = 0;

    for (int i = 0; i < ESTATE_SITES; i++) {
        const struct estate_site *t = &e->sites[i];

        if (t != s && t->use == s->use && t->cost >= 0 && t->area > 0)
            peers[n++] = t->cost / t->area;
    }
    if (s->use < 0 || s->cost < 0 || s->area < 0 || n < 3)
        return out;
    qsort(peers, n, sizeof *peers, order_doubles);
    out.value = s->cost / s->area / ((peers[(n - 1) / 2] + peers[n / 2]) / 2);
    out.low = out.high = out.value;
    out.has = true;
    return out;
}

/* ---- the comparison ---- */

static double number(const struct tr_node *map, const char *key)
{
    const struct tr_node *n = tr_node_get(map, key);

    return n && n->kind != TR_NODE_NULL ? n->number : (double)NAN;
}

static const struct tr_node *criterion(const struct tr_node *root,
                                       const char *axis, size_t i)
{
    const struct tr_node *axes = tr_node_get(root, "axes");

    return tr_node_get(tr_node_get(axes, axis), "criteria")->items[i];
}

static void compare(const char *what, const struct tr_node *c,
                    struct naive want)
{
    static const char *const bounds[] = { NULL, "at least", "at most",
                                          "part of the circle" };
    const struct tr_node *facts = tr_node_get(c, "facts");
    const struct tr_node *fact = facts->items[facts->n - 1];
    const struct tr_node *bound = tr_node_get(fact, "bound");
    double value = number(c, "value");

    if (isnan(value) == want.has)
        fail_msg("%s: %g, expected %s", what, value,
                 want.has ? "a value" : "none");
    if (!want.has)
        return;
    assert_near(value, want.value, 0.002 + fabs(want.value) * 1e-6);
    if (strcmp(what, "cost") == 0)
        return;
    assert_near(number(fact, "low"), want.low, 0.003);
    if (want.bound == 1)
        assert_true(isnan(number(fact, "high")));
    else
        assert_near(number(fact, "high"), want.high, 0.003);
    if (want.bound)
        assert_string_equal(bound ? bound->text : "", bounds[want.bound]);
    else
        assert_null(bound);
}

/* The axis score from the rounded scores of its criteria, in doubles. */
static void compare_axis(const struct tr_node *root, const char *axis,
                         int32_t points_100, int32_t coverage)
{
    const struct tr_node *list =
        tr_node_get(tr_node_get(tr_node_get(root, "axes"), axis), "criteria");
    double got = 0, weight = 0;

    for (size_t i = 0; i < list->n; i++) {
        double score = number(list->items[i], "score");

        if (isnan(score))
            continue;
        got += score * number(list->items[i], "weight");
        weight += number(list->items[i], "weight");
    }
    assert_int_equal(coverage, (int)weight);
    if (weight > 0)
        assert_near(points_100 / 100.0, got / weight, 0.00501);
    else
        assert_int_equal(points_100, TR_NO_SCORE);
}

static void compare_site(const struct estate *e, const struct estate_site *s,
                         const struct tr_node *root)
{
    struct naive none = { false, 0, 0, 0, 0 };

    compare("lines", criterion(root, "need", 1),
            s->located ? naive_stops(e, s, 700, true) : none);
    compare("stops", criterion(root, "need", 2),
            s->located ? naive_stops(e, s, 500, false) : none);
    compare("people", criterion(root, "need", 3),
            s->located ? naive_people(e, s, false) : none);
    compare("poor", criterion(root, "need", 4),
            s->located ? naive_people(e, s, true) : none);
    compare("next", criterion(root, "need", 5),
            s->located ? naive_next(e, s, false) : none);
    compare("others", criterion(root, "need", 6),
            s->located ? naive_sites(e, s, 800, true) : none);
    compare("next other", criterion(root, "need", 7),
            s->located ? naive_next(e, s, true) : none);
    compare("sites", criterion(root, "need", 8),
            s->located ? naive_sites(e, s, 600, false) : none);
    compare("hole", criterion(root, "hub", 0),
            s->located ? naive_hole(e, s) : none);
    compare("cost", criterion(root, "fitness", 1), naive_cost(e, s));
}

static void check_estate(uint64_t seed)
{
    struct tr_arena a;
    struct estate *e;
    struct tr_snapshot *s;
    const struct tr_rules *rules = NULL;
    const struct tr_results *results = NULL;
    struct tr_classify_options o = { .as_of = ESTATE_AS_OF, .threads = 2 };

    tr_arena_init(&a, (size_t)1 << 28);
    e = tr_arena_alloc(&a, sizeof *e);
    estate_make(e, seed);
    s = estate_snapshot(e, seed, &a);
    assert_ok(tr_rules_parse(estate_rules, strlen(estate_rules), "r.yaml", &a,
                             &rules, &test_err));
    assert_ok(tr_classify(s, rules, &o, &a, &results, &test_err));
    for (int i = 0; i < ESTATE_SITES; i++) {
        for (size_t k = 0; k < results->n; k++) {
            const struct tr_site_result *r = &results->sites[k];
            const struct tr_node *json = NULL;

            if (strcmp(s->site_ids[r->site], e->sites[i].id) != 0)
                continue;
            assert_ok(tr_json_parse(r->json, strlen(r->json), "json", &a, &json,
                                    &test_err));
            compare_site(e, &e->sites[i], json);
            for (int x = 0; x < TR_AXES; x++)
                compare_axis(json, tr_axis_name((enum tr_axis)x),
                             r->axis[x].points_100, r->axis[x].coverage_pct);
        }
    }
    tr_arena_clear(&a);
}

static void measures_and_axes_agree_with_a_naive_double(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 25; seed++)
        check_estate(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_and_axes_agree_with_a_naive_double),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
