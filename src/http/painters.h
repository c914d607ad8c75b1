/*
 * painters.h - the painters of pictures: each is one thread's at a time, costs
 * milliseconds to open, and so is kept for the next.
 */
#ifndef HTTP_PAINTERS_H
#define HTTP_PAINTERS_H

#include "terrier/raster.h"

struct http_painters;

/* With one painter opened, which makes the fonts ready before there are other
 * threads. */
enum tr_status painters_new(struct http_painters **out, struct tr_error *err);
void painters_free(struct http_painters *p); /* NULL is a no-op */

/* Take one, give it back. Of NULL: a new one each time. */
enum tr_status painters_take(struct http_painters *p, struct tr_raster **out,
                             struct tr_error *err);
void painters_give(struct http_painters *p, struct tr_raster *r);

#endif
