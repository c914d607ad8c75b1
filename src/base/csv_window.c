/* csv_window.c - see csv_window.h */
#include "base/csv_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/windows_1252.h"

#define BLOCK     ((size_t)256 * 1024)
#define RAW_BLOCK ((size_t)16 * 1024)

/* At most `room` bytes as they are in the source; 0 at its end, -1 on failure.
 */
static ssize_t read_raw(struct csv_window *w, char *to, size_t room)
{
    ssize_t n;

    if (w->fd < 0) {
        size_t take = w->n_bytes < room ? w->n_bytes : room;

        if (take)
            memcpy(to, w->bytes, take);
        w->bytes += take;
        w->n_bytes -= take;
        return (ssize_t)take;
    }
    do
        n = read(w->fd, to, room);
    while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t read_as_utf_8(struct csv_window *w, char *to, size_t room)
{
    char raw[RAW_BLOCK];

    if (w->encoding == TR_UTF_8)
        return read_raw(w, to, room);
    room /= WINDOWS_1252_GROWTH;

    ssize_t n = read_raw(w, raw, room < sizeof raw ? room : sizeof raw);

    return n <= 0 ? n : (ssize_t)windows_1252_to_utf_8(raw, (size_t)n, to);
}

static enum tr_status make_room(struct csv_window *w, struct tr_error *err)
{
    size_t kept = w->end - w->at;

    if (w->at && kept)
        memmove(w->data, w->data + w->at, kept);
    w->at = 0;
    w->end = kept;
    if (w->size - kept >= BLOCK / 2)
        return TR_OK;

    size_t size = kept < BLOCK / 2 ? BLOCK : kept * 2;
    char *data = realloc(w->data, size + 1);

    if (!data)
        return tr_fail(err, TR_ENOMEM, "no memory left to read %s", w->name);
    w->data = data;
    w->size = size;
    return TR_OK;
}

enum tr_status csv_window_fill(struct csv_window *w, struct tr_error *err)
{
    enum tr_status st = make_room(w, err);

    if (st)
        return st;

    ssize_t n = read_as_utf_8(w, w->data + w->end, w->size - w->end);

    if (n < 0)
        return tr_fail(err, errno == EISDIR ? TR_ENOINPUT : TR_EIO,
                       "reading %s failed: %s", w->name, strerror(errno));
    w->ended = n == 0;
    w->end += (size_t)n;
    return TR_OK;
}

static bool begins(const struct csv_window *w, const char *mark)
{
    size_t n = strlen(mark);

    return w->end - w->at >= n && memcmp(w->data + w->at, mark, n) == 0;
}

static enum tr_status check_start(struct csv_window *w, struct tr_error *err)
{
    if (w->encoding == TR_WINDOWS_1252) {
        /* The UTF-8 mark, as it looks after it was read as Windows-1252. */
        if (begins(w, "\xC3\xAF\xC2\xBB\xC2\xBF"))
            return tr_fail(err, TR_EDATA,
                           "%s begins with the mark of UTF-8; "
                           "say encoding: utf-8",
                           w->name);
    } else if (begins(w, "\xEF\xBB\xBF")) {
        w->at += 3;
    } else if (begins(w, "\xFF\xFE") || begins(w, "\xFE\xFF")) {
        return tr_fail(err, TR_EDATA, "%s is UTF-16; save it as UTF-8",
                       w->name);
    }
    if (w->at == w->end)
        return tr_fail(err, TR_EDATA, "%s is empty", w->name);
    if (memchr(w->data, '\0', w->end))
        return tr_fail(err, TR_EDATA,
                       "%s is not text; if it is a spreadsheet, save it as "
                       "CSV (UTF-8)",
                       w->name);
    return TR_OK;
}

enum tr_status csv_window_start(struct csv_window *w, struct tr_error *err)
{
    enum tr_status st;

    /* A pipe may give a byte at a time; the marks need a few. */
    do
        st = csv_window_fill(w, err);
    while (!st && !w->ended && w->end < 16);
    return st ? st : check_start(w, err);
}

void csv_window_clear(struct csv_window *w)
{
    if (w->fd >= 0)
        close(w->fd);
    free(w->data);
    *w = (struct csv_window){ .fd = -1 };
}
