/* test_encode.c - features as GeoJSON, CSV and a table: as others read them. */
#include "support/tr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/csv.h"
#include "terrier/date.h"
#include "terrier/encode.h"
#include "terrier/node.h"

static struct tr_error test_err;

enum { ROWS = 6, COLUMNS = 8 };

static const char *const keys[ROWS] = { "A1", "B2", "C3", "D4", "E5", "=F6" };
static const uint32_t in_order[ROWS] = { 0, 1, 2, 3, 4, 5 };

/* A collection made by hand: every type of value, every kind of shape. */
struct made {
    struct tr_arena a;
    struct tr_layer layer;
    struct tr_position positions[ROWS];
    uint8_t has[ROWS];
    const struct tr_geometry *geometries[ROWS];
    struct tr_column columns[COLUMNS];
    struct tr_table table;
    struct tr_query_result r;
};

static struct tr_position at(int32_t x, int32_t y)
{
    return (struct tr_position){ -20000000 + x * 1000, 534000000 + y * 1000,
                                 377000000 + x, 392000000 + y };
}

/* A shape of n points; parts and polygons begin at the given points and parts.
 */
static const struct tr_geometry *shape(struct tr_arena *a,
                                       enum tr_geometry_kind kind,
                                       const int32_t (*xy)[2], uint32_t n,
                                       const uint32_t *parts, uint32_t n_parts)
{
    struct tr_geometry *g = tr_arena_alloc(a, sizeof *g);
    struct tr_position *p = tr_arena_array(a, n, sizeof *p);
    uint32_t *polygons = tr_arena_array(a, 2, sizeof *polygons);

    for (uint32_t i = 0; i < n; i++)
        p[i] = at(xy[i][0], xy[i][1]);
    polygons[1] = n_parts;
    *g = (struct tr_geometry){ .kind = kind,
                               .n_points = n,
                               .n_parts = n_parts,
                               .n_polygons = kind == TR_POLYGON,
                               .points = p,
                               .part_start = parts,
                               .polygon_start = polygons };
    return g;
}

static void make_places(struct made *m)
{
    static const int32_t line[][2] = { { 0, 0 }, { 5, 5 }, { 9, 1 } };
    static const int32_t area[][2] = { { 0, 0 },   { 90, 0 },  { 90, 90 },
                                       { 0, 90 },  { 0, 0 },   { 30, 30 },
                                       { 30, 60 }, { 60, 30 }, { 30, 30 } };
    static const uint32_t one[] = { 0, 3 }, with_hole[] = { 0, 5, 9 },
                          two[] = { 0, 1, 2 };

    m->positions[0] = at(1, 2);
    m->positions[5] = at(-3, -4);
    m->geometries[2] = shape(&m->a, TR_LINE, line, 3, one, 1);
    m->geometries[3] = shape(&m->a, TR_POLYGON, area, 9, with_hole, 2);
    m->geometries[4] = shape(&m->a, TR_POINT, line, 2, two, 2);
    for (int i = 0; i < ROWS; i++)
        m->has[i] = i != 1;
}

static const struct {
    const char *name;
    enum tr_type type;
} columns[COLUMNS] = {
    { "name", TR_TEXT },   { "=open", TR_BOOLEAN }, { "count", TR_INTEGER },
    { "size", TR_NUMBER }, { "since", TR_DATE },    { "seen", TR_INSTANT },
    { "uses", TR_LIST },   { "none", TR_TEXT },
};

static const char *const nasty[] = {
    "plain",
    "with, comma",
    "\"quoted\"",
    "=1+1",
    "+44 161",
    "-",
    "@here",
    "two\nlines",
    "caf\u00e9 \u20ac",
    "a;b",
    "'ticked",
    "\ttab",
    "tail ",
    "\x1b[31mred",
    "\xC2\x85"
    "next",
    "{\"json\": 1}",
};
enum { NASTY = sizeof nasty / sizeof *nasty };

