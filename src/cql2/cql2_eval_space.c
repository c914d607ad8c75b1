/* cql2_eval_space.c - how two geometries lie to each other: s_intersects ... */
#include "cql2_program.h"

/* What a relation is called when its two sides change places. */
static enum tr_relation swapped(enum tr_relation r)
{
    return r == TR_WITHIN ? TR_CONTAINS : r == TR_CONTAINS ? TR_WITHIN : r;
}

static enum tr_relation relation_of(enum cql2_op op)
{
    static const enum tr_relation relations[] = {
        TR_INTERSECTS, TR_EQUALS,   TR_DISJOINT, TR_TOUCHES,
        TR_WITHIN,     TR_OVERLAPS, TR_CROSSES,  TR_CONTAINS,
    };

    return relations[op - CQL2_S_INTERSECTS];
}

/* Each run makes its own: GEOS builds indexes inside while it answers. */
static bool open_handle(const struct cql2_space *s, struct cql2_run *run,
                        struct cql2_vec *out)
{
    enum tr_status st =
        s->shape ? tr_relate_open(s->shape, s->relation, &out->relate, NULL)
                 : tr_relate_open_pairs(s->relation, &out->relate, NULL);

    (void)run;
    return !st;
}

bool cql2_eval_space(const struct cql2_expr *e, struct cql2_run *run,
                     struct cql2_vec *out)
{
    const struct cql2_space *s = e->more.space;
    const struct cql2_vec *x = cql2_value(e->args[0], run);
    const struct cql2_vec *y = e->n > 1 ? cql2_value(e->args[1], run) : NULL;

    if (!x || (e->n > 1 && !y) || (!out->relate && !open_handle(s, run, out)))
        return false;
    cql2_both_present(run, out, x, y);
    for (size_t w = 0; w < run->words; w++)
        out->own.truth[w] = 0;
    for (size_t i = 0; i < run->n; i++) {
        if (!cql2_bit(out->present, i))
            continue;

        size_t row = run->first + i;
        const struct tr_geometry *g =
            e->args[0]->column->values.geometries[row];
        int holds =
            y ? tr_relate_pair(out->relate, g,
                               e->args[1]->column->values.geometries[row])
              : tr_relate_test(out->relate, g);

        cql2_set_bit(out->own.truth, i, holds == 1);
        if (holds < 0)
            cql2_set_bit(out->present, i, false);
    }
    return true;
}

/* ---- literals to shapes ---- */

static struct tr_shape *new_shapes(struct cql2_binder *b, size_t n)
{
    struct tr_shape *s = tr_arena_array(b->arena, n, sizeof *s);

    return s ? s : cql2_bind_no_memory(b);
}

static bool positions(struct cql2_binder *b, const struct cql2_shape *from,
                      struct tr_shape *to)
{
    double *lonlat = tr_arena_array(b->arena, from->n, 2 * sizeof *lonlat);

    if (!lonlat)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < from->n; i++) {
        lonlat[2 * i] = from->coords[i * from->dims];
        lonlat[2 * i + 1] = from->coords[i * from->dims + 1];
    }
    to->n = from->n;
    to->lonlat = lonlat;
    return true;
}

static bool box(struct cql2_binder *b, double west, double south, double east,
                double north, struct tr_shape *to)
{
    struct tr_shape *ring = new_shapes(b, 1);
    const double corners[10] = { west,  south, east,  south, east,
                                 north, west,  north, west,  south };
    double *lonlat = tr_arena_array(b->arena, 10, sizeof *lonlat);

    if (!ring || !lonlat)
        return cql2_bind_no_memory(b);
    for (size_t i = 0; i < 10; i++)
        lonlat[i] = corners[i];
    *ring =
        (struct tr_shape){ .kind = TR_SHAPE_LINE, .n = 5, .lonlat = lonlat };
    *to = (struct tr_shape){ .kind = TR_SHAPE_POLYGON, .n = 1, .parts = ring };
    /* A box without width or height is a line or a point. */
    if (west == east && south == north)
        *to = (struct tr_shape){ TR_SHAPE_POINT, 1, lonlat, NULL };
    else if (west == east || south == north)
        *to = (struct tr_shape){ TR_SHAPE_LINE, 2, lonlat, NULL };
    if (west == east && south != north)
        to->lonlat = lonlat + 2;
    return true;
}

/* West of a box greater than its east: it crosses the antimeridian. */
static bool bbox(struct cql2_binder *b, const struct cql2_shape *from,
                 struct tr_shape *to)
{
    const double *c = from->coords;
    double east = c[from->dims], north = c[from->dims + 1];
    struct tr_shape *halves;

