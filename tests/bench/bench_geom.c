/* bench_geom.c - the batch operations behind classification: areas of points,
 * nearest, counts within. A million points are made here from a seed: 70 % in
 * 300 clusters of 800 m, 30 % spread evenly over 55 by 40 km, which gives each
 * about 330 others within 400 m; and 1,722 areas of 44 crooked edges. Lines as
 * tests/bench/README.md says; each figure is the median of five. */
#include "bench.h"

#include <math.h>
#include <ogr_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/area_join.h"
#include "terrier/crs.h"
#include "terrier/near.h"
#include "terrier/thread.h"

enum { CLUSTERS = 300, PARTNERS = 14, ACROSS = 42, DOWN = 41 };
enum { STEPS = 11, CIRCLES = 2000 };

#define WEST_M   351000.0
#define SOUTH_M  381000.0
#define WIDTH_M  55000.0
#define HEIGHT_M 40000.0
#define PI       3.14159265358979323846

/* ---- data ---- */

static double unit(uint64_t *seed)
{
    uint64_t z = mix(*seed);

    *seed += 0x9E3779B97F4A7C15;
    return (double)(z >> 11) / 9007199254740992.0;
}

struct points { /* in Morton order */
    size_t n;
    uint64_t *keys;
    struct tr_position *at;
    int32_t *e_mm, *n_mm;
    uint32_t *partner;
};

static double within(double v, double low, double width)
{
    return v < low ? low : v > low + width ? low + width : v;
}

static double *make_places(size_t n)
{
    double *xy = room(2 * n, sizeof *xy), middle[CLUSTERS][2];
    uint64_t seed = 20261122;

    for (size_t c = 0; c < CLUSTERS; c++) {
        middle[c][0] = WEST_M + WIDTH_M * unit(&seed);
        middle[c][1] = SOUTH_M + HEIGHT_M * unit(&seed);
    }
    for (size_t i = 0; i < n; i++) {
        double u = unit(&seed), v = unit(&seed);
        double x = WEST_M + WIDTH_M * u, y = SOUTH_M + HEIGHT_M * v;

        if (i % 10 < 7) {
            size_t c = (size_t)(CLUSTERS * unit(&seed));
            double r = 800 * sqrt(-2 * log(1 - u));

            x = middle[c][0] + r * cos(2 * PI * v);
            y = middle[c][1] + r * sin(2 * PI * v);
        }
        xy[2 * i] = within(x, WEST_M, WIDTH_M);
        xy[2 * i + 1] = within(y, SOUTH_M, HEIGHT_M);
    }
    return xy;
}

struct keyed {
    uint64_t key;
    struct tr_position at;
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static struct points settle(struct tr_crs *crs, const double *xy, size_t n)
{
    struct tr_position *at = room(n, sizeof *at);
    struct keyed *k = room(n, sizeof *k);
    struct points p = { n,
                        room(n, sizeof *p.keys),
                        at,
                        room(n, sizeof *p.e_mm),
                        room(n, sizeof *p.n_mm),
                        room(n, sizeof *p.partner) };
    uint64_t seed = 14;
    size_t bad;

    need(tr_crs_positions(crs, 27700, xy, n, at, &bad, &err));
    for (size_t i = 0; i < n; i++)
        k[i] = (struct keyed){
            tr_morton(tr_mercator_cell(at[i].lon_e7, at[i].lat_e7)), at[i]
        };
    qsort(k, n, sizeof *k, by_key);
    for (size_t i = 0; i < n; i++) {
        p.keys[i] = k[i].key;
        at[i] = k[i].at;
        p.e_mm[i] = k[i].at.e_mm;
        p.n_mm[i] = k[i].at.n_mm;
        p.partner[i] = (uint32_t)(PARTNERS * unit(&seed));
    }
    free(k);
    return p;
}

struct areas {
    struct tr_arena arena;
    const struct tr_geometry **items;
    size_t n;
};

static void take(struct areas *a, struct tr_crs *crs, OGRGeometryH g, int srid)
{
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    size_t len = (size_t)OGR_G_WkbSize(g);
    unsigned char *wkb = room(len, 1);

    OGR_G_ExportToWkb(g, wkbNDR, wkb);
    limits.densify_over_m = 500;
    need(tr_geometry_from_wkb(wkb, len, srid, crs, &limits, &a->arena,
                              &a->items[a->n++], &err));
    free(wkb);
}

/* A node of the net, moved a little; then the way from one to the next. */
static void node(int x, int y, double at[2])
{
    uint64_t seed = (uint64_t)(x * 1000 + y);

    at[0] = WEST_M + WIDTH_M * (0.11 + 0.78 * (x + 0.6 * unit(&seed)) / ACROSS);
    at[1] = SOUTH_M + HEIGHT_M * (0.11 + 0.78 * (y + 0.6 * unit(&seed)) / DOWN);
}

static void add_side(OGRGeometryH ring, int x, int y, bool across, bool back)
{
    uint64_t seed = (uint64_t)(x * 2000 + y * 2 + across + 7000000);
    double a[2], b[2], off[STEPS];

    node(x, y, a);
    node(x + across, y + !across, b);
    for (int i = 0; i < STEPS; i++)
        off[i] = i ? 0.1 * (unit(&seed) - 0.5) : 0;
    for (int k = 0; k < STEPS; k++) {
        int i = back ? STEPS - k : k;
        double t = (double)i / STEPS, o = i < STEPS ? off[i] : 0;

        OGR_G_AddPoint_2D(ring, a[0] + t * (b[0] - a[0]) + o * (b[1] - a[1]),
                          a[1] + t * (b[1] - a[1]) - o * (b[0] - a[0]));
    }
}

static void make_areas(struct areas *a, struct tr_crs *crs)
{
    for (int y = 0; y < DOWN; y++) {
        for (int x = 0; x < ACROSS; x++) {
            OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
            OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing);

            add_side(ring, x, y, true, false);
            add_side(ring, x + 1, y, false, false);
            add_side(ring, x, y + 1, true, true);
            add_side(ring, x, y, false, true);
            OGR_G_CloseRings(ring);
            OGR_G_AddGeometryDirectly(polygon, ring);
            take(a, crs, polygon, 27700);
            OGR_G_DestroyGeometry(polygon);
        }
    }
}

