/* input_layer.c - see support/input_layer.h */
#include "support/input_layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (p)
        return p;
    fputs("input_layer: no memory\n", stderr);
    abort();
}

struct tr_input_layer input_layer(const char *name, const char *kind, size_t n,
                                  struct tr_arena *a)
{
    struct tr_input_layer l = {
        .about = { .name = name,
                   .title = name,
                   .kind = kind,
                   .agreement_expires = TR_NO_DATE,
                   .as_of = TR_NO_DATE,
                   .crs_operation = "",
                   .source_name = "a file" },
        .n_rows = n,
        .rows = must(tr_arena_array(a, n + 1, sizeof(struct tr_input_row))),
    };

    for (size_t i = 0; i < n; i++)
        l.rows[i].missing_since = TR_NO_DATE;
    return l;
}

void input_row_write(struct tr_input_row *row, const struct tr_schema *s,
                     const struct tr_value *values, struct tr_arena *a)
{
    unsigned char *copy;
    struct tr_buf b;

    tr_buf_init(&b, 4096);
    tr_record_write(s, values, &b);
    copy = must(tr_arena_alloc(a, b.len + 1));
    if (b.len)
        memcpy(copy, b.data, b.len);
    row->schema = s;
    row->record = copy;
    row->record_len = b.len;
    tr_buf_clear(&b);
}

const struct tr_geometry *input_polygon(const struct tr_position *ring,
                                        uint32_t n, struct tr_arena *a)
{
    struct tr_position *points = must(tr_arena_array(a, n, sizeof *points));
    uint32_t *parts = must(tr_arena_array(a, 2, sizeof *parts));
    uint32_t *polygons = must(tr_arena_array(a, 2, sizeof *polygons));
    struct tr_geometry *g = must(tr_arena_alloc(a, sizeof *g));

    memcpy(points, ring, n * sizeof *points);
    parts[1] = n;
    polygons[1] = 1;
    *g = (struct tr_geometry){ TR_POLYGON, n, 1, 1, points, parts, polygons };
    return g;
}
