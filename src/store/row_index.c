/* row_index.c - see row_index.h */
#include "store/row_index.h"

#include <stdlib.h>
#include <string.h>

void row_index_clear(struct row_index *x)
{
    free(x->entries);
    free(x->slots);
    *x = (struct row_index){ 0 };
}

static void fold(const struct tr_digest *d, unsigned char out[16])
{
    for (int i = 0; i < 16; i++)
        out[i] = d->bytes[i] ^ d->bytes[16 + i];
}

bool row_index_same(const struct row_entry *e, const struct tr_digest *content)
{
    unsigned char folded[16];

    fold(content, folded);
    return !memcmp(e->content, folded, sizeof folded);
}

enum tr_status row_index_add(struct row_index *x, const char *key,
                             const struct tr_digest *content, int64_t version,
                             struct tr_error *err)
{
    if (x->n == UINT32_MAX - 1)
        return tr_fail(err, TR_ELIMIT, "the layer has too many rows");
    if (x->n == x->size) {
        size_t size = x->size ? x->size + x->size / 2 : 1024;
        struct row_entry *p = realloc(x->entries, size * sizeof *p);

        if (!p)
            return tr_fail(err, TR_ENOMEM,
                           "no memory left for the layer's %zu rows", x->n);
        x->entries = p;
        x->size = size;
    }

    struct row_entry *e = &x->entries[x->n++];
    struct tr_digest d = tr_hash_bytes(key, strlen(key));

    memset(e, 0, sizeof *e);
    fold(&d, e->key);
    fold(content, e->content);
    e->version = (uint64_t)version & (UINT64_MAX >> 2);
    return TR_OK;
}

static size_t first_slot(const struct row_index *x, const unsigned char *key)
{
    uint64_t h;

    memcpy(&h, key, sizeof h);
    return (size_t)h & x->mask;
}

enum tr_status row_index_finish(struct row_index *x, struct tr_error *err)
{
    size_t n = 16;

    while (n < x->n + x->n / 2)
        n *= 2;
    x->slots = calloc(n, sizeof *x->slots);
    if (!x->slots)
        return tr_fail(err, TR_ENOMEM,
                       "no memory left for the layer's %zu rows", x->n);
    x->mask = n - 1;
    for (size_t i = 0; i < x->n; i++) {
        size_t at = first_slot(x, x->entries[i].key);

        while (x->slots[at])
            at = (at + 1) & x->mask;
        x->slots[at] = (uint32_t)i + 1;
    }
    return TR_OK;
}

struct row_entry *row_index_find(const struct row_index *x, const char *key)
{
    if (!x->n)
        return NULL;

    struct tr_digest d = tr_hash_bytes(key, strlen(key));
    unsigned char folded[16];

    fold(&d, folded);
    for (size_t at = first_slot(x, folded); x->slots[at];
         at = (at + 1) & x->mask) {
        struct row_entry *e = &x->entries[x->slots[at] - 1];

        if (!memcmp(e->key, folded, sizeof e->key))
            return e;
    }
    return NULL;
}
