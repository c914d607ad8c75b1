/* test_paper.c - a paper and its writers, with texts that wish them ill. */
#include "support/tr_test.h"

#include <stdio.h>
#include <string.h>

#include "terrier/paper.h"

static struct tr_error test_err;
static struct tr_arena arena;

static int open_arena(void **state)
{
    (void)state;
    tr_arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int clear_arena(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    return 0;
}

static struct tr_paper *paper(void)
{
    struct tr_paper *p = tr_paper_new(&arena, "A kind", "A title");

    assert_non_null(p);
    return p;
}

/* ---- texts ---- */

static void texts_are_made_fit_to_print(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "plain", "plain" },
        { "  two\t\nlines \r\n", "two lines" },
        { "a\x01\x1b[31mb\x7f", "a [31mb" },
        { "\xC2\x85next", "next" },
        { "bad \xff\xfe byte", "bad \xEF\xBF\xBD\xEF\xBF\xBD byte" },
        { "cut \xe2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD" },
        { "a\xE2\x80\xAE"
          "b\xE2\x81\xA6"
          "c",
          "abc" },
        { "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", /* Hebrew stays */
          "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D" },
        { "", "" },
        { "\n\n", "" },
    };
    struct tr_paper *p = paper();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tr_paper_words(p, cases[i].in, 100), cases[i].out);
    assert_string_equal(tr_paper_words(p, NULL, 100), "");
}

static void a_long_text_says_that_it_was_cut(void **state)
{
    struct tr_paper *p = paper();
    char text[10241];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_string_equal(tr_paper_words(p, text, 5),
                        "xxxxx... (10,240 characters in all)");
    assert_int_equal(strlen(tr_paper_words(p, text, 10240)), 10240);
    assert_string_equal(tr_paper_words(p, "a b  c d e", 5),
                        "a b c... (9 characters in all)");
    assert_string_equal(tr_paper_words(p, "a b  c d e", 9), "a b c d e");
}

static void dates_and_counts_are_words(void **state)
{
    struct tr_paper *p = paper();

    (void)state;
    assert_string_equal(tr_paper_date(p, 20524), "12 March 2026");
    assert_string_equal(tr_paper_date(p, INT32_MIN), "");
    assert_string_equal(tr_paper_count(p, 1234567.4), "1,234,567");
    assert_string_equal(tr_paper_count(p, 999.5), "1,000");
    assert_string_equal(tr_paper_count(p, -1234), "-1,234");
    assert_string_equal(tr_paper_count(p, -123), "-123");
    assert_string_equal(tr_paper_count(p, 123456), "123,456");
    assert_string_equal(tr_paper_count(p, 0), "0");
}

static void a_full_arena_fails_the_paper_once(void **state)
{
    struct tr_arena small;
    struct tr_paper *p;

    (void)state;
    tr_arena_init(&small, 4096);
    p = tr_paper_new(&small, "k", "t");
    assert_non_null(p);
    for (int i = 0; i < 200; i++)
        tr_paper_text(p, "line %d", i);
    assert_int_equal(tr_paper_status(p, &test_err), TR_ENOMEM);
    tr_arena_clear(&small);
}

static void a_paper_has_a_most_of_blocks(void **state)
{
    struct tr_paper *p = paper();

    (void)state;
    for (int i = 0; i < TR_PAPER_MOST_BLOCKS; i++)
        tr_paper_break(p);
    assert_ok(tr_paper_status(p, &test_err));
    tr_paper_break(p);
    assert_int_equal(tr_paper_status(p, &test_err), TR_ELIMIT);
}

static const char *no_surplus(const void *context, const char *text,
                              struct tr_arena *a)
{
    (void)context;
    (void)a;
    return strstr(text, "secret") ? "hidden" : text;
}

