/* rules_criteria.c - reading the `criteria:` and `shown:` of a rule-set, and
 * the scales that turn a value into points. */
#include "classify/ruleset.h"

#include <math.h>
#include <string.h>

#define MAX_CRITERIA 1000 /* on one axis */

/* ---- scales ---- */

static enum tr_status read_point(const struct rule_reader *r,
                                 const struct tr_node *pair,
                                 struct rule_point *out, struct tr_error *err)
{
    const struct tr_node *x;

    if (pair->kind != TR_NODE_LIST || pair->n != 2)
        return tr_node_fail(pair, r->file, err,
                            "a point of a scale is [value, points]");
    x = pair->items[0];
    if ((x->kind != TR_NODE_INTEGER && x->kind != TR_NODE_NUMBER) ||
        !(fabs(x->number) <= RULE_MAX_X))
        return tr_node_fail(x, r->file, err,
                            "'%.60s' is not a number from -1e9 to 1e9",
                            x->text ? x->text : "");
    out->x = llround(x->number * RULE_X_ONE);
    return rule_points_read(r, pair->items[1], &out->y, err);
}

static enum tr_status read_points(const struct rule_reader *r,
                                  const struct tr_node *list,
                                  struct rule_scale *out, struct tr_error *err)
{
    struct rule_point *p = tr_arena_array(r->arena, list->n + 1, sizeof *p);

    if (!p)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    if (list->n < 2)
        return tr_node_fail(list, r->file, err,
                            "a scale needs two points or more");
    out->falls = true;
    for (size_t i = 0; i < list->n; i++) {
        enum tr_status st = read_point(r, list->items[i], &p[i], err);

        if (st)
            return st;
        if (i && p[i].x <= p[i - 1].x)
            return tr_node_fail(list->items[i], r->file, err,
                                "the values of a scale must ascend");
        if (i && p[i].y > p[i - 1].y)
            out->falls = false;
    }
    out->points = p;
    out->n_points = list->n;
    return TR_OK;
}

static enum tr_status read_table(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct rule_scale *out, struct tr_error *err)
{
    struct rule_entry *e = tr_arena_array(r->arena, map->n + 1, sizeof *e);
    enum tr_status st = TR_OK;

    if (!e)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    if (map->n == 0)
        return tr_node_fail(map, r->file, err, "the table of a scale is empty");
    for (size_t i = 0; i < map->n && !st; i++) {
        e[i].key = map->keys[i]->text;
        st = rule_points_read(r, map->items[i], &e[i].y, err);
    }
    out->entries = e;
    out->n_entries = map->n;
    return st;
}

static enum tr_status read_scale(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct rule_scale *out, struct tr_error *err)
{
    static const char *const known[] = { "points", "table", "other" };
    const struct tr_node *points = NULL, *table = NULL;
    const struct tr_node *other = tr_node_get(map, "other");
    enum tr_status st = tr_node_known_keys(map, known, 3, r->file, err);

    out->other = RULE_NONE;
    if (!st)
        st = tr_node_list(map, "points", r->file, &points, err);
    if (!st)
        st = tr_node_map(map, "table", r->file, &table, err);
    if (st)
        return st;
    if (!points == !table)
        return tr_node_fail(map, r->file, err,
                            "a scale needs either 'points' or 'table'");
    if (points && other)
        return tr_node_fail(other, r->file, err,
                            "'other' goes with a table only");
    if (other)
        st = rule_points_read(r, other, &out->other, err);
    if (st)
        return st;
    return points ? read_points(r, points, out, err)
                  : read_table(r, table, out, err);
}

int32_t scale_score(const struct rule_scale *s, double value)
{
    const struct rule_point *p = s->points, *last = p + s->n_points - 1;
    int64_t x;

    if (value >= RULE_MAX_X)
        return last->y;
    if (value <= -RULE_MAX_X)
        return p->y;
    x = llround(value * RULE_X_ONE);
    if (x <= p->x)
        return p->y;
    if (x >= last->x)
        return last->y;
    while (x >= p[1].x)
        p++;

    /* |rise| * run <= 10^4 * 2^17 * 10^9 / 2 < 2^62 */
    int64_t run = x - p->x, width = p[1].x - p->x, rise = p[1].y - p->y;
    int64_t part = ((rise < 0 ? -rise : rise) * run + width / 2) / width;

    return (int32_t)(p->y + (rise < 0 ? -part : part));
}

void scale_range(const struct rule_scale *s, double low, double high,
                 int32_t *least, int32_t *most)
{
    int32_t ends[2] = { scale_score(s, low), scale_score(s, high) };

    *least = ends[0] < ends[1] ? ends[0] : ends[1];
    *most = ends[0] < ends[1] ? ends[1] : ends[0];
    for (size_t i = 0; i < s->n_points; i++) {
        double x = (double)s->points[i].x / RULE_X_ONE;
        int32_t y = s->points[i].y;

        if (x <= low || x >= high)
            continue;
        *least = y < *least ? y : *least;
        *most = y > *most ? y : *most;
    }
}

int32_t scale_entry(const struct rule_scale *s, const char *key)
{
    for (size_t i = 0; i < s->n_entries; i++) {
        if (strcmp(s->entries[i].key, key) == 0)
            return s->entries[i].y;
    }
    return s->other;
}

/* ---- criteria ---- */

static enum tr_status read_texts(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct rule_criterion *c, struct tr_error *err)
{
    const struct tr_node *id = NULL;
    enum tr_status st = tr_node_need(map, "id", r->file, &id, err);

