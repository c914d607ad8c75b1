/*
 * row_index.h - which keys a layer has now, in memory, while it is loaded.
 *
 * 40 bytes a row and 4 to 8 for the slots: 41 million rows are 2 GB. Keys and
 * contents are held as digests folded to 128 bits.
 */
#ifndef STORE_ROW_INDEX_H
#define STORE_ROW_INDEX_H

#include "terrier/hash.h"

#include <stdbool.h>

struct row_entry {
    unsigned char key[16], content[16];
    uint64_t version : 62;
    uint64_t seen : 1;    /* this load's source has it */
    uint64_t missing : 1; /* an earlier load's source had not */
};

struct row_index {
    struct row_entry *entries; /* in the order of their versions */
    size_t n, size;
    uint32_t *slots; /* entry number + 1; 0: free */
    size_t mask;     /* number of slots - 1 */
};

void row_index_clear(struct row_index *x);
/* Add a row; all of them before row_index_finish() makes them findable. */
enum tr_status row_index_add(struct row_index *x, const char *key,
                             const struct tr_digest *content, int64_t version,
                             struct tr_error *err);
enum tr_status row_index_finish(struct row_index *x, struct tr_error *err);
/* NULL when there is no such key. */
struct row_entry *row_index_find(const struct row_index *x, const char *key);
bool row_index_same(const struct row_entry *e, const struct tr_digest *content);

#endif
