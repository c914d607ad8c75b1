/*
 * texts.h - many texts: packed one after another, told apart, put in order.
 * What dictionaries are made with. Not for other folders.
 */
#ifndef MODEL_TEXTS_H
#define MODEL_TEXTS_H

#include "terrier/arena.h"
#include "terrier/table.h"

/* Texts without the padding that an arena gives each of its pieces. */
struct text_pool {
    struct tr_arena *arena;
    char *at;
    size_t room, size; /* size: of the block that is being filled */
};

/* A NUL-terminated copy of `len` bytes, or NULL. */
const char *text_pool_add(struct text_pool *p, const char *s, size_t len);

/* Never stored: it may differ between builds and machines. */
uint32_t text_hash(const char *s, size_t len);

/* Distinct texts, numbered as they come. */
struct text_set {
    struct tr_arena *arena;
    struct text_pool *copies; /* NULL: texts are borrowed, not copied */
    uint32_t n;
    size_t size;        /* how many there is room for */
    const char **texts; /* by number */
    uint32_t *hashes;   /* by number */
    size_t n_slots;     /* a power of two */
    struct text_slot *slots;
};

void text_set_init(struct text_set *s, struct tr_arena *a,
                   struct text_pool *copies);
/* Room for `n` texts, so that adding them needs no more. */
bool text_set_reserve(struct text_set *s, size_t n);
/* The number of a text, now or before. False: no memory. */
bool text_set_add(struct text_set *s, const char *text, uint32_t *number);
bool text_set_add_hashed(struct text_set *s, const char *text, uint32_t hash,
                         uint32_t *number);
/* Have the place where a hash would be looked for fetched. */
void text_set_expect(const struct text_set *s, uint32_t hash);
/* Forget the texts, keep the memory. */
void text_set_reset(struct text_set *s);

/* A dictionary larger than this stays in the order in which its texts came:
 * sorting nearly distinct texts would be most of the time that a snapshot
 * takes, and nothing needs it. */
#define TEXTS_MOST_SORTED 65536

/* The set's texts as a dictionary in `keep`. `*place`, in the set's own arena:
 * for each number its code, or NULL when that is the number itself. False: no
 * memory. */
bool text_set_dict(const struct text_set *s, struct tr_arena *keep,
                   const struct tr_dict **dict, const uint32_t **place);

/* Have the dictionary's texts, which others own, copied one after another. */
bool texts_pack(const struct tr_dict *d, struct tr_arena *keep);

/* Put `n` indices in the byte order of the texts that they stand for. */
bool texts_order(const char *const *texts, uint32_t *indices, size_t n);

#endif
