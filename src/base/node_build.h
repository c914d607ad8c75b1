/*
 * node_build.h - what the YAML and the JSON reader share while they build a
 * tree: counting nodes, collecting children, refusing doubled keys.
 */
#ifndef BASE_NODE_BUILD_H
#define BASE_NODE_BUILD_H

#include "terrier/node.h"

struct node_build {
    struct tr_arena *arena;
    const char *file; /* for messages */
    size_t n_nodes;
    size_t depth; /* of lists and maps open now */
};

/* The children of a list or map, newest first, until it is closed. */
struct node_child {
    struct node_child *before;
    struct tr_node *key; /* NULL in a list */
    struct tr_node *value;
};

struct node_children {
    struct node_child *last;
    size_t n;
};

/* A zeroed node. Fails with TR_ELIMIT (too many) or TR_ENOMEM. */
enum tr_status node_new(struct node_build *b, enum tr_node_kind kind, int line,
                        int column, struct tr_node **out, struct tr_error *err);

/* Go into a list or map at `node`; TR_ELIMIT when that is too deep. */
enum tr_status node_enter(struct node_build *b, const struct tr_node *node,
                          struct tr_error *err);

enum tr_status node_add(struct node_build *b, struct node_children *children,
                        struct tr_node *key, struct tr_node *value,
                        struct tr_error *err);

/* Leave the list or map `node`, giving it its children in order. A key that is
 * there twice is TR_ECONFIG, at the place of the second. */
enum tr_status node_leave(struct node_build *b, struct tr_node *node,
                          const struct node_children *children,
                          struct tr_error *err);

/* Refuse what is too large or not UTF-8, and step over a byte order mark.
 * `code` is the reader's own: TR_ECONFIG or TR_EDATA. */
enum tr_status node_check_text(const char **text, size_t *len, const char *file,
                               enum tr_status code, struct tr_error *err);

enum tr_status node_no_memory(const struct node_build *b, struct tr_error *err);

#endif
