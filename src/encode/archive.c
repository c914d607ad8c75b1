/* archive.c - see terrier/archive.h: checks, what the archive says of itself,
 * and the way from a partial file to a whole one. */
#include "terrier/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "encode/archive_parts.h"

/* Of the tiles and of the partial files; raise it when either changes. */
#define ARCHIVE_VERSION 1

struct writing {
    const struct tr_archive_options *o;
    const struct archive_format *format;
    struct archive_file *file;
    size_t total;
};

enum tr_status archive_io_fail(const char *partial, int why,
                               struct tr_error *err)
{
    if (why == ENOSPC || why == EFBIG || why == EDQUOT)
        return tr_fail(err, TR_EIO,
                       "cannot write '%s': the disk is full or a size limit is "
                       "reached; make room and run the same command again, it "
                       "goes on from there",
                       partial);
    return tr_fail(err, TR_EIO, "writing '%s' failed: %s", partial,
                   why ? strerror(why) : "input/output error");
}

/* ---- checks ---- */

static const struct archive_format *format_of(const char *path)
{
    static const struct archive_format *const formats[] = { &archive_pmtiles,
                                                            &archive_mbtiles };
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t n = strlen(formats[i]->extension);

        if (len > n && strcmp(path + len - n, formats[i]->extension) == 0)
            return formats[i];
    }
    return NULL;
}

static enum tr_status check(const struct tr_archive_options *o,
                            const char *path,
                            const struct archive_format **format,
                            struct tr_error *err)
{
    struct stat there;

    *format = format_of(path);
    if (!*format)
        return tr_fail(err, TR_EINVAL,
                       "'%s' ends neither in .pmtiles nor in .mbtiles: the "
                       "ending says which format is meant",
                       path);
    if (o->min_zoom > o->max_zoom || o->max_zoom > TR_MAX_ZOOM)
        return tr_fail(err, TR_EINVAL,
                       "zooms run from the lower to the higher, at most %u: "
                       "not from %u to %u",
                       TR_MAX_ZOOM, o->min_zoom, o->max_zoom);
    if (!o->n_collections || o->n_collections > TR_ARCHIVE_COLLECTIONS)
        return tr_fail(err, TR_EINVAL,
                       "an archive is of 1 to %u collections, not of %zu",
                       TR_ARCHIVE_COLLECTIONS, o->n_collections);
    if ((o->tile.filter || o->tile.properties) && o->n_collections != 1)
        return tr_fail(err, TR_EINVAL,
                       "a filter and a choice of properties are of one "
                       "collection: say which");
    if (stat(path, &there))
        return TR_OK;
    if (!S_ISREG(there.st_mode))
        return tr_fail(err, TR_ECREATE, "'%s' is there and is no file", path);
    if (!o->replace)
        return tr_fail(err, TR_ECREATE,
                       "'%s' is there already: take it away, or say --replace",
                       path);
    return TR_OK;
}

/* What makes two pyramids the same. */
static struct tr_digest identity_of(const struct tr_archive_options *o)
{
    const struct tr_snapshot *s = o->collections[0].snapshot;
    struct tr_hasher h;

    tr_hash_init(&h);
    tr_hash_int(&h, ARCHIVE_VERSION);
    tr_hash_text(&h, o->build);
    tr_hash_text(&h, s->version);
    tr_hash_text(&h, s->audience.name);
    tr_hash_int(&h, s->as_of);
    tr_hash_int(&h, o->min_zoom);
    tr_hash_int(&h, o->max_zoom);
    tr_hash_int(&h, (int64_t)o->tile.budget);
    tr_hash_text(&h, o->filter ? o->filter : "");
    tr_hash_int(&h, (int64_t)o->n_collections);
    for (size_t i = 0; i < o->n_collections; i++)
        tr_hash_text(&h, o->collections[i].id);
    tr_hash_int(&h, o->tile.properties ? (int64_t)o->tile.n_properties : -1);
    for (size_t i = 0; o->tile.properties && i < o->tile.n_properties; i++)
        tr_hash_text(&h, o->tile.properties[i]);
    return tr_hash_end(&h);
}

/* ---- what it says of itself ---- */

static enum tr_status gather(const struct tr_archive_options *o,
                             struct tr_arena *a, struct archive_facts *f,
                             struct tr_error *err)
{
    const struct tr_snapshot *s = o->collections[0].snapshot;
    struct tileset t = { o->collections, o->n_collections, &o->tile,
                         o->min_zoom, o->max_zoom };
    struct tr_buf attribution;
    struct tr_json j;
    enum tr_status st;

