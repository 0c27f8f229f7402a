"""managers: the same few commands to systemd and to daimon, and how each of them says what became of a unit."""
import fcntl
import json
import os
import socket
import struct
import subprocess
import threading
import time

# What is compared of a unit, in systemd's names.
STATES = ("ActiveState", "SubState", "Result", "NRestarts", "ExecMainCode", "ExecMainStatus", "StatusText")
TIMES = ("InactiveExitTimestamp", "ActiveEnterTimestamp", "ActiveExitTimestamp", "InactiveEnterTimestamp")
# waitid(2): si_code of a child that ended, as `systemctl show` prints it.
CODES = {"0": "", "1": "exited", "2": "killed", "3": "dumped"}


def run(*arguments, timeout=60):
    """Exit status and what was written, both streams together."""
    try:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
            check=False)
    except subprocess.TimeoutExpired as error:
        return 124, (error.output or b"").decode(errors="replace") + "\n(no end within the time)"
    return done.returncode, done.stdout.decode(errors="replace")


def processes_in(group):
    """The processes of a control group and all below it; none when it is gone."""
    found = []
    for folder, _, _ in os.walk(group):
        try:
            with open(f"{folder}/cgroup.procs", encoding="ascii") as file:
                found += [int(line) for line in file]
        except OSError:
            pass  # it went away meanwhile
    return sorted(found)


def drain(log):
    """Reads until it is shut down."""
    with log:
        while log.recv(65536):
            pass


class Manager:
    """What the two have in common."""

    def wait(self, unit, seconds, other_than=0):
        """The state when nothing is under way any more, and there is a main process in place of another one."""
        end = time.monotonic() + seconds
        while True:
            found = self.state(unit)
            steady = found["ActiveState"] in ("active", "failed", "inactive", "") and not found["Busy"]
            replaced = found["ActiveState"] != "active" or not other_than or found["MainPID"] not in (0, other_than)
            if steady and replaced or time.monotonic() > end:
                return found
            time.sleep(0.02)


class Systemd(Manager):
    name = "systemd"

    def boot(self, units):
        """A target that names all of them keeps them in memory: of a stopped unit that nobody names systemd forgets how
        it ended."""
        for unit in units:
            # The container's boot goes without it.
            if os.path.realpath(f"/etc/systemd/system/{unit}") == "/dev/null":
                os.remove(f"/etc/systemd/system/{unit}")
        with open("/run/systemd/system/daimon-test.target", "w", encoding="utf-8") as file:
            file.write(f"[Unit]\nAfter={' '.join(units)}\n")
        for arguments in (["daemon-reload"], ["start", "daimon-test.target"]):
            status, text = run("systemctl", *arguments)
            if status != 0:
                raise SystemExit(f"daemons: systemctl {' '.join(arguments)}: {text}")

    def before_each(self):
        pass

    def command(self, verb, unit):
        return run("systemctl", verb, unit)

    def stop_targets(self, targets):
        run("systemctl", "stop", *targets)

    def reset(self, unit):
        run("systemctl", "reset-failed", unit)

    def show(self, unit, *names):
        _, text = run("systemctl", "show", unit, *(f"-p{name}" for name in names))
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def can_reload(self, unit):
        return self.show(unit, "CanReload").get("CanReload") == "yes"

    def state(self, unit):
        """The states, MainPID, and the processes of the control group."""
        found = self.show(unit, *STATES, "MainPID", "ControlGroup", "Job")
        found["ExecMainCode"] = CODES.get(found["ExecMainCode"], found["ExecMainCode"])
        found["MainPID"] = int(found["MainPID"])
        # A job that waits or runs: the state is not the last one.
        found["Busy"] = bool(found.pop("Job", ""))
        group = found.pop("ControlGroup")
        found["Processes"] = processes_in("/sys/fs/cgroup" + group) if group else []
        return found

    def times(self, unit):
        """When it began and ended to start and to stop, in µs."""
        found = self.show(unit, *(f"{name}Monotonic" for name in TIMES))
        return {name.removesuffix("Monotonic"): int(value) for name, value in found.items()}

    def log(self, unit):
        run("journalctl", "--sync")
        return run("journalctl", "--no-pager", "--quiet", "-o", "cat", "-n", "15", "-u", unit)[1]


class Daimon(Manager):
    name = "daimon"

    def __init__(self):
        self.syslog = None

    def boot(self, _):
        """What the start of a machine without systemd does for all daemons: the network's loopback interface, the folders in
        /run, and a system bus."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            # SIOCSIFFLAGS with IFF_UP (netdevice(7)).
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))
        status, text = run("systemd-tmpfiles", "--create", "--boot")
        # 65, 73: some lines are about what this machine does not have.
        if status not in (0, 65, 73):
            raise SystemExit(f"daemons: systemd-tmpfiles: {status}: {text}")
        os.makedirs("/run/dbus", exist_ok=True)
        status, text = run("dbus-daemon", "--system", "--fork", "--nopidfile")
        if status != 0:
            raise SystemExit(f"daemons: dbus-daemon: {status}: {text}")

    def before_each(self):
        """The system's log, where journald is under systemd: programs keep a connection to it. rsyslog takes its place."""
        if self.syslog is not None:
            self.syslog.shutdown(socket.SHUT_RDWR)
        self.syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            os.remove("/dev/log")
        except FileNotFoundError:
            pass
        self.syslog.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        # Whoever writes to a log that nobody reads waits, after ten lines.
        threading.Thread(target=drain, args=[self.syslog], daemon=True).start()

    def command(self, verb, unit):
        return run("daimon", verb, unit if verb == "start" else self.instance(unit))

    @staticmethod
    def instance(unit):
        """What is started by one name is an instance of its own, and is stopped as a whole."""
        return unit.rpartition(".")[0]

    def stop_targets(self, targets):
        """A target lives as long as the instance that it is in."""

    def reset(self, unit):
        pass

    def show(self, unit, *names):
        _, text = run("daimon", "show", "--json", unit)
        try:
            found = json.loads(text)["properties"]
        except (ValueError, KeyError):
            return {}
        return {name: found[name]["value"] for name in names if name in found}

    def can_reload(self, unit):
        return self.status(unit).get("CanReload") is True

    def status(self, unit):
        _, text = run("daimon", "status", "--json", unit)
        try:
            return json.loads(text)
        except ValueError:
            return {}  # no such unit: it was never started

    def times(self, unit):
        found = self.status(unit)
        return {name: found[name] for name in TIMES if name in found}

    def state(self, unit):
        found = self.status(unit)
        result = {name: str(found.get(name) or "") for name in STATES}
        result["NRestarts"] = str(found.get("NRestarts", ""))
        result["ExecMainStatus"] = str(found.get("ExecMainStatus", ""))
        result["MainPID"] = int(found.get("MainPID") or 0)
        result["Busy"] = bool(found.get("Job"))
        result["Processes"] = sorted(found.get("Processes") or [])
        return result

    def log(self, unit):
        try:
            with open(f"/var/log/daimon/{self.instance(unit)}.log", encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-15:])
        except FileNotFoundError:
            return ""
