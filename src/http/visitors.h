/*
 * visitors.h - the connections that are open, and until when each may be.
 *
 * libmicrohttpd's own time limit starts anew with each byte, so that a client
 * which sends one now and then is never cut. These limits are of the whole: for
 * asking, and for taking the answer.
 */
#ifndef HTTP_VISITORS_H
#define HTTP_VISITORS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct visitor {
    struct visitor *next, *prev;
    int fd;
    atomic_llong until; /* monotonic microseconds; then it is cut */
};

struct visitors {
    pthread_mutex_t lock; /* of the list: taken when one comes and goes */
    struct visitor *first;
    atomic_uint n;
    atomic_ullong cut;
};

void visitors_init(struct visitors *v);
void visitors_come(struct visitors *v, struct visitor *one);
void visitors_go(struct visitors *v, struct visitor *one);
/* Cut those whose time is over. */
void visitors_sweep(struct visitors *v, int64_t now);

#endif
