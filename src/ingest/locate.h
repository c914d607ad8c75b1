/*
 * locate.h - where postcodes and UPRNs lie: the layers of those kinds.
 */
#ifndef INGEST_LOCATE_H
#define INGEST_LOCATE_H

#include "ingest/layer_load.h"

struct load_gazetteer; /* for one call of load_files() */

/* `s` is borrowed. NULL when memory is full. */
struct load_gazetteer *load_gazetteer_new(struct store *s, struct tr_arena *a);

/* In a dry run the store will not have this layer's rows: remember them. Does
 * nothing for layers of other kinds. */
enum tr_status load_gazetteer_remember(struct load_gazetteer *g,
                                       const struct layer_load *l,
                                       struct tr_error *err);

#endif
