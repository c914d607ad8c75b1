/* buf.c - see terrier/buf.h */
#include "terrier/buf.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define MOST_DECIMALS 10

void tr_buf_init(struct tr_buf *b, size_t limit)
{
    *b = (struct tr_buf){ .limit = limit };
}

void tr_buf_clear(struct tr_buf *b)
{
    free(b->data);
    tr_buf_init(b, b->limit);
}

void tr_buf_reset(struct tr_buf *b)
{
    b->len = 0;
    b->failed = TR_OK;
}

unsigned char *tr_buf_room(struct tr_buf *b, size_t len)
{
    if (b->failed)
        return NULL;
    if (len > b->limit - b->len) {
        b->failed = TR_ELIMIT;
        return NULL;
    }

    size_t want = b->len + len;

    if (want > b->size) {
        size_t size = b->size ? b->size : 256;

        while (size < want)
            size = size > b->limit / 2 ? b->limit : size * 2;

        unsigned char *p = realloc(b->data, size);

        if (!p) {
            b->failed = TR_ENOMEM;
            return NULL;
        }
        b->data = p;
        b->size = size;
    }
    return b->data + b->len;
}

void tr_buf_add(struct tr_buf *b, const void *p, size_t len)
{
    unsigned char *to = len ? tr_buf_room(b, len) : NULL;

    if (to) {
        memcpy(to, p, len);
        b->len += len;
    }
}

void tr_buf_byte(struct tr_buf *b, unsigned char c)
{
    tr_buf_add(b, &c, 1);
}

void tr_buf_str(struct tr_buf *b, const char *s)
{
    tr_buf_add(b, s, strlen(s));
}

void tr_buf_printf(struct tr_buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);

    unsigned char *to = tr_buf_room(b, (size_t)n + 1);

    if (!to)
        return;
    va_start(ap, fmt);
    vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void tr_buf_int(struct tr_buf *b, int64_t v)
{
    char digits[24];
    char *p = digits + sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        *--p = '-';
    tr_buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

/* Digits after the point, with leading zeros: 52 in 3 places is "052". */
static void add_decimals(struct tr_buf *b, uint64_t v, size_t places)
{
    char s[MOST_DECIMALS];

    for (size_t i = places; i > 0; i--, v /= 10)
        s[i - 1] = (char)('0' + v % 10);
    tr_buf_add(b, s, places);
}

/* Try the fewest decimals first. Both digits / 10^places below are exact, so
 * their quotient is what a reader of the text gets: equal means that the text
 * reads back to `v`. Below 1e15 there is no other text of that length. */
static bool add_short_decimal(struct tr_buf *b, double v)
{
    static const double powers[MOST_DECIMALS + 1] = { 1e0, 1e1, 1e2, 1e3,
                                                      1e4, 1e5, 1e6, 1e7,
                                                      1e8, 1e9, 1e10 };

    if (v < 1e-4)
        return false;
    for (size_t places = 1; places <= MOST_DECIMALS; places++) {
        double digits = floor(v * powers[places] + 0.5);

        if (digits >= 1e15)
            return false;
        if (digits / powers[places] == v) {
            uint64_t all = (uint64_t)digits;
            uint64_t one = (uint64_t)powers[places];

            tr_buf_int(b, (int64_t)(all / one));
            tr_buf_byte(b, '.');
            add_decimals(b, all % one, places);
            return true;
        }
    }
    return false;
}

void tr_buf_number(struct tr_buf *b, double v)
{
    char s[NUMBER_TEXT];

    assert(isfinite(v));
    /* Below 2^53 a whole number is exact; -0 prints as 0. */
    if (fabs(v) < 9007199254740992.0 && v == floor(v)) {
        tr_buf_int(b, (int64_t)v);
        return;
    }
    if (v < 0) {
        tr_buf_byte(b, '-');
        v = -v;
    }
    if (add_short_decimal(b, v))
        return;
    number_write(v, s);
    tr_buf_str(b, s);
}

void tr_buf_deg7(struct tr_buf *b, int32_t deg_e7)
{
    uint32_t u = deg_e7 < 0 ? 0 - (uint32_t)deg_e7 : (uint32_t)deg_e7;
    uint32_t fraction = u % 10000000;
    char s[8];
    size_t n = 7;

    if (deg_e7 < 0)
        tr_buf_byte(b, '-');
    tr_buf_int(b, u / 10000000);
    if (!fraction)
        return;
    for (size_t i = 7; i > 0; i--, fraction /= 10)
        s[i - 1] = (char)('0' + fraction % 10);
    while (s[n - 1] == '0')
        n--;
    tr_buf_byte(b, '.');
    tr_buf_add(b, s, n);
}

const char *tr_buf_text(struct tr_buf *b)
{
    unsigned char *end = tr_buf_room(b, 1);

    if (!end)
        return NULL;
    *end = '\0';
    return (const char *)b->data;
}

enum tr_status tr_buf_status(const struct tr_buf *b, const char *what,
                             struct tr_error *err)
{
    if (b->failed == TR_ELIMIT)
        return tr_fail(err, TR_ELIMIT, "%s would exceed %zu bytes", what,
                       b->limit);
    if (b->failed)
        return tr_fail(err, b->failed, "no memory left for %s", what);
    return TR_OK;
}
