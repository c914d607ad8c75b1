/*
 * snapshot_build.h - from the store to a snapshot of what one audience may see.
 *
 * Rows and fields above the audience's tier are left out here, before anything
 * is made of them: what is not in a snapshot cannot leak from it. A layer that
 * is suspended, or whose sharing agreement has lapsed at `as_of`, is left out
 * of every audience's but the operator's.
 */
#ifndef STORE_SNAPSHOT_BUILD_H
#define STORE_SNAPSHOT_BUILD_H

#include "store/snapshot_inputs.h"
#include "store/store.h"
#include "terrier/snapshot_input.h"

struct snapshot_options {
    struct tr_audience audience;
    int32_t as_of;    /* TR_NO_DATE: today in the first place's time zone */
    unsigned threads; /* 0: all cores */
    int64_t run;      /* whose classes to show: 0 the adopted one, -1 none */
    /* Made again from what an earlier one was made from: its loads, documents,
     * run and decisions, whatever was suspended since. NULL: as the store is
     * now. */
    const struct snapshot_inputs *again;
    /* An earlier snapshot, in use until the build is done: where no row has
     * changed since - a decision was signed, a run adopted -, the new one shares
     * its columns and indices, and only classes are made. The result is the same
     * without it. NULL: none. */
    const struct tr_snapshot *like;
};

/* Read one consistent view of the store and make the snapshot: free it with
 * tr_snapshot_free(). Fails with TR_EDATA when the store is damaged, TR_EBUSY,
 * TR_ENOMEM. */
enum tr_status snapshot_build(struct store *s,
                              const struct snapshot_options *options,
                              struct tr_snapshot **out, struct tr_error *err);

/* Today in the first place's time zone; UTC without a place. */
enum tr_status snapshot_today(struct store *s, int32_t *out,
                              struct tr_error *err);

/* The run that an audience sees: its own adopted one, else that of the next
 * audience below it (operator, partner: partnership: public). 0: none. */
enum tr_status snapshot_adopted_run(struct store *s,
                                    const struct tr_audience *audience,
                                    int64_t *run, struct tr_error *err);

#endif
