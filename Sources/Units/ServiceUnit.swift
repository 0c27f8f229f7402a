// The typed [Unit] and [Service] sections of a service unit: what the engine and the manager run.
// Names and defaults are those of systemd.unit(5), systemd.service(5) and systemd.kill(5).

/// The values of a service unit, typed, with every default filled in. They are had by way of `ServiceUnit`.
public struct ServiceSettings: Equatable, Sendable {
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

    /// `Type=` as the unit sets it; nil where it does not.
    public var typeSetting: ServiceType?
    /// The commands of each list, run one after the other. `ExecStart=` is exactly one but for `Type=oneshot`.
    public var execCondition: [ExecCommand] = []
    /// `ExecStartPre=`.
    public var execStartPre: [ExecCommand] = []
    /// `ExecStart=`: the main process; what leaves it behind for `Type=forking`.
    public var execStart: [ExecCommand] = []
    /// `ExecStartPost=`.
    public var execStartPost: [ExecCommand] = []
    /// `ExecReload=`.
    public var execReload: [ExecCommand] = []
    /// `ExecStop=`: run with the main process there, before any signal.
    public var execStop: [ExecCommand] = []
    /// `ExecStopPost=`: run after every end, also that of a start that failed.
    public var execStopPost: [ExecCommand] = []

    /// `PIDFile=`: where a `Type=forking` service writes the pid of its main process; an absolute path.
    public var pidFile: String?
    /// `GuessMainPID=` (default yes): without `PIDFile=`, whether the only process left is taken for the main one.
    public var guessMainPID = true
    /// `BusName=`: the name on the system bus that a `Type=dbus` service takes.
    public var busName: String?
    /// `RemainAfterExit=`: whether it stays active when all its processes have ended.
    public var remainAfterExit = false
    /// `ExitType=` (default main): whether the end of the main process is the end of the service.
    public var exitType: ExitType = .main
    /// `OOMPolicy=` (default stop).
    public var oomPolicy: OOMPolicy = .stop
    /// `FileDescriptorStoreMax=` (default 0).
    public var fileDescriptorStoreMax: UInt32 = 0
    /// `FileDescriptorStorePreserve=` (default restart).
    public var fileDescriptorStorePreserve: DescriptorPreservation = .restart
    /// `OpenFile=`: what the main process finds open.
    public var openFiles: [OpenFile] = []

    /// `Restart=`: after which ends the service is started again.
    public var restart: RestartPolicy = .no
    /// `RestartSec=` (default 100 ms): the pause before that.
    public var restartDelay: TimeSpan = .milliseconds(100)
    /// `RestartSteps=` (default 0): in how many restarts the pause grows to `RestartMaxDelaySec=`.
    public var restartSteps: UInt32 = 0
    /// `RestartMaxDelaySec=` (default infinity): the longest pause.
    public var restartMaxDelay: TimeSpan = .infinity
    /// `RestartMode=`.
    public var restartMode: RestartMode = .normal
    /// `SuccessExitStatus=`: ends that count as clean beside status 0 and SIGHUP, SIGINT, SIGTERM and SIGPIPE.
    public var successExitStatus = ExitStatusSet()
    /// `RestartPreventExitStatus=`: ends that are never followed by a restart, whatever `Restart=` says.
    public var restartPreventExitStatus = ExitStatusSet()
    /// `RestartForceExitStatus=`: ends that are followed by a restart whatever `Restart=` says, unless a stop was
    /// asked for.
    public var restartForceExitStatus = ExitStatusSet()

    /// `TimeoutStartSec=` as the unit sets it; nil where it does not.
    public var timeoutStartSetting: TimeSpan?
    /// `TimeoutStartFailureMode=`: how a start that takes too long is ended.
    public var timeoutStartFailureMode: TimeoutFailureMode = .terminate
    /// `TimeoutStopFailureMode=`: how a stop that takes too long goes on.
    public var timeoutStopFailureMode: TimeoutFailureMode = .terminate
    /// `TimeoutStopSec=` (default 90 s): how long each signal of a stop is given, until the next, stronger one.
    public var timeoutStop: TimeSpan = .seconds(90)
    /// `TimeoutAbortSec=`: the same after the watchdog's signal; nil means `TimeoutStopSec=`.
    public var timeoutAbort: TimeSpan?
    /// `RuntimeMaxSec=`.
    public var runtimeMax: TimeSpan = .infinity
    /// `RuntimeRandomizedExtraSec=` (default 0): at most so much is added to it, evenly distributed.
    public var runtimeRandomizedExtra: TimeSpan = .zero
    /// `WatchdogSec=`; zero means no watchdog.
    public var watchdog: TimeSpan = .zero
    /// `NotifyAccess=`; nil means the default of the type (`main` for notify types, with a watchdog or a descriptor store, else `none`).
    public var notifyAccess: NotifyAccess?

