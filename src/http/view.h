/*
 * view.h - what a request sees, whole: one snapshot, its rules, the settings.
 *
 * There is the current view and, for some seconds after a swap, the one before:
 * a page that began with its version gets the rest of its tiles from it.
 */
#ifndef HTTP_VIEW_H
#define HTTP_VIEW_H

#include "http/http.h"
#include "http/slots.h"
#include "store/snapshot_build.h"

struct view {
    const struct tr_snapshot *snapshot;
    const char *rules; /* text of its run's rule-set; NULL without one */
    struct tr_tile_cache *tiles; /* what the snapshot's tiles share */
    struct http_service service;
    uint64_t version; /* the first 16 digits of the snapshot's */
    uint64_t state;   /* of the tile cache's keys: view_state() */
};

struct view_options {
    struct tr_audience audience;
    unsigned threads;
    struct http_service service; /* its texts are copied */
};

struct views {
    struct slots current, before;
    struct store *store; /* the builder's */
    atomic_ullong salt;  /* of view_state(), for the current settings */
    atomic_ullong state, state_before; /* of the two views; 0: none */
    /* The builder's: */
    int64_t revision;
    int32_t built_on;           /* the civil date of the current snapshot */
    int64_t build_microseconds; /* of the last one built, used or not */
    int64_t swapped_at;         /* monotonic microseconds */
};

/* The state of the answers of a version, for this audience and settings. */
uint64_t view_state(uint64_t version, uint64_t salt);

/* Build the first view. */
enum tr_status views_open(struct views *v, const struct view_options *o,
                          struct tr_error *err);
/* Rebuild when the store has moved or the date has changed (an agreement may
 * have lapsed), or when `now`; true: there is another current view. What the
 * audience may not see swaps nothing. A failure is logged and changes nothing.
 */
bool views_refresh(struct views *v, const struct view_options *o, bool now);
/* Let go of the view before the current one; false: there was none. */
bool views_forget(struct views *v);
void views_close(struct views *v);

/* The view of a version when it is there (0: any), else the current one, until
 * views_release(). */
struct view_hold {
    const struct view *view;
    struct slots *slots;
    size_t slot;
};
void views_acquire(struct views *v, uint64_t version, struct view_hold *out);
void views_release(const struct view_hold *h);

/* CLOCK_MONOTONIC. */
int64_t http_microseconds(void);

#endif
