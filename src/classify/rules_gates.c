/* rules_gates.c - reading the `gates:` of a rule-set. */
#include "classify/ruleset.h"

#include <string.h>

static enum tr_status read_class(const struct rule_reader *r,
                                 const struct tr_node *node,
                                 struct rule_gate *g, struct tr_error *err)
{
    bool known = tr_class_parse(node->text ? node->text : "", &g->class_);
    bool floor = g->effect == RULE_FLOOR;

    if (known && (g->class_ == TR_NO_CLASS || g->class_ == TR_IN_REVIEW))
        known = false;
    if (!known || (floor && g->class_ != TR_CORE && g->class_ != TR_KEY))
        return tr_node_fail(node, r->file, err, "'%.60s' is not %s",
                            node->text ? node->text : "",
                            floor ? "a floor: core or key"
                                  : "a class: key, core, surplus, "
                                    "unclassified, not-applicable");
    return TR_OK;
}

static enum tr_status read_effect(const struct rule_reader *r,
                                  const struct tr_node *map,
                                  struct rule_gate *g, struct tr_error *err)
{
    static const char *const keys[] = { "decides", "floor", "flag" };
    const struct tr_node *node = NULL;
    int found = 0;

    for (int i = 0; i < 3; i++) {
        if (tr_node_get(map, keys[i])) {
            node = tr_node_get(map, keys[i]);
            g->effect = (enum rule_effect)i;
            found++;
        }
    }
    if (found != 1)
        return tr_node_fail(map, r->file, err,
                            "gate '%s' needs exactly one of decides, floor, "
                            "flag",
                            g->id);
    if (g->effect != RULE_FLAG)
        return read_class(r, node, g, err);
    g->flag = node->text;
    return rule_name_check(r, node, err);
}

static enum tr_status read_basis(const struct rule_reader *r,
                                 const struct tr_node *map, struct rule_gate *g,
                                 struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, "basis");

    if (node) {
        if (!node->text || strcmp(node->text, "declared") != 0 ||
            g->effect != RULE_DECIDES)
            return tr_node_fail(node, r->file, err,
                                "'basis' can only be declared, beside "
                                "'decides'");
        g->declared = true;
    }
    g->basis = tr_arena_printf(
        r->arena, "%s:%s", g->effect == RULE_FLOOR ? "floor" : "gate", g->id);
    return g->basis ? TR_OK
                    : tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
}

static enum tr_status read_gate(const struct rule_reader *r,
                                const struct tr_node *map, struct rule_gate *g,
                                struct tr_error *err)
{
    static const char *const known[] = { "id",     "when",   "decides",
                                         "floor",  "flag",   "basis",
                                         "reason", "source", "until" };
    const struct tr_node *id = NULL, *must;
    enum tr_status st = tr_node_known_keys(
        map, known, sizeof known / sizeof *known, r->file, err);

    if (!st)
        st = tr_node_need(map, "id", r->file, &id, err);
    if (!st)
        st = rule_name_check(r, id, err);
    if (st)
        return st;
    g->id = id->text;
    st = tr_node_need(map, "when", r->file, &must, err);
    if (!st)
        st = tr_node_need(map, "reason", r->file, &must, err);
    if (!st)
        st = rule_expr_read(r, map, "when", &g->when, err);
    if (!st)
        st = rule_expr_read(r, map, "until", &g->until, err);
    if (!st)
        st = tr_node_text(map, "reason", r->file, &g->reason, err);
    if (!st)
        st = tr_node_text(map, "source", r->file, &g->source, err);
    if (!st)
        st = read_effect(r, map, g, err);
    return st ? st : read_basis(r, map, g, err);
}

enum tr_status rule_gates_read(const struct rule_reader *r,
                               const struct tr_node *list, struct tr_error *err)
{
    size_t n = list ? list->n : 0;
    struct rule_gate *all = tr_arena_array(r->arena, n + 1, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n && !st; i++) {
        st = read_gate(r, list->items[i], &all[i], err);
        for (size_t j = 0; j < i && !st; j++) {
            if (strcmp(all[i].id, all[j].id) == 0)
                st = tr_node_fail(list->items[i], r->file, err,
                                  "gate '%s' is given twice", all[i].id);
        }
    }
    r->rules->gates = all;
    r->rules->n_gates = n;
    return st;
}
