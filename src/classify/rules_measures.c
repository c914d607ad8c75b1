/* rules_measures.c - reading the `measures:` of a rule-set. */
#include "classify/ruleset.h"

#include <string.h>

#include "terrier/field.h"

#define MAX_CIRCLE_M 100000

static enum tr_status read_metres(const struct rule_reader *r,
                                  const struct tr_node *map, const char *key,
                                  int64_t *mm, struct tr_error *err)
{
    double m = -1;
    enum tr_status st = tr_node_number(map, key, r->file, &m, err);

    if (st || !tr_node_get(map, key))
        return st;
    if (!(m > 0 && m <= MAX_CIRCLE_M))
        return tr_node_fail(tr_node_get(map, key), r->file, err,
                            "'%s' must be above 0 and at most %d metres", key,
                            MAX_CIRCLE_M);
    *mm = (int64_t)(m * 1000 + 0.5);
    return TR_OK;
}

static enum tr_status read_among(const struct rule_reader *r,
                                 const struct tr_node *map,
                                 struct rule_measure *m, struct tr_error *err)
{
    static const struct {
        const char *name;
        unsigned among;
    } names[] = {
        { "any", RULE_ANY },
        { "same-service", RULE_SAME_SERVICE },
        { "other-partners", RULE_OTHER_PARTNERS },
        { "same-service-other-partners",
          RULE_SAME_SERVICE | RULE_OTHER_PARTNERS },
    };
    const char *text = NULL;
    enum tr_status st = tr_node_text(map, "among", r->file, &text, err);

    if (st || !text)
        return st;
    if (m->over)
        return tr_node_fail(tr_node_get(map, "among"), r->file, err,
                            "'among' needs 'over: sites'");
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, names[i].name) == 0) {
            m->among = names[i].among;
            return TR_OK;
        }
    }
    return tr_node_fail(tr_node_get(map, "among"), r->file, err,
                        "'%.60s' is not any, same-service, other-partners or "
                        "same-service-other-partners",
                        text);
}

static enum tr_status read_yes(const struct rule_reader *r,
                               const struct tr_node *map, const char *key,
                               struct tr_error *err)
{
    bool yes = false;
    enum tr_status st = tr_node_bool(map, key, r->file, &yes, err);

    if (!st && !yes)
        return tr_node_fail(tr_node_get(map, key), r->file, err,
                            "'%s' can only be true", key);
    return st;
}

/* The expressions of a map below share or median: both are needed. */
static enum tr_status read_pair(const struct rule_reader *r,
                                const struct tr_node *map, const char *second,
                                struct rule_expr *a, struct rule_expr *b,
                                struct tr_error *err)
{
    const char *const known[] = { "of", second };
    const struct tr_node *must;
    enum tr_status st = tr_node_known_keys(map, known, 2, r->file, err);

    if (!st)
        st = tr_node_need(map, "of", r->file, &must, err);
    if (!st)
        st = tr_node_need(map, second, r->file, &must, err);
    if (!st)
        st = rule_expr_read(r, map, "of", a, err);
    return st ? st : rule_expr_read(r, map, second, b, err);
}

static enum tr_status read_over(const struct rule_reader *r,
                                const struct tr_node *map,
                                struct rule_measure *m, struct tr_error *err)
{
    const struct tr_node *node = NULL;
    enum tr_status st = tr_node_need(map, "over", r->file, &node, err);

    if (!st)
        st = rule_name_check(r, node, err);
    if (!st)
        m->over = strcmp(node->text, "sites") == 0 ? NULL : node->text;
    return st;
}

static enum tr_status read_gap(const struct rule_reader *r,
                               const struct tr_node *map,
                               struct rule_measure *m, struct tr_error *err)
{
    static const char *const known[] = { "people", "spread", "over", "within_m",
                                         "alternative_m" };
    const struct tr_node *must;
    enum tr_status st = tr_node_known_keys(map, known, 5, r->file, err);

    if (!st)
        st = read_over(r, map, m, err);
    if (!st && !m->over)
        return tr_node_fail(map, r->file, err,
                            "a gap's people cannot be counted over sites");
    for (size_t i = 0; i < 5 && !st; i++) {
        if (i != 1)
            st = tr_node_need(map, known[i], r->file, &must, err);
    }
    if (!st)
        st = rule_expr_read(r, map, "people", &m->of, err);
    if (!st)
        st = tr_node_text(map, "spread", r->file, &m->spread, err);
    if (!st)
        st = read_metres(r, map, "within_m", &m->within_mm, err);
    if (!st)
        st = read_metres(r, map, "alternative_m", &m->alternative_mm, err);
    return st;
}

static enum tr_status read_kind(const struct rule_reader *r,
                                const struct tr_node *map,
                                struct rule_measure *m, struct tr_error *err)
{
    const char *key = rule_kind_name(m->kind);
    const struct tr_node *node = tr_node_get(map, key);

