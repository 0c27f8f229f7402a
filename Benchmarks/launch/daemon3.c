// daemon3 CMD [ARG...]: the classic: daemon(3), then exec. What most daemons of the last decades do.
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    if (daemon(0, 0) < 0) {
        perror("daemon3: cannot become a daemon");
        return 1;
    }
    execv(argv[1], argv + 1);
    return 127;
}
