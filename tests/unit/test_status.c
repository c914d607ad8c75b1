/* test_status.c - messages that fit, whole characters, places in front. */
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/status.h"
#include "terrier/text.h"

static void a_failure_carries_its_code_and_sentence(void **state)
{
    struct tr_error err = TR_ERROR_INIT;

    (void)state;
    assert_int_equal(tr_fail(&err, TR_EDATA, "row %d", 7), TR_EDATA);
    assert_int_equal(err.code, TR_EDATA);
    assert_string_equal(err.msg, "row 7");
    assert_int_equal(tr_fail_at(&err, TR_ECONFIG, "f:%d", 1), TR_ECONFIG);
    assert_int_equal(err.code, TR_ECONFIG);
    assert_string_equal(err.msg, "f:1: row 7");
    assert_int_equal(tr_fail(NULL, TR_EIO, "x"), TR_EIO);
    assert_int_equal(tr_fail_at(NULL, TR_EIO, "x"), TR_EIO);
}

static void long_messages_end_with_a_whole_character(void **state)
{
    char text[2000];
    struct tr_error err;

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 5 <= sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x8F\xA0", 5);
        tr_fail(&err, TR_EDATA, "%s", text);

        size_t n = strlen(err.msg);

        assert_in_range(n, sizeof err.msg - 5, sizeof err.msg - 1);
        assert_int_equal(tr_text_valid(err.msg, n), n);
        tr_fail_at(&err, TR_EDATA, "place");
        n = strlen(err.msg);
        assert_in_range(n, sizeof err.msg - 5, sizeof err.msg - 1);
        assert_int_equal(tr_text_valid(err.msg, n), n);
        tr_fail_at(&err, TR_EDATA, "%s", text);
        assert_int_equal(tr_text_valid(err.msg, strlen(err.msg)),
                         strlen(err.msg));
    }
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (int code = 0; code < TR_STATUS_COUNT; code++)
        assert_true(*tr_status_name((enum tr_status)code));
    assert_string_equal(tr_status_name((enum tr_status)99), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_carries_its_code_and_sentence),
        cmocka_unit_test(long_messages_end_with_a_whole_character),
        cmocka_unit_test(every_code_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
