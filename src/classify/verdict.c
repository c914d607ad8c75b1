/* verdict.c - see verdict.h */
#include "classify/verdict.h"

#include <string.h>

static const enum tr_class ranks[] = { TR_SURPLUS, TR_CORE, TR_KEY };

static int rank_of(enum tr_class c)
{
    return c == TR_KEY ? 2 : c == TR_CORE ? 1 : 0;
}

static uint8_t bit_of(enum tr_class c)
{
    return (uint8_t)(1u << c);
}

void verdict_sums(const struct tr_rules *r, struct site_scores s, int32_t fill,
                  struct axis_sum out[TR_AXES])
{
    for (int a = 0; a < TR_AXES; a++) {
        struct axis_sum sum = { 0, 0, r->weight[a] };

        for (size_t c = r->first[a]; c < r->first[a + 1]; c++) {
            int32_t score = s.scores[c * s.stride];

            if (score == RULE_NONE)
                score = fill;
            if (score == RULE_NONE)
                continue;
            sum.got += (int64_t)r->criteria[c].weight * score;
            sum.weight += r->criteria[c].weight;
        }
        out[a] = sum;
    }
}

struct tr_score verdict_score(const struct axis_sum *a)
{
    struct tr_score s = { TR_NO_SCORE, 0 };

    if (a->weight)
        s.points_100 = (int32_t)((a->got + a->weight / 2) / a->weight);
    if (a->total)
        s.coverage_pct = (int32_t)(a->weight * 100 / a->total);
    return s;
}

static enum truth both(enum truth x, enum truth y)
{
    if (x == TRUTH_NO || y == TRUTH_NO)
        return TRUTH_NO;
    return x == TRUTH_YES && y == TRUTH_YES ? TRUTH_YES : TRUTH_UNKNOWN;
}

static enum truth either(enum truth x, enum truth y)
{
    if (x == TRUTH_YES || y == TRUTH_YES)
        return TRUTH_YES;
    return x == TRUTH_NO && y == TRUTH_NO ? TRUTH_NO : TRUTH_UNKNOWN;
}

static enum truth at_least(const struct axis_sum *a, int32_t points)
{
    if (a->weight == 0)
        return TRUTH_UNKNOWN;
    return a->got >= points * a->weight ? TRUTH_YES : TRUTH_NO;
}

enum truth verdict_key(const struct tr_rules *r,
                       const struct axis_sum axis[TR_AXES])
{
    enum truth key = r->has_key ? TRUTH_YES : TRUTH_NO;

    for (int a = 0; a < TR_AXES && r->has_key; a++) {
        int32_t pct = r->key_coverage[a];

        if (r->key_least[a] != RULE_NONE)
            key = both(key, at_least(&axis[a], r->key_least[a]));
        if (pct != RULE_NONE && axis[a].weight * 100 < pct * axis[a].total)
            key = TRUTH_NO;
        if (pct > 0 && axis[a].total == 0)
            key = TRUTH_NO;
    }
    return key;
}

enum truth verdict_surplus(const struct tr_rules *r,
                           const struct axis_sum axis[TR_AXES], bool has_needs)
{
    enum truth surplus = TRUTH_NO;

    if (!r->has_surplus)
        return TRUTH_NO;
    if (!has_needs || (axis[TR_FITNESS].total && axis[TR_FITNESS].weight == 0))
        return TRUTH_UNKNOWN;
    for (size_t i = 0; i < r->n_lines; i++) {
        enum truth line = TRUTH_YES;

        for (int a = 0; a < TR_AXES; a++) {
            int32_t below = r->lines[i].below[a];
            enum truth reached;

            if (below == RULE_NONE)
                continue;
            reached = at_least(&axis[a], below);
            if (reached != TRUTH_UNKNOWN)
                reached = reached == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
            line = both(line, reached);
        }
        surplus = either(surplus, line);
    }
    return surplus;
}

