/* store_lock.c - locks between processes that the kernel drops by itself.
 *
 * A lock row in the store could not tell a dead writer from a live one without
 * guessing; an open-file-description lock (Linux, fcntl(2)) goes with its
 * holder, and holds between two handles of one process too. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "store/sqlite_door.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum tr_status store_lock_try(const char *path, enum store_lock_what what,
                              int *fd, struct tr_error *err)
{
    char *file = sqlite3_mprintf("%s-lock", path);
    struct flock byte = { .l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)what,
                          .l_len = 1 };
    enum tr_status st = TR_OK;

    if (!file)
        return tr_fail(err, TR_ENOMEM, "no memory left for a lock");

    int f = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (f < 0) {
        st = tr_fail(err, TR_ECREATE, "cannot write '%s': %s", file,
                     strerror(errno));
        goto done;
    }
    if (!fcntl(f, F_OFD_SETLK, &byte)) {
        *fd = f;
        goto done;
    }

    int why = errno;

    close(f);
    if (why == EAGAIN || why == EACCES)
        *fd = -1;
    else
        st = tr_fail(err, TR_EIO, "cannot lock '%s': %s", file, strerror(why));
done:
    sqlite3_free(file);
    return st;
}

void store_lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
