/* cql2_eval_logic.c - three-valued logic on bits, and choosing of values.
 *
 * A boolean is true (in `truth`), unknown (not in `present`) or false. */
#include "cql2_program.h"

/* AND: false wins over unknown; OR: true does. */
static bool join(const struct cql2_expr *e, struct cql2_run *run,
                 struct cql2_vec *out, bool is_and)
{
    for (size_t k = 0; k < e->n; k++) {
        const struct cql2_vec *v = cql2_value(e->args[k], run);

        if (!v)
            return false;
        for (size_t w = 0; w < run->words; w++) {
            uint64_t yes = v->truth[w], no = v->present[w] & ~v->truth[w];

            if (k) {
                uint64_t y0 = out->own.truth[w];
                uint64_t n0 = out->present[w] & ~y0;

                yes = is_and ? yes & y0 : yes | y0;
                no = is_and ? no | n0 : no & n0;
            }
            out->own.truth[w] = yes;
            out->present[w] = yes | no;
        }
    }
    return true;
}

bool cql2_eval_and(const struct cql2_expr *e, struct cql2_run *run,
                   struct cql2_vec *out)
{
    return join(e, run, out, true);
}

bool cql2_eval_or(const struct cql2_expr *e, struct cql2_run *run,
                  struct cql2_vec *out)
{
    return join(e, run, out, false);
}

bool cql2_eval_not(const struct cql2_expr *e, struct cql2_run *run,
                   struct cql2_vec *out)
{
    const struct cql2_vec *v = cql2_value(e->args[0], run);

    for (size_t w = 0; v && w < run->words; w++) {
        out->present[w] = v->present[w];
        out->own.truth[w] = v->present[w] & ~v->truth[w];
    }
    return v;
}

bool cql2_eval_is_null(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    const struct cql2_vec *v = cql2_value(e->args[0], run);

    for (size_t w = 0; v && w < run->words; w++) {
        out->present[w] = ~UINT64_C(0);
        out->own.truth[w] = ~v->present[w];
    }
    return v;
}

static void copy_row(enum tr_type type, struct cql2_vec *out,
                     const struct cql2_vec *v, size_t i)
{
    if (type == TR_NUMBER)
        out->own.numbers[i] = v->numbers[i];
    else if (type == TR_TEXT)
        out->own.texts[i] = v->texts[i];
    else
        out->own.integers[i] = v->integers[i];
}

/* The rows of `v` that `take` has bits for. */
static void take_rows(enum tr_type type, const struct cql2_run *run,
                      struct cql2_vec *out, const struct cql2_vec *v,
                      const uint64_t *take)
{
    for (size_t w = 0; w < run->words; w++) {
        out->present[w] =
            (out->present[w] & ~take[w]) | (v->present[w] & take[w]);
        if (type == TR_BOOLEAN)
            out->own.truth[w] =
                (out->own.truth[w] & ~take[w]) | (v->truth[w] & take[w]);
    }
    for (size_t i = 0; type != TR_BOOLEAN && i < run->n; i++) {
        if (cql2_bit(take, i))
            copy_row(type, out, v, i);
    }
}

static void all_missing(const struct cql2_expr *e, const struct cql2_run *run,
                        struct cql2_vec *out)
{
    for (size_t w = 0; w < run->words; w++) {
        out->present[w] = 0;
        if (e->type == TR_BOOLEAN)
            out->own.truth[w] = 0;
    }
    for (size_t i = 0; e->type == TR_TEXT && i < run->n; i++)
        out->own.texts[i] = "";
}

bool cql2_eval_if(const struct cql2_expr *e, struct cql2_run *run,
                  struct cql2_vec *out)
{
    const struct cql2_vec *condition = cql2_value(e->args[0], run);
    const struct cql2_vec *yes = cql2_value(e->args[1], run);
    const struct cql2_vec *no = e->n > 2 ? cql2_value(e->args[2], run) : NULL;
    uint64_t otherwise[CQL2_WORDS];

    if (!condition || !yes || (e->n > 2 && !no))
        return false;
    all_missing(e, run, out);
    take_rows(e->type, run, out, yes, condition->truth);
    for (size_t w = 0; w < run->words; w++)
        otherwise[w] = ~condition->truth[w];
    if (no)
        take_rows(e->type, run, out, no, otherwise);
    return true;
}

bool cql2_eval_coalesce(const struct cql2_expr *e, struct cql2_run *run,
                        struct cql2_vec *out)
{
    uint64_t take[CQL2_WORDS];

    all_missing(e, run, out);
    for (size_t k = 0; k < e->n; k++) {
        const struct cql2_vec *v = cql2_value(e->args[k], run);

        if (!v)
            return false;
        for (size_t w = 0; w < run->words; w++)
            take[w] = v->present[w] & ~out->present[w];
        take_rows(e->type, run, out, v, take);
    }
    return true;
}
