/* raster_sites.c - the sites of a picture: which stand together, their signs and
 * rings. See raster_parts.h.
 *
 * The plane is cut into blocks of 512 points, the tiles of the web map. Within a
 * block, sites at one place of its grid of 4096 are one ring; where that would be
 * more than MOST signs, the block is cut into cells of 32 points, each with its
 * exact counts. A block is always counted whole, whatever part of it is drawn. */
#include <math.h>
#include <stdlib.h>

#include "encode/raster_parts.h"

#define BLOCK    512.0
#define GRID     8.0  /* places to a point: 4096 to a block */
#define CELL     32.0 /* points */
#define MOST     1000
#define MANY     20000 /* sites of a block that are not looked at one by one */
#define MAX_ZOOM 17.0  /* of the blocks: closer, they are drawn larger */
#define MEAN_OF  1024  /* sites of a cell, to find its middle */
#define SHADE    2.0

struct spot {
    int64_t block_x, block_y, x, y;
    uint32_t site;
};

struct gathering {
    const struct raster_job *j;
    struct raster_group *groups;
    size_t n, size;
    double stretch; /* points to a point of the block's own zoom */
};

static bool no_room(const struct gathering *g)
{
    (void)tr_fail(g->j->err, TR_ENOMEM, "no memory left for the map");
    return false;
}

static struct raster_group *add_group(struct gathering *g)
{
    if (g->n == g->size) {
        size_t size = g->size ? 2 * g->size : 256;
        struct raster_group *list = tr_arena_array(g->j->a, size, sizeof *list);

        if (!list) {
            (void)no_room(g);
            return NULL;
        }
        for (size_t i = 0; i < g->n; i++)
            list[i] = g->groups[i];
        g->groups = list;
        g->size = size;
    }
    g->groups[g->n] = (struct raster_group){ 0 };
    return &g->groups[g->n++];
}

static struct raster_point place_of(const struct raster_job *j, size_t site)
{
    return raster_place(j, j->s->positions[site]);
}

static void count_site(const struct raster_job *j, struct raster_group *g,
                       size_t site)
{
    if (!g->n++)
        g->site = site;
    g->counts[j->s->classes ? j->s->classes[site] : TR_NO_CLASS]++;
}

/* ---- by sorting: any list of sites ---- */

static int by_place(const void *a, const void *b)
{
    const struct spot *p = a, *q = b;

    if (p->block_y != q->block_y)
        return p->block_y < q->block_y ? -1 : 1;
    if (p->block_x != q->block_x)
        return p->block_x < q->block_x ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->site < q->site ? -1 : p->site > q->site;
}

static struct spot spot_of(const struct gathering *g, size_t site, double grid)
{
    struct raster_point p = place_of(g->j, site);
    double x = p.x / g->stretch, y = p.y / g->stretch;

    return (struct spot){ (int64_t)floor(x / BLOCK), (int64_t)floor(y / BLOCK),
                          (int64_t)floor(x * grid), (int64_t)floor(y * grid),
                          (uint32_t)site };
}

static bool is_one_place(const struct spot *a, const struct spot *b)
{
    return a->x == b->x && a->y == b->y;
}

static size_t count_places(const struct spot *spots, size_t n)
{
    size_t places = n ? 1 : 0;

    for (size_t i = 1; i < n; i++)
        places += !is_one_place(&spots[i - 1], &spots[i]);
    return places;
}

/* Sites first..last-1 of the list, all at one place, as one group. A stack
 * stands on its place, a cell at the mean of its sites. */
static bool put_run(struct gathering *g, const struct spot *spots, size_t n,
                    bool mean)
{
    struct raster_group *out = add_group(g);
    struct raster_point sum = { 0, 0 };
    size_t step = 1 + n / MEAN_OF, seen = 0;

    if (!out)
        return false;
    for (size_t i = 0; i < n; i++)
        count_site(g->j, out, spots[i].site);
    for (size_t i = 0; i < n; i += mean ? step : n) {
        struct raster_point p = place_of(g->j, spots[i].site);

        sum.x += p.x;
        sum.y += p.y;
        seen++;
    }
    out->at =
        (struct raster_point){ sum.x / (double)seen, sum.y / (double)seen };
    return true;
}

static bool put_runs(struct gathering *g, const struct spot *spots, size_t n,
                     bool mean)
{
    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && is_one_place(&spots[i], &spots[end]))
            end++;
        if (!put_run(g, spots + i, end - i, mean))
            return false;
    }
    return true;
}

