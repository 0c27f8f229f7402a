// What happens to a service, and what its machine wants done: the whole interface between the pure engine and the
// manager that touches the world.
import Units

/// Something that happened.
public enum ServiceEvent: Equatable, Sendable {
    /// Somebody wants it started, stopped, reloaded.
    case startRequested
    case stopRequested
    case reloadRequested
    /// The process asked for by `.spawn` runs its program.
    case spawned(ProcessRole, pid: Int32)
    /// The process asked for by `.spawn` could not be started, or failed before its program ran.
    case spawnFailed(ProcessRole, SpawnFailure)
    /// A process of ours ended.
    case processEnded(ProcessRole, ProcessEnd)
    /// The signals asked for by `.kill` are sent; `waiting` says whether any process that must go is still there.
    case signalled(waiting: Bool)
    /// No process of the service is left.
    case treeEmpty
    /// The service said something through its notify socket.
    case notified(ServiceNotification)
    /// A timer that was set has passed.
    case timerElapsed(ServiceTimer)
}

/// Which process of a service.
public enum ProcessRole: Equatable, Hashable, Sendable {
    case main
    /// The command number so-and-so of `ExecReload=`.
    case reload(Int)
}

/// Why a process never ran its program: the step that failed, as systemd names it.
public struct SpawnFailure: Equatable, Sendable {
    /// systemd's exit status of that step: 203 for EXEC, 217 for USER, …; 0 when there was no process at all.
    public var exitStatus: UInt8
    /// The step in words and what went wrong.
    public var message: String

    /// A failure to start.
    /// - Parameters:
    ///   - exitStatus: systemd.exec(5), "Process Exit Codes"; 0 when no process could be made.
    ///   - message: what was being done, to what, and why it failed.
    public init(exitStatus: UInt8, message: String) {
        self.exitStatus = exitStatus
        self.message = message
    }
}

/// The assignments of one notification that matter to the machine (sd_notify(3)).
public struct ServiceNotification: Equatable, Sendable {
    /// `READY=1`: the start, or the reload under way, is complete.
    public var ready = false
    /// `RELOADING=1`: the service reloads; it is over with the next `READY=1`.
    public var reloading = false
    /// `MONOTONIC_USEC=` of a `RELOADING=1`.
    public var reloadingSince: Instant?
    /// `STOPPING=1`: the service ends by itself.
    public var stopping = false
    /// `STATUS=`, one line without control characters; empty takes back the last one. nil when nothing was said.
    public var status: String?
    /// `ERRNO=`, an errno(3) value.
    public var errno: Int32?
    /// `MAINPID=`, already checked to be a process of this service.
    public var mainPID: Int32?
    /// `WATCHDOG=1`: a sign of life.
    public var watchdogPing = false
    /// `WATCHDOG=trigger`: the service asks to be treated as if its watchdog had expired.
    public var watchdogTrigger = false
    /// `WATCHDOG_USEC=`: the interval of the watchdog from now on.
    public var watchdogInterval: TimeSpan?
    /// `EXTEND_TIMEOUT_USEC=`: the timeout of the present state ends no earlier than so long from now.
    public var extendTimeout: TimeSpan?

    /// A notification that says nothing.
    public init() {}
}

/// The three timers of a service.
public enum ServiceTimer: CaseIterable, Sendable {
    /// The timeout of the present state, or the delay of a restart.
    case state
    case watchdog
    /// `RuntimeMaxSec=`.
    case runtime
}

/// Something to be done.
public enum ServiceAction: Equatable, Sendable {
    /// Start a process; answered by `.spawned` or `.spawnFailed`.
    case spawn(ProcessRole, ExecCommand)
    /// Signal processes; answered by `.signalled`.
    case kill(KillRequest)
    /// Signal the main process alone; not answered.
    case signalMain(Signal)
    /// Signal the `ExecReload=` command that runs; not answered, its end is an event.
    case signalControl(Signal)
    /// Set a timer, or stop it with nil.
    case setTimer(ServiceTimer, Instant?)
    /// The service is ready, for the first time or again after a restart.
    case started
    /// A reload has ended, well or not.
    case reloaded(Bool)
    /// It is over: nothing runs and nothing will be restarted.
    case finished(ServiceResult)
    case log(LogLevel, String)
}

/// Whom to signal, and how.
public struct KillRequest: Equatable, Sendable {
    /// What to send.
    public var signal: Signal
    /// Whether SIGHUP follows at once (`SendSIGHUP=`).
    public var hangup: Bool
    /// Whether the main process and a control process are meant.
    public var main: Bool
    /// Whether every other process of the service is meant.
    public var rest: Bool
}

/// The severity of a log line, as in syslog(3).
public enum LogLevel: Int32, Comparable, Sendable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    /// The more urgent is less.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
