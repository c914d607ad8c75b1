/* relate.c - the one door to GEOS for relations. See terrier/relate.h. */
#include "terrier/relate.h"

#include <assert.h>
#include <geos_c.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define E7 1e7

struct tr_relate {
    GEOSContextHandle_t geos;
    enum tr_relation relation;
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared;
    struct tr_extent extent; /* of the shape */
    char why[200];           /* what GEOS said last */
};

static void keep_message(const char *message, void *relate)
{
    struct tr_relate *r = relate;

    snprintf(r->why, sizeof r->why, "%s", message);
}

enum tr_status tr_relate_open_pairs(enum tr_relation relation,
                                    struct tr_relate **out,
                                    struct tr_error *err)
{
    struct tr_relate *r = calloc(1, sizeof *r);

    if (r)
        r->geos = GEOS_init_r();
    if (!r || !r->geos) {
        free(r);
        return tr_fail(err, TR_ENOMEM, "no memory left for a geometry");
    }
    GEOSContext_setErrorMessageHandler_r(r->geos, keep_message, r);
    r->relation = relation;
    *out = r;
    return TR_OK;
}

void tr_relate_close(struct tr_relate *r)
{
    if (!r)
        return;
    GEOSPreparedGeom_destroy_r(r->geos, r->prepared);
    GEOSGeom_destroy_r(r->geos, r->shape);
    GEOS_finish_r(r->geos);
    free(r);
}

/* ---- shapes to GEOS ---- */

static bool on_the_world(const struct tr_shape *s)
{
    for (size_t i = 0; s->lonlat && i < s->n; i++) {
        if (!(fabs(s->lonlat[2 * i]) <= 180) ||
            !(fabs(s->lonlat[2 * i + 1]) <= 90))
            return false;
    }
    for (size_t i = 0; !s->lonlat && i < s->n; i++) {
        if (!on_the_world(&s->parts[i]))
            return false;
    }
    return true;
}

static GEOSCoordSequence *shape_positions(struct tr_relate *r,
                                          const struct tr_shape *s)
{
    GEOSCoordSequence *c = GEOSCoordSeq_create_r(r->geos, (unsigned)s->n, 2);

    for (size_t i = 0; c && i < s->n; i++)
        GEOSCoordSeq_setXY_r(r->geos, c, (unsigned)i,
                             nearbyint(s->lonlat[2 * i] * E7),
                             nearbyint(s->lonlat[2 * i + 1] * E7));
    return c;
}

static GEOSGeometry **new_list(size_t n)
{
    return calloc(n, sizeof(void *));
}

static void destroy_all(struct tr_relate *r, GEOSGeometry **g, size_t n)
{
    for (size_t i = 0; i < n; i++)
        GEOSGeom_destroy_r(r->geos, g[i]);
    free(g);
}

static GEOSGeometry *from_shape(struct tr_relate *r, const struct tr_shape *s);

static GEOSGeometry *polygon_of(struct tr_relate *r, const struct tr_shape *s)
{
    GEOSGeometry **rings = new_list(s->n), *g = NULL;
    size_t n = 0;

    if (!rings)
        return NULL;
    for (; n < s->n; n++) {
        GEOSCoordSequence *c = shape_positions(r, &s->parts[n]);

        rings[n] = c ? GEOSGeom_createLinearRing_r(r->geos, c) : NULL;
        if (!rings[n])
            break;
    }
    if (n < s->n) {
        destroy_all(r, rings, n);
        return NULL;
    }
    g = GEOSGeom_createPolygon_r(r->geos, rings[0], rings + 1, (unsigned)n - 1);
    free(rings);
    return g;
}

/* The multi-kind when all parts are of one kind. */
static int collection_type(struct tr_relate *r, GEOSGeometry **g, size_t n)
{
    int type = GEOSGeomTypeId_r(r->geos, g[0]);

    for (size_t i = 1; i < n; i++) {
        if (GEOSGeomTypeId_r(r->geos, g[i]) != type)
            return GEOS_GEOMETRYCOLLECTION;
    }
    return type == GEOS_POINT        ? GEOS_MULTIPOINT
           : type == GEOS_LINESTRING ? GEOS_MULTILINESTRING
           : type == GEOS_POLYGON    ? GEOS_MULTIPOLYGON
                                     : GEOS_GEOMETRYCOLLECTION;
}

static GEOSGeometry *collection_of(struct tr_relate *r,
                                   const struct tr_shape *s)
{
    GEOSGeometry **parts = new_list(s->n), *g;
    size_t n = 0;

    if (!parts)
        return NULL;
    for (; n < s->n && (parts[n] = from_shape(r, &s->parts[n])); n++)
        ;
    if (n < s->n) {
        destroy_all(r, parts, n);
        return NULL;
    }
    g = GEOSGeom_createCollection_r(r->geos, collection_type(r, parts, n),
                                    parts, (unsigned)n);
    free(parts);
    return g;
}

