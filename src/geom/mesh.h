/*
 * mesh.h - how the files behind terrier/tile_shape.h hand things to each other.
 *
 * A mesh knows each vertex once: two areas that share a border share its
 * vertices, so that what happens to one happens to both. Positive rings have
 * their inside on the left when y is thought to grow up - positive area by the
 * surveyor's formula, as MVT wants outer rings.
 */
#ifndef GEOM_MESH_H
#define GEOM_MESH_H

#include "terrier/tile_shape.h"

/* ---- lists that grow (mesh_list.c) ---- */

struct mesh_ints { /* 32-bit, malloc'd */
    int32_t *v;
    size_t n, size;
    bool failed; /* sticky */
};

/* Room for `more`; false, and failed, without memory. */
bool mesh_reserve(struct mesh_ints *l, size_t more);
static inline void mesh_push(struct mesh_ints *l, int32_t v)
{
    if (l->n < l->size || mesh_reserve(l, 1))
        l->v[l->n++] = v;
}
void mesh_ints_free(struct mesh_ints *l);

/* Rings or lines of integer points; a ring's first is not repeated. */
struct mesh_paths {
    struct mesh_ints xy;    /* x, y, x, y ... */
    struct mesh_ints start; /* of each, in points */
    struct mesh_ints outer; /* 1: an outer ring; its holes follow */
};

void mesh_paths_reset(struct mesh_paths *p);
void mesh_paths_free(struct mesh_paths *p);
bool mesh_paths_failed(const struct mesh_paths *p);
/* Begin another; then add points: one that repeats the last is left out. */
void mesh_path_begin(struct mesh_paths *p, bool outer);
static inline void mesh_path_add(struct mesh_paths *p, int32_t x, int32_t y)
{
    size_t n = p->xy.n;

    if (!p->start.n) /* no memory for it */
        return;
    if (n != 2 * (size_t)p->start.v[p->start.n - 1] && p->xy.v[n - 2] == x &&
        p->xy.v[n - 1] == y)
        return;
    mesh_push(&p->xy, x);
    mesh_push(&p->xy, y);
}
/* Done: a ring's end that repeats its first point goes; one of fewer than
 * `fewest` points goes as a whole. */
void mesh_path_end(struct mesh_paths *p, bool is_ring, size_t fewest);
static inline size_t mesh_path_len(const struct mesh_paths *p, size_t i)
{
    size_t end = i + 1 < p->start.n ? (size_t)p->start.v[i + 1] : p->xy.n / 2;

    return end - (size_t)p->start.v[i];
}
static inline const int32_t *mesh_path_at(const struct mesh_paths *p, size_t i)
{
    return p->xy.v + 2 * (size_t)p->start.v[i];
}
int64_t mesh_path_area2(const int32_t *xy, size_t n);

/* ---- rings from what may touch itself (mesh_rings.c) ---- */

/* Scratch space of one thread. */
struct mesh_work {
    struct mesh_ints nodes, edges, first, at, path, used;
    struct mesh_paths rings;
    uint64_t *keys;
    size_t keys_size;
    bool failed;
};
void mesh_work_free(struct mesh_work *w);

/* Does no point come twice? */
bool mesh_all_differ(struct mesh_work *w, const struct mesh_paths *p);

/* The simple rings, outer ones before their holes, of the region that `p` bounds
 * when its edges, split wherever they meet, are added up: what runs there and
 * back again goes. False: they bound no region once - and nothing is added. */
bool mesh_rings(struct mesh_work *w, const struct mesh_paths *p,
                struct mesh_paths *out);

/* ---- a mesh ---- */

enum mesh_flags { MESH_LINE = 1, MESH_AREA = 2, MESH_TANGLED = 4 };

#define MESH_NEVER (TR_MESH_MAX_ZOOM + 1)

struct mesh_box { /* on the plane, all included; empty: west > east */
    uint32_t west, north, east, south;
};

struct mesh_index;

struct tr_mesh {
    struct tr_arena arena;
    size_t n_items;  /* those that have a shape, in Morton order */
    uint32_t *items; /* which of the caller's each is */
    uint8_t *flags;
    uint32_t *item_part;  /* n_items + 1 */
    uint32_t *part_start; /* n_parts + 1, into ids */
    uint8_t *part_outer;
    uint32_t *ids; /* vertices */
    size_t n_parts, n_ids, n_vertices;
    uint32_t *x, *y;
    uint8_t *level; /* the lowest zoom that keeps the vertex, or MESH_NEVER */
    struct mesh_box *boxes; /* of the items */
    struct mesh_index *index;
};

/* Fill m->level (mesh_levels.c). */
enum tr_status mesh_levels(struct tr_mesh *m, struct tr_error *err);

/* Which boxes meet one (mesh_index.c). They stay where they are. */
enum tr_status mesh_index_new(const struct mesh_box *boxes, size_t n,
                              struct tr_arena *a, struct mesh_index **out,
                              struct tr_error *err);
/* Numbers of the boxes, ascending, appended to `out`. */
void mesh_index_find(const struct mesh_index *index, const struct mesh_box *box,
                     struct mesh_ints *out);

/* ---- one zoom of it ---- */

struct tr_mesh_zoom {
    uint32_t z; /* at most TR_MESH_MAX_ZOOM */
    size_t n_items;
    uint32_t *item_part;     /* n_items + 1 */
    struct mesh_paths paths; /* on the zoom's grid */
    int32_t *boxes;          /* west, north, east, south of each item */
    uint8_t *flags;
};

#endif
