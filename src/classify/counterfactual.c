/* counterfactual.c - see counterfactual.h */
#include "classify/counterfactual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/counterfactual_parts.h"

static const char no_memory[] = "no memory for what would change a class";

/* ---- the best of each kind ---- */

/* By axis points, one that moves the evidence only or works through a gate
 * last; then by the change itself. */
static bool better(const struct flip *a, const struct flip *b)
{
    if (!a->moved != !b->moved)
        return a->moved != 0;
    if (a->moved != b->moved)
        return a->moved < b->moved;
    return fabs(a->to - a->from) < fabs(b->to - b->from);
}

void flips_keep(struct flips *all, const struct flip *flip)
{
    struct flip *list = all->list[flip->kind];
    size_t at = all->n[flip->kind];

    while (at && better(flip, &list[at - 1]))
        at--;
    if (at == FLIPS_KEPT)
        return;
    if (all->n[flip->kind] < FLIPS_KEPT)
        all->n[flip->kind]++;
    memmove(list + at + 1, list + at,
            (all->n[flip->kind] - at - 1) * sizeof *list);
    list[at] = *flip;
}

/* ---- getting ready ---- */

static struct used_fact *fact_of(struct flipper *f, const struct property *p)
{
    for (size_t i = 0; i < f->n_facts; i++) {
        if (strcmp(f->facts[i].property->name, p->name) == 0)
            return &f->facts[i];
    }
    return NULL;
}

static bool add_fact(struct flipper *f, const struct property *p)
{
    const struct tr_rules *r = f->c->rules;
    struct used_fact *u;

    if (!p->column || fact_of(f, p))
        return true;
    u = &f->facts[f->n_facts++];
    u->property = p;
    u->column = p->column;
    u->bare = true;
    u->criteria = tr_arena_array(f->arena, r->n_criteria + 1, sizeof(bool));
    u->gates = tr_arena_array(f->arena, r->n_gates + 1, sizeof(bool));
    return u->criteria && u->gates;
}

/* The least change that means something in the fact's unit. */
static double steps_of(const struct used_fact *u)
{
    const struct measure *m = u->property->measure;
    const char *unit = u->column->unit;

    if (u->column->type != TR_NUMBER)
        return 1;
    if (m && (m->rule->kind == RULE_COUNT || m->rule->kind == RULE_DISTINCT))
        return 1;
    if (!unit)
        return 100;
    return strcmp(unit, "%") == 0 ? 10 : 1;
}

static void mark_uses(struct flipper *f)
{
    const struct classing *c = f->c;

    for (size_t k = 0; k < c->rules->n_criteria; k++) {
        const struct rule_expr *e = &c->rules->criteria[k].value;

        for (size_t n = 0; n < c->of_criteria[k].n; n++) {
            struct used_fact *u = fact_of(f, &c->of_criteria[k].all[n]);

            if (!u)
                continue;
            u->criteria[k] = u->in_criteria = true;
            u->bare = u->bare && strcmp(e->text, u->property->name) == 0;
        }
    }
    for (size_t g = 0; g < c->rules->n_gates; g++) {
        for (size_t n = 0; n < c->of_gates[g].n; n++) {
            struct used_fact *u = fact_of(f, &c->of_gates[g].all[n]);

            if (!u || c->rules->gates[g].effect == RULE_FLAG)
                continue;
            u->gates[g] = true;
            u->bare = false;
        }
    }
    for (size_t i = 0; i < f->n_facts; i++)
        f->facts[i].per_unit = steps_of(&f->facts[i]);
}

static bool find_facts(struct flipper *f)
{
    const struct classing *c = f->c;
    size_t most = 1;

    for (size_t k = 0; k < c->rules->n_criteria; k++)
        most += c->of_criteria[k].n;
    for (size_t g = 0; g < c->rules->n_gates; g++)
        most += c->of_gates[g].n;
    f->facts = tr_arena_array(f->arena, most, sizeof *f->facts);
    if (!f->facts)
        return false;
    for (size_t k = 0; k < c->rules->n_criteria; k++) {
        for (size_t n = 0; n < c->of_criteria[k].n; n++) {
            if (!add_fact(f, &c->of_criteria[k].all[n]))
                return false;
        }
    }
    for (size_t g = 0; g < c->rules->n_gates; g++) {
        for (size_t n = 0; n < c->of_gates[g].n; n++) {
            if (!add_fact(f, &c->of_gates[g].all[n]))
                return false;
        }
    }
    mark_uses(f);
    return true;
}

