/* vector_stage.c - see vector_stage.h */
#include "vector/vector_stage.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vector/vector_sniff.h"

#define CHUNK 65536u

struct part {
    const char *suffix, *other; /* lower and upper case */
    bool needed;
};

static const struct part parts[] = {
    { ".shx", ".SHX", true },
    { ".dbf", ".DBF", true },
    { ".prj", ".PRJ", false },
    { ".cpg", ".CPG", false },
};

#define N_PARTS (sizeof parts / sizeof *parts)

static const char *plain_name(enum vector_format format)
{
    switch (format) {
    case VECTOR_XLSX: return "input.xlsx";
    case VECTOR_GPKG: return "input.gpkg";
    case VECTOR_SHAPEFILE: return "input.shp";
    case VECTOR_GEOJSON: return "input.geojson";
    case VECTOR_KML: return "input.kml";
    case VECTOR_FLATGEOBUF: return "input.fgb";
    case VECTOR_NONE: break;
    }
    return NULL;
}

/* ---- copying ---- */

static enum tr_status open_input(const struct vector_source *s,
                                 const char *path, int *out,
                                 struct tr_error *err)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return tr_fail(err, TR_ENOINPUT, "cannot open '%s': %s", s->name,
                       strerror(errno));
    if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
        close(fd);
        return tr_fail(err, TR_ENOINPUT, "'%s' is not a file", s->name);
    }
    if ((uint64_t)info.st_size > s->limits.max_file_bytes) {
        close(fd);
        return tr_fail(err, TR_ELIMIT, "'%s' has %lld bytes, the limit is %zu",
                       s->name, (long long)info.st_size,
                       s->limits.max_file_bytes);
    }
    *out = fd;
    return TR_OK;
}

static bool write_all(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static enum tr_status copy_bytes(const struct vector_source *s, int from,
                                 int to, struct tr_error *err)
{
    char bytes[CHUNK];
    size_t total = 0;

    for (;;) {
        ssize_t n = read(from, bytes, sizeof bytes);

        if (n < 0)
            return tr_fail(err, TR_EIO, "cannot read '%s': %s", s->name,
                           strerror(errno));
        if (!n)
            return TR_OK;
        total += (size_t)n;
        if (total > s->limits.max_file_bytes)
            return tr_fail(err, TR_ELIMIT, "'%s' has over %zu bytes", s->name,
                           s->limits.max_file_bytes);
        if (!write_all(to, bytes, (size_t)n))
            return tr_fail(err, TR_EIO, "cannot copy '%s': %s", s->name,
                           strerror(errno));
    }
}

/* Copy `path` to `target`, and leave the copy open for reading in `*out`. */
static enum tr_status copy_file(const struct vector_source *s, const char *path,
                                const char *target, int *out,
                                struct tr_error *err)
{
    int from = -1, to = -1;
    enum tr_status st = open_input(s, path, &from, err);

    if (st)
        return st;
    to = open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        st = tr_fail(err, TR_ECREATE, "cannot copy '%s': %s", s->name,
                     strerror(errno));
    else
        st = copy_bytes(s, from, to, err);
    close(from);
    if (st && to >= 0)
        close(to);
    else if (!st)
        *out = to;
    return st;
}

/* ---- a shapefile's sidecars ---- */

static enum tr_status copy_part(const struct vector_source *s,
                                const struct part *part,
                                const struct vector_job *job,
                                struct tr_arena *a, struct tr_error *err)
{
    size_t stem = strlen(s->path);

    stem -= stem > 4 && s->path[stem - 4] == '.' ? 4 : 0;

    char *lower =
        tr_arena_printf(a, "%.*s%s", (int)stem, s->path, part->suffix);
    char *upper = tr_arena_printf(a, "%.*s%s", (int)stem, s->path, part->other);
    char *target = tr_arena_printf(a, "%s/input%s", job->scratch, part->suffix);

    if (!lower || !upper || !target)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", s->name);

    const char *path = access(lower, F_OK) ? upper : lower;

    if (access(path, F_OK)) {
        if (!part->needed)
            return TR_OK;
        return tr_fail(err, TR_EDATA,
                       "'%s' has no %s beside it; give all parts of the "
                       "shapefile, or a zip of them",
                       s->name, part->suffix);
    }

    int fd;
    enum tr_status st = copy_file(s, path, target, &fd, err);

    if (!st)
        close(fd);
    return st;
}

static enum tr_status copy_parts(const struct vector_source *s,
                                 const struct vector_job *job,
                                 struct tr_arena *a, struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (size_t i = 0; !st && i < N_PARTS; i++)
        st = copy_part(s, &parts[i], job, a, err);
    return st;
}

/* ---- what to unpack from a zip ---- */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n > m && !strcasecmp(name + n - m, suffix);
}

/* The layer's name: without folders and suffix. */
static bool is_layer(const char *member, const char *layer)
{
    const char *base = strrchr(member, '/');
    size_t n;

    base = base ? base + 1 : member;
    n = strlen(base) - 4;
    return strlen(layer) == n && !strncmp(base, layer, n);
}

