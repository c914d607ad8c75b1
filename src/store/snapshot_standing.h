/* snapshot_standing.h - what people decided, as one audience may know it. Not
 * for others: snapshot_build.c asks for it. */
#ifndef STORE_SNAPSHOT_STANDING_H
#define STORE_SNAPSHOT_STANDING_H

#include "store/store.h"
#include "terrier/snapshot_input.h"

/* Fill in->standings and in->withdrawn from the ledger up to `until` (0: to the
 * end). The public gets what is published and nothing else; others what rests
 * on a run that they may see, and what is published. in->audience is set. */
enum tr_status snapshot_standings(struct store *s, int32_t as_of, int64_t until,
                                  struct tr_arena *a,
                                  struct tr_snapshot_input *in,
                                  struct tr_error *err);

#endif
