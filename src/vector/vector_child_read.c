/* vector_child_read.c - a file's one layer as rows, by one named driver. */
#include <cpl_error.h>
#include <cpl_string.h>
#include <fcntl.h>
#include <ogr_api.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terrier/text.h"
#include "vector/vector_child.h"
#include "vector/vector_child_srs.h"
#include "vector/vector_sniff.h"

#define SEND_AT    ((size_t)64 * 1024)
#define MAX_LAYERS 1000

/* Exported by GDAL; its C++ headers declare only some of them. */
void RegisterOGRXLSX(void);
void RegisterOGRGeoPackage(void);
void RegisterOGRShape(void);
void RegisterOGRGeoJSON(void);
void RegisterOGRLIBKML(void);
void RegisterOGRFlatGeobuf(void);

static const struct {
    void (*enlist)(void);
    const char *driver, *layer; /* what its users call a layer */
} formats[] = {
    [VECTOR_XLSX] = { RegisterOGRXLSX, "XLSX", "sheet" },
    [VECTOR_GPKG] = { RegisterOGRGeoPackage, "GPKG", "table" },
    [VECTOR_SHAPEFILE] = { RegisterOGRShape, "ESRI Shapefile", "layer" },
    [VECTOR_GEOJSON] = { RegisterOGRGeoJSON, "GeoJSON", "layer" },
    [VECTOR_KML] = { RegisterOGRLIBKML, "LIBKML", "folder" },
    [VECTOR_FLATGEOBUF] = { RegisterOGRFlatGeobuf, "FlatGeobuf", "layer" },
};

struct layer_reader {
    struct vector_child *c;
    OGRLayerH layer;
    bool is_sheet;
    long header; /* a sheet's row of names */
    size_t n;
    int *fields; /* column -> OGR's field, -1 the feature id */
    struct vector_column *columns;
    const char **values;
    size_t *offsets; /* of each value in `text`, SIZE_MAX: null */
    struct tr_buf text, wkb;
};

static enum tr_status no_memory(const struct vector_child *c,
                                struct tr_error *err)
{
    return tr_fail(err, TR_ELIMIT,
                   "reading '%s' needs more than %zu MiB of memory",
                   c->job.name, c->job.limits.max_memory >> 20);
}

/* GDAL's own words are kept where they tell a person something. */
static enum tr_status damaged(struct vector_child *c, struct tr_error *err)
{
    const char *reason = vector_child_reason(c);

    if (c->job.format == VECTOR_GEOJSON && strstr(reason, "Failed to read"))
        return tr_fail(err, TR_EDATA,
                       "'%s' cannot be read as %s: it is damaged, or needs "
                       "more than %zu MiB of memory",
                       c->job.name, vector_format_name(c->job.format),
                       c->job.limits.max_memory >> 20);
    if (c->job.format == VECTOR_KML && strstr(reason, "ERROR parsing")) {
        const char *why = strrchr(reason, ':');

        return tr_fail(err, TR_EDATA,
                       "'%s' cannot be read as %s: its XML is damaged, cut "
                       "short or nested too deep (%s)",
                       c->job.name, vector_format_name(c->job.format),
                       why ? why + 1 : reason);
    }
    return tr_fail(err, TR_EDATA, "'%s' cannot be read as %s: %s", c->job.name,
                   vector_format_name(c->job.format), reason);
}

/* ---- opening ---- */

/* What was unpacked has not been looked at yet. */
static enum tr_status sniff_again(struct vector_child *c, const char *path,
                                  struct tr_error *err)
{
    struct vector_source source = { .path = path,
                                    .name = c->job.name,
                                    .format = c->job.format,
                                    .limits = c->job.limits };
    struct vector_zip none;
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        return tr_fail(err, TR_EIO, "cannot read '%s'", c->job.name);

    enum tr_status st = vector_sniff(fd, &source, &c->arena, &none, err);

