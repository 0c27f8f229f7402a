// System calls that glibc's Swift overlay lacks, one thin function each.
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <stdint.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

int daimon_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int daimon_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int daimon_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int daimon_is_single_threaded(void) {
    // With only CLONE_THREAD unshare(2) changes nothing: it succeeds in a process of one thread, else says EINVAL.
    return unshare(CLONE_THREAD) == 0 ? 1 : errno == EINVAL ? 0 : -1;
}

int daimon_wait_child(pid_t pid, int keep, int block, struct daimon_child_exit *out) {
    siginfo_t info = {0};
    int options = WEXITED | (block ? 0 : WNOHANG) | (keep ? WNOWAIT : 0);
    int result;
    do {
        result = waitid(pid == 0 ? P_ALL : P_PID, (id_t)pid, &info, options);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    out->pid = info.si_pid;
    out->code = info.si_code;
    out->status = info.si_status;
    return 0;
}

// A kernel before 5.9, or a seccomp filter of that age, has no close_range(2): close what is open, which /proc
// lists. Never a loop to RLIMIT_NOFILE, which may be a thousand million.
static int close_listed(unsigned first, unsigned last) {
    // Closing while reading the directory may skip entries, so it is read anew until a pass closes nothing.
    for (int closed = 1; closed;) {
        DIR *directory = opendir("/proc/self/fd");
        if (!directory) return -1;
        closed = 0;
        for (struct dirent *entry; (entry = readdir(directory));) {
            char *end;
            unsigned long fd = strtoul(entry->d_name, &end, 10);
            if (*end || end == entry->d_name || fd < first || fd > last || (int)fd == dirfd(directory)) continue;
            if (close((int)fd) == 0) closed = 1;
        }
        closedir(directory);
    }
    return 0;
}

int daimon_close_range(unsigned first, unsigned last) {
    if (syscall(SYS_close_range, first, last, 0) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return -1;
    return close_listed(first, last);
}

int daimon_pipe2(int ends[2], int flags) { return pipe2(ends, flags); }
int daimon_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
int daimon_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}
int daimon_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }

int daimon_memfd_create(const char *name, unsigned flags) { return memfd_create(name, flags); }

static void signal_set(const int *signals, size_t count, sigset_t *set) {
    sigemptyset(set);
    for (size_t i = 0; i < count; i++) sigaddset(set, signals[i]);
}

int daimon_signal_descriptor(const int *signals, size_t count) {
    sigset_t set;
    signal_set(signals, count, &set);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int daimon_clock_watch(void) {
    int descriptor = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (descriptor < 0) return -1;
    /* As far away as the kernel takes it: it is never to elapse. */
    struct itimerspec never = {.it_value = {.tv_sec = sizeof(time_t) == 8 ? INT64_MAX / 1000000000 : INT32_MAX}};
    if (timerfd_settime(descriptor, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

int daimon_read_signal(int fd) {
    struct signalfd_siginfo info;
    ssize_t length = read(fd, &info, sizeof info);
    if (length < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return length == sizeof info ? (int)info.ssi_signo : 0;
}

int daimon_block_signals(int how, const int *signals, size_t count) {
    sigset_t set;
    signal_set(signals, count, &set);
    return sigprocmask(how, &set, NULL);
}

int daimon_unblock_all_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    return sigprocmask(SIG_SETMASK, &set, NULL);
}

// The C library keeps two signals for itself and answers EINVAL. Whoever started us may have left them ignored all the
// same, which exec(2) passes on; a handler of the library's own must stay. The kernel's structure is four words.
static void default_reserved_signal(int signal_number) {
    struct {
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action;
    if (syscall(SYS_rt_sigaction, signal_number, NULL, &action, sizeof action.mask) < 0) return;
    if (action.handler != (void *)SIG_IGN) return;
    memset(&action, 0, sizeof action);
    (void)syscall(SYS_rt_sigaction, signal_number, &action, NULL, sizeof action.mask);
}

void daimon_reset_signal_handlers(void) {
    for (int signal_number = 1; signal_number < _NSIG; signal_number++) {
        if (signal_number == SIGKILL || signal_number == SIGSTOP) continue;
        if (daimon_default_signal(signal_number) < 0) default_reserved_signal(signal_number);
    }
}

static int set_disposition(int signal_number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    return sigaction(signal_number, &action, NULL);
}

int daimon_ignore_signal(int signal_number) { return set_disposition(signal_number, SIG_IGN); }
int daimon_default_signal(int signal_number) { return set_disposition(signal_number, SIG_DFL); }

int daimon_set_identity(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count) {
    // Groups first: after setresuid(2) the right to change them is gone (daemon(7), step 13).
    if (setgroups(group_count, groups) < 0 && !(errno == EPERM && geteuid() != 0)) return -1;
    if (setresgid(gid, gid, gid) < 0) return -1;
    return setresuid(uid, uid, uid);
}

int daimon_is_cgroup2(const char *path) {
    struct statfs info;
    return statfs(path, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

int daimon_xattr_is_one(const char *path, const char *name) {
    char value[2];
    ssize_t length = getxattr(path, name, value, sizeof value);
    return length == 1 && value[0] == '1';
}

const char *daimon_errno_name(int error) {
    const char *name = strerrorname_np(error);
    return name ? name : "unknown errno";
}

const char *daimon_errno_words(int error) {
    const char *words = strerrordesc_np(error);
    return words ? words : "unknown error";
}

const char *daimon_signal_name(int signal_number) {
    const char *name = sigabbrev_np(signal_number);
    return name ? name : "";
}

int daimon_flock(int fd, int operation) {
    int result;
    do {
        result = flock(fd, operation);
    } while (result < 0 && errno == EINTR);
    return result;
}

const char *daimon_environment_entry(size_t index) {
    return environ ? environ[index] : NULL;
}

// /proc/PID/environ shows this memory as long as the process lives, whatever environ(7) points to meanwhile.
int daimon_wipe_initial_environment(void) {
    char text[2048];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return -1;
    text[length] = 0;
    // Fields 50 and 51, counted from the state (field 3), which follows the last ')' (proc(5)).
    char *field = strrchr(text, ')');
    unsigned long start = 0, end = 0;
    for (int number = 2; field && number < 50; number++) field = strchr(field + 1, ' ');
    if (!field || sscanf(field, " %lu %lu", &start, &end) != 2 || start == 0 || end <= start) {
        errno = ENODATA;
        return -1;
    }
    for (char **entry = environ; entry && *entry; entry++) {
        if ((unsigned long)*entry >= start && (unsigned long)*entry < end) {
            errno = EBUSY;
            return -1;
        }
    }
    memset((void *)start, 0, end - start);
    return 0;
}

void daimon_release_free_memory(void) { malloc_trim(0); }
