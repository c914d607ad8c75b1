/*
 * place_read.h - what the readers of a place's documents share: a cursor over
 * one file, and checks that name its line.
 */
#ifndef MODEL_PLACE_READ_H
#define MODEL_PLACE_READ_H

#include "terrier/node.h"
#include "terrier/place.h"

struct place_reading {
    struct tr_arena *a;
    const char *file; /* the one being read, for messages */
    struct tr_place place;
};

enum tr_status place_no_memory(struct tr_error *err);

/* Parse a document whose root is a map, and make it the current file. */
enum tr_status place_open(struct place_reading *r, const char *name,
                          const char *text, const struct tr_node **out,
                          struct tr_error *err);

/* The list under `key`, every item a map; NULL when it is absent. */
enum tr_status place_maps(const struct place_reading *r,
                          const struct tr_node *map, const char *key,
                          const struct tr_node **out, struct tr_error *err);

/* A text that must be there and not be empty. */
enum tr_status place_need_text(const struct place_reading *r,
                               const struct tr_node *map, const char *key,
                               const char **out, struct tr_error *err);

/* A list of texts; `*out` and `*n` are left alone when it is absent. */
enum tr_status place_texts(const struct place_reading *r,
                           const struct tr_node *map, const char *key,
                           const char *const **out, size_t *n,
                           struct tr_error *err);

/* Only ASCII letters, digits and `others`, and not empty. */
bool place_made_of(const char *s, const char *others);

/* Each reads one document into r->place. */
enum tr_status place_read_organisations(struct place_reading *r,
                                        const char *text, struct tr_error *err);
enum tr_status place_read_sensitive(struct place_reading *r, const char *text,
                                    struct tr_error *err);
enum tr_status place_read_links(struct place_reading *r, const char *text,
                                struct tr_error *err);
enum tr_status place_read_matches(struct place_reading *r, const char *text,
                                  struct tr_error *err);

#endif
