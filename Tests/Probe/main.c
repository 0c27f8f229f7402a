// The probe: a program of small behaviours for the end-to-end tests, named on its command line and run in order.
//
//   probe state FILE                     writes the state it was started in (state.c), then READY=1
//   probe ready | status TEXT | notify TEXT | barrier
//   probe send TEXT FILE | send-pipe TEXT | storm SOCKET TEXT   (store.c)
//   probe exit N [after MS] | signal N [after MS] | sleep MS | never-ready
//   probe say TEXT | complain TEXT       a line on standard output, on standard error
//   probe pid FILE | append FILE TEXT    notes its pid, a line
//   probe stamp FILE                     appends the time, in µs of CLOCK_MONOTONIC
//   probe lock FILE VIOLATIONS           holds a lock for life; notes in VIOLATIONS when another instance has it
//   probe ignore-term | default-term | term-exit N | term-delay MS
//   probe grandchildren N FILE           double-forked, in their own sessions; their pids in FILE
//   probe orphans N                      double-forked, and ending at once: somebody must reap them
//   probe zombie-maker N                 children that ended and are not waited for
//   probe watchdog N                     pings N times (0: for ever) at a third of WATCHDOG_USEC, then hangs
//   probe reload FILE                    notes each SIGHUP in FILE; RELOADING=1 and READY=1 around it
//   probe flood N                        N lines of 100 bytes on standard output, 0 for ever
//   probe write-forever FILE             a child that goes on writing to standard output; its pid, then its errors, in FILE
//   probe mainpid                        goes on in a child that it names with MAINPID=
//   probe clean DIRECTORY -- CMD...      CMD there with descriptors 0-2 only; 127 when it cannot be executed
//   probe dirty|terminal [OPTIONS] -- CMD...   (terminal.c)
//
// After the last behaviour it waits for SIGTERM and exits 0 (or as term-exit says).
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t terminated;
static volatile sig_atomic_t hung_up;
static const char *reload_file;
static int term_status;
static long term_delay;

_Noreturn void fail(const char *what, const char *subject) {
    fprintf(stderr, "probe: cannot %s%s%s: %s\n", what, subject ? " " : "", subject ? subject : "", strerror(errno));
    exit(70);
}

long number(const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < 0) {
        fprintf(stderr, "probe: '%s' is not a number of zero or more\n", text);
        exit(64);
    }
    return value;
}

void sleep_microseconds(long microseconds) {
    struct timespec left = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

void append_line(const char *path, const char *line) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) fail("open", path);
    char text[PIPE_BUF];
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (write(file, text, (size_t)length) != length) fail("write to", path);
    close(file);
}

static void append_pid(const char *path, pid_t pid) {
    char line[32];
    snprintf(line, sizeof line, "%d", pid);
    append_line(path, line);
}

static void append_time(const char *path) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    char line[32];
    snprintf(line, sizeof line, "%lld", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    append_line(path, line);
}

static void on_term(int signal) {
    (void)signal;
    terminated = 1;
}

static void on_hangup(int signal) {
    (void)signal;
    hung_up = 1;
}

static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    if (sigaction(signal, &action, NULL) < 0) fail("set a signal handler", NULL);
}

