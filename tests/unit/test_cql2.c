/* test_cql2.c - expressions over a small table of people's buildings. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/tr_test.h"

#include "terrier/cql2.h"
#include "terrier/date.h"

static struct tr_error test_err;

/* Five rows; the last has nothing but a name. */
#define N_ROWS 5

static struct tr_column columns[8];
static struct tr_table table = { N_ROWS, 0, columns };
static struct tr_arena store;

static struct tr_column_builder *column(const char *name, enum tr_type type)
{
    return tr_column_builder_new(&store, name, type);
}

static void done(struct tr_column_builder *b)
{
    assert_ok(
        tr_column_finish(b, N_ROWS, &columns[table.n_columns++], &test_err));
}

static int set_up(void **state)
{
    static const char *const names[] = { "Town Hall", "Café Zoë", "library",
                                         "O'Brien's", "100%_safe" };
    static const char *const tags[] = { "big", "old", "civic" };
    struct tr_column_builder *name, *floors, *area, *open, *built, *seen, *tag;

    (void)state;
    tr_arena_init(&store, 1 << 20);
    name = column("name", TR_TEXT);
    floors = column("floors", TR_INTEGER);
    area = column("floor area", TR_NUMBER);
    open = column("open", TR_BOOLEAN);
    built = column("built", TR_DATE);
    seen = column("seen", TR_INSTANT);
    tag = column("tags", TR_LIST);
    for (size_t i = 0; i < N_ROWS; i++) {
        tr_column_put_text(name, i, names[i]);
        if (i == 4)
            break;
        tr_column_put_int(floors, i, (int64_t)i + 1);
        tr_column_put_number(area, i, 100.5 * (double)i);
        tr_column_put_bool(open, i, i % 2 == 0);
        tr_column_put_int(built, i, tr_date_make(1900 + 40 * (int)i, 2, 28));
        tr_column_put_int(seen, i, 1000000 * (int64_t)i);
        tr_column_put_list(tag, i, tags, i);
    }
    done(name);
    done(floors);
    done(area);
    done(open);
    done(built);
    done(seen);
    done(tag);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tr_arena_clear(&store);
    return 0;
}

static const char *look(const void *context, const char *name, const char *key)
{
    (void)context;
    if (strcmp(name, "kinds") == 0 && strcmp(key, "library") == 0)
        return "books";
    return NULL;
}

static const struct tr_cql2_env env = { .as_of = 20000, .lookup = look };

static enum tr_status bind(const char *text, struct tr_arena *a,
                           const struct tr_cql2_bound **out)
{
    const struct tr_cql2 *e;
    enum tr_status st =
        tr_cql2_parse_text(text, TR_CQL2_QUERY, a, &e, NULL, &test_err);

    return st ? st : tr_cql2_bind(e, &table, &env, a, out, &test_err);
}

/* The truth of the five rows: y, n or ? each. */
static void truth_of(const char *text, char out[N_ROWS + 1])
{
    const struct tr_cql2_bound *b;
    struct tr_arena a;
    uint64_t yes, unknown;

    tr_arena_init(&a, 1 << 24);
    assert_ok(bind(text, &a, &b));
    assert_ok(tr_cql2_filter(b, 0, N_ROWS, &yes, &unknown, &a, &test_err));
    for (size_t i = 0; i < N_ROWS; i++)
        out[i] = yes >> i & 1 ? 'y' : unknown >> i & 1 ? '?' : 'n';
    out[N_ROWS] = '\0';
    tr_arena_clear(&a);
}

