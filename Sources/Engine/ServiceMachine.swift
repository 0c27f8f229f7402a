// The life of one service: every event against every state, no I/O, no clock (systemd's src/core/service.c is the
// model for what follows what). The manager feeds events and carries out the actions that come back.
import Units

/// The state machine of a service.
///
/// `handle` is total: an event that means nothing in the present state changes nothing.
public struct ServiceMachine: Sendable {
    /// The definition; replaced by nothing while the service runs.
    public internal(set) var unit: ServiceUnit
    /// When a first start fails, the service is over even if `Restart=` says otherwise: somebody waits for the
    /// answer (`daimon start`, `systemctl start`), and is told that nothing was left running.
    public internal(set) var endsWhenFirstStartFails: Bool

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

    /// The time by which `RuntimeMaxSec=` is longer: for the owner, who has random numbers, to set before a start
    /// (at most `RuntimeRandomizedExtraSec=`).
    public var runtimeExtra: TimeSpan = .zero
    /// A job that stops it waits for its turn: for the owner to set before an event. No restart then, which would only be
    /// undone.
    public var stopIsQueued = false
    /// Instead of starting again by itself when `RestartSec=` has passed, asks by `.restartDue`.
    public let asksBeforeRestart: Bool

    /// The command beside the main process that runs, or was asked for.
    var control: ControlCommand?
    /// How a command beside the main process ended that made it fail, and why one was not started.
    var controlEnd: ProcessEnd?
    var controlFailure: SpawnFailure?
    /// Which of several `ExecStart=` runs (`Type=oneshot`).
    var mainIndex = 0
    var search: MainSearch?
    /// It was last heard that no process is left.
    var treeIsEmpty = false
    var busName: BusNameState?
    /// `.started` was said since the last start.
    var isAnnounced = false
    /// The stop is one half of a restart.
    var stopsForRestart = false
    /// Something that may not be killed was left alive: a second run beside it is out of the question.
    var leftAlive = false
    var runtimeDeadline: Instant?
    var watchdogDeadline: Instant?
    /// What it said last of its own state.
    var announced: Announcement?
    /// When the reload under way was asked for: what it says with an earlier time is about another.
    var reloadBegan = Instant.never
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
    ///   - unit: the definition, without errors.
    ///   - endsWhenFirstStartFails: see the property.
    ///   - asksBeforeRestart: see the property.
    public init(unit: ServiceUnit, endsWhenFirstStartFails: Bool, asksBeforeRestart: Bool = false) {
        precondition(
            !unit.execStart.isEmpty || unit.type == .oneshot,
            "a unit without ExecStart= that is no oneshot has diagnostics and is never run")
        self.unit = unit
        self.endsWhenFirstStartFails = endsWhenFirstStartFails
        self.asksBeforeRestart = asksBeforeRestart
        self.watchdog = unit.watchdog
        self.startLimit = StartLimit(interval: unit.startLimitInterval, burst: unit.startLimitBurst)
    }

    /// Takes in what happened and says what to do now, in order.
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    /// - Returns: the actions, to be carried out in this order; empty when there is nothing to do.
    public mutating func handle(_ event: ServiceEvent, at now: Instant) -> [ServiceAction] {
        switch event {
        case .startRequested: startRequested(at: now)
        case .stopRequested: stopRequested(forRestart: false, at: now)
        case .stopForRestartRequested: stopRequested(forRestart: true, at: now)
        case .resetFailed: resetFailed()
        case .startRefused(let isAssertion): startRefused(isAssertion ? .assertion : .condition, at: now)
        case .mainPIDFound(let pid, let isEmpty): mainPIDFound(pid, treeIsEmpty: isEmpty, at: now)
        case .busName(let name): busNameChanged(name, at: now)
        case .oomKilled: oomKilled(at: now)
        case .reloadRequested: reloadRequested(at: now)
        case .spawned(let role, let pid): spawned(role, pid: pid, at: now)
        case .spawnFailed(let role, let failure): spawnFailed(role, failure, at: now)
        case .processEnded(let role, let end): processEnded(role, end, at: now)
        case .signalled(let waiting): signalled(waiting: waiting, at: now)
        case .treeEmpty: treeEmpty(at: now)
        case .notified(let notification): notified(notification, at: now)
        case .timerElapsed(let timer): timerElapsed(timer, at: now)
        }
        return takeActions()
    }

    /// The list is given away: a thousand services do not each keep the longest that they ever had.
    mutating func takeActions() -> [ServiceAction] {
        defer { actions = [] }
        return actions
    }

    /// Whether the service is as it should be: what a watchdog above us may be told.
    /// - Parameter now: the present.
    /// - Returns: false when it has failed, or has not pinged within its watchdog interval.
    public func isHealthy(at now: Instant) -> Bool {
        switch state {
        case .stopWatchdog, .finalWatchdog, .failed, .failedBeforeAutoRestart: return false
        case .dead, .condition, .startPre, .start, .startPost, .stop, .stopSigterm, .stopSigkill, .stopPost,
            .finalSigterm, .finalSigkill, .deadBeforeAutoRestart, .autoRestart, .autoRestartQueued, .exited:
            // On the way somewhere, and every such way has a timeout of its own.
            return true
        case .running, .reload, .reloadSignal, .reloadNotify:
            guard let watchdogDeadline else { return true }
            return now < watchdogDeadline
        }
    }

    /// The exit status for whoever ran us: the service's own, 128+N for a signal, that of the failed step, or 1.
    public var exitStatus: CInt {
        switch result {
        case .success, .condition, .execCondition: return 0
        case .exitCode, .signal, .coreDump, .startLimitHit:
            for end in [mainEnd, controlEnd] {
                if let end, end.shellStatus != 0 { return end.shellStatus }
            }
            for failure in [spawnFailure, controlFailure] {
                if let failure, failure.exitStatus != 0 { return CInt(failure.exitStatus) }
            }
            return 1
        case .assertion, .resources, .protocol, .timeout, .watchdog, .oomKill: return 1
        }
    }

    /// Whether there is a way to reload the service (CanReload of org.freedesktop.systemd1(5)).
    public var canReload: Bool {
        !unit.execReload.isEmpty || unit.type == .notifyReload || unit.reloadSignalIsSet
    }

    var isWatched: Bool { watchdog != .zero && watchdog != .infinity }

    /// Whether the owner is to tell by `.treeEmpty` when no process is left. Asked after each end of a process.
    public var watchesTree: Bool {
        switch state.phase {
        case .stopping, .ending: true
        // The main process is gone, or unknown: what is left of the tree decides.
        case .starting, .up: mainPID == nil && control == nil
        // What was left alive keeps the next start from being.
        case .rest, .waiting: leftAlive
        }
    }

    /// Whether a PID file that has not come yet is waited for.
    public var awaitsPIDFile: Bool { search?.isDemanded ?? false }

    // MARK: - Small things

    mutating func setState(_ new: ServiceState) {
        // Whoever waits for a reload is told also when the service ends instead (`finishReload` tells it otherwise).
        let isLost = state.active == .reloading && new.active == .deactivating
        state = new
        if isLost { actions.append(.reloaded(false)) }
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

/// What a service has said of its own state (sd_notify(3)).
enum Announcement: Equatable, Sendable {
    case ready, reloading
    /// RELOADING=1 and then READY=1.
    case reloaded
    case stopping
}
