// What happens to a service, and what its machine wants done: the whole interface between the pure engine and the
// manager that touches the world.
import Units

/// Something that happened.
public enum ServiceEvent: Equatable, Sendable {
    /// Somebody wants it started, stopped, reloaded.
    case startRequested
    case stopRequested
    /// As `stopRequested`, and a start follows: `RestartKillSignal=` counts.
    case stopForRestartRequested
    case reloadRequested
    /// Somebody wants a failure, and the count of starts, forgotten.
    case resetFailed
    /// Instead of a start: a `Condition=` of the unit does not hold, or an `Assert=` (`isAssertion`).
    case startRefused(isAssertion: Bool)
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
    /// The answer to `.findMainPID`, and once more when a PID file that is waited for has come.
    /// - pid: a living process of this service, or nil when there is none (yet).
    /// - treeIsEmpty: whether no process of the service is left.
    case mainPIDFound(Int32?, treeIsEmpty: Bool)
    /// What has become of the name asked for by `.watchBusName`.
    case busName(BusNameState)
    /// The kernel killed a process of the service for want of memory.
    case oomKilled
    /// A timer that was set has passed.
    case timerElapsed(ServiceTimer)
}

/// Which process of a service.
public enum ProcessRole: Equatable, Hashable, Sendable {
    case main
    /// The command number so-and-so of a list. At most one of them runs at a time.
    case control(CommandList, Int)
}

/// The lists of commands that run beside, before or after the main process.
public enum CommandList: String, CaseIterable, Sendable {
    case condition = "ExecCondition"
    case startPre = "ExecStartPre"
    /// Of `Type=forking` alone: the command that leaves the main process behind.
    case start = "ExecStart"
    case startPost = "ExecStartPost"
    case reload = "ExecReload"
    case stop = "ExecStop"
    case stopPost = "ExecStopPost"
}

/// Where the main process of a `Type=forking` service is looked for.
public enum MainPIDSource: Equatable, Sendable {
    /// In the file of `PIDFile=`. `isDemanded`: where it is not there or names no process of the service, it is waited
    /// for, as long as `ServiceMachine.awaitsPIDFile`.
    case file(String, isDemanded: Bool)
    /// Among the processes of the service: the only one without a parent among them.
    case guess
}

/// The name of a `Type=dbus` service on the bus.
public enum BusNameState: Equatable, Sendable {
    case owned, lost
    /// There is no bus to ask: the service starts as with `Type=exec`.
    case unavailable
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
    /// Signal the command that runs beside the main process; not answered, its end is an event.
    case signalControl(Signal)
    /// The command that runs beside the main process is waited for no longer: its end is to be no event. It stays a
    /// process of the service.
    case abandonControl
    /// Find the main process; answered by `.mainPIDFound`.
    case findMainPID(MainPIDSource)
    /// Watch a name on the system bus; answered by `.busName`, at each change.
    case watchBusName(String)
    /// The state was entered and left again: for those who act on ends, before a restart.
    case passed(ServiceState)
    /// A restart is due: start it (`startRequested`, or `startRefused`). Only where `asksBeforeRestart`.
    case restartDue
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
