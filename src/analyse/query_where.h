/* query_where.h - which rows of a collection lie where a query looks. */
#ifndef ANALYSE_QUERY_WHERE_H
#define ANALYSE_QUERY_WHERE_H

#include "terrier/query.h"

/* Set the bits in `pass` (all clear so far, one per row) of the features that
 * lie in the query's box and within its distance; of all of them when it names
 * neither. Of sites only those are looked at that an index cannot rule out. */
enum tr_status query_where(const struct tr_collection *c,
                           const struct tr_query *q, struct tr_arena *a,
                           uint64_t *pass, struct tr_error *err);

/* From the query's point to a row, in mm rounded down; INT64_MAX to a row
 * without a place. */
int64_t query_distance(const struct tr_collection *c, const struct tr_query *q,
                       size_t row);

#endif