static bool read_areas(const char *path, struct areas *a, struct tr_crs *crs)
{
    OGRDataSourceH file = OGROpen(path, 0, NULL);
    OGRLayerH layer = file ? OGR_DS_GetLayer(file, 0) : NULL;
    OGRFeatureH f;

    if (!layer)
        return false;
    while ((f = OGR_L_GetNextFeature(layer)) != NULL) {
        OGRGeometryH g = OGR_F_GetGeometryRef(f);

        if (g)
            take(a, crs, g, 4326);
        OGR_F_Destroy(f);
    }
    OGR_DS_Destroy(file);
    return true;
}

static struct areas no_areas(void)
{
    struct areas a = { .n = 0 };

    tr_arena_init(&a.arena, SIZE_MAX);
    a.items = room(4096, sizeof *a.items);
    return a;
}

static void drop_areas(struct areas *a)
{
    tr_arena_clear(&a->arena);
    free(a->items);
}

static double *read_postcodes(size_t *n)
{
    FILE *f = popen("gzip -dc ../shared/data/gb/postcodes_gb_2014.csv.gz "
                    "2>/dev/null",
                    "r");
    double *xy = room(2 * 2000000, sizeof *xy);
    char text[128];

    while (f && fgets(text, sizeof text, f) && *n < 2000000) {
        if (sscanf(text, "%*[^,],%lf,%lf", &xy[2 * *n], &xy[2 * *n + 1]) == 2)
            ++*n;
    }
    if (f)
        pclose(f);
    return xy;
}

/* ---- work ---- */

static const char *named(const char *work, unsigned threads)
{
    static char name[96];

    snprintf(name, sizeof name, "%s%s", work, threads ? "-one-thread" : "");
    return name;
}

static void time_join(const char *row, const char *data, const struct areas *a,
                      const struct points *p)
{
    struct tr_area_index *index = NULL;
    int32_t *out = room(p->n, sizeof *out);
    double took[RUNS];
    size_t inside = 0;

    for (int i = 0; i < RUNS; i++) {
        double since = seconds();

        tr_area_index_free(index);
        need(tr_area_index_new(a->items, a->n, &index, &err));
        took[i] = seconds() - since;
    }
    line(row, "area-index", data, median(took, RUNS), "s");
    for (unsigned threads = 0; threads < 2; threads++) {
        for (int i = 0; i < RUNS; i++) {
            double since = seconds();

            need(tr_area_index_join(index, p->keys, p->n, out, threads, &err));
            took[i] = seconds() - since;
        }
        line(row, named("area-join", threads), data, median(took, RUNS), "s");
    }
    for (size_t i = 0; i < p->n; i++)
        inside += out[i] != TR_NO_AREA;
    fprintf(stderr, "# %s %s: %zu of %zu points lie in %zu areas\n", row, data,
            inside, p->n, a->n);
    tr_area_index_free(index);
    free(out);
}

static void time_counts(const struct points *p, const struct tr_near *near,
                        const char *data)
{
    uint32_t *out = room(p->n, sizeof *out);
    double took[RUNS], pairs = 0;

    for (unsigned threads = 0; threads < 2; threads++) {
        for (int i = 0; i < RUNS; i++) {
            double since = seconds();

            need(tr_near_count_all(near, p->at, p->n, 400000, threads, out,
                                   &err));
            took[i] = seconds() - since;
        }
        line("P6", named("count-400m", threads), data,
             (double)p->n / median(took, RUNS), "queries/s");
    }
    for (size_t i = 0; i < p->n; i++)
        pairs += out[i];
    fprintf(stderr, "# P6: %.0f pairs, %.2f a point\n", pairs,
            pairs / (double)p->n);
    free(out);
}

