/* test_missing.c - the facts wanted of partners, and rows that answer for the
 * rows of another layer. */
#include "terrier/missing.h"

#include <string.h>

#include "store/snapshot_build.h"
#include "support/load_fixture.h"
#include "support/tr_test.h"

static struct tr_error test_err;

#define AS_OF 20500 /* 2026-02-16 */

static const char council[] =
    "layer: council\nkind: sites\ntitle: Council\npartner: us\nkey: Ref\n"
    "fields: {name: Name, tenure: Tenure, floor_area_m2: Size}\n"
    "tier: [{when: \"Ref = 'C'\", tier: restricted}, {tier: public}]\n"
    "as_of: 2026-01-10\n"
    "rows: |\n"
    "  Ref,Name,Tenure,Size\n"
    "  A,Alpha House,,100\n"
    "  B,Beta House,freehold,\n"
    "  C,Gamma House,,300\n";

static const char other[] =
    "layer: other\nkind: sites\ntitle: Other\npartner: them\nkey: Ref\n"
    "fields: {name: Name, floor_area_m2: Size}\ntier: public\n"
    "rows: |\n  Ref,Name,Size\n  Z,Alpha Clinic,77\n";

static void write_places(struct load_fixture *f)
{
    load_fixture_write(f, "organisations.yaml",
                       "organisations:\n"
                       "  - {code: us, name: Us, legend: Us}\n"
                       "  - {code: them, name: Them, legend: Them}\n");
    load_fixture_write(f, "links.yaml",
                       "links:\n  - sites: [{layer: council, key: A}, "
                       "{layer: other, key: Z}]\n"
                       "    keep: {layer: other, key: Z}\n    because: same\n");
    load_fixture_write(f, "council.yaml", council);
    load_fixture_write(f, "other.yaml", other);
}

static void load(struct load_fixture *f, const char *name)
{
    if (load_fixture_load_file(f, name))
        fail_msg("%s: %s", name, f->err.msg);
}

/* Answers of a date, as rows of "Ref,Tenure,Size". */
static void answer(struct load_fixture *f, const char *file, const char *as_of,
                   const char *tier, const char *rows)
{
    const char *text = tr_arena_printf(
        &f->arena,
        "layer: %.*s\nkind: sites\ntitle: Answers\npartner: us\nkey: Ref\n"
        "answers_for: council\nfields: {tenure: Tenure, floor_area_m2: Size}\n"
        "tier: %s\n%s%s\nrows: |\n  Ref,Tenure,Size\n%s",
        (int)strcspn(file, "."), file, tier, *as_of ? "as_of: " : "", as_of,
        rows);

    load_fixture_write(f, file, text);
    load(f, file);
}

static struct tr_snapshot *see(struct load_fixture *f, const char *audience)
{
    struct snapshot_options o = { .as_of = AS_OF, .threads = 1 };
    struct tr_snapshot *s;

    assert_ok(tr_audience_parse(audience, &o.audience, &test_err));
    assert_ok(snapshot_build(f->store, &o, &s, &test_err));
    return s;
}

static size_t row_of(const struct tr_snapshot *s, const char *key)
{
    char id[32];

    tr_site_id("exa", "council", key, id);
    return tr_snapshot_site(s, id);
}

static const char *tenure(const struct tr_snapshot *s, const char *key)
{
    const struct tr_column *c = tr_table_column(&s->sites, "tenure");
    size_t row = row_of(s, key);

    return c && row != SIZE_MAX && tr_has(c, row) ? tr_text_at(c, row) : "";
}

static double size_of(const struct tr_snapshot *s, const char *key)
{
    const struct tr_column *c = tr_table_column(&s->sites, "floor_area_m2");
    size_t row = row_of(s, key);

    return c && row != SIZE_MAX && tr_has(c, row) ? c->values.numbers[row] : -1;
}

