/* test_gpkg_check.c - which foreign GeoPackages are let in. */
#include "support/tr_test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/gpkg_check.h"

static struct tr_error test_err;

/* A database whose schema says `sql`, whether or not its module exists here. */
static void make_database(char *path, const char *type, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "CREATE TABLE a (x); PRAGMA writable_schema=1", NULL,
                     NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(
                         db, "INSERT INTO sqlite_master VALUES (?,'t','t',0,?)",
                         -1, &q, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(q, 1, type, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, sql, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

static enum tr_status check(const char *type, const char *sql)
{
    char path[] = "/tmp/terrier-gpkg-XXXXXX";

    make_database(path, type, sql);

    enum tr_status st = store_check_gpkg(path, "t.gpkg", &test_err);

    unlink(path);
    return st;
}

static void a_virtual_table_must_be_an_rtree(void **state)
{
    static const struct {
        const char *sql;
        enum tr_status want;
    } cases[] = {
        { "CREATE VIRTUAL TABLE t USING rtree(id, a, b, c, d)", TR_OK },
        { "CREATE VIRTUAL TABLE t USING \"rtree\"(id, a, b)", TR_OK },
        { "CREATE VIRTUAL TABLE t USING VirtualOGR('/etc/passwd')", TR_EDATA },
        { "create/**/virtual -- x\n table t using virtualshape(a)", TR_EDATA },
        { "CREATE VIRTUAL TABLE \"using rtree\" USING fts5(a)", TR_EDATA },
        { "CREATE VIRTUAL TABLE t USING /* rtree */ csv(a)", TR_EDATA },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum tr_status st = check("table", cases[i].sql);

        if (st != cases[i].want)
            fail_msg("%s: %d %s", cases[i].sql, (int)st, test_err.msg);
    }
}

static void a_view_may_call_only_plain_functions(void **state)
{
    static const struct {
        const char *type, *sql;
        enum tr_status want;
    } cases[] = {
        { "view", "CREATE VIEW t AS SELECT count(*), lower(x) FROM a", TR_OK },
        { "view", "CREATE VIEW t (p, q) AS SELECT 1, (2)", TR_OK },
        { "view", "CREATE VIEW t AS SELECT 'load_extension (' FROM a", TR_OK },
        { "view", "CREATE VIEW t AS SELECT load_extension('x')", TR_EDATA },
        { "view", "CREATE VIEW t AS SELECT \"readfile\" ('x')", TR_EDATA },
        { "view", "CREATE VIEW t AS SELECT [ogr_geocode]/**/('x')", TR_EDATA },
        { "view", "CREATE VIEW t AS SELECT * FROM pragma_x('y')", TR_EDATA },
        { "trigger",
          "CREATE TRIGGER t AFTER INSERT ON a WHEN (new.g NOT NULL AND NOT "
          "ST_IsEmpty(NEW.g)) BEGIN INSERT OR REPLACE INTO \"rtree_a_g\" "
          "VALUES (NEW.x, ST_MinX(NEW.g), ST_MaxX(NEW.g)); END",
          TR_OK },
        { "trigger",
          "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT "
          "BlobFromFile('/etc/passwd'); END",
          TR_EDATA },
        { "table", "CREATE TABLE t (n VARCHAR(30), m TEXT(5))", TR_OK },
        { "table", "CREATE TABLE t (n, m AS (ogr_version()))", TR_EDATA },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum tr_status st = check(cases[i].type, cases[i].sql);

        /* SQLite may itself find the hand-made schema malformed. */
        if (st != cases[i].want &&
            !(cases[i].want == TR_OK && strstr(test_err.msg, "malformed")))
            fail_msg("%s: %d %s", cases[i].sql, (int)st, test_err.msg);
    }
}

static void what_is_no_database_is_refused(void **state)
{
    char path[] = "/tmp/terrier-gpkg-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(
        write(fd, "SQLite format 3 it is not, whatever it says", 43), 43);
    close(fd);
    assert_int_equal(store_check_gpkg(path, "t.gpkg", &test_err), TR_EDATA);
    unlink(path);
    assert_int_equal(store_check_gpkg(path, "t.gpkg", &test_err), TR_ENOINPUT);
    assert_string_equal(test_err.msg, "cannot open 't.gpkg'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_table_must_be_an_rtree),
        cmocka_unit_test(a_view_may_call_only_plain_functions),
        cmocka_unit_test(what_is_no_database_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