/* The spots of one block, sorted. */
static bool put_block(struct gathering *g, struct spot *spots, size_t n)
{
    if (count_places(spots, n) <= MOST)
        return put_runs(g, spots, n, false);
    for (size_t i = 0; i < n; i++)
        spots[i] = spot_of(g, spots[i].site, 1 / CELL);
    qsort(spots, n, sizeof *spots, by_place);
    return put_runs(g, spots, n, true);
}

static bool put_spots(struct gathering *g, struct spot *spots, size_t n)
{
    qsort(spots, n, sizeof *spots, by_place);
    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && spots[end].block_x == spots[i].block_x &&
               spots[end].block_y == spots[i].block_y)
            end++;
        if (!put_block(g, spots + i, end - i))
            return false;
    }
    return true;
}

/* ---- on Mercator's plane: ranges of the Morton order ---- */

/* The first site from `first` on whose key has another head. */
static size_t end_of_head(const uint64_t *keys, size_t first, size_t last,
                          unsigned shift)
{
    uint64_t head = keys[first] >> shift;
    size_t low = first, high = last;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (keys[middle] >> shift == head)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

/* A crowded tile: 16 by 16 cells, found by halving. */
static bool put_crowd(struct gathering *g, struct tr_tile t, size_t first,
                      size_t last, const uint64_t *pass)
{
    const struct tr_snapshot *s = g->j->s;
    unsigned shift = 64 - 2 * (t.z + 4);

    for (size_t i = first, end; i < last; i = end) {
        struct raster_group one = { 0 }, *out;
        size_t step, seen = 0;

        end = end_of_head(s->keys, i, last, shift);
        for (size_t k = i; k < end; k++) {
            if (raster_passes(pass, k - first))
                count_site(g->j, &one, k);
        }
        if (!one.n)
            continue;
        step = 1 + (end - i) / MEAN_OF;
        for (size_t k = i; k < end; k += step) {
            struct raster_point p = place_of(g->j, k);

            one.at.x += p.x;
            one.at.y += p.y;
            seen++;
        }
        one.at.x /= (double)seen;
        one.at.y /= (double)seen;
        out = add_group(g);
        if (!out)
            return false;
        *out = one;
    }
    return true;
}

static enum tr_status put_tile(struct gathering *g, struct tr_tile t)
{
    const struct raster_job *j = g->j;
    const uint64_t *pass;
    struct spot *spots;
    size_t first, last, n = 0;
    enum tr_status st;

    tr_snapshot_tile(j->s, t, &first, &last);
    if (first == last)
        return TR_OK;
    st = raster_filter(j, &j->sites, first, last, &pass);
    if (st)
        return st;
    if (last - first > MANY)
        return put_crowd(g, t, first, last, pass) ? TR_OK : TR_ENOMEM;
    spots = tr_arena_array(j->a, last - first, sizeof *spots);
    if (!spots)
        return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    for (size_t i = first; i < last; i++) {
        if (raster_passes(pass, i - first))
            spots[n++] = spot_of(g, i, GRID);
    }
    return put_spots(g, spots, n) ? TR_OK : TR_ENOMEM;
}

static enum tr_status gather_tiles(struct gathering *g, uint32_t z,
                                   const struct raster_box *box)
{
    double size = BLOCK * g->stretch, last = (double)((1u << z) - 1);
    uint32_t x0 = (uint32_t)fmin(fmax(floor(box->west / size), 0), last);
    uint32_t x1 = (uint32_t)fmin(fmax(floor(box->east / size), 0), last);
    uint32_t y0 = (uint32_t)fmin(fmax(floor(box->north / size), 0), last);
    uint32_t y1 = (uint32_t)fmin(fmax(floor(box->south / size), 0), last);
    enum tr_status st = TR_OK;

    for (uint32_t y = y0; y <= y1 && !st; y++) {
        for (uint32_t x = x0; x <= x1 && !st; x++)
            st = put_tile(g, (struct tr_tile){ z, x, y });
    }
    return st;
}

/* ---- on the National Grid ---- */

static int32_t clamped(double mm, int32_t low, int32_t high)
{
    return mm < low ? low : mm > high ? high : (int32_t)mm;
}

static enum tr_status gather_near(struct gathering *g,
                                  const struct raster_box *box)
{
    const struct raster_job *j = g->j;
    struct raster_box b = { floor(box->west / BLOCK) * BLOCK,
                            floor(box->north / BLOCK) * BLOCK,
                            ceil(box->east / BLOCK) * BLOCK,
                            ceil(box->south / BLOCK) * BLOCK };
    double e = (b.west + b.east) / 2 / j->k,
           n = -(b.north + b.south) / 2 / j->k;
    double r = hypot(b.east - b.west, b.south - b.north) / 2 / j->k;
    int32_t e_mm = clamped(e, TR_MIN_E_MM, TR_MAX_E_MM);
    int32_t n_mm = clamped(n, TR_MIN_N_MM, TR_MAX_N_MM);
    const uint64_t *pass;
    const uint32_t *items;
    struct spot *spots;
    size_t found, kept = 0;
    enum tr_status st;

    r = fmin(r + hypot(e - e_mm, n - n_mm) + 1, 2e9);
    st = raster_filter(j, &j->sites, 0, j->s->n_located, &pass);
    if (!st)
        st = tr_near_within(j->s->near, e_mm, n_mm, (int64_t)r, j->a, &items,
                            &found, j->err);
    if (st)
        return st;
    spots = tr_arena_array(j->a, found + 1, sizeof *spots);
    if (!spots)
        return tr_fail(j->err, TR_ENOMEM, "no memory left for the map");
    for (size_t i = 0; i < found; i++) {
        struct raster_point p = place_of(j, items[i]);

        if (raster_passes(pass, items[i]) && p.x >= b.west && p.x < b.east &&
            p.y >= b.north && p.y < b.south)
            spots[kept++] = spot_of(g, items[i], GRID);
    }
    return put_spots(g, spots, kept) ? TR_OK : TR_ENOMEM;
}

enum tr_status raster_groups(const struct raster_job *j,
                             const struct raster_box *box,
                             const struct raster_group **out, size_t *n)
{
    struct gathering g = { .j = j, .stretch = 1 };
    enum tr_status st;

    if (!j->s->n_located) {
        *n = 0;
        return TR_OK;
    }
    if (j->srid == 3857) {
        double z = fmin(fmax(floor(j->zoom), 0), MAX_ZOOM);

        g.stretch = exp2(j->zoom - z);
        st = gather_tiles(&g, (uint32_t)z, box);
    } else {
        st = gather_near(&g, box);
    }
    *out = g.groups;
    *n = g.n;
    return st;
}

/* ---- drawing ---- */

static double ring_radius(const struct raster_style *s, uint32_t n)
{
    double more = s->ring_doubling * log2(n > 1 ? n : 1);

    return round(s->ring_least + fmin(s->ring_more, more));
}

static uint32_t classed(const struct raster_group *g)
{
    uint32_t n = 0;

    for (int c = 0; c < TR_NO_CLASS; c++)
        n += g->counts[c];
    return n;
}

static double sign_scale(const struct raster_job *j)
{
    for (size_t i = 0; i < j->r->style.n; i++) {
        if (j->r->style.entries[i].type == STYLE_SIGN)
            return style_at(&j->r->style.entries[i].size, j->zoom);
    }
    return 1;
}

double raster_sign_reach(const struct raster_job *j,
                         const struct raster_group *g)
{
    if (g->n == 1)
        return j->r->style.sign_box / 2 * sign_scale(j);
    return ring_radius(&j->r->style, classed(g)) + SHADE;
}

static void star_path(cairo_t *cr, const double *v)
{
    for (int i = 0; i < 10; i++) {
        double r = i % 2 ? v[3] : v[2];
        double turn = G_PI * (i / 5.0 - 0.5);

        cairo_line_to(cr, v[0] + r * cos(turn), v[1] + r * sin(turn));
    }
    cairo_close_path(cr);
}

static void sign_path(cairo_t *cr, const struct style_sign *s)
{
    const double *v = s->numbers;

    switch (s->shape) {
    case STYLE_STAR: star_path(cr, v); return;
    case STYLE_DISC:
        cairo_new_sub_path(cr);
        cairo_arc(cr, v[0], v[1], v[2], 0, 2 * G_PI);
        cairo_close_path(cr);
        return;
    case STYLE_CORNERS:
        for (int i = 0; i + 1 < s->n; i += 2)
            cairo_line_to(cr, v[i], v[i + 1]);
        cairo_close_path(cr);
        return;
    case STYLE_STROKES:
        for (int i = 0; i + 3 < s->n; i += 4) {
            cairo_move_to(cr, v[i], v[i + 1]);
            cairo_line_to(cr, v[i + 2], v[i + 3]);
        }
        return;
    }
}

static void draw_sign(const struct raster_job *j, const struct style_sign *s,
                      struct raster_point at, double scale)
{
    const struct raster_style *all = &j->r->style;
    cairo_t *cr = j->cr;

    cairo_save(cr);
    cairo_translate(cr, at.x - j->view.west, at.y - j->view.north);
    cairo_scale(cr, scale, scale);
    cairo_translate(cr, -all->sign_box / 2, -all->sign_box / 2);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    sign_path(cr, s);
    raster_color(j, all->sign_halo, 1);
    cairo_set_line_width(cr, s->width + all->sign_halo_width);
    cairo_stroke_preserve(cr);
    if (s->filled) {
        raster_color(j, s->fill, 1);
        cairo_fill_preserve(cr);
    }
    if (s->width > 0) {
        raster_color(j, s->line, 1);
        cairo_set_line_width(cr, s->width);
        cairo_stroke_preserve(cr);
    }
    cairo_new_path(cr);
    cairo_restore(cr);
}

static bool is_seen(const struct raster_job *j, const struct raster_group *g)
{
    struct raster_box box = raster_grown(&j->view, raster_sign_reach(j, g) + 2);

    return g->at.x > box.west && g->at.x < box.east && g->at.y > box.north &&
           g->at.y < box.south;
}

static enum tr_class class_of(const struct raster_job *j, size_t site)
{
    return j->s->classes ? (enum tr_class)j->s->classes[site] : TR_NO_CLASS;
}

void raster_signs(const struct raster_job *j, const struct style_entry *e,
                  const struct raster_group *groups, size_t n)
{
    double scale = style_at(&e->size, j->zoom);
    int highest = 0;

    for (int c = 0; c < TR_CLASSES; c++)
        highest = j->r->style.signs[c].rank > highest
                      ? j->r->style.signs[c].rank
                      : highest;
    for (int rank = 0; rank <= highest; rank++) {
        for (size_t i = 0; i < n; i++) {
            const struct style_sign *s;

            if (groups[i].n != 1 || !is_seen(j, &groups[i]))
                continue;
            s = &j->r->style.signs[class_of(j, groups[i].site)];
            if (s->rank == rank)
                draw_sign(j, s, groups[i].at, scale);
        }
    }
}

static void draw_slices(const struct raster_job *j,
                        const struct raster_group *g, double x, double y,
                        double r)
{
    const struct raster_style *s = &j->r->style;
    uint32_t all = classed(g);
    double turn = -G_PI / 2;

    cairo_set_line_width(j->cr, s->ring_band);
    cairo_set_line_cap(j->cr, CAIRO_LINE_CAP_BUTT);
    for (int c = 0; c < TR_NO_CLASS; c++) {
        double end = turn + 2 * G_PI * g->counts[c] / all;

        if (!g->counts[c])
            continue;
        cairo_new_path(j->cr);
        cairo_arc(j->cr, x, y, r - s->ring_band / 2, turn, end);
        raster_color(j, s->signs[c].slice, 1);
        cairo_stroke(j->cr);
        turn = end;
    }
}

static void draw_ring(const struct raster_job *j, const struct raster_group *g,
                      const struct raster_type *t)
{
    const struct raster_style *s = &j->r->style;
    double x = g->at.x - j->view.west, y = g->at.y - j->view.north;
    double r = ring_radius(s, classed(g));
    char text[24];
    struct raster_text words = { .n = 1, .lines = { text } };

    cairo_arc(j->cr, x, y, r + 1, 0, 2 * G_PI);
    raster_color(j, s->ring_face, 1);
    cairo_fill(j->cr);
    draw_slices(j, g, x, y, r);
    (void)g_snprintf(text, sizeof text, "%u", (unsigned)g->n);
    raster_draw_text(j, &words, t, (struct raster_point){ x, y }, 0);
}

static int by_count(const void *a, const void *b)
{
    const struct raster_group *p = *(const struct raster_group *const *)a;
    const struct raster_group *q = *(const struct raster_group *const *)b;

    if (p->n != q->n)
        return p->n < q->n ? -1 : 1;
    return p->site < q->site ? -1 : p->site > q->site;
}

void raster_rings(const struct raster_job *j, const struct style_entry *e,
                  const struct raster_group *groups, size_t n)
{
    struct raster_type t = raster_type_of(j, e);
    const struct raster_group **seen =
        tr_arena_array(j->a, n + 1, sizeof *seen);
    size_t k = 0;

    if (!seen)
        return;
    for (size_t i = 0; i < n; i++) {
        if (groups[i].n > 1 && is_seen(j, &groups[i]))
            seen[k++] = &groups[i];
    }
    qsort(seen, k, sizeof *seen, by_count);
    for (size_t i = 0; i < k; i++)
        draw_ring(j, seen[i], &t);
}

void raster_mark(const struct raster_job *j, struct tr_position p)
{
    const struct raster_style *s = &j->r->style;
    struct raster_point at = raster_place(j, p);

    cairo_new_path(j->cr);
    cairo_arc(j->cr, at.x - j->view.west, at.y - j->view.north,
              s->mark_radius + s->mark_width / 2, 0, 2 * G_PI);
    raster_color(j, s->mark, 1);
    cairo_set_line_width(j->cr, s->mark_width);
    cairo_stroke(j->cr);
}
