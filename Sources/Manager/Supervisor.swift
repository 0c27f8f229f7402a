// One instance, supervised: the event loop that feeds the engine and carries out what it says. The effects are in
// Supervisor+Effects.swift, what is told to others in Supervisor+Reporting.swift.
import Instances
import CLinux
import Daemon
import Engine
import Glibc
import Linux
import Systemd
import Units

/// Runs one instance from its claim to its end, on the calling thread.
package final class Supervisor {
    let configuration: InstanceConfiguration
    let unit: ServiceUnit
    let invocationID: String
    let log: ManagerLog
    let upstream: Upstream
    let loop: EventLoop
    var claim: InstanceClaim
    var machine: ServiceMachine
    var tree: ProcessTree
    var cgroup: Cgroup?
    /// `cgroup.kill` was used, or somebody removed it: the next start needs a new one.
    var cgroupMustBeMade = false
    /// Of what is wrong with notifications, as journald limits a unit's messages by default, but less.
    var complaints = RateLimit(interval: 30_000_000, burst: 10)
    var receiver: NotificationReceiver?
    /// Processes that the engine knows by their role. The handles keep their pids from being taken for others'.
    var roles: [pid_t: ProcessRole] = [:]
    var timers: [ServiceTimer: EventSource] = [:]
    var sources: [EventSource] = []
    var mainWatch: EventSource?
    var cgroupWatch: EventSource?
    var events: [ServiceEvent] = []
    var isHandling = false
    var activeEntered: UInt64 = 0
    var stateChanged: UInt64 = 0
    var lastState: ServiceState?
    var lastMainPID: Int32?
    var lastStatusText: String?
    var statusTimer: EventSource?
    var lastStored = ""
    var storeFailed = false
    var unitIsKept = false
    var mainIdentity: ProcessIdentity?
    var logStart: UInt64 = 0
    var reloadIsAnnounced = false
    var hasFinished = false
    let watchdogInterval: UInt64?
    let bootID: String
    let hadTerminal: Bool
    var upstreamWatchdog: EventSource?
    let ownIdentity = ProcessIdentity.current()
    let resources: UnitResources

    /// Runs the instance.
    /// - Parameters:
    ///   - configuration: which, and how.
    ///   - notifier: to whoever started us.
    /// - Returns: the exit status for daimond.
    package static func run(_ configuration: InstanceConfiguration, notifier: Notifier) -> CInt {
        let invocationID = ownInvocationID(configuration)
        let log = ManagerLog(
            target: logTarget(configuration), instance: configuration.paths.name, invocationID: invocationID)
        let upstream = Upstream(notifier: notifier) { log.write(.warning, $0) }
        do throws(InstanceClaim.Refusal) {
            // What can fail comes before the claim, so that nothing of a claim is left behind.
            let (loop, bootID) = try prerequisites()
            let claim = try InstanceClaim.take(configuration) { log.write(.warning, $0) }
            let supervisor = Supervisor(
                configuration, invocationID: invocationID, log: log, upstream: upstream, claim: claim, loop: loop,
                bootID: bootID)
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

    private init(
        _ configuration: InstanceConfiguration, invocationID: String, log: ManagerLog, upstream: Upstream,
        claim: consuming InstanceClaim, loop: EventLoop, bootID: String
    ) {
        self.configuration = configuration
        self.unit = configuration.unit
        self.resources = UnitResources(unit: configuration.unit)
        self.invocationID = invocationID
        self.log = log
        self.upstream = upstream
        self.claim = claim
        self.loop = loop
        self.bootID = bootID
        self.watchdogInterval = Supervisor.watchdogInterval(log)
        self.hadTerminal = configuration.mode.kind == .foreground && !configuration.isInit && Supervisor.hasTerminal()
        // In the foreground nobody waits for an answer, so Restart= holds from the first start on.
        self.machine = ServiceMachine(
            unit: unit, endsWhenFirstStartFails: configuration.mode.kind != .foreground)
        self.tree = ProcessTree(cgroup: nil, invocationID: invocationID, supervisor: getpid(), main: nil)
    }

    // MARK: - The loop

    private func supervise() throws(SystemError) -> CInt {
        // Orphans of the service become our children, so that none of them escapes (prctl(2)).
        // PID 1 of a container answers for every process in it; anyone else only for what comes from here on.
        // Asked of the kernel first: nearly nobody has children yet, and reading all of /proc would take longer than the
        // rest of the start.
        if !configuration.isInit && Supervisor.hasChildren() { tree.strangers = Set(tree.processes()) }
        guard daimon_become_subreaper() == 0 else {
            throw SystemError("become the reaper of the service's orphans")
        }
        do throws(SystemError) {
            try openNotifySocket()
            try watch()
            makeCgroup()
        } catch {
            cleanUp()
            throw error
        }
        // Not as warnings: a launcher has told the person already, and shows warnings again when the start fails.
        for line in configuration.notHonoured { log.write(.notice, line) }
        let reason = configuration.mode.reason
        log.write(.debug, "\(configuration.paths.name): \(reason)")
        feed(.startRequested)
        // The service may have ended already: then nobody is left to end the loop.
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
        let requests = SignalBox(try SignalDescriptor([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2]))
        try add(
            loop.onReadable(requests.signals.rawValue) { [unowned self] in read(requests) { asked(by: $0) } },
            priority: -20)
        // After the timers: a service whose children end without pause must not put off its own SIGKILL.
        let ends = SignalBox(try SignalDescriptor([SIGCHLD]))
        try add(
            loop.onReadable(ends.signals.rawValue) { [unowned self] in read(ends) { _ in childrenEnded() } },
            priority: -10)
        if let socket = receiver?.rawValue {
            try add(loop.onReadable(socket) { [unowned self] in receiveNotifications(limit: 64) }, priority: -5)
        }
        if let socket = claim.lockNumber {
            try add(loop.onReadable(socket) { [unowned self] in claim.answerAskers() }, priority: 10)
        }
        try armUpstreamWatchdog()
    }

    private func add(_ source: EventSource, priority: Int64) throws(SystemError) {
        try source.setPriority(priority)
        sources.append(source)
    }

    /// Hands an event to the engine and carries out what follows, until nothing follows any more.
    func feed(_ event: ServiceEvent) {
        events.append(event)
        // An effect that answers at once feeds from within: its event takes its turn.
        guard !isHandling else { return }
        isHandling = true
        while !events.isEmpty {
            let next = events.removeFirst()
            for action in machine.handle(next, at: now) { carryOut(action) }
            settleResources()
        }
        isHandling = false
        publishChanges()
    }

    /// What became of an action that the engine waits for. It comes before all that is queued: the engine is still in the
    /// state that asked, while a timer that could not be set (see `set`) would have led out of it.
    func answer(_ event: ServiceEvent) {
        precondition(isHandling, "an answer belongs to an action, and actions are carried out by feed")
        events.insert(event, at: 0)
    }

    var now: Instant { Instant(microseconds: Clock.monotonic()) }

    // MARK: - What happens

    private func read(_ box: SignalBox, _ handle: (CInt) -> Void) {
        do throws(SystemError) {
            // One a turn: others of a higher priority may have come meanwhile.
            if let signal = try box.signals.next() { handle(signal) }
        } catch {
            log.write(.error, "\(error)")
        }
    }

    private func asked(by signal: CInt) {
        switch signal {
        case SIGTERM, SIGINT, SIGQUIT: stopAsked(by: signal)
        case SIGHUP: hangup()
        default: forward(signal)
        }
    }

    private func stopAsked(by signal: CInt) {
        let name = Signal(number: signal)?.name ?? "signal \(signal)"
        log.write(.info, "\(configuration.paths.name): \(name), stopping.")
        if configuration.mode.kind != .detach || machine.hasBeenActive {
            upstream.send([.stopping, .status("stopping")])
        }
        feed(.stopRequested)
    }

    private func hangup() {
        // In the foreground SIGHUP also means that the terminal is gone: then nobody is left to stop us.
        if hadTerminal && !Supervisor.hasTerminal() {
            log.write(.info, "\(configuration.paths.name): the terminal is gone, stopping.")
            feed(.stopRequested)
            return
        }
        switch machine.state {
        case .running, .reload, .reloadSignal, .reloadNotify:
            reloadIsAnnounced = true
            upstream.send([.reloading, .status("reloading")])
        case .dead, .start, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill, .failed,
            .autoRestart:
            break
        }
        feed(.reloadRequested)
    }

    private func forward(_ signal: CInt) {
        guard let number = Signal(number: signal) else { return }
        carryOut(.signalMain(number))
    }

    static func hasTerminal() -> Bool {
        let terminal = daimon_open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC, 0)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
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

    private static func watchdogInterval(_ log: ManagerLog) -> UInt64? {
        do throws(SystemError) {
            return try Watchdog.interval()
        } catch {
            // Inherited nonsense is no reason not to run.
            log.write(.warning, "\(error); no watchdog is fed")
            return nil
        }
    }

    private static func ownInvocationID(_ configuration: InstanceConfiguration) -> String {
        // Under systemd the service belongs to the unit's invocation, so that the journal finds it by that.
        if configuration.mode.kind == .supervised, let given = getenv("INVOCATION_ID") {
            let text = String(cString: given)
            if text.utf8.count == 32 && text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) {
                return text
            }
        }
        let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return halves.map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func logTarget(_ configuration: InstanceConfiguration) -> ManagerLog.Target {
        switch configuration.mode.kind {
        case .supervised: access("/run/systemd/journal/socket", W_OK) == 0 ? .journal : .prefixedError
        case .foreground: .standardError
        case .detach: .file(configuration.paths.logFile)
        }
    }
}
