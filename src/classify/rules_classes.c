/* rules_classes.c - reading the `classes:` and `evidence:` of a rule-set. */
#include "classify/ruleset.h"

#include <string.h>

/* The thresholds of a map whose keys are axes (and, where `coverage` is given,
 * axes with _coverage, in percent). */
static enum tr_status read_axes(const struct rule_reader *r,
                                const struct tr_node *map, int32_t *points,
                                int32_t *coverage, struct tr_error *err)
{
    static const char *const known[] = {
        "need",          "fitness",          "hub",
        "need_coverage", "fitness_coverage", "hub_coverage"
    };
    enum tr_status st =
        tr_node_known_keys(map, known, coverage ? 6 : 3, r->file, err);

    if (!st && map->n == 0)
        return tr_node_fail(map, r->file, err, "no condition is given");
    for (int a = 0; a < TR_AXES && !st; a++) {
        const struct tr_node *p = tr_node_get(map, known[a]);
        const struct tr_node *c =
            coverage ? tr_node_get(map, known[TR_AXES + a]) : NULL;
        int32_t pct = 0;

        points[a] = RULE_NONE;
        if (p)
            st = rule_points_read(r, p, &points[a], err);
        if (coverage)
            coverage[a] = RULE_NONE;
        if (c && !st)
            st = rule_points_read(r, c, &pct, err);
        if (c && !st)
            coverage[a] = pct / 100;
    }
    return st;
}

static enum tr_status read_needs(const struct rule_reader *r,
                                 const struct tr_node *list,
                                 struct tr_error *err)
{
    struct tr_rules *rules = r->rules;
    size_t n = list ? list->n : 0;
    size_t *needs = tr_arena_array(r->arena, n + 1, sizeof *needs);

    if (!needs)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n; i++) {
        const struct tr_node *node = list->items[i];
        size_t c = 0;

        while (c < rules->n_criteria &&
               (!node->text || strcmp(node->text, rules->criteria[c].id) != 0))
            c++;
        if (c == rules->n_criteria)
            return tr_node_fail(node, r->file, err, "no criterion '%.60s'",
                                node->text ? node->text : "");
        needs[i] = c;
    }
    rules->needs = needs;
    rules->n_needs = n;
    return TR_OK;
}

static enum tr_status read_surplus(const struct rule_reader *r,
                                   const struct tr_node *map,
                                   struct tr_error *err)
{
    static const char *const known[] = { "below", "needs" };
    const struct tr_node *below = NULL, *needs = NULL;
    struct rule_line *lines;
    enum tr_status st = tr_node_known_keys(map, known, 2, r->file, err);

    if (!st)
        st = tr_node_need(map, "below", r->file, &below, err);
    if (!st)
        st = tr_node_list(map, "below", r->file, &below, err);
    if (!st)
        st = tr_node_list(map, "needs", r->file, &needs, err);
    if (st)
        return st;
    lines = tr_arena_array(r->arena, below->n + 1, sizeof *lines);
    if (!lines)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < below->n && !st; i++)
        st = read_axes(r, below->items[i], lines[i].below, NULL, err);
    r->rules->lines = lines;
    r->rules->n_lines = below->n;
    r->rules->has_surplus = below->n > 0;
    return st ? st : read_needs(r, needs, err);
}

static enum tr_status read_evidence(const struct rule_reader *r,
                                    const struct tr_node *map,
                                    struct tr_error *err)
{
    static const char *const known[] = { "need", "fitness", "hub", "overall" };
    int32_t pct[4] = { 0 };
    enum tr_status st =
        map ? tr_node_known_keys(map, known, 4, r->file, err) : TR_OK;

    for (int i = 0; i < 4 && !st; i++) {
        const struct tr_node *node = tr_node_get(map, known[i]);

        if (node)
            st = rule_points_read(r, node, &pct[i], err);
    }
    for (int a = 0; a < TR_AXES; a++)
        r->rules->evidence[a] = pct[a] / 100;
    r->rules->evidence_overall = pct[3] / 100;
    return st;
}

enum tr_status rule_classes_read(const struct rule_reader *r,
                                 const struct tr_node *root,
                                 struct tr_error *err)
{
    static const char *const known[] = { "key", "surplus" };
    const struct tr_node *map = NULL, *key = NULL, *surplus = NULL;
    const struct tr_node *evidence = NULL;
    enum tr_status st = tr_node_map(root, "classes", r->file, &map, err);

    if (!st && map)
        st = tr_node_known_keys(map, known, 2, r->file, err);
    if (!st)
        st = tr_node_map(map, "key", r->file, &key, err);
    if (!st)
        st = tr_node_map(map, "surplus", r->file, &surplus, err);
    if (!st)
        st = tr_node_map(root, "evidence", r->file, &evidence, err);
    if (!st && key) {
        r->rules->has_key = true;
        st =
            read_axes(r, key, r->rules->key_least, r->rules->key_coverage, err);
    }
    if (!st && surplus)
        st = read_surplus(r, surplus, err);
    return st ? st : read_evidence(r, evidence, err);
}
