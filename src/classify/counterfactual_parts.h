/* counterfactual_parts.h - what the files of counterfactual.h share. */
#ifndef CLASSIFY_COUNTERFACTUAL_PARTS_H
#define CLASSIFY_COUNTERFACTUAL_PARTS_H

#include "classify/counterfactual.h"

#define WEIGHT_STEPS 10  /* of a weight, in each unit of it */
#define WHATIF_ROWS  64  /* values of a fact looked at together */
#define WHATIF_ITEMS 64  /* most in a list */
#define MOST_TEXTS   512 /* most values of a text that are tried */

struct used_fact { /* a property that criteria or gates use */
    const struct property *property;
    const struct tr_column *column;
    bool *criteria, *gates; /* which */
    bool bare; /* only as the bare value of criteria, and in no gate */
    bool in_criteria;
    double per_unit; /* steps in one unit of it: 1, 10 or 100 */
};

struct whatif; /* counterfactual_whatif.c */

struct flipper {
    const struct classing *c;
    struct tr_arena *arena;
    struct rule_criterion *criteria; /* a copy, weights to be changed */
    struct rule_line *lines;
    int32_t *scores;
    size_t n_facts;
    struct used_fact *facts;
    struct whatif *whatif; /* made when first needed */
};

struct flip_site { /* the site whose class is to change */
    const struct block *b;
    size_t i;
    const struct verdict *v;
    enum tr_class class_; /* by its gates and scores */
    struct site_scores scores;
};

/* Keep a flip when it is among the best of its kind. */
void flips_keep(struct flips *all, const struct flip *flip);

void flips_of_thresholds(struct flipper *f, const struct flip_site *s,
                         struct flips *out);
void flips_of_weights(struct flipper *f, const struct flip_site *s,
                      struct flips *out);
enum tr_status flips_of_facts(struct flipper *f, const struct flip_site *s,
                              struct flips *out, struct tr_error *err);

/* The weights of an axis when criterion `k` has x / WEIGHT_STEPS of it and the
 * others keep their proportions; all scaled alike to whole numbers. */
void weights_moved(const struct tr_rules *r, size_t k, int64_t x,
                   struct rule_criterion *criteria, struct tr_rules *out);

int32_t axes_moved(const struct axis_sum a[TR_AXES],
                   const struct axis_sum b[TR_AXES]);

/* ---- counterfactual_whatif.c ---- */

struct whatif_value { /* one value of the fact in question */
    double number;
    uint32_t code; /* of a text; of a list, its only item */
};

struct whatif_answer {
    enum tr_class class_;
    int32_t moved;
    bool gate; /* a gate decided */
};

/* The class of the site for each of n <= WHATIF_ROWS values of a fact. */
enum tr_status whatif_ask(struct flipper *f, const struct flip_site *s,
                          const struct used_fact *fact,
                          const struct whatif_value *values, size_t n,
                          struct whatif_answer *out, struct tr_error *err);

#endif
