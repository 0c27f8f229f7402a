// Starting a process: a list of steps, compiled in Swift, carried out in C between clone(2) and execve(2).
// The Swift side decides; this side only obeys, in order, and says which step failed with which errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum daimon_step_kind {
    DAIMON_STEP_SESSION,            ///< setsid(2)
    DAIMON_STEP_GROUP,              ///< setpgid(0, 0)
    DAIMON_STEP_CGROUP,             ///< enter the cgroup whose folder descriptor a is, unless clone3 did it
    DAIMON_STEP_DUPLICATE,          ///< dup2(a, b); b stays open across execve(2)
    DAIMON_STEP_OPEN,               ///< open(text, a, b) as descriptor c
    DAIMON_STEP_NICE,               ///< setpriority(2) to a
    DAIMON_STEP_OOM_SCORE,          ///< write text to /proc/self/oom_score_adj; a refusal takes the closest allowed
    DAIMON_STEP_LIMIT,              ///< setrlimit(2): resource a, soft b, hard c; a refusal takes the closest allowed
    DAIMON_STEP_UMASK,              ///< umask(a)
    DAIMON_STEP_GROUPS,             ///< setgroups(2): data is gid_t[count]
    DAIMON_STEP_GID,                ///< setresgid(2) to a
    DAIMON_STEP_UID,                ///< setresuid(2) to a
    DAIMON_STEP_DIRECTORY,          ///< chdir(text); with a = 1 a missing one is passed over
    DAIMON_STEP_NO_NEW_PRIVILEGES,  ///< prctl(PR_SET_NO_NEW_PRIVS)
    DAIMON_STEP_CLOSE_FROM,         ///< close every descriptor from a on
    DAIMON_STEP_IGNORE_SIGNAL,      ///< SIG_IGN for signal a; every other signal is reset before the first step
    DAIMON_STEP_TERMINAL,           ///< open(text) as standard input and controlling terminal; a = 1 takes it by force
    DAIMON_STEP_SCHEDULER,          ///< sched_setattr(2): policy a, priority b, c = 1 resets on fork
    DAIMON_STEP_AFFINITY,           ///< sched_setaffinity(2): data is a mask of count bytes
    DAIMON_STEP_MEMORY_POLICY,      ///< set_mempolicy(2): policy a, data is a mask of count bytes
    DAIMON_STEP_IO_PRIORITY,        ///< ioprio_set(2) to a
    DAIMON_STEP_TIMER_SLACK,        ///< prctl(PR_SET_TIMERSLACK) to a
    DAIMON_STEP_COREDUMP_FILTER,    ///< write text to /proc/self/coredump_filter; a refusal leaves it
    DAIMON_STEP_PERSONALITY,        ///< personality(2) to a
    DAIMON_STEP_KEYRING,            ///< keyctl(2): a session keyring, owned by uid a and gid b; c = 1 links the user's
    DAIMON_STEP_BOUNDING_SET,       ///< drop every capability that is not in the bits of a
    DAIMON_STEP_AMBIENT,            ///< raise the capabilities of a; b = 1 makes them inheritable before
    DAIMON_STEP_KEEP_CAPABILITIES,  ///< keep the permitted capabilities over the change of user
    DAIMON_STEP_SECURE_BITS,        ///< prctl(PR_SET_SECUREBITS) to a
    DAIMON_STEP_NAMESPACE,          ///< unshare(CLONE_NEWNS), no mount goes out; a refusal skips the mounts, unless a = 1
    DAIMON_STEP_COVER,              ///< chdir(text) and mount an empty file system in memory on it
    DAIMON_STEP_MAKE_FOLDER,        ///< mkdir(text) for all to enter; one that is there is no error
    DAIMON_STEP_BIND,               ///< mount data (a path) on text, unless the namespace was refused
    DAIMON_STEP_TMPFS,              ///< a file system in memory on text, unless the namespace was refused
    DAIMON_STEP_READ_ONLY,          ///< mount text on itself, read-only, unless the namespace was refused
    DAIMON_STEP_RESET_TERMINAL,     ///< daimon_reset_terminal(text, a) and its size: b rows, c columns; -1 leaves them
    DAIMON_STEP_CHROOT,             ///< chroot(text), and to its top
    DAIMON_STEP_PASS,               ///< the descriptors int[count] of data become 3, 4, …, and stay open across execve(2)
    DAIMON_STEP_EXECUTE,            ///< empty the signal mask and execve(2); the last step
};

struct daimon_step {
    int kind;
    int64_t a, b, c;
    const char *text;
    const void *data;
    size_t count;
};

struct daimon_spawn_plan {
    const struct daimon_step *steps;
    size_t step_count;
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// Places in `environment` where the child writes its own pid in decimal: 11 bytes each, NUL included.
    char *const *pid_places;
    size_t pid_place_count;
    /// An open cgroup v2 directory to start in, or -1.
    int cgroup;
};

struct daimon_spawn_result {
    pid_t pid;
    int pidfd;
    int failed_step;  ///< index of the step that failed, -1 when the program runs
    int error;        ///< its errno
    int namespace_error;  ///< why there is no namespace of its own, 0 when it was made or not asked for
    int terminal_error;  ///< why the terminal is not as it was to be, 0 when it is
};

/// Starts a process and carries out the plan in it. Returns when the program runs or a step failed.
/// A failed step leaves a child to be reaped (it has exited); -1 and errno when there is no child at all.
int daimon_spawn(const struct daimon_spawn_plan *plan, struct daimon_spawn_result *result);
