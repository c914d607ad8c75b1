/* vector_child_write.c - rows from the parent into a GeoPackage. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <errno.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/date.h"
#include "terrier/text.h"
#include "vector/vector_child.h"

void RegisterOGRGeoPackage(void); /* exported by GDAL */

struct layer_writer {
    struct vector_child *c;
    GDALDatasetH file;
    OGRLayerH layer, styles;
    char geometry;
    size_t n;
    char *types;
    const char **names;
    const char **values;
    char *layer_name;
    const char *changed;   /* when the layer last changed; NULL: not said */
    struct tr_arena arena; /* of the layer */
};

static enum tr_status failed(struct vector_child *c, struct tr_error *err)
{
    return tr_fail(err, TR_EIO, "cannot write '%s': %s", c->job.name,
                   vector_child_reason(c));
}

static enum tr_status nonsense(struct vector_child *c, struct tr_error *err)
{
    return tr_fail(err, TR_EBACKEND,
                   "the writer of '%s' was sent a damaged "
                   "frame",
                   c->job.name);
}

/* ---- a layer ---- */

static OGRwkbGeometryType geometry_type(char kind)
{
    switch (kind) {
    case 'p': return wkbPoint;
    case 'l': return wkbMultiLineString;
    case 'a': return wkbMultiPolygon;
    default: return wkbNone;
    }
}

static OGRFieldType field_type(char type)
{
    switch (type) {
    case 'i': return OFTInteger64;
    case 'n': return OFTReal;
    case 'b': return OFTInteger;
    case 'd': return OFTDate;
    case 'z': return OFTDateTime;
    default: return OFTString;
    }
}

static bool add_field(OGRLayerH layer, const char *name, char type)
{
    OGRFieldDefnH field = OGR_Fld_Create(name, field_type(type));

    if (type == 'b')
        OGR_Fld_SetSubType(field, OFSTBoolean);

    OGRErr rc = OGR_L_CreateField(layer, field, 0);

    OGR_Fld_Destroy(field);
    return rc == OGRERR_NONE;
}

struct layer_about { /* as the frame says */
    const char *name, *title, *description, *changed;
    int srid;
};

static OGRLayerH create_layer(struct layer_writer *w,
                              const struct layer_about *about, char geometry)
{
    OGRSpatialReferenceH srs = NULL;
    char **options = CSLSetNameValue(NULL, "IDENTIFIER", about->title);
    OGRLayerH layer = NULL;

    if (about->description)
        options = CSLSetNameValue(options, "DESCRIPTION", about->description);

    options = CSLSetNameValue(options, "GEOMETRY_NAME", "geom");
    options = CSLSetNameValue(options, "FID", "fid");
    options = CSLSetNameValue(options, "SPATIAL_INDEX", "YES");
    if (geometry != '-') {
        srs = OSRNewSpatialReference(NULL);
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    }
    if (!srs || OSRImportFromEPSG(srs, about->srid) == OGRERR_NONE)
        layer = GDALDatasetCreateLayer(w->file, about->name, srs,
                                       geometry_type(geometry), options);
    if (srs)
        OSRRelease(srs);
    CSLDestroy(options);
    return layer;
}

/* What the rows of the layer will hold; texts are copied, for a frame goes. */
static bool take_columns(struct layer_writer *w, struct vector_cursor *cur)
{
    w->n = vector_take_u32(cur);
    if (cur->bad || w->n > VECTOR_MAX_COLUMNS)
        return false;
    w->types = tr_arena_array(&w->arena, w->n + 1, 1);
    w->names = tr_arena_array(&w->arena, w->n + 1, sizeof *w->names);
    w->values = tr_arena_array(&w->arena, w->n + 1, sizeof *w->values);
    if (!w->types || !w->names || !w->values)
        return false;
    for (size_t i = 0; i < w->n; i++) {
        w->types[i] = (char)vector_take_u8(cur);

        const char *name = vector_take_text(cur);

        w->names[i] =
            name ? tr_arena_text(&w->arena, name, strlen(name)) : NULL;
        if (!w->names[i])
            return false;
    }
    return !cur->bad && !cur->left;
}

/* GeoPackage 1.3, requirement 15: an instant has its milliseconds. */
static void set_changed(const char *changed)
{
    char instant[32];
    size_t len = changed ? strlen(changed) : 0;

    if (len == sizeof "2026-01-31T12:00:00Z" - 1 && changed[len - 1] == 'Z') {
        snprintf(instant, sizeof instant, "%.19s.000Z", changed);
        changed = instant;
    }
    CPLSetConfigOption("OGR_CURRENT_DATE", changed);
}

