/* sign.c - the door to libsodium's signatures and randomness. See
 * terrier/sign.h. */
#include "terrier/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(TR_PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES &&
                   TR_SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES &&
                   TR_SIGNATURE_BYTES == crypto_sign_BYTES,
               "the sizes are libsodium's");

static const char secret_word[] = "terrier-secret-key ";
static const char public_word[] = "terrier-public-key ";

/* The longest key file: a word, a secret key, an end of line. */
#define MAX_KEY_FILE (sizeof secret_word + (size_t)TR_SECRET_KEY_BYTES * 2 + 2)

void tr_random_bytes(void *p, size_t len)
{
    randombytes_buf(p, len);
}

void tr_hex_write(const unsigned char *p, size_t len, char *out)
{
    sodium_bin2hex(out, len * 2 + 1, p, len);
}

bool tr_hex_read(const char *text, unsigned char *out, size_t len)
{
    size_t n = 0;

    return strlen(text) == len * 2 &&
           strspn(text, "0123456789abcdef") == len * 2 &&
           !sodium_hex2bin(out, len, text, len * 2, NULL, &n, NULL) && n == len;
}

/* ---- keys ---- */

void tr_sign_key_make(struct tr_sign_key *out)
{
    crypto_sign_keypair(out->public_, out->secret);
    out->has_secret = true;
}

void tr_sign_key_wipe(struct tr_sign_key *key)
{
    sodium_memzero(key, sizeof *key);
}

static bool write_all(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return !fsync(fd);
}

enum tr_status tr_sign_key_write(const struct tr_sign_key *key,
                                 const char *path, bool secret,
                                 struct tr_error *err)
{
    char text[MAX_KEY_FILE + 1];
    const char *word = secret ? secret_word : public_word;
    size_t at = strlen(word);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  secret ? 0600 : 0644);

    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "the key '%s' cannot be made: %s", path,
                       strerror(errno));
    memcpy(text, word, at);
    tr_hex_write(secret ? key->secret : key->public_,
                 secret ? sizeof key->secret : sizeof key->public_, text + at);
    at = strlen(text);
    text[at++] = '\n';

    bool good = write_all(fd, text, at);
    int why = errno;

    sodium_memzero(text, sizeof text);
    close(fd);
    if (good)
        return TR_OK;
    unlink(path);
    return tr_fail(err, TR_EIO, "writing the key '%s' failed: %s", path,
                   strerror(why));
}

static bool parse_key(char *text, struct tr_sign_key *out)
{
    size_t word = strlen(secret_word);

    text[strcspn(text, "\r\n")] = '\0';
    if (strncmp(text, public_word, strlen(public_word)) == 0)
        return tr_hex_read(text + strlen(public_word), out->public_,
                           sizeof out->public_);
    if (strncmp(text, secret_word, word) != 0 ||
        !tr_hex_read(text + word, out->secret, sizeof out->secret))
        return false;
    crypto_sign_ed25519_sk_to_pk(out->public_, out->secret);
    out->has_secret = true;
    return true;
}

enum tr_status tr_sign_key_read(const char *path, struct tr_sign_key *out,
                                struct tr_error *err)
{
    char text[MAX_KEY_FILE + 1];
    struct tr_sign_key key = { .has_secret = false };
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return tr_fail(err, TR_ENOINPUT, "the key '%s' cannot be read: %s",
                       path, strerror(errno));

    ssize_t n = read(fd, text, sizeof text - 1);
    bool known = n > 0 && !fstat(fd, &about);

    close(fd);
    if (known) {
        text[n] = '\0';
        known = parse_key(text, &key);
    }
    sodium_memzero(text, sizeof text);
    if (!known)
        return tr_fail(err, TR_EDATA, "'%s' is not a key of 'ledger tip'",
                       path);
    if (key.has_secret && about.st_mode & 077) {
        tr_sign_key_wipe(&key);
        return tr_fail(err, TR_EDENIED,
                       "others can read the secret key '%s': chmod 600 it",
                       path);
    }
    *out = key;
    tr_sign_key_wipe(&key);
    return TR_OK;
}

/* ---- signatures ---- */

void tr_sign(const struct tr_sign_key *key, const void *p, size_t len,
             unsigned char out[TR_SIGNATURE_BYTES])
{
    crypto_sign_detached(out, NULL, p, len, key->secret);
}

bool tr_sign_check(const unsigned char public_[TR_PUBLIC_KEY_BYTES],
                   const void *p, size_t len,
                   const unsigned char signature[TR_SIGNATURE_BYTES])
{
    return !crypto_sign_verify_detached(signature, p, len, public_);
}
