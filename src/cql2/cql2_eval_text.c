/* cql2_eval_text.c - functions of texts. */
#include <assert.h>
#include <string.h>

#include "cql2_program.h"
#include "terrier/date.h"
#include "terrier/text.h"

static const char *text_of(enum cql2_op op, struct tr_arena *a, const char *s)
{
    size_t len;

    switch ((int)op) {
    case CQL2_CASEI:
    case CQL2_LOWER: return tr_text_fold_case(a, s);
    case CQL2_ACCENTI: return tr_text_fold_accents(a, s);
    case CQL2_UPPER: return tr_text_upper(a, s);
    case CQL2_TRIM: s = tr_text_trim(s, &len); return tr_arena_text(a, s, len);
    default: assert(false && "a text function"); return NULL;
    }
}

bool cql2_eval_text_function(const struct cql2_expr *e, struct cql2_run *run,
                             struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    cql2_both_present(run, out, x, NULL);
    for (size_t i = 0; i < run->n; i++) {
        out->own.texts[i] = "";
        if (cql2_bit(x->present, i) &&
            !(out->own.texts[i] = text_of(e->op, run->texts, x->texts[i])))
            return false;
    }
    return true;
}

static bool test(enum cql2_op op, const char *s, const char *t)
{
    switch ((int)op) {
    case CQL2_LIKE: return tr_text_like(s, t);
    case CQL2_STARTS_WITH: return strncmp(s, t, strlen(t)) == 0;
    case CQL2_CONTAINS: return strstr(s, t);
    default: assert(false && "a test of a text"); return false;
    }
}

bool cql2_eval_text_test(const struct cql2_expr *e, struct cql2_run *run,
                         struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = cql2_value(e->args[1], run);

    if (!x || !y)
        return false;
    cql2_both_present(run, out, x, y);
    for (size_t i = 0; i < run->n; i++)
        cql2_set_bit(out->own.truth, i,
                     cql2_bit(out->present, i) &&
                         test(e->op, x->texts[i], y->texts[i]));
    return true;
}

/* True when one pattern fits; unknown when none does and something is missing.
 * Letter case does not count: both sides are folded. */
bool cql2_eval_any_like(const struct cql2_expr *e, struct cql2_run *run,
                        struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    for (size_t w = 0; w < run->words; w++) {
        out->present[w] = x->present[w];
        out->own.truth[w] = 0;
    }
    for (size_t k = 1; k < e->n; k++) {
        const struct cql2_vec *p = cql2_value(e->args[k], run);

        if (!p)
            return false;
        for (size_t i = 0; i < run->n; i++) {
            bool has = cql2_bit(x->present, i) && cql2_bit(p->present, i);

            if (has && tr_text_like(x->texts[i], p->texts[i]))
                cql2_set_bit(out->own.truth, i, true);
            else if (!has)
                cql2_set_bit(out->present, i, false);
        }
    }
    for (size_t w = 0; w < run->words; w++)
        out->present[w] |= out->own.truth[w];
    return true;
}

/* ---- text(any) ---- */

static const char *list_text(const struct tr_column *c, size_t row,
                             struct tr_arena *a)
{
    size_t len = 1;
    uint32_t first = c->list_starts[row], last = c->list_starts[row + 1];

    for (uint32_t i = first; i < last; i++)
        len += strlen(c->dict->texts[c->values.codes[i]]) + 2;

    char *s = tr_arena_alloc(a, len), *to = s;

    for (uint32_t i = first; s && i < last; i++) {
        const char *item = c->dict->texts[c->values.codes[i]];

        if (i > first) {
            memcpy(to, "; ", 2);
            to += 2;
        }
        memcpy(to, item, strlen(item));
        to += strlen(item);
    }
    return s;
}

static const char *number_text(double v, struct tr_arena *a)
{
    struct tr_buf buf;
    const char *s;

    tr_buf_init(&buf, 64);
    tr_buf_number(&buf, v);
    s = tr_arena_text(a, (const char *)buf.data, buf.len);
    tr_buf_clear(&buf);
    return s;
}

static const char *value_text(const struct cql2_expr *x,
                              const struct cql2_vec *v, size_t i,
                              const struct cql2_run *run)
{
    char date[TR_DATE_TEXT], instant[TR_INSTANT_TEXT];
    int64_t n = v->integers[i];

    switch (x->type) {
    case TR_BOOLEAN: return cql2_bit(v->truth, i) ? "true" : "false";
    case TR_INTEGER: return tr_arena_printf(run->texts, "%lld", (long long)n);
    case TR_NUMBER: return number_text(v->numbers[i], run->texts);
    case TR_DATE:
        tr_date_text((int32_t)n, date);
        return tr_arena_text(run->texts, date, strlen(date));
    case TR_INSTANT:
        tr_instant_text(n / 1000000 - (n % 1000000 < 0), instant);
        return tr_arena_text(run->texts, instant, strlen(instant));
    case TR_TEXT: return v->texts[i];
    case TR_LIST: return list_text(x->column, run->first + i, run->texts);
    case TR_GEOMETRY: break;
    }
    assert(false && "binding refuses a geometry");
    return NULL;
}

bool cql2_eval_to_text(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    const struct cql2_vec *x = cql2_value(e->args[0], run);

    if (!x)
        return false;
    cql2_both_present(run, out, x, NULL);
    for (size_t i = 0; i < run->n; i++) {
        out->own.texts[i] = "";
        if (cql2_bit(x->present, i) &&
            !(out->own.texts[i] = value_text(e->args[0], x, i, run)))
            return false;
    }
    return true;
}

bool cql2_eval_lookup(const struct cql2_expr *e, struct cql2_run *run,
                      struct cql2_vec *out)
{
    const struct tr_cql2_env *env = &run->bound->env;
    const struct cql2_vec *name = cql2_value(e->args[0], run);
    const struct cql2_vec *key = cql2_value(e->args[1], run);

    if (!name || !key)
        return false;
    cql2_both_present(run, out, name, key);
    for (size_t i = 0; i < run->n; i++) {
        const char *s = NULL;

        if (cql2_bit(out->present, i))
            s = env->lookup(env->lookup_context, name->texts[i], key->texts[i]);
        out->own.texts[i] = s ? s : "";
        if (!s)
            cql2_set_bit(out->present, i, false);
    }
    return true;
}
