/* test_place.c - a place's documents, the sensitive list and the ids of sites.
 */
#include "support/tr_test.h"

#include <stdio.h>
#include <string.h>

#include "terrier/place.h"

static struct tr_error test_err;

static const char place[] = "place: example\ntitle: Example\nprefix: exa\n"
                            "time_zone: Europe/London\n"
                            "focus: {set: localities, name: North}\n"
                            "default_sets: [localities, wards]\n"
                            "vintages: {localities: {\"2017\": then}}\n";
static const char organisations[] =
    "organisations:\n"
    "  - {code: new, name: New Board, legend: Health, formerly: "
    "[{name: Middle Board, code: mid, until: 2022-06-30}], aliases: [NB]}\n"
    "  - {code: old, name: Old Group, successor: {code: older}}\n"
    "  - {code: older, name: Older Group, successor: {code: new, since: "
    "2022-07-01}}\n";
static const char sensitive[] =
    "hold:\n"
    "  - {pattern: \"%children's home%\", reason: home}\n"
    "  - {layer: a, key: [X, \"1\"], reason: refuge}\n"
    "release:\n"
    "  - {layer: a, key: R, reason: reviewed}\n";

static int set_up(void **state)
{
    static struct tr_arena a;

    tr_arena_init(&a, 1 << 22);
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    tr_arena_clear(*state);
    return 0;
}

static const struct tr_place *read_example(struct tr_arena *a)
{
    const struct tr_place_files files = { .place = place,
                                          .organisations = organisations,
                                          .sensitive = sensitive };
    const struct tr_place *p = NULL;

    assert_ok(tr_place_parse(&files, a, &p, &test_err));
    return p;
}

static void a_place_keeps_what_its_file_says(void **state)
{
    const struct tr_place *p = read_example(*state);

    assert_string_equal(p->id, "example");
    assert_string_equal(p->focus_name, "North");
    assert_int_equal(p->n_sets, 2);
    assert_string_equal(p->vintages[0].name, "then");
    assert_int_equal(p->n_organisations, 3);
    assert_null(p->organisations[1].legend);
    assert_int_equal(p->organisations[0].asked, TR_NO_DATE);
}

static void an_organisation_answers_to_all_its_names(void **state)
{
    const struct tr_place *p = read_example(*state);
    static const char *const names[] = { "new", "NEW",          "new board",
                                         "mid", "Middle Board", "nb" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct tr_organisation *o = tr_place_organisation(p, names[i]);

        if (!o || strcmp(o->code, "new") != 0)
            fail_msg("'%s' is not found", names[i]);
    }
    assert_null(tr_place_organisation(p, "nobody"));
}

static void successors_are_followed_to_the_end(void **state)
{
    const struct tr_place *p = read_example(*state);
    const struct tr_organisation *o = tr_place_organisation(p, "old");

    assert_string_equal(tr_place_successor(p, o)->code, "new");
}

