/*
 * sqlite_pending.h - what a load has accepted but not yet written.
 */
#ifndef STORE_SQLITE_PENDING_H
#define STORE_SQLITE_PENDING_H

#include "store/row_index.h"
#include "store/sqlite_door.h"

struct store_pending {
    struct store *s;
    int64_t load, next_version;
    enum tr_status failed; /* of a write: the load cannot be finished */
    bool closed;           /* an older version was closed or marked */
    int write_ms; /* how long a transaction may gather; the rest is its commit
                   */
    struct tr_buf bytes;
    struct pending_row *rows;
    struct pending_issue *issues;
    size_t n_rows, n_issues;
    int64_t *missing;
    size_t n_missing;
    sqlite3_stmt *insert, *insert_many, *close, *mark, *issue;
};

enum tr_status store_pending_init(struct store_pending *p, struct store *s,
                                  struct tr_error *err);
void store_pending_clear(struct store_pending *p);

/* Take a copy; write when enough is there. `closes`: the version that this one
 * takes the place of, 0: none. */
enum tr_status store_pending_row(struct store_pending *p,
                                 const struct store_row *row, int64_t closes,
                                 struct tr_error *err);
enum tr_status store_pending_issue(struct store_pending *p,
                                   const struct store_issue *issue, long number,
                                   struct tr_error *err);
enum tr_status store_pending_missing(struct store_pending *p, int64_t version,
                                     struct tr_error *err);
/* Write everything, in transactions of at most STORE_SLICE_MS. */
enum tr_status store_pending_flush(struct store_pending *p,
                                   struct tr_error *err);

#endif
