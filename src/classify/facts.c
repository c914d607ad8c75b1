/* facts.c - see facts.h */
#include "classify/facts.h"

#include <string.h>

#include "terrier/date.h"
#include "terrier/field.h"

static const char no_memory[] = "no memory for the facts";

static bool is_ours(const struct tr_rules *r, const char *name)
{
    for (int a = 0; a < TR_AXES; a++) {
        if (strcmp(name, tr_axis_name((enum tr_axis)a)) == 0)
            return true;
    }
    for (size_t i = 0; i < r->n_measures; i++) {
        if (strcmp(name, r->measures[i].name) == 0)
            return true;
    }
    return false;
}

/* Columns without a value share one run of zeros. */
struct blank {
    uint64_t *zeros; /* n + 1 of 8 bytes */
    struct tr_dict dict;
};

static struct tr_column blank_column(const struct tr_field *f,
                                     const struct blank *b)
{
    struct tr_column c = { .name = f->name,
                           .title = f->title,
                           .unit = f->unit,
                           .type = f->type,
                           .tier = f->tier,
                           .present = b->zeros };

    c.values.integers = (const int64_t *)b->zeros;
    if (f->type == TR_TEXT || f->type == TR_LIST) {
        c.values.codes = (const uint32_t *)b->zeros;
        c.dict = &b->dict;
    }
    if (f->type == TR_LIST)
        c.list_starts = (const uint32_t *)b->zeros;
    return c;
}

static enum tr_status add_blanks(const struct tr_rules *r, size_t n_sites,
                                 struct tr_column *columns, size_t *n,
                                 struct tr_arena *a, struct tr_error *err)
{
    static const char *const nothing[] = { "" };
    size_t n_fields, had = *n;
    const struct tr_field *fields = tr_fields(&n_fields);
    struct blank *b = tr_arena_alloc(a, sizeof *b);
    struct tr_table t = { n_sites, had, columns };

    if (!b || !(b->zeros = tr_arena_array(a, n_sites + 1, sizeof *b->zeros)))
        return tr_fail(err, TR_ENOMEM, no_memory);
    b->dict = (struct tr_dict){ 1, nothing, true };
    for (size_t i = 0; i < n_fields; i++) {
        if (!tr_table_column(&t, fields[i].name) && !is_ours(r, fields[i].name))
            columns[(*n)++] = blank_column(&fields[i], b);
    }
    return TR_OK;
}

/* The last day that is too old. */
static int32_t too_old(int32_t as_of, int years)
{
    int y, m, d;

    tr_date_split(as_of, &y, &m, &d);
    y -= years;
    if (!tr_date_valid(y, m, d))
        d = 28; /* 29 February */
    return tr_date_make(y, m, d) - 1;
}

static enum tr_status strike(struct tr_column *c, const struct tr_column *date,
                             int32_t last, size_t n, struct tr_arena *a,
                             const uint64_t **aged, struct tr_error *err)
{
    uint64_t *present = tr_arena_array(a, bit_words(n), sizeof *present);
    uint64_t *struck = tr_arena_array(a, bit_words(n), sizeof *struck);

    if (!present || !struck)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < n; i++) {
        if (!tr_has(c, i))
            continue;
        if (tr_has(date, i) && date->values.dates[i] <= last)
            bit_set(struck, i);
        else
            bit_set(present, i);
    }
    c->present = present;
    *aged = struck;
    return TR_OK;
}

/* A fact whose date is not known is not known to be old: it stays. `columns` are
 * those of f->base, to be changed in place. */
static enum tr_status age(const struct tr_rules *r, int32_t as_of,
                          struct tr_column *columns, struct tr_arena *a,
                          struct facts *f, struct tr_error *err)
{
    const uint64_t **aged = tr_arena_array(a, r->n_ageing + 1, sizeof *aged);
    enum tr_status st = TR_OK;

