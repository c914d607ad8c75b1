/*
 * classify.h - from a snapshot and a rule-set to a class per site, with
 * reasons.
 *
 * Pure: no store, no clock, no random number but the seed's. Everything it used
 * is in the result.
 */
#ifndef TR_CLASSIFY_H
#define TR_CLASSIFY_H

#include "terrier/buf.h"
#include "terrier/rules.h"

struct tr_classify_options {
    int32_t as_of;
    const struct tr_cql2 *scope; /* NULL: all sites */
    int64_t seed;
    unsigned threads;   /* 0: all cores; never changes a byte */
    bool without_json;  /* leave each result's `json` NULL: for comparing runs
                           of very many sites */
    bool without_flips; /* do not look for what would change a class */
    int64_t draws; /* robustness draws: 0 none, TR_RULE_DRAWS the rule-set's;
                      at most a million */
    const enum tr_class *signed_; /* per site of the snapshot the class signed
                                     last, TR_NO_CLASS for none: it moves only
                                     past the rule-set's margin. NULL: no site
                                     has one */
};

#define TR_RULE_DRAWS (-1)
/* In a larger snapshot what would change a class is not looked for: it takes a
 * quarter of a millisecond a site. */
#define TR_MOST_FLIPPED 50000

#define TR_NO_SCORE (-1)

struct tr_score {       /* of an axis */
    int32_t points_100; /* 0..10000, rounded; TR_NO_SCORE without a criterion */
    int32_t coverage_pct;
};

/* How much a class rests on the exact weights and on what is missing: in how
 * many of the draws it comes out. */
enum tr_robust {
    TR_NOT_DRAWN, /* none asked for; or a gate left it unclassified */
    TR_ROBUST,    /* 80 % or more */
    TR_LEANING,   /* 60 % or more */
    TR_CONTESTED
};
const char *tr_robust_name(enum tr_robust word); /* "robust" ...; "" */

struct tr_robustness {
    enum tr_robust word;
    enum tr_class of; /* the class that it speaks of: the site's own; of an
                         unclassified one the class drawn most */
    uint32_t draws, count[TR_CLASSES];
};

/* One site's result. Strings live in the result set's arena. */
struct tr_site_result {
    size_t site; /* index in the snapshot */
    enum tr_class class_;
    uint8_t possible; /* bit per enum tr_class: what it could be. Of an
                         unclassified site: with its missing facts at their
                         worst and best; of a classified one: with its measures
                         at the ends of what precision and bounds allow, so
                         mostly just class_ */
    struct tr_score axis[TR_AXES];
    int32_t coverage_pct; /* overall */
    struct tr_robustness robustness;
    const char *basis;  /* "gate:ID", "score", "floor:ID", "evidence",
                           "margin" */
    const char *flags;  /* "flex invest thin ...", space-separated, or "" */
    const char *reason; /* one plain sentence that stands up before a board */
    const char *json;   /* the whole explanation, see src/classify/README.md */
};

struct tr_results {
    size_t n; /* in the order of site_id */
    const struct tr_site_result *sites;
    long counts[TR_CLASSES];
    struct tr_digest digest; /* of all of it */
};

/* Classify. Fails with TR_ECONFIG when an expression does not fit the data (an
 * unknown layer or property: says which file, line and the nearest name). A
 * layer that is absent from this snapshot but named by a measure makes that
 * measure missing everywhere, and the results say so. */
enum tr_status tr_classify(const struct tr_snapshot *s,
                           const struct tr_rules *rules,
                           const struct tr_classify_options *options,
                           struct tr_arena *a, const struct tr_results **out,
                           struct tr_error *err);

/* Why a site's class moved, from the JSON of its earlier and its later result:
 * the gates, the evidence that aged, the criteria and the rule-set that differ,
 * in one line. */
enum tr_status tr_explain_cause(const char *before, const char *after,
                                struct tr_buf *out, struct tr_error *err);

/* One site's explanation, from the JSON of its result, as plain text for a
 * terminal: the class, the reason, each gate and contribution with value,
 * source and date, what is missing and what it could change. NULL `json`: only
 * what was decided, and with which published reasons. */
enum tr_status tr_explain_text(const struct tr_snapshot *s, size_t site,
                               const char *json, struct tr_buf *out,
                               struct tr_error *err);

#endif
