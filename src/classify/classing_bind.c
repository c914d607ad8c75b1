/* classing_bind.c - binding a rule-set's expressions to the facts. */
#include <string.h>

#include "classify/classing.h"
#include "terrier/field.h"

static const char no_memory[] = "no memory for the rule-set";

static enum tr_status bind(const struct classing *c, const struct rule_expr *e,
                           enum facts_end end, const struct tr_cql2_bound **out,
                           struct tr_error *err)
{
    struct tr_cql2_env env = { .as_of = c->options->as_of };

    return rule_bind(c->rules, e, &c->facts.tables[end], &env, c->arena, out,
                     err);
}

static enum tr_status bind_condition(const struct classing *c,
                                     const struct rule_expr *e,
                                     const struct tr_cql2_bound **out,
                                     struct tr_error *err)
{
    enum tr_status st = bind(c, e, FACTS_GIVEN, out, err);

    if (!st && tr_cql2_type(*out) != TR_BOOLEAN)
        return rule_fail(c->rules, e, err, "this must be a condition, it is %s",
                         tr_type_name(tr_cql2_type(*out)));
    return st;
}

static enum tr_status bind_gates(struct classing *c, struct tr_error *err)
{
    for (size_t i = 0; i < c->rules->n_gates; i++) {
        const struct rule_gate *g = &c->rules->gates[i];
        enum tr_status st = bind_condition(c, &g->when, &c->gates[i], err);

        if (!st && g->until.text) {
            st = bind(c, &g->until, FACTS_GIVEN, &c->untils[i], err);
            if (!st && tr_cql2_type(c->untils[i]) != TR_DATE)
                return rule_fail(c->rules, &g->until, err,
                                 "'until' must be a date, it is %s",
                                 tr_type_name(tr_cql2_type(c->untils[i])));
        }
        if (st)
            return st;
    }
    return TR_OK;
}

static bool scale_fits(const struct rule_scale *s, enum tr_type type)
{
    if (s->n_points)
        return type == TR_NUMBER || type == TR_INTEGER;
    return type == TR_TEXT || type == TR_LIST || type == TR_BOOLEAN ||
           type == TR_INTEGER;
}

static enum tr_status bind_criterion(struct classing *c, size_t i,
                                     struct tr_error *err)
{
    const struct rule_criterion *rule = &c->rules->criteria[i];
    struct bound_value *b = &c->criteria[i];
    bool measured = false;
    enum tr_status st =
        bind(c, &rule->value, FACTS_GIVEN, &b->at[FACTS_GIVEN], err);

    if (st)
        return st;
    b->type = tr_cql2_type(b->at[FACTS_GIVEN]);
    if (!scale_fits(&rule->scale, b->type))
        return rule_fail(c->rules, &rule->value, err,
                         "criterion '%s' is %s, its scale is for %s", rule->id,
                         tr_type_name(b->type),
                         rule->scale.n_points ? "numbers"
                                              : "texts, lists and booleans");
    for (size_t k = 0; k < rule->value.n_names; k++)
        measured |= measure_named(c, rule->value.names[k]) != NULL;
    if (!measured || !rule->scale.n_points)
        return TR_OK;
    st = bind(c, &rule->value, FACTS_LOW, &b->at[FACTS_LOW], err);
    return st ? st : bind(c, &rule->value, FACTS_HIGH, &b->at[FACTS_HIGH], err);
}

static enum tr_status find_properties(const struct classing *c,
                                      const struct rule_expr *e,
                                      struct properties *out,
                                      struct tr_error *err)
{
    struct property *all =
        tr_arena_array(c->arena, e->n_names + 1, sizeof *all);

    if (!all)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t k = 0; k < e->n_names; k++) {
        const char *name = e->names[k];
        const struct tr_field *f = tr_field_named(name);
        struct property *p = &all[k];

        p->name = name;
        p->column = tr_table_column(&c->facts.tables[FACTS_GIVEN], name);
        p->joined = tr_table_column(&c->s->joined, name);
        p->measure = measure_named(c, name);
        p->title = p->measure                      ? p->measure->rule->title
                   : f                             ? f->title
                   : p->column && p->column->title ? p->column->title
                                                   : name;
    }
    *out = (struct properties){ e->n_names, all };
    return TR_OK;
}

static enum tr_status find_all_properties(struct classing *c,
                                          struct tr_error *err)
{
    const struct tr_rules *r = c->rules;
    enum tr_status st = TR_OK;

    c->of_gates = tr_arena_array(c->arena, r->n_gates + 1, sizeof *c->of_gates);
    c->of_criteria =
        tr_arena_array(c->arena, r->n_criteria + 1, sizeof *c->of_criteria);
    if (!c->of_gates || !c->of_criteria)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < r->n_gates && !st; i++)
        st = find_properties(c, &r->gates[i].when, &c->of_gates[i], err);
    for (size_t i = 0; i < r->n_criteria && !st; i++)
        st = find_properties(c, &r->criteria[i].value, &c->of_criteria[i], err);
    return st;
}

/* The axes are columns of the flags only: nothing else may rest on them. */
static enum tr_status refuse_axes(const struct classing *c,
                                  const struct rule_expr *e,
                                  struct tr_error *err)
{
    for (size_t k = 0; k < e->n_names; k++) {
        for (int a = 0; a < TR_AXES; a++) {
            if (strcmp(e->names[k], tr_axis_name((enum tr_axis)a)) == 0)
                return rule_fail(c->rules, e, err,
                                 "'%s' can be used in 'flags' only",
                                 e->names[k]);
        }
    }
    return TR_OK;
}

static enum tr_status refuse_circles(const struct classing *c,
                                     struct tr_error *err)
{
    const struct tr_rules *r = c->rules;
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < r->n_gates && !st; i++)
        st = refuse_axes(c, &r->gates[i].when, err);
    for (size_t i = 0; i < r->n_criteria && !st; i++)
        st = refuse_axes(c, &r->criteria[i].value, err);
    return st;
}

enum tr_status classing_bind(struct classing *c, struct tr_error *err)
{
    const struct tr_rules *r = c->rules;
    struct tr_arena *a = c->arena;
    enum tr_status st;

    c->gates = tr_arena_array(a, r->n_gates + 1, sizeof *c->gates);
    c->untils = tr_arena_array(a, r->n_gates + 1, sizeof *c->untils);
    c->flags = tr_arena_array(a, r->n_flags + 1, sizeof *c->flags);
    c->shown = tr_arena_array(a, r->n_shown + 1, sizeof *c->shown);
    c->criteria = tr_arena_array(a, r->n_criteria + 1, sizeof *c->criteria);
    if (!c->gates || !c->untils || !c->flags || !c->shown || !c->criteria)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = refuse_circles(c, err);
    if (!st)
        st = bind_gates(c, err);
    for (size_t i = 0; i < r->n_criteria && !st; i++)
        st = bind_criterion(c, i, err);
    for (size_t i = 0; i < r->n_shown && !st; i++)
        st = bind(c, &r->shown[i].value, FACTS_GIVEN, &c->shown[i], err);
    for (size_t i = 0; i < r->n_flags && !st; i++)
        st = bind_condition(c, &r->flags[i].when, &c->flags[i], err);
    return st ? st : find_all_properties(c, err);
}
