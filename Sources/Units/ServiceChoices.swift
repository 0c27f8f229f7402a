// The words of directives of a service that have a fixed number of them (systemd.service(5), systemd.kill(5)).

/// `Type=` of systemd.service(5).
public enum ServiceType: String, CaseIterable, Sendable {
    case simple, exec, forking, oneshot, dbus, notify
    case notifyReload = "notify-reload"
    case idle

    /// Whether the service says itself that it is ready, by `READY=1`.
    public var saysReady: Bool { self == .notify || self == .notifyReload }
}

/// `ExitType=` of systemd.service(5).
public enum ExitType: String, CaseIterable, Sendable {
    /// The service has ended when its main process has.
    case main
    /// It has ended when its last process has.
    case cgroup
}

/// `OOMPolicy=` of systemd.service(5): what follows when the kernel kills one of its processes for want of memory.
public enum OOMPolicy: String, CaseIterable, Sendable {
    case `continue`, stop, kill
}

/// `FileDescriptorStorePreserve=` of systemd.service(5): how long descriptors are kept that the service stored.
public enum DescriptorPreservation: String, CaseIterable, Sendable {
    /// Until it goes down, also when it comes back.
    case no
    /// Until it goes down and does not come back.
    case restart
    /// As long as the unit is known.
    case yes
}

/// A file of `OpenFile=` (systemd.service(5)).
public struct OpenFile: Equatable, Sendable {
    /// How it is opened.
    public enum Access: String, CaseIterable, Sendable {
        case readAndWrite = ""
        case readOnly = "read-only"
        case append
        case truncate
    }

    /// The file or socket; absolute.
    public var path: String
    /// By which the service finds it.
    public var name: String
    /// How it is opened.
    public var access: Access = .readAndWrite
    /// Whether the service is started without it where it cannot be opened.
    public var isGraceful = false

    /// A file that is opened for reading and writing.
    /// - Parameters:
    ///   - path: absolute.
    ///   - name: by which the service finds it.
    public init(path: String, name: String) {
        self.path = path
        self.name = name
    }
}

/// `RestartMode=` of systemd.service(5).
public enum RestartMode: String, CaseIterable, Sendable {
    /// By way of `failed` or `dead`, which others see.
    case normal
    /// Straight from deactivating to activating.
    case direct
    /// As normal; from the second start on with `DEBUG_INVOCATION=1`.
    case debug
}

/// `TimeoutStartFailureMode=` and `TimeoutStopFailureMode=` of systemd.service(5).
public enum TimeoutFailureMode: String, CaseIterable, Sendable {
    /// `KillSignal=`, then SIGKILL.
    case terminate
    /// `WatchdogSignal=`, then SIGKILL.
    case abort
    /// SIGKILL at once.
    case kill
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
