/* test_text.c - UTF-8 checks, folding, trimming, LIKE, numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/text.h"

static void valid_text_is_told_from_invalid(void **state)
{
    static const struct {
        const char *s;
        size_t len, good;
    } cases[] = {
        { "", 0, 0 },
        { "plain ASCII that is longer than a word", 38, 38 },
        { "12345678\0", 9, 8 },
        { "\0", 1, 0 },
        { "a\0b", 3, 1 },
        { "caf\xC3\xA9", 5, 5 },
        { "\xE2\x82\xAC\xF0\x9F\x8F\xA0", 7, 7 },
        { "\xF4\x8F\xBF\xBF", 4, 4 },
        { "x\xC0\x80", 3, 1 },         /* overlong U+0000 */
        { "x\xE0\x9F\xBF", 4, 1 },     /* overlong */
        { "x\xF0\x8F\xBF\xBF", 5, 1 }, /* overlong */
        { "x\xED\xA0\x80", 4, 1 },     /* a surrogate */
        { "x\xF4\x90\x80\x80", 5, 1 }, /* above U+10FFFF */
        { "x\xE2\x82", 3, 1 },         /* cut short */
        { "x\xE2\x82z", 4, 1 },
        { "12345678\x80", 9, 8 },
        { "1234567\xFF", 8, 7 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* On the heap, so that the sanitizer sees a step too far. */
        char *copy = malloc(cases[i].len ? cases[i].len : 1);

        memcpy(copy, cases[i].s, cases[i].len);
        assert_int_equal(tr_text_valid(copy, cases[i].len), cases[i].good);
        free(copy);
    }
}

struct text_case {
    const char *in, *out;
};

static void check_map(char *(*map)(struct tr_arena *, const char *),
                      const struct text_case *cases, size_t n)
{
    struct tr_arena a;

    tr_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(map(&a, cases[i].in), cases[i].out);
    tr_arena_clear(&a);
    tr_arena_init(&a, 0);
    assert_null(map(&a, "x"));
    assert_null(map(&a, "\xC3\xA9"));
}

#define CHECK_MAP(map, cases)                                                  \
    check_map(map, (cases), sizeof(cases) / sizeof *(cases))

static void text_is_normalised_and_folded(void **state)
{
    static const struct text_case nfc[] = {
        { "", "" },
        { "Caf\xC3\xA9", "Caf\xC3\xA9" },
        { "Cafe\xCC\x81", "Caf\xC3\xA9" },
        { "\xE2\x84\xAB", "\xC3\x85" }, /* Angstrom sign */
    };
    static const struct text_case fold[] = {
        { "HELLO [World]", "hello [world]" },
        { "STRA\xC3\x9F"
          "E",
          "strasse" },
        { "\xC3\x89", "\xC3\xA9" },
        { "E\xCC\x81", "\xC3\xA9" },
        { "\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83" },
    };
    static const struct text_case accents[] = {
        { "Caf\xC3\xA9", "Cafe" },
        { "Cafe\xCC\x81 \xC5\x81", "Cafe \xC5\x81" },
        { "plain", "plain" },
    };
    static const struct text_case upper[] = {
        { "m32 0th", "M32 0TH" },
        { "caf\xC3\xA9", "CAF\xC3\x89" },
        { "\xC9\x90", "\xE2\xB1\xAF" }, /* grows from two bytes to three */
    };

    (void)state;
    CHECK_MAP(tr_text_nfc, nfc);
    CHECK_MAP(tr_text_fold_case, fold);
    CHECK_MAP(tr_text_fold_accents, accents);
    CHECK_MAP(tr_text_upper, upper);
}

static void windows_1252_is_read(void **state)
{
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 16);
    assert_string_equal(tr_text_from_windows_1252(&a, "plain", 5), "plain");
    assert_string_equal(tr_text_from_windows_1252(&a, "\x80 5\xE9\x81", 5),
                        "\xE2\x82\xAC 5\xC3\xA9\xEF\xBF\xBD");
    tr_arena_clear(&a);
}

