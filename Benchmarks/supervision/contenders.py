"""The supervisors that are compared: how each is given its services, started, stopped, and taken away without a trace.

Each gets the same services in the form that its manual shows first, with everything else as it is by default, but for what
holds a respawn back (limits of restarts, delays).
"""
import os
import shutil
import signal
import subprocess

from observer import Failure, Group, now, read_text, wait_until

HERE = os.path.dirname(os.path.realpath(__file__))
CONTAINER = os.path.join(HERE, "../../Tests/EndToEnd/systemd-container")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# In the child, before the clock runs: the cgroup, and waiting for the word. What is timed begins with the execution.
LAUNCH = 'echo $$ >"$1/cgroup.procs" && log=$2 && shift 2 && echo ready && read -r go && exec "$@" </dev/null >"$log" 2>&1'
# The same in the container: exec there changes the cgroup, too.
LAUNCH_INSIDE = 'echo ready && read -r go && exec "$@" </dev/null >/dev/null 2>&1'


def find(program):
    """The path of a program, also for a user whose PATH lacks sbin; None when it is not installed."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{PATH}")


def write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def sweep(cgroups, folders):
    """Takes away what a run that was killed has left: cgroups with their processes, and our own folders."""
    for parent in (cgroups, *folders):
        for entry in os.scandir(parent):
            words = entry.name.split(".")
            if words[0] != "daimon-benchmark" or len(words) != 3 or os.path.exists(f"/proc/{words[1]}"):
                continue
            if parent == cgroups:
                Group(entry.path).remove()
            elif entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                shutil.rmtree(entry.path)


class Waiting:
    """A command that has been started so far that only a word is missing."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        if self.process.stdout.readline() != "ready\n":
            self.end()
            raise Failure(f"{command[0]} could not be started")

    def go(self):
        """Gives the word; the time in ms."""
        start = now()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return start

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Contender:
    """One that is a process of its own, started with its services and stopped by a signal."""

    programs = ()  # what must be installed
    package = ""
    stop_signal = signal.SIGTERM

    def __init__(self, label, settings):
        self.label = label
        self.settings = settings
        self.launched = None
        self.group = None
        self.log = ""

    def missing(self):
        """Why it cannot take part; None when it can."""
        absent = [program for program in self.programs if find(program) is None]
        return f"{', '.join(absent)} not found: apt-get install {self.package}" if absent else None

    def names(self, count):
        return [f"bench-{number:04}" for number in range(1, count + 1)]

    def configure(self, folder, count):
        """Writes what it needs into a fresh folder; the command that starts it."""
        raise NotImplementedError

    def environment(self, folder):
        return {"PATH": PATH, "HOME": folder, "LANG": "C.UTF-8"}

    def set_up(self, folder, count, number):
        """Everything that a start needs, and is not timed."""
        self.group = Group(f"{self.settings.cgroups}/daimon-benchmark.{os.getpid()}.{number}")
        os.mkdir(self.group.path)
        self.log = f"{folder}/output"
        self.launched = Waiting(
            ["/bin/sh", "-c", LAUNCH, "sh", self.group.path, self.log, *self.configure(folder, count)],
            env=self.environment(folder), start_new_session=True)

    def program(self):
        """The program that all services run, as it is seen from here."""
        return self.settings.program

    def start(self):
        return self.launched.go()

    def ended(self):
        """Whether it has given up."""
        return self.launched.process.poll() is not None

    def prepare_stop(self):
        """What is done before the clock of the stop runs."""

    def stop(self):
        start = now()
        self.launched.process.send_signal(self.stop_signal)
        return start

    def wait_stopped(self):
        """Waits until the supervisor itself has gone, too; the end in ms."""
        wait_until(f"{self.label} has gone", lambda: self.launched.process.poll() is not None and self.group.empty())
        return now()

    def supervisors(self, services):
        return [pid for pid in self.group.processes() if pid not in services]

    def said(self):
        """The last lines of its output, for the message about its failure."""
        return " | ".join(read_text(self.log).splitlines()[-3:])

    def tear_down(self):
        try:
            if self.launched is not None:
                self.launched.end()
        finally:
            self.launched = None
            if self.group is not None:
                self.group.remove()
            self.group = None


