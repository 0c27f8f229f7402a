// System calls that glibc's Swift overlay lacks, one thin function each.
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

int daimon_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int daimon_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int daimon_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

pid_t daimon_gettid(void) { return (pid_t)syscall(SYS_gettid); }

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

int daimon_fcntl_lock(int fd, int command, short type, off_t start, off_t length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &lock);
}

int daimon_ioctl_steal_terminal(int fd) { return ioctl(fd, TIOCNOTTY); }

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

void daimon_reset_signal_handlers(void) {
    for (int signal_number = 1; signal_number < _NSIG; signal_number++) {
        if (signal_number == SIGKILL || signal_number == SIGSTOP) continue;
        // The two signals that the C library keeps for itself answer EINVAL; nothing is to be done about them.
        (void)daimon_default_signal(signal_number);
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

int daimon_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

int daimon_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0) return -1;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
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
