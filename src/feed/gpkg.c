/* gpkg.c - a snapshot as a GeoPackage. See feed.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "encode/features.h"
#include "feed/feed.h"
#include "feed/qgis_style.h"
#include "terrier/date.h"
#include "vector/vector.h"

#define MAX_TEXT ((size_t)64 * 1024 * 1024)

static const char no_memory[] = "no memory left for the GeoPackage";

struct package {
    const struct tr_snapshot *s;
    struct vector_writer *w;
    struct tr_arena a;
    char changed[32];
    struct tr_buf text, wkb; /* of one row */
};

/* ---- columns ---- */

static char type_letter(enum tr_type type)
{
    switch (type) {
    case TR_BOOLEAN: return 'b';
    case TR_INTEGER: return 'i';
    case TR_NUMBER: return 'n';
    case TR_DATE: return 'd';
    case TR_INSTANT:
    case TR_TEXT:
    case TR_LIST:
    case TR_GEOMETRY: break;
    }
    return 't';
}

struct sheet { /* a collection as the file will hold it */
    const struct tr_collection *c;
    size_t n; /* columns, the id included */
    struct vector_out_column *columns;
    const struct tr_column **from; /* NULL: the id */
    const char **values;
    size_t *starts; /* where the row's values begin in its text */
};