static void answers_fill_what_is_missing_and_make_no_site(void **state)
{
    struct load_fixture *f = *state;

    write_places(f);
    load(f, ".");

    struct tr_snapshot *before = see(f, "operator");

    answer(f, "said.yaml", "", "public",
           "  A,leasehold,\n  B,,45\n  C,,\n  NOT,licence,9\n");

    struct tr_snapshot *s = see(f, "operator");
    const struct tr_column *n = tr_table_column(&s->sites, "occupations");

    assert_int_equal(s->n_sites, before->n_sites);
    assert_int_equal(
        load_fixture_issues(load_fixture_layer(f, "said"), "unknown key"), 1);
    assert_string_equal(tenure(s, "A"), "leasehold");
    assert_string_equal(tenure(s, "B"), "freehold");
    assert_near(size_of(s, "B"), 45, 0);
    /* The kept row of a joined site goes first; A's own answer does not. */
    assert_near(size_of(s, "A"), 77, 0);
    assert_int_equal(n->values.integers[row_of(s, "A")], 2);
    assert_int_equal(n->values.integers[row_of(s, "C")], 1);
    for (size_t i = 0; i < s->n_sites; i++)
        assert_string_equal(s->site_ids[i], before->site_ids[i]);
    tr_snapshot_free(before);
    tr_snapshot_free(s);
}

static void a_later_answer_takes_a_values_place(void **state)
{
    struct load_fixture *f = *state;

    write_places(f);
    load(f, ".");
    answer(f, "old.yaml", "2026-01-01", "public", "  B,leasehold,1\n");

    struct tr_snapshot *s = see(f, "operator");

    assert_string_equal(tenure(s, "B"), "freehold");
    assert_near(size_of(s, "B"), 1, 0);
    tr_snapshot_free(s);
    answer(f, "new.yaml", "2026-02-01", "public", "  B,licence,2\n");
    s = see(f, "operator");
    assert_string_equal(tenure(s, "B"), "licence");
    assert_near(size_of(s, "B"), 2, 0);
    tr_snapshot_free(s);
    assert_ok(store_suspend_layer(f->store, "new", true, &test_err));
    s = see(f, "public");
    assert_string_equal(tenure(s, "B"), "freehold");
    tr_snapshot_free(s);
}

/* Answers of one day, in this order: "0" of three is the partnership's. */
static void answer_thrice(struct load_fixture *f, const char *order)
{
    static const char *const files[] = { "few.yaml", "one.yaml", "two.yaml" };
    static const char *const rows[] = { "  B,,0\n", "  B,,1\n", "  B,,2\n" };
    char one[32], two[32];

    write_places(f);
    load(f, ".");
    for (; *order; order++)
        answer(f, files[*order - '0'], "2026-01-01",
               *order == '0' ? "partnership" : "public", rows[*order - '0']);

    struct tr_snapshot *s = see(f, "operator");

    tr_site_id("exa", "one", "B", one);
    tr_site_id("exa", "two", "B", two);
    assert_near(size_of(s, "B"), strcmp(one, two) < 0 ? 1 : 2, 0);
    tr_snapshot_free(s);
}

static void of_one_days_answers_the_same_one_counts(void **state)
{
    answer_thrice(*state, "012");
}

static void in_whatever_order_they_come(void **state)
{
    answer_thrice(*state, "210");
}

/* Not the answer, not that there is one, not the row it is for. */
static void an_answer_is_no_less_secret_than_it_or_its_row(void **state)
{
    struct load_fixture *f = *state;

    write_places(f);
    load(f, ".");

    struct tr_snapshot *before = see(f, "public");

    answer(f, "said.yaml", "2026-02-01", "partnership", "  A,licence,\n");
    answer(f, "more.yaml", "2026-02-01", "public", "  C,licence,5\n");

    struct tr_snapshot *s = see(f, "public");

    assert_int_equal(s->n_sites, 2);
    assert_string_equal(tenure(s, "A"), "");
    assert_string_equal(tenure(s, "C"), "");
    assert_int_equal(s->first_occupation[s->n_sites],
                     before->first_occupation[before->n_sites]);
    tr_snapshot_free(before);
    tr_snapshot_free(s);
    s = see(f, "partnership");
    assert_string_equal(tenure(s, "A"), "licence");
    tr_snapshot_free(s);
}

/* ---- what is wanted ---- */

static void adopt(struct load_fixture *f, const struct store_result *r,
                  size_t n)
{
    struct store_run run = { .audience = "operator",
                             .rules_name = "test 1",
                             .scope = "",
                             .inputs = "{}",
                             .as_of = AS_OF,
                             .n_sites = (long)n };
    int64_t id;

    assert_ok(store_put_document(f->store, "rules", "test", "a: 1\n", 5,
                                 &run.rules, &test_err));
    assert_ok(store_save_run(f->store, &run, r, n, &id, &test_err));
    assert_ok(store_adopt_run(f->store, id, &test_err));
}

