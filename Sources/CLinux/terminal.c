// A terminal as a stranger left it, made usual again. System calls only: it is done in a process that shares its parent's
// memory (spawn.c), too.
#include "CLinux.h"

#include <errno.h>
#include <linux/kd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Of TTYs; glibc has no name for it, which is the kernel's (ioctl_tty(2)).
#ifndef TIOCVHANGUP
#define TIOCVHANGUP 0x5437
#endif

static int open_terminal(const char *path) {
    // Without O_NONBLOCK a serial line would be waited for until its other end is there.
    return open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
}

static int usual_modes(int fd) {
    struct termios modes;
    if (tcgetattr(fd, &modes) < 0) return -1;
    (void)ioctl(fd, TIOCNXCL);  // others may open it again
    // Of virtual consoles alone: text, and keys as characters. Every other terminal answers ENOTTY.
    (void)ioctl(fd, KDSETMODE, KD_TEXT);
    (void)ioctl(fd, KDSKBMODE, K_UNICODE);
    modes.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | ISTRIP | INLCR | IGNCR | IUCLC);
    modes.c_iflag |= ICRNL | IMAXBEL | IUTF8;
    modes.c_oflag |= ONLCR | OPOST;
    modes.c_cflag |= CREAD;
    modes.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
    // The characters of the kernel's own beginning (INIT_C_CC in its termios.h).
    static const cc_t characters[] = {
        [VINTR] = 3,   [VQUIT] = 28,    [VERASE] = 127, [VKILL] = 21,  [VEOF] = 4,    [VTIME] = 0,  [VMIN] = 1,
        [VSTART] = 17, [VSTOP] = 19,    [VSUSP] = 26,   [VREPRINT] = 18, [VWERASE] = 23, [VLNEXT] = 22,
    };
    memcpy(modes.c_cc, characters, sizeof characters);
    if (tcsetattr(fd, TCSANOW, &modes) < 0) return -1;
    return tcflush(fd, TCIOFLUSH);
}

int daimon_reset_terminal(const char *path, int what) {
    if (what & 1) {
        int fd = open_terminal(path);
        if (fd < 0) return -1;
        int result = ioctl(fd, TIOCVHANGUP), error = errno;
        close(fd);  // it is hung up, too
        errno = error;
        if (result < 0) return -1;
    }
    if (what & 2) {
        int fd = open_terminal(path);
        if (fd < 0) return -1;
        int result = usual_modes(fd), error = errno;
        close(fd);
        errno = error;
        return result;
    }
    return 0;
}
