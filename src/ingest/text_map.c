/* text_map.c - see text_map.h. Open addressing, at most half full. */
#include "ingest/text_map.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/hash.h"

void text_map_free(struct text_map *m)
{
    free(m->entries);
    free(m->slots);
    *m = (struct text_map){ 0 };
}

static uint32_t hash_of(const char *text)
{
    return (uint32_t)tr_fast_hash(text, strlen(text));
}

static bool is_entry(const struct text_map *m, uint32_t slot, uint32_t hash,
                     const char *text)
{
    const struct text_map_entry *e = &m->entries[slot - 1];

    return e->hash == hash && strcmp(e->text, text) == 0;
}

static size_t slot_of(const struct text_map *m, uint32_t hash, const char *text)
{
    size_t i = hash & (m->n_slots - 1);

    while (m->slots[i] && !is_entry(m, m->slots[i], hash, text))
        i = (i + 1) & (m->n_slots - 1);
    return i;
}

/* All texts of a table differ: only a free slot is looked for. */
static void place_all(struct text_map *m)
{
    for (size_t k = 0; k < m->n; k++) {
        size_t i = m->entries[k].hash & (m->n_slots - 1);

        while (m->slots[i])
            i = (i + 1) & (m->n_slots - 1);
        m->slots[i] = (uint32_t)(k + 1);
    }
}

static bool grow(struct text_map *m)
{
    size_t room = m->room ? m->room * 2 : 512;
    struct text_map_entry *entries =
        realloc(m->entries, room * sizeof *entries);
    uint32_t *slots = calloc(room * 2, sizeof *slots);

    if (entries)
        m->entries = entries;
    if (!entries || !slots || room > UINT32_MAX / 2) {
        free(slots);
        return false;
    }
    free(m->slots);
    m->slots = slots;
    m->room = room;
    m->n_slots = room * 2;
    place_all(m);
    return true;
}

struct text_map_entry *text_map_put(struct text_map *m, const char *text,
                                    uint32_t value, bool *is_new)
{
    if (m->n == m->room && !grow(m))
        return NULL;

    uint32_t hash = hash_of(text);
    size_t slot = slot_of(m, hash, text);
    bool added = !m->slots[slot];

    if (added) {
        m->entries[m->n] = (struct text_map_entry){ text, value, hash };
        m->slots[slot] = (uint32_t)++m->n;
    }
    if (is_new)
        *is_new = added;
    return &m->entries[m->slots[slot] - 1];
}

struct text_map_entry *text_map_find(const struct text_map *m, const char *text)
{
    if (!m->n)
        return NULL;

    size_t slot = slot_of(m, hash_of(text), text);

    return m->slots[slot] ? &m->entries[m->slots[slot] - 1] : NULL;
}
