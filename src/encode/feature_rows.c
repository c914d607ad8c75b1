/* feature_rows.c - features as rows: CSV, and a table for a terminal. See
 * terrier/encode.h. */
#include <stdlib.h>
#include <string.h>

#include "encode/features.h"
#include "encode/text_cell.h"
#include "terrier/csv.h"

static void put_text(struct tr_buf *out, struct tr_buf *value, bool is_text)
{
    const char *text = tr_buf_text(value);

    /* A value that could not be written must not pass for an empty one. */
    if (!text && !out->failed)
        out->failed = value->failed;

    /* Text that a spreadsheet would run as a formula is guarded; numbers are
     * numbers, a minus sign and all. */
    tr_csv_write(out, text ? text : "", false, is_text);
}

static bool is_text(const struct tr_column *c)
{
    return c->type == TR_TEXT || c->type == TR_LIST;
}

static void put_coordinates(struct tr_buf *out, const struct tr_collection *c,
                            size_t row, int srid)
{
    struct tr_position p;

    if (!tr_collection_position(c, row, &p)) {
        tr_buf_str(out, ",,");
        return;
    }
    tr_buf_byte(out, ',');
    if (srid == 27700) {
        tr_buf_number(out, p.e_mm / 1000.0);
        tr_buf_byte(out, ',');
        tr_buf_number(out, p.n_mm / 1000.0);
        return;
    }
    tr_buf_deg7(out, p.lon_e7);
    tr_buf_byte(out, ',');
    tr_buf_deg7(out, p.lat_e7);
}

static void put_header(const struct tr_query_result *r,
                       const struct tr_feature_options *o,
                       const struct tr_column *const *columns, size_t n,
                       struct tr_buf *out)
{
    /* A layer's columns are called as its file calls them. */
    tr_csv_write(out, r->collection.id_column, true, true);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(columns[i]->name, r->collection.id_column) != 0)
            tr_csv_write(out, columns[i]->name, false, true);
    }
    if (r->distances_mm)
        tr_csv_write(out, "distance_m", false, false);
    tr_csv_write(out, o->srid == 27700 ? "easting" : "lon", false, false);
    tr_csv_write(out, o->srid == 27700 ? "northing" : "lat", false, false);
    tr_csv_end_row(out);
}

enum tr_status tr_encode_csv(const struct tr_query_result *r,
                             const struct tr_feature_options *o,
                             struct tr_buf *out, struct tr_error *err)
{
    const struct tr_collection *c = &r->collection;
    const struct tr_column **columns;
    struct tr_buf value;
    size_t n;
    enum tr_status st = features_columns(c->table, o->properties,
                                         o->n_properties, &columns, &n, err);

    if (st)
        return st;
    tr_buf_init(&value, out->limit);
    put_header(r, o, columns, n, out);
    for (size_t i = 0; i < r->n; i++) {
        size_t row = r->rows[i];

        tr_csv_write(out, tr_collection_feature_id(c, row), true, true);
        for (size_t k = 0; k < n; k++) {
            if (strcmp(columns[k]->name, c->id_column) == 0)
                continue;
            tr_buf_reset(&value);
            if (tr_has(columns[k], row))
                features_text_value(&value, columns[k], row);
            put_text(out, &value, is_text(columns[k]));
        }
        if (r->distances_mm) {
            tr_buf_byte(out, ',');
            tr_buf_number(out, (double)r->distances_mm[i] / 1000.0);
        }
        put_coordinates(out, c, row, o->srid);
        tr_csv_end_row(out);
    }
    tr_buf_clear(&value);
    free(columns);
    return TR_OK;
}

/* ---- a table for a terminal ---- */

/* What a person wants to see first, where the collection has it. */
static const char *const usual[] = { "name",       "partner",  "class",
                                     "localities", "postcode", "services" };

#define MAX_SHOWN 8
#define MAX_CELL  40 /* a third of the table where that is more */
#define MIN_CELL  18 /* less of a column is not worth its room */
#define GAP       2  /* what text_cell() puts after a cell */