static void time_nearest(const struct points *p, const struct tr_near *near,
                         const char *work, const char *data,
                         const uint32_t *partner)
{
    struct tr_nearest *out = room(p->n, sizeof *out);
    struct tr_near_kinds kinds = { partner, partner, NULL, NULL };
    double took[RUNS], metres = 0;

    for (unsigned threads = 0; threads < 2; threads++) {
        for (int i = 0; i < RUNS; i++) {
            double since = seconds();

            need(tr_near_nearest_all(near, p->at, p->n, &kinds, threads, out,
                                     &err));
            took[i] = seconds() - since;
        }
        line("P5", named(work, threads), data,
             (double)p->n / median(took, RUNS), "queries/s");
    }
    for (size_t i = 0; i < p->n; i++)
        metres += (double)out[i].distance_mm / 1000;
    fprintf(stderr, "# P5: %.3f m on average\n", metres / (double)p->n);
    free(out);
}

/* All that lies in one square of 5 km is one partner's: the worst there is, for
 * the nearest of another lies far beyond thousands of one's own. */
static void time_estates(const struct points *p, const struct tr_near *near,
                         const char *data)
{
    uint32_t *partner = room(p->n, sizeof *partner);

    for (size_t i = 0; i < p->n; i++)
        partner[i] =
            (uint32_t)(p->e_mm[i] / 5000000 * 1000 + p->n_mm[i] / 5000000);
    time_nearest(p, near, "nearest-of-another-estates", data, partner);
    free(partner);
}

/* What an answer needs of each row: which, whose, how far. */
static void time_circles(const struct points *p, const struct tr_near *near,
                         const char *data)
{
    struct tr_arena a;
    double took[RUNS], rows = 0, sum = 0;

    tr_arena_init(&a, SIZE_MAX);
    for (int i = 0; i < RUNS; i++) {
        double since = seconds();

        for (size_t k = 0; k < CIRCLES; k++) {
            size_t at = k * UINT64_C(2654435761) % p->n, n;
            const uint32_t *items;

            need(tr_near_within(near, p->e_mm[at], p->n_mm[at], 800000, &a,
                                &items, &n, &err));
            for (size_t m = 0; m < n; m++)
                sum += p->partner[items[m]] +
                       hypot(p->e_mm[items[m]] - p->e_mm[at],
                             p->n_mm[items[m]] - p->n_mm[at]);
            rows += (double)n;
            tr_arena_reset(&a);
        }
        took[i] = (seconds() - since) / CIRCLES * 1e6;
    }
    line("P16", "within-800m", data, median(took, RUNS), "us");
    fprintf(stderr, "# P16: %.0f rows a circle, check %.0f\n",
            rows / RUNS / CIRCLES, sum);
    tr_arena_clear(&a);
}

static void time_near(const struct points *p, const char *data)
{
    struct tr_near *near = NULL;
    double took[RUNS];

    for (int i = 0; i < RUNS; i++) {
        double since = seconds();

        tr_near_free(near);
        need(tr_near_new(p->e_mm, p->n_mm, p->n, &near, &err));
        took[i] = seconds() - since;
    }
    line("P5", "near-index", data, median(took, RUNS), "s");
    time_nearest(p, near, "nearest-of-another", data, p->partner);
    time_estates(p, near, data);
    time_counts(p, near, data);
    time_circles(p, near, data);
    tr_near_free(near);
}

static void drop_points(struct points *p)
{
    free(p->keys);
    free(p->at);
    free(p->e_mm);
    free(p->n_mm);
    free(p->partner);
}

static void join_country(struct tr_crs *crs)
{
    struct areas a = no_areas();
    size_t n = 0;
    double *xy = read_postcodes(&n);

    if (n && read_areas("../shared/data/gb/local_authorities_gb_2013.topojson",
                        &a, crs)) {
        struct points p = settle(crs, xy, n);

        time_join("P4", "britain", &a, &p);
        drop_points(&p);
    } else {
        fprintf(stderr, "no ../shared/data/gb: P4 is left out\n");
    }
    free(xy);
    drop_areas(&a);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    struct areas made = no_areas(), real = no_areas();
    struct tr_crs *crs = NULL;
    char data[32];

    OGRRegisterAll();
    need(tr_crs_open("build/grid", &crs, &err));

    double *xy = make_places(n);
    struct points p = settle(crs, xy, n);

    snprintf(data, sizeof data, "%zu made", n);
    make_areas(&made, crs);
    time_join("P3", data, &made, &p);
    if (read_areas("../shared/data/trafford/boundaries/lsoa_2021.geojson",
                   &real, crs))
        time_join("P3", "a borough's LSOAs", &real, &p);
    time_near(&p, data);
    free(xy);
    drop_points(&p);
    drop_areas(&made);
    drop_areas(&real);
    if (argc < 2)
        join_country(crs);
    tr_crs_close(crs);
    return 0;
}
