/*
 * cql2_tree.h - a parsed expression, before it meets a table.
 *
 * Every node is immutable and lives in the arena of its parse. Text and JSON
 * give the same tree: `x NOT LIKE 'a'` is not(like(x, 'a')), `a AND b AND c` is
 * one `and` of three, `x IN (1, 2)` is in(x, 1, 2), `-x` is -1 * x.
 */
#ifndef CQL2_TREE_H
#define CQL2_TREE_H

#include "terrier/cql2.h"

enum cql2_kind {
    CQL2_BOOLEAN,
    CQL2_INTEGER,
    CQL2_NUMBER,
    CQL2_TEXT,
    CQL2_DATE,     /* integer: days */
    CQL2_INSTANT,  /* integer: microseconds */
    CQL2_OPEN,     /* ".." in an interval */
    CQL2_INTERVAL, /* two args */
    CQL2_SHAPE,    /* a geometry literal */
    CQL2_ARRAY,    /* args */
    CQL2_PROPERTY, /* text: its name */
    CQL2_CALL      /* op and args */
};

/* Operators, predicates and functions alike; cql2_op_info() describes them. */
enum cql2_op {
    CQL2_AND,
    CQL2_OR,
    CQL2_NOT,
    CQL2_EQ,
    CQL2_NE,
    CQL2_LT,
    CQL2_LE,
    CQL2_GT,
    CQL2_GE,
    CQL2_LIKE,
    CQL2_BETWEEN,
    CQL2_IN,
    CQL2_IS_NULL,
    CQL2_ADD,
    CQL2_SUB,
    CQL2_MUL,
    CQL2_DIV,
    CQL2_MOD,
    CQL2_INT_DIV,
    CQL2_POW,
    CQL2_CASEI,
    CQL2_ACCENTI,
    CQL2_S_INTERSECTS,
    CQL2_S_EQUALS,
    CQL2_S_DISJOINT,
    CQL2_S_TOUCHES,
    CQL2_S_WITHIN,
    CQL2_S_OVERLAPS,
    CQL2_S_CROSSES,
    CQL2_S_CONTAINS,
    CQL2_T_AFTER,
    CQL2_T_BEFORE,
    CQL2_T_CONTAINS,
    CQL2_T_DISJOINT,
    CQL2_T_DURING,
    CQL2_T_EQUALS,
    CQL2_T_FINISHED_BY,
    CQL2_T_FINISHES,
    CQL2_T_INTERSECTS,
    CQL2_T_MEETS,
    CQL2_T_MET_BY,
    CQL2_T_OVERLAPPED_BY,
    CQL2_T_OVERLAPS,
    CQL2_T_STARTED_BY,
    CQL2_T_STARTS,
    CQL2_A_EQUALS,
    CQL2_A_CONTAINS,
    CQL2_A_CONTAINED_BY,
    CQL2_A_OVERLAPS,
    CQL2_COALESCE,
    CQL2_IF,
    CQL2_TO_NUMBER,
    CQL2_TO_DATE,
    CQL2_TO_TEXT,
    CQL2_UPPER,
    CQL2_LOWER,
    CQL2_TRIM,
    CQL2_LOOKUP,
    CQL2_STARTS_WITH,
    CQL2_CONTAINS,
    CQL2_ANY_LIKE,
    CQL2_HAS,
    CQL2_MIN,
    CQL2_MAX,
    CQL2_ROUND,
    CQL2_YEARS_BETWEEN,
    CQL2_TODAY,
    CQL2_UNKNOWN_FUNCTION, /* parses; binding refuses it by name */
    CQL2_N_OPS
};

/* How an operator is written in text. */
enum cql2_form { CQL2_INFIX, CQL2_FUNCTION, CQL2_SPECIAL };

struct cql2_op_info {
    const char *name; /* as in JSON: "t_finishedBy", "isNull", "<=" */
    enum cql2_form form;
    int min_args, max_args; /* max 0: any number */
};

const struct cql2_op_info *cql2_op_info(enum cql2_op op);
/* The function (any letter case) or, with `json`, also operator of that name;
 * CQL2_UNKNOWN_FUNCTION when there is none. */
enum cql2_op cql2_op_find(const char *name, bool json);
/* The function whose name is nearest, or NULL: for "did you mean". */
const char *cql2_function_nearest(const char *name);
static inline bool cql2_is_array_op(enum cql2_op op)
{
    return op >= CQL2_A_EQUALS && op <= CQL2_A_OVERLAPS;
}
static inline bool cql2_is_time_op(enum cql2_op op)
{
    return op >= CQL2_T_AFTER && op <= CQL2_T_STARTS;
}
static inline bool cql2_is_space_op(enum cql2_op op)
{
    return op >= CQL2_S_INTERSECTS && op <= CQL2_S_CONTAINS;
}

