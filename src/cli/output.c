/* output.c - files in and out, and notes to the person. See cli.h. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static enum tr_status write_stream(FILE *f, const struct tr_buf *b,
                                   const char *what, struct tr_error *err)
{
    if (b->len && fwrite(b->data, 1, b->len, f) != b->len)
        return tr_fail(err, TR_EIO, "writing %s failed: %s", what,
                       strerror(errno));
    if (fflush(f))
        return tr_fail(err, TR_EIO, "writing %s failed: %s", what,
                       strerror(errno));
    return TR_OK;
}

static enum tr_status write_file(const char *path, const struct tr_buf *b,
                                 const char *what, struct tr_error *err)
{
    char aside[4096];
    int n = snprintf(aside, sizeof aside, "%s.part", path);
    FILE *f = n > 0 && (size_t)n < sizeof aside ? fopen(aside, "wb") : NULL;
    enum tr_status st;

    if (!f)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                       strerror(errno));
    st = write_stream(f, b, what, err);
    if (!st && fsync(fileno(f)))
        st = tr_fail(err, TR_EIO, "writing '%s' failed: %s", path,
                     strerror(errno));
    if (fclose(f) && !st)
        st = tr_fail(err, TR_EIO, "writing '%s' failed: %s", path,
                     strerror(errno));
    if (!st && rename(aside, path))
        st = tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                     strerror(errno));
    if (st)
        remove(aside);
    return st;
}

enum tr_status cli_write(const char *path, struct tr_buf *b, const char *what,
                         struct tr_error *err)
{
    enum tr_status st = tr_buf_status(b, what, err);

    if (st)
        return st;
    if (!path || strcmp(path, "-") == 0)
        return write_stream(stdout, b, what, err);
    return write_file(path, b, what, err);
}

enum tr_status cli_read(const char *path, size_t limit, struct tr_arena *a,
                        const char **text, size_t *len, struct tr_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    enum tr_status st = TR_OK;
    struct tr_buf b;

    if (!f)
        return tr_fail(err, TR_ENOINPUT, "cannot read '%s': %s", path,
                       strerror(errno));
    tr_buf_init(&b, limit);
    for (;;) {
        unsigned char chunk[16384];
        size_t n = fread(chunk, 1, sizeof chunk, f);

        tr_buf_add(&b, chunk, n);
        if (n < sizeof chunk)
            break;
    }
    if (ferror(f))
        st = tr_fail(err, TR_ENOINPUT, "cannot read '%s': %s", path,
                     strerror(errno));
    if (!st)
        st = tr_buf_status(&b, path, err);
    if (!st) {
        *text = tr_arena_text(a, (const char *)b.data, b.len);
        *len = b.len;
        if (!*text)
            st = tr_fail(err, TR_ENOMEM, "no memory left for '%s'", path);
    }
    tr_buf_clear(&b);
    if (!is_stdin)
        fclose(f);
    return st;
}

void cli_note(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (cli->quiet)
        return;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}
