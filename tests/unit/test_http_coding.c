/* test_http_coding.c - which coding a client gets, and that it unpacks. */
#include "support/tr_test.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "http/asked.h"
#include "http/coding.h"

static void the_client_says_which(void **state)
{
    static const struct {
        const char *header;
        enum coding coding;
    } cases[] = {
        { NULL, CODING_NONE },
        { "", CODING_NONE },
        { "identity", CODING_NONE },
        { "gzip", CODING_GZIP },
        { "br", CODING_BROTLI },
        { "gzip, deflate, br", CODING_BROTLI },
        { "gzip;q=1.0, br;q=0.5", CODING_GZIP },
        { "gzip;q=0.5, br;q=0.8", CODING_BROTLI },
        { "gzip;q=0.5, br;q=0.50", CODING_BROTLI },
        { "br;q=0, gzip", CODING_GZIP },
        { "br;q=0, gzip;q=0.000", CODING_NONE },
        { "gzip;q=0.001", CODING_GZIP },
        { "brotli, gz", CODING_NONE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (coding_choose(cases[i].header) != cases[i].coding)
            fail_msg("'%s'", cases[i].header ? cases[i].header : "none");
    }
}

static void fill(struct tr_buf *b, size_t len)
{
    tr_buf_init(b, (size_t)1 << 20);
    for (size_t i = 0; b->len < len; i++)
        tr_buf_printf(b, "line %zu of a text that repeats; ", i % 97);
}

static void gzip_unpacks_to_what_it_was(void **state)
{
    struct packer *p = packer_new();
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();

    (void)state;
    for (size_t len = 600; len < 200000; len = len * 3 + 1) {
        struct tr_buf b, before;
        unsigned char *back = malloc(len + 100);
        size_t n = 0;

        fill(&b, len);
        fill(&before, len);
        assert_int_equal(packer_pack(p, CODING_GZIP, &b), CODING_GZIP);
        assert_true(b.len < before.len);
        assert_int_equal(
            libdeflate_gzip_decompress(d, b.data, b.len, back, len + 100, &n),
            LIBDEFLATE_SUCCESS);
        assert_int_equal(n, before.len);
        assert_memory_equal(back, before.data, n);
        free(back);
        tr_buf_clear(&b);
        tr_buf_clear(&before);
    }
    libdeflate_free_decompressor(d);
    packer_free(p);
}

static void what_does_not_shrink_stays(void **state)
{
    struct packer *p = packer_new();
    unsigned seed = 1;

    (void)state;
    for (int c = CODING_NONE; c < CODINGS; c++) {
        struct tr_buf b;

        tr_buf_init(&b, 10000);
        tr_buf_str(&b, "short");
        assert_int_equal(packer_pack(p, (enum coding)c, &b), CODING_NONE);
        assert_int_equal(b.len, 5);
        while (b.len < 4000) {
            seed = seed * 1664525u + 1013904223u;
            tr_buf_byte(&b, (unsigned char)(seed >> 24));
        }
        assert_int_equal(packer_pack(p, (enum coding)c, &b), CODING_NONE);
        assert_int_equal(b.len, 4000);
        tr_buf_clear(&b);
    }
    packer_free(p);
}

/* ---- the request as sent ---- */

static void plain_requests_need_no_closer_look(void **state)
{
    static const struct {
        const char *method, *target;
        bool is_plain;
        size_t len;
        uint64_t version;
    } cases[] = {
        { "GET", "/tiles/a/1/0/0.mvt", true, 18, 0 },
        { "HEAD", "/tiles/a/1/0/0.mvt?v=00000000000000ff", true, 18, 255 },
        { "GET", "/", true, 1, 0 },
        { "POST", "/tiles/a/1/0/0.mvt", false, 0, 0 },
        { "GET", "/tiles/a%20b/1/0/0.mvt", false, 0, 0 },
        { "GET", "/a?v=00000000000000f", false, 0, 0 },
        { "GET", "/a?v=00000000000000fff", false, 0, 0 },
        { "GET", "/a?v=00000000000000FF", false, 0, 0 },
        { "GET", "/a?v=00000000000000ff&x=1", false, 0, 0 },
        { "GET", "/a?", false, 0, 0 },
        { "GET", "http://x/a", false, 0, 0 },
        { "GET", "", false, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct asked a = { .method = cases[i].method,
                                 .target = cases[i].target };
        size_t len = 0;
        uint64_t version = 0;

        if (asked_is_plain(&a, &len, &version) != cases[i].is_plain)
            fail_msg("'%s'", cases[i].target);
        if (cases[i].is_plain) {
            assert_int_equal(len, cases[i].len);
            assert_int_equal(version, cases[i].version);
        }
    }
}

static void headers_are_taken_once_and_copied_whole(void **state)
{
    struct tr_arena arena;
    char host[] = "example.org", body[] = "a body";
    struct asked a = { .method = "POST",
                       .target = "/x?y=1",
                       .body = body,
                       .body_len = 6 },
                 copy;
    struct http_request req = { .arena = &arena };

    (void)state;
    tr_arena_init(&arena, 65536);
    asked_header(&a, "host", host);
    asked_header(&a, "Accept-encoding", "br");
    asked_header(&a, "X-Other", "1");
    asked_header(&a, "Accept", "text/html");
    asked_header(&a, "Accept", "application/json");
    assert_true(asked_copy(&a, &arena, &copy));
    memset(host, 'x', 4);
    memset(body, 'x', 4);
    assert_true(asked_read(&copy, &req));
    assert_string_equal(req.host, "example.org");
    assert_string_equal(req.accept, "text/html");
    assert_string_equal(req.path, "/x");
    assert_string_equal(http_query(&req, "y"), "1");
    assert_memory_equal(req.body, "a body", 6);
    assert_true(req.accepts_brotli && !req.accepts_gzip);
    asked_header(&copy, "Host", "another");
    req = (struct http_request){ .arena = &arena };
    assert_false(asked_read(&copy, &req)); /* two hosts */
    tr_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_says_which),
        cmocka_unit_test(gzip_unpacks_to_what_it_was),
        cmocka_unit_test(what_does_not_shrink_stays),
        cmocka_unit_test(plain_requests_need_no_closer_look),
        cmocka_unit_test(headers_are_taken_once_and_copied_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
