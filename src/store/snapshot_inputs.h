/*
 * snapshot_inputs.h - what a snapshot was made from, kept with a run so that
 * the same snapshot can be made again later: which load of each layer, which
 * documents of each place, whose classes it showed, up to which entry of the
 * ledger.
 *
 * As JSON: {"documents": {PLACE: {KIND: DIGEST}}, "layers": {NAME: LOAD},
 * "ledger": ENTRY, "program": VERSION, "run": RUN}. The runs of stores of
 * version 1 kept {NAME: LOAD} alone: then the documents are today's.
 */
#ifndef STORE_SNAPSHOT_INPUTS_H
#define STORE_SNAPSHOT_INPUTS_H

#include "store/store.h"

struct snapshot_document {
    const char *place, *kind;
    struct tr_digest digest;
};

struct snapshot_layer {
    const char *name;
    int64_t load;
};

struct snapshot_inputs {
    const struct snapshot_document *documents; /* by place and kind */
    const struct snapshot_layer *layers;       /* by name */
    size_t n_documents, n_layers;
    int64_t run;         /* whose classes it showed; 0: none */
    int64_t ledger;      /* the last entry that it knew; 0: none */
    const char *program; /* its version and build; "" when not kept */
    bool whole;          /* documents, run and ledger are kept */
};

/* NULL when the arena is full. */
const char *snapshot_inputs_write(const struct snapshot_inputs *in,
                                  struct tr_arena *a);
enum tr_status snapshot_inputs_read(const char *json, struct tr_arena *a,
                                    struct snapshot_inputs *out,
                                    struct tr_error *err); /* TR_EDATA */

/* The load of a layer, 0 when it was not read. */
int64_t snapshot_inputs_load(const struct snapshot_inputs *in,
                             const char *layer);
/* A layer that the run read and that has been loaded again since; NULL when the
 * run rests on what is loaded now. `layers` are the store's. */
const char *snapshot_inputs_outdated(const struct snapshot_inputs *in,
                                     const struct store_layer *layers,
                                     size_t n);
/* NULL when the place had none of that kind. */
const struct tr_digest *
snapshot_inputs_document(const struct snapshot_inputs *in, const char *place,
                         const char *kind);

#endif
