/* snapshot_base.c - what snapshots share that differ in their classes alone: a
 * decision or an adopted run changes no row, so their columns and indices are
 * made once and go with the last snapshot that has them. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/snapshot_parts.h"

struct tr_base {
    atomic_uint users;
    struct tr_arena arena;
    char key[TR_DIGEST_TEXT]; /* "": never shared further */
    struct base_columns sites;
    size_t n_digests;
    struct base_digest *digests;
};

static void let_go(struct tr_base *b)
{
    if (!b || atomic_fetch_sub(&b->users, 1) > 1)
        return;
    tr_arena_clear(&b->arena);
    free(b);
}

void tr_snapshot_free(struct tr_snapshot *s)
{
    if (!s)
        return;

    struct tr_arena *a = s->arena; /* `s` may lie in it, or in the base */
    struct tr_base *b = s->base;

    tr_arena_clear(a);
    free(a);
    let_go(b);
}

size_t tr_snapshot_bytes(const struct tr_snapshot *s)
{
    return s->arena->used + (s->base ? s->base->arena.used : 0);
}

bool tr_snapshot_is_like(const struct tr_snapshot *like, const char *rows_key)
{
    return like && like->base && rows_key && *rows_key &&
           strcmp(like->base->key, rows_key) == 0;
}

bool base_begin(struct tr_snapshot *s, const struct columns *c,
                const char *rows_key)
{
    struct tr_base *b = calloc(1, sizeof *b);

    if (!b)
        return false;
    atomic_init(&b->users, 1);
    tr_arena_init(&b->arena, SIZE_MAX);
    snprintf(b->key, sizeof b->key, "%s", rows_key ? rows_key : "");
    b->sites = (struct base_columns){ c->list, c->n };
    tr_arena_adopt(&b->arena, s->arena);
    s->base = b;
    return true;
}

struct base_columns base_share(struct tr_snapshot *s)
{
    atomic_fetch_add(&s->base->users, 1);
    return s->base->sites;
}

struct base_columns base_columns(const struct tr_base *b)
{
    return b->sites;
}

const struct base_digest *base_digests(const struct tr_base *b, size_t *n)
{
    *n = b->n_digests;
    return b->digests;
}

struct base_digest *base_keep_digests(struct tr_base *b, size_t n)
{
    b->digests = tr_arena_array(&b->arena, n + 1, sizeof *b->digests);
    b->n_digests = b->digests ? n : 0;
    return b->digests;
}