enum tr_status flipper_new(const struct classing *c, struct tr_arena *a,
                           struct flipper **out, struct tr_error *err)
{
    struct flipper *f = tr_arena_alloc(a, sizeof *f);
    const struct tr_rules *r = c->rules;

    if (!f)
        return tr_fail(err, TR_ENOMEM, no_memory);
    f->c = c;
    f->arena = a;
    f->criteria = tr_arena_array(a, r->n_criteria + 1, sizeof *f->criteria);
    f->lines = tr_arena_array(a, r->n_lines + 1, sizeof *f->lines);
    f->scores = tr_arena_array(a, r->n_criteria + 1, sizeof *f->scores);
    if (!f->criteria || !f->lines || !f->scores || !find_facts(f))
        return tr_fail(err, TR_ENOMEM, no_memory);
    *out = f;
    return TR_OK;
}

enum tr_status flips_find(struct flipper *f, const struct block *b, size_t i,
                          struct flips *out, struct tr_error *err)
{
    const struct verdict *v = &b->verdicts[i];
    struct flip_site s = { .b = b, .i = i, .v = v };

    memset(out->n, 0, sizeof out->n);
    s.class_ = v->held ? v->scored : v->class_;
    s.scores = block_scores(b, FACTS_GIVEN, i);
    if (!v->gate) {
        flips_of_thresholds(f, &s, out);
        flips_of_weights(f, &s, out);
    }
    return flips_of_facts(f, &s, out, err);
}

/* ---- a flip made ---- */

static int32_t *threshold_named(struct tr_rules *r, struct rule_line *lines,
                                const struct flip *flip)
{
    const char *what = flip->what;
    size_t line;

    if (flip->axis == TR_AXES)
        return &r->evidence_overall;
    if (strncmp(what, "evidence.", 9) == 0)
        return &r->evidence[flip->axis];
    if (strncmp(what, "key.", 4) == 0)
        return strstr(what, "_coverage") ? &r->key_coverage[flip->axis]
                                         : &r->key_least[flip->axis];
    line = strtoul(what + strlen("surplus."), NULL, 10);
    return line >= 1 && line <= r->n_lines ? &lines[line - 1].below[flip->axis]
                                           : NULL;
}

enum tr_status flip_apply(const struct tr_rules *rules, const struct flip *flip,
                          struct tr_arena *a, struct tr_rules *out,
                          struct tr_error *err)
{
    struct rule_line *lines =
        tr_arena_array(a, rules->n_lines + 1, sizeof *lines);
    struct rule_criterion *criteria =
        tr_arena_array(a, rules->n_criteria + 1, sizeof *criteria);
    int32_t *threshold;

    if (!lines || !criteria)
        return tr_fail(err, TR_ENOMEM, no_memory);
    *out = *rules;
    if (rules->n_lines)
        memcpy(lines, rules->lines, rules->n_lines * sizeof *lines);
    out->lines = lines;
    if (flip->kind == FLIP_WEIGHT) {
        for (size_t k = 0; k < rules->n_criteria; k++) {
            if (rules->criteria[k].axis == flip->axis &&
                strcmp(rules->criteria[k].id, flip->what) == 0) {
                weights_moved(rules, k, llround(flip->to * WEIGHT_STEPS),
                              criteria, out);
                out->lines = lines;
                return TR_OK;
            }
        }
    }
    threshold =
        flip->kind == FLIP_THRESHOLD ? threshold_named(out, lines, flip) : NULL;
    if (!threshold)
        return tr_fail(err, TR_EINVAL, "no threshold or weight '%s'",
                       flip->what);
    *threshold = (int32_t)llround(
        strcmp(flip->unit, "%") == 0 ? flip->to : flip->to * 100);
    return TR_OK;
}
