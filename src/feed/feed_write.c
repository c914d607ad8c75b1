/* feed_write.c - a feed onto the disk, whole or not at all. See feed.h.
 * renameat2() is Linux's own: it exchanges two folders in one step. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/feed.h"

#define FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static enum tr_status cannot(struct tr_error *err, enum tr_status code,
                             const char *what, const char *path)
{
    return tr_fail(err, code, "cannot %s '%s': %s", what, path,
                   strerror(errno));
}

static bool is_part(const char *name)
{
    for (int i = 0; i < FEED_PARTS; i++) {
        if (strcmp(name, feed_part_name((enum feed_part)i)) == 0)
            return true;
    }
    return false;
}

/* Is `path` a folder that we may replace? `*there` says whether it exists. */
static enum tr_status look_at(const char *path, bool *there,
                              struct tr_error *err)
{
    struct stat about;
    enum tr_status st = TR_OK;
    DIR *d;

    *there = lstat(path, &about) == 0;
    if (!*there)
        return errno == ENOENT ? TR_OK : cannot(err, TR_ECREATE, "see", path);
    if (!S_ISDIR(about.st_mode))
        return tr_fail(err, TR_ECREATE,
                       "'%s' is there and is not a folder: name another", path);
    d = opendir(path);
    if (!d)
        return cannot(err, TR_ECREATE, "look into", path);
    for (struct dirent *e; !st && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            !is_part(e->d_name))
            st = tr_fail(err, TR_ECREATE,
                         "'%s' holds '%s', which is not part of a feed: name "
                         "another folder",
                         path, e->d_name);
    }
    closedir(d);
    return st;
}

/* A folder that look_at() has passed. */
static enum tr_status drop(const char *path, struct tr_error *err)
{
    int fd = open(path, FOLDER);

    if (fd < 0)
        return errno == ENOENT ? TR_OK : cannot(err, TR_EIO, "remove", path);
    for (int i = 0; i < FEED_PARTS; i++)
        unlinkat(fd, feed_part_name((enum feed_part)i), 0);
    close(fd);
    return rmdir(path) ? cannot(err, TR_EIO, "remove", path) : TR_OK;
}

static enum tr_status put_part(int folder, const char *name,
                               const struct tr_buf *b, struct tr_error *err)
{
    int fd =
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    enum tr_status st = TR_OK;

    if (fd < 0)
        return cannot(err, TR_ECREATE, "create", name);
    for (size_t done = 0; !st && done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);

        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            st = cannot(err, TR_EIO, "write", name);
    }
    if (!st && fsync(fd))
        st = cannot(err, TR_EIO, "write", name);
    if (close(fd) && !st)
        st = cannot(err, TR_EIO, "write", name);
    return st;
}

/* The folder aside, made anew and held: two runs at once must not mix. What a
 * killed run left there is nobody's. */
static enum tr_status take_part(const char *path, int *out,
                                struct tr_error *err)
{
    bool there;
    enum tr_status st = look_at(path, &there, err);
    int fd = !st && there ? open(path, FOLDER) : -1;

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
        st = tr_fail(err, TR_EBUSY, "another run is writing '%s'", path);
    else if (fd >= 0)
        st = drop(path, err);
    if (fd >= 0)
        close(fd);
    if (st)
        return st;
    fd = mkdir(path, 0755) ? -1 : open(path, FOLDER);
    if (fd < 0)
        return cannot(err, TR_ECREATE, "create", path);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return tr_fail(err, TR_EBUSY, "another run is writing '%s'", path);
    }
    *out = fd;
    return TR_OK;
}

static enum tr_status put_parts(const struct feed *f, int folder,
                                struct tr_error *err)
{
    enum tr_status st = TR_OK;

    for (int i = 0; !st && i < FEED_PARTS; i++)
        st = put_part(folder, feed_part_name((enum feed_part)i), &f->parts[i],
                      err);
    if (!st && fsync(folder))
        st = cannot(err, TR_EIO, "write", "the feed");
    return st;
}

/* Give up - unless another run has taken the folder away already. */
static void give_up(int folder, const char *path)
{
    struct stat about;

    if (fstat(folder, &about) == 0 && about.st_nlink)
        drop(path, NULL);
}

struct paths {
    char dir[4096], part[4096], old[4096];
};

static enum tr_status name_paths(const char *dir, struct paths *p,
                                 struct tr_error *err)
{
    size_t n = strlen(dir);

    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (!n || n > sizeof p->dir - 8 || (n == 1 && *dir == '/') ||
        (n == 1 && *dir == '.'))
        return tr_fail(err, TR_EINVAL, "'%.60s' cannot be a feed's folder",
                       dir);
    snprintf(p->dir, sizeof p->dir, "%.*s", (int)n, dir);
    snprintf(p->part, sizeof p->part, "%.*s.part", (int)n, dir);
    snprintf(p->old, sizeof p->old, "%.*s.old", (int)n, dir);
    return TR_OK;
}

/* Between the two renames of a run that was killed only the old feed is there,
 * under its other name: it goes back first. */
static enum tr_status put_back(const struct paths *p, bool *there,
                               struct tr_error *err)
{
    bool old;
    enum tr_status st = look_at(p->dir, there, err);

    if (!st)
        st = look_at(p->old, &old, err);
    if (st || !old)
        return st;
    if (*there)
        return drop(p->old, err);
    if (rename(p->old, p->dir))
        return cannot(err, TR_ECREATE, "put back", p->dir);
    *there = true;
    return TR_OK;
}

/* The new feed under its name. In one step where the file system can. */
static enum tr_status exchange(const struct paths *p, bool there,
                               struct tr_error *err)
{
    if (!there)
        return rename(p->part, p->dir)
                   ? cannot(err, TR_ECREATE, "create", p->dir)
                   : TR_OK;
    if (renameat2(AT_FDCWD, p->part, AT_FDCWD, p->dir, RENAME_EXCHANGE) == 0)
        return drop(p->part, err);
    if (rename(p->dir, p->old))
        return cannot(err, TR_ECREATE, "replace", p->dir);
    if (rename(p->part, p->dir)) {
        enum tr_status st = cannot(err, TR_ECREATE, "replace", p->dir);

        (void)!rename(p->old, p->dir);
        return st;
    }
    return drop(p->old, err);
}

/* That the names last, too. */
static void sync_parent(char *dir)
{
    char *slash = strrchr(dir, '/');
    int fd;

    if (slash)
        slash[slash == dir] = '\0';
    fd = open(slash ? dir : ".", FOLDER);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

enum tr_status feed_write(const struct feed *f, const char *dir,
                          struct tr_error *err)
{
    struct paths p;
    bool there = false;
    int folder = -1;
    enum tr_status st = name_paths(dir, &p, err);

    if (!st)
        st = look_at(p.dir, &there, err);
    if (!st)
        st = take_part(p.part, &folder, err);
    if (st)
        return st;
    st = put_back(&p, &there, err);
    if (!st)
        st = put_parts(f, folder, err);
    if (!st)
        st = exchange(&p, there, err);
    if (st)
        give_up(folder, p.part);
    close(folder);
    if (!st)
        sync_parent(p.dir);
    return st;
}
