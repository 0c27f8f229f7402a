// The state contract of a service: states, results and how a process ended, in systemd's words
// (org.freedesktop.systemd1(5), systemd.service(5)). Everything that is shown or stored uses these names.
import Units

/// What a service is doing: systemd's sub-state.
public enum ServiceState: String, CaseIterable, Sendable {
    /// Not running, and not because of a failure.
    case dead
    /// An `ExecCondition=` command runs.
    case condition
    /// An `ExecStartPre=` command runs.
    case startPre = "start-pre"
    /// `ExecStart=` runs and has not yet shown that it is ready.
    case start
    /// An `ExecStartPost=` command runs, or the PID file is awaited after them.
    case startPost = "start-post"
    /// Ready.
    case running
    /// Ready, and all its processes have ended (`RemainAfterExit=`).
    case exited
    /// An `ExecReload=` command runs.
    case reload
    /// The reload signal has been sent; `RELOADING=1` is awaited.
    case reloadSignal = "reload-signal"
    /// The service said `RELOADING=1`; its `READY=1` is awaited.
    case reloadNotify = "reload-notify"
    /// An `ExecStop=` command runs.
    case stop
    /// The watchdog expired, or a timeout with a failure mode of `abort`: `WatchdogSignal=` was sent.
    case stopWatchdog = "stop-watchdog"
    /// `KillSignal=` was sent; the main process is awaited.
    case stopSigterm = "stop-sigterm"
    /// It did not go in time: SIGKILL was sent; the main process is awaited.
    case stopSigkill = "stop-sigkill"
    /// An `ExecStopPost=` command runs.
    case stopPost = "stop-post"
    /// `ExecStopPost=` took too long, with a failure mode of `abort`: `WatchdogSignal=` was sent.
    case finalWatchdog = "final-watchdog"
    /// The main process is gone; what is left of the tree was sent `KillSignal=`.
    case finalSigterm = "final-sigterm"
    /// What is left of the tree was sent SIGKILL.
    case finalSigkill = "final-sigkill"
    /// Not running because it failed.
    case failed
    /// Passed through on the way to `auto-restart`, so that others see the end (`RestartMode=normal`).
    case deadBeforeAutoRestart = "dead-before-auto-restart"
    case failedBeforeAutoRestart = "failed-before-auto-restart"
    /// Waiting for `RestartSec=` to pass.
    case autoRestart = "auto-restart"
    /// It has passed; the owner of the machine was asked to start it.
    case autoRestartQueued = "auto-restart-queued"

    /// The coarse state that `systemctl is-active` prints.
    public var active: ActiveState {
        switch self {
        case .dead, .deadBeforeAutoRestart: .inactive
        case .condition, .startPre, .start, .startPost, .autoRestart, .autoRestartQueued: .activating
        case .running, .exited: .active
        case .reload, .reloadSignal, .reloadNotify: .reloading
        case .stop, .stopWatchdog, .stopSigterm, .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm,
            .finalSigkill:
            .deactivating
        case .failed, .failedBeforeAutoRestart: .failed
        }
    }

    /// The part of its life.
    public var phase: ServicePhase {
        switch self {
        case .dead, .failed: .rest
        case .condition, .startPre, .start, .startPost: .starting
        case .running, .exited, .reload, .reloadSignal, .reloadNotify: .up
        case .stop, .stopWatchdog, .stopSigterm, .stopSigkill: .stopping
        case .stopPost, .finalWatchdog, .finalSigterm, .finalSigkill: .ending
        case .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued: .waiting
        }
    }
}

/// The parts of a service's life: states that nearly everything treats alike.
public enum ServicePhase: CaseIterable, Sendable {
    /// Nothing runs and nothing will.
    case rest
    case starting
    /// Active, or reloading.
    case up
    /// On the way down, with the main process still there or to be awaited.
    case stopping
    /// On the way down, after the main process.
    case ending
    /// Nothing runs, and a restart is due.
    case waiting
}

