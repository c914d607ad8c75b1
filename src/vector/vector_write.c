/* vector_write.c - the parent's side of writing. See vector.h. realpath() is
 * one of the X/Open extensions. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vector/vector_process.h"

#define MIB     ((size_t)1024 * 1024)
#define SEND_AT ((size_t)64 * 1024)

/* Our own rows are trusted: the limits only stop what runs away. */
static const struct vector_limits limits = {
    .max_file_bytes = 16384 * MIB,
    .max_rows = SIZE_MAX,
    .max_row_bytes = 64 * MIB,
    .max_memory = 2048 * MIB,
    .max_seconds = 600,
};

struct vector_writer {
    struct vector_process process;
    struct tr_arena arena;
    struct tr_buf out;
    char *path;
    const char *name; /* the last part of the path */
    bool reserved;    /* an empty file stands at the path */
    bool has_layer;
    size_t n_columns;
    long rows; /* of the layer */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void end(struct vector_writer *w)
{
    vector_process_end(&w->process);
    if (w->reserved)
        unlink(w->path);
    tr_buf_clear(&w->out);
    tr_arena_clear(&w->arena);
    free(w);
}

/* The path is taken at once, so that no other can be in the way at the end. */
static enum tr_status reserve(struct vector_writer *w, struct tr_error *err)
{
    int fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", w->name,
                       strerror(errno));
    close(fd);
    w->reserved = true;
    return TR_OK;
}

static enum tr_status start(struct vector_writer *w, struct tr_error *err)
{
    size_t folder = (size_t)(w->name - w->path);
    char *parent = folder > 1 ? tr_arena_text(&w->arena, w->path, folder - 1)
                              : tr_arena_text(&w->arena, folder ? "/" : ".", 1);
    enum tr_status st =
        parent ? reserve(w, err)
               : tr_fail(err, TR_ENOMEM, "no memory left to write a file");

    /* Beside the file, so that the rename at the end stays in one volume. The
     * child gets whole names only. */
    char *whole = st ? NULL : realpath(parent, NULL);

    if (!st && !whole)
        st = tr_fail(err, TR_ECREATE, "cannot create '%s': %s", w->name,
                     strerror(errno));
    if (!st)
        st = vector_process_scratch(&w->process, whole, err);
    free(whole);
    if (st)
        return st;

    struct vector_job job = { .writes = true,
                              .format = VECTOR_GPKG,
                              .name = w->name,
                              .scratch = w->process.scratch,
                              .file = "output.gpkg",
                              .limits = limits };

    return vector_process_start(&w->process, &job, err);
}

enum tr_status vector_create(const char *path, enum vector_format format,
                             struct vector_writer **out, struct tr_error *err)
{
    if (format != VECTOR_GPKG)
        return tr_fail(err, TR_EINVAL, "only a GeoPackage can be written");

    struct vector_writer *w = calloc(1, sizeof *w);

    if (!w)
        return tr_fail(err, TR_ENOMEM, "no memory left to write a file");
    tr_arena_init(&w->arena, (size_t)64 * 1024);
    tr_buf_init(&w->out, limits.max_row_bytes + MIB);
    w->path = tr_arena_text(&w->arena, path, strlen(path));
    w->name = w->path ? base_name(w->path) : "";
    vector_process_init(&w->process, w->name, &limits);

    enum tr_status st =
        w->path ? start(w, err)
                : tr_fail(err, TR_ENOMEM, "no memory left to write a file");

    if (st)
        end(w);
    else
        *out = w;
    return st;
}

static enum tr_status flush(struct vector_writer *w, size_t at_least,
                            struct tr_error *err)
{
    if (w->out.failed)
        return tr_buf_status(&w->out, "a row", err);
    if (w->out.len <= at_least)
        return TR_OK;

    enum tr_status st = vector_process_send(&w->process, &w->out, err);

    tr_buf_reset(&w->out);
    return st;
}

