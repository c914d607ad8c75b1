/* bench_peers.c STORE FOLDER WORK... - our side of `make bench-peers`: works on
 * a store that generate.c made, each timed five times. Prints "WORK value" for
 * each, the median; writes what came out below FOLDER, by site number, for
 * tests/bench/peers/compare to hold against what the peers gave. With BENCH_CPU
 * in the environment seconds are of this process's own processor time, which is
 * the steadier figure for works of one thread on a busy machine. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/classify.h"
#include "terrier/encode.h"

enum { CIRCLES = 200, BOXES = 20, TILES = 20 };

#define RULES "tests/bench/peers/rules.yaml"
#define FILTER                                                                 \
    "organisation = 'gen-council' AND tenure = 'freehold' AND "                \
    "floor_area_m2 > 2000 AND name LIKE '%Library%'"

static const char *folder;

struct estate {
    const struct tr_snapshot *s;
    uint32_t *number;  /* of each located site, from local_ref */
    uint32_t *partner; /* organisation of each located site */
    size_t *by_number; /* site of each number; SIZE_MAX: none */
    size_t most;       /* the highest number */
};

static double now(void)
{
    return getenv("BENCH_CPU") ? cpu_seconds() : seconds();
}

static FILE *file(const char *name)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    if (f)
        return f;
    fprintf(stderr, "bench_peers: cannot write '%s'\n", path);
    exit(1);
}

static void show(const char *work, double *took)
{
    printf("%s %.9g\n", work, median(took, RUNS));
    fflush(stdout);
}

/* ---- the estate ---- */

static struct estate take(const struct tr_snapshot *s)
{
    const struct tr_column *ref = tr_table_column(&s->sites, "local_ref");
    struct estate e = { s, room(s->n_located, 4), room(s->n_located, 4), NULL,
                        0 };

    for (size_t i = 0; ref && i < s->n_located; i++) {
        const char *text = tr_text_at(ref, i);

        e.number[i] = (uint32_t)strtoul(text + 1, NULL, 10);
        e.partner[i] =
            (uint32_t)s->occupations[s->first_occupation[i]].organisation;
        if (e.number[i] > e.most)
            e.most = e.number[i];
    }
    e.by_number = room(e.most + 1, sizeof *e.by_number);
    for (size_t k = 0; k <= e.most; k++)
        e.by_number[k] = SIZE_MAX;
    for (size_t i = 0; i < s->n_located; i++)
        e.by_number[e.number[i]] = i;
    return e;
}

/* The k-th of some sites that are anywhere. */
static size_t some_site(const struct estate *e, size_t k)
{
    return e->by_number[1 + k % e->most];
}

/* Where each lies, for the peers to take over: the same degrees. */
static void write_positions(const struct estate *e)
{
    FILE *f = file("positions.csv");

    for (size_t k = 1; k <= e->most; k++) {
        size_t i = e->by_number[k];

        if (i != SIZE_MAX)
            fprintf(f, "%zu,%.7f,%.7f\n", k, e->s->positions[i].lon_e7 / 1e7,
                    e->s->positions[i].lat_e7 / 1e7);
    }
    fclose(f);
}

static void write_numbers(const struct estate *e, const char *name,
                          const int64_t *value)
{
    FILE *f = file(name);

    for (size_t k = 1; k <= e->most; k++) {
        if (e->by_number[k] != SIZE_MAX)
            fprintf(f, "%zu\t%lld\n", k, (long long)value[e->by_number[k]]);
    }
    fclose(f);
}

/* ---- areas, nearest, counts ---- */

