/* test_match.c - which rows are proposed as one site: on the real registers
 * against a list made by hand, and on small ones for each rule. */
#include "ingest/match.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/snapshot_build.h"
#include "support/load_fixture.h"
#include "support/tr_test.h"
#include "terrier/csv.h"

static struct tr_error test_err;

#define AS_OF   20500
#define CHECKED "tests/data/match-council-schools.tsv"

/* What the proposals reach today on the council's register against the
 * schools': of the pairs checked by hand, in percent. */
#define PRECISION 98
#define RECALL    96

static struct tr_snapshot *see(struct load_fixture *f)
{
    struct snapshot_options o = { .as_of = AS_OF, .threads = 1 };
    struct tr_snapshot *s;

    assert_ok(tr_audience_parse("operator", &o.audience, &test_err));
    assert_ok(snapshot_build(f->store, &o, &s, &test_err));
    return s;
}

static void load(struct load_fixture *f)
{
    if (load_fixture_load_file(f, "."))
        fail_msg("%s", f->err.msg);
}

/* ---- the real registers, without the reviewed links ---- */

static void copy_profile(struct load_fixture *f, const char *name)
{
    char path[96], text[65536];
    size_t n;
    FILE *in;

    snprintf(path, sizeof path, "layers/trafford/%s", name);
    in = fopen(path, "rb");
    assert_non_null(in);
    n = fread(text, 1, sizeof text - 1, in);
    text[n] = '\0';
    fclose(in);
    load_fixture_write(f, name, text);
}

enum verdict { NOT_CHECKED, SAME, OTHER, EITHER };

struct checked {
    const char *council, *schools, *name;
    enum verdict verdict;
    bool proposed;
};

static size_t read_checked(struct tr_arena *a, struct checked *out, size_t room)
{
    const struct tr_csv_options tabs = { .separator = '\t' };
    struct tr_csv_row row;
    struct tr_csv *csv;
    size_t n = 0;

    assert_ok(tr_csv_open(CHECKED, CHECKED, &tabs, &csv, &test_err));
    assert_ok(tr_csv_next(csv, &row, &test_err)); /* the header */
    for (;;) {
        assert_ok(tr_csv_next(csv, &row, &test_err));
        if (!row.n)
            break;
        assert_true(row.n == 5 && n < room);
        out[n++] = (struct checked){
            .council = tr_arena_text(a, row.values[0], row.lengths[0]),
            .schools = tr_arena_text(a, row.values[1], row.lengths[1]),
            .name = tr_arena_text(a, row.values[3], row.lengths[3]),
            .verdict = strcmp(row.values[2], "same") == 0     ? SAME
                       : strcmp(row.values[2], "either") == 0 ? EITHER
                                                              : OTHER,
        };
    }
    tr_csv_close(csv);
    return n;
}

static const struct tr_occupation *row_in(const struct tr_snapshot *s,
                                          uint32_t site, const char *layer)
{
    const struct tr_occupation *o = &s->occupations[s->first_occupation[site]];

    return strcmp(s->layers[o->layer].name, layer) == 0 ? o : NULL;
}

static struct checked *find(struct checked *list, size_t n,
                            const struct tr_occupation *council,
                            const struct tr_occupation *schools)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].council, council->key) == 0 &&
            strcmp(list[i].schools, schools->key) == 0)
            return &list[i];
    }
    return NULL;
}

static void council_and_schools_are_matched_as_by_hand(void **state)
{
    static const char *const files[] = { "place.yaml", "organisations.yaml",
                                         "council.yaml", "schools.yaml",
                                         "postcodes.yaml" };
    struct load_fixture *f = *state;
    struct checked checked[128];
    const struct match_proposal *p;
    size_t n, n_checked, right = 0, wrong = 0, same = 0;

    need_shared_data("trafford/partners/schools_and_colleges.csv");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        copy_profile(f, files[i]);
    f->options.source_root = SHARED_DATA "/trafford";
    load(f);
    n_checked = read_checked(&f->arena, checked, 128);

    struct tr_snapshot *s = see(f);

    assert_ok(match_propose(s, &f->arena, &p, &n, &test_err));
    for (size_t i = 0; i < n; i++) {
        bool turned = row_in(s, p[i].a, "council") == NULL;
        const struct tr_occupation *c =
            row_in(s, turned ? p[i].b : p[i].a, "council");
        const struct tr_occupation *school =
            row_in(s, turned ? p[i].a : p[i].b, "schools");

        assert_true(c && school);

        struct checked *of = find(checked, n_checked, c, school);

        if (of && of->verdict == EITHER)
            continue;
        right += of && of->verdict == SAME;
        wrong += !of || of->verdict != SAME;
        if (of)
            of->proposed = true;
        if (!of || of->verdict != SAME)
            print_message("wrong: %s - %s (%d: %s)\n", c->key, school->key,
                          p[i].score, p[i].why);
    }
    for (size_t i = 0; i < n_checked; i++) {
        same += checked[i].verdict == SAME;
        if (checked[i].verdict == SAME && !checked[i].proposed)
            print_message("not found: %s - %s, %s\n", checked[i].council,
                          checked[i].schools, checked[i].name);
    }
    print_message("precision %zu of %zu, recall %zu of %zu\n", right,
                  right + wrong, right, same);
    assert_true(same >= 55);
    assert_true(right * 100 >= PRECISION * (right + wrong));
    assert_true(right * 100 >= RECALL * same);
    tr_snapshot_free(s);
}

#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, load_fixture_setup,                  \
                                    load_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(council_and_schools_are_matched_as_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
