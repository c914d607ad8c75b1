/* classing_block.c - a block of sites: every expression once down the columns,
 * then a verdict per site. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "classify/classing.h"

static const char no_memory[] = "no memory for a block of sites";

enum tr_status block_make(const struct classing *c, size_t first, size_t last,
                          struct tr_arena *a, struct block *b,
                          struct tr_error *err)
{
    const struct tr_rules *r = c->rules;
    size_t n = last - first, words = bit_words(n);
    bool full = true;

    *b = (struct block){ .first = first, .n = n, .words = words, .arena = a };
    b->gate_yes = tr_arena_array(a, (r->n_gates + 1) * words, 8);
    b->gate_unknown = tr_arena_array(a, (r->n_gates + 1) * words, 8);
    b->flag_yes = tr_arena_array(a, (r->n_flags + 1) * words, 8);
    b->untils = tr_arena_array(a, r->n_gates + 1, sizeof *b->untils);
    b->values = tr_arena_array(a, r->n_criteria + 1, sizeof *b->values);
    b->shown = tr_arena_array(a, r->n_shown + 1, sizeof *b->shown);
    b->verdicts = tr_arena_array(a, n + 1, sizeof *b->verdicts);
    b->robustness = tr_arena_array(a, n + 1, sizeof *b->robustness);
    for (int end = 0; end < FACTS_ENDS; end++) {
        b->scores[end] =
            tr_arena_array(a, (r->n_criteria + 1) * n, sizeof(int32_t));
        full = full && b->scores[end];
    }
    if (!full || !b->gate_yes || !b->gate_unknown || !b->flag_yes ||
        !b->untils || !b->values || !b->shown || !b->verdicts || !b->robustness)
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

enum tr_status block_gate(const struct classing *c, struct block *b, size_t g,
                          struct tr_error *err)
{
    return tr_cql2_filter(c->gates[g], b->first, b->first + b->n,
                          b->gate_yes + g * b->words,
                          b->gate_unknown + g * b->words, b->arena, err);
}

static enum tr_status evaluate_gates(const struct classing *c, struct block *b,
                                     struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (size_t g = 0; g < c->rules->n_gates && !st; g++) {
        st = block_gate(c, b, g, err);
        if (!st && c->untils[g])
            st = tr_cql2_values(c->untils[g], b->first, b->first + b->n,
                                b->arena, &b->untils[g], err);
    }
    return st;
}

/* ---- scores ---- */

static void score_numbers(const struct rule_scale *s, const struct tr_column *v,
                          size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        double x;

        out[i] = RULE_NONE;
        if (!tr_has(v, i))
            continue;
        x = v->type == TR_INTEGER ? (double)v->values.integers[i]
                                  : v->values.numbers[i];
        if (!isnan(x))
            out[i] = scale_score(s, x);
    }
}

/* The score of every text of the dictionary, once. */
static int32_t *score_dict(const struct rule_scale *s,
                           const struct tr_column *v, struct tr_arena *a)
{
    int32_t *of = tr_arena_array(a, v->dict->n + 1, sizeof *of);

    for (uint32_t k = 0; of && k < v->dict->n; k++)
        of[k] = scale_entry(s, v->dict->texts[k]);
    return of;
}

static int32_t score_list(const struct tr_column *v, size_t i,
                          const int32_t *of)
{
    int32_t best = RULE_NONE;

    for (uint32_t k = v->list_starts[i]; k < v->list_starts[i + 1]; k++) {
        if (of[v->values.codes[k]] > best)
            best = of[v->values.codes[k]];
    }
    return best;
}

static enum tr_status score_table(const struct rule_scale *s,
                                  const struct tr_column *v, size_t n,
                                  struct tr_arena *a, int32_t *out,
                                  struct tr_error *err)
{
    bool coded = v->type == TR_TEXT || v->type == TR_LIST;
    const int32_t *of = coded ? score_dict(s, v, a) : NULL;

    if (coded && !of)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        char text[24];