static void filters_follow_three_valued_logic(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "floors > 2", "nnyy?" },
        { "NOT floors > 2", "yynn?" },
        { "2 < floors", "nnyy?" },
        { "floors >= 2 AND floors <> 3", "nyny?" },
        { "floors > 2 OR name = '100%_safe'", "nnyyy" },
        { "floors > 2 AND name = 'library'", "nnynn" },
        { "floors = 1.0", "ynnn?" },
        { "floors BETWEEN 2 AND 3", "nyyn?" },
        { "floors NOT BETWEEN 2 AND 3", "ynny?" },
        { "\"floor area\" IN (0, 100.5)", "yynn?" },
        { "floors NOT IN (1, 2)", "nnyy?" },
        { "floors IN (1, 1 / 0)", "y????" },
        { "floors IN (floors, 9)", "yyyy?" },
        { "name LIKE '%li%'", "nnynn" },
        { "name LIKE '100\\%\\_%'", "nnnny" },
        { "name LIKE 'Caf_ Z%'", "nynnn" },
        { "name = 'O''Brien''s'", "nnnyn" },
        { "name = 'O\\'Brien\\'s'", "nnnyn" },
        { "CASEI(name) = CASEI('CAFÉ ZOË')", "nynnn" },
        { "accenti(name) = 'Cafe Zoe'", "nynnn" },
        { "open", "ynyn?" },
        { "open = true AND floors IS NOT NULL", "ynynn" },
        { "open IS NULL", "nnnny" },
        { "built < DATE('1950-01-01')", "yynn?" },
        { "built = DATE('1940-02-28')", "nynn?" },
        { "seen >= TIMESTAMP('1970-01-24T03:33:20Z')", "nnyy?" },
        { "seen < DATE('1970-01-13')", "yynn?" },
        { "floors + 1 = 2 * 2", "nnyn?" },
        { "floors % 2 = 0", "nyny?" },
        { "7 div floors = 2", "nnyn?" },
        { "2 ^ floors > 7", "nnyy?" },
        { "-floors < -3", "nnny?" },
        { "1 / (floors - 1) > 0", "?yyy?" },
        { "name > 'a'", "nnynn" },
        { "tags IS NULL", "nnnny" },
        { "coalesce(floors, 7) = 7", "nnnny" },
        { "if(floors > 2, 'tall', 'low') = 'tall'", "nnyyn" },
        { "if(floors > 2, 'tall') = 'tall'", "??yy?" },
        { "number(text(floors)) = 2", "nynn?" },
        { "date('31/12/1999', 'dd/mm/yyyy') > built", "yyyn?" },
        { "text(built) = '1900-02-28'", "ynnn?" },
        { "upper(name) = 'LIBRARY'", "nnynn" },
        { "lower(name) = 'town hall'", "ynnnn" },
        { "trim('  x ') = 'x'", "yyyyy" },
        { "lookup('kinds', name) = 'books'", "??y??" },
        { "starts_with(name, 'Town')", "ynnnn" },
        { "contains(name, 'ar')", "nnynn" },
        { "any_like(name, 'LIB%', 'town%')", "ynynn" },
        { "min(floors, 2) = 2", "nyyyy" },
        { "max(floors, 2.5) = 2.5", "yynny" },
        { "round(\"floor area\" / 7, 1) = 14.4", "nynn?" },
        { "years_between(built, DATE('1950-02-27')) = 49", "ynnn?" },
        { "today() = DATE('2024-10-04')", "yyyyy" },
        { "text(tags) = 'big; old'", "nnyn?" },
        { "has(tags, 'old')", "nnyy?" },
        { "has(tags, name)", "nnnn?" },
        { "a_contains(tags, ('big', 'old'))", "nnyy?" },
        { "a_contains(tags, ('old', 'old'))", "nnyy?" },
        { "a_containedBy(tags, ('old', 'big', 'new'))", "yyyn?" },
        { "a_equals(('old', 'big'), tags)", "nnyn?" },
        { "a_overlaps(tags, (casei('CIVIC'), 'new'))", "nnny?" },
        { "a_equals(tags, ())", "ynnn?" },
        { "a_equals(tags, tags)", "yyyy?" },
        { "a_equals(('x'), ('x', 'x'))", "yyyyy" },
        { "t_before(built, DATE('1940-02-28'))", "ynnn?" },
        { "t_during(built, INTERVAL('1900-03-01', '..'))", "nyyy?" },
        { "t_intersects(seen, INTERVAL('1970-01-01', '1970-01-12'))", "yynn?" },
        { "t_during(INTERVAL(built, today()), INTERVAL('1930-01-01', '..'))",
          "nyyy?" },
        { "t_equals(built, built)", "yyyy?" },
        { "(floors IS NULL) = (name LIKE '100%')", "yyyyy" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[N_ROWS + 1];

        truth_of(cases[i].text, got);
        if (strcmp(got, cases[i].want) != 0)
            print_error("%s: %s, expected %s\n", cases[i].text, got,
                        cases[i].want);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[N_ROWS + 1];

        truth_of(cases[i].text, got);
        assert_string_equal(got, cases[i].want);
    }
}

