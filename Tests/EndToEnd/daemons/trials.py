"""trials: one daemon after the other is put through its paces under a manager, and what is seen becomes a table.

Needs all of Python, where the rest of this folder that runs on the machine itself makes do with a minimal one.
"""
import json
import os
import signal
import sys
import time

import catalogue
import clients
import explained
import facts
import managers

DEADLINE = 20


class Trial:
    """One daemon under one manager."""

    def __init__(self, manager, daemon, table):
        self.manager = manager
        self.daemon = daemon
        self.unit = daemon.unit
        self.table = table

    def note(self, stage, fact, value):
        self.table.append([self.unit, stage, fact, str(value)])

    def state(self, stage):
        """Notes the state; `sub` and the others are as they are when nothing is under way."""
        found = self.manager.wait(self.unit, DEADLINE)
        for name in managers.STATES:
            value = found.get(name, "")
            if name == "StatusText":
                # Numbers in it are loads and pids.
                value = "".join("N" if c.isdigit() else c for c in value).replace("NN", "N")
                while "NN" in value:
                    value = value.replace("NN", "N")
            self.note(stage, name, value)
        return found

    def ask(self, stage):
        """The request, until it is answered: a simple service does not say when it is ready."""
        if self.daemon.request is None:
            return
        end = time.monotonic() + DEADLINE
        while True:
            try:
                self.note(stage, "request", self.daemon.request())
                return
            except (OSError, clients.Refused) as error:
                if time.monotonic() > end or self.manager.state(self.unit)["ActiveState"] in ("failed", "inactive"):
                    self.note(stage, "request", f"refused: {error}")
                    return
                time.sleep(0.02)

    def command(self, stage, verb):
        status, text = self.manager.command(verb, self.unit)
        self.note(stage, verb, "done" if status == 0 else "failed")
        if status != 0:
            print(f"{self.unit}: {verb}: status {status}: {text.strip()}\n{self.manager.log(self.unit)}", file=sys.stderr)
        return status == 0

    def main_process(self, stage, pid):
        """The facts of the main process, when two looks at it see the same: it may still be at its start."""
        end = time.monotonic() + 3
        before = None
        while True:
            try:
                now = dict(facts.of_process(pid), processes=facts.crew(self.manager.state(self.unit)["Processes"]))
            except (OSError, KeyError) as error:
                self.note(stage, "main process", f"cannot be looked at: {error}")
                return
            if now == before or time.monotonic() > end:
                break
            before = now
            time.sleep(0.1)
        for name, value in now.items():
            self.note(stage, name, value)

    def crew(self):
        """The processes, when two looks see the same ones: helpers of a start come and go."""
        end = time.monotonic() + 3
        before = None
        while True:
            pids = self.manager.state(self.unit)["Processes"]
            if pids == before or time.monotonic() > end:
                return facts.crew(pids)
            before = pids
            time.sleep(0.1)

    def run(self):
        places = leftovers()
        self.daemon.before()
        self.command("started", "start")
        # Who has waited for the start is told by the state, too, that it is over.
        self.note("started", "state at once", self.manager.state(self.unit)["ActiveState"])
        self.ask("started")
        main = self.state("started")["MainPID"]
        self.note("started", "main process", "there" if main else "none")
        if main:
            self.main_process("started", main)
        if self.manager.can_reload(self.unit):
            self.reload(main)
        if main:
            self.kill("killed", signal.SIGKILL)
            self.kill("terminated", signal.SIGTERM)
        self.stop(places)
        if self.daemon.spoiled:
            self.spoil(places)

    def reload(self, main):
        self.command("reloaded", "reload")
        self.ask("reloaded")
        found = self.state("reloaded")
        self.note("reloaded", "main process", "the same" if found["MainPID"] == main else "another")

    def kill(self, stage, number):
        """A signal to the main process, as from outside, and what the manager makes of its end."""
        self.daemon.before()
        main = self.manager.state(self.unit)["MainPID"]
        if not main:
            self.note(stage, "main process", "there is none to be killed")
            return
        steady(main)
        os.kill(main, number)
        found = self.manager.wait(self.unit, DEADLINE, other_than=main)
        if found["ActiveState"] == "active":
            self.ask(stage)
        found = self.state(stage)
        self.note(stage, "main process", "another" if found["MainPID"] else "none")
        self.note(stage, "processes", self.crew())
        if found["ActiveState"] != "active":
            self.manager.reset(self.unit)
            self.daemon.before()
            again = f"{stage}, again"
            self.command(again, "start")
            self.ask(again)
            self.state(again)

    def stop(self, places):
        found = self.manager.state(self.unit)
        before = found["Processes"]
        if found["MainPID"]:
            steady(found["MainPID"])
        self.command("stopped", "stop")
        found = self.state("stopped")
        self.note("stopped", "processes", facts.crew(found["Processes"]))
        self.note("stopped", "left alive", facts.crew([pid for pid in before if facts.exists(pid)]))
        self.note("stopped", "files", " ".join(sorted(leftovers() - places)) or "none")


    def spoil(self, places):
        """A start with a bad configuration, by somebody who waits for the answer."""
        path, text = self.daemon.spoiled
        with open(path, encoding="utf-8") as file:
            good = file.read()
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")
        self.manager.reset(self.unit)
        self.daemon.before()
        status, _ = self.manager.command("start", self.unit)
        self.note("spoiled", "start", "done" if status == 0 else "failed")
        # A simple service counts as started before it has read its configuration, and may then be started several times.
        end = time.monotonic() + DEADLINE
        while self.manager.state(self.unit)["ActiveState"] not in ("failed", "inactive"):
            if time.monotonic() > end:
                self.note("spoiled", "error", "it runs all the same")
                break
            time.sleep(0.02)
        found = self.state("spoiled")
        self.note("spoiled", "processes", facts.crew(found["Processes"]))
        self.note("spoiled", "files", " ".join(sorted(leftovers() - places)) or "none")
        with open(path, "w", encoding="utf-8") as file:
            file.write(good)
        self.manager.command("stop", self.unit)


