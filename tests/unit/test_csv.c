/* test_csv.c - the reader of rows against tables, and against the writer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tr_test.h"
#include "terrier/csv.h"

static struct tr_error test_err;

/* All rows as text: values between | and |, rows ended by \n, with `line:` in
 * front; after a failure its message. */
static void read_all(const char *bytes, size_t len,
                     const struct tr_csv_options *options, struct tr_buf *out)
{
    struct tr_csv *csv = NULL;
    struct tr_csv_row row = { 0 };
    enum tr_status st =
        tr_csv_open_bytes(bytes, len, "f", options, &csv, &test_err);

    tr_buf_reset(out);
    while (!st) {
        st = tr_csv_next(csv, &row, &test_err);
        if (st || !row.n)
            break;
        tr_buf_printf(out, "%ld:", row.line);
        for (size_t i = 0; i < row.n; i++) {
            assert_int_equal(row.lengths[i], strlen(row.values[i]));
            tr_buf_printf(out, "%s%s|", row.quoted[i] ? "'" : "",
                          row.values[i]);
        }
        tr_buf_byte(out, '\n');
    }
    if (st)
        tr_buf_printf(out, "! %s", test_err.msg);
    tr_csv_close(csv);
}

struct csv_case {
    const char *in, *out;
};

static void check_cases(const struct csv_case *cases, size_t n,
                        const struct tr_csv_options *options)
{
    struct tr_buf out;

    tr_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        read_all(cases[i].in, strlen(cases[i].in), options, &out);
        assert_string_equal(tr_buf_text(&out), cases[i].out);
    }
    tr_buf_clear(&out);
}

#define CHECK(cases, options)                                                  \
    check_cases((cases), sizeof(cases) / sizeof *(cases), options)

static void rows_are_read_as_rfc_4180_says(void **state)
{
    static const struct csv_case cases[] = {
        { "a,b\r\n1,2\r\n", "1:a|b|\n2:1|2|\n" },
        { "a,b\n1,2", "1:a|b|\n2:1|2|\n" },
        { "a", "1:a|\n" },
        { "a\r", "1:a|\n" },
        { ",", "1:||\n" },
        { "a,\n,b\n", "1:a||\n2:|b|\n" },
        { "\"\"", "1:'|\n" },
        { "\"a\"\"b\"", "1:'a\"b|\n" },
        { "\"\"\"\"", "1:'\"|\n" },
        { "\"a,b\",c", "1:'a,b|c|\n" },
        { "\"a\r\nb\",c\nd", "1:'a\r\nb|c|\n3:d|\n" },
        { "\"a\nb\"\r\n\"c\n\nd\"\ne", "1:'a\nb|\n3:'c\n\nd|\n6:e|\n" },
        { "a\n\n\r\nb\n\n", "1:a|\n4:b|\n" },
        { " \nb", "1: |\n2:b|\n" },
        { "\xEF\xBB\xBFname\nx", "1:name|\n2:x|\n" },
        { "\xEF\xBB\xBF\"name\"", "1:'name|\n" },
        { "5\" pipe,x", "1:5\" pipe|x|\n" },
        { "caf\xC3\xA9,\xF0\x9F\x8F\xA0", "1:caf\xC3\xA9|\xF0\x9F\x8F\xA0|\n" },
        { "a;b\tc", "1:a;b\tc|\n" },
        { "\n\n", "" },
    };

    (void)state;
    CHECK(cases, NULL);
}

static void mistakes_name_their_line(void **state)
{
    static const struct csv_case cases[] = {
        { "", "! f is empty" },
        { "\xEF\xBB\xBF", "! f is empty" },
        { "\xFF\xFE"
          "a",
          "! f is UTF-16; save it as UTF-8" },
        { "a\n\"b\nc\nd,e\n", "1:a|\n! f: line 2 opens a quote that is never "
                              "closed" },
        { "a\nx,\"b\"c\n", "1:a|\n! f: line 2 has text after a closing quote" },
        { "a\n\"b\n\nc\" ,d\n", "1:a|\n! f: line 4 has text after a closing "
                                "quote; that quote opens on line 2" },
        { "a\rb\r", "! f: line 1 has a carriage return without a line feed" },
        { "a\n\"b\"\rc", "1:a|\n! f: line 2 has a carriage return without a "
                         "line feed" },
        { "a\ncaf\xE9\n", "1:a|\n! f: line 2 is not UTF-8 (byte 0xE9); if it "
                          "came from Excel, say encoding: windows-1252" },
        { "\"a\n\nb\n\xFF\"", "! f: line 4 is not UTF-8 (byte 0xFF); if it "
                              "came from Excel, say encoding: windows-1252" },
    };

    (void)state;
    CHECK(cases, NULL);
}

