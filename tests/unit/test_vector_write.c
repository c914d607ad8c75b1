/* test_vector_write.c - GeoPackages that others can open. */
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/gpkg_check.h"
#include "support/vector_files.h"

static struct tr_error test_err;

#define need_files(state)                                                      \
    do {                                                                       \
        if (!*(state)) {                                                       \
            print_message("skipped: no python3-gdal to look at the files\n");  \
            skip();                                                            \
        }                                                                      \
    } while (0)

static const struct vector_out_column columns[] = {
    { "site_id", 't' }, { "floors", 'i' }, { "area_m2", 'n' },
    { "is_key", 'b' },  { "built", 'd' },
};

static const struct vector_out_layer sites = {
    .name = "sites",
    .title = "All sites",
    .changed = "2026-01-31T12:00:00Z",
    .srid = 27700,
    .geometry = 'p',
    .n_columns = 5,
    .columns = columns,
};

/* POINT(377000 392000), little endian. */
static const unsigned char point[21] = { 1, 1, 0,    0, 0,    0,    0,
                                         0, 0, 0xa0, 2, 0x17, 0x41, 0,
                                         0, 0, 0,    0, 0xed, 0x17, 0x41 };

static void write_sites(const char *path)
{
    static const char *const rows[][5] = {
        { "T-1", "3", "120.5", "true", "2001-02-03" },
        { "Caf\u00e9", NULL, NULL, "false", NULL },
    };
    struct vector_writer *w;

    assert_ok(vector_create(path, VECTOR_GPKG, &w, &test_err));
    assert_ok(vector_add_layer(w, &sites, &test_err));
    assert_ok(vector_add_row(w, rows[0], point, sizeof point, &test_err));
    assert_ok(vector_add_row(w, rows[1], NULL, 0, &test_err));
    assert_ok(vector_add_style(w, "terrier", "<qgis/>", &test_err));

    struct vector_out_layer wgs84 = sites;

    wgs84.name = "places";
    wgs84.title = NULL;
    wgs84.srid = 4326;
    wgs84.geometry = '-';
    wgs84.n_columns = 1;
    assert_ok(vector_add_layer(w, &wgs84, &test_err));
    assert_ok(vector_add_row(w, rows[0], NULL, 0, &test_err));
    assert_ok(vector_finish(w, &test_err));
}

/* What a program prints, to be searched. */
static char *output_of(const char *command)
{
    FILE *p = popen(command, "r");
    char *text = calloc(1, 65536);

    assert_non_null(p);
    assert_non_null(text);
    (void)!fread(text, 1, 65535, p);
    if (pclose(p))
        fail_msg("%s failed: %s", command, text);
    return text;
}

static void expect_output(const char *fmt, const char *path,
                          const char *const *wants, size_t n)
{
    char command[1024];
    const char *at = strchr(fmt, '%');

    snprintf(command, sizeof command, "%.*s%s%s", (int)(at - fmt), fmt, path,
             at + 1);

    char *got = output_of(command);

    for (size_t i = 0; i < n; i++) {
        if (!strstr(got, wants[i]))
            fail_msg("%s does not say '%s' but:\n%s", command, wants[i], got);
    }
    free(got);
}

static void what_is_written_reads_back(void **state)
{
    need_files(state);

    const char *path = vector_file(*state, "out.gpkg", 2);

    write_sites(path);
    assert_ok(store_check_gpkg(path, "out.gpkg", &test_err));

    struct vector_source s =
        vector_file_source(*state, "out.gpkg", VECTOR_GPKG);

    s.layer = "sites";

    char *got = vector_file_text(&s);

    assert_string_equal(got,
                        "27700 fid#,site_id,floors#,area_m2#,is_key,built\n"
                        "1 1,T-1,3,120.5,true,2001-02-03,POINT(377000 "
                        "392000)\n"
                        "2 2,Caf\u00e9,-,-,false,-,-\n");
    free(got);
    unlink(path);
    assert_true(vector_files_clean(*state));
}

static void others_find_it_valid_and_styled(void **state)
{
    static const char *const info[] = {
        "IDENTIFIER=All sites", "27700",
        "Feature Count: 2",     "Geometry: Point",
        "floors: Integer64",    "is_key: Integer(Boolean)",
        "built: Date",
    };
    static const char *const styles[] = {
        "f_table_name (String) = sites",
        "f_geometry_column (String) = geom",
        "styleName (String) = terrier",
        "styleQML (String) = <qgis/>",
        "useAsDefault (Integer(Boolean)) = 1",
        "update_time (DateTime) = 2026/01/31 12:00:00+00",
    };

    need_files(state);

    const char *path = vector_file(*state, "valid.gpkg", 2);

    write_sites(path);
    expect_output("ogrinfo -so % sites 2>&1", path, info, 7);
    expect_output("ogrinfo % layer_styles 2>&1", path, styles, 6);
    expect_output("/usr/bin/python3 -m osgeo_utils.samples.validate_gpkg % "
                  "2>&1",
                  path, NULL, 0);
    unlink(path);
}

static void the_same_rows_give_the_same_bytes(void **state)
{
    need_files(state);

    char command[1024];
    const char *a = vector_file(*state, "a.gpkg", 1);
    const char *b = vector_file(*state, "b.gpkg", 2);

    write_sites(a);
    write_sites(b);
    snprintf(command, sizeof command, "cmp %s %s", a, b);
    free(output_of(command));
    unlink(a);
    unlink(b);
}

static void a_bad_value_is_named_and_nothing_stays(void **state)
{
    static const char *const row[] = { "T-1", "three", NULL, NULL, NULL };
    struct vector_writer *w;

    need_files(state);

    const char *path = vector_file(*state, "bad.gpkg", 2);

    assert_ok(vector_create(path, VECTOR_GPKG, &w, &test_err));
    assert_ok(vector_add_layer(w, &sites, &test_err));
    assert_ok(vector_add_row(w, row, NULL, 0, &test_err));
    assert_int_equal(vector_finish(w, &test_err), TR_EINVAL);
    assert_string_equal(test_err.msg,
                        "row 1, column 'floors': 'three' is not of type 'i'");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(vector_files_clean(*state));
}

static void a_file_that_is_there_is_kept(void **state)
{
    struct vector_writer *w;

    need_files(state);

    const char *path = vector_file(*state, "27700.gpkg", 2);

    assert_int_equal(vector_create(path, VECTOR_GPKG, &w, &test_err),
                     TR_ECREATE);
    assert_string_equal(test_err.msg,
                        "cannot create '27700.gpkg': File exists");
    assert_int_equal(access(path, F_OK), 0);
    path = vector_file(*state, "nowhere/a.gpkg", 2);
    assert_int_equal(vector_create(path, VECTOR_GPKG, &w, &test_err),
                     TR_ECREATE);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(others_find_it_valid_and_styled),
        cmocka_unit_test(the_same_rows_give_the_same_bytes),
        cmocka_unit_test(a_bad_value_is_named_and_nothing_stays),
        cmocka_unit_test(a_file_that_is_there_is_kept),
    };

    return cmocka_run_group_tests(tests, vector_files_make,
                                  vector_files_remove);
}
