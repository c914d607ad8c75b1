/* layer_join.c - rows that are one: polygons of one site, and rows that the
 * source holds twice. See layer_load.h. */
#include <stdlib.h>
#include <string.h>

#include "ingest/layer_load.h"
#include "ingest/text_map.h"

/* Nearness compares every pair. */
#define MOST_NEAR_ROWS 5000
#define MOST_POINTS    ((size_t)20 * 1000 * 1000)

/* ---- geometry of several rows as one ---- */

static enum tr_status decode(struct layer_load *l, const struct load_row *row,
                             const struct tr_geometry **out,
                             struct tr_error *err)
{
    return tr_geometry_decode(row->geometry, row->geometry_len, &l->block, out,
                              err);
}

/* `into` followed by `from`; both polygons. */
static const struct tr_geometry *add_polygons(struct tr_arena *a,
                                              const struct tr_geometry *into,
                                              const struct tr_geometry *from)
{
    struct tr_geometry *g = tr_arena_alloc(a, sizeof *g);
    size_t points = (size_t)into->n_points + from->n_points;
    size_t parts = (size_t)into->n_parts + from->n_parts;
    size_t polygons = (size_t)into->n_polygons + from->n_polygons;
    struct tr_position *p =
        points <= MOST_POINTS ? tr_arena_array(a, points, sizeof *p) : NULL;
    uint32_t *part = tr_arena_array(a, parts + 1, sizeof *part);
    uint32_t *polygon = tr_arena_array(a, polygons + 1, sizeof *polygon);

    if (!g || !p || !part || !polygon)
        return NULL;
    memcpy(p, into->points, into->n_points * sizeof *p);
    memcpy(p + into->n_points, from->points, from->n_points * sizeof *p);
    memcpy(part, into->part_start, into->n_parts * sizeof *part);
    memcpy(polygon, into->polygon_start, into->n_polygons * sizeof *polygon);
    for (uint32_t i = 0; i <= from->n_parts; i++)
        part[into->n_parts + i] = into->n_points + from->part_start[i];
    for (uint32_t i = 0; i <= from->n_polygons; i++)
        polygon[into->n_polygons + i] = into->n_parts + from->polygon_start[i];
    *g = (struct tr_geometry){ .kind = TR_POLYGON,
                               .n_points = (uint32_t)points,
                               .n_parts = (uint32_t)parts,
                               .n_polygons = (uint32_t)polygons,
                               .points = p,
                               .part_start = part,
                               .polygon_start = polygon };
    return g;
}

static enum tr_status join_shapes(struct layer_load *l, struct load_row *into,
                                  const struct load_row *from,
                                  struct tr_error *err)
{
    const struct tr_geometry *a, *b;
    enum tr_status st;

    if (!into->geometry || !from->geometry)
        return TR_OK;
    st = decode(l, into, &a, err);
    if (!st)
        st = decode(l, from, &b, err);
    if (st || a->kind != TR_POLYGON || b->kind != TR_POLYGON)
        return st;
    a = add_polygons(&l->block, a, b);
    if (!a)
        return layer_no_memory(l, err);
    into->position = tr_geometry_representative(a);
    tr_buf_reset(&l->buf);
    tr_geometry_encode(a, &l->buf);
    into->geometry =
        l->buf.failed ? NULL : layer_keep_bytes(l, l->buf.data, l->buf.len);
    into->geometry_len = l->buf.len;
    return into->geometry ? TR_OK : layer_no_memory(l, err);
}

/* One row takes another in; the joined one is as secret as the more secret. */
static enum tr_status merge(struct layer_load *l, struct load_row *into,
                            struct load_row *from, struct tr_error *err)
{
    enum tr_status st = join_shapes(l, into, from, err);

    tr_arena_clear(&l->block);
    if (st)
        return st;
    if (from->tier > into->tier) {
        into->tier = from->tier;
        into->held = from->held;
    }
    if (from->position_tier > into->position_tier)
        into->position_tier = from->position_tier;
    if (!l->p->dissolve && strcmp(from->key, into->key) < 0)
        into->key = from->key;
    from->dropped = true;
    l->report->merged++;
    return TR_OK;
}

static enum tr_status by_value(struct layer_load *l, struct tr_error *err)
{
    struct text_map map = { 0 };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < l->n_rows && !st; i++) {
        struct load_row *row = &l->rows[i];
        bool is_new = true;

        if (!row->dissolve)
            continue;

        const struct text_map_entry *e =
            text_map_put(&map, row->dissolve, (uint32_t)i, &is_new);

        if (!e)
            st = layer_no_memory(l, err);
        else if (is_new)
            row->key = row->dissolve;
        else
            st = merge(l, &l->rows[e->value], row, err);
    }
    text_map_free(&map);
    return st;
}

/* ---- near ones ---- */

static int64_t distance_mm(const struct tr_geometry *a,
                           const struct tr_geometry *b)
{
    int64_t least = INT64_MAX;

    for (uint32_t i = 0; i < a->n_points; i++) {
        int64_t d =
            tr_geometry_distance_mm(b, a->points[i].e_mm, a->points[i].n_mm);

        least = d < least ? d : least;
    }
    return least;
}