static void mistakes_are_named_with_their_place_and_remedy(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "floors =", "at character 9: expected a value after '='" },
        { "floors = and",
          "at character 10: expected a value after '=', found 'and'" },
        { "name = \"Town Hall\"",
          "unknown property 'Town Hall' (a text stands in single quotes)" },
        { "flors = 1", "unknown property 'flors', did you mean 'floors'" },
        { "built = '1900-02-28'",
          "property 'built' (date) cannot be compared with '1900-02-28' "
          "(text), write DATE('1900-02-28')" },
        { "floors = '3'",
          "property 'floors' (integer) cannot be compared with '3' (text), "
          "write the number without quotes" },
        { "tags = 'big'",
          "property 'tags' (list) cannot be compared with 'big' (text), "
          "write has(\"tags\", 'big')" },
        { "name == 'x'", "at character 6: write '=' for equal" },
        { "name = 'x", "at character 8: this text is never closed" },
        { "floors + name = 2",
          "'+' expects a number, not property 'name' (text)" },
        { "uper(name) = 'X'", "unknown function 'uper', did you mean 'upper'" },
        { "trim(name, 'x') = 'y'",
          "at character 1: 'trim' takes 1 argument, not 2" },
        { "name = DATE('2021-13-01')",
          "at character 13: '2021-13-01' is not a date, write it as "
          "2026-01-31" },
        { "é = 15X", "at character 5: a number is followed by 'X', if it is a "
                     "text put it in single quotes" },
        { "(floors = 1", "at character 12: expected ')' after '1'" },
        { "a_contains(tags, ('a', 1))",
          "an array holds texts in single quotes, not 1 (integer)" },
        { "t_before(floors, DATE('2021-01-01'))",
          "'t_before' expects a date, an instant or an interval, not property "
          "'floors' (integer)" },
        { "s_intersects(name, POINT(1 2))",
          "'s_intersects' expects a geometry, not property 'name' (text)" },
        { "POLYGON((0 0, 1 1, 1 0))",
          "at character 1: a ring of a polygon has fewer than four positions" },
        { "s_within(POINT(0 0), POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))",
          "'s_within': the geometry is not valid (Self-intersection)" },
        { "s_within(POINT(0 91), POINT(0 91))",
          "'s_within': a position lies off the world: give longitude from "
          "-180 to 180, then latitude from -90 to 90" },
        { "floors IN ()", "at character 13: the list of IN is empty" },
        { "INTERVAL('2020-01-01', '..')",
          "an interval belongs into a function such as t_intersects, not "
          "here" },
        { "floors = null",
          "at character 10: null is not a value, write IS NULL" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tr_cql2_bound *b;
        struct tr_arena a;

        tr_arena_init(&a, 1 << 24);
        assert_int_equal(bind(cases[i].text, &a, &b), TR_EINVAL);
        assert_string_equal(test_err.msg, cases[i].want);
        tr_arena_clear(&a);
    }
}

/* ---- limits ---- */

static char *repeated(const char *head, const char *part, size_t n,
                      const char *tail)
{
    size_t len = strlen(head) + n * strlen(part) + strlen(tail) + 1;
    char *s = calloc(1, len), *to = s;

    assert_non_null(s);
    memcpy(to, head, strlen(head));
    to += strlen(head);
    for (; n; n--, to += strlen(part))
        memcpy(to, part, strlen(part));
    memcpy(to, tail, strlen(tail));
    return s;
}

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static enum tr_status read_once(const char *text, bool is_json)
{
    const struct tr_node *node;
    const struct tr_cql2 *e;
    enum tr_status st;
    struct tr_arena a;

    tr_arena_init(&a, 1 << 24);
    if (is_json) {
        st = tr_json_parse(text, strlen(text), "filter", &a, &node, &test_err);
        if (!st)
            st = tr_cql2_parse_json(node, &a, &e, &test_err);
    } else {
        st = tr_cql2_parse_text(text, TR_CQL2_QUERY, &a, &e, NULL, &test_err);
    }
    tr_arena_clear(&a);
    return st;
}

