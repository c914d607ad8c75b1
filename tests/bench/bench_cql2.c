/* bench_cql2.c - filters over a million sites, one line each. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "terrier/cql2.h"

#define N_ROWS ((size_t)1000000)

static struct tr_arena store;
static struct tr_column columns[8];
static struct tr_table table = { N_ROWS, 0, columns };

static void fill(struct tr_column_builder *b, enum tr_type type, size_t row,
                 uint64_t random)
{
    static const char *const items[] = { "bus", "tram", "rail" };
    static const uint32_t starts[] = { 0, 1 };
    struct tr_geometry *g;
    struct tr_position *p;
    char text[32];

    switch (type) {
    case TR_BOOLEAN: tr_column_put_bool(b, row, random & 1); break;
    case TR_INTEGER: tr_column_put_int(b, row, (int64_t)(random % 1000)); break;
    case TR_NUMBER:
        tr_column_put_number(b, row, (double)(random % 4096));
        break;
    case TR_DATE: tr_column_put_int(b, row, (int64_t)(random % 20000)); break;
    case TR_INSTANT:
        tr_column_put_int(b, row, (int64_t)(random % 2000000000));
        break;
    case TR_TEXT:
        snprintf(text, sizeof text, "Place %u", (unsigned)(random % 400));
        tr_column_put_text(b, row, text);
        break;
    case TR_LIST: tr_column_put_list(b, row, items, random % 4); break;
    case TR_GEOMETRY:
        g = tr_arena_alloc(&store, sizeof *g);
        p = tr_arena_alloc(&store, sizeof *p);
        p->lon_e7 = -30000000 + (int32_t)(random % 40000000);
        p->lat_e7 = 510000000 + (int32_t)(random / 40000000 % 40000000);
        *g = (struct tr_geometry){ .kind = TR_POINT,
                                   .n_points = 1,
                                   .n_parts = 1,
                                   .points = p,
                                   .part_start = starts };
        tr_column_put_geometry(b, row, g);
        break;
    }
}

static void make_table(void)
{
    static const char *const names[] = { "open", "floors", "area", "built",
                                         "seen", "place",  "tags", "where" };
    uint64_t random = 88172645463325252u;

    tr_arena_init(&store, (size_t)1 << 31);
    for (int k = 0; k < 8; k++) {
        double t0 = 1e3 * seconds();
        struct tr_column_builder *b =
            tr_column_builder_new(&store, names[k], (enum tr_type)k);

        for (size_t row = 0; row < N_ROWS; row++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if (random % 16)
                fill(b, (enum tr_type)k, row, random >> 8);
        }
        if (tr_column_finish(b, N_ROWS, &columns[table.n_columns++], NULL))
            abort();
        printf("%-60s %8.2f ms\n", names[k], 1e3 * seconds() - t0);
    }
}

static void run(const char *text)
{
    const struct tr_cql2_env env = { .as_of = 20000 };
    uint64_t *yes = calloc(N_ROWS / 64 + 1, 8);
    uint64_t *unknown = calloc(N_ROWS / 64 + 1, 8);
    double best_bind = 1e9, best = 1e9;
    size_t n = 0;

    for (int i = 0; i < 5; i++) {
        const struct tr_cql2_bound *b;
        const struct tr_cql2 *e;
        struct tr_arena a;
        double t0 = 1e3 * seconds(), t1, t2;

        tr_arena_init(&a, (size_t)1 << 28);
        if (tr_cql2_parse_text(text, TR_CQL2_QUERY, &a, &e, NULL, &err) ||
            tr_cql2_bind(e, &table, &env, &a, &b, &err)) {
            printf("%s: %s\n", text, err.msg);
            exit(1);
        }
        t1 = 1e3 * seconds();
        if (tr_cql2_filter(b, 0, N_ROWS, yes, unknown, &a, &err))
            exit(1);
        t2 = 1e3 * seconds();
        best_bind = t1 - t0 < best_bind ? t1 - t0 : best_bind;
        best = t2 - t1 < best ? t2 - t1 : best;
        tr_arena_clear(&a);
    }
    for (size_t i = 0; i < N_ROWS / 64; i++)
        n += (size_t)__builtin_popcountll(yes[i]);
    printf("%-60s %8.3f ms %7.0f M rows/s  bind %.3f ms  %zu\n", text, best,
           (double)N_ROWS / best / 1e3, best_bind, n);
    free(yes);
    free(unknown);
}

int main(void)
{
    make_table();
    run("floors > 500");
    run("area < 1000.5");
    run("floors = area");
    run("built >= DATE('2000-01-01')");
    run("seen < TIMESTAMP('2000-01-01T00:00:00Z')");
    run("open");
    run("place = 'Place 7'");
    run("CASEI(place) LIKE casei('%ACE 1%')");
    run("place IN ('Place 1', 'Place 2', 'Place 3') OR place IS NULL");
    run("floors IN (1, 2, 3, 500, 501)");
    run("open AND floors > 500 AND area < 1000 AND place <> 'Place 3'");
    run("area * 2 + floors > 3000");
    run("has(tags, 'tram')");
    run("a_contains(tags, ('tram', 'bus'))");
    run("if(open, coalesce(floors, 0), 3) > 2");
    run("s_intersects(\"where\", BBOX(-2.4, 53.3, -2.2, 53.5))");
    run("s_intersects(\"where\", POLYGON((-3 51, 1 51, -1 55, -3 51)))");
    tr_arena_clear(&store);
    return 0;
}
