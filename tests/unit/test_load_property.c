/* test_load_property.c - on generated messy files: every row is accounted for,
 * nothing depends on the run, and a duplicate is one by its content. */
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/load_fixture.h"

#define ROWS  700
#define SEEDS 12

static const char *pick(uint64_t *seed, const char *const *all, size_t n)
{
    return all[store_fixture_random(seed) % n];
}

#define PICK(seed, ...)                                                        \
    pick(seed, (const char *const[]){ __VA_ARGS__ },                           \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Rows with everything that may go wrong, some of them twice. */
static void write_messy(struct load_fixture *f, uint64_t seed)
{
    struct tr_buf b;

    tr_buf_init(&b, 1 << 22);
    tr_buf_str(&b, "k,name,pc,uprn,x,y,n,d\n");
    for (int i = 0; i < ROWS; i++) {
        unsigned key = store_fixture_random(&seed) % (ROWS / 2);

        tr_buf_printf(&b, "%s%u,", PICK(&seed, "", "", "K", " "), key);
        tr_buf_str(&b, PICK(&seed, "a", "b", "\"c, d\"", "total", ""));
        tr_buf_printf(&b, ",%s",
                      PICK(&seed, "M1 1AA", "M1", "??", "", "m1 1aa"));
        tr_buf_printf(&b, ",%s", PICK(&seed, "1", "1E5", "", "99"));
        tr_buf_printf(&b, ",%s", PICK(&seed, "-2.3", "53.4", "x", "", "-2.31"));
        tr_buf_printf(&b, ",%s", PICK(&seed, "53.4", "-2.3", "", "999"));
        tr_buf_printf(&b, ",%s",
                      PICK(&seed, "1", "1.5", "1,5", "\"2,000\"", ""));
        tr_buf_printf(
            &b, ",%s\n",
            PICK(&seed, "2020-01-01", "01/02/2020", "soon", "", "x,"));
    }
    load_fixture_write(f, "m.csv", tr_buf_text(&b));
    tr_buf_clear(&b);
}

static void load_messy(struct load_fixture *f)
{
    load_fixture_write(f, "m.yaml",
                       "layer: m\nkind: points\nkey: k\nsource: m.csv\nx: x\n"
                       "y: y\npostcode: pc\nuprn: uprn\ntier: public\n"
                       "where: \"name is null or name <> 'b'\"\n"
                       "fields: {name: name, n: n, d: d}\n"
                       "types: {n: number, d: date}\n");
    f->options.accept_vanished = true;
    if (load_fixture_load_file(f, "m.yaml"))
        fail_msg("%s", f->err.msg);
}

static void every_row_is_accounted_for(void **state)
{
    struct load_fixture *f = *state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct load_layer_report *r;
        long errors = 0;

        write_messy(f, seed);
        load_messy(f);
        r = load_fixture_layer(f, "m");
        for (size_t i = 0; i < r->n_issues; i++)
            errors += r->issues[i].severity == STORE_ERROR;
        assert_int_equal(r->read, ROWS);
        assert_int_equal(r->read, r->accepted + r->rejected + r->duplicate);
        assert_true(r->accepted && r->rejected);
        assert_int_equal(r->rejected - r->excluded, errors);
        assert_int_equal(load_fixture_issues(r, "duplicate row"), r->duplicate);
        assert_int_equal(r->added + r->changed + r->unchanged, r->accepted);
    }
}

static void loading_it_again_changes_nothing(void **state)
{
    struct load_fixture *f = *state;
    uint64_t sum;

    write_messy(f, 99);
    load_messy(f);
    sum = store_fixture_sum(f->store, "m");
    load_messy(f);
    assert_false(load_fixture_layer(f, "m")->changed_anything);
    assert_true(store_fixture_sum(f->store, "m") == sum);
}

/* A file given twice over adds only duplicates, and rejects again what it
 * rejected before. */
static void a_file_twice_over_adds_only_duplicates(void **state)
{
    struct load_fixture *f = *state;
    struct load_layer_report once, twice;

    write_messy(f, 7);
    load_messy(f);
    once = *load_fixture_layer(f, "m");
    load_fixture_write(f, "m2.yaml",
                       "layer: m2\nkind: points\nkey: k\nx: x\ny: y\n"
                       "source: [m.csv, m.csv]\npostcode: pc\nuprn: uprn\n"
                       "where: \"name is null or name <> 'b'\"\n"
                       "tier: public\nfields: {name: name, n: n, d: d}\n"
                       "types: {n: number, d: date}\n");
    if (load_fixture_load_file(f, "m2.yaml"))
        fail_msg("%s", f->err.msg);
    twice = *load_fixture_layer(f, "m2");
    assert_int_equal(twice.read, 2 * once.read);
    assert_int_equal(twice.accepted, once.accepted);
    assert_int_equal(twice.rejected, 2 * once.rejected);
    assert_int_equal(twice.duplicate, once.accepted + 2 * once.duplicate);
}

int main(void)
{
#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, load_fixture_setup,                  \
                                    load_fixture_teardown)
    const struct CMUnitTest tests[] = {
        test(every_row_is_accounted_for),
        test(loading_it_again_changes_nothing),
        test(a_file_twice_over_adds_only_duplicates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