class Minimal(Contender):
    """supervisor.c: the limit."""

    programs = ("gcc",)
    package = "gcc libc6-dev"

    def __init__(self, label, settings, *options):
        super().__init__(label, settings)
        self.options = options

    def configure(self, folder, count):
        return [f"{self.settings.built}/supervisor", *self.options, str(count), self.program(), "infinity"]


class Daimond(Contender):
    def missing(self):
        return None if os.access(f"{self.settings.bin}/daimond", os.X_OK) else \
            "set DAIMON_BIN_DIR to the folder with daimond, or: make benchmark-supervision"

    def configure(self, folder, count):
        os.mkdir(f"{folder}/units")
        write_units(f"{folder}/units", self.names(count), self.program(), self.settings)
        return [f"{self.settings.bin}/daimond", "--foreground", "--name", "benchmark", "--runtime-directory",
                f"{folder}/run", "--log-directory", f"{folder}/log",
                "bench.target" if count > 1 else f"{self.names(count)[0]}.service"]

    def environment(self, folder):
        return {**super().environment(folder), "SYSTEMD_UNIT_PATH": f"{folder}/units"}


class S6(Contender):
    programs = ("s6-svscan", "s6-supervise")
    package = "s6"

    def configure(self, folder, count):
        write_run_scripts(f"{folder}/scan", self.names(count), self.program())
        return [find("s6-svscan"), "-c", str(count + 8), f"{folder}/scan"]


class Runit(Contender):
    programs = ("runsvdir", "runsv")
    package = "runit"
    stop_signal = signal.SIGHUP  # runsvdir(8): every runsv gets a SIGTERM

    def configure(self, folder, count):
        write_run_scripts(f"{folder}/scan", self.names(count), self.program())
        return [find("runsvdir"), f"{folder}/scan"]


class Supervisord(Contender):
    programs = ("supervisord",)
    package = "supervisor (it starts a daemon at once and at each boot: systemctl disable --now supervisor)"

    def configure(self, folder, count):
        names = self.names(count)
        sections = [f"[program:{name}]\ncommand={self.program()} infinity\nautorestart=true\n" for name in names]
        # Without a group of all it would stop one after the other.
        write(f"{folder}/supervisord.conf",
              f"[supervisord]\nnodaemon=true\nuser=root\nlogfile={folder}/log\npidfile={folder}/pid\n"
              f"childlogdir={folder}\nminfds={count * 4 + 256}\n\n[group:bench]\nprograms={','.join(names)}\n\n"
              + "\n".join(sections))
        return [find("supervisord"), "-c", f"{folder}/supervisord.conf"]


class Dinit(Contender):
    programs = ("dinit",)

    def missing(self):
        if os.access(self.settings.dinit or "", os.X_OK):
            return None
        return "dinit not found: Debian has no package; build it (github.com/davmac314/dinit), and set DINIT to the program"

    def configure(self, folder, count):
        os.mkdir(f"{folder}/dinit.d")
        for name in self.names(count):
            write(f"{folder}/dinit.d/{name}",
                  f"type = process\ncommand = {self.program()} infinity\nrestart = true\nsmooth-recovery = true\n"
                  "restart-delay = 0\nrestart-limit-count = 0\n")
        write(f"{folder}/dinit.d/boot",
              "type = internal\n" + "".join(f"waits-for = {name}\n" for name in self.names(count)))
        return [self.settings.dinit, "--container", "--quiet", "--services-dir", f"{folder}/dinit.d", "--socket-path",
                f"{folder}/control", "--log-file", f"{folder}/log", "boot"]


