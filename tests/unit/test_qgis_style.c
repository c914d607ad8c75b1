/* test_qgis_style.c - the signs in QGIS are those of the web map. */
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/qgis_style.h"
#include "terrier/arena.h"

static struct tr_error test_err;

static char *read_all(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 65536);

    assert_non_null(text);
    if (!f) {
        free(text);
        return NULL;
    }
    (void)!fread(text, 1, 65535, f);
    fclose(f);
    return text;
}

/* The n-th colour, "#rrggbb" or "none", after `at`, as "r,g,b". */
static void web_colour(const char *at, int n, char out[16])
{
    unsigned r, g, b;

    for (;; at++) {
        if (strncmp(at, "\"#", 2) != 0 && strncmp(at, "\"none\"", 6) != 0)
            continue;
        if (n-- == 0)
            break;
    }
    if (at[1] == 'n') {
        strcpy(out, "none");
        return;
    }
    assert_int_equal(sscanf(at + 2, "%2x%2x%2x", &r, &g, &b), 3);
    snprintf(out, 16, "%u,%u,%u", r, g, b);
}

/* The value of an option of the symbol that stands for a class. */
static void option_of(const char *qml, const char *class_, const char *option,
                      char out[24])
{
    char find[64], number[8];
    const char *at;

    snprintf(find, sizeof find, "value=\"%s\"", class_);
    at = strstr(qml, find);
    assert_non_null(at);
    while (strncmp(at, "symbol=\"", 8) != 0)
        at--;
    snprintf(number, sizeof number, "%d", atoi(at + 8));
    snprintf(find, sizeof find, "<symbol type=\"marker\" name=\"%s\"", number);
    at = strstr(qml, find);
    assert_non_null(at);
    snprintf(find, sizeof find, "name=\"%s\" value=\"", option);
    at = strstr(at, find);
    assert_non_null(at);
    at += strlen(find);
    snprintf(out, 24, "%.*s", (int)strcspn(at, "\""), at);
}

static const char *const classes[] = { "key",          "core",
                                       "surplus",      "in-review",
                                       "unclassified", "not-applicable" };

static void a_class_has_the_colours_of_the_web_map(void **state)
{
    char *web = read_all("web/style.json");
    struct tr_buf b;

    (void)state;
    if (!web) {
        print_message("skipped: no web/style.json\n");
        skip();
    }
    tr_buf_init(&b, 1 << 20);
    qgis_style_sites(&b);
    for (size_t i = 0; i < 6; i++) {
        char find[40], fill[16], line[16], ours[24];
        const char *at;

        snprintf(find, sizeof find, "\"%s\": {", classes[i]);
        at = strstr(web, "\"signs\"");
        at = at ? strstr(at, find) : NULL;
        assert_non_null(at);
        web_colour(at, 0, fill);
        web_colour(at, 1, line);
        option_of(tr_buf_text(&b), classes[i], "color", ours);
        if (strcmp(fill, "none") == 0)
            assert_string_equal(strrchr(ours, ','), ",0");
        else
            assert_memory_equal(ours, fill, strlen(fill));
        option_of(tr_buf_text(&b), classes[i], "outline_color", ours);
        if (strcmp(fill, line) != 0) /* a hollow sign is told by its line */
            assert_memory_equal(ours, line, strlen(line));
    }
    tr_buf_clear(&b);
    free(web);
}

static void each_class_is_told_by_shape_or_filling(void **state)
{
    char seen[6][80];
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 1 << 20);
    qgis_style_sites(&b);
    for (int i = 0; i < 6; i++) {
        char shape[24], fill[24];

        option_of(tr_buf_text(&b), classes[i], "name", shape);
        option_of(tr_buf_text(&b), classes[i], "color", fill);
        snprintf(seen[i], sizeof seen[i], "%s %s", shape,
                 strncmp(fill, "255,255,255", 11) ? "full" : "hollow");
        for (int k = 0; k < i; k++)
            assert_string_not_equal(seen[i], seen[k]);
    }
    tr_buf_clear(&b);
}

static void every_style_is_whole(void **state)
{
    static const char *const draws[] = { "park", "rail", "stop", "unheard of",
                                         NULL };
    struct tr_buf b;

    (void)state;
    tr_buf_init(&b, 1 << 20);
    for (int kind = TR_POINT; kind <= TR_POLYGON; kind++) {
        for (int i = 0; i < 5; i++) {
            tr_buf_reset(&b);
            qgis_style_context((enum tr_geometry_kind)kind, draws[i], &b);
            assert_ok(tr_buf_status(&b, "a style", &test_err));
            assert_non_null(strstr(tr_buf_text(&b), "singleSymbol"));
            assert_non_null(strstr(tr_buf_text(&b), "</qgis>\n"));
        }
    }
    for (unsigned rank = 0; rank < 9; rank++) {
        tr_buf_reset(&b);
        qgis_style_areas(rank, &b);
        assert_non_null(strstr(tr_buf_text(&b), "fieldName=\"name\""));
    }
    tr_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_has_the_colours_of_the_web_map),
        cmocka_unit_test(each_class_is_told_by_shape_or_filling),
        cmocka_unit_test(every_style_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
