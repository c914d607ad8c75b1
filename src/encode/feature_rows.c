/* feature_rows.c - features as rows: CSV, and a table for a terminal. See
 * terrier/encode.h. */
#include <stdlib.h>
#include <string.h>

#include "encode/features.h"
#include "terrier/csv.h"

static void put_text(struct tr_buf *out, struct tr_buf *value, bool is_text)
{
    const char *text = tr_buf_text(value);

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
    tr_csv_write(out, r->collection.id_column, true, false);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(columns[i]->name, r->collection.id_column) != 0)
            tr_csv_write(out, columns[i]->name, false, false);
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
#define MAX_CELL  40

static size_t usual_columns(const struct tr_table *t, const char **names)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (tr_table_column(t, usual[i]))
            names[n++] = usual[i];
    }
    for (size_t i = 0; n < 3 && i < t->n_columns; i++) {
        if (t->columns[i].type != TR_GEOMETRY &&
            strcmp(t->columns[i].name, "name") != 0)
            names[n++] = t->columns[i].name;
    }
    return n;
}

/* Characters, not bytes: what a terminal shows. */
static size_t width_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void put_cell(struct tr_buf *out, const char *text, size_t width)
{
    size_t n = 0;

    for (; *text; text++) {
        bool starts = ((unsigned char)*text & 0xC0) != 0x80;

        if (starts && n == width)
            break;
        n += starts;
        tr_buf_byte(out, (unsigned char)(*text == '\n' ? ' ' : *text));
    }
    for (; n < width; n++)
        tr_buf_byte(out, ' ');
    tr_buf_str(out, "  ");
}

static const char *cell_text(const struct tr_column *c, size_t row,
                             struct tr_buf *value)
{
    const char *text;

    tr_buf_reset(value);
    if (tr_has(c, row))
        features_text_value(value, c, row);
    text = tr_buf_text(value);
    return text ? text : "";
}

static void trim_line(struct tr_buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    tr_buf_byte(out, '\n');
}

static void column_widths(const struct tr_query_result *r,
                          const struct tr_column *const *columns, size_t n,
                          size_t *widths, struct tr_buf *value)
{
    for (size_t k = 0; k < n; k++)
        widths[k] = width_of(columns[k]->name);
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; k < n; k++) {
            size_t w = width_of(cell_text(columns[k], r->rows[i], value));

            if (w > widths[k])
                widths[k] = w < MAX_CELL ? w : MAX_CELL;
        }
    }
}

enum tr_status tr_encode_table(const struct tr_query_result *r,
                               const struct tr_feature_options *o,
                               unsigned width, struct tr_buf *out,
                               struct tr_error *err)
{
    const struct tr_collection *c = &r->collection;
    const char *names[MAX_SHOWN];
    size_t widths[MAX_SHOWN], n, id_width = strlen(c->id_column);
    const struct tr_column **columns;
    struct tr_buf value;
    bool chosen = o->properties != NULL;
    enum tr_status st;

    (void)width;
    n = chosen ? 0 : usual_columns(c->table, names);
    for (; chosen && n < o->n_properties && n < MAX_SHOWN; n++)
        names[n] = o->properties[n];
    st = features_columns(c->table, names, n, &columns, &n, err);
    if (st)
        return st;
    tr_buf_init(&value, 65536);
    column_widths(r, columns, n, widths, &value);
    for (size_t i = 0; i < r->n; i++) {
        size_t w = width_of(tr_collection_feature_id(c, r->rows[i]));

        id_width = w > id_width ? w : id_width;
    }
    put_cell(out, c->id_column, id_width);
    for (size_t k = 0; k < n; k++)
        put_cell(out, columns[k]->name, widths[k]);
    trim_line(out);
    for (size_t i = 0; i < r->n; i++) {
        put_cell(out, tr_collection_feature_id(c, r->rows[i]), id_width);
        for (size_t k = 0; k < n; k++)
            put_cell(out, cell_text(columns[k], r->rows[i], &value), widths[k]);
        trim_line(out);
    }
    tr_buf_clear(&value);
    free(columns);
    return TR_OK;
}
