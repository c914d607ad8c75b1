/* text_match.c - LIKE, nearest names, strict numbers. See terrier/text.h. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "terrier/text.h"

#define NEAREST_MAX 64 /* bytes; no name of ours is longer */

static size_t char_length(const char *s)
{
    size_t n = 1;

    while (((unsigned char)s[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* When a character does not match, only the last % can be stretched: what an
 * earlier one could reach, the last one can reach too. Hence no recursion. */
bool tr_text_like(const char *s, const char *pattern)
{
    const char *after_percent = NULL;
    const char *stretched = NULL;

    while (*s) {
        if (*pattern == '%') {
            after_percent = ++pattern;
            stretched = s;
            continue;
        }
        if (*pattern == '_') {
            pattern++;
            s += char_length(s);
            continue;
        }

        const char *literal = pattern + (pattern[0] == '\\' && pattern[1]);

        if (*literal && *literal == *s) {
            pattern = literal + 1;
            s++;
        } else if (after_percent) {
            pattern = after_percent;
            stretched += char_length(stretched);
            s = stretched;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return !*pattern;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t d = a < b ? a : b;

    return d < c ? d : c;
}

/* Levenshtein's distance over bytes, ASCII case apart. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t row[NEAREST_MAX + 1];

    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t changed = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));

            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, changed);
        }
    }
    return row[n_b];
}

const char *tr_text_nearest(const char *s, const char *const *names, size_t n)
{
    size_t len = strlen(s);
    size_t best = (len + 2) / 3 + 1; /* a third, rounded up, is still near */
    const char *nearest = NULL;

    if (len > NEAREST_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t n_name = strlen(names[i]);

        if (n_name > NEAREST_MAX)
            continue;

        size_t d = distance(s, len, names[i], n_name);

        if (d < best && d < n_name) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

bool tr_text_to_int(const char *s, long long *out)
{
    const char *d = s + (*s == '-');
    size_t n = digits(d);

    if (!n || d[n])
        return false;
    errno = 0;

    long long v = strtoll(s, NULL, 10);

    if (errno == ERANGE)
        return false;
    *out = v;
    return true;
}

/* [-] digits [. digits] [e [+-] digits], with a digit on either side of a dot.
 */
static bool is_number(const char *s)
{
    size_t n;

    s += *s == '-';
    n = digits(s);
    if (!n)
        return false;
    s += n;
    if (*s == '.') {
        n = digits(++s);
        if (!n)
            return false;
        s += n;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        n = digits(s);
        if (!n)
            return false;
        s += n;
    }
    return !*s;
}

/* The common number has at most 15 digits and no exponent: then both the
 * digits and the power of ten are exact doubles, and one division rounds once.
 */
static bool read_short(const char *s, double *out)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3, 1e4,  1e5,
                                     1e6,  1e7,  1e8,  1e9, 1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15 };
    bool is_negative = *s == '-';
    uint64_t v = 0;
    size_t n_digits = 0;
    size_t n_decimals = 0;
    bool after_dot = false;

    for (s += is_negative; *s; s++) {
        if (*s == '.') {
            after_dot = true;
            continue;
        }
        if (*s < '0' || *s > '9' || ++n_digits > 15)
            return false;
        v = v * 10 + (uint64_t)(*s - '0');
        n_decimals += after_dot;
    }
    *out = (double)v / powers[n_decimals];
    if (is_negative)
        *out = -*out;
    return true;
}

bool tr_text_to_number(const char *s, double *out)
{
    double v;

    if (!is_number(s))
        return false;
    if (!read_short(s, &v))
        v = number_read(s);
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}
