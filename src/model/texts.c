/* texts.c - see texts.h */
#include "model/texts.h"

#include <stdlib.h>
#include <string.h>

#define POOL_BLOCK  ((size_t)64 * 1024)
#define FIRST_BLOCK ((size_t)256)
#define FEWEST_SLOT 64

const char *text_pool_add(struct text_pool *p, const char *s, size_t len)
{
    if (len >= p->room && len >= FIRST_BLOCK)
        return tr_arena_text(p->arena, s, len);
    if (len >= p->room) {
        p->size = !p->size               ? FIRST_BLOCK
                  : p->size < POOL_BLOCK ? p->size * 2
                                         : p->size;
        p->at = tr_arena_alloc(p->arena, p->size);
        p->room = p->at ? p->size : 0;
        if (!p->at)
            return NULL;
    }

    char *copy = p->at;

    memcpy(copy, s, len);
    copy[len] = '\0';
    p->at += len + 1;
    p->room -= len + 1;
    return copy;
}

/* ---- telling texts apart ---- */

struct text_slot {
    uint32_t hash;
    uint32_t number; /* + 1; 0: empty */
};

uint32_t text_hash(const char *s, size_t len)
{
    const uint64_t prime = 0x9E3779B97F4A7C15;
    uint64_t h = len * prime, word = 0;

    for (; len >= 8; s += 8, len -= 8) {
        memcpy(&word, s, 8);
        h = (h ^ word) * prime;
        h ^= h >> 29;
    }
    word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (unsigned char)s[i];
    h = (h ^ word) * prime;
    h ^= h >> 32;
    return (uint32_t)(h * prime >> 32);
}

void text_set_init(struct text_set *s, struct tr_arena *a,
                   struct text_pool *copies)
{
    *s = (struct text_set){ .arena = a, .copies = copies };
}

static void enter(struct text_set *s, uint32_t hash, uint32_t number)
{
    size_t at = hash & (s->n_slots - 1);

    while (s->slots[at].number)
        at = (at + 1) & (s->n_slots - 1);
    s->slots[at] = (struct text_slot){ hash, number + 1 };
}

bool text_set_reserve(struct text_set *s, size_t n)
{
    size_t n_slots = FEWEST_SLOT;

    if (n <= s->size)
        return true;
    if (n > UINT32_MAX - 1)
        return false;
    while (n_slots < n + n / 2)
        n_slots *= 2;

    const char **texts = tr_arena_array(s->arena, n, sizeof *texts);
    uint32_t *hashes = tr_arena_array(s->arena, n, sizeof *hashes);
    struct text_slot *slots = tr_arena_array(s->arena, n_slots, sizeof *slots);

    if (!texts || !hashes || !slots)
        return false;
    if (s->n) {
        memcpy(texts, s->texts, s->n * sizeof *texts);
        memcpy(hashes, s->hashes, s->n * sizeof *hashes);
    }
    s->texts = texts;
    s->hashes = hashes;
    s->slots = slots;
    s->n_slots = n_slots;
    s->size = n;
    for (uint32_t i = 0; i < s->n; i++)
        enter(s, hashes[i], i);
    return true;
}

static bool add_new(struct text_set *s, const char *text, uint32_t hash,
                    uint32_t *number)
{
    if (s->n == s->size) {
        if (!text_set_reserve(s, s->size ? s->size * 2 : FEWEST_SLOT / 2))
            return false;
    }
    if (s->copies)
        text = text_pool_add(s->copies, text, strlen(text));
    if (!text)
        return false;
    enter(s, hash, s->n);
    s->texts[s->n] = text;
    s->hashes[s->n] = hash;
    *number = s->n++;
    return true;
}

