/* desk.c - see desk.h */
#include "http/desk.h"

#include <stdlib.h>

#define MOST_KEPT ((size_t)1024 * 1024) /* bytes of an idle desk's memory */

void desks_init(struct desks *d, const char *grid_dir)
{
    *d = (struct desks){ .grid_dir = grid_dir };
    pthread_mutex_init(&d->lock, NULL);
}

static void free_desk(struct desk *desk)
{
    if (!desk)
        return;
    tr_crs_close(desk->crs);
    packer_free(desk->packer);
    tr_arena_clear(&desk->arena);
    free(desk);
}

void desks_clear(struct desks *d)
{
    for (size_t i = 0; i < d->n; i++)
        free_desk(d->idle[i]);
    pthread_mutex_destroy(&d->lock);
}

static enum tr_status make_desk(const struct desks *d, struct desk **out,
                                struct tr_error *err)
{
    struct desk *desk = calloc(1, sizeof *desk);
    enum tr_status st = TR_OK;

    if (desk)
        desk->packer = packer_new();
    if (!desk || !desk->packer)
        st = tr_fail(err, TR_ENOMEM, "no memory left for the request");
    if (!st)
        st = tr_crs_open(d->grid_dir, &desk->crs, err);
    if (st) {
        free_desk(desk);
        return st;
    }
    *out = desk;
    return TR_OK;
}

enum tr_status desks_take(struct desks *d, size_t limit, struct desk **out,
                          struct tr_error *err)
{
    struct desk *desk = NULL;
    enum tr_status st;

    pthread_mutex_lock(&d->lock);
    if (d->n)
        desk = d->idle[--d->n];
    pthread_mutex_unlock(&d->lock);
    if (!desk) {
        st = make_desk(d, &desk, err);
        if (st)
            return st;
        tr_arena_init(&desk->arena, limit);
    }
    desk->arena.limit = limit;
    *out = desk;
    return TR_OK;
}

void desks_give(struct desks *d, struct desk *desk)
{
    if (desk->arena.used > MOST_KEPT)
        tr_arena_clear(&desk->arena);
    else
        tr_arena_reset(&desk->arena);
    pthread_mutex_lock(&d->lock);
    if (d->n < DESKS) {
        d->idle[d->n++] = desk;
        desk = NULL;
    }
    pthread_mutex_unlock(&d->lock);
    free_desk(desk);
}