def steady(pid):
    """Waits until a process seems to have set up its signal handlers: many say that they are ready before that."""
    end = time.monotonic() + 2
    before = None
    while time.monotonic() < end:
        now = facts.signals(pid)
        if now == before:
            return
        before = now
        time.sleep(0.05)


def order(manager, table):
    """Several in one transaction: who waits for whom, in starting and in stopping."""
    pairs = catalogue.ordered()
    units = sorted({unit for pair in pairs for unit in pair})

    def note(fact, value):
        table.append(["several units", "together", fact, value])

    # A target that is up already makes nobody wait.
    manager.stop_targets(catalogue.TARGETS)
    for verb, begin, end in (
            ("start", "InactiveExitTimestamp", "ActiveEnterTimestamp"),
            ("stop", "ActiveExitTimestamp", "InactiveEnterTimestamp")):
        status, text = manager.command(verb, catalogue.TOGETHER)
        note(verb, "done" if status == 0 else f"failed: {text.strip()}")
        for unit in units:
            note(f"{verb}: {unit}", manager.wait(unit, DEADLINE)["ActiveState"])
        times = {unit: manager.times(unit) for unit in units}
        for first, second in pairs:
            # Stopping goes the other way round (systemd.unit(5), "Before=, After=").
            earlier, later = (first, second) if verb == "start" else (second, first)
            ended, began = times[earlier].get(end), times[later].get(begin)
            value = "unknown" if not ended or not began else "kept" if ended <= began else "not kept"
            note(f"{verb}: {earlier} before {later}", value)


def leftovers():
    """What lies where daemons leave things: two levels of /run, and the temporary folders."""
    found = set()
    for folder in ("/run", "/tmp", "/var/tmp"):
        for entry in os.scandir(folder):
            # The managers' own.
            if entry.path in ("/run/systemd", "/run/daimon", "/run/log", "/run/user", "/run/credentials"):
                continue
            found.add(entry.path)
            if entry.is_dir(follow_symlinks=False):
                found.update(inner.path for inner in os.scandir(entry.path))
    return found


def become_init():
    """As PID 1 of a machine of its own: a child does the work, this process reaps what is left to it."""
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def run(name, file, only):
    if os.getpid() == 1:
        become_init()
    manager = {"systemd": managers.Systemd, "daimon": managers.Daimon}[name]()
    catalogue.configure()
    tried = [daemon for daemon in catalogue.daemons() if not only or daemon.unit in only]
    manager.boot([daemon.unit for daemon in catalogue.daemons()])
    table, units = [], {}
    for daemon in tried:
        began = time.monotonic()
        manager.before_each()
        units[daemon.unit] = manager.show(daemon.unit, *explained.PROPERTIES)
        try:
            Trial(manager, daemon, table).run()
        except Exception as error:  # one daemon's trouble must not hide the others': it is a fact, and a difference
            table.append([daemon.unit, "trial", "error", f"{type(error).__name__}: {error}"])
            manager.command("stop", daemon.unit)
        print(f"{daemon.unit}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    if not only or "order" in only:
        order(manager, table)
    text = json.dumps({"manager": name, "facts": table, "units": units}, indent=0)
    if file == "-":
        print(text)
    else:
        with open(file, "w", encoding="utf-8") as output:
            output.write(text)
    return 0
