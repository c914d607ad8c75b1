/* test_locate.c - postcodes and UPRNs in their normal form. */
#include "support/tr_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ingest/convert.h"

static void postcodes_are_repaired_only_in_form(void **state)
{
    static const struct {
        const char *given;
        enum convert_postcode want;
        const char *normal;
        bool repaired;
    } cases[] = {
        { "m32 0th ", CONVERT_FULL, "M32 0TH", false },
        { "M320TH", CONVERT_FULL, "M32 0TH", false },
        { "\xC2\xA0M32\xC2\xA0"
          "0TH",
          CONVERT_FULL, "M32 0TH", false },
        { "M32 OXZ", CONVERT_FULL, "M32 0XZ", true },
        { "MI2 0TH", CONVERT_FULL, "MI2 0TH", false },
        { "M3O 0TH", CONVERT_FULL, "M3O 0TH", false },
        { "WA1O 0TH", CONVERT_FULL, "WA1O 0TH", false },
        { "WA14 1", CONVERT_REFUSED, NULL, false },
        { "M33", CONVERT_OUTWARD, "M33", false },
        { "sw1a", CONVERT_OUTWARD, "SW1A", false },
        { "M3 3", CONVERT_REFUSED, NULL, false },
        { "M33 1OO", CONVERT_REFUSED, NULL, false },
        { "M33 100", CONVERT_REFUSED, NULL, false },
        { "SW1A 1AA", CONVERT_FULL, "SW1A 1AA", false },
        { "SW1A 1AAX", CONVERT_REFUSED, NULL, false },
        { "M32-0TH", CONVERT_REFUSED, NULL, false },
        { "", CONVERT_REFUSED, NULL, false },
        { "Manchester", CONVERT_REFUSED, NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[CONVERT_POSTCODE] = "";
        bool repaired;
        enum convert_postcode got =
            convert_postcode(cases[i].given, out, &repaired);

        if (got != cases[i].want || repaired != cases[i].repaired ||
            (cases[i].normal && strcmp(out, cases[i].normal) != 0))
            fail_msg("'%s' is %d '%s' %d", cases[i].given, (int)got, out,
                     repaired);
    }
}

/* A real postcode is its own normal form, with or without its space. */
static void real_postcodes_are_left_alone(void **state)
{
    char line[256];
    long n = 0;
    FILE *f;

    (void)state;
    need_shared_data("gb/postcodes_gb_2014.csv.gz");
    f = popen("zcat " SHARED_DATA "/gb/postcodes_gb_2014.csv.gz", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char out[CONVERT_POSTCODE], again[CONVERT_POSTCODE];
        bool repaired;
        char *s = line + (line[0] == '"');

        s[strcspn(s, "\",\n")] = '\0';
        if (n++ == 0)
            continue; /* the header */
        if (convert_postcode(s, out, &repaired) != CONVERT_FULL || repaired)
            fail_msg("'%s' is refused or repaired", s);
        assert_int_equal(convert_postcode(out, again, &repaired), CONVERT_FULL);
        assert_string_equal(out, again);
    }
    assert_int_equal(pclose(f), 0);
    assert_true(n > 1000000);
}

static void a_uprn_is_digits_and_nothing_a_spreadsheet_made(void **state)
{
    static const struct {
        const char *given, *want;
    } cases[] = {
        { "42", "42" },
        { " 000100012345678 ", "100012345678" },
        { "100012345678", "100012345678" },
        { "1000123456789", NULL },
        { "0", NULL },
        { "1.00013E+11", NULL },
        { "100013000000.0", NULL },
        { "-42", NULL },
        { "", NULL },
        { "12 34", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[CONVERT_UPRN] = "";
        bool good = convert_uprn(cases[i].given, out);

        if (good != !!cases[i].want ||
            (good && strcmp(out, cases[i].want) != 0))
            fail_msg("'%s' gives '%s'", cases[i].given, out);
    }
}

static void written_decimals_are_counted(void **state)
{
    (void)state;
    assert_int_equal(convert_decimals("-2.345"), 3);
    assert_int_equal(convert_decimals("-2,34"), 2);
    assert_int_equal(convert_decimals("12"), 0);
    assert_int_equal(convert_decimals("1.5e3"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postcodes_are_repaired_only_in_form),
        cmocka_unit_test(real_postcodes_are_left_alone),
        cmocka_unit_test(a_uprn_is_digits_and_nothing_a_spreadsheet_made),
        cmocka_unit_test(written_decimals_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
