/* snapshot_layers.c - the layers beside the sites: their rows as columns, what
 * lies near, and the areas that points lie in. */
#include <string.h>

#include "model/snapshot_parts.h"

static const char no_memory[] = "no memory left for a layer";

static void free_near(void *p)
{
    tr_near_free(p);
}

static bool is_point_kind(const char *kind)
{
    return strcmp(kind, "points") == 0 || strcmp(kind, "postcodes") == 0 ||
           strcmp(kind, "uprns") == 0;
}

/* Positions of points as given, of other geometries a position surely on them.
 */
static enum tr_status fill_positions(const struct tr_input_layer *in,
                                     struct tr_layer *l, struct tr_arena *a)
{
    size_t n = in->n_rows;
    const char **keys = tr_arena_array(a, n + 1, sizeof *keys);
    const struct tr_geometry **g = tr_arena_array(a, n + 1, sizeof *g);
    struct tr_position *at = tr_arena_array(a, n + 1, sizeof *at);
    uint8_t *has = tr_arena_array(a, n + 1, 1);
    uint16_t *precision = tr_arena_array(a, n + 1, sizeof *precision);

    if (!keys || !g || !at || !has || !precision)
        return TR_ENOMEM;
    for (size_t r = 0; r < n; r++) {
        const struct tr_input_row *row = &in->rows[r];

        keys[r] = tr_arena_text(a, row->key, strlen(row->key));
        if (!keys[r])
            return TR_ENOMEM;
        g[r] = row->geometry;
        precision[r] = row->precision_m;
        has[r] = row->has_position || row->geometry;
        if (row->has_position)
            at[r] = row->position;
        else if (row->geometry)
            at[r] = tr_geometry_representative(row->geometry);
    }
    l->keys = keys;
    l->geometries = g;
    l->positions = at;
    l->has_position = has;
    l->precision_m = precision;
    return TR_OK;
}

/* What lies near: over positions for points, over shapes for the rest. */
static enum tr_status index_near(struct tr_layer *l, struct tr_arena *a,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    bool points = is_point_kind(l->kind);
    size_t n = 0;
    uint32_t *rows = tr_arena_array(a, l->n_rows + 1, sizeof *rows);
    int32_t *e = tr_arena_array(scratch, l->n_rows + 1, sizeof *e);
    int32_t *north = tr_arena_array(scratch, l->n_rows + 1, sizeof *north);
    const struct tr_geometry **g = tr_arena_array(a, l->n_rows + 1, sizeof *g);
    struct tr_near *near = NULL;

    if (!rows || !e || !north || !g)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t r = 0; r < l->n_rows; r++) {
        if (points ? !l->has_position[r] : !l->geometries[r])
            continue;
        rows[n] = (uint32_t)r;
        e[n] = l->positions[r].e_mm;
        north[n] = l->positions[r].n_mm;
        g[n++] = l->geometries[r];
    }

    enum tr_status st = points ? tr_near_new(e, north, n, &near, err)
                               : tr_near_new_geometries(g, n, &near, err);

    if (st)
        return st;
    l->near = near;
    l->near_rows = rows;
    l->n_near = n;
    if (tr_arena_defer(a, free_near, near))
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

static enum tr_status join_points(const struct tr_snapshot_input *in,
                                  struct tr_snapshot *s, struct tr_layer *l,
                                  struct columns *c, struct tr_arena *scratch,
                                  struct tr_error *err)
{
    const int32_t **areas =
        tr_arena_array(s->arena, s->n_area_sets + 1, sizeof *areas);
    const struct tr_area_set **set_of_row =
        tr_arena_array(scratch, l->n_rows + 1, sizeof *set_of_row);

    if (!areas || !set_of_row)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t k = 0; k < s->n_area_sets; k++) {
        const struct tr_area_set *set = &s->area_sets[k];

        if (set->place != l->place)
            continue;

        int32_t *of = tr_arena_array(s->arena, l->n_rows + 1, sizeof *of);

        if (!of)
            return tr_fail(err, TR_ENOMEM, no_memory);

        enum tr_status st =
            tr_join_positions(set, l->positions, l->has_position, l->n_rows,
                              in->threads, of, err);

        if (st)
            return st;
        areas[k] = of;
        for (size_t r = 0; r < l->n_rows; r++)
            set_of_row[r] = set;
        if (set->latest)
            tr_area_columns(c, s, set->set, l->n_rows, set_of_row, of);
        if (strcmp(set->id, set->set) != 0)
            tr_area_columns(c, s, set->id, l->n_rows, set_of_row, of);
    }
    l->areas = areas;
    return c->st;
}

static enum tr_status make_layer(const struct tr_snapshot_input *in, size_t i,
                                 struct tr_snapshot *s, struct tr_layer *l,
                                 struct tr_arena *scratch, struct tr_error *err)
{
    struct columns c;

    *l = in->layers[i].about;
    l->n_rows = in->layers[i].n_rows;
    if (strcmp(l->kind, "sites") == 0)
        return TR_OK;
    if (fill_positions(&in->layers[i], l, s->arena))
        return tr_fail(err, TR_ENOMEM, no_memory);
    columns_init(&c, s->arena, err);

    enum tr_status st = tr_record_columns(&in->layers[i], in, &c, scratch, err);

    if (!st)
        st = index_near(l, s->arena, scratch, err);
    if (!st && is_point_kind(l->kind))
        st = join_points(in, s, l, &c, scratch, err);
    if (st)
        return tr_fail_at(err, st, "layer '%s'", l->name);
    l->table = (struct tr_table){ l->n_rows, c.n, c.list };
    return TR_OK;
}

enum tr_status tr_make_layers(const struct tr_snapshot_input *in,
                              struct tr_snapshot *s, struct tr_arena *scratch,
                              struct tr_error *err)
{
    struct tr_layer *layers =
        tr_arena_array(s->arena, in->n_layers + 1, sizeof *layers);

    if (!layers)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < in->n_layers; i++) {
        enum tr_status st = make_layer(in, i, s, &layers[i], scratch, err);

        if (st)
            return st;
    }
    s->layers = layers;
    s->n_layers = in->n_layers;
    return TR_OK;
}
