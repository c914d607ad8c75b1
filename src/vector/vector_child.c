/* vector_child.c - the child's main: fences first, then the job. */
#include "vector/vector_child.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terrier/text.h"
#include "vector/vector_fence.h"

#define MAX_FOLDERS 16u

/* ---- talking ---- */

enum tr_status vector_child_flush(struct vector_child *c, size_t at_least,
                                  struct tr_error *err)
{
    struct tr_buf *b = &c->out;

    if (b->failed)
        return tr_buf_status(b, "a row", err);
    if (b->len <= at_least)
        return TR_OK;
    for (size_t sent = 0; sent < b->len;) {
        ssize_t n = write(STDIN_FILENO, b->data + sent, b->len - sent);

        if (n < 0 && errno != EINTR)
            return tr_fail(err, TR_EIO, "nobody reads the rows");
        sent += n > 0 ? (size_t)n : 0;
    }
    tr_buf_reset(b);
    return TR_OK;
}

enum tr_status vector_child_next(struct vector_child *c,
                                 struct vector_frame *out, struct tr_error *err)
{
    for (;;) {
        enum tr_status st = vector_inbox_take(&c->inbox, out, err);

        if (st || out->type != VECTOR_FRAME_NONE)
            return st;

        size_t room;
        unsigned char *to = vector_inbox_room(&c->inbox, &room);

        if (!to)
            return tr_fail(err, TR_ENOMEM, "no memory left for the job");

        ssize_t n = read(STDIN_FILENO, to, room);

        if (n > 0)
            vector_inbox_arrived(&c->inbox, (size_t)n);
        else if (n == 0 || errno != EINTR)
            return tr_fail(err, TR_EIO, "nobody sends the job");
    }
}

/* ---- GDAL's own words ---- */

const char *vector_child_reason(struct vector_child *c)
{
    const char *msg = CPLGetLastErrorMsg();
    const char *scratch = c->job.scratch;
    size_t n = strlen(scratch);
    struct tr_buf b;

    if (!msg || !*msg)
        return "no reason given";
    tr_buf_init(&b, 400);
    for (const char *s = msg; *s && b.len < 300; s++) {
        if (!strncmp(s, scratch, n)) {
            s += n + (s[n] == '/');
            if (!*s)
                break;
        }
        tr_buf_byte(&b, (unsigned char)*s < ' ' || *s == '\x7f'
                            ? ' '
                            : (unsigned char)*s);
    }
    while (b.len && strchr(" .", b.data[b.len - 1]))
        b.len--;

    const char *own = tr_arena_text(&c->arena, (const char *)b.data,
                                    tr_text_valid((const char *)b.data, b.len));

    tr_buf_clear(&b);
    return own ? own : "no memory left to say why";
}

/* ---- getting ready ---- */

static void configure(const struct vector_job *job)
{
    static const char *const settings[][2] = {
        { "GDAL_DRIVER_PATH", "disable" },
        { "GDAL_PYTHON_DRIVER_PATH", "disable" },
        { "GDAL_VRT_ENABLE_PYTHON", "NO" },
        { "OGR_SQLITE_STATIC_VIRTUAL_OGR", "NO" },
        { "CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{none}" },
        { "GDAL_HTTP_MAX_RETRY", "0" },
        { "GDAL_PAM_ENABLED", "NO" },
        { "PROJ_NETWORK", "OFF" },
        { "OGR_XLSX_HEADERS", "DISABLE" },
        { "OGR_XLSX_FIELD_TYPES", "STRING" },
        { "OGR_ENABLE_PARTIAL_REPROJECTION", "NO" },
        { "GDAL_NUM_THREADS", "1" },
        { "CPL_DEBUG", "OFF" },
        /* How a place is drawn is no data: named so, left out by prefix. */
        { "LIBKML_ALTITUDEMODE_FIELD", VECTOR_DRAWING "altitude" },
        { "LIBKML_TESSELLATE_FIELD", VECTOR_DRAWING "tessellate" },
        { "LIBKML_EXTRUDE_FIELD", VECTOR_DRAWING "extrude" },
        { "LIBKML_VISIBILITY_FIELD", VECTOR_DRAWING "visibility" },
        { "LIBKML_DRAWORDER_FIELD", VECTOR_DRAWING "order" },
        { "LIBKML_ICON_FIELD", VECTOR_DRAWING "icon" },
        { "LIBKML_SNIPPET_FIELD", VECTOR_DRAWING "snippet" },
    };
    char megabytes[32];

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        CPLSetConfigOption(settings[i][0], settings[i][1]);
    CPLSetConfigOption("CPL_TMPDIR", job->scratch);
    /* Of GeoJSON text, which is longer than the row it becomes. */
    snprintf(megabytes, sizeof megabytes, "%zu",
             (job->limits.max_row_bytes >> 20) * 4 + 1);
    CPLSetConfigOption("OGR_GEOJSON_MAX_OBJ_SIZE", megabytes);
    CPLSetErrorHandler(CPLQuietErrorHandler);
    OSRSetPROJEnableNetwork(0);
}

