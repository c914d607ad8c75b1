/* pmtiles.c - a PMTiles file, version 3, in the making.
 *
 * The first 16 KiB are kept for the header and the root directory, as readers
 * want them; contents of tiles follow as they come, then the leaves and the
 * metadata. What lies where is kept in PARTIAL-index, one record a tile and one
 * after each batch, so that an end without warning costs one batch: at the next
 * start each record's content is read and its digest compared. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "encode/archive_parts.h"
#include "encode/gzip.h"
#include "encode/pmtiles_directory.h"

enum {
    HEADER = 127,
    DATA_FROM = 16384,
    DIGEST = 16,
    /* Most doubles are small: a sea, the inside of an area. */
    DOUBLE_LIMIT = 4096,
    DOUBLES_LOG = 16
};

static const char magic[8] = "TRPMT01";

struct record {
    uint64_t id;     /* UINT64_MAX: the end of a batch */
    uint64_t offset; /* after DATA_FROM; of an end, the addresses done */
    uint64_t length;
    unsigned char digest[DIGEST];
};

struct seen { /* a content that may come again */
    uint64_t offset;
    uint32_t length; /* 0: free */
    unsigned char digest[DIGEST];
};

struct pmtiles {
    struct archive_file file; /* first: it is what callers hold */
    const char *partial;
    int data, index;
    struct pmtiles_entry *entries;
    size_t n, size;
    struct seen *seen; /* 2^DOUBLES_LOG places, the newest stays */
    struct tr_buf batch, records;
};

/* ---- reading and writing ---- */

static enum tr_status write_at(const struct pmtiles *p, int fd,
                               const struct tr_buf *b, uint64_t at,
                               struct tr_error *err)
{
    size_t done = 0;

