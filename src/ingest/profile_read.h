/*
 * profile_read.h - shared by the files that read a profile: a cursor, and the
 * checks that several keys need.
 */
#ifndef INGEST_PROFILE_READ_H
#define INGEST_PROFILE_READ_H

#include "ingest/profile.h"

struct profile_reading {
    struct tr_arena *a;
    const struct tr_node *root;
    struct profile *p;
};

enum tr_status profile_no_memory(struct tr_error *err);

/* A text that, where it is given, is not empty. */
enum tr_status profile_text(const struct profile_reading *r,
                            const struct tr_node *map, const char *key,
                            const char **out, struct tr_error *err);

/* The node's text when it is a scalar; else complain that `key` wants one. */
enum tr_status profile_scalar(const struct profile_reading *r,
                              const struct tr_node *node, const char *key,
                              const char **out, struct tr_error *err);

/* A list of texts, or one text as a list of one. */
enum tr_status profile_texts(const struct profile_reading *r,
                             const struct tr_node *node, const char *key,
                             const char *const **out, size_t *n,
                             struct tr_error *err);

enum tr_status profile_parse_expression(const struct profile_reading *r,
                                        const struct tr_node *node,
                                        struct profile_expression *out,
                                        struct tr_error *err);

enum tr_status profile_read_tier(const struct profile_reading *r,
                                 const struct tr_node *node, enum tr_tier *out,
                                 struct tr_error *err);

enum tr_status profile_read_sources(const struct profile_reading *r,
                                    const struct tr_node *node,
                                    const struct profile_source **out,
                                    size_t *n, struct tr_error *err);

/* profile_fields.c: fields, values, types, field_tiers and what each kind of
 * layer adds to them; then the schema. */
enum tr_status profile_read_fields(struct profile_reading *r,
                                   struct tr_error *err);

#endif