bool verdict_has_needs(const struct tr_rules *r, struct site_scores s)
{
    for (size_t i = 0; i < r->n_needs; i++) {
        if (s.scores[r->needs[i] * s.stride] == RULE_NONE)
            return false;
    }
    return true;
}

uint8_t verdict_open(enum truth key, enum truth surplus,
                     const struct rule_gate *floor)
{
    int least = floor ? rank_of(floor->class_) : 0;
    uint8_t raw = 0, open = 0;

    if (key != TRUTH_NO)
        raw |= bit_of(TR_KEY);
    if (key != TRUTH_YES && surplus != TRUTH_NO)
        raw |= bit_of(TR_SURPLUS);
    if (key != TRUTH_YES && surplus != TRUTH_YES)
        raw |= bit_of(TR_CORE);
    for (int k = 0; k < 3; k++) {
        if (raw & bit_of(ranks[k]))
            open |= bit_of(ranks[k < least ? least : k]);
    }
    return open;
}

bool verdict_evidence(const struct tr_rules *r,
                      const struct axis_sum axis[TR_AXES], int32_t *pct)
{
    /* The mean of weight/total over the axes with criteria, as got / all. */
    int64_t got = 0, all = 1, n = 0;
    bool enough = true;

    for (int a = 0; a < TR_AXES; a++) {
        if (axis[a].total == 0)
            continue;
        got = got * axis[a].total + axis[a].weight * all;
        all *= axis[a].total;
        n++;
        if (axis[a].weight * 100 < r->evidence[a] * axis[a].total)
            enough = false;
    }
    all *= n;
    *pct = all ? (int32_t)(got * 100 / all) : 0;
    return enough && (r->evidence_overall == 0 ||
                      (all && got * 100 >= r->evidence_overall * all));
}

/* Every class between the lowest and the highest of a set: a higher score never
 * gives a lower class, so what lies between two reachable ones is reachable. */
static uint8_t between(uint8_t open)
{
    int first = 3, last = -1;
    uint8_t all = 0;

    for (int k = 0; k < 3; k++) {
        if (open & bit_of(ranks[k])) {
            first = first == 3 ? k : first;
            last = k;
        }
    }
    for (int k = first; k <= last; k++)
        all |= bit_of(ranks[k]);
    return all;
}

/* What scores leave open; missing ones count as `fill`, or not at all. */
static uint8_t open_at(const struct tr_rules *r, struct site_scores s,
                       int32_t fill, const struct rule_gate *floor)
{
    struct axis_sum axis[TR_AXES];

    verdict_sums(r, s, fill, axis);
    return verdict_open(
        verdict_key(r, axis),
        verdict_surplus(r, axis, fill != RULE_NONE || verdict_has_needs(r, s)),
        floor);
}

static void settle(struct verdict *v, uint8_t open)
{
    bool one = (open & (open - 1)) == 0;

    if (v->floor && (!v->enough || !one)) {
        v->class_ = v->floor->class_;
        v->basis = v->floor->basis;
        v->floored = v->thin = true;
    } else if (!v->enough || !one) {
        v->class_ = TR_UNCLASSIFIED;
        v->basis = "evidence";
    } else {
        uint8_t free_ = verdict_open(v->key, v->surplus, NULL);

        v->class_ = open & bit_of(TR_KEY)    ? TR_KEY
                    : open & bit_of(TR_CORE) ? TR_CORE
                                             : TR_SURPLUS;
        v->floored = v->floor && free_ != open;
        v->basis = v->floored ? v->floor->basis : "score";
    }
}

static bool same_scores(const struct tr_rules *r, struct site_scores a,
                        struct site_scores b)
{
    for (size_t c = 0; c < r->n_criteria; c++) {
        if (a.scores[c * a.stride] != b.scores[c * b.stride])
            return false;
    }
    return true;
}

void verdict_by_scores(const struct tr_rules *r, struct site_scores low,
                       struct site_scores given, struct site_scores high,
                       struct verdict *v)
{
    uint8_t open;

