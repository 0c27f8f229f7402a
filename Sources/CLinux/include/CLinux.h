// The system calls and macros that `import Glibc` does not offer to Swift, as plain functions.
// Each returns what the call returns: -1 and errno on failure.
#pragma once

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>

// Processes
int daimon_pidfd_open(pid_t pid);
int daimon_pidfd_send_signal(int pidfd, int signal);
/// Orphaned descendants become children of the calling process, PR_SET_CHILD_SUBREAPER(2const).
int daimon_become_subreaper(void);
/// 1 when the calling thread is the only one, 0 when not, -1 when the kernel does not say; needs no /proc.
int daimon_is_single_threaded(void);

/// How a child ended, from waitid(2). `pid` is 0 when none of the children asked for has ended.
struct daimon_child_exit {
    pid_t pid;
    int code;    ///< CLD_EXITED, CLD_KILLED or CLD_DUMPED
    int status;  ///< the exit status or the signal
};
/// waitid(2) without blocking, for any child (`pid` 0) or for one. `keep`: leave it to be reaped later (WNOWAIT).
int daimon_wait_child(pid_t pid, int keep, int block, struct daimon_child_exit *out);

/// Steps 6 to 8 of daemon(7): setsid(2), the second fork(2) and the exit of the middle process, which is reaped. Only for
/// a process of one thread without signal handlers. Returns 0 in the daemon and its pid in the launcher; -1 and errno
/// when there is none, EOWNERDEAD when the middle process was killed. `middle`: its pid, 0 when it was never made.
pid_t daimon_double_fork(pid_t *middle);

// Descriptors
int daimon_close_range(unsigned first, unsigned last);
int daimon_pipe2(int ends[2], int flags);
int daimon_open(const char *path, int flags, mode_t mode);
int daimon_openat(int directory, const char *path, int flags, mode_t mode);
/// A folder of an open folder: no link is followed and no mount entered (EXDEV), where the kernel has openat2(2).
int daimon_open_beneath(int directory, const char *name, int flags);
/// Gives one user beside the owner the right to read (and, for folders, to enter): acl(5) with one named user.
int daimon_let_read(int fd, uid_t uid, int may_enter);
/// TTYVHangup= (bit 0 of `what`) and TTYReset= (bit 1) of systemd.exec(5): a path that is no terminal is an error.
int daimon_reset_terminal(const char *path, int what);
int daimon_fcntl(int fd, int command, long argument);
int daimon_memfd_create(const char *name, unsigned flags);
int daimon_signal_descriptor(const int *signals, size_t count);

/* A descriptor that becomes readable when the wall clock is set: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET. */
int daimon_clock_watch(void);
/// The next pending signal of a signalfd(2), 0 when there is none, -1 on error.
int daimon_read_signal(int fd);
/// flock(2), after interruptions again; Swift takes the name for the structure.
int daimon_flock(int fd, int operation);

// Signals
int daimon_block_signals(int how, const int *signals, size_t count);
int daimon_unblock_all_signals(void);
/// Default disposition for every signal 1 to 64 that has one to reset.
void daimon_reset_signal_handlers(void);
int daimon_ignore_signal(int signal);
int daimon_default_signal(int signal);

// UNIX sockets with credentials and descriptors, unix(7)
#define DAIMON_DESCRIPTORS_MAX 253  // SCM_MAX_FD, unix(7)
struct daimon_received {
    ssize_t length;
    int truncated;  ///< the datagram or its control data was longer than the buffer
    int has_credentials;
    pid_t pid;
    uid_t uid;
    gid_t gid;
    /// Of the sender, where the kernel gave one (SCM_PIDFD); else a negative errno, or -1 where there was none. The caller
    /// closes it.
    int pidfd;
    size_t descriptor_count;
};
/// `descriptors` has room for DAIMON_DESCRIPTORS_MAX; they are close-on-exec, and the caller closes them. They stand apart:
/// what Swift makes of an array in a structure, a tuple of hundreds, crashed the optimized program (Swift 6.3).
int daimon_receive(int fd, void *buffer, size_t capacity, int *descriptors, struct daimon_received *out);
ssize_t daimon_send(int fd, const void *buffer, size_t length, const int *descriptors, size_t count);
/// connect(2), bind(2) to a UNIX address of `length` bytes; a leading NUL byte is the abstract namespace.
int daimon_unix_bind(int fd, const char *address, size_t length);
int daimon_unix_connect(int fd, const char *address, size_t length);
/// The bound address without its terminating NUL; returns its length, 0 when unnamed.
ssize_t daimon_unix_local_address(int fd, char *buffer, size_t capacity);
int daimon_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);
int daimon_set_pass_credentials(int fd);
/// Asks for a pidfd of the sender with each message: Linux 6.5.
int daimon_set_pass_pidfd(int fd);
/// accept4(2), close-on-exec and non-blocking.
int daimon_accept(int fd);

/// open(2) with O_PATH: a handle on what a path names, without opening it.
int daimon_open_path(const char *path);
/// Whether two descriptors of this process stand for one opened file: 1, 0, or -1 and errno.
int daimon_same_file(int first, int second);
/// close(2) of the socket waits for nothing (SO_LINGER, socket(7)); what else it is stays as it is.
void daimon_end_linger(int fd);

// Identity of the running system
int daimon_set_identity(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count);
int daimon_is_cgroup2(const char *path);
int daimon_xattr_is_one(const char *path, const char *name);
/// The name (`ENOENT`) and the words of an error number, in English whatever the locale, and from any thread.
const char *daimon_errno_name(int error);
const char *daimon_errno_words(int error);
/// The name of a signal without "SIG" ("TERM"), empty when it has none.
const char *daimon_signal_name(int signal);
/// The environment's entry of that index, NULL after the last. Call it in order from 0, and change nothing meanwhile.
const char *daimon_environment_entry(size_t index);
/// Overwrites the environment that the process was started with; call it when environ(7) no longer points there.
int daimon_wipe_initial_environment(void);
/// malloc_trim(3): gives memory that was used once, at the start, back to the system.
void daimon_release_free_memory(void);