    close(fd);
    if (!st && none.n)
        st = tr_fail(err, TR_EDATA, "'%s' holds another archive", c->job.name);
    return st;
}

static char **open_options(const struct vector_job *job)
{
    char **options = NULL;

    if (job->format == VECTOR_GPKG) {
        options = CSLSetNameValue(options, "LIST_ALL_TABLES", "NO");
        options = CSLSetNameValue(options, "IMMUTABLE", "YES");
    }
    if (job->format == VECTOR_SHAPEFILE && job->encoding)
        options = CSLSetNameValue(options, "ENCODING", job->encoding);
    return options;
}

/* Without a .cpg GDAL would take Latin-1, silently. */
static const char *assumed_encoding(struct vector_child *c)
{
    char *cpg = vector_scratch_path(&c->job, "input.cpg", &c->arena);

    if (c->job.format != VECTOR_SHAPEFILE || c->job.encoding || !cpg ||
        !access(cpg, F_OK))
        return c->job.encoding;
    return "UTF-8";
}

static enum tr_status open_file(struct vector_child *c, GDALDatasetH *out,
                                struct tr_error *err)
{
    char *path = vector_scratch_path(&c->job, c->job.file, &c->arena);
    const char *const allowed[] = { formats[c->job.format].driver, NULL };
    enum tr_status st = TR_OK;

    if (!path)
        return no_memory(c, err);
    if (c->job.n_unpack) {
        st = vector_child_unpack(c, err);
        if (!st)
            st = sniff_again(c, path, err);
    }
    if (st)
        return st;
    c->job.encoding = assumed_encoding(c);
    formats[c->job.format].enlist();

    char **options = open_options(&c->job);

    *out = GDALOpenEx(path,
                      GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                      allowed, (const char *const *)options, NULL);
    CSLDestroy(options);
    return *out ? TR_OK : damaged(c, err);
}

/* ---- which layer ---- */

static bool counts(const struct vector_child *c, OGRLayerH layer)
{
    enum vector_format f = c->job.format;

    if (!strcmp(OGR_L_GetName(layer), "layer_styles"))
        return false;
    /* The empty sheets and folders that programs leave behind. */
    if (f == VECTOR_XLSX || f == VECTOR_KML)
        return OGR_L_GetFeatureCount(layer, 1) > 0;
    return true;
}

static enum tr_status name_layers(struct vector_child *c, GDALDatasetH file,
                                  const char *problem, struct tr_error *err)
{
    const char *kind = formats[c->job.format].layer;
    struct tr_buf b;

    tr_buf_init(&b, 300);
    for (int i = 0; i < GDALDatasetGetLayerCount(file) && b.len < 200; i++) {
        OGRLayerH layer = GDALDatasetGetLayer(file, i);

        if (counts(c, layer))
            tr_buf_printf(&b, "%s'%.60s'", b.len ? ", " : "",
                          OGR_L_GetName(layer));
    }

    const char *list = b.len ? tr_buf_text(&b) : "nothing with rows";
    const char *wanted = c->job.layer ? c->job.layer : "";

    tr_fail(err, TR_EDATA, "'%s' has %s%s%s%s: it has %s", c->job.name, problem,
            kind, c->job.layer ? " " : "", wanted, list ? list : "too many");
    tr_buf_clear(&b);
    return TR_EDATA;
}

