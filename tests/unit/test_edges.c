/* test_edges.c - sites at edges, against every edge of every area looked at one
 * by one with long doubles. */
#include "terrier/edges.h"

#include <stdlib.h>
#include <string.h>

#include "support/shapes.h"
#include "support/tr_test.h"

static struct tr_error test_err;

enum { SIDE = 4, CUT = 12, SITES = 600, STEP = 1000000 /* mm */ };

/* A grid of areas whose borders are ragged and shared; one has a hole. */
struct ragged {
    struct tr_arena a;
    uint64_t seed;
    struct tr_position bend[2][SIDE + 1][SIDE][CUT]; /* borders: along, up */
    const struct tr_geometry *areas[SIDE * SIDE];
    int32_t site_area[SITES];
    struct tr_position at[SITES];
    uint16_t precision[SITES];
    uint32_t places[SITES];
};

static void bend_borders(struct ragged *r)
{
    for (int up = 0; up < 2; up++) {
        for (int i = 0; i <= SIDE; i++) {
            for (int k = 0; k < SIDE; k++) {
                for (int c = 0; c < CUT; c++) {
                    int32_t along = k * STEP + STEP / CUT * c;
                    int32_t off =
                        c ? shapes_between(&r->seed, -90000, 90000) : 0;
                    int32_t across = i * STEP + off;

                    r->bend[up][i][k][c] = (struct tr_position){
                        .e_mm = up ? across : along,
                        .n_mm = up ? along : across,
                    };
                }
            }
        }
    }
}

static const struct tr_geometry *area_of(struct ragged *r, int x, int y,
                                         bool hole)
{
    struct tr_position *p = tr_arena_array(&r->a, 4 * CUT + 1 + 5, sizeof *p);
    uint32_t *parts = tr_arena_array(&r->a, 3, sizeof *parts);
    uint32_t *polygons = tr_arena_array(&r->a, 2, sizeof *polygons);
    struct tr_geometry *g = tr_arena_alloc(&r->a, sizeof *g);
    const struct tr_position corner[3] = {
        { .e_mm = (x + 1) * STEP, .n_mm = y * STEP },
        { .e_mm = (x + 1) * STEP, .n_mm = (y + 1) * STEP },
        { .e_mm = x * STEP, .n_mm = (y + 1) * STEP },
    };
    uint32_t n = 0;

    for (int c = 0; c < CUT; c++)
        p[n++] = r->bend[0][y][x][c];
    p[n++] = corner[0];
    for (int c = 1; c < CUT; c++)
        p[n++] = r->bend[1][x + 1][y][c];
    p[n++] = corner[1];
    for (int c = CUT - 1; c > 0; c--)
        p[n++] = r->bend[0][y + 1][x][c];
    p[n++] = corner[2];
    for (int c = CUT - 1; c > 0; c--)
        p[n++] = r->bend[1][x][y][c];
    p[n++] = p[0];
    parts[1] = n;
    for (int k = 0; hole && k < 5; k++)
        p[n++] = (struct tr_position){
            .e_mm = x * STEP + (k == 1 || k == 2 ? 600000 : 400000),
            .n_mm = y * STEP + (k == 2 || k == 3 ? 600000 : 400000),
        };
    parts[2] = n;
    polygons[1] = hole ? 2 : 1;
    *g = (struct tr_geometry){ .kind = TR_POLYGON,
                               .n_points = n,
                               .n_parts = hole ? 2 : 1,
                               .n_polygons = 1,
                               .points = p,
                               .part_start = parts,
                               .polygon_start = polygons };
    return g;
}

static void make(struct ragged *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    tr_arena_init(&r->a, SIZE_MAX);
    r->seed = seed;
    bend_borders(r);
    for (int i = 0; i < SIDE * SIDE; i++)
        r->areas[i] = area_of(r, i % SIDE, i / SIDE, i == 5);
    for (int i = 0; i < SITES; i++) {
        int32_t far = SIDE * STEP + 200000;

        r->at[i].e_mm = shapes_between(&r->seed, -200000, far);
        r->at[i].n_mm = shapes_between(&r->seed, -200000, far);
        r->precision[i] = (uint16_t)shapes_between(&r->seed, 1, 150);
        r->site_area[i] = TR_NO_AREA;
        for (int k = SIDE * SIDE; k-- > 0;) {
            if (tr_geometry_covers_mm(r->areas[k], r->at[i].e_mm,
                                      r->at[i].n_mm))
                r->site_area[i] = k;
        }
    }
}

