/* query_order.c - see query_order.h */
#include "analyse/query_order.h"

#include <string.h>

#include "analyse/query_where.h"

static const char no_memory[] = "no memory left for the query";

#define MAX_SORT_KEYS 8

struct sort_key {
    const struct tr_column *column; /* NULL: the distance */
    bool down;
};

/* A site's id as two numbers that order as its first characters do: comparing
 * a million ids by their texts would wait for memory most of the time. */
#define ID_WORDS 2

struct entry {
    uint32_t row;
    int64_t distance_mm;   /* 0 without near */
    uint64_t id[ID_WORDS]; /* of sites; else 0 */
};

struct ordering {
    const struct tr_collection *c;
    const struct tr_query *q;
    struct tr_arena *a;
    struct sort_key keys[MAX_SORT_KEYS];
    size_t n;
};

/* ---- comparing two rows ---- */

static int order_of(int64_t x, int64_t y)
{
    return x < y ? -1 : x > y;
}

static int compare_numbers(double x, double y)
{
    return x < y ? -1 : x > y;
}

static int compare_at(const struct tr_column *c, size_t x, size_t y)
{
    bool has_x = tr_has(c, x), has_y = tr_has(c, y);

    if (!has_x || !has_y)
        return has_x ? -1 : has_y; /* missing ones stand last */
    switch (c->type) {
    case TR_BOOLEAN:
        return (int)c->values.booleans[x] - (int)c->values.booleans[y];
    case TR_INTEGER:
    case TR_INSTANT:
        return order_of(c->values.integers[x], c->values.integers[y]);
    case TR_DATE: return order_of(c->values.dates[x], c->values.dates[y]);
    case TR_NUMBER:
        return compare_numbers(c->values.numbers[x], c->values.numbers[y]);
    case TR_TEXT:
        return c->dict->sorted
                   ? order_of(c->values.codes[x], c->values.codes[y])
                   : strcmp(tr_text_at(c, x), tr_text_at(c, y));
    case TR_LIST:
    case TR_GEOMETRY: break; /* refused when the sort was read */
    }
    return 0;
}

/* Areas and the rows of layers stand in the order of their ids already. */
static int compare_ids(const struct ordering *o, const struct entry *x,
                       const struct entry *y)
{
    if (!tr_collection_is_of_sites(o->c))
        return order_of(x->row, y->row);
    for (int w = 0; w < ID_WORDS; w++) {
        if (x->id[w] != y->id[w])
            return x->id[w] < y->id[w] ? -1 : 1;
    }
    return strcmp(tr_collection_feature_id(o->c, x->row),
                  tr_collection_feature_id(o->c, y->row));
}

static int compare(const struct ordering *o, const struct entry *x,
                   const struct entry *y)
{
    for (size_t k = 0; k < o->n; k++) {
        const struct tr_column *c = o->keys[k].column;
        int d = c ? compare_at(c, x->row, y->row)
                  : order_of(x->distance_mm, y->distance_mm);

        if (d && o->keys[k].down &&
            (!c || (tr_has(c, x->row) && tr_has(c, y->row))))
            d = -d;
        if (d)
            return d;
    }
    return compare_ids(o, x, y);
}

/* ---- the first few of many: a heap with the last of them on top ---- */

static void swap(struct entry *x, struct entry *y)
{
    struct entry kept = *x;

    *x = *y;
    *y = kept;
}

static void sink(const struct ordering *o, struct entry *heap, size_t n,
                 size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= n)
            return;
        if (child + 1 < n && compare(o, &heap[child], &heap[child + 1]) < 0)
            child++;
        if (compare(o, &heap[at], &heap[child]) >= 0)
            return;
        swap(&heap[at], &heap[child]);
        at = child;
    }
}

/* The least `n` of `count` entries come to the front, in order. Ids are all
 * different, so that one order only is possible. */
static void sort_first(const struct ordering *o, struct entry *list,
                       size_t count, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sink(o, list, n, i);
    for (size_t i = n; n && i < count; i++) {
        if (compare(o, &list[i], &list[0]) < 0) {
            list[0] = list[i];
            sink(o, list, n, 0);
        }
    }
    for (size_t left = n; left > 1; left--) {
        swap(&list[0], &list[left - 1]);
        sink(o, list, left - 1, 0);
    }
}

