/*
 * source.h - the rows of a layer's files, whatever their format.
 *
 * CSV (a file, or the rows inside a profile) is read here with csv.h; all other
 * formats come through vector.h. Values are untrimmed text, as supplied.
 */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include "ingest/profile.h"

struct source_limits {
    size_t max_file_bytes, max_row_bytes, max_rows, max_memory;
    size_t max_points; /* of one geometry */
    int max_seconds;   /* for formats that a child process reads */
};

struct source;

struct source_row {
    long number; /* line in a CSV, row of a sheet, number of a feature */
    size_t n;    /* values; 0 after the last row */
    const char *const *values; /* NULL: null */
    const size_t *lengths;     /* of the values; NULL: not known */
    const unsigned char *wkb;  /* NULL: no geometry */
    size_t wkb_len;
};

/* Open `path` (NULL: the profile's own rows), which messages call `name`.
 * TR_ENOINPUT, TR_EDATA (empty, damaged, a header with a name twice),
 * TR_ECONFIG (a format that the name does not tell), TR_ELIMIT. */
enum tr_status source_open(const struct profile *p, const char *path,
                           const char *name, const struct source_limits *limits,
                           struct source **out, struct tr_error *err);
/* Is it a plain file of a size that is allowed? Asked before anything of it is
 * read: a pipe or a device would never end. TR_ENOINPUT, TR_ELIMIT. */
enum tr_status source_check_file(const char *path, const char *name,
                                 const struct source_limits *limits,
                                 struct tr_error *err);
void source_close(struct source *s); /* NULL is a no-op */

/* The trimmed names of the columns; borrowed from the source. */
size_t source_n_columns(const struct source *s);
const char *const *source_columns(const struct source *s);
/* The column so called, or SIZE_MAX. */
size_t source_column(const struct source *s, const char *name);
/* EPSG code that the file declares; 0: none, -1: one without a code. */
int source_srid(const struct source *s);
/* May its rows have a geometry? Those of a CSV and of a sheet have none. */
bool source_has_geometry(const struct source *s);
/* Does `header_row` say where its names are? A CSV's and a sheet's. */
bool source_has_header_row(const struct source *s);

/* The next row, valid until the next call; out->n is 0 after the last. */
enum tr_status source_next(struct source *s, struct source_row *out,
                           struct tr_error *err);

#endif
