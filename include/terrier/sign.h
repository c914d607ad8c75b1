/*
 * sign.h - signatures (Ed25519 by libsodium), their keys as files, and random
 * bytes.
 *
 * A key file is one line: "terrier-secret-key " or "terrier-public-key " and
 * hexadecimal. Whoever checks a signature needs the public one only.
 */
#ifndef TR_SIGN_H
#define TR_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/status.h"

#define TR_PUBLIC_KEY_BYTES 32
#define TR_SECRET_KEY_BYTES 64
#define TR_SIGNATURE_BYTES  64
#define TR_PUBLIC_KEY_TEXT  65  /* hexadecimal and its NUL */
#define TR_SIGNATURE_TEXT   129 /* hexadecimal and its NUL */

struct tr_sign_key {
    unsigned char public_[TR_PUBLIC_KEY_BYTES];
    unsigned char secret[TR_SECRET_KEY_BYTES];
    bool has_secret; /* false: it only checks */
};

/* Bytes that nobody can guess. */
void tr_random_bytes(void *p, size_t len);

void tr_sign_key_make(struct tr_sign_key *out);

/* Write the secret key to a new file of mode 0600, or the public one to a new
 * file of mode 0644. Never over a file that is there: TR_ECREATE. */
enum tr_status tr_sign_key_write(const struct tr_sign_key *key,
                                 const char *path, bool secret,
                                 struct tr_error *err);
/* Read either kind. TR_ENOINPUT when there is no such file, TR_EDATA when it is
 * not a key, TR_EDENIED when it is a secret one that others can read. */
enum tr_status tr_sign_key_read(const char *path, struct tr_sign_key *out,
                                struct tr_error *err);
/* Forget a key. */
void tr_sign_key_wipe(struct tr_sign_key *key);

/* `key` must have its secret half. */
void tr_sign(const struct tr_sign_key *key, const void *p, size_t len,
             unsigned char out[TR_SIGNATURE_BYTES]);
bool tr_sign_check(const unsigned char public_[TR_PUBLIC_KEY_BYTES],
                   const void *p, size_t len,
                   const unsigned char signature[TR_SIGNATURE_BYTES]);

/* Lower-case hexadecimal; reading wants exactly 2 `len` digits. */
void tr_hex_write(const unsigned char *p, size_t len, char *out);
bool tr_hex_read(const char *text, unsigned char *out, size_t len);

#endif
