/*
 * vector.h - reading and writing vector files: the one door to GDAL.
 *
 * GDAL decides by content, aborts when memory fails and opens what a file tells
 * it to; so it runs only in a child process (this same program, started again
 * with a hidden argument), with one named driver, no network, no exec, no files
 * but its input and a scratch folder, and limits on memory, time and size. Rows
 * come back over a pipe as plain values and are checked again here: the child
 * is not trusted.
 *
 * CSV is not read here: csv.h. A GeoPackage is an SQLite database, and SQLite's
 * door is the store: whoever opens one here calls store_check_gpkg()
 * (store/gpkg_check.h) first, which refuses what a hostile database could do.
 */
#ifndef TR_VECTOR_H
#define TR_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/arena.h"

enum vector_format {
    VECTOR_NONE,
    VECTOR_XLSX,
    VECTOR_GPKG,
    VECTOR_SHAPEFILE, /* a .shp with its sidecars, or a .zip holding them */
    VECTOR_GEOJSON,
    VECTOR_KML, /* .kml, or .kmz */
    VECTOR_FLATGEOBUF
};

struct vector_limits {
    size_t max_file_bytes; /* of the input, and of what a zip unpacks to */
    size_t max_rows;
    size_t max_row_bytes; /* one row, geometry included */
    size_t max_memory;    /* of the child */
    size_t max_points;    /* of one geometry; 0: as many as a row holds. Only a
                             GeoJSON is looked at: its text costs most */
    int max_seconds;      /* that we wait for it, and of its processor time */
};

struct vector_source {
    const char *path;
    const char *name; /* how messages call it: never the path */
    enum vector_format format;
    const char *layer;    /* table or sheet; NULL: the only one, else an error
                             that lists them */
    int header_row;       /* XLSX: 1-based row of the column names; 0: 1. A
                             column without a name there (the rest of a merged
                             cell) that holds values is called by its letter:
                             "column C" */
    const char *encoding; /* SHAPEFILE: NULL = what its .cpg says, else UTF-8 */
    struct vector_limits limits;
};

struct vector_column {
    const char *name;
    bool is_number; /* the format says so; values are text all the same */
};

/* What a row is: one text per column (NULL = null), and the geometry. Numbers
 * are written so that they read back to the same double; dates as yyyy-mm-dd,
 * instants as yyyy-mm-ddThh:mm:ss with the offset that they have; a sheet's
 * cells are otherwise as the file holds them ("1.00013E+11" stays so). Lists
 * are JSON. Columns of binary data and a sheet's blank rows are left out. */
struct vector_row {
    long number; /* feature number from 1, or the sheet's row number */
    const char *const *values;
    const unsigned char *wkb; /* NULL when the row has no geometry */
    size_t wkb_len;
};

struct vector_reader;

/* Start reading. Fails with TR_ENOINPUT, TR_EDATA (not such a file, damaged, or
 * refused: why), TR_ELIMIT, TR_EBACKEND (the child could not be fenced or
 * started). */
enum tr_status vector_open(const struct vector_source *source,
                           struct vector_reader **out, struct tr_error *err);
void vector_close(struct vector_reader *r); /* ends the child too */

size_t vector_n_columns(const struct vector_reader *r);
const struct vector_column *vector_columns(const struct vector_reader *r);
/* The CRS the file itself declares: an EPSG code, 0 when it says none, -1 when
 * it says one that has no EPSG code. */
int vector_srid(const struct vector_reader *r);

/* The next row, valid until the next call; `*out` is NULL after the last. */
enum tr_status vector_next(struct vector_reader *r,
                           const struct vector_row **out, struct tr_error *err);

/* ---- writing (export gpkg and the like) ---- */

struct vector_out_column {
    const char *name;
    char type; /* 't' text, 'i' integer, 'n' number, 'b' boolean, 'd' date */
};

struct vector_out_layer {
    const char *name;
    const char *title;       /* NULL: the name */
    const char *description; /* whose data it is, and the like; NULL: none */
    const char *changed; /* when its data last changed, RFC 3339; NULL: now. Set
                            it, and the same rows give the same bytes */
    int srid;
    char geometry; /* 'p' single points, 'l' lines, 'a' areas, '-' none */
    size_t n_columns;
    const struct vector_out_column *columns;
};

struct vector_writer;

/* Begin a file in `format` (VECTOR_GPKG so far) at `path`, which must not
 * exist; the caller renames it into place. Until vector_finish() an empty file
 * stands there, and the folder holds a scratch folder beside it. */
enum tr_status vector_create(const char *path, enum vector_format format,
                             struct vector_writer **out, struct tr_error *err);
enum tr_status vector_add_layer(struct vector_writer *w,
                                const struct vector_out_layer *layer,
                                struct tr_error *err);
/* One feature of the layer added last. values[i] NULL = null. */
enum tr_status vector_add_row(struct vector_writer *w,
                              const char *const *values,
                              const unsigned char *wkb, size_t wkb_len,
                              struct tr_error *err);
/* A QGIS style (QML) for the layer added last, put where QGIS looks for it
 * (the layer_styles table). */
enum tr_status vector_add_style(struct vector_writer *w, const char *name,
                                const char *qml, struct tr_error *err);
/* Finish and report; the writer is gone either way, and so is the file when it
 * could not be finished. To give up, finish and unlink. */
enum tr_status vector_finish(struct vector_writer *w, struct tr_error *err);

/* ---- the child ---- */

#define VECTOR_CHILD_ARGUMENT "--vector-child"

/* main() hands over to this, before anything else, when argv[1] is
 * VECTOR_CHILD_ARGUMENT; every test or bench program that reads or writes a
 * file here begins its main() with the same two lines:
 *
 *     if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
 *         return vector_child_main(argc, argv);
 *
 * Does not return in fact: the child leaves by _exit(). */
int vector_child_main(int argc, char **argv);

/* Which fences the running kernel grants, one line each, for `doctor`. */
struct vector_fence {
    const char *name; /* "landlock", "seccomp", "rlimits" */
    bool granted;
    const char *detail;
};
size_t vector_fences(struct vector_fence *out, size_t max);

#endif
