/* hash.c - the doors to libsodium's digests and to xxhash. See terrier/hash.h.
 */
#include "terrier/hash.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define BLOCK ((size_t)64 * 1024)

_Static_assert(sizeof(struct tr_hasher) >= sizeof(crypto_generichash_state),
               "a hasher holds libsodium's state");
_Static_assert(TR_DIGEST_BYTES == crypto_hash_sha256_BYTES,
               "both digests have one length");

static crypto_generichash_state *state_of(struct tr_hasher *h)
{
    return (crypto_generichash_state *)(void *)h->state;
}

void tr_hash_start(void)
{
    /* It fails when the system has no random numbers: those who need some ask
     * again and say so. */
    if (sodium_init() < 0)
        return;
}

void tr_hash_init(struct tr_hasher *h)
{
    crypto_generichash_init(state_of(h), NULL, 0, TR_DIGEST_BYTES);
}

void tr_hash_add(struct tr_hasher *h, const void *p, size_t len)
{
    crypto_generichash_update(state_of(h), p, len);
}

void tr_hash_int(struct tr_hasher *h, int64_t v)
{
    unsigned char bytes[8];
    uint64_t u = (uint64_t)v;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(u >> (8 * i));
    tr_hash_add(h, bytes, sizeof bytes);
}

void tr_hash_text(struct tr_hasher *h, const char *s)
{
    size_t len = strlen(s);

    tr_hash_int(h, (int64_t)len);
    tr_hash_add(h, s, len);
}

struct tr_digest tr_hash_end(struct tr_hasher *h)
{
    struct tr_digest d;

    crypto_generichash_final(state_of(h), d.bytes, sizeof d.bytes);
    return d;
}

struct tr_digest tr_hash_bytes(const void *p, size_t len)
{
    struct tr_digest d;

    crypto_generichash(d.bytes, sizeof d.bytes, p, len, NULL, 0);
    return d;
}

enum tr_status tr_hash_file(const char *path, struct tr_digest *out,
                            struct tr_error *err)
{
    unsigned char block[BLOCK];
    struct tr_hasher h;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return tr_fail(err, TR_ENOINPUT, "'%s' cannot be read: %s", path,
                       strerror(errno));
    tr_hash_init(&h);
    for (;;) {
        n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        tr_hash_add(&h, block, (size_t)n);
    }

    int problem = errno;

    close(fd);
    if (n < 0)
        return tr_fail(err, problem == EISDIR ? TR_ENOINPUT : TR_EIO,
                       "reading '%s' failed: %s", path, strerror(problem));
    *out = tr_hash_end(&h);
    return TR_OK;
}

void tr_digest_text(const struct tr_digest *d, char out[TR_DIGEST_TEXT])
{
    sodium_bin2hex(out, TR_DIGEST_TEXT, d->bytes, sizeof d->bytes);
}

void tr_hash_sha256(const void *p, size_t len, char out[TR_DIGEST_TEXT])
{
    struct tr_digest d;

    crypto_hash_sha256(d.bytes, p, len);
    tr_digest_text(&d, out);
}

void tr_digest_base32(const struct tr_digest *d, size_t n, char *out)
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned bits = 0; /* the low n_bits of it are yet to be written */
    unsigned n_bits = 0;
    size_t at = 0;

    assert(n <= TR_DIGEST_BYTES * 8 / 5);
    for (size_t i = 0; i < n; i++) {
        if (n_bits < 5) {
            bits = bits << 8 | d->bytes[at++];
            n_bits += 8;
        }
        n_bits -= 5;
        out[i] = letters[bits >> n_bits & 31];
    }
    out[n] = '\0';
}

uint64_t tr_fast_hash(const void *p, size_t len)
{
    return XXH3_64bits(p, len);
}