static void answer_reload(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    char message[128];
    snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading",
        (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify(message);
    append_line(reload_file, "hangup");
    notify("READY=1\nSTATUS=reloaded");
}

// Waits for SIGTERM, and for SIGHUP where a reload was asked for. The signals are blocked but for the wait itself, so
// that none can slip in between the check and the wait.
static void wait_for_signals(void) {
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    while (!terminated) {
        if (hung_up) {
            hung_up = 0;
            answer_reload();
            continue;
        }
        sigsuspend(&before);
    }
    if (term_delay > 0) sleep_microseconds(term_delay);
    exit(term_status);
}

// Makes `count` processes that are nobody's children any more. Returns in the grandchild with 1, in the probe with 0.
static int double_fork(long count, const char *pids) {
    for (long i = 0; i < count; i++) {
        pid_t middle = fork();
        if (middle < 0) fail("fork", NULL);
        if (middle == 0) {
            if (setsid() < 0) fail("start a session", NULL);
            pid_t last = fork();
            if (last < 0) fail("fork", NULL);
            if (last == 0) return 1;
            // Noted before the probe goes on: whoever reads the file after READY=1 finds all of them.
            if (pids != NULL) append_pid(pids, last);
            _exit(0);
        }
        while (waitpid(middle, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    return 0;
}

static void ping_and_hang(long times) {
    const char *interval = getenv("WATCHDOG_USEC");
    long pause = interval ? number(interval) / 3 : 100000;
    for (long i = 0; times == 0 || i < times; i++) {
        if (terminated) exit(term_status);
        notify("WATCHDOG=1");
        struct timespec left = {.tv_sec = pause / 1000000, .tv_nsec = pause % 1000000 * 1000};
        nanosleep(&left, NULL);  // SIGTERM ends the pause
    }
}

static void write_forever(const char *path) {
    pid_t child = fork();
    if (child < 0) fail("fork", NULL);
    if (child > 0) return;
    handle(SIGTERM, SIG_DFL);
    handle(SIGPIPE, SIG_IGN);
    append_pid(path, getpid());
    char line[64];
    for (long i = 0;; i++) {
        int length = snprintf(line, sizeof line, "line %ld of the child\n", i);
        if (write(1, line, (size_t)length) != length) {
            append_line(path, strerror(errno));
            _exit(1);
        }
        sleep_microseconds(2000);
    }
}

static void hold_lock(const char *path, const char *violations) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) fail("open", path);
    if (flock(file, LOCK_EX | LOCK_NB) < 0) append_pid(violations, getpid());
    // Left open for life: the lock is what says that this instance runs.
}

static void flood(long lines) {
    static const char line[] = "the flood: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 012345678901\n";
    for (long i = 0; lines == 0 || i < lines; i++)
        if (write(1, line, sizeof line - 1) < 0 && errno != EINTR) fail("write to", "standard output");
}

static void go_on_in_child(void) {
    pid_t child = fork();
    if (child < 0) fail("fork", NULL);
    if (child == 0) return;
    char message[32];
    snprintf(message, sizeof message, "MAINPID=%d", child);
    notify(message);
    // Only the sender's death could tell the manager whose message this is: stay until it is read.
    notify_barrier();
    _exit(0);
}

// The package links the Swift runtime even into C, and where its backtracer is installed that catches the crash signals and
// outlives a SIGABRT that somebody sent: a watchdog's, for one. The probe is a plain program.
static void forget_handlers(void) {
    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction action;
        if (sigaction(signal, NULL, &action) < 0) continue;
        if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) handle(signal, SIG_DFL);
    }
}

// The arguments of a behaviour: exactly `count`, or the end of the probe.
static char **take(char ***next, int count) {
    char **arguments = *next;
    for (int i = 0; i < count; i++)
        if (arguments[i] == NULL) {
            fprintf(stderr, "probe: '%s' needs %d arguments\n", arguments[-1], count);
            exit(64);
        }
    *next += count;
    return arguments;
}

