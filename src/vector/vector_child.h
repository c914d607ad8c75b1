/*
 * vector_child.h - inside the child: the only files that know GDAL.
 */
#ifndef VECTOR_CHILD_H
#define VECTOR_CHILD_H

#include <gdal.h>

#include "vector/vector_job.h"

/* Before the names of a KML's fields that only say how a place is drawn. */
#define VECTOR_DRAWING "terrier drawing: "

/* The child's side of the socket is its standard input. */
struct vector_child {
    struct vector_job job;
    struct vector_inbox inbox;
    struct tr_buf out; /* frames not yet sent */
    struct tr_arena arena;
};

/* Send what is in `out` when it is more than `at_least` bytes. */
enum tr_status vector_child_flush(struct vector_child *c, size_t at_least,
                                  struct tr_error *err);
/* The parent's next frame, waiting for it. TR_EIO when the parent has gone. */
enum tr_status vector_child_next(struct vector_child *c,
                                 struct vector_frame *out,
                                 struct tr_error *err);

/* GDAL's last error as one line that does not name the scratch folder. */
const char *vector_child_reason(struct vector_child *c);

enum tr_status vector_child_read(struct vector_child *c, struct tr_error *err);
enum tr_status vector_child_write(struct vector_child *c, struct tr_error *err);
/* Unpack what the job says from the scratch folder's input.zip. */
enum tr_status vector_child_unpack(const struct vector_child *c,
                                   struct tr_error *err);

/* Field `i` of a feature as text at the end of `b`; false for null. Dates are
 * yyyy-mm-dd, instants yyyy-mm-ddThh:mm:ss with their offset, numbers read back
 * to the same double, lists are JSON. */
bool vector_child_value(OGRFeatureH feature, int i, bool sheet,
                        struct tr_buf *b);

#endif