    while (done < b->len) {
        ssize_t n =
            pwrite(fd, b->data + done, b->len - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return archive_io_fail(p->partial, n < 0 ? errno : EIO, err);
        done += (size_t)n;
    }
    return TR_OK;
}

static bool read_at(int fd, void *to, size_t len, uint64_t at)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n =
            pread(fd, (char *)to + done, len - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* ---- entries ---- */

static struct seen *seen_place(const struct pmtiles *p,
                               const unsigned char *digest)
{
    uint32_t slot;

    memcpy(&slot, digest, sizeof slot);
    return &p->seen[slot >> (32 - DOUBLES_LOG)];
}

static enum tr_status add_entry(struct pmtiles *p, const struct record *r,
                                struct tr_error *err)
{
    struct pmtiles_entry *last = p->n ? &p->entries[p->n - 1] : NULL;

    p->file.tiles++;
    if (r->offset == p->file.bytes) { /* not one that was there */
        p->file.contents++;
        p->file.bytes += r->length;
        if (r->length <= DOUBLE_LIMIT) {
            struct seen *s = seen_place(p, r->digest);

            s->offset = r->offset;
            s->length = (uint32_t)r->length;
            memcpy(s->digest, r->digest, DIGEST);
        }
    }
    if (last && last->offset == r->offset && last->id + last->run == r->id) {
        last->run++;
        return TR_OK;
    }
    if (p->n == p->size) {
        size_t size = p->size * 2 + 1024;
        struct pmtiles_entry *more = realloc(p->entries, size * sizeof *more);

        if (!more)
            return tr_fail(err, TR_ENOMEM, "no memory left for the directory");
        p->entries = more;
        p->size = size;
    }
    p->entries[p->n++] =
        (struct pmtiles_entry){ r->id, r->offset, (uint32_t)r->length, 1 };
    return TR_OK;
}

/* ---- what a partial file holds ---- */

/* The records of one batch, when they and their contents are as they were. */
static bool read_batch(const struct pmtiles *p, uint64_t *at,
                       struct tr_buf *records, struct tr_buf *content)
{
    uint64_t end = p->file.bytes;
    struct record r;

    tr_buf_reset(records);
    for (;;) {
        struct tr_digest d;

        if (!read_at(p->index, &r, sizeof r, *at))
            return false;
        *at += sizeof r;
        tr_buf_add(records, &r, sizeof r);
        if (r.id == UINT64_MAX)
            return !records->failed;
        if (r.offset < end)
            continue; /* one that was looked at when it first came */
        tr_buf_reset(content);
        if (r.offset != end || r.length > UINT32_MAX ||
            !tr_buf_room(content, r.length) ||
            !read_at(p->data, content->data, r.length, DATA_FROM + r.offset))
            return false;
        d = tr_hash_bytes(content->data, r.length);
        if (memcmp(d.bytes, r.digest, DIGEST) != 0)
            return false;
        end += r.length;
    }
}

static enum tr_status read_back(struct pmtiles *p, struct tr_error *err)
{
    uint64_t at = sizeof magic + TR_DIGEST_BYTES, whole = at;
    struct tr_buf records, content;
    enum tr_status st = TR_OK;

    tr_buf_init(&records, (size_t)64 * 1024 * 1024);
    tr_buf_init(&content, UINT32_MAX);
    while (!st && read_batch(p, &at, &records, &content)) {
        const struct record *r = (const struct record *)(void *)records.data;

        for (; !st && r->id != UINT64_MAX; r++)
            st = add_entry(p, r, err);
        p->file.done = r->offset;
        whole = at;
    }
    tr_buf_clear(&records);
    tr_buf_clear(&content);
    if (!st && (ftruncate(p->index, (off_t)whole) ||
                ftruncate(p->data, (off_t)(DATA_FROM + p->file.bytes))))
        st = archive_io_fail(p->partial, errno, err);
    if (!st && lseek(p->index, 0, SEEK_END) < 0)
        st = archive_io_fail(p->partial, errno, err);
    return st;
}

static enum tr_status begin(struct pmtiles *p, const struct tr_digest *identity,
                            struct tr_error *err)
{
    struct tr_buf head;
    enum tr_status st;

    if (ftruncate(p->data, 0) || ftruncate(p->index, 0))
        return archive_io_fail(p->partial, errno, err);
    tr_buf_init(&head, 1024);
    tr_buf_add(&head, magic, sizeof magic);
    tr_buf_add(&head, identity->bytes, TR_DIGEST_BYTES);
    st = tr_buf_status(&head, "the index", err);
    if (!st)
        st = write_at(p, p->index, &head, 0, err);
    tr_buf_clear(&head);
    return st;
}

static enum tr_status look(struct pmtiles *p, const struct tr_digest *identity,
                           struct tr_error *err)
{
    unsigned char head[sizeof magic + TR_DIGEST_BYTES];
    bool is_there = lseek(p->data, 0, SEEK_END) > 0;

    if (read_at(p->index, head, sizeof head, 0) &&
        memcmp(head, magic, sizeof magic) == 0 &&
        memcmp(head + sizeof magic, identity->bytes, TR_DIGEST_BYTES) == 0) {
        p->file.start = TR_ARCHIVE_CONTINUED;
        return read_back(p, err);
    }
    p->file.start = is_there ? TR_ARCHIVE_RESTARTED : TR_ARCHIVE_NEW;
    return begin(p, identity, err);
}

/* ---- the format ---- */

static void index_path(const char *partial, char *out, size_t size)
{
    snprintf(out, size, "%s-index", partial);
}

static enum tr_status open_files(struct pmtiles *p, struct tr_error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char path[4096 + 16];

    index_path(p->partial, path, sizeof path);
    p->data = open(p->partial, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    p->index =
        p->data < 0 ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->index < 0)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", p->partial,
                       strerror(errno));
    if (fcntl(p->data, F_SETLK, &lock))
        return tr_fail(err, TR_EBUSY,
                       "'%s' is being written by another process", p->partial);
    return TR_OK;
}

static enum tr_status pmtiles_open(const char *partial,
                                   const struct tr_digest *identity,
                                   struct tr_arena *a,
                                   struct archive_file **out,
                                   struct tr_error *err)
{
    struct pmtiles *p = tr_arena_alloc(a, sizeof *p);
    enum tr_status st;