static void put_row(struct tr_column_builder **b, size_t row, uint32_t seed)
{
    const char *uses[] = { nasty[seed % NASTY], nasty[(seed + 3) % NASTY] };

    tr_column_put_text(b[0], row, nasty[seed % NASTY]);
    if (seed % 5)
        tr_column_put_bool(b[1], row, seed % 2);
    if (seed % 7)
        tr_column_put_int(b[2], row, (int64_t)seed - 40);
    if (seed % 3)
        tr_column_put_number(b[3], row, (seed - 50.0) / 8);
    if (seed % 4)
        tr_column_put_int(b[4], row, (int32_t)(seed * 97));
    if (seed % 6)
        tr_column_put_int(b[5], row, (int64_t)seed * 86461);
    if (seed % 2)
        tr_column_put_list(b[6], row, uses, 1 + seed % 2);
}

static void make(struct made *m, uint32_t seed)
{
    struct tr_column_builder *b[COLUMNS];

    memset(m, 0, sizeof *m);
    tr_arena_init(&m->a, 1 << 20);
    make_places(m);
    for (int k = 0; k < COLUMNS; k++)
        b[k] = tr_column_builder_new(&m->a, columns[k].name, columns[k].type);
    for (uint32_t i = 0; i < ROWS; i++)
        put_row(b, i, seed + i * 11);
    for (int k = 0; k < COLUMNS; k++)
        assert_ok(tr_column_finish(b[k], ROWS, &m->columns[k], &test_err));
    m->table = (struct tr_table){ ROWS, COLUMNS, m->columns };
    m->layer.keys = keys;
    m->layer.positions = m->positions;
    m->layer.has_position = m->has;
    m->layer.geometries = m->geometries;
    m->r = (struct tr_query_result){
        .collection = { .kind = TR_OF_LAYER,
                        .id = "made",
                        .id_column = "key",
                        .table = &m->table,
                        .n = ROWS,
                        .layer = &m->layer,
                        .geometry = TR_POINT },
        .matched = 99,
        .n = ROWS,
        .rows = in_order,
    };
}

static struct tr_buf encode(const struct made *m, const char *as,
                            const struct tr_feature_options *o)
{
    struct tr_buf b;

    tr_buf_init(&b, 1 << 20);
    if (strcmp(as, "csv") == 0)
        assert_ok(tr_encode_csv(&m->r, o, &b, &test_err));
    else if (strcmp(as, "geojson") == 0)
        assert_ok(tr_encode_geojson(&m->r, o, &b, &test_err));
    else
        assert_ok(tr_encode_table(&m->r, o, 60, &b, &test_err));
    assert_ok(tr_buf_status(&b, as, &test_err));
    return b;
}

/* ---- what is written reads back ---- */

static void expect_text(const struct tr_column *c, size_t row, const char *got)
{
    char want[256] = "", day[TR_DATE_TEXT], instant[TR_INSTANT_TEXT];

    if (tr_has(c, row)) {
        switch (c->type) {
        case TR_TEXT:
            snprintf(want, sizeof want, "%s", tr_text_at(c, row));
            break;
        case TR_BOOLEAN:
            strcpy(want, c->values.booleans[row] ? "true" : "false");
            break;
        case TR_INTEGER:
            snprintf(want, sizeof want, "%lld",
                     (long long)c->values.integers[row]);
            break;
        case TR_NUMBER:
            assert_near(strtod(got, NULL), c->values.numbers[row], 0);
            return;
        case TR_DATE:
            tr_date_text(c->values.dates[row], day);
            strcpy(want, day);
            break;
        case TR_INSTANT:
            tr_instant_text(c->values.integers[row], instant);
            strcpy(want, instant);
            break;
        case TR_LIST:
            for (uint32_t i = c->list_starts[row]; i < c->list_starts[row + 1];
                 i++)
                snprintf(want + strlen(want), sizeof want - strlen(want),
                         "%s%s", *want ? ";" : "",
                         c->dict->texts[c->values.codes[i]]);
            break;
        case TR_GEOMETRY: break;
        }
    }
    if ((c->type == TR_TEXT || c->type == TR_LIST) && *want &&
        strchr("=+-@\t\r", *want)) {
        assert_int_equal(got[0], '\'');
        got++;
    }
    assert_string_equal(got, want);
}