class Systemd(Contender):
    """PID 1 of a container, booted before the clock runs. The units are read within the time, by `systemctl start`."""

    inside = "/run/benchmark"

    def __init__(self, label, settings):
        super().__init__(label, settings)
        self.name = f"benchmark-{os.getpid()}"
        self.command = [CONTAINER, "--name", self.name]
        if settings.suite:
            self.command += ["--suite", settings.suite]
        self.holder = None
        self.leader = 0

    def missing(self):
        done = subprocess.run([*self.command, "check"], capture_output=True, text=True)
        return None if done.returncode == 0 else done.stderr.strip()

    def execute(self, *command, **options):
        done = subprocess.run([*self.command, "exec", "--", *command], capture_output=True, **options)
        if done.returncode != 0:
            raise Failure(f"{command[0]} failed in the container: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def set_up(self, folder, count, number):
        self.holder = subprocess.Popen([*self.command, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       start_new_session=True)
        if self.holder.stdout.readline() != "up\n":
            raise Failure("the container did not boot")
        self.leader = int(read_text(f"/run/daimon-test/{self.name}/leader").split()[0])
        self.group = Group(f"{self.settings.cgroups}/daimon-test-{self.name}")
        units = f"{folder}/units"
        os.mkdir(units)
        write_units(units, self.names(count), f"{self.inside}/{os.path.basename(self.settings.program)}", self.settings)
        archive = subprocess.run(["tar", "-C", folder, "-c", "units", "-C", os.path.dirname(self.settings.program),
                                  os.path.basename(self.settings.program)], stdout=subprocess.PIPE, check=True).stdout
        # /run is a tmpfs there, too.
        self.execute("sh", "-c", f"mkdir {self.inside} && tar -x -C {self.inside} && "
                     f"mv {self.inside}/units/* /run/systemd/system/", input=archive)
        self.launched = self.waiting("start")

    def waiting(self, verb):
        return Waiting([*self.command, "exec", "--", "sh", "-c", LAUNCH_INSIDE, "sh", "systemctl", verb, "bench.target"])

    def program(self):
        return f"/proc/{self.leader}/root{self.inside}/{os.path.basename(self.settings.program)}"

    def ended(self):
        return self.launched.process.poll() not in (None, 0)

    def prepare_stop(self):
        wait_until("systemctl start has returned", lambda: self.launched.process.poll() is not None)
        self.launched.end()
        self.launched = self.waiting("stop")

    def stop(self):
        return self.launched.go()

    def wait_stopped(self):
        wait_until("systemctl stop has returned", lambda: self.launched.process.poll() is not None)
        return now()

    def supervisors(self, services):
        return [self.leader]

    def said(self):
        return ""

    def tear_down(self):
        if self.launched is not None:
            self.launched.end()
        if self.holder is not None:
            # It takes the container down at the end of its input.
            self.holder.stdin.close()
            self.holder.wait()
            self.holder.stdout.close()
        self.launched = self.holder = self.group = None


def write_units(folder, names, program, settings):
    """The same unit files for systemd and for daimond."""
    for name in names:
        write(f"{folder}/{name}.service",
              f"[Unit]\nDescription=Service {name}\nPartOf=bench.target\nStartLimitIntervalSec=0\n\n"
              f"[Service]\nExecStart={program} infinity\nRestart=always\nRestartSec=0\n{settings.directives}")
    write(f"{folder}/bench.target",
          "[Unit]\nDescription=All services of the benchmark\n" + "".join(f"Wants={name}.service\n" for name in names))


def write_run_scripts(folder, names, program):
    """A scan directory of the daemontools family."""
    os.mkdir(folder)
    for name in names:
        os.mkdir(f"{folder}/{name}")
        write(f"{folder}/{name}/run", f"#!/bin/sh\nexec {program} infinity\n", 0o755)
    os.utime(folder, (0, 0))  # runsvdir lets a second pass when it was changed within the last


def everyone(settings):
    """By the name with which each is chosen."""
    return {
        "c": Minimal("C, posix_spawn", settings),
        "c-fork": Minimal("C, fork", settings, "--fork"),
        "daimond": Daimond("daimond", settings),
        "systemd": Systemd("systemd" + (f" ({settings.suite})" if settings.suite else ""), settings),
        "s6": S6("s6", settings),
        "runit": Runit("runit", settings),
        "supervisord": Supervisord("supervisord", settings),
        "dinit": Dinit("dinit", settings),
    }