    if (!p)
        return tr_fail(err, TR_ENOMEM, "no memory left for '%s'", partial);
    p->seen = tr_arena_array(a, (size_t)1 << DOUBLES_LOG, sizeof *p->seen);
    if (!p->seen)
        return tr_fail(err, TR_ENOMEM, "no memory left for '%s'", partial);
    p->partial = partial;
    p->data = p->index = -1;
    tr_buf_init(&p->batch, SIZE_MAX);
    tr_buf_init(&p->records, SIZE_MAX);
    *out = &p->file;
    st = open_files(p, err);
    return st ? st : look(p, identity, err);
}

/* Where a tile's content is, or will be. */
static void place(struct pmtiles *p, const struct pyramid_tile *t,
                  uint64_t next, struct record *r)
{
    struct tr_digest d = tr_hash_bytes(t->gz.data, t->gz.len);
    const struct seen *s = seen_place(p, d.bytes);

    *r = (struct record){ .id = t->id, .offset = next, .length = t->gz.len };
    memcpy(r->digest, d.bytes, DIGEST);
    if (s->length == t->gz.len && memcmp(s->digest, d.bytes, DIGEST) == 0)
        r->offset = s->offset;
}

static enum tr_status pmtiles_put(struct archive_file *f,
                                  const struct pyramid_tile *tiles, size_t n,
                                  size_t done, struct tr_error *err)
{
    struct pmtiles *p = (struct pmtiles *)(void *)f;
    uint64_t from = f->bytes;
    struct record r;
    enum tr_status st = TR_OK;

    tr_buf_reset(&p->batch);
    tr_buf_reset(&p->records);
    for (size_t i = 0; !st && i < n; i++) {
        if (!tiles[i].gz.len)
            continue;
        place(p, &tiles[i], f->bytes, &r);
        if (r.offset == f->bytes)
            tr_buf_add(&p->batch, tiles[i].gz.data, tiles[i].gz.len);
        tr_buf_add(&p->records, &r, sizeof r);
        st = add_entry(p, &r, err);
    }
    r = (struct record){ .id = UINT64_MAX, .offset = done };
    tr_buf_add(&p->records, &r, sizeof r);
    if (!st)
        st = tr_buf_status(&p->batch, "a batch of tiles", err);
    if (!st)
        st = tr_buf_status(&p->records, "a batch of tiles", err);
    if (!st)
        st = write_at(p, p->data, &p->batch, DATA_FROM + from, err);
    if (!st) {
        off_t at = lseek(p->index, 0, SEEK_END);

        st = write_at(p, p->index, &p->records, (uint64_t)at, err);
    }
    return st;
}

/* ---- the header and what stands behind the tiles ---- */

static void put_number(struct tr_buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        tr_buf_byte(b, (unsigned char)(v >> (8 * i)));
}

struct layout {
    uint64_t root_len, meta_at, meta_len, leaves_at, leaves_len;
};

static void put_header(struct tr_buf *b, const struct pmtiles *p,
                       const struct layout *l, const struct archive_facts *f)
{
    tr_buf_str(b, "PMTiles");
    put_number(b, 3, 1);
    put_number(b, HEADER, 8);
    put_number(b, l->root_len, 8);
    put_number(b, l->meta_at, 8);
    put_number(b, l->meta_len, 8);
    put_number(b, l->leaves_at, 8);
    put_number(b, l->leaves_len, 8);
    put_number(b, DATA_FROM, 8);
    put_number(b, p->file.bytes, 8);
    put_number(b, p->file.tiles, 8);
    put_number(b, p->n, 8);
    put_number(b, p->file.contents, 8);
    put_number(b, 1, 1); /* clustered: contents lie in the order of the ids */
    put_number(b, 2, 1); /* directories and metadata: gzip */
    put_number(b, 2, 1); /* tiles: gzip */
    put_number(b, 1, 1); /* tiles: MVT */
    put_number(b, f->o->min_zoom, 1);
    put_number(b, f->o->max_zoom, 1);
    put_number(b, (uint32_t)f->extent.west_e7, 4);
    put_number(b, (uint32_t)f->extent.south_e7, 4);
    put_number(b, (uint32_t)f->extent.east_e7, 4);
    put_number(b, (uint32_t)f->extent.north_e7, 4);
    put_number(b, f->center_zoom, 1);
    put_number(b, (uint32_t)f->center_lon_e7, 4);
    put_number(b, (uint32_t)f->center_lat_e7, 4);
}

static enum tr_status put_metadata(const struct archive_facts *f,
                                   struct tr_buf *out, struct tr_error *err)
{
    struct gzip *gz = gzip_open();
    struct tr_buf plain;
    struct tr_json j;
    enum tr_status st;