static void join(const struct estate *e)
{
    const struct tr_area_set *set = tr_snapshot_area_set(e->s, "areas");
    int32_t *out = room(e->s->n_located, sizeof *out);
    double took[RUNS];
    FILE *f;

    if (!set) {
        fputs("bench_peers: no areas are loaded\n", stderr);
        exit(1);
    }
    for (int i = 0; i < RUNS; i++) {
        double since = now();

        need(tr_area_index_join(set->index, e->s->keys, e->s->n_located, out, 0,
                                &err));
        took[i] = now() - since;
    }
    show("join", took);
    f = file("join.tsv");
    for (size_t k = 1; k <= e->most; k++) {
        size_t i = e->by_number[k];

        if (i != SIZE_MAX && out[i] != TR_NO_AREA)
            fprintf(f, "%zu\t%s\n", k, set->codes[out[i]]);
    }
    fclose(f);
    free(out);
}

static void nearest(const struct estate *e)
{
    const struct tr_snapshot *s = e->s;
    struct tr_near_kinds kinds = { e->partner, e->partner, NULL, NULL };
    struct tr_nearest *out = room(s->n_located, sizeof *out);
    int64_t *mm = room(s->n_located, sizeof *mm);
    double took[RUNS];

    for (int i = 0; i < RUNS; i++) {
        double since = now();

        need(tr_near_nearest_all(s->near, s->positions, s->n_located, &kinds, 0,
                                 out, &err));
        took[i] = (double)s->n_located / (now() - since);
    }
    show("nearest", took);
    for (size_t i = 0; i < s->n_located; i++)
        mm[i] = out[i].distance_mm;
    write_numbers(e, "nearest.tsv", mm);
    free(out);
    free(mm);
}

static void counts(const struct estate *e)
{
    const struct tr_snapshot *s = e->s;
    uint32_t *out = room(s->n_located, sizeof *out);
    int64_t *n = room(s->n_located, sizeof *n);
    double took[RUNS];

    for (int i = 0; i < RUNS; i++) {
        double since = now();

        need(tr_near_count_all(s->near, s->positions, s->n_located, 400000, 0,
                               out, &err));
        took[i] = (double)s->n_located / (now() - since);
    }
    show("counts", took);
    for (size_t i = 0; i < s->n_located; i++)
        n[i] = out[i];
    write_numbers(e, "counts.tsv", n);
    free(out);
    free(n);
}

/* What an answer needs of each row: its number, whose it is, how far. */
static void circles(const struct estate *e)
{
    const struct tr_snapshot *s = e->s;
    size_t found[CIRCLES];
    double took[RUNS], metres[CIRCLES], sum = 0;
    struct tr_arena a;
    FILE *f;

    tr_arena_init(&a, SIZE_MAX);
    for (int run = 0; run < RUNS; run++) {
        double since = now();

        for (size_t k = 0; k < CIRCLES; k++) {
            struct tr_position p = s->positions[some_site(e, k)];
            const uint32_t *items;

            metres[k] = 0;
            need(tr_near_within(s->near, p.e_mm, p.n_mm, 800000, &a, &items,
                                &found[k], &err));
            for (size_t m = 0; m < found[k]; m++) {
                struct tr_position q = s->positions[items[m]];

                metres[k] += hypot(q.e_mm - p.e_mm, q.n_mm - p.n_mm) / 1000;
                sum += e->number[items[m]] + e->partner[items[m]];
            }
            tr_arena_reset(&a);
        }
        took[run] = (now() - since) / CIRCLES;
    }
    show("circles", took);
    f = file("circles.tsv");
    for (size_t k = 0; k < CIRCLES; k++)
        fprintf(f, "%u\t%zu\t%.3f\n", e->number[some_site(e, k)], found[k],
                metres[k]);
    fclose(f);
    fprintf(stderr, "# circles: check %.0f\n", sum);
    tr_arena_clear(&a);
}

/* ---- a filter ---- */

