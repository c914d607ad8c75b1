/*
 * query.h - asking a collection: which features, in which order, which page.
 *
 * A query is a small value, the same from the command line and from HTTP, so
 * that both give the same bytes. All its conditions are joined by AND. In its
 * filters organisations go by any name that they have or had. The
 * order is by feature id unless `sort` says otherwise; equal ones by feature
 * id.
 */
#ifndef TR_QUERY_H
#define TR_QUERY_H

#include "terrier/collection.h"
#include "terrier/cql2.h"

#define TR_QUERY_MAX_LIMIT     10000u
#define TR_QUERY_DEFAULT_LIMIT 100u

struct tr_query {
    const char *collection;
    const struct tr_cql2 *filter; /* NULL: none */
    const struct tr_cql2 *also;   /* a second one, such as property=value */
    bool has_bbox;
    struct tr_extent bbox; /* WGS84; edges included; west > east: across the
                              180th meridian; a feature without a place is not
                              in any */
    bool has_time;
    int32_t from, to; /* civil dates, both included. In force on one of them at
                         least, by start_date and end_date; a missing one of
                         the two, or a collection without them, is open */
    bool has_near;
    struct tr_position near;
    int64_t within_mm;
    const char *area_set, *area; /* NULL, or "localities" and "North" */
    const char *sort;     /* "name", "-floor_area_m2,name"; NULL: by id */
    size_t offset, limit; /* limit 0: all */
};

struct tr_query_result {
    struct tr_collection collection;
    size_t matched; /* before offset and limit */
    size_t n;
    const uint32_t *rows;        /* n rows of the collection's table */
    const int64_t *distances_mm; /* with near: of each row, rounded down */
};

/* Fails with TR_ENOTFOUND (no such collection, area set or area: the nearest
 * one is named), TR_EINVAL (filter or sort does not fit) or TR_ENOMEM. */
enum tr_status tr_query_run(const struct tr_snapshot *s,
                            const struct tr_query *q, struct tr_arena *a,
                            struct tr_query_result *out, struct tr_error *err);

/* A filter on sites with the names of organisations read: where `partner`,
 * `organisation` or `partners` is compared with a text that the column does not
 * hold, a code, name, former name or alias of any letter case stands for what it
 * does hold - the entry of the legend for `partner`, else the code. The name of
 * a successor stands for its predecessors, too. Every filter passes here before
 * it is bound; one on another collection comes back as it is. */
enum tr_status tr_query_names(const struct tr_collection *c,
                              const struct tr_cql2 *filter, struct tr_arena *a,
                              const struct tr_cql2 **out, struct tr_error *err);

/* Parse what both doors get as text. "w,s,e,n" in degrees, or six numbers, of
 * which the heights (third and last) are left aside; "LON,LAT" or a
 * postcode of the snapshot's postcode layers; "set=area". TR_EINVAL says what
 * was expected; a postcode that is not there is TR_ENOTFOUND. `crs` converts.
 */
enum tr_status tr_query_bbox(const char *text, struct tr_query *q,
                             struct tr_error *err);
/* "2024-03-31", "2024-03-31T12:00:00Z" (its day in UTC), or an interval of two
 * with '/' between, either of which may be ".." or empty. */
enum tr_status tr_query_datetime(const char *text, struct tr_query *q,
                                 struct tr_error *err);
enum tr_status tr_query_near(const struct tr_snapshot *s, struct tr_crs *crs,
                             const char *text, double within_m,
                             struct tr_query *q, struct tr_error *err);
enum tr_status tr_query_area(const char *text, struct tr_arena *a,
                             struct tr_query *q, struct tr_error *err);

/* Counts and floor area by area x partner x class. A site counts once, for its
 * own area, its kept occupation's partner, its class; floor area counts once
 * per building: a shared total is left out and counted apart. */
struct tr_summary_row {
    const char *area, *area_code; /* "" and "": in none, see `certainty` */
    const char *certainty;        /* of those without an area: "outside", "no
                                     point", "not published" */
    const char *partner;          /* legend name */
    size_t sites, located;
    size_t by_class[TR_CLASSES];
    double floor_area_m2;
    size_t with_floor_area, shared_floor_area;
};

struct tr_summary {
    const char *set; /* id of the area set */
    size_t n;        /* rows by area (in the set's order, then the others), then
                        by partner in the legend's order; each partner of the
                        legend appears in the totals even when silent */
    const struct tr_summary_row *rows;
    size_t n_totals; /* one per partner, over all areas */
    const struct tr_summary_row *totals;
    struct tr_summary_row all;
};

/* `set`: NULL for the first of the place's default sets. `filter` NULL: all. */
enum tr_status tr_summarise(const struct tr_snapshot *s, const char *set,
                            const struct tr_cql2 *filter, struct tr_arena *a,
                            struct tr_summary *out, struct tr_error *err);

#endif
