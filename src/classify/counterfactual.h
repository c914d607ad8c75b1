/*
 * counterfactual.h - what would change a site's class: the smallest single
 * change of a threshold, of a weight or of a fact.
 *
 * Each is found, then judged again with the change made: one that does not give
 * another class is not kept. The margin of a signed class is left aside. A fact
 * that is missing is no change: see `missing` in the explanation.
 */
#ifndef CLASSIFY_COUNTERFACTUAL_H
#define CLASSIFY_COUNTERFACTUAL_H

#include "classify/classing.h"

#define FLIPS_KEPT 3 /* of each kind */

enum flip_kind { FLIP_THRESHOLD, FLIP_WEIGHT, FLIP_FACT, FLIP_KINDS };

struct flip {
    enum flip_kind kind;
    /* "key.need", "key.hub_coverage", "surplus.1.need", "evidence.overall"; the
     * criterion's id; the fact's name. */
    char what[80];
    const char *title, *unit; /* NULL: none */
    enum tr_axis axis;        /* of a threshold or weight; TR_AXES: overall */
    double from, to;
    const char *to_text; /* of a fact whose value is a text, boolean or item of
                            a list; else NULL */
    const struct property *fact; /* FLIP_FACT */
    enum tr_type type;           /* of the fact */
    enum tr_class class_;        /* what it would be */
    int32_t moved;               /* axis points, 1/100, all axes together */
    bool searched; /* not by the inverse of a scale: a nearer one may exist */
};

struct flips {
    size_t n[FLIP_KINDS];
    struct flip list[FLIP_KINDS][FLIPS_KEPT];
};

/* What all sites of a block share: scratch memory, and a small table in which a
 * fact takes other values. NULL when there is no memory. */
struct flipper;
enum tr_status flipper_new(const struct classing *c, struct tr_arena *a,
                           struct flipper **out, struct tr_error *err);

/* The best of each kind for site i of an evaluated block. */
enum tr_status flips_find(struct flipper *f, const struct block *b, size_t i,
                          struct flips *out, struct tr_error *err);

/* Taken alone, of one site: see flips_find(). For tests. `rules` is changed by
 * a flip of a threshold or a weight as it says. */
enum tr_status flip_apply(const struct tr_rules *rules, const struct flip *flip,
                          struct tr_arena *a, struct tr_rules *out,
                          struct tr_error *err);

#endif
