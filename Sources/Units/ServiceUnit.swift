// The typed [Unit] and [Service] sections of a service unit: what the engine and the manager run.
// Names and defaults are those of systemd.unit(5), systemd.service(5) and systemd.kill(5).

/// A service unit with every value typed and every default filled in.
public struct ServiceUnit: Equatable, Sendable {
    /// The full unit name, for example `web.service`.
    public var name: UnitName
    /// The file the unit was read from; nil for a unit that came from a command line.
    public var fragmentPath: String?
    /// `Description=`; the unit name when the unit has none.
    public var description: String
    /// `Documentation=`, a list of URIs.
    public var documentation: [String] = []

    /// `StartLimitIntervalSec=` (default 10 s): the time in which starts are counted.
    public var startLimitInterval: TimeSpan = .seconds(10)
    /// `StartLimitBurst=` (default 5): how many starts are allowed in that time.
    public var startLimitBurst: UInt32 = 5

    /// `Type=`.
    public var type: ServiceType = .simple
    /// `ExecStart=`: the main process. Exactly one for the types known so far.
    public var execStart: [ExecCommand] = []
    /// `ExecReload=`: run one after the other at a reload.
    public var execReload: [ExecCommand] = []

    /// `Restart=`: after which ends the service is started again.
    public var restart: RestartPolicy = .no
    /// `RestartSec=` (default 100 ms): the pause before that.
    public var restartDelay: TimeSpan = .milliseconds(100)
    /// `SuccessExitStatus=`: ends that count as clean beside status 0 and SIGHUP, SIGINT, SIGTERM and SIGPIPE.
    public var successExitStatus = ExitStatusSet()
    /// `RestartPreventExitStatus=`: ends that are never followed by a restart, whatever `Restart=` says.
    public var restartPreventExitStatus = ExitStatusSet()
    /// `RestartForceExitStatus=`: ends that are followed by a restart whatever `Restart=` says, unless a stop was
    /// asked for.
    public var restartForceExitStatus = ExitStatusSet()

    /// `TimeoutStartSec=` (default 90 s): how long a start may take, and a reload.
    public var timeoutStart: TimeSpan = .seconds(90)
    /// `TimeoutStopSec=` (default 90 s): how long each signal of a stop is given, until the next, stronger one.
    public var timeoutStop: TimeSpan = .seconds(90)
    /// `TimeoutAbortSec=`: the same after the watchdog's signal; nil means `TimeoutStopSec=`.
    public var timeoutAbort: TimeSpan?
    /// `RuntimeMaxSec=`.
    public var runtimeMax: TimeSpan = .infinity
    /// `WatchdogSec=`; zero means no watchdog.
    public var watchdog: TimeSpan = .zero
    /// `NotifyAccess=`; nil means the default of the type (`main` for notify types or with a watchdog, else `none`).
    public var notifyAccess: NotifyAccess?

    /// `KillMode=`: which processes a stop signals.
    public var killMode: KillMode = .controlGroup
    /// `KillSignal=` (default SIGTERM): the first signal of a stop.
    public var killSignal: Signal = .terminate
    /// `SendSIGHUP=` (default no): whether SIGHUP follows that signal at once.
    public var sendSIGHUP = false
    /// `SendSIGKILL=` (default yes): whether what does not end in time is sent `FinalKillSignal=`.
    public var sendSIGKILL = true
    /// `FinalKillSignal=` (default SIGKILL).
    public var finalKillSignal: Signal = .kill
    /// `WatchdogSignal=` (default SIGABRT): sent when the watchdog expires.
    public var watchdogSignal: Signal = .abort
    /// `ReloadSignal=` (default SIGHUP). Sent for `Type=notify-reload`, or when `reloadSignalIsSet`.
    public var reloadSignal: Signal = .hangup
    /// Whether the unit names a `ReloadSignal=` itself: then a reload sends it whatever the type.
    public var reloadSignalIsSet = false

    /// systemd.exec(5).
    public var execution = ExecutionContext()

    /// `[X-Daimon] StartSettleSec=` (default 100 ms): a `Type=exec` service, which cannot say that it is ready,
    /// counts as started when it has lived that long. systemd has no such thing: there a program that fails
    /// right after execve(2) was "started".
    public var startSettle: TimeSpan = .milliseconds(100)

    /// A unit with every default.
    /// - Parameter name: the full unit name.
    public init(name: UnitName) {
        self.name = name
        self.description = name.description
    }

    /// Who may send notifications, with the default of systemd.service(5) resolved.
    public var effectiveNotifyAccess: NotifyAccess {
        if let notifyAccess, notifyAccess != .none { return notifyAccess }
        switch type {
        case .notify, .notifyReload: return .main
        case .simple, .exec: return watchdog != .zero && watchdog != .infinity ? .main : .none
        }
    }
}

/// `Type=` of systemd.service(5), as far as it is run.
public enum ServiceType: String, CaseIterable, Sendable {
    case simple, exec, notify
    case notifyReload = "notify-reload"
}

/// `Restart=` of systemd.service(5).
public enum RestartPolicy: String, CaseIterable, Sendable {
    case no
    case onSuccess = "on-success"
    case onFailure = "on-failure"
    case onAbnormal = "on-abnormal"
    case onWatchdog = "on-watchdog"
    case onAbort = "on-abort"
    case always
}

/// `NotifyAccess=` of systemd.service(5).
public enum NotifyAccess: String, CaseIterable, Sendable {
    case none, main, exec, all
}

/// `KillMode=` of systemd.kill(5).
public enum KillMode: String, CaseIterable, Sendable {
    case controlGroup = "control-group"
    case mixed, process, none
}

/// A set of exit statuses and signals, as in `SuccessExitStatus=`.
public struct ExitStatusSet: Equatable, Sendable {
    /// Exit statuses 0 to 255.
    public var statuses: Set<UInt8> = []
    /// Signals that ended the process.
    public var signals: Set<Signal> = []

    /// An empty set.
    public init() {}
}
