// `probe send`, `probe send-pipe` and `probe storm`: descriptors for the store, and more messages than anybody wants.
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// What was stored in an earlier life, by the name that the message gives it, is not stored again.
static int is_stored(const char *message) {
    const char *names = getenv("LISTEN_FDNAMES"), *name = strstr(message, "FDNAME=");
    if (names == NULL) return 0;
    name = name == NULL ? "stored" : name + strlen("FDNAME=");
    size_t length = strcspn(name, "\n");
    while (*names != '\0') {
        size_t present = strcspn(names, ":");
        if (present == length && strncmp(names, name, length) == 0) return 1;
        names += present + (names[present] == ':');
    }
    return 0;
}

void send_file(const char *message, const char *path) {
    if (is_stored(message)) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) fail("open", path);
    notify_with(message, file);
    close(file);
}

void send_pipe(const char *message) {
    if (is_stored(message)) return;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail("make a pipe", NULL);
    notify_with(message, ends[0]);
    close(ends[0]);
    // The other end stays open for the life of the probe.
}

_Noreturn void storm(const char *path, const char *message) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) fail("send to", path);
    memcpy(address.sun_path, path, length);
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0) fail("make a socket", NULL);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (connect(sender, (struct sockaddr *)&address, size) < 0) fail("connect to", path);
    // A full queue makes it wait, so that there is always one more.
    while (send(sender, message, strlen(message), MSG_NOSIGNAL) >= 0 || errno == EINTR) {
    }
    fail("send to", path);
}
