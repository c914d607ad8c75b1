/* layer_expression.c - a profile's expressions over a block of rows. See
 * layer_block.h. */
#include <string.h>

#include "ingest/layer_block.h"
#include "ingest/lookup.h"

static enum tr_status make_table(struct layer_load *l,
                                 const struct layer_block *b,
                                 struct tr_table *out, struct tr_error *err)
{
    const struct layer_plan *plan = b->plan;
    struct tr_column *columns =
        tr_arena_array(&l->block, plan->n, sizeof *columns);
    size_t n = 0;

    if (!columns)
        return layer_no_memory(l, err);
    for (size_t c = 0; c < plan->n; c++) {
        if (!plan->in_expression[c])
            continue;

        struct tr_column_builder *to =
            tr_column_builder_new(&l->block, plan->names[c], TR_TEXT);

        for (size_t i = 0; to && i < b->n; i++) {
            const char *v = b->rows[i].values[c];

            if (v && !tr_column_put_text(to, i, v))
                to = NULL;
        }
        if (!to)
            return layer_no_memory(l, err);

        enum tr_status st = tr_column_finish(to, b->n, &columns[n++], err);

        if (st)
            return st;
    }
    *out = (struct tr_table){ b->n, n, columns };
    return TR_OK;
}

static enum tr_status bind(struct layer_load *l,
                           const struct profile_expression *e,
                           const struct tr_table *t,
                           const struct tr_cql2_bound **out,
                           struct tr_error *err)
{
    const struct tr_cql2_env env = { .as_of = l->options->today,
                                     .lookup = load_lookup,
                                     .lookup_context = l->lookups };
    enum tr_status st = tr_cql2_bind(e->tree, t, &env, &l->block, out, err);

    return st == TR_EINVAL || st == TR_ELIMIT
               ? profile_expression_fail(l->p, e, 0, err)
               : st;
}

static enum tr_status filter(struct layer_load *l,
                             const struct profile_expression *e,
                             const struct tr_table *t, struct block_truth *out,
                             struct tr_error *err)
{
    const struct tr_cql2_bound *bound;
    size_t words = t->n_rows / 64 + 1;

    if (!e->tree)
        return TR_OK;

    enum tr_status st = bind(l, e, t, &bound, err);

    if (st)
        return st;
    if (tr_cql2_type(bound) != TR_BOOLEAN) {
        tr_fail(err, TR_ECONFIG, "a condition is wanted, this gives a %s",
                tr_type_name(tr_cql2_type(bound)));
        return profile_expression_fail(l->p, e, 0, err);
    }
    out->yes = tr_arena_array(&l->block, words, sizeof *out->yes);
    out->unknown = tr_arena_array(&l->block, words, sizeof *out->unknown);
    if (!out->yes || !out->unknown)
        return layer_no_memory(l, err);
    return tr_cql2_filter(bound, 0, t->n_rows, out->yes, out->unknown,
                          &l->block, err);
}

static enum tr_status values(struct layer_load *l,
                             const struct profile_expression *e,
                             const struct tr_table *t, struct tr_column *out,
                             struct tr_error *err)
{
    const struct tr_cql2_bound *bound;
    enum tr_status st = bind(l, e, t, &bound, err);

    if (st)
        return st;
    if (tr_cql2_type(bound) == TR_GEOMETRY) {
        tr_fail(err, TR_ECONFIG, "a field cannot hold a geometry");
        return profile_expression_fail(l->p, e, 0, err);
    }
    return tr_cql2_values(bound, 0, t->n_rows, &l->block, out, err);
}

enum tr_status layer_evaluate(struct layer_load *l, const struct layer_block *b,
                              struct block_values *out, struct tr_error *err)
{
    const struct profile *p = l->p;
    struct tr_table t;
    struct block_values made = {
        .tiers = tr_arena_array(&l->block, p->n_tiers, sizeof *made.tiers),
        .fields = tr_arena_array(&l->block, p->n_fields, sizeof *made.fields),
    };

    if (!made.tiers || !made.fields)
        return layer_no_memory(l, err);

    enum tr_status st = make_table(l, b, &t, err);

    if (!st)
        st = filter(l, &p->where, &t, &made.where, err);
    if (!st)
        st = filter(l, &p->total_row, &t, &made.total, err);
    for (size_t i = 0; i < p->n_tiers && !st; i++)
        st = filter(l, &p->tiers[i].when, &t, &made.tiers[i], err);
    for (size_t i = 0; i < p->n_fields && !st; i++) {
        if (p->fields[i].cql2.tree)
            st = values(l, &p->fields[i].cql2, &t, &made.fields[i], err);
    }
    if (!st)
        *out = made;
    return st;
}
