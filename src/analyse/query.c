/* query.c - see terrier/query.h */
#include "terrier/query.h"

#include <stdlib.h>
#include <string.h>

#include "terrier/text.h"

static const char no_memory[] = "no memory left for the query";

/* ---- conditions: each clears bits of the rows that do not pass ---- */

struct running {
    const struct tr_snapshot *s;
    const struct tr_query *q;
    struct tr_collection c;
    uint64_t *pass;     /* one bit per row */
    int64_t *distances; /* per row; NULL without near */
    struct tr_arena *a;
};

static bool passes(const struct running *r, size_t row)
{
    return r->pass[row / 64] >> (row % 64) & 1;
}

static void refuse(struct running *r, size_t row)
{
    r->pass[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

#define BLOCK 65536

static enum tr_status apply_filter(struct running *r,
                                   const struct tr_cql2 *filter,
                                   struct tr_error *err)
{
    struct tr_cql2_env env = { .as_of = r->s->as_of };
    const struct tr_cql2_bound *bound;
    uint64_t yes[BLOCK / 64], unknown[BLOCK / 64];
    enum tr_status st = tr_query_names(&r->c, filter, r->a, &filter, err);

    if (!st)
        st = tr_cql2_bind(filter, r->c.table, &env, r->a, &bound, err);
    if (!st && tr_cql2_type(bound) != TR_BOOLEAN)
        st = tr_fail(err, TR_EINVAL,
                     "the filter is a %s, not a condition: compare it with "
                     "something",
                     tr_type_name(tr_cql2_type(bound)));
    for (size_t first = 0; !st && first < r->c.n; first += BLOCK) {
        size_t last = first + BLOCK < r->c.n ? first + BLOCK : r->c.n;

        st = tr_cql2_filter(bound, first, last, yes, unknown, r->a, err);
        for (size_t w = 0; !st && w < (last - first + 63) / 64; w++)
            r->pass[first / 64 + w] &= yes[w];
    }
    return st;
}

static bool overlaps(struct tr_extent a, struct tr_extent b)
{
    return a.west_e7 <= b.east_e7 && a.east_e7 >= b.west_e7 &&
           a.south_e7 <= b.north_e7 && a.north_e7 >= b.south_e7;
}

/* A box across the 180th meridian is two boxes. */
static bool in_bbox(struct tr_extent e, struct tr_extent bbox)
{
    struct tr_extent east = bbox, west = bbox;

    if (bbox.west_e7 <= bbox.east_e7)
        return overlaps(e, bbox);
    east.east_e7 = 1800000000;
    west.west_e7 = -1800000000;
    return overlaps(e, east) || overlaps(e, west);
}

static void apply_bbox(struct running *r)
{
    for (size_t row = 0; row < r->c.n; row++) {
        const struct tr_geometry *g = tr_collection_geometry(&r->c, row);
        struct tr_position p;
        bool in = false;

        if (g)
            in = in_bbox(tr_geometry_extent(g), r->q->bbox);
        else if (tr_collection_position(&r->c, row, &p))
            in = in_bbox(
                (struct tr_extent){ p.lon_e7, p.lat_e7, p.lon_e7, p.lat_e7 },
                r->q->bbox);
        if (!in)
            refuse(r, row);
    }
}

static const struct tr_column *date_column(const struct running *r,
                                           const char *name)
{
    const struct tr_column *c = tr_table_column(r->c.table, name);

    return c && c->type == TR_DATE ? c : NULL;
}

static void apply_time(struct running *r)
{
    const struct tr_column *start = date_column(r, "start_date");
    const struct tr_column *end = date_column(r, "end_date");

    for (size_t row = 0; row < r->c.n; row++) {
        bool later =
            start && tr_has(start, row) && start->values.dates[row] > r->q->to;
        bool earlier =
            end && tr_has(end, row) && end->values.dates[row] < r->q->from;

        if (later || earlier)
            refuse(r, row);
    }
}

static int64_t root(int64_t v)
{
    int64_t low = 0, high = INT64_C(3037000499);

    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;

        if (middle <= v / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int64_t point_distance(struct tr_position p, struct tr_position q)
{
    int64_t de = (int64_t)p.e_mm - q.e_mm, dn = (int64_t)p.n_mm - q.n_mm;

    return root(de * de + dn * dn);
}

static enum tr_status apply_near(struct running *r, struct tr_error *err)
{
    r->distances = tr_arena_array(r->a, r->c.n + 1, sizeof *r->distances);
    if (!r->distances)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t row = 0; row < r->c.n; row++) {
        const struct tr_geometry *g = tr_collection_geometry(&r->c, row);
        struct tr_position p;
        int64_t d = INT64_MAX;

        if (g)
            d = tr_geometry_distance_mm(g, r->q->near.e_mm, r->q->near.n_mm);
        else if (tr_collection_position(&r->c, row, &p))
            d = point_distance(p, r->q->near);
        r->distances[row] = d;
        if (d > r->q->within_mm)
            refuse(r, row);
    }
    return TR_OK;
}

static enum tr_status find_area(const struct running *r,
                                const struct tr_area_set **set, int32_t *area,
                                struct tr_error *err)
{
    const struct tr_query *q = r->q;

    *set = tr_snapshot_area_set(r->s, q->area_set);
    if (!*set && !r->s->n_area_sets)
        return tr_fail(err, TR_ENOTFOUND,
                       "no area set '%.60s': no areas are loaded", q->area_set);
    if (!*set) {
        const char *names[128];
        size_t n = 0;

        for (size_t i = 0; i < r->s->n_area_sets && n < 128; i++)
            names[n++] = r->s->area_sets[i].latest ? r->s->area_sets[i].set
                                                   : r->s->area_sets[i].id;

        const char *near = tr_text_nearest(q->area_set, names, n);

        return tr_fail(err, TR_ENOTFOUND, "no area set '%.60s'%s%s%s",
                       q->area_set, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'" : "");
    }
    *area = tr_area_named(*set, q->area);
    if (*area == TR_NO_AREA) {
        const char *near = tr_text_nearest(q->area, (*set)->names, (*set)->n);

        return tr_fail(err, TR_ENOTFOUND, "no area '%.60s' in '%s'%s%s%s",
                       q->area, (*set)->id, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'" : "");
    }
    return TR_OK;
}

static enum tr_status apply_area(struct running *r, struct tr_error *err)
{
    const struct tr_area_set *set;
    const int32_t *area_of_row;
    int32_t area;
    enum tr_status st = find_area(r, &set, &area, err);

    if (st)
        return st;
    area_of_row = tr_collection_is_of_sites(&r->c) ? set->site_area
                  : r->c.kind == TR_OF_LAYER && r->c.layer->areas
                      ? r->c.layer->areas[set - r->s->area_sets]
                      : NULL;
    if (!area_of_row)
        return tr_fail(err, TR_EINVAL,
                       "'%s' has no areas to ask by: only sites and layers of "
                       "points do",
                       r->c.id);
    for (size_t row = 0; row < r->c.n; row++) {
        if (area_of_row[row] != area)
            refuse(r, row);
    }
    return TR_OK;
}

/* ---- order ---- */

#define MAX_SORT_KEYS 8

struct sort_key {
    const struct tr_column *column; /* NULL: the distance */
    bool down;
};

struct ordering {
    const struct running *r;
    struct sort_key keys[MAX_SORT_KEYS];
    size_t n;
};

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
        return c->values.integers[x] < c->values.integers[y]
                   ? -1
                   : c->values.integers[x] > c->values.integers[y];
    case TR_DATE:
        return c->values.dates[x] < c->values.dates[y]
                   ? -1
                   : c->values.dates[x] > c->values.dates[y];
    case TR_NUMBER:
        return compare_numbers(c->values.numbers[x], c->values.numbers[y]);
    case TR_TEXT: return strcmp(tr_text_at(c, x), tr_text_at(c, y));
    case TR_LIST:
    case TR_GEOMETRY: break; /* refused when the sort was read */
    }
    return 0;
}

static int compare_rows(const struct ordering *o, uint32_t x, uint32_t y)
{
    for (size_t k = 0; k < o->n; k++) {
        const struct tr_column *c = o->keys[k].column;
        int d;

        if (!c)
            d = o->r->distances[x] < o->r->distances[y]
                    ? -1
                    : o->r->distances[x] > o->r->distances[y];
        else
            d = compare_at(c, x, y);
        if (d && o->keys[k].down && (!c || (tr_has(c, x) && tr_has(c, y))))
            d = -d;
        if (d)
            return d;
    }
    return strcmp(tr_collection_feature_id(&o->r->c, x),
                  tr_collection_feature_id(&o->r->c, y));
}

/* A merge sort: qsort() has no place for the ordering, and this one is stable.
 */
static void sort_rows(const struct ordering *o, uint32_t *rows, uint32_t *spare,
                      size_t n)
{
    if (n < 2)
        return;

    size_t half = n / 2, i = 0, j = half, k = 0;

    sort_rows(o, rows, spare, half);
    sort_rows(o, rows + half, spare, n - half);
    if (compare_rows(o, rows[half - 1], rows[half]) <= 0)
        return;
    memcpy(spare, rows, n * sizeof *rows);
    while (i < half && j < n)
        rows[k++] =
            compare_rows(o, spare[i], spare[j]) <= 0 ? spare[i++] : spare[j++];
    while (i < half)
        rows[k++] = spare[i++];
    while (j < n)
        rows[k++] = spare[j++];
}

static enum tr_status add_sort_key(struct ordering *o, const char *name,
                                   size_t len, struct tr_error *err)
{
    bool down = len && *name == '-';
    char *copy = tr_arena_text(o->r->a, name + (down || (len && *name == '+')),
                               len - (down || (len && *name == '+')));
    struct sort_key *key = &o->keys[o->n];

    if (!copy)
        return tr_fail(err, TR_ENOMEM, no_memory);
    if (o->n == MAX_SORT_KEYS)
        return tr_fail(err, TR_EINVAL, "sort takes at most %d properties",
                       MAX_SORT_KEYS);
    key->down = down;
    o->n++;
    if (strcmp(copy, "distance") == 0 && o->r->distances) {
        key->column = NULL;
        return TR_OK;
    }
    key->column = tr_table_column(o->r->c.table, copy);
    if (!key->column || key->column->type == TR_LIST ||
        key->column->type == TR_GEOMETRY)
        return tr_fail(err, TR_EINVAL,
                       "cannot sort by '%.60s': not a property with one value",
                       copy);
    return TR_OK;
}

static enum tr_status read_sort(struct ordering *o, struct tr_error *err)
{
    const char *p = o->r->q->sort;
    enum tr_status st = TR_OK;

    while (!st && p && *p) {
        size_t len = strcspn(p, ",");

        st = add_sort_key(o, p, len, err);
        p += len + (p[len] == ',');
    }
    return st;
}

/* ---- the query ---- */

static enum tr_status apply_all(struct running *r, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    if (r->q->area_set)
        st = apply_area(r, err);
    if (!st && r->q->has_bbox)
        apply_bbox(r);
    if (!st && r->q->has_near)
        st = apply_near(r, err);
    if (!st && r->q->has_time)
        apply_time(r);
    if (!st && r->q->filter)
        st = apply_filter(r, r->q->filter, err);
    if (!st && r->q->also)
        st = apply_filter(r, r->q->also, err);
    return st;
}

static enum tr_status collect(struct running *r, struct tr_query_result *out,
                              struct tr_error *err)
{
    struct ordering o = { .r = r };
    uint32_t *rows = tr_arena_array(r->a, r->c.n + 1, sizeof *rows);
    uint32_t *spare = tr_arena_array(r->a, r->c.n + 1, sizeof *spare);
    size_t n = 0;
    enum tr_status st = read_sort(&o, err);

    if (st)
        return st;
    if (!rows || !spare)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t row = 0; row < r->c.n; row++) {
        if (passes(r, row))
            rows[n++] = (uint32_t)row;
    }
    sort_rows(&o, rows, spare, n);

    size_t first = r->q->offset < n ? r->q->offset : n;
    size_t count = n - first;

    if (r->q->limit && r->q->limit < count)
        count = r->q->limit;
    out->collection = r->c;
    out->matched = n;
    out->n = count;
    out->rows = rows + first;
    if (r->distances) {
        int64_t *d = tr_arena_array(r->a, count + 1, sizeof *d);

        if (!d)
            return tr_fail(err, TR_ENOMEM, no_memory);
        for (size_t i = 0; i < count; i++)
            d[i] = r->distances[rows[first + i]];
        out->distances_mm = d;
    }
    return TR_OK;
}

enum tr_status tr_query_run(const struct tr_snapshot *s,
                            const struct tr_query *q, struct tr_arena *a,
                            struct tr_query_result *out, struct tr_error *err)
{
    struct running r = { .s = s, .q = q, .a = a };
    struct tr_query_result result = { 0 };
    enum tr_status st = tr_collection_open(s, q->collection, &r.c, err);

    if (st)
        return st;

    size_t words = r.c.n / 64 + 1 + BLOCK / 64;

    r.pass = tr_arena_array(a, words, sizeof *r.pass);
    if (!r.pass)
        return tr_fail(err, TR_ENOMEM, no_memory);
    memset(r.pass, 0xFF, words * sizeof *r.pass);
    for (size_t row = 0; row < r.c.n; row++) {
        if (!tr_collection_has(&r.c, row))
            refuse(&r, row);
    }
    st = apply_all(&r, err);
    if (!st)
        st = collect(&r, &result, err);
    if (!st)
        *out = result;
    return st;
}
