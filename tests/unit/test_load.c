/* test_load.c - whole loads: what is accepted, refused, located and said. */
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/load_fixture.h"

#define LOADS  "tests/data/loads"
#define GOLDEN "tests/golden/load_messy.csv"

static struct tr_error test_err;

static void load_examples(struct load_fixture *f)
{
    if (load_fixture_load(f, LOADS))
        fail_msg("%s", f->err.msg);
}

static void must_load(struct load_fixture *f, const char *name)
{
    if (load_fixture_load_file(f, name))
        fail_msg("%s: %s", name, f->err.msg);
}

/* ---- the register with everything in it ---- */

static void every_damage_is_said_as_before(void **state)
{
    struct load_fixture *f = *state;
    struct tr_buf got;
    char want[16384];
    FILE *in = fopen(GOLDEN, "rb");
    size_t n;

    assert_non_null(in);
    n = fread(want, 1, sizeof want - 1, in);
    want[n] = '\0';
    fclose(in);
    load_examples(f);
    tr_buf_init(&got, 1 << 20);
    load_report_issues_csv(f->report, &got);
    assert_string_equal(tr_buf_text(&got), want);
    tr_buf_clear(&got);
}

static void rows_in_are_rows_out(void **state)
{
    struct load_fixture *f = *state;

    load_examples(f);
    for (size_t i = 0; i < f->report->n; i++) {
        const struct load_layer_report *r = &f->report->layers[i];
        long located = 0;

        for (size_t k = 0; k < 5; k++)
            located += r->located[k];
        assert_int_equal(r->read, r->accepted + r->rejected + r->duplicate);
        assert_int_equal(located, r->accepted - r->merged);
        assert_int_equal(store_fixture_count(f->store, r->layer), located);
    }
}

static void each_row_takes_its_step_of_the_ladder(void **state)
{
    static const struct {
        const char *key;
        enum store_coord_source source;
        int precision_m;
        enum tr_tier position_tier;
    } cases[] = {
        { "R1", STORE_GIVEN, 1, TR_PUBLIC },
        { "R2", STORE_POSTCODE_AS_GIVEN, 100, TR_PUBLIC },
        { "R3", STORE_UPRN, 1, TR_PARTNERSHIP },
        { "R4", STORE_POSTCODE, 100, TR_PARTNERSHIP },
        { "R5", STORE_OUTWARD, 0, TR_PARTNERSHIP },
        { "R6", STORE_NOWHERE, 0, TR_PUBLIC },
        { "R7", STORE_OUTWARD, 0, TR_PARTNERSHIP },
        { "R8", STORE_POSTCODE, 100, TR_PARTNERSHIP },
        { "R9", STORE_NOWHERE, 0, TR_PUBLIC },
        { "R10", STORE_GIVEN, 111, TR_PUBLIC },
    };
    struct load_fixture *f = *state;

    load_examples(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct store_row *row =
            load_fixture_row(f, "messy", cases[i].key);

        if (!row || row->coord_source != cases[i].source ||
            row->precision_m != cases[i].precision_m ||
            row->position_tier != cases[i].position_tier)
            fail_msg("%s: source %d, precision %d, tier %d", cases[i].key,
                     row ? (int)row->coord_source : -1,
                     row ? row->precision_m : -1,
                     row ? (int)row->position_tier : -1);
    }
    assert_string_equal(load_fixture_row(f, "messy", "R5")->outward, "ZZ9");
    assert_null(load_fixture_row(f, "messy", "R6")->outward);
}

static void a_swapped_pair_is_put_right(void **state)
{
    struct load_fixture *f = *state;
    const struct store_row *row;

    load_examples(f);
    row = load_fixture_row(f, "messy", "R10");
    assert_int_equal(row->position.lon_e7, -23050000);
    assert_int_equal(row->position.lat_e7, 534050000);
}

static void values_come_out_in_our_words_and_units(void **state)
{
    struct load_fixture *f = *state;
    const struct tr_value *v;

    load_examples(f);
    assert_string_equal(load_fixture_value(f, "messy", "R4", "tenure")->is.text,
                        "leasehold");
    assert_null(load_fixture_value(f, "messy", "R5", "tenure"));
    v = load_fixture_value(f, "messy", "R1", "floor_area_m2");
    assert_near(v->is.number, 100.0, 0.001);
    assert_true(
        load_fixture_value(f, "messy", "R4", "public_facing")->is.boolean);
    v = load_fixture_value(f, "messy", "R1", "services");
    assert_int_equal(v->is.list.n, 2);
    assert_string_equal(v->is.list.items[1], "hub");
    v = load_fixture_value(f, "messy", "R25", "name");
    assert_string_equal(v->is.text, "No-break spaces");
    assert_int_equal(
        load_fixture_value(f, "messy", "R25", "capacity")->is.integer, 7);
    assert_string_equal(load_fixture_value(f, "messy", "R3", "uprn")->is.text,
                        "100012345678");
    assert_string_equal(
        load_fixture_value(f, "messy", "R8", "postcode")->is.text, "ZZ8 0XZ");
    assert_null(load_fixture_value(f, "messy", "R16", "uprn"));
}

