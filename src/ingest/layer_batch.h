/*
 * layer_batch.h - the blocks of a layer, mapped on all cores while the next are
 * read. What comes out does not depend on how many cores there are.
 */
#ifndef INGEST_LAYER_BATCH_H
#define INGEST_LAYER_BATCH_H

#include "ingest/layer_block.h"

struct layer_batch;

/* Fill a block; `*more` is false when the source has no more rows. Rows of the
 * block that were taken before a failure are still mapped. */
typedef enum tr_status (*layer_fill)(void *context, struct layer_block *b,
                                     bool *more, struct tr_error *err);

/* Lives as long as l->keep, since the rows made lie in it. */
enum tr_status layer_batch_new(struct layer_load *l,
                               const struct layer_plan *plan,
                               struct layer_batch **out, struct tr_error *err);

/* Blocks from fill() until it has no more, their rows and issues appended to
 * the layer in the order of the source. `like` says what is common to them. */
enum tr_status layer_batch_run(struct layer_batch *batch,
                               const struct layer_block_file *like,
                               layer_fill fill, void *context,
                               struct tr_error *err);

/* Release what only the work needed; the rows stay. */
void layer_batch_end(struct layer_batch *batch);

#endif
