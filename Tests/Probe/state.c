// `probe state FILE`: the state a process was started in, as key=value lines. Everything a dirty launch can leave behind.
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

// A value that may hold line feeds keeps to its line.
static void write_escaped(FILE *out, const char *key, const char *value) {
    fprintf(out, "%s=", key);
    for (; *value; value++) {
        if (*value == '\n') fputs("\\n", out);
        else if (*value == '\\') fputs("\\\\", out);
        else fputc(*value, out);
    }
    fputc('\n', out);
}

// One line a descriptor: descriptor.7=/path. The one that lists the directory is ours and is left out.
static void write_descriptors(FILE *out) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL) fail("list", "/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        long descriptor = number(entry->d_name);
        if (descriptor == dirfd(directory) || descriptor == fileno(out)) continue;
        char target[PATH_MAX];
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
        if (length < 0) fail("read the link of descriptor", entry->d_name);
        target[length] = '\0';
        char key[64];
        snprintf(key, sizeof key, "descriptor.%ld", descriptor);
        write_escaped(out, key, target);
    }
    closedir(directory);
}

// The masks of /proc/self/status as the kernel writes them: 16 hexadecimal digits, bit N-1 for signal N.
static void write_status_lines(FILE *out) {
    static const char *const wanted[][2] = {
        {"SigIgn:", "signals-ignored"}, {"SigBlk:", "signals-blocked"}, {"SigCgt:", "signals-caught"},
        {"CapEff:", "capabilities-effective"}, {"Threads:", "threads"},
    };
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL) fail("open", "/proc/self/status");
    char line[4096];
    while (fgets(line, sizeof line, status) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            size_t length = strlen(wanted[i][0]);
            if (strncmp(line, wanted[i][0], length) != 0) continue;
            const char *value = line + length + strspn(line + length, " \t");
            write_escaped(out, wanted[i][1], value);
        }
    }
    fclose(status);
}

static void write_limit(FILE *out, const char *name, rlim_t soft, rlim_t hard) {
    char texts[2][32];
    rlim_t values[2] = {soft, hard};
    for (int i = 0; i < 2; i++) {
        if (values[i] == RLIM_INFINITY) snprintf(texts[i], sizeof texts[i], "infinity");
        else snprintf(texts[i], sizeof texts[i], "%llu", (unsigned long long)values[i]);
    }
    fprintf(out, "limit.%s=%s:%s\n", name, texts[0], texts[1]);
}

static void write_limits(FILE *out) {
    static const struct {
        const char *name;
        int resource;
    } limits[] = {
        {"NOFILE", RLIMIT_NOFILE}, {"CORE", RLIMIT_CORE}, {"NPROC", RLIMIT_NPROC}, {"STACK", RLIMIT_STACK},
        {"AS", RLIMIT_AS}, {"DATA", RLIMIT_DATA}, {"FSIZE", RLIMIT_FSIZE}, {"CPU", RLIMIT_CPU},
        {"MEMLOCK", RLIMIT_MEMLOCK}, {"NICE", RLIMIT_NICE}, {"RTPRIO", RLIMIT_RTPRIO},
        {"SIGPENDING", RLIMIT_SIGPENDING}, {"MSGQUEUE", RLIMIT_MSGQUEUE}, {"LOCKS", RLIMIT_LOCKS},
        {"RSS", RLIMIT_RSS}, {"RTTIME", RLIMIT_RTTIME},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit value;
        if (getrlimit(limits[i].resource, &value) < 0) fail("get the limit", limits[i].name);
        write_limit(out, limits[i].name, value.rlim_cur, value.rlim_max);
    }
}

static int has_terminal(void) {
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) return 0;
    close(terminal);
    return 1;
}

// Whether opening a terminal makes it ours (credentials(7): a session leader without one, O_NOCTTY absent).
static const char *can_acquire_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) return "unavailable";
    char name[PATH_MAX];
    if (ptsname_r(master, name, sizeof name) != 0) return "unavailable";
    // Giving the terminal back hangs up its foreground group, which is ours.
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGHUP, &ignore, &before);
    int slave = open(name, O_RDWR | O_CLOEXEC);
    const char *answer = slave < 0 ? "unavailable" : has_terminal() ? "yes" : "no";
    if (slave >= 0 && strcmp(answer, "yes") == 0) ioctl(slave, TIOCNOTTY);
    if (slave >= 0) close(slave);
    close(master);
    sigaction(SIGHUP, &before, NULL);
    return answer;
}

void record_state(const char *path, int argc, char **argv) {
    // The umask is read by setting it: before anything here makes a file.
    mode_t mask = umask(0);
    umask(mask);
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        fail("write the state to", path);
    }
    FILE *out = fopen(temporary, "we");
    if (out == NULL) fail("open", temporary);

    fprintf(out, "pid=%d\nppid=%d\npgid=%d\nsid=%d\n", getpid(), getppid(), getpgrp(), getsid(0));
    fprintf(out, "umask=%03o\n", mask);
    fprintf(out, "uid=%u\neuid=%u\ngid=%u\negid=%u\n", getuid(), geteuid(), getgid(), getegid());
    gid_t groups[1024];
    int count = getgroups(1024, groups);
    if (count < 0) fail("get the groups", NULL);
    fprintf(out, "groups=");
    for (int i = 0; i < count; i++) fprintf(out, "%s%u", i ? "," : "", groups[i]);
    fputc('\n', out);
    fprintf(out, "no-new-privileges=%d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    fprintf(out, "parent-death-signal-set=%d\n", ({ int s = 0; prctl(PR_GET_PDEATHSIG, &s); s; }));
    fprintf(out, "nice=%d\n", getpriority(PRIO_PROCESS, 0));
    char directory[PATH_MAX];
    if (getcwd(directory, sizeof directory) == NULL) fail("get the working directory", NULL);
    write_escaped(out, "cwd", directory);
    write_descriptors(out);
    write_status_lines(out);
    write_limits(out);
    for (int i = 0; i < argc; i++) {
        char key[32];
        snprintf(key, sizeof key, "argv.%d", i);
        write_escaped(out, key, argv[i]);
    }
    size_t variables = 0;
    for (char **entry = environ; *entry != NULL; entry++, variables++) {
        char key[64];
        snprintf(key, sizeof key, "environment.%zu", variables);
        write_escaped(out, key, *entry);
    }
    fprintf(out, "environment-count=%zu\n", variables);
    fprintf(out, "controlling-terminal=%s\n", has_terminal() ? "yes" : "no");
    fprintf(out, "acquires-terminal=%s\n", can_acquire_terminal());

    // In one step, so that whoever waits for the file never reads half of it.
    if (fflush(out) != 0 || fclose(out) != 0) fail("write", temporary);
    if (rename(temporary, path) < 0) fail("rename to", path);
}
