/* cql2_eval_date.c - functions of dates. */
#include "cql2_program.h"
#include "terrier/date.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)

bool cql2_eval_to_instant(const struct cql2_expr *e, struct cql2_run *run,
                          struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    cql2_both_present(run, out, x, NULL);
    /* Dates have 32 bits, some 5.8 million years: microseconds may not do. */
    for (size_t i = 0; i < run->n; i++) {
        if (__builtin_mul_overflow(x->integers[i], US_PER_DAY,
                                   &out->own.integers[i]))
            out->own.integers[i] = x->integers[i] < 0 ? INT64_MIN : INT64_MAX;
    }
    return true;
}

static bool date_of(const struct cql2_expr *x, const struct cql2_vec *v,
                    const struct cql2_vec *order, size_t i, int32_t *out)
{
    if (x->type == TR_TEXT)
        return tr_date_parse(v->texts[i],
                             order ? order->texts[i] : "yyyy-mm-dd", out);

    int64_t days = v->integers[i] / US_PER_DAY;

    *out = (int32_t)(v->integers[i] % US_PER_DAY < 0 ? days - 1 : days);
    return true;
}

bool cql2_eval_to_date(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *order =
        e->n > 1 ? cql2_value(e->args[1], run) : NULL;

    if (!x || (e->n > 1 && !order))
        return false;
    cql2_both_present(run, out, x, order);
    for (size_t i = 0; i < run->n; i++) {
        int32_t date = 0;
        bool ok = cql2_bit(out->present, i) &&
                  date_of(e->args[0], x, order, i, &date);

        out->own.integers[i] = date;
        cql2_set_bit(out->present, i, ok);
    }
    return true;
}

/* Whole years from one date to another: a birthday on 29 February is passed
 * on 1 March. Negative when the second is earlier. */
static int64_t years_between(int32_t from, int32_t to)
{
    int y0, m0, d0, y1, m1, d1;

    if (to < from)
        return -years_between(to, from);
    tr_date_split(from, &y0, &m0, &d0);
    tr_date_split(to, &y1, &m1, &d1);

    bool passed = m1 > m0 || (m1 == m0 && d1 >= d0);

    return (int64_t)y1 - y0 - !passed;
}

bool cql2_eval_years_between(const struct cql2_expr *e, struct cql2_run *run,
                             struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = cql2_value(e->args[1], run);

    if (!x || !y)
        return false;
    cql2_both_present(run, out, x, y);
    for (size_t i = 0; i < run->n; i++)
        out->own.integers[i] = cql2_bit(out->present, i)
                                   ? years_between((int32_t)x->integers[i],
                                                   (int32_t)y->integers[i])
                                   : 0;
    return true;
}
