/*
 * date.h - civil dates and instants.
 *
 * A civil date is an int32 count of days since 1970-01-01 in the proleptic
 * Gregorian calendar. An instant is UTC, RFC 3339 with Z, in seconds since
 * 1970. Years are 0 to 9999. No function here looks at the locale or the
 * process's time zone.
 */
#ifndef TR_DATE_H
#define TR_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "terrier/status.h"

#define TR_DATE_TEXT    11 /* "2026-11-22" and its NUL */
#define TR_INSTANT_TEXT 21 /* "2026-11-22T10:21:00Z" and its NUL */

int32_t tr_date_make(int year, int month, int day); /* must be a real date */
bool tr_date_valid(int year, int month, int day);
void tr_date_split(int32_t date, int *year, int *month, int *day);

/* Read a whole string. `order` is one of "yyyy-mm-dd", "dd/mm/yyyy",
 * "mm/dd/yyyy", "dd-mmm-yyyy" (English months, any case), "yyyymmdd". Day and
 * month may have one digit beside / and before a month's name; the year has
 * four. A time of day after an ISO date (T or space) is accepted and dropped.
 * False when it is not such a date. */
bool tr_date_parse(const char *s, const char *order, int32_t *out);
bool tr_date_order_known(const char *order);
/* A date before 0000-01-01 or after 9999-12-31 is written as that day. */
void tr_date_text(int32_t date, char out[TR_DATE_TEXT]);

/* RFC 3339, with Z or a numeric offset; a fraction of a second is dropped. */
bool tr_instant_parse(const char *s, int64_t *out);
void tr_instant_text(int64_t seconds, char out[TR_INSTANT_TEXT]);
int64_t tr_instant_now(void);

/* The date in an IANA time zone such as "Europe/London" at an instant, read
 * from the system's zone files (package tzdata) without touching TZ; "UTC"
 * needs no file. Fails with TR_ECONFIG for a zone that is not there. */
enum tr_status tr_date_in_zone(const char *zone, int64_t instant, int32_t *out,
                               struct tr_error *err);

/* The same for the present moment. */
enum tr_status tr_date_today(const char *zone, int32_t *out,
                             struct tr_error *err);

#endif
