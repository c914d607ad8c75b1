/* test_raster.c - the map as a picture, of the sample estate. */
#include "support/load_fixture.h"
#include "support/tr_test.h"

#include <cairo-pdf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "encode/paint.h"
#include "encode/raster_parts.h"
#include "encode/raster_style.h"
#include "store/snapshot_build.h"

static struct tr_error test_err;
static struct tr_snapshot *sample;
static struct tr_raster *painter;

static int open_sample(void **state)
{
    struct snapshot_options o = { .as_of = 20000, .threads = 1 };
    struct load_fixture *f;
    int failed = load_fixture_setup(state);

    if (failed)
        return failed;
    f = *state;
    return load_fixture_load(f, "layers/sample") ||
           tr_audience_parse("partnership", &o.audience, &test_err) ||
           snapshot_build(f->store, &o, &sample, &test_err) ||
           tr_raster_open(&painter, &test_err);
}

static int close_sample(void **state)
{
    tr_raster_close(painter);
    tr_snapshot_free(sample);
    return load_fixture_teardown(state);
}

/* ---- pictures as pixels ---- */

struct picture {
    cairo_surface_t *surface;
    int width, height;
};

static cairo_status_t read_some(void *closure, unsigned char *to,
                                unsigned int len)
{
    unsigned char **from = closure;

    memcpy(to, *from, len);
    *from += len;
    return CAIRO_STATUS_SUCCESS;
}

static struct tr_buf draw_bytes(struct tr_raster *r,
                                const struct tr_raster_view *v,
                                const struct tr_raster_options *o)
{
    struct tr_arena a;
    struct tr_buf b;

    tr_arena_init(&a, (size_t)512 << 20);
    tr_buf_init(&b, (size_t)64 << 20);
    assert_ok(tr_raster_png(r, sample, v, o, &a, &b, &test_err));
    tr_arena_clear(&a);
    return b;
}

static struct picture draw(const struct tr_raster_view *v,
                           const struct tr_raster_options *o)
{
    struct tr_buf b = draw_bytes(painter, v, o);
    unsigned char *from = b.data;
    struct picture p = {
        cairo_image_surface_create_from_png_stream(read_some, &from), 0, 0
    };

    assert_int_equal(cairo_surface_status(p.surface), CAIRO_STATUS_SUCCESS);
    p.width = cairo_image_surface_get_width(p.surface);
    p.height = cairo_image_surface_get_height(p.surface);
    tr_buf_clear(&b);
    return p;
}

static uint32_t pixel(const struct picture *p, int x, int y)
{
    const unsigned char *row =
        cairo_image_surface_get_data(p->surface) +
        (ptrdiff_t)cairo_image_surface_get_stride(p->surface) * y;
    uint32_t v;

    memcpy(&v, row + (ptrdiff_t)4 * x, 4);
    return cairo_image_surface_get_format(p->surface) == CAIRO_FORMAT_RGB24
               ? v | 0xFF000000u
               : v;
}

static int apart(uint32_t a, uint32_t b)
{
    int most = 0;

    for (int k = 0; k < 32; k += 8) {
        int d = abs((int)(a >> k & 255) - (int)(b >> k & 255));

        most = d > most ? d : most;
    }
    return most;
}

/* ---- the style ---- */

static void the_style_is_read_whole(void **state)
{
    struct raster_style s;
    struct tr_arena a;

    (void)state;
    tr_arena_init(&a, (size_t)16 << 20);
    assert_ok(raster_style_parse(raster_style_json, raster_style_json_len, &a,
                                 &s, &test_err));
    assert_true(s.n > 20);
    assert_int_equal(s.n_fonts, 3);
    assert_near(s.signs[TR_KEY].fill.b, 0x6f / 255.0, 1e-9);
    for (size_t i = 0; i < s.n; i++) {
        if (s.entries[i].type == STYLE_LINE)
            assert_true(style_at(&s.entries[i].width, 14) > 0);
        if (s.entries[i].type == STYLE_NAME)
            assert_true(style_at(&s.entries[i].size, 14) > 5);
    }
    tr_arena_clear(&a);
}

