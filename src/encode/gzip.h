/*
 * gzip.h - bytes into gzip, for archives. One of each thread's own.
 */
#ifndef ENCODE_GZIP_H
#define ENCODE_GZIP_H

#include "terrier/buf.h"

struct gzip;

struct gzip *gzip_open(void);     /* NULL without memory */
void gzip_close(struct gzip *gz); /* NULL is a no-op */
/* Append one gzip member. The same bytes give the same member. */
enum tr_status gzip_add(struct gzip *gz, const void *p, size_t len,
                        struct tr_buf *out, struct tr_error *err);

#endif