static void csv_reads_back_to_the_same_values(void **state)
{
    const struct tr_feature_options o = { .srid = 27700 };

    (void)state;
    for (uint32_t seed = 1; seed < 200; seed++) {
        struct made m;
        struct tr_csv *csv;
        struct tr_csv_row row;

        make(&m, seed);

        struct tr_buf b = encode(&m, "csv", &o);

        assert_ok(tr_csv_open_bytes((const char *)b.data, b.len, "made", NULL,
                                    &csv, &test_err));
        assert_ok(tr_csv_next(csv, &row, &test_err));
        assert_int_equal(row.n, COLUMNS + 3);
        assert_string_equal(row.values[2], "'=open");
        for (size_t i = 0; i < ROWS; i++) {
            assert_ok(tr_csv_next(csv, &row, &test_err));
            assert_int_equal(row.n, COLUMNS + 3);
            for (size_t k = 0; k < COLUMNS; k++)
                expect_text(&m.columns[k], i, row.values[k + 1]);
            if (m.has[i])
                assert_near(strtod(row.values[COLUMNS + 1], NULL),
                            m.positions[i].e_mm / 1000.0, 0);
            else
                assert_string_equal(row.values[COLUMNS + 1], "");
        }
        assert_ok(tr_csv_next(csv, &row, &test_err));
        assert_int_equal(row.n, 0);
        tr_csv_close(csv);
        tr_buf_clear(&b);
        tr_arena_clear(&m.a);
    }
}

static void expect_node(const struct tr_column *c, size_t row,
                        const struct tr_node *got)
{
    if (!tr_has(c, row)) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    switch (c->type) {
    case TR_TEXT: assert_string_equal(got->text, tr_text_at(c, row)); break;
    case TR_BOOLEAN:
        assert_int_equal(got->truth, c->values.booleans[row]);
        break;
    case TR_INTEGER:
        assert_int_equal(got->integer, c->values.integers[row]);
        break;
    case TR_NUMBER: assert_near(got->number, c->values.numbers[row], 0); break;
    case TR_LIST:
        assert_int_equal(got->n, c->list_starts[row + 1] - c->list_starts[row]);
        for (size_t i = 0; i < got->n; i++)
            assert_string_equal(
                got->items[i]->text,
                c->dict->texts[c->values.codes[c->list_starts[row] + i]]);
        break;
    case TR_DATE:
    case TR_INSTANT: assert_int_equal(got->kind, TR_NODE_TEXT); break;
    case TR_GEOMETRY: fail();
    }
}

static void geojson_reads_back_to_the_same_values(void **state)
{
    const struct tr_feature_options o = { .srid = 4326, .has_envelope = true };

    (void)state;
    for (uint32_t seed = 1; seed < 200; seed++) {
        const struct tr_node *root, *list;
        struct made m;

        make(&m, seed);

        struct tr_buf b = encode(&m, "geojson", &o);

        assert_ok(tr_json_parse((const char *)b.data, b.len, "made", &m.a,
                                &root, &test_err));
        assert_int_equal(tr_node_get(root, "numberMatched")->integer, 99);
        assert_int_equal(tr_node_get(root, "numberReturned")->integer, ROWS);
        list = tr_node_get(root, "features");
        assert_int_equal(list->n, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            const struct tr_node *p = tr_node_get(list->items[i], "properties");

            assert_string_equal(tr_node_get(list->items[i], "id")->text,
                                keys[i]);
            for (size_t k = 0; k < COLUMNS; k++)
                expect_node(&m.columns[k], i, tr_node_get(p, columns[k].name));
        }
        tr_buf_clear(&b);
        tr_arena_clear(&m.a);
    }
}

