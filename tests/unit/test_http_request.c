/* test_http_request.c - what a client sends: decoding, queries, routes. */
#include "support/tr_test.h"

#include <stdio.h>
#include <string.h>

#include "http/http.h"

static struct tr_arena arena;

static int open_arena(void **state)
{
    (void)state;
    tr_arena_init(&arena, (size_t)16 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    return 0;
}

/* A page of another site may make a browser ask a loopback server under its own
 * name (DNS rebinding): what is not public is answered to local names alone. */
static void only_local_hosts_may_ask_for_what_is_not_public(void **state)
{
    static const struct {
        const char *host, *public_url;
        bool good;
    } cases[] = {
        { "localhost", "", true },
        { "localhost:8080", "", true },
        { "LOCALHOST:8080", "", true },
        { "127.0.0.1:8080", "", true },
        { "127.8.9.1", "", true },
        { "[::1]", "", true },
        { "[::1]:8080", "", true },
        { "register.example.org", "https://register.example.org", true },
        { "register.example.org:443", "https://register.example.org:443/",
          true },
        { "register.example.org", "https://register.example.org/map", true },
        { NULL, "", false },
        { "", "", false },
        { "evil.example", "", false },
        { "evil.example:8080", "", false },
        { "127.0.0.1.evil.example", "", false },
        { "localhost.evil.example", "", false },
        { "127.evil.example:8080", "", false },
        { "[::1].evil.example", "", false },
        { "[::2]", "", false },
        { "example.org", "https://register.example.org", false },
        { "register.example.org.evil", "https://register.example.org", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (http_host_is_ours(cases[i].host, cases[i].public_url) !=
            cases[i].good)
            fail_msg("'%s' is %s", cases[i].host ? cases[i].host : "(no host)",
                     cases[i].good ? "refused" : "let in");
    }
}

static void percent_decoding_takes_text_and_nothing_else(void **state)
{
    static const struct {
        const char *in, *out; /* out NULL: refused */
        bool plus;
    } cases[] = {
        { "", "", false },
        { "plain", "plain", false },
        { "a%20b", "a b", false },
        { "a+b", "a+b", false },
        { "a+b", "a b", true },
        { "a%2Bb", "a+b", true },
        { "a%2fb%2F", "a/b/", false },
        { "%c3%a9", "\xC3\xA9", false },
        { "%C3", NULL, false },       /* cut off */
        { "%ED%A0%80", NULL, false }, /* a surrogate */
        { "%00", NULL, false },
        { "a%00b", NULL, false },
        { "%", NULL, false },
        { "%2", NULL, false },
        { "%zz", NULL, false },
        { "%+1", NULL, false },
        { "%25", "%", false },
        { "%2525", "%25", false }, /* once only */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *out = NULL;
        bool good = http_decode(&arena, cases[i].in, strlen(cases[i].in),
                                cases[i].plus, &out);

        if (good != (cases[i].out != NULL))
            fail_msg("'%s' is %s", cases[i].in, good ? "taken" : "refused");
        if (good)
            assert_string_equal(out, cases[i].out);
    }
}

static void what_is_encoded_decodes_to_itself(void **state)
{
    char text[256];
    struct tr_buf b;
    const char *out;

    (void)state;
    for (int c = 1; c < 128; c++)
        text[c - 1] = (char)c;
    memcpy(text + 127, "\xC3\xA9\xE2\x82\xAC", 6);
    tr_buf_init(&b, 4096);
    http_encode(&b, text);
    assert_null(strpbrk(tr_buf_text(&b), " +&=#?\"<>"));
    assert_true(http_decode(&arena, tr_buf_text(&b), b.len, true, &out));
    assert_string_equal(out, text);
    tr_buf_clear(&b);
}

static void a_query_is_names_and_values(void **state)
{
    struct http_request req = { .arena = &arena };

    (void)state;
    assert_true(http_read_query(&req, "a=1&&b=x%26y&c&d=&e=1=2"));
    assert_int_equal(req.n_query, 5);
    assert_string_equal(http_query(&req, "a"), "1");
    assert_string_equal(http_query(&req, "b"), "x&y");
    assert_string_equal(http_query(&req, "c"), "");
    assert_string_equal(http_query(&req, "d"), "");
    assert_string_equal(http_query(&req, "e"), "1=2");
    assert_null(http_query(&req, "f"));
}

static void a_query_with_a_name_twice_or_too_many_is_broken(void **state)
{
    char text[512] = "";
    struct http_request one = { .arena = &arena };
    struct http_request two = { .arena = &arena };
    struct http_request many = { .arena = &arena };

    (void)state;
    assert_false(http_read_query(&one, "a=1&a=2"));
    assert_false(http_read_query(&two, "a=1&%61=2"));
    for (int i = 0; i <= HTTP_MAX_QUERY; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "p%d=&", i);
    assert_false(http_read_query(&many, text));
}

static void accept_encoding_is_read_as_the_standard_says(void **state)
{
    static const struct {
        const char *header;
        bool gzip;
    } cases[] = {
        { NULL, false },         { "", false },
        { "gzip", true },        { "GZip", true },
        { "br, gzip", true },    { "br,gzip;q=0.1", true },
        { "gzip;q=0", false },   { "gzip; q=0.000", false },
        { "gzip;q=1", true },    { "x-gzip", false },
        { "gzipped", false },    { "identity", false },
        { "gzip ;q=0", false },  { ",,gzip", true },
        { "gzip;q=0.01", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (http_accepts(cases[i].header, "gzip") != cases[i].gzip)
            fail_msg("'%s'", cases[i].header ? cases[i].header : "none");
    }
}

static const struct http_route *find(const char *path, struct http_request *r)
{
    *r = (struct http_request){ .arena = &arena, .path = path };
    return http_route_find(r);
}

static void each_route_finds_itself(void **state)
{
    size_t n;
    const struct http_route *routes = http_routes(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        char path[256] = "";
        struct http_request r;

        for (const char *p = routes[i].path; *p; p++) {
            size_t len = strlen(path);

            if (*p == '{') {
                snprintf(path + len, sizeof path - len, "v%%2F1");
                p = strchr(p, '}');
            } else {
                path[len] = *p;
                path[len + 1] = '\0';
            }
        }
        assert_ptr_equal(find(path, &r), &routes[i]);
        if (strchr(routes[i].path, '{'))
            assert_string_equal(r.param[0], "v/1");
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(routes[k].id, routes[i].id);
    }
}

static void a_path_that_is_none_finds_nothing(void **state)
{
    static const char *const paths[] = {
        "/api",           "/api/place/",       "//api/place",
        "/api%2Fplace",   "/sites/",           "/sites",
        "/tiles/a/1/2/3", "/tiles/a/1/2/.mvt", "/tiles/.json",
        "/ogc//",         "/ogc/api/x",        "",
        "api/place",      "/sites/a/b",        "/a/b/c/d/e/f/g/h/i/j/k/l",
        "/API/place",     "/sites/%zz",
    };
    struct http_request r;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (find(paths[i], &r))
            fail_msg("'%s' has a route", paths[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_local_hosts_may_ask_for_what_is_not_public),
        cmocka_unit_test(percent_decoding_takes_text_and_nothing_else),
        cmocka_unit_test(what_is_encoded_decodes_to_itself),
        cmocka_unit_test(a_query_is_names_and_values),
        cmocka_unit_test(a_query_with_a_name_twice_or_too_many_is_broken),
        cmocka_unit_test(accept_encoding_is_read_as_the_standard_says),
        cmocka_unit_test(each_route_finds_itself),
        cmocka_unit_test(a_path_that_is_none_finds_nothing),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