        out[i] = RULE_NONE;
        if (!tr_has(v, i))
            continue;
        if (v->type == TR_TEXT) {
            out[i] = of[v->values.codes[i]];
        } else if (v->type == TR_LIST) {
            out[i] = score_list(v, i, of);
        } else if (v->type == TR_BOOLEAN) {
            out[i] = scale_entry(s, v->values.booleans[i] ? "true" : "false");
        } else {
            snprintf(text, sizeof text, "%lld",
                     (long long)v->values.integers[i]);
            out[i] = scale_entry(s, text);
        }
    }
    return TR_OK;
}

/* The lowest and the highest score between the ends of the interval. */
static enum tr_status score_ends(const struct classing *c, struct block *b,
                                 size_t k, struct tr_error *err)
{
    const struct rule_scale *s = &c->rules->criteria[k].scale;
    const struct bound_value *v = &c->criteria[k];
    size_t last = b->first + b->n;
    int32_t *least = b->scores[FACTS_LOW] + k * b->n;
    int32_t *most = b->scores[FACTS_HIGH] + k * b->n;
    struct tr_column ends[2];
    enum tr_status st = tr_cql2_values(v->at[FACTS_LOW], b->first, last,
                                       b->arena, &ends[0], err);

    if (!st)
        st = tr_cql2_values(v->at[FACTS_HIGH], b->first, last, b->arena,
                            &ends[1], err);
    for (size_t i = 0; i < b->n && !st; i++) {
        double x[2];
        int32_t low, high;

        if (least[i] == RULE_NONE || !tr_has(&ends[0], i) ||
            !tr_has(&ends[1], i))
            continue;
        for (int e = 0; e < 2; e++)
            x[e] = ends[e].type == TR_INTEGER
                       ? (double)ends[e].values.integers[i]
                       : ends[e].values.numbers[i];
        if (isnan(x[0]) || isnan(x[1]))
            continue;
        scale_range(s, fmin(x[0], x[1]), fmax(x[0], x[1]), &low, &high);
        least[i] = low < least[i] ? low : least[i];
        most[i] = high > most[i] ? high : most[i];
    }
    return st;
}

enum tr_status block_criterion(const struct classing *c, struct block *b,
                               size_t k, struct tr_error *err)
{
    const struct rule_scale *s = &c->rules->criteria[k].scale;
    int32_t *out = b->scores[FACTS_GIVEN] + k * b->n;
    enum tr_status st =
        tr_cql2_values(c->criteria[k].at[FACTS_GIVEN], b->first,
                       b->first + b->n, b->arena, &b->values[k], err);

    if (st)
        return st;
    if (s->n_points)
        score_numbers(s, &b->values[k], b->n, out);
    else
        st = score_table(s, &b->values[k], b->n, b->arena, out, err);
    return st;
}

static enum tr_status evaluate_criteria(const struct classing *c,
                                        struct block *b, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (size_t k = 0; k < c->rules->n_criteria && !st; k++) {
        int32_t *out = b->scores[FACTS_GIVEN] + k * b->n;

        st = block_criterion(c, b, k, err);
        memcpy(b->scores[FACTS_LOW] + k * b->n, out, b->n * sizeof *out);
        memcpy(b->scores[FACTS_HIGH] + k * b->n, out, b->n * sizeof *out);
        if (!st && c->criteria[k].at[FACTS_LOW])
            st = score_ends(c, b, k, err);
    }
    return st;
}

/* ---- verdicts ---- */

static bool hit(const struct block *b, size_t gate, size_t i)
{
    return bit_at(b->gate_yes + gate * b->words, i);
}

static bool protects(const struct rule_gate *floor, const struct rule_gate *g)
{
    return floor && g->class_ == TR_SURPLUS && !g->declared;
}

/* The gates in order: the highest floor met, and the gate that decides. A floor
 * met before protects from every surplus but the owner's own declaration. */
void block_pass_gates(const struct classing *c, const struct block *b, size_t i,
                      struct verdict *v)
{
    for (size_t g = 0; g < c->rules->n_gates; g++) {
        const struct rule_gate *gate = &c->rules->gates[g];

        if (!hit(b, g, i))
            continue;
        if (gate->effect == RULE_FLOOR &&
            (!v->floor || gate->class_ < v->floor->class_))
            v->floor = gate;
        if (gate->effect == RULE_DECIDES && !protects(v->floor, gate)) {
            v->gate = gate;
            return;
        }
    }
}

