/* cql2_wkt.c - geometry literals in text: WKT and BBOX. */
#include <string.h>

#include "cql2_parse.h"

#define MAX_COLLECTION_DEPTH 4

struct doubles {
    double *items;
    size_t n, size;
};

static bool add_number(struct cql2_parser *p, struct doubles *d, double v)
{
    if (d->n == d->size) {
        size_t size = d->size ? d->size * 2 : 8;
        double *items = tr_arena_array(p->make.arena, size, sizeof *items);

        if (!items)
            return cql2_fail(&p->make, TR_ENOMEM,
                             "no memory left for the geometry");
        if (d->n)
            memcpy(items, d->items, d->n * sizeof *items);
        d->items = items;
        d->size = size;
    }
    d->items[d->n++] = v;
    return true;
}

static bool at_number(const struct cql2_parser *p)
{
    return p->token == CQL2_TOKEN_INTEGER || p->token == CQL2_TOKEN_NUMBER ||
           cql2_at_sign(p, "-");
}

static bool parse_number(struct cql2_parser *p, struct doubles *d)
{
    double sign = 1;

    if (cql2_at_sign(p, "-")) {
        sign = -1;
        if (!cql2_next(p))
            return false;
    }
    if (p->token != CQL2_TOKEN_INTEGER && p->token != CQL2_TOKEN_NUMBER)
        return cql2_expected(p, "a number");
    return add_number(p, d, sign * p->number) && cql2_next(p);
}

/* x y [z]; all positions of a geometry have as many numbers as the first. */
static bool parse_position(struct cql2_parser *p, struct doubles *d,
                           size_t *dims)
{
    size_t before = d->n;

    while (d->n == before || at_number(p)) {
        if (!parse_number(p, d))
            return false;
    }
    if (!*dims)
        *dims = d->n - before;
    if (d->n - before != *dims || *dims < 2 || *dims > 3)
        return cql2_fail(&p->make, TR_EINVAL,
                         "a position has %zu numbers, expected %zu",
                         d->n - before, *dims == 3 ? *dims : 2);
    return true;
}

static struct cql2_shape *new_shape(struct cql2_parser *p,
                                    enum cql2_shape_kind kind)
{
    struct cql2_shape *s = tr_arena_alloc(p->make.arena, sizeof *s);

    if (!s)
        return cql2_fail(&p->make, TR_ENOMEM,
                         "no memory left for the geometry");
    s->kind = kind;
    return s;
}

static bool comma(struct cql2_parser *p, bool *more)
{
    *more = cql2_at_sign(p, ",");
    return *more ? cql2_next(p) : cql2_expect(p, ")");
}

static const struct cql2_shape *
parse_positions(struct cql2_parser *p, enum cql2_shape_kind kind, size_t *dims)
{
    struct cql2_shape *s = new_shape(p, kind);
    struct doubles d = { 0 };

    if (!s || !cql2_expect(p, "("))
        return NULL;
    for (bool more = true; more;) {
        if (!parse_position(p, &d, dims) || !comma(p, &more))
            return NULL;
    }
    s->dims = *dims;
    s->n = d.n / *dims;
    s->coords = d.items;
    return s;
}

struct shapes {
    const struct cql2_shape **items;
    size_t n, size;
};

static bool add_shape(struct cql2_parser *p, struct shapes *l,
                      const struct cql2_shape *s)
{
    if (!s)
        return false;
    if (l->n == l->size) {
        size_t size = l->size ? l->size * 2 : 4;
        const struct cql2_shape **items = tr_arena_array(
            p->make.arena, size, sizeof(const struct cql2_shape *));

        if (!items)
            return cql2_fail(&p->make, TR_ENOMEM,
                             "no memory left for the geometry");
        if (l->n)
            memcpy(items, l->items, l->n * sizeof *items);
        l->items = items;
        l->size = size;
    }
    l->items[l->n++] = s;
    return true;
}

static const struct cql2_shape *
parse_parts(struct cql2_parser *p, enum cql2_shape_kind kind, size_t *dims);

/* A point of a multipoint may stand without brackets of its own. */
static const struct cql2_shape *parse_bare_point(struct cql2_parser *p,
                                                 size_t *dims)
{
    struct cql2_shape *s = new_shape(p, CQL2_POINT);
    struct doubles d = { 0 };

    if (!s || !parse_position(p, &d, dims))
        return NULL;
    s->dims = *dims;
    s->n = 1;
    s->coords = d.items;
    return s;
}

