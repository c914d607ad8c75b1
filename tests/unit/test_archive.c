/* Numbers and directories of PMTiles: against the specification's examples and
 * a reader of its own, written from the specification. */
#include "encode/pmtiles_directory.h"
#include "encode/pyramid.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "support/tr_test.h"

static struct tr_error test_err;

static void numbers_are_those_of_the_specification(void **state)
{
    static const struct {
        struct tr_tile tile;
        uint64_t id;
    } cases[] = {
        { { 0, 0, 0 }, 0 },
        { { 1, 0, 0 }, 1 },
        { { 1, 0, 1 }, 2 },
        { { 1, 1, 1 }, 3 },
        { { 1, 1, 0 }, 4 },
        { { 2, 0, 0 }, 5 },
        { { 12, 3423, 1763 }, 19078479 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(pyramid_id(cases[i].tile), cases[i].id);
}

static void numbers_of_a_zoom_are_a_path_of_neighbours(void **state)
{
    enum { Z = 6, SIDE = 1 << Z };
    static struct tr_tile at[SIDE * SIDE];
    uint64_t first = pyramid_id((struct tr_tile){ Z, 0, 0 });

    (void)state;
    memset(at, 0, sizeof at);
    for (uint32_t x = 0; x < SIDE; x++) {
        for (uint32_t y = 0; y < SIDE; y++) {
            uint64_t id = pyramid_id((struct tr_tile){ Z, x, y });

            assert_in_range(id, first, first + SIDE * SIDE - 1);
            assert_int_equal(at[id - first].z, 0); /* no other has it */
            at[id - first] = (struct tr_tile){ Z, x, y };
        }
    }
    for (size_t i = 1; i < SIDE * SIDE; i++)
        assert_int_equal(abs((int)at[i].x - (int)at[i - 1].x) +
                             abs((int)at[i].y - (int)at[i - 1].y),
                         1);
}

/* ---- directories ---- */

static uint64_t random_state = 11;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % n);
}

struct reader {
    unsigned char *plain;
    size_t len, at;
};

static uint64_t varint(struct reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0;; shift += 7) {
        assert_true(r->at < r->len);
        v |= (uint64_t)(r->plain[r->at] & 0x7f) << shift;
        if (!(r->plain[r->at++] & 0x80))
            return v;
    }
}

/* Reads a directory into `out`; how many entries it has. */
static size_t read_directory(const unsigned char *gz, size_t len,
                             struct pmtiles_entry *out, size_t size)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    struct reader r = { malloc((size_t)1 << 26), 0, 0 };
    size_t n;

    assert_non_null(r.plain);
    assert_int_equal(libdeflate_gzip_decompress(d, gz, len, r.plain,
                                                (size_t)1 << 26, &r.len),
                     LIBDEFLATE_SUCCESS);
    n = varint(&r);
    assert_true(n > 0 && n <= size);
    for (size_t i = 0; i < n; i++)
        out[i].id = varint(&r) + (i ? out[i - 1].id : 0);
    for (size_t i = 0; i < n; i++)
        out[i].run = (uint32_t)varint(&r);
    for (size_t i = 0; i < n; i++)
        out[i].length = (uint32_t)varint(&r);
    for (size_t i = 0; i < n; i++) {
        uint64_t v = varint(&r);

        out[i].offset = v ? v - 1 : out[i - 1].offset + out[i - 1].length;
    }
    assert_int_equal(r.at, r.len);
    libdeflate_free_decompressor(d);
    free(r.plain);
    return n;
}

static struct pmtiles_entry *some_entries(size_t n)
{
    struct pmtiles_entry *e = calloc(n, sizeof *e);
    uint64_t id = 0, offset = 0;

    assert_non_null(e);
    for (size_t i = 0; i < n; i++) {
        bool is_double = i && below(10) == 0;

        e[i].id = id + below(5);
        e[i].run = below(20) ? 1 : 1 + below(1000);
        e[i].length = is_double ? e[i / 2].length : 1 + below(100000);
        e[i].offset = is_double ? e[i / 2].offset : offset;
        if (!is_double)
            offset += e[i].length;
        id = e[i].id + e[i].run;
    }
    return e;
}

static void read_all(const struct tr_buf *root, const struct tr_buf *leaves,
                     struct pmtiles_entry *out, size_t n)
{
    struct pmtiles_entry *list = calloc(n, sizeof *list);
    size_t found, at = 0;

    assert_non_null(list);
    found = read_directory(root->data, root->len, list, n);
    for (size_t i = 0; i < found; i++) {
        if (list[i].run) {
            out[at++] = list[i];
            continue;
        }
        assert_true(list[i].offset + list[i].length <= leaves->len);
        at += read_directory(leaves->data + list[i].offset, list[i].length,
                             out + at, n - at);
        if (i)
            assert_true(list[i].id > list[i - 1].id);
    }
    assert_int_equal(at, n);
    free(list);
}

static void directories_read_back(void **state)
{
    static const struct {
        size_t n;
        bool has_leaves;
    } cases[] = { { 1, false },
                  { 300, false },
                  { 16384, true },
                  { 100000, true },
                  { 1000000, true } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = cases[i].n;
        struct pmtiles_entry *e = some_entries(n);
        struct pmtiles_entry *got = calloc(n, sizeof *got);
        struct tr_buf root, leaves;

        assert_non_null(got);
        tr_buf_init(&root, SIZE_MAX);
        tr_buf_init(&leaves, SIZE_MAX);
        assert_ok(pmtiles_directories(e, n, 16257, &root, &leaves, &test_err));
        assert_in_range(root.len, 1, 16257);
        assert_int_equal(leaves.len > 0, cases[i].has_leaves);
        read_all(&root, &leaves, got, n);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(got[k].id, e[k].id);
            assert_int_equal(got[k].offset, e[k].offset);
            assert_int_equal(got[k].length, e[k].length);
            assert_int_equal(got[k].run, e[k].run);
        }
        tr_buf_clear(&root);
        tr_buf_clear(&leaves);
        free(e);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_specification),
        cmocka_unit_test(numbers_of_a_zoom_are_a_path_of_neighbours),
        cmocka_unit_test(directories_read_back),
    };

    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