static void a_wrong_style_is_refused(void **state)
{
    static const char *const wrongs[] = {
        "{}",
        "{\"colors\":{},\"fonts\":{},\"layers\":[{\"of\":\"sea\"}]}",
        "{\"colors\":{},\"fonts\":{},\"layers\":"
        "[{\"of\":\"paper\",\"type\":\"background\",\"colour\":\"#000000\"}]}",
        "{\"colors\":{},\"fonts\":{},\"layers\":"
        "[{\"of\":\"paper\",\"type\":\"background\",\"color\":\"blue\"}]}",
        "{\"colors\":{},\"fonts\":{},\"layers\":"
        "[{\"of\":\"paper\",\"type\":\"line\",\"width\":[[1,2,3]]}]}",
        "{\"colors\":{},\"fonts\":{\"x\":{}},\"layers\":[]}",
        "[",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct raster_style s;
        struct tr_arena a;

        tr_arena_init(&a, (size_t)1 << 20);
        assert_int_not_equal(
            raster_style_parse(wrongs[i], strlen(wrongs[i]), &a, &s, &test_err),
            TR_OK);
        tr_arena_clear(&a);
    }
}

static void stops_grow_from_one_to_the_next(void **state)
{
    const struct style_stops s = { 3, { 9, 13, 16 }, { 1, 2, 5 } };

    (void)state;
    assert_near(style_at(&s, 5), 1, 0);
    assert_near(style_at(&s, 11), 1.5, 1e-12);
    assert_near(style_at(&s, 14.5), 3.5, 1e-12);
    assert_near(style_at(&s, 20), 5, 0);
}

/* ---- views ---- */

static void tiles_of_both_planes_lie_side_by_side(void **state)
{
    (void)state;
    for (uint32_t z = 1; z <= TR_BNG_MAX_ZOOM; z++) {
        struct tr_raster_view a, b;

        assert_ok(tr_raster_bng_tile(z, 3, 4, &a, &test_err));
        assert_ok(tr_raster_bng_tile(z, 4, 5, &b, &test_err));
        assert_near(a.east, b.west, 0);
        assert_near(a.south, b.north, 0);
        assert_near((a.east - a.west) / 256, 896.0 / (1 << z), 1e-9);
        a = tr_raster_tile((struct tr_tile){ z, 0, 0 });
        b = tr_raster_tile((struct tr_tile){ z, 1, 1 });
        assert_near(a.east, b.west, 1e-6);
        assert_near(a.south, b.north, 1e-6);
    }
}

static void what_is_no_tile_of_the_grid_is_refused(void **state)
{
    struct tr_raster_view v;

    (void)state;
    assert_int_equal(tr_raster_bng_tile(14, 0, 0, &v, &test_err), TR_EINVAL);
    assert_int_equal(tr_raster_bng_tile(0, 5, 0, &v, &test_err), TR_EINVAL);
    assert_int_equal(tr_raster_bng_tile(1, 0, 14, &v, &test_err), TR_EINVAL);
    assert_ok(tr_raster_bng_tile(1, 9, 13, &v, &test_err));
}

static void a_box_takes_the_shape_of_the_picture(void **state)
{
    const double box[] = { 400000, 300000, 401000, 303000 };
    const double none[] = { 1, 1, 1, 2 };
    const double odd[] = { 0, 0, NAN, 1 };
    struct tr_raster_view v;

    (void)state;
    assert_ok(tr_raster_of_box(27700, box, 300, 200, &v, &test_err));
    assert_near((v.east - v.west) / (v.north - v.south), 1.5, 1e-9);
    assert_near((v.east + v.west) / 2, 400500, 1e-6);
    assert_near(v.north - v.south, 3000, 1e-6);
    assert_int_equal(tr_raster_of_box(4326, box, 1, 1, &v, &test_err),
                     TR_EINVAL);
    assert_int_equal(tr_raster_of_box(27700, none, 1, 1, &v, &test_err),
                     TR_EINVAL);
    assert_int_equal(tr_raster_of_box(27700, odd, 1, 1, &v, &test_err),
                     TR_EINVAL);
}

/* ---- seams ---- */

