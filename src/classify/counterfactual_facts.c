/* counterfactual_facts.c - flips by one fact. A fact that only stands bare in
 * scales is looked for along their lines; any other by judging the site again
 * with other values of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "classify/counterfactual_parts.h"

struct asking { /* about one fact of one site */
    struct flipper *f;
    const struct flip_site *s;
    const struct used_fact *fact;
    struct flip flip;
    struct flips *out;
};

static double number_at(const struct tr_column *c, size_t row)
{
    switch (c->type) {
    case TR_NUMBER: return c->values.numbers[row];
    case TR_INTEGER: return (double)c->values.integers[row];
    case TR_DATE: return c->values.dates[row];
    case TR_BOOLEAN: return c->values.booleans[row];
    case TR_INSTANT:
    case TR_TEXT:
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return 0;
}

/* ---- bare: by the scales alone ---- */

static enum tr_class class_with(struct asking *q, int32_t *moved)
{
    struct site_scores scores = { q->f->scores, 1 };
    struct axis_sum axis[TR_AXES];
    enum tr_class c =
        verdict_class(q->f->c->rules, scores, q->s->v->floor, axis);

    *moved = axes_moved(q->s->v->axis, axis);
    return c;
}

static void take_scores(struct asking *q)
{
    for (size_t k = 0; k < q->f->c->rules->n_criteria; k++)
        q->f->scores[k] = q->s->scores.scores[k * q->s->scores.stride];
}

/* With the fact at n of its steps. */
static enum tr_class class_at(struct asking *q, int64_t n, int32_t *moved)
{
    const struct tr_rules *r = q->f->c->rules;

    for (size_t k = 0; k < r->n_criteria; k++) {
        if (q->fact->criteria[k])
            q->f->scores[k] = scale_score(&r->criteria[k].scale,
                                          (double)n / q->fact->per_unit);
    }
    return class_with(q, moved);
}

/* The nearest step with another class between two on one line of the scale,
 * the first of this class, the last not: scores only rise or only fall there.
 */
static void halve(struct asking *q, int64_t same, int64_t other)
{
    int32_t moved;

    while (same - other > 1 || other - same > 1) {
        int64_t middle = same + (other - same) / 2;

        if (class_at(q, middle, &moved) == q->s->class_)
            same = middle;
        else
            other = middle;
    }
    q->flip.class_ = class_at(q, other, &q->flip.moved);
    q->flip.to = (double)other / q->fact->per_unit;
    flips_keep(q->out, &q->flip);
}

/* The next break of a scale beyond n, up or down. */
static bool next_break(const struct asking *q, int64_t n, bool up, int64_t *out)
{
    const struct tr_rules *r = q->f->c->rules;
    bool found = false;

    for (size_t k = 0; k < r->n_criteria; k++) {
        const struct rule_scale *s = &r->criteria[k].scale;

        for (size_t p = 0; q->fact->criteria[k] && p < s->n_points; p++) {
            double x = (double)s->points[p].x / RULE_X_ONE * q->fact->per_unit;
            int64_t at = (int64_t)(up ? ceil(x) : floor(x));

            if (up ? at <= n || (found && at >= *out)
                   : at >= n || (found && at <= *out))
                continue;
            found = true;
            *out = at;
        }
    }
    return found;
}

static void walk(struct asking *q, double value, bool up)
{
    double steps = value * q->fact->per_unit;
    int64_t n = (int64_t)(up ? floor(steps) : ceil(steps)), next = 0;
    int32_t moved;

    take_scores(q);
    while (next_break(q, n, up, &next)) {
        if (next < 0 && value >= 0)
            next = 0; /* what counts things or measures them has no less */
        if (next == n)
            return;
        if (class_at(q, next, &moved) != q->s->class_) {
            if (class_at(q, n, &moved) == q->s->class_)
                halve(q, n, next);
            return;
        }
        n = next;
    }
}

static void try_entries(struct asking *q)
{
    const struct tr_rules *r = q->f->c->rules;
    const struct rule_scale *first = NULL;
    bool found = false;

    for (size_t k = 0; k < r->n_criteria && !first; k++)
        first = q->fact->criteria[k] ? &r->criteria[k].scale : NULL;
    for (size_t e = 0; e < first->n_entries; e++) {
        int32_t moved;
        enum tr_class class_;

        take_scores(q);
        for (size_t k = 0; k < r->n_criteria; k++) {
            if (q->fact->criteria[k])
                q->f->scores[k] =
                    scale_entry(&r->criteria[k].scale, first->entries[e].key);
        }
        class_ = class_with(q, &moved);
        if (class_ == q->s->class_ || (found && moved >= q->flip.moved))
            continue;
        found = true;
        q->flip.class_ = class_;
        q->flip.moved = moved;
        q->flip.to_text = first->entries[e].key;
    }
    if (found)
        flips_keep(q->out, &q->flip);
}

static void ask_scales(struct asking *q)
{
    enum tr_type type = q->fact->column->type;

    if (type == TR_NUMBER || type == TR_INTEGER) {
        const struct tr_rules *r = q->f->c->rules;

        for (size_t k = 0; k < r->n_criteria; k++) {
            if (q->fact->criteria[k] && !r->criteria[k].scale.n_points)
                return; /* a code that is a number: nothing lies between */
        }
        walk(q, q->flip.from, true);
        walk(q, q->flip.from, false);
    } else if (type == TR_TEXT || type == TR_LIST || type == TR_BOOLEAN) {
        try_entries(q);
    }
}

/* ---- any other: judged again ---- */

/* A gate that now decides is no nearby change of a site that none has decided:
 * "if it were bare land" helps nobody. */
static bool flips(const struct asking *q, const struct whatif_answer *a)
{
    return a->class_ != q->s->class_ && (!a->gate || q->s->v->gate);
}

static enum tr_status try_texts(struct asking *q, struct tr_error *err)
{
    const struct tr_dict *dict = q->fact->column->dict;
    struct whatif_value values[WHATIF_ROWS];
    struct whatif_answer answers[WHATIF_ROWS];
    enum tr_status st = TR_OK;
    bool found = false;

    for (uint32_t from = 0; dict->n <= MOST_TEXTS && from < dict->n && !st;
         from += WHATIF_ROWS) {
        uint32_t n =
            dict->n - from < WHATIF_ROWS ? dict->n - from : WHATIF_ROWS;

        for (uint32_t i = 0; i < n; i++)
            values[i] = (struct whatif_value){ .code = from + i };
        st = whatif_ask(q->f, q->s, q->fact, values, n, answers, err);
        for (uint32_t i = 0; i < n && !st; i++) {
            if (!flips(q, &answers[i]) || !*dict->texts[from + i] ||
                (found && answers[i].moved >= q->flip.moved))
                continue;
            found = true;
            q->flip.class_ = answers[i].class_;
            q->flip.moved = answers[i].moved;
            q->flip.to_text = dict->texts[from + i];
        }
    }
    if (found && !st)
        flips_keep(q->out, &q->flip);
    return st;
}

/* How far a search goes. */
static double span_of(const struct asking *q)
{
    double size = fabs(q->flip.from);

    if (q->fact->column->type == TR_DATE)
        return 366 * 20;
    return fmax(size * 9, 1000 / q->fact->per_unit);
}

/* Distances from the value, on its steps, that divide low..high: in growing
 * strides from 0, else evenly. */
static size_t divide(double low, double high, double step,
                     double out[WHATIF_ROWS])
{
    double ratio = pow(high / step, 1.0 / WHATIF_ROWS);
    size_t n = 0;

    for (int i = 1; i <= WHATIF_ROWS; i++) {
        double x = low == 0 ? step * pow(ratio, i)
                            : low + (high - low) * i / WHATIF_ROWS;

        x = i == WHATIF_ROWS ? high : ceil(x / step) * step;
        if (x > (n ? out[n - 1] : low) && x <= high)
            out[n++] = x;
    }
    return n;
}

/* The first of these distances at which the class is another; *n: none. */
static enum tr_status ask_distances(struct asking *q, int sign,
                                    const double *at, size_t *n,
                                    struct tr_error *err)
{
    struct whatif_value values[WHATIF_ROWS] = { { 0 } };
    struct whatif_answer a[WHATIF_ROWS];
    enum tr_status st;
    size_t i = 0;

    for (size_t k = 0; k < *n; k++)
        values[k].number =
            nearbyint((q->flip.from + sign * at[k]) * q->fact->per_unit) /
            q->fact->per_unit;
    st = whatif_ask(q->f, q->s, q->fact, values, *n, a, err);
    if (st)
        return st;
    while (i < *n && !flips(q, &a[i]))
        i++;
    if (i < *n) {
        q->flip.class_ = a[i].class_;
        q->flip.moved = a[i].moved;
        q->flip.to = values[i].number;
    }
    *n = i;
    return TR_OK;
}

/* Outwards in growing strides, then ever closer between the last of this class
 * and the first that is not. */
static enum tr_status search(struct asking *q, int sign, struct tr_error *err)
{
    double step = 1 / q->fact->per_unit, low = 0, high = span_of(q);
    double at[WHATIF_ROWS];
    bool found = false;

    if (q->flip.from >= 0 && sign < 0 && q->flip.from < high)
        high = q->flip.from; /* not below 0 */
    while (high - low >= step * 1.5 || (!found && high >= step)) {
        size_t most = divide(low, high, step, at), n = most;
        enum tr_status st = ask_distances(q, sign, at, &n, err);

        if (st || n == most)
            return st;
        found = true;
        high = at[n];
        low = n ? at[n - 1] : low;
        if (low == 0)
            break;
    }
    if (found)
        flips_keep(q->out, &q->flip);
    return TR_OK;
}

static enum tr_status ask_again(struct asking *q, struct tr_error *err)
{
    enum tr_type type = q->fact->column->type;
    struct whatif_value other = { .number = q->flip.from == 0 };
    struct whatif_answer a;
    enum tr_status st;

    q->flip.searched = true;
    if (type == TR_TEXT || type == TR_LIST)
        return try_texts(q, err);
    if (type == TR_NUMBER || type == TR_INTEGER || type == TR_DATE) {
        st = search(q, 1, err);
        return st ? st : search(q, -1, err);
    }
    if (type != TR_BOOLEAN)
        return TR_OK;
    st = whatif_ask(q->f, q->s, q->fact, &other, 1, &a, err);
    if (st || !flips(q, &a))
        return st;
    q->flip.searched = false;
    q->flip.class_ = a.class_;
    q->flip.moved = a.moved;
    q->flip.to = other.number;
    q->flip.to_text = other.number != 0 ? "true" : "false";
    flips_keep(q->out, &q->flip);
    return TR_OK;
}

/* What a site is, where it is and what was written of it, not how it is kept
 * or used: nobody can choose another, so it is no answer to "what would change
 * it?". */
static bool can_change(const struct used_fact *u)
{
    static const char *const lasting[] = {
        "site_id",      "name",         "partner",           "organisation",
        "uprn",         "uprn_role",    "local_ref",         "urn",
        "ods_code",     "cqc_id",       "address",           "street_number",
        "street",       "town",         "postcode",          "holding_type",
        "provider",     "landlord",     "partner_category",  "floor_area_basis",
        "land_area_ha", "listed_grade", "floor_area_shared", "flood_zone",
        "illustrative", "note",         "source_page",       "website",
    };

    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
        if (strcmp(u->property->name, lasting[i]) == 0)
            return false;
    }
    return true;
}

