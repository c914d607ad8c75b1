/* vector_process.c - see vector_process.h. nftw() wants the X/Open extensions.
 */
#define _XOPEN_SOURCE 700
#include "vector/vector_process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_SLACK ((size_t)4096) /* a frame's own fields beside the row */

void vector_process_init(struct vector_process *p, const char *name,
                         const struct vector_limits *limits)
{
    *p = (struct vector_process){ .fd = -1, .name = name, .limits = *limits };
    p->ms_left = (long)limits->max_seconds * 1000;
    vector_inbox_init(&p->inbox, limits->max_row_bytes + CHILD_SLACK);
}

enum tr_status vector_process_scratch(struct vector_process *p,
                                      const char *parent, struct tr_error *err)
{
    const char *dir = parent ? parent : getenv("TMPDIR");

    if (!dir || !*dir)
        dir = "/tmp";

    char path[sizeof p->scratch];
    int n = snprintf(path, sizeof path, "%s/terrier-vector-XXXXXX", dir);

    if (n < 0 || (size_t)n >= sizeof path)
        return tr_fail(err, TR_ECREATE,
                       "the name of the folder for temporary "
                       "files is too long");
    if (!mkdtemp(path))
        return tr_fail(err, TR_ECREATE,
                       "cannot make a folder for temporary files: %s; set "
                       "TMPDIR to one that can be written",
                       strerror(errno));
    memcpy(p->scratch, path, sizeof path);
    return TR_OK;
}

/* ---- starting ---- */

#define MAX_ENV 16u

/* Only these of our own environment concern the child. */
static const char *const inherited[] = { "PROJ_DATA",    "PROJ_LIB",
                                         "GDAL_DATA",    "ASAN_OPTIONS",
                                         "LSAN_OPTIONS", "UBSAN_OPTIONS",
                                         "TSAN_OPTIONS" };

static bool add_env(struct tr_arena *a, char **env, size_t *n, const char *key,
                    const char *value)
{
    if (!value)
        return true;
    env[*n] = tr_arena_printf(a, "%s=%s", key, value);
    return env[(*n)++] != NULL;
}

static bool make_env(struct tr_arena *a, const char *scratch, char **env)
{
    size_t n = 0;
    bool good = add_env(a, env, &n, "LC_ALL", "C") &&
                add_env(a, env, &n, "TZ", "UTC") &&
                add_env(a, env, &n, "TMPDIR", scratch) &&
                add_env(a, env, &n, "SQLITE_TMPDIR", scratch);

    for (size_t i = 0; good && i < sizeof inherited / sizeof *inherited; i++)
        good = add_env(a, env, &n, inherited[i], getenv(inherited[i]));
    env[n] = NULL;
    return good;
}

static const char *own_program(void)
{
    static const char proc[] = "/proc/self/exe";

    if (!access(proc, X_OK))
        return proc;
    /* The kernel keeps the name that we were started by in the aux vector. */
    unsigned long name = getauxval(AT_EXECFN);

    // NOLINTNEXTLINE(performance-no-int-to-ptr): that is how it is handed over
    return name ? (const char *)name : proc;
}

static int spawn(struct vector_process *p, int fd, char *const *env)
{
    char program[] = "terrier", argument[] = VECTOR_CHILD_ARGUMENT;
    char *argv[] = { program, argument, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, standard;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc) {
        posix_spawn_file_actions_destroy(&actions);
        return rc;
    }
    sigemptyset(&none);
    sigfillset(&standard);
    sigdelset(&standard, SIGKILL);
    sigdelset(&standard, SIGSTOP);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &standard);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    if (!rc)
        rc = posix_spawn(&p->pid, own_program(), &actions, &attr, argv, env);
    if (rc)
        p->pid = 0;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static enum tr_status start_child(struct vector_process *p, struct tr_arena *a,
                                  struct tr_error *err)
{
    char *env[MAX_ENV];
    int pair[2];

    if (!make_env(a, p->scratch, env))
        return tr_fail(err, TR_ENOMEM, "no memory left to start the reader");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return tr_fail(err, TR_EBACKEND, "cannot start the reader: %s",
                       strerror(errno));
    p->fd = pair[0];
    fcntl(pair[0], F_SETFL, O_NONBLOCK);

    int rc = spawn(p, pair[1], env);

    close(pair[1]);
    if (rc)
        return tr_fail(err, TR_EBACKEND,
                       "cannot start this program again as the reader: %s",
                       strerror(rc));
    return TR_OK;
}

enum tr_status vector_process_start(struct vector_process *p,
                                    const struct vector_job *job,
                                    struct tr_error *err)
{
    struct tr_arena a;
    struct tr_buf b;

    tr_arena_init(&a, (size_t)64 * 1024);
    tr_buf_init(&b, (size_t)64 * 1024);

    enum tr_status st = start_child(p, &a, err);

    if (!st) {
        vector_put_job(&b, job);
        st = tr_buf_status(&b, "the reader's job", err);
    }
    if (!st)
        st = vector_process_send(p, &b, err);
    tr_buf_clear(&b);
    tr_arena_clear(&a);
    return st;
}