    verdict_sums(r, given, RULE_NONE, v->axis);
    v->enough = verdict_evidence(r, v->axis, &v->coverage_pct);
    v->key = verdict_key(r, v->axis);
    v->surplus = verdict_surplus(r, v->axis, verdict_has_needs(r, given));
    open = verdict_open(v->key, v->surplus, v->floor);
    settle(v, open);
    if (v->class_ == TR_UNCLASSIFIED || v->thin) {
        open |= open_at(r, low, 0, v->floor);
        open |= open_at(r, high, RULE_FULL, v->floor);
    } else {
        if (!same_scores(r, low, given))
            open |= open_at(r, low, RULE_NONE, v->floor);
        if (!same_scores(r, high, given))
            open |= open_at(r, high, RULE_NONE, v->floor);
    }
    v->possible = between(open);
}

enum tr_class verdict_class(const struct tr_rules *r, struct site_scores given,
                            const struct rule_gate *floor,
                            struct axis_sum axis[TR_AXES])
{
    struct verdict v = { .floor = floor };

    verdict_sums(r, given, RULE_NONE, v.axis);
    v.enough = verdict_evidence(r, v.axis, &v.coverage_pct);
    v.key = verdict_key(r, v.axis);
    v.surplus = verdict_surplus(r, v.axis, verdict_has_needs(r, given));
    settle(&v, verdict_open(v.key, v.surplus, floor));
    memcpy(axis, v.axis, sizeof v.axis);
    return v.class_;
}

uint8_t verdict_with(const struct tr_rules *r, struct site_scores given,
                     size_t criterion, const struct rule_gate *floor)
{
    uint8_t open = 0;

    for (int full = 0; full < 2; full++) {
        struct axis_sum axis[TR_AXES];
        enum tr_axis a = r->criteria[criterion].axis;
        int64_t weight = r->criteria[criterion].weight;
        bool needs = true;

        verdict_sums(r, given, RULE_NONE, axis);
        axis[a].got += full ? weight * RULE_FULL : 0;
        axis[a].weight += weight;
        for (size_t i = 0; i < r->n_needs; i++) {
            size_t c = r->needs[i];

            if (c != criterion && given.scores[c * given.stride] == RULE_NONE)
                needs = false;
        }
        open |= verdict_open(verdict_key(r, axis),
                             verdict_surplus(r, axis, needs), floor);
    }
    return between(open);
}

static int32_t shift(int32_t points, int32_t by)
{
    return points == RULE_NONE ? RULE_NONE : points + by < 0 ? 0 : points + by;
}

enum tr_status verdict_shift(const struct tr_rules *r, int32_t by,
                             struct tr_arena *a, struct tr_rules *out,
                             struct tr_error *err)
{
    struct rule_line *lines = tr_arena_array(a, r->n_lines + 1, sizeof *lines);

    if (!lines)
        return tr_fail(err, TR_ENOMEM, "no memory for the margin");
    *out = *r;
    out->lines = lines;
    for (int x = 0; x < TR_AXES; x++) {
        out->key_least[x] = shift(r->key_least[x], by);
        for (size_t i = 0; i < r->n_lines; i++)
            lines[i].below[x] = shift(r->lines[i].below[x], by);
    }
    return TR_OK;
}

static bool is_scored(enum tr_class c)
{
    return c == TR_KEY || c == TR_CORE || c == TR_SURPLUS;
}

void verdict_margin(const struct tr_rules shifted[2], struct site_scores given,
                    enum tr_class signed_, struct verdict *v)
{
    bool higher = rank_of(signed_) > rank_of(v->class_);

    if (!is_scored(signed_) || !is_scored(v->class_) || v->thin ||
        signed_ == v->class_)
        return;
    if (!(open_at(&shifted[higher ? 0 : 1], given, RULE_NONE, v->floor) &
          bit_of(signed_)))
        return;
    v->held = true;
    v->scored = v->class_;
    v->class_ = signed_;
    v->basis = "margin";
    v->floored = false;
    v->possible = between(v->possible | bit_of(signed_));
}
