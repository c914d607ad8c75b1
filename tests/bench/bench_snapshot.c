/* bench_snapshot.c STORE DATA SET - one store's snapshot: how long it takes to
 * make and how large it is, an area join with SET, tiles from z8 to z16. Lines
 * as tests/bench/README.md says; each figure is the median of five. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/encode.h"
#include "terrier/hash.h"

enum { AS_OF = 20000, TILES = 60 };

static struct tr_snapshot *time_build(struct store *s, const char *data)
{
    double took[RUNS];
    struct tr_snapshot *p = NULL;

    for (int i = 0; i < RUNS; i++) {
        double since;

        tr_snapshot_free(p);
        since = seconds();
        p = snapshot_for(s, "operator", AS_OF, NULL);
        took[i] = seconds() - since;
    }
    line("P2", "snapshot-build", data, median(took, RUNS), "s");
    for (int i = 0; i < RUNS; i++) {
        double since = seconds();

        tr_snapshot_free(snapshot_for(s, "operator", AS_OF, p));
        took[i] = seconds() - since;
    }
    line("P2", "snapshot-classes-alone", data, median(took, RUNS), "s");
    line("P2", "snapshot-bytes", data,
         (double)tr_snapshot_bytes(p) / (double)p->n_sites, "bytes/site");
    return p;
}

static void time_join(const char *row, const char *work, const char *data,
                      const struct tr_area_set *set, const uint64_t *keys,
                      size_t n)
{
    int32_t *out = malloc((n + 1) * sizeof *out);
    double took[RUNS];
    char name[64];

    for (unsigned threads = 0; out && threads < 2; threads++) {
        for (int i = 0; i < RUNS; i++) {
            double since = seconds();

            need(tr_area_index_join(set->index, keys, n, out, threads, &err));
            took[i] = seconds() - since;
        }
        snprintf(name, sizeof name, "%s%s", work, threads ? "-one-thread" : "");
        line(row, name, data, (double)n / median(took, RUNS), "points/s");
    }
    free(out);
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* A layer's points as the join wants them: Morton keys, ascending. */
static void time_layer_join(const struct tr_layer *l, const char *data,
                            const struct tr_area_set *set)
{
    uint64_t *keys = malloc((l->n_rows + 1) * sizeof *keys);
    size_t n = 0;

    for (size_t r = 0; keys && r < l->n_rows; r++) {
        if (l->has_position[r])
            keys[n++] = tr_morton(tr_mercator_cell(l->positions[r].lon_e7,
                                                   l->positions[r].lat_e7));
    }
    if (keys) {
        qsort(keys, n, sizeof *keys, by_key);
        time_join("P3", "area-join-postcodes", data, set, keys, n);
    }
    free(keys);
}

/* Tiles that hold sites, chosen by site, so busy places are asked for most. */
static double tiles_per_second(const struct tr_collection *c, uint32_t z,
                               double *bytes)
{
    const struct tr_snapshot *s = c->snapshot;
    struct tr_tile_options o = { 0 };
    double since = seconds();
    struct tr_arena scratch;
    struct tr_buf out;
    size_t n = 0;

    *bytes = 0;
    tr_buf_init(&out, 16 * 1024 * 1024);
    tr_arena_init(&scratch, SIZE_MAX);
    for (; n < TILES && (n < 3 || seconds() - since < 0.5); n++) {
        size_t site = (size_t)(n * UINT64_C(2654435761) % s->n_located);

        need(tr_encode_tile(c, tr_tile_at(tr_morton_cell(s->keys[site]), z), &o,
                            &scratch, &out, &err));
        *bytes += (double)out.len;
        tr_buf_reset(&out);
        tr_arena_clear(&scratch);
    }
    *bytes /= (double)n;
    tr_buf_clear(&out);
    return (double)n / (seconds() - since);
}

static void time_tiles(const struct tr_snapshot *s, const char *id,
                       const char *data)
{
    struct tr_collection c;
    char work[96];

    need(tr_collection_open(s, id, &c, &err));
    for (uint32_t z = 8; z <= 16; z++) {
        double rate[RUNS], bytes = 0;

        for (int i = 0; i < RUNS; i++)
            rate[i] = tiles_per_second(&c, z, &bytes);
        snprintf(work, sizeof work, "mvt-%s-z%u", id, z);
        line("P9", work, data, median(rate, RUNS), "tiles/s");
        snprintf(work, sizeof work, "mvt-%s-z%u-size", id, z);
        line("P9", work, data, bytes, "bytes/tile");
    }
}

int main(int argc, char **argv)
{
    struct store *store = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: bench_snapshot STORE DATA SET\n");
        return 64;
    }
    tr_hash_start();
    need(store_open(argv[1], STORE_READ, &store, &err));

    struct tr_snapshot *s = time_build(store, argv[2]);
    const struct tr_area_set *set = tr_snapshot_area_set(s, argv[3]);
    const struct tr_layer *postcodes = tr_snapshot_layer(s, "postcodes");

    if (set)
        time_join("P4", "area-join-sites", argv[2], set, s->keys, s->n_located);
    if (set && postcodes)
        time_layer_join(postcodes, argv[2], set);
    time_tiles(s, "sites", argv[2]);
    if (set)
        time_tiles(s, argv[3], argv[2]);
    tr_snapshot_free(s);
    store_close(store);
    return 0;
}