static void a_nul_byte_is_refused_wherever_it_is(void **state)
{
    struct tr_buf out;
    struct tr_buf in;

    (void)state;
    tr_buf_init(&out, 1 << 24);
    tr_buf_init(&in, 1 << 24);
    read_all("a\0b", 3, NULL, &out);
    assert_non_null(strstr(tr_buf_text(&out), "f is not text"));
    for (int i = 0; i < 100000; i++)
        tr_buf_str(&in, "a,b,c\n");
    tr_buf_add(&in, "x,\0\n", 4);
    read_all((const char *)in.data, in.len, NULL, &out);
    assert_non_null(strstr(tr_buf_text(&out), "line 100001 holds a NUL byte"));
    tr_buf_clear(&in);
    tr_buf_clear(&out);
}

static void windows_1252_comes_out_as_utf_8(void **state)
{
    static const struct csv_case cases[] = {
        { "caf\xE9,\x80 5,\x93q\x94", "1:caf\xC3\xA9|\xE2\x82\xAC 5|"
                                      "\xE2\x80\x9Cq\xE2\x80\x9D|\n" },
        { "\x81", "1:\xEF\xBF\xBD|\n" },
        { "\xEF\xBB\xBFname", "! f begins with the mark of UTF-8; "
                              "say encoding: utf-8" },
    };
    struct tr_csv_options options = { .encoding = TR_WINDOWS_1252 };

    (void)state;
    CHECK(cases, &options);
}

static void other_separators_work(void **state)
{
    static const struct csv_case semicolons[] = {
        { "a;b,c;\"d;e\"", "1:a|b,c|'d;e|\n" },
    };
    static const struct csv_case tabs[] = { { "a\tb\t", "1:a|b||\n" } };
    struct tr_csv_options options = { .separator = ';' };

    (void)state;
    CHECK(semicolons, &options);
    options.separator = '\t';
    CHECK(tabs, &options);
}

static void limits_are_errors_not_cuts(void **state)
{
    static const struct csv_case columns[] = {
        { "a,b,c\na,b,c,d", "1:a|b|c|\n! f: line 2 has more than 3 columns" },
    };
    static const struct csv_case bytes[] = {
        { "12345678\n123456789",
          "1:12345678|\n! f: line 2 begins a row of more than 8 bytes" },
    };
    struct tr_csv_options options = { .max_columns = 3 };

    (void)state;
    CHECK(columns, &options);
    options = (struct tr_csv_options){ .max_row_bytes = 8 };
    CHECK(bytes, &options);
}

static void an_unclosed_quote_in_a_big_file_is_found_early(void **state)
{
    struct tr_buf out;
    struct tr_buf in;

    (void)state;
    tr_buf_init(&out, 1 << 24);
    tr_buf_init(&in, 1 << 24);
    tr_buf_str(&in, "a\nb,\"c\n");
    while (in.len < (4 << 20))
        tr_buf_str(&in, "1,2,3,4\n");
    read_all((const char *)in.data, in.len, NULL, &out);
    assert_string_equal(
        tr_buf_text(&out),
        "1:a|\n! f: line 2 begins a row of more than 1048576 bytes; the quote "
        "that opens on line 2 may never be closed");
    tr_buf_clear(&in);
    tr_buf_clear(&out);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A value, its bytes as a file may hold them, and as read_all() shows it. */
static void add_random_value(uint32_t *seed, struct tr_buf *in,
                             struct tr_buf *want)
{
    static const char *const bits[] = { "a",    "Stretford ", "\"", ",", "\n",
                                        "\r\n", "\xC3\xA9",   "0",  ";" };
    size_t n = next_random(seed) % 5;
    bool quote = next_random(seed) % 2;
    /* Now and then longer than a block of the window. */
    size_t times = next_random(seed) % 2000 ? 1 : 70000;

    if (quote) {
        tr_buf_str(want, "'");
        tr_buf_str(in, "\"");
    } else if (!n) {
        n = 1;
    }
    for (size_t i = 0; i < n; i++) {
        /* A bare value has neither a quote at its start nor , nor newlines. */
        const char *bit =
            bits[quote ? next_random(seed) % 9 : next_random(seed) % 2];

        for (size_t k = 0; k < times; k++) {
            tr_buf_str(want, bit);
            tr_buf_str(in, bit);
            if (*bit == '"')
                tr_buf_str(in, bit);
        }
    }
    if (quote)
        tr_buf_str(in, "\"");
    tr_buf_str(want, "|");
}

static long count_lines(const struct tr_buf *b)
{
    long n = 1;

    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '\n';
    return n;
}

static void any_mixture_of_dialects_reads_back(void **state)
{
    struct tr_csv_options options = { .max_row_bytes = (size_t)64 << 20 };
    struct tr_buf in, want, got;

    (void)state;
    tr_buf_init(&in, (size_t)64 << 20);
    tr_buf_init(&want, (size_t)64 << 20);
    tr_buf_init(&got, (size_t)64 << 20);
    for (uint32_t round = 1; round <= 60; round++) {
        uint32_t seed = round;

        tr_buf_reset(&in);
        tr_buf_reset(&want);
        for (int row = 0; row < 100; row++) {
            tr_buf_printf(&want, "%ld:", count_lines(&in));
            for (uint32_t n = next_random(&seed) % 6 + 1; n > 0; n--) {
                add_random_value(&seed, &in, &want);
                tr_buf_str(&in, n > 1 ? "," : "");
            }
            tr_buf_str(&in, next_random(&seed) % 2 ? "\n" : "\r\n");
            tr_buf_str(&want, "\n");
        }
        read_all((const char *)in.data, in.len, &options, &got);
        assert_int_equal(got.len, want.len);
        assert_memory_equal(got.data, want.data, want.len);
    }
    tr_buf_clear(&in);
    tr_buf_clear(&want);
    tr_buf_clear(&got);
}

static void values_are_quoted_when_they_must_be(void **state)
{
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 4096);
    tr_csv_write(&b, "plain", true, false);
    tr_csv_write(&b, "a,b", false, false);
    tr_csv_write(&b, "say \"hi\"", false, false);
    tr_csv_write(&b, "two\nlines", false, false);
    tr_csv_write(&b, "", false, false);
    tr_csv_end_row(&b);
    tr_csv_write(&b, "", true, false);
    tr_csv_end_row(&b);
    assert_string_equal(tr_buf_text(&b),
                        "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n"
                        "\"\"\r\n");
    tr_buf_clear(&b);
}