/* ---- what to sort by ---- */

static enum tr_status add_sort_key(struct ordering *o, const char *name,
                                   size_t len, struct tr_error *err)
{
    bool down = len && *name == '-';
    bool sign = down || (len && *name == '+');
    char *copy = tr_arena_text(o->a, name + sign, len - sign);
    struct sort_key *key = &o->keys[o->n];

    if (!copy)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (o->n == MAX_SORT_KEYS)
        return tr_fail(err, TR_EINVAL, "sort takes at most %d properties",
                       MAX_SORT_KEYS);
    key->down = down;
    o->n++;
    if (strcmp(copy, "distance") == 0 && o->q->has_near) {
        key->column = NULL;
        return TR_OK;
    }
    key->column = tr_table_column(o->c->table, copy);
    if (!key->column || key->column->type == TR_LIST ||
        key->column->type == TR_GEOMETRY)
        return tr_fail(err, TR_EINVAL,
                       "cannot sort by '%.60s': not a property with one value",
                       copy);
    return TR_OK;
}

static enum tr_status read_sort(struct ordering *o, struct tr_error *err)
{
    const char *p = o->q->sort;
    enum tr_status st = TR_OK;

    while (!st && p && *p) {
        size_t len = strcspn(p, ",");

        st = add_sort_key(o, p, len, err);
        p += len + (p[len] == ',');
    }
    return st;
}

/* ---- the page ---- */

static size_t count_bits(const uint64_t *pass, size_t n_rows)
{
    size_t n = 0;

    for (size_t w = 0; w < n_rows / 64 + 1; w++)
        n += (size_t)__builtin_popcountll(pass[w]);
    return n;
}

static void read_id(const char *text, uint64_t id[ID_WORDS])
{
    size_t i = 0;

    for (int w = 0; w < ID_WORDS; w++) {
        id[w] = 0;
        for (size_t b = 0; b < sizeof id[w]; b++) {
            id[w] = id[w] << 8 | (unsigned char)text[i];
            i += text[i] != '\0';
        }
    }
}

static struct entry make_entry(const struct ordering *o, size_t row)
{
    struct entry e = { .row = (uint32_t)row };

    if (o->q->has_near)
        e.distance_mm = query_distance(o->c, o->q, row);
    if (tr_collection_is_of_sites(o->c))
        read_id(tr_collection_feature_id(o->c, row), e.id);
    return e;
}

static struct entry *list_rows(const struct ordering *o, const uint64_t *pass,
                               size_t n)
{
    struct entry *list = tr_arena_array(o->a, n + 1, sizeof *list);
    size_t k = 0;

    for (size_t w = 0; list && w < o->c->n / 64 + 1; w++) {
        for (uint64_t left = pass[w]; left; left &= left - 1)
            list[k++] = make_entry(o, w * 64 + (size_t)__builtin_ctzll(left));
    }
    return list;
}

enum tr_status query_order(const struct tr_collection *c,
                           const struct tr_query *q, const uint64_t *pass,
                           struct tr_arena *a, struct tr_query_result *out,
                           struct tr_error *err)
{
    struct ordering o = { .c = c, .q = q, .a = a };
    size_t n = count_bits(pass, c->n);
    size_t first = q->offset < n ? q->offset : n;
    size_t count = q->limit && q->limit < n - first ? q->limit : n - first;
    uint32_t *rows = tr_arena_array(a, count + 1, sizeof *rows);
    int64_t *distances = tr_arena_array(a, count + 1, sizeof *distances);
    enum tr_status st = read_sort(&o, err);
    struct entry *list = st ? NULL : list_rows(&o, pass, n);

    if (st)
        return st;
    if (!rows || !distances || !list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    sort_first(&o, list, n, first + count);
    for (size_t i = 0; i < count; i++) {
        rows[i] = list[first + i].row;
        distances[i] = list[first + i].distance_mm;
    }
    out->matched = n;
    out->n = count;
    out->rows = rows;
    out->distances_mm = q->has_near ? distances : NULL;
    return TR_OK;
}
