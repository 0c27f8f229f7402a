// The effects: what the engine's actions do to the world, and what comes back from it.
import Instances
import CLinux
import Engine
import Glibc
import Linux
import Systemd
import Units

extension Supervisor {
    func carryOut(_ action: ServiceAction) {
        switch action {
        case .spawn(let role, let command): spawn(role, command)
        case .kill(let request): kill(request)
        case .signalMain(let signal):
            guard let mainIdentity, machine.mainPID == mainIdentity.pid else { return }
            do throws(SystemError) {
                try ProcessHandle(mainIdentity).send(signal.number)
            } catch {
                if error.errno != ESRCH { log.write(.warning, "\(error)") }
            }
        case .signalControl(let signal):
            // Ours and not yet reaped as long as they have a role, so their pids are theirs.
            for (pid, role) in roles where role != .main {
                do throws(SystemError) {
                    try ProcessHandle(pid: pid).send(signal.number)
                } catch {
                    if error.errno != ESRCH { log.write(.warning, "\(error)") }
                }
            }
        case .setTimer(let timer, let deadline): set(timer, deadline)
        case .started: reportStarted()
        case .reloaded(let isGood): reportReloaded(isGood)
        case .finished:
            hasFinished = true
            loop.exit(code: 0)
        case .log(let level, let message): log.write(level, message)
        }
    }

    // MARK: - Processes

    private func spawn(_ role: ProcessRole, _ command: ExecCommand) {
        // Before anything can fail: what is shown of a failed start are the lines of that start.
        if role == .main && machine.restarts == 0 { logStart = OutputFile.size(configuration.paths.logFile) }
        var program = command.path
        if role == .main {
            if cgroupMustBeMade { makeCgroup() }
            // Before the process is there: were we killed in between, the state of the run before ("inactive") would
            // hide it, and a second copy would be started beside it.
            publish()
        }
        do throws(SpawnError) {
            let process = try start(role, command, program: &program)
            let pid = process.pid
            roles[pid] = role
            if role == .main { setMain(pid) }
            answer(.spawned(role, pid: pid))
        } catch {
            answer(.spawnFailed(role, error.failure(program: program)))
        }
    }

    /// Notes who the main process is, and watches it where it is not our child.
    func setMain(_ pid: pid_t) {
        mainWatch = nil
        mainIdentity = ProcessIdentity(of: pid)
        tree.main = mainIdentity
        guard let mainIdentity, ProcessStatus(of: pid)?.parent != getpid() else { return }
        do throws(SystemError) {
            let handle = try ProcessHandle(mainIdentity)
            let descriptor = handle.rawValue
            let box = HandleBox(handle)
            mainWatch = try loop.onReadable(descriptor) { [unowned self] in
                withExtendedLifetime(box) { foreignMainEnded(pid) }
            }
        } catch {
            log.write(.warning, "\(error)")
        }
    }

    private func foreignMainEnded(_ pid: pid_t) {
        mainWatch = nil
        guard machine.mainPID == pid else { return }
        var exit = daimon_child_exit()
        // It may have become ours meanwhile, through the end of its parent; else only its parent knows its status.
        let isOurs = daimon_wait_child(pid, 0, 0, &exit) == 0 && exit.pid == pid
        feed(.processEnded(.main, isOurs ? Supervisor.end(of: exit) : .unknown))
    }

    /// How many are reaped at once.
    private static let reapLimit = 256

    /// SIGCHLD: reaps everything that has ended, ours by role and all orphans.
    func childrenEnded() {
        for turn in 0... {
            // Others want their turn too while orphans end faster than they are reaped; the signal comes back for the
            // rest. It is blocked, so it waits in the loop's signalfd.
            guard turn < Supervisor.reapLimit else {
                raise(SIGCHLD)
                break
            }
            var exit = daimon_child_exit()
            // Looked at first and reaped after: what a process said before it ended comes first (READY=1 and then exit(0)
            // is a start and an end), and is only known to be its own while the kernel still has its pid.
            guard daimon_wait_child(0, 1, 0, &exit) == 0, exit.pid != 0 else { break }
            receiveNotifications(limit: 1024)
            guard daimon_wait_child(exit.pid, 0, 0, &exit) == 0, exit.pid != 0 else { continue }
            let role = roles.removeValue(forKey: exit.pid)
            if machine.mainPID == exit.pid {
                feed(.processEnded(.main, Supervisor.end(of: exit)))
            } else if let role, role != .main {
                feed(.processEnded(role, Supervisor.end(of: exit)))
            }
        }
        checkTree()
    }

