// The child's side of starting a process. Between clone and exec the child shares the parent's memory while the
// parent waits (CLONE_VM | CLONE_VFORK): as fast as posix_spawn(3), and a failure is simply written down where the
// parent reads it. So: system calls only, no allocation, no locks, and raw set*id calls, because those of the C
// library signal every thread of what it believes to be its own process (nptl(7)).
#include "CLinux.h"
#include "spawn_plan.h"
#include "spawn_steps.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

enum { stack_size = 64 * 1024 };

struct child_arguments {
    const struct daimon_spawn_plan *plan;
    struct daimon_spawn_result *result;
    int in_cgroup;
    /// Written by the child as its first act.
    volatile int lives;
};

static void write_pid(char *place, pid_t pid) {
    char digits[11];
    int count = 0;
    do {
        digits[count++] = (char)('0' + pid % 10);
        pid /= 10;
    } while (pid > 0);
    for (int i = 0; i < count; i++) place[i] = digits[count - 1 - i];
    place[count] = 0;
}

static int write_text(const char *path, const char *text) { return daimon_step_write(path, text); }

// What may not be raised is set to the closest allowed, as systemd does: containers often lack CAP_SYS_RESOURCE,
// and a service is better off with the highest limit there is than not started.
static int set_limit(const struct daimon_step *step) {
    struct rlimit wanted = {.rlim_cur = (rlim_t)step->b, .rlim_max = (rlim_t)step->c};
    if (setrlimit((__rlimit_resource_t)step->a, &wanted) == 0) return 0;
    if (errno != EPERM) return -1;
    struct rlimit present;
    if (getrlimit((__rlimit_resource_t)step->a, &present) < 0) return -1;
    if (wanted.rlim_max > present.rlim_max) wanted.rlim_max = present.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
    return setrlimit((__rlimit_resource_t)step->a, &wanted);
}

// Moves the calling process into the cgroup of an open folder (cgroups(7)).
static int enter_cgroup(int directory) {
    int procs = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (procs < 0) return -1;
    int result = write(procs, "0", 1) < 0 ? -1 : 0;
    int error = errno;
    close(procs);
    errno = error;
    return result;
}

static int place_descriptor(int from, int to) {
    // dup2(2) onto itself would keep close-on-exec set.
    if (from == to) return fcntl(to, F_SETFD, 0);
    return dup2(from, to);
}

