/* cql2_print.h - values and nodes as text, for both printers. */
#ifndef CQL2_PRINT_H
#define CQL2_PRINT_H

#include "cql2_tree.h"

void cql2_put_number(struct tr_buf *out, double v);
void cql2_put_date(struct tr_buf *out, int64_t days);
void cql2_put_instant(struct tr_buf *out, int64_t us);
void cql2_put_shape(struct tr_buf *out, const struct cql2_shape *s);
void cql2_print_node(const struct cql2_node *node, struct tr_buf *out);

#endif
