/*
 * password.h - passwords, kept as argon2id hashes (libsodium).
 */
#ifndef TR_PASSWORD_H
#define TR_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/status.h"

#define TR_PASSWORD_LEAST 12  /* bytes */
#define TR_PASSWORD_MOST  256 /* bytes: what argon2id is given to chew */
#define TR_PASSWORD_HASH  128 /* a hash as text, and its NUL */

/* Takes about 0.1 s and 64 MiB, on purpose. TR_EINVAL: too short or too long;
 * TR_ENOMEM. */
enum tr_status tr_password_hash(const char *password,
                                char out[TR_PASSWORD_HASH],
                                struct tr_error *err);
/* As long whatever the answer. NULL hash: of nobody, so false. */
bool tr_password_check(const char *hash, const char *password);
/* Are they the same, in a time that does not tell where they differ? */
bool tr_secret_equal(const char *a, const char *b);
/* Overwrite, in a way that the compiler cannot leave out. */
void tr_wipe(void *p, size_t len);

#endif
