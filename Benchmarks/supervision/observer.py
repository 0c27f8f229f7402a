"""How the benchmark knows, of whatever supervisor, that services run, that they are gone, and what their supervisor costs.

The kernel tells (fanotify(7), FAN_OPEN_EXEC) of each execution of the one program that all services run, with the pid: so
nothing is polled, the services stay the program they are, and it costs every supervisor the same microsecond an execution.
"""
import ctypes
import os
import select
import signal
import struct
import time

CLASS_NOTIF, CLOEXEC, NONBLOCK, UNLIMITED_QUEUE = 0, 0x1, 0x2, 0x10  # fanotify_init(2)
MARK_ADD, OPEN_EXEC, QUEUE_OVERFLOW = 0x1, 0x1000, 0x4000  # fanotify_mark(2)
EVENT = struct.Struct("=IBBHQii")  # struct fanotify_event_metadata
DEADLINE = 120.0  # seconds: what takes longer counts as failed


class Failure(Exception):
    """A supervisor did not do what it should; the benchmark goes on without it."""


def now():
    """ms of CLOCK_MONOTONIC."""
    return time.monotonic_ns() / 1e6


def read_text(path):
    """The text of a file of /proc or of a cgroup; empty when its process or group is gone."""
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, OSError):
        return ""


class Executions:
    """Tells which processes have executed a program."""

    def __init__(self):
        self.library = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self.library.fanotify_init(
            CLASS_NOTIF | CLOEXEC | NONBLOCK | UNLIMITED_QUEUE, os.O_RDONLY | os.O_CLOEXEC)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "cannot watch executions (fanotify_init: it takes root and CONFIG_FANOTIFY)")
        self.poll = select.poll()
        self.poll.register(self.descriptor, select.POLLIN)
        self.name = ""

    def watch(self, program):
        """Watches a program, too; it is in memory while it is watched. All have the same name."""
        self.name = os.path.basename(program)
        if self.library.fanotify_mark(self.descriptor, MARK_ADD, ctypes.c_uint64(OPEN_EXEC), -100,  # AT_FDCWD
                                      os.fsencode(program)) != 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {program} (fanotify_mark: it takes Linux 5.0)")

    def read(self):
        """The pids of what was executed since the last call, in order."""
        pids = []
        while True:
            try:
                data = os.read(self.descriptor, 24 * 512)
            except BlockingIOError:
                return pids
            for _, _, _, _, mask, descriptor, pid in EVENT.iter_unpack(data):
                if mask & QUEUE_OVERFLOW:
                    raise Failure("the kernel lost executions")
                os.close(descriptor)
                pids.append(pid)

    def executed(self, pid):
        """Whether a process is past its execve(2): the event comes when the kernel opens the program."""
        return read_text(f"/proc/{pid}/comm").rstrip("\n") == self.name

    def wait(self, count, ended):
        """Waits until that many further processes run the program; (their pids, the end in ms). `ended` is asked now and
        then whether the supervisor has given up."""
        pids = {}
        deadline = now() + DEADLINE * 1000
        next_look = now() + 100
        while len(pids) < count:
            if now() > next_look:
                next_look = now() + 100
                if ended():
                    raise Failure(f"it ended when {len(pids)} of {count} services had been started")
                if now() > deadline:
                    raise Failure(f"only {len(pids)} of {count} services ran after {DEADLINE:.0f} s")
            # To wake up for each of a thousand would take time from those who are measured.
            if count - len(pids) > 16:
                time.sleep(0.001)
            else:
                self.poll.poll(100)
            pids.update(dict.fromkeys(self.read()))
        order = list(pids)
        # The last ones may be on their way still. The others are looked at when the clock has stopped.
        self.confirm(order[-16:], deadline)
        end = now()
        self.confirm(order, deadline)
        return order, end

    def respawn(self, pid, ended):
        """Kills a service; (the pid of its successor, ms until that runs)."""
        self.read()
        start = now()
        os.kill(pid, signal.SIGKILL)
        (successor,), end = self.wait(1, ended)
        return successor, end - start

    def confirm(self, pids, deadline):
        for pid in pids:
            while not self.executed(pid):
                if now() > deadline or not os.path.exists(f"/proc/{pid}"):
                    raise Failure(f"process {pid} should run {self.name} and does not")


def wait_gone(pids):
    """Waits until processes have ended, reaped or not; the end in ms."""
    deadline = now() + DEADLINE * 1000
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(max(0, deadline - now())):
                raise Failure(f"service {pid} was alive {DEADLINE:.0f} s after the stop")
        finally:
            os.close(descriptor)
    return now()


def wait_until(what, condition, seconds=DEADLINE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.001)


class Group:
    """A cgroup, with which all of a supervisor's processes are found, and killed."""

    def __init__(self, path):
        self.path = path

    @staticmethod
    def mount():
        """Where cgroup2 is mounted; None when it is not."""
        for line in read_text("/proc/self/mountinfo").splitlines():
            before, _, after = line.partition(" - ")
            if after.startswith("cgroup2 "):
                return before.split()[4]
        return None

    def folders(self):
        """This group and those in it, the innermost first."""
        return [folder for folder, _, _ in os.walk(self.path, topdown=False)]

    def processes(self):
        return [int(pid) for folder in self.folders() for pid in read_text(f"{folder}/cgroup.procs").split()]

    def empty(self):
        return "populated 1" not in read_text(f"{self.path}/cgroup.events")

    def processor_time(self):
        """ms that its processes have used."""
        for line in read_text(f"{self.path}/cpu.stat").splitlines():
            if line.startswith("usage_usec "):
                return int(line.split()[1]) / 1000
        return 0.0

    def remove(self):
        """Kills what is in it, and removes it."""
        deadline = time.monotonic() + 10
        while os.path.isdir(self.path):
            for folder in self.folders():
                try:
                    # Linux before 5.14 has no cgroup.kill; what forks meanwhile is found in the next round.
                    for pid in self.processes():
                        os.kill(pid, signal.SIGKILL)
                    os.rmdir(folder)
                except OSError:  # EBUSY: processes still end
                    pass
            if time.monotonic() > deadline:
                raise Failure(f"cannot remove the cgroup {self.path}")
            if os.path.isdir(self.path):
                time.sleep(0.002)


def private_dirty(pids):
    """kB of memory that is the processes' own, and written to."""
    total = 0
    for pid in pids:
        for line in read_text(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Private_Dirty:"):
                total += int(line.split()[1])
    return total


def switches(pids):
    """How often the processes have been switched to, wanted or not: each time they woke up, and some more."""
    total = 0
    for pid in pids:
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except FileNotFoundError:
            continue
        for thread in threads:
            for line in read_text(f"/proc/{pid}/task/{thread}/status").splitlines():
                if "ctxt_switches:" in line:
                    total += int(line.split()[1])
    return total


def wait_for_quiet(seconds):
    """Waits until nine tenths of the processors were idle for 100 ms, at most so long; whether they were."""
    def ticks():
        fields = [int(field) for field in read_text("/proc/stat").split("\n", 1)[0].split()[1:9]]
        return fields[3] + fields[4], sum(fields)

    deadline = time.monotonic() + seconds
    while True:
        idle, every = ticks()
        time.sleep(0.1)
        idle_now, every_now = ticks()
        if idle_now - idle >= 0.9 * (every_now - every):
            return True
        if time.monotonic() > deadline:
            return False
