/*
 * facts.h - the table that a rule-set's expressions run over: the snapshot's
 * columns without the facts that are too old, every field that no site has as a
 * column of missing values, the measures, and the axes.
 */
#ifndef CLASSIFY_FACTS_H
#define CLASSIFY_FACTS_H

#include "classify/measures.h"

enum facts_end { FACTS_LOW, FACTS_GIVEN, FACTS_HIGH, FACTS_ENDS };

struct facts {
    struct tr_table base; /* without measures and axes */
    /* With them, the measures at the low end, as given, at the high end. */
    struct tr_table tables[FACTS_ENDS];
    const uint64_t *const *aged;  /* per ageing rule: the rows it struck */
    const struct tr_column **old; /* per ageing rule: the column before */
    double *axis[TR_AXES];        /* points, filled while classifying */
    uint64_t *axis_present[TR_AXES];
};

enum tr_status facts_base(const struct tr_snapshot *s, const struct tr_rules *r,
                          int32_t as_of, struct tr_arena *a, struct facts *out,
                          struct tr_error *err);
enum tr_status facts_add(struct facts *f, const struct tr_snapshot *s,
                         const struct tr_rules *r,
                         const struct measure *measures, struct tr_arena *a,
                         struct tr_error *err);

#endif
