/* explain_text.h - what the files of an explanation as plain text share. */
#ifndef CLASSIFY_EXPLAIN_TEXT_H
#define CLASSIFY_EXPLAIN_TEXT_H

#include <stdbool.h>

#include "terrier/buf.h"
#include "terrier/node.h"

/* The text of a key, "" without one; whether it has a value that is not null;
 * its list, empty without one. */
const char *text_of(const struct tr_node *map, const char *key);
bool text_has(const struct tr_node *map, const char *key);
const struct tr_node *text_list(const struct tr_node *map, const char *key);

/* Two values that are the same: texts, numbers, lists of them. */
bool text_same(const struct tr_node *a, const struct tr_node *b);
void text_value(const struct tr_node *n, const char *unit, struct tr_buf *out);
/* The classes of a list: "key or core". */
void text_classes(const struct tr_node *list, struct tr_buf *out);
const char *text_class(const char *name);

/* explain_text_change.c: "What is not known", "What would change it". */
void text_missing(const struct tr_node *missing, struct tr_buf *out);
void text_flips(const struct tr_node *flips, struct tr_buf *out);

#endif
