/*
 * feed_check.h - what the gate asks of one column, one site, one value.
 */
#ifndef FEED_CHECK_H
#define FEED_CHECK_H

#include "terrier/arena.h"
#include "terrier/buf.h"
#include "terrier/snapshot.h"

struct feed_check {
    const struct tr_snapshot *s;
    const struct tr_place *place;
    uint32_t place_index;
    struct tr_arena a;       /* of the whole check */
    struct tr_arena scratch; /* of one row */
    size_t n;                /* sites in sites.csv, in their order: */
    const char **ids;
    struct tr_error *err;
};

/* TR_EDATA, naming the file, the row and the field. */
enum tr_status feed_refuse(struct feed_check *g, const char *file,
                           const char *row, const char *field, const char *why);

/* May the feed have a column of this name? */
enum tr_status feed_check_column(struct feed_check *g, const char *file,
                                 const char *name);
/* The place's own site of this id, as an index into the snapshot. */
enum tr_status feed_find_site(struct feed_check *g, const char *file,
                              const char *id, size_t *out);
/* Is each of its occupations public, and none on the sensitive list? */
enum tr_status feed_check_occupations(struct feed_check *g, const char *file,
                                      size_t site);
/* One finished value of one site, as text, in either file. */
enum tr_status feed_check_value(struct feed_check *g, const char *file,
                                size_t site, const char *name,
                                const char *value);
/* Is it surplus, and was that published? */
bool feed_published_surplus(const struct feed_check *g, size_t site);
/* Does withdrawn.csv say that sites were withdrawn, and when, and no more? */
enum tr_status feed_check_withdrawn(struct feed_check *g,
                                    const struct tr_buf *b);
/* May its position be told? */
bool feed_may_locate(const struct feed_check *g, size_t site);

#endif
