/* cql2_bind_function.c - the functions: what each takes and gives. */
#include <string.h>

#include "cql2_program.h"
#include "terrier/date.h"

/* Functions with fixed types, one line each. Types by letter: t text, n number,
 * i integer, d date, b boolean; a last + repeats the one before it. */
static const struct signature {
    enum cql2_op op;
    const char *takes;
    enum tr_type gives;
    cql2_eval eval;
} signatures[] = {
    { CQL2_CASEI, "t", TR_TEXT, cql2_eval_text_function },
    { CQL2_ACCENTI, "t", TR_TEXT, cql2_eval_text_function },
    { CQL2_UPPER, "t", TR_TEXT, cql2_eval_text_function },
    { CQL2_LOWER, "t", TR_TEXT, cql2_eval_text_function },
    { CQL2_TRIM, "t", TR_TEXT, cql2_eval_text_function },
    { CQL2_LIKE, "tt", TR_BOOLEAN, cql2_eval_text_test },
    { CQL2_STARTS_WITH, "tt", TR_BOOLEAN, cql2_eval_text_test },
    { CQL2_CONTAINS, "tt", TR_BOOLEAN, cql2_eval_text_test },
    { CQL2_LOOKUP, "tt", TR_TEXT, cql2_eval_lookup },
    { CQL2_YEARS_BETWEEN, "dd", TR_INTEGER, cql2_eval_years_between },
};

static enum tr_type type_of(char letter)
{
    switch (letter) {
    case 'n': return TR_NUMBER;
    case 'i': return TR_INTEGER;
    case 'd': return TR_DATE;
    case 'b': return TR_BOOLEAN;
    default: return TR_TEXT;
    }
}

static const struct cql2_expr *bind_fixed(struct cql2_binder *b,
                                          const struct cql2_node *node,
                                          const struct signature *s)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = {
        .node = node, .op = node->op, .type = s->gives, .eval = s->eval
    };

    for (size_t i = 0; args && i < node->n; i++) {
        if (!cql2_want(b, node, args[i], type_of(s->takes[i])))
            return NULL;
    }
    return args ? cql2_bind_call(b, &proto, args, node->n) : NULL;
}

static const struct cql2_expr *bind_if(struct cql2_binder *b,
                                       const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node, .eval = cql2_eval_if };

    if (!args || !cql2_want(b, node, args[0], TR_BOOLEAN) ||
        !cql2_unify(b, node, args + 1, node->n - 1))
        return NULL;
    proto.type = args[1]->type;
    return cql2_bind_call(b, &proto, args, node->n);
}

/* coalesce, min, max: of one type. */
static const struct cql2_expr *
bind_same(struct cql2_binder *b, const struct cql2_node *node, cql2_eval eval)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node, .op = node->op, .eval = eval };

    if (!args || !cql2_unify(b, node, args, node->n))
        return NULL;
    proto.type = args[0]->type;
    if (proto.type == TR_BOOLEAN && node->op != CQL2_COALESCE)
        return cql2_bind_fail(b, TR_EINVAL, "'%s' has no order for %s",
                              cql2_op_info(node->op)->name,
                              cql2_describe(b, args[0]));
    return cql2_bind_call(b, &proto, args, node->n);
}

static const struct cql2_expr *bind_any_like(struct cql2_binder *b,
                                             const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr fold = { .node = node,
                              .op = CQL2_CASEI,
                              .type = TR_TEXT,
                              .eval = cql2_eval_text_function };
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_any_like };

    for (size_t i = 0; args && i < node->n; i++) {
        if (!cql2_want(b, node, args[i], TR_TEXT))
            return NULL;
        args[i] = cql2_bind_call(b, &fold, &args[i], 1);
        if (!args[i])
            return NULL;
    }
    return args ? cql2_bind_call(b, &proto, args, node->n) : NULL;
}

static const struct cql2_expr *bind_to_number(struct cql2_binder *b,
                                              const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_NUMBER,
                               .eval = cql2_eval_to_number };

    if (!args)
        return NULL;
    if (args[0]->type == TR_NUMBER || args[0]->type == TR_INTEGER)
        return cql2_convert(b, args[0], TR_NUMBER);
    if (!cql2_want(b, node, args[0], TR_TEXT))
        return NULL;
    return cql2_bind_call(b, &proto, args, 1);
}

