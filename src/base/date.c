/* date.c - civil dates and instants. See terrier/date.h. */
#include "terrier/date.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400

/* A date's parts while it is read; day and month from 1. */
struct parts {
    int year, month, day;
};

/* Days from civil and back: Howard Hinnant, "chrono-compatible low-level date
 * algorithms". The year begins in March, so that the leap day is its last. */
int32_t tr_date_make(int year, int month, int day)
{
    assert(tr_date_valid(year, month, day));

    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void tr_date_split(int32_t date, int *year, int *month, int *day)
{
    int64_t z = (int64_t)date + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = (int)(z - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                       day_of_era / 146096) /
                      365;
    int day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int m = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + (int)era * 400 + (*month <= 2);
}

bool tr_date_valid(int year, int month, int day)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

/* `least` to `most` digits at `*s`, which moves past them. */
static bool take_digits(const char **s, int least, int most, int *out)
{
    int v = 0;
    int n = 0;

    for (; n < most && **s >= '0' && **s <= '9'; n++, (*s)++)
        v = v * 10 + (**s - '0');
    if (n < least)
        return false;
    *out = v;
    return true;
}

static bool take(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool take_fraction(const char **s)
{
    int digit;

    if (!take(s, '.'))
        return true;
    if (!take_digits(s, 1, 1, &digit))
        return false;
    while (take_digits(s, 1, 1, &digit))
        ;
    return true;
}

/* Z or +hh:mm or -hh:mm, as seconds east of UTC. */
static bool take_offset(const char **s, int *out)
{
    int hours;
    int minutes;
    int sign = **s == '-' ? -1 : 1;

    if (take(s, 'Z') || take(s, 'z')) {
        *out = 0;
        return true;
    }
    if (!take(s, '+') && !take(s, '-'))
        return false;
    if (!take_digits(s, 2, 2, &hours) || !take(s, ':') ||
        !take_digits(s, 2, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *out = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* hh:mm[:ss[.fraction]], as seconds; a leap second counts as the next one. */
static bool take_time(const char **s, bool need_seconds, int *out)
{
    int hours;
    int minutes;
    int seconds = 0;

    if (!take_digits(s, 2, 2, &hours) || !take(s, ':') ||
        !take_digits(s, 2, 2, &minutes))
        return false;
    if (take(s, ':')) {
        if (!take_digits(s, 2, 2, &seconds) || !take_fraction(s))
            return false;
    } else if (need_seconds) {
        return false;
    }
    *out = hours * 3600 + minutes * 60 + seconds;
    return hours <= 23 && minutes <= 59 && seconds <= 60;
}

static bool take_iso_date(const char **s, struct parts *p)
{
    return take_digits(s, 4, 4, &p->year) && take(s, '-') &&
           take_digits(s, 2, 2, &p->month) && take(s, '-') &&
           take_digits(s, 2, 2, &p->day);
}

static bool read_iso(const char *s, struct parts *p)
{
    int ignored;

    if (!take_iso_date(&s, p))
        return false;
    if (take(&s, 'T') || take(&s, ' ')) {
        if (!take_time(&s, false, &ignored))
            return false;
        if (*s && !take_offset(&s, &ignored))
            return false;
    }
    return !*s;
}

static bool read_day_first(const char *s, struct parts *p)
{
    return take_digits(&s, 1, 2, &p->day) && take(&s, '/') &&
           take_digits(&s, 1, 2, &p->month) && take(&s, '/') &&
           take_digits(&s, 4, 4, &p->year) && !*s;
}

static bool read_month_first(const char *s, struct parts *p)
{
    return take_digits(&s, 1, 2, &p->month) && take(&s, '/') &&
           take_digits(&s, 1, 2, &p->day) && take(&s, '/') &&
           take_digits(&s, 4, 4, &p->year) && !*s;
}

static bool take_month_name(const char **s, int *out)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int month = 1; month <= 12; month++) {
        const char *name = names + (size_t)(month - 1) * 3;
        int i = 0;

        while (i < 3 && ((*s)[i] | 0x20) == name[i])
            i++;
        if (i == 3) {
            *s += 3;
            *out = month;
            return true;
        }
    }
    return false;
}

static bool read_month_name(const char *s, struct parts *p)
{
    return take_digits(&s, 1, 2, &p->day) && take(&s, '-') &&
           take_month_name(&s, &p->month) && take(&s, '-') &&
           take_digits(&s, 4, 4, &p->year) && !*s;
}

static bool read_compact(const char *s, struct parts *p)
{
    return take_digits(&s, 4, 4, &p->year) &&
           take_digits(&s, 2, 2, &p->month) && take_digits(&s, 2, 2, &p->day) &&
           !*s;
}

static const struct order {
    const char *name;
    bool (*read)(const char *s, struct parts *p);
} orders[] = {
    { "yyyy-mm-dd", read_iso },         { "dd/mm/yyyy", read_day_first },
    { "mm/dd/yyyy", read_month_first }, { "dd-mmm-yyyy", read_month_name },
    { "yyyymmdd", read_compact },
};

static const struct order *find_order(const char *name)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (strcmp(orders[i].name, name) == 0)
            return &orders[i];
    }
    return NULL;
}

bool tr_date_order_known(const char *order)
{
    return find_order(order) != NULL;
}

bool tr_date_parse(const char *s, const char *order, int32_t *out)
{
    const struct order *o = find_order(order);
    struct parts p;

    if (!o || !o->read(s, &p) || !tr_date_valid(p.year, p.month, p.day))
        return false;
    *out = tr_date_make(p.year, p.month, p.day);
    return true;
}

static void write_digits(char *to, int n, int v)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        to[i] = (char)('0' + v % 10);
}

void tr_date_text(int32_t date, char out[TR_DATE_TEXT])
{
    const int32_t first = -719528; /* 0000-01-01 */
    const int32_t last = 2932896;  /* 9999-12-31 */
    int year;
    int month;
    int day;

    tr_date_split(date < first  ? first
                  : date > last ? last
                                : date,
                  &year, &month, &day);
    memcpy(out, "0000-00-00", TR_DATE_TEXT);
    write_digits(out, 4, year);
    write_digits(out + 5, 2, month);
    write_digits(out + 8, 2, day);
}

bool tr_instant_parse(const char *s, int64_t *out)
{
    struct parts p;
    int time_of_day;
    int offset;

    if (!take_iso_date(&s, &p) || !tr_date_valid(p.year, p.month, p.day))
        return false;
    if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
        return false;
    if (!take_time(&s, true, &time_of_day) || !take_offset(&s, &offset) || *s)
        return false;
    *out = (int64_t)tr_date_make(p.year, p.month, p.day) * DAY_SECONDS +
           time_of_day - offset;
    return true;
}

void tr_instant_text(int64_t seconds, char out[TR_INSTANT_TEXT])
{
    int64_t day = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    int rest = (int)(seconds - day * DAY_SECONDS);

    assert(day >= INT32_MIN && day <= INT32_MAX);
    tr_date_text((int32_t)day, out);
    memcpy(out + 10, "T00:00:00Z", 11);
    write_digits(out + 11, 2, rest / 3600);
    write_digits(out + 14, 2, rest / 60 % 60);
    write_digits(out + 17, 2, rest % 60);
}

int64_t tr_instant_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

enum tr_status tr_date_today(const char *zone, int32_t *out,
                             struct tr_error *err)
{
    return tr_date_in_zone(zone, tr_instant_now(), out, err);
}
