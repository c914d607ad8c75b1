/*
 * text_map.h - a hash table from texts to numbers, for keys, postcodes, UPRNs
 * and lookups. Texts are borrowed and must outlive the table.
 */
#ifndef INGEST_TEXT_MAP_H
#define INGEST_TEXT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_map_entry {
    const char *text;
    uint32_t value;
    uint32_t hash; /* tells most other texts apart without reading them */
};

struct text_map {
    struct text_map_entry *entries; /* in order of first use */
    size_t n, room;
    uint32_t *slots; /* entry + 1; 0: free */
    size_t n_slots;
};

void text_map_free(struct text_map *m); /* of a zeroed one: a no-op */

/* The entry of `text`, made with `value` when it is new (`*is_new` may be
 * NULL). NULL when memory is full. Valid until the next call. */
struct text_map_entry *text_map_put(struct text_map *m, const char *text,
                                    uint32_t value, bool *is_new);
struct text_map_entry *text_map_find(const struct text_map *m,
                                     const char *text);

#endif
