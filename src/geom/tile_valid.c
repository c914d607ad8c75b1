/* tile_valid.c - see geom/tile_valid.h */
#include "geom/tile_valid.h"

#include <geos_c.h>
#include <math.h>
#include <string.h>

struct tile_valid {
    GEOSContextHandle_t geos;
};

static void close_geos(void *p)
{
    GEOS_finish_r(p);
}

enum tr_status tile_valid_open(struct tr_arena *a, struct tile_valid **out,
                               struct tr_error *err)
{
    struct tile_valid *v = tr_arena_alloc(a, sizeof *v);

    if (v)
        v->geos = GEOS_init_r();
    if (!v || !v->geos || tr_arena_defer(a, close_geos, v->geos))
        return tr_fail(err, TR_ENOMEM, "no memory left for GEOS");
    *out = v;
    return TR_OK;
}

bool tile_rings_add(struct tile_rings *r, const struct path *path,
                    bool is_outer)
{
    if (r->n == r->size) {
        size_t size = r->size ? r->size * 2 : 8;
        struct path *rings = tr_arena_array(r->a, size, sizeof *rings);
        bool *outer = tr_arena_array(r->a, size, sizeof *outer);

        if (!rings || !outer)
            return false;
        if (r->n) {
            memcpy(rings, r->rings, r->n * sizeof *rings);
            memcpy(outer, r->is_outer, r->n * sizeof *outer);
        }
        r->rings = rings;
        r->is_outer = outer;
        r->size = size;
    }
    r->rings[r->n] = *path;
    r->is_outer[r->n++] = is_outer;
    return true;
}

static void wind(struct path *ring, bool is_outer)
{
    if ((path_area2(ring->p, ring->n) > 0) == is_outer)
        return;
    for (size_t i = 0, j = ring->n - 1; i < j; i++, j--) {
        struct path_point t = ring->p[i];

        ring->p[i] = ring->p[j];
        ring->p[j] = t;
    }
}

static GEOSGeometry *ring_shape(GEOSContextHandle_t h, const struct path *ring)
{
    GEOSCoordSequence *s = GEOSCoordSeq_create_r(h, (unsigned)ring->n + 1, 2);

    for (size_t i = 0; s && i <= ring->n; i++) {
        const struct path_point *p = &ring->p[i < ring->n ? i : 0];

        GEOSCoordSeq_setXY_r(h, s, (unsigned)i, (double)p->x, (double)p->y);
    }
    return s ? GEOSGeom_createLinearRing_r(h, s) : NULL;
}

/* NULL when GEOS has no memory left. */
static GEOSGeometry *polygon_shape(struct tile_valid *v, struct tr_arena *a,
                                   const struct path *rings, size_t n)
{
    GEOSGeometry **holes = tr_arena_array(a, n, sizeof *holes);
    GEOSGeometry *outer = holes ? ring_shape(v->geos, &rings[0]) : NULL;
    unsigned n_holes = 0;

    if (!outer)
        return NULL;
    for (size_t i = 1; i < n; i++) {
        holes[n_holes] = ring_shape(v->geos, &rings[i]);
        n_holes += holes[n_holes] != NULL;
    }
    return GEOSGeom_createPolygon_r(v->geos, outer, holes, n_holes);
}

static bool read_ring(struct tile_valid *v, const GEOSGeometry *shape,
                      struct path *out)
{
    const GEOSCoordSequence *s = GEOSGeom_getCoordSeq_r(v->geos, shape);
    unsigned n = 0;

    if (!s || !GEOSCoordSeq_getSize_r(v->geos, s, &n))
        return false;
    for (unsigned i = 0; i + 1 < n; i++) {
        double x = 0, y = 0;

        GEOSCoordSeq_getXY_r(v->geos, s, i, &x, &y);
        path_add(out, (int64_t)lround(x), (int64_t)lround(y));
    }
    return out->n >= 3 && path_area2(out->p, out->n) != 0;
}

static enum tr_status read_polygon(struct tile_valid *v,
                                   const GEOSGeometry *shape,
                                   struct tile_rings *out, struct tr_error *err)
{
    int n = GEOSGetNumInteriorRings_r(v->geos, shape);

    for (int i = -1; i < n; i++) {
        struct path ring = { .a = out->a };
        bool ok = read_ring(v,
                            i < 0 ? GEOSGetExteriorRing_r(v->geos, shape)
                                  : GEOSGetInteriorRingN_r(v->geos, shape, i),
                            &ring);

        if (ring.failed)
            return tr_fail(err, TR_ENOMEM, "no memory left for a tile");
        if (!ok && i < 0)
            return TR_OK;
        if (!ok)
            continue;
        wind(&ring, i < 0);
        if (!tile_rings_add(out, &ring, i < 0))
            return tr_fail(err, TR_ENOMEM, "no memory left for a tile");
    }
    return TR_OK;
}

