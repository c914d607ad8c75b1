/*
 * load_sets.h - do the area sets that profiles name exist?
 *
 * `covers:` and `areas:` name an area set, of a layer that is loaded already or
 * loaded by the same command. A name that is near to one of those is a slip of
 * the pen; any other may come with a later load.
 */
#ifndef INGEST_LOAD_SETS_H
#define INGEST_LOAD_SETS_H

#include "ingest/profile.h"

struct load_sets;

/* Those of the store's area layers. */
enum tr_status load_sets_read(struct store *s, struct tr_arena *a,
                              struct load_sets **out, struct tr_error *err);
/* And that of a profile, when it is one of areas. */
enum tr_status load_sets_add(struct load_sets *sets, const struct profile *p,
                             struct tr_error *err);
/* TR_ECONFIG, with the profile's line, for a name that is a slip of the pen. */
enum tr_status load_sets_check(const struct load_sets *sets,
                               const struct profile *p, struct tr_error *err);

#endif
