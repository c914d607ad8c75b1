/* cql2_eval_time.c - how two moments or intervals lie to each other.
 *
 * Each side has a start and an end. When all are dates they are compared as
 * days; as soon as one is an instant, a date stands for its whole day, in UTC.
 */
#include <assert.h>

#include "cql2_program.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)

struct span {
    int64_t start, end;
};

/* Allen's relations, and the looser ones; OGC 21-065r2, 7.9. */
static bool relate(enum cql2_op op, struct span a, struct span b)
{
    switch ((int)op) {
    case CQL2_T_AFTER: return a.start > b.end;
    case CQL2_T_BEFORE: return a.end < b.start;
    case CQL2_T_CONTAINS: return a.start < b.start && a.end > b.end;
    case CQL2_T_DISJOINT: return a.start > b.end || a.end < b.start;
    case CQL2_T_DURING: return a.start > b.start && a.end < b.end;
    case CQL2_T_EQUALS: return a.start == b.start && a.end == b.end;
    case CQL2_T_FINISHED_BY: return a.start < b.start && a.end == b.end;
    case CQL2_T_FINISHES: return a.start > b.start && a.end == b.end;
    case CQL2_T_INTERSECTS: return a.start <= b.end && a.end >= b.start;
    case CQL2_T_MEETS: return a.end == b.start;
    case CQL2_T_MET_BY: return a.start == b.end;
    case CQL2_T_OVERLAPPED_BY:
        return a.start > b.start && a.start < b.end && a.end > b.end;
    case CQL2_T_OVERLAPS:
        return a.start < b.start && a.end > b.start && a.end < b.end;
    case CQL2_T_STARTED_BY: return a.start == b.start && a.end > b.end;
    case CQL2_T_STARTS: return a.start == b.start && a.end < b.end;
    default: assert(false && "a temporal operator"); return false;
    }
}

/* The last microsecond of a date's day. */
bool cql2_eval_day_end(const struct cql2_expr *e, struct cql2_run *run,
                       struct cql2_vec *out)
{
    if (!cql2_eval_to_instant(e, run, out))
        return false;
    for (size_t i = 0; i < run->n; i++) {
        if (out->own.integers[i] < INT64_MAX - US_PER_DAY)
            out->own.integers[i] += US_PER_DAY - 1;
    }
    return true;
}

static int64_t at(const struct cql2_vec *const *v, int arg, size_t i,
                  int64_t open)
{
    return arg < 0 ? open : v[arg]->integers[i];
}

bool cql2_eval_times(const struct cql2_expr *e, struct cql2_run *run,
                     struct cql2_vec *out)
{
    const struct cql2_times *t = e->more.times;
    const struct cql2_vec *v[4];

    for (size_t w = 0; w < run->words; w++) {
        out->present[w] = ~UINT64_C(0);
        out->own.truth[w] = 0;
    }
    for (size_t k = 0; k < e->n; k++) {
        v[k] = cql2_value(e->args[k], run);
        if (!v[k])
            return false;
        cql2_both_present(run, out, out, v[k]);
    }
    for (size_t i = 0; i < run->n; i++) {
        struct span s[2];

        for (size_t k = 0; k < 2; k++) {
            s[k].start = at(v, t->start[k], i, INT64_MIN);
            s[k].end = at(v, t->end[k], i, INT64_MAX);
        }
        cql2_set_bit(out->own.truth, i,
                     cql2_bit(out->present, i) && relate(e->op, s[0], s[1]));
    }
    return true;
}

/* ---- binding ---- */

/* An end of an interval, or a moment that is both ends; NULL: open. */
static bool bind_end(struct cql2_binder *b, const struct cql2_node *call,
                     const struct cql2_node *node, const struct cql2_expr **out)
{
    *out = NULL;
    if (node->kind == CQL2_OPEN)
        return true;
    *out = cql2_bind_node(b, node);
    if (!*out)
        return false;
    if ((*out)->type == TR_DATE || (*out)->type == TR_INSTANT)
        return true;
    cql2_bind_fail(b, TR_EINVAL,
                   "'%s' expects a date, an instant or an interval, not %s",
                   cql2_op_info(call->op)->name, cql2_describe(b, *out));
    return false;
}

static const struct cql2_expr *
as_instant(struct cql2_binder *b, const struct cql2_expr *e, bool is_end)
{
    struct cql2_expr proto = { .node = e->node,
                               .type = TR_INSTANT,
                               .eval = cql2_eval_day_end };

    if (e->type == TR_DATE && is_end)
        return cql2_bind_call(b, &proto, &e, 1);
    return cql2_convert(b, e, TR_INSTANT);
}

const struct cql2_expr *cql2_bind_times(struct cql2_binder *b,
                                        const struct cql2_node *node)
{
    const struct cql2_expr *ends[4], *args[4]; /* start, end; start, end */
    struct cql2_times *t = tr_arena_alloc(b->arena, sizeof *t);
    struct cql2_expr proto = { .node = node,
                               .op = node->op,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_times };
    bool dates = true;
    size_t n = 0;

    if (!t)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < 4; i++) {
        const struct cql2_node *side = node->args[i / 2];

        if (side->kind == CQL2_INTERVAL)
            side = side->args[i % 2];
        if (!bind_end(b, node, side, &ends[i]))
            return NULL;
        dates &= !ends[i] || ends[i]->type == TR_DATE;
    }
    for (size_t i = 0; i < 4; i++) {
        *(i % 2 ? &t->end[i / 2] : &t->start[i / 2]) = ends[i] ? (int)n : -1;
        if (!ends[i])
            continue;
        args[n] = dates ? ends[i] : as_instant(b, ends[i], i % 2);
        if (!args[n++])
            return NULL;
    }
    proto.more.times = t;
    return cql2_bind_call(b, &proto, args, n);
}
