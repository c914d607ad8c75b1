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

struct view; /* what a request sees: see view.h */

struct slot { /* a cache line of its own */
    _Alignas(64) _Atomic(const struct view *) shows;
};

struct slots {
    _Atomic(const struct view *) current;
    struct slot shown[SLOTS];
};

/* The current view, shown in slot `*slot` until slots_release(). NULL, and no
 * slot to release, when there is none. */
const struct view *slots_acquire(struct slots *s, size_t *slot);
void slots_release(struct slots *s, size_t slot);

/* Put `next` in place (NULL: none) and wait until nobody uses the one before,
 * which is returned for the caller to free. */
const struct view *slots_swap(struct slots *s, const struct view *next);

#endif
