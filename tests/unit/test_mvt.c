/* test_mvt.c - vector tiles: what the writer writes, a reader of our own reads.
 */
#include "support/mvt_read.h"
#include "support/small_world.h"
#include "support/tr_test.h"

#include <stdlib.h>
#include <string.h>

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

static int64_t count_of(const struct mvt_read_feature *f)
{
    for (size_t i = 0; i < f->n_values; i++) {
        if (f->values[i].key_len == 5 &&
            memcmp(f->values[i].key, "count", 5) == 0)
            return f->values[i].integer;
    }
    return 1;
}

/* Every tile that has a site, by walking the sites themselves. */
static int64_t count_zoom(const struct tr_collection *c, uint32_t z,
                          size_t budget)
{
    const struct tr_snapshot *s = c->snapshot;
    struct tr_tile_options o = { .budget = budget };
    int64_t n = 0;

    for (size_t first = 0, last; first < s->n_located; first = last) {
        struct tr_tile tile = tr_tile_at(tr_morton_cell(s->keys[first]), z);
        struct mvt_read_tile t;
        struct tr_buf b;
        size_t start;

        tr_snapshot_tile(s, tile, &start, &last);
        assert_int_equal(start, first);
        tr_buf_init(&b, (size_t)16 * 1024 * 1024);
        assert_ok(tr_encode_tile(c, tile, &o, &arena, &b, &test_err));
        assert_true(mvt_read(b.data, b.len, &t));
        assert_int_equal(t.n, 1);
        for (size_t i = 0; i < t.layers[0].n_features; i++)
            n += count_of(&t.layers[0].features[i]);
        mvt_read_free(&t);
        tr_buf_clear(&b);
    }
    return n;
}

static void each_zoom_counts_every_located_site(void **state)
{
    struct small_world w = { .seed = 7, .classes = true };
    struct tr_snapshot *s;
    struct tr_collection c;

    (void)state;
    assert_ok(small_world_snapshot(&w, &s, &test_err));
    assert_ok(tr_collection_open(s, "sites", &c, &test_err));
    for (uint32_t z = 0; z <= TR_MAX_ZOOM; z++) {
        assert_int_equal(count_zoom(&c, z, 0), s->n_located);
        assert_int_equal(count_zoom(&c, z, 500), s->n_located);
        assert_int_equal(count_zoom(&c, z, 1), s->n_located);
    }
    tr_snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_size_come_back),
        cmocka_unit_test(values_stand_in_the_layer_once),
        cmocka_unit_test(paths_of_any_shape_come_back),
        cmocka_unit_test(a_layer_without_features_is_no_bytes),
        cmocka_unit_test(each_zoom_counts_every_located_site),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
