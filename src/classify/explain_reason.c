/* explain_reason.c - one plain sentence that stands up before a board. */
#include <string.h>

#include "classify/explain.h"

#define MOST_NAMED 3

static int points(const struct axis_sum *a)
{
    return (verdict_score(a).points_100 + 50) / 100;
}

/* A sentence of a rule-set without the stop at its end, to go on after it. */
static void add_phrase(const char *s, struct tr_buf *out)
{
    size_t len = strlen(s);

    while (len && (s[len - 1] == '.' || s[len - 1] == ' '))
        len--;
    tr_buf_add(out, s, len);
}

/* ", ", " and " between the k-th and the next of n. */
static void join(size_t k, size_t n, struct tr_buf *out)
{
    if (k)
        tr_buf_str(out, k + 1 == n ? " and " : ", ");
}

/* ---- what counts ---- */

struct counted {
    size_t criterion;
    int64_t weight;
};

/* The criteria with the most (or, for a surplus, the least of) points. */
static size_t find_counted(const struct classing *c, const struct block *b,
                           size_t i, bool least, struct counted out[2])
{
    const struct tr_rules *r = c->rules;
    size_t n = 0;

    for (size_t k = 0; k < r->n_criteria; k++) {
        int32_t score = b->scores[FACTS_GIVEN][k * b->n + i];
        int64_t w;

        if (score == RULE_NONE || (least && r->criteria[k].axis == TR_HUB))
            continue;
        w = (int64_t)r->criteria[k].weight *
            (least ? RULE_FULL - score : score);
        if (w == 0)
            continue;
        if (n < 2)
            out[n++] = (struct counted){ k, w };
        else if (w > out[1].weight)
            out[1] = (struct counted){ k, w };
        if (n == 2 && out[1].weight > out[0].weight) {
            struct counted t = out[0];

            out[0] = out[1];
            out[1] = t;
        }
    }
    return n;
}

static void add_counted(const struct classing *c, const struct block *b,
                        size_t i, bool least, struct tr_buf *out)
{
    struct counted top[2];
    size_t n = find_counted(c, b, i, least, top);

    if (n)
        tr_buf_str(out, least ? "; what counts against it: "
                              : "; what counts most: ");
    for (size_t k = 0; k < n; k++) {
        const struct rule_criterion *rule =
            &c->rules->criteria[top[k].criterion];
        const struct tr_column *v = &b->values[top[k].criterion];
        const char *item = explain_item(rule, v, i);

        join(k, n, out);
        tr_buf_str(out, rule->title);
        tr_buf_str(out, " (");
        if (item)
            tr_buf_str(out, item);
        else
            value_words(
                v, i, value_unit(rule, &c->of_criteria[top[k].criterion]), out);
        tr_buf_str(out, ")");
    }
}

/* ---- the conditions ---- */

static void add_key(const struct tr_rules *r, const struct verdict *v,
                    struct tr_buf *out)
{
    static const enum tr_axis order[] = { TR_NEED, TR_FITNESS, TR_HUB };
    size_t n = 0, k = 0;

    for (int a = 0; a < TR_AXES; a++)
        n += r->key_least[a] != RULE_NONE;
    for (int a = 0; a < TR_AXES; a++) {
        if (r->key_least[order[a]] == RULE_NONE)
            continue;
        join(k++, n, out);
        tr_buf_str(out, tr_axis_name(order[a]));
        tr_buf_byte(out, ' ');
        tr_buf_int(out, points(&v->axis[order[a]]));
    }
    tr_buf_str(out, n == 1 ? " reaches the threshold of "
                           : " reach the thresholds of ");
    k = 0;
    for (int a = 0; a < TR_AXES; a++) {
        if (r->key_least[order[a]] == RULE_NONE)
            continue;
        join(k++, n, out);
        tr_buf_number(out, r->key_least[order[a]] / 100.0);
    }
}

