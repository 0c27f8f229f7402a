// timer FILE CMD [ARG...]: how long CMD takes from its start to its end, seen by a starter that costs next to nothing.
//
// Prints one line: µs from start to end, the exit status (128 + N for a signal), whether FILE was there at the end, and the
// end as µs of CLOCK_MONOTONIC. CMD's descriptors are /dev/null: a daemon that keeps them holds nobody up.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now(void) {
    struct timespec value;
    clock_gettime(CLOCK_MONOTONIC, &value);
    return value.tv_sec * 1000000LL + value.tv_nsec / 1000;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: timer FILE CMD [ARG...]\n", stderr);
        return 64;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    long long start = now();
    pid_t child;
    int error = posix_spawn(&child, argv[2], &actions, NULL, argv + 2, environ);
    if (error != 0) {
        fprintf(stderr, "timer: cannot start %s: %s\n", argv[2], strerror(error));
        return 1;
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return 1;
    long long end = now();
    int there = access(argv[1], F_OK) == 0;
    printf("%lld %d %d %lld\n", end - start, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), there, end);
    return 0;
}