static bool is_wanted(const struct vector_source *s, const char *member,
                      const char *suffix)
{
    return has_suffix(member, suffix) && !strstr(member, "__MACOSX/") &&
           (!s->layer || is_layer(member, s->layer));
}

/* The only member with this suffix (or the one that `layer` names), and a list
 * of all for the message when there are several. macOS's "__MACOSX/" shadows do
 * not count. */
static enum tr_status find_one(const struct vector_source *s,
                               const struct vector_zip *zip, const char *suffix,
                               const struct vector_zip_member **out,
                               struct tr_error *err)
{
    struct tr_buf list;
    size_t n = 0;

    tr_buf_init(&list, 512);

    for (size_t i = 0; i < zip->n; i++) {
        const struct vector_zip_member *m = &zip->members[i];

        if (!is_wanted(s, m->name, suffix))
            continue;
        *out = m;
        tr_buf_printf(&list, "%s'%.60s'", n++ ? ", " : "", m->name);
    }

    enum tr_status st = TR_OK;

    if (!n)
        st = tr_fail(err, TR_EDATA, "'%s' is a zip archive without a %s%s%s",
                     s->name, suffix, s->layer ? " named " : "",
                     s->layer ? s->layer : "");
    else if (n > 1)
        st =
            tr_fail(err, TR_EDATA, "'%s' holds several layers, say which: %s",
                    s->name, list.failed ? "a great many" : tr_buf_text(&list));
    tr_buf_clear(&list);
    return st;
}

static void unpack(struct vector_job *job, const char *target,
                   const struct vector_zip_member *m)
{
    assert(m && job->n_unpack < VECTOR_MAX_UNPACK);
    job->unpack[job->n_unpack++] =
        (struct vector_unpack){ .target = target, .member = *m };
}

static enum tr_status unpack_shapefile(const struct vector_source *s,
                                       const struct vector_zip *zip,
                                       struct vector_job *job,
                                       struct tr_error *err)
{
    static const char *const targets[N_PARTS] = { "input.shx", "input.dbf",
                                                  "input.prj", "input.cpg" };
    const struct vector_zip_member *shp = NULL;
    enum tr_status st = find_one(s, zip, ".shp", &shp, err);

    if (st)
        return st;
    unpack(job, "input.shp", shp);
    for (size_t i = 0; i < N_PARTS; i++) {
        const struct vector_zip_member *found = NULL;
        size_t stem = strlen(shp->name) - 4;

        for (size_t k = 0; k < zip->n && !found; k++) {
            const char *name = zip->members[k].name;

            if (strlen(name) == stem + 4 && !strncmp(name, shp->name, stem) &&
                has_suffix(name, parts[i].suffix))
                found = &zip->members[k];
        }
        if (found)
            unpack(job, targets[i], found);
        else if (parts[i].needed)
            return tr_fail(err, TR_EDATA, "'%s' has no %s for '%s'", s->name,
                           parts[i].suffix, shp->name);
    }
    return TR_OK;
}

static enum tr_status unpack_kmz(const struct vector_source *s,
                                 const struct vector_zip *zip,
                                 struct vector_job *job, struct tr_error *err)
{
    /* Layers are folders inside the one KML: not names of members. */
    struct vector_source any = *s;
    const struct vector_zip_member *kml = vector_zip_find(zip, "doc.kml");

    any.layer = NULL;

    enum tr_status st = kml ? TR_OK : find_one(&any, zip, ".kml", &kml, err);

    if (!st)
        unpack(job, "input.kml", kml);
    return st;
}

/* A zip keeps its directory at its end, which is all the same to GDAL; but what
 * GDAL opens is chosen by us. */
static enum tr_status stage_zip(const struct vector_source *s,
                                const struct vector_zip *zip,
                                const char *copied, struct tr_arena *a,
                                struct vector_job *job, struct tr_error *err)
{
    char *to = vector_scratch_path(job, "input.zip", a);

    if (!to)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", s->name);
    if (rename(copied, to))
        return tr_fail(err, TR_EIO, "cannot copy '%s': %s", s->name,
                       strerror(errno));
    return s->format == VECTOR_KML ? unpack_kmz(s, zip, job, err)
                                   : unpack_shapefile(s, zip, job, err);
}

enum tr_status vector_stage(const struct vector_source *source,
                            struct tr_arena *a, struct vector_job *job,
                            struct tr_error *err)
{
    struct vector_zip zip;
    int fd;

    job->file = plain_name(source->format);

    char *target = vector_scratch_path(job, job->file, a);

    if (!target)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'",
                       source->name);

    enum tr_status st = copy_file(source, source->path, target, &fd, err);

    if (st)
        return st;
    st = vector_sniff(fd, source, a, &zip, err);
    close(fd);
    if (st || source->format == VECTOR_XLSX)
        return st;
    if (zip.n)
        return stage_zip(source, &zip, target, a, job, err);
    if (source->format == VECTOR_SHAPEFILE)
        return copy_parts(source, job, a, err);
    return TR_OK;
}
