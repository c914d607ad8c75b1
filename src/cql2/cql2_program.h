/*
 * cql2_program.h - a bound expression and how it runs.
 *
 * Binding turns the tree into typed nodes over columns. A run evaluates them
 * over blocks of at most CQL2_BLOCK rows into vectors, one slot a node:
 *   boolean          bits in `truth`; always a subset of `present`
 *   integer, date    int64
 *   instant          int64, in microseconds
 *   number           double, finite
 *   text             const char *, "" where missing
 *   list, geometry   no values here: only `present`; functions on them look at
 *                    the column itself
 * Bits beyond the block's rows have no meaning.
 *
 * What depends on constants alone is computed when binding; what depends on one
 * text column alone is computed then too, once for each entry of its dictionary
 * and once for "missing", and becomes a table looked up by code.
 */
#ifndef CQL2_PROGRAM_H
#define CQL2_PROGRAM_H

#include "cql2_tree.h"
#include "terrier/relate.h"

#define CQL2_BLOCK ((size_t)1024)
#define CQL2_WORDS (CQL2_BLOCK / 64)

struct cql2_vec {
    uint64_t *present;
    union {
        uint64_t *truth;
        int64_t *integers;
        double *numbers;
        const char **texts;
        void *data;
    } own; /* this slot's memory: the run's capacity in items */
    /* Where the values are: in `own`, or right in the column. */
    const uint64_t *truth;
    const int64_t *integers;
    const double *numbers;
    const char *const *texts;
    size_t block;             /* the block it holds, from 1; 0: none yet */
    struct tr_relate *relate; /* of a spatial function; closed with the run */
};

struct cql2_run {
    const struct tr_cql2_bound *bound;
    struct cql2_vec *slots;
    struct tr_arena *arena; /* for the slots */
    struct tr_arena *texts; /* for texts made while running */
    size_t capacity;        /* of a slot, in rows; whole words */
    size_t first, n, words; /* the rows of this block */
    size_t block;           /* its number, from 1 */
    /* When not NULL, rows are the entries of this column's dictionary, and
     * one more where it is missing. */
    const struct tr_column *dict_rows;
};

struct cql2_expr;

/* Fill `out` for the run's block; false when memory is short. */
typedef bool cql2_evaluator(const struct cql2_expr *e, struct cql2_run *run,
                            struct cql2_vec *out);
typedef cql2_evaluator *cql2_eval;

/* Results by code; entry dict->n is that of a missing text. */
struct cql2_map {
    uint8_t *state; /* bit 0: present, bit 1: true */
    void *values;   /* 8 bytes each; NULL for booleans */
};

struct cql2_set { /* the constants of an IN list, sorted */
    size_t n;
    bool has_missing;
    const int64_t *integers;
    const double *numbers;
    const char *const *texts;
};

struct cql2_times { /* which argument is what; -1: open */
    int start[2], end[2];
};

/* The operands of an array function: items by code. Codes of a literal's texts
 * that the dictionary lacks lie beyond it. */
struct cql2_side {
    const struct tr_column *column; /* NULL: a literal */
    const uint32_t *codes;          /* of a literal; or for each code of the
                                       column its code here; NULL: the same */
    size_t n;
};
struct cql2_lists {
    struct cql2_side sides[2];
};

struct cql2_space { /* the shape stands first; NULL: two columns */
    enum tr_relation relation;
    const struct tr_shape *shape;
};

struct cql2_expr {
    cql2_eval eval;
    enum tr_type type;
    enum cql2_op op;
    size_t slot;
    bool is_constant, is_column;
    bool varies; /* rests on more than constants and one text column */
    const struct tr_column *column; /* is_column, or the one text column */
    size_t n;
    const struct cql2_expr **args;
    const struct cql2_node *node; /* for messages */
    /* A constant; present unless `is_missing`. */
    bool is_missing, truth;
    int64_t integer;
    double number;
    const char *text;
    union {
        const struct cql2_map *map;
        const struct cql2_set *set;
        const struct cql2_times *times; /* t_* */
        const struct cql2_lists *lists; /* a_*, has */
        const struct cql2_space *space; /* s_* */
    } more;
};

struct tr_cql2_bound {
    const struct tr_table *table;
    struct tr_cql2_env env;
    const struct cql2_expr *root;
    size_t n_slots;
    enum tr_tier tier; /* the most secret of the columns read */
};

/* ---- running; cql2_run.c ---- */

/* The value of a node over the block at hand; NULL when memory is short. */
const struct cql2_vec *cql2_value(const struct cql2_expr *e,
                                  struct cql2_run *run);
bool cql2_run_start(struct cql2_run *run, const struct tr_cql2_bound *b,
                    size_t n_rows, struct tr_arena *arena,
                    struct tr_arena *texts);
void cql2_run_end(struct cql2_run *run);
/* Move to rows first..first+n-1; n <= CQL2_BLOCK. */
void cql2_run_block(struct cql2_run *run, size_t first, size_t n);

