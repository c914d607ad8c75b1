/* bench_tiles.c [STORE] - raw vector tiles from memory: a million generated
 * sites in clusters and 300,000 generated buildings, z8 to z16, in a second of
 * one thread's processor time, and on two threads by the clock; with STORE, each
 * area set that it holds, too. Lines as tests/bench/README.md says; each figure
 * is the median of five. TILES_ONLY names what to run: "points", "polygons" or
 * "areas"; TILES_ZOOM one zoom. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/input_layer.h"
#include "terrier/encode.h"
#include "terrier/thread.h"

enum { ADDRESSES = 100, SITES = 1000000, BUILDINGS = 300000 };

/* The box that everything lies in, and its clusters. */
#define WEST     (-27500000)
#define SOUTH    533000000
#define WIDE     8500000
#define HIGH     4000000
#define CLUSTERS 300
#define SIGMA_M  800

static uint64_t state = 20261122;

static uint32_t draw(void)
{
    state =
        state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 32);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((uint64_t)draw() * n >> 32);
}

/* Roughly normal, of mean 0 and deviation 1. */
static double normal(void)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += draw() / 4294967296.0;
    return sum;
}

/* ---- what is generated ---- */

/* A plane of millimetres that is good enough for a benchmark. */
static struct tr_position position_at(double lon_e7, double lat_e7)
{
    return (struct tr_position){
        (int32_t)lon_e7, (int32_t)lat_e7,
        380000000 + (int32_t)((lon_e7 + 22500000) * 6.6),
        400000000 + (int32_t)((lat_e7 - 535000000) * 11.1)
    };
}

static struct tr_position random_place(void)
{
    static double centres[CLUSTERS][2];
    double lon, lat;

    if (centres[0][1] == 0) {
        for (int i = 0; i < CLUSTERS; i++) {
            centres[i][0] = WEST + (double)below(WIDE);
            centres[i][1] = SOUTH + (double)below(HIGH);
        }
    }
    if (below(10) < 7) {
        const double *c = centres[below(CLUSTERS)];

        lon = c[0] + normal() * SIGMA_M / 0.0066;
        lat = c[1] + normal() * SIGMA_M / 0.0111;
    } else {
        lon = WEST + (double)below(WIDE);
        lat = SOUTH + (double)below(HIGH);
    }
    return position_at(lon, lat);
}

static const struct tr_schema_field site_fields[] = {
    { "condition", NULL, NULL, TR_TEXT, TR_PUBLIC },
    { "utilisation_pct", NULL, NULL, TR_NUMBER, TR_PUBLIC },
};
static const struct tr_schema site_schema = { 2, site_fields };
static const struct tr_schema_field building_fields[] = {
    { "kind", NULL, NULL, TR_TEXT, TR_PUBLIC },
    { "partner", NULL, NULL, TR_TEXT, TR_PUBLIC },
    { "floors", NULL, NULL, TR_INTEGER, TR_PUBLIC },
};
static const struct tr_schema building_schema = { 3, building_fields };
static const char *const conditions[] = { "A", "B", "C", "D" };
static const char *const partners[] = { "north", "south", "east",  "west",
                                        "inner", "outer", "upper", "lower" };

static struct tr_input_layer layer_of(const char *name, const char *kind,
                                      size_t n, struct tr_arena *a)
{
    struct tr_input_layer l = input_layer(name, kind, n, a);

    for (size_t i = 0; i < n; i++) {
        l.rows[i].key = tr_arena_printf(a, "%07zu", i);
        l.rows[i].coord_source = "given";
    }
    return l;
}

static struct tr_input_layer sites_of(size_t partner, size_t n,
                                      struct tr_arena *a)
{
    struct tr_input_layer l = layer_of(partners[partner], "sites", n, a);

    l.about.partner = partners[partner];
    for (size_t i = 0; i < n; i++) {
        const struct tr_value values[] = {
            { .type = TR_TEXT,
              .present = true,
              .is.text = conditions[below(4)] },
            { .type = TR_NUMBER,
              .present = true,
              .is.number = draw() / 42949672.96 },
        };

        l.rows[i].has_position = true;
        l.rows[i].position = random_place();
        input_row_write(&l.rows[i], &site_schema, values, a);
    }
    return l;
}

