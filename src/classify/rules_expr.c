/* rules_expr.c - expressions in a rule file: reading them, binding them, and
 * saying where in the file something is wrong. */
#include "classify/ruleset.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terrier/text.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The character at a line and column (both from 1, columns in characters). */
static const char *at(const char *text, int line, int column)
{
    const char *p = text;

    for (int l = 1; l < line; l++) {
        const char *end = strchr(p, '\n');

        if (!end)
            return p + strlen(p);
        p = end + 1;
    }
    for (int c = 1; c < column && *p && *p != '\n'; c++) {
        p++;
        while (((unsigned char)*p & 0xc0) == 0x80)
            p++;
    }
    return p;
}

/* Step over the source of one character of the value. White space of the value
 * takes one of the source; the rest of an indent or a fold is taken when the
 * next visible character comes. */
static const char *step(const char *p, char quote, char v)
{
    if (is_space(v))
        return is_space(*p) ? p + 1 : p;
    while (is_space(*p))
        p++;
    if (quote == '\'' && p[0] == '\'' && p[1] == '\'')
        return p + 2;
    if (quote == '"' && p[0] == '\\' && p[1])
        return p + 2;
    return *p ? p + 1 : p;
}

void rule_where(const char *source, const struct rule_expr *e, size_t offset,
                int *line, int *column)
{
    const char *p = at(source, e->line, e->column);
    char style = *p;
    size_t len = strlen(e->text);

    if (style == '|' || style == '>') {
        p += strcspn(p, "\n");
        p += *p == '\n';
    } else if (style == '\'' || style == '"') {
        p++;
    }
    for (size_t i = 0; i < offset && i < len; i++)
        p = step(p, style, e->text[i]);
    while (offset < len && !is_space(e->text[offset]) && is_space(*p))
        p++;
    *line = 1;
    *column = 1;
    for (const char *q = source; q < p; q++) {
        if (*q == '\n') {
            (*line)++;
            *column = 1;
        } else if (((unsigned char)*q & 0xc0) != 0x80) {
            (*column)++;
        }
    }
}

static enum tr_status expr_parse(const struct rule_reader *r,
                                 struct rule_expr *e, struct tr_error *err)
{
    size_t where = 0;
    enum tr_status st = tr_cql2_parse_text(e->text, TR_CQL2_PROFILE, r->arena,
                                           &e->cql2, &where, err);

    if (st == TR_EINVAL || st == TR_ELIMIT) {
        int line, column;

        rule_where(r->text, e, where, &line, &column);
        tr_fail_at(err, st, "%s:%d:%d", r->file, line, column);
        if (err)
            err->code = TR_ECONFIG;
        return TR_ECONFIG;
    }
    if (st)
        return st;
    return tr_cql2_properties(e->cql2, r->arena, &e->names, &e->n_names, err);
}

enum tr_status rule_expr_read(const struct rule_reader *r,
                              const struct tr_node *map, const char *key,
                              struct rule_expr *out, struct tr_error *err)
{
    const struct tr_node *node = tr_node_get(map, key);
    struct rule_expr e = { 0 };

    if (!node)
        return TR_OK;
    if (node->kind == TR_NODE_LIST || node->kind == TR_NODE_MAP ||
        node->kind == TR_NODE_NULL)
        return tr_node_fail(node, r->file, err, "'%s' must be an expression",
                            key);
    e.text = node->text;
    e.line = node->line;
    e.column = node->column;

    enum tr_status st = expr_parse(r, &e, err);

    if (!st)
        *out = e;
    return st;
}

enum tr_status rule_fail(const struct tr_rules *r, const struct rule_expr *e,
                         struct tr_error *err, const char *fmt, ...)
{
    char msg[400];
    int line, column;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    rule_where(r->source, e, 0, &line, &column);
    return tr_fail(err, TR_ECONFIG, "%s:%d:%d: %s", r->file, line, column, msg);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* Where a property's name first stands in the text as a whole word. */
static size_t find_name(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = strstr(text, name); p; p = strstr(p + 1, name)) {
        if ((p == text || !is_word(p[-1])) && !is_word(p[len]))
            return (size_t)(p - text);
    }
    return 0;
}

static enum tr_status unknown_property(const struct tr_rules *r,
                                       const struct rule_expr *e,
                                       const struct tr_table *t,
                                       const char *name, struct tr_arena *a,
                                       struct tr_error *err)
{
    const char **known = tr_arena_array(a, t->n_columns + 1, sizeof *known);
    const char *near = NULL;
    int line, column;

    if (!known)
        return tr_fail(err, TR_ENOMEM, "no memory for the names of columns");
    for (size_t i = 0; i < t->n_columns; i++)
        known[i] = t->columns[i].name;
    near = tr_text_nearest(name, known, t->n_columns);
    rule_where(r->source, e, find_name(e->text, name), &line, &column);
    return tr_fail(err, TR_ECONFIG, "%s:%d:%d: no property '%s'%s%s%s", r->file,
                   line, column, name, near ? ", did you mean '" : " here",
                   near ? near : "", near ? "'" : "");
}

enum tr_status rule_bind(const struct tr_rules *r, const struct rule_expr *e,
                         const struct tr_table *t,
                         const struct tr_cql2_env *env, struct tr_arena *a,
                         const struct tr_cql2_bound **out, struct tr_error *err)
{
    for (size_t i = 0; i < e->n_names; i++) {
        if (!tr_table_column(t, e->names[i]))
            return unknown_property(r, e, t, e->names[i], a, err);
    }

    enum tr_status st = tr_cql2_bind(e->cql2, t, env, a, out, err);

    if (st != TR_EINVAL)
        return st;

    int line, column;

    rule_where(r->source, e, 0, &line, &column);
    tr_fail_at(err, st, "%s:%d:%d", r->file, line, column);
    if (err)
        err->code = TR_ECONFIG;
    return TR_ECONFIG;
}