static int carry_out(const struct daimon_step *step, const struct child_arguments *child) {
    switch ((enum daimon_step_kind)step->kind) {
        case DAIMON_STEP_SESSION:
            return setsid() < 0 ? -1 : 0;
        case DAIMON_STEP_GROUP:
            return setpgid(0, 0);
        case DAIMON_STEP_CGROUP:
            if (child->in_cgroup) return 0;
            return enter_cgroup((int)step->a);
        case DAIMON_STEP_DUPLICATE:
            return place_descriptor((int)step->a, (int)step->b) < 0 ? -1 : 0;
        case DAIMON_STEP_OPEN: {
            // O_NONBLOCK for the opening alone (fifo(7)): the parent waits for us with all signals blocked, so a FIFO whose
            // other end nobody holds must not keep us. Reading, it waits in the program; writing, it is ENXIO.
            int fd = open(step->text, (int)step->a | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, (mode_t)step->b);
            if (fd < 0 && errno == ENXIO) fd = daimon_step_connect(step->text);
            if (fd < 0) return -1;
            int flags = fcntl(fd, F_GETFL);
            int placed = flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
            if (placed >= 0) placed = place_descriptor(fd, (int)step->c);
            int error = errno;
            if (fd != (int)step->c) close(fd);
            errno = error;
            return placed < 0 ? -1 : 0;
        }
        case DAIMON_STEP_NICE:
            return daimon_step_nice((int)step->a);
        case DAIMON_STEP_OOM_SCORE:
            if (write_text("/proc/self/oom_score_adj", step->text) == 0) return 0;
            return errno == EPERM || errno == EACCES ? 0 : -1;
        case DAIMON_STEP_LIMIT:
            return set_limit(step);
        case DAIMON_STEP_UMASK:
            umask((mode_t)step->a);
            return 0;
        case DAIMON_STEP_GROUPS:
            return (int)syscall(SYS_setgroups, step->count, step->data);
        case DAIMON_STEP_GID:
            return (int)syscall(SYS_setresgid, (gid_t)step->a, (gid_t)step->a, (gid_t)step->a);
        case DAIMON_STEP_UID:
            return (int)syscall(SYS_setresuid, (uid_t)step->a, (uid_t)step->a, (uid_t)step->a);
        case DAIMON_STEP_DIRECTORY:
            if (chdir(step->text) == 0) return 0;
            return step->a ? chdir("/") : -1;
        case DAIMON_STEP_NO_NEW_PRIVILEGES:
            return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        case DAIMON_STEP_CLOSE_FROM:
            // Where close_range(2) is not to be had, the list in /proc cannot be read without allocating: the
            // parent's own descriptors are all close-on-exec, which then has to do.
            if (syscall(SYS_close_range, (unsigned)step->a, ~0u, 0) == 0) return 0;
            return errno == ENOSYS || errno == EPERM ? 0 : -1;
        case DAIMON_STEP_IGNORE_SIGNAL:
            return daimon_ignore_signal((int)step->a);
        case DAIMON_STEP_TERMINAL:
        case DAIMON_STEP_SCHEDULER:
        case DAIMON_STEP_AFFINITY:
        case DAIMON_STEP_MEMORY_POLICY:
        case DAIMON_STEP_IO_PRIORITY:
        case DAIMON_STEP_TIMER_SLACK:
        case DAIMON_STEP_COREDUMP_FILTER:
        case DAIMON_STEP_PERSONALITY:
        case DAIMON_STEP_KEYRING:
        case DAIMON_STEP_BOUNDING_SET:
        case DAIMON_STEP_AMBIENT:
        case DAIMON_STEP_KEEP_CAPABILITIES:
        case DAIMON_STEP_SECURE_BITS:
        case DAIMON_STEP_NAMESPACE:
        case DAIMON_STEP_BIND:
        case DAIMON_STEP_TMPFS:
        case DAIMON_STEP_COVER:
        case DAIMON_STEP_MAKE_FOLDER:
        case DAIMON_STEP_READ_ONLY:
        case DAIMON_STEP_RESET_TERMINAL:
        case DAIMON_STEP_CHROOT:
        case DAIMON_STEP_PASS:
            return daimon_carry_out_more(step, child->result);
        case DAIMON_STEP_EXECUTE:
            if (daimon_unblock_all_signals() < 0) return -1;
            execve(child->plan->path, child->plan->arguments, child->plan->environment);
            return -1;
    }
    errno = EINVAL;
    return -1;
}

static int child_main(void *pointer) {
    struct child_arguments *child = pointer;
    child->lives = 1;
    pid_t pid = (pid_t)syscall(SYS_getpid);
    for (size_t i = 0; i < child->plan->pid_place_count; i++) write_pid(child->plan->pid_places[i], pid);
    daimon_reset_signal_handlers();
    for (size_t i = 0; i < child->plan->step_count; i++) {
        if (carry_out(&child->plan->steps[i], child) == 0) continue;
        child->result->error = errno;
        child->result->failed_step = (int)i;
        break;
    }
    // Reached after a failed step alone: execve(2) does not come back.
    _exit(127);
}

