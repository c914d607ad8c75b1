/* cql2_eval_compare.c - = <> < <= > >=, IN, min and max. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cql2_program.h"

/* Six comparisons are three and their opposites: values are total in order. */
enum kind { EQUAL, LESS, LESS_OR_EQUAL };

static enum kind kind_of(enum cql2_op op, bool *negate)
{
    *negate = op == CQL2_NE || op == CQL2_GE || op == CQL2_GT;
    if (op == CQL2_EQ || op == CQL2_NE)
        return EQUAL;
    return op == CQL2_LT || op == CQL2_GE ? LESS : LESS_OR_EQUAL;
}

/* One tight loop per type, comparison and shape: 64 results make a word. */
#define LOOP(condition)                                                        \
    for (size_t w = 0; w * 64 < n; w++) {                                      \
        uint64_t word = 0;                                                     \
        size_t m = n - w * 64 < 64 ? n - w * 64 : 64;                          \
        for (size_t b = 0; b < m; b++) {                                       \
            size_t i = w * 64 + b;                                             \
            word |= (uint64_t)(condition) << b;                                \
        }                                                                      \
        bits[w] = word;                                                        \
    }

#define KERNEL(name, type, sign)                                               \
    static void name(const type *x, const type *y, bool y_is_constant,         \
                     size_t n, uint64_t *bits)                                 \
    {                                                                          \
        const type c = *y;                                                     \
        if (y_is_constant)                                                     \
            LOOP(x[i] sign c)                                                  \
        else                                                                   \
            LOOP(x[i] sign y[i])                                               \
    }

KERNEL(equal_integers, int64_t, ==)
KERNEL(less_integers, int64_t, <)
KERNEL(less_or_equal_integers, int64_t, <=)
KERNEL(equal_numbers, double, ==)
KERNEL(less_numbers, double, <)
KERNEL(less_or_equal_numbers, double, <=)

static void compare_texts(enum kind kind, const char *const *x,
                          const char *const *y, size_t n, uint64_t *bits)
{
    if (kind == EQUAL)
        LOOP(strcmp(x[i], y[i]) == 0)
    else if (kind == LESS)
        LOOP(strcmp(x[i], y[i]) < 0)
    else
        LOOP(strcmp(x[i], y[i]) <= 0)
}

static void compare_booleans(enum kind kind, const uint64_t *x,
                             const uint64_t *y, size_t words, uint64_t *bits)
{
    for (size_t w = 0; w < words; w++)
        bits[w] = kind == EQUAL  ? ~(x[w] ^ y[w])
                  : kind == LESS ? ~x[w] & y[w]
                                 : ~x[w] | y[w];
}

static void compare_integers(enum kind kind, const struct cql2_vec *x,
                             const struct cql2_vec *y, bool constant, size_t n,
                             uint64_t *bits)
{
    (kind == EQUAL ? equal_integers
     : kind == LESS
         ? less_integers
         : less_or_equal_integers)(x->integers, y->integers, constant, n, bits);
}

static void compare_numbers(enum kind kind, const struct cql2_vec *x,
                            const struct cql2_vec *y, bool constant, size_t n,
                            uint64_t *bits)
{
    (kind == EQUAL ? equal_numbers
     : kind == LESS
         ? less_numbers
         : less_or_equal_numbers)(x->numbers, y->numbers, constant, n, bits);
}

bool cql2_eval_compare(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = cql2_value(e->args[1], run);
    bool negate, constant = e->args[1]->is_constant;
    enum kind kind = kind_of(e->op, &negate);
    uint64_t *bits = out->own.truth;

    if (!x || !y)
        return false;
    switch (e->args[0]->type) {
    case TR_BOOLEAN:
        compare_booleans(kind, x->truth, y->truth, run->words, bits);
        break;
    case TR_INTEGER:
    case TR_DATE:
    case TR_INSTANT:
        compare_integers(kind, x, y, constant, run->n, bits);
        break;
    case TR_NUMBER: compare_numbers(kind, x, y, constant, run->n, bits); break;
    case TR_TEXT: compare_texts(kind, x->texts, y->texts, run->n, bits); break;
    case TR_LIST:
    case TR_GEOMETRY: assert(false && "binding refuses these");
    }
    cql2_both_present(run, out, x, y);
    for (size_t w = 0; w < run->words; w++)
        bits[w] = (negate ? ~bits[w] : bits[w]) & out->present[w];
    return true;
}

/* ---- IN a set of constants ---- */

static bool set_has(const struct cql2_set *s, enum tr_type type,
                    const struct cql2_vec *v, size_t i)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order;

        if (type == TR_TEXT)
            order = strcmp(v->texts[i], s->texts[mid]);
        else if (type == TR_NUMBER)
            order = (v->numbers[i] > s->numbers[mid]) -
                    (v->numbers[i] < s->numbers[mid]);
        else
            order = (v->integers[i] > s->integers[mid]) -
                    (v->integers[i] < s->integers[mid]);
        if (order == 0)
            return true;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

bool cql2_eval_in(const struct cql2_expr *e, struct cql2_run *run,
                  struct cql2_vec *out)
{
    const struct cql2_vec *v = cql2_value(e->args[0], run);
    const struct cql2_set *set = e->more.set;

    if (!v)
        return false;
    cql2_both_present(run, out, v, NULL);
    for (size_t w = 0; w < run->words; w++)
        out->own.truth[w] = 0;
    for (size_t i = 0; i < run->n; i++) {
        if (!cql2_bit(v->present, i))
            continue;
        if (set_has(set, e->args[0]->type, v, i))
            cql2_set_bit(out->own.truth, i, true);
        else if (set->has_missing)
            cql2_set_bit(out->present, i, false);
    }
    return true;
}

/* ---- min, max ---- */

static int order_rows(enum tr_type type, const struct cql2_vec *x,
                      const struct cql2_vec *y, size_t i)
{
    if (type == TR_TEXT)
        return strcmp(x->texts[i], y->texts[i]);
    if (type == TR_NUMBER)
        return (x->numbers[i] > y->numbers[i]) -
               (x->numbers[i] < y->numbers[i]);
    return (x->integers[i] > y->integers[i]) -
           (x->integers[i] < y->integers[i]);
}

static void take_row(enum tr_type type, struct cql2_vec *out,
                     const struct cql2_vec *v, size_t i)
{
    if (type == TR_TEXT)
        out->own.texts[i] = v->texts[i];
    else if (type == TR_NUMBER)
        out->own.numbers[i] = v->numbers[i];
    else
        out->own.integers[i] = v->integers[i];
}

bool cql2_eval_min_max(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    int better = e->op == CQL2_MIN ? -1 : 1;

    for (size_t k = 0; k < e->n; k++) {
        const struct cql2_vec *v = cql2_value(e->args[k], run);

        if (!v)
            return false;
        for (size_t i = 0; i < run->n; i++) {
            bool has = k && cql2_bit(out->present, i);
            bool take = cql2_bit(v->present, i) &&
                        (!has || order_rows(e->type, v, out, i) * better > 0);

            if (take || !k)
                take_row(e->type, out, v, i);
            cql2_set_bit(out->present, i, has || cql2_bit(v->present, i));
        }
    }
    return true;
}
