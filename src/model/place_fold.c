/* place_fold.c - see place_fold.h */
#include "model/place_fold.h"

#include <stdbool.h>
#include <string.h>

#include "terrier/text.h"

/* The bytes of the apostrophe or the white space at `s`, or 0. */
static size_t apostrophe(const char *s)
{
    static const char *const kinds[] = { "\xE2\x80\x98", "\xE2\x80\x99",
                                         "\xCA\xBC", "`", "\xC2\xB4" };

    if (!((unsigned char)*s & 0x80) && *s != '`')
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);

        if (strncmp(s, kinds[i], n) == 0)
            return n;
    }
    return 0;
}

/* A character is white space when nothing of it survives a trim. */
static size_t space(const char *s)
{
    char one[5] = { s[0] };
    size_t n = 1;
    size_t left;

    if (*s > ' ' && *s < 0x7F)
        return 0;

    while (n < 4 && ((unsigned char)s[n] & 0xC0) == 0x80) {
        one[n] = s[n];
        n++;
    }
    tr_text_trim(one, &left);
    return left == 0 ? n : 0;
}

/* Most names are plain; a table of Unicode is not asked for them. */
static char *fold_case(struct tr_arena *a, const char *s)
{
    size_t n = 0;

    while (s[n] && !((unsigned char)s[n] & 0x80))
        n++;
    if (s[n])
        return tr_text_fold_case(a, s);

    char *copy = tr_arena_text(a, s, n);

    for (char *c = copy; c && *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return copy;
}

char *place_fold(struct tr_arena *a, const char *s)
{
    char *folded = fold_case(a, s);
    char *to = folded;
    bool after_space = false;

    if (!folded)
        return NULL;
    for (const char *p = folded; *p;) {
        size_t quote = apostrophe(p);
        size_t blank = quote ? 0 : space(p);

        if (quote)
            *to++ = '\'';
        else if (blank && !after_space)
            *to++ = ' ';
        else if (!blank)
            *to++ = *p;
        after_space = blank != 0;
        p += quote ? quote : blank ? blank : 1;
    }
    *to = '\0';
    return folded;
}