static void spaces_of_all_kinds_are_trimmed(void **state)
{
    static const struct text_case cases[] = {
        { "", "" },
        { "  \t\r\n ", "" },
        { " a b ", "a b" },
        { "\xC2\xA0 Sale\xC2\xA0", "Sale" },
        { "\xE2\x80\x8B\xE3\x80\x80x\xEF\xBB\xBF", "x" },
        { "\xC3\xA9 ", "\xC3\xA9" },
        { "\xC3\xA0", "\xC3\xA0" }, /* ends with the byte of U+00A0 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len;
        const char *s = tr_text_trim(cases[i].in, &len);

        assert_int_equal(len, strlen(cases[i].out));
        assert_memory_equal(s, cases[i].out, len);
    }
}

/* The definition, as slow as it is short. */
static bool slow_like(const char *s, const char *p)
{
    if (!*p)
        return !*s;
    if (*p == '%')
        return slow_like(s, p + 1) || (*s && slow_like(s + 1, p));
    if (*p == '_')
        return *s && slow_like(s + 1, p + 1);
    if (*p == '\\' && p[1])
        p++;
    return *s == *p && slow_like(s + 1, p + 1);
}

static void like_agrees_with_its_definition(void **state)
{
    static const char s_chars[] = "ab%_\\";
    static const char p_chars[] = "ab%%_\\";
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char s[10] = "";
        char p[10] = "";

        for (uint32_t i = 0, n = (seed = seed * 1664525u + 1013904223u) >> 29;
             i < n; i++)
            s[i] = s_chars[((seed = seed * 1664525u + 1013904223u) >> 8) % 5];
        for (uint32_t i = 0, n = (seed = seed * 1664525u + 1013904223u) >> 29;
             i < n; i++)
            p[i] = p_chars[((seed = seed * 1664525u + 1013904223u) >> 8) % 6];
        if (tr_text_like(s, p) != slow_like(s, p))
            fail_msg("'%s' like '%s'", s, p);
    }
    assert_true(tr_text_like("caf\xC3\xA9", "caf_"));
    assert_true(tr_text_like("\xC3\xA9x", "_x"));
    assert_true(tr_text_like("\xE2\x82\xAC\xE2\x82\xAD", "%_\xE2\x82\xAD"));
    assert_false(tr_text_like("\xC3\xA9", "__"));
}

static void like_is_never_exponential(void **state)
{
    char s[2001];
    char p[101];

    (void)state;
    memset(s, 'a', sizeof s - 1);
    s[sizeof s - 1] = '\0';
    for (size_t i = 0; i + 1 < sizeof p; i++)
        p[i] = i % 2 ? 'a' : '%';
    p[sizeof p - 2] = 'b';
    p[sizeof p - 1] = '\0';
    assert_false(tr_text_like(s, p));
}

static void the_nearest_name_is_near_or_none(void **state)
{
    static const char *const names[] = { "partner", "layer", "source", "crs",
                                         "x" };
    static const struct text_case cases[] = {
        { "partnr", "partner" },
        { "PARTNER", "partner" },
        { "layers", "layer" },
        { "cri", "crs" },
        { "sauce", "source" },
        { "zebra", NULL },
        { "", NULL },
        { "y", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = tr_text_nearest(cases[i].in, names, 5);

        assert_string_equal(got ? got : "none",
                            cases[i].out ? cases[i].out : "none");
    }
}

static void only_plain_numbers_are_numbers(void **state)
{
    static const char *const ints[] = { "0", "-7", "007",
                                        "9223372036854775807" };
    static const char *const not_ints[] = {
        "", "+1", " 1", "1 ", "1.0", "0x1", "-", "1e3", "9223372036854775808"
    };
    static const char *const numbers[] = {
        "0",
        "-0.5",
        "1.25",
        "53.4123456",
        "-2.3520922",
        "1e3",
        "1E-7",
        "123456789012345",
        "1234567890123456.75",
        "0.1",
        "5e-324",
        "1.7976931348623157e308",
        "0.000000000000001",
        "9007199254740993",
    };
    static const char *const not_numbers[] = {
        "",    "-",   "+1",  " 1",  "1 ",  ".5",    "5.",    "1e",
        "1e+", "0x1", "inf", "nan", "1,5", "1.2.3", "1e999", "--1",
    };
    long long i;
    double v;

    (void)state;
    for (size_t k = 0; k < sizeof ints / sizeof *ints; k++) {
        assert_true(tr_text_to_int(ints[k], &i));
        assert_int_equal(i, strtoll(ints[k], NULL, 10));
    }
    for (size_t k = 0; k < sizeof not_ints / sizeof *not_ints; k++)
        assert_false(tr_text_to_int(not_ints[k], &i));
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        assert_true(tr_text_to_number(numbers[k], &v));
        assert_near(v, strtod(numbers[k], NULL), 0);
    }
    for (size_t k = 0; k < sizeof not_numbers / sizeof *not_numbers; k++)
        assert_false(tr_text_to_number(not_numbers[k], &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_text_is_told_from_invalid),
        cmocka_unit_test(text_is_normalised_and_folded),
        cmocka_unit_test(windows_1252_is_read),
        cmocka_unit_test(spaces_of_all_kinds_are_trimmed),
        cmocka_unit_test(like_agrees_with_its_definition),
        cmocka_unit_test(like_is_never_exponential),
        cmocka_unit_test(the_nearest_name_is_near_or_none),
        cmocka_unit_test(only_plain_numbers_are_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
