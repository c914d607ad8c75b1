/* build_parts.h - what the files that build a snapshot share. Not for others.
 */
#ifndef STORE_BUILD_PARTS_H
#define STORE_BUILD_PARTS_H

#include "store/snapshot_build.h"
#include "store/snapshot_standing.h"

struct build { /* what the steps share */
    struct store *store;
    const struct snapshot_options *options;
    int32_t as_of;
    struct tr_arena *keep;    /* the snapshot's own */
    struct tr_arena *scratch; /* gone when it is made */
    struct tr_snapshot_input in;
    struct snapshot_document *documents; /* that were read, for `inputs` */
    size_t n_documents;
    int64_t ledger; /* the last entry that counts */
    struct snapshot_withdrawn withdrawn;
};

/* Read the places, as they are now or as the earlier snapshot read them, and
 * note the documents' digests. */
enum tr_status build_places(struct build *b, struct tr_error *err);
/* The date asked for, or today in the first place. */
enum tr_status build_as_of(struct build *b, struct tr_error *err);

#endif
