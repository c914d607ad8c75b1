/* test_profile.c - layer profiles: what is read, and what is refused where. */
#include "support/tr_test.h"

#include <string.h>

#include "ingest/profile.h"

static struct tr_error test_err;

static int set_up(void **state)
{
    static struct tr_arena a;

    tr_arena_init(&a, 1 << 24);
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    tr_arena_clear(*state);
    return 0;
}

static const struct profile *parse(struct tr_arena *a, const char *text)
{
    const struct profile *p = NULL;

    assert_ok(profile_parse(text, strlen(text), "a.yaml", a, &p, &test_err));
    return p;
}

#define SITES "layer: a\nkind: sites\npartner: c\nkey: k\nsource: a.csv\n"

static void fields_of_sites_stand_in_the_order_of_the_register(void **state)
{
    const struct profile *p = parse(
        *state, SITES "fields: {tenure: T, floor_area_m2: {column: A, unit: "
                      "ft2}, name: N}\nas_of: {column: D}\n");
    static const char *const want[] = { "name", "tenure", "floor_area_m2",
                                        "floor_area_shared", "as_of" };

    assert_int_equal(p->schema.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < p->schema.n; i++)
        assert_string_equal(p->schema.fields[i].name, want[i]);
    assert_near(p->fields[2].factor, 0.09290304, 1e-12);
    assert_int_equal(p->shared_field, 3);
    assert_int_equal(p->as_of_field, 4);
}

static void each_kind_adds_the_fields_that_it_is_found_by(void **state)
{
    static const struct {
        const char *text, *first, *key;
    } cases[] = {
        { "kind: areas\nset: s\ncode: c\narea_name: n\n", "code", "c" },
        { "kind: areas\nset: s\narea_name: n\n", "name", "n" },
        { "kind: statistics\nareas: s\nmatch: {code: x}\n", "code", "x" },
        { "kind: postcodes\n", "postcode", NULL },
        { "kind: uprns\n", "uprn", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = tr_arena_printf(
            *state, "layer: a\nsource: a.csv\n%s", cases[i].text);
        const struct profile *p = parse(*state, text);

        assert_string_equal(p->schema.fields[0].name, cases[i].first);
        if (cases[i].key)
            assert_string_equal(p->key[0], cases[i].key);
    }
}

static void what_is_left_out_has_its_default(void **state)
{
    const struct profile *p = parse(*state, SITES);

    assert_int_equal(p->n_tiers, 0);
    assert_int_equal(p->srid, 0);
    assert_int_equal(p->separator, ',');
    assert_string_equal(p->dates, "yyyy-mm-dd");
    assert_int_equal(p->as_of, INT32_MIN);
    assert_false(p->format_given);
}

static void faults_say_where_and_what_to_do(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        { SITES "partnr: x\n", "a.yaml:6:1: unknown key 'partnr'" },
        { SITES "fields: {nmae: X}\n", "did you mean 'name'" },
        { SITES "tier: secret\n", "none of public" },
        { SITES "values: {name: {a: b}}\n", "does not have" },
        { SITES "fields: {tenure: T}\nvalues: {tenure: {F: fee}}\n",
          "known are: freehold" },
        { SITES "fields: {tenure: {value: fee}}\n", "known are: freehold" },
        { SITES "fields: {name: {column: a, value: b}}\n", "one of column" },
        { SITES "fields: {floor_area_m2: {column: a, unit: feet}}\n",
          "cannot be turned" },
        { SITES "x: lon\n", "belong together" },
        { SITES "crs: EPSG:1\n", "a.yaml:6" },
        { SITES "dates: yy/mm/dd\n", "dd/mm/yyyy" },
        { SITES "rows: |\n  a\n", "either 'source' or 'rows'" },
        { SITES "where: \"a = \"\n", "a.yaml:6:" },
        { SITES "field_tiers: {name: public}\n", "does not have" },
        { SITES "fields: {landlord: l}\nfield_tiers: {landlord: public}\n",
          "raised" },
        { SITES "types: {name: text}\n", "leave 'types' out" },
        { "layer: a b\nkind: sites\n", "letters, digits" },
        { "layer: a\nkind: sites\nsource: a.csv\nkey: k\n", "partner" },
        { "layer: a\nkind: sites\nsource: a.csv\npartner: k\n", "needs 'key'" },
        { "layer: a\nkind: areas\nsource: a.csv\n", "needs 'set'" },
        { "layer: a\nkind: points\nsource: a.csv\nfields: {n: N}\n"
          "types: {n: geometry}\n",
          "none of text" },
        { "- a\n", "key: value" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct profile *p = NULL;

        assert_int_equal(profile_parse(cases[i].text, strlen(cases[i].text),
                                       "a.yaml", *state, &p, &test_err),
                         TR_ECONFIG);
        if (!strstr(test_err.msg, cases[i].says))
            fail_msg("case %zu says: %s", i, test_err.msg);
        assert_null(p);
    }
}

static void an_expression_error_names_its_line_in_a_block(void **state)
{
    const struct profile *p = NULL;
    const char text[] = SITES "where: |\n  a = 1\n  and b = \n";

    assert_int_equal(
        profile_parse(text, strlen(text), "a.yaml", *state, &p, &test_err),
        TR_ECONFIG);
    if (!strstr(test_err.msg, "a.yaml:8:") &&
        !strstr(test_err.msg, "a.yaml:9:"))
        fail_msg("says: %s", test_err.msg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_sites_stand_in_the_order_of_the_register),
        cmocka_unit_test(each_kind_adds_the_fields_that_it_is_found_by),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(faults_say_where_and_what_to_do),
        cmocka_unit_test(an_expression_error_names_its_line_in_a_block),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
