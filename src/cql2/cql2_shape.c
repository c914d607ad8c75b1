/* cql2_shape.c - the structure of geometry literals, from text or JSON. */
#include "cql2_tree.h"

static bool ring_is_closed(const struct cql2_shape *ring)
{
    const double *last = ring->coords + (ring->n - 1) * ring->dims;

    for (size_t i = 0; i < ring->dims; i++) {
        if (ring->coords[i] != last[i])
            return false;
    }
    return true;
}

static bool polygon_ok(const struct cql2_shape *s, const char **why)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i]->n < 4) {
            *why = "a ring of a polygon has fewer than four positions";
            return false;
        }
        if (!ring_is_closed(s->items[i])) {
            *why = "a ring of a polygon does not end where it starts";
            return false;
        }
    }
    return true;
}

static bool bbox_ok(const struct cql2_shape *s, const char **why)
{
    size_t half = s->n / 2;

    if (s->n != 4 && s->n != 6) {
        *why = "a bbox has four numbers: west, south, east, north (or six)";
        return false;
    }
    /* West may be greater than east: such a box crosses the antimeridian. */
    if (s->coords[1] > s->coords[half + 1]) {
        *why = "the south of a bbox lies north of its north";
        return false;
    }
    return true;
}

static bool items_ok(const struct cql2_shape *s, const char **why)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!cql2_shape_check(s->items[i], why))
            return false;
    }
    return true;
}

bool cql2_shape_check(const struct cql2_shape *s, const char **why)
{
    switch (s->kind) {
    case CQL2_POINT: *why = "a point has one position"; return s->n == 1;
    case CQL2_LINESTRING:
        *why = "a line has two positions or more";
        return s->n >= 2;
    case CQL2_POLYGON: return polygon_ok(s, why);
    case CQL2_BBOX: return bbox_ok(s, why);
    case CQL2_MULTIPOINT:
    case CQL2_MULTILINESTRING:
    case CQL2_MULTIPOLYGON:
    case CQL2_COLLECTION: return items_ok(s, why);
    }
    return false;
}