static bool taken(const struct sheet *s, const char *name)
{
    if (strcasecmp(name, "fid") == 0 || strcasecmp(name, "geom") == 0)
        return true;
    for (size_t i = 0; i < s->n; i++) {
        if (strcasecmp(s->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

/* SQLite's names do not tell letter case apart, and two are the file's own. */
static bool add_column(struct package *p, struct sheet *s, const char *name,
                       enum tr_type type, const struct tr_column *from)
{
    while (name && taken(s, name))
        name = tr_arena_printf(&p->a, "%s_", name);
    if (!name)
        return false;
    s->columns[s->n] = (struct vector_out_column){ name, type_letter(type) };
    s->from[s->n++] = from;
    return true;
}

static enum tr_status make_sheet(struct package *p, struct sheet *s,
                                 struct tr_error *err)
{
    const struct tr_collection *c = s->c;
    const struct tr_table *t = c->table;
    bool ok;

    s->columns = tr_arena_array(&p->a, t->n_columns + 1, sizeof *s->columns);
    s->from = tr_arena_array(&p->a, t->n_columns + 1, sizeof(void *));
    s->values = tr_arena_array(&p->a, t->n_columns + 1, sizeof *s->values);
    s->starts = tr_arena_array(&p->a, t->n_columns + 1, sizeof *s->starts);
    ok = s->columns && s->from && s->values && s->starts;
    if (ok && !tr_table_column(t, c->id_column))
        ok = add_column(p, s, c->id_column, TR_TEXT, NULL);
    for (size_t i = 0; ok && i < t->n_columns; i++) {
        if (t->columns[i].type != TR_GEOMETRY)
            ok = add_column(p, s, t->columns[i].name, t->columns[i].type,
                            &t->columns[i]);
    }
    if (!ok)
        return tr_fail(err, TR_ENOMEM, no_memory);
    return TR_OK;
}

/* ---- rows ---- */

/* A key of several values is joined by a byte that nobody can read. */
static void put_id(struct tr_buf *out, const char *id)
{
    for (; *id; id++)
        tr_buf_byte(out, (unsigned char)(*id == '\x1F' ? '/' : *id));
}

static enum tr_status row_values(struct package *p, struct sheet *s, size_t row,
                                 struct tr_error *err)
{
    size_t *at = s->starts;

    tr_buf_reset(&p->text);
    for (size_t i = 0; i < s->n; i++) {
        at[i] = p->text.len;
        if (!s->from[i])
            put_id(&p->text, tr_collection_feature_id(s->c, row));
        else if (tr_has(s->from[i], row))
            features_text_value(&p->text, s->from[i], row);
        else
            at[i] = SIZE_MAX;
        tr_buf_byte(&p->text, 0);
    }
    if (p->text.failed)
        return tr_buf_status(&p->text, "a row", err);
    for (size_t i = 0; i < s->n; i++)
        s->values[i] =
            at[i] == SIZE_MAX ? NULL : (const char *)p->text.data + at[i];
    return TR_OK;
}

/* One point, as a geometry. */
static void put_point(struct tr_buf *out, struct tr_position at)
{
    static const uint32_t parts[] = { 0, 1 };
    const struct tr_geometry g = { .kind = TR_POINT,
                                   .n_points = 1,
                                   .n_parts = 1,
                                   .points = &at,
                                   .part_start = parts };

    tr_geometry_to_wkb(&g, 27700, out);
}

/* A layer of points holds single ones: of several, one that stands for them. */
static void put_geometry(struct package *p, const struct sheet *s, size_t row)
{
    const struct tr_geometry *g = tr_collection_geometry(s->c, row);
    struct tr_position at;

    tr_buf_reset(&p->wkb);
    if (g && g->kind != TR_POINT)
        tr_geometry_to_wkb(g, 27700, &p->wkb);
    else if (tr_collection_position(s->c, row, &at))
        put_point(&p->wkb, at);
}

static bool is_of(const struct sheet *s, size_t row, enum tr_geometry_kind kind)
{
    const struct tr_geometry *g = tr_collection_geometry(s->c, row);
    struct tr_position at;

    if (g)
        return g->kind == kind;
    /* A row without a place goes with the most. */
    return tr_collection_position(s->c, row, &at) ? kind == TR_POINT
                                                  : kind == s->c->geometry;
}

static enum tr_status put_rows(struct package *p, struct sheet *s,
                               enum tr_geometry_kind kind, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (size_t row = 0; !st && row < s->c->n; row++) {
        if (!tr_collection_has(s->c, row) || !is_of(s, row, kind))
            continue;
        st = row_values(p, s, row, err);
        if (st)
            break;
        put_geometry(p, s, row);
        st = tr_buf_status(&p->wkb, "a geometry", err);
        if (!st)
            st =
                vector_add_row(p->w, s->values, p->wkb.len ? p->wkb.data : NULL,
                               p->wkb.len, err);
    }
    return st;
}

/* ---- layers ---- */

static const char *describe(struct package *p, const struct tr_collection *c)
{
    const struct tr_layer *l = c->layer;

    if (c->kind == TR_OF_FOOTPRINTS)
        return "The outline of each site whose source gave one; class is "
               "provisional, not policy. Sources: the table attribution.";
    if (!l)
        return "One point per site; class is provisional, not policy. Sources: "
               "the table attribution.";
    return tr_arena_printf(
        &p->a, "%s%s%s%s%s", l->attribution ? l->attribution : "",
        l->licence ? "; licence: " : "", l->licence ? l->licence : "",
        l->vintage ? "; vintage: " : "", l->vintage ? l->vintage : "");
}

/* The place's default sets in their order, then the others. */
static unsigned rank_of(const struct tr_snapshot *s,
                        const struct tr_area_set *set)
{
    const struct tr_place *p = s->places[set->place];

    for (size_t i = 0; i < p->n_sets; i++) {
        if (strcmp(p->sets[i], set->set) == 0)
            return (unsigned)i;
    }
    return (unsigned)p->n_sets;
}

static enum tr_status put_style(struct package *p,
                                const struct tr_collection *c,
                                enum tr_geometry_kind kind,
                                struct tr_error *err)
{
    struct tr_buf qml;
    enum tr_status st;

    tr_buf_init(&qml, MAX_TEXT);
    if (c->kind == TR_OF_SITES)
        qgis_style_sites(&qml);
    else if (c->kind == TR_OF_FOOTPRINTS)
        qgis_style_footprints(&qml);
    else if (c->kind == TR_OF_AREAS)
        qgis_style_areas(rank_of(p->s, c->set), &qml);
    else
        qgis_style_context(kind, c->layer->draw, &qml);
    st = tr_buf_status(&qml, "a style", err);
    if (!st)
        st = vector_add_style(p->w, c->id, tr_buf_text(&qml), err);
    tr_buf_clear(&qml);
    return st;
}

static enum tr_status put_kind(struct package *p, struct sheet *s,
                               enum tr_geometry_kind kind, struct tr_error *err)
{
    static const char letters[] = {
        [TR_POINT] = 'p', [TR_LINE] = 'l', [TR_POLYGON] = 'a'
    };
    static const char *const ends[] = {
        [TR_POINT] = "-points", [TR_LINE] = "-lines", [TR_POLYGON] = "-areas"
    };
    const struct tr_collection *c = s->c;
    const char *name = kind == c->geometry
                           ? c->id
                           : tr_arena_printf(&p->a, "%s%s", c->id, ends[kind]);
    struct vector_out_layer layer = { .name = name,
                                      .title = c->title,
                                      .description = describe(p, c),
                                      .changed = p->changed,
                                      .srid = 27700,
                                      .geometry = letters[kind],
                                      .n_columns = s->n,
                                      .columns = s->columns };
    enum tr_status st;

    if (!name || !layer.description)
        return tr_fail(err, TR_ENOMEM, no_memory);
    st = vector_add_layer(p->w, &layer, err);
    if (!st)
        st = put_rows(p, s, kind, err);
    return st ? st : put_style(p, c, kind, err);
}

/* A layer of the file holds one kind of geometry: a collection of several is
 * several layers, the most frequent kind under the plain name. */
static enum tr_status put_collection(struct package *p,
                                     const struct tr_collection *c,
                                     struct tr_error *err)
{
    static const enum tr_geometry_kind kinds[] = { TR_POINT, TR_LINE,
                                                   TR_POLYGON };
    struct sheet s = { .c = c };
    enum tr_status st = make_sheet(p, &s, err);

    for (int k = 0; !st && k < 3; k++) {
        bool any = kinds[k] == c->geometry;

        for (size_t row = 0; !any && row < c->n; row++)
            any = is_of(&s, row, kinds[k]);
        if (any)
            st = put_kind(p, &s, kinds[k], err);
    }
    return st;
}

/* ---- whose data it is ---- */

static enum tr_status put_attribution(struct package *p, struct tr_error *err)
{
    static const struct vector_out_column columns[] = {
        { "layer", 't' },   { "title", 't' },       { "kind", 't' },
        { "licence", 't' }, { "attribution", 't' }, { "vintage", 't' },
        { "as_of", 'd' },   { "tier", 't' },        { "illustrative", 'b' },
    };
    const struct vector_out_layer layer = {
        .name = "attribution",
        .title = "Whose data this is",
        .description = p->s->audience.name,
        .changed = p->changed,
        .geometry = '-',
        .n_columns = sizeof columns / sizeof *columns,
        .columns = columns,
    };
    enum tr_status st = vector_add_layer(p->w, &layer, err);

    for (size_t i = 0; !st && i < p->s->n_layers; i++) {
        const struct tr_layer *l = &p->s->layers[i];
        char date[TR_DATE_TEXT];

        if (l->as_of != TR_NO_DATE)
            tr_date_text(l->as_of, date);

        const char *values[] = { l->name,
                                 l->title,
                                 l->kind,
                                 l->licence,
                                 l->attribution,
                                 l->vintage,
                                 l->as_of == TR_NO_DATE ? NULL : date,
                                 tr_tier_name(l->tier),
                                 l->illustrative ? "true" : "false" };

        st = vector_add_row(p->w, values, NULL, 0, err);
    }
    return st;
}

/* ---- all of it ---- */

static enum tr_status put_all(struct package *p, struct tr_error *err)
{
    const struct tr_collection *list;
    size_t n;
    enum tr_status st = tr_collections(p->s, &p->a, &list, &n, err);

    for (size_t i = 0; !st && i < n; i++)
        st = put_collection(p, &list[i], err);
    return st ? st : put_attribution(p, err);
}

static enum tr_status write_at(const struct tr_snapshot *s, const char *path,
                               struct tr_error *err)
{
    struct package p = { .s = s };
    char day[TR_DATE_TEXT];
    enum tr_status st = vector_create(path, VECTOR_GPKG, &p.w, err);

    if (st)
        return st;
    tr_arena_init(&p.a, SIZE_MAX);
    tr_buf_init(&p.text, MAX_TEXT);
    tr_buf_init(&p.wkb, MAX_TEXT);
    tr_date_text(s->as_of, day);
    snprintf(p.changed, sizeof p.changed, "%sT00:00:00Z", day);
    st = put_all(&p, err);
    if (st) {
        vector_finish(p.w, NULL);
        unlink(path);
    } else {
        st = vector_finish(p.w, err);
    }
    tr_buf_clear(&p.wkb);
    tr_buf_clear(&p.text);
    tr_arena_clear(&p.a);
    return st;
}

enum tr_status feed_gpkg(const struct tr_snapshot *s, const char *path,
                         struct tr_error *err)
{
    char aside[4096];
    int n = snprintf(aside, sizeof aside, "%s.part", path);
    enum tr_status st;

    if (n <= 0 || (size_t)n >= sizeof aside)
        return tr_fail(err, TR_ECREATE, "the name '%.60s...' is too long",
                       path);
    unlink(aside); /* of a run that was killed */
    st = write_at(s, aside, err);
    if (!st && rename(aside, path)) {
        st = tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                     strerror(errno));
        unlink(aside);
    }
    return st;
}