/* Four tiles and one picture of all four. */
static void check_seams(const struct tr_raster_view tiles[4],
                        const struct tr_raster_options *o)
{
    struct tr_raster_view whole = tiles[0];
    struct picture one;
    int side, most = 0, differ = 0;

    whole.east = tiles[3].east;
    whole.south = tiles[3].south;
    whole.width = whole.height = 2 * TR_RASTER_TILE;
    one = draw(&whole, o);
    side = one.width / 2;
    for (int t = 0; t < 4; t++) {
        struct picture p = draw(&tiles[t], o);

        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int d = apart(pixel(&p, x, y),
                              pixel(&one, x + t % 2 * side, y + t / 2 * side));

                most = d > most ? d : most;
                differ += d > 2;
            }
        }
        cairo_surface_destroy(p.surface);
    }
    cairo_surface_destroy(one.surface);
    /* Rounding by cairo shows; half a letter or sign would differ by far more. */
    if (most > 24 || differ > 100)
        fail_msg("%d pixels differ, by up to %d", differ, most);
}

static void tiles_meet_without_a_seam(void **state)
{
    struct tr_position p = sample->positions[sample->n_located / 2];
    struct tr_cell c = tr_mercator_cell(p.lon_e7, p.lat_e7);

    (void)state;
    for (uint32_t z = 9; z <= 18; z++) {
        struct tr_tile t = tr_tile_at(c, z);
        struct tr_raster_options o = { .scale = z % 3 == 0 ? 2 : 1 };
        struct tr_raster_view v[4] = {
            tr_raster_tile(t),
            tr_raster_tile((struct tr_tile){ z, t.x + 1, t.y }),
            tr_raster_tile((struct tr_tile){ z, t.x, t.y + 1 }),
            tr_raster_tile((struct tr_tile){ z, t.x + 1, t.y + 1 }),
        };

        check_seams(v, &o);
    }
}

static void tiles_of_the_grid_meet_without_a_seam(void **state)
{
    struct tr_position p = sample->positions[sample->n_located / 2];

    (void)state;
    for (uint32_t z = 4; z <= 10; z++) {
        double size = 896.0 * 256 / (1 << z);
        uint32_t x = (uint32_t)((p.e_mm / 1000.0 - TR_BNG_WEST) / size);
        uint32_t y = (uint32_t)((TR_BNG_NORTH - p.n_mm / 1000.0) / size);
        struct tr_raster_options o = { .scale = 1 };
        struct tr_raster_view v[4];

        for (uint32_t t = 0; t < 4; t++)
            assert_ok(
                tr_raster_bng_tile(z, x + t % 2, y + t / 2, &v[t], &test_err));
        check_seams(v, &o);
    }
}

/* ---- the same again ---- */

static struct tr_raster_view middle(uint32_t z)
{
    struct tr_position p = sample->positions[0];

    return tr_raster_tile(tr_tile_at(tr_mercator_cell(p.lon_e7, p.lat_e7), z));
}

struct thread {
    pthread_t id;
    struct tr_buf b;
};

static void *draw_in_thread(void *arg)
{
    struct thread *t = arg;
    const struct tr_raster_options o = { .scale = 1 };
    struct tr_raster_view v = middle(15);
    struct tr_raster *r;

    if (tr_raster_open(&r, NULL))
        return NULL;
    for (int i = 0; i < 5; i++) {
        tr_buf_clear(&t->b);
        t->b = draw_bytes(r, &v, &o);
    }
    tr_raster_close(r);
    return t;
}

static void every_thread_gives_the_same_bytes(void **state)
{
    const struct tr_raster_options o = { .scale = 1 };
    struct tr_raster_view v = middle(15);
    struct tr_buf want = draw_bytes(painter, &v, &o);
    struct thread t[4] = { 0 };

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i].id, NULL, draw_in_thread, &t[i]),
                         0);
    for (int i = 0; i < 4; i++) {
        void *done;

        pthread_join(t[i].id, &done);
        assert_non_null(done);
        assert_int_equal(t[i].b.len, want.len);
        assert_memory_equal(t[i].b.data, want.data, want.len);
        tr_buf_clear(&t[i].b);
    }
    tr_buf_clear(&want);
}