static void sensitive_rows_are_held_whatever_the_profile_says(void **state)
{
    struct load_fixture *f = *state;
    const struct load_layer_report *r;

    load_examples(f);
    r = load_fixture_layer(f, "messy");
    assert_int_equal(r->n_held, 2);
    assert_string_equal(r->held[0].key, "R30");
    assert_string_equal(r->held[1].reason, "children's home");
    assert_int_equal(load_fixture_row(f, "messy", "R31")->tier, TR_RESTRICTED);
    assert_int_equal(load_fixture_row(f, "messy", "R31")->position_tier,
                     TR_RESTRICTED);
    assert_int_equal(load_fixture_row(f, "messy", "R32")->tier, TR_PUBLIC);
}

static void an_unknown_condition_hides_the_row(void **state)
{
    struct load_fixture *f = *state;

    load_examples(f);
    assert_int_equal(load_fixture_row(f, "messy", "R1")->tier, TR_PUBLIC);
    assert_int_equal(load_fixture_row(f, "messy", "R3")->tier, TR_PARTNERSHIP);
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: k\ntier:\n"
                       "  - {when: \"t = 'x'\", tier: restricted}\n"
                       "  - {tier: public}\nrows: |\n  k,t\n  1,x\n  2,y\n"
                       "  3,\n");
    must_load(f, "a.yaml");
    assert_int_equal(load_fixture_row(f, "a", "1")->tier, TR_RESTRICTED);
    assert_int_equal(load_fixture_row(f, "a", "2")->tier, TR_PUBLIC);
    assert_int_equal(load_fixture_row(f, "a", "3")->tier, TR_RESTRICTED);
}

static void a_layer_without_a_tier_is_restricted(void **state)
{
    struct load_fixture *f = *state;

    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: k\nrows: |\n  k,t\n"
                       "  1,x\n");
    must_load(f, "a.yaml");
    assert_int_equal(load_fixture_row(f, "a", "1")->tier, TR_RESTRICTED);
}

static void one_total_on_several_rows_is_marked(void **state)
{
    struct load_fixture *f = *state;

    load_examples(f);
    assert_true(
        load_fixture_value(f, "messy", "R33", "floor_area_shared")->is.boolean);
    assert_false(
        load_fixture_value(f, "messy", "R1", "floor_area_shared")->is.boolean);
    assert_null(load_fixture_value(f, "messy", "R2", "floor_area_shared"));
}

static void polygons_of_one_site_become_one_row(void **state)
{
    struct load_fixture *f = *state;
    const struct load_layer_report *r;

    load_examples(f);
    r = load_fixture_layer(f, "stations");
    assert_int_equal(r->merged, 1);
    assert_int_equal(store_fixture_count(f->store, "stations"), 3);
    assert_int_equal(load_fixture_row(f, "stations", "North")->precision_m, 5);
    assert_true(load_fixture_row(f, "stations", "North")->geometry_len >
                load_fixture_row(f, "stations", "South")->geometry_len);
    assert_false(load_fixture_row(f, "stations", "d")->has_position);
}

static void near_polygons_become_one_row_with_the_lowest_key(void **state)
{
    static const char square[] =
        "{\"type\":\"Feature\",\"properties\":{\"id\":\"%s\"},"
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%.4f,53.4],"
        "[%.4f,53.4],[%.4f,53.401],[%.4f,53.401],[%.4f,53.4]]]}}%s";
    static const struct {
        const char *id;
        double west;
    } squares[] = { { "z", -2.3 }, { "far", -2.2 }, { "b", -2.298 } };
    struct load_fixture *f = *state;
    struct tr_buf b;

    tr_buf_init(&b, 1 << 16);
    tr_buf_str(&b, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (size_t i = 0; i < 3; i++) {
        double w = squares[i].west;

        tr_buf_printf(&b, square, squares[i].id, w, w + 0.001, w + 0.001, w, w,
                      i < 2 ? "," : "]}");
    }
    load_fixture_write(f, "a.geojson", tr_buf_text(&b));
    tr_buf_clear(&b);
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: sites\npartner: c\nkey: id\n"
                       "source: a.geojson\ndissolve: {within_m: 100}\n"
                       "tier: public\n");
    must_load(f, "a.yaml");
    assert_int_equal(load_fixture_layer(f, "a")->merged, 1);
    assert_non_null(load_fixture_row(f, "a", "b"));
    assert_non_null(load_fixture_row(f, "a", "far"));
    assert_null(load_fixture_row(f, "a", "z"));
}

