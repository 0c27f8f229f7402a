// The settings of systemd.exec(5) that the process itself carries: scheduling, memory, capabilities.

/// How the kernel schedules a service's processes, and what else of them is set by number.
public struct ProcessSettings: Equatable, Sendable {
    /// `CPUSchedulingPolicy=` as sched_setattr(2) has it; nil leaves all of the scheduling as it is.
    public var schedulingPolicy: Int32?
    /// `CPUSchedulingPriority=`, 0 to 99.
    public var schedulingPriority: Int32 = 0
    /// `CPUSchedulingResetOnFork=`.
    public var schedulingResetsOnFork = false
    /// `CPUAffinity=`; nil leaves it.
    public var affinity: CPUList?
    /// `CPUAffinity=numa`: the processors of the nodes of `NUMAMask=`.
    public var affinityFollowsMemory = false
    /// `NUMAPolicy=` as set_mempolicy(2) has it.
    public var memoryPolicy: Int32?
    /// `NUMAMask=`.
    public var memoryNodes: CPUList?
    /// `NUMAMask=all`.
    public var usesAllMemoryNodes = false
    /// `IOSchedulingClass=` and `IOSchedulingPriority=` as ioprio_set(2) has them together.
    public var ioPriority: Int32?
    /// `TimerSlackNSec=`, ns.
    public var timerSlack: UInt64?
    /// `CoredumpFilter=`: the bits of core(5).
    public var coredumpFilter: UInt64?
    /// `Personality=` as personality(2) has it.
    public var personality: UInt64?

    /// Nothing set.
    public init() {}
}

/// What a service may do that others may not.
public struct PrivilegeSettings: Equatable, Sendable {
    /// `CapabilityBoundingSet=`: a bit for each capability that is kept; nil keeps all.
    public var boundingSet: UInt64?
    /// `AmbientCapabilities=`: a bit for each.
    public var ambient: UInt64 = 0
    /// `SecureBits=` as PR_SET_SECUREBITS(2const) has them.
    public var secureBits: Int32 = 0
    /// `KeyringMode=`.
    public var keyringMode: KeyringMode = .private

    /// systemd's defaults.
    public init() {}
}

/// `KeyringMode=` of systemd.exec(5).
public enum KeyringMode: String, CaseIterable, Sendable {
    case inherit, `private`, shared
}

/// `PrivateTmp=` of systemd.exec(5).
public enum PrivateTemporary: String, CaseIterable, Sendable {
    case no
    /// Folders of the service's own, below the /tmp and /var/tmp of all.
    case yes
    /// File systems of its own, in memory.
    case disconnected
}

/// Which of the five kinds of folders of a service, in the order in which they are made.
public enum DirectoryKind: String, CaseIterable, Sendable {
    case runtime = "Runtime"
    case state = "State"
    case cache = "Cache"
    case logs = "Logs"
    case configuration = "Configuration"
}

/// The folders of one kind.
public struct ServiceFolders: Equatable, Sendable {
    /// One folder.
    public struct Folder: Equatable, Sendable {
        /// Relative to the place of all folders of the kind; without `..`.
        public var path: String
        /// A symbolic link to it, relative to the same place.
        public var link: String?
        /// The flag `ro`: the service may not write there.
        public var isReadOnly: Bool

        /// A folder.
        /// - Parameters:
        ///   - path: relative, without `..`.
        ///   - link: the same, or nil.
        ///   - isReadOnly: whether the service sees it mounted read-only.
        public init(path: String, link: String? = nil, isReadOnly: Bool = false) {
            self.path = path
            self.link = link
            self.isReadOnly = isReadOnly
        }
    }

    /// The folders in order of assignment.
    public var folders: [Folder] = []
    /// The mode of the innermost ones, default 0755.
    public var mode: UInt32 = 0o755

    /// None.
    public init() {}
}

/// What is done to the terminal of a service.
public struct TerminalSettings: Equatable, Sendable {
    /// `TTYReset=`: its modes are set to usual ones, before and after.
    public var isReset = false
    /// `TTYVHangup=`: those who have it open lose it, before and after.
    public var isHungUp = false
    /// `TTYRows=`; nil leaves it.
    public var rows: UInt16?
    /// `TTYColumns=`; nil leaves it.
    public var columns: UInt16?

    /// The terminal stays as it is.
    public init() {}
}

/// `RuntimeDirectoryPreserve=` of systemd.exec(5).
public enum RuntimeDirectoryPreservation: String, CaseIterable, Sendable {
    case no, restart, yes
}

/// One credential of a service (systemd.exec(5), "CREDENTIALS").
public struct ServiceCredential: Equatable, Sendable {
    /// Where its content comes from.
    public enum Source: Equatable, Sendable {
        /// `LoadCredential=`: an absolute path, or a name in the folders of credentials.
        case file(String)
        /// `SetCredential=`: used where `LoadCredential=` finds nothing.
        case value([UInt8])
    }

    /// The name of its file.
    public var name: String
    /// Where its content comes from.
    public var source: Source

    /// A credential.
    /// - Parameters:
    ///   - name: a file's name.
    ///   - source: where its content comes from.
    public init(name: String, source: Source) {
        self.name = name
        self.source = source
    }
}