static void facts_are_counted_by_partner_and_worth(void **state)
{
    struct load_fixture *f = *state;
    char a[32], b[32], c[32];
    const struct tr_missing *m;

    write_places(f);
    load(f, ".");
    tr_site_id("exa", "other", "Z", a);
    tr_site_id("exa", "council", "B", b);
    tr_site_id("exa", "council", "C", c);
    adopt(f,
          (const struct store_result[]){
              { a, "core",
                "{\"flags\":[\"thin\"],\"possible\":[\"core\"],\"missing\":["
                "{\"facts\":[\"access\"],\"could\":[\"core\",\"key\"]}]}" },
              { b, "unclassified",
                "{\"flags\":[],\"possible\":[\"key\",\"core\"],\"missing\":["
                "{\"facts\":[\"services\",\"stops_400m\"],\"could\":[\"key\"]},"
                "{\"facts\":[\"services\"],\"could\":[\"core\"]},"
                "{\"facts\":[\"note\"],\"flag\":\"listed\"}]}" },
              { c, "unclassified",
                "{\"flags\":[],\"possible\":[\"core\"],\"missing\":["
                "{\"facts\":[\"condition\"],\"could\":[\"core\"]},"
                "{\"facts\":[\"services\"],\"could\":[\"surplus\"]}]}" } },
          3);

    struct tr_snapshot *s = see(f, "operator");

    assert_ok(tr_missing_list(s, NULL, &f->arena, &m, &test_err));
    assert_int_equal(m->n_sites, 3);
    /* us: services 2 sites; then uprn, postcode (B has no point), condition
     * and its date by floor area. them: access. */
    assert_int_equal(m->n_facts, 6);
    assert_string_equal(m->facts[0].field->name, "services");
    assert_int_equal(m->facts[0].sites, 2);
    assert_near(m->facts[0].floor_area_m2, 300, 0);
    assert_int_equal(m->facts[0].could,
                     1 << TR_KEY | 1 << TR_CORE | 1 << TR_SURPLUS);
    assert_string_equal(m->facts[1].field->name, "condition");
    assert_string_equal(m->facts[2].field->name, "condition_date");
    assert_string_equal(m->facts[3].field->name, "uprn");
    assert_string_equal(m->facts[4].field->name, "postcode");
    assert_string_equal(m->facts[5].field->name, "access");
    assert_int_equal(m->facts[5].alone, 1);
    assert_int_equal(m->facts[5].organisation, 1);
    assert_ok(tr_missing_list(s, "them", &f->arena, &m, &test_err));
    assert_int_equal(m->n_facts, 1);
    assert_true(m->sites[0].thin);
    tr_snapshot_free(s);
}

static void what_answers_may_be_is_checked(void **state)
{
    static const struct {
        const char *what, *with;
    } bad[] = { { "answers_for: council", "answers_for: nobody" },
                { "partner: us", "partner: them" },
                { "answers_for: council", "answers_for: first" } };
    struct load_fixture *f = *state;

    write_places(f);
    load(f, ".");
    answer(f, "first.yaml", "", "public", "  A,licence,\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        static const char text[] =
            "layer: more\nkind: sites\ntitle: T\nkey: Ref\npartner: us\n"
            "answers_for: council\nfields: {tenure: T}\ntier: public\n"
            "rows: |\n  Ref,T\n  A,licence\n";
        const char *at = strstr(text, bad[i].what);

        load_fixture_write(f, "more.yaml",
                           tr_arena_printf(&f->arena, "%.*s%s%s",
                                           (int)(at - text), text, bad[i].with,
                                           at + strlen(bad[i].what)));
        assert_int_equal(load_fixture_load_file(f, "more.yaml"), TR_ECONFIG);
        assert_non_null(strstr(f->err.msg, "more.yaml:6:"));
    }
}

#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, load_fixture_setup,                  \
                                    load_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(answers_fill_what_is_missing_and_make_no_site),
        T(of_one_days_answers_the_same_one_counts),
        T(in_whatever_order_they_come),
        T(a_later_answer_takes_a_values_place),
        T(an_answer_is_no_less_secret_than_it_or_its_row),
        T(facts_are_counted_by_partner_and_worth),
        T(what_answers_may_be_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
