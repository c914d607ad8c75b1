/*
 * ruleset.h - a parsed rule-set from the inside. See terrier/rules.h for the
 * file format. Everything lives in the arena of tr_rules_parse().
 *
 * Points are in 1/100 point (0..10000), distances in mm, weights as written
 * (100 on each axis). An absent threshold is RULE_NONE.
 */
#ifndef CLASSIFY_RULESET_H
#define CLASSIFY_RULESET_H

#include "terrier/rules.h"

#define RULE_NONE (-1)
#define RULE_FULL 10000 /* a hundred points */

/* Values on a piecewise-linear scale are compared in this fraction of a unit.
 * With |x| <= RULE_MAX_X every product in scale_score() fits int64. */
#define RULE_X_ONE 65536
#define RULE_MAX_X 1e9

struct rule_expr {    /* an expression and where it stands in the file */
    const char *text; /* NULL: not given */
    const struct tr_cql2 *cql2;
    int line, column; /* of the YAML value */
    size_t n_names;
    const char *const *names; /* the properties it uses */
};

enum rule_kind {
    RULE_COUNT,
    RULE_DISTINCT,
    RULE_SUM,
    RULE_SHARE,
    RULE_NEAREST,
    RULE_GAP,
    RULE_MEDIAN,
    RULE_KINDS
};

enum rule_among { /* bits */
                  RULE_ANY = 0,
                  RULE_SAME_SERVICE = 1,
                  RULE_OTHER_PARTNERS = 2
};

struct rule_measure {
    const char *name, *title, *unit; /* unit NULL: none */
    enum rule_kind kind;
    const char *over; /* a layer; NULL: sites */
    unsigned among;   /* enum rule_among */
    int64_t within_mm, alternative_mm;
    struct rule_expr where; /* which of the layer's rows; not given: all */
    struct rule_expr of;    /* what is counted, summed, shared */
    struct rule_expr part;  /* share: the rows that count as the part */
    struct rule_expr by;    /* median: what makes a peer */
    const char *spread;     /* area set; NULL: not spread */
    int line, column;
};

enum rule_effect { RULE_DECIDES, RULE_FLOOR, RULE_FLAG };

struct rule_gate {
    const char *id, *reason, *source; /* source NULL: not said */
    enum rule_effect effect;
    enum tr_class class_; /* RULE_DECIDES, RULE_FLOOR */
    bool declared;        /* the owner's own declaration */
    const char *flag;     /* RULE_FLAG */
    const char *basis;    /* "gate:ID" or "floor:ID" */
    struct rule_expr when, until;
};

struct rule_point {
    int64_t x; /* in 1/RULE_X_ONE of the value's unit */
    int32_t y;
};

struct rule_entry {
    const char *key;
    int32_t y;
};

struct rule_scale { /* points or a table */
    size_t n_points, n_entries;
    const struct rule_point *points; /* x ascending */
    const struct rule_entry *entries;
    int32_t other; /* what is not in the table; RULE_NONE: missing */
    bool falls;    /* points: a higher value never scores higher */
};

struct rule_criterion {
    const char *id, *title, *source, *reason; /* NULL: not said, not title */
    const char *unit; /* of the value; NULL: that of the one property it is */
    enum tr_axis axis;
    int32_t weight;
    struct rule_expr value;
    struct rule_scale scale;
    bool illustrative;
};

struct rule_shown {
    const char *id, *title;
    enum tr_axis axis;
    struct rule_expr value;
};

struct rule_flag {
    const char *name;
    struct rule_expr when;
};

struct rule_ageing {
    const char *field, *date;
    int years;
    int line, column;
};

struct rule_line { /* all of these axes below */
    int32_t below[TR_AXES];
};

struct tr_rules {
    const char *file, *source; /* the text it was read from */
    const char *name, *version, *title, *note;
    const char *definitions[TR_CLASSES];

    size_t n_measures, n_gates, n_shown, n_flags, n_ageing;
    const struct rule_measure *measures;
    const struct rule_gate *gates;
    const struct rule_shown *shown;
    const struct rule_flag *flags;
    const struct rule_ageing *ageing;

    /* Criteria, axis by axis: axis a has first[a] .. first[a + 1] - 1. */
    size_t n_criteria, first[TR_AXES + 1];
    const struct rule_criterion *criteria;
    int64_t weight[TR_AXES]; /* of all criteria of the axis; 0: it has none */

    bool has_key, has_surplus;
    int32_t key_least[TR_AXES];    /* 1/100 point */
    int32_t key_coverage[TR_AXES]; /* percent */
    size_t n_lines, n_needs;
    const struct rule_line *lines;
    const size_t *needs; /* criteria */

    int32_t evidence_overall, evidence[TR_AXES]; /* percent */
    int32_t margin;                              /* 1/100 point */
    int64_t concentration, draws;
};

/* ---- reading (rules_*.c) ---- */

struct rule_reader {
    const char *file, *text;
    struct tr_arena *arena;
    struct tr_rules *rules; /* in the making */
};

enum tr_status rule_expr_read(const struct rule_reader *r,
                              const struct tr_node *map, const char *key,
                              struct rule_expr *out, struct tr_error *err);
enum tr_status rule_measures_read(const struct rule_reader *r,
                                  const struct tr_node *map,
                                  struct tr_error *err);
enum tr_status rule_gates_read(const struct rule_reader *r,
                               const struct tr_node *list,
                               struct tr_error *err);
enum tr_status rule_criteria_read(const struct rule_reader *r,
                                  const struct tr_node *map,
                                  struct tr_error *err);
enum tr_status rule_shown_read(const struct rule_reader *r,
                               const struct tr_node *list,
                               struct tr_error *err);
enum tr_status rule_classes_read(const struct rule_reader *r,
                                 const struct tr_node *root,
                                 struct tr_error *err);
/* The letters, digits, - and _ that make a name; anything else fails. */
enum tr_status rule_name_check(const struct rule_reader *r,
                               const struct tr_node *node,
                               struct tr_error *err);
/* Points with up to two decimals, 0..100, as 1/100 point. */
enum tr_status rule_points_read(const struct rule_reader *r,
                                const struct tr_node *node, int32_t *out,
                                struct tr_error *err);

/* ---- where an expression's byte `offset` stands in the file ---- */
void rule_where(const char *source, const struct rule_expr *e, size_t offset,
                int *line, int *column);
/* Bind; an unknown property or a wrong type names file, line and column. */
enum tr_status rule_bind(const struct tr_rules *r, const struct rule_expr *e,
                         const struct tr_table *t,
                         const struct tr_cql2_env *env, struct tr_arena *a,
                         const struct tr_cql2_bound **out,
                         struct tr_error *err);
/* "FILE:LINE:COLUMN: message" about an expression; returns TR_ECONFIG. */
__attribute__((format(printf, 4, 5))) enum tr_status
rule_fail(const struct tr_rules *r, const struct rule_expr *e,
          struct tr_error *err, const char *fmt, ...);

const char *rule_kind_name(enum rule_kind kind); /* "count" ... */

/* The score of a number on a points scale; of a key in a table, or RULE_NONE
 * when it is not there. */
int32_t scale_score(const struct rule_scale *s, double value);
int32_t scale_entry(const struct rule_scale *s, const char *key);
/* The lowest and highest score of the values low..high. */
void scale_range(const struct rule_scale *s, double low, double high,
                 int32_t *least, int32_t *most);

#endif
