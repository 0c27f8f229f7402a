// UNIX sockets: control messages and addresses, which are C macros and unions (unix(7), cmsg(3)).
#include "CLinux.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

// Linux 6.5, newer than the headers that may be here (unix(7)).
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

int daimon_receive(int fd, void *buffer, size_t capacity, int *descriptors, struct daimon_received *out) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int)) +
                   CMSG_SPACE(sizeof(int) * DAIMON_DESCRIPTORS_MAX)];
    } control;
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    memset(out, 0, sizeof *out);
    out->pidfd = -1;
    ssize_t length;
    do {
        length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) return -1;
    out->length = length;
    out->truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET) continue;
        if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof(struct ucred))) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
            out->has_credentials = 1;
            out->pid = credentials.pid;
            out->uid = credentials.uid;
            out->gid = credentials.gid;
        } else if (c->cmsg_type == SCM_PIDFD && c->cmsg_len == CMSG_LEN(sizeof(int))) {
            memcpy(&out->pidfd, CMSG_DATA(c), sizeof(int));
        } else if (c->cmsg_type == SCM_RIGHTS) {
            size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < count; i++) {
                int received;
                memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof received);
                if (out->descriptor_count < DAIMON_DESCRIPTORS_MAX)
                    descriptors[out->descriptor_count++] = received;
                else
                    close(received);
            }
        }
    }
    return 0;
}

ssize_t daimon_send(int fd, const void *buffer, size_t length, const int *descriptors, size_t count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * DAIMON_DESCRIPTORS_MAX)];
    } control;
    struct iovec vector = {.iov_base = (void *)buffer, .iov_len = length};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > DAIMON_DESCRIPTORS_MAX) {
        errno = E2BIG;
        return -1;
    }
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), descriptors, sizeof(int) * count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

static int unix_address(const char *address, size_t length, struct sockaddr_un *out, socklen_t *out_length) {
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    // One byte is left for the terminating NUL of a path; an abstract name has none.
    if (length > sizeof out->sun_path - (length > 0 && address[0] == 0 ? 0 : 1)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(out->sun_path, address, length);
    // A length of the family alone asks bind(2) for a free abstract name ("autobind").
    *out_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
                              (length > 0 && address[0] != 0 ? 1 : 0));
    return 0;
}

int daimon_unix_bind(int fd, const char *address, size_t length) {
    struct sockaddr_un name;
    socklen_t size;
    if (unix_address(address, length, &name, &size) < 0) return -1;
    return bind(fd, (struct sockaddr *)&name, size);
}

int daimon_unix_connect(int fd, const char *address, size_t length) {
    struct sockaddr_un name;
    socklen_t size;
    if (unix_address(address, length, &name, &size) < 0) return -1;
    int result;
    do {
        result = connect(fd, (struct sockaddr *)&name, size);
    } while (result < 0 && errno == EINTR);
    return result;
}

ssize_t daimon_unix_local_address(int fd, char *buffer, size_t capacity) {
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0) return -1;
    if (size <= offsetof(struct sockaddr_un, sun_path)) return 0;
    size_t length = size - offsetof(struct sockaddr_un, sun_path);
    if (name.sun_path[0] != 0) length = strnlen(name.sun_path, length);
    if (length > capacity) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(buffer, name.sun_path, length);
    return (ssize_t)length;
}

int daimon_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

int daimon_set_pass_credentials(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

int daimon_set_pass_pidfd(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on);
}

int daimon_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