static enum tr_status begin_layer(struct layer_writer *w,
                                  const struct vector_frame *f,
                                  struct tr_error *err)
{
    struct vector_cursor cur = { .p = f->payload, .left = f->len };

    tr_arena_clear(&w->arena);

    struct layer_about about = { .name = vector_take_text(&cur) };

    about.title = vector_take_text(&cur);
    about.description = vector_take_text(&cur);
    about.changed = vector_take_text(&cur);
    about.srid = (int)vector_take_u32(&cur);
    w->geometry = (char)vector_take_u8(&cur);
    if (!about.name || !take_columns(w, &cur))
        return nonsense(w->c, err);
    w->layer_name = tr_arena_text(&w->arena, about.name, strlen(about.name));
    w->changed = about.changed ? tr_arena_text(&w->arena, about.changed,
                                               strlen(about.changed))
                               : NULL;
    if (!w->layer_name || (about.changed && !w->changed))
        return tr_fail(err, TR_ENOMEM, "no memory left to write a layer");
    set_changed(about.changed);
    w->layer = create_layer(w, &about, w->geometry);
    if (!w->layer)
        return failed(w->c, err);
    for (size_t i = 0; i < w->n; i++) {
        if (!add_field(w->layer, w->names[i], w->types[i]))
            return failed(w->c, err);
    }
    return TR_OK;
}

/* ---- a row ---- */

static bool set_date(OGRFeatureH f, int i, const char *s)
{
    int year, month, day;
    int32_t date;

    if (!tr_date_parse(s, "yyyy-mm-dd", &date))
        return false;
    tr_date_split(date, &year, &month, &day);
    OGR_F_SetFieldDateTime(f, i, year, month, day, 0, 0, 0, 0);
    return true;
}

