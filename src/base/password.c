/* password.c - the door to libsodium's argon2id. See terrier/password.h. */
#include "terrier/password.h"

#include <sodium.h>
#include <string.h>

#define OPS    crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEMORY crypto_pwhash_MEMLIMIT_INTERACTIVE

_Static_assert(TR_PASSWORD_HASH == crypto_pwhash_STRBYTES,
               "the size is libsodium's");

enum tr_status tr_password_hash(const char *password,
                                char out[TR_PASSWORD_HASH],
                                struct tr_error *err)
{
    size_t len = strlen(password);

    if (len < TR_PASSWORD_LEAST)
        return tr_fail(err, TR_EINVAL, "a password has at least %d bytes",
                       TR_PASSWORD_LEAST);
    if (len > TR_PASSWORD_MOST)
        return tr_fail(err, TR_EINVAL, "a password has at most %d bytes",
                       TR_PASSWORD_MOST);
    if (sodium_init() < 0 ||
        crypto_pwhash_str(out, password, len, OPS, MEMORY) != 0)
        return tr_fail(err, TR_ENOMEM, "no memory left for a password");
    return TR_OK;
}

/* For a name that there is not, the time of one that there is: the hash of
 * sixteen bytes that were thrown away. */
static bool check_nothing(const char *password, size_t len)
{
    unsigned char salt[crypto_pwhash_SALTBYTES] = { 0 }, out[32];

    return crypto_pwhash(out, sizeof out, password, len, salt, OPS, MEMORY,
                         crypto_pwhash_ALG_ARGON2ID13) > 0;
}

bool tr_password_check(const char *hash, const char *password)
{
    size_t len = strlen(password);

    if (sodium_init() < 0 || len > TR_PASSWORD_MOST)
        return false;
    return hash ? crypto_pwhash_str_verify(hash, password, len) == 0
                : check_nothing(password, len);
}

bool tr_secret_equal(const char *a, const char *b)
{
    size_t n = strlen(a);

    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

void tr_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}