static void filter(const struct estate *e)
{
    const struct tr_table *t = &e->s->sites;
    struct tr_cql2_env env = { .as_of = e->s->as_of };
    const struct tr_cql2_bound *bound;
    const struct tr_cql2 *tree;
    uint64_t *yes = room(t->n_rows / 64 + 1, 8);
    uint64_t *unknown = room(t->n_rows / 64 + 1, 8);
    struct tr_arena a, scratch;
    double took[RUNS];
    FILE *f;

    tr_arena_init(&a, SIZE_MAX);
    tr_arena_init(&scratch, SIZE_MAX);
    need(tr_cql2_parse_text(FILTER, TR_CQL2_QUERY, &a, &tree, NULL, &err));
    need(tr_cql2_bind(tree, t, &env, &a, &bound, &err));
    for (int i = 0; i < RUNS; i++) {
        double since = now();

        need(tr_cql2_filter(bound, 0, t->n_rows, yes, unknown, &scratch, &err));
        took[i] = now() - since;
        tr_arena_reset(&scratch);
    }
    show("filter", took);
    f = file("filter.tsv");
    for (size_t k = 1; k <= e->most; k++) {
        size_t i = e->by_number[k];

        if (i != SIZE_MAX && yes[i / 64] >> (i % 64) & 1)
            fprintf(f, "%zu\n", k);
    }
    fclose(f);
    free(yes);
    free(unknown);
    tr_arena_clear(&a);
    tr_arena_clear(&scratch);
}

/* ---- a page of features ---- */

static size_t ask(const struct estate *e, struct tr_extent box, int64_t half,
                  size_t limit, struct tr_arena *a, struct tr_query_result *r)
{
    struct tr_query q = { .collection = "sites",
                          .has_bbox = true,
                          .limit = limit };

    q.bbox = (struct tr_extent){ box.west_e7 - (int32_t)(half * 5 / 3),
                                 box.south_e7 - (int32_t)half,
                                 box.east_e7 + (int32_t)(half * 5 / 3),
                                 box.north_e7 + (int32_t)half };
    need(tr_query_run(e->s, &q, a, r, &err));
    return r->matched;
}

/* As large as it can be with at most a thousand sites in it. */
static int64_t fit(const struct estate *e, struct tr_extent box,
                   struct tr_arena *a)
{
    int64_t low = 1, high = 2000000;
    struct tr_query_result r;

    while (high - low > 1) {
        int64_t half = low + (high - low) / 2;

        if (ask(e, box, half, 1, a, &r) <= 1000)
            low = half;
        else
            high = half;
        tr_arena_reset(a);
    }
    return low;
}

static void items(const struct estate *e)
{
    static const char *const names[] = {
        "local_ref", "name", "partner", "use", "tenure", "floor_area_m2"
    };
    struct tr_feature_options o = { names, 6, 4326, false, NULL };
    struct tr_extent box[BOXES];
    int64_t half[BOXES];
    double took[RUNS];
    struct tr_query_result r;
    struct tr_arena a;
    struct tr_buf out;
    FILE *f = file("boxes.tsv"), *answers = file("items.json");

    tr_arena_init(&a, SIZE_MAX);
    tr_buf_init(&out, SIZE_MAX);
    for (size_t k = 0; k < BOXES; k++) {
        struct tr_position p = e->s->positions[some_site(e, k)];

        box[k] = (struct tr_extent){ p.lon_e7, p.lat_e7, p.lon_e7, p.lat_e7 };
        half[k] = fit(e, box[k], &a);
        ask(e, box[k], half[k], 1000, &a, &r);
        fprintf(f, "%zu\t%.7f\t%.7f\t%.7f\t%.7f\t%zu\n", k + 1,
                (double)(p.lon_e7 - half[k] * 5 / 3) / 1e7,
                (double)(p.lat_e7 - half[k]) / 1e7,
                (double)(p.lon_e7 + half[k] * 5 / 3) / 1e7,
                (double)(p.lat_e7 + half[k]) / 1e7, r.matched);
        need(tr_encode_geojson(&r, &o, &out, &err));
        fwrite(out.data, 1, out.len, answers);
        fputc('\n', answers);
        tr_buf_reset(&out);
        tr_arena_reset(&a);
    }
    fclose(f);
    fclose(answers);
    for (int run = 0; run < RUNS; run++) {
        double since = now();

        for (size_t k = 0; k < BOXES; k++) {
            ask(e, box[k], half[k], 1000, &a, &r);
            need(tr_encode_geojson(&r, &o, &out, &err));
            tr_buf_reset(&out);
            tr_arena_reset(&a);
        }
        took[run] = (now() - since) / BOXES;
    }
    show("items", took);
    tr_buf_clear(&out);
    tr_arena_clear(&a);
}

