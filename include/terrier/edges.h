/*
 * edges.h - which sites lie so near the boundary of an area that their own
 * precision leaves open on which side they are.
 *
 * A site counts when the distance from its position to a boundary of the set is
 * at most its precision, on the EPSG:27700 plane and in exact integers.
 * Boundaries are taken as the loaded polygons draw them, holes included: how
 * true a generalised boundary is to the ground is not known here. Sites without
 * a point are not asked about.
 */
#ifndef TR_EDGES_H
#define TR_EDGES_H

#include "terrier/snapshot.h"

struct tr_edge_site {
    uint32_t site;       /* index into the snapshot's sites */
    int32_t area;        /* the area it is said to be in, or TR_NO_AREA */
    int32_t neighbour;   /* the nearest other area within its precision, ties to
                            the first; TR_NO_AREA: the set ends there */
    int64_t distance_mm; /* to its own area's boundary, or without an area to
                            the nearest area; rounded down */
    int64_t precision_mm;
};

/* Those sites, in the snapshot's order; the list lives in the arena. `set`
 * belongs to `s`; sites of other places are left out. Fails with TR_ENOMEM or
 * TR_ELIMIT. */
enum tr_status tr_edges(const struct tr_snapshot *s,
                        const struct tr_area_set *set, struct tr_arena *a,
                        const struct tr_edge_site **out, size_t *n,
                        struct tr_error *err);

#endif
