/*
 * thread.h - running one job over a range on several threads.
 *
 * The range is cut into pieces whose borders depend on `n` and `grain` alone,
 * never on the number of threads, so that a job which writes only to its own
 * piece gives the same bytes on any number of them.
 */
#ifndef TR_THREAD_H
#define TR_THREAD_H

#include <stddef.h>

#include "terrier/status.h"

/* Work on items first..last-1. `worker` is 0..threads-1, for scratch space. */
typedef enum tr_status (*tr_thread_job)(void *context, size_t first,
                                        size_t last, unsigned worker,
                                        struct tr_error *err);

/* Run `job` over 0..n-1 in pieces of `grain` items on `threads` threads (0: as
 * many as there are cores); returns when all are done. The failure with the
 * lowest first item is the one reported. With one thread nothing is spawned. */
enum tr_status tr_thread_run(size_t n, size_t grain, unsigned threads,
                             tr_thread_job job, void *context,
                             struct tr_error *err);

unsigned tr_thread_cores(void);

#endif
