/*
 * arena.h - memory and handles that live exactly as long as one request.
 *
 * Everything taken from an arena is released by one tr_arena_clear(). Handles
 * of other libraries join it through tr_arena_defer(), so that a function which
 * borrows a statement or a geometry has no clean-up code of its own. An arena
 * belongs to one thread at a time.
 */
#ifndef TR_ARENA_H
#define TR_ARENA_H

#include <stddef.h>

#include "terrier/status.h"

struct tr_arena {
    struct tr_block *blocks;      /* newest first */
    struct tr_deferred *deferred; /* newest first */
    size_t used, limit;           /* bytes handed out, and the most we will */
};

/* `limit` is in bytes: past it, tr_arena_alloc() returns NULL. */
void tr_arena_init(struct tr_arena *a, size_t limit);

/* `size` zeroed bytes aligned for any type, or NULL. Freed by clear only. */
void *tr_arena_alloc(struct tr_arena *a, size_t size);

/* `count` * `size` zeroed bytes, or NULL when the product overflows too. */
void *tr_arena_array(struct tr_arena *a, size_t count, size_t size);

/* A NUL-terminated copy of `len` bytes, or NULL. */
char *tr_arena_text(struct tr_arena *a, const char *s, size_t len);

/* A NUL-terminated copy of a formatted string, or NULL. */
__attribute__((format(printf, 2, 3))) char *
tr_arena_printf(struct tr_arena *a, const char *fmt, ...);

/* Arrange for fn(p) at clear, last registered first. If that cannot be
 * recorded, fn(p) is called at once and TR_ENOMEM returned: the handle is never
 * leaked and must not be used after a failure. */
enum tr_status tr_arena_defer(struct tr_arena *a, void (*fn)(void *), void *p);

/* `a` takes over everything that `from` holds, past its own limit if need be;
 * `from` is empty then. For what several threads made, each in its own. */
void tr_arena_adopt(struct tr_arena *a, struct tr_arena *from);

/* As tr_arena_clear(), but keep the largest block for what comes next: for work
 * that is done over and over. */
void tr_arena_reset(struct tr_arena *a);

/* Run the deferred calls and release every byte. The arena may be used again.
 */
void tr_arena_clear(struct tr_arena *a);

#endif
