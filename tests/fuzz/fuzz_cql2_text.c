/* fuzz_cql2_text.c - what parses prints to a text that parses to the same
 * print, and runs over a small table without crashing or taking long. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "terrier/cql2.h"

#define N_ROWS 70

static struct tr_arena store;
static struct tr_column columns[8];
static struct tr_table table = { N_ROWS, 0, columns };

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void fill(struct tr_column_builder *b, enum tr_type type, size_t row)
{
    static const char *const words[] = {
        "", "a", "Abc", "50%", "1999-12-31", "12.5", "\xC3\xA9t\xC3\xA9"
    };
    static const struct tr_position where = { .lon_e7 = 10000000 };
    static const uint32_t starts[] = { 0, 1 };
    static const struct tr_geometry point = { .kind = TR_POINT,
                                              .n_points = 1,
                                              .n_parts = 1,
                                              .points = &where,
                                              .part_start = starts,
                                              .polygon_start = starts };
    int64_t v = (int64_t)row - 20;

    switch (type) {
    case TR_BOOLEAN: tr_column_put_bool(b, row, row % 2); break;
    case TR_INTEGER: tr_column_put_int(b, row, row % 9 ? v : INT64_MIN); break;
    case TR_DATE:
    case TR_INSTANT: tr_column_put_int(b, row, v * 300); break;
    case TR_NUMBER: tr_column_put_number(b, row, (double)v / 4); break;
    case TR_TEXT: tr_column_put_text(b, row, words[row % 7]); break;
    case TR_LIST: tr_column_put_list(b, row, words + row % 3, row % 5); break;
    case TR_GEOMETRY: tr_column_put_geometry(b, row, &point); break;
    }
}

/* One column of each type: b, i, n, d, s, t, l, g. */
static void make_table(void)
{
    static const char *const names[] = {
        "b", "i", "n", "d", "s", "t", "l", "g"
    };

    tr_arena_init(&store, 1 << 22);
    for (size_t k = 0; k < 8; k++) {
        struct tr_column_builder *b =
            tr_column_builder_new(&store, names[k], (enum tr_type)k);

        for (size_t row = 0; row < N_ROWS; row++) {
            if ((row + k) % 4)
                fill(b, (enum tr_type)k, row);
        }
        must(!tr_column_finish(b, N_ROWS, &columns[table.n_columns++], NULL));
    }
}

static const char *look(const void *context, const char *name, const char *key)
{
    (void)context;
    (void)name;
    return *key == 'a' ? "found" : NULL;
}

static void run(const struct tr_cql2 *e, struct tr_arena *a)
{
    const struct tr_cql2_env env = { .as_of = 20000, .lookup = look };
    const struct tr_cql2_bound *b;
    struct tr_error err = TR_ERROR_INIT;
    uint64_t yes[2], unknown[2];
    struct tr_column out;

    if (tr_cql2_bind(e, &table, &env, a, &b, &err)) {
        must(*err.msg);
        return;
    }
    must(!tr_cql2_values(b, 3, N_ROWS, a, &out, &err));
    if (tr_cql2_type(b) != TR_BOOLEAN)
        return;
    must(!tr_cql2_filter(b, 3, N_ROWS, yes, unknown, a, &err));
    for (size_t i = 0; i < N_ROWS - 3; i++) {
        bool is_yes = yes[i / 64] >> (i % 64) & 1;
        bool is_unknown = unknown[i / 64] >> (i % 64) & 1;

        must(!(is_yes && is_unknown));
        must(is_unknown == !tr_has(&out, i));
        must(is_unknown || is_yes == out.values.booleans[i]);
    }
}

static void check(const char *text, struct tr_arena *a)
{
    const struct tr_cql2 *e, *again;
    struct tr_buf one, two;
    struct tr_error err = TR_ERROR_INIT;

    if (tr_cql2_parse_text(text, TR_CQL2_QUERY, a, &e, NULL, &err)) {
        must(*err.msg);
        return;
    }
    tr_buf_init(&one, 1 << 22);
    tr_buf_init(&two, 1 << 22);
    tr_cql2_print_text(e, &one);
    must(tr_buf_text(&one));
    /* Printing adds brackets and spaces: that may pass the limits of a query.
     */
    if (one.len < 16384) {
        must(!tr_cql2_parse_text(tr_buf_text(&one), TR_CQL2_QUERY, a, &again,
                                 NULL, &err));
        tr_cql2_print_text(again, &two);
        must(!strcmp(tr_buf_text(&one), tr_buf_text(&two)));
    }
    tr_buf_clear(&one);
    tr_buf_clear(&two);
    run(e, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct timespec t0, t1;
    struct tr_arena a;
    char *text = malloc(size + 1);

    if (!table.n_columns)
        make_table();
    must(text);
    memcpy(text, data, size);
    text[size] = '\0';
    tr_arena_init(&a, 1 << 27);
    clock_gettime(CLOCK_MONOTONIC, &t0);
    check(text, &a);
    clock_gettime(CLOCK_MONOTONIC, &t1);
    /* 100 ms, five times that under the sanitizers. */
    must((t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000 <
         500);
    tr_arena_clear(&a);
    free(text);
    return 0;
}
