/* cql2_bind.c - a tree meets a table: properties, types, operators. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cql2_print.h"
#include "cql2_program.h"
#include "terrier/date.h"
#include "terrier/text.h"

void *cql2_bind_fail(struct cql2_binder *b, enum tr_status code,
                     const char *fmt, ...)
{
    char why[400];
    va_list ap;

    if (b->st)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    b->st = tr_fail(b->err, code, "%s", why);
    return NULL;
}

void *cql2_bind_no_memory(struct cql2_binder *b)
{
    return cql2_bind_fail(b, TR_ENOMEM, "no memory left for the expression");
}

const char *cql2_describe(struct cql2_binder *b, const struct cql2_expr *e)
{
    const char *type = tr_type_name(e->type);
    struct tr_buf buf;
    const char *s;

    if (e->node->kind == CQL2_PROPERTY) {
        s = tr_arena_printf(b->arena, "property '%.60s' (%s)", e->node->text,
                            type);
        return s ? s : type;
    }
    tr_buf_init(&buf, 100000);
    cql2_print_node(e->node, &buf);
    s = buf.failed ? NULL
                   : tr_arena_printf(b->arena, "%.*s%s (%s)",
                                     (int)(buf.len > 50 ? 50 : buf.len),
                                     (const char *)buf.data,
                                     buf.len > 50 ? "..." : "", type);
    tr_buf_clear(&buf);
    return s ? s : type;
}

/* ---- leaves ---- */

static struct cql2_expr *
new_expr(struct cql2_binder *b, const struct cql2_node *node, enum tr_type type)
{
    struct cql2_expr *e = tr_arena_alloc(b->arena, sizeof *e);

    if (!e)
        return cql2_bind_no_memory(b);
    e->node = node;
    e->type = type;
    e->slot = b->bound->n_slots++;
    return e;
}

static void *unknown_property(struct cql2_binder *b, const char *name)
{
    const struct tr_table *t = b->bound->table;
    const char **names = tr_arena_array(b->arena, t->n_columns, sizeof *names);
    const char *near;

    if (!names)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < t->n_columns; i++)
        names[i] = t->columns[i].name;
    near = tr_text_nearest(name, names, t->n_columns);
    if (near)
        return cql2_bind_fail(b, TR_EINVAL,
                              "unknown property '%.80s', did you mean '%.80s'",
                              name, near);
    return cql2_bind_fail(
        b, TR_EINVAL,
        "unknown property '%.80s' (a text stands in single quotes)", name);
}

static const struct cql2_expr *bind_property(struct cql2_binder *b,
                                             const struct cql2_node *node)
{
    const struct tr_column *c = tr_table_column(b->bound->table, node->text);
    struct cql2_expr *e;

    if (!c)
        return unknown_property(b, node->text);
    e = new_expr(b, node, c->type);
    if (!e)
        return NULL;
    e->eval = cql2_eval_column;
    e->is_column = true;
    e->column = c;
    e->varies = c->type != TR_TEXT;
    if (c->tier > b->bound->tier)
        b->bound->tier = c->tier;
    return e;
}

static const struct cql2_expr *bind_literal(struct cql2_binder *b,
                                            const struct cql2_node *node,
                                            enum tr_type type)
{
    struct cql2_expr *e = new_expr(b, node, type);

    if (!e)
        return NULL;
    e->eval = cql2_eval_constant;
    e->is_constant = true;
    e->truth = node->truth;
    e->integer = node->integer;
    e->number = node->number;
    e->text = node->text;
    return e;
}

/* ---- calls ---- */

/* The one text column that all of these rest on, if there is no other. */
static void rests_on(struct cql2_expr *e)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct cql2_expr *x = e->args[i];

        e->varies |= x->varies;
        if (x->column && e->column && x->column != e->column)
            e->varies = true;
        if (x->column)
            e->column = x->column;
    }
}

