/*
 * desk.h - what a request at work needs and is dear to make: a PROJ context, a
 * compressor, memory. One request sits at a desk at a time.
 */
#ifndef HTTP_DESK_H
#define HTTP_DESK_H

#include <pthread.h>

#include "http/coding.h"
#include "terrier/arena.h"
#include "terrier/crs.h"

#define DESKS 64 /* idle ones that are kept */

struct desk {
    struct tr_crs *crs;
    struct packer *packer;
    struct tr_arena arena; /* cleared when the desk is given back */
};

struct desks {
    pthread_mutex_t lock;
    const char *grid_dir;
    struct desk *idle[DESKS];
    size_t n;
};

void desks_init(struct desks *d, const char *grid_dir);
void desks_clear(struct desks *d);
/* An idle desk or a new one, whose arena gives `limit` bytes. Fails with what
 * tr_crs_open() fails with, and TR_ENOMEM. */
enum tr_status desks_take(struct desks *d, size_t limit, struct desk **out,
                          struct tr_error *err);
void desks_give(struct desks *d, struct desk *desk);

#endif
