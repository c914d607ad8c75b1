/* test_http_range.c - parts of a file, as RFC 9110 has them. */
#include "support/tr_test.h"

#include <stdio.h>

#include "http/range.h"

static void ranges_are_read_as_the_standard_says(void **state)
{
    static const struct {
        const char *range, *if_range;
        enum range kind;
        uint64_t first, len;
    } cases[] = {
        { NULL, NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=0-0", NULL, RANGE_PART, 0, 1 },
        { "bytes=0-99", NULL, RANGE_PART, 0, 100 },
        { "bytes=90-200", NULL, RANGE_PART, 90, 10 },
        { "bytes=10-", NULL, RANGE_PART, 10, 90 },
        { "bytes=-10", NULL, RANGE_PART, 90, 10 },
        { "bytes=-1000", NULL, RANGE_PART, 0, 100 },
        { "BYTES=5-6", NULL, RANGE_PART, 5, 2 },
        { "bytes=99-", NULL, RANGE_PART, 99, 1 },
        { "bytes=100-", NULL, RANGE_NONE, 0, 0 },
        { "bytes=100-200", NULL, RANGE_NONE, 0, 0 },
        { "bytes=-0", NULL, RANGE_NONE, 0, 0 },
        { "bytes=9-5", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=-", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=a-b", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=1-2x", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=1-2,5-6", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=0-18446744073709551616", NULL, RANGE_WHOLE, 0, 0 },
        { "rows=0-5", NULL, RANGE_WHOLE, 0, 0 },
        { "0-5", NULL, RANGE_WHOLE, 0, 0 },
        { "bytes=0-5", "\"tag\"", RANGE_PART, 0, 6 },
        { "bytes=0-5", "W/\"tag\"", RANGE_WHOLE, 0, 0 },
        { "bytes=0-5", "\"other\"", RANGE_WHOLE, 0, 0 },
        { "bytes=0-5", "\"tag\", \"x\"", RANGE_WHOLE, 0, 0 },
        { "bytes=0-5", "tag", RANGE_WHOLE, 0, 0 },
        { "bytes=0-5", "Sun, 22 Nov 2026 10:00:00 GMT", RANGE_WHOLE, 0, 0 },
        { "bytes=100-", "\"other\"", RANGE_WHOLE, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t first = 0, len = 0;

        if (range_read(cases[i].range, cases[i].if_range, "tag", 100, &first,
                       &len) != cases[i].kind)
            fail_msg("'%s'", cases[i].range ? cases[i].range : "none");
        assert_int_equal(first, cases[i].first);
        assert_int_equal(len, cases[i].len);
    }
}

/* Every range of a small file against what the words say. */
static void a_part_lies_within_its_file(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 12; size++) {
        for (unsigned from = 0; from < 14; from++) {
            for (unsigned to = from; to < 14; to++) {
                char text[64];
                uint64_t first = 0, len = 0;
                enum range kind;

                snprintf(text, sizeof text, "bytes=%u-%u", from, to);
                kind = range_read(text, NULL, "", size, &first, &len);
                if (from >= size) {
                    assert_int_equal(kind, RANGE_NONE);
                    continue;
                }
                assert_int_equal(kind, RANGE_PART);
                assert_int_equal(first, from);
                assert_int_equal(len, (to < size ? to + 1 : size) - from);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read_as_the_standard_says),
        cmocka_unit_test(a_part_lies_within_its_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
