/* source.c - see source.h */
#include "ingest/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "store/gpkg_check.h"
#include "terrier/text.h"
#include "vector/vector_sniff.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct source {
    struct tr_arena arena; /* the names */
    const char *name;
    struct tr_csv *csv;
    struct vector_reader *vector;
    enum vector_format format; /* VECTOR_NONE: csv */
    size_t n_columns;
    const char *const *columns;
    int header_row;
    const char *path; /* of a CSV file, looked at again while it is read */
    struct source_limits limits;
    size_t n_rows;
};

void source_close(struct source *s)
{
    if (!s)
        return;
    tr_csv_close(s->csv);
    vector_close(s->vector);
    tr_arena_clear(&s->arena);
    free(s);
}

size_t source_n_columns(const struct source *s)
{
    return s->n_columns;
}

const char *const *source_columns(const struct source *s)
{
    return s->columns;
}

size_t source_column(const struct source *s, const char *name)
{
    for (size_t i = 0; i < s->n_columns; i++) {
        if (strcmp(s->columns[i], name) == 0)
            return i;
    }
    return SIZE_MAX;
}

int source_srid(const struct source *s)
{
    return s->vector ? vector_srid(s->vector) : 0;
}

bool source_has_geometry(const struct source *s)
{
    return s->vector && s->format != VECTOR_XLSX;
}

bool source_has_header_row(const struct source *s)
{
    return s->csv || s->format == VECTOR_XLSX;
}

/* ---- the format ---- */

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s);
    size_t m = strlen(suffix);

    return n > m && strcasecmp(s + n - m, suffix) == 0;
}

static enum tr_status guess_format(const struct profile *p, const char *name,
                                   enum vector_format *out,
                                   struct tr_error *err)
{
    static const struct {
        const char *suffix;
        enum vector_format format;
    } known[] = {
        { ".csv", VECTOR_NONE },      { ".tsv", VECTOR_NONE },
        { ".txt", VECTOR_NONE },      { ".xlsx", VECTOR_XLSX },
        { ".gpkg", VECTOR_GPKG },     { ".shp", VECTOR_SHAPEFILE },
        { ".zip", VECTOR_SHAPEFILE }, { ".geojson", VECTOR_GEOJSON },
        { ".json", VECTOR_GEOJSON },  { ".kml", VECTOR_KML },
        { ".kmz", VECTOR_KML },       { ".fgb", VECTOR_FLATGEOBUF },
    };

    if (p->format_given || p->rows) {
        *out = p->rows ? VECTOR_NONE : p->format;
        return TR_OK;
    }
    for (size_t i = 0; i < LENGTH(known); i++) {
        if (ends_with(name, known[i].suffix)) {
            *out = known[i].format;
            return TR_OK;
        }
    }
    return tr_fail(err, TR_ECONFIG,
                   "%s: the name of '%s' does not tell its format: say "
                   "'format:'",
                   p->file, name);
}

/* ---- the header ---- */

static enum tr_status check_names(const struct source *s, struct tr_error *err)
{
    for (size_t i = 0; i < s->n_columns; i++) {
        for (size_t j = 0; j < i && *s->columns[i]; j++) {
            if (strcmp(s->columns[i], s->columns[j]) == 0)
                return tr_fail(err, TR_EDATA,
                               "%s: column '%s' is there twice, as number %zu "
                               "and number %zu",
                               s->name, s->columns[i], j + 1, i + 1);
        }
    }
    return TR_OK;
}

static enum tr_status keep_names(struct source *s, size_t n,
                                 const char *const *names,
                                 const struct vector_column *columns,
                                 struct tr_error *err)
{
    const char **kept = tr_arena_array(&s->arena, n, sizeof *kept);

    for (size_t i = 0; kept && i < n; i++) {
        const char *name = names ? names[i] : columns[i].name;
        size_t len;

        name = tr_text_trim(name, &len);
        kept[i] = tr_arena_text(&s->arena, name, len);
        if (!kept[i])
            kept = NULL;
    }
    if (!kept)
        return tr_fail(err, TR_ENOMEM, "%s: no memory left for %zu columns",
                       s->name, n);
    s->columns = kept;
    s->n_columns = n;
    return check_names(s, err);
}

static enum tr_status csv_header(struct source *s, struct tr_error *err)
{
    struct tr_csv_row row;
    enum tr_status st;

    do
        st = tr_csv_next(s->csv, &row, err);
    while (!st && row.n && row.line < s->header_row);
    if (st)
        return st;
    if (!row.n)
        return tr_fail(err, TR_EDATA, "%s: there is no row with column names",
                       s->name);
    return keep_names(s, row.n, row.values, NULL, err);
}

/* ---- opening ---- */

static enum tr_status open_csv(struct source *s, const struct profile *p,
                               const char *path, struct tr_error *err)
{
    const struct tr_csv_options options = {
        .separator = p->separator,
        .encoding = p->rows ? TR_UTF_8 : p->encoding,
    };
    enum tr_status st =
        path ? tr_csv_open(path, s->name, &options, &s->csv, err)
             : tr_csv_open_bytes(p->rows, strlen(p->rows), s->name, &options,
                                 &s->csv, err);

    s->path = path;
    return st ? st : csv_header(s, err);
}

