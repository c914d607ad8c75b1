/*
 * robust.h - how far a class rests on the exact weights and on what is missing.
 *
 * In each of N draws the weights of an axis are Dirichlet(concentration x
 * weight) and every missing criterion score is uniform in 0..100 points; the
 * class of the draw is what the scores then give, with the site's floor. The
 * weights are drawn once for all sites; the missing scores by (seed, site id,
 * criterion, draw), so that neither the order of the sites nor the number of
 * threads changes a count.
 *
 * Gamma variates: G. Marsaglia and W. W. Tsang, "A simple method for generating
 * gamma variables", ACM TOMS 26 (2000), doi:10.1145/358407.358414.
 */
#ifndef CLASSIFY_ROBUST_H
#define CLASSIFY_ROBUST_H

#include "classify/verdict.h"

#define ROBUST_MOST_DRAWS 1000000
#define ROBUST_CHUNK      256   /* draws looked at together */
#define ROBUST_ONE        16384 /* the weights of an axis in each draw */

/* Conditions compare an axis with a few numbers only: which of them its score
 * has reached is its level, and the levels of the axes give the class. */
struct robust_levels {
    size_t n; /* 0: nothing is compared with this axis */
    const int32_t *least;
    size_t stride; /* of the level in the table of classes */
};

struct robust {
    const struct tr_rules *rules;
    int64_t draws;
    uint64_t seed;
    size_t padded;          /* draws, to whole chunks */
    const int16_t *weights; /* criterion k: [k * padded], ROBUST_ONE an axis */
    struct robust_levels levels[TR_AXES];
    size_t n_cells;
    /* The class by the levels: without a floor, with surplus, core, key as the
     * floor. */
    const uint8_t *classes[4];
};

/* Draw the weights. draws: 1..ROBUST_MOST_DRAWS. */
enum tr_status robust_make(const struct tr_rules *r, int64_t draws,
                           uint64_t seed, struct tr_arena *a,
                           struct robust *out, struct tr_error *err);

/* Scratch memory for robust_count(), one for each thread; NULL when there is
 * no memory. */
struct robust_scratch;
struct robust_scratch *robust_scratch_new(const struct robust *r,
                                          struct tr_arena *a);

/* Count the draws of each class for a site that no gate has decided. */
void robust_count(const struct robust *r, struct robust_scratch *scratch,
                  const char *site_id, struct site_scores given,
                  const struct rule_gate *floor, uint32_t out[TR_CLASSES]);

#endif
