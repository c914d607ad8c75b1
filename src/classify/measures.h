/*
 * measures.h - numbers about a site's surroundings, from a snapshot.
 *
 * A measure is a value per site and the interval in which it lies when the
 * precision of the site's position and of what is around it is taken into
 * account. Where the circle leaves the area that a layer covers, the value is a
 * bound. Everything lives in the arena of the input.
 */
#ifndef CLASSIFY_MEASURES_H
#define CLASSIFY_MEASURES_H

#include "classify/ruleset.h"

/* What is not known to have an upper end: above every scale. */
#define MEASURE_NO_END RULE_MAX_X

enum measure_bound {
    BOUND_NONE,
    BOUND_LOWER,  /* at least the value: the circle leaves the covered area */
    BOUND_UPPER,  /* at most the value: a nearer one may lie outside it */
    BOUND_PARTIAL /* a share of only the part of the circle that is covered */
};

struct measure {
    const struct rule_measure *rule;
    const struct tr_layer *layer; /* NULL: over sites, or absent */
    double *value, *low, *high;   /* per site; low <= value <= high */
    uint64_t *present;            /* bit per site */
    uint8_t *bound;               /* per site: enum measure_bound */
    const char *note;             /* why it is missing everywhere; NULL */
};

struct measure_input {
    const struct tr_snapshot *s;
    const struct tr_rules *rules;
    const struct tr_table *facts; /* the sites' columns, aged facts gone */
    struct tr_cql2_env env;
    const uint64_t *scope; /* bit per site: measure only these; NULL: all */
    unsigned threads;
    struct tr_arena *arena;
};

/* rules->n_measures of them, in the rule-set's order. */
enum tr_status measures_take(const struct measure_input *in,
                             struct measure **out, struct tr_error *err);

static inline bool bit_at(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline size_t bit_words(size_t n)
{
    return n / 64 + 1;
}

#endif
