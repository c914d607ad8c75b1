/*
 * feed_columns.h - the columns of the public feed: an allow-list.
 */
#ifndef FEED_COLUMNS_H
#define FEED_COLUMNS_H

#include "terrier/snapshot.h"

/* Is it a column that the feed of this place may have? Asked of a name alone,
 * by the gate too. */
bool feed_column_allowed(const struct tr_snapshot *s, uint32_t place,
                         const char *name);

/* The sites table with the feed's columns in the feed's order; those of the
 * register that no site has are there, empty, so that the header stays the
 * same. Rows are the snapshot's. */
enum tr_status feed_columns(const struct tr_snapshot *s, uint32_t place,
                            struct tr_arena *a, struct tr_table *out,
                            struct tr_error *err);

/* What a column is, for people; NULL: nothing to say. */
const char *feed_column_title(const char *name);

#endif
