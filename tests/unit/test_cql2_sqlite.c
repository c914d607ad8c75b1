/* test_cql2_sqlite.c - random expressions over a random table must be as true,
 * false and unknown as SQLite finds them. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/tr_test.h"

#include "terrier/cql2.h"

#define N_ROWS        300
#define N_EXPRESSIONS 4000

static struct tr_error test_err;

static uint64_t seed = 20261122;

static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

/* ---- the table, twice ---- */

static const char *const words[] = { "",   "a",  "ab",  "abc",  "b",
                                     "ba", "B",  "a%b", "a_b",  "é",
                                     "éa", "\\", "aab", "abab", "zz" };
#define N_WORDS (sizeof words / sizeof *words)

static struct tr_arena store;
static struct tr_column columns[6];
static const struct tr_table table = { N_ROWS, 6, columns };
static sqlite3 *db;

static void insert(size_t row, struct tr_column_builder **b, sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    for (int i = 0; i < 2; i++) {
        int v = (int)below(11) - 5;
        double r = (below(17) - 8.0) / 4;
        const char *w = words[below(N_WORDS)];

        if (!one_in(4)) {
            tr_column_put_int(b[i], row, v);
            sqlite3_bind_int(s, i + 1, v);
        }
        if (!one_in(4)) {
            tr_column_put_number(b[i + 2], row, r);
            sqlite3_bind_double(s, i + 3, r);
        }
        if (!one_in(4)) {
            tr_column_put_text(b[i + 4], row, w);
            sqlite3_bind_text(s, i + 5, w, -1, SQLITE_STATIC);
        }
    }
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
}