static enum tr_status choose_layer(struct vector_child *c, GDALDatasetH file,
                                   OGRLayerH *out, struct tr_error *err)
{
    int n = GDALDatasetGetLayerCount(file), found = 0;
    bool by_name = c->job.layer && (c->job.format == VECTOR_XLSX ||
                                    c->job.format == VECTOR_GPKG ||
                                    c->job.format == VECTOR_KML);

    if (n > MAX_LAYERS)
        return tr_fail(err, TR_ELIMIT, "'%s' has over %d layers", c->job.name,
                       MAX_LAYERS);
    for (int i = 0; i < n; i++) {
        OGRLayerH layer = GDALDatasetGetLayer(file, i);

        if (by_name ? strcmp(OGR_L_GetName(layer), c->job.layer) != 0
                    : !counts(c, layer))
            continue;
        *out = layer;
        found++;
    }
    if (found == 1)
        return TR_OK;
    if (by_name)
        return name_layers(c, file, "no ", err);
    if (!n)
        return tr_fail(err, TR_EDATA,
                       "'%s' holds nothing that can be read: it is empty or "
                       "damaged",
                       c->job.name);
    if (!found)
        return tr_fail(err, TR_EDATA, "'%s' holds no %s with rows", c->job.name,
                       formats[c->job.format].layer);
    return name_layers(c, file, "more than one ", err);
}

/* ---- columns ---- */

static bool is_number(OGRFieldDefnH field)
{
    OGRFieldType type = OGR_Fld_GetType(field);

    return (type == OFTInteger && OGR_Fld_GetSubType(field) != OFSTBoolean) ||
           type == OFTInteger64 || type == OFTReal;
}

static enum tr_status add_column(struct layer_reader *r, int field,
                                 const char *name, bool number,
                                 struct tr_error *err)
{
    size_t len = strlen(name);

    if (tr_text_valid(name, len) != len)
        return tr_fail(err, TR_EDATA,
                       "'%s' has a column whose name is not UTF-8; say which "
                       "encoding the file has",
                       r->c->job.name);

    char *own = tr_arena_text(&r->c->arena, name, len);

    if (!own)
        return no_memory(r->c, err);
    r->fields[r->n] = field;
    r->columns[r->n++] =
        (struct vector_column){ .name = own, .is_number = number };
    return TR_OK;
}

static enum tr_status plain_columns(struct layer_reader *r, int n,
                                    struct tr_error *err)
{
    OGRFeatureDefnH defn = OGR_L_GetLayerDefn(r->layer);
    const char *fid = OGR_L_GetFIDColumn(r->layer);
    enum tr_status st = TR_OK;

    if (fid && *fid && OGR_FD_GetFieldIndex(defn, fid) < 0)
        st = add_column(r, -1, fid, true, err);
    for (int i = 0; !st && i < n; i++) {
        OGRFieldDefnH field = OGR_FD_GetFieldDefn(defn, i);

        if (OGR_Fld_GetType(field) != OFTBinary &&
            strncmp(OGR_Fld_GetNameRef(field), VECTOR_DRAWING,
                    sizeof VECTOR_DRAWING - 1) != 0)
            st = add_column(r, i, OGR_Fld_GetNameRef(field), is_number(field),
                            err);
    }
    return st;
}

/* "column C": what a column without a name is called. */
static char *letter_name(struct tr_arena *a, int i)
{
    char letters[8];
    size_t at = sizeof letters;

    letters[--at] = '\0';
    for (int v = i + 1; v > 0 && at; v = (v - 1) / 26)
        letters[--at] = (char)('A' + (v - 1) % 26);
    return tr_arena_printf(a, "column %s", letters + at);
}

/* Which columns hold anything below the names. GDAL has the whole sheet in
 * memory, so going over it twice is cheap. */
static void mark_used(struct layer_reader *r, int n, bool *used)
{
    OGRFeatureH f;

    OGR_L_ResetReading(r->layer);
    while ((f = OGR_L_GetNextFeature(r->layer))) {
        for (int i = 0; i < n && OGR_F_GetFID(f) > r->header; i++)
            used[i] = used[i] || OGR_F_IsFieldSetAndNotNull(f, i);
        OGR_F_Destroy(f);
    }
    OGR_L_ResetReading(r->layer);
}

static enum tr_status name_columns(struct layer_reader *r, OGRFeatureH names,
                                   int n, const bool *used,
                                   struct tr_error *err)
{
    enum tr_status st = TR_OK;
    bool any = false;

