/* vector_read.c - the parent's side of reading. See vector.h. */
#include <stdlib.h>
#include <string.h>

#include "vector/vector_process.h"
#include "vector/vector_stage.h"

#define ARENA ((size_t)16 * 1024 * 1024)

struct vector_reader {
    struct vector_process process;
    struct tr_arena arena;
    char *name;
    struct vector_columns columns;
    const char **values;
    struct vector_row row;
    size_t rows, max_rows;
    long last; /* the number of the row before */
    bool done;
};

static enum tr_status check_source(const struct vector_source *s,
                                   struct tr_error *err)
{
    const struct vector_limits *l = &s->limits;

    if (s->format <= VECTOR_NONE || s->format > VECTOR_FLATGEOBUF)
        return tr_fail(err, TR_EINVAL, "'%s' has no known format", s->name);
    if (s->header_row < 0)
        return tr_fail(err, TR_EINVAL, "header_row %d is below 1",
                       s->header_row);
    if (!l->max_file_bytes || !l->max_rows || !l->max_row_bytes ||
        !l->max_memory || l->max_seconds < 1)
        return tr_fail(err, TR_EINVAL, "'%s' is read without limits", s->name);
    return TR_OK;
}

static enum tr_status take_columns(struct vector_reader *r,
                                   struct tr_error *err)
{
    struct vector_frame f;
    enum tr_status st = vector_process_next(&r->process, &f, err);

    if (st)
        return st;
    if (f.type != VECTOR_FRAME_COLUMNS)
        return tr_fail(err, TR_EDATA, "the reader of '%s' sent no columns",
                       r->name);
    st = vector_parse_columns(&f, &r->arena, &r->columns, err);
    if (st)
        return st;
    r->values = tr_arena_array(&r->arena, r->columns.n + 1, sizeof *r->values);
    return r->values ? TR_OK
                     : tr_fail(err, TR_ENOMEM, "no memory left to read '%s'",
                               r->name);
}

static enum tr_status start(struct vector_reader *r,
                            const struct vector_source *s, struct tr_error *err)
{
    struct vector_job job = { .format = s->format,
                              .name = r->name,
                              .layer = s->layer,
                              .encoding = s->encoding,
                              .header_row = s->header_row,
                              .limits = s->limits };
    enum tr_status st = vector_process_scratch(&r->process, NULL, err);

    if (st)
        return st;
    job.scratch = r->process.scratch;
    st = vector_stage(s, &r->arena, &job, err);
    if (!st)
        st = vector_process_start(&r->process, &job, err);
    return st ? st : take_columns(r, err);
}

enum tr_status vector_open(const struct vector_source *source,
                           struct vector_reader **out, struct tr_error *err)
{
    enum tr_status st = check_source(source, err);

    if (st)
        return st;

    struct vector_reader *r = calloc(1, sizeof *r);

    if (!r)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'",
                       source->name);
    tr_arena_init(&r->arena, ARENA);
    r->name = tr_arena_text(&r->arena, source->name, strlen(source->name));
    r->max_rows = source->limits.max_rows;
    vector_process_init(&r->process, r->name, &source->limits);
    st = r->name ? start(r, source, err)
                 : tr_fail(err, TR_ENOMEM, "no memory left to read a file");
    if (st) {
        vector_close(r);
        return st;
    }
    *out = r;
    return TR_OK;
}

void vector_close(struct vector_reader *r)
{
    if (!r)
        return;
    vector_process_end(&r->process);
    tr_arena_clear(&r->arena);
    free(r);
}

size_t vector_n_columns(const struct vector_reader *r)
{
    return r->columns.n;
}

const struct vector_column *vector_columns(const struct vector_reader *r)
{
    return r->columns.columns;
}

int vector_srid(const struct vector_reader *r)
{
    return r->columns.srid;
}

static enum tr_status take_row(struct vector_reader *r,
                               const struct vector_frame *f,
                               struct tr_error *err)
{
    enum tr_status st =
        vector_parse_row(f, r->columns.n, r->values, &r->row, err);

    if (st)
        return st;
    if (r->row.number <= r->last)
        return tr_fail(err, TR_EDATA, "the reader of '%s' sent rows twice",
                       r->name);
    r->last = r->row.number;
    if (++r->rows > r->max_rows)
        return tr_fail(err, TR_ELIMIT, "'%s' has more than %zu rows", r->name,
                       r->max_rows);
    return TR_OK;
}

enum tr_status vector_next(struct vector_reader *r,
                           const struct vector_row **out, struct tr_error *err)
{
    struct vector_frame f;

    if (r->done) {
        *out = NULL;
        return TR_OK;
    }

    enum tr_status st = vector_process_next(&r->process, &f, err);

    if (!st && f.type == VECTOR_FRAME_ROW)
        st = take_row(r, &f, err);
    else if (!st && (f.type != VECTOR_FRAME_END || f.len))
        st = tr_fail(err, TR_EDATA,
                     "the reader of '%s' sent neither row nor end", r->name);
    if (st)
        return st;
    r->done = f.type == VECTOR_FRAME_END;
    *out = r->done ? NULL : &r->row;
    return TR_OK;
}