static void every_text_passes_the_filter(void **state)
{
    static const struct tr_paper_column columns[] = { { "A", 1, false } };
    struct tr_paper *p = paper();
    struct tr_buf b;

    (void)state;
    p->filter = no_surplus;
    tr_paper_heading(p, 2, "secret %d", 1);
    tr_paper_text(p, "a secret");
    tr_paper_verdict(p, TR_PAPER_KEY, "secret", "secret");
    tr_paper_list(p);
    tr_paper_item(p, "%s", "secret");
    tr_paper_facts(p);
    tr_paper_fact(p, "secret", "secret");
    tr_paper_table(p, "secret", columns, 1);
    tr_paper_row(p, (const char *const[]){ "secret" });
    tr_paper_bars(p, "secret");
    tr_paper_bar(p, "secret", 1, TR_PAPER_CORE);
    tr_paper_picture(p, NULL, 0, 0, 0, "secret", "secret");
    tr_paper_origin(p, "secret", "secret");
    tr_buf_init(&b, 1 << 20);
    tr_paper_html(p, &b);
    assert_null(strstr(tr_buf_text(&b), "secret"));
    tr_buf_reset(&b);
    tr_paper_plain(p, 78, &b);
    assert_null(strstr(tr_buf_text(&b), "secret"));
    tr_buf_clear(&b);
}

/* ---- hostile texts through the writers ---- */

static const char *const ill[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</table></main></style></title>",
    "&lt;b&gt; & &amp;",
    "}@page{content:url(http://example.org/)}",
    "\\\"; } body{display:none} /*",
    "%s%n%x",
    "a\x01\x02\x03\x1b[0m",
    "\xD8\xB9\xD8\xB1\xD8\xA8\xD9\x8A then latin",
    "\xE2\x80\xAEgnp.exe",
    "\xF0\x9F\x8F\xAB school",
    "",
};

static struct tr_paper *hostile(void)
{
    static const struct tr_paper_column columns[] = {
        { "<b>what</b>", 3, false }, { "n", 1, true }, { "narrow", 1, false }
    };
    static char big[10241];
    struct tr_paper *p = tr_paper_new(&arena, ill[0], ill[1]);

    memset(big, 'w', sizeof big - 1);
    p->audience = tr_paper_words(p, ill[4], 300);
    p->footer = tr_paper_words(p, ill[5], 300);
    p->under = tr_paper_words(p, ill[2], 300);
    p->subject = p->author = tr_paper_words(p, ill[1], 300);
    p->date = 20524;
    for (size_t i = 0; i < sizeof ill / sizeof *ill; i++) {
        tr_paper_origin(p, ill[i], ill[i]);
        tr_paper_heading(p, 2 + (int)(i % 2), "%s", ill[i]);
        tr_paper_text(p, "%s", ill[i]);
        tr_paper_note(p, "%s", ill[i]);
        tr_paper_warning(p, "%s", ill[i]);
        tr_paper_verdict(p, TR_PAPER_SURPLUS, ill[i], ill[i]);
        tr_paper_picture(p, NULL, 0, 0, 0, ill[i], ill[i]);
    }
    tr_paper_table(p, ill[0], columns, 3);
    for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
        tr_paper_row(p, (const char *const[]){ ill[i], "1", big });
    tr_paper_strong(p);
    tr_paper_facts(p);
    tr_paper_list(p);
    tr_paper_bars(p, ill[1]);
    for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
        tr_paper_bar(p, ill[i], (long)i, TR_PAPER_KEY);
    tr_paper_sign(p, columns, 3);
    tr_paper_signer(p, ill[0]);
    assert_ok(tr_paper_status(p, &test_err));
    return p;
}

/* Every element that is opened is closed, in order; of the kinds that we write
 * and no other. */
static void check_elements(const char *html)
{
    static const char *const known[] = {
        "html",   "head",    "title",      "style", "body",  "header",
        "main",   "footer",  "p",          "h1",    "h2",    "h3",
        "table",  "caption", "colgroup",   "thead", "tbody", "tr",
        "th",     "td",      "ul",         "li",    "div",   "span",
        "strong", "figure",  "figcaption",
    };
    static const char *const empty[] = { "meta", "col", "img", "!doctype" };
    char stack[64][16];
    size_t depth = 0;

    for (const char *s = html; (s = strchr(s, '<')); s++) {
        bool close = s[1] == '/', is_empty = false, is_known = false;
        char name[16];
        size_t len = strcspn(s + 1 + close, " >\n");

        assert_true(len && len < sizeof name);
        memcpy(name, s + 1 + close, len);
        name[len] = '\0';
        for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
            is_empty = is_empty || strcmp(name, empty[i]) == 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known = is_known || strcmp(name, known[i]) == 0;
        if (!is_empty && !is_known)
            fail_msg("unknown element '%s'", name);
        if (is_empty)
            continue;
        if (!close) {
            assert_true(depth < 64);
            memcpy(stack[depth++], name, sizeof name);
        } else {
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], name);
        }
    }
    assert_int_equal(depth, 0);
}