/* Is it worth asking: it is behind a score, or behind the gate that made the
 * class. */
static bool matters(const struct asking *q)
{
    const struct verdict *v = q->s->v;
    const struct rule_gate *gates = q->f->c->rules->gates;

    if (v->gate)
        return q->fact->gates[v->gate - gates];
    return q->fact->in_criteria ||
           (v->floored && q->fact->gates[v->floor - gates]);
}

enum tr_status flips_of_facts(struct flipper *f, const struct flip_site *s,
                              struct flips *out, struct tr_error *err)
{
    size_t row = s->b->first + s->i;
    enum tr_status st = TR_OK;

    for (size_t k = 0; k < f->n_facts && !st; k++) {
        const struct used_fact *u = &f->facts[k];
        struct asking q = { .f = f, .s = s, .fact = u, .out = out };

        if (!tr_has(u->column, row) || !can_change(u) || !matters(&q))
            continue;
        q.flip = (struct flip){ .kind = FLIP_FACT,
                                .title = u->property->title,
                                .unit = u->column->unit,
                                .axis = TR_AXES,
                                .fact = u->property,
                                .type = u->column->type,
                                .from = number_at(u->column, row) };
        snprintf(q.flip.what, sizeof q.flip.what, "%s", u->property->name);
        if (u->bare)
            ask_scales(&q);
        else
            st = ask_again(&q, err);
    }
    return st;
}
