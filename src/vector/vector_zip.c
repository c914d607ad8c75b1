/* vector_zip.c - see vector_zip.h. Field offsets: APPNOTE.TXT 6.3, section 4.3.
 */
#include "vector/vector_zip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terrier/text.h"

#define MAX_MEMBERS   1000u
#define MAX_RATIO     200u
#define SMALL         65536u /* below this a high ratio harms nobody */
#define MAX_DIRECTORY ((size_t)4 * 1024 * 1024)
#define END_SIZE      22u
#define CENTRAL_SIZE  46u
#define LOCAL_SIZE    30u

struct directory {
    int fd;
    const char *name;
    uint64_t file_size, max_total, start, len;
    unsigned n;
    struct tr_arena *arena;
};

static unsigned u16(const unsigned char *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static bool read_at(int fd, void *to, size_t len, uint64_t at)
{
    unsigned char *p = to;

    while (len) {
        ssize_t n = pread(fd, p, len, (off_t)at);

        if (n <= 0)
            return false;
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static enum tr_status damaged(const struct directory *d, const char *why,
                              struct tr_error *err)
{
    return tr_fail(err, TR_EDATA, "'%s' is a damaged zip archive: %s", d->name,
                   why);
}

/* The end record is the last thing in the file, but for its own comment. */
static const unsigned char *find_end(const unsigned char *tail, size_t len)
{
    for (size_t i = len - END_SIZE + 1; i-- > 0;) {
        const unsigned char *p = tail + i;

        if (!memcmp(p, "PK\5\6", 4) && i + END_SIZE + u16(p + 20) == len)
            return p;
    }
    return NULL;
}

static enum tr_status find_directory(struct directory *d, struct tr_error *err)
{
    size_t len = d->file_size < END_SIZE + 65535u ? (size_t)d->file_size
                                                  : END_SIZE + 65535u;
    unsigned char *tail = tr_arena_alloc(d->arena, len ? len : 1);

    if (!tail)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", d->name);
    if (!read_at(d->fd, tail, len, d->file_size - len))
        return tr_fail(err, TR_EIO, "cannot read '%s'", d->name);

    const unsigned char *end = len < END_SIZE ? NULL : find_end(tail, len);

    if (!end)
        return damaged(d, "it has no directory, so it was cut short", err);
    d->n = u16(end + 10);
    d->len = u32(end + 12);
    d->start = u32(end + 16);
    if (d->n == 0xFFFF || d->len == UINT32_MAX || d->start == UINT32_MAX)
        return tr_fail(err, TR_ELIMIT,
                       "'%s' is a zip64 archive, which is not read", d->name);
    if (u16(end + 4) || u16(end + 6) || u16(end + 8) != d->n)
        return damaged(d, "it is one part of several", err);
    if (d->n > MAX_MEMBERS)
        return tr_fail(err, TR_ELIMIT, "'%s' holds %u files, the limit is %u",
                       d->name, d->n, MAX_MEMBERS);
    if (d->len > MAX_DIRECTORY)
        return damaged(d, "its directory is too large", err);
    if (d->start + d->len != d->file_size - len + (uint64_t)(end - tail))
        return damaged(d, "its directory is not where it says", err);
    return TR_OK;
}

static bool is_archive(const char *name)
{
    static const char *const suffixes[] = { ".zip", ".kmz", ".xlsx", ".xlsm",
                                            ".shz", ".gz",  ".tgz",  ".tar",
                                            ".bz2", ".xz",  ".7z",   ".rar",
                                            ".zst", ".jar" };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++) {
        if (!strcasecmp(dot, suffixes[i]))
            return true;
    }
    return false;
}

/* A name that stays inside the folder it would be unpacked in. */
static bool is_inside(const char *name)
{
    if (!*name || *name == '/' || strchr(name, '\\') || strchr(name, ':'))
        return false;
    for (const char *s = name; s; s = strchr(s, '/')) {
        s += *s == '/';
        if (!strncmp(s, "..", 2) && (s[2] == '/' || !s[2]))
            return false;
    }
    for (const char *s = name; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == '\x7f')
            return false;
    }
    return true;
}

static enum tr_status check_member(const struct directory *d,
                                   const unsigned char *p,
                                   const struct vector_zip_member *m,
                                   struct tr_error *err)
{
    if (!is_inside(m->name))
        return tr_fail(err, TR_EDATA,
                       "'%s' holds a file outside its own folder; make the "
                       "archive again without it",
                       d->name);
    if (u16(p + 8) & 0x2041)
        return tr_fail(err, TR_EDATA,
                       "'%s' is protected by a password; save it without one",
                       d->name);
    if (m->method != 0 && m->method != 8)
        return tr_fail(err, TR_EDATA,
                       "'%s' is packed by zip method %u; only stored (0) and "
                       "deflated (8) are read",
                       d->name, m->method);
    if (p[5] == 3 && S_ISLNK((mode_t)(u32(p + 38) >> 16)))
        return tr_fail(err, TR_EDATA, "'%s' holds a link, '%s'", d->name,
                       m->name);
    if (is_archive(m->name))
        return tr_fail(err, TR_EDATA,
                       "'%s' holds another archive, '%s'; give that one",
                       d->name, m->name);
    if (m->method == 0 && m->packed != m->size)
        return damaged(d, "a stored file has two sizes", err);
    if (m->size > SMALL && m->size / MAX_RATIO > m->packed)
        return tr_fail(err, TR_ELIMIT,
                       "'%s' unpacks to over %u times its size, as only a "
                       "crafted file does",
                       d->name, MAX_RATIO);
    return TR_OK;
}

/* Where the bytes of a member begin, by the header before them. */
static enum tr_status check_header(const struct directory *d,
                                   struct vector_zip_member *m,
                                   struct tr_error *err)
{
    unsigned char p[LOCAL_SIZE];
    size_t len = strlen(m->name);

    if (m->header + LOCAL_SIZE > d->start ||
        !read_at(d->fd, p, sizeof p, m->header) || memcmp(p, "PK\3\4", 4) != 0)
        return damaged(d, "a file in it has no header", err);
    m->data = m->header + LOCAL_SIZE + u16(p + 26) + u16(p + 28);
    if (m->data + m->packed > d->start)
        return damaged(d, "a file in it runs past its end", err);

    char *name = tr_arena_alloc(d->arena, len + 1);

    if (!name)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", d->name);
    if (u16(p + 26) != len || u16(p + 8) != m->method ||
        !read_at(d->fd, name, len, m->header + LOCAL_SIZE) ||
        memcmp(name, m->name, len) != 0)
        return damaged(d, "a file in it has two names", err);
    return TR_OK;
}

/* An old archiver's names are in no known encoding: shown, never opened. */
static void make_printable(char *name)
{
    size_t len = strlen(name);

    if (tr_text_valid(name, len) == len)
        return;
    for (char *s = name; *s; s++) {
        if ((unsigned char)*s >= 0x80)
            *s = '?';
    }
}

static enum tr_status read_member(const struct directory *d,
                                  const unsigned char **at,
                                  const unsigned char *end,
                                  struct vector_zip_member *m,
                                  struct tr_error *err)
{
    const unsigned char *p = *at;

    if ((size_t)(end - p) < CENTRAL_SIZE || memcmp(p, "PK\1\2", 4) != 0)
        return damaged(d, "its directory is cut short", err);

    size_t len = u16(p + 28);
    size_t all = CENTRAL_SIZE + len + u16(p + 30) + u16(p + 32);

    if ((size_t)(end - p) < all)
        return damaged(d, "its directory is cut short", err);
    *m = (struct vector_zip_member){ .method = u16(p + 10),
                                     .packed = u32(p + 20),
                                     .size = u32(p + 24),
                                     .header = u32(p + 42) };

    char *name = tr_arena_text(d->arena, (const char *)p + CENTRAL_SIZE, len);

    if (!name)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", d->name);
    m->name = name;
    if (strlen(name) != len)
        return damaged(d, "a file in it has a broken name", err);
    *at = p + all;

    enum tr_status st = check_header(d, m, err);

    if (st)
        return st;
    make_printable(name);
    return check_member(d, p, m, err);
}

static int by_header(const void *a, const void *b)
{
    const struct vector_zip_member *x = a, *y = b;

    return (x->header > y->header) - (x->header < y->header);
}

/* Sort by place; no two may share a byte (overlapping members are how a small
 * archive unpacks to petabytes). */
static enum tr_status check_overlap(const struct directory *d,
                                    struct vector_zip_member *m, size_t n,
                                    struct tr_error *err)
{
    uint64_t total = 0;

    qsort(m, n, sizeof *m, by_header);
    for (size_t i = 0; i < n; i++) {
        if (i && m[i - 1].data + m[i - 1].packed > m[i].header)
            return damaged(d, "two files in it share the same bytes", err);
        total += m[i].size;
    }
    if (total > d->max_total)
        return tr_fail(err, TR_ELIMIT,
                       "'%s' unpacks to %llu bytes, the limit is %llu", d->name,
                       (unsigned long long)total,
                       (unsigned long long)d->max_total);
    return TR_OK;
}

static enum tr_status read_directory(const struct directory *d,
                                     struct vector_zip *out,
                                     struct tr_error *err)
{
    unsigned char *bytes = tr_arena_alloc(d->arena, (size_t)d->len + 1);
    struct vector_zip_member *m = tr_arena_array(d->arena, d->n, sizeof *m);
    size_t n = 0;
    enum tr_status st = TR_OK;

    if (!bytes || !m)
        return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'", d->name);
    if (!read_at(d->fd, bytes, (size_t)d->len, d->start))
        return tr_fail(err, TR_EIO, "cannot read '%s'", d->name);

    const unsigned char *p = bytes, *end = bytes + d->len;

    for (unsigned i = 0; i < d->n; i++) {
        struct vector_zip_member *next = &m[n];

        st = read_member(d, &p, end, next, err);
        if (st)
            return st;
        assert(next->name && *next->name);
        n += next->name[strlen(next->name) - 1] != '/';
    }
    if (p != end)
        return damaged(d, "its directory has bytes left over", err);
    st = check_overlap(d, m, n, err);
    if (!st)
        *out = (struct vector_zip){ .n = n, .members = m };
    return st;
}

enum tr_status vector_zip_check(int fd, const char *name, uint64_t max_total,
                                struct tr_arena *a, struct vector_zip *out,
                                struct tr_error *err)
{
    struct directory d = {
        .fd = fd, .name = name, .max_total = max_total, .arena = a
    };
    struct stat info;

    if (fstat(fd, &info))
        return tr_fail(err, TR_EIO, "cannot read '%s'", name);
    d.file_size = (uint64_t)info.st_size;

    enum tr_status st = find_directory(&d, err);

    return st ? st : read_directory(&d, out, err);
}

const struct vector_zip_member *vector_zip_find(const struct vector_zip *zip,
                                                const char *name)
{
    for (size_t i = 0; i < zip->n; i++) {
        if (!strcmp(zip->members[i].name, name))
            return &zip->members[i];
    }
    return NULL;
}