static enum tr_status check_layer(const struct vector_out_layer *layer,
                                  struct tr_error *err)
{
    if (layer->n_columns > VECTOR_MAX_COLUMNS)
        return tr_fail(err, TR_EINVAL, "layer '%s' has over %u columns",
                       layer->name, VECTOR_MAX_COLUMNS);
    if (!layer->geometry || !strchr("pla-", layer->geometry))
        return tr_fail(err, TR_EINVAL, "layer '%s' has no kind of geometry",
                       layer->name);
    for (size_t i = 0; i < layer->n_columns; i++) {
        char type = layer->columns[i].type;

        if (!type || !strchr("tinbd", type))
            return tr_fail(err, TR_EINVAL, "column '%s' has no type",
                           layer->columns[i].name);
    }
    return TR_OK;
}

enum tr_status vector_add_layer(struct vector_writer *w,
                                const struct vector_out_layer *layer,
                                struct tr_error *err)
{
    struct tr_buf *b = &w->out;
    enum tr_status st = check_layer(layer, err);

    if (st)
        return st;

    size_t start_at = vector_frame_begin(b, VECTOR_FRAME_LAYER);

    vector_put_text(b, layer->name);
    vector_put_text(b, layer->title ? layer->title : layer->name);
    vector_put_text(b, layer->description);
    vector_put_text(b, layer->changed);
    vector_put_u32(b, (uint32_t)layer->srid);
    vector_put_u8(b, (unsigned char)layer->geometry);
    vector_put_u32(b, (uint32_t)layer->n_columns);
    for (size_t i = 0; i < layer->n_columns; i++) {
        vector_put_u8(b, (unsigned char)layer->columns[i].type);
        vector_put_text(b, layer->columns[i].name);
    }
    vector_frame_end(b, start_at);
    w->has_layer = true;
    w->n_columns = layer->n_columns;
    w->rows = 0;
    return flush(w, SEND_AT, err);
}

enum tr_status vector_add_row(struct vector_writer *w,
                              const char *const *values,
                              const unsigned char *wkb, size_t wkb_len,
                              struct tr_error *err)
{
    struct vector_row row = {
        .number = ++w->rows, .values = values, .wkb = wkb, .wkb_len = wkb_len
    };

    if (!w->has_layer)
        return tr_fail(err, TR_EINVAL, "a row without a layer");
    vector_put_row(&w->out, w->n_columns, &row);
    return flush(w, SEND_AT, err);
}

enum tr_status vector_add_style(struct vector_writer *w, const char *name,
                                const char *qml, struct tr_error *err)
{
    if (!w->has_layer)
        return tr_fail(err, TR_EINVAL, "a style without a layer");

    size_t start_at = vector_frame_begin(&w->out, VECTOR_FRAME_STYLE);

    vector_put_text(&w->out, name);
    vector_put_text(&w->out, qml);
    vector_frame_end(&w->out, start_at);
    return flush(w, SEND_AT, err);
}

/* On the disk before it gets its name. */
static enum tr_status put_in_place(struct vector_writer *w,
                                   struct tr_error *err)
{
    char *made =
        tr_arena_printf(&w->arena, "%s/output.gpkg", w->process.scratch);
    int fd = made ? open(made, O_RDONLY | O_CLOEXEC) : -1;
    bool good = fd >= 0 && !fsync(fd) && !rename(made, w->path);

    if (!good)
        tr_fail(err, TR_EIO, "cannot write '%s': %s", w->name, strerror(errno));
    if (fd >= 0)
        close(fd);
    w->reserved = !good;
    return good ? TR_OK : TR_EIO;
}

enum tr_status vector_finish(struct vector_writer *w, struct tr_error *err)
{
    struct vector_frame f;

    vector_frame_end(&w->out, vector_frame_begin(&w->out, VECTOR_FRAME_END));

    enum tr_status st = flush(w, 0, err);

    if (!st)
        st = vector_process_next(&w->process, &f, err);
    if (!st && f.type != VECTOR_FRAME_END)
        st = tr_fail(err, TR_EIO, "the writer of '%s' did not finish", w->name);
    if (!st)
        st = put_in_place(w, err);
    end(w);
    return st;
}
