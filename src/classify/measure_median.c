/* measure_median.c - the median of a value among a site's peers: the other
 * sites with the same `by`. Fewer than three peers are no yardstick. */
#include "classify/measure_parts.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_PEERS 3

static const char no_memory[] = "no memory for the measures";

struct peer {
    uint32_t code, site;
    double value;
};

static int order_peers(const void *a, const void *b)
{
    const struct peer *x = a, *y = b;

    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->site > y->site) - (x->site < y->site);
}

static enum tr_status column_of(const struct measure_input *in,
                                const struct rule_expr *e,
                                struct tr_column *out, struct tr_error *err)
{
    const struct tr_cql2_bound *b = NULL;
    enum tr_status st =
        rule_bind(in->rules, e, in->facts, &in->env, in->arena, &b, err);

    return st ? st : tr_cql2_values(b, 0, in->s->n_sites, in->arena, out, err);
}

/* The k-th value of a group without its member `out` (n: without it none). */
static double without(const struct peer *group, size_t out, size_t k)
{
    return group[k < out ? k : k + 1].value;
}

static double median(const struct peer *group, size_t n, size_t out)
{
    size_t rest = out < n ? n - 1 : n;

    if (rest % 2)
        return without(group, out, rest / 2);
    return (without(group, out, rest / 2 - 1) + without(group, out, rest / 2)) /
           2;
}

static size_t find_peers(const struct measure_input *in,
                         const struct tr_column *of, const struct tr_column *by,
                         struct peer *peers)
{
    size_t n = 0;

    for (size_t i = 0; i < in->s->n_sites; i++) {
        double v;

        if (!tr_has(by, i) || !tr_has(of, i))
            continue;
        v = of->type == TR_INTEGER ? (double)of->values.integers[i]
                                   : of->values.numbers[i];
        if (isfinite(v))
            peers[n++] = (struct peer){ by->values.codes[i], (uint32_t)i, v };
    }
    qsort(peers, n, sizeof *peers, order_peers);
    return n;
}

/* A site has its group's median, its own value taken out. */
static void put_medians(const struct measure_input *in,
                        const struct tr_column *by, const struct peer *peers,
                        size_t n, struct measure *m, uint32_t *rank)
{
    uint32_t *first = rank + in->s->n_sites; /* per code, then one more */

    for (size_t i = 0; i < in->s->n_sites; i++)
        rank[i] = UINT32_MAX;
    for (size_t k = n; k-- > 0;) {
        first[peers[k].code] = (uint32_t)k;
        rank[peers[k].site] = (uint32_t)k;
    }
    for (size_t i = 0; i < in->s->n_sites; i++) {
        uint32_t code, from;
        size_t size = 0, out;
        double v;

        if (!tr_has(by, i) || (in->scope && !bit_at(in->scope, i)))
            continue;
        code = by->values.codes[i];
        from = first[code];
        while (from + size < n && peers[from + size].code == code)
            size++;
        out = rank[i] == UINT32_MAX ? size : rank[i] - from;
        if (size - (out < size) < LEAST_PEERS)
            continue;
        v = median(peers + from, size, out);
        measure_put(m, i, v, v, v);
    }
}

enum tr_status measure_median(const struct measure_input *in, struct measure *m,
                              struct tr_error *err)
{
    struct tr_column of, by;
    struct peer *peers =
        tr_arena_array(in->arena, in->s->n_sites + 1, sizeof *peers);
    uint32_t *rank;
    enum tr_status st = column_of(in, &m->rule->of, &of, err);

    if (!st)
        st = column_of(in, &m->rule->by, &by, err);
    if (st)
        return st;
    if (of.type != TR_NUMBER && of.type != TR_INTEGER)
        return rule_fail(in->rules, &m->rule->of, err,
                         "a median needs numbers, this is %s",
                         tr_type_name(of.type));
    if (by.type != TR_TEXT)
        return rule_fail(in->rules, &m->rule->by, err,
                         "'by' needs a text, this is %s",
                         tr_type_name(by.type));
    rank = tr_arena_array(in->arena, in->s->n_sites + by.dict->n + 1,
                          sizeof *rank);
    if (!peers || !rank)
        return tr_fail(err, TR_ENOMEM, no_memory);
    put_medians(in, &by, peers, find_peers(in, &of, &by, peers), m, rank);
    return TR_OK;
}