const struct cql2_expr *cql2_bind_call(struct cql2_binder *b,
                                       const struct cql2_expr *proto,
                                       const struct cql2_expr *const *args,
                                       size_t n)
{
    struct cql2_expr *e = new_expr(b, proto->node, proto->type);
    const struct cql2_expr **own =
        tr_arena_array(b->arena, n, sizeof(const struct cql2_expr *));

    if (!e || !own)
        return cql2_bind_no_memory(b);

    size_t slot = e->slot;

    *e = *proto;
    e->slot = slot;
    e->args = own;
    e->n = n;
    for (size_t i = 0; i < n; i++)
        own[i] = args[i];
    rests_on(e);
    for (size_t i = 0; e->varies && i < n; i++) {
        own[i] = cql2_as_map(b, own[i]);
        if (!own[i])
            return NULL;
    }
    if (e->varies)
        e->column = NULL;
    return cql2_fold(b, e);
}

const struct cql2_expr *cql2_convert(struct cql2_binder *b,
                                     const struct cql2_expr *e,
                                     enum tr_type type)
{
    struct cql2_expr proto = { .node = e->node, .type = type };

    if (e->type == type)
        return e;
    if (e->type == TR_INTEGER && type == TR_NUMBER)
        proto.eval = cql2_eval_widen;
    else if (e->type == TR_DATE && type == TR_INSTANT)
        proto.eval = cql2_eval_to_instant;
    else
        return cql2_bind_fail(b, TR_EINVAL, "%s cannot be read as %s",
                              cql2_describe(b, e), tr_type_name(type));
    return cql2_bind_call(b, &proto, &e, 1);
}

/* The type that both can be widened to; false when there is none. */
static bool common_type(enum tr_type x, enum tr_type y, enum tr_type *out)
{
    *out = x;
    if (x == y)
        return true;
    if ((x == TR_INTEGER && y == TR_NUMBER) ||
        (x == TR_NUMBER && y == TR_INTEGER)) {
        *out = TR_NUMBER;
        return true;
    }
    *out = TR_INSTANT;
    return (x == TR_DATE && y == TR_INSTANT) ||
           (x == TR_INSTANT && y == TR_DATE);
}

/* What to write instead, when a text meets something else. */
static const char *hint(struct cql2_binder *b, const struct cql2_expr *x,
                        const struct cql2_expr *y)
{
    const struct cql2_expr *text = x->type == TR_TEXT ? x : y;
    const struct cql2_expr *other = x->type == TR_TEXT ? y : x;
    const char *s = NULL;

    if (text->type != TR_TEXT)
        return "";
    bool literal = text->node->kind == CQL2_TEXT;
    const char *word = literal ? text->node->text : "...";

    if (other->type == TR_DATE)
        s = tr_arena_printf(b->arena, ", write DATE('%.40s')", word);
    else if (other->type == TR_INSTANT)
        s = tr_arena_printf(b->arena, ", write TIMESTAMP('%.40s')", word);
    else if (other->type == TR_LIST && other->node->kind == CQL2_PROPERTY)
        s = tr_arena_printf(b->arena, ", write has(\"%.60s\", '%.40s')",
                            other->node->text, word);
    else if (literal && (other->type == TR_INTEGER || other->type == TR_NUMBER))
        s = ", write the number without quotes";
    else if (literal && other->type == TR_BOOLEAN)
        s = ", write true or false without quotes";
    else if (!literal)
        s = ", a text stands in single quotes";
    return s ? s : "";
}

