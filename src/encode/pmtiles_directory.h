/*
 * pmtiles_directory.h - which tile lies where in a PMTiles file: entries, and
 * the directories that they are packed into.
 */
#ifndef ENCODE_PMTILES_DIRECTORY_H
#define ENCODE_PMTILES_DIRECTORY_H

#include "terrier/buf.h"

struct pmtiles_entry { /* `run` tiles from `id` on have one content */
    uint64_t id, offset;
    uint32_t length, run; /* run 0: the entry is of a leaf directory */
};

/* The root directory as gzip, at most `limit` bytes of it, and the leaves that
 * it points to one after another (none when the root holds all itself). */
enum tr_status pmtiles_directories(const struct pmtiles_entry *entries,
                                   size_t n, size_t limit, struct tr_buf *root,
                                   struct tr_buf *leaves, struct tr_error *err);

#endif
