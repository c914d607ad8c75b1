/*
 * windows_1252.h - the encoding in which spreadsheets on Windows save text.
 */
#ifndef BASE_WINDOWS_1252_H
#define BASE_WINDOWS_1252_H

#include <stddef.h>

/* No byte becomes more than three bytes of UTF-8. */
#define WINDOWS_1252_GROWTH 3

/* Write `len` bytes as UTF-8 to `out`, which has room for three times as many;
 * returns how many were written. A byte without a meaning becomes U+FFFD. */
size_t windows_1252_to_utf_8(const char *s, size_t len, char *out);

#endif