cql2_evaluator cql2_eval_constant, cql2_eval_column, cql2_eval_map;

static inline bool cql2_bit(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
static inline void cql2_set_bit(uint64_t *bits, size_t i, bool v)
{
    bits[i / 64] =
        (bits[i / 64] & ~(UINT64_C(1) << (i % 64))) | (uint64_t)v << (i % 64);
}
/* present = a's and b's (b may be NULL). */
void cql2_both_present(const struct cql2_run *run, struct cql2_vec *out,
                       const struct cql2_vec *a, const struct cql2_vec *b);

/* ---- the evaluators, by file ---- */

/* cql2_eval_logic.c */
cql2_evaluator cql2_eval_and, cql2_eval_or, cql2_eval_not, cql2_eval_is_null,
    cql2_eval_if, cql2_eval_coalesce;
/* cql2_eval_compare.c */
cql2_evaluator cql2_eval_compare, cql2_eval_in, cql2_eval_min_max;
/* cql2_eval_number.c; widen: integer to number */
cql2_evaluator cql2_eval_integers, cql2_eval_numbers, cql2_eval_widen,
    cql2_eval_round, cql2_eval_to_number;
/* cql2_eval_text.c */
cql2_evaluator cql2_eval_text_function, cql2_eval_text_test, cql2_eval_any_like,
    cql2_eval_to_text, cql2_eval_lookup;
/* cql2_eval_date.c */
cql2_evaluator cql2_eval_to_instant, cql2_eval_to_date, cql2_eval_years_between;
/* cql2_eval_time.c, cql2_eval_list.c, cql2_eval_space.c */
cql2_evaluator cql2_eval_times, cql2_eval_day_end;
cql2_evaluator cql2_eval_lists, cql2_eval_has;
cql2_evaluator cql2_eval_space;

/* ---- binding; cql2_bind.c and the files beside it ---- */

struct cql2_binder {
    struct tr_cql2_bound *bound;
    struct tr_arena *arena;
    struct tr_error *err;
    enum tr_status st; /* the first failure */
};

__attribute__((format(printf, 3, 4))) void *
cql2_bind_fail(struct cql2_binder *b, enum tr_status code, const char *fmt,
               ...);
void *cql2_bind_no_memory(struct cql2_binder *b);
/* "property 'height' (number)", "'2020-01-01' (text)": for messages. */
const char *cql2_describe(struct cql2_binder *b, const struct cql2_expr *e);

const struct cql2_expr *cql2_bind_node(struct cql2_binder *b,
                                       const struct cql2_node *node);
/* A call on bound arguments: folded, or its arguments made maps. */
const struct cql2_expr *cql2_bind_call(struct cql2_binder *b,
                                       const struct cql2_expr *proto,
                                       const struct cql2_expr *const *args,
                                       size_t n);
const struct cql2_expr *cql2_bind_compare(struct cql2_binder *b,
                                          enum cql2_op op,
                                          const struct cql2_node *node,
                                          const struct cql2_expr *x,
                                          const struct cql2_expr *y);
/* The bound arguments of a call, or NULL. */
const struct cql2_expr **cql2_bind_args(struct cql2_binder *b,
                                        const struct cql2_node *node);
/* Fail unless `e`, an argument of `node`, is of that type. */
bool cql2_want(struct cql2_binder *b, const struct cql2_node *node,
               const struct cql2_expr *e, enum tr_type type);
/* cql2_bind_in.c */
const struct cql2_expr *cql2_bind_in(struct cql2_binder *b,
                                     const struct cql2_node *node);
/* Functions; CQL2_CALL nodes that are no operators. cql2_bind_function.c */
const struct cql2_expr *cql2_bind_function(struct cql2_binder *b,
                                           const struct cql2_node *node);
/* One type for all, integers widened to numbers and dates to instants. */
bool cql2_unify(struct cql2_binder *b, const struct cql2_node *node,
                const struct cql2_expr **args, size_t n);
const struct cql2_expr *cql2_convert(struct cql2_binder *b,
                                     const struct cql2_expr *e,
                                     enum tr_type type);
/* t_*: cql2_eval_time.c; a_* and has(): cql2_eval_list.c */
const struct cql2_expr *cql2_bind_times(struct cql2_binder *b,
                                        const struct cql2_node *node);
const struct cql2_expr *cql2_bind_lists(struct cql2_binder *b,
                                        const struct cql2_node *node);
const struct cql2_expr *cql2_bind_has(struct cql2_binder *b,
                                      const struct cql2_node *node);
/* s_*: cql2_eval_space.c */
const struct cql2_expr *cql2_bind_space(struct cql2_binder *b,
                                        const struct cql2_node *node);
/* cql2_fold.c */
const struct cql2_expr *cql2_fold(struct cql2_binder *b, struct cql2_expr *e);
const struct cql2_expr *cql2_as_map(struct cql2_binder *b,
                                    const struct cql2_expr *e);

#endif
