#include "terrier/mercator.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "support/tr_test.h"

static struct tr_error test_err;
static uint64_t random_state = 7;

static uint32_t random_u32(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static void the_corners_of_the_square_are_its_corner_cells(void **state)
{
    struct tr_cell c = tr_mercator_cell(-1800000000, 850511288);

    (void)state;
    assert_int_equal(c.x, 0);
    assert_int_equal(c.y, 0);
    c = tr_mercator_cell(1800000000, -900000000);
    assert_int_equal(c.x, UINT32_MAX);
    assert_int_equal(c.y, UINT32_MAX);
    c = tr_mercator_cell(0, 0);
    assert_int_equal(c.x, 0x80000000);
    assert_in_range(c.y, 0x7FFFFFFF, 0x80000000);
}

static void a_cell_holds_the_position_it_came_from(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        int32_t lon = (int32_t)(random_u32() % 3600000000u - 1800000000u);
        int32_t lat = (int32_t)(random_u32() % 1700000000u) - 850000000;
        struct tr_cell c = tr_mercator_cell(lon, lat);
        double lon_deg, lat_deg;

        tr_mercator_degrees(c, &lon_deg, &lat_deg);
        assert_near(lon_deg, lon / 1e7, 180.0 / 4294967296.0 * 1.0001);
        assert_near(lat_deg, lat / 1e7, 180.0 / 4294967296.0 * 1.01);
    }
}

static void morton_keys_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct tr_cell c = { random_u32(), random_u32() };
        struct tr_cell d = tr_morton_cell(tr_morton(c));
        uint64_t slow = 0;

        for (int b = 0; b < 32; b++)
            slow |= (uint64_t)(c.x >> b & 1) << (2 * b) |
                    (uint64_t)(c.y >> b & 1) << (2 * b + 1);
        assert_true(tr_morton(c) == slow);
        assert_int_equal(c.x, d.x);
        assert_int_equal(c.y, d.y);
    }
}

static void each_cell_is_in_one_tile_of_every_zoom(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct tr_cell c = { random_u32(), random_u32() };
        uint64_t key = tr_morton(c);

        for (uint32_t z = 0; z <= TR_MAX_ZOOM; z++) {
            struct tr_tile t = tr_tile_at(c, z);
            struct tr_morton_range r = tr_tile_range(t);
            struct tr_tile up = tr_tile_parent(t, z / 2);
            struct tr_tile at = tr_tile_at(c, z / 2);

            assert_true(r.first <= key && key <= r.last);
            assert_memory_equal(&up, &at, sizeof up);
            if (z)
                assert_true(r.last - r.first ==
                            (UINT64_C(1) << (64 - 2 * z)) - 1);
        }
    }
}

/* Known values: the tile of Big Ben at zoom 10, as OSM's wiki would give. */
static void tiles_are_numbered_as_everyone_does(void **state)
{
    struct tr_cell c = tr_mercator_cell(-1246000, 515007000);
    struct tr_tile t = tr_tile_at(c, 10);
    double b[4];

    (void)state;
    assert_int_equal(t.x, 511);
    assert_int_equal(t.y, 340);
    tr_tile_bounds((struct tr_tile){ 0, 0, 0 }, b);
    assert_near(b[0], -180, 0);
    assert_near(b[1], -TR_MERCATOR_MAX_LAT_DEG, 1e-9);
    assert_near(b[2], 180, 0);
    assert_near(b[3], TR_MERCATOR_MAX_LAT_DEG, 1e-9);
}

static void tile_addresses_are_plain_digits_in_range(void **state)
{
    static const struct {
        const char *z, *x, *y;
        bool ok;
    } cases[] = {
        { "0", "0", "0", true },
        { "22", "4194303", "0", true },
        { "3", "7", "07", true },
        { "3", "8", "0", false },
        { "3", "0", "8", false },
        { "23", "0", "0", false },
        { "", "0", "0", false },
        { "1", "-0", "0", false },
        { "1", "+1", "0", false },
        { "1", " 1", "0", false },
        { "1", "1 ", "0", false },
        { "1", "1", "0.mvt", false },
        { "1", "4294967297", "0", false },
        { "22", "99999999999999999999", "0", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tr_tile t = { 9, 9, 9 };
        enum tr_status st =
            tr_tile_parse(cases[i].z, cases[i].x, cases[i].y, &t, &test_err);

        assert_int_equal(st, cases[i].ok ? TR_OK : TR_EINVAL);
        if (!cases[i].ok)
            assert_int_equal(t.z, 9);
    }
    assert_non_null(strstr(test_err.msg, "4194303"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corners_of_the_square_are_its_corner_cells),
        cmocka_unit_test(a_cell_holds_the_position_it_came_from),
        cmocka_unit_test(morton_keys_read_back),
        cmocka_unit_test(each_cell_is_in_one_tile_of_every_zoom),
        cmocka_unit_test(tiles_are_numbered_as_everyone_does),
        cmocka_unit_test(tile_addresses_are_plain_digits_in_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
