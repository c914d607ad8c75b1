/*
 * vector_fence.h - what the child gives up before GDAL opens anything.
 *
 * Four fences: no new privileges; limits on memory, processor time, file size
 * and open files; Landlock, so that only the scratch folder can be written and
 * only it and the libraries' own data read; and a seccomp filter without
 * network, new programs, new processes or other processes' memory. A call that
 * the filter knows as harmful fails with EPERM, one that it does not know with
 * ENOSYS, one in another machine's numbering ends the process.
 *
 * Landlock and seccomp depend on the kernel and on the container: where one is
 * not granted the child goes on with the others, and vector_fences() says so.
 */
#ifndef VECTOR_FENCE_H
#define VECTOR_FENCE_H

#include "vector/vector_job.h"

/* Close every descriptor from `first` on. */
void vector_close_from(int first);

/* Raise the fences, for good. `readable` lists `n` folders of library data.
 * Fails with TR_EBACKEND when the two that every Linux has cannot be had. */
enum tr_status vector_fence_in(const struct vector_job *job,
                               const char *const *readable, size_t n,
                               struct tr_error *err);

#endif
