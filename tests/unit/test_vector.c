/* test_vector.c - what files of every format give when they are read. */
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
            print_message("skipped: no python3-gdal to make the files\n");     \
            skip();                                                            \
        }                                                                      \
    } while (0)

static void expect(void *state, const struct vector_source *source,
                   const char *want)
{
    char *got = vector_file_text(source);

    if (strcmp(got, want) != 0)
        fail_msg("%s gave\n%swanted\n%s", source->name, got, want);
    free(got);
    assert_true(vector_files_clean(state));
}

static void every_format_keeps_values_and_crs(void **state)
{
    static const struct {
        const char *suffix;
        enum vector_format format;
        const char *fid_column, *fids[2];
    } cases[] = {
        { "gpkg", VECTOR_GPKG, "fid#,", { "1,", "2," } },
        { "shp", VECTOR_SHAPEFILE, "", { "", "" } },
        { "zip", VECTOR_SHAPEFILE, "", { "", "" } },
        { "geojson", VECTOR_GEOJSON, "", { "", "" } },
        { "fgb", VECTOR_FLATGEOBUF, "", { "", "" } },
    };
    static const struct {
        int srid;
        const char *at[2];
    } places[] = { { 4326, { "-2.35 53.45", "-1.35 53.45" } },
                   { 27700, { "377000.25 392000.5", "377001.25 392000.5" } } };

    need_files(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases * 2; i++) {
        char name[32], want[512];
        int k = i % 2, a = 0, b = 1;

        snprintf(name, sizeof name, "%d.%s", places[k].srid,
                 cases[i / 2].suffix);
        /* FlatGeobuf's index puts its rows in the order of a curve. */
        if (cases[i / 2].format == VECTOR_FLATGEOBUF)
            a = 1, b = 0;

        static const char *const rows[] = {
            "100013000001,Caf\u00e9 Hall,0.5,2001-02-03,",
            "100013000002,-,1.5,-,"
        };

        snprintf(want, sizeof want,
                 "%d %suprn#,name,area#,built\n1 %s%sPOINT(%s)\n2 "
                 "%s%sPOINT(%s)\n",
                 places[k].srid, cases[i / 2].fid_column, cases[i / 2].fids[0],
                 rows[a], places[k].at[a], cases[i / 2].fids[1], rows[b],
                 places[k].at[b]);

        struct vector_source s =
            vector_file_source(*state, name, cases[i / 2].format);

        expect(*state, &s, want);
    }
}

static void a_shapefile_says_its_encoding_or_is_utf_8(void **state)
{
    need_files(state);

    struct vector_source s =
        vector_file_source(*state, "nocpg.shp", VECTOR_SHAPEFILE);

    expect(*state, &s,
           "27700 uprn#,name,area#,built\n"
           "invalid data: row 1 of 'nocpg.shp' is not UTF-8 in column 'name'; "
           "say which encoding the file has\n");
    s.encoding = "ISO-8859-1";
    expect(*state, &s,
           "27700 uprn#,name,area#,built\n"
           "1 100013000001,Caf\u00e9 Hall,0.5,2001-02-03,POINT(377000.25 "
           "392000.5)\n"
           "2 100013000002,-,1.5,-,POINT(377001.25 392000.5)\n");
    s.encoding = "CP1252";
    char *got = vector_file_text(&s);

    assert_non_null(strstr(got, "Caf\u00e9 Hall"));
    free(got);
    s = vector_file_source(*state, "latin.shp", VECTOR_SHAPEFILE);
    got = vector_file_text(&s);
    assert_non_null(strstr(got, "Caf\u00e9 Hall"));
    free(got);
}

static void kml_keeps_its_extended_data(void **state)
{
    static const char want[] =
        "4326 Name,description,timestamp,begin,end,uprn,built\n"
        "1 Hall,-,-,-,-,100013000001,2001-02-03,POINT(-2.35 53.45)\n";

    need_files(state);

    struct vector_source s = vector_file_source(*state, "good.kml", VECTOR_KML);

    expect(*state, &s, want);
    s = vector_file_source(*state, "good.kmz", VECTOR_KML);
    expect(*state, &s, want);
}

static void geojson_without_a_crs_is_wgs84(void **state)
{
    need_files(state);

    struct vector_source s =
        vector_file_source(*state, "plain.geojson", VECTOR_GEOJSON);

    expect(*state, &s,
           "4326 n#,tags,ok\n1 1,[\"a\",\"b\"],true,POINT(-2.35 53.45)\n");
}

static void a_sheet_is_read_from_its_header_row(void **state)
{
    need_files(state);

    struct vector_source s =
        vector_file_source(*state, "good.xlsx", VECTOR_XLSX);

    s.header_row = 3;
    expect(*state, &s,
           "0 UPRN,Address,column C,Built,Area,Seen\n"
           "4 1.00013E+11,1 High Street,Sale,2024-01-01,53.4,"
           "2024-01-01T18:00:00,-\n"
           "6 0100013000002,2 High Street,-,-,100013000001,-,-\n");
    s.header_row = 2;
    expect(*state, &s,
           "invalid data: 'good.xlsx' has an empty row 2, where its column "
           "names should be; say header_row\n");
    s.header_row = 40;
    expect(*state, &s,
           "invalid data: 'good.xlsx' has no row 40, where its column names "
           "should be\n");
}

