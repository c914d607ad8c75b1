/* bench_raster.c STORE DATA - pictures of one store's map: milliseconds of the
 * processor for a tile, by zoom, the median of all tiles that hold a site (64 of
 * them at most), and how large they are. Lines as tests/bench/README.md says. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/raster.h"

enum { MOST = 64, DRAWS = 3 };

/* Tiles of a zoom that hold a site, spread over all of them. */
static size_t find_tiles(const struct tr_snapshot *s, uint32_t z,
                         struct tr_tile *out)
{
    size_t n = 0, step = s->n_located / MOST + 1;

    for (size_t i = 0; i < s->n_located; i += step) {
        struct tr_tile t = tr_tile_at(tr_morton_cell(s->keys[i]), z);
        size_t k = 0;

        while (k < n && (out[k].x != t.x || out[k].y != t.y))
            k++;
        if (k == n && n < MOST)
            out[n++] = t;
    }
    return n;
}

static double draw(struct tr_raster *r, const struct tr_snapshot *s,
                   struct tr_tile t, double scale, size_t *bytes)
{
    const struct tr_raster_options o = { .scale = scale };
    struct tr_raster_view v = tr_raster_tile(t);
    struct tr_arena a;
    struct tr_buf b;
    double least = 1e9;

    for (int i = 0; i < DRAWS; i++) {
        double began = cpu_seconds();

        tr_arena_init(&a, (size_t)4 << 30);
        tr_buf_init(&b, (size_t)64 << 20);
        need(tr_raster_png(r, s, &v, &o, &a, &b, &err));
        *bytes = b.len;
        tr_buf_clear(&b);
        tr_arena_clear(&a);
        began = 1e3 * (cpu_seconds() - began);
        least = began < least ? began : least;
    }
    return least;
}

static void measure(struct tr_raster *r, const struct tr_snapshot *s,
                    const char *data, uint32_t z, double scale)
{
    struct tr_tile tiles[MOST];
    double ms[MOST], sizes[MOST], middle;
    size_t n = find_tiles(s, z, tiles);

    for (size_t i = 0; i < n; i++) {
        size_t bytes;

        ms[i] = draw(r, s, tiles[i], scale, &bytes);
        sizes[i] = (double)bytes;
    }
    if (!n)
        return;
    middle = median(ms, n);
    printf("-\tpng z%u%s\t%s\t%.2f\tms CPU\t-\t-\tslowest %.2f ms, %.1f KB\n",
           (unsigned)z, scale > 1 ? " @2x" : "", data, middle, ms[n - 1],
           median(sizes, n) / 1024);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct tr_snapshot *s;
    struct tr_raster *r;
    struct store *store;

    if (argc != 3) {
        fprintf(stderr, "usage: bench_raster STORE DATA\n");
        return 64;
    }
    need(store_open(argv[1], STORE_READ, &store, &err));
    s = snapshot_for(store, "partnership", 20000, NULL);
    need(tr_raster_open(&r, &err));
    for (uint32_t z = 6; z <= 18; z += 2)
        measure(r, s, argv[2], z, 1);
    measure(r, s, argv[2], 14, 2);
    tr_raster_close(r);
    tr_snapshot_free(s);
    store_close(store);
    return 0;
}
