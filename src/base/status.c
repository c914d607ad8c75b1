/* status.c - see terrier/status.h */
#include "terrier/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[TR_STATUS_COUNT] = {
    [TR_OK] = "ok",
    [TR_EINVAL] = "invalid request",
    [TR_EDATA] = "invalid data",
    [TR_ECONFIG] = "invalid configuration",
    [TR_ENOTFOUND] = "not found",
    [TR_ENOINPUT] = "no input",
    [TR_EDENIED] = "not permitted",
    [TR_ELIMIT] = "too large",
    [TR_EBUSY] = "busy",
    [TR_ECREATE] = "cannot create",
    [TR_EIO] = "input or output failed",
    [TR_ENOMEM] = "out of memory",
    [TR_EBACKEND] = "backend error",
};

/* Cut a message that filled its buffer back to a whole UTF-8 character. */
static void trim_partial_character(char *s, size_t size)
{
    size_t n = strlen(s);

    if (n + 1 < size)
        return;
    while (n > 0 && ((unsigned char)s[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && ((unsigned char)s[n - 1] & 0x80))
        n--;
    s[n] = '\0';
}

enum tr_status tr_fail(struct tr_error *err, enum tr_status code,
                       const char *fmt, ...)
{
    if (err) {
        va_list ap;

        err->code = code;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        trim_partial_character(err->msg, sizeof err->msg);
    }
    return code;
}

/* As much of `more` as there is room for. */
static void append(char *s, size_t size, const char *more)
{
    size_t n = strlen(s);
    size_t room = size - 1 - n;
    size_t len = strlen(more);

    if (len > room)
        len = room;
    memcpy(s + n, more, len);
    s[n + len] = '\0';
}

enum tr_status tr_fail_at(struct tr_error *err, enum tr_status code,
                          const char *fmt, ...)
{
    if (err) {
        char inner[sizeof err->msg];
        char where[sizeof err->msg] = "";
        va_list ap;

        memcpy(inner, err->msg, sizeof inner);
        va_start(ap, fmt);
        vsnprintf(where, sizeof where, fmt, ap);
        va_end(ap);
        /* `where` wins the space: an unplaced message helps nobody. */
        err->code = code;
        memcpy(err->msg, where, sizeof err->msg);
        append(err->msg, sizeof err->msg, ": ");
        append(err->msg, sizeof err->msg, inner);
        trim_partial_character(err->msg, sizeof err->msg);
    }
    return code;
}

const char *tr_status_name(enum tr_status code)
{
    return (unsigned)code < TR_STATUS_COUNT ? names[code] : "unknown status";
}
