/*
 * vector_files.h - files for the tests of src/vector, and what reading them
 * gives, as one text.
 *
 * The files are made by tests/tools/make-formats in a folder of their own.
 * While it is there $TMPDIR is its "scratch" folder, so that a test can see
 * whether anything was left behind.
 */
#ifndef VECTOR_FILES_H
#define VECTOR_FILES_H

#include <stdbool.h>

#include "vector/vector.h"

/* cmocka's group fixtures. *state becomes the folder's name, or stays NULL when
 * the files cannot be made here (no python3-gdal): tests then skip. */
int vector_files_make(void **state);
int vector_files_remove(void **state);

/* "folder/name", valid until the next call with the same `slot` (0..3). */
const char *vector_file(void *state, const char *name, int slot);

/* A source with the tests' usual limits; its path is of slot 0. */
struct vector_source vector_file_source(void *state, const char *name,
                                        enum vector_format format);

/* Read it all: "27700 uprn#,name\n1 a,-,POINT(1 2)\n", or
 * "status name: message\n" after what was read. Freed by the caller. */
char *vector_file_text(const struct vector_source *source);

/* No child runs and the scratch folder is empty. */
bool vector_files_clean(void *state);

#endif
