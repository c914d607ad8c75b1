/* The guard: whatever it lets through keeps the promises of geometry.h, and
 * survives being stored. */
#include <assert.h>
#include <string.h>

#include "terrier/crs.h"
#include "terrier/geometry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tr_crs *open_once(void)
{
    static struct tr_crs *crs;

    if (!crs)
        assert(tr_crs_open(NULL, &crs, NULL) == TR_OK);
    return crs;
}

static void check(const struct tr_geometry *g,
                  const struct tr_geometry_limits *limits, struct tr_arena *a)
{
    const struct tr_geometry *again = NULL;
    struct tr_position r = tr_geometry_representative(g);
    struct tr_buf b;

    assert(g->n_points > 0 && g->n_points <= limits->max_points);
    assert(g->n_parts > 0 && g->n_parts <= limits->max_parts);
    assert(g->part_start[g->n_parts] == g->n_points);
    assert((g->kind == TR_POLYGON) == (g->n_polygons > 0));
    assert(tr_geometry_distance_mm(g, r.e_mm, r.n_mm) <= 1);
    tr_buf_init(&b, 1 << 24);
    tr_geometry_encode(g, &b);
    assert(tr_geometry_decode(b.data, b.len, a, &again, NULL) == TR_OK);
    assert(memcmp(g->points, again->points, g->n_points * sizeof *g->points) ==
           0);
    tr_buf_reset(&b);
    tr_geometry_to_wkb(g, 4326, &b);
    assert(!b.failed);
    tr_buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_geometry_limits limits = { 2000, 200, 4, 0 };
    const struct tr_geometry *g = NULL;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;
    int srid;

    if (size < 1)
        return 0;
    srid = data[0] & 1 ? 27700 : 4326;
    limits.densify_over_m = data[0] & 2 ? 500 : 0;
    tr_arena_init(&a, 1 << 24);
    if (tr_geometry_from_wkb(data + 1, size - 1, srid, open_once(), &limits, &a,
                             &g, &err) == TR_OK)
        check(g, &limits, &a);
    else
        assert(err.msg[0] && !g);
    tr_arena_clear(&a);
    return 0;
}