    /// `KillMode=`: which processes a stop signals.
    public var killMode: KillMode = .controlGroup
    /// `KillSignal=` (default SIGTERM): the first signal of a stop.
    public var killSignal: Signal = .terminate
    /// `RestartKillSignal=`: the same where the stop is one half of a restart; nil means `KillSignal=`.
    public var restartKillSignal: Signal?
    /// `SendSIGHUP=` (default no): whether SIGHUP follows that signal at once.
    public var sendSIGHUP = false
    /// `SendSIGKILL=` (default yes): whether what does not end in time is sent `FinalKillSignal=`.
    public var sendSIGKILL = true
    /// `FinalKillSignal=` (default SIGKILL).
    public var finalKillSignal: Signal = .kill
    /// `WatchdogSignal=` (default SIGABRT): sent when the watchdog expires.
    public var watchdogSignal: Signal = .abort
    /// `RootDirectoryStartOnly=`.
    public var rootDirectoryStartOnly = false
    /// `ReloadSignal=` (default SIGHUP). Sent for `Type=notify-reload`, or when `reloadSignalIsSet`.
    public var reloadSignal: Signal = .hangup
    /// Whether the unit names a `ReloadSignal=` itself: then a reload sends it whatever the type.
    public var reloadSignalIsSet = false

    /// systemd.exec(5).
    public var execution: ExecutionContext {
        _read { yield sharedExecution.value }
        _modify { yield &sharedExecution.value }
    }
    private var sharedExecution = Self.plainExecution
    /// Half of all values, of which many a service sets none.
    private static let plainExecution = Shared(ExecutionContext())

    /// `[X-Daimon] StartSettleSec=` (default 100 ms): a `Type=exec` service, which cannot say that it is ready,
    /// counts as started when it has lived that long. systemd has no such thing: there a program that fails
    /// right after execve(2) was "started".
    public var startSettle: TimeSpan = .milliseconds(100)

    /// Every default.
    /// - Parameter name: the full unit name.
    init(name: UnitName) {
        self.name = name
        self.description = name.description
    }

    /// `Type=`, with systemd's default: `dbus` with a `BusName=`, `oneshot` without an `ExecStart=`, else `simple`.
    public var type: ServiceType {
        get { typeSetting ?? (busName != nil ? .dbus : execStart.isEmpty ? .oneshot : .simple) }
        set { typeSetting = newValue }
    }

    /// `TimeoutStartSec=` (default 90 s; for `Type=oneshot` none): how long each step of a start may take, and a reload.
    public var timeoutStart: TimeSpan {
        get { timeoutStartSetting ?? (type == .oneshot ? .infinity : .seconds(90)) }
        set { timeoutStartSetting = newValue }
    }

    /// Who may send notifications, with the default of systemd.service(5) resolved.
    public var effectiveNotifyAccess: NotifyAccess {
        if let notifyAccess, notifyAccess != .none { return notifyAccess }
        switch type {
        case .notify, .notifyReload: return .main
        case .simple, .exec, .forking, .oneshot, .dbus, .idle:
            let isNeeded = watchdog != .zero && watchdog != .infinity || fileDescriptorStoreMax > 0
            return isNeeded ? .main : .none
        }
    }
}

/// A service unit. Its definition, its machine and whoever carries out what the machine wants all hold it: a copy is one word, and
/// only a copy that is changed has values of its own.
@dynamicMemberLookup
public struct ServiceUnit: Equatable, Sendable {
    /// Changed only while nobody else holds it, which is what makes it safe to send.
    @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline var settings: ServiceSettings

        @usableFromInline
        init(_ settings: ServiceSettings) {
            self.settings = settings
        }
    }

    @usableFromInline var storage: Storage

    /// A unit with every default.
    /// - Parameter name: the full unit name.
    public init(name: UnitName) {
        storage = Storage(ServiceSettings(name: name))
    }

    /// systemd.exec(5). Not by way of the subscripts: those change a computed value by writing back a copy, and a list of 65,536
    /// variables were copied for each of them.
    public var execution: ExecutionContext {
        _read { yield storage.settings.execution }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.settings) }
            yield &storage.settings.execution
        }
    }

    /// Any of its values.
    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<ServiceSettings, Value>) -> Value {
        _read { yield storage.settings[keyPath: path] }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.settings) }
            yield &storage.settings[keyPath: path]
        }
    }

    /// Any of its values that follows from others.
    @inlinable
    public subscript<Value>(dynamicMember path: KeyPath<ServiceSettings, Value>) -> Value {
        storage.settings[keyPath: path]
    }

    /// Whether all values are the same.
    public static func == (left: ServiceUnit, right: ServiceUnit) -> Bool {
        left.storage === right.storage || left.storage.settings == right.storage.settings
    }
}
