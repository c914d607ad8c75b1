/* vector_child_unpack.c - members of a checked zip as files. The sizes come
 * from a directory that was checked, the bytes may still say otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vector/vector_child.h"

static enum tr_status read_packed(const struct vector_child *c, int zip,
                                  const struct vector_zip_member *m,
                                  unsigned char *to, struct tr_error *err)
{
    for (uint64_t got = 0; got < m->packed;) {
        ssize_t n = pread(zip, to + got, (size_t)(m->packed - got),
                          (off_t)(m->data + got));

        if (n <= 0)
            return tr_fail(err, TR_EDATA, "'%s' was cut short", c->job.name);
        got += (uint64_t)n;
    }
    return TR_OK;
}

static enum tr_status inflate(const struct vector_child *c,
                              const struct vector_zip_member *m,
                              const unsigned char *packed, unsigned char *to,
                              struct tr_error *err)
{
    if (m->method == 0) {
        memcpy(to, packed, (size_t)m->size);
        return TR_OK;
    }

    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();

    if (!d)
        return tr_fail(err, TR_ENOMEM, "no memory left to unpack '%s'",
                       c->job.name);

    /* NULL: it must come to exactly this size. */
    enum libdeflate_result rc = libdeflate_deflate_decompress(
        d, packed, (size_t)m->packed, to, (size_t)m->size, NULL);

    libdeflate_free_decompressor(d);
    if (rc != LIBDEFLATE_SUCCESS)
        return tr_fail(err, TR_EDATA,
                       "'%s' is a damaged zip archive: a file in it does not "
                       "unpack to the size it gives",
                       c->job.name);
    return TR_OK;
}

static enum tr_status write_file(const struct vector_child *c, const char *path,
                                 const unsigned char *p, size_t len,
                                 struct tr_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    size_t done = 0;

    while (fd >= 0 && done < len) {
        ssize_t n = write(fd, p + done, len - done);

        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    if (fd < 0 || done < len)
        return tr_fail(err, TR_EIO, "cannot unpack '%s'", c->job.name);
    return TR_OK;
}

static enum tr_status unpack_one(const struct vector_child *c, int zip,
                                 const struct vector_unpack *u, char *path,
                                 struct tr_error *err)
{
    const struct vector_zip_member *m = &u->member;
    unsigned char *packed = malloc((size_t)m->packed + 1);
    unsigned char *bytes = malloc((size_t)m->size + 1);
    enum tr_status st;

    if (!packed || !bytes) {
        st = tr_fail(err, TR_ELIMIT,
                     "'%s' unpacks to more than the memory allowed",
                     c->job.name);
        goto done;
    }
    st = read_packed(c, zip, m, packed, err);
    if (!st)
        st = inflate(c, m, packed, bytes, err);
    if (!st)
        st = write_file(c, path, bytes, (size_t)m->size, err);
done:
    free(packed);
    free(bytes);
    return st;
}

enum tr_status vector_child_unpack(const struct vector_child *c,
                                   struct tr_error *err)
{
    struct tr_arena a;
    enum tr_status st = TR_OK;

    tr_arena_init(&a, (size_t)64 * 1024);

    char *from = vector_scratch_path(&c->job, "input.zip", &a);
    int zip = from ? open(from, O_RDONLY) : -1;

    if (zip < 0)
        st = tr_fail(err, TR_EIO, "cannot unpack '%s'", c->job.name);
    for (size_t i = 0; !st && i < c->job.n_unpack; i++) {
        const struct vector_unpack *u = &c->job.unpack[i];
        char *path = vector_scratch_path(&c->job, u->target, &a);

        st = path ? unpack_one(c, zip, u, path, err)
                  : tr_fail(err, TR_ENOMEM, "no memory left to unpack");
    }
    if (zip >= 0)
        close(zip);
    tr_arena_clear(&a);
    return st;
}
