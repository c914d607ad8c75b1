/* measure_values.c - what the rows near a site are worth: sums, shares and
 * distinct values. */
#include "classify/measure_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row worth more than this counts as this. */
#define MOST_WORTH 1e12

static const char no_memory[] = "no memory for the measures";

static enum tr_status values(const struct targets *t, const struct rule_expr *e,
                             struct tr_column *out, struct tr_error *err)
{
    const struct measure_input *in = t->in;
    const struct tr_cql2_bound *b = NULL;
    enum tr_status st =
        rule_bind(in->rules, e, t->table, &in->env, in->arena, &b, err);

    return st ? st
              : tr_cql2_values(b, 0, t->table->n_rows, in->arena, out, err);
}

static double number_at(const struct tr_column *c, size_t row)
{
    return c->type == TR_INTEGER ? (double)c->values.integers[row]
                                 : c->values.numbers[row];
}

/* How many of the layer's rows with a value lie in each area of the set. */
static enum tr_status count_by_area(const struct targets *t, size_t set,
                                    const struct tr_column *c, uint32_t **out,
                                    struct tr_error *err)
{
    const int32_t *area = t->layer->areas[set];
    size_t n = t->in->s->area_sets[set].n;
    uint32_t *counts = tr_arena_array(t->in->arena, n + 1, sizeof *counts);

    if (!counts)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t r = 0; r < t->n_rows; r++) {
        if (area[r] != TR_NO_AREA && tr_has(c, r))
            counts[area[r]]++;
    }
    *out = counts;
    return TR_OK;
}

static enum tr_status make_worths(const struct targets *t,
                                  const struct tr_column *c, size_t set,
                                  struct worths *w, struct tr_error *err)
{
    struct tr_arena *a = t->in->arena;
    int64_t *worth = tr_arena_array(a, t->n_rows + 1, sizeof *worth);
    uint64_t *present = tr_arena_array(a, bit_words(t->n_rows), 8);
    uint32_t *counts = NULL;
    enum tr_status st = TR_OK;

    if (!worth || !present)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (t->rule->spread)
        st = count_by_area(t, set, c, &counts, err);
    for (size_t r = 0; r < t->n_rows && !st; r++) {
        double v;

        if (!tr_has(c, r) || (counts && t->layer->areas[set][r] == TR_NO_AREA))
            continue;
        v = number_at(c, r);
        if (counts)
            v /= counts[t->layer->areas[set][r]];
        v = v > MOST_WORTH ? MOST_WORTH : v < -MOST_WORTH ? -MOST_WORTH : v;
        worth[r] = llround(v * WORTH_ONE);
        bit_set(present, r);
    }
    w->worth = worth;
    w->present = present;
    return st;
}

static enum tr_status make_part(const struct targets *t, struct worths *w,
                                struct tr_error *err)
{
    const struct measure_input *in = t->in;
    const struct rule_expr *e = &t->rule->part;
    const struct tr_cql2_bound *b = NULL;
    size_t words = bit_words(t->table->n_rows);
    uint64_t *yes = tr_arena_array(in->arena, words, sizeof *yes);
    uint64_t *known = tr_arena_array(in->arena, words, sizeof *known);
    enum tr_status st;

    if (!yes || !known)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = rule_bind(in->rules, e, t->table, &in->env, in->arena, &b, err);
    if (!st && tr_cql2_type(b) != TR_BOOLEAN)
        return rule_fail(in->rules, e, err, "'where' must be a condition");
    if (!st)
        st = tr_cql2_filter(b, 0, t->table->n_rows, yes, known, in->arena, err);
    for (size_t i = 0; i < words; i++)
        known[i] = ~known[i];
    w->yes = yes;
    w->known = known;
    return st;
}

/* A set that this snapshot lacks makes the measure missing, not wrong: `SET.x`
 * names a column that its areas would have given. */
static bool lacks_set(const struct targets *t, const struct rule_expr *e,
                      const char **note)
{
    for (size_t i = 0; i < e->n_names; i++) {
        const char *dot = strchr(e->names[i], '.');
        char set[64];

        if (!dot || (size_t)(dot - e->names[i]) >= sizeof set ||
            tr_table_column(t->table, e->names[i]))
            continue;
        memcpy(set, e->names[i], (size_t)(dot - e->names[i]));
        set[dot - e->names[i]] = '\0';
        if (!tr_snapshot_area_set(t->in->s, set)) {
            *note =
                tr_arena_printf(t->in->arena, "area set '%s' is not here", set);
            return true;
        }
    }
    return false;
}

