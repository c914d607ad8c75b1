/*
 * text.h - UTF-8 text: checking, normalising, comparing.
 *
 * Text inside Terrier is valid UTF-8 in normal form C. Order is the order of
 * the bytes, everywhere, whatever the locale. Results live in the arena given;
 * a NULL result means that the arena is full.
 */
#ifndef TR_TEXT_H
#define TR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "terrier/arena.h"

/* Offset of the first byte that is not valid UTF-8 (overlong forms, surrogates
 * and U+0000 included), or `len` when all is well. */
size_t tr_text_valid(const char *s, size_t len);

/* Windows-1252 bytes as UTF-8. The five bytes without a meaning become U+FFFD.
 */
char *tr_text_from_windows_1252(struct tr_arena *a, const char *s, size_t len);

/* Normal form C / for comparing without case (full case folding, NFC) /
 * without accents (NFD, marks stripped, NFC). `s` is valid UTF-8. */
char *tr_text_nfc(struct tr_arena *a, const char *s);
char *tr_text_fold_case(struct tr_arena *a, const char *s);
char *tr_text_fold_accents(struct tr_arena *a, const char *s);
char *tr_text_upper(struct tr_arena *a, const char *s);

/* The part of `s` without white space at both ends; white space includes the
 * no-break space and the other Unicode spaces that spreadsheets leave behind.
 * Points into `s`; `*len` is its length in bytes. */
const char *tr_text_trim(const char *s, size_t *len);

/* SQL LIKE: % any run, _ one character, backslash takes the next literally.
 * Never slower than length x pattern. Both are valid UTF-8. */
bool tr_text_like(const char *s, const char *pattern);

/* The name among `n` names that is nearest to `s` by edit distance, or NULL
 * when none is within a third of its length: for "did you mean". */
const char *tr_text_nearest(const char *s, const char *const *names, size_t n);

/* A plain decimal integer or number that fills the whole string; no sign `+`,
 * no spaces, no hexadecimal, no inf or nan, whatever the locale. */
bool tr_text_to_int(const char *s, long long *out);
bool tr_text_to_number(const char *s, double *out);

#endif