    for (int i = 0; !st && i < n; i++) {
        tr_buf_reset(&r->text);

        bool named = vector_child_value(names, i, true, &r->text);
        const char *name = tr_buf_text(&r->text);

        any = any || (named && name && *name);
        if (named && name && *name) {
            st = add_column(r, i, name, false, err);
        } else if (used[i]) {
            char *letter = letter_name(&r->c->arena, i);

            st = letter ? add_column(r, i, letter, false, err)
                        : no_memory(r->c, err);
        }
    }
    if (!st && !any)
        st = tr_fail(err, TR_EDATA,
                     "'%s' has an empty row %ld, where its column names should "
                     "be; say header_row",
                     r->c->job.name, r->header);
    return st;
}

static enum tr_status sheet_columns(struct layer_reader *r, int n,
                                    struct tr_error *err)
{
    bool *used = tr_arena_array(&r->c->arena, (size_t)n + 1, sizeof *used);
    OGRFeatureH names = NULL, f;

    if (!used)
        return no_memory(r->c, err);
    mark_used(r, n, used);
    while (!names && (f = OGR_L_GetNextFeature(r->layer))) {
        if (OGR_F_GetFID(f) == r->header)
            names = f;
        else
            OGR_F_Destroy(f);
    }
    if (!names)
        return tr_fail(err, TR_EDATA,
                       "'%s' has no row %ld, where its column names should be",
                       r->c->job.name, r->header);

    enum tr_status st = name_columns(r, names, n, used, err);

    OGR_F_Destroy(names);
    return st;
}

static enum tr_status find_columns(struct layer_reader *r, struct tr_error *err)
{
    struct tr_arena *a = &r->c->arena;
    int n = OGR_FD_GetFieldCount(OGR_L_GetLayerDefn(r->layer));
    size_t most = (size_t)n + 1;

    if (most > VECTOR_MAX_COLUMNS)
        return tr_fail(err, TR_ELIMIT, "'%s' has %d columns, the limit is %u",
                       r->c->job.name, n, VECTOR_MAX_COLUMNS - 1);
    r->fields = tr_arena_array(a, most, sizeof *r->fields);
    r->columns = tr_arena_array(a, most, sizeof *r->columns);
    r->values = tr_arena_array(a, most, sizeof *r->values);
    r->offsets = tr_arena_array(a, most, sizeof *r->offsets);
    if (!r->fields || !r->columns || !r->values || !r->offsets)
        return no_memory(r->c, err);
    return r->is_sheet ? sheet_columns(r, n, err) : plain_columns(r, n, err);
}

/* ---- rows ---- */

static enum tr_status row_too_long(const struct layer_reader *r, long number,
                                   struct tr_error *err)
{
    return tr_fail(err, TR_ELIMIT, "row %ld of '%s' is over %zu bytes", number,
                   r->c->job.name, r->c->job.limits.max_row_bytes);
}

static enum tr_status take_values(struct layer_reader *r, OGRFeatureH f,
                                  long number, bool *any, struct tr_error *err)
{
    struct tr_buf *b = &r->text;

    tr_buf_reset(b);
    for (size_t i = 0; i < r->n; i++) {
        size_t start = b->len;
        bool has = true;

        if (r->fields[i] < 0)
            tr_buf_int(b, OGR_F_GetFID(f));
        else
            has = vector_child_value(f, r->fields[i], r->is_sheet, b);
        r->offsets[i] = has ? start : SIZE_MAX;
        *any = *any || has;
        tr_buf_byte(b, '\0');
        if (b->failed)
            return row_too_long(r, number, err);

        size_t len = b->len - start - 1;

        if (tr_text_valid((const char *)b->data + start, len) != len)
            return tr_fail(err, TR_EDATA,
                           "row %ld of '%s' is not UTF-8 in column '%s'; say "
                           "which encoding the file has",
                           number, r->c->job.name, r->columns[i].name);
    }
    for (size_t i = 0; i < r->n; i++)
        r->values[i] = r->offsets[i] == SIZE_MAX
                           ? NULL
                           : (const char *)b->data + r->offsets[i];
    return TR_OK;
}

