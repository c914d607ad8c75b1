/* test_record.c - rows as bytes and back: everything returns, nothing else is
 * taken for a record. */
#include "support/tr_test.h"

#include "terrier/record.h"

#include <stdlib.h>
#include <string.h>

static struct tr_error test_err;

enum { FIELDS = 9, CASES = 2000 };

static const struct tr_schema_field fields[FIELDS] = {
    { "flag", NULL, NULL, TR_BOOLEAN, TR_PUBLIC },
    { "count", "How many", NULL, TR_INTEGER, TR_PUBLIC },
    { "area", "Floor area", "m2", TR_NUMBER, TR_PARTNERSHIP },
    { "since", NULL, NULL, TR_DATE, TR_PUBLIC },
    { "at", NULL, NULL, TR_INSTANT, TR_RESTRICTED },
    { "name", "N\xC3\xA4me \"quoted\"", NULL, TR_TEXT, TR_PUBLIC },
    { "uses", NULL, NULL, TR_LIST, TR_PUBLIC },
    { "other", NULL, NULL, TR_TEXT, TR_PUBLIC },
    { "last", NULL, "GBP", TR_INTEGER, TR_PUBLIC },
};
static const struct tr_schema schema = { FIELDS, fields };

static const char *const words[] = { "", "a", "Town Hall",
                                     "\xC3\xA9\xF0\x9F\x8F\xA0",
                                     "a text of rather more than one hundred "
                                     "and twenty-seven bytes, so that its "
                                     "length takes two bytes to write, as it "
                                     "must be seen to do" };
static const int64_t edges[] = { 0,   1,   -1,        63,        64,
                                 -64, -65, INT64_MAX, INT64_MIN, INT32_MAX };
static const double numbers[] = { 0, -0.0, 1.5, -1e300, 5e-324, 0.1 };

static uint32_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

#define pick(seed, from) from[next(seed) % (sizeof(from) / sizeof *(from))]

static void random_values(uint64_t *seed, struct tr_value v[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        memset(&v[i], 0, sizeof v[i]);
        v[i].type = fields[i].type;
        v[i].present = next(seed) % 4 != 0;
        switch (v[i].type) {
        case TR_BOOLEAN: v[i].is.boolean = next(seed) % 2; break;
        case TR_INTEGER:
        case TR_INSTANT: v[i].is.integer = pick(seed, edges); break;
        case TR_NUMBER: v[i].is.number = pick(seed, numbers); break;
        case TR_DATE: v[i].is.date = (int32_t)next(seed); break;
        case TR_TEXT: v[i].is.text = pick(seed, words); break;
        case TR_LIST:
            v[i].is.list.items = words;
            v[i].is.list.n = next(seed) % 6;
            break;
        case TR_GEOMETRY: break;
        }
    }
}

static void assert_same_value(const struct tr_value *a,
                              const struct tr_value *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->present, b->present);
    if (!a->present)
        return;
    switch (a->type) {
    case TR_BOOLEAN: assert_int_equal(a->is.boolean, b->is.boolean); break;
    case TR_INTEGER:
    case TR_INSTANT: assert_true(a->is.integer == b->is.integer); break;
    case TR_NUMBER:
        assert_memory_equal(&a->is.number, &b->is.number, sizeof(double));
        break;
    case TR_DATE: assert_int_equal(a->is.date, b->is.date); break;
    case TR_TEXT: assert_string_equal(a->is.text, b->is.text); break;
    case TR_LIST:
        assert_int_equal(a->is.list.n, b->is.list.n);
        for (size_t i = 0; i < a->is.list.n; i++)
            assert_string_equal(a->is.list.items[i], b->is.list.items[i]);
        break;
    case TR_GEOMETRY: fail(); break;
    }
}

static void whatever_is_written_reads_back(void **state)
{
    struct tr_value in[FIELDS], out[FIELDS];
    struct tr_arena a;
    struct tr_buf b;
    uint64_t seed = 3;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    tr_buf_init(&b, 1 << 16);
    for (int k = 0; k < CASES; k++) {
        random_values(&seed, in);
        tr_buf_reset(&b);
        tr_record_write(&schema, in, &b);
        assert_ok(tr_buf_status(&b, "a record", &test_err));
        assert_ok(tr_record_read(&schema, b.data, b.len, &a, out, &test_err));
        for (size_t i = 0; i < FIELDS; i++)
            assert_same_value(&in[i], &out[i]);
        tr_arena_clear(&a);
    }
    tr_buf_clear(&b);
}

/* What reads at all must be what would be written: so no damage is taken for a
 * record that differs from its bytes. Cut ones never read. */
