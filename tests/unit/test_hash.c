/* test_hash.c - published test vectors, and the shapes of digests. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/hash.h"

static struct tr_error test_err;

static void assert_digest(struct tr_digest d, const char *want)
{
    char text[TR_DIGEST_TEXT];

    tr_digest_text(&d, text);
    assert_string_equal(text, want);
}

/* From b2sum -l 256. */
#define BLAKE_ABC                                                              \
    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
#define BLAKE_EMPTY                                                            \
    "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"

static void blake2b_of_256_bits_is_the_published_one(void **state)
{
    struct tr_hasher h;

    (void)state;
    assert_digest(tr_hash_bytes("abc", 3), BLAKE_ABC);
    assert_digest(tr_hash_bytes("", 0), BLAKE_EMPTY);
    tr_hash_init(&h);
    tr_hash_add(&h, "a", 1);
    tr_hash_add(&h, "bc", 2);
    assert_digest(tr_hash_end(&h), BLAKE_ABC);
}

/* FIPS 180-2, appendix B.1. */
static void sha256_is_the_published_one(void **state)
{
    char text[TR_DIGEST_TEXT];

    (void)state;
    tr_hash_sha256("abc", 3, text);
    assert_string_equal(
        text,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static struct tr_digest digest_of_two(const char *a, const char *b)
{
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_text(&h, a);
    tr_hash_text(&h, b);
    return tr_hash_end(&h);
}

static void texts_and_numbers_are_framed(void **state)
{
    struct tr_digest ab_c = digest_of_two("ab", "c");
    struct tr_digest a_bc = digest_of_two("a", "bc");
    struct tr_digest by_hand =
        tr_hash_bytes("\2\0\0\0\0\0\0\0ab\1\0\0\0\0\0\0\0c", 19);
    struct tr_hasher h;

    (void)state;
    assert_memory_not_equal(ab_c.bytes, a_bc.bytes, TR_DIGEST_BYTES);
    assert_memory_equal(ab_c.bytes, by_hand.bytes, TR_DIGEST_BYTES);
    tr_hash_init(&h);
    tr_hash_int(&h, -2);
    by_hand = tr_hash_bytes("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_memory_equal(tr_hash_end(&h).bytes, by_hand.bytes, TR_DIGEST_BYTES);
}

static void base32_takes_bits_from_the_left(void **state)
{
    struct tr_digest d = { { 0x00, 0x44, 0x32, 0x14, 0xC7, 0xFF } };
    char text[52];

    (void)state;
    tr_digest_base32(&d, 9, text);
    assert_string_equal(text, "01234567z");
    tr_digest_base32(&d, 0, text);
    assert_string_equal(text, "");
    tr_digest_base32(&d, 51, text);
    assert_int_equal(strlen(text), 51);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
    char path[] = "/tmp/terrier-hash-XXXXXX";
    char bytes[100000];
    struct tr_digest d;
    int fd = mkstemp(path);

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
    close(fd);
    assert_ok(tr_hash_file(path, &d, &test_err));
    unlink(path);
    assert_memory_equal(d.bytes, tr_hash_bytes(bytes, sizeof bytes).bytes,
                        TR_DIGEST_BYTES);
    assert_int_equal(tr_hash_file(path, &d, &test_err), TR_ENOINPUT);
    assert_int_equal(tr_hash_file("tests", &d, &test_err), TR_ENOINPUT);
}

static void fast_hashes_differ(void **state)
{
    (void)state;
    assert_int_not_equal(tr_fast_hash("a", 1), tr_fast_hash("b", 1));
    assert_int_equal(tr_fast_hash("", 0), UINT64_C(0x2D06800538D394C2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b_of_256_bits_is_the_published_one),
        cmocka_unit_test(sha256_is_the_published_one),
        cmocka_unit_test(texts_and_numbers_are_framed),
        cmocka_unit_test(base32_takes_bits_from_the_left),
        cmocka_unit_test(a_file_has_the_digest_of_its_bytes),
        cmocka_unit_test(fast_hashes_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
