/* visitors.c - see visitors.h */
#include "http/visitors.h"

#include <sys/socket.h>

void visitors_init(struct visitors *v)
{
    *v = (struct visitors){ 0 };
    pthread_mutex_init(&v->lock, NULL);
}

void visitors_come(struct visitors *v, struct visitor *one)
{
    pthread_mutex_lock(&v->lock);
    one->prev = NULL;
    one->next = v->first;
    if (v->first)
        v->first->prev = one;
    v->first = one;
    pthread_mutex_unlock(&v->lock);
    atomic_fetch_add(&v->n, 1);
}

void visitors_go(struct visitors *v, struct visitor *one)
{
    pthread_mutex_lock(&v->lock);
    if (one->prev)
        one->prev->next = one->next;
    else
        v->first = one->next;
    if (one->next)
        one->next->prev = one->prev;
    pthread_mutex_unlock(&v->lock);
    atomic_fetch_sub(&v->n, 1);
}

/* Only shut down, never closed: the descriptor is the server's, which hears the
 * end of the connection from the socket. Its number cannot be another's: who
 * goes is taken off the list before it is closed. */
void visitors_sweep(struct visitors *v, int64_t now)
{
    pthread_mutex_lock(&v->lock);
    for (struct visitor *one = v->first; one; one = one->next) {
        if (atomic_load(&one->until) >= now)
            continue;
        shutdown(one->fd, SHUT_RDWR);
        atomic_store(&one->until, INT64_MAX);
        atomic_fetch_add(&v->cut, 1);
    }
    pthread_mutex_unlock(&v->lock);
}
