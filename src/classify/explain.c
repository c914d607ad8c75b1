/* explain.c - what the explanations share: what is missing, what things are
 * called, how a value is said. */
#include "classify/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "terrier/date.h"

const struct measure *measure_named(const struct classing *c, const char *name)
{
    for (size_t i = 0; i < c->rules->n_measures; i++) {
        if (strcmp(c->rules->measures[i].name, name) == 0)
            return &c->measures[i];
    }
    return NULL;
}

const char *value_unit(const struct rule_criterion *c,
                       const struct properties *p)
{
    if (c->unit)
        return c->unit;
    if (p->n != 1 || !p->all->column ||
        strcmp(p->all->name, c->value.text) != 0)
        return NULL;
    return p->all->column->unit;
}

size_t missing_of(const struct properties *p, size_t site,
                  const struct property *out[MOST_NAMES])
{
    size_t n = 0;

    for (size_t k = 0; k < p->n && n < MOST_NAMES; k++) {
        if (p->all[k].column && !tr_has(p->all[k].column, site))
            out[n++] = &p->all[k];
    }
    return n;
}

const char *explain_item(const struct rule_criterion *c,
                         const struct tr_column *v, size_t i)
{
    const char *best = NULL;
    int32_t score = RULE_NONE - 1;

    if (!tr_has(v, i))
        return NULL;
    if (v->type == TR_TEXT)
        return tr_text_at(v, i);
    if (v->type != TR_LIST)
        return NULL;
    if (v->list_starts[i + 1] - v->list_starts[i] == 1)
        return v->dict->texts[v->values.codes[v->list_starts[i]]];
    for (uint32_t k = v->list_starts[i]; k < v->list_starts[i + 1]; k++) {
        const char *text = v->dict->texts[v->values.codes[k]];
        int32_t s = scale_entry(&c->scale, text);

        if (s > score) {
            best = text;
            score = s;
        }
    }
    return best;
}

/* Digits in groups of three. */
static void group_words(int64_t v, struct tr_buf *out)
{
    char digits[32];
    size_t n = sizeof digits, k = 0;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        if (k && k % 3 == 0)
            digits[--n] = ',';
        digits[--n] = (char)('0' + u % 10);
        k++;
    } while (u /= 10);
    if (v < 0)
        digits[--n] = '-';
    tr_buf_add(out, digits + n, sizeof digits - n);
}

/* A number as people say it: 1,240 or 3.5. */
void number_words(double v, struct tr_buf *out)
{
    char digits[48];
    bool whole = fabs(v) >= 100 || fabs(v - nearbyint(v)) < 0.05;

    if (whole && fabs(v) < 1e15) {
        group_words((int64_t)nearbyint(v), out);
        return;
    }
    int n = snprintf(digits, sizeof digits, whole ? "%.0f" : "%.1f", v);
    int end = whole ? n : n - 2;

    if (n < 0 || n >= (int)sizeof digits) {
        tr_buf_number(out, v);
        return;
    }
    for (int k = 0; k < n; k++) {
        tr_buf_byte(out, (unsigned char)digits[k]);
        if (k + 1 < end && digits[k] != '-' && (end - k - 1) % 3 == 0)
            tr_buf_byte(out, ',');
    }
}

/* " services" or, of one, " service". */
void unit_words(double v, const char *unit, struct tr_buf *out)
{
    size_t len = unit ? strlen(unit) : 0;
    bool one = fabs(v - 1) < 0.05;

    if (len == 0)
        return;
    tr_buf_byte(out, ' ');
    if (one && strcmp(unit, "people") == 0)
        tr_buf_str(out, "person");
    else if (one && len > 3 && unit[len - 1] == 's' && !strchr(unit, ' '))
        tr_buf_add(out, unit, len - 1);
    else
        tr_buf_str(out, unit);
}

void value_words(const struct tr_column *v, size_t i, const char *unit,
                 struct tr_buf *out)
{
    char date[TR_DATE_TEXT];

    if (v->type == TR_NUMBER || v->type == TR_INTEGER) {
        double x = v->type == TR_NUMBER ? v->values.numbers[i]
                                        : (double)v->values.integers[i];

        number_words(x, out);
        unit_words(x, unit, out);
    } else if (v->type == TR_BOOLEAN) {
        tr_buf_str(out, v->values.booleans[i] ? "yes" : "no");
    } else if (v->type == TR_TEXT) {
        tr_buf_str(out, tr_text_at(v, i));
    } else if (v->type == TR_DATE) {
        tr_date_text(v->values.dates[i], date);
        tr_buf_str(out, date);
    } else if (v->type == TR_LIST) {
        for (uint32_t k = v->list_starts[i]; k < v->list_starts[i + 1]; k++)
            tr_buf_printf(out, "%s%s", k > v->list_starts[i] ? ", " : "",
                          v->dict->texts[v->values.codes[k]]);
    }
}

const char *class_words(enum tr_class c)
{
    if (c == TR_SURPLUS)
        return "surplus candidate";
    if (c == TR_IN_REVIEW)
        return "in review";
    return c == TR_NOT_APPLICABLE ? "not applicable" : tr_class_name(c);
}

void classes_text(uint8_t set, struct tr_buf *out)
{
    int left = 0;

    for (int k = 0; k < TR_NO_CLASS; k++)
        left += set >> k & 1;
    for (int k = 0; k < TR_NO_CLASS; k++) {
        if (!(set >> k & 1))
            continue;
        tr_buf_str(out, class_words((enum tr_class)k));
        if (--left)
            tr_buf_str(out, left == 1 ? " or " : ", ");
    }
}

static void add_flag(const char *flag, struct tr_buf *out, size_t from)
{
    size_t len = strlen(flag);

    for (size_t k = from; k < out->len; k++) {
        if ((k == from || out->data[k - 1] == ' ') && out->len - k >= len &&
            memcmp(out->data + k, flag, len) == 0 &&
            (out->len - k == len || out->data[k + len] == ' '))
            return;
    }
    if (out->len > from)
        tr_buf_byte(out, ' ');
    tr_buf_str(out, flag);
}

void explain_flags(const struct classing *c, const struct block *b, size_t i,
                   struct tr_buf *out)
{
    const struct verdict *v = &b->verdicts[i];
    size_t from = out->len, n = block_gates(c, b, i);

    for (size_t g = 0; g < n; g++) {
        if (c->rules->gates[g].effect == RULE_FLAG &&
            bit_at(b->gate_yes + g * b->words, i))
            add_flag(c->rules->gates[g].flag, out, from);
    }
    for (size_t f = 0; f < c->rules->n_flags && v->class_ == TR_CORE; f++) {
        if (bit_at(b->flag_yes + f * b->words, i))
            add_flag(c->rules->flags[f].name, out, from);
    }
    if (v->thin)
        add_flag("thin", out, from);
}
