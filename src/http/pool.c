/* pool.c - see pool.h. Who puts jobs in bounds their number: flight.c. */
#include "http/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#define LESS_URGENT 3 /* as by nice(1) */

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t come;
    struct pool_job *first, **end;
    size_t waiting;
    bool ending;
    unsigned n;
    pthread_t threads[];
};

static struct pool_job *take(struct pool *p)
{
    struct pool_job *job;

    pthread_mutex_lock(&p->lock);
    while (!p->first && !p->ending)
        pthread_cond_wait(&p->come, &p->lock);
    job = p->first;
    if (job) {
        p->first = job->next;
        if (!p->first)
            p->end = &p->first;
        p->waiting--;
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

static void *work(void *context)
{
    struct pool_job *job;

    /* On Linux of this thread alone: those that serve connections go first. */
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + LESS_URGENT);
    while ((job = take(context)))
        job->run(job);
    return NULL;
}

struct pool *pool_new(unsigned threads)
{
    struct pool *p = calloc(1, sizeof *p + threads * sizeof(pthread_t));

    if (!p)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->come, NULL);
    p->end = &p->first;
    while (p->n < threads && !pthread_create(&p->threads[p->n], NULL, work, p))
        p->n++;
    if (!p->n) {
        pool_free(p);
        return NULL;
    }
    return p;
}

void pool_put(struct pool *p, struct pool_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&p->lock);
    *p->end = job;
    p->end = &job->next;
    p->waiting++;
    pthread_cond_signal(&p->come);
    pthread_mutex_unlock(&p->lock);
}

size_t pool_waiting(struct pool *p)
{
    size_t n;

    pthread_mutex_lock(&p->lock);
    n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->come);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->come);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