/* Reading it fails with TR_ELIMIT within 5 ms, the best of a few times: a
 * sanitizer's first allocations are slow. */
static void check_limit(char *text, bool is_json)
{
    double best = 1e9;

    for (int i = 0; i < 5; i++) {
        double t0 = cpu_ms();
        enum tr_status st = read_once(text, is_json);
        double ms = cpu_ms() - t0;

        /* The JSON reader has a depth of its own. */
        if (st != TR_ELIMIT && !(is_json && st == TR_EDATA))
            fail_msg("%.60s...: %s", text, st ? test_err.msg : "accepted");
        best = ms < best ? ms : best;
    }
    if (best > 5)
        fail_msg("%.60s...: %g ms", text, best);
    free(text);
}

static void what_is_too_deep_or_too_long_is_refused_at_once(void **state)
{
    (void)state;
    check_limit(repeated("", "(", 1600, "a = 1"), false);
    check_limit(repeated("", "NOT ", 1600, "a = 1"), false);
    check_limit(repeated("a = 1", "^2", 1600, ""), false);
    check_limit(repeated("a = 1", "+2", 1600, ""), false);
    check_limit(repeated("", "casei(", 1600, "a"), false);
    check_limit(repeated("a = 1", " OR a = 2", 400, ""), false);
    check_limit(repeated("a IN (1", ",2", 1600, ")"), false);
    check_limit(repeated("a = '", "xxxxxxxxxx", 1700, "'"), false);
    check_limit(repeated("s_equals(a, ", "GEOMETRYCOLLECTION(", 700, ""),
                false);
    check_limit(repeated("", "{\"op\":\"not\",\"args\":[", 1600, ""), true);
    check_limit(repeated("", "{\"op\":\"not\",\"args\":[", 31,
                         "{\"op\":\"not\",\"args\":[{\"property\":\"a\"}]}"
                         "]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}"
                         "]}]}]}]}]}]}"),
                true);
}

static void a_profile_may_have_more(void **state)
{
    char *text = repeated("a = 1", " OR a = 2", 900, "");
    const struct tr_cql2 *e;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 24);
    assert_ok(
        tr_cql2_parse_text(text, TR_CQL2_PROFILE, &a, &e, NULL, &test_err));
    tr_arena_clear(&a);
    free(text);
}

/* ---- little memory, many threads ---- */

static const char everything[] =
    "(CASEI(name) LIKE '%a%' OR name IN ('x', upper(trim(name)))) AND "
    "NOT (floors + 1 > 2.5 OR coalesce(floors, 3) = 3 OR open) OR "
    "t_during(built, INTERVAL('1900-01-01', '..')) OR "
    "a_overlaps(tags, ('big', 'x')) OR has(tags, name) OR "
    "text(\"floor area\") = lookup('kinds', name) OR "
    "s_within(POINT(1 1), BBOX(170, 0, -170, 2))";

static void an_arena_of_any_size_gives_an_answer_or_an_error(void **state)
{
    bool worked = false;

    (void)state;
    for (size_t limit = 100; !worked; limit += limit / 16) {
        const struct tr_cql2_bound *b;
        struct tr_column c;
        uint64_t yes, unknown;
        struct tr_arena a;
        enum tr_status st;

        tr_arena_init(&a, limit);
        st = bind(everything, &a, &b);
        if (!st)
            st = tr_cql2_values(b, 0, N_ROWS, &a, &c, &test_err);
        if (!st)
            st = tr_cql2_filter(b, 0, N_ROWS, &yes, &unknown, &a, &test_err);
        if (st && st != TR_ENOMEM)
            fail_msg("%zu bytes: %s", limit, test_err.msg);
        worked = !st;
        tr_arena_clear(&a);
    }
}

