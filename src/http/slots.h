/*
 * slots.h - which snapshot is in use by whom, without a lock.
 *
 * A reader shows what it uses in a slot; the builder puts the new one in place,
 * waits until no slot shows the old one, and only then frees it.
 */
#ifndef HTTP_SLOTS_H
#define HTTP_SLOTS_H

#include <stdatomic.h>
#include <stddef.h>

#define SLOTS 256 /* the most readers at once; further ones wait a moment */

struct view { /* what a request sees: one state, whole */
    const struct tr_snapshot *snapshot;
    const char *rules; /* text of its run's rule-set; NULL without one */
    struct tr_tile_cache *tiles; /* what the snapshot's tiles share */
};

struct slots {
    _Atomic(const struct view *) current;
    _Atomic(const struct view *) shown[SLOTS];
};

/* The current view, shown in slot `*slot` until slots_release(). */
const struct view *slots_acquire(struct slots *s, size_t *slot);
void slots_release(struct slots *s, size_t slot);

/* Put `next` in place and wait until nobody uses the one before, which is
 * returned for the caller to free. */
const struct view *slots_swap(struct slots *s, const struct view *next);

#endif
