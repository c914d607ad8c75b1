/* rules.c - reading a rule-set: the file as a whole. See terrier/rules.h. */
#include "classify/ruleset.h"

#include <string.h>

#include "terrier/field.h"

static const char *const axis_names[TR_AXES] = { "need", "fitness", "hub" };
static const char *const kind_names[RULE_KINDS] = {
    "count", "count_distinct", "sum", "share", "nearest", "gap", "median"
};

const char *tr_axis_name(enum tr_axis axis)
{
    return axis_names[axis];
}

const char *rule_kind_name(enum rule_kind kind)
{
    return kind_names[kind];
}

const char *tr_rules_name(const struct tr_rules *r)
{
    return r->name;
}

const char *tr_rules_version(const struct tr_rules *r)
{
    return r->version;
}

const char *tr_rules_definition(const struct tr_rules *r, enum tr_class c)
{
    return r->definitions[c];
}

enum tr_status rule_name_check(const struct rule_reader *r,
                               const struct tr_node *node, struct tr_error *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *s = node->text;

    if (!s || !*s || s[strspn(s, allowed)] || strlen(s) > 60)
        return tr_node_fail(node, r->file, err,
                            "'%.60s' is not a name: up to 60 letters, digits, "
                            "'-' and '_'",
                            s ? s : "");
    return TR_OK;
}

enum tr_status rule_points_read(const struct rule_reader *r,
                                const struct tr_node *node, int32_t *out,
                                struct tr_error *err)
{
    if (node->kind != TR_NODE_INTEGER && node->kind != TR_NODE_NUMBER)
        return tr_node_fail(node, r->file, err, "'%.60s' is not a number",
                            node->text ? node->text : "");
    if (!(node->number >= 0 && node->number <= 100))
        return tr_node_fail(node, r->file, err, "'%.60s' is not in 0 to 100",
                            node->text);
    *out = (int32_t)(node->number * 100 + 0.5);
    return TR_OK;
}

static enum tr_status read_definitions(const struct rule_reader *r,
                                       const struct tr_node *map,
                                       struct tr_error *err)
{
    for (int c = 0; c < TR_CLASSES; c++)
        r->rules->definitions[c] = "";
    for (size_t i = 0; map && i < map->n; i++) {
        enum tr_class c;
        const struct tr_node *v = map->items[i];

        if (!tr_class_parse(map->keys[i]->text, &c) || c == TR_NO_CLASS)
            return tr_node_fail(map->keys[i], r->file, err,
                                "'%.60s' is not a class: key, core, surplus, "
                                "unclassified, not-applicable",
                                map->keys[i]->text);
        if (v->kind != TR_NODE_TEXT)
            return tr_node_fail(v, r->file, err, "a definition must be text");
        r->rules->definitions[c] = v->text;
    }
    return TR_OK;
}

static enum tr_status read_head(const struct rule_reader *r,
                                const struct tr_node *root,
                                struct tr_error *err)
{
    static const char *const known[] = {
        "rules",    "version", "title",    "note",   "definitions",
        "measures", "gates",   "criteria", "shown",  "classes",
        "evidence", "margin",  "flags",    "ageing", "robustness"
    };
    struct tr_rules *rules = r->rules;
    const struct tr_node *node = NULL, *definitions = NULL;
    enum tr_status st = tr_node_known_keys(
        root, known, sizeof known / sizeof *known, r->file, err);

    rules->version = rules->title = rules->note = "";
    if (!st)
        st = tr_node_need(root, "rules", r->file, &node, err);
    if (!st)
        st = rule_name_check(r, node, err);
    if (!st)
        rules->name = node->text;
    if (!st)
        st = tr_node_text(root, "version", r->file, &rules->version, err);
    if (!st)
        st = tr_node_text(root, "title", r->file, &rules->title, err);
    if (!st)
        st = tr_node_text(root, "note", r->file, &rules->note, err);
    if (!st)
        st = tr_node_map(root, "definitions", r->file, &definitions, err);
    return st ? st : read_definitions(r, definitions, err);
}

static enum tr_status read_flags(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct tr_error *err)
{
    size_t n = map ? map->n : 0;
    struct rule_flag *flags = tr_arena_array(r->arena, n + 1, sizeof *flags);
    enum tr_status st = TR_OK;

    if (!flags)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n && !st; i++) {
        flags[i].name = map->keys[i]->text;
        st = rule_name_check(r, map->keys[i], err);
        if (!st)
            st = rule_expr_read(r, map, flags[i].name, &flags[i].when, err);
    }
    r->rules->flags = flags;
    r->rules->n_flags = n;
    return st;
}

