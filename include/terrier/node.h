/*
 * node.h - a parsed YAML or JSON document as a tree of typed nodes that know
 * their line, so that every complaint about a file can say where.
 *
 * Both readers are strict. YAML: one document; no anchors, aliases, tags or
 * doubled keys; a plain scalar has the type that YAML 1.2 core gives it (so
 * `no` and `NO` are text, never a boolean, and a quoted scalar is always text).
 * JSON: RFC 8259, no doubled keys. Every number is finite, no text holds
 * U+0000, a byte order mark is skipped. A YAML integer beyond 64 bits is a
 * NUMBER; a JSON one is refused. Depth, size and number of nodes are limited.
 * Everything lives in the arena.
 */
#ifndef TR_NODE_H
#define TR_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terrier/arena.h"

#define TR_NODE_MAX_DEPTH 64
#define TR_NODE_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define TR_NODE_MAX_COUNT 10000000 /* nodes in one document */

enum tr_node_kind {
    TR_NODE_NULL,
    TR_NODE_BOOL,
    TR_NODE_INTEGER,
    TR_NODE_NUMBER,
    TR_NODE_TEXT,
    TR_NODE_LIST,
    TR_NODE_MAP
};

struct tr_node {
    enum tr_node_kind kind;
    int line, column; /* from 1; 0 for JSON, whose reader does not say */
    const char *text; /* scalars: as written (unquoted; a JSON number: its
                         shortest form), never NULL; "" for LIST and MAP */
    bool truth;       /* BOOL */
    int64_t integer;  /* INTEGER */
    double number;    /* NUMBER, and INTEGER as a double */
    size_t n;         /* LIST, MAP: how many */
    const struct tr_node *const *items; /* LIST: items; MAP: values */
    const struct tr_node *const *keys;  /* MAP: TEXT nodes, as in the file */
};

/* Parse `len` bytes of UTF-8. `file` names the source in messages:
 * "council.yaml:12:3: key 'partner' is given twice". Fails with TR_ECONFIG
 * (YAML), TR_EDATA (JSON), TR_ELIMIT or TR_ENOMEM. */
enum tr_status tr_yaml_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct tr_node **out,
                             struct tr_error *err);
enum tr_status tr_json_parse(const char *text, size_t len, const char *file,
                             struct tr_arena *a, const struct tr_node **out,
                             struct tr_error *err);

/* The value of `key` in a map; NULL when absent, or when `map` is NULL or not
 * a map. */
const struct tr_node *tr_node_get(const struct tr_node *map, const char *key);

/* Checks that read like sentences. Each fails with TR_ECONFIG and a message
 * "FILE:LINE:COLUMN: ..." that names `key`. A key that is absent leaves `*out`
 * alone: set the default first. tr_node_need() makes absence the failure. */
enum tr_status tr_node_need(const struct tr_node *map, const char *key,
                            const char *file, const struct tr_node **out,
                            struct tr_error *err);
enum tr_status tr_node_text(const struct tr_node *map, const char *key,
                            const char *file, const char **out,
                            struct tr_error *err); /* any scalar, as written */
enum tr_status tr_node_integer(const struct tr_node *map, const char *key,
                               const char *file, int64_t *out,
                               struct tr_error *err);
enum tr_status tr_node_number(const struct tr_node *map, const char *key,
                              const char *file, double *out,
                              struct tr_error *err);
enum tr_status tr_node_bool(const struct tr_node *map, const char *key,
                            const char *file, bool *out, struct tr_error *err);
enum tr_status tr_node_list(const struct tr_node *map, const char *key,
                            const char *file, const struct tr_node **out,
                            struct tr_error *err);
enum tr_status tr_node_map(const struct tr_node *map, const char *key,
                           const char *file, const struct tr_node **out,
                           struct tr_error *err);
/* A civil date written YYYY-MM-DD, as days since 1970-01-01. */
enum tr_status tr_node_date(const struct tr_node *map, const char *key,
                            const char *file, int32_t *out,
                            struct tr_error *err);

/* Fail on the first key that is not one of `known` (n names), naming its line
 * and the nearest known one: "unknown key 'partnr', did you mean 'partner'". */
enum tr_status tr_node_known_keys(const struct tr_node *map,
                                  const char *const *known, size_t n,
                                  const char *file, struct tr_error *err);

/* "FILE:LINE:COLUMN: message" into `err`; returns TR_ECONFIG. */
__attribute__((format(printf, 4, 5))) enum tr_status
tr_node_fail(const struct tr_node *node, const char *file, struct tr_error *err,
             const char *fmt, ...);

#endif
