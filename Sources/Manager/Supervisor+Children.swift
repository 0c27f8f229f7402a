// Processes that end, and messages that come in: which service each belongs to.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension Supervisor {
    /// A process has a role in a service, or is watched by it.
    func own(_ pid: pid_t, by run: ServiceRun) { owners[pid] = run }

    func disown(_ pid: pid_t) { owners[pid] = nil }

    // MARK: - Ends

    /// How many are reaped at once, and for how long (µs): before each, messages are read, and a stranger may send as many
    /// as it likes.
    private static let reapLimit = 256
    private static let reapTime: UInt64 = 50_000

    /// SIGCHLD: reaps everything that has ended, ours by role and all orphans.
    func childrenEnded() {
        var isUnknown = false
        let began = Clock.monotonic()
        for turn in 0... {
            // Others want their turn too while orphans end faster than they are reaped; the signal comes back for the
            // rest. It is blocked, so it waits in the loop's signalfd.
            guard turn < Supervisor.reapLimit, turn == 0 || Clock.monotonic() < began + Supervisor.reapTime else {
                raise(SIGCHLD)
                break
            }
            var exit = daimon_child_exit()
            // Looked at first and reaped after: what a process said before it ended comes first (READY=1 and then exit(0)
            // is a start and an end), and is only known to be its own while the kernel still has its pid.
            guard daimon_wait_child(0, 1, 0, &exit) == 0, exit.pid != 0 else { break }
            // What it said is among those that wait now; what comes meanwhile has its own turn.
            receiveNotifications(limit: notificationBacklog)
            adoptOrphans(of: exit.pid)
            guard daimon_wait_child(exit.pid, 0, 0, &exit) == 0, exit.pid != 0 else { continue }
            if let run = owners.removeValue(forKey: exit.pid) {
                run.processEnded(exit.pid, Supervisor.end(of: exit))
            } else {
                isUnknown = true
            }
        }
        guard isUnknown else { return }
        // It may have been the last of whoever waits for that.
        for name in watching.sorted() { runs[name]?.checkTree() }
    }

    static func end(of exit: daimon_child_exit) -> ProcessEnd {
        if exit.code == CInt(CLD_EXITED) { return .exited(UInt8(truncatingIfNeeded: exit.status)) }
        guard let signal = Signal(number: exit.status) else { return .unknown }
        return exit.code == CInt(CLD_DUMPED) ? .dumped(signal) : .killed(signal)
    }

    // MARK: - Orphans

    /// Whether parentage has to tell processes of one service from those of another.
    private var mustTellApart: Bool { runs.count > 1 && (cgroup == nil || lacksCgroup) }

    /// Processes that a service left behind become our children when their parent ends: now is the time to learn whose they
    /// are, since later their environment may be overwritten by a title.
    private func adoptOrphans(of pid: pid_t) {
        guard mustTellApart, let children = Processes.ownChildren() else { return }
        // The one that ends may be an orphan itself.
        let ending = ProcessIdentity(of: pid)
        let parent = owners[pid]?.name ?? ending.flatMap { orphans[$0] }
        // What is older cannot descend from it, and is another's that hides its mark. At the end of all nobody is spared.
        let since = phase == .stopping ? 0 : ending?.startTime ?? 0
        for child in children where child != pid && owners[child] == nil {
            guard let identity = ProcessIdentity(of: child), orphans[identity] == nil, !strangers.contains(identity)
            else { continue }
            if let unit = unit(marked: child) ?? (identity.startTime >= since ? parent : nil) {
                orphans[identity] = unit
            }
        }
        if let ending { orphans[ending] = nil }
        // Those that ended unseen, as when somebody else reaped them.
        if orphans.count > 4096 { orphans = orphans.filter { $0.key.isAlive } }
    }

    /// The service whose mark a process has in its environment.
    private func unit(marked pid: pid_t) -> String? {
        guard let mark = Processes.variable("INVOCATION_ID", of: pid) else { return nil }
        return runs.first { $0.value.invocationID == mark }?.key
    }

    /// Our children that are a service's; nil where all are, or where cgroups tell.
    func children(of run: ServiceRun) -> Set<ProcessIdentity>? {
        guard runs.count > 1 else { return nil }
        var result: Set<ProcessIdentity> = []
        for child in Processes.ownChildren() ?? [] {
            if let owner = owners[child] {
                if owner === run, let identity = ProcessIdentity(of: child) { result.insert(identity) }
                continue
            }
            guard let identity = ProcessIdentity(of: child), !strangers.contains(identity) else { continue }
            if orphans[identity] == nil, let unit = unit(marked: child) { orphans[identity] = unit }
            if orphans[identity] == run.name { result.insert(identity) }
        }
        // A main process that is not our child (its PID file is root's word).
        if let main = run.mainIdentity { result.insert(main) }
        return result
    }

    // MARK: - Notifications

    /// The address that services notify at. The socket is made when the first one asks.
    var notifyAddress: String? {
        if receiver == nil {
            do throws(SystemError) { try openNotifySocket() } catch {
                log.write(.error, "\(error); services that notify will time out")
            }
        }
        return receiverAddress
    }

    private var receiverAddress: String? {
        switch receiver {
        case .some(let receiver): receiver.address
        case .none: nil
        }
    }

    private func openNotifySocket() throws(SystemError) {
        let path = configuration.paths.notifySocket
        // The address of a socket holds 107 bytes (unix(7)). A long name gets one from the kernel, without a file.
        if let directory = claim.directoryNumber, path.utf8.count <= 107 {
            _ = unlinkat(directory, "notify", 0)
            receiver = try NotificationReceiver(path: path)
            // Whatever the umask: the service may run as another user. Who may speak is checked for each message.
            guard fchmodat(directory, "notify", 0o666, 0) == 0 else { throw SystemError("set the mode of", path) }
        } else {
            receiver = try NotificationReceiver()
        }
        guard let socket = receiver?.rawValue else { return }
        notificationBacklog = Supervisor.readBacklog()
        try add(loop.onReadable(socket) { [unowned self] in receiveNotifications(limit: 64) }, priority: -5)
    }

    /// How many messages can wait in the socket: what it was when the socket was made (unix(7), max_dgram_qlen).
    private static func readBacklog() -> Int {
        do throws(SystemError) {
            let text = try Files.readText("/proc/sys/net/unix/max_dgram_qlen", limit: 64)
            let digits = text.utf8.prefix { (48...57).contains($0) }
            // One more than the number says is let in.
            return min((Int(Substring(digits)) ?? 1024) + 1, 4096)
        } catch {
            return 1024
        }
    }

    func receiveNotifications(limit: Int) {
        for _ in 0..<limit {
            do throws(SystemError) {
                guard let message = try receiveOne() else { return }
                take(message)
            } catch {
                log.write(.warning, "\(error)")
                return
            }
        }
    }

    private func receiveOne() throws(SystemError) -> ReceivedNotification? {
        try receiver?.receive() ?? nil
    }

    /// One message after the other, so that the end of a barrier comes after all that was said before it.
    private func take(_ message: consuming ReceivedNotification) {
        let name = configuration.paths.name
        if message.truncated || message.hasNUL {
            let what = message.truncated ? "it is too long, or carries too much" : "it has a NUL byte"
            return complain("\(name): notification from pid \(message.pid) ignored: \(what)")
        }
        // Whoever sent it: its descriptor is closed in any case, which is the answer.
        switch message.barrier {
        case .good: return
        case .hasMore:
            return complain("\(name): notification from pid \(message.pid) ignored: more is said beside BARRIER=1")
        case .hasOtherDescriptors(let count):
            return complain("\(name): BARRIER=1 from pid \(message.pid) with \(count) descriptors instead of one")
        case nil: break
        }
        guard let run = sender(message.pid) ?? onlyRun, let machine = run.machine else {
            return complain("\(name): notification from pid \(message.pid) ignored: it is no service's")
        }
        let fields = message.fields
        run.take(message, fields, machine)
    }

    /// Where there is only one service, it is the one to complain about whoever is not its own.
    private var onlyRun: ServiceRun? { runs.count == 1 ? runs.first?.value : nil }

    /// The service that a process belongs to.
    private func sender(_ pid: pid_t) -> ServiceRun? {
        guard pid > 0 else { return nil }
        if let owner = owners[pid] { return owner }
        if runs.count == 1 { return onlyRun }
        if let cgroup {
            guard let directory = Cgroup.directory(of: pid), directory.hasPrefix(cgroup + "/") else { return nil }
            let name = directory.dropFirst(cgroup.count + 1).prefix { $0 != "/" }
            return runs[String(name)]
        }
        let own = getpid()
        var current = pid
        // A chain of parents ends at pid 1 or 0; the bound is for a table that changes while it is read.
        for _ in 0..<4096 where current > 1 {
            if let owner = owners[current] { return owner }
            guard let status = ProcessStatus(of: current) else { return nil }
            if status.parent == own {
                return (orphans[status.identity] ?? unit(marked: current)).flatMap { runs[$0] }
            }
            current = status.parent
        }
        return nil
    }

    /// Logs what is wrong with a message of nobody, within bounds.
    private func complain(_ text: @autoclosure () -> String) {
        switch complaints.verdict(at: Clock.monotonic()) {
        case .pass(let suppressed):
            log.write(.warning, suppressed == 0 ? text() : "\(text()) (\(suppressed) such messages were not logged)")
        case .suppress: break
        }
    }
}