/* Everything that is found or loaded by name is found now: afterwards only the
 * folders in the list can be seen. The list stays GDAL's. */
static size_t find_folders(struct vector_child *c, const char **folders)
{
    size_t n = 0;
    const char *data = CPLFindFile("gdal", "gdalvrt.xsd");
    char **search = OSRGetPROJSearchPaths();

    if (data)
        folders[n++] = tr_arena_text(&c->arena, CPLGetPath(data),
                                     strlen(CPLGetPath(data)));
    for (char **s = search; s && *s && n < MAX_FOLDERS; s++)
        folders[n++] = tr_arena_text(&c->arena, *s, strlen(*s));
    CSLDestroy(search);
    /* glibc loads a converter for each character set, and keeps it. */
    if (c->job.encoding)
        (void)iconv_open("UTF-8", c->job.encoding);
    (void)iconv_open("UTF-8", "ISO-8859-1");
    (void)iconv_open("UTF-8", "CP1252");

    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (folders[i] && *folders[i] == '/')
            folders[kept++] = folders[i];
    }
    return kept;
}

/* Whatever the libraries print goes to a file that is thrown away. Descriptor 1
 * and 2 must be taken: GDAL's files would get them else. */
static enum tr_status redirect(struct vector_child *c, struct tr_error *err)
{
    char *path = vector_scratch_path(&c->job, "log", &c->arena);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        return tr_fail(err, TR_ECREATE,
                       "the reader cannot write to its scratch folder");
    if (fd > STDERR_FILENO)
        close(fd);
    return TR_OK;
}

static enum tr_status take_job(struct vector_child *c, struct tr_error *err)
{
    struct vector_frame f;
    enum tr_status st = vector_child_next(c, &f, err);

    if (!st && f.type != VECTOR_FRAME_JOB)
        st = tr_fail(err, TR_EBACKEND, "the reader was given no job");
    return st ? st : vector_parse_job(&f, &c->arena, &c->job, err);
}

static enum tr_status work(struct vector_child *c, struct tr_error *err)
{
    const char *folders[MAX_FOLDERS + 1];
    enum tr_status st = take_job(c, err);

    if (!st)
        st = redirect(c, err);
    if (st)
        return st;
    c->inbox.max_payload = c->job.limits.max_row_bytes + 4096;
    c->inbox.bytes.limit = c->inbox.max_payload + (size_t)128 * 1024;
    c->out.limit = c->inbox.max_payload + (size_t)1024 * 1024;
    configure(&c->job);
    st = vector_fence_in(&c->job, folders, find_folders(c, folders), err);
    if (st)
        return st;
    return c->job.writes ? vector_child_write(c, err)
                         : vector_child_read(c, err);
}

int vector_child_main(int argc, char **argv)
{
    struct vector_child c = { .job = { .name = "" } };
    struct tr_error err = TR_ERROR_INIT;

    (void)argv;
    if (argc != 2)
        return 2;
    vector_close_from(3);
    tr_arena_init(&c.arena, (size_t)16 * 1024 * 1024);
    tr_buf_init(&c.out, (size_t)64 * 1024);
    vector_inbox_init(&c.inbox, (size_t)64 * 1024);

    enum tr_status st = work(&c, &err);

    if (st) {
        tr_buf_reset(&c.out);
        vector_put_error(&c.out, st, err.msg);
        vector_child_flush(&c, 0, NULL);
    }
    /* No clean-up and no exit handlers of thirty libraries: the parent throws
     * everything away. */
    _exit(st ? 1 : 0);
}