#if defined(__x86_64__)
static long clone3_with_stack(struct clone_args *arguments, void *child) {
    long result;
    __asm__ volatile(
        "syscall\n\t"
        "testq %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        // Both operands are read before rbp, the end of the chain of frames, is cleared: without frame pointers the
        // compiler may keep one of them there.
        "movq %[entry], %%rax\n\t"
        "movq %[child], %%rdi\n\t"
        "xorl %%ebp, %%ebp\n\t"
        "callq *%%rax\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "0"((long)SYS_clone3), "D"(arguments), "S"(sizeof *arguments), [child] "r"(child), [entry] "r"(child_main)
        : "rcx", "r11", "memory", "cc");
    return result;
}
#elif defined(__aarch64__)
static long clone3_with_stack(struct clone_args *arguments, void *child) {
    register long number __asm__("x8") = SYS_clone3;
    register long x0 __asm__("x0") = (long)arguments;
    register long x1 __asm__("x1") = sizeof *arguments;
    __asm__ volatile(
        "svc #0\n\t"
        "cbnz x0, 1f\n\t"
        // Both operands are read before x29, the end of the chain of frames, is cleared, as on x86_64.
        "mov x1, %[entry]\n\t"
        "mov x0, %[child]\n\t"
        "mov x29, xzr\n\t"
        "blr x1\n"
        "1:"
        : "+r"(x0)
        : "r"(number), "r"(x1), [child] "r"(child), [entry] "r"(child_main)
        : "memory", "cc", "x30");
    return x0;
}
#else
static long clone3_with_stack(struct clone_args *arguments, void *child) {
    (void)arguments;
    (void)child;
    return -ENOSYS;
}
#endif

static void *child_stack(void) {
    // One stack for all: the parent waits until the child has left it.
    static void *stack;
    if (!stack) {
        void *memory = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED) return NULL;
        // The lowest page is a fence: an overflow faults there and overwrites nothing of the parent's.
        if (mprotect(memory, 4096, PROT_NONE) < 0) return NULL;
        stack = memory;
    }
    return stack;
}

int daimon_spawn(const struct daimon_spawn_plan *plan, struct daimon_spawn_result *result) {
    struct child_arguments child = {.plan = plan, .result = result, .in_cgroup = 0};
    *result = (struct daimon_spawn_result){.pid = -1, .pidfd = -1, .failed_step = -1};
    char *stack = child_stack();
    if (!stack) return -1;

    // No signal may reach the child before its dispositions are reset: it would run in the parent's memory.
    sigset_t all, before;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &before) < 0) return -1;

    // The filter of core dumps belongs to the memory, which the child shares with us until it executes.
    char filter[32];
    int changes_filter = daimon_plan_changes_filter(plan) && daimon_read_coredump_filter(filter, sizeof filter) == 0;
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    int pidfd = -1;
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (plan->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = stack_size,
        .cgroup = plan->cgroup >= 0 ? (uint64_t)plan->cgroup : 0,
    };
    child.in_cgroup = plan->cgroup >= 0;
    long pid = clone3_with_stack(&arguments, &child);
    if (pid > 0 && !child.lives) {
        // Linux 6.13 and later kill a child at its birth when cgroup.kill was ever written for our own cgroup and not
        // for the one it is born in, or the other way round. It never ran: it is reaped and another one made.
        siginfo_t info;
        while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR) {}
        close(pidfd);
        pidfd = -1;
        pid = -EPERM;
    }
    if (pid == -ENOSYS || pid == -EPERM || pid == -EINVAL || pid == -E2BIG) {
        // Old container runtimes answer EPERM to what their seccomp filter does not know, old kernels EINVAL. The
        // child then enters the cgroup by itself (DAIMON_STEP_CGROUP).
        child.in_cgroup = 0;
        pid = clone(child_main, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child, &pidfd);
        if (pid < 0) pid = -errno;
    }
    // A child that changed its uid made the memory it shares with us undumpable (prctl(2), PR_SET_DUMPABLE).
    if (dumpable == 1) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (changes_filter) (void)write_text("/proc/self/coredump_filter", filter);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        errno = (int)-pid;
        return -1;
    }
    result->pid = (pid_t)pid;
    result->pidfd = pidfd;
    return 0;
}