static void sensitive_names_are_held_in_every_spelling(void **state)
{
    const struct tr_place *p = read_example(*state);
    static const struct {
        const char *key, *text;
        bool held;
    } cases[] = {
        { "1", "Elm Children's Home", true },
        { "1", "ELM CHILDREN\xE2\x80\x99S HOME", true },
        { "1", "Elm children's \xC2\xA0 home, annexe", true },
        { "1", "Children's Centre", false },
        { "R", "Old Children's Home Lane", false },
        { "X\x1F"
          "1",
          "Nothing to see", true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *texts[] = { NULL, cases[i].text };
        bool held = tr_place_hold(p, "a", cases[i].key, texts, 2, *state);

        if (held != cases[i].held)
            fail_msg("'%s' is %s", cases[i].text, held ? "held" : "not held");
    }
}

static void a_name_that_cannot_be_checked_is_held(void **state)
{
    const struct tr_place *p = read_example(*state);
    const char *texts[] = { "Plain House" };
    struct tr_arena full;

    tr_arena_init(&full, 0);
    assert_non_null(tr_place_hold(p, "a", "1", texts, 1, &full));
}

static void faults_name_their_file_and_line(void **state)
{
    static const struct {
        struct tr_place_files files;
        const char *says;
    } cases[] = {
        { { "place: x\n", NULL, NULL, NULL, NULL }, "place.yaml:1" },
        { { "place: x y\ntitle: t\nprefix: e\ntime_zone: z\n", NULL, NULL, NULL,
            NULL },
          "letters, digits" },
        { { "place: x\ntitle: t\nprefix: e\ntime_zone: z\nfeeds: [a, gpkg]\n",
            NULL, NULL, NULL, NULL },
          "place.yaml:5:" },
        { { "place: x\ntitle: t\nprefix: e\ntime_zone: z\nfeeds: [a/b]\n", NULL,
            NULL, NULL, NULL },
          "feed 'a/b'" },
        { { place,
            "organisations:\n  - {code: a, name: A}\n  - {code: A, "
            "name: B}\n",
            NULL, NULL, NULL },
          "organisations.yaml:3" },
        { { place,
            "organisations:\n  - {code: a, name: A, successor: {code: "
            "b}}\n",
            NULL, NULL, NULL },
          "no organisation" },
        { { place,
            "organisations:\n  - {code: a, name: A, successor: {code: "
            "b}}\n  - {code: b, name: B, successor: {code: a}}\n",
            NULL, NULL, NULL },
          "circle" },
        { { place, NULL, "hold:\n  - {pattern: x}\n", NULL, NULL }, "reason" },
        { { place, NULL, "holds: []\n", NULL, NULL }, "did you mean 'hold'" },
        { { place, NULL, NULL,
            "links:\n  - {sites: [{layer: a, key: 1}, {layer: b, key: 1}], "
            "keep: {layer: c, key: 1}, because: x}\n",
            NULL },
          "not one of" },
        { { place, NULL, NULL,
            "links:\n"
            "  - {sites: [{layer: a, key: 1}, {layer: b, key: 1}], keep: "
            "{layer: a, key: 1}, because: x}\n"
            "  - {sites: [{layer: a, key: 2}, {layer: b, key: 1}], keep: "
            "{layer: a, key: 2}, because: x}\n",
            NULL },
          "line 2 already" },
        { { place, NULL, NULL, NULL, "acts:\n  - {do: agree, id: m-1}\n" },
          "not 'agree'" },
        { { place, NULL, NULL, NULL,
            "acts:\n  - {do: confirm, id: m-1, rows: [{layer: a, key: 1}]}\n" },
          "matches:2:" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_place *p = NULL;

        assert_int_equal(tr_place_parse(&cases[i].files, *state, &p, &test_err),
                         TR_ECONFIG);
        if (!strstr(test_err.msg, cases[i].says))
            fail_msg("case %zu says: %s", i, test_err.msg);
        assert_null(p);
    }
}

static void the_last_act_on_a_match_is_in_force(void **state)
{
    static const char rows[] =
        "rows: [{layer: a, key: \"1\\u001F2\"}, {layer: b, key: 3}]";
    struct tr_arena *a = *state;
    const struct tr_place_files files = {
        .place = place,
        .matches = tr_arena_printf(
            a,
            "acts:\n  - {do: confirm, id: m-1, on: 2026-01-02, %s}\n"
            "  - {do: reject, id: m-2, %s, because: no}\n"
            "  - {do: confirm, id: m-3, %s}\n  - {do: undo, id: m-3}\n"
            "  - {do: reject, id: m-1, %s}\n  - {do: confirm, id: m-2, %s}\n",
            rows, rows, rows, rows, rows)
    };
    const struct tr_place *p;

    assert_ok(tr_place_parse(&files, a, &p, &test_err));
    assert_int_equal(p->n_matches, 2);
    assert_string_equal(p->matches[0].id, "m-1");
    assert_false(p->matches[0].confirmed);
    assert_string_equal(p->matches[0].rows[0].key, "1\x1F"
                                                   "2");
    assert_true(p->matches[1].confirmed);
    assert_null(p->matches[1].because);
}

static void a_site_id_follows_from_layer_and_key_alone(void **state)
{
    char a[32], b[32], c[32];

    (void)state;
    tr_site_id("exa", "layer", "key", a);
    tr_site_id("exa", "layer", "key", b);
    tr_site_id("exa", "layerk", "ey", c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_int_equal(strlen(a), strlen("exa") + 13);
    assert_int_equal(strspn(a + 4, "0123456789abcdefghjkmnpqrstvwxyz"), 12);
}

static void site_numbers_survive_a_double(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        char key[16];
        uint64_t n;

        snprintf(key, sizeof key, "%d", i);
        n = tr_site_number("layer", key);
        assert_true(n > 0 && n < UINT64_C(1) << 53);
        assert_true((uint64_t)(double)n == n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_keeps_what_its_file_says),
        cmocka_unit_test(an_organisation_answers_to_all_its_names),
        cmocka_unit_test(successors_are_followed_to_the_end),
        cmocka_unit_test(sensitive_names_are_held_in_every_spelling),
        cmocka_unit_test(a_name_that_cannot_be_checked_is_held),
        cmocka_unit_test(faults_name_their_file_and_line),
        cmocka_unit_test(the_last_act_on_a_match_is_in_force),
        cmocka_unit_test(a_site_id_follows_from_layer_and_key_alone),
        cmocka_unit_test(site_numbers_survive_a_double),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