    f->o = o;
    f->extent = tileset_extent(&t);
    if (f->extent.west_e7 > f->extent.east_e7)
        return tr_fail(err, TR_ENOINPUT, "nothing of it has a place on a map");
    f->center_lon_e7 =
        f->extent.west_e7 + (f->extent.east_e7 - f->extent.west_e7) / 2;
    f->center_lat_e7 =
        f->extent.south_e7 + (f->extent.north_e7 - f->extent.south_e7) / 2;
    f->center_zoom = o->max_zoom < 12 ? o->max_zoom : 12;
    if (f->center_zoom < o->min_zoom)
        f->center_zoom = o->min_zoom;
    f->description = tr_arena_printf(a, "for the audience '%s'; version %.16s",
                                     s->audience.name, s->version);
    tr_json_init(&j, &f->layers);
    tileset_layers(&t, &j);
    tr_buf_init(&attribution, (size_t)1024 * 1024);
    tileset_attribution(&t, &attribution);
    f->attribution =
        tr_buf_text(&attribution)
            ? tr_arena_text(a, tr_buf_text(&attribution), attribution.len)
            : NULL;
    tr_buf_clear(&attribution);
    st = tr_buf_status(&f->layers, "the list of layers", err);
    if (!st && (!f->description || !f->attribution))
        st = tr_fail(err, TR_ENOMEM, "no memory left for the metadata");
    return st;
}

/* ---- from nothing to a whole file ---- */

static enum tr_status put_batch(void *context, const struct pyramid_tile *tiles,
                                size_t n, size_t done, struct tr_error *err)
{
    struct writing *w = context;
    enum tr_status st = w->format->put(w->file, tiles, n, done, err);
    struct tr_archive_progress p = { done, w->total, tiles[n - 1].tile.z, 0 };

    if (st || !w->o->progress)
        return st;
    p.bytes = w->file->bytes;
    w->o->progress(w->o->context, &p);
    return TR_OK;
}

/* Onto the disk, then under its own name. What is not public stays the
 * owner's. */
static enum tr_status put_in_place(const struct tr_archive_options *o,
                                   const char *partial, const char *path,
                                   struct tr_archive_report *out,
                                   struct tr_error *err)
{
    enum tr_tier tier = o->collections[0].snapshot->audience.tier;
    int fd = open(partial, O_RDWR | O_CLOEXEC);
    struct stat there;
    bool ok = fd >= 0 && fchmod(fd, tier == TR_PUBLIC ? 0644 : 0600) == 0 &&
              fsync(fd) == 0 && fstat(fd, &there) == 0;
    int why = errno;

    if (fd >= 0 && close(fd) && ok) {
        ok = false;
        why = errno;
    }
    if (!ok)
        return archive_io_fail(partial, why, err);
    out->bytes = (uint64_t)there.st_size;
    if (rename(partial, path))
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                       strerror(errno));
    return TR_OK;
}

static enum tr_status fill(struct writing *w, struct pyramid *pyramid,
                           const struct archive_facts *facts,
                           struct tr_archive_report *r, struct tr_error *err)
{
    enum tr_status st;

    r->start = w->file->start;
    r->continued = w->file->done;
    r->total = w->total = pyramid_total(pyramid);
    st = pyramid_run(pyramid, w->file->done, put_batch, w, err);
    r->tiles = w->file->tiles;
    r->contents = w->file->contents;
    if (!st && !r->tiles)
        return tr_fail(err, TR_ENOINPUT, "no tile has anything in it");
    return st ? st : w->format->finish(w->file, facts, err);
}

static enum tr_status write_partial(struct writing *w, const char *partial,
                                    const struct archive_facts *facts,
                                    struct tr_arena *a,
                                    struct tr_archive_report *r,
                                    struct tr_error *err)
{
    struct tr_digest identity = identity_of(w->o);
    struct pyramid *pyramid;
    enum tr_status st = pyramid_open(w->o, a, &pyramid, err), closed;

    if (st)
        return st;
    st = w->format->open(partial, &identity, a, &w->file, err);
    if (!st)
        st = fill(w, pyramid, facts, r, err);
    if (!w->file)
        return st;
    closed = w->format->close(w->file, st ? NULL : err);
    return st ? st : closed;
}

enum tr_status tr_archive_write(const struct tr_archive_options *o,
                                const char *path, struct tr_archive_report *out,
                                struct tr_error *err)
{
    struct writing w = { .o = o };
    struct tr_archive_report report = { 0 };
    struct archive_facts facts = { 0 };
    struct tr_arena a;
    const char *partial;
    enum tr_status st = check(o, path, &w.format, err);

    if (st)
        return st;
    tr_arena_init(&a, SIZE_MAX);
    tr_buf_init(&facts.layers, (size_t)16 * 1024 * 1024);
    partial = tr_arena_printf(&a, "%s.partial", path);
    if (!partial || strlen(partial) > 4096)
        st = tr_fail(err, TR_ECREATE, "'%.60s...' is too long a name", path);
    if (!st)
        st = gather(o, &a, &facts, err);
    if (!st)
        st = write_partial(&w, partial, &facts, &a, &report, err);
    if (!st)
        st = put_in_place(o, partial, path, &report, err);
    /* Kept for what may end well another time. */
    if (!st || (w.file && (st == TR_ENOINPUT || st == TR_EINVAL)))
        w.format->remove(partial);
    tr_buf_clear(&facts.layers);
    tr_arena_clear(&a);
    if (!st)
        *out = report;
    return st;
}