static size_t usual_columns(const struct tr_collection *c, const char **names)
{
    const struct tr_table *t = c->table;
    size_t n = 0;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (tr_table_column(t, usual[i]) && strcmp(usual[i], c->id_column) != 0)
            names[n++] = usual[i];
    }
    for (size_t i = 0; n < 3 && i < t->n_columns; i++) {
        const char *name = t->columns[i].name;

        if (t->columns[i].type != TR_GEOMETRY && strcmp(name, "name") != 0 &&
            strcmp(name, c->id_column) != 0)
            names[n++] = name;
    }
    return n;
}

struct sheet { /* a table being written */
    const struct tr_query_result *r;
    size_t n, id_width, widths[MAX_SHOWN];
    const struct tr_column **columns;
    struct tr_buf value;
};

static const char *cell_text(const struct tr_column *c, size_t row,
                             struct tr_buf *value)
{
    const char *text;

    tr_buf_reset(value);
    if (tr_has(c, row))
        features_text_value(value, c, row);
    text = tr_buf_text(value);
    return text ? text : "...";
}

static void measure(struct sheet *s, size_t width)
{
    const struct tr_collection *c = &s->r->collection;
    size_t most = width / 3 > MAX_CELL ? width / 3 : MAX_CELL;

    s->id_width = text_width(c->id_column);
    for (size_t k = 0; k < s->n; k++)
        s->widths[k] = text_width(s->columns[k]->name);
    for (size_t i = 0; i < s->r->n; i++) {
        size_t row = s->r->rows[i];
        size_t w = text_width(tr_collection_feature_id(c, row));

        s->id_width = w > s->id_width ? w : s->id_width;
        for (size_t k = 0; k < s->n; k++) {
            w = text_width(cell_text(s->columns[k], row, &s->value));
            if (w > s->widths[k])
                s->widths[k] = w < most ? w : most;
        }
    }
}

static size_t total_width(const struct sheet *s)
{
    size_t total = s->id_width;

    for (size_t k = 0; k < s->n; k++)
        total += GAP + s->widths[k];
    return total;
}

/* Widths that fit: the widest column gives way first; when none has room to
 * give, the last one goes. */
static void fit(struct sheet *s, size_t width)
{
    while (s->n && total_width(s) > width) {
        size_t widest = 0;

        for (size_t k = 1; k < s->n; k++) {
            if (s->widths[k] > s->widths[widest])
                widest = k;
        }
        if (s->widths[widest] > MIN_CELL)
            s->widths[widest]--;
        else
            s->n--;
    }
}

static void put_sheet(struct sheet *s, struct tr_buf *out)
{
    const struct tr_collection *c = &s->r->collection;

    text_cell(out, c->id_column, s->id_width);
    for (size_t k = 0; k < s->n; k++)
        text_cell(out, s->columns[k]->name, s->widths[k]);
    text_end_line(out);
    for (size_t i = 0; i < s->r->n; i++) {
        size_t row = s->r->rows[i];

        text_cell(out, tr_collection_feature_id(c, row), s->id_width);
        for (size_t k = 0; k < s->n; k++)
            text_cell(out, cell_text(s->columns[k], row, &s->value),
                      s->widths[k]);
        text_end_line(out);
    }
}

enum tr_status tr_encode_table(const struct tr_query_result *r,
                               const struct tr_feature_options *o,
                               unsigned width, struct tr_buf *out,
                               struct tr_error *err)
{
    const struct tr_table *t = r->collection.table;
    const char *names[MAX_SHOWN];
    size_t n = 0;
    struct sheet s = { .r = r };
    enum tr_status st;

    if (!o->properties)
        n = usual_columns(&r->collection, names);
    for (; o->properties && n < o->n_properties && n < MAX_SHOWN; n++)
        names[n] = o->properties[n];
    st = features_columns(t, names, n, &s.columns, &s.n, err);
    if (st)
        return st;
    tr_buf_init(&s.value, out->limit);
    measure(&s, width);
    fit(&s, width);
    put_sheet(&s, out);
    tr_buf_clear(&s.value);
    free(s.columns);
    return TR_OK;
}