static void several_sheets_must_be_chosen_from(void **state)
{
    need_files(state);

    struct vector_source s =
        vector_file_source(*state, "two.xlsx", VECTOR_XLSX);

    expect(*state, &s,
           "invalid data: 'two.xlsx' has more than one sheet: it has 'Assets', "
           "'Leases'\n");
    s.layer = "Lease";
    expect(*state, &s,
           "invalid data: 'two.xlsx' has no sheet Lease: it has 'Assets', "
           "'Leases'\n");
    s.layer = "Leases";
    expect(*state, &s, "0 UPRN,Name\n2 1,Hall,-\n");
    s = vector_file_source(*state, "spare.xlsx", VECTOR_XLSX);
    expect(*state, &s, "0 UPRN,Name\n2 1,Hall,-\n");
}

static void published_geojson_is_read_whole(void **state)
{
    static const struct {
        const char *file;
        size_t rows;
    } cases[] = {
        { SHARED_DATA "/trafford/partners/hospitals.geojson", 20 },
        { SHARED_DATA "/trafford/boundaries/oa_2021.geojson", 738 },
        { SHARED_DATA "/trafford/evidence/bus_stops.geojson", 1025 },
    };

    need_files(state);
    need_shared_data("trafford/partners/hospitals.geojson");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vector_source s =
            vector_file_source(*state, "published", VECTOR_GEOJSON);
        size_t lines = 0;

        s.path = cases[i].file;

        char *got = vector_file_text(&s);

        for (const char *p = got; (p = strchr(p, '\n')); p++)
            lines++;
        assert_memory_equal(got, "4326 ", 5);
        assert_int_equal(lines, cases[i].rows + 1);
        free(got);
    }
}

static void a_real_geopackage_passes_the_check_and_lists_tables(void **state)
{
    static const char file[] = SHARED_DATA "/cql2/ne110m4cql2.gpkg";

    need_files(state);
    need_shared_data("cql2/ne110m4cql2.gpkg");
    assert_ok(store_check_gpkg(file, "ne.gpkg", &test_err));
    assert_ok(store_check_gpkg(vector_file(*state, "27700.gpkg", 0), "a.gpkg",
                               &test_err));

    struct vector_source s = vector_file_source(*state, "ne.gpkg", VECTOR_GPKG);

    s.path = file;
    expect(*state, &s,
           "invalid data: 'ne.gpkg' has more than one table: it has "
           "'ne_110m_admin_0_countries', 'ne_110m_populated_places_simple', "
           "'ne_110m_rivers_lake_centerlines'\n");
}

static void limits_are_errors_that_say_so(void **state)
{
    need_files(state);

    struct vector_source s =
        vector_file_source(*state, "27700.geojson", VECTOR_GEOJSON);

    s.limits.max_rows = 1;

    char *got = vector_file_text(&s);

    assert_non_null(strstr(got, "too large: '27700.geojson' has more than 1 "
                                "rows\n"));
    free(got);
    s.limits.max_file_bytes = 100;
    got = vector_file_text(&s);
    assert_non_null(strstr(got, "bytes, the limit is 100\n"));
    free(got);
    s = vector_file_source(*state, "27700.geojson", VECTOR_GEOJSON);
    s.limits.max_row_bytes = 20;
    got = vector_file_text(&s);
    assert_non_null(strstr(got, "too large: row 1 of '27700.geojson' is over "
                                "20 bytes\n"));
    free(got);
    assert_true(vector_files_clean(*state));
}

static void a_reader_may_be_closed_early(void **state)
{
    need_files(state);
    need_shared_data("trafford/boundaries/oa_2021.geojson");

    struct vector_source s = vector_file_source(*state, "oa", VECTOR_GEOJSON);
    struct vector_reader *r;
    const struct vector_row *row;

    s.path = SHARED_DATA "/trafford/boundaries/oa_2021.geojson";
    assert_ok(vector_open(&s, &r, &test_err));
    assert_ok(vector_next(r, &row, &test_err));
    vector_close(r);
    assert_true(vector_files_clean(*state));
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_keeps_values_and_crs),
        cmocka_unit_test(a_shapefile_says_its_encoding_or_is_utf_8),
        cmocka_unit_test(kml_keeps_its_extended_data),
        cmocka_unit_test(geojson_without_a_crs_is_wgs84),
        cmocka_unit_test(a_sheet_is_read_from_its_header_row),
        cmocka_unit_test(several_sheets_must_be_chosen_from),
        cmocka_unit_test(published_geojson_is_read_whole),
        cmocka_unit_test(a_real_geopackage_passes_the_check_and_lists_tables),
        cmocka_unit_test(limits_are_errors_that_say_so),
        cmocka_unit_test(a_reader_may_be_closed_early),
    };

    return cmocka_run_group_tests(tests, vector_files_make,
                                  vector_files_remove);
}