static bool are_near(const struct tr_geometry *a, const struct tr_geometry *b,
                     int64_t within_mm)
{
    return distance_mm(a, b) <= within_mm || distance_mm(b, a) <= within_mm;
}

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The lower index becomes the root, so that the first row takes the others. */
static void unite(size_t *parent, size_t i, size_t k)
{
    size_t a = root_of(parent, i), b = root_of(parent, k);

    parent[a > b ? a : b] = a > b ? b : a;
}

static void group_near(const struct tr_geometry *const *shapes, size_t n,
                       int64_t within_mm, size_t *parent)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i && shapes[i]; k++) {
            if (shapes[k] && root_of(parent, i) != root_of(parent, k) &&
                are_near(shapes[i], shapes[k], within_mm))
                unite(parent, i, k);
        }
    }
}

static enum tr_status decode_all(struct layer_load *l,
                                 const struct tr_geometry **shapes,
                                 struct tr_error *err)
{
    for (size_t i = 0; i < l->n_rows; i++) {
        const struct load_row *row = &l->rows[i];
        enum tr_status st =
            row->geometry ? tr_geometry_decode(row->geometry, row->geometry_len,
                                               &l->keep, &shapes[i], err)
                          : TR_OK;

        if (st)
            return st;
    }
    return TR_OK;
}

static enum tr_status by_nearness(struct layer_load *l, struct tr_error *err)
{
    size_t n = l->n_rows;
    const struct tr_geometry **shapes;
    size_t *parent;

    if (n > MOST_NEAR_ROWS)
        return tr_fail(err, TR_ELIMIT,
                       "layer '%s' has %zu rows, more than the %d that "
                       "'dissolve' can compare",
                       l->p->layer, n, MOST_NEAR_ROWS);
    shapes = tr_arena_array(&l->keep, n, sizeof *shapes);
    parent = tr_arena_array(&l->keep, n, sizeof *parent);
    if (!shapes || !parent)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < n; i++)
        parent[i] = i;

    enum tr_status st = decode_all(l, shapes, err);

    if (!st)
        group_near(shapes, n, (int64_t)(l->p->dissolve_m * 1000), parent);
    for (size_t i = 0; i < n && !st; i++) {
        size_t first = root_of(parent, i);

        if (first != i)
            st = merge(l, &l->rows[first], &l->rows[i], err);
    }
    return st;
}

enum tr_status layer_dissolve(struct layer_load *l, struct tr_error *err)
{
    if (l->p->dissolve)
        return by_value(l, err);
    return l->p->dissolve_m > 0 ? by_nearness(l, err) : TR_OK;
}

/* ---- duplicates ---- */

static bool same_bytes(const unsigned char *a, size_t n, const unsigned char *b,
                       size_t m)
{
    return n == m && (!n || memcmp(a, b, n) == 0);
}

static bool same_text(const char *a, const char *b)
{
    return !a == !b && (!a || strcmp(a, b) == 0);
}

static bool same_content(const struct load_row *a, const struct load_row *b)
{
    return a->tier == b->tier && a->has_position == b->has_position &&
           a->coord_source == b->coord_source &&
           memcmp(&a->position, &b->position, sizeof a->position) == 0 &&
           same_text(a->postcode, b->postcode) && same_text(a->uprn, b->uprn) &&
           same_bytes(a->record, a->record_len, b->record, b->record_len) &&
           same_bytes(a->geometry, a->geometry_len, b->geometry,
                      b->geometry_len);
}

static enum tr_status drop(struct layer_load *l, const struct load_row *first,
                           struct load_row *again)
{
    struct load_at at = { again->file, again->number,
                          l->p->n_key ? l->p->key[0] : NULL, again->key };
    const char *file = first->file == again->file ? "" : l->files[first->file];

    again->dropped = true;
    if (same_content(first, again)) {
        l->report->duplicate++;
        return layer_issue(l, at, "duplicate row", STORE_NOTE,
                           "the same as row %ld%s%s", first->number,
                           *file ? " of " : "", file);
    }
    l->report->rejected++;
    return layer_issue(l, at, "duplicate reference", STORE_ERROR,
                       "row %ld and row %ld%s%s have this key and differ; the "
                       "first is kept",
                       again->number, first->number, *file ? " of " : "", file);
}

enum tr_status layer_drop_duplicates(struct layer_load *l, struct tr_error *err)
{
    struct text_map map = { 0 };
    enum tr_status st = TR_OK;

    for (size_t i = 0; i < l->n_rows && !st; i++) {
        struct load_row *row = &l->rows[i];
        bool is_new;

        if (row->dropped)
            continue;

        const struct text_map_entry *e =
            text_map_put(&map, row->key, (uint32_t)i, &is_new);

        if (!e || (!is_new && drop(l, &l->rows[e->value], row)))
            st = layer_no_memory(l, err);
    }
    text_map_free(&map);
    return st;
}
