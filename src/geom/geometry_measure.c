/* geometry_measure.c - what is inside, how far, how large; see
 * terrier/geometry.h. Everything is on the EPSG:27700 plane. */
#include "geom/geom_exact.h"
#include "terrier/geometry.h"

#include <stdlib.h>

/* Twice the signed area of a part, mm2. */
static geom_i128 ring_area2(const struct tr_geometry *g, uint32_t part)
{
    uint32_t first = g->part_start[part], end = g->part_start[part + 1];
    const struct tr_position *o = &g->points[first];
    geom_i128 sum = 0;

    for (uint32_t i = first; i + 1 < end; i++) {
        const struct tr_position *p = &g->points[i], *q = p + 1;

        sum += geom_cross(o->e_mm, o->n_mm, p->e_mm, p->n_mm, q->e_mm, q->n_mm);
    }
    return sum < 0 ? -sum : sum;
}

static geom_i128 polygon_area2(const struct tr_geometry *g, uint32_t polygon)
{
    uint32_t first = g->polygon_start[polygon];
    geom_i128 area = ring_area2(g, first);

    for (uint32_t r = first + 1; r < g->polygon_start[polygon + 1]; r++)
        area -= ring_area2(g, r);
    return area;
}

double tr_geometry_area_m2(const struct tr_geometry *g)
{
    geom_i128 sum = 0;

    for (uint32_t i = 0; i < g->n_polygons; i++)
        sum += polygon_area2(g, i);
    return (double)sum / 2e6;
}

static double segment_mm(const struct tr_position *p,
                         const struct tr_position *q)
{
    return hypot((double)q->e_mm - p->e_mm, (double)q->n_mm - p->n_mm);
}

double tr_geometry_length_m(const struct tr_geometry *g)
{
    double sum = 0;

    if (g->kind != TR_LINE)
        return 0;
    for (uint32_t part = 0; part < g->n_parts; part++)
        for (uint32_t i = g->part_start[part]; i + 1 < g->part_start[part + 1];
             i++)
            sum += segment_mm(&g->points[i], &g->points[i + 1]);
    return sum / 1000;
}

/* The position t / whole of the way from p to q. */
static struct tr_position along(const struct tr_position *p,
                                const struct tr_position *q, int64_t t,
                                int64_t whole)
{
#define MIX(field)                                                             \
    (int32_t)(                                                                 \
        p->field +                                                             \
        geom_round_div((geom_i128)t * ((int64_t)q->field - p->field), whole))
    return (struct tr_position){ MIX(lon_e7), MIX(lat_e7), MIX(e_mm),
                                 MIX(n_mm) };
#undef MIX
}

static int64_t whole_mm(const struct tr_position *p,
                        const struct tr_position *q)
{
    int64_t de = (int64_t)q->e_mm - p->e_mm, dn = (int64_t)q->n_mm - p->n_mm;

    return (int64_t)geom_isqrt((uint64_t)(de * de) + (uint64_t)(dn * dn));
}

static struct tr_position middle_of_line(const struct tr_geometry *g)
{
    int64_t total = 0, at = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t part = 0; part < g->n_parts; part++) {
            for (uint32_t i = g->part_start[part];
                 i + 1 < g->part_start[part + 1]; i++) {
                const struct tr_position *p = &g->points[i];
                int64_t len = whole_mm(p, p + 1);

                if (pass == 0)
                    total += len;
                else if (len > 0 && at + len >= total / 2)
                    return along(p, p + 1, total / 2 - at, len);
                else
                    at += len;
            }
        }
    }
    return g->points[0];
}

/* Where the edge p, q meets the line n = at. The scan line is taken to pass
 * just above `at`, so that a vertex on it counts once. */
static bool crosses(const struct tr_position *p, const struct tr_position *q,
                    int32_t at)
{
    return (p->n_mm <= at) != (q->n_mm <= at);
}

struct crossing {
    const struct tr_position *p, *q;
    int64_t low_e, high_e; /* the whole mm on either side of it */
};

