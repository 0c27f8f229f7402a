// The life of one service: every event against every state, no I/O, no clock (systemd's src/core/service.c is the
// model for what follows what). The manager feeds events and carries out the actions that come back.
import Units

/// The state machine of a service.
///
/// `handle` is total: an event that means nothing in the present state changes nothing.
public struct ServiceMachine: Sendable {
    /// The definition; replaced by nothing while the service runs.
    public let unit: ServiceUnit
    /// When a first start fails, the service is over even if `Restart=` says otherwise: somebody waits for the
    /// answer (`daimon start`, `systemctl start`), and is told that nothing was left running.
    public let endsWhenFirstStartFails: Bool

    /// What it is doing.
    public internal(set) var state: ServiceState = .dead
    /// Why it ended, or is ending.
    public internal(set) var result: ServiceResult = .success
    /// The main process, while there is one.
    public internal(set) var mainPID: Int32?
    /// How the last main process ended.
    public internal(set) var mainEnd: ProcessEnd?
    /// Why the last start never ran the program.
    public internal(set) var spawnFailure: SpawnFailure?
    /// The last `STATUS=`; nil when there was none or an empty one took it back.
    public internal(set) var statusText: String?
    /// The last `ERRNO=`, an errno(3) value.
    public internal(set) var statusErrno: Int32?
    /// How often it was started again by itself.
    public internal(set) var restarts: UInt32 = 0
    /// Whether it has ever been ready.
    public internal(set) var hasBeenActive = false
    /// The interval of the watchdog: `WatchdogSec=`, or what the service asked for by `WATCHDOG_USEC=`.
    public internal(set) var watchdog: TimeSpan
    /// When the watchdog was last fed.
    public internal(set) var lastPing: Instant?
    /// A stop has been asked for: no restart, whatever the result.
    public internal(set) var stopWanted = false

    var controlRunning = false
    /// `RELOADING=1` came while an `ExecReload=` command ran, and no `READY=1` since.
    var reloadAnnounced = false
    var reloadFailed = false
    /// It is stopping by its own `STOPPING=1`: no signal was sent.
    var stopAnnounced = false
    var stateDeadline: Instant?
    var startLimit: StartLimit
    /// How many `.kill` are not answered yet: only the answer to the last one tells of the present state.
    var killAnswersDue = 0
    /// What the event that is being handled has asked for so far.
    var actions: [ServiceAction] = []

    /// A machine at rest.
    /// - Parameters:
    ///   - unit: the definition, without errors: its first `ExecStart=` is the main process.
    ///   - endsWhenFirstStartFails: see the property.
    public init(unit: ServiceUnit, endsWhenFirstStartFails: Bool) {
        precondition(!unit.execStart.isEmpty, "a unit without ExecStart= has diagnostics and is never run")
        self.unit = unit
        self.endsWhenFirstStartFails = endsWhenFirstStartFails
        self.watchdog = unit.watchdog
        self.startLimit = StartLimit(interval: unit.startLimitInterval, burst: unit.startLimitBurst)
    }

    /// Takes in what happened and says what to do now, in order.
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    /// - Returns: the actions, to be carried out in this order; empty when there is nothing to do.
    public mutating func handle(_ event: ServiceEvent, at now: Instant) -> [ServiceAction] {
        actions.removeAll(keepingCapacity: true)
        switch event {
        case .startRequested: startRequested(at: now)
        case .stopRequested: stopRequested(at: now)
        case .reloadRequested: reloadRequested(at: now)
        case .spawned(let role, let pid): spawned(role, pid: pid, at: now)
        case .spawnFailed(let role, let failure): spawnFailed(role, failure, at: now)
        case .processEnded(let role, let end): processEnded(role, end, at: now)
        case .signalled(let waiting): signalled(waiting: waiting, at: now)
        case .treeEmpty: treeEmpty(at: now)
        case .notified(let notification): notified(notification, at: now)
        case .timerElapsed(let timer): timerElapsed(timer, at: now)
        }
        return actions
    }

    /// Whether the service is as it should be: what a watchdog above us may be told.
    /// - Parameter now: the present.
    /// - Returns: false when it has failed, or has not pinged within its watchdog interval.
    public func isHealthy(at now: Instant) -> Bool {
        switch state {
        case .stopWatchdog, .failed: return false
        case .dead, .start, .autoRestart, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            // On the way somewhere, and every such way has a timeout of its own.
            return true
        case .running, .reload, .reloadSignal, .reloadNotify:
            guard isWatched, let lastPing, let due = lastPing.advanced(by: watchdog) else { return true }
            return now < due
        }
    }

