/* query_text.c - the parts of a query as people and clients write them. See
 * terrier/query.h. */
#include <math.h>
#include <string.h>

#include "terrier/crs.h"
#include "terrier/date.h"
#include "terrier/query.h"
#include "terrier/text.h"

/* Split "1,2,3" into exactly n finite numbers. */
static bool read_numbers(const char *text, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        char part[64];
        size_t len = strcspn(text, ",");

        if (len >= sizeof part || (text[len] == ',') != (i + 1 < n))
            return false;
        memcpy(part, text, len);
        part[len] = '\0';
        if (!tr_text_to_number(part, &out[i]) || !isfinite(out[i]))
            return false;
        text += len + (text[len] == ',');
    }
    return true;
}

static int32_t e7(double deg)
{
    double v = round(deg * 1e7);

    return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

enum tr_status tr_query_bbox(const char *text, struct tr_query *q,
                             struct tr_error *err)
{
    double v[6];

    if (read_numbers(text, 6, v)) { /* heights are not ours to judge */
        v[2] = v[3];
        v[3] = v[4];
    } else if (!read_numbers(text, 4, v)) {
        v[0] = (double)INFINITY;
    }
    if (!(fabs(v[0]) <= 180 && fabs(v[2]) <= 180 && fabs(v[1]) <= 90 &&
          fabs(v[3]) <= 90))
        return tr_fail(err, TR_EINVAL,
                       "bbox is west,south,east,north in degrees, such as "
                       "-2.4,53.4,-2.2,53.5, not '%.60s'",
                       text);
    if (v[1] > v[3])
        return tr_fail(err, TR_EINVAL,
                       "bbox '%.60s' is empty: its order is "
                       "west,south,east,north",
                       text);
    q->bbox = (struct tr_extent){ e7(v[0]), e7(v[1]), e7(v[2]), e7(v[3]) };
    q->has_bbox = true;
    return TR_OK;
}

/* One end of an interval; an open one is `open`. */
static bool read_day(const char *text, size_t len, int32_t open, int32_t *out)
{
    char part[48];
    int64_t instant;

    if (!len || (len == 2 && memcmp(text, "..", 2) == 0)) {
        *out = open;
        return true;
    }
    if (len >= sizeof part)
        return false;
    memcpy(part, text, len);
    part[len] = '\0';
    if (!memchr(part, 'T', len))
        return tr_date_parse(part, "yyyy-mm-dd", out);
    if (!tr_instant_parse(part, &instant))
        return false;
    /* Rounded down, before 1970 too. */
    *out = (int32_t)((instant - (instant < 0 ? 86399 : 0)) / 86400);
    return true;
}

enum tr_status tr_query_datetime(const char *text, struct tr_query *q,
                                 struct tr_error *err)
{
    size_t len = strcspn(text, "/");
    const char *second = text[len] ? text + len + 1 : text;
    int32_t from, to;

    if (!*text || strchr(second + strcspn(second, "/"), '/') ||
        (!text[len] && strcmp(text, "..") == 0) ||
        !read_day(text, len, INT32_MIN, &from) ||
        !read_day(second, strlen(second), INT32_MAX, &to))
        return tr_fail(err, TR_EINVAL,
                       "datetime is a date, an instant with Z or an interval "
                       "such as 2024-01-01/.., not '%.60s'",
                       text);
    if (from > to)
        return tr_fail(err, TR_EINVAL, "datetime '%.60s' ends before it begins",
                       text);
    q->from = from;
    q->to = to;
    q->has_time = true;
    return TR_OK;
}

/* "m320th" and "M32  0TH" both mean "M32 0TH". */
static bool normal_postcode(const char *text, char out[16])
{
    size_t n = 0;

    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (n == 7)
            return false;
        out[n++] =
            *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
    }
    if (n < 5)
        return false;
    memmove(&out[n - 2], &out[n - 3], 3);
    out[n - 3] = ' ';
    out[n + 1] = '\0';
    return true;
}

static bool find_postcode(const struct tr_snapshot *s, const char *postcode,
                          struct tr_position *out)
{
    for (size_t i = 0; i < s->n_layers; i++) {
        const struct tr_layer *l = &s->layers[i];
        size_t low = 0, high = l->n_rows;

        if (strcmp(l->kind, "postcodes") != 0)
            continue;
        while (low < high) { /* rows stand by key */
            size_t middle = low + (high - low) / 2;

            if (strcmp(l->keys[middle], postcode) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < l->n_rows && strcmp(l->keys[low], postcode) == 0 &&
            l->has_position[low]) {
            *out = l->positions[low];
            return true;
        }
    }
    return false;
}

enum tr_status tr_query_near(const struct tr_snapshot *s, struct tr_crs *crs,
                             const char *text, double within_m,
                             struct tr_query *q, struct tr_error *err)
{
    double v[2];
    char postcode[16];

    if (!(within_m >= 0 && within_m <= 1e6))
        return tr_fail(err, TR_EINVAL,
                       "within is a distance in metres from 0 to 1000000");
    q->within_mm = (int64_t)(within_m * 1000);
    if (read_numbers(text, 2, v)) {
        enum tr_status st =
            tr_crs_position(crs, 4326, v[0], v[1], &q->near, err);

        q->has_near = !st;
        return st ? tr_fail_at(err, TR_EINVAL, "near '%.60s'", text) : TR_OK;
    }
    if (!normal_postcode(text, postcode))
        return tr_fail(err, TR_EINVAL,
                       "near is LON,LAT or a postcode, not '%.60s'", text);
    if (!find_postcode(s, postcode, &q->near))
        return tr_fail(err, TR_ENOTFOUND,
                       "postcode '%s' is not among those loaded", postcode);
    q->has_near = true;
    return TR_OK;
}

enum tr_status tr_query_area(const char *text, struct tr_arena *a,
                             struct tr_query *q, struct tr_error *err)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text || !equals[1])
        return tr_fail(err, TR_EINVAL,
                       "area is SET=AREA, such as localities=North, not "
                       "'%.60s'",
                       text);
    q->area_set = tr_arena_text(a, text, (size_t)(equals - text));
    q->area = tr_arena_text(a, equals + 1, strlen(equals + 1));
    if (!q->area_set || !q->area)
        return tr_fail(err, TR_ENOMEM, "no memory left for the query");
    return TR_OK;
}
