/*
 * vector_zip.h - looking into a zip archive before anything unpacks it.
 *
 * Only the directory at the end is read, and the header before each member: no
 * byte is inflated here. An archive passes when it has at most 1,000 members,
 * none encrypted, none a link or another archive, none outside its folder, all
 * stored or deflated, none that shares bytes with another, and when what they
 * would unpack to stays within the limits: the sum below `max_total`, and no
 * member of over 64 KiB more than 200 times its packed size.
 */
#ifndef VECTOR_ZIP_H
#define VECTOR_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/arena.h"

struct vector_zip_member {
    const char *name; /* as written, '/' between folders */
    uint64_t header;  /* where its local header lies */
    uint64_t data;    /* where its bytes lie */
    uint64_t packed, size;
    unsigned method; /* 0 stored, 8 deflated */
};

struct vector_zip {
    size_t n; /* folders are left out */
    const struct vector_zip_member *members;
};

/* Read the directory of the archive open at `fd`. `name` is used in messages.
 * Fails with TR_EDATA, TR_ELIMIT, TR_EIO or TR_ENOMEM. */
enum tr_status vector_zip_check(int fd, const char *name, uint64_t max_total,
                                struct tr_arena *a, struct vector_zip *out,
                                struct tr_error *err);

/* The member of exactly this name, or NULL. */
const struct vector_zip_member *vector_zip_find(const struct vector_zip *zip,
                                                const char *name);

#endif
