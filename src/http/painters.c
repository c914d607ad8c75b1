/* painters.c - see painters.h */
#include "http/painters.h"

#include <pthread.h>
#include <stdlib.h>

#define KEPT 16

struct http_painters {
    pthread_mutex_t lock;
    size_t n;
    struct tr_raster *idle[KEPT];
};

enum tr_status painters_new(struct http_painters **out, struct tr_error *err)
{
    struct http_painters *p = calloc(1, sizeof *p);
    enum tr_status st;

    if (!p)
        return tr_fail(err, TR_ENOMEM, "no memory left for the painters");
    st = tr_raster_open(&p->idle[0], err);
    if (st) {
        free(p);
        return st;
    }
    p->n = 1;
    pthread_mutex_init(&p->lock, NULL);
    *out = p;
    return TR_OK;
}

void painters_free(struct http_painters *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        tr_raster_close(p->idle[i]);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

enum tr_status painters_take(struct http_painters *p, struct tr_raster **out,
                             struct tr_error *err)
{
    struct tr_raster *r = NULL;

    if (p) {
        pthread_mutex_lock(&p->lock);
        if (p->n)
            r = p->idle[--p->n];
        pthread_mutex_unlock(&p->lock);
    }
    if (!r)
        return tr_raster_open(out, err);
    *out = r;
    return TR_OK;
}

void painters_give(struct http_painters *p, struct tr_raster *r)
{
    if (p) {
        pthread_mutex_lock(&p->lock);
        if (p->n < KEPT) {
            p->idle[p->n++] = r;
            r = NULL;
        }
        pthread_mutex_unlock(&p->lock);
    }
    tr_raster_close(r);
}