bool text_set_add_hashed(struct text_set *s, const char *text, uint32_t hash,
                         uint32_t *number)
{
    size_t at = hash & (s->n_slots - 1);

    for (; s->n_slots && s->slots[at].number;
         at = (at + 1) & (s->n_slots - 1)) {
        const struct text_slot *slot = &s->slots[at];

        if (slot->hash == hash &&
            strcmp(s->texts[slot->number - 1], text) == 0) {
            *number = slot->number - 1;
            return true;
        }
    }
    return add_new(s, text, hash, number);
}

bool text_set_add(struct text_set *s, const char *text, uint32_t *number)
{
    return text_set_add_hashed(s, text, text_hash(text, strlen(text)), number);
}

void text_set_expect(const struct text_set *s, uint32_t hash)
{
    __builtin_prefetch(&s->slots[hash & (s->n_slots - 1)]);
}

void text_set_reset(struct text_set *s)
{
    if (s->n)
        memset(s->slots, 0, s->n_slots * sizeof *s->slots);
    s->n = 0;
}

/* ---- putting texts in order ---- */

struct prefixed { /* the first bytes as a number, which compares as they do */
    uint64_t prefix;
    const char *text;
    uint32_t index;
};

static uint64_t prefix_of(const char *text)
{
    uint64_t v = 0;
    unsigned n = 0;

    for (; n < 8 && text[n]; n++)
        v = v << 8 | (unsigned char)text[n];
    return n ? v << 8 * (8 - n) : 0;
}

static int by_text(const void *a, const void *b)
{
    const struct prefixed *x = a, *y = b;

    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    return strcmp(x->text, y->text);
}

bool texts_order(const char *const *texts, uint32_t *indices, size_t n)
{
    struct prefixed *p = malloc((n + 1) * sizeof *p);
    bool sorted = true;

    if (!p)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *text = texts[indices[i]];

        p[i] = (struct prefixed){ prefix_of(text), text, indices[i] };
        sorted = sorted && (!i || by_text(&p[i - 1], &p[i]) <= 0);
    }
    if (!sorted) {
        qsort(p, n, sizeof *p, by_text);
        for (size_t i = 0; i < n; i++)
            indices[i] = p[i].index;
    }
    free(p);
    return true;
}

static bool sort_dict(const struct text_set *s, const char **texts,
                      const uint32_t **place)
{
    uint32_t *order = tr_arena_array(s->arena, s->n, sizeof *order);
    uint32_t *at = tr_arena_array(s->arena, s->n, sizeof *at);

    if (!order || !at)
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        order[i] = i;
    if (!texts_order(s->texts, order, s->n))
        return false;
    for (uint32_t i = 0; i < s->n; i++) {
        texts[i] = s->texts[order[i]];
        at[order[i]] = i;
    }
    *place = at;
    return true;
}

bool text_set_dict(const struct text_set *s, struct tr_arena *keep,
                   const struct tr_dict **dict, const uint32_t **place)
{
    struct tr_dict *d = tr_arena_alloc(keep, sizeof *d);
    const char **texts = tr_arena_array(keep, s->n, sizeof *texts);

    if (!d || !texts)
        return false;
    *d = (struct tr_dict){ .n = s->n,
                           .texts = texts,
                           .sorted = s->n <= TEXTS_MOST_SORTED };
    *place = NULL;
    if (d->sorted && !sort_dict(s, texts, place))
        return false;
    if (!d->sorted)
        memcpy(texts, s->texts, s->n * sizeof *texts);
    *dict = d;
    return true;
}

bool texts_pack(const struct tr_dict *d, struct tr_arena *keep)
{
    const char **texts = (const char **)d->texts;
    size_t size = 0;
    char *at;

    for (uint32_t i = 0; i < d->n; i++)
        size += strlen(texts[i]) + 1;
    at = tr_arena_alloc(keep, size);
    for (uint32_t i = 0; at && i < d->n; i++) {
        size_t len = strlen(texts[i]) + 1;

        memcpy(at, texts[i], len);
        texts[i] = at;
        at += len;
    }
    return at != NULL;
}
