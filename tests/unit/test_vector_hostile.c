/* test_vector_hostile.c - files and children that mean harm: each gives one
 * clear sentence, and leaves neither a child nor a file behind. */
#include "support/tr_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/gpkg_check.h"
#include "support/vector_files.h"
#include "vector/vector_fence.h"
#include "vector/vector_process.h"

static struct tr_error test_err;

#define need_files(state)                                                      \
    do {                                                                       \
        if (!*(state)) {                                                       \
            print_message("skipped: no python3-gdal to make the files\n");     \
            skip();                                                            \
        }                                                                      \
    } while (0)

/* The sentence must hold `says`, and nothing of where the file lies. */
static void refuse(void *state, const char *name, enum vector_format format,
                   const char *says)
{
    struct vector_source s = vector_file_source(state, name, format);
    char *got = vector_file_text(&s);
    const char *sentence = strstr(got, "'");

    if (!strstr(got, says) || !strstr(got, ": ") || strstr(got, "terrier-"))
        fail_msg("%s gave '%s', wanted '%s'", name, got, says);
    assert_non_null(sentence);
    free(got);
    assert_true(vector_files_clean(state));
}

static void what_only_bears_the_name_is_refused(void **state)
{
    static const struct {
        const char *suffix;
        enum vector_format format;
    } formats[] = {
        { "xlsx", VECTOR_XLSX },     { "gpkg", VECTOR_GPKG },
        { "shp", VECTOR_SHAPEFILE }, { "geojson", VECTOR_GEOJSON },
        { "kml", VECTOR_KML },       { "fgb", VECTOR_FLATGEOBUF },
    };
    static const struct {
        const char *stem, *says;
    } disguises[] = {
        { "vrt", "looks like a GDAL virtual file (VRT)" },
        { "page", "looks like a web page (HTML)" },
        { "noise", "looks like binary data" },
        { "empty", "is empty" },
    };

    need_files(state);
    for (size_t i = 0; i < 6 * 4; i++) {
        char name[32];

        snprintf(name, sizeof name, "%s.%s", disguises[i / 6].stem,
                 formats[i % 6].suffix);
        refuse(*state, name, formats[i % 6].format, disguises[i / 6].says);
    }
    /* A good file of another format is no better. */
    refuse(*state, "27700.gpkg", VECTOR_SHAPEFILE, "looks like an SQLite");
    refuse(*state, "good.xlsx", VECTOR_GPKG, "looks like a zip archive");
    refuse(*state, "good.kmz", VECTOR_XLSX, "without a workbook");
}

