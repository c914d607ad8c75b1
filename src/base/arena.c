/* arena.c - see terrier/arena.h */
#include "terrier/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks double up to this size, so that a large arena has few of them. */
#define SMALLEST_BLOCK ((size_t)16 * 1024)
#define LARGEST_BLOCK  ((size_t)4 * 1024 * 1024)

struct tr_block {
    struct tr_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

struct tr_deferred {
    struct tr_deferred *next;
    void (*fn)(void *);
    void *p;
};

static size_t round_up(size_t n)
{
    const size_t align = alignof(max_align_t);

    return (n + align - 1) / align * align;
}

static size_t next_block_size(const struct tr_arena *a)
{
    if (!a->blocks)
        return SMALLEST_BLOCK;
    return a->blocks->size >= LARGEST_BLOCK / 2 ? LARGEST_BLOCK
                                                : a->blocks->size * 2;
}

static struct tr_block *block_with_room(struct tr_arena *a, size_t size)
{
    struct tr_block *b = a->blocks;

    if (b && b->size - b->used >= size)
        return b;

    size_t room = next_block_size(a);

    if (room < size)
        room = size;
    b = calloc(1, sizeof *b + room);
    if (!b)
        return NULL;
    b->size = room;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void tr_arena_init(struct tr_arena *a, size_t limit)
{
    *a = (struct tr_arena){ .limit = limit };
}

void *tr_arena_alloc(struct tr_arena *a, size_t size)
{
    /* Compared before rounding, so that a huge `size` cannot wrap. */
    if (size > a->limit - a->used)
        return NULL;
    size = round_up(size ? size : 1);
    if (size > a->limit - a->used)
        return NULL;

    struct tr_block *b = block_with_room(a, size);

    if (!b)
        return NULL;

    void *p = b->data + b->used;

    b->used += size;
    a->used += size;
    return p;
}

void *tr_arena_array(struct tr_arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return tr_arena_alloc(a, count * size);
}

char *tr_arena_text(struct tr_arena *a, const char *s, size_t len)
{
    char *copy = len < SIZE_MAX ? tr_arena_alloc(a, len + 1) : NULL;

    if (copy && len)
        memcpy(copy, s, len);
    return copy;
}

char *tr_arena_printf(struct tr_arena *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;

    char *s = tr_arena_alloc(a, (size_t)n + 1);

    if (!s)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}

enum tr_status tr_arena_defer(struct tr_arena *a, void (*fn)(void *), void *p)
{
    struct tr_deferred *d = tr_arena_alloc(a, sizeof *d);

    if (!d) {
        fn(p);
        return TR_ENOMEM;
    }
    *d = (struct tr_deferred){ .next = a->deferred, .fn = fn, .p = p };
    a->deferred = d;
    return TR_OK;
}

void tr_arena_adopt(struct tr_arena *a, struct tr_arena *from)
{
    struct tr_block **block = &a->blocks;
    struct tr_deferred **d = &from->deferred;

    /* Behind the block that is being filled, so that its room is not lost. */
    if (*block)
        block = &(*block)->next;

    struct tr_block *rest = *block;

    *block = from->blocks;
    while (*block)
        block = &(*block)->next;
    *block = rest;
    while (*d)
        d = &(*d)->next;
    *d = a->deferred;
    a->deferred = from->deferred;
    a->used += from->used;
    if (a->limit < a->used)
        a->limit = a->used;
    tr_arena_init(from, from->limit);
}

void tr_arena_clear(struct tr_arena *a)
{
    for (struct tr_deferred *d = a->deferred; d; d = d->next)
        d->fn(d->p);
    for (struct tr_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    tr_arena_init(a, a->limit);
}

void tr_arena_reset(struct tr_arena *a)
{
    struct tr_block *kept = NULL;

    for (struct tr_deferred *d = a->deferred; d; d = d->next)
        d->fn(d->p);
    for (struct tr_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (!kept || b->size > kept->size) {
            free(kept);
            kept = b;
        } else {
            free(b);
        }
    }
    tr_arena_init(a, a->limit);
    if (kept) {
        memset(kept->data, 0, kept->used);
        kept->used = 0;
        kept->next = NULL;
        a->blocks = kept;
    }
}