    /// The exit status for whoever ran us: the service's own, 128+N for a signal, that of the failed step, or 1.
    public var exitStatus: CInt {
        switch result {
        case .success: return 0
        case .exitCode, .signal, .coreDump:
            return mainEnd.map { $0.shellStatus == 0 ? 1 : $0.shellStatus } ?? failedStepStatus
        case .startLimitHit: return mainEnd.map { $0.shellStatus == 0 ? 1 : $0.shellStatus } ?? failedStepStatus
        case .resources, .protocol, .timeout, .watchdog: return 1
        }
    }

    private var failedStepStatus: CInt {
        guard let spawnFailure, spawnFailure.exitStatus != 0 else { return 1 }
        return CInt(spawnFailure.exitStatus)
    }

    /// Whether there is a way to reload the service (CanReload of org.freedesktop.systemd1(5)).
    public var canReload: Bool {
        !unit.execReload.isEmpty || unit.type == .notifyReload || unit.reloadSignalIsSet
    }

    var isWatched: Bool { watchdog != .zero && watchdog != .infinity }

    // MARK: - Requests

    private mutating func startRequested(at now: Instant) {
        switch state {
        case .dead, .failed:
            stopWanted = false
            restarts = 0
            enterStart(at: now)
        case .autoRestart:
            // Otherwise the timer will do; without one nobody else ever would.
            if stateDeadline == nil { restartNow(at: now) }
        case .start, .running, .reload, .reloadSignal, .reloadNotify,
            .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            break
        }
    }

    private mutating func stopRequested(at now: Instant) {
        stopWanted = true
        switch state {
        case .dead, .failed: break
        case .autoRestart:
            setState(.dead)
            armState(nil, at: now)
            finish()
        case .start, .running, .reload, .reloadSignal, .reloadNotify:
            log(.info, "Stopping \(unit.description)...")
            enterSignal(.stopSigterm, at: now)
        case .stopSigterm where stopAnnounced:
            // It said that it stops, and nobody has told it to: it may take, or extend, its time for ever.
            stopAnnounced = false
            log(.info, "Stopping \(unit.description)...")
            enterSignal(.stopSigterm, at: now)
        case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            break  // already on its way; `stopWanted` keeps it from being restarted
        }
    }

    // MARK: - Starting

    mutating func enterStart(at now: Instant) {
        guard startLimit.allows(at: now) else {
            result = .startLimitHit
            log(
                .error,
                "Start request repeated too quickly: \(unit.startLimitBurst) starts within the limit of"
                    + " StartLimitIntervalSec=. Not starting \(unit.name) again.")
            enterEnded(mayRestart: false, at: now)
            return
        }
        result = .success
        mainPID = nil
        mainEnd = nil
        spawnFailure = nil
        statusText = nil
        statusErrno = nil
        reloadAnnounced = false
        stopAnnounced = false
        watchdog = unit.watchdog
        lastPing = nil
        setState(.start)
        armState(unit.timeoutStart, at: now)
        actions.append(.spawn(.main, unit.execStart[0]))
    }

    private mutating func spawned(_ role: ProcessRole, pid: Int32, at now: Instant) {
        switch role {
        case .main:
            mainPID = pid
            switch state {
            case .start: mainIsThere(at: now)
            // A timer that could not be set has elapsed before this answer came. The process was signalled with
            // the rest, and its end is awaited.
            case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill: break
            case .dead, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart:
                preconditionFailure("a main process is asked for in the state start alone")
            }
        case .reload:
            controlRunning = true
            switch state {
            case .reload: break
            // As above: the reload was over before its command was there.
            case .dead, .start, .running, .reloadSignal, .reloadNotify, .stopWatchdog, .stopSigterm, .stopSigkill,
                .finalSigterm, .finalSigkill, .failed, .autoRestart:
                actions.append(.signalControl(.kill))
            }
        }
    }

    private mutating func mainIsThere(at now: Instant) {
        switch unit.type {
        case .simple: enterRunning(at: now)
        case .exec:
            if unit.startSettle == .zero {
                enterRunning(at: now)
            } else {
                armState(min(unit.startSettle, unit.timeoutStart), at: now)
            }
        case .notify, .notifyReload: break  // READY=1 is awaited
        }
    }