static const struct cql2_shape *
parse_part(struct cql2_parser *p, enum cql2_shape_kind kind, size_t *dims)
{
    switch (kind) {
    case CQL2_MULTIPOINT:
        return cql2_at_sign(p, "(") ? parse_positions(p, CQL2_POINT, dims)
                                    : parse_bare_point(p, dims);
    case CQL2_POLYGON:
    case CQL2_MULTILINESTRING: return parse_positions(p, CQL2_LINESTRING, dims);
    case CQL2_MULTIPOLYGON: return parse_parts(p, CQL2_POLYGON, dims);
    case CQL2_POINT:
    case CQL2_LINESTRING:
    case CQL2_COLLECTION:
    case CQL2_BBOX: break;
    }
    return NULL;
}

static const struct cql2_shape *
parse_parts(struct cql2_parser *p, enum cql2_shape_kind kind, size_t *dims)
{
    struct cql2_shape *s = new_shape(p, kind);
    struct shapes parts = { 0 };

    if (!s || !cql2_expect(p, "("))
        return NULL;
    for (bool more = true; more;) {
        if (!add_shape(p, &parts, parse_part(p, kind, dims)) ||
            !comma(p, &more))
            return NULL;
    }
    s->dims = *dims;
    s->n = parts.n;
    s->items = parts.items;
    return s;
}

static const struct cql2_shape *parse_collection(struct cql2_parser *p,
                                                 int depth)
{
    struct cql2_shape *s = new_shape(p, CQL2_COLLECTION);
    struct shapes parts = { 0 };

    if (!s || !cql2_expect(p, "("))
        return NULL;
    for (bool more = true; more;) {
        if (!add_shape(p, &parts, cql2_parse_shape(p, depth + 1)) ||
            !comma(p, &more))
            return NULL;
    }
    s->dims = parts.items[0]->dims;
    s->n = parts.n;
    s->items = parts.items;
    return s;
}

static const struct cql2_shape *parse_bbox(struct cql2_parser *p)
{
    struct cql2_shape *s = new_shape(p, CQL2_BBOX);
    struct doubles d = { 0 };

    if (!s || !cql2_expect(p, "("))
        return NULL;
    for (bool more = true; more;) {
        if (!parse_number(p, &d) || !comma(p, &more))
            return NULL;
    }
    s->n = d.n;
    s->dims = d.n / 2;
    s->coords = d.items;
    return s;
}

static const struct cql2_shape *
parse_of_kind(struct cql2_parser *p, enum cql2_shape_kind kind, int depth)
{
    size_t dims = 0;

    switch (kind) {
    case CQL2_POINT:
    case CQL2_LINESTRING: return parse_positions(p, kind, &dims);
    case CQL2_POLYGON:
    case CQL2_MULTIPOINT:
    case CQL2_MULTILINESTRING:
    case CQL2_MULTIPOLYGON: return parse_parts(p, kind, &dims);
    case CQL2_COLLECTION: return parse_collection(p, depth);
    case CQL2_BBOX: return parse_bbox(p);
    }
    return NULL;
}

const struct cql2_shape *cql2_parse_shape(struct cql2_parser *p, int depth)
{
    enum cql2_shape_kind kind;
    size_t at = p->start;

    if (depth > MAX_COLLECTION_DEPTH)
        return cql2_fail(&p->make, TR_ELIMIT,
                         "a geometry collection is more than %d levels deep",
                         MAX_COLLECTION_DEPTH);
    if (p->token != CQL2_TOKEN_WORD ||
        !cql2_shape_kind_find(p->text + p->start, p->end - p->start, &kind))
        return cql2_expected(p, "a geometry");
    if (!cql2_next(p) || (cql2_at_word(p, "z") && !cql2_next(p)))
        return NULL;

    const struct cql2_shape *s = parse_of_kind(p, kind, depth);
    const char *why;

    if (s && !cql2_shape_check(s, &why)) {
        p->make.at = at;
        return cql2_fail(&p->make, TR_EINVAL, "%s", why);
    }
    return s;
}
