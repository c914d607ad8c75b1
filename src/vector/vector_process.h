/*
 * vector_process.h - the child: started, talked to, ended, and swept up after.
 *
 * The child is this program again, found as /proc/self/exe, or, where /proc is
 * not mounted, by the path that the kernel started us with (AT_EXECFN). It gets
 * a fixed command line and environment, one socket, and a scratch folder of its
 * own (mode 0700), which goes when the process is ended. Only time spent
 * waiting for the child counts against its wall clock: a caller may take its
 * time between rows.
 */
#ifndef VECTOR_PROCESS_H
#define VECTOR_PROCESS_H

#include <sys/types.h>

#include "vector/vector_job.h"

struct vector_process {
    pid_t pid; /* 0: none */
    int fd;    /* the socket, -1: none */
    char scratch[512];
    const char *name; /* borrowed: what messages call the file */
    struct vector_limits limits;
    long ms_left; /* of the wall clock */
    struct vector_inbox inbox;
};

/* A zeroed process is not yet one; this makes it safe to end. */
void vector_process_init(struct vector_process *p, const char *name,
                         const struct vector_limits *limits);
/* Make the scratch folder inside `parent` (NULL: $TMPDIR, else /tmp). */
enum tr_status vector_process_scratch(struct vector_process *p,
                                      const char *parent, struct tr_error *err);
/* Start the child and hand it its job. */
enum tr_status vector_process_start(struct vector_process *p,
                                    const struct vector_job *job,
                                    struct tr_error *err);
/* Send everything in `b`. When the child has gone, fails with what it said
 * last, or with how it ended. */
enum tr_status vector_process_send(struct vector_process *p,
                                   const struct tr_buf *b,
                                   struct tr_error *err);
/* The child's next frame; an error frame is a failure already. */
enum tr_status vector_process_next(struct vector_process *p,
                                   struct vector_frame *out,
                                   struct tr_error *err);
/* Kill the child if it still runs, reap it, remove the scratch folder. */
void vector_process_end(struct vector_process *p);

#endif