bool cql2_unify(struct cql2_binder *b, const struct cql2_node *node,
                const struct cql2_expr **args, size_t n)
{
    enum tr_type type = args[0]->type;

    for (size_t i = 0; i < n; i++) {
        if (args[i]->type == TR_GEOMETRY || args[i]->type == TR_LIST ||
            !common_type(type, args[i]->type, &type)) {
            const struct cql2_expr *x = args[i ? 0 : n > 1];

            cql2_bind_fail(b, TR_EINVAL, "'%s' cannot take %s with %s%s",
                           cql2_op_info(node->op)->name, cql2_describe(b, x),
                           cql2_describe(b, args[i]), hint(b, x, args[i]));
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        args[i] = cql2_convert(b, args[i], type);
        if (!args[i])
            return false;
    }
    return true;
}

static enum cql2_op mirrored(enum cql2_op op)
{
    switch ((int)op) {
    case CQL2_LT: return CQL2_GT;
    case CQL2_LE: return CQL2_GE;
    case CQL2_GT: return CQL2_LT;
    case CQL2_GE: return CQL2_LE;
    default: return op;
    }
}

/* `5 < x` runs as `x > 5`: constants are on the right. */
const struct cql2_expr *cql2_bind_compare(struct cql2_binder *b,
                                          enum cql2_op op,
                                          const struct cql2_node *node,
                                          const struct cql2_expr *x,
                                          const struct cql2_expr *y)
{
    const struct cql2_expr *args[2] = { x, y };
    struct cql2_expr proto = {
        .node = node, .type = TR_BOOLEAN, .eval = cql2_eval_compare, .op = op
    };

    if (!x || !y)
        return NULL;

    enum tr_type common;

    if (x->type == TR_GEOMETRY || x->type == TR_LIST ||
        !common_type(x->type, y->type, &common))
        return cql2_bind_fail(b, TR_EINVAL, "%s cannot be compared with %s%s",
                              cql2_describe(b, x), cql2_describe(b, y),
                              hint(b, x, y));
    if (!cql2_unify(b, node, args, 2))
        return NULL;
    if (args[0]->is_constant) {
        const struct cql2_expr *swap = args[0];

        args[0] = args[1];
        args[1] = swap;
        proto.op = mirrored(op);
    }
    return cql2_bind_call(b, &proto, args, 2);
}

const struct cql2_expr **cql2_bind_args(struct cql2_binder *b,
                                        const struct cql2_node *node)
{
    const struct cql2_expr **args =
        tr_arena_array(b->arena, node->n, sizeof(const struct cql2_expr *));

    if (!args)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < node->n; i++) {
        args[i] = cql2_bind_node(b, node->args[i]);
        if (!args[i])
            return NULL;
    }
    return args;
}

bool cql2_want(struct cql2_binder *b, const struct cql2_node *node,
               const struct cql2_expr *e, enum tr_type type)
{
    if (e->type == type)
        return true;
    cql2_bind_fail(b, TR_EINVAL, "'%s' expects a %s, not %s",
                   cql2_op_info(node->op)->name, tr_type_name(type),
                   cql2_describe(b, e));
    return false;
}

static const struct cql2_expr *bind_logic(struct cql2_binder *b,
                                          const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node, .type = TR_BOOLEAN };

    for (size_t i = 0; args && i < node->n; i++) {
        if (!cql2_want(b, node, args[i], TR_BOOLEAN))
            return NULL;
    }
    proto.eval = node->op == CQL2_AND  ? cql2_eval_and
                 : node->op == CQL2_OR ? cql2_eval_or
                                       : cql2_eval_not;
    return args ? cql2_bind_call(b, &proto, args, node->n) : NULL;
}

/* x >= low AND x <= high */
static const struct cql2_expr *bind_between(struct cql2_binder *b,
                                            const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    const struct cql2_expr *both[2];
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_and };

    if (!args)
        return NULL;
    both[0] = cql2_bind_compare(b, CQL2_GE, node, args[0], args[1]);
    if (!both[0])
        return NULL;
    both[1] = cql2_bind_compare(b, CQL2_LE, node, args[0], args[2]);
    return both[1] ? cql2_bind_call(b, &proto, both, 2) : NULL;
}

/* ---- arithmetic ---- */