/* Whole points would hide a near miss: then the exact score is said. */
static void add_score(const struct axis_sum *a, int32_t limit,
                      struct tr_buf *out)
{
    if (points(a) * 100 == limit)
        tr_buf_number(out, verdict_score(a).points_100 / 100.0);
    else
        tr_buf_int(out, points(a));
}

static void add_not_key(const struct tr_rules *r, const struct verdict *v,
                        struct tr_buf *out)
{
    const char *mark = "";

    for (int a = 0; a < TR_AXES; a++) {
        const struct axis_sum *s = &v->axis[a];
        const char *name = tr_axis_name((enum tr_axis)a);
        int32_t least = r->key_least[a], pct = r->key_coverage[a];

        if (least != RULE_NONE && s->weight && s->got < least * s->weight) {
            tr_buf_str(out, mark);
            tr_buf_str(out, name);
            tr_buf_byte(out, ' ');
            add_score(s, least, out);
            tr_buf_str(out, " is below the ");
            tr_buf_number(out, least / 100.0);
            tr_buf_str(out, " of key");
            mark = ", ";
        }
        if (pct > 0 && s->weight * 100 < pct * s->total) {
            tr_buf_printf(
                out, "%sonly %d %% of %s is known, key asks for %d %%", mark,
                (int)verdict_score(s).coverage_pct, name, (int)pct);
            mark = ", ";
        }
    }
    if (!*mark)
        tr_buf_str(out, "no score makes a site key here");
}

static bool line_holds(const struct rule_line *l, const struct verdict *v)
{
    for (int a = 0; a < TR_AXES; a++) {
        if (l->below[a] != RULE_NONE &&
            (v->axis[a].weight == 0 ||
             v->axis[a].got >= l->below[a] * v->axis[a].weight))
            return false;
    }
    return true;
}

static void add_surplus(const struct tr_rules *r, const struct verdict *v,
                        struct tr_buf *out)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        size_t k = 0;

        if (!line_holds(&r->lines[i], v))
            continue;
        for (int a = 0; a < TR_AXES; a++) {
            if (r->lines[i].below[a] == RULE_NONE)
                continue;
            tr_buf_str(out, k++ ? " and " : "");
            tr_buf_str(out, tr_axis_name((enum tr_axis)a));
            tr_buf_byte(out, ' ');
            add_score(&v->axis[a], r->lines[i].below[a], out);
            tr_buf_str(out, " is below ");
            tr_buf_number(out, r->lines[i].below[a] / 100.0);
        }
        return;
    }
}

/* ---- what is wanted ---- */

static size_t heaviest_missing(const struct classing *c, const struct block *b,
                               size_t i, size_t out[MOST_NAMED])
{
    const struct tr_rules *r = c->rules;
    size_t n = 0;

    for (size_t k = 0; k < r->n_criteria; k++) {
        size_t at = n;

        if (b->scores[FACTS_GIVEN][k * b->n + i] != RULE_NONE)
            continue;
        while (at && r->criteria[out[at - 1]].weight < r->criteria[k].weight)
            at--;
        if (at == MOST_NAMED)
            continue;
        n = n < MOST_NAMED ? n + 1 : n;
        memmove(out + at + 1, out + at, (n - at - 1) * sizeof *out);
        out[at] = k;
    }
    return n;
}

static void add_wanted(const struct classing *c, const struct block *b,
                       size_t i, struct tr_buf *out)
{
    size_t wanted[MOST_NAMED];
    size_t n = heaviest_missing(c, b, i, wanted);

    if (n)
        tr_buf_str(out, "; wanted first: ");
    for (size_t k = 0; k < n; k++) {
        join(k, n, out);
        tr_buf_str(out, c->rules->criteria[wanted[k]].title);
    }
}

/* "40 % of the evidence on need is known, 50 % is asked for" */
static void say_coverage(int32_t known, const char *on, int32_t asked,
                         struct tr_buf *out)
{
    tr_buf_int(out, known);
    tr_buf_str(out, " % of the evidence");
    if (on) {
        tr_buf_str(out, " on ");
        tr_buf_str(out, on);
    }
    tr_buf_str(out, " is known, ");
    tr_buf_int(out, asked);
    tr_buf_str(out, " % is asked for");
}