static struct crossing crossing_of(const struct tr_position *p,
                                   const struct tr_position *q, int32_t at)
{
    geom_i128 top =
        (geom_i128)((int64_t)at - p->n_mm) * ((int64_t)q->e_mm - p->e_mm);
    int64_t dn = (int64_t)q->n_mm - p->n_mm;

    return (struct crossing){
        .p = p,
        .q = q,
        .low_e = p->e_mm + geom_floor_div(top, dn),
        .high_e = p->e_mm - geom_floor_div(-top, dn),
    };
}

static int by_low_e(const void *a, const void *b)
{
    const struct crossing *x = a, *y = b;

    if (x->low_e != y->low_e)
        return x->low_e < y->low_e ? -1 : 1;
    return (x->high_e > y->high_e) - (x->high_e < y->high_e);
}

static struct tr_position position_on(const struct crossing *c, int32_t at)
{
    int64_t dn = (int64_t)c->q->n_mm - c->p->n_mm;
    int64_t t = (int64_t)at - c->p->n_mm;

    return dn < 0 ? along(c->p, c->q, -t, -dn) : along(c->p, c->q, t, dn);
}

/* The crossings of a polygon's rings with the scan line, from west to east, in
 * `list`; NULL counts them only. */
static size_t collect(const struct tr_geometry *g, uint32_t polygon, int32_t at,
                      struct crossing *list)
{
    size_t n = 0;

    for (uint32_t r = g->polygon_start[polygon];
         r < g->polygon_start[polygon + 1]; r++) {
        for (uint32_t i = g->part_start[r]; i + 1 < g->part_start[r + 1]; i++) {
            const struct tr_position *p = &g->points[i];

            if (!crosses(p, p + 1, at))
                continue;
            if (list)
                list[n] = crossing_of(p, p + 1, at);
            n++;
        }
    }
    if (list)
        qsort(list, n, sizeof *list, by_low_e);
    return n;
}

/* The middle of the widest stretch between crossings 2k and 2k + 1: the inside,
 * by even-odd. `best` stays when no stretch holds a whole mm. */
static struct tr_position widest_middle(const struct crossing *list, size_t n,
                                        int32_t at, struct tr_position best)
{
    int64_t widest = -1;

    for (size_t i = 0; i + 1 < n; i += 2) {
        int64_t width = list[i + 1].low_e - list[i].high_e;

        if (width <= widest)
            continue;

        struct tr_position l = position_on(&list[i], at);
        struct tr_position r = position_on(&list[i + 1], at);

        widest = width;
        best = along(&l, &r, 1, 2);
        best.e_mm = (int32_t)(list[i].high_e + width / 2);
        best.n_mm = at;
    }
    return best;
}

static struct tr_position inside_polygon(const struct tr_geometry *g,
                                         uint32_t polygon)
{
    uint32_t outer = g->polygon_start[polygon];
    uint32_t first = g->part_start[outer], end = g->part_start[outer + 1];
    int32_t low = INT32_MAX, high = INT32_MIN;
    struct tr_position best = g->points[first]; /* the edge belongs to it */

    for (uint32_t i = first; i < end; i++) {
        low = g->points[i].n_mm < low ? g->points[i].n_mm : low;
        high = g->points[i].n_mm > high ? g->points[i].n_mm : high;
    }

    int32_t at = (int32_t)(low + ((int64_t)high - low) / 2);
    size_t n = collect(g, polygon, at, NULL);
    struct crossing *list = calloc(n ? n : 1, sizeof *list);

    if (list) {
        collect(g, polygon, at, list);
        best = widest_middle(list, n, at, best);
    }
    free(list);
    return best;
}

struct tr_position tr_geometry_representative(const struct tr_geometry *g)
{
    uint32_t largest = 0;
    geom_i128 most = -1;

    if (g->kind == TR_LINE)
        return middle_of_line(g);
    if (g->kind != TR_POLYGON)
        return g->points[0];
    for (uint32_t i = 0; i < g->n_polygons; i++) {
        geom_i128 area = polygon_area2(g, i);

        if (area > most) {
            most = area;
            largest = i;
        }
    }
    return inside_polygon(g, largest);
}