static long double to_segment(const struct tr_position *p,
                              const struct tr_position *a,
                              const struct tr_position *b)
{
    long double dx = b->e_mm - a->e_mm, dy = b->n_mm - a->n_mm;
    long double px = p->e_mm - a->e_mm, py = p->n_mm - a->n_mm;
    long double t = (px * dx + py * dy) / (dx * dx + dy * dy);

    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypotl(px - t * dx, py - t * dy);
}

static long double to_rings(const struct tr_geometry *g,
                            const struct tr_position *p)
{
    long double best = 1e18L;

    for (uint32_t k = 0; k < g->n_parts; k++) {
        for (uint32_t i = g->part_start[k]; i + 1 < g->part_start[k + 1]; i++)
            best = fminl(best, to_segment(p, &g->points[i], &g->points[i + 1]));
    }
    return best;
}

/* What the brief says, word for word. */
static bool naive(const struct ragged *r, int i, struct tr_edge_site *out)
{
    long double within = (long double)r->precision[i] * 1000;
    long double own = 1e18L, other = 1e18L;

    *out = (struct tr_edge_site){ .neighbour = TR_NO_AREA };
    for (int k = 0; k < SIDE * SIDE; k++) {
        long double d = to_rings(r->areas[k], &r->at[i]);

        if (k == r->site_area[i]) {
            own = d;
        } else if (d < other) {
            other = d;
            if (d <= within)
                out->neighbour = k;
        }
    }
    if (r->site_area[i] == TR_NO_AREA)
        own = other;
    out->distance_mm = (int64_t)floorl(own);
    return own <= within;
}

static void sites_at_edges_are_those_that_every_edge_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ragged r;

        make(&r, seed);

        struct tr_area_set set = { .n = SIDE * SIDE,
                                   .geometries = r.areas,
                                   .site_area = r.site_area };
        const struct tr_snapshot s = { .n_sites = SITES,
                                       .n_located = SITES,
                                       .positions = r.at,
                                       .precision_m = r.precision,
                                       .site_places = r.places };
        const struct tr_edge_site *got;
        size_t n, at = 0, outside = 0, ends = 0;

        assert_ok(tr_edges(&s, &set, &r.a, &got, &n, &test_err));
        for (int i = 0; i < SITES; i++) {
            struct tr_edge_site want;

            if (!naive(&r, i, &want))
                continue;
            assert_true(at < n);
            assert_int_equal(got[at].site, i);
            assert_int_equal(got[at].area, r.site_area[i]);
            assert_int_equal(got[at].neighbour, want.neighbour);
            assert_true(llabs(got[at].distance_mm - want.distance_mm) <= 1);
            outside += got[at].area == TR_NO_AREA;
            ends += got[at].neighbour == TR_NO_AREA;
            at++;
        }
        assert_int_equal(at, n);
        assert_true(n > 20 && n < SITES / 2 && outside && ends);
        tr_arena_clear(&r.a);
    }
}

static void sites_of_other_places_are_left_out(void **state)
{
    struct ragged r;

    (void)state;
    make(&r, 7);
    for (int i = 0; i < SITES; i++)
        r.places[i] = 1;

    struct tr_area_set set = { .n = SIDE * SIDE,
                               .geometries = r.areas,
                               .site_area = r.site_area };
    const struct tr_snapshot s = { .n_sites = SITES,
                                   .n_located = SITES,
                                   .positions = r.at,
                                   .precision_m = r.precision,
                                   .site_places = r.places };
    const struct tr_edge_site *got;
    size_t n;

    assert_ok(tr_edges(&s, &set, &r.a, &got, &n, &test_err));
    assert_int_equal(n, 0);
    tr_arena_clear(&r.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites_at_edges_are_those_that_every_edge_gives),
        cmocka_unit_test(sites_of_other_places_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