    static func end(of exit: daimon_child_exit) -> ProcessEnd {
        if exit.code == CInt(CLD_EXITED) { return .exited(UInt8(truncatingIfNeeded: exit.status)) }
        guard let signal = Signal(number: exit.status) else { return .unknown }
        return exit.code == CInt(CLD_DUMPED) ? .dumped(signal) : .killed(signal)
    }

    func checkTree() {
        switch machine.state {
        case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            if tree.processes().isEmpty { feed(.treeEmpty) }
        case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart: break
        }
    }

    private func kill(_ request: KillRequest) {
        let controls = roles.filter { $0.value != .main }.map(\.key)
        let mains = (machine.mainPID.map { [$0] } ?? []) + controls
        let isAlive = tree.signal(request, mains: mains) { log.write(.warning, $0) }
        if isAlive && request.main && request.rest && request.signal == .kill, let path = tree.cgroup {
            cgroupMustBeMade = Cgroup.killAll(in: path) || cgroupMustBeMade
        }
        // A main process that has ended but is not yet reaped is still to be heard of.
        feed(.signalled(waiting: isAlive || (request.main && machine.mainPID != nil)))
        watchCgroup()
    }

    /// In a cgroup there may be processes that are not our descendants: their end is told by cgroup.events.
    private func watchCgroup() {
        guard let path = tree.cgroup, cgroupWatch == nil else { return }
        do throws(SystemError) {
            let events = try OwnedDescriptor.open("\(path)/cgroup.events", O_RDONLY)
            let descriptor = events.rawValue
            let box = DescriptorBox(events)
            cgroupWatch = try loop.onPriority(descriptor) { [unowned self] in
                withExtendedLifetime(box) {
                    if !box.rewind() {
                        // Somebody removed the cgroup. To go on watching would spin, to start into it would fail.
                        cgroupWatch = nil
                        cgroupMustBeMade = true
                    }
                    checkTree()
                }
            }
        } catch {
            log.write(.debug, "\(error)")
        }
    }

    // MARK: - Timers

    private func set(_ timer: ServiceTimer, _ deadline: Instant?) {
        timers[timer] = nil
        guard let deadline else {
            if timer == .state { extendUpstreamTimeout(nil) }
            return
        }
        do throws(SystemError) {
            timers[timer] = try loop.at(deadline.microseconds) { [unowned self] in
                // What was said in time counts, also when we come late to read it. It may set this very timer anew.
                let passed = timers[timer]
                receiveNotifications(limit: 64)
                guard timers[timer] === passed else { return }
                timers[timer] = nil
                feed(.timerElapsed(timer))
            }
            // Before SIGCHLD: a service whose children end without pause must not put off its own SIGKILL for ever.
            try timers[timer]?.setPriority(-15)
        } catch {
            // Without a timer a stop might never end: better to act at once than never.
            log.write(.error, "\(error)")
            events.append(.timerElapsed(timer))
        }
        if timer == .state { extendUpstreamTimeout(deadline) }
    }

    // MARK: - Notifications

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

    private func take(_ message: consuming ReceivedNotification) {
        guard isAllowed(message.pid) else {
            complain(
                "\(unit.name): notification from pid \(message.pid) ignored: NotifyAccess=\(unit.effectiveNotifyAccess.rawValue)"
            )
            return
        }
        if message.truncated {
            complain("\(unit.name): a notification from pid \(message.pid) is too long; ignored")
            return
        }
        let content = NotificationReading.read(
            message.fields, isOurs: { tree.contains($0) }, complain: { complain("\(unit.name): \($0)") })
        let before = machine.mainPID
        feed(.notified(content))
        if let pid = machine.mainPID, pid != before {
            setMain(pid)
            // What was written down before did not know the new process's start time.
            publish()
        }
    }

    /// Logs what is wrong with a notification, within bounds: anyone on the machine may send them, and must not be able
    /// to fill the disk.
    private func complain(_ text: String) {
        switch complaints.verdict(at: Clock.monotonic()) {
        case .pass(let suppressed):
            log.write(.warning, suppressed == 0 ? text : "\(text) (\(suppressed) such messages were not logged)")
        case .suppress: break
        }
    }

    private func isAllowed(_ pid: pid_t) -> Bool {
        guard pid > 0 else { return false }
        switch unit.effectiveNotifyAccess {
        case .none: return false
        case .main: return pid == machine.mainPID
        case .exec: return pid == machine.mainPID || roles[pid] != nil
        case .all: return tree.contains(pid)
        }
    }
}

/// Keeps a handle alive as long as an event source uses its number.
private final class HandleBox {
    let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }
}
