// The state contract of a service: states, results and how a process ended, in systemd's words
// (org.freedesktop.systemd1(5), systemd.service(5)). Everything that is shown or stored uses these names.
import Units

/// What a service is doing: systemd's sub-state.
public enum ServiceState: String, CaseIterable, Sendable {
    /// Not running, and not because of a failure.
    case dead
    /// The main process is being started and has not yet shown that it is ready.
    case start
    /// Ready.
    case running
    /// An `ExecReload=` command runs.
    case reload
    /// The reload signal has been sent; `RELOADING=1` is awaited.
    case reloadSignal = "reload-signal"
    /// The service said `RELOADING=1`; its `READY=1` is awaited.
    case reloadNotify = "reload-notify"
    /// The watchdog expired: `WatchdogSignal=` was sent.
    case stopWatchdog = "stop-watchdog"
    /// `KillSignal=` was sent; the main process is awaited.
    case stopSigterm = "stop-sigterm"
    /// It did not go in time: SIGKILL was sent; the main process is awaited.
    case stopSigkill = "stop-sigkill"
    /// The main process is gone; what is left of the tree was sent `KillSignal=`.
    case finalSigterm = "final-sigterm"
    /// What is left of the tree was sent SIGKILL.
    case finalSigkill = "final-sigkill"
    /// Not running because it failed.
    case failed
    /// Waiting for `RestartSec=` to pass.
    case autoRestart = "auto-restart"

    /// The coarse state that `systemctl is-active` prints.
    public var active: ActiveState {
        switch self {
        case .dead: .inactive
        case .start, .autoRestart: .activating
        case .running: .active
        case .reload, .reloadSignal, .reloadNotify: .reloading
        case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill: .deactivating
        case .failed: .failed
        }
    }
}

/// systemd's ActiveState.
public enum ActiveState: String, CaseIterable, Sendable {
    case active, reloading, inactive, failed, activating, deactivating
}

/// Why a service is no longer running: systemd's Result.
public enum ServiceResult: String, CaseIterable, Sendable {
    case success
    /// It could not be started for want of something: no process, no memory, no descriptor.
    case resources
    /// It did not keep to its `Type=`: it ended before it said `READY=1`.
    case `protocol`
    case timeout
    case exitCode = "exit-code"
    case signal
    case coreDump = "core-dump"
    case watchdog
    case startLimitHit = "start-limit-hit"
}

/// How a process ended.
public enum ProcessEnd: Equatable, Sendable {
    case exited(UInt8)
    case killed(Signal)
    case dumped(Signal)
    /// Reaped by a parent that is not us: nobody can say any more.
    case unknown

    /// Whether that is a normal end of a daemon: status 0, or one of the signals that ask it to end.
    /// - Parameter success: `SuccessExitStatus=`.
    /// - Returns: false for any other status or signal and for a core dump; true when nobody can say.
    public func isClean(success: ExitStatusSet) -> Bool {
        switch self {
        case .exited(let status): status == 0 || success.statuses.contains(status)
        case .killed(let signal):
            [.hangup, .interrupt, .terminate, .pipe].contains(signal) || success.signals.contains(signal)
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
