/* explain_missing.c - the facts that are wanted, and what each could change. */
#include <string.h>

#include "classify/explain.h"
#include "classify/explain_parts.h"
#include "terrier/field.h"

static void names_json(const struct properties *p,
                       const struct property_parts *parts, size_t site,
                       struct tr_json *j)
{
    const struct property *missing[MOST_NAMES];
    size_t n = missing_of(p, site, missing);

    PUT_KEY(j, "facts");
    tr_json_open_list(j);
    for (size_t k = 0; k < n; k++)
        put_part(j, &parts[missing[k] - p->all].name);
    tr_json_close_list(j);
    PUT_KEY(j, "titles");
    tr_json_open_list(j);
    for (size_t k = 0; k < n; k++)
        put_part(j, &parts[missing[k] - p->all].title);
    tr_json_close_list(j);
}

/* Why there is no value, where that is not just a fact that nobody gave. */
static const char *why(const struct classing *c, const struct properties *p,
                       size_t site)
{
    const struct property *missing[MOST_NAMES];
    size_t n = missing_of(p, site, missing);

    if (n == 0)
        return "its value is not in the scale, or no value comes of it";
    for (size_t k = 0; k < n; k++) {
        const struct measure *m = missing[k]->measure;

        if (m && m->note)
            return m->note;
        if (m && site >= c->s->n_located && m->rule->kind != RULE_MEDIAN)
            return "the site has no point";
        if (m)
            return m->rule->kind == RULE_NEAREST ? "none is known"
                                                 : "nothing to measure it by";
    }
    return NULL;
}

static void criterion_json(const struct classing *c, const struct block *b,
                           size_t i, size_t k, struct tr_json *j)
{
    const struct properties *p = &c->of_criteria[k];
    const char *because = why(c, p, b->first + i);
    uint8_t could = verdict_with(c->rules, block_scores(b, FACTS_GIVEN, i), k,
                                 b->verdicts[i].floor);

    put_part(j, &c->parts->criteria[k].missing);
    names_json(p, c->parts->of_criteria[k], b->first + i, j);
    if (because)
        tr_json_put_text(j, "why", because);
    PUT_KEY(j, "could");
    put_part(j, &c->parts->classes[could]);
    tr_json_close_map(j);
}

static void gate_json(const struct classing *c, const struct block *b, size_t i,
                      size_t g, struct tr_json *j)
{
    put_part(j, &c->parts->gates[g].missing);
    names_json(&c->of_gates[g], c->parts->of_gates[g], b->first + i, j);
    put_part(j, &c->parts->gates[g].could);
    tr_json_close_map(j);
}

void missing_json(const struct classing *c, const struct block *b, size_t i,
                  struct tr_json *j)
{
    size_t n_gates = block_gates(c, b, i);
    const struct rule_gate *gate = b->verdicts[i].gate;
    bool scores_matter = !gate || gate->class_ == TR_UNCLASSIFIED;
    size_t n_criteria = scores_matter ? c->rules->n_criteria : 0;

    tr_json_open_list(j);
    for (size_t k = 0; k < n_criteria; k++) {
        if (b->scores[FACTS_GIVEN][k * b->n + i] == RULE_NONE)
            criterion_json(c, b, i, k, j);
    }
    for (size_t g = 0; g < n_gates; g++) {
        if (bit_at(b->gate_unknown + g * b->words, i))
            gate_json(c, b, i, g, j);
    }
    tr_json_close_list(j);
}

void aged_json(const struct classing *c, const struct block *b, size_t i,
               struct tr_json *j)
{
    size_t site = b->first + i;

    tr_json_open_list(j);
    for (size_t k = 0; k < c->rules->n_ageing; k++) {
        const struct rule_ageing *rule = &c->rules->ageing[k];
        const struct tr_column *date =
            tr_table_column(&c->facts.base, rule->date);

        if (!c->facts.aged[k] || !bit_at(c->facts.aged[k], site))
            continue;
        tr_json_open_map(j);
        tr_json_put_text(j, "field", rule->field);
        tr_json_put_text(j, "title", tr_field_named(rule->field)->title);
        tr_json_key(j, "value");
        value_json(c->facts.old[k], site, j);
        date_json(j, "date", date->values.dates[site]);
        tr_json_put_int(j, "years", rule->years);
        tr_json_close_map(j);
    }
    tr_json_close_list(j);
}