    private mutating func spawnFailed(_ role: ProcessRole, _ failure: SpawnFailure, at now: Instant) {
        log(.error, failure.message)
        switch role {
        case .main:
            spawnFailure = failure
            if failure.exitStatus == 0 {
                fail(.resources)
            } else {
                mainEnd = .exited(failure.exitStatus)
                if unit.execStart[0].ignoreFailure { endedBeforeReady() } else { fail(.exitCode) }
            }
            switch state {
            case .start, .stopWatchdog, .stopSigterm, .stopSigkill: enterSignal(.finalSigterm, at: now)
            case .finalSigterm, .finalSigkill, .dead, .running, .reload, .reloadSignal, .reloadNotify, .failed,
                .autoRestart:
                break
            }
        case .reload(let index):
            guard state == .reload else { return }
            // No process at all is a failure that the prefix "-" does not forgive; a status of 203 it does.
            if failure.exitStatus == 0 {
                reloadFailed = true
                endReload(at: now)
            } else {
                reloadCommandEnded(index, .exited(failure.exitStatus), at: now)
            }
        }
    }

    /// A clean end in the state start: for the types that announce their readiness that breaks the protocol.
    private mutating func endedBeforeReady() {
        switch unit.type {
        case .notify, .notifyReload:
            log(.error, "\(unit.name) ended before it said READY=1, which Type=\(unit.type.rawValue) asks of it.")
            fail(.protocol)
        case .simple, .exec: break
        }
    }

    mutating func enterRunning(at now: Instant) {
        let isFirst = state == .start
        setState(.running)
        armState(nil, at: now)
        if isFirst {
            hasBeenActive = true
            log(.info, "Started \(unit.description).")
            feedWatchdog(at: now)
            setTimer(.runtime, now.advanced(by: unit.runtimeMax))
            actions.append(.started)
        }
    }

    mutating func feedWatchdog(at now: Instant) {
        lastPing = now
        setTimer(.watchdog, isWatched ? now.advanced(by: watchdog) : nil)
    }

    // MARK: - Ends of processes

    private mutating func processEnded(_ role: ProcessRole, _ end: ProcessEnd, at now: Instant) {
        switch role {
        case .main: mainEnded(end, at: now)
        case .reload(let index): reloadCommandEnded(index, end, at: now)
        }
    }

    private mutating func mainEnded(_ end: ProcessEnd, at now: Instant) {
        // A process that was given up on has ended at last: that changes nothing of the result.
        guard mainPID != nil else { return }
        mainPID = nil
        mainEnd = end
        setTimer(.watchdog, nil)
        let isClean = end.isClean(success: unit.successExitStatus) || unit.execStart[0].ignoreFailure
        log(isClean ? .info : .warning, "Main process of \(unit.name) ended: \(describe(end)).")
        if !isClean { fail(end.failure) }
        switch state {
        case .start:
            if isClean { endedBeforeReady() }
            enterSignal(.finalSigterm, at: now)
        case .running, .reload, .reloadSignal, .reloadNotify:
            enterSignal(.finalSigterm, at: now)
        case .stopWatchdog, .stopSigterm, .stopSigkill:
            enterSignal(.finalSigterm, at: now)
        case .finalSigterm, .finalSigkill, .dead, .failed, .autoRestart:
            break  // the tree is awaited
        }
    }

    /// The main process is alive but it, or we, decided that it is over.
    mutating func fail(_ cause: ServiceResult) {
        // The first cause is the one to tell: SIGKILL after a timeout ends in "signal", but it was the timeout.
        if result == .success { result = cause }
    }

    // MARK: - Small things

    mutating func setState(_ new: ServiceState) {
        // Whoever waits for a reload is told also when the service ends instead (`finishReload` tells it otherwise).
        let isLost = state.active == .reloading && new.active == .deactivating
        state = new
        if isLost {
            reloadAnnounced = false
            actions.append(.reloaded(false))
        }
    }

    mutating func setTimer(_ timer: ServiceTimer, _ deadline: Instant?) {
        actions.append(.setTimer(timer, deadline))
    }

    mutating func armState(_ span: TimeSpan?, at now: Instant) {
        stateDeadline = span.flatMap { now.advanced(by: $0) }
        setTimer(.state, stateDeadline)
    }

    mutating func log(_ level: LogLevel, _ message: String) {
        actions.append(.log(level, message))
    }

    func describe(_ end: ProcessEnd) -> String {
        switch end {
        case .exited(let status):
            if let name = ExitStatusNames.name(of: status) { return "exited, status=\(status)/\(name)" }
            return "exited, status=\(status)"
        case .killed(let signal): return "killed, status=\(signal.number)/\(signal.name)"
        case .dumped(let signal): return "dumped core, status=\(signal.number)/\(signal.name)"
        case .unknown: return "gone, its status is known to its parent alone"
        }
    }
}
