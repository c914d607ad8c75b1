/* test_mvt.c - vector tiles: what the writer writes, a reader of our own reads.
 */
#include "support/mvt_read.h"
#include "support/small_world.h"
#include "support/tr_test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "encode/mvt.h"
#include "terrier/encode.h"

static struct tr_error test_err;
static struct tr_arena arena;
static uint64_t seed = 99;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static int open_arena(void **state)
{
    (void)state;
    tr_arena_init(&arena, (size_t)256 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    tr_arena_clear(&arena);
    return 0;
}

static struct mvt_read_tile write_and_read(struct mvt_layer *l,
                                           struct tr_buf *tile)
{
    struct mvt_read_tile t;

    tr_buf_init(tile, (size_t)64 * 1024 * 1024);
    assert_ok(mvt_write(l, tile, &test_err));
    mvt_clear(l);
    assert_true(mvt_read(tile->data, tile->len, &t));
    return t;
}

static void numbers_of_every_size_come_back(void **state)
{
    static const int64_t integers[] = {
        0, 1, -1, 127, 128, -128, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN
    };
    enum { N = sizeof integers / sizeof *integers };
    struct mvt_layer l;
    struct mvt_read_tile t;
    struct tr_buf tile;

    (void)state;
    mvt_init(&l, "numbers", 4096, &arena);
    for (size_t i = 0; i < N; i++) {
        mvt_begin(&l, MVT_POINT, i);
        mvt_int(&l, "integer", integers[i]);
        mvt_number(&l, "number", (double)integers[i] / 3);
        mvt_bool(&l, "boolean", i % 2);
        mvt_text(&l, "text", i % 2 ? "" : "Caf\xC3\xA9");
        mvt_point(&l, (int32_t)i, -(int32_t)i);
        mvt_end(&l);
    }
    t = write_and_read(&l, &tile);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.layers[0].n_features, N);
    assert_int_equal(t.layers[0].version, 2);
    assert_int_equal(t.layers[0].extent, 4096);
    assert_int_equal(t.layers[0].n_keys, 4);
    for (size_t i = 0; i < N; i++) {
        const struct mvt_read_feature *f = &t.layers[0].features[i];

        assert_int_equal(f->id, i);
        assert_int_equal(f->n_values, 4);
        assert_true(f->values[0].integer == integers[i]);
        assert_true(f->values[1].number == (double)integers[i] / 3);
        assert_int_equal(f->values[2].integer, i % 2);
        assert_int_equal(f->values[3].text_len, i % 2 ? 0 : 5);
        assert_int_equal(f->xy[0][0], i);
        assert_int_equal(f->xy[0][1], -(int)i);
    }
    mvt_read_free(&t);
    tr_buf_clear(&tile);
}

static void values_stand_in_the_layer_once(void **state)
{
    struct mvt_layer l;
    struct mvt_read_tile t;
    struct tr_buf tile;

    (void)state;
    mvt_init(&l, "repeats", 4096, &arena);
    for (int i = 0; i < 200; i++) {
        char name[8] = { 'a', (char)('a' + i % 7), '\0' };

        mvt_begin(&l, MVT_POINT, 0);
        mvt_text(&l, "name", name);
        mvt_text(&l, "other", name);
        mvt_point(&l, i, i);
        mvt_end(&l);
    }
    t = write_and_read(&l, &tile);
    assert_int_equal(t.layers[0].n_values, 7);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(t.layers[0].features[i].values[1].text[1],
                         'a' + (int)(i % 7));
    mvt_read_free(&t);
    tr_buf_clear(&tile);
}

static void paths_of_any_shape_come_back(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        int32_t xy[3][40][2];
        uint32_t sizes[3], parts = 1 + draw(3);
        bool ring = draw(2);
        struct mvt_layer l;
        struct mvt_read_tile t;
        struct tr_buf tile;

        mvt_init(&l, "paths", 4096, &arena);
        mvt_begin(&l, ring ? MVT_POLYGON : MVT_LINE, 1);
        for (uint32_t p = 0; p < parts; p++) {
            sizes[p] = 2 + draw(39);
            for (uint32_t i = 0; i < sizes[p]; i++) {
                xy[p][i][0] = (int32_t)draw(9000) - 4500;
                xy[p][i][1] = (int32_t)draw(9000) - 4500;
            }
            mvt_path(&l, &xy[p][0][0], sizes[p], ring);
        }
        mvt_end(&l);
        t = write_and_read(&l, &tile);

        const struct mvt_read_feature *f = &t.layers[0].features[0];

        assert_int_equal(f->type, ring ? 3 : 2);
        assert_int_equal(f->n_parts, parts);
        for (uint32_t p = 0; p < parts; p++) {
            assert_int_equal(f->part_start[p + 1] - f->part_start[p], sizes[p]);
            assert_memory_equal(f->xy[f->part_start[p]], xy[p],
                                sizes[p] * sizeof xy[p][0]);
            assert_int_equal(f->closed[p], ring);
        }
        mvt_read_free(&t);
        tr_buf_clear(&tile);
    }
}

