/*
 * lookup.h - the tables behind lookup(name, key) in a profile's expressions.
 */
#ifndef INGEST_LOOKUP_H
#define INGEST_LOOKUP_H

#include "ingest/load.h"

struct load_lookups;

/* Where a source lies: a path in the arena. TR_ENOINPUT when it is only a URL
 * and there is no source root. */
enum tr_status load_source_path(const struct profile *p,
                                const struct profile_source *source,
                                const struct load_options *options,
                                struct tr_arena *a, const char **out,
                                struct tr_error *err);

/* Read the lookups of a profile into the arena, adding the digests of their
 * files to `h`. A key that has two values is TR_EDATA. */
enum tr_status load_lookups_read(const struct profile *p,
                                 const struct load_options *options,
                                 struct tr_arena *a, struct tr_hasher *h,
                                 struct load_lookups **out,
                                 struct tr_error *err);

/* For tr_cql2_env; `context` is the struct load_lookups. */
const char *load_lookup(const void *context, const char *name, const char *key);

#endif
