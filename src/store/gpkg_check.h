/*
 * gpkg_check.h - may a foreign GeoPackage be given to the GeoPackage reader?
 *
 * A GeoPackage is an SQLite database, and a database can hold code: virtual
 * tables that read other files, views and triggers that call functions. Before
 * vector_open() is given a GeoPackage, its schema is read here, read-only and
 * without running any of it, and refused when it holds
 *   - a virtual table of another module than rtree;
 *   - a view or a trigger that calls a function outside a short list (what the
 *     standard's own triggers and plain queries use);
 *   - a table or an index that names a function which reaches outside.
 */
#ifndef STORE_GPKG_CHECK_H
#define STORE_GPKG_CHECK_H

#include "terrier/status.h"

/* TR_EDATA when the file is refused or damaged (the sentence calls it `name`),
 * TR_ENOINPUT when it cannot be opened, TR_ELIMIT when its schema is larger
 * than any honest one. */
enum tr_status store_check_gpkg(const char *path, const char *name,
                                struct tr_error *err);

#endif