static GEOSGeometry *from_shape(struct tr_relate *r, const struct tr_shape *s)
{
    GEOSCoordSequence *c;

    switch (s->kind) {
    case TR_SHAPE_POINT:
        c = shape_positions(r, s);
        return c ? GEOSGeom_createPoint_r(r->geos, c) : NULL;
    case TR_SHAPE_LINE:
        c = shape_positions(r, s);
        return c ? GEOSGeom_createLineString_r(r->geos, c) : NULL;
    case TR_SHAPE_POLYGON: return polygon_of(r, s);
    case TR_SHAPE_COLLECTION: return collection_of(r, s);
    }
    return NULL;
}

/* ---- our geometries to GEOS ---- */

static GEOSCoordSequence *
part_positions(struct tr_relate *r, const struct tr_geometry *g, uint32_t part)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];
    GEOSCoordSequence *c = GEOSCoordSeq_create_r(r->geos, end - first, 2);

    for (uint32_t i = first; c && i < end; i++)
        GEOSCoordSeq_setXY_r(r->geos, c, i - first, g->points[i].lon_e7,
                             g->points[i].lat_e7);
    return c;
}

static GEOSGeometry *geometry_polygon(struct tr_relate *r,
                                      const struct tr_geometry *g,
                                      uint32_t first, uint32_t end)
{
    GEOSGeometry **rings = new_list(end - first), *polygon;
    size_t n = 0;

    if (!rings)
        return NULL;
    for (; n < end - first; n++) {
        GEOSCoordSequence *c = part_positions(r, g, first + (uint32_t)n);

        rings[n] = c ? GEOSGeom_createLinearRing_r(r->geos, c) : NULL;
        if (!rings[n])
            break;
    }
    if (n < end - first) {
        destroy_all(r, rings, n);
        return NULL;
    }
    polygon =
        GEOSGeom_createPolygon_r(r->geos, rings[0], rings + 1, (unsigned)n - 1);
    free(rings);
    return polygon;
}

static GEOSGeometry *geometry_part(struct tr_relate *r,
                                   const struct tr_geometry *g, uint32_t i)
{
    GEOSCoordSequence *c;

    if (g->kind == TR_POLYGON)
        return geometry_polygon(r, g, g->polygon_start[i],
                                g->polygon_start[i + 1]);
    c = part_positions(r, g, i);
    if (!c)
        return NULL;
    return g->kind == TR_POINT ? GEOSGeom_createPoint_r(r->geos, c)
                               : GEOSGeom_createLineString_r(r->geos, c);
}

static GEOSGeometry *from_geometry(struct tr_relate *r,
                                   const struct tr_geometry *g)
{
    uint32_t all = g->kind == TR_POLYGON ? g->n_polygons : g->n_parts, n = 0;
    GEOSGeometry **parts, *whole;

    if (all == 1)
        return geometry_part(r, g, 0);
    if (!all)
        return NULL;
    parts = new_list(all);
    if (!parts)
        return NULL;
    for (; n < all && (parts[n] = geometry_part(r, g, n)); n++)
        ;
    if (n < all) {
        destroy_all(r, parts, n);
        return NULL;
    }
    whole = GEOSGeom_createCollection_r(r->geos, collection_type(r, parts, all),
                                        parts, all);
    free(parts);
    return whole;
}

/* ---- opening ---- */

static struct tr_extent extent_of(struct tr_relate *r)
{
    double w, s, e, n;

    /* The whole world when it cannot be said: then nothing is skipped. */
    if (!GEOSGeom_getExtent_r(r->geos, r->shape, &w, &s, &e, &n))
        return (struct tr_extent){ INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX };
    return (struct tr_extent){ (int32_t)w, (int32_t)s, (int32_t)e, (int32_t)n };
}

static enum tr_status check_shape(struct tr_relate *r, struct tr_error *err)
{
    char *reason;
    enum tr_status st;

    if (GEOSGeomTypeId_r(r->geos, r->shape) == GEOS_GEOMETRYCOLLECTION &&
        r->relation != TR_INTERSECTS && r->relation != TR_DISJOINT)
        return tr_fail(err, TR_EINVAL,
                       "a collection of several kinds of geometry can only be "
                       "tested for intersecting or being disjoint");
    if (GEOSisValid_r(r->geos, r->shape) == 1)
        return TR_OK;
    reason = GEOSisValidReason_r(r->geos, r->shape);
    /* The reason ends in the place, in our units: "Self-intersection[1 2]". */
    st = tr_fail(err, TR_EINVAL, "the geometry is not valid (%.*s)",
                 reason ? (int)strcspn(reason, "[") : 7,
                 reason ? reason : "unknown");
    GEOSFree_r(r->geos, reason);
    return st;
}

