"""explained: the differences between the two tables, and those that are to be expected, each with its reason.

An explanation is a function of one difference: the key (unit, stage, fact), the value under systemd, the value under daimon
(None: there is no such fact), and what the unit asks for. It answers whether it explains this very difference, from the values,
and its text says why. An explanation that explains nothing any more is reported too: what it excused is gone.
"""
import collections

# Of the unit, as systemd shows them, for the explanations that depend on what it asks for.
PROPERTIES = ("PrivateDevices", "ProtectClock", "ProtectKernelLogs", "ProtectKernelModules", "TriggeredBy", "PIDFile", "Type",
              "Group", "User", "Restart", "FileDescriptorStoreMax", "ImportCredential")
# Which capabilities a protection takes away (systemd.exec(5)), by number.
TAKEN = {
    "PrivateDevices": {17, 27},  # CAP_SYS_RAWIO, CAP_MKNOD
    "ProtectClock": {25, 35},  # CAP_SYS_TIME, CAP_WAKE_ALARM
    "ProtectKernelLogs": {34},  # CAP_SYSLOG
    "ProtectKernelModules": {16},  # CAP_SYS_MODULE
}
EXPLANATIONS = []


def explanation(function):
    EXPLANATIONS.append(function)
    return function


@explanation
def no_journal(key, theirs, ours, unit):
    """Where there is no journal, no stream goes to it."""
    return key[2] == "environment JOURNAL_STREAM" and theirs == "(set)" and ours is None


@explanation
def instance(key, theirs, ours, unit):
    """daimond marks what it starts, so that survivors are found when it was killed."""
    return key[2] == "environment DAIMON_INSTANCE" and theirs is None and ours.startswith("/run/daimon/")


@explanation
def memory_pressure(key, theirs, ours, unit):
    """MemoryPressureWatch= is about the limits of control groups, and is not honoured (docs/directives.md)."""
    if ours is not None:
        return False
    return (key[2] == "environment MEMORY_PRESSURE_WATCH" and theirs.endswith(f"/{key[0]}/memory.pressure")
            or key[2] == "environment MEMORY_PRESSURE_WRITE")


@explanation
def no_session(key, theirs, ours, unit):
    """In the background a service is no leader of a session, so that it can never get a terminal (daemon(7), step 8)."""
    return key[2] == "session" and theirs == "its own, group its own" and ours == "another's, group its own"


@explanation
def sandboxing(key, theirs, ours, unit):
    """The protections of sandboxing are not honoured, nor what they do to capabilities (docs/directives.md)."""
    if key[2] not in ("CapInh", "CapPrm", "CapEff", "CapBnd") or None in (theirs, ours):
        return False
    taken = set().union(*(bits for name, bits in TAKEN.items() if unit.get(name) == "yes"))
    return int(theirs, 16) == int(ours, 16) & ~sum(1 << bit for bit in taken)


@explanation
def sockets(key, theirs, ours, unit):
    """The sockets of .socket units are not passed on (docs/deviations.md, "Several units")."""
    return key[2] in ("environment LISTEN_PID", "environment LISTEN_FDS", "environment LISTEN_FDNAMES") \
        and ours is None and ".socket" in unit.get("TriggeredBy", "")


@explanation
def own_log_socket(key, theirs, ours, unit):
    """Without systemd rsyslog reads /dev/log itself, not what journald hands on, and has nothing in place of /proc/kmsg,
    which it writes into another file."""
    if key[::2] != ("rsyslog.service", "other descriptors") or None in (theirs, ours):
        return False
    expected = theirs.replace("socket unix /run/systemd/journal/syslog", "socket unix /dev/log").split("; ")
    return sorted(expected + ["/var/log/user.log ×1"]) == sorted(ours.split("; "))


@explanation
def first_start(key, theirs, ours, unit):
    """A first start that fails is not tried again, whatever Restart= says: somebody waits for the answer (README.md). systemd
    tries until its limit."""
    return key[1:] == ("spoiled", "NRestarts") and (theirs, ours) == ("5", "0") and unit.get("Restart") != "no"


@explanation
def credentials(key, theirs, ours, unit):
    """ImportCredential= is not honoured (docs/directives.md)."""
    return key[2] == "environment CREDENTIALS_DIRECTORY" and ours is None and theirs == f"/run/credentials/{key[0]}" \
        and bool(unit.get("ImportCredential"))


@explanation
def programs_in_the_kernel(key, theirs, ours, unit):
    """systemd-nspawn refuses bpf(2) to a container; there networkd watches no settings of the kernel. Nor does it watch the
    memory here, see MemoryPressureWatch=."""
    if key[::2] != ("systemd-networkd.service", "other descriptors") or None in (theirs, ours):
        return False
    return without(theirs, "memory.pressure", "socket unix") == without(ours, "bpf", "btf", "cgroup", "socket unix")


def without(text, *words):
    """Descriptors but for those of which a word tells the kind, and how many epoll files there are."""
    return [one for one in text.split("; ") if not any(word in one for word in (*words, "eventpoll"))]


def compare(theirs, ours):
    expected = {(unit, stage, fact): value for unit, stage, fact, value in theirs["facts"]}
    found = {(unit, stage, fact): value for unit, stage, fact, value in ours["facts"]}
    used = collections.Counter()
    unexplained = 0
    for key in list(expected) + [key for key in found if key not in expected]:
        left, right = expected.get(key), found.get(key)
        if left == right:
            continue
        reasons = [one for one in EXPLANATIONS if one(key, left, right, theirs["units"].get(key[0], {}))]
        if reasons:
            used[reasons[0]] += 1
            continue
        unexplained += 1
        print(f"{key[0]}: {key[1]}: {key[2]}: systemd {text(left)}, daimon {text(right)}")
    for one in EXPLANATIONS:
        print(f"{used[one]:4} explained: {' '.join(one.__doc__.split())}")
    # Only the whole table can say so.
    stale = [one for one in EXPLANATIONS if not used[one]] if len(theirs["units"]) > 15 else []
    for one in stale:
        print(f"nothing is explained any more by {one.__name__}: take it out")
    print(f"{len(expected)} facts of {len(theirs['units'])} units compared, {sum(used.values())} differences explained, "
          f"{unexplained} not")
    return 1 if unexplained or stale else 0


def text(value):
    return "has no such fact" if value is None else f"<{value}>"