    if (!gz)
        return tr_fail(err, TR_ENOMEM, "no memory left for the metadata");
    tr_buf_init(&plain, (size_t)16 * 1024 * 1024);
    tr_json_init(&j, &plain);
    tr_json_open_map(&j);
    tr_json_put_text(&j, "name", f->o->name);
    tr_json_put_text(&j, "description", f->description);
    if (*f->attribution)
        tr_json_put_text(&j, "attribution", f->attribution);
    tr_json_put_text(&j, "type", "overlay");
    tr_json_put_text(&j, "version", "1.0.0");
    tr_json_put_text(&j, "generator", f->o->build);
    tr_json_key(&j, "vector_layers");
    tr_json_raw(&j, (const char *)f->layers.data, f->layers.len);
    tr_json_close_map(&j);
    st = tr_buf_status(&plain, "the metadata", err);
    if (!st)
        st = gzip_add(gz, plain.data, plain.len, out, err);
    tr_buf_clear(&plain);
    gzip_close(gz);
    return st;
}

static enum tr_status write_ends(const struct pmtiles *p,
                                 const struct archive_facts *facts,
                                 struct tr_buf *root, struct tr_buf *behind,
                                 struct tr_error *err)
{
    struct layout l = { .leaves_at = DATA_FROM + p->file.bytes };
    struct tr_buf head;
    enum tr_status st = pmtiles_directories(
        p->entries, p->n, DATA_FROM - HEADER, root, behind, err);

    if (st)
        return st;
    l.root_len = root->len;
    l.leaves_len = behind->len;
    l.meta_at = l.leaves_at + l.leaves_len;
    st = put_metadata(facts, behind, err);
    if (st)
        return st;
    l.meta_len = behind->len - l.leaves_len;
    tr_buf_init(&head, DATA_FROM);
    put_header(&head, p, &l, facts);
    tr_buf_add(&head, root->data, root->len);
    while (head.len < DATA_FROM)
        tr_buf_byte(&head, 0);
    st = write_at(p, p->data, behind, l.leaves_at, err);
    if (!st)
        st = write_at(p, p->data, &head, 0, err);
    tr_buf_clear(&head);
    return st;
}

static enum tr_status pmtiles_finish(struct archive_file *f,
                                     const struct archive_facts *facts,
                                     struct tr_error *err)
{
    struct pmtiles *p = (struct pmtiles *)(void *)f;
    struct tr_buf root, behind;
    enum tr_status st;

    tr_buf_init(&root, SIZE_MAX);
    tr_buf_init(&behind, SIZE_MAX);
    st = write_ends(p, facts, &root, &behind, err);
    tr_buf_clear(&root);
    tr_buf_clear(&behind);
    return st;
}

static enum tr_status pmtiles_close(struct archive_file *f,
                                    struct tr_error *err)
{
    struct pmtiles *p = (struct pmtiles *)(void *)f;
    enum tr_status st = TR_OK;

    if (p->data >= 0 && close(p->data))
        st = archive_io_fail(p->partial, errno, err);
    if (p->index >= 0)
        close(p->index);
    free(p->entries);
    tr_buf_clear(&p->batch);
    tr_buf_clear(&p->records);
    return st;
}

static void pmtiles_remove(const char *partial)
{
    char path[4096 + 16];

    index_path(partial, path, sizeof path);
    unlink(path);
    unlink(partial);
}

const struct archive_format archive_pmtiles = {
    ".pmtiles",     pmtiles_open,  pmtiles_put,
    pmtiles_finish, pmtiles_close, pmtiles_remove,
};
