/* layer_position.c - the given positions of a block of rows: columns of
 * coordinates, or the file's geometry. See layer_block.h. */
#include <math.h>
#include <string.h>

#include "ingest/convert.h"
#include "ingest/layer_block.h"

#define SHAPE_PRECISION_M 5
#define MOST_PRECISION_M  UINT16_MAX /* as the snapshot keeps it */
#define DEGREE_M          111320.0
#define DENSIFY_OVER_M    500 /* areas: architecture.md, three planes */

struct given { /* coordinates as numbers, waiting for their CRS */
    double xy[2];
    int srid; /* 0: none */
    int32_t precision_m;
};

static struct load_at at(const struct layer_block *b, size_t i, size_t column)
{
    return (struct load_at){
        .file = b->file.number,
        .row = b->rows[i].number,
        .column = column == SIZE_MAX ? NULL : b->plan->names[column],
        .value = column == SIZE_MAX ? NULL : b->rows[i].values[column],
    };
}

static bool is_degrees(int srid)
{
    return srid == 4326 || srid == 4258;
}

/* The size of the last digit that was written. */
static int32_t written_precision(int srid, const char *x, const char *y)
{
    int dx = convert_decimals(x);
    int dy = convert_decimals(y);
    double m = is_degrees(srid) ? DEGREE_M * pow(10, -(dx > dy ? dx : dy)) : 1;

    return m <= 1 ? 1 : m > MOST_PRECISION_M ? MOST_PRECISION_M : (int32_t)m;
}

static enum tr_status find_srid(struct layer_load *l,
                                const struct layer_block *b, size_t i,
                                int *srid)
{
    const struct profile *p = l->p;
    const char *name = p->crs_column ? b->rows[i].values[b->plan->crs] : NULL;

    *srid = p->srid ? p->srid : 4326;
    if (!p->crs_column)
        return TR_OK;
    for (size_t k = 0; name && k < p->n_crs; k++) {
        if (strcmp(p->crs[k].name, name) == 0) {
            *srid = p->crs[k].srid;
            return TR_OK;
        }
    }
    if (name && !p->n_crs && tr_crs_parse(name, srid, NULL) == TR_OK)
        return TR_OK;
    *srid = 0;
    return layer_issue(l, at(b, i, b->plan->crs), "unknown value",
                       STORE_WARNING,
                       "the coordinate reference system is not known, so the "
                       "coordinates cannot be used");
}

/* A pair within Great Britain whose latitude came first. */
static bool is_swapped(const struct given *g)
{
    return is_degrees(g->srid) && g->xy[0] >= 49 && g->xy[0] <= 61.5 &&
           g->xy[1] >= -9.5 && g->xy[1] <= 3;
}

/* The numbers of row i; g->srid stays 0 when there are none to use. */
static enum tr_status read_pair(struct layer_load *l,
                                const struct layer_block *b, size_t i,
                                struct given *g, enum block_place *place)
{
    const char *x = b->rows[i].values[b->plan->x];
    const char *y = b->rows[i].values[b->plan->y];
    bool x_is_number = x && convert_number(l->p, x, &g->xy[0]);
    bool y_is_number = y && convert_number(l->p, y, &g->xy[1]);

    *place = BLOCK_BLANK;
    if (!x && !y)
        return TR_OK;
    *place = BLOCK_REFUSED;
    if (!x_is_number || !y_is_number)
        return layer_issue(l, at(b, i, x_is_number ? b->plan->y : b->plan->x),
                           "invalid coordinates", STORE_WARNING,
                           x && y ? "not a number"
                                  : "one of the two coordinates is missing");
    if (g->xy[0] == 0 && g->xy[1] == 0)
        return layer_issue(l, at(b, i, b->plan->x), "invalid coordinates",
                           STORE_WARNING,
                           "0, 0 stands for a position that is not known");

    enum tr_status st = find_srid(l, b, i, &g->srid);

    if (st || !g->srid)
        return st;
    g->precision_m = written_precision(g->srid, x, y);
    if (!is_swapped(g))
        return TR_OK;

    double lat = g->xy[0];

    g->xy[0] = g->xy[1];
    g->xy[1] = lat;
    return layer_issue(l, at(b, i, b->plan->x), "WGS84 flipped", STORE_NOTE,
                       "latitude and longitude were in each other's place; "
                       "put right");
}

static enum tr_status say_outside(struct layer_load *l,
                                  const struct layer_block *b, size_t i,
                                  const struct given *g)
{
    bool degrees = is_degrees(g->srid);
    bool looks_like_grid = degrees && fabs(g->xy[0]) > 1000;

    return layer_issue(
        l, at(b, i, b->plan->x),
        degrees ? "WGS84 out of bounds" : "OSGB out of bounds", STORE_WARNING,
        "%.10g, %.10g lies outside Great Britain%s", g->xy[0], g->xy[1],
        looks_like_grid ? "; it looks like EPSG:27700, say so with 'crs:'"
                        : "");
}