/* ---- as it is, to the byte ---- */

static const char *const two[] = { "count", "name" };

static void geojson_is_as_rfc_7946_says(void **state)
{
    static const char want[] =
        "{\"type\":\"FeatureCollection\",\"features\":["
        "{\"type\":\"Feature\",\"id\":\"A1\",\"geometry\":{\"type\":\"Point\","
        "\"coordinates\":[-1.9999,53.4002]},\"properties\":{\"count\":-38,"
        "\"name\":\"\\\"quoted\\\"\"}},"
        "{\"type\":\"Feature\",\"id\":\"B2\",\"geometry\":null,"
        "\"properties\":{\"count\":-27,\"name\":\"\\u001b[31mred\"}},"
        "{\"type\":\"Feature\",\"id\":\"C3\",\"geometry\":{\"type\":"
        "\"LineString\",\"coordinates\":[[-2,53.4],[-1.9995,53.4005],"
        "[-1.9991,53.4001]]},\"properties\":{\"count\":-16,\"name\":"
        "\"caf\u00e9 \u20ac\"}},"
        "{\"type\":\"Feature\",\"id\":\"D4\",\"geometry\":{\"type\":"
        "\"Polygon\",\"coordinates\":[[[-2,53.4],[-1.991,53.4],"
        "[-1.991,53.409],[-2,53.409],[-2,53.4]],[[-1.997,53.403],"
        "[-1.997,53.406],[-1.994,53.403],[-1.997,53.403]]]},\"properties\":{"
        "\"name\":\"=1+1\"}},"
        "{\"type\":\"Feature\",\"id\":\"E5\",\"geometry\":{\"type\":"
        "\"MultiPoint\",\"coordinates\":[[-2,53.4],[-1.9995,53.4005]]},"
        "\"properties\":{\"count\":6,\"name\":\"\xC2\x85"
        "next\"}},"
        "{\"type\":\"Feature\",\"id\":\"=F6\",\"geometry\":{\"type\":"
        "\"Point\",\"coordinates\":[-2.0003,53.3996]},\"properties\":{"
        "\"count\":17,\"name\":\"a;b\"}}]}\n";
    const struct tr_feature_options o = { .properties = two,
                                          .n_properties = 2,
                                          .srid = 4326 };
    struct made m;

    (void)state;
    make(&m, 2);

    struct tr_buf b = encode(&m, "geojson", &o);

    assert_string_equal(tr_buf_text(&b), want);
    tr_buf_clear(&b);
    tr_arena_clear(&m.a);
}

static void csv_is_as_rfc_4180_says(void **state)
{
    static const char want[] = "key,count,name,lon,lat\r\n"
                               "A1,-38,\"\"\"quoted\"\"\",-1.9999,53.4002\r\n"
                               "B2,-27,\x1b[31mred,,\r\n"
                               "C3,-16,caf\u00e9 \u20ac,-2,53.4\r\n"
                               "D4,,'=1+1,-2,53.4\r\n"
                               "E5,6,\xC2\x85"
                               "next,-2,53.4\r\n"
                               "'=F6,17,a;b,-2.0003,53.3996\r\n";
    const struct tr_feature_options o = { .properties = two,
                                          .n_properties = 2,
                                          .srid = 4326 };
    struct made m;

    (void)state;
    make(&m, 2);
    for (int i = 2; i < 5; i++)
        m.positions[i] = at(0, 0);

    struct tr_buf b = encode(&m, "csv", &o);

    assert_string_equal(tr_buf_text(&b), want);
    tr_buf_clear(&b);
    tr_arena_clear(&m.a);
}

