// The processes of a service: all of them, found by cgroup, or by parentage and INVOCATION_ID where there is no
// cgroup. Every signal goes through a pidfd that is opened first and checked after, so it never reaches a stranger.
import CLinux
import Engine
import Glibc
import Linux
import Units

/// How the processes of one run of a service are told from all others.
package struct ProcessTree: Sendable {
    /// The cgroup of the run, when it has one.
    package var cgroup: String?
    /// `INVOCATION_ID=` in the environment of its processes.
    package var invocationID: String
    /// The supervisor whose descendants they are; nil when it is dead and its children belong to somebody else.
    package var supervisor: pid_t?
    /// The main process, if it is known: its descendants belong to the service as well.
    package var main: ProcessIdentity?

    /// Children that the supervisor had before the service was started (`helper & exec daimond …`): not the service's.
    package var strangers: Set<ProcessIdentity> = []
    /// The children of the supervisor that are this service's, where it has other services too; nil when all are.
    package var children: Set<ProcessIdentity>?
    /// More services whose processes are meant as well.
    package var others: [Member] = []

    /// How the processes of one service are told where neither a cgroup nor a supervisor tells.
    package struct Member: Equatable, Sendable {
        /// The mark in their environment.
        package var invocationID: String
        /// The main process.
        package var main: ProcessIdentity?

        /// A service.
        package init(invocationID: String, main: ProcessIdentity?) {
            self.invocationID = invocationID
            self.main = main
        }
    }

    /// The processes of one service.
    /// - Parameters:
    ///   - cgroup: the control group that is the service's own; nil when there is none.
    ///   - invocationID: the mark in their environment.
    ///   - supervisor: the daimond whose children they are; nil when it is gone.
    ///   - main: the main process.
    package init(cgroup: String?, invocationID: String, supervisor: pid_t?, main: ProcessIdentity?) {
        self.cgroup = cgroup
        self.invocationID = invocationID
        self.supervisor = supervisor
        self.main = main
    }

    /// The processes that are alive, in no order. Zombies are dead.
    package func processes() -> [ProcessIdentity] {
        if let cgroup {
            return Cgroup.processes(in: cgroup).compactMap { ProcessStatus(of: $0) }
                .filter { !$0.isDead }.map(\.identity)
        }
        return byParentage()
    }

    /// Whether a process, by its pid at this moment, belongs to the service.
    /// - Parameter pid: the process.
    /// - Returns: false for the supervisor itself, for a stranger, and for a pid that nobody has.
    package func contains(_ pid: pid_t) -> Bool {
        if let cgroup { return Cgroup.contains(pid, in: cgroup) }
        if let supervisor {
            var current = pid
            // A chain of parents ends at pid 1 or 0; the bound is for a table that changes while it is read.
            for _ in 0..<4096 where current > 0 {
                if current == supervisor { return pid != supervisor }
                guard let status = ProcessStatus(of: current), !strangers.contains(status.identity) else {
                    return false
                }
                if status.parent == supervisor, let children { return children.contains(status.identity) }
                current = status.parent
            }
            return false
        }
        return byParentage().contains { $0.pid == pid }
    }

    private func byParentage() -> [ProcessIdentity] {
        let pids: [pid_t]
        do { pids = try Processes.all() } catch { return [] }
        var statuses: [pid_t: ProcessStatus] = [:]
        for pid in pids { if let status = ProcessStatus(of: pid) { statuses[pid] = status } }
        var roots: Set<pid_t> = []
        if let children {
            for child in children where statuses[child.pid]?.identity == child { roots.insert(child.pid) }
        } else if let supervisor {
            roots.insert(supervisor)
        } else {
            for member in [Member(invocationID: invocationID, main: main)] + others {
                if let main = member.main, statuses[main.pid]?.identity == main { roots.insert(main.pid) }
            }
            let marks = Set(([invocationID] + others.map(\.invocationID)).filter { !$0.isEmpty })
            for pid in pids {
                if let mark = Processes.variable("INVOCATION_ID", of: pid), marks.contains(mark) { roots.insert(pid) }
            }
        }
        var members: Set<pid_t> = roots
        var grown = true
        while grown {
            grown = false
            for (pid, status) in statuses
            where !members.contains(pid) && members.contains(status.parent) && !strangers.contains(status.identity) {
                members.insert(pid)
                grown = true
            }
        }
        if let supervisor { members.remove(supervisor) }
        members.remove(getpid())
        return members.compactMap { statuses[$0] }.filter { !$0.isDead }.map(\.identity)
    }

    /// Signals the processes that a request means.
    /// - Parameters:
    ///   - request: which signal, and whom.
    ///   - mains: the main and the control processes, by pid.
    ///   - report: told of every process that could not be signalled.
    /// - Returns: whether any process that was meant is still there.
    package func signal(
        _ request: KillRequest, mains: [pid_t], report: (String) -> Void
    ) -> Bool {
        var seen: Set<ProcessIdentity> = []
        // Read again until nobody new turns up: a service may fork while it is being signalled. The bound is for one
        // that forks faster than that; the next, stronger state signals again.
        for _ in 0..<64 {
            var isNew = false
            for identity in processes() + escaped(mains) where !seen.contains(identity) {
                let isMain = mains.contains(identity.pid)
                guard isMain ? request.main : request.rest else { continue }
                seen.insert(identity)
                isNew = true
                deliver(request, to: identity, report: report)
            }
            if !isNew { break }
        }
        return seen.contains { $0.isAlive }
    }

    /// The main and control processes that have left the cgroup, as login sessions and container managers make them do:
    /// systemd signals those too. Each is our own child that is not yet reaped, or the main process, whom we watch.
    private func escaped(_ mains: [pid_t]) -> [ProcessIdentity] {
        guard let cgroup else { return [] }
        return mains.filter { !Cgroup.contains($0, in: cgroup) }.compactMap { pid in
            if let main, main.pid == pid { return main.isAlive ? main : nil }
            return ProcessStatus(of: pid).flatMap { $0.isDead ? nil : $0.identity }
        }
    }

    private func deliver(_ request: KillRequest, to identity: ProcessIdentity, report: (String) -> Void) {
        do {
            let handle = try ProcessHandle(identity)
            guard try handle.send(request.signal.number) else { return }
            if request.hangup { try handle.send(SIGHUP) }
            // A stopped process would never see a signal that it handles (systemd.kill(5)).
            if request.signal != .kill { try handle.send(SIGCONT) }
        } catch {
            if error.errno != ESRCH { report("\(error)") }
        }
    }
}
