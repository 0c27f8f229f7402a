// What the parts of the probe know of each other.
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

/// Ends the probe: what failed, to what, and errno in words. The status is 70 (EX_SOFTWARE), which no test asks for.
_Noreturn void fail(const char *what, const char *subject);

/// A decimal number argument, or the end of the probe with status 64 (EX_USAGE).
long number(const char *text);

/// Sleeps; interruptions by signals do not shorten it.
void sleep_microseconds(long microseconds);

/// Sends one datagram to NOTIFY_SOCKET, with a descriptor when `descriptor` is not negative.
/// Returns 0 when there is no NOTIFY_SOCKET, 1 when sent; a failure ends the probe.
int notify_with(const char *message, int descriptor);

/// Sends one datagram to NOTIFY_SOCKET.
int notify(const char *message);

/// Waits until whoever reads NOTIFY_SOCKET has read everything sent so far (BARRIER=1), at most five seconds.
void notify_barrier(void);

/// `probe send TEXT FILE`: a message with FILE opened for reading, unless one of its name was handed to it.
void send_file(const char *message, const char *path);

/// `probe send-pipe TEXT`: the same with the reading end of a pipe whose other end closes with the probe.
void send_pipe(const char *message);

/// `probe storm PATH TEXT`: one datagram after the other to a socket, without a pause.
_Noreturn void storm(const char *path, const char *message);

/// Appends a line to a file with one write, so that several processes may share it.
void append_line(const char *path, const char *line);

/// `probe state FILE`: writes down the state that the probe was started in.
void record_state(const char *path, int argc, char **argv);

/// `probe dirty` and `probe terminal`: run a command on a new terminal. Returns the exit status.
int run_on_terminal(int dirty, int argc, char **argv);

#endif