    if (c[0] <= east)
        return box(b, c[0], c[1], east, north, to);
    halves = new_shapes(b, 2);
    if (!halves || !box(b, c[0], c[1], 180, north, &halves[0]) ||
        !box(b, -180, c[1], east, north, &halves[1]))
        return false;
    *to = (struct tr_shape){ .kind = TR_SHAPE_COLLECTION,
                             .n = 2,
                             .parts = halves };
    return true;
}

static bool shape_of(struct cql2_binder *b, const struct cql2_shape *from,
                     struct tr_shape *to)
{
    struct tr_shape *parts;

    if (from->kind == CQL2_BBOX)
        return bbox(b, from, to);
    to->kind = from->kind == CQL2_POINT        ? TR_SHAPE_POINT
               : from->kind == CQL2_LINESTRING ? TR_SHAPE_LINE
               : from->kind == CQL2_POLYGON    ? TR_SHAPE_POLYGON
                                               : TR_SHAPE_COLLECTION;
    if (from->coords)
        return positions(b, from, to);
    parts = new_shapes(b, from->n);
    for (size_t i = 0; parts && i < from->n; i++) {
        if (!shape_of(b, from->items[i], &parts[i]))
            return false;
    }
    to->n = from->n;
    to->parts = parts;
    return parts;
}

/* ---- binding ---- */

struct side {
    const struct cql2_expr *column; /* or */
    struct tr_shape *shape;
};

static bool bind_side(struct cql2_binder *b, const struct cql2_node *call,
                      const struct cql2_node *node, struct side *out)
{
    if (node->kind == CQL2_SHAPE) {
        out->shape = new_shapes(b, 1);
        return out->shape && shape_of(b, node->shape, out->shape);
    }
    out->column = cql2_bind_node(b, node);
    return out->column && cql2_want(b, call, out->column, TR_GEOMETRY);
}

/* The literal must be good now, not when the first row meets it. */
static struct tr_relate *try_shape(struct cql2_binder *b,
                                   const struct cql2_node *node,
                                   const struct cql2_space *s)
{
    struct tr_error err = TR_ERROR_INIT;
    struct tr_relate *r = NULL;

    if (tr_relate_open(s->shape, s->relation, &r, &err))
        return cql2_bind_fail(b, err.code, "'%s': %s",
                              cql2_op_info(node->op)->name, err.msg);
    return r;
}

static const struct cql2_expr *both_literal(struct cql2_binder *b,
                                            const struct cql2_node *node,
                                            const struct cql2_space *first,
                                            const struct cql2_space *second)
{
    struct tr_relate *r = try_shape(b, node, first);
    struct tr_relate *other = r ? try_shape(b, node, second) : NULL;
    struct cql2_expr proto = { .node = node,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_constant,
                               .is_constant = true };
    int holds = other ? tr_relate_shape(r, second->shape) : -1;

    proto.is_missing = holds < 0;
    proto.truth = holds == 1;
    tr_relate_close(r);
    tr_relate_close(other);
    return other ? cql2_bind_call(b, &proto, NULL, 0) : NULL;
}

const struct cql2_expr *cql2_bind_space(struct cql2_binder *b,
                                        const struct cql2_node *node)
{
    struct side x = { 0 }, y = { 0 };
    struct cql2_space *s = tr_arena_array(b->arena, 2, sizeof *s);
    struct cql2_expr proto = { .node = node,
                               .op = node->op,
                               .type = TR_BOOLEAN,
                               .eval = cql2_eval_space };

    if (!s)
        return cql2_bind_no_memory(b);
    if (!bind_side(b, node, node->args[0], &x) ||
        !bind_side(b, node, node->args[1], &y))
        return NULL;
    s[0] = (struct cql2_space){ relation_of(node->op), x.shape };
    s[1] = (struct cql2_space){ swapped(s[0].relation), y.shape };
    if (x.shape && y.shape)
        return both_literal(b, node, &s[0], &s[1]);
    /* The prepared shape stands first: f(column, shape) is swapped(f). */
    proto.more.space = y.shape ? &s[1] : &s[0];
    if (x.column && y.column) {
        const struct cql2_expr *columns[2] = { x.column, y.column };

        return cql2_bind_call(b, &proto, columns, 2);
    }

    struct tr_relate *r = try_shape(b, node, proto.more.space);

    if (!r)
        return NULL;
    tr_relate_close(r);
    return cql2_bind_call(b, &proto, x.column ? &x.column : &y.column, 1);
}
