/* snapshot_standing.h - what people decided, as one audience may know it:
 * snapshot_build.c asks for it; and which runs an audience may see. */
#ifndef STORE_SNAPSHOT_STANDING_H
#define STORE_SNAPSHOT_STANDING_H

#include "store/store.h"
#include "terrier/snapshot_input.h"

/* Ids of occupations that were taken back, in order. */
struct snapshot_withdrawn {
    const char **ids;
    size_t n;
};

/* Fill in->standings and `out` from the ledger up to `until` (0: to the end).
 * The public gets what is published and nothing else; others what rests on a
 * run that they may see, and what is published. A row that a link joins to a
 * withdrawn one is withdrawn too; nothing is for operators. in->audience and
 * in->places are set. */
enum tr_status snapshot_standings(struct store *s, int32_t as_of, int64_t until,
                                  struct tr_arena *a,
                                  struct tr_snapshot_input *in,
                                  struct snapshot_withdrawn *out,
                                  struct tr_error *err);
/* May it be shown the results of a run for the audience of this name? */
bool snapshot_may_see(const struct tr_audience *audience, const char *run);
bool snapshot_is_withdrawn(const struct snapshot_withdrawn *w, const char *id);

#endif
