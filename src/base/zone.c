/* zone.c - the date in a time zone, from the system's zone files (TZif, RFC
 * 8536). Only the 64-bit block and the closing rule are used. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/zone_rule.h"
#include "terrier/date.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define FILE_MAX    65536 /* bytes; the largest zone has 4 KB */
#define HEADER      44
#define DAY_SECONDS 86400

/* One data block of a zone file, its pieces in the order of the file. */
struct block {
    size_t n_is_ut, n_is_std, n_leap, n_times, n_types, n_chars;
    const unsigned char *times, *type_of, *types;
    const unsigned char *end;
};

static uint32_t read_32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static int64_t read_64(const unsigned char *p)
{
    return (int64_t)((uint64_t)read_32(p) << 32 | read_32(p + 4));
}

/* Read the header at `p` and find the pieces behind it. */
static bool read_block(const unsigned char *p, const unsigned char *end,
                       size_t time_size, struct block *out)
{
    struct block b;

    if (end - p < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    b.n_is_ut = read_32(p + 20);
    b.n_is_std = read_32(p + 24);
    b.n_leap = read_32(p + 28);
    b.n_times = read_32(p + 32);
    b.n_types = read_32(p + 36);
    b.n_chars = read_32(p + 40);
    /* 32-bit counts times less than 16: no overflow in 64 bits. */
    uint64_t size = (uint64_t)b.n_times * (time_size + 1) +
                    (uint64_t)b.n_types * 6 + b.n_chars +
                    (uint64_t)b.n_leap * (time_size + 4) + b.n_is_std +
                    b.n_is_ut;

    if (!b.n_types || size > (uint64_t)(end - p - HEADER))
        return false;
    b.times = p + HEADER;
    b.type_of = b.times + b.n_times * time_size;
    b.types = b.type_of + b.n_times;
    b.end = p + HEADER + size;
    *out = b;
    return true;
}

static bool offset_by_table(const struct block *b, int64_t instant, int *out)
{
    size_t low = 0;
    size_t high = b->n_times; /* the last time <= instant is before it */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (read_64(b->times + middle * 8) <= instant)
            low = middle + 1;
        else
            high = middle;
    }

    size_t type = low ? b->type_of[low - 1] : 0;

    if (type >= b->n_types)
        return false;
    *out = (int32_t)read_32(b->types + type * 6);
    return true;
}

static bool offset_by_rule(const struct block *b, const unsigned char *end,
                           int64_t instant, int *out)
{
    char rule[128];
    const unsigned char *lf;
    size_t len;

    if (b->end == end || *b->end != '\n')
        return false;
    lf = memchr(b->end + 1, '\n', (size_t)(end - b->end - 1));
    if (!lf)
        return false;
    len = (size_t)(lf - b->end - 1);
    if (!len || len >= sizeof rule)
        return false;
    memcpy(rule, b->end + 1, len);
    rule[len] = '\0';
    return zone_rule_offset(rule, instant, out);
}

/* Seconds east of UTC at `instant`, by the zone file in `p`. */
static bool offset_in(const unsigned char *p, size_t len, int64_t instant,
                      int *out)
{
    const unsigned char *end = p + len;
    struct block b;

    /* The first block holds 32-bit times, for readers of before 2006. */
    if (!read_block(p, end, 4, &b) || !read_block(b.end, end, 8, &b))
        return false;
    if ((!b.n_times || instant >= read_64(b.times + (b.n_times - 1) * 8)) &&
        offset_by_rule(&b, end, instant, out))
        return true;
    return offset_by_table(&b, instant, out);
}

/* A name that stays below the folder: Area/Place, no dots. */
static bool is_zone_name(const char *zone)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";

    return *zone && *zone != '/' && strlen(zone) < 64 &&
           !zone[strspn(zone, allowed)];
}

static enum tr_status read_zone(const char *zone, unsigned char *to,
                                size_t *len, struct tr_error *err)
{
    char path[sizeof ZONE_FOLDER + 64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, ZONE_FOLDER "%s", zone);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && access(ZONE_FOLDER, X_OK))
        return tr_fail(err, TR_ECONFIG,
                       "time zone '%s' cannot be looked up: this computer has "
                       "no time zones but UTC; install the package tzdata",
                       zone);
    if (fd < 0)
        return tr_fail(err, TR_ECONFIG,
                       "time zone '%s' is not known; name one as in "
                       "'Europe/London'",
                       zone);
    n = read(fd, to, FILE_MAX);
    close(fd);
    if (n < 0)
        return tr_fail(err, TR_ECONFIG, "time zone '%s' cannot be read: %s",
                       zone, strerror(errno));
    *len = (size_t)n;
    return TR_OK;
}

enum tr_status tr_date_in_zone(const char *zone, int64_t instant, int32_t *out,
                               struct tr_error *err)
{
    unsigned char file[FILE_MAX];
    size_t len = 0;
    int offset = 0;

    if (strcmp(zone, "UTC") != 0) {
        if (!is_zone_name(zone))
            return tr_fail(err, TR_ECONFIG,
                           "'%s' is not the name of a time zone; name one as "
                           "in 'Europe/London'",
                           zone);

        enum tr_status st = read_zone(zone, file, &len, err);

        if (st)
            return st;
        if (!offset_in(file, len, instant, &offset))
            return tr_fail(err, TR_ECONFIG,
                           "time zone '%s' cannot be understood; reinstall "
                           "the package tzdata",
                           zone);
    }

    int64_t local = instant + offset;

    *out = (int32_t)(local / DAY_SECONDS - (local % DAY_SECONDS < 0));
    return TR_OK;
}
