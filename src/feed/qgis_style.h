/*
 * qgis_style.h - styles that QGIS (3.22 and later) finds in a GeoPackage: QML.
 *
 * The signs of the classes are those of the web map: each has a shape and a
 * colour of its own, so that it can be told without seeing colour.
 */
#ifndef FEED_QGIS_STYLE_H
#define FEED_QGIS_STYLE_H

#include "terrier/buf.h"
#include "terrier/collection.h"

/* Points by their `class`. */
void qgis_style_sites(struct tr_buf *out);
/* Their outlines, by `class` too. */
void qgis_style_footprints(struct tr_buf *out);
/* A quiet outline and the area's name. `rank` 0 is the place's first set, drawn
 * strongest. */
void qgis_style_areas(unsigned rank, struct tr_buf *out);
/* What lies below: `draw` as in profiles (terrier/snapshot.h), NULL: plain. */
void qgis_style_context(enum tr_geometry_kind kind, const char *draw,
                        struct tr_buf *out);

#endif