    switch (m->kind) {
    case RULE_COUNT:
    case RULE_NEAREST: return read_yes(r, map, key, err);
    case RULE_DISTINCT:
    case RULE_SUM: return rule_expr_read(r, map, key, &m->of, err);
    case RULE_SHARE:
    case RULE_GAP:
    case RULE_MEDIAN:
    case RULE_KINDS: break;
    }
    if (node->kind != TR_NODE_MAP)
        return tr_node_fail(node, r->file, err, "'%s' must be a map", key);
    if (m->kind == RULE_SHARE)
        return read_pair(r, node, "where", &m->of, &m->part, err);
    if (m->kind == RULE_MEDIAN)
        return read_pair(r, node, "by", &m->of, &m->by, err);
    return read_gap(r, node, m, err);
}

/* Which of the seven kinds it is: exactly one. */
static enum tr_status find_kind(const struct rule_reader *r,
                                const struct tr_node *map,
                                struct rule_measure *m, struct tr_error *err)
{
    int found = 0;

    for (int k = 0; k < RULE_KINDS; k++) {
        if (tr_node_get(map, rule_kind_name((enum rule_kind)k))) {
            m->kind = (enum rule_kind)k;
            found++;
        }
    }
    if (found != 1)
        return tr_node_fail(map, r->file, err,
                            "measure '%s' needs exactly one of count, "
                            "count_distinct, sum, share, nearest, gap, median",
                            m->name);
    return TR_OK;
}

static enum tr_status check_measure(const struct rule_reader *r,
                                    const struct tr_node *map,
                                    const struct rule_measure *m,
                                    struct tr_error *err)
{
    if (m->kind < RULE_NEAREST && m->within_mm == 0)
        return tr_node_fail(map, r->file, err, "measure '%s' needs 'within_m'",
                            m->name);
    if (m->spread && m->kind != RULE_SUM && m->kind != RULE_SHARE &&
        m->kind != RULE_GAP)
        return tr_node_fail(map, r->file, err,
                            "'spread' goes with sum, share and gap only");
    if (m->spread && !m->over)
        return tr_node_fail(map, r->file, err, "'spread' needs a layer");
    return TR_OK;
}

static enum tr_status read_rest(const struct rule_reader *r,
                                const struct tr_node *map,
                                struct rule_measure *m, struct tr_error *err)
{
    enum tr_status st = tr_node_text(map, "title", r->file, &m->title, err);
    bool own_over = m->kind == RULE_GAP || m->kind == RULE_MEDIAN;

    if (!st)
        st = tr_node_text(map, "unit", r->file, &m->unit, err);
    if (!st && !own_over)
        st = read_over(r, map, m, err);
    if (!st && !own_over)
        st = read_metres(r, map, "within_m", &m->within_mm, err);
    if (!st && !own_over)
        st = read_among(r, map, m, err);
    if (!st)
        st = rule_expr_read(r, map, "where", &m->where, err);
    if (!st)
        st = read_kind(r, map, m, err);
    if (!st && m->kind != RULE_GAP)
        st = tr_node_text(map, "spread", r->file, &m->spread, err);
    return st ? st : check_measure(r, map, m, err);
}

static enum tr_status read_measure(const struct rule_reader *r,
                                   const struct tr_node *key,
                                   const struct tr_node *map,
                                   struct rule_measure *m, struct tr_error *err)
{
    static const char *const known[] = { "title",    "unit",          "over",
                                         "within_m", "where",         "among",
                                         "count",    "sum",           "share",
                                         "nearest",  "spread",        "gap",
                                         "median",   "count_distinct" };
    /* gap and median say themselves what they run over */
    static const char *const own[] = { "title", "unit", "gap", "median",
                                       "where" };
    enum tr_status st;

    m->name = m->title = key->text;
    m->line = map->line;
    m->column = map->column;
    st = rule_name_check(r, key, err);
    if (st)
        return st;
    if (map->kind != TR_NODE_MAP)
        return tr_node_fail(map, r->file, err, "measure '%s' must be a map",
                            m->name);
    if (tr_field_named(m->name) || strcmp(m->name, "need") == 0 ||
        strcmp(m->name, "fitness") == 0 || strcmp(m->name, "hub") == 0)
        return tr_node_fail(key, r->file, err,
                            "'%s' is the name of a field or an axis, choose "
                            "another for the measure",
                            m->name);
    st = tr_node_known_keys(map, known, sizeof known / sizeof *known, r->file,
                            err);
    if (!st)
        st = find_kind(r, map, m, err);
    if (!st && (m->kind == RULE_GAP || m->kind == RULE_MEDIAN))
        st = tr_node_known_keys(map, own, 5, r->file, err);
    return st ? st : read_rest(r, map, m, err);
}

enum tr_status rule_measures_read(const struct rule_reader *r,
                                  const struct tr_node *map,
                                  struct tr_error *err)
{
    size_t n = map ? map->n : 0;
    struct rule_measure *all = tr_arena_array(r->arena, n + 1, sizeof *all);
    enum tr_status st = TR_OK;

    if (!all)
        return tr_fail(err, TR_ENOMEM, "no memory for the rule-set");
    for (size_t i = 0; i < n && !st; i++)
        st = read_measure(r, map->keys[i], map->items[i], &all[i], err);
    r->rules->measures = all;
    r->rules->n_measures = n;
    return st;
}
