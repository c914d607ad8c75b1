/* profile_fail.c - where in a profile something stands, for complaints that
 * come later: of an expression, of a column. See profile.h. */
#include <string.h>

#include "ingest/profile.h"

/* ---- expressions ---- */

/* The byte of the profile at which a node begins, to see how it is written. */
static char style_of(const struct profile *p, const struct tr_node *node)
{
    const char *at = p->text;

    for (int line = 1; line < node->line; line++) {
        at = strchr(at, '\n');
        if (!at)
            return '\0';
        at++;
    }
    return strlen(at) >= (size_t)node->column ? at[node->column - 1] : '\0';
}

/* "at character 34: ..." says less than the line and column of the file. */
static void drop_offset(struct tr_error *err)
{
    static const char before[] = "at character ";
    char *rest = err ? strstr(err->msg, ": ") : NULL;

    if (rest && strncmp(err->msg, before, sizeof before - 1) == 0)
        memmove(err->msg, rest + 2, strlen(rest + 2) + 1);
}

enum tr_status profile_expression_fail(const struct profile *p,
                                       const struct profile_expression *e,
                                       size_t where, struct tr_error *err)
{
    char style = style_of(p, e->node);
    bool block = style == '|' || style == '>';
    bool quoted = style == '"' || style == '\'';
    int line = e->node->line + block;
    int column = block ? 1 : e->node->column + quoted;

    for (size_t i = 0; i < where && e->node->text[i]; i++) {
        if (e->node->text[i] == '\n') {
            line++;
            column = 1;
        } else {
            column++;
        }
    }
    drop_offset(err);
    return tr_fail_at(err, TR_ECONFIG, "%s:%d:%d", p->file, line, column);
}

/* ---- columns ---- */

/* Keys below which columns stand, be it deeper down. */
static const char *const plain[] = {
    "fields", "x",     "y",    "key",       "uprn",  "postcode",
    "crs",    "match", "code", "area_name", "as_of", "dissolve"
};

static const struct tr_node *named(const struct tr_node *node, const char *name)
{
    const struct tr_node *found = NULL;

    if (!node)
        return NULL;
    if (node->kind != TR_NODE_LIST && node->kind != TR_NODE_MAP)
        return strcmp(node->text, name) == 0 ? node : NULL;
    for (size_t i = 0; i < node->n && !found; i++)
        found = named(node->items[i], name);
    return found;
}

static bool mentions(const struct profile_expression *e, const char *name)
{
    return e->tree && strstr(e->node->text, name);
}

static const struct profile_expression *expression_of(const struct profile *p,
                                                      const char *name)
{
    if (mentions(&p->where, name))
        return &p->where;
    if (mentions(&p->total_row, name))
        return &p->total_row;
    for (size_t i = 0; i < p->n_fields; i++) {
        if (mentions(&p->fields[i].cql2, name))
            return &p->fields[i].cql2;
    }
    for (size_t i = 0; i < p->n_tiers; i++) {
        if (mentions(&p->tiers[i].when, name))
            return &p->tiers[i].when;
    }
    return NULL;
}

enum tr_status profile_column_fail(const struct profile *p, const char *column,
                                   struct tr_error *err)
{
    const struct profile_expression *e;
    const struct tr_node *node = NULL;

    for (size_t i = 0; i < sizeof plain / sizeof *plain && !node; i++)
        node = named(tr_node_get(p->root, plain[i]), column);
    if (node)
        return tr_fail_at(err, TR_ECONFIG, "%s:%d:%d", p->file, node->line,
                          node->column);
    e = expression_of(p, column);
    if (e)
        return profile_expression_fail(
            p, e, (size_t)(strstr(e->node->text, column) - e->node->text), err);
    return tr_fail_at(err, TR_ECONFIG, "%s", p->file);
}
