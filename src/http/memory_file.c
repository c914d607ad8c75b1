/* memory_file.c - see memory_file.h. Of memfd_create() POSIX knows nothing. */
#define _GNU_SOURCE
#include "http/memory_file.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int memory_file(const void *bytes, size_t len)
{
    const char *p = bytes;
    int fd = memfd_create("answer", MFD_CLOEXEC);

    while (fd >= 0 && len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        p += n;
        len -= (size_t)n;
    }
    return fd;
}
