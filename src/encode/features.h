/*
 * features.h - what the feature writers share: which columns, which values.
 */
#ifndef ENCODE_FEATURES_H
#define ENCODE_FEATURES_H

#include "terrier/encode.h"
#include "terrier/json.h"

/* The columns that `names` asks for, in that order; all of the table's when it
 * is NULL. TR_EINVAL for an unknown one, naming the nearest, and for one named
 * twice. The list is malloc'd: free() it. */
enum tr_status features_columns(const struct tr_table *t,
                                const char *const *names, size_t n_names,
                                const struct tr_column ***out, size_t *n,
                                struct tr_error *err);

/* A value as JSON; the row must have one. */
void features_json_value(struct tr_json *j, const struct tr_column *c,
                         size_t row);
/* A value as plain text: lists joined by ';', dates as yyyy-mm-dd. */
void features_text_value(struct tr_buf *b, const struct tr_column *c,
                         size_t row);

#endif