struct worker {
    pthread_t thread;
    const struct tr_cql2_bound *bound;
    uint64_t yes, unknown;
    enum tr_status st;
};

static void *work(void *p)
{
    struct worker *w = p;

    for (int i = 0; i < 200 && !w->st; i++) {
        struct tr_arena a;

        tr_arena_init(&a, 1 << 24);
        w->st =
            tr_cql2_filter(w->bound, 0, N_ROWS, &w->yes, &w->unknown, &a, NULL);
        tr_arena_clear(&a);
    }
    return NULL;
}

static void threads_share_one_bound_expression(void **state)
{
    struct worker workers[4] = { 0 };
    const struct tr_cql2_bound *b;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 24);
    assert_ok(bind(everything, &a, &b));
    for (size_t i = 0; i < 4; i++) {
        workers[i].bound = b;
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(workers[i].st, TR_OK);
        assert_int_equal(workers[i].yes, workers[0].yes);
        assert_int_equal(workers[i].unknown, workers[0].unknown);
    }
    tr_arena_clear(&a);
}

static void what_is_no_boolean_is_no_filter(void **state)
{
    const struct tr_cql2_bound *b;
    struct tr_arena a;
    uint64_t yes, unknown;

    (void)state;
    tr_arena_init(&a, 1 << 24);
    assert_ok(bind("floors + 1", &a, &b));
    assert_int_equal(tr_cql2_type(b), TR_INTEGER);
    assert_int_equal(
        tr_cql2_filter(b, 0, N_ROWS, &yes, &unknown, &a, &test_err), TR_EINVAL);
    tr_arena_clear(&a);
}

static void values_come_as_a_column_of_the_rows_asked_for(void **state)
{
    const struct tr_cql2_bound *b;
    struct tr_column c;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 24);
    assert_ok(bind("upper(name)", &a, &b));
    assert_ok(tr_cql2_values(b, 2, 5, &a, &c, &test_err));
    assert_int_equal(c.type, TR_TEXT);
    assert_string_equal(tr_text_at(&c, 0), "LIBRARY");
    assert_string_equal(tr_text_at(&c, 2), "100%_SAFE");
    assert_ok(bind("floors * 0.5", &a, &b));
    assert_ok(tr_cql2_values(b, 3, 5, &a, &c, &test_err));
    assert_near(c.values.numbers[0], 2.0, 0);
    assert_true(tr_has(&c, 0));
    assert_false(tr_has(&c, 1));
    assert_ok(bind("floors", &a, &b));
    assert_ok(tr_cql2_values(b, 3, 5, &a, &c, &test_err));
    assert_int_equal(c.values.integers[0], 4);
    assert_false(tr_has(&c, 1));
    tr_arena_clear(&a);
}

static void properties_are_named_once_in_order(void **state)
{
    const struct tr_cql2 *e;
    const char *const *names;
    struct tr_arena a;
    size_t n;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    assert_ok(tr_cql2_parse_text("b = 1 AND \"a b\" = b OR c IS NULL",
                                 TR_CQL2_QUERY, &a, &e, NULL, &test_err));
    assert_ok(tr_cql2_properties(e, &a, &names, &n, &test_err));
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "b");
    assert_string_equal(names[1], "a b");
    assert_string_equal(names[2], "c");
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_follow_three_valued_logic),
        cmocka_unit_test(mistakes_are_named_with_their_place_and_remedy),
        cmocka_unit_test(what_is_too_deep_or_too_long_is_refused_at_once),
        cmocka_unit_test(a_profile_may_have_more),
        cmocka_unit_test(an_arena_of_any_size_gives_an_answer_or_an_error),
        cmocka_unit_test(threads_share_one_bound_expression),
        cmocka_unit_test(what_is_no_boolean_is_no_filter),
        cmocka_unit_test(values_come_as_a_column_of_the_rows_asked_for),
        cmocka_unit_test(properties_are_named_once_in_order),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