/* A house with a corner cut out, turned a little, of 8 to 30 m. */
static const struct tr_geometry *building(struct tr_arena *a)
{
    static const double shapes[2][6][2] = {
        { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 }, { 0, 1 }, { 0, 1 } },
        { { 0, 0 }, { 1, 0 }, { 1, .6 }, { .5, .6 }, { .5, 1 }, { 0, 1 } },
    };
    bool plain = below(10) < 7;
    uint32_t n = plain ? 5 : 7;
    struct tr_position at = random_place();
    struct tr_position p[7];
    double turn = draw() / 4294967296.0 * 1.5, wide = 8 + below(22),
           high = 8 + below(12);

    for (uint32_t i = 0; i < n; i++) {
        const double *c = shapes[!plain][i % (n - 1)];
        double x = c[0] * wide * cos(turn) - c[1] * high * sin(turn);
        double y = c[0] * wide * sin(turn) + c[1] * high * cos(turn);

        p[i] = position_at(at.lon_e7 + x / 0.0066, at.lat_e7 + y / 0.0111);
    }
    return input_polygon(p, n, a);
}

static struct tr_input_layer buildings(size_t n, struct tr_arena *a)
{
    struct tr_input_layer l = layer_of("buildings", "context", n, a);

    for (size_t i = 0; i < n; i++) {
        const struct tr_value values[] = {
            { .type = TR_TEXT,
              .present = true,
              .is.text = conditions[below(4)] },
            { .type = TR_TEXT, .present = true, .is.text = partners[below(8)] },
            { .type = TR_INTEGER, .present = true, .is.integer = 1 + below(9) },
        };

        l.rows[i].geometry = building(a);
        input_row_write(&l.rows[i], &building_schema, values, a);
    }
    return l;
}

static struct tr_snapshot *generate(void)
{
    struct tr_arena *a = malloc(sizeof *a);
    struct tr_input_layer l[9];
    struct tr_place_files files = {
        .place = "place: bench\ntitle: Bench\nprefix: ben\n"
                 "time_zone: Europe/London\npurpose: to measure\n"
    };
    struct tr_snapshot_input in = {
        .as_of = 20000, .n_places = 1, .n_layers = 9, .layers = l
    };
    struct tr_snapshot *s;
    static const size_t by_name[] = { 2, 4, 7, 0, 5, 1, 6, 3 };
    size_t share = SITES / 8;

    if (!a)
        exit(1);
    tr_arena_init(a, SIZE_MAX);

    const struct tr_place **places = array(a, 1, sizeof(void *));

    need(tr_audience_parse("operator", &in.audience, &err));
    need(tr_place_parse(&files, a, &places[0], &err));
    in.places = places;
    l[0] = buildings(BUILDINGS, a);
    for (size_t i = 0; i < 8; i++)
        l[i + 1] = sites_of(by_name[i], share, a);
    need(tr_snapshot_make(&in, a, &s, &err));
    return s;
}

/* ---- tiles ---- */

struct work {
    const struct tr_collection *c;
    struct tr_tile_options options;
    struct tr_tile tiles[ADDRESSES];
    size_t rounds;
    size_t bytes[8]; /* per worker, far enough apart */
};

static enum tr_status encode_some(void *context, size_t first, size_t last,
                                  unsigned worker, struct tr_error *e)
{
    struct work *w = context;
    enum tr_status st = TR_OK;
    struct tr_arena scratch;
    struct tr_buf out;

    (void)worker;
    tr_arena_init(&scratch, SIZE_MAX);
    tr_buf_init(&out, (size_t)64 * 1024 * 1024);
    for (size_t i = first; i < last && !st; i++) {
        st = tr_encode_tile(w->c, w->tiles[i % ADDRESSES], &w->options,
                            &scratch, &out, e);
        tr_buf_reset(&out);
        tr_arena_reset(&scratch);
    }
    tr_arena_clear(&scratch);
    tr_buf_clear(&out);
    return st;
}

static void choose(struct work *w, uint32_t z)
{
    const struct tr_snapshot *s = w->c->snapshot;

    state = z;
    for (size_t i = 0; i < ADDRESSES; i++) {
        struct tr_position p;

        if (w->c->kind == TR_OF_LAYER &&
            tr_collection_position(w->c, below((uint32_t)w->c->n), &p))
            w->tiles[i] = tr_tile_at(tr_mercator_cell(p.lon_e7, p.lat_e7), z);
        else
            w->tiles[i] = tr_tile_at(
                tr_morton_cell(s->keys[below((uint32_t)s->n_located)]), z);
    }
}