/* Even-odd over the rings of one polygon; an edge belongs to it. */
static bool polygon_covers(const struct tr_geometry *g, uint32_t polygon,
                           int64_t e, int64_t n)
{
    uint32_t first = g->part_start[g->polygon_start[polygon]];
    uint32_t end = g->part_start[g->polygon_start[polygon + 1]];
    const struct tr_position *p = &g->points[first];
    bool inside = false;
    uint32_t part = g->polygon_start[polygon];

    for (uint32_t i = first; i + 1 < end; i++, p++) {
        if (i + 1 == g->part_start[part + 1]) { /* from ring to ring: no edge */
            part++;
            continue;
        }

        const struct tr_position *q = p + 1;
        bool rises = p->n_mm <= n && n < q->n_mm;
        bool falls = q->n_mm <= n && n < p->n_mm;

        if (!geom_between(p->n_mm, n, q->n_mm))
            continue;

        geom_i128 side = geom_cross(p->e_mm, p->n_mm, q->e_mm, q->n_mm, e, n);

        if (side == 0 && geom_between(p->e_mm, e, q->e_mm))
            return true;
        if ((rises && side > 0) || (falls && side < 0))
            inside = !inside;
    }
    return inside;
}

bool tr_geometry_covers_mm(const struct tr_geometry *g, int32_t e_mm,
                           int32_t n_mm)
{
    for (uint32_t i = 0; i < g->n_polygons; i++)
        if (polygon_covers(g, i, e_mm, n_mm))
            return true;
    return false;
}

/* The squared distance from (e, n) to the segment p, q, rounded down or up.
 * Since floor(sqrt(x)) = floor(sqrt(floor(x))), nothing is lost by rounding
 * before the root; and x <= r * r, a whole number, just when ceil(x) is. Within
 * the box of geometry.h lengths stay below 2^31 and distances below 2^32, so
 * the squared cross product needs 128 bits at most. */
static geom_u128 segment_distance2(const struct tr_position *p,
                                   const struct tr_position *q, int64_t e,
                                   int64_t n, bool up)
{
    int64_t de = (int64_t)q->e_mm - p->e_mm, dn = (int64_t)q->n_mm - p->n_mm;
    int64_t pe = e - p->e_mm, pn = n - p->n_mm;
    int64_t qe = e - q->e_mm, qn = n - q->n_mm;

    if ((geom_i128)de * pe + (geom_i128)dn * pn <= 0)
        return (geom_u128)((geom_i128)pe * pe + (geom_i128)pn * pn);
    if ((geom_i128)de * qe + (geom_i128)dn * qn >= 0)
        return (geom_u128)((geom_i128)qe * qe + (geom_i128)qn * qn);

    geom_i128 cross = (geom_i128)de * pn - (geom_i128)dn * pe;
    geom_u128 c = (geom_u128)(cross < 0 ? -cross : cross);
    geom_u128 len2 = (geom_u128)((geom_i128)de * de + (geom_i128)dn * dn);

    return c * c / len2 + (up && c * c % len2 != 0);
}

static geom_u128 distance2(const struct tr_geometry *g, int32_t e_mm,
                           int32_t n_mm, bool up)
{
    geom_u128 best = ~(geom_u128)0;

    if (tr_geometry_covers_mm(g, e_mm, n_mm))
        return 0;
    for (uint32_t part = 0; part < g->n_parts; part++) {
        uint32_t i = g->part_start[part], end = g->part_start[part + 1];

        do {
            uint32_t j = i + 1 < end ? i + 1 : i;
            geom_u128 d =
                segment_distance2(&g->points[i], &g->points[j], e_mm, n_mm, up);

            best = d < best ? d : best;
        } while (++i + 1 < end);
    }
    return best;
}

int64_t tr_geometry_distance_mm(const struct tr_geometry *g, int32_t e_mm,
                                int32_t n_mm)
{
    geom_u128 d = distance2(g, e_mm, n_mm, false);

    return d > UINT64_MAX ? UINT32_MAX : (int64_t)geom_isqrt((uint64_t)d);
}

bool tr_geometry_within_mm(const struct tr_geometry *g, int32_t e_mm,
                           int32_t n_mm, int64_t within_mm)
{
    return within_mm >= 0 && distance2(g, e_mm, n_mm, true) <=
                                 (geom_u128)((geom_i128)within_mm * within_mm);
}