/* ---- tiles ---- */

struct sheet {
    struct tr_collection c;
    struct tr_tile_options o;
    struct tr_tile tiles[TILES];
    size_t n;
};

static void choose(struct sheet *t, const struct estate *e, uint32_t z)
{
    t->n = 0;
    for (size_t k = 0; k < 2000 && t->n < TILES; k++) {
        struct tr_position p;
        size_t row = (size_t)(k * UINT64_C(2654435761) % t->c.n), i = 0;
        struct tr_tile at;

        if (t->c.kind == TR_OF_SITES)
            row = some_site(e, k);
        if (!tr_collection_position(&t->c, row, &p))
            continue;
        at = tr_tile_at(tr_mercator_cell(p.lon_e7, p.lat_e7), z);
        while (i < t->n && (t->tiles[i].x != at.x || t->tiles[i].y != at.y))
            i++;
        if (i == t->n)
            t->tiles[t->n++] = at;
    }
}

static void write_tiles(const struct sheet *t, uint32_t z, FILE *list)
{
    struct tr_arena scratch;
    struct tr_buf out;

    tr_arena_init(&scratch, SIZE_MAX);
    tr_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < t->n; i++) {
        char name[96];
        FILE *f;

        need(tr_encode_tile(&t->c, t->tiles[i], &t->o, &scratch, &out, &err));
        snprintf(name, sizeof name, "%s-%u-%u-%u.mvt", t->c.id, z,
                 t->tiles[i].x, t->tiles[i].y);
        f = file(name);
        fwrite(out.data, 1, out.len, f);
        fclose(f);
        fprintf(list, "%u\t%u\t%u\t%zu\n", z, t->tiles[i].x, t->tiles[i].y,
                out.len);
        tr_buf_reset(&out);
        tr_arena_reset(&scratch);
    }
    tr_buf_clear(&out);
    tr_arena_clear(&scratch);
}

static double rate(const struct sheet *t)
{
    struct tr_arena scratch;
    struct tr_buf out;
    double since = now(), took = 0;
    size_t n = 0;

    tr_arena_init(&scratch, SIZE_MAX);
    tr_buf_init(&out, SIZE_MAX);
    for (; n < t->n || took < 0.3; n++) {
        need(tr_encode_tile(&t->c, t->tiles[n % t->n], &t->o, &scratch, &out,
                            &err));
        tr_buf_reset(&out);
        tr_arena_reset(&scratch);
        took = now() - since;
    }
    tr_buf_clear(&out);
    tr_arena_clear(&scratch);
    return (double)n / took;
}

/* Whole: no budget, so that each tile has all its features. */
static void tiles(const struct estate *e, const char *id)
{
    static const char *const of_sites[] = { "partner", "use", "energy_band" };
    static const char *const of_shapes[] = { "use", "energy_band",
                                             "floor_area_m2" };
    struct sheet t = { .o = { .n_properties = 3, .budget = SIZE_MAX / 4 } };
    char name[64];
    FILE *list;

    need(tr_collection_open(e->s, id, &t.c, &err));
    need(tr_tile_cache_new(e->s, 0, &t.o.cache, &err));
    t.o.properties = t.c.kind == TR_OF_SITES ? of_sites : of_shapes;
    snprintf(name, sizeof name, "%s-tiles.tsv", id);
    list = file(name);
    for (uint32_t z = 8; z <= 16; z += 2) {
        double rates[RUNS];

        choose(&t, e, z);
        write_tiles(&t, z, list);
        for (int i = 0; i < RUNS; i++)
            rates[i] = rate(&t);
        snprintf(name, sizeof name, "%s-z%u", id, z);
        show(name, rates);
    }
    fclose(list);
    tr_tile_cache_free(t.o.cache);
}

