// The life of an instance: its claim, its loop, the signals that it is sent, and its end.
import CLinux
import Daemon
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension Supervisor {
    /// Runs the instance.
    /// - Parameters:
    ///   - configuration: which, and how.
    ///   - notifier: to whoever started us.
    /// - Returns: the exit status for daimond.
    package static func run(_ configuration: InstanceConfiguration, notifier: Notifier) -> CInt {
        let given = givenInvocationID(configuration)
        let log = ManagerLog(
            target: logTarget(configuration), instance: configuration.paths.name,
            invocationID: given ?? newInvocationID())
        let upstream = Upstream(notifier: notifier) { log.write(.warning, $0) }
        do throws(InstanceClaim.Refusal) {
            // What can fail comes before the claim, so that nothing of a claim is left behind.
            let (loop, bootID) = try prerequisites()
            let claim = try InstanceClaim.take(configuration) { log.write(.warning, $0) }
            let isAlone = configuration.asked.count == 1 && configuration.services.count == 1
            let supervisor = Supervisor(
                configuration, log: log, upstream: upstream, claim: claim, loop: loop, bootID: bootID,
                invocationID: isAlone ? given : nil)
            do throws(SystemError) {
                return try supervisor.supervise()
            } catch {
                throw .failed("\(error)", exitStatus: 1)
            }
        } catch {
            // Not into the instance's log file: another daimond may be writing its own life there.
            let line = "\(configuration.paths.name): \(error.message)"
            if configuration.mode.kind == .detach {
                upstream.failure([line], exitStatus: error.exitStatus)
            } else {
                log.write(.error, line)
                upstream.send([.status(line)])
            }
            return error.exitStatus
        }
    }

    private func supervise() throws(SystemError) -> CInt {
        // Orphans of the services become our children, so that none of them escapes (prctl(2)).
        // PID 1 of a container answers for every process in it; anyone else only for what comes from here on.
        // Asked of the kernel first: nearly nobody has children yet, and reading all of /proc would take longer than the
        // rest of the start.
        if !configuration.isInit && Supervisor.hasChildren() {
            let tree = ProcessTree(cgroup: nil, invocationID: "", supervisor: getpid(), main: nil)
            strangers = Set(tree.processes())
        }
        guard daimon_become_subreaper() == 0 else {
            throw SystemError("become the reaper of the services' orphans")
        }
        do throws(SystemError) {
            try watch()
            makeCgroup()
            watchMemory()
        } catch {
            cleanUp()
            throw error
        }
        // Not as warnings: a launcher has told the person already, and shows warnings again when the start fails.
        for line in configuration.notHonoured { sayOnce(line) }
        let reason = configuration.mode.reason
        log.write(.debug, "\(configuration.paths.name): \(reason)")
        define(configuration.definitions)
        feed(
            .requests(
                configuration.asked.enumerated().map { UnitRequest(.start, $1, tag: UInt64($0)) }))
        // All may have ended already: then nobody is left to end the loop.
        if !hasFinished { _ = try loop.run() }
        let status = exitStatus
        report(end: status)
        keepUnit()
        cleanUp()
        return status
    }

    private func watch() throws(SystemError) {
        _ = daimon_ignore_signal(SIGPIPE)
        // Two descriptors for all signals. sd-event's own signal sources would make one for each, and twice.
        let requests = SignalBox(
            try SignalDescriptor([
                SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, InstancePaths.reloadUnitsSignal,
            ]))
        try add(
            loop.onReadable(requests.signals.rawValue) { [unowned self] in read(requests) { asked(by: $0) } },
            priority: -20)
        // After the timers: a service whose children end without pause must not put off its own SIGKILL.
        let ends = SignalBox(try SignalDescriptor([SIGCHLD]))
        try add(
            loop.onReadable(ends.signals.rawValue) { [unowned self] in read(ends) { _ in childrenEnded() } },
            priority: -10)
        if let socket = claim.lockNumber {
            try add(loop.onReadable(socket) { [unowned self] in claim.answerAskers() }, priority: 10)
        }
        try armUpstreamWatchdog()
    }

    func add(_ source: EventSource, priority: Int64) throws(SystemError) {
        try source.setPriority(priority)
        sources.append(source)
    }

    private func read(_ box: SignalBox, _ handle: (CInt) -> Void) {
        do throws(SystemError) {
            // One a turn: others of a higher priority may have come meanwhile.
            if let signal = try box.signals.next() { handle(signal) }
        } catch {
            log.write(.error, "\(error)")
        }
    }

    private func makeCgroup() {
        var reason = ""
        // The same name at every start, and another for an instance of that name in another runtime directory.
        let mark = String(UInt32(truncatingIfNeeded: InstanceLock.hash(configuration.paths.directory)), radix: 16)
        let name = "daimon-\(configuration.paths.name)-\(mark)"
        cgroup = Cgroup.makeParent(name: name, systemdIsBooted: Supervisor.systemdIsBooted(), reason: &reason)
        if cgroup == nil {
            log.write(
                .debug,
                "\(configuration.paths.name): no control groups of its own (\(reason)); processes are found by parentage"
            )
        }
    }

    // MARK: - Signals

    private func asked(by signal: CInt) {
        switch signal {
        case SIGTERM, SIGINT, SIGQUIT: stopAsked(by: signal)
        case SIGHUP: hangup()
        case InstancePaths.reloadUnitsSignal: reloadUnits()
        default: forward(signal)
        }
    }

    private func stopAsked(by signal: CInt) {
        let name = Signal(number: signal)?.name ?? "signal \(signal)"
        log.write(.info, "\(configuration.paths.name): \(name), stopping.")
        stop()
    }

    private func stop() {
        if configuration.mode.kind != .detach || phase != .starting {
            upstream.send([.stopping, .status("stopping")])
        }
        if phase == .starting { isStoppedEarly = true }
        phase = .stopping
        feed(.stopAll)
    }

    private func hangup() {
        // In the foreground SIGHUP also means that the terminal is gone: then nobody is left to stop us.
        if hadTerminal && !Supervisor.hasTerminal() {
            log.write(.info, "\(configuration.paths.name): the terminal is gone, stopping.")
            stop()
            return
        }
        reloadServices()
    }

    /// What is sent to daimond is meant for the service, where there is only one.
    private func forward(_ signal: CInt) {
        guard let number = Signal(number: signal) else { return }
        guard configuration.asked.count == 1, let run = runs[configuration.asked[0]] else {
            log.write(
                .notice,
                "\(configuration.paths.name): \(number.name) is passed on to nobody: there are several services.")
            return
        }
        run.signalMain(number)
    }

    // MARK: - The end

    /// Everything is down.
    func finish() {
        endOrphansOfNobody()
        hasFinished = true
        loop.exit(code: 0)
    }

    /// Without control groups there may be processes of which nobody can say whose they are: they were left out when their
    /// service was stopped, and must not outlive the instance.
    private func endOrphansOfNobody() {
        guard runs.count > 1, cgroup == nil || lacksCgroup else { return }
        var tree = ProcessTree(cgroup: nil, invocationID: "", supervisor: getpid(), main: nil)
        tree.strangers = strangers
        let kept = runs.values.filter { run in
            switch run.machine?.unit.killMode {
            case .process, .some(.none): true
            case .controlGroup, .mixed, nil: false
            }
        }
        let spared = kept.reduce(into: Set<ProcessIdentity>()) { $0.formUnion($1.currentTree().processes()) }
        for process in tree.processes() where !spared.contains(process) {
            log.write(.warning, "\(configuration.paths.name): pid \(process.pid) is left and no service's: killing it.")
            do throws(SystemError) {
                try ProcessHandle(process).send(SIGKILL)
            } catch {
                if error.errno != ESRCH { log.write(.warning, "\(error)") }
            }
        }
    }

    /// Keeps the unit beside the state, readable by us alone: its variables may be secrets.
    func keepUnit() {
        guard let text = configuration.unitText, !unitIsKept, let directory = claim.directoryNumber,
            // A target or a timer is no service, and is found by what was given.
            configuration.asked.first?.hasSuffix(".service") == true
        else { return }
        unitIsKept = true
        do throws(SystemError) {
            try Files.replace("\(configuration.paths.name).service", with: text, in: directory, mode: 0o600)
        } catch {
            log.write(.warning, "\(error)")
        }
    }

    func cleanUp() {
        statusTimer = nil
        stateTimer = nil
        sources.removeAll()
        timers.removeAll()
        runs.removeAll()
        if let cgroup { Cgroup.remove(cgroup) }
        publishEnd()
        if receiver != nil, let directory = claim.directoryNumber { _ = unlinkat(directory, "notify", 0) }
        claim.release { log.write(.warning, $0) }
        if configuration.collects, let directory = claim.directoryNumber {
            _ = unlinkat(directory, "state", 0)
            _ = unlinkat(directory, "\(configuration.paths.name).service", 0)
            _ = rmdir(configuration.paths.directory)
        }
    }

    // MARK: - Once

    private static func hasChildren() -> Bool {
        var exit = daimon_child_exit()
        return daimon_wait_child(0, 1, 0, &exit) == 0 || errno != ECHILD
    }

    private static func prerequisites() throws(InstanceClaim.Refusal) -> (EventLoop, String) {
        do throws(SystemError) {
            return (try EventLoop(), try Processes.bootID())
        } catch {
            throw .failed("\(error)", exitStatus: 1)
        }
    }

    /// Under systemd a service belongs to the unit's invocation, so that the journal finds it by that.
    private static func givenInvocationID(_ configuration: InstanceConfiguration) -> String? {
        guard configuration.mode.kind == .supervised, let given = getenv("INVOCATION_ID") else { return nil }
        let text = String(cString: given)
        let isValid =
            text.utf8.count == 32 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        return isValid ? text : nil
    }

    private static func logTarget(_ configuration: InstanceConfiguration) -> ManagerLog.Target {
        switch configuration.mode.kind {
        case .supervised: access("/run/systemd/journal/socket", W_OK) == 0 ? .journal : .prefixedError
        case .foreground: .standardError
        case .detach: .file(configuration.paths.logFile)
        }
    }

    /// Whether systemd is the system's manager (sd_booted(3)); where that cannot be learned, it is taken not to be.
    static func systemdIsBooted() -> Bool {
        do throws(SystemError) { return try SystemdHost.booted() } catch { return false }
    }
}
