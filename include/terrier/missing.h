/*
 * missing.h - the facts wanted of each partner, and what they could settle.
 *
 * Read from the explanations of the snapshot's run (src/classify/README.md): of
 * every unclassified site, and of those whose class rests on thin evidence, the
 * register fields that a criterion or a gate lacks. What no partner can fill in
 * (measures of the surroundings) is left out; where they lack a position, the
 * UPRN and the postcode are wanted. A site's facts are wanted of the
 * organisation of its kept occupation.
 */
#ifndef TR_MISSING_H
#define TR_MISSING_H

#include "terrier/field.h"
#include "terrier/snapshot.h"

struct tr_missing_site {
    uint32_t site;        /* index into the snapshot's sites */
    uint32_t occupation;  /* the kept one, into its occupations */
    bool thin;            /* it has a class, on thin evidence */
    uint8_t possible;     /* classes it could have: bit 1 << enum tr_class */
    double floor_area_m2; /* 0: not known, or a total shared by several */
    size_t n_fields;
    const struct tr_field *const *fields; /* wanted, in field.h's order */
};

struct tr_missing_fact {  /* one field wanted of one organisation */
    int32_t organisation; /* as in tr_occupation; -1: none is named */
    uint32_t place;
    const struct tr_field *field;
    size_t sites;         /* that lack it */
    size_t alone;         /* of these, sites that lack nothing else */
    double floor_area_m2; /* of these sites */
    uint8_t could;        /* classes that a value of it could give, as bits */
};

struct tr_missing {
    size_t n_sites, n_facts;
    const struct tr_missing_site *sites; /* in the snapshot's order */
    const struct tr_missing_fact *facts; /* by organisation as its place lists
                                            them; then most sites, most floor
                                            area, field.h's order */
};

/* All that is wanted, in the arena; `organisation` NULL: of all of them, else
 * of that code alone. Without an adopted run nothing is wanted. Fails with
 * TR_EDATA when an explanation cannot be read, or with TR_ENOMEM. */
enum tr_status tr_missing_list(const struct tr_snapshot *s,
                               const char *organisation, struct tr_arena *a,
                               const struct tr_missing **out,
                               struct tr_error *err);

/* The same as JSON, with a line break after it: what 'terrier missing --json'
 * prints and /api/missing answers. */
void tr_missing_json(const struct tr_snapshot *s, const struct tr_missing *m,
                     struct tr_buf *out);

/* Names of the classes of such bits: "key, core". "" for none. */
void tr_missing_classes(uint8_t classes, struct tr_buf *out);

#endif