/* ---- how it ended ---- */

static enum tr_status stopped_by(const struct vector_process *p, int sig,
                                 struct tr_error *err)
{
    const struct vector_limits *l = &p->limits;

    switch (sig) {
    case SIGXCPU:
        return tr_fail(err, TR_ELIMIT,
                       "'%s' took more than %d seconds of processor time",
                       p->name, l->max_seconds);
    case SIGXFSZ:
        return tr_fail(err, TR_ELIMIT,
                       "'%s' grows above the limit of %zu bytes", p->name,
                       l->max_file_bytes);
    case SIGSYS:
        return tr_fail(err, TR_EDATA,
                       "'%s' was refused: reading it tried something that is "
                       "not allowed",
                       p->name);
    default:
        return tr_fail(err, TR_EDATA,
                       "'%s' stopped its reader (signal %d): it is damaged, or "
                       "needs more than %zu MiB of memory",
                       p->name, sig, l->max_memory >> 20);
    }
}

/* The socket is closed: the child has ended, or is about to. */
static enum tr_status ended(struct vector_process *p, struct tr_error *err)
{
    int how = 0;

    if (!p->pid)
        return tr_fail(err, TR_EBACKEND, "the reader of '%s' has ended",
                       p->name);

    struct timespec tick = { .tv_nsec = 1000000 };
    pid_t got = 0;

    /* A child that closed its socket but lives on gets a second to leave. */
    for (int i = 0; i < 1000 && !got; i++) {
        got = waitpid(p->pid, &how, WNOHANG);
        if (!got)
            nanosleep(&tick, NULL);
    }
    if (!got) {
        kill(p->pid, SIGKILL);
        got = waitpid(p->pid, &how, 0);
    }
    p->pid = 0;
    if (got > 0 && WIFSIGNALED(how))
        return stopped_by(p, WTERMSIG(how), err);
    return tr_fail(err, TR_EBACKEND,
                   "the reader of '%s' ended before its work was done (%d)",
                   p->name, got > 0 ? WEXITSTATUS(how) : -1);
}

/* ---- talking ---- */

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum tr_status wait_for(struct vector_process *p, short events,
                               struct tr_error *err)
{
    struct pollfd fd = { .fd = p->fd, .events = events };
    long before = now_ms();

    while (p->ms_left > 0) {
        int n = poll(&fd, 1, (int)p->ms_left);
        long after = now_ms();

        p->ms_left -= after - before;
        before = after;
        if (n > 0)
            return TR_OK;
        if (n < 0 && errno != EINTR)
            return tr_fail(err, TR_EIO, "cannot wait for the reader: %s",
                           strerror(errno));
    }
    return tr_fail(err, TR_ELIMIT, "'%s' took more than %d seconds", p->name,
                   p->limits.max_seconds);
}

enum tr_status vector_process_next(struct vector_process *p,
                                   struct vector_frame *out,
                                   struct tr_error *err)
{
    for (;;) {
        enum tr_status st = vector_inbox_take(&p->inbox, out, err);

        if (st)
            return st;
        if (out->type == VECTOR_FRAME_ERROR)
            return vector_parse_error(out, err);
        if (out->type != VECTOR_FRAME_NONE)
            return TR_OK;

        size_t room;
        unsigned char *to = vector_inbox_room(&p->inbox, &room);

        if (!to)
            return tr_fail(err, TR_ENOMEM, "no memory left to read '%s'",
                           p->name);

        ssize_t n = recv(p->fd, to, room, 0);

        if (n > 0)
            vector_inbox_arrived(&p->inbox, (size_t)n);
        else if (n < 0 && (errno == EAGAIN || errno == EINTR))
            st = wait_for(p, POLLIN, err);
        else
            st = ended(p, err);
        if (st)
            return st;
    }
}

/* The child does not listen any more: what did it say last? */
static enum tr_status last_words(struct vector_process *p, struct tr_error *err)
{
    struct vector_frame f;
    enum tr_status st = vector_process_next(p, &f, err);

    return st ? st
              : tr_fail(err, TR_EDATA, "the reader of '%s' stopped listening",
                        p->name);
}

enum tr_status vector_process_send(struct vector_process *p,
                                   const struct tr_buf *b, struct tr_error *err)
{
    for (size_t sent = 0; sent < b->len;) {
        ssize_t n = send(p->fd, b->data + sent, b->len - sent, MSG_NOSIGNAL);

        if (n > 0) {
            sent += (size_t)n;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return last_words(p, err);

        enum tr_status st = wait_for(p, POLLOUT, err);

        if (st)
            return st;
    }
    return TR_OK;
}

/* ---- ending ---- */

static int remove_one(const char *path, const struct stat *info, int type,
                      struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

void vector_process_end(struct vector_process *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    p->pid = 0;
    if (*p->scratch)
        nftw(p->scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    p->scratch[0] = '\0';
    vector_inbox_clear(&p->inbox);
}