/* ---- what is drawn ---- */

static void the_sites_alone_lie_over_nothing(void **state)
{
    const struct tr_raster_options o = { .collection = "sites" };
    struct tr_raster_view v = middle(14);
    struct picture p = draw(&v, &o);
    int seen = 0, through = 0;

    (void)state;
    for (int y = 0; y < p.height; y++) {
        for (int x = 0; x < p.width; x++) {
            seen += pixel(&p, x, y) >> 24 == 255;
            through += pixel(&p, x, y) >> 24 == 0;
        }
    }
    assert_true(seen > 50);
    assert_true(through > p.width * p.height / 2);
    cairo_surface_destroy(p.surface);
}

static void every_site_is_in_one_group(void **state)
{
    struct tr_arena a;

    (void)state;
    for (int zoom = 0; zoom < 19; zoom++) {
        struct tr_raster_options o = { 0 };
        struct raster_job j = { .r = painter,
                                .s = sample,
                                .o = &o,
                                .a = &a,
                                .err = &test_err,
                                .srid = zoom % 2 ? 27700 : 3857,
                                .zoom = zoom };
        const struct raster_group *groups = NULL;
        struct raster_point p;
        struct raster_box box;
        size_t n, sites = 0, seen = 0;

        tr_arena_init(&a, (size_t)256 << 20);
        assert_ok(tr_collection_open(sample, "sites", &j.sites, &test_err));
        j.k = j.srid == 3857 ? 512 * exp2(zoom) / 4294967296.0
                             : exp2(zoom) / 7.0e7;
        p = raster_place(&j, sample->positions[0]);
        box = (struct raster_box){ p.x, p.y, p.x, p.y };
        for (size_t i = 0; i < sample->n_located; i++) {
            p = raster_place(&j, sample->positions[i]);
            box.west = fmin(box.west, p.x);
            box.east = fmax(box.east, p.x);
            box.north = fmin(box.north, p.y);
            box.south = fmax(box.south, p.y);
        }
        assert_ok(raster_groups(&j, &box, &groups, &n));
        for (size_t i = 0; i < n; i++) {
            size_t classes = 0;

            for (int c = 0; c < TR_CLASSES; c++)
                classes += groups[i].counts[c];
            assert_int_equal(classes, groups[i].n);
            sites += groups[i].n;
            seen += groups[i].n == 1;
        }
        assert_int_equal(sites, sample->n_located);
        assert_true(zoom < 14 || seen > sample->n_located / 3);
        tr_arena_clear(&a);
    }
}

static void a_site_that_a_filter_drops_is_gone(void **state)
{
    struct tr_raster_options o = { .scale = 1 };
    struct tr_raster_view v = middle(15);
    struct picture with = draw(&v, &o), without;
    struct tr_arena a;
    char filter[120];
    int differ = 0;

    (void)state;
    tr_arena_init(&a, (size_t)1 << 20);
    (void)snprintf(filter, sizeof filter, "site_id <> '%s'",
                   sample->site_ids[0]);
    assert_ok(tr_cql2_parse_text(filter, TR_CQL2_QUERY, &a, &o.filter, NULL,
                                 &test_err));
    without = draw(&v, &o);
    for (int y = 0; y < with.height; y++) {
        for (int x = 0; x < with.width; x++)
            differ += apart(pixel(&with, x, y), pixel(&without, x, y)) > 8;
    }
    assert_in_range(differ, 40, 4000);
    cairo_surface_destroy(with.surface);
    cairo_surface_destroy(without.surface);
    tr_arena_clear(&a);
}