enum tr_status tr_relate_open(const struct tr_shape *shape,
                              enum tr_relation relation, struct tr_relate **out,
                              struct tr_error *err)
{
    struct tr_relate *r = NULL;
    enum tr_status st;

    if (!on_the_world(shape))
        return tr_fail(err, TR_EINVAL,
                       "a position lies off the world: give longitude from "
                       "-180 to 180, then latitude from -90 to 90");
    st = tr_relate_open_pairs(relation, &r, err);
    if (st)
        return st;
    assert(r);
    r->shape = from_shape(r, shape);
    st = r->shape ? check_shape(r, err)
                  : tr_fail(err, TR_EINVAL, "the geometry cannot be built%s%s",
                            *r->why ? ": " : "", r->why);
    if (!st) {
        r->prepared = GEOSPrepare_r(r->geos, r->shape);
        r->extent = extent_of(r);
        if (!r->prepared)
            st = tr_fail(err, TR_ENOMEM, "no memory left for a geometry");
    }
    if (st) {
        tr_relate_close(r);
        return st;
    }
    *out = r;
    return TR_OK;
}

/* ---- testing ---- */

static int answer(char geos)
{
    return geos == 0 || geos == 1 ? geos : -1;
}

static bool extents_meet(const struct tr_extent *a, const struct tr_extent *b)
{
    return a->west_e7 <= b->east_e7 && b->west_e7 <= a->east_e7 &&
           a->south_e7 <= b->north_e7 && b->south_e7 <= a->north_e7;
}

static int test_prepared(struct tr_relate *r, const GEOSGeometry *g)
{
    GEOSContextHandle_t c = r->geos;
    const GEOSPreparedGeometry *p = r->prepared;

    switch (r->relation) {
    case TR_INTERSECTS: return answer(GEOSPreparedIntersects_r(c, p, g));
    case TR_EQUALS: return answer(GEOSEquals_r(c, r->shape, g));
    case TR_DISJOINT: return answer(GEOSPreparedDisjoint_r(c, p, g));
    case TR_TOUCHES: return answer(GEOSPreparedTouches_r(c, p, g));
    case TR_WITHIN: return answer(GEOSPreparedWithin_r(c, p, g));
    case TR_OVERLAPS: return answer(GEOSPreparedOverlaps_r(c, p, g));
    case TR_CROSSES: return answer(GEOSPreparedCrosses_r(c, p, g));
    case TR_CONTAINS: return answer(GEOSPreparedContains_r(c, p, g));
    }
    return -1;
}

static int test_plain(struct tr_relate *r, const GEOSGeometry *a,
                      const GEOSGeometry *b)
{
    GEOSContextHandle_t c = r->geos;

    switch (r->relation) {
    case TR_INTERSECTS: return answer(GEOSIntersects_r(c, a, b));
    case TR_EQUALS: return answer(GEOSEquals_r(c, a, b));
    case TR_DISJOINT: return answer(GEOSDisjoint_r(c, a, b));
    case TR_TOUCHES: return answer(GEOSTouches_r(c, a, b));
    case TR_WITHIN: return answer(GEOSWithin_r(c, a, b));
    case TR_OVERLAPS: return answer(GEOSOverlaps_r(c, a, b));
    case TR_CROSSES: return answer(GEOSCrosses_r(c, a, b));
    case TR_CONTAINS: return answer(GEOSContains_r(c, a, b));
    }
    return -1;
}

int tr_relate_test(struct tr_relate *r, const struct tr_geometry *g)
{
    struct tr_extent extent = tr_geometry_extent(g);
    GEOSGeometry *other;
    int result;

    if (!extents_meet(&extent, &r->extent))
        return r->relation == TR_DISJOINT;
    other = from_geometry(r, g);
    if (!other)
        return -1;
    result = test_prepared(r, other);
    GEOSGeom_destroy_r(r->geos, other);
    return result;
}

int tr_relate_pair(struct tr_relate *r, const struct tr_geometry *first,
                   const struct tr_geometry *second)
{
    GEOSGeometry *a = from_geometry(r, first), *b = from_geometry(r, second);
    int result = a && b ? test_plain(r, a, b) : -1;

    GEOSGeom_destroy_r(r->geos, a);
    GEOSGeom_destroy_r(r->geos, b);
    return result;
}

int tr_relate_shape(struct tr_relate *r, const struct tr_shape *other)
{
    GEOSGeometry *b = from_shape(r, other);
    int result = b ? test_plain(r, r->shape, b) : -1;

    GEOSGeom_destroy_r(r->geos, b);
    return result;
}
