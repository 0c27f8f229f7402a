// sd_notify(3) by hand: one datagram to NOTIFY_SOCKET. No libsystemd, so that the probe also proves what goes over the wire.
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int notify_with(const char *message, int descriptor) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || path[0] == '\0') return 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail("send to NOTIFY_SOCKET", path);
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket, unix(7)

    int socket_descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_descriptor < 0) fail("make a socket", NULL);
    struct iovec part = {.iov_base = (void *)message, .iov_len = strlen(message)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr envelope = {
        .msg_name = &address,
        .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length),
        .msg_iov = &part,
        .msg_iovlen = 1,
    };
    if (descriptor >= 0) {
        envelope.msg_control = &control;
        envelope.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    if (sendmsg(socket_descriptor, &envelope, MSG_NOSIGNAL) < 0) fail("send to NOTIFY_SOCKET", path);
    close(socket_descriptor);
    return 1;
}

int notify(const char *message) {
    return notify_with(message, -1);
}

void notify_barrier(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail("make a pipe", NULL);
    int sent = notify_with("BARRIER=1", ends[1]);
    close(ends[1]);
    if (sent) {
        // The reader closes its copy of the write end when it comes to the message: then the read end hangs up.
        struct pollfd item = {.fd = ends[0], .events = 0};
        while (poll(&item, 1, 5000) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
}