static enum tr_status take_geometry(struct layer_reader *r, OGRFeatureH f,
                                    struct vector_row *row,
                                    struct tr_error *err)
{
    OGRGeometryH g = OGR_F_GetGeometryRef(f), linear = NULL;
    enum tr_status st = TR_OK;

    if (!g || OGR_G_IsEmpty(g))
        return TR_OK;
    if (OGR_G_HasCurveGeometry(g, 1))
        g = linear = OGR_G_GetLinearGeometry(g, 0, NULL);

    size_t len = g ? (size_t)OGR_G_WkbSize(g) : 0;
    unsigned char *to;

    tr_buf_reset(&r->wkb);
    to = len ? tr_buf_room(&r->wkb, len) : NULL;
    if (!to)
        st = row_too_long(r, row->number, err);
    else if (OGR_G_ExportToIsoWkb(g, wkbNDR, to) != OGRERR_NONE)
        st = damaged(r->c, err);
    else
        row->wkb = to;
    row->wkb_len = len;
    if (linear)
        OGR_G_DestroyGeometry(linear);
    return st;
}

static enum tr_status send_row(struct layer_reader *r, OGRFeatureH f,
                               long number, struct tr_error *err)
{
    struct vector_child *c = r->c;
    struct vector_row row = { .number = number, .values = r->values };
    bool any = false;
    enum tr_status st = take_values(r, f, number, &any, err);

    if (!st)
        st = take_geometry(r, f, &row, err);
    if (st || (r->is_sheet && !any))
        return st;

    size_t start = c->out.len;

    vector_put_row(&c->out, r->n, &row);
    if (c->out.len - start > c->inbox.max_payload)
        return row_too_long(r, number, err);
    return vector_child_flush(c, SEND_AT, err);
}

static enum tr_status send_rows(struct layer_reader *r, struct tr_error *err)
{
    enum tr_status st = TR_OK;
    OGRFeatureH f;
    long number = 0;

    OGR_L_ResetReading(r->layer);
    CPLErrorReset();
    while (!st && (f = OGR_L_GetNextFeature(r->layer))) {
        number = r->is_sheet ? (long)OGR_F_GetFID(f) : number + 1;
        if (CPLGetLastErrorType() >= CE_Failure)
            st = damaged(r->c, err);
        else if (number > r->header)
            st = send_row(r, f, number, err);
        OGR_F_Destroy(f);
    }
    if (!st && CPLGetLastErrorType() >= CE_Failure)
        st = damaged(r->c, err);
    return st;
}

static enum tr_status read_layer(struct layer_reader *r, struct tr_error *err)
{
    struct vector_child *c = r->c;
    enum tr_status st = find_columns(r, err);

    if (st)
        return st;
    vector_put_columns(&c->out, vector_child_srid(r->layer), r->n, r->columns);
    st = vector_child_flush(c, 0, err);
    if (!st)
        st = send_rows(r, err);
    if (st)
        return st;
    vector_frame_end(&c->out, vector_frame_begin(&c->out, VECTOR_FRAME_END));
    return vector_child_flush(c, 0, err);
}

enum tr_status vector_child_read(struct vector_child *c, struct tr_error *err)
{
    struct layer_reader r = { .c = c };
    GDALDatasetH file = NULL;
    enum tr_status st = open_file(c, &file, err);

    if (!st)
        st = choose_layer(c, file, &r.layer, err);
    if (st)
        return st;
    r.is_sheet = c->job.format == VECTOR_XLSX;
    if (r.is_sheet)
        r.header = c->job.header_row > 0 ? c->job.header_row : 1;
    tr_buf_init(&r.text, c->job.limits.max_row_bytes);
    tr_buf_init(&r.wkb, c->job.limits.max_row_bytes);
    st = read_layer(&r, err);
    tr_buf_clear(&r.text);
    tr_buf_clear(&r.wkb);
    return st;
}