static void add_coverage(const struct tr_rules *r, const struct verdict *v,
                         struct tr_buf *out)
{
    for (int a = 0; a < TR_AXES; a++) {
        if (v->axis[a].total &&
            v->axis[a].weight * 100 < r->evidence[a] * v->axis[a].total) {
            say_coverage(verdict_score(&v->axis[a]).coverage_pct,
                         tr_axis_name((enum tr_axis)a), r->evidence[a], out);
            return;
        }
    }
    say_coverage(v->coverage_pct, NULL, r->evidence_overall, out);
}

/* ---- the sentence ---- */

static const char *label(const struct verdict *v)
{
    switch (v->class_) {
    case TR_KEY: return "Key: ";
    case TR_CORE: return "Core: ";
    case TR_SURPLUS:
        return v->gate && v->gate->declared
                   ? "Surplus, declared by the owner: "
                   : "Surplus candidate, for the owner to review: ";
    case TR_UNCLASSIFIED: return "Unclassified: ";
    case TR_NOT_APPLICABLE: return "Not applicable: ";
    case TR_IN_REVIEW:
    case TR_NO_CLASS:
    case TR_CLASSES: break;
    }
    return "";
}

static void say_floor(const struct tr_rules *r, const struct verdict *v,
                      struct tr_buf *out)
{
    add_phrase(v->floor->reason, out);
    if (!v->enough) {
        tr_buf_str(out, "; the evidence is thin: ");
        add_coverage(r, v, out);
    } else if (v->thin) {
        tr_buf_str(out, "; what is known leaves ");
        classes_text(verdict_open(v->key, v->surplus, NULL), out);
        tr_buf_str(out, " open");
    } else {
        uint8_t alone = verdict_open(v->key, v->surplus, NULL);

        tr_buf_printf(out, "; by its scores alone it %s be ",
                      (alone & (alone - 1)) == 0 ? "would" : "could");
        classes_text(alone, out);
    }
}

static void say_unclassified(const struct classing *c, const struct block *b,
                             size_t i, struct tr_buf *out)
{
    const struct verdict *v = &b->verdicts[i];

    if (!v->enough)
        add_coverage(c->rules, v, out);
    else
        tr_buf_str(out, "what is known does not decide");
    add_wanted(c, b, i, out);
    tr_buf_str(out, "; it could be ");
    classes_text(v->possible, out);
}

static void say_scores(const struct classing *c, const struct block *b,
                       size_t i, struct tr_buf *out)
{
    const struct tr_rules *r = c->rules;
    const struct verdict *v = &b->verdicts[i];

    if (v->class_ == TR_KEY) {
        add_key(r, v, out);
    } else if (v->class_ == TR_SURPLUS) {
        add_surplus(r, v, out);
    } else {
        add_not_key(r, v, out);
        if (r->has_surplus && v->surplus == TRUTH_NO)
            tr_buf_str(out, "; its scores are not low enough to be surplus");
    }
    add_counted(c, b, i, v->class_ == TR_SURPLUS, out);
}

void explain_reason(const struct classing *c, const struct block *b, size_t i,
                    struct tr_buf *out)
{
    const struct verdict *v = &b->verdicts[i];

    tr_buf_str(out, label(v));
    if (v->held) {
        tr_buf_printf(out,
                      "its scores alone would make it %s, but no "
                      "threshold is passed by the margin of ",
                      class_words(v->scored));
        tr_buf_number(out, c->rules->margin / 100.0);
        tr_buf_str(out, " points that a signed class moves by");
    } else if (v->gate) {
        add_phrase(v->gate->reason, out);
        if (out->len && out->data[out->len - 1] == '?')
            return;
    } else if (v->floored) {
        say_floor(c->rules, v, out);
    } else if (v->class_ == TR_UNCLASSIFIED) {
        say_unclassified(c, b, i, out);
    } else {
        say_scores(c, b, i, out);
    }
    tr_buf_byte(out, '.');
}