static const struct cql2_expr *bind_to_date(struct cql2_binder *b,
                                            const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_DATE,
                               .eval = cql2_eval_to_date };

    if (!args)
        return NULL;
    if (node->n == 1 && args[0]->type == TR_DATE)
        return args[0];
    if (!(node->n == 1 && args[0]->type == TR_INSTANT) &&
        !cql2_want(b, node, args[0], TR_TEXT))
        return NULL;
    if (node->n > 1) {
        if (!cql2_want(b, node, args[1], TR_TEXT))
            return NULL;
        if (!args[1]->is_constant || !tr_date_order_known(args[1]->text))
            return cql2_bind_fail(b, TR_EINVAL,
                                  "date() does not know the order %s, write "
                                  "one such as 'dd/mm/yyyy'",
                                  cql2_describe(b, args[1]));
    }
    return cql2_bind_call(b, &proto, args, node->n);
}

static const struct cql2_expr *bind_to_text(struct cql2_binder *b,
                                            const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_TEXT,
                               .eval = cql2_eval_to_text };

    if (!args)
        return NULL;
    if (args[0]->type == TR_TEXT)
        return args[0];
    if (args[0]->type == TR_GEOMETRY)
        return cql2_bind_fail(b, TR_EINVAL, "'text' cannot write %s",
                              cql2_describe(b, args[0]));
    return cql2_bind_call(b, &proto, args, 1);
}

static const struct cql2_expr *bind_round(struct cql2_binder *b,
                                          const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_NUMBER,
                               .eval = cql2_eval_round };

    if (!args)
        return NULL;
    if (args[0]->type == TR_INTEGER)
        args[0] = cql2_convert(b, args[0], TR_NUMBER);
    if (!args[0] || !cql2_want(b, node, args[0], TR_NUMBER) ||
        (node->n > 1 && !cql2_want(b, node, args[1], TR_INTEGER)))
        return NULL;
    return cql2_bind_call(b, &proto, args, node->n);
}

static const struct cql2_expr *bind_today(struct cql2_binder *b,
                                          const struct cql2_node *node)
{
    struct cql2_expr proto = { .node = node,
                               .type = TR_DATE,
                               .eval = cql2_eval_constant,
                               .is_constant = true,
                               .integer = b->bound->env.as_of };

    return cql2_bind_call(b, &proto, NULL, 0);
}

static void *unknown_function(struct cql2_binder *b, const char *name)
{
    const char *near = cql2_function_nearest(name);

    if (near)
        return cql2_bind_fail(b, TR_EINVAL,
                              "unknown function '%.80s', did you mean '%s'",
                              name, near);
    return cql2_bind_fail(b, TR_EINVAL, "unknown function '%.80s'", name);
}

const struct cql2_expr *cql2_bind_function(struct cql2_binder *b,
                                           const struct cql2_node *node)
{
    if (node->op == CQL2_LOOKUP && !b->bound->env.lookup)
        return unknown_function(b, "lookup");
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        if (signatures[i].op == node->op)
            return bind_fixed(b, node, &signatures[i]);
    }
    if (cql2_is_time_op(node->op))
        return cql2_bind_times(b, node);
    if (cql2_is_array_op(node->op))
        return cql2_bind_lists(b, node);
    if (cql2_is_space_op(node->op))
        return cql2_bind_space(b, node);
    switch ((int)node->op) {
    case CQL2_HAS: return cql2_bind_has(b, node);
    case CQL2_COALESCE: return bind_same(b, node, cql2_eval_coalesce);
    case CQL2_MIN:
    case CQL2_MAX: return bind_same(b, node, cql2_eval_min_max);
    case CQL2_IF: return bind_if(b, node);
    case CQL2_ANY_LIKE: return bind_any_like(b, node);
    case CQL2_TO_NUMBER: return bind_to_number(b, node);
    case CQL2_TO_DATE: return bind_to_date(b, node);
    case CQL2_TO_TEXT: return bind_to_text(b, node);
    case CQL2_ROUND: return bind_round(b, node);
    case CQL2_TODAY: return bind_today(b, node);
    case CQL2_UNKNOWN_FUNCTION: return unknown_function(b, node->text);
    default: return unknown_function(b, cql2_op_info(node->op)->name);
    }
}
