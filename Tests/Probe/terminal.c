// `probe dirty` and `probe terminal`: run a command as a job of a shell on a new terminal, which may close at any time.
//
// Three processes, as with a terminal emulator, a shell and a command: the emulator (this process) holds the master, the
// session leader stands for the shell, and the command is its foreground job. When the terminal closes, the kernel sends
// SIGHUP to the leader and the foreground group (tty_ioctl(4)), and that is what a daemon must survive.
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
    int dirty;
    const char *directory;
    int hang_up_at_end;       // the terminal closes as soon as the command has returned
    long hang_up_after;       // µs after the start of the command; -1: not
    char **command;
};

static long now_microseconds(void) {
    struct timespec value;
    clock_gettime(CLOCK_MONOTONIC, &value);
    return value.tv_sec * 1000000L + value.tv_nsec / 1000;
}

// Everything a careless parent may hand on (daemon(7), "SysV Daemons", lists what a daemon must undo).
static void make_dirty(const struct options *options) {
    int null = open("/dev/null", O_RDWR);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) fail("get the limit", "NOFILE");
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0) fail("raise the limit", "NOFILE");
    if (null < 0 || dup2(null, 7) < 0 || dup2(null, 200) < 0) fail("open descriptors", "7 and 200");
    if (null != 7 && null > 2) close(null);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGHUP, &ignore, NULL);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    umask(0);
    if (chdir(options->directory) < 0) fail("change to the directory", options->directory);
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "DIRTY_VARIABLE_%d", i);
        if (setenv(name, "left over", 1) < 0) fail("set the variable", name);
    }
}

// The shell: owns the terminal, runs the command as its foreground job, goes when the job is done.
_Noreturn static void lead_session(const struct options *options, const char *terminal_name) {
    if (setsid() < 0) fail("start a session", NULL);
    int terminal = open(terminal_name, O_RDWR);
    if (terminal < 0) fail("open the terminal", terminal_name);
    if (ioctl(terminal, TIOCSCTTY, 0) < 0 && errno != EPERM) fail("take the terminal", terminal_name);
    for (int i = 0; i < 3; i++)
        if (dup2(terminal, i) < 0) fail("duplicate the terminal", terminal_name);
    if (terminal > 2) close(terminal);

    pid_t job = fork();
    if (job < 0) fail("fork", NULL);
    if (job == 0) {
        setpgid(0, 0);
        // Taking the foreground from the background stops the taker with SIGTTOU unless that is blocked.
        sigset_t stop, before;
        sigemptyset(&stop);
        sigaddset(&stop, SIGTTOU);
        sigprocmask(SIG_BLOCK, &stop, &before);
        if (tcsetpgrp(0, getpid()) < 0) fail("take the foreground of", terminal_name);
        sigprocmask(SIG_SETMASK, &before, NULL);
        if (options->dirty) make_dirty(options);
        else if (options->directory != NULL && chdir(options->directory) < 0) fail("change to", options->directory);
        execvp(options->command[0], options->command);
        fail("execute", options->command[0]);
    }
    int status = 0;
    while (waitpid(job, &status, 0) < 0)
        if (errno != EINTR) fail("wait for", options->command[0]);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static struct options parse(int dirty, int argc, char **argv) {
    struct options options = {.dirty = dirty, .directory = dirty ? "/tmp" : NULL, .hang_up_after = -1};
    int i = 0;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--hangup") == 0) options.hang_up_at_end = 1;
        else if (strcmp(argv[i], "--hangup-after-us") == 0 && i + 1 < argc) options.hang_up_after = number(argv[++i]);
        else if (strcmp(argv[i], "--hangup-after-ms") == 0 && i + 1 < argc) options.hang_up_after = number(argv[++i]) * 1000;
        else if (strcmp(argv[i], "--cwd") == 0 && i + 1 < argc) options.directory = argv[++i];
        else break;
    }
    if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fputs("usage: probe dirty|terminal [--cwd DIR] [--hangup | --hangup-after-ms N | --hangup-after-us N] -- CMD...\n", stderr);
        exit(64);
    }
    options.command = argv + i + 1;
    return options;
}

int run_on_terminal(int dirty, int argc, char **argv) {
    struct options options = parse(dirty, argc, argv);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) fail("make a terminal", NULL);
    char name[PATH_MAX];
    if (ptsname_r(master, name, sizeof name) != 0) fail("name the terminal", NULL);
    int ended[2];
    if (pipe2(ended, O_CLOEXEC) < 0) fail("make a pipe", NULL);

    pid_t leader = fork();
    if (leader < 0) fail("fork", NULL);
    if (leader == 0) {
        close(master);
        lead_session(&options, name);
    }
    close(ended[1]);
    long started = now_microseconds();

    // Copies what the command says, until the leader has gone (its end of the pipe closes) or it is time to hang up.
    // The terminal itself says nothing about the leader: a daemon that kept it open would hold it for ever.
    int leader_lives = 1, hung_up = 0;
    while (leader_lives && !hung_up) {
        struct pollfd items[2] = {{.fd = master, .events = POLLIN}, {.fd = ended[0], .events = 0}};
        struct timespec timeout, *limit = NULL;
        if (options.hang_up_after >= 0) {
            long left = started + options.hang_up_after - now_microseconds();
            if (left < 0) left = 0;
            timeout = (struct timespec){.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
            limit = &timeout;
        }
        int count = ppoll(items, 2, limit, NULL);
        if (count < 0 && errno != EINTR) fail("wait for the terminal", name);
        if (count == 0) hung_up = 1;
        if (count > 0 && items[1].revents) leader_lives = 0;
        if (count > 0 && (items[0].revents & POLLIN)) {
            char bytes[4096];
            ssize_t length = read(master, bytes, sizeof bytes);
            if (length > 0 && write(1, bytes, (size_t)length) < 0) fail("write to", "standard output");
        } else if (count > 0 && items[0].revents && leader_lives) {
            // Nobody has the slave open (yet): wait for the leader without spinning.
            struct pollfd only = {.fd = ended[0], .events = 0};
            poll(&only, 1, 1);
        }
    }
    if (options.hang_up_at_end || hung_up) {
        close(master);
    } else {
        // What the command wrote last is still in the terminal.
        fcntl(master, F_SETFL, O_NONBLOCK);
        char bytes[4096];
        ssize_t length;
        while ((length = read(master, bytes, sizeof bytes)) > 0)
            if (write(1, bytes, (size_t)length) < 0) fail("write to", "standard output");
    }
    int status = 0;
    while (waitpid(leader, &status, 0) < 0)
        if (errno != EINTR) fail("wait for", "the session leader");
    if (hung_up) return 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
