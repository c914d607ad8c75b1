/* counterfactual_rules.c - flips by a threshold and by a weight. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classify/counterfactual_parts.h"

int32_t axes_moved(const struct axis_sum a[TR_AXES],
                   const struct axis_sum b[TR_AXES])
{
    int32_t moved = 0;

    for (int x = 0; x < TR_AXES; x++) {
        if (a[x].weight && b[x].weight)
            moved += abs(verdict_score(&a[x]).points_100 -
                         verdict_score(&b[x]).points_100);
    }
    return moved;
}

/* ---- thresholds ---- */

struct threshold {
    struct flip flip;
    int32_t *value; /* in the changed rules */
    int32_t unit;   /* of the value in 1/100: 1 points, 100 percent */
};

static void try_threshold(const struct flip_site *s, const struct tr_rules *r,
                          struct threshold *t, int64_t to, struct flips *out)
{
    struct axis_sum axis[TR_AXES];
    int32_t was = *t->value;

    if (was == RULE_NONE || to < 0 || to * t->unit > RULE_FULL || to == was)
        return;
    *t->value = (int32_t)to;
    t->flip.class_ = verdict_class(r, s->scores, s->v->floor, axis);
    *t->value = was;
    if (t->flip.class_ == s->class_)
        return;
    t->flip.kind = FLIP_THRESHOLD;
    t->flip.from = was * t->unit / 100.0;
    t->flip.to = (double)to * t->unit / 100.0;
    t->flip.unit = t->unit == 1 ? "points" : "%";
    t->flip.moved = abs((int32_t)to - was) * t->unit;
    flips_keep(out, &t->flip);
}

/* To what the site reaches, or just past it. */
static void try_score(const struct flip_site *s, const struct tr_rules *r,
                      struct threshold *t, struct flips *out)
{
    const struct axis_sum *a = &s->v->axis[t->flip.axis];
    int64_t reached;

    if (a->weight == 0 || *t->value == RULE_NONE)
        return;
    reached = a->got / a->weight;
    try_threshold(s, r, t, reached + (a->got >= *t->value * a->weight), out);
}

static void try_coverage(const struct flip_site *s, const struct tr_rules *r,
                         struct threshold *t, struct flips *out)
{
    const struct axis_sum *a = &s->v->axis[t->flip.axis];
    int64_t reached;

    if (a->total == 0)
        return;
    reached = a->weight * 100 / a->total;
    try_threshold(s, r, t, reached + (*t->value <= reached), out);
}

void flips_of_thresholds(struct flipper *f, const struct flip_site *s,
                         struct flips *out)
{
    struct tr_rules r = *f->c->rules;
    struct threshold t = { .unit = 100 };

    if (r.n_lines)
        memcpy(f->lines, r.lines, r.n_lines * sizeof *f->lines);
    r.lines = f->lines;
    t.value = &r.evidence_overall;
    t.flip.axis = TR_AXES;
    snprintf(t.flip.what, sizeof t.flip.what, "evidence.overall");
    try_threshold(s, &r, &t,
                  s->v->coverage_pct + (*t.value <= s->v->coverage_pct), out);
    for (int x = 0; x < TR_AXES; x++) {
        const char *name = tr_axis_name((enum tr_axis)x);

        t = (struct threshold){ .unit = 1, .value = &r.key_least[x] };
        t.flip.axis = (enum tr_axis)x;
        snprintf(t.flip.what, sizeof t.flip.what, "key.%s", name);
        try_score(s, &r, &t, out);
        for (size_t i = 0; i < r.n_lines; i++) {
            t.value = &f->lines[i].below[x];
            snprintf(t.flip.what, sizeof t.flip.what, "surplus.%zu.%s", i + 1,
                     name);
            try_score(s, &r, &t, out);
        }
        t.unit = 100;
        t.value = &r.key_coverage[x];
        snprintf(t.flip.what, sizeof t.flip.what, "key.%s_coverage", name);
        try_coverage(s, &r, &t, out);
        t.value = &r.evidence[x];
        snprintf(t.flip.what, sizeof t.flip.what, "evidence.%s", name);
        try_coverage(s, &r, &t, out);
    }
}

/* ---- weights ---- */

void weights_moved(const struct tr_rules *r, size_t k, int64_t x,
                   struct rule_criterion *criteria, struct tr_rules *out)
{
    enum tr_axis a = r->criteria[k].axis;
    int64_t all = r->weight[a], rest = all - r->criteria[k].weight;

    *out = *r;
    memcpy(criteria, r->criteria, r->n_criteria * sizeof *criteria);
    for (size_t j = r->first[a]; j < r->first[a + 1]; j++)
        criteria[j].weight =
            (int32_t)(criteria[j].weight * (WEIGHT_STEPS * all - x));
    criteria[k].weight = (int32_t)(x * rest);
    out->criteria = criteria;
    out->weight[a] = WEIGHT_STEPS * all * rest;
}