    f->old = tr_arena_array(a, r->n_ageing + 1, sizeof *f->old);
    if (!aged || !f->old)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < r->n_ageing && !st; i++) {
        const struct rule_ageing *rule = &r->ageing[i];
        const struct tr_column *c = tr_table_column(&f->base, rule->field);
        const struct tr_column *d = tr_table_column(&f->base, rule->date);
        struct tr_column *old = tr_arena_alloc(a, sizeof *old);

        if (!old)
            return tr_fail(err, TR_ENOMEM, no_memory);
        if (!d || d->type != TR_DATE)
            return tr_fail(err, TR_ECONFIG, "%s:%d:%d: '%.60s' is not a date",
                           r->file, rule->line, rule->column, rule->date);
        *old = *c;
        f->old[i] = old;
        st = strike(&columns[c - columns], d, too_old(as_of, rule->years),
                    f->base.n_rows, a, &aged[i], err);
    }
    f->aged = aged;
    return st;
}

enum tr_status facts_base(const struct tr_snapshot *s, const struct tr_rules *r,
                          int32_t as_of, struct tr_arena *a, struct facts *out,
                          struct tr_error *err)
{
    size_t n_fields, n = 0;
    struct tr_column *columns;
    enum tr_status st;

    tr_fields(&n_fields);
    columns =
        tr_arena_array(a, s->sites.n_columns + n_fields + 1, sizeof *columns);
    if (!columns)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < s->sites.n_columns; i++) {
        if (!is_ours(r, s->sites.columns[i].name))
            columns[n++] = s->sites.columns[i];
    }
    st = add_blanks(r, s->n_sites, columns, &n, a, err);
    out->base = (struct tr_table){ s->n_sites, n, columns };
    return st ? st : age(r, as_of, columns, a, out, err);
}

static struct tr_column number_column(const char *name, const char *title,
                                      const char *unit, const double *values,
                                      const uint64_t *present)
{
    struct tr_column c = { .name = name,
                           .title = title,
                           .unit = unit,
                           .type = TR_NUMBER,
                           .present = present };

    c.values.numbers = values;
    return c;
}

static void fill_table(const struct facts *f, const struct tr_rules *r,
                       const struct measure *measures, enum facts_end end,
                       struct tr_column *columns)
{
    size_t n = f->base.n_columns;

    memcpy(columns, f->base.columns, n * sizeof *columns);
    for (size_t i = 0; i < r->n_measures; i++) {
        const struct measure *m = &measures[i];

        columns[n++] =
            number_column(m->rule->name, m->rule->title, m->rule->unit,
                          end == FACTS_LOW    ? m->low
                          : end == FACTS_HIGH ? m->high
                                              : m->value,
                          m->present);
    }
    for (int a = 0; a < TR_AXES; a++)
        columns[n++] = number_column(tr_axis_name((enum tr_axis)a), NULL,
                                     "points", f->axis[a], f->axis_present[a]);
}

enum tr_status facts_add(struct facts *f, const struct tr_snapshot *s,
                         const struct tr_rules *r,
                         const struct measure *measures, struct tr_arena *a,
                         struct tr_error *err)
{
    size_t n = f->base.n_columns + r->n_measures + TR_AXES;

    for (int i = 0; i < TR_AXES; i++) {
        f->axis[i] = tr_arena_array(a, s->n_sites + 1, sizeof(double));
        f->axis_present[i] = tr_arena_array(a, bit_words(s->n_sites), 8);
        if (!f->axis[i] || !f->axis_present[i])
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    for (int end = 0; end < FACTS_ENDS; end++) {
        struct tr_column *columns = tr_arena_array(a, n, sizeof *columns);

        if (!columns)
            return tr_fail(err, TR_ENOMEM, no_memory);
        fill_table(f, r, measures, (enum facts_end)end, columns);
        f->tables[end] = (struct tr_table){ s->n_sites, n, columns };
    }
    return TR_OK;
}
