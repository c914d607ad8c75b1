/*
 * feed_estate.h - a small estate in a store, loaded from files, and the same
 * with more in it that the public may not see.
 */
#ifndef FEED_ESTATE_H
#define FEED_ESTATE_H

#include <stdbool.h>

#include "store/snapshot_build.h"

struct feed_estate {
    char folder[128]; /* holds the files and the store; for the tests, too */
};

/* cmocka's group set-up and tear-down: *state is a struct feed_estate. */
int feed_estate_make(void **state);
int feed_estate_remove(void **state);

/* "folder/name", valid until the next call with the same `slot` (0..3). */
const char *feed_estate_path(void *state, const char *name, int slot);

/* What an audience sees of the estate; `hidden`: of the one with more in it.
 * Its public run is adopted. Free with tr_snapshot_free(). */
struct tr_snapshot *feed_estate_snapshot(void *state, bool hidden,
                                         const char *audience);

#endif