static void expressions_look_values_up(void **state)
{
    struct load_fixture *f = *state;

    load_fixture_write(f, "l.csv", "old,new\nA,one\nA,one\nB,two\n");
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: k\ntier: public\n"
                       "fields: {name: {cql2: \"lookup('l', t)\"}}\n"
                       "lookups: {l: {source: l.csv, key: old, value: new}}\n"
                       "rows: |\n  k,t\n  1,B\n  2,C\n");
    must_load(f, "a.yaml");
    assert_string_equal(load_fixture_value(f, "a", "1", "name")->is.text,
                        "two");
    assert_null(load_fixture_value(f, "a", "2", "name"));
    load_fixture_write(f, "l.csv", "old,new\nA,one\nA,two\n");
    assert_int_equal(load_fixture_load_file(f, "a.yaml"), TR_EDATA);
    assert_non_null(strstr(f->err.msg, "two values"));
}

/* ---- again, and dry ---- */

static void loading_twice_changes_nothing(void **state)
{
    struct load_fixture *f = *state;
    int64_t before, after;

    load_examples(f);
    assert_ok(store_revision(f->store, &before, &test_err));
    load_examples(f);
    assert_ok(store_revision(f->store, &after, &test_err));
    for (size_t i = 0; i < f->report->n; i++) {
        assert_int_equal(f->report->layers[i].added, 0);
        assert_int_equal(f->report->layers[i].changed, 0);
        assert_int_equal(f->report->layers[i].vanished, 0);
        assert_false(f->report->layers[i].changed_anything);
    }
    assert_int_equal(store_fixture_count(f->store, "messy"), 34);
}

static void a_dry_run_says_the_same_and_writes_nothing(void **state)
{
    struct load_fixture *f = *state;
    struct tr_buf dry, real;
    const struct store_layer *layers;
    size_t n;

    tr_buf_init(&dry, 1 << 20);
    tr_buf_init(&real, 1 << 20);
    f->options.dry_run = true;
    load_examples(f);
    load_report_json(f->report, &dry);
    assert_ok(store_layers(f->store, &f->arena, &layers, &n, &test_err));
    assert_int_equal(n, 0);
    f->options.dry_run = false;
    load_examples(f);
    load_report_json(f->report, &real);
    assert_string_equal(tr_buf_text(&dry), tr_buf_text(&real));
    tr_buf_clear(&dry);
    tr_buf_clear(&real);
}

static const char ten[] = "k,n\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,h\n9,i\n"
                          "10,j\n";

static void write_ten(struct load_fixture *f, const char *rows)
{
    load_fixture_write(f, "a.csv", rows);
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: k\nsource: a.csv\n"
                       "fields: {name: n}\ntier: public\n");
}

static void too_many_vanished_rows_are_refused(void **state)
{
    struct load_fixture *f = *state;

    write_ten(f, ten);
    must_load(f, "a.yaml");
    write_ten(f, "k,n\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n");
    assert_int_equal(load_fixture_load_file(f, "a.yaml"), TR_EDATA);
    assert_non_null(strstr(f->err.msg, "--accept-vanished"));
    assert_int_equal(load_fixture_row(f, "a", "10")->missing_from, 0);
    f->options.dry_run = true;
    assert_int_equal(load_fixture_load_file(f, "a.yaml"), TR_EDATA);
    f->options.dry_run = false;
    f->options.accept_vanished = true;
    must_load(f, "a.yaml");
    assert_int_equal(load_fixture_layer(f, "a")->vanished, 3);
    assert_int_not_equal(load_fixture_row(f, "a", "10")->missing_from, 0);
}

static void a_fifth_may_vanish(void **state)
{
    struct load_fixture *f = *state;

    write_ten(f, ten);
    must_load(f, "a.yaml");
    write_ten(f, "k,n\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,changed\n");
    must_load(f, "a.yaml");
    assert_int_equal(load_fixture_layer(f, "a")->vanished, 2);
    assert_int_equal(load_fixture_layer(f, "a")->changed, 1);
    assert_int_equal(load_fixture_layer(f, "a")->unchanged, 7);
}