static void a_table_moves_no_cursor(void **state)
{
    static const char want[] = "key  count  name\n"
                               "A1   -38    \"quoted\"\n"
                               "B2   -27     [31mred\n"
                               "C3   -16    caf\u00e9 \u20ac\n"
                               "D4          =1+1\n"
                               "E5   6       next\n"
                               "=F6  17     a;b\n";
    const struct tr_feature_options o = { .properties = two,
                                          .n_properties = 2 };
    struct made m;

    (void)state;
    make(&m, 2);

    struct tr_buf b = encode(&m, "table", &o);

    assert_string_equal(tr_buf_text(&b), want);
    tr_buf_clear(&b);
    for (uint32_t seed = 1; seed < 100; seed++) {
        tr_arena_clear(&m.a);
        make(&m, seed);
        b = encode(&m, "table", &(struct tr_feature_options){ 0 });
        for (size_t i = 0; i < b.len; i++) {
            assert_true(b.data[i] >= 0x20 || b.data[i] == '\n');
            assert_false(b.data[i] == 0xC2 && b.data[i + 1] < 0xA0);
        }
        tr_buf_clear(&b);
    }
    tr_arena_clear(&m.a);
}

static size_t longest_line(struct tr_buf *b)
{
    size_t most = 0, n = 0;

    for (size_t i = 0; i < b->len; i++) {
        n += (b->data[i] & 0xC0) != 0x80;
        if (b->data[i] != '\n')
            continue;
        most = n - 1 > most ? n - 1 : most;
        n = 0;
    }
    return most;
}

static void a_table_is_no_wider_than_asked(void **state)
{
    struct made m;
    struct tr_buf b;

    (void)state;
    make(&m, 2);
    for (unsigned width = 10; width < 120; width++) {
        tr_buf_init(&b, 1 << 20);
        assert_ok(tr_encode_table(&m.r, &(struct tr_feature_options){ 0 },
                                  width, &b, &test_err));
        assert_true(longest_line(&b) <= width);
        tr_buf_clear(&b);
    }
    tr_arena_clear(&m.a);
}

/* ---- when it cannot ---- */

static void an_unknown_property_names_the_nearest(void **state)
{
    static const char *const names[] = { "nme" };
    const struct tr_feature_options o = { .properties = names,
                                          .n_properties = 1,
                                          .srid = 4326 };
    struct made m;
    struct tr_buf b;

    (void)state;
    make(&m, 1);
    tr_buf_init(&b, 1 << 20);
    assert_int_equal(tr_encode_csv(&m.r, &o, &b, &test_err), TR_EINVAL);
    assert_string_equal(test_err.msg, "no property 'nme', did you mean 'name'");
    assert_int_equal(tr_encode_geojson(&m.r, &o, &b, &test_err), TR_EINVAL);
    assert_int_equal(b.len, 0);
    tr_buf_clear(&b);
    tr_arena_clear(&m.a);
}

static void too_small_a_buffer_is_never_a_short_answer(void **state)
{
    const struct tr_feature_options o = { .srid = 4326 };
    struct made m;

    (void)state;
    make(&m, 2);

    struct tr_buf whole = encode(&m, "csv", &o);

    for (size_t limit = 1; limit < whole.len; limit++) {
        struct tr_buf b;

        tr_buf_init(&b, limit);
        assert_ok(tr_encode_csv(&m.r, &o, &b, &test_err));
        assert_int_equal(tr_buf_status(&b, "the answer", &test_err), TR_ELIMIT);
        tr_buf_clear(&b);
    }
    tr_buf_clear(&whole);
    tr_arena_clear(&m.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reads_back_to_the_same_values),
        cmocka_unit_test(geojson_reads_back_to_the_same_values),
        cmocka_unit_test(geojson_is_as_rfc_7946_says),
        cmocka_unit_test(csv_is_as_rfc_4180_says),
        cmocka_unit_test(a_table_moves_no_cursor),
        cmocka_unit_test(a_table_is_no_wider_than_asked),
        cmocka_unit_test(an_unknown_property_names_the_nearest),
        cmocka_unit_test(too_small_a_buffer_is_never_a_short_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