/* Valid, and on whole numbers: where edges crossed, a new vertex need not be.
 * Reducing the precision snaps it and keeps the rest valid. NULL: nothing. */
static GEOSGeometry *mend(struct tile_valid *v, const GEOSGeometry *shape)
{
    GEOSMakeValidParams *how = GEOSMakeValidParams_create_r(v->geos);
    GEOSGeometry *valid = NULL, *snapped = NULL;

    if (how) {
        GEOSMakeValidParams_setMethod_r(v->geos, how,
                                        GEOS_MAKE_VALID_STRUCTURE);
        GEOSMakeValidParams_setKeepCollapsed_r(v->geos, how, 0);
        valid = GEOSMakeValidWithParams_r(v->geos, shape, how);
        GEOSMakeValidParams_destroy_r(v->geos, how);
    }
    if (valid)
        snapped = GEOSGeom_setPrecision_r(v->geos, valid, 1.0, 0);
    GEOSGeom_destroy_r(v->geos, valid);
    return snapped;
}

static enum tr_status read_mended(struct tile_valid *v,
                                  const GEOSGeometry *shape,
                                  struct tile_rings *out, struct tr_error *err)
{
    int n = GEOSGetNumGeometries_r(v->geos, shape);
    enum tr_status st = TR_OK;

    for (int i = 0; i < n && !st; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(v->geos, shape, i);

        /* What GEOS cannot mend is left out rather than drawn wrong. */
        if (GEOSGeomTypeId_r(v->geos, part) == GEOS_POLYGON &&
            !GEOSisEmpty_r(v->geos, part) && GEOSisValid_r(v->geos, part) == 1)
            st = read_polygon(v, part, out, err);
    }
    return st;
}

/* A triangle with an area is valid as it is. */
static bool needs_no_check(const struct path *rings, size_t n)
{
    return n == 1 && rings[0].n == 3;
}

enum tr_status tile_valid_polygon(struct tile_valid *v,
                                  const struct path *rings, size_t n,
                                  struct tile_rings *out, struct tr_error *err)
{
    GEOSGeometry *shape = NULL, *mended = NULL;
    bool is_fine = needs_no_check(rings, n);
    enum tr_status st = TR_OK;

    if (!is_fine) {
        shape = polygon_shape(v, out->a, rings, n);
        if (!shape)
            return tr_fail(err, TR_ENOMEM, "no memory left for GEOS");
        is_fine = GEOSisValid_r(v->geos, shape) == 1;
    }
    if (is_fine) {
        for (size_t i = 0; i < n && !st; i++) {
            struct path ring = rings[i];

            wind(&ring, i == 0);
            if (!tile_rings_add(out, &ring, i == 0))
                st = tr_fail(err, TR_ENOMEM, "no memory left for a tile");
        }
    } else {
        mended = mend(v, shape);
        if (mended)
            st = read_mended(v, mended, out, err);
    }
    GEOSGeom_destroy_r(v->geos, mended);
    GEOSGeom_destroy_r(v->geos, shape);
    return st;
}

static struct path path_of(const struct mesh_paths *p, size_t i,
                           struct tr_arena *a)
{
    const int32_t *v = mesh_path_at(p, i);
    struct path path = { .a = a };

    for (size_t k = 0; k < mesh_path_len(p, i); k++)
        path_add(&path, v[2 * k], v[2 * k + 1]);
    return path;
}

/* The outer ring i and the holes before `end`; what has no area is nothing. */
static bool valid_group(struct tile_valid *v, const struct mesh_paths *p,
                        size_t i, size_t end, struct tile_rings *rings)
{
    struct path *group = tr_arena_array(rings->a, end - i, sizeof *group);
    size_t n = 0;

    if (!group)
        return false;
    for (size_t r = i; r < end; r++) {
        if (mesh_path_area2(mesh_path_at(p, r), mesh_path_len(p, r)) == 0) {
            if (r == i)
                return true;
            continue;
        }
        group[n] = path_of(p, r, rings->a);
        if (group[n++].failed)
            return false;
    }
    return tile_valid_polygon(v, group, n, rings, NULL) == TR_OK;
}

bool tile_valid_paths(struct tile_valid *v, const struct mesh_paths *p,
                      struct tr_arena *a, struct mesh_paths *out)
{
    struct tile_rings rings = { .a = a };

    for (size_t i = 0, end; i < p->start.n; i = end) {
        for (end = i + 1; end < p->start.n && !p->outer.v[end];)
            end++;
        if (!valid_group(v, p, i, end, &rings))
            return false;
    }
    for (size_t r = 0; r < rings.n; r++) {
        mesh_path_begin(out, rings.is_outer[r]);
        for (size_t k = 0; k < rings.rings[r].n; k++)
            mesh_path_add(out, (int32_t)rings.rings[r].p[k].x,
                          (int32_t)rings.rings[r].p[k].y);
    }
    return !mesh_paths_failed(out);
}