static void a_formula_is_disarmed_only_when_asked(void **state)
{
    static const struct csv_case cases[] = {
        { "=1+1", "'=1+1\r\n" },
        { "+44", "'+44\r\n" },
        { "-2", "'-2\r\n" },
        { "@x", "'@x\r\n" },
        { "\tx", "'\tx\r\n" },
        { "\rx", "\"'\rx\"\r\n" },
        { "=a,b", "\"'=a,b\"\r\n" },
        { "a=b", "a=b\r\n" },
        { "=\"x\"", "\"'=\"\"x\"\"\"\r\n" },
    };
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tr_buf_reset(&b);
        tr_csv_write(&b, cases[i].in, true, true);
        tr_csv_end_row(&b);
        assert_string_equal(tr_buf_text(&b), cases[i].out);
    }
    tr_buf_reset(&b);
    tr_csv_write(&b, "-2.5", true, false);
    assert_string_equal(tr_buf_text(&b), "-2.5");
    tr_buf_clear(&b);
}

static void a_missing_file_is_no_input(void **state)
{
    struct tr_csv *csv = NULL;

    (void)state;
    assert_int_equal(
        tr_csv_open("tests/no-such.csv", "no-such.csv", NULL, &csv, &test_err),
        TR_ENOINPUT);
    assert_non_null(strstr(test_err.msg, "no-such.csv cannot be read"));
    assert_int_equal(tr_csv_open("tests", "tests", NULL, &csv, &test_err),
                     TR_ENOINPUT);
    assert_null(csv);
}

static void the_real_register_has_608_rows(void **state)
{
    struct tr_csv *csv = NULL;
    struct tr_csv_row row;
    size_t n = 0;

    (void)state;
    need_shared_data("trafford/partners/council_land_and_building_assets.csv");
    assert_ok(tr_csv_open(
        SHARED_DATA "/trafford/partners/council_land_and_building_assets.csv",
        "council.csv", NULL, &csv, &test_err));
    for (;; n++) {
        assert_ok(tr_csv_next(csv, &row, &test_err));
        if (!row.n)
            break;
    }
    tr_csv_close(csv);
    assert_int_equal(n, 609);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_rfc_4180_says),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_is),
        cmocka_unit_test(windows_1252_comes_out_as_utf_8),
        cmocka_unit_test(other_separators_work),
        cmocka_unit_test(limits_are_errors_not_cuts),
        cmocka_unit_test(an_unclosed_quote_in_a_big_file_is_found_early),
        cmocka_unit_test(any_mixture_of_dialects_reads_back),
        cmocka_unit_test(values_are_quoted_when_they_must_be),
        cmocka_unit_test(a_formula_is_disarmed_only_when_asked),
        cmocka_unit_test(a_missing_file_is_no_input),
        cmocka_unit_test(the_real_register_has_608_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
