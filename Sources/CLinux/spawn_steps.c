// Steps of a plan that set what a process may do and how it is scheduled. As in spawn.c: between clone and exec, in the
// parent's memory. System calls only; and those that the C library would carry out for every thread are made raw.
#include "CLinux.h"
#include "spawn_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_IS_SET 1
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_LOWER 3
#endif

static int close_keeping_errno(int fd) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int daimon_step_write(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    close_keeping_errno(fd);
    return written < 0 ? -1 : 0;
}

// A stream of `file:` may be a socket in the file system (systemd.exec(5)): open(2) says ENXIO there, as it does for a
// FIFO without a reader, for which that answer stays.
int daimon_step_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    if (errno == ECONNREFUSED) errno = ENXIO;
    return close_keeping_errno(fd);
}

// What may not be reached is approached as far as RLIMIT_NICE allows (getrlimit(2)), as systemd does.
int daimon_step_nice(int nice) {
    if (setpriority(PRIO_PROCESS, 0, nice) == 0) return 0;
    if (errno != EACCES && errno != EPERM) return -1;
    errno = 0;
    int present = getpriority(PRIO_PROCESS, 0);
    if (present == -1 && errno != 0) return -1;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NICE, &limit) < 0) return -1;
    int least = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > 40 ? -20 : 20 - (int)limit.rlim_cur;
    if (least >= present) return 0;
    return setpriority(PRIO_PROCESS, 0, least > nice ? least : nice);
}

static int terminal(const char *path, int force) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -1;
    // Another session's terminal is refused with EPERM unless force is used, which takes it away from that session.
    if (ioctl(fd, TIOCSCTTY, force) < 0) return close_keeping_errno(fd);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) return close_keeping_errno(fd);
    if (fd == STDIN_FILENO) return fcntl(fd, F_SETFD, 0);
    if (dup2(fd, STDIN_FILENO) < 0) return close_keeping_errno(fd);
    close(fd);
    return 0;
}

// As with systemd, a service starts where its terminal could not be made ready; the parent says so.
static int prepare_terminal(const struct daimon_step *step, struct daimon_spawn_result *result) {
    if (daimon_reset_terminal(step->text, (int)step->a) < 0) result->terminal_error = errno;
    if (step->b < 0 && step->c < 0) return 0;
    int fd = open(step->text, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    struct winsize size;
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0) {
        result->terminal_error = errno;
    } else {
        if (step->b >= 0) size.ws_row = (unsigned short)step->b;
        if (step->c >= 0) size.ws_col = (unsigned short)step->c;
        if (ioctl(fd, TIOCSWINSZ, &size) < 0) result->terminal_error = errno;
    }
    if (fd >= 0) close(fd);
    return 0;
}

static int scheduler(const struct daimon_step *step) {
    // struct sched_attr in its first version, 48 bytes (sched_setattr(2)); the C library has none.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {
        .size = 48, .policy = (uint32_t)step->a, .flags = step->c ? 1 : 0, .priority = (uint32_t)step->b};
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static int memory_policy(const struct daimon_step *step) {
    // One bit more than the mask has: the kernel does not look at the last (set_mempolicy(2), BUGS).
    unsigned long bits = step->count ? step->count * 8 + 1 : 0;
    if (syscall(SYS_set_mempolicy, (int)step->a, step->count ? step->data : NULL, bits) == 0) return 0;
    return errno == ENOSYS ? 0 : -1;
}

// The keyring is the service's own, so its user makes it, and root's ids come back after. Without keyrings, or where a
// container may not have them, a service runs without, as under systemd.
static int keyring(const struct daimon_step *step) {
    uid_t uid = (uid_t)syscall(SYS_getuid);
    gid_t gid = (gid_t)syscall(SYS_getgid);
    if ((gid_t)step->b != gid && syscall(SYS_setresgid, (gid_t)step->b, -1, -1) < 0) return -1;
    if ((uid_t)step->a != uid && syscall(SYS_setresuid, (uid_t)step->a, -1, -1) < 0) return -1;
    int result = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? -1 : 0;
    if (result < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES || errno == EDQUOT)) result = 0;
    else if (result == 0 && step->c)
        result = (int)syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING);
    int error = errno;
    if ((uid_t)step->a != uid && syscall(SYS_setresuid, uid, -1, -1) < 0) return -1;
    if ((gid_t)step->b != gid && syscall(SYS_setresgid, gid, -1, -1) < 0) return -1;
    errno = error;
    return result;
}

