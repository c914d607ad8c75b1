/* cql2_bind_in.c - x IN (...): a sorted set when all items are constants, else
 * a chain of comparisons. */
#include <stdlib.h>
#include <string.h>

#include "cql2_program.h"

static int order_integers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int order_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int order_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct cql2_set *
set_of(struct cql2_binder *b, const struct cql2_expr *const *items, size_t n)
{
    struct cql2_set *set = tr_arena_alloc(b->arena, sizeof *set);
    int64_t *integers = tr_arena_array(b->arena, n, sizeof *integers);
    double *numbers = tr_arena_array(b->arena, n, sizeof *numbers);
    const char **texts = tr_arena_array(b->arena, n, sizeof *texts);

    if (!set || !integers || !numbers || !texts)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < n; i++) {
        if (items[i]->is_missing) {
            set->has_missing = true;
            continue;
        }
        integers[set->n] = items[i]->integer;
        numbers[set->n] = items[i]->number;
        texts[set->n++] = items[i]->text;
    }
    if (items[0]->type == TR_TEXT)
        qsort(texts, set->n, sizeof *texts, order_texts);
    else if (items[0]->type == TR_NUMBER)
        qsort(numbers, set->n, sizeof *numbers, order_numbers);
    else
        qsort(integers, set->n, sizeof *integers, order_integers);
    set->integers = integers;
    set->numbers = numbers;
    set->texts = texts;
    return set;
}

static const struct cql2_expr *in_as_or(struct cql2_binder *b,
                                        const struct cql2_node *node,
                                        const struct cql2_expr **args)
{
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_or };

    for (size_t i = 1; i < node->n; i++) {
        args[i] = cql2_bind_compare(b, CQL2_EQ, node, args[0], args[i]);
        if (!args[i])
            return NULL;
    }
    return cql2_bind_call(b, &proto, args + 1, node->n - 1);
}

const struct cql2_expr *cql2_bind_in(struct cql2_binder *b,
                                     const struct cql2_node *node)
{
    const struct cql2_expr **args = cql2_bind_args(b, node);
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_in };
    bool constant = true;

    if (!args)
        return NULL;
    if (args[0]->type == TR_LIST)
        return cql2_bind_fail(
            b, TR_EINVAL,
            "%s cannot be compared with one text, write a_overlaps(%s, ...)",
            cql2_describe(b, args[0]), node->args[0]->text);
    if (!cql2_unify(b, node, args, node->n))
        return NULL;
    for (size_t i = 1; i < node->n; i++)
        constant &= args[i]->is_constant;
    if (!constant || args[0]->type == TR_BOOLEAN)
        return in_as_or(b, node, args);
    proto.more.set = set_of(b, args + 1, node->n - 1);
    return proto.more.set ? cql2_bind_call(b, &proto, args, 1) : NULL;
}
