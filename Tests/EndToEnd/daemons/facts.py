"""facts: what /proc says of a process that a manager started, with what differs from run to run taken out."""
import collections
import ctypes
import os
import platform
import re

# Syscall numbers of ioprio_get(2), which neither libc nor Python wraps.
IOPRIO_GET = {"x86_64": 252, "aarch64": 31}.get(platform.machine())


def read(path):
    with open(path, "rb") as file:
        return file.read().decode(errors="backslashreplace")


def exists(pid):
    try:
        return not re.search(r"^State:\s+[ZX]", read(f"/proc/{pid}/status"), re.M)
    except OSError:
        return False


def of_process(pid):
    """All facts of a process, name to text."""
    status = dict(re.findall(r"^(\w+):[ \t]*(.*)$", read(f"/proc/{pid}/status"), re.M))
    numbers = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    parent, group, session, terminal = (int(x) for x in numbers[1:5])
    facts = {
        "command line": " ".join(read(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")).strip(),
        "program": os.readlink(f"/proc/{pid}/exe"),
        "user": status["Uid"].replace("\t", " "),
        "group": status["Gid"].replace("\t", " "),
        "groups": " ".join(sorted(status["Groups"].split(), key=int)),
        "umask": status["Umask"],
        "no new privileges": status["NoNewPrivs"],
        "processors": status["Cpus_allowed_list"],
        "working directory": os.readlink(f"/proc/{pid}/cwd"),
        "root directory": os.readlink(f"/proc/{pid}/root"),
        "nice": numbers[16],
        "scheduling": f"policy {numbers[38]}, priority {numbers[37]}",
        "OOM score": read(f"/proc/{pid}/oom_score_adj").strip(),
        "timer slack": read(f"/proc/{pid}/timerslack_ns").strip(),
        "core dump filter": read(f"/proc/{pid}/coredump_filter").strip(),
        "personality": read(f"/proc/{pid}/personality").strip(),
        "session": ("its own" if session == pid else "another's") + (", group its own" if group == pid else ""),
        "terminal": str(terminal),
        "parent": "the manager" if is_manager(parent) else "another process",
    }
    if IOPRIO_GET:
        # 1: of a process (ioprio_get(2), IOPRIO_WHO_PROCESS).
        facts["I/O priority"] = str(ctypes.CDLL(None).syscall(IOPRIO_GET, 1, pid))
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "SigBlk"):
        facts[name] = status[name]
    # Signals 32 and 33 are the C library's own: no program can set them, and they are as whoever started the machine left
    # them (nptl(7)).
    facts["SigIgn"] = f"{int(status['SigIgn'], 16) & ~(3 << 31):016x}"
    for line in read(f"/proc/{pid}/limits").splitlines()[1:]:
        name, soft, hard = re.match(r"Max (.+?)\s{2,}(\S+)\s+(\S+)", line).groups()
        facts[f"limit {name}"] = f"{soft} {hard}"
    facts.update(environment(pid))
    facts.update(descriptors(pid))
    return facts


def signals(pid):
    """What a process catches and ignores."""
    return re.findall(r"^Sig(?:Cgt|Ign):\s*(\w+)", read(f"/proc/{pid}/status"), re.M)


def is_manager(pid):
    return pid == 1 or read(f"/proc/{pid}/comm").strip() in ("daimond", "systemd")


def environment(pid):
    """The variables. Some programs write their title over them: of those nothing can be said."""
    text = read(f"/proc/{pid}/environ")
    entries = [entry for entry in text.split("\0") if entry]
    if not entries or not all(re.match(r"[A-Za-z_]\w*=", entry) for entry in entries):
        return {"environment": "(the program has overwritten it)"}
    result = {}
    for entry in entries:
        name, value = entry.split("=", 1)
        if name == "INVOCATION_ID":
            # A number of its own for each start.
            value = "an id" if re.fullmatch(r"[0-9a-f]{32}", value) else f"no id: {value}"
        elif name in ("SYSTEMD_EXEC_PID", "WATCHDOG_PID"):
            # The process that was executed, which is the main process unless that is one it forked.
            value = "its own" if value == str(pid) else "of another process"
        elif name in ("NOTIFY_SOCKET", "JOURNAL_STREAM") or name.startswith(("HAPROXY_", "PG_")):
            # A place of the manager's; or what the program has put there itself, with pids in it.
            value = "(set)"
        result[f"environment {name}"] = value
    return result


def descriptors(pid):
    """Numbers and what they are, inodes and the like taken out."""
    targets = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            targets[int(number)] = os.readlink(f"/proc/{pid}/fd/{number}")
        except FileNotFoundError:
            pass  # closed meanwhile
    sockets = known_sockets()
    found = {}
    for number, target in targets.items():
        if target.startswith("socket:"):
            target = "socket " + sockets.get(target, "of another kind")
        elif target.startswith("/var/log/daimon/"):
            # Where there is no journal. A connection to the journal has no name to know it by.
            target = "socket unix"
        found[number] = re.sub(r":\[\d+\]$", "", target)
    facts = {f"descriptor {n}": found.get(n, "closed") for n in (0, 1, 2)}
    # Which numbers a program's own descriptors get depends on what it opened and closed before.
    kinds = collections.Counter(target for number, target in found.items() if number > 2)
    facts["other descriptors"] = "; ".join(f"{kind} ×{count}" for kind, count in sorted(kinds.items()))
    return facts


def known_sockets():
    """By what the link in /proc says: the family, and the address where it is bound to one."""
    found = {}
    for line in read("/proc/net/unix").splitlines()[1:]:
        fields = line.split(None, 7)
        path = fields[7] if len(fields) > 7 else ""
        # Addresses that the kernel or libsystemd makes up; pids in names of files.
        path = "" if re.match(r"@[0-9a-f]{5}$|@[0-9a-f]{16}/", path) else re.sub(r"\d{2,}", "N", path)
        found[fields[6]] = f"unix {path}".strip()
    for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        try:
            lines = read(f"/proc/net/{kind}").splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            port = int(fields[1].rpartition(":")[2], 16)
            listening = kind.startswith("tcp") and fields[3] == "0A"
            # The port of a connection or of a question to others is any that was free.
            found[fields[9]] = f"{kind} {port}" if listening or port < 32768 else kind
    for line in read("/proc/net/netlink").splitlines()[1:]:
        found[line.split()[-1]] = "netlink"
    return {f"socket:[{inode}]": kind for inode, kind in found.items()}


def crew(pids):
    """The processes of a unit: name and user of each."""
    found = collections.Counter()
    for pid in pids:
        try:
            text = read(f"/proc/{pid}/status")
        except OSError:
            continue  # ended meanwhile
        name, user = (re.search(rf"^{key}:\s*(\S+)", text, re.M)[1] for key in ("Name", "Uid"))
        found[f"{name} of {user}"] += 1
    return "; ".join(f"{kind} ×{count}" for kind, count in sorted(found.items())) or "none"
