/*
 * relate.h - how two geometries lie to each other: inside, touching, crossing
 * (OGC Simple Features, DE-9IM), by GEOS.
 *
 * All is judged on the plane of lon, lat in whole 1e-7 degrees, which is how
 * every geometry here is kept: positions that are equal there are equal. The
 * world over, not Great Britain alone: easting and northing are not looked at.
 *
 * A tr_relate is one geometry made ready to be compared with many. It belongs
 * to one thread at a time; any number may be open.
 */
#ifndef TR_RELATE_H
#define TR_RELATE_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/geometry.h"

enum tr_relation {
    TR_INTERSECTS,
    TR_EQUALS,
    TR_DISJOINT,
    TR_TOUCHES,
    TR_WITHIN, /* the first within the second */
    TR_OVERLAPS,
    TR_CROSSES,
    TR_CONTAINS /* the first contains the second */
};

/* A geometry given by numbers, as a request writes it: parts below, positions
 * in the leaves. */
enum tr_shape_kind {
    TR_SHAPE_POINT,
    TR_SHAPE_LINE,
    TR_SHAPE_POLYGON, /* parts: its rings, as lines */
    TR_SHAPE_COLLECTION
};

struct tr_shape {
    enum tr_shape_kind kind;
    size_t n;             /* positions, or parts */
    const double *lonlat; /* POINT, LINE: n pairs of degrees */
    const struct tr_shape *parts;
};

struct tr_relate;

/* Make `shape` ready. Fails with TR_EINVAL, saying what is wrong, when a
 * position lies off the world or the geometry is not valid (crosses itself
 * ...), and for a collection of several kinds, which only TR_INTERSECTS and
 * TR_DISJOINT can take. */
enum tr_status tr_relate_open(const struct tr_shape *shape,
                              enum tr_relation relation, struct tr_relate **out,
                              struct tr_error *err);
/* For tr_relate_pair() alone. */
enum tr_status tr_relate_open_pairs(enum tr_relation relation,
                                    struct tr_relate **out,
                                    struct tr_error *err);
void tr_relate_close(struct tr_relate *r);

/* Does the relation hold between the shape and `g`, in this order; between two
 * geometries; between the shape and another? 1 yes, 0 no, -1 cannot be said:
 * GEOS gave up on a geometry that is not valid, or for want of memory. */
int tr_relate_test(struct tr_relate *r, const struct tr_geometry *g);
int tr_relate_pair(struct tr_relate *r, const struct tr_geometry *first,
                   const struct tr_geometry *second);
int tr_relate_shape(struct tr_relate *r, const struct tr_shape *other);

#endif