size_t block_gates(const struct classing *c, const struct block *b, size_t i)
{
    const struct rule_gate *g = b->verdicts[i].gate;

    return g ? (size_t)(g - c->rules->gates) + 1 : c->rules->n_gates;
}

static void judge(const struct classing *c, struct block *b, size_t i)
{
    struct verdict *v = &b->verdicts[i];

    block_pass_gates(c, b, i, v);
    verdict_by_scores(c->rules, block_scores(b, FACTS_LOW, i),
                      block_scores(b, FACTS_GIVEN, i),
                      block_scores(b, FACTS_HIGH, i), v);
    if (v->gate) {
        v->class_ = v->gate->class_;
        v->basis = v->gate->basis;
        v->floored = v->thin = false;
        if (v->class_ != TR_UNCLASSIFIED)
            v->possible = (uint8_t)(1u << v->class_);
    }
    if (!v->gate && c->options->signed_)
        verdict_margin(c->margin, block_scores(b, FACTS_GIVEN, i),
                       c->options->signed_[b->first + i], v);
    for (int a = 0; a < TR_AXES; a++) {
        const struct axis_sum *sum = &v->axis[a];
        size_t row = b->first + i;

        if (sum->weight == 0)
            continue;
        c->facts.axis[a][row] = (double)sum->got / (double)sum->weight / 100.0;
        bit_set(c->facts.axis_present[a], row);
    }
}

static enum tr_status evaluate_rest(const struct classing *c, struct block *b,
                                    struct tr_error *err)
{
    size_t last = b->first + b->n;
    uint64_t *unknown = tr_arena_array(b->arena, b->words, sizeof *unknown);
    enum tr_status st = TR_OK;

    if (!unknown)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t f = 0; f < c->rules->n_flags && !st; f++)
        st = tr_cql2_filter(c->flags[f], b->first, last,
                            b->flag_yes + f * b->words, unknown, b->arena, err);
    for (size_t k = 0; k < c->rules->n_shown && !st; k++)
        st = tr_cql2_values(c->shown[k], b->first, last, b->arena, &b->shown[k],
                            err);
    return st;
}

enum tr_status block_evaluate(const struct classing *c, size_t first,
                              size_t last, struct tr_arena *a,
                              struct block *out, struct tr_error *err)
{
    enum tr_status st = block_make(c, first, last, a, out, err);

    if (!st)
        st = evaluate_gates(c, out, err);
    if (!st)
        st = evaluate_criteria(c, out, err);
    for (size_t i = 0; i < last - first && !st; i++)
        judge(c, out, i);
    return st ? st : evaluate_rest(c, out, err);
}

/* ---- robustness ---- */

static void say_robust(struct tr_robustness *r, enum tr_class class_)
{
    uint32_t most = 0;

    r->of = class_;
    for (int k = 0; k < TR_CLASSES && class_ == TR_UNCLASSIFIED; k++) {
        if (r->count[k] > most) {
            most = r->count[k];
            r->of = (enum tr_class)k;
        }
    }
    most = r->count[r->of];
    r->word = (uint64_t)most * 100 >= (uint64_t)r->draws * 80   ? TR_ROBUST
              : (uint64_t)most * 100 >= (uint64_t)r->draws * 60 ? TR_LEANING
                                                                : TR_CONTESTED;
}

enum tr_status block_draw(const struct classing *c, struct block *b,
                          struct tr_error *err)
{
    struct robust_scratch *scratch = NULL;

    if (c->robust.draws == 0)
        return TR_OK;
    scratch = robust_scratch_new(&c->robust, b->arena);
    if (!scratch)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < b->n; i++) {
        const struct verdict *v = &b->verdicts[i];
        struct tr_robustness *r = &b->robustness[i];

        if ((v->gate && v->class_ == TR_UNCLASSIFIED) ||
            (c->scope && !bit_at(c->scope, b->first + i)))
            continue;
        r->draws = (uint32_t)c->robust.draws;
        if (v->gate)
            r->count[v->class_] = r->draws;
        else
            robust_count(&c->robust, scratch, c->s->site_ids[b->first + i],
                         block_scores(b, FACTS_GIVEN, i), v->floor, r->count);
        say_robust(r, v->class_);
    }
    return TR_OK;
}
