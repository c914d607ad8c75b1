/* test_buf.c - the ceiling, and numbers that read back. */
#include <float.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/buf.h"

static struct tr_error test_err;

static void the_ceiling_makes_the_buffer_fail_for_good(void **state)
{
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 10);
    tr_buf_str(&b, "12345");
    tr_buf_add(&b, "", 0);
    tr_buf_str(&b, "678901");
    tr_buf_byte(&b, 'x');
    assert_int_equal(b.len, 5);
    assert_int_equal(tr_buf_status(&b, "the answer", &test_err), TR_ELIMIT);
    assert_string_equal(test_err.msg, "the answer would exceed 10 bytes");
    assert_null(tr_buf_text(&b));
    tr_buf_reset(&b);
    tr_buf_str(&b, "1234567890");
    assert_ok(tr_buf_status(&b, "the answer", &test_err));
    tr_buf_clear(&b);
}

static void what_is_added_is_there_in_order(void **state)
{
    struct tr_buf b;
    unsigned char *room;

    (void)state;
    tr_buf_init(&b, 1 << 20);
    tr_buf_printf(&b, "%s-%d", "a", 7);
    tr_buf_int(&b, INT64_MIN);
    tr_buf_int(&b, 0);
    room = tr_buf_room(&b, 2);
    room[0] = 'x';
    room[1] = 'y';
    b.len += 2;
    assert_string_equal(tr_buf_text(&b), "a-7-92233720368547758080xy");
    for (int i = 0; i < 100000; i++)
        tr_buf_byte(&b, 'z');
    assert_int_equal(b.len, 100026);
    tr_buf_clear(&b);
}

static const char *number_text(struct tr_buf *b, double v)
{
    tr_buf_reset(b);
    tr_buf_number(b, v);
    return tr_buf_text(b);
}

static void numbers_are_short(void **state)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 1, "1" },
        { -17, "-17" },
        { 0.1, "0.1" },
        { -0.05, "-0.05" },
        { 53.4123456, "53.4123456" },
        { -2.3520922, "-2.3520922" },
        { 1.0000000001, "1.0000000001" },
        { 99.9, "99.9" },
        { 0.0001, "0.0001" },
        { 0.00001, "1e-05" },
        { 1.0 / 3, "0.3333333333333333" },
        { 123456789012.25, "123456789012.25" },
        { 9007199254740992.0, "9007199254740992" },
        { 1e300, "1e+300" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { 5e-324, "5e-324" },
    };
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(number_text(&b, cases[i].v), cases[i].text);
    tr_buf_clear(&b);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* No shorter %g reads back, and ours does. */
static void check_number(struct tr_buf *b, double v)
{
    const char *s = number_text(b, v);
    char shorter[40];
    int n_digits = 0;

    if (strtod(s, NULL) != v)
        fail_msg("%.17g was written as %s", v, s);
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(shorter, sizeof shorter, "%.*g", digits, v);
        if (strtod(shorter, NULL) == v) {
            n_digits = digits;
            break;
        }
    }
    if (strlen(s) > strlen(shorter) && n_digits < 15 && !strchr(shorter, 'e'))
        fail_msg("%s could be %s", s, shorter);
}

static void numbers_read_back_to_the_last_bit(void **state)
{
    uint64_t seed = 42;
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 100);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&seed);
        double v;

        memcpy(&v, &bits, sizeof v);
        if (isfinite(v))
            check_number(&b, v);
        check_number(&b, (double)(int32_t)bits / 1e7);
        check_number(&b, (double)(bits >> 40) / 100);
        check_number(&b, (double)bits / 18446744073709551616.0 * 1000);
    }
    tr_buf_clear(&b);
}

static void the_locale_does_not_matter(void **state)
{
    struct tr_buf b;

    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    tr_buf_init(&b, 100);
    assert_string_equal(number_text(&b, 1.0 / 3), "0.3333333333333333");
    setlocale(LC_NUMERIC, "C");
    tr_buf_clear(&b);
}

static void angles_drop_trailing_zeros(void **state)
{
    static const struct {
        int32_t v;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { -23520922, "-2.3520922" },
        { 534000000, "53.4" },
        { 1, "0.0000001" },
        { -1, "-0.0000001" },
        { 1800000000, "180" },
        { INT32_MIN, "-214.7483648" },
    };
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tr_buf_reset(&b);
        tr_buf_deg7(&b, cases[i].v);
        assert_string_equal(tr_buf_text(&b), cases[i].text);
    }
    tr_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ceiling_makes_the_buffer_fail_for_good),
        cmocka_unit_test(what_is_added_is_there_in_order),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(numbers_read_back_to_the_last_bit),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(angles_drop_trailing_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