static void a_layer_without_features_is_no_bytes(void **state)
{
    struct mvt_layer l;
    struct tr_buf tile;

    (void)state;
    mvt_init(&l, "empty", 4096, &arena);
    tr_buf_init(&tile, 1000);
    assert_ok(mvt_write(&l, &tile, &test_err));
    assert_int_equal(tile.len, 0);
    mvt_clear(&l);
    tr_buf_clear(&tile);
}

static bool is_named(const struct mvt_read_value *v, const char *key)
{
    return v->key_len == strlen(key) && memcmp(v->key, key, v->key_len) == 0;
}

/* The counts of a feature whose keys start so; `single` without `count`. */
static int64_t count_of(const struct mvt_read_feature *f, const char *prefix,
                        int64_t single)
{
    size_t len = strlen(prefix);
    int64_t sum = 0;

    for (size_t i = 0; i < f->n_values; i++) {
        if (f->values[i].key_len >= len &&
            memcmp(f->values[i].key, prefix, len) == 0)
            sum += f->values[i].integer;
        if (is_named(&f->values[i], "count"))
            single = 0;
    }
    return sum + single;
}

struct sums {
    int64_t sites, of_a_class, of_a_partner;
};

static void add_tile(const struct mvt_read_tile *t, struct sums *sums)
{
    for (size_t i = 0; t->n && i < t->layers[0].n_features; i++) {
        const struct mvt_read_feature *f = &t->layers[0].features[i];
        int64_t n = 1, named = 0, partner = 0;

        for (size_t k = 0; k < f->n_values; k++) {
            if (is_named(&f->values[k], "count"))
                n = f->values[k].integer;
            named += is_named(&f->values[k], "class") && f->values[k].text_len;
            partner += is_named(&f->values[k], "partner");
        }
        sums->sites += n;
        sums->of_a_class += count_of(f, "count_", named);
        sums->of_a_partner += count_of(f, "partner:", partner);
    }
}

/* Every tile that has a site, by walking the sites themselves. */
static struct sums count_zoom(const struct tr_collection *c, uint32_t z,
                              const struct tr_tile_options *o)
{
    const struct tr_snapshot *s = c->snapshot;
    struct sums sums = { 0 };

    for (size_t first = 0, last; first < s->n_located; first = last) {
        struct tr_tile tile = tr_tile_at(tr_morton_cell(s->keys[first]), z);
        struct tr_tile_options bare = *o;
        struct mvt_read_tile t;
        struct tr_buf b, again;
        size_t start;

        tr_snapshot_tile(s, tile, &start, &last);
        assert_int_equal(start, first);
        tr_buf_init(&b, (size_t)16 * 1024 * 1024);
        tr_buf_init(&again, (size_t)16 * 1024 * 1024);
        assert_ok(tr_encode_tile(c, tile, o, &arena, &b, &test_err));
        bare.cache = NULL;
        assert_ok(tr_encode_tile(c, tile, &bare, &arena, &again, &test_err));
        assert_int_equal(b.len, again.len);
        if (b.len)
            assert_memory_equal(b.data, again.data, b.len);
        assert_true(mvt_read(b.data, b.len, &t));
        assert_int_equal(t.n, b.len > 0);
        add_tile(&t, &sums);
        mvt_read_free(&t);
        tr_buf_clear(&b);
        tr_buf_clear(&again);
    }
    return sums;
}

static const struct tr_cql2 *parse(const char *text)
{
    const struct tr_cql2 *e = NULL;

    if (text)
        assert_ok(tr_cql2_parse_text(text, TR_CQL2_QUERY, &arena, &e, NULL,
                                     &test_err));
    return e;
}

/* What a plain walk over the sites says. */
static struct sums count_plainly(const struct tr_snapshot *s, const char *text)
{
    struct tr_query q = { .collection = "sites", .filter = parse(text) };
    struct tr_query_result r;
    const struct tr_column *partner = tr_table_column(&s->sites, "partner");
    struct sums sums = { 0 };

