/* archive_file.c - see archive_file.h */
#include "http/archive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/coding.h"
#include "terrier/hash.h"
#include "terrier/json.h"

#define HEAD          127 /* bytes of a PMTiles header */
#define METADATA_AT   24  /* where it says where the metadata is */
#define LARGEST_NOTES ((size_t)4 * 1024 * 1024)

static uint64_t little_endian(const unsigned char *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* The JSON that an archive carries; *out stays NULL when it has none to read. */
static void read_metadata(int fd, const unsigned char *head,
                          struct tr_arena *arena, const struct tr_node **out)
{
    uint64_t at = little_endian(head + METADATA_AT);
    uint64_t len = little_endian(head + METADATA_AT + 8);
    struct tr_buf text;
    void *packed;

    if (!len || len > LARGEST_NOTES || at > INT64_MAX)
        return;
    packed = tr_arena_alloc(arena, (size_t)len);
    tr_buf_init(&text, LARGEST_NOTES);
    if (packed && pread(fd, packed, (size_t)len, (off_t)at) == (ssize_t)len &&
        coding_unpack_gzip(packed, (size_t)len, &text))
        tr_json_parse((const char *)text.data, text.len, "metadata", arena, out,
                      NULL);
    tr_buf_clear(&text);
}

/* `terrier tiles` writes whom it is for into the description. */
static bool is_for(const struct tr_node *metadata, const char *audience)
{
    const struct tr_node *said =
        metadata ? tr_node_get(metadata, "description") : NULL;
    char wanted[160];

    snprintf(wanted, sizeof wanted, "for the audience '%.100s';", audience);
    return said && said->kind == TR_NODE_TEXT &&
           strncmp(said->text, wanted, strlen(wanted)) == 0;
}

static enum tr_status check(const char *path, int fd, const char *audience,
                            struct tr_error *err)
{
    unsigned char head[HEAD];
    struct tr_arena arena;
    const struct tr_node *metadata = NULL;
    bool good;

    if (pread(fd, head, sizeof head, 0) != sizeof head ||
        memcmp(head, "PMTiles\3", 8) != 0)
        return tr_fail(err, TR_EDATA,
                       "'%.200s' is not a PMTiles file of version 3", path);
    tr_arena_init(&arena, LARGEST_NOTES * 8);
    read_metadata(fd, head, &arena, &metadata);
    good = is_for(metadata, "public") || is_for(metadata, audience);
    tr_arena_clear(&arena);
    if (!good)
        return tr_fail(err, TR_EDENIED,
                       "'%.200s' does not say that it is for the audience "
                       "'%s': make it with 'terrier tiles --audience %s'",
                       path, audience, audience);
    return TR_OK;
}

static void fill(struct http_archive *a, const char *path, int fd,
                 const struct stat *st)
{
    const char *slash = strrchr(path, '/');
    const int64_t facts[] = { (int64_t)st->st_ino, (int64_t)st->st_size,
                              (int64_t)st->st_mtim.tv_sec,
                              (int64_t)st->st_mtim.tv_nsec };

    snprintf(a->name, sizeof a->name, "%s", slash ? slash + 1 : path);
    a->fd = fd;
    a->size = (uint64_t)st->st_size;
    snprintf(a->etag, sizeof a->etag, "%016llx-%llx",
             (unsigned long long)tr_fast_hash(facts, sizeof facts),
             (unsigned long long)a->size);
}

enum tr_status archive_file_open(const char *path, const char *audience,
                                 struct http_archive **out,
                                 struct tr_error *err)
{
    struct http_archive *a;
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum tr_status st;

    if (fd < 0)
        return tr_fail(err, TR_ENOINPUT, "cannot open '%.200s': %s", path,
                       strerror(errno));
    if (fstat(fd, &facts) || !S_ISREG(facts.st_mode))
        st = tr_fail(err, TR_ENOINPUT, "'%.200s' is not a file", path);
    else
        st = check(path, fd, audience, err);
    a = st ? NULL : calloc(1, sizeof *a);
    if (!st && !a)
        st = tr_fail(err, TR_ENOMEM, "no memory left for the archive");
    if (st) {
        close(fd);
        return st;
    }
    fill(a, path, fd, &facts);
    *out = a;
    return TR_OK;
}

void archive_file_close(struct http_archive *a)
{
    if (!a)
        return;
    close(a->fd);
    free(a);
}

/* GET /archives/{name} */
enum tr_status handle_archive(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    const struct http_archive *a = req->service->archive;

    if (!a || strcmp(a->name, req->param[0]) != 0)
        return tr_fail(err, TR_ENOTFOUND, "there is no archive '%.100s'",
                       req->param[0]);
    res->content_type = "application/vnd.pmtiles";
    res->file = a->fd;
    res->file_size = a->size;
    res->etag = a->etag;
    return TR_OK;
}
