// The typed settings of systemd.exec(5): the surroundings in which a command of the unit runs.

/// What surrounds an executed command: who, where, with which limits, streams and environment.
public struct ExecutionContext: Equatable, Sendable {
    /// `User=`: a name or a number, resolved when the command is started; nil means daimond's own.
    public var user: String?
    /// `Group=`: a name or a number, resolved when the command is started; nil means the user's primary one.
    public var group: String?
    /// `SupplementaryGroups=`: names or numbers, added to those that the user database gives the user.
    public var supplementaryGroups: [String] = []
    /// `DynamicUser=`: the user and the group are made for the time that the service runs.
    public var isUserDynamic = false
    /// `UMask=`, default 0022.
    public var umask: UInt32 = 0o022
    /// `WorkingDirectory=`; nil means `/`.
    public var workingDirectory: WorkingDirectory?

    /// `Environment=` in order of assignment, a later one of the same name wins.
    public var environment: [EnvironmentVariable] = []
    /// `EnvironmentFile=`.
    public var environmentFiles: [EnvironmentFile] = []
    /// `PassEnvironment=` and `UnsetEnvironment=`.
    public var passEnvironment: [String] = []
    /// Entries are names, or `NAME=VALUE` that removes only that very assignment.
    public var unsetEnvironment: [String] = []

    /// `LimitNOFILE=` and the other fifteen.
    public var limits: [ResourceLimit: ResourceLimitValue] = [:]
    /// `Nice=`, -20 to 19.
    public var nice: Int32?
    /// `OOMScoreAdjust=`, -1000 to 1000.
    public var oomScoreAdjust: Int32?
    /// `NoNewPrivileges=`.
    public var noNewPrivileges = false
    /// `IgnoreSIGPIPE=`, default yes.
    public var ignoreSIGPIPE = true

    /// `StandardInput=`, default null.
    public var standardInput: StandardInput = .null
    /// `StandardOutput=`; nil means the default of the way the daemon was started.
    public var standardOutput: StandardOutput?
    /// `StandardError=`; nil means the same as output.
    public var standardError: StandardOutput?
    /// `SyslogIdentifier=`; nil means the program's name.
    public var syslogIdentifier: String?
    /// `SyslogFacility=`, default daemon (3): the number of syslog(3), unshifted.
    public var syslogFacility: Int32 = 3
    /// `SyslogLevel=`, default info (6): the number of syslog(3).
    public var syslogLevel: Int32 = 6
    /// `SyslogLevelPrefix=`, default yes: `<3>` at the head of a line sets its priority.
    public var syslogLevelPrefix = true

    /// `TTYPath=`, default /dev/console.
    public var terminalPath = "/dev/console"
    /// `TTYReset=`, `TTYVHangup=`, `TTYRows=` and `TTYColumns=`: what is done to it.
    public var terminal = TerminalSettings()
    /// `StandardInputText=` and `StandardInputData=`: what `StandardInput=data` reads.
    public var inputData: [UInt8] = []

    /// Scheduling and memory.
    public var process = ProcessSettings()
    /// Capabilities and keyring.
    public var privileges = PrivilegeSettings()
    /// `RootDirectory=`; nil for the root of all.
    public var rootDirectory: String?
    /// `PrivateTmp=`.
    public var privateTemporary: PrivateTemporary = .no
    /// `RuntimeDirectory=` and its family, with their modes.
    public var folders: [DirectoryKind: ServiceFolders] = [:]
    /// `RuntimeDirectoryPreserve=`.
    public var runtimeDirectoryPreservation: RuntimeDirectoryPreservation = .no
    /// `LoadCredential=` and `SetCredential=`.
    public var credentials: [ServiceCredential] = []
    /// `SetLoginEnvironment=`; nil: where there is a `User=`.
    public var setsLoginEnvironment: Bool?
    /// `ExecSearchPath=`; empty for the usual one.
    public var searchPath: [String] = []
    /// `PermissionsStartOnly=`: what `ExecStart=` alone gets of users, limits and privileges.
    public var permissionsStartOnly = false
    /// `RootDirectoryStartOnly=`: what `ExecStart=` alone gets of `RootDirectory=`.
    public var rootDirectoryStartOnly = false