static enum tr_status read_age(const struct rule_reader *r,
                               const struct tr_node *node,
                               struct rule_ageing *out, struct tr_error *err)
{
    static const char *const known[] = { "field", "date", "years" };
    const struct tr_node *must;
    int64_t years = 0;
    enum tr_status st = tr_node_known_keys(node, known, 3, r->file, err);

    for (size_t i = 0; i < 3 && !st; i++)
        st = tr_node_need(node, known[i], r->file, &must, err);
    if (!st)
        st = tr_node_text(node, "field", r->file, &out->field, err);
    if (!st)
        st = tr_node_text(node, "date", r->file, &out->date, err);
    if (!st)
        st = tr_node_integer(node, "years", r->file, &years, err);
    if (st)
        return st;
    if (years < 1 || years > 200)
        return tr_node_fail(node, r->file, err,
                            "'years' must be a whole number from 1 to 200");
    if (!tr_field_named(out->field))
        return tr_node_fail(node, r->file, err, "no field '%.60s'", out->field);
    out->years = (int)years;
    out->line = node->line;
    out->column = node->column;
    return TR_OK;
}

static enum tr_status read_ageing(const struct rule_reader *r,
                                  const struct tr_node *list,
                                  struct tr_error *err)
{
    size_t n = list ? list->n : 0;
    struct rule_ageing *all = tr_arena_array(r->arena, n + 1, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n && !st; i++)
        st = read_age(r, list->items[i], &all[i], err);
    r->rules->ageing = all;
    r->rules->n_ageing = n;
    return st;
}

static enum tr_status read_robustness(const struct rule_reader *r,
                                      const struct tr_node *root,
                                      struct tr_error *err)
{
    static const char *const known[] = { "concentration", "draws" };
    const struct tr_node *map = NULL, *margin = tr_node_get(root, "margin");
    struct tr_rules *rules = r->rules;
    enum tr_status st = tr_node_map(root, "robustness", r->file, &map, err);

    rules->concentration = 50;
    rules->draws = 10000;
    if (!st && margin)
        st = rule_points_read(r, margin, &rules->margin, err);
    if (st || !map)
        return st;
    st = tr_node_known_keys(map, known, 2, r->file, err);
    if (!st)
        st =
            tr_node_integer(map, known[0], r->file, &rules->concentration, err);
    if (!st)
        st = tr_node_integer(map, known[1], r->file, &rules->draws, err);
    if (!st && (rules->concentration < 1 || rules->concentration > 1000000 ||
                rules->draws < 0 || rules->draws > 1000000))
        return tr_node_fail(map, r->file, err,
                            "'concentration' and 'draws' must be from 1 to "
                            "1000000");
    return st;
}

typedef enum tr_status (*part_reader)(const struct rule_reader *r,
                                      const struct tr_node *node,
                                      struct tr_error *err);

static enum tr_status read_parts(const struct rule_reader *r,
                                 const struct tr_node *root,
                                 struct tr_error *err)
{
    static const struct {
        const char *key;
        bool is_map;
        part_reader read;
    } parts[] = { { "measures", true, rule_measures_read },
                  { "gates", false, rule_gates_read },
                  { "criteria", true, rule_criteria_read },
                  { "shown", false, rule_shown_read },
                  { "flags", true, read_flags },
                  { "ageing", false, read_ageing } };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++) {
        const struct tr_node *node = NULL;

        st = parts[i].is_map
                 ? tr_node_map(root, parts[i].key, r->file, &node, err)
                 : tr_node_list(root, parts[i].key, r->file, &node, err);
        if (!st)
            st = parts[i].read(r, node, err);
    }
    if (!st)
        st = rule_classes_read(r, root, err);
    return st ? st : read_robustness(r, root, err);
}

enum tr_status tr_rules_parse(const char *text, size_t len, const char *file,
                              struct tr_arena *a, const struct tr_rules **out,
                              struct tr_error *err)
{
    struct tr_rules *rules = tr_arena_alloc(a, sizeof *rules);
    struct rule_reader r = { tr_arena_printf(a, "%s", file),
                             tr_arena_text(a, text, len), a, rules };
    const struct tr_node *root = NULL;

    if (!rules || !r.file || !r.text)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");

    enum tr_status st = tr_yaml_parse(text, len, file, a, &root, err);

    if (!st && root->kind != TR_NODE_MAP)
        return tr_node_fail(root, file, err,
                            "a rule-set must be a map that starts with "
                            "'rules: NAME'");
    rules->file = r.file;
    rules->source = r.text;
    if (!st)
        st = read_head(&r, root, err);
    if (!st)
        st = read_parts(&r, root, err);
    if (!st)
        *out = rules;
    return st;
}