struct capabilities {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
};

static int get_capabilities(struct capabilities *sets) {
    *sets = (struct capabilities){.header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0}};
    return (int)syscall(SYS_capget, &sets->header, sets->data);
}

// Of the permitted set: it is needed to set securebits, and execve(2) computes the effective set anew.
static int gain_setpcap(void) {
    struct capabilities sets;
    if (get_capabilities(&sets) < 0) return -1;
    uint32_t bit = 1u << CAP_SETPCAP;
    if (sets.data[0].effective & bit || !(sets.data[0].permitted & bit)) return 0;
    sets.data[0].effective |= bit;
    return (int)syscall(SYS_capset, &sets.header, sets.data);
}

static int bounding_set(uint64_t keep) {
    struct capabilities sets;
    if (get_capabilities(&sets) < 0) return -1;
    for (int number = 0; number < 64; number++) {
        int present = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (present < 0) break;  // the kernel has no more
        if (keep >> number & 1) continue;
        sets.data[number / 32].inheritable &= ~(1u << number % 32);
        // To drop what is not there needs no right to drop.
        if (present == 1 && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0) return -1;
    }
    return (int)syscall(SYS_capset, &sets.header, sets.data);
}

static int ambient(uint64_t wanted, int inherit) {
    for (int number = 0; number < 64; number++)
        if (wanted >> number & 1 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) != 1) wanted &= ~(UINT64_C(1) << number);
    if (inherit) {
        struct capabilities sets;
        if (get_capabilities(&sets) < 0) return -1;
        // These and no others, as systemd does: in a container the manager may have got a full inheritable set.
        sets.data[0].inheritable = (uint32_t)wanted;
        sets.data[1].inheritable = (uint32_t)(wanted >> 32);
        if (syscall(SYS_capset, &sets.header, sets.data) < 0) return -1;
    }
    for (int number = 0; number < 64; number++) {
        int is_set = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0);
        if (is_set < 0) break;
        int should = wanted >> number & 1;
        if (is_set == should) continue;
        if (prctl(PR_CAP_AMBIENT, should ? PR_CAP_AMBIENT_RAISE : PR_CAP_AMBIENT_LOWER, number, 0, 0) < 0) return -1;
    }
    return 0;
}

static int secure_bits(int bits) {
    int present = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    if (present == bits) return 0;
    if (gain_setpcap() < 0) return -1;
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0);
}

static int keep_capabilities(void) {
    int present = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    if (present < 0 || gain_setpcap() < 0) return -1;
    return prctl(PR_SET_SECUREBITS, present | SECBIT_KEEP_CAPS, 0, 0, 0);
}

static int namespace(const struct daimon_step *step, struct daimon_spawn_result *result) {
    if (unshare(CLONE_NEWNS) < 0) {
        if (step->a || (errno != EPERM && errno != EACCES && errno != ENOSYS && errno != EOPNOTSUPP)) return -1;
        // systemd goes on without a namespace that serves protection alone; so do we, and the parent says so.
        result->namespace_error = errno;
        return 0;
    }
    // What the host mounts is still seen; what is mounted here stays here.
    return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

// Flags that a mount has must be said again, or the kernel takes them away, which it refuses in some containers.
static int read_only(const char *path) {
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0) return -1;
    struct statvfs info;
    if (statvfs(path, &info) < 0) return -1;
    unsigned long flags = info.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME);
    if (info.f_flag & ST_RELATIME) flags |= MS_RELATIME;
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags, NULL);
}

// The working directory stays the folder below, from which parts of it can still be mounted.
static int cover(const char *path) {
    if (chdir(path) < 0) return -1;
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_STRICTATIME, "mode=0755,size=4M");
}