/// systemd's ActiveState.
public enum ActiveState: String, CaseIterable, Sendable {
    case active, reloading, inactive, failed, activating, deactivating
}

/// Why a service is no longer running: systemd's Result.
public enum ServiceResult: String, CaseIterable, Sendable {
    case success
    /// It was not started: a `Condition=` of its unit does not hold. (systemd keeps the result of the run before.)
    case condition
    /// It was not started: an `Assert=` of its unit does not hold. (systemd has that as the result of the job alone.)
    case assertion = "assert"
    /// An `ExecCondition=` command said that it is not to be started (status 1 to 254).
    case execCondition = "exec-condition"
    /// It could not be started for want of something: no process, no memory, no descriptor.
    case resources
    /// It did not keep to its `Type=`: it ended before it said `READY=1`.
    case `protocol`
    case timeout
    case exitCode = "exit-code"
    case signal
    case coreDump = "core-dump"
    case watchdog
    /// It was started too often, and its last run was good. (A failure is kept, as in systemd.)
    case startLimitHit = "start-limit-hit"
    /// The kernel killed one of its processes for want of memory.
    case oomKill = "oom-kill"

    /// Whether it ended as it should, or was not to run at all: the state is then `dead`, not `failed`.
    public var isGood: Bool {
        switch self {
        case .success, .condition, .execCondition: true
        case .assertion, .resources, .protocol, .timeout, .exitCode, .signal, .coreDump, .watchdog, .startLimitHit,
            .oomKill:
            false
        }
    }
}

/// How a process ended.
public enum ProcessEnd: Equatable, Sendable {
    case exited(UInt8)
    case killed(Signal)
    case dumped(Signal)
    /// Reaped by a parent that is not us: nobody can say any more.
    case unknown

    /// Whether that is a normal end: status 0, or for a daemon one of the signals that ask it to end.
    /// - Parameters:
    ///   - success: `SuccessExitStatus=`.
    ///   - asCommand: it was no daemon but a command, which has not done its work when a signal ends it.
    /// - Returns: false for any other status or signal and for a core dump; true when nobody can say.
    public func isClean(success: ExitStatusSet, asCommand: Bool = false) -> Bool {
        switch self {
        case .exited(let status): status == 0 || success.statuses.contains(status)
        case .killed(let signal):
            (!asCommand && [.hangup, .interrupt, .terminate, .pipe].contains(signal))
                || success.signals.contains(signal)
        case .dumped: false
        case .unknown: true
        }
    }

    /// The result that such an end means when it is not clean.
    public var failure: ServiceResult {
        switch self {
        case .exited: .exitCode
        case .killed: .signal
        case .dumped: .coreDump
        case .unknown: .success
        }
    }

    /// The exit status that a shell would show: 128+N for signal N.
    public var shellStatus: CInt {
        switch self {
        case .exited(let status): CInt(status)
        case .killed(let signal), .dumped(let signal): 128 + signal.number
        case .unknown: 0
        }
    }

    func isIn(_ set: ExitStatusSet) -> Bool {
        switch self {
        case .exited(let status): set.statuses.contains(status)
        case .killed(let signal), .dumped(let signal): set.signals.contains(signal)
        case .unknown: false
        }
    }
}

/// A point in time of the monotonic clock.
public struct Instant: Comparable, Hashable, Sendable {
    /// µs since some point in the past that does not change.
    public let microseconds: UInt64

    /// A point in time.
    /// - Parameter microseconds: µs of the monotonic clock.
    public init(microseconds: UInt64) {
        self.microseconds = microseconds
    }

    /// Before any other.
    static let never = Instant(microseconds: 0)

    /// The earlier is less.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// A later point; nil, which is never, when the span is infinite or does not fit.
    /// - Parameter span: how much later.
    /// - Returns: the point that much later, or nil for never.
    public func advanced(by span: TimeSpan) -> Instant? {
        guard span != .infinity else { return nil }
        let (sum, overflow) = microseconds.addingReportingOverflow(span.microseconds)
        return overflow ? nil : Instant(microseconds: sum)
    }
}
