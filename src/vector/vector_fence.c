/* vector_fence.c - see vector_fence.h. syscall() and O_PATH are GNU's. */
#define _GNU_SOURCE
#include "vector/vector_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The sanitizers reserve terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---- Landlock: the numbers are the kernel's, in no C library yet ---- */

#define LANDLOCK_CREATE       444L
#define LANDLOCK_ADD          445L
#define LANDLOCK_RESTRICT     446L
#define LANDLOCK_VERSION      1u
#define LANDLOCK_PATH_BENEATH 1u

#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_TRUNCATE    (UINT64_C(1) << 14)

struct landlock_ruleset {
    uint64_t fs, net, scoped;
};

struct landlock_path {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

static long landlock_abi(void)
{
    return syscall(LANDLOCK_CREATE, NULL, (size_t)0, LANDLOCK_VERSION);
}

/* Everything that this version can forbid; a later one adds rights that are
 * then simply not asked about. */
static struct landlock_ruleset everything(long abi)
{
    static const int fs_bits[] = { 0, 13, 14, 15, 15, 16 };
    struct landlock_ruleset all = { 0 };
    int bits = fs_bits[abi < 5 ? abi : 5];

    all.fs = (UINT64_C(1) << bits) - 1;
    if (abi >= 4)
        all.net = 3; /* TCP bind and connect */
    if (abi >= 6)
        all.scoped = 3; /* abstract sockets and signals of others */
    return all;
}

static bool allow(int ruleset, const char *folder, uint64_t rights)
{
    struct landlock_path rule = {
        .allowed = rights,
        .fd = open(folder, O_PATH | O_CLOEXEC),
    };

    if (rule.fd < 0)
        return false;

    long rc = syscall(LANDLOCK_ADD, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0u);

    close(rule.fd);
    return !rc;
}

static bool lock_files(const struct vector_job *job,
                       const char *const *readable, size_t n)
{
    long abi = landlock_abi();

    if (abi < 1)
        return false;

    struct landlock_ruleset all = everything(abi);
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    uint64_t reading = FS_READ_FILE | FS_READ_DIR;
    uint64_t writing = reading | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG;
    int ruleset = (int)syscall(LANDLOCK_CREATE, &all, size, 0u);

    if (ruleset < 0)
        return false;
    if (abi >= 3)
        writing |= FS_TRUNCATE;

    bool good = allow(ruleset, job->scratch, writing);

    /* A data folder that is not there cannot be read anyway. */
    for (size_t i = 0; i < n; i++)
        allow(ruleset, readable[i], reading);
    good = good && !syscall(LANDLOCK_RESTRICT, ruleset, 0u);
    close(ruleset);
    return good;
}

/* ---- seccomp ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Calls with no use for reading a file. Numbered alike on every machine from
 * 424 on, so those newer than our headers can be written down. */
static const int forbidden[] = {
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_setsockopt,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    SYS_vhangup,
    SYS_quotactl,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_inotify_init1,
    SYS_personality,
    SYS_setrlimit,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_capset,
    SYS_mknodat,
    SYS_mkdirat,
    SYS_symlinkat,
    SYS_linkat,
    SYS_memfd_create,
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_msgget,
    SYS_semget,
    SYS_mq_open,
    SYS_timer_create,
    SYS_setpriority,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_kcmp,
    SYS_io_setup,
    SYS_vmsplice,
    SYS_splice,
    SYS_tee,
    SYS_fchmodat,
    SYS_fchownat,
    424 /* pidfd_send_signal */,
    425 /* io_uring_setup */,
    426 /* io_uring_enter */,
    427 /* io_uring_register */,
    428 /* open_tree */,
    429 /* move_mount */,
    430 /* fsopen */,
    431 /* fsconfig */,
    432 /* fsmount */,
    433 /* fspick */,
    434 /* pidfd_open */,
    438 /* pidfd_getfd */,
    440 /* process_madvise */,
    442 /* mount_setattr */,
    447 /* memfd_secret */,
    448 /* process_mrelease */,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
    SYS_mknod,
    SYS_mkdir,
    SYS_symlink,
    SYS_link,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_inotify_init,
    SYS_uselib,
    SYS_ioperm,
    SYS_iopl,
    SYS_modify_ldt,
#endif
};

#define N_FORBIDDEN (sizeof forbidden / sizeof *forbidden)
#define NEWEST      451u /* calls above it are unknown to this list */
#define CLONE3      435u
#define X32_BIT     0x40000000u
#define THREAD_FLAG 0x00010000u /* CLONE_THREAD */
#define MAX_FILTER  (2 * N_FORBIDDEN + 40)

struct program {
    struct sock_filter code[MAX_FILTER];
    unsigned short n;
};

static void add(struct program *p, struct sock_filter op)
{
    p->code[p->n++] = op;
}

static void load(struct program *p, size_t offset)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                        (uint32_t)offset));
}

static void answer(struct program *p, uint32_t what)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* Go on when the loaded word compares so with `value`; else skip `n`. */
static void unless(struct program *p, unsigned op, uint32_t value, unsigned n)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | op | BPF_K, value, 0,
                                        (unsigned char)n));
}

