/*
 * catchment.h - the people around a site, and what closing it would mean for
 * them: the numbers of the gap table and of the equality screen.
 *
 * Which people, from which layer and within which distance is the rule-set's to
 * say: its `gap` measure where it has one, else its first sum that is spread
 * over areas. As in its measures, an area's people are spread evenly over the
 * rows (live postcodes) that lie in it, and distances are straight lines on the
 * EPSG:27700 plane. Sums are in the order of the rows, so the same each time.
 */
#ifndef TR_CATCHMENT_H
#define TR_CATCHMENT_H

#include "terrier/rules.h"

struct tr_catchment_rule {
    const char *over, *spread; /* a layer of points, an area set */
    const char *people;        /* CQL2 over the layer's columns */
    int64_t within_mm;         /* the catchment */
    int64_t alternative_mm;    /* how far another site may be */
    bool own_alternative;      /* false: the rule-set does not say how far, and
                                  it is 1,200 m */
};

/* False: the rule-set has no such measure. */
bool tr_catchment_rule(const struct tr_rules *rules,
                       struct tr_catchment_rule *out);

struct tr_catchment {
    const char *why; /* there is none, and why; NULL: there is */
    struct tr_catchment_rule rule;
    const struct tr_layer *over;
    const struct tr_area_set *set;
    double people;
    bool part;           /* the circle leaves what the layer covers: at least */
    const double *parts; /* of each area of the set: how much of it is in the
                            circle, 0..1, by rows */
    size_t n_rows;       /* rows in the circle, and the people at each */
    const uint32_t *rows;
    const double *worth;
};

enum tr_status tr_catchment_of(const struct tr_snapshot *s,
                               const struct tr_rules *rules, size_t site,
                               struct tr_arena *a, struct tr_catchment *out,
                               struct tr_error *err);

/* The people of an area of another set instead: those of the rows in it. */
enum tr_status tr_catchment_of_area(const struct tr_snapshot *s,
                                    const struct tr_rules *rules,
                                    const struct tr_area_set *set, int32_t area,
                                    struct tr_arena *a,
                                    struct tr_catchment *out,
                                    struct tr_error *err);

/* The sum over the catchment, and over the whole set, of a column of the areas
 * (people aged 65 and over). False: there is no such column of numbers. */
bool tr_catchment_sum(const struct tr_catchment *c, const char *column,
                      double *inside, double *all);

struct tr_gap {           /* one service of the site, if it closed */
    const char *service;  /* its code */
    size_t n_near;        /* other sites of it within the alternative's
                               distance of this one, nearest first */
    const uint32_t *near; /* sites */
    const double *near_m;
    uint32_t next; /* the nearest other; TR_NEAR_NONE: there is none */
    double next_m;
    double nearest_here; /* people of the catchment for whom this site is the
                               nearest of the service: they would go farther */
    double further_m;    /* they, on average; meaningless without a next */
    double left;         /* people without another in that distance */
};

/* One for each service of the site, in the register's order. None for a site
 * without a catchment or without a known service. */
enum tr_status tr_catchment_gaps(const struct tr_snapshot *s,
                                 const struct tr_catchment *c, size_t site,
                                 struct tr_arena *a, const struct tr_gap **out,
                                 size_t *n, struct tr_error *err);

#endif
