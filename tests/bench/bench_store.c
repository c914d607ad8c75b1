/* bench_store.c - a million rows into a new layer and out of it again, on the
 * disk of the current folder. Lines as tests/bench/README.md says. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

#define PATH "build/bench-store.db"

static void row_of(const char *work, long n, double since)
{
    printf("P1\t%s\t%ld rows\t%.0f\trows/s\t-\t-\t-\n", work, n,
           (double)n / (seconds() - since));
}

static void load(struct store *s, const struct store_load *info, long n,
                 unsigned char content)
{
    static unsigned char record[180];
    struct store_loading *l = NULL;
    enum store_outcome o;
    bool changed;
    char key[32];

    need(store_load_begin(s, "bench", STORE_SITES, info, &l, &err));
    for (long i = 0; i < n; i++) {
        struct store_row r = { .key = key,
                               .source_row = i + 2,
                               .has_position = true,
                               .position = { -23520922, 534000000, 377000000,
                                             395000000 },
                               .record = record,
                               .record_len = sizeof record };

        snprintf(key, sizeof key, "1000%08ld", i);
        memcpy(r.digest.bytes, &i, sizeof i);
        r.digest.bytes[31] = content;
        need(store_load_row(l, &r, &o, &err));
    }
    need(store_load_commit(l, info, &changed, &err));
}

static enum tr_status add(void *context, const struct store_row *r,
                          struct tr_error *e)
{
    (void)e;
    *(size_t *)context += r->record_len;
    return TR_OK;
}

static void tidy(void)
{
    unlink(PATH);
    unlink(PATH "-journal");
    unlink(PATH "-lock");
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    struct store_load info = { .layer_name = "bench",
                               .source_name = "bench.csv",
                               .schema = "[]" };
    struct store *s = NULL;
    size_t bytes = 0;
    double t;

    tidy();
    need(store_open(PATH, STORE_CREATE, &s, &err));
    need(
        store_put_document(s, "profile", "bench", "x", 1, &info.profile, &err));
    t = seconds();
    load(s, &info, n, 1);
    row_of("store-load-new", n, t);
    t = seconds();
    need(store_read_rows(s, 1, 0, add, &bytes, &err));
    row_of("store-read", n, t);
    t = seconds();
    load(s, &info, n, 1);
    row_of("store-load-same", n, t);
    t = seconds();
    load(s, &info, n, 2);
    row_of("store-load-changed", n, t);
    store_close(s);
    tidy();
    return 0;
}