#define REFUSE      (SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))
#define UNKNOWN     (SECCOMP_RET_ERRNO | (ENOSYS & SECCOMP_RET_DATA))
#define LOW_WORD(i) (offsetof(struct seccomp_data, args) + 8 * (i))

/* `nr` is allowed when its argument's low word has `value` in it. */
static void only_with(struct program *p, uint32_t nr, unsigned op, size_t arg,
                      uint32_t value)
{
    unless(p, BPF_JEQ, nr, 4);
    load(p, LOW_WORD(arg));
    unless(p, op, value, 1);
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, REFUSE);
}

#ifdef ARCHITECTURE
static void build(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE,
                                        1, 0));
    answer(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
    unless(p, BPF_JGE, X32_BIT, 1);
    answer(p, SECCOMP_RET_KILL_PROCESS);
    unless(p, BPF_JGT, NEWEST, 1);
    answer(p, UNKNOWN);
    /* The C library then asks with clone, whose flags can be seen. */
    unless(p, BPF_JEQ, CLONE3, 1);
    answer(p, UNKNOWN);
    only_with(p, SYS_clone, BPF_JSET, 0, THREAD_FLAG);
    only_with(p, SYS_tgkill, BPF_JEQ, 0, (uint32_t)getpid());
    only_with(p, SYS_prlimit64, BPF_JEQ, 2, 0);
    for (size_t i = 0; i < N_FORBIDDEN; i++) {
        unless(p, BPF_JEQ, (uint32_t)forbidden[i], 1);
        answer(p, REFUSE);
    }
    answer(p, SECCOMP_RET_ALLOW);
}

static bool filter_calls(void)
{
    struct program p = { .n = 0 };

    build(&p);

    struct sock_fprog prog = { .len = p.n, .filter = p.code };

    return !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &prog);
}
#else
static bool filter_calls(void)
{
    return false;
}
#endif

/* ---- limits ---- */

static bool limit(int what, size_t value)
{
    struct rlimit old, new = { .rlim_cur = value, .rlim_max = value };

    /* Never above what we were given ourselves. */
    if (!getrlimit((__rlimit_resource_t)what, &old) &&
        old.rlim_max != RLIM_INFINITY && new.rlim_max > old.rlim_max)
        new.rlim_cur = new.rlim_max = old.rlim_max;
    return !setrlimit((__rlimit_resource_t)what, &new);
}

static bool limit_all(const struct vector_limits *l)
{
    /* Programs and libraries are mapped as well; only data is the file's. */
    const size_t mapped = (size_t)1024 * 1024 * 1024;
    bool good = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64) &&
                limit(RLIMIT_CPU, (size_t)l->max_seconds) &&
                limit(RLIMIT_FSIZE, l->max_file_bytes);

    if (SANITIZED || !good)
        return good;
    return limit(RLIMIT_DATA, l->max_memory) &&
           limit(RLIMIT_AS, l->max_memory + mapped);
}

/* Root without its powers is a user like any other. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = { .version =
                                                 _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    syscall(SYS_capset, &head, none);
}

/* ---- together ---- */

void vector_close_from(int first)
{
    if (!syscall(436L /* close_range */, (unsigned)first, ~0u, 0u))
        return;

    struct rlimit files;
    long most = 65536;

    if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < 65536)
        most = (long)files.rlim_cur;
    for (int fd = first; fd < most; fd++)
        close(fd);
}

enum tr_status vector_fence_in(const struct vector_job *job,
                               const char *const *readable, size_t n,
                               struct tr_error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L))
        return tr_fail(err, TR_EBACKEND,
                       "cannot fence the reader in: no_new_privs: %s",
                       strerror(errno));
    prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
    lock_files(job, readable, n);
    if (!limit_all(&job->limits))
        return tr_fail(err, TR_EBACKEND,
                       "cannot fence the reader in: limits: %s",
                       strerror(errno));
    drop_capabilities();
    filter_calls();
    return TR_OK;
}

static struct vector_fence files_fence(void)
{
    struct vector_fence f = { .name = "landlock" };
    long abi = landlock_abi();

    f.granted = abi >= 1;
    if (f.granted)
        f.detail = abi >= 4 ? "files by folder, and no TCP" : "files by folder";
    else if (errno == EOPNOTSUPP)
        f.detail = "built into the kernel, but not switched on at boot";
    else
        f.detail = "the kernel or the container does not offer it";
    return f;
}

static struct vector_fence calls_fence(void)
{
    struct vector_fence f = { .name = "seccomp" };

#ifdef ARCHITECTURE
    uint32_t action = SECCOMP_RET_ERRNO;

    f.granted = !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0u, &action);
    f.detail = f.granted ? "no network, programs or processes"
                         : "the kernel or the container does not offer it";
#else
    f.detail = "not written for this machine's architecture";
#endif
    return f;
}

size_t vector_fences(struct vector_fence *out, size_t max)
{
    const struct vector_fence all[] = {
        files_fence(),
        calls_fence(),
        { .name = "rlimits",
          .granted = true,
          .detail = SANITIZED ? "time and size, but not memory (sanitizers)"
                              : "memory, time and size" }
    };
    size_t n = sizeof all / sizeof *all;

    for (size_t i = 0; i < n && i < max; i++)
        out[i] = all[i];
    return n < max ? n : max;
}
