/*
 * load_place.h - the place that a profile belongs to, and the files of a
 * folder.
 */
#ifndef INGEST_LOAD_PLACE_H
#define INGEST_LOAD_PLACE_H

#include "ingest/load.h"
#include "terrier/place.h"

/* A whole small text file, NUL-terminated, in the arena. TR_ENOINPUT when it is
 * not there, TR_ELIMIT above 4 MiB. `*len` may be NULL. */
enum tr_status load_text(const char *path, struct tr_arena *a,
                         const char **text, size_t *len, struct tr_error *err);

/* The place of a folder: its documents, those that it lacks from the store. A
 * folder without place.yaml belongs to the only place that the store has.
 * Unless `keep_out` (a dry run), the folder's documents become the store's. */
enum tr_status load_place(struct store *s, const char *folder, bool keep_out,
                          struct tr_arena *a, const struct tr_place **out,
                          struct tr_error *err);

/* The profiles of a folder, by name: every .yaml but the place's documents. */
enum tr_status load_list_profiles(const char *folder, struct tr_arena *a,
                                  const char *const **out, size_t *n,
                                  struct tr_error *err);

#endif
