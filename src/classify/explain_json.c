/* explain_json.c - the whole explanation of one site. See README.md. */
#include "classify/explain.h"

static const char *gate_result(const struct block *b, size_t g, size_t i)
{
    if (bit_at(b->gate_yes + g * b->words, i))
        return "hit";
    return bit_at(b->gate_unknown + g * b->words, i) ? "unknown" : "not hit";
}

static void gates_json(const struct classing *c, const struct block *b,
                       size_t i, struct tr_json *j)
{
    static const char *const effects[] = { "decides", "floor", "flag" };
    size_t n = block_gates(c, b, i);

    tr_json_open_list(j);
    for (size_t g = 0; g < n; g++) {
        const struct rule_gate *gate = &c->rules->gates[g];
        bool hit = bit_at(b->gate_yes + g * b->words, i);

        tr_json_open_map(j);
        tr_json_put_text(j, "id", gate->id);
        tr_json_put_text(j, "result", gate_result(b, g, i));
        tr_json_put_text(j, effects[gate->effect],
                         gate->effect == RULE_FLAG
                             ? gate->flag
                             : tr_class_name(gate->class_));
        if (gate->declared)
            tr_json_put_bool(j, "declared", true);
        tr_json_put_text(j, "reason", gate->reason);
        if (gate->source)
            tr_json_put_text(j, "source", gate->source);
        if (hit && gate->until.text && tr_has(&b->untils[g], i))
            date_json(j, "until", b->untils[g].values.dates[i]);
        if (hit) {
            tr_json_key(j, "facts");
            facts_json(c, &c->of_gates[g], b->first + i, j);
        }
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static void put_points(struct tr_json *j, const char *key, int32_t points_100)
{
    tr_json_key(j, key);
    if (points_100 < 0)
        tr_json_null(j);
    else
        tr_json_number(j, points_100 / 100.0);
}

/* What the criterion adds to its axis's score, of the criteria with a value. */
static int32_t contribution(const struct verdict *v,
                            const struct rule_criterion *rule, int32_t score)
{
    int64_t weight = v->axis[rule->axis].weight;

    return (int32_t)(((int64_t)rule->weight * score + weight / 2) / weight);
}

static void criterion_json(const struct classing *c, const struct block *b,
                           size_t i, size_t k, struct tr_json *j)
{
    const struct rule_criterion *rule = &c->rules->criteria[k];
    const char *item = explain_item(rule, &b->values[k], i);
    const char *unit = value_unit(&rule->value, &c->of_criteria[k]);
    int32_t score = b->scores[FACTS_GIVEN][k * b->n + i];
    int32_t low = b->scores[FACTS_LOW][k * b->n + i];
    int32_t high = b->scores[FACTS_HIGH][k * b->n + i];

    tr_json_open_map(j);
    tr_json_put_text(j, "id", rule->id);
    tr_json_put_text(j, "title", rule->title);
    tr_json_put_int(j, "weight", rule->weight);
    tr_json_key(j, "value");
    value_json(&b->values[k], i, j);
    if (unit)
        tr_json_put_text(j, "unit", unit);
    if (item && score != RULE_NONE && b->values[k].type == TR_LIST)
        tr_json_put_text(j, "item", item);
    put_points(j, "score", score);
    if (score != RULE_NONE)
        put_points(j, "adds", contribution(&b->verdicts[i], rule, score));
    if (low != high) {
        put_points(j, "score_low", low);
        put_points(j, "score_high", high);
    }
    if (rule->source)
        tr_json_put_text(j, "source", rule->source);
    if (rule->reason)
        tr_json_put_text(j, "reason", rule->reason);
    if (rule->illustrative)
        tr_json_put_bool(j, "illustrative", true);
    tr_json_key(j, "facts");
    facts_json(c, &c->of_criteria[k], b->first + i, j);
    tr_json_close_map(j);
}

static void axes_json(const struct classing *c, const struct block *b, size_t i,
                      struct tr_json *j)
{
    const struct tr_rules *r = c->rules;

    tr_json_open_map(j);
    for (int a = 0; a < TR_AXES; a++) {
        struct tr_score s = verdict_score(&b->verdicts[i].axis[a]);

        if (r->first[a] == r->first[a + 1])
            continue;
        tr_json_key(j, tr_axis_name((enum tr_axis)a));
        tr_json_open_map(j);
        put_points(j, "score", s.points_100);
        tr_json_put_int(j, "coverage", s.coverage_pct);
        tr_json_key(j, "criteria");
        tr_json_open_list(j);
        for (size_t k = r->first[a]; k < r->first[a + 1]; k++)
            criterion_json(c, b, i, k, j);
        tr_json_close_list(j);
        tr_json_close_map(j);
    }
    tr_json_close_map(j);
}

static void flags_json(const struct classing *c, const struct block *b,
                       size_t i, struct tr_json *j)
{
    const struct verdict *v = &b->verdicts[i];
    size_t n = block_gates(c, b, i);

    tr_json_open_list(j);
    for (size_t g = 0; g < n; g++) {
        if (c->rules->gates[g].effect == RULE_FLAG &&
            bit_at(b->gate_yes + g * b->words, i))
            tr_json_text(j, c->rules->gates[g].flag);
    }
    for (size_t f = 0; f < c->rules->n_flags && v->class_ == TR_CORE; f++) {
        if (bit_at(b->flag_yes + f * b->words, i))
            tr_json_text(j, c->rules->flags[f].name);
    }
    if (v->thin)
        tr_json_text(j, "thin");
    tr_json_close_list(j);
}

static void shown_json(const struct classing *c, const struct block *b,
                       size_t i, struct tr_json *j)
{
    tr_json_open_list(j);
    for (size_t k = 0; k < c->rules->n_shown; k++) {
        const struct rule_shown *rule = &c->rules->shown[k];

        tr_json_open_map(j);
        tr_json_put_text(j, "id", rule->id);
        tr_json_put_text(j, "axis", tr_axis_name(rule->axis));
        tr_json_put_text(j, "title", rule->title);
        tr_json_key(j, "value");
        value_json(&b->shown[k], i, j);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}

static void rests_json(const struct classing *c, const struct block *b,
                       size_t i, struct tr_json *j)
{
    int64_t with = 0;

    for (size_t k = 0; k < c->rules->n_criteria; k++)
        with += b->scores[FACTS_GIVEN][k * b->n + i] != RULE_NONE;
    tr_json_open_map(j);
    tr_json_put_int(j, "known", with);
    tr_json_put_int(j, "of", (int64_t)c->rules->n_criteria);
    tr_json_close_map(j);
}

static void head_json(const struct classing *c, const struct block *b, size_t i,
                      const char *reason, struct tr_json *j)
{
    const struct verdict *v = &b->verdicts[i];
    const struct tr_rules *r = c->rules;

    tr_json_put_text(j, "site_id", c->s->site_ids[b->first + i]);
    tr_json_put_text(j, "class", tr_class_name(v->class_));
    tr_json_key(j, "possible");
    classes_json(v->possible, j);
    tr_json_put_text(j, "basis", v->basis);
    if (v->gate && v->gate->declared)
        tr_json_put_bool(j, "declared", true);
    if (v->held)
        tr_json_put_text(j, "scored", tr_class_name(v->scored));
    tr_json_put_text(j, "reason", reason);
    tr_json_put_text(j, "definition", r->definitions[v->class_]);
    tr_json_key(j, "flags");
    flags_json(c, b, i, j);
    tr_json_key(j, "rules");
    tr_json_open_map(j);
    tr_json_put_text(j, "name", r->name);
    tr_json_put_text(j, "version", r->version);
    tr_json_put_text(j, "title", r->title);
    tr_json_put_text(j, "note", r->note);
    tr_json_close_map(j);
    date_json(j, "as_of", c->options->as_of);
    tr_json_put_int(j, "coverage", v->coverage_pct);
}

static void robustness_json(const struct classing *c, const struct block *b,
                            size_t i, struct tr_json *j)
{
    const struct tr_robustness *r = &b->robustness[i];

    if (r->word == TR_NOT_DRAWN)
        return;
    tr_json_key(j, "robustness");
    tr_json_open_map(j);
    tr_json_put_int(j, "draws", r->draws);
    tr_json_put_int(j, "seed", c->options->seed);
    tr_json_key(j, "shares");
    tr_json_open_map(j);
    for (int k = 0; k < TR_CLASSES; k++) {
        if (r->count[k])
            tr_json_put_number(j, tr_class_name((enum tr_class)k),
                               (double)r->count[k] / r->draws);
    }
    tr_json_close_map(j);
    tr_json_put_text(j, "word", tr_robust_name(r->word));
    if (r->of != b->verdicts[i].class_)
        tr_json_put_text(j, "of", tr_class_name(r->of));
    tr_json_close_map(j);
}

void explain_json(const struct classing *c, const struct block *b, size_t i,
                  const char *reason, const struct flips *flips,
                  struct tr_buf *out)
{
    struct tr_json j;

    tr_json_init(&j, out);
    tr_json_open_map(&j);
    head_json(c, b, i, reason, &j);
    robustness_json(c, b, i, &j);
    tr_json_key(&j, "criteria");
    rests_json(c, b, i, &j);
    tr_json_key(&j, "gates");
    gates_json(c, b, i, &j);
    tr_json_key(&j, "axes");
    axes_json(c, b, i, &j);
    tr_json_key(&j, "missing");
    missing_json(c, b, i, &j);
    if (flips) {
        tr_json_key(&j, "flips");
        flips_json(flips, b->first + i, &j);
    }
    tr_json_key(&j, "aged");
    aged_json(c, b, i, &j);
    tr_json_key(&j, "shown");
    shown_json(c, b, i, &j);
    tr_json_close_map(&j);
}