static int set_up(void **state)
{
    static const char *const names[] = { "i", "j", "r", "s", "t", "u" };
    static const enum tr_type types[] = { TR_INTEGER, TR_INTEGER, TR_NUMBER,
                                          TR_NUMBER,  TR_TEXT,    TR_TEXT };
    struct tr_column_builder *b[6];
    sqlite3_stmt *s;

    (void)state;
    tr_arena_init(&store, 1 << 24);
    sqlite3_open(":memory:", &db);
    sqlite3_exec(db,
                 "PRAGMA case_sensitive_like = 1;"
                 "CREATE TABLE x (i INTEGER, j INTEGER, r REAL, s REAL,"
                 " t TEXT, u TEXT)",
                 NULL, NULL, NULL);
    sqlite3_prepare_v2(db, "INSERT INTO x VALUES (?, ?, ?, ?, ?, ?)", -1, &s,
                       NULL);
    for (size_t i = 0; i < 6; i++)
        b[i] = tr_column_builder_new(&store, names[i], types[i]);
    for (size_t row = 0; row < N_ROWS; row++)
        insert(row, b, s);
    sqlite3_finalize(s);
    for (size_t i = 0; i < 6; i++)
        assert_ok(tr_column_finish(b[i], N_ROWS, &columns[i], &test_err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sqlite3_close(db);
    tr_arena_clear(&store);
    return 0;
}

/* ---- one expression in both languages ---- */

static struct tr_buf cql, sql;

static void both(const char *s)
{
    tr_buf_str(&cql, s);
    tr_buf_str(&sql, s);
}

static void quoted(const char *s)
{
    both("'");
    both(s);
    /* A backslash right before the closing quote is doubled in CQL2. */
    if (*s && s[strlen(s) - 1] == '\\')
        tr_buf_str(&cql, "\\");
    both("'");
}

static void integer(int depth)
{
    static const char *const signs[] = { " + ", " - ", " * ", " % ", " div " };
    char text[12];

    if (depth <= 0 || one_in(3)) {
        if (one_in(2)) {
            both(one_in(2) ? "i" : "j");
            return;
        }
        snprintf(text, sizeof text, "%d", (int)below(13) - 6);
        both(text);
        return;
    }

    unsigned k = below(5);

    both("(");
    integer(depth - 1);
    tr_buf_str(&cql, signs[k]);
    tr_buf_str(&sql, k == 4 ? " / " : signs[k]);
    integer(depth - 1);
    both(")");
}

static void number(int depth)
{
    static const char *const signs[] = { " + ", " - ", " * ", " / " };
    char text[12];

    if (one_in(3)) {
        integer(depth);
        return;
    }
    if (depth <= 0 || one_in(3)) {
        if (one_in(2)) {
            both(one_in(2) ? "r" : "s");
            return;
        }
        snprintf(text, sizeof text, "%.2f", ((int)below(33) - 16) / 4.0);
        both(text);
        return;
    }

    unsigned k = below(4);

    both("(");
    tr_buf_str(&sql, "CAST(");
    number(depth - 1);
    tr_buf_str(&sql, " AS REAL)");
    both(signs[k]);
    number(depth - 1);
    both(")");
}

static void text(void)
{
    if (one_in(2))
        both(one_in(2) ? "t" : "u");
    else
        quoted(words[below(N_WORDS)]);
}

static void value(unsigned kind)
{
    if (kind == 0)
        integer(2);
    else if (kind == 1)
        number(2);
    else
        text();
}

static void predicate(void)
{
    static const char *const signs[] = { " = ",  " <> ", " < ",
                                         " <= ", " > ",  " >= " };
    static const char *const patterns[] = { "%",   "a%",    "%b", "_",
                                            "a_b", "%a%b%", "",   "a\\%b",
                                            "__",  "%\\_%", "é_" };
    unsigned kind = below(3), n = below(4) + 1;

    switch (below(6)) {
    case 0:
    case 1:
        value(kind);
        both(signs[below(6)]);
        value(kind);
        break;
    case 2:
        value(kind);
        both(one_in(2) ? " IS NULL" : " IS NOT NULL");
        break;
    case 3:
        value(kind);
        both(one_in(2) ? " BETWEEN " : " NOT BETWEEN ");
        value(kind);
        both(" AND ");
        value(kind);
        break;
    case 4:
        value(kind);
        both(one_in(2) ? " IN (" : " NOT IN (");
        for (unsigned i = 0; i < n; i++) {
            if (i)
                both(", ");
            value(kind);
        }
        both(")");
        break;
    default:
        text();
        both(one_in(2) ? " LIKE " : " NOT LIKE ");
        quoted(patterns[below(11)]);
        tr_buf_str(&sql, " ESCAPE '\\'");
    }
}

static void condition(int depth)
{
    if (depth <= 0 || one_in(4)) {
        predicate();
    } else if (one_in(4)) {
        both("NOT (");
        condition(depth - 1);
        both(")");
    } else if (one_in(8)) {
        both("(");
        condition(depth - 1);
        both(one_in(2) ? ") = (" : ") IS NULL AND (");
        condition(depth - 1);
        both(")");
    } else {
        both("(");
        condition(depth - 1);
        both(one_in(2) ? ") AND (" : ") OR (");
        condition(depth - 1);
        both(")");
    }
}

/* ---- comparing ---- */

static void evaluate(const char *expression, size_t first, size_t last,
                     uint64_t *yes, uint64_t *unknown)
{
    const struct tr_cql2_env env = { 0 };
    const struct tr_cql2_bound *b;
    const struct tr_cql2 *e;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 24);
    if (tr_cql2_parse_text(expression, TR_CQL2_QUERY, &a, &e, NULL,
                           &test_err) ||
        tr_cql2_bind(e, &table, &env, &a, &b, &test_err) ||
        tr_cql2_filter(b, first, last, yes, unknown, &a, &test_err))
        fail_msg("%s: %s", expression, test_err.msg);
    tr_arena_clear(&a);
}

static void compare(const char *expression, const char *query)
{
    size_t first = below(N_ROWS),
           last = first + below(N_ROWS - (unsigned)first);
    uint64_t yes[N_ROWS / 64 + 1], unknown[N_ROWS / 64 + 1];
    sqlite3_stmt *s;

    if (one_in(2)) {
        first = 0;
        last = N_ROWS;
    }
    evaluate(expression, first, last, yes, unknown);
    if (sqlite3_prepare_v2(db, query, -1, &s, NULL))
        fail_msg("%s: %s", query, sqlite3_errmsg(db));
    for (size_t row = 0; sqlite3_step(s) == SQLITE_ROW; row++) {
        if (row < first || row >= last)
            continue;

        size_t i = row - first;
        char want = sqlite3_column_type(s, 0) == SQLITE_NULL ? '?'
                    : sqlite3_column_int(s, 0)               ? 'y'
                                                             : 'n';
        char got = yes[i / 64] >> (i % 64) & 1       ? 'y'
                   : unknown[i / 64] >> (i % 64) & 1 ? '?'
                                                     : 'n';

        if (got != want)
            fail_msg("row %zu: %c, SQLite %c\n%s\n%s", row, got, want,
                     expression, query);
    }
    sqlite3_finalize(s);
}

static void random_expressions_agree_with_sqlite(void **state)
{
    (void)state;
    tr_buf_init(&cql, 1 << 20);
    tr_buf_init(&sql, 1 << 20);
    for (int k = 0; k < N_EXPRESSIONS; k++) {
        tr_buf_reset(&cql);
        tr_buf_reset(&sql);
        tr_buf_str(&sql, "SELECT (");
        condition((int)below(4));
        tr_buf_str(&sql, ") FROM x ORDER BY rowid");
        compare(tr_buf_text(&cql), tr_buf_text(&sql));
    }
    tr_buf_clear(&cql);
    tr_buf_clear(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_expressions_agree_with_sqlite),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