// Descriptors take the places that sd_listen_fds(3) expects. Their present places may overlap with those: what stands in
// another's way is moved out of it first.
static int pass(const struct daimon_step *step) {
    const int first = 3;
    int count = (int)step->count, *descriptors = (int *)step->data;
    for (int i = 0; i < count; i++) {
        if (descriptors[i] < first || descriptors[i] >= first + count || descriptors[i] == first + i) continue;
        int moved = fcntl(descriptors[i], F_DUPFD_CLOEXEC, first + count);
        if (moved < 0) return -1;
        descriptors[i] = moved;
    }
    for (int i = 0; i < count; i++) {
        // dup2(2) onto itself would keep close-on-exec set.
        int result = descriptors[i] == first + i ? fcntl(first + i, F_SETFD, 0) : dup2(descriptors[i], first + i);
        if (result < 0) return -1;
    }
    return 0;
}

int daimon_carry_out_more(const struct daimon_step *step, struct daimon_spawn_result *result) {
    switch ((enum daimon_step_kind)step->kind) {
        case DAIMON_STEP_TERMINAL: return terminal(step->text, (int)step->a);
        case DAIMON_STEP_SCHEDULER: return scheduler(step);
        case DAIMON_STEP_AFFINITY: return (int)syscall(SYS_sched_setaffinity, 0, step->count, step->data) < 0 ? -1 : 0;
        case DAIMON_STEP_MEMORY_POLICY: return memory_policy(step);
        case DAIMON_STEP_IO_PRIORITY: return (int)syscall(SYS_ioprio_set, 1, 0, (int)step->a);
        case DAIMON_STEP_TIMER_SLACK: return prctl(PR_SET_TIMERSLACK, (unsigned long)step->a, 0, 0, 0);
        case DAIMON_STEP_COREDUMP_FILTER:
            if (daimon_step_write("/proc/self/coredump_filter", step->text) == 0) return 0;
            return errno == EPERM || errno == EACCES ? 0 : -1;
        case DAIMON_STEP_PERSONALITY: return personality((unsigned long)step->a) < 0 ? -1 : 0;
        case DAIMON_STEP_KEYRING: return keyring(step);
        case DAIMON_STEP_BOUNDING_SET: return bounding_set((uint64_t)step->a);
        case DAIMON_STEP_AMBIENT: return ambient((uint64_t)step->a, (int)step->b);
        case DAIMON_STEP_KEEP_CAPABILITIES: return keep_capabilities();
        case DAIMON_STEP_SECURE_BITS: return secure_bits((int)step->a);
        case DAIMON_STEP_NAMESPACE: return namespace(step, result);
        case DAIMON_STEP_BIND:
            return result->namespace_error ? 0 : mount(step->data, step->text, NULL, MS_BIND, NULL);
        case DAIMON_STEP_TMPFS:
            return result->namespace_error
                ? 0 : mount("tmpfs", step->text, "tmpfs", MS_NOSUID | MS_NODEV | MS_STRICTATIME, "mode=1777,size=10%");
        case DAIMON_STEP_COVER: return cover(step->text);
        case DAIMON_STEP_MAKE_FOLDER:
            if (mkdir(step->text, 0755) < 0 && errno != EEXIST) return -1;
            return chmod(step->text, 0755);  // whatever the umask
        case DAIMON_STEP_READ_ONLY: return result->namespace_error ? 0 : read_only(step->text);
        case DAIMON_STEP_RESET_TERMINAL: return prepare_terminal(step, result);
        case DAIMON_STEP_PASS: return pass(step);
        case DAIMON_STEP_CHROOT: return chroot(step->text) < 0 ? -1 : chdir("/");
        default:  // the steps of spawn.c never come here
            errno = EINVAL;
            return -1;
    }
}

int daimon_plan_changes_filter(const struct daimon_spawn_plan *plan) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == DAIMON_STEP_COREDUMP_FILTER) return 1;
    return 0;
}

int daimon_read_coredump_filter(char *text, size_t capacity) {
    // The kernel writes hexadecimal digits without the 0x that it wants to read.
    text[0] = '0';
    text[1] = 'x';
    int fd = open("/proc/self/coredump_filter", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text + 2, capacity - 3);
    close(fd);
    if (length <= 0) return -1;
    text[length + 2] = 0;
    return 0;
}
