/* zone_rule.c - see zone_rule.h */
#include "base/zone_rule.h"

#include <string.h>

#include "terrier/date.h"

#define DAY_SECONDS 86400

enum day_form { MONTH_WEEK_DAY, DAY_WITHOUT_LEAP, DAY_WITH_LEAP };

/* When the clocks change each year. */
struct change {
    enum day_form form;
    int month, week, day; /* week 5 is the last; day 0 is Sunday */
    int time;             /* seconds after midnight, by the clock before it */
};

static bool read_int(const char **s, int most, int *out)
{
    int v = 0;

    if (**s < '0' || **s > '9')
        return false;
    for (; **s >= '0' && **s <= '9'; (*s)++) {
        v = v * 10 + (**s - '0');
        if (v > most)
            return false;
    }
    *out = v;
    return true;
}

static bool read_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

/* A zone's short name: letters, or anything within < and >. */
static bool read_name(const char **s)
{
    size_t n;

    if (read_char(s, '<')) {
        n = strcspn(*s, ">");
        *s += n;
        return n > 0 && read_char(s, '>');
    }
    n = 0;
    while (((*s)[n] | 0x20) >= 'a' && ((*s)[n] | 0x20) <= 'z')
        n++;
    *s += n;
    return n > 0;
}

/* [+-]hh[:mm[:ss]] as seconds; RFC 8536 allows up to 167 hours. */
static bool read_time(const char **s, int *out)
{
    int sign = **s == '-' ? -1 : 1;
    int hours;
    int minutes = 0;
    int seconds = 0;

    if (**s == '-' || **s == '+')
        (*s)++;
    if (!read_int(s, 167, &hours))
        return false;
    if (read_char(s, ':')) {
        if (!read_int(s, 59, &minutes))
            return false;
        if (read_char(s, ':') && !read_int(s, 59, &seconds))
            return false;
    }
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool read_change(const char **s, struct change *c)
{
    *c = (struct change){ .form = DAY_WITH_LEAP, .time = 2 * 3600 };
    if (read_char(s, 'M')) {
        c->form = MONTH_WEEK_DAY;
        if (!read_int(s, 12, &c->month) || !read_char(s, '.') ||
            !read_int(s, 5, &c->week) || !read_char(s, '.') ||
            !read_int(s, 6, &c->day) || c->month < 1 || c->week < 1)
            return false;
    } else {
        if (read_char(s, 'J'))
            c->form = DAY_WITHOUT_LEAP;
        if (!read_int(s, c->form == DAY_WITH_LEAP ? 365 : 366, &c->day))
            return false;
        if (c->form == DAY_WITHOUT_LEAP && c->day < 1)
            return false;
    }
    return !read_char(s, '/') || read_time(s, &c->time);
}

/* The change's moment in `year`, by the clock before it, as if that were UTC.
 */
static int64_t moment_of(const struct change *c, int year)
{
    int32_t day = tr_date_make(year, 1, 1);

    if (c->form == DAY_WITH_LEAP) {
        day += c->day;
    } else if (c->form == DAY_WITHOUT_LEAP) {
        day += c->day - 1;
        day += c->day >= 60 && tr_date_valid(year, 2, 29);
    } else {
        int32_t first = tr_date_make(year, c->month, 1);
        int32_t next = c->month == 12 ? tr_date_make(year, 12, 31) + 1
                                      : tr_date_make(year, c->month + 1, 1);
        int weekday = (int)(((int64_t)first + 4) % 7); /* 1970: a Thursday */

        if (weekday < 0)
            weekday += 7;
        day = first + (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
        if (day >= next)
            day -= 7;
    }
    return (int64_t)day * DAY_SECONDS + c->time;
}

static int year_of(int64_t instant)
{
    int year;
    int month;
    int day;

    tr_date_split((int32_t)(instant / DAY_SECONDS), &year, &month, &day);
    return year;
}

static bool is_summer(const struct change *start, const struct change *end,
                      int winter_offset, int summer_offset, int64_t instant)
{
    int year = year_of(instant + winter_offset);
    int64_t from = moment_of(start, year) - winter_offset;
    int64_t to = moment_of(end, year) - summer_offset;

    if (from < to)
        return instant >= from && instant < to;
    return instant >= from || instant < to; /* south of the equator */
}

bool zone_rule_offset(const char *rule, int64_t instant, int *out)
{
    struct change start;
    struct change end;
    int west;
    int winter;
    int summer;

    /* POSIX counts an offset as positive to the west. */
    if (!read_name(&rule) || !read_time(&rule, &west))
        return false;
    winter = -west;
    if (!*rule) {
        *out = winter;
        return true;
    }
    if (!read_name(&rule))
        return false;
    summer = winter + 3600;
    if (*rule != ',') {
        if (!read_time(&rule, &west))
            return false;
        summer = -west;
    }
    if (!read_char(&rule, ',') || !read_change(&rule, &start) ||
        !read_char(&rule, ',') || !read_change(&rule, &end) || *rule)
        return false;
    *out = is_summer(&start, &end, winter, summer, instant) ? summer : winter;
    return true;
}