enum cql2_shape_kind {
    CQL2_POINT,
    CQL2_LINESTRING,
    CQL2_POLYGON, /* items: rings, as LINESTRING */
    CQL2_MULTIPOINT,
    CQL2_MULTILINESTRING,
    CQL2_MULTIPOLYGON,
    CQL2_COLLECTION,
    CQL2_BBOX /* coords: 4 numbers, or 6 */
};

struct cql2_shape {
    enum cql2_shape_kind kind;
    size_t dims;          /* numbers to a position: 2 or 3 */
    size_t n;             /* positions in coords, or items */
    const double *coords; /* POINT, LINESTRING, BBOX */
    const struct cql2_shape *const *items;
};

struct cql2_node {
    enum cql2_kind kind;
    enum cql2_op op;
    int depth;        /* of the tree below and with it; a leaf has 1 */
    size_t at;        /* offset in the text; 0 when read from JSON */
    const char *text; /* TEXT, PROPERTY, unknown functions */
    bool truth;
    int64_t integer;
    double number;
    const struct cql2_shape *shape;
    size_t n;
    const struct cql2_node *const *args;
};

struct tr_cql2 {
    const struct cql2_node *root;
};

/* ---- making nodes, with the limits counted; cql2_make.c ---- */

#define CQL2_MAX_DEPTH 32

struct cql2_maker {
    struct tr_arena *arena;
    size_t max_ops, max_literals;
    size_t n_ops, n_literals;
    const char *source; /* the text being read; NULL: JSON */
    size_t at;          /* where in it we are, for messages */
    struct tr_error *err;
    enum tr_status st; /* the first failure */
};

void cql2_maker_init(struct cql2_maker *m, enum tr_cql2_limits limits,
                     struct tr_arena *a, struct tr_error *err);
/* Fails once: later failures keep the first message. Returns NULL. */
__attribute__((format(printf, 3, 4))) void *
cql2_fail(struct cql2_maker *m, enum tr_status code, const char *fmt, ...);

/* A growing list of nodes. */
struct cql2_list {
    const struct cql2_node **items;
    size_t n, size;
};
/* False when the maker has failed. `node` NULL: it has. */
bool cql2_list_add(struct cql2_maker *m, struct cql2_list *l,
                   const struct cql2_node *node);

/* Each returns NULL after a failure. Texts are made NFC, and copied. */
const struct cql2_node *cql2_make_literal(struct cql2_maker *m,
                                          struct cql2_node node);
const struct cql2_node *cql2_make_text(struct cql2_maker *m, const char *s);
const struct cql2_node *cql2_make_property(struct cql2_maker *m, const char *s);
const struct cql2_node *cql2_make_date(struct cql2_maker *m, const char *s);
const struct cql2_node *cql2_make_instant(struct cql2_maker *m, const char *s);
/* A text in an interval: a date, an instant or "..". */
const struct cql2_node *cql2_make_moment(struct cql2_maker *m, const char *s);
const struct cql2_node *cql2_make_array(struct cql2_maker *m,
                                        const struct cql2_list *items);
/* Two ends; texts among them are made moments, in place. */
const struct cql2_node *cql2_make_interval(struct cql2_maker *m,
                                           const struct cql2_list *ends);
/* `name`: of an unknown function, else NULL. Checks the number of args. */
const struct cql2_node *cql2_make_call(struct cql2_maker *m, enum cql2_op op,
                                       const char *name,
                                       const struct cql2_list *args);
const struct cql2_node *cql2_make_call2(struct cql2_maker *m, enum cql2_op op,
                                        const struct cql2_node *a,
                                        const struct cql2_node *b);
const struct cql2_node *cql2_make_not(struct cql2_maker *m,
                                      const struct cql2_node *a);
const struct cql2_node *cql2_make_shape(struct cql2_maker *m,
                                        const struct cql2_shape *shape);

/* Microseconds of an RFC 3339 instant with or without a fraction. */
bool cql2_instant_parse(const char *s, int64_t *us);
/* May this be the name of a function of someone else's? */
bool cql2_is_function_name(const char *name);
/* Words that a bare property may not be: and, or, not ... */
bool cql2_is_reserved(const char *word, size_t len);

/* ---- geometry literals: cql2_wkt.c, used by the text parser ---- */

/* "POINT" ... "GEOMETRYCOLLECTION", "BBOX"; ENVELOPE is an old name of BBOX. */
bool cql2_shape_kind_find(const char *word, size_t len,
                          enum cql2_shape_kind *out);
const char *cql2_shape_name(enum cql2_shape_kind kind);      /* "POINT" */
const char *cql2_shape_json_name(enum cql2_shape_kind kind); /* "Point" */
/* Structure only: enough positions, closed rings. False: `*why` says what. */
bool cql2_shape_check(const struct cql2_shape *s, const char **why);

#endif
