/* cql2_eval_number.c - arithmetic. A result that is no finite number, or an
 * integer beyond 64 bits, is missing. */
#include <math.h>

#include "cql2_program.h"
#include "terrier/text.h"

static bool integer_of(enum cql2_op op, int64_t x, int64_t y, int64_t *out)
{
    *out = 0;
    switch ((int)op) {
    case CQL2_ADD: return !__builtin_add_overflow(x, y, out);
    case CQL2_SUB: return !__builtin_sub_overflow(x, y, out);
    case CQL2_MUL: return !__builtin_mul_overflow(x, y, out);
    case CQL2_INT_DIV:
        if (y == 0 || (x == INT64_MIN && y == -1))
            return false;
        *out = x / y;
        return true;
    case CQL2_MOD:
        if (y == 0)
            return false;
        *out = y == -1 ? 0 : x % y;
        return true;
    default: return false;
    }
}

bool cql2_eval_integers(const struct cql2_expr *e, struct cql2_run *run,
                        struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = cql2_value(e->args[1], run);

    if (!x || !y)
        return false;
    cql2_both_present(run, out, x, y);
    for (size_t i = 0; i < run->n; i++) {
        if (!integer_of(e->op, x->integers[i], y->integers[i],
                        &out->own.integers[i])) {
            out->own.integers[i] = 0;
            cql2_set_bit(out->present, i, false);
        }
    }
    return true;
}

static double number_of(enum cql2_op op, double x, double y)
{
    switch ((int)op) {
    case CQL2_ADD: return x + y;
    case CQL2_SUB: return x - y;
    case CQL2_MUL: return x * y;
    case CQL2_DIV: return y == 0 ? (double)NAN : x / y;
    case CQL2_INT_DIV: return y == 0 ? (double)NAN : trunc(x / y);
    case CQL2_MOD: return y == 0 ? (double)NAN : fmod(x, y);
    case CQL2_POW: return pow(x, y);
    default: return (double)NAN;
    }
}

bool cql2_eval_numbers(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = cql2_value(e->args[1], run);

    if (!x || !y)
        return false;
    cql2_both_present(run, out, x, y);
    for (size_t i = 0; i < run->n; i++) {
        double v = number_of(e->op, x->numbers[i], y->numbers[i]);

        out->own.numbers[i] = isfinite(v) ? v : 0;
        if (!isfinite(v))
            cql2_set_bit(out->present, i, false);
    }
    return true;
}

bool cql2_eval_widen(const struct cql2_expr *e, struct cql2_run *run,
                     struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    cql2_both_present(run, out, x, NULL);
    for (size_t i = 0; i < run->n; i++)
        out->own.numbers[i] = (double)x->integers[i];
    return true;
}

/* Half away from zero, as people round; digits beyond what a double holds
 * leave the number alone. */
static double rounded(double v, int64_t digits)
{
    if (digits > 15)
        return v;
    if (digits < -308)
        return 0;

    double scale = pow(10, (double)(digits < 0 ? -digits : digits));
    double r = digits < 0 ? round(v / scale) * scale : round(v * scale) / scale;

    return isfinite(r) ? r : v;
}

bool cql2_eval_round(const struct cql2_expr *e, struct cql2_run *run,
                     struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *d = e->n > 1 ? cql2_value(e->args[1], run) : NULL;

    if (!x || (e->n > 1 && !d))
        return false;
    cql2_both_present(run, out, x, d);
    for (size_t i = 0; i < run->n; i++)
        out->own.numbers[i] = rounded(x->numbers[i], d ? d->integers[i] : 0);
    return true;
}

bool cql2_eval_to_number(const struct cql2_expr *e, struct cql2_run *run,
                         struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    cql2_both_present(run, out, x, NULL);
    for (size_t i = 0; i < run->n; i++) {
        double v = 0;
        bool ok = cql2_bit(x->present, i) &&
                  tr_text_to_number(x->texts[i], &v) && isfinite(v);

        out->own.numbers[i] = ok ? v : 0;
        cql2_set_bit(out->present, i, ok);
    }
    return true;
}