/* ---- files that are wrong as a whole ---- */

static void a_broken_file_leaves_the_store_as_it_was(void **state)
{
    static const struct {
        const char *text;
        enum tr_status want;
    } cases[] = {
        { "", TR_EDATA },
        { "k,n\n", TR_EDATA },
        { "k,k\n1,2\n", TR_EDATA },
        { "key,n\n1,2\n", TR_ECONFIG },
        { "k,n\n1,\"never closed\n2,b\n", TR_EDATA },
        { "k,n\n1\n2\n", TR_EDATA },
        { "k,n\n1,\xE9t\xE9\n", TR_EDATA },
        { "\x89PNG\r\n\x1A\n", TR_EDATA },
    };
    struct load_fixture *f = *state;

    write_ten(f, ten);
    must_load(f, "a.yaml");

    uint64_t before = store_fixture_sum(f->store, "a");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_ten(f, cases[i].text);
        if (load_fixture_load_file(f, "a.yaml") != cases[i].want)
            fail_msg("case %zu: %s", i, f->err.msg);
        assert_true(store_fixture_sum(f->store, "a") == before);
        assert_non_null(load_fixture_layer(f, "a")->error);
    }
}

static const char many_profile[] =
    "layer: many\nkind: sites\ntitle: Many\npartner: someone\n"
    "source: [many.csv]\ncrs: EPSG:27700\nx: easting\ny: northing\nkey: id\n"
    "fields: {name: name, floor_area_m2: floor}\ntier: public\n"
    "licence: None\nattribution: Nobody\nas_of: 2025-01-01\n";

/* Many blocks: 20,000 rows of which every hundredth has a letter for a number,
 * every 250th a value too few; each at a place of its own. */
static void write_many(struct load_fixture *f, size_t broken)
{
    struct tr_buf b;

    tr_buf_init(&b, 4 << 20);
    tr_buf_str(&b, "id,name,easting,northing,floor\n");
    for (size_t i = 1; i <= 20000; i++) {
        if (i == broken)
            tr_buf_printf(&b, "\"K%zu,open quote\n", i);
        else if (i % 250 == 0)
            tr_buf_printf(&b, "K%zu,short\n", i);
        else
            tr_buf_printf(&b, "K%zu, Name %zu ,%zu,%zu,%s\n", i, i,
                          380000 + i % 200, 390000 + i / 200,
                          i % 100 ? "12.5" : "x");
    }
    load_fixture_write(f, "many.yaml", many_profile);
    load_fixture_write(f, "many.csv", tr_buf_text(&b));
    tr_buf_clear(&b);
}

static void rows_of_many_blocks_keep_their_order(void **state)
{
    struct load_fixture *f = *state;

    write_many(f, 0);
    must_load(f, "many.yaml");

    const struct load_layer_report *r = load_fixture_layer(f, "many");

    assert_int_equal(r->read, 20000);
    assert_int_equal(r->accepted, 20000 - 80);
    assert_int_equal(r->rejected, 80);
    assert_int_equal(load_fixture_issues(r, "wrong number of values"), 80);
    assert_int_equal(load_fixture_issues(r, "invalid decimal"), 160);
    for (size_t i = 1; i < r->n_issues; i++)
        assert_true(r->issues[i - 1].row < r->issues[i].row);
    assert_string_equal(
        load_fixture_value(f, "many", "K19999", "name")->is.text, "Name 19999");
    assert_int_equal(load_fixture_row(f, "many", "K19999")->source_row, 20000);
}

/* What was found before the broken row is said, and is all that is said. */
static void a_row_broken_in_a_late_block_fails_the_layer(void **state)
{
    struct load_fixture *f = *state;

    write_many(f, 15000);
    assert_int_equal(load_fixture_load_file(f, "many.yaml"), TR_EDATA);

    const struct load_layer_report *r = load_fixture_layer(f, "many");

    assert_non_null(strstr(r->error, "line 15001"));
    assert_int_equal(r->n_issues, 14999 / 250 + 14999 / 100 - 14999 / 500);
}

static void issues_above_the_limit_are_the_last_ones(void **state)
{
    struct load_fixture *f = *state;

    write_many(f, 0);
    f->options.max_issues = 100;
    must_load(f, "many.yaml");

    const struct load_layer_report *r = load_fixture_layer(f, "many");

    assert_int_equal(r->n_issues, 100);
    assert_int_equal(r->n_issues_left_out, 140);
    assert_true(r->issues[99].row < 10000);
}

