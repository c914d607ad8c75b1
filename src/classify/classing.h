/*
 * classing.h - one classification while it runs: everything bound and ready,
 * and a block of sites evaluated down its columns.
 */
#ifndef CLASSIFY_CLASSING_H
#define CLASSIFY_CLASSING_H

#include "classify/facts.h"
#include "classify/robust.h"
#include "classify/verdict.h"
#include "terrier/classify.h"

#define CLASSING_BLOCK 1024 /* sites; a multiple of 64 */

struct bound_value {
    const struct tr_cql2_bound *at[FACTS_ENDS]; /* low, high: NULL when it
                                                   uses no measure */
    enum tr_type type;
};

/* A property that an expression uses, found once. */
struct property {
    const char *name, *title;
    const struct tr_column *column; /* of the facts, as given */
    const struct tr_column *joined; /* of the snapshot's joined rows; NULL */
    const struct measure *measure;  /* NULL: a fact */
};

struct properties { /* of one expression */
    size_t n;
    const struct property *all;
};

struct explain_parts;

struct classing {
    const struct tr_snapshot *s;
    const struct tr_rules *rules;
    const struct tr_classify_options *options;
    struct facts facts;
    const struct measure *measures;
    const uint64_t *scope; /* NULL: all */
    struct tr_arena *arena;
    /* Bound, in the rule-set's order. */
    const struct tr_cql2_bound **gates, **untils, **flags, **shown;
    struct bound_value *criteria;
    struct properties *of_gates, *of_criteria;
    struct robust robust;      /* draws 0: none */
    struct tr_rules margin[2]; /* thresholds lower, higher by it; only set when
                                  there are signed classes */
    const struct explain_parts *parts; /* NULL: without JSON */
    /* Results by snapshot row; texts by block. */
    struct tr_site_result *results;
    struct tr_buf *texts;
    struct tr_arena *scratch; /* one for each thread */
};

struct block { /* rows first .. first + n - 1 of the table */
    size_t first, n, words;
    uint64_t *gate_yes, *gate_unknown; /* gate g at [g * words] */
    struct tr_column *untils;          /* per gate with one */
    struct tr_column *values;          /* per criterion, as given */
    struct tr_column *shown;
    int32_t *scores[FACTS_ENDS]; /* criterion c at [c * n] */
    uint64_t *flag_yes;          /* flag f at [f * words] */
    struct verdict *verdicts;
    struct tr_robustness *robustness;
    struct tr_arena *arena;
};

static inline struct site_scores block_scores(const struct block *b,
                                              enum facts_end end, size_t i)
{
    return (struct site_scores){ b->scores[end] + i, b->n };
}

/* ---- classing_bind.c ---- */
enum tr_status classing_bind(struct classing *c, struct tr_error *err);

/* ---- classing_block.c: gates, criteria, verdicts of a block ---- */
enum tr_status block_evaluate(const struct classing *c, size_t first,
                              size_t last, struct tr_arena *a,
                              struct block *out, struct tr_error *err);
/* Its parts: memory; one gate; one criterion as given; the floor and the
 * deciding gate of a site. */
enum tr_status block_make(const struct classing *c, size_t first, size_t last,
                          struct tr_arena *a, struct block *b,
                          struct tr_error *err);
enum tr_status block_gate(const struct classing *c, struct block *b, size_t g,
                          struct tr_error *err);
enum tr_status block_criterion(const struct classing *c, struct block *b,
                               size_t k, struct tr_error *err);
void block_pass_gates(const struct classing *c, const struct block *b, size_t i,
                      struct verdict *v);
/* How many gates of the rule-set are looked at: those after the one that
 * decides are not. */
size_t block_gates(const struct classing *c, const struct block *b, size_t i);

/* How often each class comes out; after block_evaluate(). */
enum tr_status block_draw(const struct classing *c, struct block *b,
                          struct tr_error *err);

/* ---- explain.c ---- */
const struct measure *measure_named(const struct classing *c, const char *name);

#endif