static void zips_are_judged_before_they_are_unpacked(void **state)
{
    static const struct {
        const char *name, *says;
    } cases[] = {
        { "bomb.xlsx", "unpacks to over 200 times its size" },
        { "overlap.xlsx", "two files in it share the same bytes" },
        { "outside.zip", "holds a file outside its own folder" },
        { "absolute.zip", "holds a file outside its own folder" },
        { "secret.zip", "protected by a password" },
        { "method.zip", "packed by zip method 9" },
        { "nested.zip", "holds another archive, 'a.zip'" },
        { "many.zip", "holds 1001 files, the limit is 1000" },
        { "total.zip", "unpacks to 1106000000 bytes" },
        { "lies.zip", "does not unpack to the size it gives" },
        { "noshape.zip", "a zip archive without a .shp" },
    };

    need_files(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(*state, cases[i].name,
               strstr(cases[i].name, "xlsx") ? VECTOR_XLSX : VECTOR_SHAPEFILE,
               cases[i].says);
}

static void cut_files_are_refused(void **state)
{
    static const struct {
        const char *name;
        enum vector_format format;
        const char *says;
    } cases[] = {
        { "cut-27700.gpkg", VECTOR_GPKG, "it was cut short" },
        { "cut-27700.geojson", VECTOR_GEOJSON, "it was cut short" },
        { "cut-27700.fgb", VECTOR_FLATGEOBUF, "it is empty or damaged" },
        { "cut-good.kml", VECTOR_KML, "cannot be read as a KML file" },
        { "cut-good.kmz", VECTOR_KML, "it was cut short" },
        { "cut-good.xlsx", VECTOR_XLSX, "it was cut short" },
        { "cut-27700.zip", VECTOR_SHAPEFILE, "it was cut short" },
        { "cut.shp", VECTOR_SHAPEFILE, "it was cut short" },
        { "cutdbf.shp", VECTOR_SHAPEFILE, "cannot be read as a shapefile" },
    };

    need_files(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(*state, cases[i].name, cases[i].format, cases[i].says);
}

static void texts_that_point_elsewhere_are_refused(void **state)
{
    need_files(state);
    refuse(*state, "deep.geojson", VECTOR_GEOJSON,
           "nested more than 64 levels deep");
    refuse(*state, "link.kml", VECTOR_KML, "points at another file");
    refuse(*state, "link.kmz", VECTOR_KML, "points at another file");
    refuse(*state, "entity.kml", VECTOR_KML, "defines its own XML entities");
    refuse(*state, "utf16.kml", VECTOR_KML, "looks like binary data");
}

/* The check catches it; and were it forgotten, GDAL could not follow it. */
static void a_geopackage_cannot_read_another_file(void **state)
{
    need_files(state);

    const char *path = vector_file(*state, "virtual.gpkg", 0);

    assert_int_equal(store_check_gpkg(path, "virtual.gpkg", &test_err),
                     TR_EDATA);
    assert_string_equal(test_err.msg,
                        "'virtual.gpkg' was refused: it holds a virtual table "
                        "of module 'VirtualOGR', which can read other files");
    refuse(*state, "virtual.gpkg", VECTOR_GPKG,
           "cannot be read as a GeoPackage");
}

static void what_is_not_a_file_is_no_input(void **state)
{
    need_files(state);
    refuse(*state, "nothing.gpkg", VECTOR_GPKG, "no input: cannot open");
    refuse(*state, "scratch", VECTOR_GPKG, "no input: 'scratch' is not a file");
}

/* ---- the child itself ---- */

/* A writer waits for rows that never come. */
static void start_idle_child(struct vector_process *p, int seconds)
{
    struct vector_limits limits = { .max_file_bytes = 1 << 20,
                                    .max_rows = 10,
                                    .max_row_bytes = 1 << 20,
                                    .max_memory = (size_t)512 << 20,
                                    .max_seconds = seconds };
    struct vector_job job = { .writes = true,
                              .format = VECTOR_GPKG,
                              .name = "a.gpkg",
                              .file = "output.gpkg",
                              .limits = limits };

    vector_process_init(p, "a.gpkg", &limits);
    assert_ok(vector_process_scratch(p, NULL, &test_err));
    job.scratch = p->scratch;
    assert_ok(vector_process_start(p, &job, &test_err));
}

static void a_slow_child_is_ended_in_time(void **state)
{
    struct vector_process p;
    struct vector_frame f;

    need_files(state);
    start_idle_child(&p, 1);
    assert_int_equal(vector_process_next(&p, &f, &test_err), TR_ELIMIT);
    assert_string_equal(test_err.msg, "'a.gpkg' took more than 1 seconds");
    vector_process_end(&p);
    assert_true(vector_files_clean(*state));
}

static void a_killed_child_is_reported(void **state)
{
    struct vector_process p;
    struct vector_frame f;

    need_files(state);
    start_idle_child(&p, 5);
    kill(p.pid, SIGKILL);
    assert_int_equal(vector_process_next(&p, &f, &test_err), TR_EDATA);
    assert_non_null(strstr(test_err.msg, "stopped its reader (signal 9)"));
    vector_process_end(&p);
    assert_true(vector_files_clean(*state));
}

/* What a child that was taken over would try; 0 when all of it fails. */
static int break_out(const struct vector_job *job, const char *outside)
{
    char *argv[] = { NULL };
    struct tr_error err;
    struct vector_fence fences[3];

    vector_fences(fences, 3);
    if (vector_fence_in(job, NULL, 0, &err))
        return 10;
    if (fences[0].granted && (open("/etc/passwd", O_RDONLY) >= 0 ||
                              open(outside, O_WRONLY | O_CREAT, 0600) >= 0))
        return 11;
    if (!fences[1].granted)
        return 0;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
        socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        return 12;
    if (kill(getppid(), 0) == 0 || errno != EPERM)
        return 13;
    execve("/bin/true", argv, argv);
    if (errno != EPERM && errno != EACCES)
        return 14;

    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0 ? 15 : 0;
}

static void the_fences_hold(void **state)
{
    need_files(state);

    struct vector_job job = {
        .scratch = vector_file(*state, "scratch", 1),
        .limits = { .max_file_bytes = 1 << 20,
                    .max_memory = (size_t)512 << 20,
                    .max_seconds = 5 },
    };
    const char *outside = vector_file(*state, "outside", 2);
    pid_t pid = fork();
    int how = -1;

    if (pid == 0)
        _exit(break_out(&job, outside));
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    assert_int_not_equal(access(outside, F_OK), 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_bears_the_name_is_refused),
        cmocka_unit_test(zips_are_judged_before_they_are_unpacked),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(texts_that_point_elsewhere_are_refused),
        cmocka_unit_test(a_geopackage_cannot_read_another_file),
        cmocka_unit_test(what_is_not_a_file_is_no_input),
        cmocka_unit_test(a_slow_child_is_ended_in_time),
        cmocka_unit_test(a_killed_child_is_reported),
        cmocka_unit_test(the_fences_hold),
    };

    return cmocka_run_group_tests(tests, vector_files_make,
                                  vector_files_remove);
}
