// Steps 6 to 8 of daemon(7), "SysV Daemons", in a middle process that borrows the launcher's memory: one copy of the
// address space is made, for the daemon, where two forks in a row make one for a process that lives 100 µs as well.
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct note {
    volatile pid_t daemon;
    volatile int error;
};

// Not to be inlined: the frame in which vfork(2) is called must stay as it is until the middle process has gone.
__attribute__((noinline)) pid_t daimon_double_fork(pid_t *middle) {
    // Shared by itself: under user-mode emulators vfork(2) is a fork, and the note would stay in a copy.
    struct note *note = mmap(NULL, sizeof *note, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (note == MAP_FAILED) return -1;
    *middle = 0;
    pid_t child = vfork();
    if (child < 0) {
        int error = errno;
        munmap(note, sizeof *note);
        errno = error;
        return -1;
    }
    if (child == 0) {
        // Step 6: a session of its own, without a terminal. It cannot fail: a fresh child leads no group.
        if (setsid() < 0) {
            note->error = errno;
            _exit(1);
        }
        // Step 7: fork again: who does not lead a session can never acquire a terminal. A whole fork(3): the daemon is
        // a process like any other, with its own copy of the memory, its thread id in place, and this frame intact,
        // as the middle process has not left it. So the daemon, and it alone, may return from here.
        pid_t daemon = fork();
        if (daemon == 0) {
            munmap(note, sizeof *note);
            return 0;
        }
        if (daemon < 0) {
            note->error = errno;
            _exit(1);
        }
        note->daemon = daemon;
        // Step 8: the middle process exits, which makes the daemon an orphan: the launcher's, as long as that lives.
        _exit(0);
    }
    *middle = child;
    siginfo_t info;
    while (waitid(P_PID, (id_t)child, &info, WEXITED) < 0 && errno == EINTR) {}
    pid_t daemon = note->daemon;
    // EOWNERDEAD: the middle process was killed before it could say what became of it.
    int error = daemon > 0 ? 0 : note->error != 0 ? note->error : EOWNERDEAD;
    munmap(note, sizeof *note);
    errno = error;
    return daemon > 0 ? daemon : -1;
}