    /// Every default of systemd.exec(5).
    public init() {}
}

/// `WorkingDirectory=`.
public struct WorkingDirectory: Equatable, Sendable {
    /// An absolute path, or nil for `~`: the home directory of the user.
    public var path: String?
    /// The prefix `-`: a missing directory is not an error.
    public var missingIsAllowed: Bool

    /// A working directory.
    /// - Parameters:
    ///   - path: absolute, or nil for the user's home.
    ///   - missingIsAllowed: whether to go on in `/` when it is not there.
    public init(path: String?, missingIsAllowed: Bool = false) {
        self.path = path
        self.missingIsAllowed = missingIsAllowed
    }
}

/// One `NAME=VALUE`.
public struct EnvironmentVariable: Equatable, Sendable {
    /// The variable's name.
    public var name: String
    /// Its value.
    public var value: String

    /// A variable.
    /// - Parameters:
    ///   - name: letters, digits and underscores, not beginning with a digit.
    ///   - value: anything but NUL.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// One `EnvironmentFile=`.
public struct EnvironmentFile: Equatable, Sendable {
    /// An absolute path.
    public var path: String
    /// The prefix `-`: a missing file is not an error.
    public var missingIsAllowed: Bool

    /// A file of assignments.
    /// - Parameters:
    ///   - path: absolute.
    ///   - missingIsAllowed: whether a missing file is passed over.
    public init(path: String, missingIsAllowed: Bool) {
        self.path = path
        self.missingIsAllowed = missingIsAllowed
    }
}

/// `StandardInput=`, as far as it is run.
public enum StandardInput: Equatable, Sendable {
    case null
    case file(String)
    /// `tty`, `tty-force`, `tty-fail`: the terminal of `TTYPath=`, taken from others with force.
    case terminal(force: Bool)
    /// What `StandardInputText=` and `StandardInputData=` say.
    case data
}

/// `StandardOutput=` and `StandardError=`, as far as they are run.
public enum StandardOutput: Equatable, Sendable {
    case inherit
    case null
    case journal
    /// The kernel's log.
    case kmsg
    /// `journal+console` and `kmsg+console`.
    case journalAndConsole
    case kmsgAndConsole
    /// The terminal of `TTYPath=`.
    case terminal
    /// `file:`: opened for writing at its beginning, neither truncated nor appended to.
    case file(String)
    case append(String)
    case truncate(String)
}

/// The sixteen limits of getrlimit(2), by the name of their directive less `Limit`.
public enum ResourceLimit: String, CaseIterable, Sendable {
    case cpu = "CPU"
    case fileSize = "FSIZE"
    case data = "DATA"
    case stack = "STACK"
    case core = "CORE"
    case residentSet = "RSS"
    case openFiles = "NOFILE"
    case addressSpace = "AS"
    case processes = "NPROC"
    case lockedMemory = "MEMLOCK"
    case locks = "LOCKS"
    case pendingSignals = "SIGPENDING"
    case messageQueue = "MSGQUEUE"
    case nice = "NICE"
    case realTimePriority = "RTPRIO"
    case realTimeTime = "RTTIME"
}

/// A soft and a hard limit in the unit of setrlimit(2) (bytes, seconds, µs for RTTIME); `UInt64.max` is infinity.
public struct ResourceLimitValue: Equatable, Sendable {
    /// The soft limit.
    public var soft: UInt64
    /// The hard limit.
    public var hard: UInt64

    /// A pair of limits.
    /// - Parameters:
    ///   - soft: at most `hard`.
    ///   - hard: the ceiling.
    public init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }
}
