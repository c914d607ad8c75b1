/* The stored form: there is one way to write a geometry, so what can be read is
 * written back to the same bytes; and all that can be asked of it is safe. */
#include <assert.h>
#include <string.h>

#include "terrier/geometry.h"
#include "terrier/tile_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool in_tile(void *context, size_t item, const struct tr_tile_shape *s)
{
    (void)context;
    assert(item == 0);
    for (uint32_t i = 0; i < 2 * s->n_points; i++)
        assert(s->xy[i] >= -64 && s->xy[i] <= 4096 + 64);
    return true;
}

static void draw(const struct tr_geometry *g, struct tr_tile t)
{
    const struct tr_mesh_viewer viewer = { in_tile, NULL, NULL };
    struct tr_mesh_zoom *zoom = NULL;
    struct tr_mesh *mesh = NULL;

    if (tr_mesh_new(&g, 1, &mesh, NULL) == TR_OK &&
        tr_mesh_zoom_new(mesh, t.z, &zoom, NULL) == TR_OK)
        tr_mesh_tile(mesh, zoom, t, &viewer, NULL);
    tr_mesh_zoom_free(zoom);
    tr_mesh_free(mesh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tr_geometry *g = NULL;
    struct tr_arena a;
    struct tr_buf b;

    tr_arena_init(&a, 1 << 24);
    tr_buf_init(&b, 1 << 22);
    if (tr_geometry_decode(data, size, &a, &g, NULL) == TR_OK) {
        struct tr_position r = tr_geometry_representative(g);
        struct tr_cell c = tr_mercator_cell(r.lon_e7, r.lat_e7);

        tr_geometry_encode(g, &b);
        assert(b.len == size && memcmp(b.data, data, size) == 0);
        assert(tr_geometry_distance_mm(g, r.e_mm, r.n_mm) >= 0);
        assert(tr_geometry_area_m2(g) == tr_geometry_area_m2(g));
        tr_geometry_within_mm(g, r.e_mm, r.n_mm, 1000);
        draw(g, tr_tile_at(c, size % 23));
    }
    tr_buf_clear(&b);
    tr_arena_clear(&a);
    return 0;
}