static void wrong_wishes_are_said(void **state)
{
    struct tr_raster_options o = { .collection = "nothing" };
    struct tr_raster_view v = middle(12);
    struct tr_arena a;
    struct tr_buf b;

    (void)state;
    tr_arena_init(&a, (size_t)256 << 20);
    tr_buf_init(&b, (size_t)1 << 20);
    assert_int_equal(tr_raster_png(painter, sample, &v, &o, &a, &b, &test_err),
                     TR_ENOTFOUND);
    o = (struct tr_raster_options){ .site = "nobody" };
    assert_int_equal(tr_raster_png(painter, sample, &v, &o, &a, &b, &test_err),
                     TR_ENOTFOUND);
    o = (struct tr_raster_options){ .scale = 5 };
    assert_int_equal(tr_raster_png(painter, sample, &v, &o, &a, &b, &test_err),
                     TR_ELIMIT);
    v.width = 100000;
    o.scale = 1;
    assert_int_equal(tr_raster_png(painter, sample, &v, &o, &a, &b, &test_err),
                     TR_ELIMIT);
    assert_int_equal(b.len, 0);
    tr_arena_clear(&a);
}

/* ---- print ---- */

static cairo_status_t keep(void *closure, const unsigned char *p,
                           unsigned int len)
{
    tr_buf_add(closure, p, len);
    return CAIRO_STATUS_SUCCESS;
}

static bool holds(const struct tr_buf *b, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= b->len; i++) {
        if (memcmp(b->data + i, text, len) == 0)
            return true;
    }
    return false;
}

static void a_map_for_print_keeps_its_letters(void **state)
{
    const struct tr_area_set *set = tr_snapshot_area_set(sample, "localities");
    struct tr_raster_options o = {
        .set = set,
        .area = 1,
        .attribution = true,
        .scale_bar = true,
        .site = sample->site_ids[0],
    };
    struct tr_raster_view v =
        tr_raster_of_geometry(set->geometries[1], 480, 320);
    struct tr_arena a;
    struct tr_buf pdf;
    cairo_surface_t *page;
    cairo_t *cr;
    double x, y;

    (void)state;
    tr_arena_init(&a, (size_t)256 << 20);
    tr_buf_init(&pdf, (size_t)16 << 20);
    page = cairo_pdf_surface_create_for_stream(keep, &pdf, 595, 842);
    cr = cairo_create(page);
    cairo_translate(cr, 57, 100);
    cairo_move_to(cr, 1, 2);
    assert_ok(paint_map(painter, sample, &v, &o, &a, cr, &test_err));
    x = y = 0;
    cairo_user_to_device(cr, &x, &y);
    assert_near(x, 57, 1e-9);
    cairo_destroy(cr);
    cairo_surface_finish(page);
    assert_int_equal(cairo_surface_status(page), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(page);
    assert_true(pdf.len > 5000);
    assert_memory_equal(pdf.data, "%PDF", 4);
    assert_true(holds(&pdf, "DejaVuSans"));
    tr_buf_clear(&pdf);
    tr_arena_clear(&a);
}

static void credits_are_said_once(void **state)
{
    struct tr_arena a;
    const char *text;

    (void)state;
    tr_arena_init(&a, (size_t)1 << 20);
    text = tr_raster_attribution(sample, &a);
    assert_string_equal(text, "Invented: no real place, body or building");
    tr_arena_clear(&a);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], VECTOR_CHILD_ARGUMENT))
        return vector_child_main(argc, argv);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_style_is_read_whole),
        cmocka_unit_test(a_wrong_style_is_refused),
        cmocka_unit_test(stops_grow_from_one_to_the_next),
        cmocka_unit_test(tiles_of_both_planes_lie_side_by_side),
        cmocka_unit_test(what_is_no_tile_of_the_grid_is_refused),
        cmocka_unit_test(a_box_takes_the_shape_of_the_picture),
        cmocka_unit_test(tiles_meet_without_a_seam),
        cmocka_unit_test(tiles_of_the_grid_meet_without_a_seam),
        cmocka_unit_test(every_thread_gives_the_same_bytes),
        cmocka_unit_test(the_sites_alone_lie_over_nothing),
        cmocka_unit_test(every_site_is_in_one_group),
        cmocka_unit_test(a_site_that_a_filter_drops_is_gone),
        cmocka_unit_test(wrong_wishes_are_said),
        cmocka_unit_test(a_map_for_print_keeps_its_letters),
        cmocka_unit_test(credits_are_said_once),
    };

    return cmocka_run_group_tests(tests, open_sample, close_sample);
}
