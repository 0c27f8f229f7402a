// What two descriptors have in common, and how one is closed without a wait.
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int daimon_open_path(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

enum { compare_files = 0 };  // KCMP_FILE, kcmp(2)

int daimon_same_file(int first, int second) {
    if (first == second) return fcntl(first, F_GETFD) < 0 ? -1 : 1;
    pid_t pid = getpid();
    long order = syscall(SYS_kcmp, pid, pid, compare_files, first, second);
    if (order >= 0) return order == 0;
    // Kernels without it, and the filters of container runtimes.
    if (errno != ENOSYS && errno != EPERM && errno != EACCES) return -1;
    struct stat a, b;
    if (fstat(first, &a) < 0 || fstat(second, &b) < 0) return -1;
    if ((a.st_mode & S_IFMT) != (b.st_mode & S_IFMT)) return 0;
    // Two openings of one device may be two quite different things.
    if (S_ISCHR(a.st_mode) || S_ISBLK(a.st_mode)) return 0;
    if (a.st_dev != b.st_dev || a.st_ino != b.st_ino) return 0;
    // The two ends of a pipe are one file, opened in two ways.
    int flags = fcntl(first, F_GETFL);
    if (flags < 0) return -1;
    int others = fcntl(second, F_GETFL);
    return others < 0 ? -1 : flags == others;
}

void daimon_end_linger(int fd) {
    struct linger linger;
    socklen_t size = sizeof linger;
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) < 0 || !linger.l_onoff || linger.l_linger == 0) return;
    linger.l_onoff = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}