    if (!st)
        st = rule_name_check(r, id, err);
    if (st)
        return st;
    c->id = c->title = id->text;
    st = tr_node_text(map, "title", r->file, &c->title, err);
    if (!st)
        st = tr_node_text(map, "unit", r->file, &c->unit, err);
    if (!st)
        st = tr_node_text(map, "source", r->file, &c->source, err);
    if (!st)
        st = tr_node_text(map, "reason", r->file, &c->reason, err);
    if (!st)
        st = tr_node_bool(map, "illustrative", r->file, &c->illustrative, err);
    return st;
}

static enum tr_status read_criterion(const struct rule_reader *r,
                                     const struct tr_node *map,
                                     struct rule_criterion *c,
                                     struct tr_error *err)
{
    static const char *const known[] = { "id",     "title",        "weight",
                                         "value",  "scale",        "source",
                                         "reason", "illustrative", "unit" };
    const struct tr_node *must, *scale = NULL;
    int64_t weight = 0;
    enum tr_status st = tr_node_known_keys(
        map, known, sizeof known / sizeof *known, r->file, err);

    if (!st)
        st = read_texts(r, map, c, err);
    for (size_t i = 2; i < 5 && !st; i++)
        st = tr_node_need(map, known[i], r->file, &must, err);
    if (!st)
        st = tr_node_integer(map, "weight", r->file, &weight, err);
    if (!st && (weight < 1 || weight > 100))
        return tr_node_fail(tr_node_get(map, "weight"), r->file, err,
                            "'weight' must be a whole number from 1 to 100");
    c->weight = (int32_t)weight;
    if (!st)
        st = rule_expr_read(r, map, "value", &c->value, err);
    if (!st)
        st = tr_node_map(map, "scale", r->file, &scale, err);
    return st ? st : read_scale(r, scale, &c->scale, err);
}

static enum tr_status read_axis(const struct rule_reader *r,
                                const struct tr_node *list, enum tr_axis axis,
                                struct rule_criterion *all,
                                struct tr_error *err)
{
    struct tr_rules *rules = r->rules;
    size_t first = rules->first[axis], n = list ? list->n : 0;

    for (size_t i = first; i < first + n; i++) {
        const struct tr_node *map = list->items[i - first];
        enum tr_status st = read_criterion(r, map, &all[i], err);

        if (st)
            return st;
        all[i].axis = axis;
        rules->weight[axis] += all[i].weight;
        for (size_t j = first; j < i; j++) {
            if (strcmp(all[i].id, all[j].id) == 0)
                return tr_node_fail(map, r->file, err,
                                    "criterion '%s' is given twice", all[i].id);
        }
    }
    rules->first[axis + 1] = first + n;
    if (n && rules->weight[axis] != 100)
        return tr_node_fail(list, r->file, err,
                            "the weights of %s sum to %d, not to 100",
                            tr_axis_name(axis), (int)rules->weight[axis]);
    return TR_OK;
}

enum tr_status rule_criteria_read(const struct rule_reader *r,
                                  const struct tr_node *map,
                                  struct tr_error *err)
{
    static const char *const known[] = { "need", "fitness", "hub" };
    const struct tr_node *lists[TR_AXES] = { 0 };
    struct rule_criterion *all;
    size_t n = 0;
    enum tr_status st =
        map ? tr_node_known_keys(map, known, TR_AXES, r->file, err) : TR_OK;

    for (int a = 0; a < TR_AXES && !st; a++) {
        st = tr_node_list(map, known[a], r->file, &lists[a], err);
        if (!st && lists[a] && lists[a]->n > MAX_CRITERIA)
            return tr_node_fail(lists[a], r->file, err, "more than %d criteria",
                                MAX_CRITERIA);
        n += !st && lists[a] ? lists[a]->n : 0;
    }
    if (st)
        return st;
    all = tr_arena_array(r->arena, n + 1, sizeof *all);
    if (!all)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    r->rules->criteria = all;
    r->rules->n_criteria = n;
    for (int a = 0; a < TR_AXES && !st; a++)
        st = read_axis(r, lists[a], (enum tr_axis)a, all, err);
    return st;
}

/* ---- shown ---- */

static enum tr_status read_shown(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct rule_shown *out, struct tr_error *err)
{
    static const char *const known[] = { "id", "axis", "value", "title" };
    const struct tr_node *id = NULL, *must;
    const char *axis = "need";
    enum tr_status st = tr_node_known_keys(map, known, 4, r->file, err);

    if (!st)
        st = tr_node_need(map, "id", r->file, &id, err);
    if (!st)
        st = tr_node_need(map, "value", r->file, &must, err);
    if (!st)
        st = tr_node_text(map, "axis", r->file, &axis, err);
    if (st)
        return st;
    out->id = out->title = id->text;
    out->axis = TR_AXES;
    for (int a = 0; a < TR_AXES; a++) {
        if (strcmp(axis, tr_axis_name((enum tr_axis)a)) == 0)
            out->axis = (enum tr_axis)a;
    }
    if (out->axis == TR_AXES)
        return tr_node_fail(map, r->file, err,
                            "'axis' must be need, fitness or hub");
    st = tr_node_text(map, "title", r->file, &out->title, err);
    return st ? st : rule_expr_read(r, map, "value", &out->value, err);
}

enum tr_status rule_shown_read(const struct rule_reader *r,
                               const struct tr_node *list, struct tr_error *err)
{
    size_t n = list ? list->n : 0;
    struct rule_shown *all = tr_arena_array(r->arena, n + 1, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n && !st; i++)
        st = read_shown(r, list->items[i], &all[i], err);
    r->rules->shown = all;
    r->rules->n_shown = n;
    return st;
}
