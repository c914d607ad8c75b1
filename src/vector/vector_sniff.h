/*
 * vector_sniff.h - is a file what it is said to be? Asked of its bytes, before
 * GDAL sees them: GDAL goes by content too, and would follow a file that only
 * calls itself a shapefile.
 */
#ifndef VECTOR_SNIFF_H
#define VECTOR_SNIFF_H

#include "terrier/arena.h"
#include "vector/vector.h"
#include "vector/vector_zip.h"

/* What the beginning of a file looks like, for a message: "an HTML page". Never
 * NULL. */
const char *vector_looks_like(const unsigned char *head, size_t len);

/* Is the file open at `fd` of this format? For a zip, `zip` receives its
 * checked members, else it has none. A GeoJSON's nesting (at most 64 levels)
 * and end, a KML's references to other files, and the lengths that a shapefile,
 * a GeoPackage and a zip give themselves are checked here too. Fails with
 * TR_EDATA (naming what the file looks like instead), TR_ELIMIT, TR_EIO. */
enum tr_status vector_sniff(int fd, const struct vector_source *source,
                            struct tr_arena *a, struct vector_zip *zip,
                            struct tr_error *err);

/* "an Excel workbook (.xlsx)" and the like, for messages. */
const char *vector_format_name(enum vector_format format);

#endif
