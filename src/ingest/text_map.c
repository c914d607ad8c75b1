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

static size_t slot_of(const struct text_map *m, const char *text)
{
    size_t i = (size_t)tr_fast_hash(text, strlen(text)) & (m->n_slots - 1);

    while (m->slots[i] && strcmp(m->entries[m->slots[i] - 1].text, text) != 0)
        i = (i + 1) & (m->n_slots - 1);
    return i;
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
    for (size_t i = 0; i < m->n; i++)
        m->slots[slot_of(m, m->entries[i].text)] = (uint32_t)(i + 1);
    return true;
}

struct text_map_entry *text_map_put(struct text_map *m, const char *text,
                                    uint32_t value, bool *is_new)
{
    if (m->n == m->room && !grow(m))
        return NULL;

    size_t slot = slot_of(m, text);
    bool added = !m->slots[slot];

    if (added) {
        m->entries[m->n] = (struct text_map_entry){ text, value };
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

    size_t slot = slot_of(m, text);

    return m->slots[slot] ? &m->entries[m->slots[slot] - 1] : NULL;
}