/* Convert all pairs of one CRS at once; those outside one by one are said. */
static enum tr_status convert_srid(struct layer_load *l,
                                   const struct layer_block *b,
                                   const struct given *given, int srid,
                                   struct block_position *out,
                                   struct tr_error *err)
{
    double xy[2 * BLOCK_ROWS];
    struct tr_position p[BLOCK_ROWS];
    uint16_t row[BLOCK_ROWS];
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (given[i].srid == srid) {
            xy[2 * n] = given[i].xy[0];
            xy[2 * n + 1] = given[i].xy[1];
            row[n++] = (uint16_t)i;
        }
    }
    for (size_t done = 0; done < n;) {
        size_t bad = 0;
        enum tr_status st = tr_crs_positions(l->crs, srid, xy + 2 * done,
                                             n - done, p + done, &bad, err);
        size_t good = st ? done + bad : n;

        if (st && st != TR_EDATA)
            return st;
        for (; done < good; done++) {
            struct block_position *to = &out[row[done]];

            to->place = BLOCK_GIVEN;
            to->position = p[done];
            to->precision_m = given[row[done]].precision_m;
        }
        if (st && say_outside(l, b, row[done], &given[row[done]]))
            return layer_no_memory(l, err);
        done += st != TR_OK;
    }
    return TR_OK;
}

static enum tr_status from_columns(struct layer_load *l,
                                   const struct layer_block *b,
                                   const bool *wanted,
                                   struct block_position *out,
                                   struct tr_error *err)
{
    struct given *given = tr_arena_array(&l->block, b->n, sizeof *given);

    if (!given)
        return layer_no_memory(l, err);
    for (size_t i = 0; i < b->n; i++) {
        if (wanted[i] && read_pair(l, b, i, &given[i], &out[i].place))
            return layer_no_memory(l, err);
    }
    /* Each CRS once, in the order in which rows name it. */
    for (size_t i = 0; i < b->n; i++) {
        int srid = given[i].srid;
        bool first = srid != 0;

        for (size_t k = 0; k < i && first; k++)
            first = given[k].srid != srid;
        if (!first)
            continue;
        l->transformed = true;

        enum tr_status st = convert_srid(l, b, given, srid, out, err);

        if (st)
            return st;
        if (!l->p->crs_column)
            break; /* there is only the one */
    }
    return TR_OK;
}

/* ---- the file's geometry ---- */

static bool needs_shape(enum store_kind kind)
{
    return kind == STORE_AREAS || kind == STORE_LINES || kind == STORE_CONTEXT;
}

static bool shape_fits(enum store_kind kind, const struct tr_geometry *g)
{
    if (kind == STORE_AREAS)
        return g->kind == TR_POLYGON;
    return kind != STORE_LINES || g->kind != TR_POINT;
}

static enum tr_status refuse_shape(struct layer_load *l,
                                   const struct layer_block *b, size_t i,
                                   struct block_position *out, const char *why)
{
    out->place = BLOCK_REFUSED;
    out->no_shape = needs_shape(l->p->kind);
    return layer_issue(l, at(b, i, SIZE_MAX), "invalid geometry",
                       out->no_shape ? STORE_ERROR : STORE_WARNING, "%s", why);
}

static enum tr_status one_shape(struct layer_load *l,
                                const struct layer_block *b, size_t i,
                                struct block_position *out)
{
    const struct block_row *row = &b->rows[i];
    const struct tr_geometry *g;
    struct tr_geometry_limits limits = tr_geometry_default_limits();
    struct tr_error why = TR_ERROR_INIT;

    if (!row->wkb) {
        out->no_shape = needs_shape(l->p->kind);
        return layer_issue(l, at(b, i, SIZE_MAX), "missing value",
                           out->no_shape ? STORE_ERROR : STORE_NOTE,
                           "the row has no geometry, or one that cannot be "
                           "read");
    }
    limits.max_points = (uint32_t)l->options->limits.max_points;
    if (l->p->kind == STORE_AREAS)
        limits.densify_over_m = DENSIFY_OVER_M;
    l->transformed = true;
    if (tr_geometry_from_wkb(row->wkb, row->wkb_len, b->file.srid, l->crs,
                             &limits, &l->block, &g, &why))
        return refuse_shape(l, b, i, out, why.msg);
    if (!shape_fits(l->p->kind, g))
        return refuse_shape(l, b, i, out,
                            "the geometry is not of this layer's kind");
    out->place = BLOCK_GIVEN;
    out->position = tr_geometry_representative(g);
    out->precision_m = g->kind == TR_POINT ? 1 : SHAPE_PRECISION_M;
    if (g->kind != TR_POINT || g->n_points > 1)
        out->geometry = g;
    return TR_OK;
}

enum tr_status layer_given_positions(struct layer_load *l,
                                     const struct layer_block *b,
                                     const bool *wanted,
                                     struct block_position *out,
                                     struct tr_error *err)
{
    if (l->p->x)
        return from_columns(l, b, wanted, out, err);
    if (!b->file.has_geometry || l->p->kind == STORE_STATISTICS)
        return TR_OK;
    for (size_t i = 0; i < b->n; i++) {
        if (wanted[i] && one_shape(l, b, i, &out[i]))
            return layer_no_memory(l, err);
    }
    return TR_OK;
}
