/* range.c - see range.h */
#include "http/range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "terrier/text.h"

/* Digits, and nothing else, up to `len`. */
static bool read_number(const char *s, size_t len, uint64_t *out)
{
    uint64_t v = 0;

    if (!len || len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s[i] - '0');
    }
    *out = v;
    return true;
}

/* A weak tag, or a date, says too little to go on with a file by. */
static bool is_same(const char *if_range, const char *etag)
{
    size_t n = strlen(etag);

    return *if_range == '"' && strncmp(if_range + 1, etag, n) == 0 &&
           strcmp(if_range + 1 + n, "\"") == 0;
}

enum range range_read(const char *range, const char *if_range, const char *etag,
                      uint64_t size, uint64_t *first, uint64_t *len)
{
    uint64_t from, to = UINT64_MAX;
    const char *dash;
    size_t to_len;

    if (!range || strncasecmp(range, "bytes=", 6) != 0 ||
        (if_range && !is_same(if_range, etag)))
        return RANGE_WHOLE;
    range += 6;
    dash = strchr(range, '-');
    if (!dash)
        return RANGE_WHOLE;
    to_len = strlen(dash + 1);
    if (to_len && !read_number(dash + 1, to_len, &to))
        return RANGE_WHOLE;
    if (dash == range) { /* the last so many bytes */
        if (!to_len)
            return RANGE_WHOLE;
        from = to < size ? size - to : 0;
        if (!to || !size)
            return RANGE_NONE;
        to = size - 1;
    } else if (!read_number(range, (size_t)(dash - range), &from) ||
               to < from) {
        return RANGE_WHOLE;
    }
    if (from >= size)
        return RANGE_NONE;
    *first = from;
    *len = (to < size ? to : size - 1) - from + 1;
    return RANGE_PART;
}