/* As they are served: within the budget. */
static void one_zoom(const struct estate *e)
{
    struct sheet t = { .o = { .budget = 0 } };
    double rates[RUNS];

    need(tr_collection_open(e->s, "sites", &t.c, &err));
    need(tr_tile_cache_new(e->s, 0, &t.o.cache, &err));
    choose(&t, e, 14);
    for (int i = 0; i < RUNS; i++)
        rates[i] = rate(&t);
    show("tile-z14", rates);
    tr_tile_cache_free(t.o.cache);
}

/* ---- the whole batch ---- */

static void batch(const struct estate *e)
{
    static char text[65536];
    const struct tr_area_set *set = tr_snapshot_area_set(e->s, "areas");
    struct tr_classify_options o = { .as_of = e->s->as_of,
                                     .without_json = true,
                                     .without_flips = true };
    int32_t *areas = room(e->s->n_located, sizeof *areas);
    const struct tr_results *results = NULL;
    const struct tr_rules *rules;
    struct tr_arena kept, a;
    double took[RUNS];
    FILE *f = fopen(RULES, "r");

    if (!f || !set)
        exit(66);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    tr_arena_init(&kept, SIZE_MAX);
    tr_arena_init(&a, SIZE_MAX);
    need(tr_rules_parse(text, strlen(text), RULES, &kept, &rules, &err));
    for (int i = 0; i < RUNS; i++) {
        double since = now();

        tr_arena_reset(&a);
        need(tr_area_index_join(set->index, e->s->keys, e->s->n_located, areas,
                                0, &err));
        need(tr_classify(e->s, rules, &o, &a, &results, &err));
        took[i] = now() - since;
    }
    show("batch", took);

    int64_t *class_ = room(e->s->n_sites, sizeof *class_);

    for (size_t i = 0; i < results->n; i++)
        class_[results->sites[i].site] = results->sites[i].class_;
    write_numbers(e, "batch.tsv", class_);
    free(class_);
    free(areas);
    tr_arena_clear(&a);
    tr_arena_clear(&kept);
}

static void work(const struct estate *e, const char *name)
{
    static const struct {
        const char *name;
        void (*run)(const struct estate *e);
    } works[] = {
        { "positions", write_positions },
        { "join", join },
        { "nearest", nearest },
        { "counts", counts },
        { "circles", circles },
        { "filter", filter },
        { "items", items },
        { "batch", batch },
        { "tile-z14", one_zoom },
    };

    if (strncmp(name, "tiles:", 6) == 0) {
        tiles(e, name + 6);
        return;
    }
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (strcmp(works[i].name, name) == 0) {
            works[i].run(e);
            return;
        }
    }
    fprintf(stderr, "bench_peers: no work is called '%s'\n", name);
    exit(64);
}

int main(int argc, char **argv)
{
    struct store *store = NULL;
    struct tr_snapshot *s;
    double since;

    if (argc < 4) {
        fputs("usage: bench_peers STORE FOLDER WORK...\n", stderr);
        return 64;
    }
    folder = argv[2];
    need(store_open(argv[1], STORE_READ, &store, &err));
    since = now();
    s = snapshot_for(store, "partnership", 20600, NULL);
    printf("snapshot %.9g\n", now() - since);

    struct estate e = take(s);

    printf("bytes %.9g\n", (double)tr_snapshot_bytes(s));
    for (int i = 3; i < argc; i++)
        work(&e, argv[i]);
    printf("peak %.9g\n", peak_bytes());
    free(e.number);
    free(e.partner);
    free(e.by_number);
    tr_snapshot_free(s);
    store_close(store);
    return 0;
}
