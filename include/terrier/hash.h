/*
 * hash.h - digests (BLAKE2b-256 by libsodium) and fast hashes (XXH3 by xxhash).
 *
 * Digests name content for ever: documents, rows, snapshots, ledger entries.
 * Fast hashes key tables in memory and are never stored.
 */
#ifndef TR_HASH_H
#define TR_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "terrier/status.h"

#define TR_DIGEST_BYTES 32
#define TR_DIGEST_TEXT  65 /* lower-case hexadecimal and its NUL */

struct tr_digest {
    unsigned char bytes[TR_DIGEST_BYTES];
};

struct tr_hasher { /* a digest in the making, on the caller's storage */
    _Alignas(64) unsigned char state[384];
};

/* Let libsodium choose its fastest code for this machine: once, before the first
 * thread. Without it digests are the same and take about twice as long. */
void tr_hash_start(void);

void tr_hash_init(struct tr_hasher *h);
void tr_hash_add(struct tr_hasher *h, const void *p, size_t len);
/* A text with its length before it, so that two never run together. */
void tr_hash_text(struct tr_hasher *h, const char *s);
void tr_hash_int(struct tr_hasher *h, int64_t v); /* 8 bytes, little endian */
struct tr_digest tr_hash_end(struct tr_hasher *h);

struct tr_digest tr_hash_bytes(const void *p, size_t len);
/* The digest of a whole file, read once. TR_ENOINPUT or TR_EIO. */
enum tr_status tr_hash_file(const char *path, struct tr_digest *out,
                            struct tr_error *err);
/* SHA-256 of a whole buffer, for SHA256SUMS files. */
void tr_hash_sha256(const void *p, size_t len, char out[TR_DIGEST_TEXT]);

void tr_digest_text(const struct tr_digest *d, char out[TR_DIGEST_TEXT]);
/* `n` Crockford base32 characters (0-9 a-z without i l o u, lower case) of the
 * digest's first bits, NUL-terminated. n <= 51. */
void tr_digest_base32(const struct tr_digest *d, size_t n, char *out);

uint64_t tr_fast_hash(const void *p, size_t len);

#endif