static void damage_is_refused_or_is_another_record(void **state)
{
    struct tr_value in[FIELDS], out[FIELDS];
    struct tr_arena a;
    struct tr_buf b, c;
    uint64_t seed = 4;
    int refused = 0;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    tr_buf_init(&b, 1 << 16);
    tr_buf_init(&c, 1 << 16);
    for (int k = 0; k < CASES; k++) {
        random_values(&seed, in);
        tr_buf_reset(&b);
        tr_buf_reset(&c);
        tr_record_write(&schema, in, &b);
        assert_int_equal(tr_record_read(&schema, b.data, next(&seed) % b.len,
                                        &a, out, &test_err),
                         TR_EDATA);
        b.data[next(&seed) % b.len] ^= (unsigned char)(1 << next(&seed) % 8);
        if (tr_record_read(&schema, b.data, b.len, &a, out, &test_err)) {
            refused++;
        } else {
            tr_record_write(&schema, out, &c);
            assert_int_equal(c.len, b.len);
            assert_memory_equal(c.data, b.data, b.len);
        }
        tr_arena_clear(&a);
    }
    assert_true(refused > CASES / 10);
    tr_buf_clear(&b);
    tr_buf_clear(&c);
}

static void a_record_without_fields_is_one_byte(void **state)
{
    const struct tr_schema none = { 0, NULL };
    struct tr_arena a;
    struct tr_buf b;

    (void)state;
    tr_arena_init(&a, 1 << 10);
    tr_buf_init(&b, 10);
    tr_record_write(&none, NULL, &b);
    assert_int_equal(b.len, 1);
    assert_ok(tr_record_read(&none, b.data, b.len, &a, NULL, &test_err));
    assert_int_equal(tr_record_read(&none, b.data, 0, &a, NULL, &test_err),
                     TR_EDATA);
    tr_buf_clear(&b);
    tr_arena_clear(&a);
}

static void a_buffer_that_is_too_small_says_so(void **state)
{
    struct tr_value v[FIELDS];
    struct tr_buf b;
    uint64_t seed = 5;

    (void)state;
    random_values(&seed, v);
    for (size_t limit = 0; limit < 3; limit++) {
        tr_buf_init(&b, limit);
        tr_record_write(&schema, v, &b);
        assert_int_equal(tr_buf_status(&b, "a record", &test_err), TR_ELIMIT);
        tr_buf_clear(&b);
    }
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a)
        assert_string_equal(a, b);
}

static void a_schema_reads_back(void **state)
{
    const struct tr_schema *got = NULL;
    struct tr_arena a;
    struct tr_buf b;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    tr_buf_init(&b, 1 << 16);
    tr_schema_write(&schema, &b);
    assert_ok(tr_buf_status(&b, "a schema", &test_err));
    assert_ok(tr_schema_read((const char *)b.data, b.len, &a, &got, &test_err));
    assert_int_equal(got->n, FIELDS);
    for (size_t i = 0; i < FIELDS; i++) {
        assert_string_equal(got->fields[i].name, fields[i].name);
        assert_same_text(got->fields[i].title, fields[i].title);
        assert_same_text(got->fields[i].unit, fields[i].unit);
        assert_int_equal(got->fields[i].type, fields[i].type);
        assert_int_equal(got->fields[i].tier, fields[i].tier);
    }
    tr_buf_clear(&b);
    tr_arena_clear(&a);
}

static void a_damaged_schema_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[1]",
        "[{}]",
        "[{\"name\":\"a\"}]",
        "[{\"name\":\"a\",\"type\":\"txt\",\"tier\":\"public\"}]",
        "[{\"name\":\"a\",\"type\":\"geometry\",\"tier\":\"public\"}]",
        "[{\"name\":\"a\",\"type\":\"text\",\"tier\":\"secret\"}]",
        "[{\"name\":1,\"type\":\"text\",\"tier\":\"public\"}]",
        "[{\"name\":\"a\",\"type\":\"text\",\"tier\":\"public\"}",
    };
    const struct tr_schema *got = NULL;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (tr_schema_read(bad[i], strlen(bad[i]), &a, &got, &test_err) !=
            TR_EDATA)
            fail_msg("'%s' was taken for a schema", bad[i]);
        assert_null(got);
    }
    tr_arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_written_reads_back),
        cmocka_unit_test(damage_is_refused_or_is_another_record),
        cmocka_unit_test(a_record_without_fields_is_one_byte),
        cmocka_unit_test(a_buffer_that_is_too_small_says_so),
        cmocka_unit_test(a_schema_reads_back),
        cmocka_unit_test(a_damaged_schema_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
