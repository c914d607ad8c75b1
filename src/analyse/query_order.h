/* query_order.h - the rows that passed, in the order that a query asks for. */
#ifndef ANALYSE_QUERY_ORDER_H
#define ANALYSE_QUERY_ORDER_H

#include "terrier/query.h"

/* From the bits of the rows that passed to the query's page of them; fills all
 * of `out` but its collection. TR_EINVAL: the sort does not fit. */
enum tr_status query_order(const struct tr_collection *c,
                           const struct tr_query *q, const uint64_t *pass,
                           struct tr_arena *a, struct tr_query_result *out,
                           struct tr_error *err);

#endif