static enum tr_status check_number(const struct targets *t,
                                   const struct tr_column *c,
                                   struct tr_error *err)
{
    if (c->type == TR_NUMBER || c->type == TR_INTEGER)
        return TR_OK;
    return rule_fail(t->in->rules, &t->rule->of, err,
                     "measure '%s' needs numbers, this is %s", t->rule->name,
                     tr_type_name(c->type));
}

static enum tr_status check_distinct(const struct targets *t,
                                     const struct tr_column *c,
                                     struct tr_error *err)
{
    if (c->type == TR_TEXT || c->type == TR_LIST || c->type == TR_INTEGER)
        return TR_OK;
    return rule_fail(t->in->rules, &t->rule->of, err,
                     "measure '%s' can count distinct texts, lists or whole "
                     "numbers, this is %s",
                     t->rule->name, tr_type_name(c->type));
}

enum tr_status worths_make(const struct targets *t, struct worths *out,
                           const char **note, struct tr_error *err)
{
    const struct tr_area_set *set = NULL;
    const char *spread = t->rule->spread;
    size_t index = 0;
    struct tr_column c;
    enum tr_status st;

    memset(out, 0, sizeof *out);
    if (!t->rule->of.text || lacks_set(t, &t->rule->of, note) ||
        (t->rule->part.text && lacks_set(t, &t->rule->part, note)))
        return TR_OK;
    if (spread) {
        set = tr_snapshot_area_set(t->in->s, spread);
        index = set ? (size_t)(set - t->in->s->area_sets) : 0;
        if (!set || !t->layer || !t->layer->areas || !t->layer->areas[index]) {
            *note = tr_arena_printf(t->in->arena, "area set '%s' is not here",
                                    spread);
            return TR_OK;
        }
    }
    st = values(t, &t->rule->of, &c, err);
    if (st)
        return st;
    if (t->rule->kind == RULE_DISTINCT) {
        out->distinct = c;
        return check_distinct(t, &c, err);
    }
    st = check_number(t, &c, err);
    if (!st)
        st = make_worths(t, &c, index, out, err);
    if (!st && t->rule->part.text)
        st = make_part(t, out, err);
    return st;
}

static int order_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static size_t keys_of(const struct tr_column *c, uint32_t row, uint64_t *keys)
{
    const uint32_t *codes;
    size_t n = 0;

    if (!tr_has(c, row))
        return 0;
    if (c->type == TR_LIST)
        n = list_codes(c, row, &codes);
    if (!keys)
        return c->type == TR_LIST ? n : 1;
    for (size_t i = 0; i < n; i++)
        keys[i] = codes[i];
    if (c->type == TR_TEXT)
        keys[n++] = c->values.codes[row];
    if (c->type == TR_INTEGER)
        keys[n++] = (uint64_t)c->values.integers[row];
    return n;
}

static enum tr_status distinct(const struct worths *w, const struct rows *rows,
                               struct tr_arena *a, double *out,
                               struct tr_error *err)
{
    size_t most = 0, n = 0, different = 0;
    uint64_t *keys;

    for (size_t i = 0; i < rows->n; i++)
        most += keys_of(&w->distinct, rows->rows[i], NULL);
    keys = tr_arena_array(a, most + 1, sizeof *keys);
    if (!keys)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < rows->n; i++)
        n += keys_of(&w->distinct, rows->rows[i], keys + n);
    qsort(keys, n, sizeof *keys, order_keys);
    for (size_t i = 0; i < n; i++)
        different += i == 0 || keys[i] != keys[i - 1];
    *out = (double)different;
    return TR_OK;
}

/* Past the end of int64 a sum stays there: it is above every scale anyway. */
static void add(int64_t *sum, int64_t v)
{
    if (__builtin_add_overflow(*sum, v, sum))
        *sum = v < 0 ? INT64_MIN : INT64_MAX;
}

enum tr_status worths_of(const struct targets *t, const struct worths *w,
                         const struct rows *rows, struct tr_arena *a, bool *has,
                         double *out, struct tr_error *err)
{
    int64_t whole = 0, part = 0;
    size_t n = 0;

    *has = true;
    if (t->rule->kind == RULE_DISTINCT)
        return distinct(w, rows, a, out, err);
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t r = rows->rows[i];

        if (!bit_at(w->present, r) || (w->known && !bit_at(w->known, r)))
            continue;
        n++;
        add(&whole, w->worth[r]);
        if (w->yes && bit_at(w->yes, r))
            add(&part, w->worth[r]);
    }
    if (t->rule->kind == RULE_SHARE) {
        *out = whole > 0 ? 100.0 * (double)part / (double)whole : 0;
        *has = whole > 0;
        return TR_OK;
    }
    *out = (double)whole / WORTH_ONE;
    *has = n > 0 || rows->n == 0;
    return TR_OK;
}
