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
int daimon_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
pid_t daimon_gettid(void);

/// How a child ended, from waitid(2). `pid` is 0 when none of the children asked for has ended.
struct daimon_child_exit {
    pid_t pid;
    int code;    ///< CLD_EXITED, CLD_KILLED or CLD_DUMPED
    int status;  ///< the exit status or the signal
};
/// waitid(2) without blocking, for any child (`pid` 0) or for one. `keep`: leave it to be reaped later (WNOWAIT).
int daimon_wait_child(pid_t pid, int keep, int block, struct daimon_child_exit *out);

// Descriptors
int daimon_close_range(unsigned first, unsigned last);
int daimon_pipe2(int ends[2], int flags);
int daimon_open(const char *path, int flags, mode_t mode);
int daimon_openat(int directory, const char *path, int flags, mode_t mode);
int daimon_fcntl(int fd, int command, long argument);
int daimon_fcntl_lock(int fd, int command, short type, off_t start, off_t length);
int daimon_ioctl_steal_terminal(int fd);
int daimon_memfd_create(const char *name, unsigned flags);
int daimon_signal_descriptor(const int *signals, size_t count);
/// The next pending signal of a signalfd(2), 0 when there is none, -1 on error.
int daimon_read_signal(int fd);

// Signals
int daimon_block_signals(int how, const int *signals, size_t count);
int daimon_unblock_all_signals(void);
/// Default disposition for every signal 1 to 64 that has one to reset.
void daimon_reset_signal_handlers(void);
int daimon_ignore_signal(int signal);
int daimon_default_signal(int signal);

// UNIX sockets with credentials and descriptors, unix(7)
#define DAIMON_DESCRIPTORS_MAX 64
struct daimon_received {
    ssize_t length;
    int truncated;  ///< the datagram or its control data was longer than the buffer
    int has_credentials;
    pid_t pid;
    uid_t uid;
    gid_t gid;
    size_t descriptor_count;
    int descriptors[DAIMON_DESCRIPTORS_MAX];  ///< close-on-exec; the caller closes them
};
int daimon_receive(int fd, void *buffer, size_t capacity, struct daimon_received *out);
ssize_t daimon_send(int fd, const void *buffer, size_t length, const int *descriptors, size_t count);
/// connect(2), bind(2) to a UNIX address of `length` bytes; a leading NUL byte is the abstract namespace.
int daimon_unix_bind(int fd, const char *address, size_t length);
int daimon_unix_connect(int fd, const char *address, size_t length);
/// The bound address without its terminating NUL; returns its length, 0 when unnamed.
ssize_t daimon_unix_local_address(int fd, char *buffer, size_t capacity);
int daimon_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);
int daimon_set_pass_credentials(int fd);

// Identity of the running system
int daimon_set_identity(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count);
int daimon_set_limit(int resource, uint64_t soft, uint64_t hard);
int daimon_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int daimon_xattr_is_one(const char *path, const char *name);
/// The name (`ENOENT`) and the words of an error number, in English whatever the locale, and from any thread.
const char *daimon_errno_name(int error);
const char *daimon_errno_words(int error);
