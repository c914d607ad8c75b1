/* run_list.h - which past runs an audience may know of, and the list as JSON:
 * what 'terrier runs --json' prints and /api/runs answers. */
#ifndef STORE_RUN_LIST_H
#define STORE_RUN_LIST_H

#include "store/store.h"
#include "terrier/buf.h"
#include "terrier/snapshot.h"

/* Newest first. The operator has all of them. Others have those that were
 * adopted, now or before, for themselves or for an audience that they may see;
 * those are numbered anew, 1 for the oldest: gaps would count the others. */
enum tr_status store_runs_seen(struct store *s,
                               const struct tr_audience *audience,
                               struct tr_arena *a, const struct store_run **out,
                               size_t *n, struct tr_error *err);

void store_runs_json(const struct store_run *runs, size_t n,
                     struct tr_buf *out);

#endif