    assert_ok(tr_query_run(s, &q, &arena, &r, &test_err));
    for (size_t i = 0; i < r.n; i++) {
        if (r.rows[i] >= s->n_located)
            continue;
        sums.sites++;
        sums.of_a_class += s->classes[r.rows[i]] != TR_NO_CLASS;
        sums.of_a_partner += tr_has(partner, r.rows[i]);
    }
    return sums;
}

static const char *const filters[] = { NULL, "layer = 'alpha'",
                                       "layer = 'beta' and class = 'key'",
                                       "name is null", "layer = 'nothing'" };

static void check_counts(const struct tr_snapshot *s, const char *filter,
                         bool by_partner)
{
    static const char *const names[] = { "partner", "class" };
    /* At 300 the ids of the sites at one place are too many by themselves. */
    static const size_t budgets[] = { 0, 900, 300, 1 };
    struct sums want = count_plainly(s, filter);
    struct tr_tile_options o = { .filter = parse(filter) };
    struct tr_collection c;

    assert_ok(tr_tile_cache_new(s, 0, &o.cache, &test_err));
    assert_ok(tr_collection_open(s, "sites", &c, &test_err));
    if (by_partner) {
        assert_true(filter == NULL || strstr(filter, "nothing") ||
                    want.of_a_partner > 0);
        o.properties = names;
        o.n_properties = 2;
    }
    for (uint32_t z = 0; z <= TR_MAX_ZOOM; z++) {
        for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
            o.budget = budgets[i];

            struct sums got = count_zoom(&c, z, &o);

            assert_int_equal(got.sites, want.sites);
            assert_int_equal(got.of_a_class, want.of_a_class);
            if (by_partner)
                assert_int_equal(got.of_a_partner, want.of_a_partner);
        }
    }
    assert_true(!filter || tr_tile_cache_bytes(o.cache) > 0);
    tr_tile_cache_free(o.cache);
}

/* With a filter and without, from shared counts and without, by class and by
 * partner: nothing is lost or counted twice. */
static void each_zoom_counts_every_located_site(void **state)
{
    struct small_world w = { .seed = 7, .classes = true, .partners = true };
    struct tr_snapshot *s;

    (void)state;
    assert_ok(small_world_snapshot(&w, &s, &test_err));
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        check_counts(s, filters[i], i % 2);
    tr_snapshot_free(s);
}

/* ---- our reader, by the cases of @mapbox/mvt-fixtures ---- */

#define FIXTURES "web/node_modules/@mapbox/mvt-fixtures/fixtures"

/* Two that are said to be valid: the bytes of one are those of 003, which is not;
 * the command of the other announces 536,870,911 points, and there is one. */
enum { WITHOUT_TYPE = 16, NEVERENDING = 57 };

static uint64_t varint_at(const unsigned char **p)
{
    uint64_t v = 0;

    for (unsigned shift = 0;; shift += 7) {
        v |= (uint64_t)(**p & 0x7F) << shift;
        if (*(*p)++ < 0x80)
            return v;
    }
}

static void check_value(const struct mvt_read_value *v, json_t *want)
{
    const char *name = json_object_iter_key(json_object_iter(want));
    json_t *value = json_object_iter_value(json_object_iter(want));
    static const char *const names[] = {
        [MVT_TEXT] = "string_value",   [MVT_FLOAT] = "float_value",
        [MVT_DOUBLE] = "double_value", [MVT_INT] = "int_value",
        [MVT_UINT] = "uint_value",     [MVT_SINT] = "sint_value",
        [MVT_BOOL] = "bool_value"
    };

    assert_string_equal(names[v->is], name);
    if (json_is_string(value)) {
        assert_int_equal(v->text_len, json_string_length(value));
        assert_memory_equal(v->text, json_string_value(value), v->text_len);
    } else if (v->is == MVT_TEXT) { /* a number where a text is meant */
        char text[24];

        snprintf(text, sizeof text, "%lld",
                 (long long)json_integer_value(value));
        assert_int_equal(v->text_len, strlen(text));
        assert_memory_equal(v->text, text, v->text_len);
    } else if (json_is_boolean(value)) {
        assert_int_equal(v->integer, json_is_true(value));
    } else if (v->is == MVT_FLOAT) {
        assert_true((float)v->number == (float)json_number_value(value));
    } else if (v->is == MVT_DOUBLE) {
        assert_true(v->number == json_number_value(value));
    } else {
        assert_int_equal(v->integer, (int64_t)json_number_value(value));
    }
}

