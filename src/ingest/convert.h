/*
 * convert.h - one supplied text to one typed value, and the repairs that change
 * only the form of a postcode or a UPRN.
 *
 * Nothing here is lenient in silence: what is not clearly a value of its type
 * is refused, with the word that planning.data.gov.uk has for it.
 */
#ifndef INGEST_CONVERT_H
#define INGEST_CONVERT_H

#include "ingest/profile.h"

/* Is `code` one of the codes, which are separated by spaces? */
bool convert_in_codes(const char *codes, const char *code);

/* Read `text` (trimmed, not empty) as the field's type, after its `before`
 * and `values` were applied. Texts and lists may point into `text` or the
 * arena. NULL when all is well (out->present may still be false: a value mapped
 * to none), else the type of issue. A full arena is "no memory". */
const char *convert_value(const struct profile *p,
                          const struct profile_field *f, const char *text,
                          struct tr_arena *a, struct tr_value *out);

#define CONVERT_POSTCODE 9 /* "SW1A 1AA" and its NUL */

enum convert_postcode {
    CONVERT_FULL,    /* a whole postcode, in normal form */
    CONVERT_OUTWARD, /* only its first half */
    CONVERT_REFUSED
};

/* "m32 0th " -> "M32 0TH"; "M33" is an outward code. With `*repaired` set a
 * letter was read as the digit that its place demands (O as 0, I and L as 1).
 */
enum convert_postcode
convert_postcode(const char *text, char out[CONVERT_POSTCODE], bool *repaired);

/* The first half of a postcode in normal form, or of an outward code. */
void convert_outward(const char *postcode, char out[CONVERT_POSTCODE]);

#define CONVERT_UPRN 13

/* One to twelve digits, leading zeros dropped. Refused are 0 and what a
 * spreadsheet has made a number of ("1.00013E+11", "100013000000.0"). */
bool convert_uprn(const char *text, char out[CONVERT_UPRN]);

/* Decimals written: "-2.345" has 3. */
int convert_decimals(const char *number);

/* A number, with a decimal comma where the profile says so. */
bool convert_number(const struct profile *p, const char *text, double *out);

#endif