static void html_is_well_formed_whatever_the_texts(void **state)
{
    struct tr_buf b;
    const char *html;

    (void)state;
    tr_buf_init(&b, 4 << 20);
    tr_paper_html(hostile(), &b);
    html = tr_buf_text(&b);
    assert_non_null(html);
    check_elements(html);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "onerror=alert(1)>"));
    *strstr((char *)b.data, "</style>") = '\0'; /* the style alone */
    assert_null(strstr(html, "url("));
    assert_null(strstr(html, "body{display"));
    tr_buf_clear(&b);
}

static void html_has_what_readers_need(void **state)
{
    static const struct tr_paper_column columns[] = { { "A", 1, false },
                                                      { "B", 1, true } };
    static const unsigned char png[] = { 1, 2, 3, 4 };
    struct tr_paper *p = paper();
    const char *html;
    struct tr_buf b;

    (void)state;
    tr_paper_table(p, "Caption", columns, 2);
    tr_paper_row(p, (const char *const[]){ "x", "1" });
    tr_paper_picture(p, png, sizeof png, 10, 20, "a \"map\"", "whose");
    tr_buf_init(&b, 1 << 20);
    tr_paper_html(p, &b);
    html = tr_buf_text(&b);
    assert_non_null(strstr(html, "<html lang=\"en-GB\">"));
    assert_non_null(strstr(html, "size:A4"));
    assert_non_null(strstr(html, "<caption>Caption</caption>"));
    assert_non_null(strstr(html, "<th scope=\"col\" class=\"r\">B</th>"));
    assert_non_null(strstr(html, "<th scope=\"row\" dir=\"auto\">x</th>"));
    assert_non_null(strstr(html, "alt=\"a &quot;map&quot;\""));
    assert_non_null(strstr(html, "data:image/png;base64,AQIDBA=="));
    assert_null(strstr(html, "http:"));
    assert_null(strstr(html, "https:"));
    tr_buf_clear(&b);
}

static void plain_text_keeps_its_width(void **state)
{
    struct tr_paper *p = paper();
    struct tr_buf b;

    (void)state;
    tr_paper_text(p, "one two three four five six seven eight nine ten");
    tr_buf_init(&b, 1 << 20);
    tr_paper_plain(p, 20, &b);
    for (const char *s = tr_buf_text(&b); *s; s += strcspn(s, "\n") + 1)
        assert_true(strcspn(s, "\n") <= 20);
    tr_buf_clear(&b);
}

/* ---- PDF ---- */

static bool holds(const struct tr_buf *b, const char *what)
{
    size_t n = strlen(what);

    for (size_t i = 0; i + n <= b->len; i++) {
        if (memcmp(b->data + i, what, n) == 0)
            return true;
    }
    return false;
}

static void a_pdf_says_what_it_is(void **state)
{
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 16 << 20);
    assert_ok(tr_paper_pdf(hostile(), &b, &test_err));
    assert_memory_equal(b.data, "%PDF-1.", 7);
    assert_true(holds(&b, "/Lang (en-GB)"));
    assert_true(holds(&b, "/StructTreeRoot"));
    assert_true(holds(&b, "/MarkInfo << /Marked true >>"));
    assert_true(holds(&b, "/S /H1"));
    assert_true(holds(&b, "/S /TH"));
    assert_true(holds(&b, "(20260312000000Z)"));
    assert_false(holds(&b, "/JavaScript"));
    assert_false(holds(&b, "/URI"));
    tr_buf_clear(&b);
}

static void a_pdf_is_the_same_each_time(void **state)
{
    struct tr_buf a, b;

    (void)state;
    tr_buf_init(&a, 16 << 20);
    tr_buf_init(&b, 16 << 20);
    assert_ok(tr_paper_pdf(hostile(), &a, &test_err));
    assert_ok(tr_paper_pdf(hostile(), &b, &test_err));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    tr_buf_clear(&a);
    tr_buf_clear(&b);
}

