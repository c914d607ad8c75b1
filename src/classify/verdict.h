/*
 * verdict.h - from a site's criterion scores and gates to its class.
 *
 * Pure integer arithmetic on one site: scores in 1/100 point, weights as
 * written, comparisons by cross-multiplying. Unknown is a third truth value and
 * never counts as false.
 */
#ifndef CLASSIFY_VERDICT_H
#define CLASSIFY_VERDICT_H

#include "classify/ruleset.h"
#include "terrier/classify.h"

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

/* The scores of one site: that of criterion c at scores[c * stride], RULE_NONE
 * where it has no value. */
struct site_scores {
    const int32_t *scores;
    size_t stride;
};

struct axis_sum {
    int64_t got;    /* sum of weight x score over the criteria with a value */
    int64_t weight; /* of these criteria */
    int64_t total;  /* of all criteria of the axis; 0: it has none */
};

struct verdict {
    enum tr_class class_;
    uint8_t possible; /* bit per class */
    const char *basis;
    const struct rule_gate *gate;  /* the one that decided; NULL */
    const struct rule_gate *floor; /* the highest floor met; NULL */
    bool floored;         /* the floor changed the class or stood in for it */
    bool thin;            /* a floor held on thin evidence */
    bool enough;          /* the evidence gate is passed */
    bool held;            /* the margin kept the class signed last */
    enum tr_class scored; /* held: what it would be without the margin */
    enum truth key, surplus; /* the conditions, from the scores as given */
    struct axis_sum axis[TR_AXES];
    int32_t coverage_pct;
};

/* Sums per axis. A missing score is left out when `fill` is RULE_NONE, else it
 * counts as `fill`. */
void verdict_sums(const struct tr_rules *r, struct site_scores s, int32_t fill,
                  struct axis_sum out[TR_AXES]);

/* Rounded score and coverage of an axis. */
struct tr_score verdict_score(const struct axis_sum *a);

enum truth verdict_key(const struct tr_rules *r,
                       const struct axis_sum axis[TR_AXES]);
/* `has_needs`: every criterion of surplus.needs has a value. */
enum truth verdict_surplus(const struct tr_rules *r,
                           const struct axis_sum axis[TR_AXES], bool has_needs);
bool verdict_has_needs(const struct tr_rules *r, struct site_scores s);

/* The classes that two truths leave open, a bit each, not below the floor. */
uint8_t verdict_open(enum truth key, enum truth surplus,
                     const struct rule_gate *floor);

/* Is there evidence enough; *pct is the mean coverage, rounded down. */
bool verdict_evidence(const struct tr_rules *r,
                      const struct axis_sum axis[TR_AXES], int32_t *pct);

/* The class by the scores, once no gate has decided. Fills everything but
 * `gate`; `floor` must be set. low, given, high: the scores at the lowest, the
 * given and the highest values that precisions and bounds allow. */
void verdict_by_scores(const struct tr_rules *r, struct site_scores low,
                       struct site_scores given, struct site_scores high,
                       struct verdict *v);

/* Only the class by the scores, as verdict_by_scores() gives it; the sums in
 * `axis`. */
enum tr_class verdict_class(const struct tr_rules *r, struct site_scores given,
                            const struct rule_gate *floor,
                            struct axis_sum axis[TR_AXES]);

/* The rules with every threshold of a score `by` 1/100 points higher or, when
 * negative, lower: a shallow copy in `out`, its lines in the arena. */
enum tr_status verdict_shift(const struct tr_rules *r, int32_t by,
                             struct tr_arena *a, struct tr_rules *out,
                             struct tr_error *err);
/* After verdict_by_scores(): keep the class signed last where the scores, with
 * thresholds moved by the margin, still allow it. shifted: the rules with
 * thresholds lower, and higher, by the margin. */
void verdict_margin(const struct tr_rules shifted[2], struct site_scores given,
                    enum tr_class signed_, struct verdict *v);

/* The classes that one missing criterion could give, with the others as they
 * are, the evidence gate aside. */
uint8_t verdict_with(const struct tr_rules *r, struct site_scores given,
                     size_t criterion, const struct rule_gate *floor);

#endif