static void check_feature(const struct mvt_read_feature *f, json_t *want,
                          json_t *layer)
{
    json_t *tags = json_object_get(want, "tags");
    json_t *commands = json_object_get(want, "geometry");
    const unsigned char *p = f->commands;

    assert_int_equal(f->id, json_integer_value(json_object_get(want, "id")));
    assert_int_equal(f->type,
                     json_integer_value(json_object_get(want, "type")));
    assert_int_equal(f->n_values, json_array_size(tags) / 2);
    for (size_t i = 0; i < f->n_values; i++) {
        json_t *key = json_array_get(
            json_object_get(layer, "keys"),
            (size_t)json_integer_value(json_array_get(tags, 2 * i)));

        assert_true(is_named(&f->values[i], json_string_value(key)));
        check_value(&f->values[i],
                    json_array_get(json_object_get(layer, "values"),
                                   (size_t)json_integer_value(
                                       json_array_get(tags, 2 * i + 1))));
    }
    for (size_t i = 0; i < json_array_size(commands); i++)
        assert_int_equal(varint_at(&p),
                         json_integer_value(json_array_get(commands, i)));
    assert_true(p == f->commands + f->commands_len);
}

static void check_decoded(const struct mvt_read_tile *t, json_t *want)
{
    json_t *layers = json_object_get(want, "layers");

    assert_int_equal(t->n, json_array_size(layers));
    for (size_t i = 0; i < t->n; i++) {
        const struct mvt_read_layer *l = &t->layers[i];
        json_t *layer = json_array_get(layers, i);
        json_t *features = json_object_get(layer, "features");
        json_t *extent = json_object_get(layer, "extent");
        const char *name = json_string_value(json_object_get(layer, "name"));

        assert_int_equal(l->name_len, strlen(name));
        assert_memory_equal(l->name, name, l->name_len);
        assert_int_equal(l->version,
                         json_integer_value(json_object_get(layer, "version")));
        assert_int_equal(l->extent, extent ? json_integer_value(extent) : 4096);
        assert_int_equal(l->n_features, json_array_size(features));
        for (size_t f = 0; f < l->n_features; f++)
            check_feature(&l->features[f], json_array_get(features, f), layer);
    }
}

static size_t read_bytes(const char *path, unsigned char *out, size_t size)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, size, f);
    fclose(f);
    assert_true(n < size);
    return n;
}

/* True: a valid one. */
static bool check_fixture(int number)
{
    static unsigned char bytes[65536];
    struct mvt_read_tile t;
    char path[128];
    size_t len;
    bool valid, good;

    snprintf(path, sizeof path, FIXTURES "/%03d/info.json", number);

    json_t *info = json_load_file(path, 0, NULL);

    if (!info)
        return false;
    valid = json_is_true(
                json_object_get(json_object_get(info, "validity"), "v2")) &&
            number != NEVERENDING && number != WITHOUT_TYPE;
    snprintf(path, sizeof path, FIXTURES "/%03d/tile.mvt", number);
    len = read_bytes(path, bytes, sizeof bytes);
    good = mvt_read(bytes, len, &t);
    if (good != valid)
        fail_msg("fixture %03d is %s", number, good ? "read" : "refused");
    if (valid) {
        snprintf(path, sizeof path, FIXTURES "/%03d/tile.json", number);

        json_t *want = json_load_file(path, 0, NULL);

        assert_non_null(want);
        check_decoded(&t, want);
        json_decref(want);
    }
    mvt_read_free(&t);
    json_decref(info);
    return valid;
}

static void the_reader_reads_what_is_valid_and_nothing_else(void **state)
{
    int valid = 0;

    (void)state;
    if (access(FIXTURES "/001/info.json", R_OK) != 0)
        skip(); /* before the map's packages are installed */
    for (int number = 1; number < 200; number++)
        valid += check_fixture(number);
    assert_true(valid > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_size_come_back),
        cmocka_unit_test(values_stand_in_the_layer_once),
        cmocka_unit_test(paths_of_any_shape_come_back),
        cmocka_unit_test(a_layer_without_features_is_no_bytes),
        cmocka_unit_test(each_zoom_counts_every_located_site),
        cmocka_unit_test(the_reader_reads_what_is_valid_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
