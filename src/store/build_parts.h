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

/* A layer whose rows are to be read. */
struct build_layer {
    struct tr_input_layer *l;
    int64_t id, load;
    enum tr_tier see; /* rows and positions up to this tier */
    const struct load_schema *schemas;
    size_t n_schemas;
};

/* What the layer's loads say of it, and the schema of each. */
enum tr_status build_loads(struct build *b, struct build_layer *layer,
                           struct tr_error *err);
/* Read the rows of all layers, on several threads where there are many. */
enum tr_status build_rows(struct build *b, struct build_layer *layers, size_t n,
                          struct tr_error *err);

#endif