static void a_missing_column_names_the_nearest(void **state)
{
    struct load_fixture *f = *state;

    write_ten(f, "kay,n\n1,a\n");
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: kays\nsource: a.csv\n");
    assert_int_equal(load_fixture_load_file(f, "a.yaml"), TR_ECONFIG);
    assert_non_null(strstr(f->err.msg, "did you mean 'kay'"));
}

static void one_bad_layer_does_not_stop_the_others(void **state)
{
    struct load_fixture *f = *state;

    write_ten(f, ten);
    load_fixture_write(f, "b.yaml", "layer: b\nkind: pints\n");
    load_fixture_write(f, "c.yaml",
                       "layer: a\nkind: points\nrows: |\n  k\n  1\n");
    assert_int_equal(load_fixture_load(f, f->files.folder), TR_ECONFIG);
    assert_int_equal(f->report->n, 3);
    assert_int_equal(load_fixture_layer(f, "a")->accepted, 10);
}

static void one_coordinate_for_all_bars_a_layer(void **state)
{
    struct load_fixture *f = *state;
    char text[1024] = "k,x,y\n";

    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%d,-2.36572,53.41671\n", i);
    load_fixture_write(f, "a.csv", text);
    load_fixture_write(f, "a.yaml",
                       "layer: a\nkind: points\nkey: k\nsource: a.csv\n"
                       "x: x\ny: y\ntier: public\n");
    must_load(f, "a.yaml");
    assert_true(load_fixture_layer(f, "a")->barred_from_measures);
    assert_int_equal(load_fixture_layer(f, "a")->n_warnings, 1);
}

/* ---- the real register ---- */

static void the_real_register_loads_as_counted(void **state)
{
    struct load_fixture *f = *state;
    const struct load_layer_report *r;

    need_shared_data("trafford/partners/council_land_and_building_assets.csv");
    f->options.source_root = SHARED_DATA "/trafford";
    load_fixture_write(
        f, "postcodes.yaml",
        "layer: postcodes\nkind: postcodes\nx: lon\ny: lat\ntier: public\n"
        "source: {url: \"https://example.org/p\", file: postcodes.csv}\n");
    load_fixture_write(
        f, "council.yaml",
        "layer: council\nkind: sites\npartner: c\nkey: AssetCode\n"
        "source: {url: \"https://example.org/c\", file: "
        "partners/council_land_and_building_assets.csv}\n"
        "x: GeoX\ny: GeoY\ntier: public\nas_of: {column: EffectiveDate}\n"
        "fields: {name: PropertyName, uprn: UPRN, postcode: PostCode, "
        "floor_area_m2: BuildingSize, street: StreetName}\n");
    must_load(f, "");
    r = load_fixture_layer(f, "council");
    assert_int_equal(r->accepted, 608);
    assert_int_equal(r->located[0], 373);
    assert_int_equal(r->located[2], 22);
    assert_int_equal(load_fixture_issues(r, "WGS84 flipped"), 1);
    assert_int_equal(load_fixture_issues(r, "invalid postcode"), 2);
    assert_true(load_fixture_issues(r, "shared floor area") >= 8);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, load_fixture_setup,                  \
                                    load_fixture_teardown)
    const struct CMUnitTest tests[] = {
        test(every_damage_is_said_as_before),
        test(rows_in_are_rows_out),
        test(each_row_takes_its_step_of_the_ladder),
        test(a_swapped_pair_is_put_right),
        test(values_come_out_in_our_words_and_units),
        test(sensitive_rows_are_held_whatever_the_profile_says),
        test(an_unknown_condition_hides_the_row),
        test(a_layer_without_a_tier_is_restricted),
        test(one_total_on_several_rows_is_marked),
        test(polygons_of_one_site_become_one_row),
        test(near_polygons_become_one_row_with_the_lowest_key),
        test(expressions_look_values_up),
        test(loading_twice_changes_nothing),
        test(a_dry_run_says_the_same_and_writes_nothing),
        test(too_many_vanished_rows_are_refused),
        test(a_fifth_may_vanish),
        test(a_broken_file_leaves_the_store_as_it_was),
        test(rows_of_many_blocks_keep_their_order),
        test(a_row_broken_in_a_late_block_fails_the_layer),
        test(issues_above_the_limit_are_the_last_ones),
        test(a_missing_column_names_the_nearest),
        test(one_bad_layer_does_not_stop_the_others),
        test(one_coordinate_for_all_bars_a_layer),
        test(the_real_register_loads_as_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