static int count(const struct tr_buf *b, const char *what)
{
    size_t n = strlen(what);
    int found = 0;

    for (size_t i = 0; i + n <= b->len; i++)
        found += memcmp(b->data + i, what, n) == 0;
    return found;
}

static void long_tables_go_over_pages(void **state)
{
    static const struct tr_paper_column columns[] = { { "Head", 1, false },
                                                      { "N", 1, true } };
    struct tr_paper *p = paper();
    struct tr_buf b;

    (void)state;
    tr_paper_table(p, NULL, columns, 2);
    for (int i = 0; i < 500; i++)
        tr_paper_row(p, (const char *const[]){ "row", "1" });
    tr_buf_init(&b, 16 << 20);
    assert_ok(tr_paper_pdf(p, &b, &test_err));
    /* One table on each page, with its head. */
    assert_true(count(&b, "/S /Table") > 8);
    assert_true(count(&b, "/S /Table") < 16);
    assert_int_equal(count(&b, "/S /TR"), 500 + count(&b, "/S /Table"));
    tr_buf_clear(&b);
}

/* A grey square. */
static const unsigned char square[] = {
    0x89, 'P', 'N',  'G',  '\r', '\n', 0x1a, '\n', 0,    0, 0, 13,
    'I',  'H', 'D',  'R',  0,    0,    0,    1,    0,    0, 0, 1,
    8,    0,   0,    0,    0,    0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0,
    10,   'I', 'D',  'A',  'T',  0x78, 0x9c, 0x63, 0x68, 0, 0, 0,
    0x82, 0,   0x81, 0x77, 0xcd, 0x72, 0xb6, 0,    0,    0, 0, 'I',
    'E',  'N', 'D',  0xae, 0x42, 0x60, 0x82,
};

static void a_picture_may_begin_a_page(void **state)
{
    struct tr_paper *p = paper();
    struct tr_buf b;

    (void)state;
    tr_paper_break(p);
    tr_paper_picture(p, square, sizeof square, 1, 1, "a square", "whose");
    tr_paper_heading(p, 2, "After it");
    tr_buf_init(&b, 1 << 20);
    assert_ok(tr_paper_pdf(p, &b, &test_err));
    assert_true(holds(&b, "/S /Figure"));
    tr_buf_clear(&b);
}

static void a_damaged_picture_is_an_error(void **state)
{
    static const unsigned char png[] = "\x89PNG\r\n\x1a\n not a picture";
    struct tr_paper *p = paper();
    struct tr_buf b;

    (void)state;
    tr_paper_picture(p, png, sizeof png, 10, 10, "a map", NULL);
    tr_buf_init(&b, 1 << 20);
    assert_int_equal(tr_paper_pdf(p, &b, &test_err), TR_EIO);
    tr_buf_clear(&b);
}

static void a_pdf_has_a_ceiling(void **state)
{
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 1000);
    assert_int_equal(tr_paper_pdf(paper(), &b, &test_err), TR_ELIMIT);
    tr_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_made_fit_to_print),
        cmocka_unit_test(a_long_text_says_that_it_was_cut),
        cmocka_unit_test(dates_and_counts_are_words),
        cmocka_unit_test(a_full_arena_fails_the_paper_once),
        cmocka_unit_test(a_paper_has_a_most_of_blocks),
        cmocka_unit_test(every_text_passes_the_filter),
        cmocka_unit_test(html_is_well_formed_whatever_the_texts),
        cmocka_unit_test(html_has_what_readers_need),
        cmocka_unit_test(plain_text_keeps_its_width),
        cmocka_unit_test(a_pdf_says_what_it_is),
        cmocka_unit_test(a_pdf_is_the_same_each_time),
        cmocka_unit_test(long_tables_go_over_pages),
        cmocka_unit_test(a_picture_may_begin_a_page),
        cmocka_unit_test(a_damaged_picture_is_an_error),
        cmocka_unit_test(a_pdf_has_a_ceiling),
    };

    return cmocka_run_group_tests(tests, open_arena, clear_arena);
}
