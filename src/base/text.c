/* text.c - checking, normalising and trimming. See terrier/text.h. */
#include "terrier/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/windows_1252.h"

/* How many bytes at the start are ASCII and not NUL; eight at a time. */
static size_t ascii_run(const char *s, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high = UINT64_C(0x8080808080808080);
    size_t i = 0;
    uint64_t w;

    for (; len - i >= sizeof w; i += sizeof w) {
        memcpy(&w, s + i, sizeof w);
        if ((w | (w - ones)) & high)
            break;
    }
    while (i < len && s[i] && !((unsigned char)s[i] & 0x80))
        i++;
    return i;
}

/* The length of the multi-byte character at `s`, or 0 when it is not one:
 * table 3-7 of the Unicode Standard, well-formed byte sequences. */
static size_t character_length(const unsigned char *s, size_t len)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (s[0] < 0xC2 || s[0] > 0xF4 || n > len)
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    }
    return n;
}

size_t tr_text_valid(const char *s, size_t len)
{
    size_t i = 0;

    for (;;) {
        i += ascii_run(s + i, len - i);
        if (i == len)
            return len;

        size_t n = character_length((const unsigned char *)s + i, len - i);

        if (!n)
            return i;
        i += n;
    }
}

char *tr_text_from_windows_1252(struct tr_arena *a, const char *s, size_t len)
{
    if (len > SIZE_MAX / WINDOWS_1252_GROWTH - 1)
        return NULL;

    size_t plain = ascii_run(s, len);

    if (plain == len)
        return tr_arena_text(a, s, len);

    char *out =
        tr_arena_alloc(a, plain + (len - plain) * WINDOWS_1252_GROWTH + 1);

    if (out)
        windows_1252_to_utf_8(s, len, out);
    return out;
}

static char *map(struct tr_arena *a, const char *s, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)s, 0, &mapped,
                     UTF8PROC_NULLTERM | UTF8PROC_STABLE | options);
    char *out =
        n < 0 ? NULL : tr_arena_text(a, (const char *)mapped, (size_t)n);

    free(mapped);
    return out;
}

/* Sets `*len` to the length either way. */
static bool is_ascii(const char *s, size_t *len)
{
    *len = strlen(s);
    return ascii_run(s, *len) == *len;
}

char *tr_text_nfc(struct tr_arena *a, const char *s)
{
    size_t len;

    if (is_ascii(s, &len))
        return tr_arena_text(a, s, len);
    return map(a, s, UTF8PROC_COMPOSE);
}

char *tr_text_fold_case(struct tr_arena *a, const char *s)
{
    size_t len;

    if (!is_ascii(s, &len))
        return map(a, s, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);

    char *out = tr_arena_text(a, s, len);

    for (size_t i = 0; out && i < len; i++) {
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    }
    return out;
}

char *tr_text_fold_accents(struct tr_arena *a, const char *s)
{
    size_t len;

    if (is_ascii(s, &len))
        return tr_arena_text(a, s, len);
    return map(a, s, UTF8PROC_COMPOSE | UTF8PROC_STRIPMARK);
}

char *tr_text_upper(struct tr_arena *a, const char *s)
{
    size_t len = strlen(s);
    /* A character of two bytes or more becomes one of four at most. */
    char *out = len < SIZE_MAX / 2 ? tr_arena_alloc(a, len * 2 + 1) : NULL;
    char *to = out;

    for (const char *p = s; out && *p;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)p, -1, &c);

        if (n <= 0)
            return NULL;
        p += n;
        to += utf8proc_encode_char(utf8proc_toupper(c), (utf8proc_uint8_t *)to);
    }
    return out;
}

static bool is_space(utf8proc_int32_t c)
{
    switch (c) {
    case ' ':
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
    case 0xFEFF: /* a byte order mark in the middle of a file */ return true;
    default: return (c >= '\t' && c <= '\r') || (c >= 0x2000 && c <= 0x200B);
    }
}

/* The length of the space at `s`, or 0. */
static size_t space_at(const char *s, size_t len)
{
    utf8proc_int32_t c = 0;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s,
                                          (utf8proc_ssize_t)len, &c);

    return n > 0 && is_space(c) ? (size_t)n : 0;
}

static bool is_print(char c)
{
    return c > ' ' && c < 0x7F;
}

const char *tr_text_trim(const char *s, size_t *len)
{
    const char *end = s + strlen(s);
    size_t n;

    if (s < end && is_print(*s) && is_print(end[-1])) { /* by far the most */
        *len = (size_t)(end - s);
        return s;
    }
    while (s < end && (n = space_at(s, (size_t)(end - s))) > 0)
        s += n;
    while (s < end) {
        const char *last = end - 1;

        while (last > s && ((unsigned char)*last & 0xC0) == 0x80)
            last--;
        if (!space_at(last, (size_t)(end - last)))
            break;
        end = last;
    }
    *len = (size_t)(end - s);
    return s;
}