struct weighing {
    struct flipper *f;
    const struct flip_site *s;
    size_t k;
    int64_t now; /* in steps */
    struct flip best;
    bool found;
};

static void try_weight(struct weighing *w, double x)
{
    const struct tr_rules *r = w->f->c->rules;
    enum tr_axis a = r->criteria[w->k].axis;
    int64_t most = r->weight[a] * WEIGHT_STEPS;

    if (!(x >= -1 && x <= (double)most + 1))
        return;
    for (int64_t at = (int64_t)floor(x) - 1; at <= (int64_t)ceil(x) + 1; at++) {
        struct axis_sum axis[TR_AXES];
        struct tr_rules moved;
        enum tr_class class_;

        if (at < 0 || at > most || at == w->now ||
            (w->found &&
             llabs(at - w->now) >=
                 llabs(llround(w->best.to * WEIGHT_STEPS) - w->now)))
            continue;
        weights_moved(r, w->k, at, w->f->criteria, &moved);
        class_ = verdict_class(&moved, w->s->scores, w->s->v->floor, axis);
        if (class_ == w->s->class_)
            continue;
        w->found = true;
        w->best.to = (double)at / WEIGHT_STEPS;
        w->best.class_ = class_;
        w->best.moved = axes_moved(w->s->v->axis, axis);
    }
}

/* Where the axis's score reaches t: x s + f A = t (x + f B), with f the factor
 * of the others' weights, A their weighted scores and B their weights. */
static void try_reaching(struct weighing *w, int32_t least)
{
    const struct tr_rules *r = w->f->c->rules;
    const struct rule_criterion *c = &r->criteria[w->k];
    const struct axis_sum *a = &w->s->v->axis[c->axis];
    double score = w->s->scores.scores[w->k * w->s->scores.stride];
    double rest = (double)(r->weight[c->axis] - c->weight), g;

    if (least == RULE_NONE)
        return;
    g = (least * (double)(a->weight - c->weight) -
         ((double)a->got - c->weight * score)) /
        rest;
    try_weight(w, g * (double)r->weight[c->axis] / (score - least + g) *
                      WEIGHT_STEPS);
}

/* Where the share of the axis that is known is `share`. */
static void try_covering(struct weighing *w, double share)
{
    const struct tr_rules *r = w->f->c->rules;
    const struct rule_criterion *c = &r->criteria[w->k];
    const struct axis_sum *a = &w->s->v->axis[c->axis];
    bool known = w->s->scores.scores[w->k * w->s->scores.stride] != RULE_NONE;
    double all = (double)r->weight[c->axis], rest = all - c->weight;
    double others = (double)(a->weight - (known ? c->weight : 0)) / rest;

    try_weight(w, all * (share - others) / (known - others) * WEIGHT_STEPS);
}

/* The share of this axis with which the mean over the axes is as asked. */
static double overall_share(const struct tr_rules *r, const struct flip_site *s,
                            enum tr_axis axis)
{
    double sum = 0;
    int n = 0;

    for (int x = 0; x < TR_AXES; x++) {
        if (s->v->axis[x].total == 0)
            continue;
        n++;
        if (x != (int)axis)
            sum += (double)s->v->axis[x].weight / (double)s->v->axis[x].total;
    }
    return r->evidence_overall / 100.0 * n - sum;
}

static void weigh(struct weighing *w)
{
    const struct tr_rules *r = w->f->c->rules;
    const struct rule_criterion *c = &r->criteria[w->k];
    enum tr_axis a = c->axis;

    if (w->s->scores.scores[w->k * w->s->scores.stride] != RULE_NONE) {
        try_reaching(w, r->key_least[a]);
        for (size_t i = 0; i < r->n_lines; i++)
            try_reaching(w, r->lines[i].below[a]);
    }
    if (r->key_coverage[a] != RULE_NONE)
        try_covering(w, r->key_coverage[a] / 100.0);
    try_covering(w, r->evidence[a] / 100.0);
    try_covering(w, overall_share(r, w->s, a));
    try_weight(w, 0);
    try_weight(w, (double)r->weight[a] * WEIGHT_STEPS);
}

void flips_of_weights(struct flipper *f, const struct flip_site *s,
                      struct flips *out)
{
    const struct tr_rules *r = f->c->rules;

    for (size_t k = 0; k < r->n_criteria; k++) {
        const struct rule_criterion *c = &r->criteria[k];
        struct weighing w = { .f = f, .s = s, .k = k };

        if (c->weight == r->weight[c->axis])
            continue;
        w.now = (int64_t)c->weight * WEIGHT_STEPS;
        w.best = (struct flip){ .kind = FLIP_WEIGHT,
                                .title = c->title,
                                .unit = "%",
                                .axis = c->axis,
                                .from = c->weight };
        snprintf(w.best.what, sizeof w.best.what, "%s", c->id);
        weigh(&w);
        if (w.found)
            flips_keep(out, &w.best);
    }
}
