/* windows_1252.c - see windows_1252.h */
#include "base/windows_1252.h"

#include <stdint.h>

/* What 0x80 to 0x9F mean; all other bytes are their own code point. */
static const uint16_t middle[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
    0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

size_t windows_1252_to_utf_8(const char *s, size_t len, char *out)
{
    char *to = out;

    for (size_t i = 0; i < len; i++) {
        unsigned c = (unsigned char)s[i];

        if (c >= 0x80 && c < 0xA0)
            c = middle[c - 0x80];
        if (c < 0x80) {
            *to++ = (char)c;
        } else if (c < 0x800) {
            *to++ = (char)(0xC0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3F));
        } else {
            *to++ = (char)(0xE0 | c >> 12);
            *to++ = (char)(0x80 | (c >> 6 & 0x3F));
            *to++ = (char)(0x80 | (c & 0x3F));
        }
    }
    return (size_t)(to - out);
}
