/* edges.c - see terrier/edges.h */
#include "terrier/edges.h"

#define MM_PER_M 1000

static const char no_memory[] = "no memory left for the sites at edges";

struct edges { /* what the steps share */
    const struct tr_snapshot *s;
    const struct tr_area_set *set;
    const struct tr_geometry **rings; /* each area's boundary, as lines */
    struct tr_near *near;             /* over the rings */
};

/* A polygon's rings as lines: what is near them is near the boundary. */
static const struct tr_geometry *boundary(const struct tr_geometry *g,
                                          struct tr_arena *a)
{
    struct tr_geometry *line = tr_arena_alloc(a, sizeof *line);

    if (!line)
        return NULL;
    *line = *g;
    line->kind = TR_LINE;
    line->n_polygons = 0;
    line->polygon_start = NULL;
    return line;
}

static enum tr_status index_boundaries(struct edges *e, struct tr_arena *a,
                                       struct tr_error *err)
{
    e->rings = tr_arena_array(a, e->set->n + 1, sizeof *e->rings);
    if (!e->rings)
        return tr_fail(err, TR_ENOMEM, no_memory);
    for (size_t i = 0; i < e->set->n; i++) {
        e->rings[i] = boundary(e->set->geometries[i], a);
        if (!e->rings[i])
            return tr_fail(err, TR_ENOMEM, no_memory);
    }
    return tr_near_new_geometries(e->rings, e->set->n, &e->near, err);
}

/* Is the site at an edge? Its neighbour is the nearest other area, which it may
 * lie in as well. */
static enum tr_status look(const struct edges *e, uint32_t site,
                           struct tr_arena *scratch, struct tr_edge_site *out,
                           bool *found, struct tr_error *err)
{
    const struct tr_position *at = &e->s->positions[site];
    int64_t within = (int64_t)e->s->precision_m[site] * MM_PER_M;
    int32_t own = e->set->site_area[site];
    int64_t nearest = INT64_MAX;
    const uint32_t *areas;
    size_t n;
    enum tr_status st = tr_near_within(e->near, at->e_mm, at->n_mm, within,
                                       scratch, &areas, &n, err);

    *found = false;
    if (st)
        return st;
    *out = (struct tr_edge_site){ .site = site,
                                  .area = own,
                                  .neighbour = TR_NO_AREA,
                                  .precision_mm = within };
    for (size_t i = 0; i < n; i++) {
        uint32_t area = areas[i];

        if ((int32_t)area == own) {
            out->distance_mm =
                tr_geometry_distance_mm(e->rings[area], at->e_mm, at->n_mm);
            *found = true;
            continue;
        }

        int64_t d = tr_geometry_distance_mm(e->set->geometries[area], at->e_mm,
                                            at->n_mm);

        if (d < nearest) {
            nearest = d;
            out->neighbour = (int32_t)area;
        }
    }
    if (own == TR_NO_AREA && n) {
        out->distance_mm = nearest;
        *found = true;
    }
    return TR_OK;
}

static enum tr_status look_at_all(const struct edges *e, struct tr_arena *a,
                                  const struct tr_edge_site **out, size_t *n,
                                  struct tr_error *err)
{
    struct tr_edge_site *list =
        tr_arena_array(a, e->s->n_located + 1, sizeof *list);
    struct tr_arena scratch;
    enum tr_status st = TR_OK;
    size_t count = 0;

    if (!list)
        return tr_fail(err, TR_ENOMEM, no_memory);
    tr_arena_init(&scratch, SIZE_MAX);
    for (size_t i = 0; i < e->s->n_located && !st; i++) {
        bool found;

        if (e->s->site_places[i] != e->set->place)
            continue;
        st = look(e, (uint32_t)i, &scratch, &list[count], &found, err);
        count += !st && found;
        tr_arena_clear(&scratch);
    }
    tr_arena_clear(&scratch);
    *out = list;
    *n = count;
    return st;
}

enum tr_status tr_edges(const struct tr_snapshot *s,
                        const struct tr_area_set *set, struct tr_arena *a,
                        const struct tr_edge_site **out, size_t *n,
                        struct tr_error *err)
{
    struct edges e = { .s = s, .set = set };
    enum tr_status st = index_boundaries(&e, a, err);

    if (!st)
        st = look_at_all(&e, a, out, n, err);
    tr_near_free(e.near);
    return st;
}