static const struct cql2_expr *bind_arithmetic(struct cql2_binder *b,
                                               const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node, .op = node->op };

    if (!args)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        if (args[i]->type != TR_INTEGER &&
            !cql2_want(b, node, args[i], TR_NUMBER))
            return NULL;
    }
    bool whole = args[0]->type == TR_INTEGER && args[1]->type == TR_INTEGER &&
                 node->op != CQL2_DIV && node->op != CQL2_POW;

    proto.type = whole ? TR_INTEGER : TR_NUMBER;
    proto.eval = whole ? cql2_eval_integers : cql2_eval_numbers;
    for (size_t i = 0; i < 2; i++) {
        args[i] = cql2_convert(b, args[i], proto.type);
        if (!args[i])
            return NULL;
    }
    return cql2_bind_call(b, &proto, args, 2);
}

static const struct cql2_expr *bind_is_null(struct cql2_binder *b,
                                            const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_is_null };

    return args ? cql2_bind_call(b, &proto, args, 1) : NULL;
}

static const struct cql2_expr *bind_operator(struct cql2_binder *b,
                                             const struct cql2_node *node)
{
    switch ((int)node->op) {
    case CQL2_AND:
    case CQL2_OR:
    case CQL2_NOT: return bind_logic(b, node);
    case CQL2_EQ:
    case CQL2_NE:
    case CQL2_LT:
    case CQL2_LE:
    case CQL2_GT:
    case CQL2_GE: {
        const struct cql2_expr **args = cql2_bind_args(b, node);

        return args ? cql2_bind_compare(b, node->op, node, args[0], args[1])
                    : NULL;
    }
    case CQL2_BETWEEN: return bind_between(b, node);
    case CQL2_IN: return cql2_bind_in(b, node);
    case CQL2_IS_NULL: return bind_is_null(b, node);
    case CQL2_ADD:
    case CQL2_SUB:
    case CQL2_MUL:
    case CQL2_DIV:
    case CQL2_MOD:
    case CQL2_INT_DIV:
    case CQL2_POW: return bind_arithmetic(b, node);
    default: return cql2_bind_function(b, node);
    }
}

const struct cql2_expr *cql2_bind_node(struct cql2_binder *b,
                                       const struct cql2_node *node)
{
    switch (node->kind) {
    case CQL2_BOOLEAN: return bind_literal(b, node, TR_BOOLEAN);
    case CQL2_INTEGER: return bind_literal(b, node, TR_INTEGER);
    case CQL2_NUMBER: return bind_literal(b, node, TR_NUMBER);
    case CQL2_TEXT: return bind_literal(b, node, TR_TEXT);
    case CQL2_DATE: return bind_literal(b, node, TR_DATE);
    case CQL2_INSTANT: return bind_literal(b, node, TR_INSTANT);
    case CQL2_PROPERTY: return bind_property(b, node);
    case CQL2_CALL: return bind_operator(b, node);
    case CQL2_OPEN:
    case CQL2_INTERVAL:
        return cql2_bind_fail(b, TR_EINVAL,
                              "an interval belongs into a function such as "
                              "t_intersects, not here");
    case CQL2_SHAPE:
        return cql2_bind_fail(b, TR_EINVAL,
                              "a geometry belongs into a function such as "
                              "s_intersects, not here");
    case CQL2_ARRAY:
        return cql2_bind_fail(b, TR_EINVAL,
                              "an array belongs into a function such as "
                              "a_contains, not here");
    }
    return NULL;
}

enum tr_status tr_cql2_bind(const struct tr_cql2 *e, const struct tr_table *t,
                            const struct tr_cql2_env *env, struct tr_arena *a,
                            const struct tr_cql2_bound **out,
                            struct tr_error *err)
{
    struct tr_cql2_bound *bound = tr_arena_alloc(a, sizeof *bound);
    struct cql2_binder b = { .bound = bound, .arena = a, .err = err };
    const struct cql2_expr *root;

    if (!bound)
        return tr_fail(err, TR_ENOMEM, "no memory left for the expression");
    bound->table = t;
    bound->tier = TR_PUBLIC;
    if (env)
        bound->env = *env;
    root = cql2_bind_node(&b, e->root);
    if (root)
        root = cql2_as_map(&b, root);
    if (!root)
        return b.st;
    bound->root = root;
    *out = bound;
    return TR_OK;
}