static double mean_size(struct work *w)
{
    struct tr_arena scratch;
    struct tr_buf out;
    size_t bytes = 0, n = 0;
    double since = seconds();

    tr_arena_init(&scratch, SIZE_MAX);
    tr_buf_init(&out, (size_t)64 * 1024 * 1024);
    for (; n < ADDRESSES && (n < 3 || seconds() - since < 1); n++) {
        need(tr_encode_tile(w->c, w->tiles[n], &w->options, &scratch, &out,
                            &err));
        bytes += out.len;
        tr_buf_reset(&out);
        tr_arena_reset(&scratch);
    }
    tr_arena_clear(&scratch);
    tr_buf_clear(&out);
    return (double)bytes / (double)n;
}

static double rate(struct work *w, unsigned threads, size_t n)
{
    bool alone = threads == 1;
    double since = alone ? cpu_seconds() : seconds();

    need(
        tr_thread_run(n, n / (threads * 4) + 1, threads, encode_some, w, &err));
    return (double)n / ((alone ? cpu_seconds() : seconds()) - since);
}

static void time_zoom(struct work *w, const char *name, const char *data,
                      uint32_t z)
{
    double one[RUNS], two[RUNS], bytes;
    char text[96];
    size_t n;

    choose(w, z);
    bytes = mean_size(w);
    n = (size_t)(rate(w, 1, 3) * 0.2) + 3;
    n = (size_t)(rate(w, 1, n) * 0.3) + 3;
    for (int i = 0; i < RUNS; i++) {
        one[i] = rate(w, 1, n);
        two[i] = rate(w, 2, 2 * n);
    }
    snprintf(text, sizeof text, "mvt-%s-z%u", name, z);
    line("P9", text, data, median(one, RUNS), "tiles/s");
    snprintf(text, sizeof text, "mvt-%s-z%u-2-threads", name, z);
    line("P9", text, data, median(two, RUNS), "tiles/s");
    snprintf(text, sizeof text, "mvt-%s-z%u-size", name, z);
    line("P9", text, data, bytes, "bytes/tile");
}

static bool wanted(const char *what)
{
    const char *only = getenv("TILES_ONLY");

    return !only || strcmp(only, what) == 0;
}

static void time_collection(const struct tr_snapshot *s, const char *id,
                            const char *name, const char *data,
                            const char *const *properties, size_t n)
{
    const char *zoom = getenv("TILES_ZOOM");
    static struct work w;
    struct tr_collection c;

    need(tr_collection_open(s, id, &c, &err));
    w = (struct work){ .c = &c };
    w.options.properties = properties;
    w.options.n_properties = n;
    need(tr_tile_cache_new(s, 0, &w.options.cache, &err));
    for (uint32_t z = 8; z <= 16; z += 2) {
        if (!zoom || strtoul(zoom, NULL, 10) == z)
            time_zoom(&w, name, data, z);
    }
    tr_tile_cache_free(w.options.cache);
}

static void time_areas(const char *path)
{
    struct store *store = NULL;
    struct tr_snapshot *s;

    need(store_open(path, STORE_READ, &store, &err));
    s = snapshot_for(store, "operator", 20000, NULL);
    for (size_t i = 0; i < s->n_area_sets; i++)
        time_collection(s, s->area_sets[i].id, s->area_sets[i].id, "store",
                        NULL, 0);
    tr_snapshot_free(s);
    store_close(store);
}

int main(int argc, char **argv)
{
    static const char *const of_sites[] = { "partner", "condition",
                                            "utilisation_pct" };
    static const char *const of_buildings[] = { "partner", "kind", "floors" };
    struct tr_snapshot *s = NULL;

    if (argc > 2) {
        fprintf(stderr, "usage: bench_tiles [STORE]\n");
        return 64;
    }
    if (wanted("points") || wanted("polygons"))
        s = generate();
    if (wanted("points")) {
        time_collection(s, "sites", "points", "generated-1M", of_sites, 3);
        time_collection(s, "sites", "points-usual", "generated-1M", NULL, 0);
    }
    if (wanted("polygons"))
        time_collection(s, "buildings", "polygons", "generated-300k",
                        of_buildings, 3);
    tr_snapshot_free(s);
    if (argc == 2 && wanted("areas"))
        time_areas(argv[1]);
    return 0;
}