static enum tr_status open_vector(struct source *s, const struct profile *p,
                                  const char *path, enum vector_format format,
                                  const struct source_limits *limits,
                                  struct tr_error *err)
{
    const struct vector_source source = {
        .path = path,
        .name = s->name,
        .format = format,
        .layer = p->sheet,
        .header_row = p->header_row,
        .encoding = !p->encoding_given        ? NULL
                    : p->encoding == TR_UTF_8 ? "UTF-8"
                                              : "CP1252",
        .limits = { .max_file_bytes = limits->max_file_bytes,
                    .max_rows = limits->max_rows,
                    .max_row_bytes = limits->max_row_bytes,
                    .max_memory = limits->max_memory,
                    .max_points = limits->max_points,
                    .max_seconds = limits->max_seconds },
    };
    enum tr_status st = TR_OK;

    if (format == VECTOR_GPKG)
        st = store_check_gpkg(path, s->name, err);
    if (!st)
        st = vector_open(&source, &s->vector, err);
    return st ? st
              : keep_names(s, vector_n_columns(s->vector), NULL,
                           vector_columns(s->vector), err);
}

enum tr_status source_check_file(const char *path, const char *name,
                                 const struct source_limits *limits,
                                 struct tr_error *err)
{
    struct stat info;

    if (stat(path, &info))
        return tr_fail(err, TR_ENOINPUT, "'%s' cannot be read: %s", name,
                       strerror(errno));
    if (S_ISDIR(info.st_mode))
        return tr_fail(err, TR_ENOINPUT, "'%s' is a folder, not a file", name);
    if (!S_ISREG(info.st_mode))
        return tr_fail(err, TR_ENOINPUT, "'%s' is not a file", name);
    if ((unsigned long long)info.st_size > limits->max_file_bytes)
        return tr_fail(err, TR_ELIMIT,
                       "'%s' has %lld bytes, more than the limit of %zu "
                       "(max_file_mib)",
                       name, (long long)info.st_size, limits->max_file_bytes);
    return TR_OK;
}

/* What no reader says well: a web page that was saved as a table, or what else
 * stands where a database should. */
static enum tr_status check_head(const char *path, const char *name,
                                 enum vector_format format,
                                 struct tr_error *err)
{
    unsigned char head[1024];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    size_t mark = n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    if (f)
        fclose(f);
    if (!n)
        return TR_OK; /* said by whoever reads it */
    if (format == VECTOR_NONE
            ? n > mark && head[mark] == '<'
            : n < 16 || memcmp(head, "SQLite format 3", 16) != 0)
        return tr_fail(err, TR_EDATA, "'%s' is not %s: it looks like %s", name,
                       format == VECTOR_NONE ? "a CSV"
                                             : vector_format_name(format),
                       vector_looks_like(head, n));
    return TR_OK;
}

enum tr_status source_open(const struct profile *p, const char *path,
                           const char *name, const struct source_limits *limits,
                           struct source **out, struct tr_error *err)
{
    enum vector_format format = VECTOR_NONE;
    struct source *s = calloc(1, sizeof *s);
    enum tr_status st = TR_OK;

    if (!s)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", name);
    tr_arena_init(&s->arena, limits->max_row_bytes * 4);
    s->header_row = p->header_row;
    s->name = tr_arena_text(&s->arena, name, strlen(name));
    if (!s->name)
        st = tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", name);
    if (!st && path)
        st = source_check_file(path, name, limits, err);
    if (!st)
        st = guess_format(p, path ? path : name, &format, err);
    s->format = format;
    s->limits = *limits;
    if (!st && path && (format == VECTOR_NONE || format == VECTOR_GPKG))
        st = check_head(path, name, format, err);
    if (!st)
        st = format == VECTOR_NONE
                 ? open_csv(s, p, path, err)
                 : open_vector(s, p, path, format, limits, err);
    if (st)
        source_close(s);
    else
        *out = s;
    return st;
}

/* ---- rows ---- */

#define LOOK_AGAIN 65536 /* rows */

/* Somebody may go on writing a file while it is read: its size is looked at now
 * and then, and at its end. */
static enum tr_status look_again(struct source *s, bool at_end,
                                 struct tr_error *err)
{
    if (!s->path || (!at_end && ++s->n_rows % LOOK_AGAIN))
        return TR_OK;
    return source_check_file(s->path, s->name, &s->limits, err);
}

enum tr_status source_next(struct source *s, struct source_row *out,
                           struct tr_error *err)
{
    enum tr_status st;

    *out = (struct source_row){ 0 };
    if (s->csv) {
        struct tr_csv_row row;

        st = tr_csv_next(s->csv, &row, err);
        if (!st)
            st = look_again(s, !row.n, err);
        if (!st && row.n)
            *out = (struct source_row){ .number = row.line,
                                        .n = row.n,
                                        .values = row.values,
                                        .lengths = row.lengths };
        return st;
    }

    const struct vector_row *row;

    st = vector_next(s->vector, &row, err);
    if (!st && row)
        *out = (struct source_row){ .number = row->number,
                                    .n = s->n_columns,
                                    .values = row->values,
                                    .wkb = row->wkb,
                                    .wkb_len = row->wkb_len };
    return st;
}
