/* estate.h - small invented estates as snapshots, made in memory from a seed.
 * The same seed gives the same sites whatever the order they are put in. */
#ifndef ESTATE_H
#define ESTATE_H

#include "terrier/snapshot.h"

enum { ESTATE_SITES = 80, ESTATE_STOPS = 60, ESTATE_POSTCODES = 150 };
enum { ESTATE_SERVICES = 5, ESTATE_PARTNERS = 4, ESTATE_AREAS = 6 };

struct estate_site {
    char id[16];
    bool located;
    int32_t e, n;
    int precision_m;
    unsigned services, partners; /* bits */
    int condition;               /* -1: missing; else 0..3, A..D */
    int years_old;               /* of the condition; -1: no date */
    double area;                 /* < 0: missing */
    int use;                     /* -1: missing */
    double cost;                 /* < 0: missing */
    int land;                    /* -1 missing, 0 building, 1 land */
};

struct estate_row {
    int32_t e, n;
    int precision_m;
    unsigned services; /* of a stop: bits; 0: missing */
    int area;          /* of a postcode; -1: none */
};

struct estate {
    struct estate_site sites[ESTATE_SITES];
    struct estate_row stops[ESTATE_STOPS], postcodes[ESTATE_POSTCODES];
    double people[ESTATE_AREAS]; /* < 0: missing */
    int decile[ESTATE_AREAS];
    int32_t border_mm;           /* the borough: a square from 0 to this */
    bool bar_stops, cover_sites; /* the sites end at the borough too */
};

#define ESTATE_AS_OF 20000 /* 2024-10-04 */

void estate_make(struct estate *out, uint64_t seed);

/* A snapshot in the arena; free nothing but the arena. `order` puts rows in
 * another order: 0 is the order of the arrays. */
struct tr_snapshot *estate_snapshot(const struct estate *e, uint64_t order,
                                    struct tr_arena *a);
/* The row of a site in the snapshot. */
size_t estate_row_of(const struct tr_snapshot *s, const char *id);

#endif