static bool set_value(OGRFeatureH f, int i, char type, const char *s)
{
    long long whole;
    double number;

    switch (type) {
    case 'i':
        if (!tr_text_to_int(s, &whole))
            return false;
        OGR_F_SetFieldInteger64(f, i, whole);
        return true;
    case 'n':
        if (!tr_text_to_number(s, &number))
            return false;
        OGR_F_SetFieldDouble(f, i, number);
        return true;
    case 'b':
        if (strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
            return false;
        OGR_F_SetFieldInteger(f, i, *s == 't');
        return true;
    case 'd': return set_date(f, i, s);
    default: OGR_F_SetFieldString(f, i, s); return true;
    }
}

static enum tr_status set_geometry(struct layer_writer *w, OGRFeatureH f,
                                   const struct vector_row *row,
                                   struct tr_error *err)
{
    OGRGeometryH g = NULL;

    if (!row->wkb || w->geometry == '-')
        return TR_OK;
    if (row->wkb_len > INT32_MAX ||
        OGR_G_CreateFromWkb(row->wkb, NULL, &g, (int)row->wkb_len) !=
            OGRERR_NONE)
        return failed(w->c, err);
    g = OGR_G_ForceTo(g, geometry_type(w->geometry), NULL);
    if (!g || OGR_G_GetGeometryType(g) != geometry_type(w->geometry)) {
        OGR_G_DestroyGeometry(g);
        return tr_fail(err, TR_EINVAL,
                       "row %ld is not of the kind of geometry that layer '%s' "
                       "holds",
                       row->number, w->layer_name);
    }
    return OGR_F_SetGeometryDirectly(f, g) == OGRERR_NONE ? TR_OK
                                                          : failed(w->c, err);
}

static enum tr_status add_row(struct layer_writer *w,
                              const struct vector_frame *frame,
                              struct tr_error *err)
{
    struct vector_row row;

    if (!w->layer)
        return nonsense(w->c, err);

    enum tr_status st = vector_parse_row(frame, w->n, w->values, &row, err);

    if (st)
        return st;

    OGRFeatureH f = OGR_F_Create(OGR_L_GetLayerDefn(w->layer));

    for (size_t i = 0; !st && i < w->n; i++) {
        if (!w->values[i])
            OGR_F_SetFieldNull(f, (int)i);
        else if (!set_value(f, (int)i, w->types[i], w->values[i]))
            st = tr_fail(err, TR_EINVAL,
                         "row %ld, column '%s': '%.60s' is not of type '%c'",
                         row.number, w->names[i], w->values[i], w->types[i]);
    }
    if (!st)
        st = set_geometry(w, f, &row, err);
    if (!st && OGR_L_CreateFeature(w->layer, f) != OGRERR_NONE)
        st = failed(w->c, err);
    OGR_F_Destroy(f);
    return st;
}

/* ---- a style: the table that QGIS itself makes and looks into ---- */

static const struct {
    const char *name;
    char type;
} style_fields[] = {
    { "f_table_catalog", 't' },
    { "f_table_schema", 't' },
    { "f_table_name", 't' },
    { "f_geometry_column", 't' },
    { "styleName", 't' },
    { "styleQML", 't' },
    { "styleSLD", 't' },
    { "useAsDefault", 'b' },
    { "description", 't' },
    { "owner", 't' },
    { "ui", 't' },
    { "update_time", 'z' }, /* QGIS sorts by it: without it it finds no style */
};

static bool make_styles(struct layer_writer *w)
{
    if (w->styles)
        return true;

    char **options = CSLSetNameValue(NULL, "FID", "id");

    w->styles =
        GDALDatasetCreateLayer(w->file, "layer_styles", NULL, wkbNone, options);
    CSLDestroy(options);
    for (size_t i = 0;
         w->styles && i < sizeof style_fields / sizeof *style_fields; i++) {
        if (!add_field(w->styles, style_fields[i].name, style_fields[i].type))
            return false;
    }
    return w->styles;
}

static enum tr_status add_style(struct layer_writer *w,
                                const struct vector_frame *frame,
                                struct tr_error *err)
{
    struct vector_cursor cur = { .p = frame->payload, .left = frame->len };
    const char *name = vector_take_text(&cur);
    const char *qml = vector_take_text(&cur);

    if (!name || !qml || cur.left || !w->layer)
        return nonsense(w->c, err);
    if (!make_styles(w))
        return failed(w->c, err);

    /* QGIS asks for '' where there is no catalogue or schema, not for null. */
    const char *values[] = {
        "", "", w->layer_name, w->geometry == '-' ? "" : "geom", name, qml
    };
    OGRFeatureH f = OGR_F_Create(OGR_L_GetLayerDefn(w->styles));

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        OGR_F_SetFieldString(f, (int)i, values[i]);
    OGR_F_SetFieldInteger(f, 7, 1);
    if (w->changed)
        OGR_F_SetFieldString(f, 11, w->changed);

    OGRErr rc = OGR_L_CreateFeature(w->styles, f);

    OGR_F_Destroy(f);
    return rc == OGRERR_NONE ? TR_OK : failed(w->c, err);
}

/* ---- all of it ---- */

static enum tr_status obey(struct layer_writer *w, const struct vector_frame *f,
                           struct tr_error *err)
{
    switch (f->type) {
    case VECTOR_FRAME_LAYER: return begin_layer(w, f, err);
    case VECTOR_FRAME_ROW: return add_row(w, f, err);
    case VECTOR_FRAME_STYLE: return add_style(w, f, err);
    default: return nonsense(w->c, err);
    }
}

static enum tr_status write_all(struct layer_writer *w, struct tr_error *err)
{
    struct vector_frame f;

    if (GDALDatasetStartTransaction(w->file, 0) != OGRERR_NONE)
        return failed(w->c, err);
    for (;;) {
        enum tr_status st = vector_child_next(w->c, &f, err);

        if (!st && f.type == VECTOR_FRAME_END)
            break;
        if (!st)
            st = obey(w, &f, err);
        if (st)
            return st;
    }
    return GDALDatasetCommitTransaction(w->file) == OGRERR_NONE
               ? TR_OK
               : failed(w->c, err);
}

enum tr_status vector_child_write(struct vector_child *c, struct tr_error *err)
{
    struct layer_writer w = { .c = c };
    char *path = vector_scratch_path(&c->job, c->job.file, &c->arena);

    tr_arena_init(&w.arena, (size_t)4 * 1024 * 1024);
    RegisterOGRGeoPackage();

    GDALDriverH driver = GDALGetDriverByName("GPKG");

    w.file = path && driver
                 ? GDALCreate(driver, path, 0, 0, 0, GDT_Unknown, NULL)
                 : NULL;
    if (!w.file)
        return failed(c, err);

    enum tr_status st = write_all(&w, err);

    CPLErrorReset();
    GDALClose(w.file);
    if (!st && CPLGetLastErrorType() >= CE_Failure)
        st = failed(c, err);
    tr_arena_clear(&w.arena);
    if (st)
        return st;
    vector_frame_end(&c->out, vector_frame_begin(&c->out, VECTOR_FRAME_END));
    return vector_child_flush(c, 0, err);
}
