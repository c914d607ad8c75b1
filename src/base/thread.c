/* thread.c - see terrier/thread.h */
#include "terrier/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define MOST_THREADS 256u

/* One call of tr_thread_run(), shared by its threads. */
struct work {
    size_t n, grain;
    tr_thread_job job;
    void *context;
    atomic_size_t next; /* the first item of the next piece */
    pthread_mutex_t lock;
    /* Under the lock: */
    enum tr_status failed;
    size_t failed_first;
    struct tr_error error;
};

struct hand {
    pthread_t thread;
    struct work *work;
    unsigned number;
};

static void record_failure(struct work *w, size_t first, enum tr_status st,
                           const struct tr_error *e)
{
    pthread_mutex_lock(&w->lock);
    if (!w->failed || first < w->failed_first) {
        w->failed = st;
        w->failed_first = first;
        w->error = *e;
    }
    pthread_mutex_unlock(&w->lock);
    /* No more pieces. All with a lower first item were handed out before this
     * one and will be finished, so the lowest failure is always the same. */
    atomic_store(&w->next, w->n);
}

static bool take_piece(struct work *w, size_t *first, size_t *last)
{
    size_t from = atomic_load(&w->next);
    size_t to;

    do {
        if (from >= w->n)
            return false;
        to = w->n - from > w->grain ? from + w->grain : w->n;
    } while (!atomic_compare_exchange_weak(&w->next, &from, to));
    *first = from;
    *last = to;
    return true;
}

static void *run_hand(void *p)
{
    const struct hand *hand = p;
    struct work *w = hand->work;
    struct tr_error e = TR_ERROR_INIT;
    size_t first;
    size_t last;

    while (take_piece(w, &first, &last)) {
        enum tr_status st = w->job(w->context, first, last, hand->number, &e);

        if (st)
            record_failure(w, first, st, &e);
    }
    return NULL;
}

static unsigned useful_threads(size_t n, size_t grain, unsigned threads)
{
    size_t n_pieces = n / grain + (n % grain != 0);

    if (!threads)
        threads = tr_thread_cores();
    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    return n_pieces < threads ? (unsigned)n_pieces : threads;
}

enum tr_status tr_thread_run(size_t n, size_t grain, unsigned threads,
                             tr_thread_job job, void *context,
                             struct tr_error *err)
{
    struct work w = { .n = n, .grain = grain, .job = job, .context = context };
    struct hand hands[MOST_THREADS];
    unsigned n_hands = 1;

    assert(grain > 0);
    threads = useful_threads(n, grain, threads);
    atomic_init(&w.next, 0);
    pthread_mutex_init(&w.lock, NULL);
    hands[0] = (struct hand){ .work = &w };
    /* If no more threads can be had, fewer do the work. */
    for (; n_hands < threads; n_hands++) {
        struct hand *hand = &hands[n_hands];

        *hand = (struct hand){ .work = &w, .number = n_hands };
        if (pthread_create(&hand->thread, NULL, run_hand, hand))
            break;
    }
    run_hand(&hands[0]);
    for (unsigned i = 1; i < n_hands; i++)
        pthread_join(hands[i].thread, NULL);
    pthread_mutex_destroy(&w.lock);
    if (w.failed && err)
        *err = w.error;
    return w.failed;
}

unsigned tr_thread_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > (long)MOST_THREADS ? MOST_THREADS : (unsigned)n;
}