static void wait_if_after(char ***next) {
    if (**next == NULL || strcmp(**next, "after") != 0) return;
    (*next)++;
    sleep_microseconds(number(take(next, 1)[0]) * 1000);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: probe BEHAVIOUR [ARGUMENT...]...: see the head of Tests/Probe/main.c\n", stderr);
        return 64;
    }
    forget_handlers();
    if (strcmp(argv[1], "dirty") == 0) return run_on_terminal(1, argc - 2, argv + 2);
    if (strcmp(argv[1], "clean") == 0 && argc >= 5) {
        if (close_range(3, ~0u, 0) < 0) fail("close the descriptors from", "3");
        if (chdir(argv[2]) < 0) fail("change to the directory", argv[2]);
        execvp(argv[4], argv + 4);
        fprintf(stderr, "probe: cannot execute %s: %s\n", argv[4], strerror(errno));
        return 127;
    }
    if (strcmp(argv[1], "terminal") == 0) return run_on_terminal(0, argc - 2, argv + 2);

    // The state is taken before any handler is set, so that it shows what was inherited.
    char **next = argv + 1;
    if (strcmp(*next, "state") == 0) {
        next++;
        record_state(take(&next, 1)[0], argc, argv);
        handle(SIGTERM, on_term);
        notify("READY=1");
    } else {
        handle(SIGTERM, on_term);
    }
    while (*next != NULL) {
        const char *name = *next++;
        char **arguments;
        if (strcmp(name, "ready") == 0) notify("READY=1");
        else if (strcmp(name, "notify") == 0) notify(take(&next, 1)[0]);
        else if (strcmp(name, "barrier") == 0) notify_barrier();
        else if (strcmp(name, "send") == 0) arguments = take(&next, 2), send_file(arguments[0], arguments[1]);
        else if (strcmp(name, "send-pipe") == 0) send_pipe(take(&next, 1)[0]);
        else if (strcmp(name, "storm") == 0) arguments = take(&next, 2), storm(arguments[0], arguments[1]);
        else if (strcmp(name, "status") == 0) {
            char message[512];
            snprintf(message, sizeof message, "STATUS=%s", take(&next, 1)[0]);
            notify(message);
        } else if (strcmp(name, "exit") == 0) {
            long status = number(take(&next, 1)[0]);
            wait_if_after(&next);
            exit((int)status);
        } else if (strcmp(name, "signal") == 0) {
            long signal = number(take(&next, 1)[0]);
            wait_if_after(&next);
            if (signal != SIGKILL && signal != SIGSTOP) handle((int)signal, SIG_DFL);
            raise((int)signal);
        } else if (strcmp(name, "sleep") == 0) sleep_microseconds(number(take(&next, 1)[0]) * 1000);
        else if (strcmp(name, "never-ready") == 0) {
            // Nothing: it waits below, as all do, without having said READY=1.
        }
        else if (strcmp(name, "say") == 0) dprintf(1, "%s\n", take(&next, 1)[0]);
        else if (strcmp(name, "complain") == 0) dprintf(2, "%s\n", take(&next, 1)[0]);
        else if (strcmp(name, "pid") == 0) append_pid(take(&next, 1)[0], getpid());
        else if (strcmp(name, "stamp") == 0) append_time(take(&next, 1)[0]);
        else if (strcmp(name, "append") == 0) arguments = take(&next, 2), append_line(arguments[0], arguments[1]);
        else if (strcmp(name, "lock") == 0) arguments = take(&next, 2), hold_lock(arguments[0], arguments[1]);
        else if (strcmp(name, "ignore-term") == 0) handle(SIGTERM, SIG_IGN);
        else if (strcmp(name, "default-term") == 0) handle(SIGTERM, on_term);
        else if (strcmp(name, "term-exit") == 0) term_status = (int)number(take(&next, 1)[0]);
        else if (strcmp(name, "term-delay") == 0) term_delay = number(take(&next, 1)[0]) * 1000;
        else if (strcmp(name, "grandchildren") == 0) {
            arguments = take(&next, 2);
            if (double_fork(number(arguments[0]), arguments[1])) break;
        } else if (strcmp(name, "orphans") == 0) {
            if (double_fork(number(take(&next, 1)[0]), NULL)) _exit(0);
        } else if (strcmp(name, "zombie-maker") == 0) {
            for (long count = number(take(&next, 1)[0]); count > 0; count--)
                if (fork() == 0) _exit(0);
        } else if (strcmp(name, "watchdog") == 0) ping_and_hang(number(take(&next, 1)[0]));
        else if (strcmp(name, "reload") == 0) reload_file = take(&next, 1)[0], handle(SIGHUP, on_hangup);
        else if (strcmp(name, "flood") == 0) flood(number(take(&next, 1)[0]));
        else if (strcmp(name, "write-forever") == 0) write_forever(take(&next, 1)[0]);
        else if (strcmp(name, "mainpid") == 0) go_on_in_child();
        else {
            fprintf(stderr, "probe: no behaviour '%s'\n", name);
            return 64;
        }
    }
    wait_for_signals();
}
