// supervisor [--fork] COUNT PROGRAM [ARG...]: the least that a supervisor can do, in C, as the limit for all others.
//
// Starts PROGRAM that many times, each in a session of its own; starts it again at once when one ends; at SIGTERM or SIGINT
// ends all of them with SIGTERM, waits for them, and exits. No configuration, no state, no log, no cgroups.
//
// posix_spawn(3) waits until the child has executed its program (CLONE_VFORK), and copies no page tables. --fork does
// not wait, so that several children are on their way to their programs at once, where there are processors for it; it
// is quick only in a process as small as this one.
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static posix_spawnattr_t attributes;
static sigset_t mask, none;
static int forks;

static pid_t start(char **argv) {
    pid_t child;
    if (forks) {
        child = fork();
        if (child == 0) {
            setsid();
            sigprocmask(SIG_SETMASK, &none, NULL);
            execve(argv[0], argv, environ);
            _exit(127);
        }
        if (child > 0) return child;
    } else {
        errno = posix_spawn(&child, argv[0], NULL, &attributes, argv, environ);
        if (errno == 0) return child;
    }
    fprintf(stderr, "supervisor: cannot start %s: %s\n", argv[0], strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--fork") == 0) {
        forks = 1;
        argc--, argv++;
    }
    long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    pid_t *children = count > 0 ? calloc(count, sizeof *children) : NULL;
    if (children == NULL) {
        fputs("usage: supervisor [--fork] COUNT PROGRAM [ARG...]\n", stderr);
        return 64;
    }
    sigemptyset(&none);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);

    for (long index = 0; index < count; index++) children[index] = start(argv + 2);
    long running = count;
    int stopping = 0;
    while (running > 0) {
        int signal = sigwaitinfo(&mask, NULL);
        if (signal == SIGTERM || signal == SIGINT) {
            if (!stopping)
                for (long index = 0; index < count; index++) kill(children[index], SIGTERM);
            stopping = 1;
        }
        // Signals are merged: one SIGCHLD may stand for several children.
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {
            if (stopping) {
                running--;
                continue;
            }
            for (long index = 0; index < count; index++) {
                if (children[index] != ended) continue;
                children[index] = start(argv + 2);
                break;
            }
        }
    }
    return 0;
}
