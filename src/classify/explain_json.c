/* explain_json.c - the whole explanation of one site. See README.md. */
#include "classify/explain_parts.h"

#include "classify/explain.h"

static void gate_json(const struct classing *c, const struct block *b, size_t i,
                      size_t g, struct tr_json *j)
{
    const struct gate_parts *part = &c->parts->gates[g];
    const struct rule_gate *gate = &c->rules->gates[g];

    if (!bit_at(b->gate_yes + g * b->words, i)) {
        put_part(j,
                 &part->whole[bit_at(b->gate_unknown + g * b->words, i) != 0]);
        return;
    }
    put_part(j, &part->hit);
    if (gate->until.text && tr_has(&b->untils[g], i))
        date_json(j, "until", b->untils[g].values.dates[i]);
    PUT_KEY(j, "facts");
    facts_json(c, &c->of_gates[g], c->parts->of_gates[g], b->first + i, j);
    tr_json_close_map(j);
}

static void gates_json(const struct classing *c, const struct block *b,
                       size_t i, struct tr_json *j)
{
    size_t n = block_gates(c, b, i);

    tr_json_open_list(j);
    for (size_t g = 0; g < n; g++)
        gate_json(c, b, i, g, j);
    tr_json_close_list(j);
}

/* Hundredths of points as a number, after its key. */
static void points_json(struct tr_json *j, int32_t points_100)
{
    unsigned char *at;
    int32_t rest = points_100 % 100;

    if (points_100 < 0) {
        tr_json_null(j);
        return;
    }
    tr_json_int(j, points_100 / 100);
    at = rest ? tr_buf_room(j->buf, 3) : NULL;
    if (!at)
        return;
    at[0] = '.';
    at[1] = (unsigned char)('0' + rest / 10);
    at[2] = (unsigned char)('0' + rest % 10);
    j->buf->len += rest % 10 ? 3 : 2;
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
    const struct criterion_parts *part = &c->parts->criteria[k];
    int32_t score = b->scores[FACTS_GIVEN][k * b->n + i];
    int32_t low = b->scores[FACTS_LOW][k * b->n + i];
    int32_t high = b->scores[FACTS_HIGH][k * b->n + i];

    open_part(j, &part->head);
    value_json(&b->values[k], i, j);
    put_part(j, &part->unit);
    if (score != RULE_NONE && b->values[k].type == TR_LIST) {
        const char *item = explain_item(rule, &b->values[k], i);

        if (item)
            tr_json_put_text(j, "item", item);
    }
    PUT_KEY(j, "score");
    points_json(j, score);
    if (score != RULE_NONE) {
        PUT_KEY(j, "adds");
        points_json(j, contribution(&b->verdicts[i], rule, score));
    }
    if (low != high) {
        PUT_KEY(j, "score_low");
        points_json(j, low);
        PUT_KEY(j, "score_high");
        points_json(j, high);
    }
    open_part(j, &part->tail);
    facts_json(c, &c->of_criteria[k], c->parts->of_criteria[k], b->first + i,
               j);
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
        PUT_KEY(j, "score");
        points_json(j, s.points_100);
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

    tr_json_put_text(j, "site_id", c->s->site_ids[b->first + i]);
    tr_json_put_text(j, "class", tr_class_name(v->class_));
    tr_json_key(j, "possible");
    put_part(j, &c->parts->classes[v->possible & ((1u << TR_NO_CLASS) - 1)]);
    tr_json_put_text(j, "basis", v->basis);
    if (v->gate && v->gate->declared)
        tr_json_put_bool(j, "declared", true);
    if (v->held)
        tr_json_put_text(j, "scored", tr_class_name(v->scored));
    tr_json_put_text(j, "reason", reason);
    put_part(j, &c->parts->definitions[v->class_]);
    tr_json_key(j, "flags");
    flags_json(c, b, i, j);
    put_part(j, &c->parts->rules);
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
