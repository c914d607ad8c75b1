/* explain_parts.c - see explain_parts.h */
#include "classify/explain_parts.h"

#include <string.h>

#include "classify/explain.h"

#define PART_BYTES ((size_t)1024 * 1024)

struct making {
    const struct classing *c;
    struct tr_buf buf;
    struct tr_json j;
    bool failed;
};

static struct json_part taken(struct making *m)
{
    struct json_part p = { NULL, m->buf.len };

    p.text =
        m->buf.failed
            ? NULL
            : tr_arena_text(m->c->arena, (const char *)m->buf.data, m->buf.len);
    m->failed = m->failed || !p.text;
    tr_buf_reset(&m->buf);
    tr_json_init(&m->j, &m->buf);
    return p;
}

static void gate_head(struct making *m, const struct rule_gate *g,
                      const char *result)
{
    static const char *const effects[] = { "decides", "floor", "flag" };

    tr_json_open_map(&m->j);
    tr_json_put_text(&m->j, "id", g->id);
    tr_json_put_text(&m->j, "result", result);
    tr_json_put_text(&m->j, effects[g->effect],
                     g->effect == RULE_FLAG ? g->flag
                                            : tr_class_name(g->class_));
    if (g->declared)
        tr_json_put_bool(&m->j, "declared", true);
    tr_json_put_text(&m->j, "reason", g->reason);
    if (g->source)
        tr_json_put_text(&m->j, "source", g->source);
}

static void make_gate(struct making *m, const struct rule_gate *g,
                      struct gate_parts *out)
{
    static const char *const results[] = { "not hit", "unknown" };

    for (int i = 0; i < 2; i++) {
        gate_head(m, g, results[i]);
        tr_json_close_map(&m->j);
        out->whole[i] = taken(m);
    }
    gate_head(m, g, "hit");
    out->hit = taken(m);
    tr_json_open_map(&m->j);
    tr_json_put_text(&m->j, "gate", g->id);
    tr_json_put_text(&m->j, "title", g->reason);
    out->missing = taken(m);
    if (g->effect == RULE_FLAG) {
        tr_json_put_text(&m->j, "flag", g->flag);
    } else {
        tr_json_key(&m->j, "could");
        classes_json((uint8_t)(1u << g->class_), &m->j);
    }
    out->could = taken(m);
}

static void make_criterion(struct making *m, size_t k,
                           struct criterion_parts *out)
{
    const struct rule_criterion *rule = &m->c->rules->criteria[k];
    const char *unit = value_unit(rule, &m->c->of_criteria[k]);

    tr_json_open_map(&m->j);
    tr_json_put_text(&m->j, "id", rule->id);
    tr_json_put_text(&m->j, "title", rule->title);
    tr_json_put_int(&m->j, "weight", rule->weight);
    tr_json_key(&m->j, "value");
    out->head = taken(m);
    if (unit)
        tr_json_put_text(&m->j, "unit", unit);
    out->unit = taken(m);
    if (rule->source)
        tr_json_put_text(&m->j, "source", rule->source);
    if (rule->reason)
        tr_json_put_text(&m->j, "reason", rule->reason);
    if (rule->illustrative)
        tr_json_put_bool(&m->j, "illustrative", true);
    tr_json_key(&m->j, "facts");
    out->tail = taken(m);
    tr_json_open_map(&m->j);
    tr_json_put_text(&m->j, "criterion", rule->id);
    tr_json_put_text(&m->j, "axis", tr_axis_name(rule->axis));
    tr_json_put_text(&m->j, "title", rule->title);
    tr_json_put_int(&m->j, "weight", rule->weight);
    out->missing = taken(m);
}

static struct property_parts *make_properties(struct making *m,
                                              const struct properties *p)
{
    struct property_parts *all =
        tr_arena_array(m->c->arena, p->n + 1, sizeof *all);

    m->failed = m->failed || !all;
    for (size_t i = 0; i < p->n && all; i++) {
        const struct property *q = &p->all[i];

        tr_json_open_map(&m->j);
        tr_json_put_text(&m->j, "name", q->name);
        tr_json_put_text(&m->j, "title", q->title);
        tr_json_key(&m->j, "value");
        all[i].head = taken(m);
        if (q->column && q->column->unit)
            tr_json_put_text(&m->j, "unit", q->column->unit);
        all[i].unit = taken(m);
        if (q->measure && q->measure->note)
            tr_json_put_text(&m->j, "note", q->measure->note);
        all[i].note = taken(m);
        tr_json_text(&m->j, q->name);
        all[i].name = taken(m);
        tr_json_text(&m->j, q->title);
        all[i].title = taken(m);
    }
    return all;
}

static void make_head(struct making *m, struct explain_parts *out)
{
    const struct tr_rules *r = m->c->rules;

    tr_json_key(&m->j, "rules");
    tr_json_open_map(&m->j);
    tr_json_put_text(&m->j, "name", r->name);
    tr_json_put_text(&m->j, "version", r->version);
    tr_json_put_text(&m->j, "title", r->title);
    tr_json_put_text(&m->j, "note", r->note);
    tr_json_close_map(&m->j);
    date_json(&m->j, "as_of", m->c->options->as_of);
    out->rules = taken(m);
    for (int k = 0; k < TR_CLASSES; k++) {
        tr_json_put_text(&m->j, "definition", r->definitions[k]);
        out->definitions[k] = taken(m);
    }
    for (unsigned set = 0; set < 1u << TR_NO_CLASS; set++) {
        classes_json((uint8_t)set, &m->j);
        out->classes[set] = taken(m);
    }
    for (size_t i = 0; i < m->c->s->n_layers; i++) {
        tr_json_put_text(&m->j, "layer", m->c->s->layers[i].name);
        out->layers[i] = taken(m);
    }
}

enum tr_status explain_parts_make(const struct classing *c,
                                  const struct explain_parts **out,
                                  struct tr_error *err)
{
    const struct tr_rules *r = c->rules;
    struct tr_arena *a = c->arena;
    struct explain_parts *p = tr_arena_alloc(a, sizeof *p);
    struct making m = { .c = c };

    if (!p)
        return tr_fail(err, TR_ENOMEM, "no memory for the explanations");
    p->gates = tr_arena_array(a, r->n_gates + 1, sizeof *p->gates);
    p->criteria = tr_arena_array(a, r->n_criteria + 1, sizeof *p->criteria);
    p->of_gates = tr_arena_array(a, r->n_gates + 1, sizeof *p->of_gates);
    p->of_criteria =
        tr_arena_array(a, r->n_criteria + 1, sizeof *p->of_criteria);
    p->layers = tr_arena_array(a, c->s->n_layers + 1, sizeof *p->layers);
    if (!p->gates || !p->criteria || !p->of_gates || !p->of_criteria ||
        !p->layers)
        return tr_fail(err, TR_ENOMEM, "no memory for the explanations");
    tr_buf_init(&m.buf, PART_BYTES);
    tr_json_init(&m.j, &m.buf);
    make_head(&m, p);
    for (size_t g = 0; g < r->n_gates; g++) {
        make_gate(&m, &r->gates[g], &p->gates[g]);
        p->of_gates[g] = make_properties(&m, &c->of_gates[g]);
    }
    for (size_t k = 0; k < r->n_criteria; k++) {
        make_criterion(&m, k, &p->criteria[k]);
        p->of_criteria[k] = make_properties(&m, &c->of_criteria[k]);
    }
    tr_buf_clear(&m.buf);
    if (m.failed)
        return tr_fail(err, TR_ENOMEM, "no memory for the explanations");
    *out = p;
    return TR_OK;
}
