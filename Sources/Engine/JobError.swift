// Why a job is refused, under the names that systemd gives on D-Bus (org.freedesktop.systemd1(5)).

/// A refused job.
public struct JobError: Error, Equatable, Sendable {
    /// What kind of error it is; the raw value is the last part of the D-Bus name.
    public enum Kind: String, CaseIterable, Sendable {
        case noSuchUnit = "NoSuchUnit"
        case unitMasked = "UnitMasked"
        case badUnitSetting = "BadUnitSetting"
        case loadFailed = "LoadFailed"
        case onlyByDependency = "OnlyByDependency"
        case jobTypeNotApplicable = "JobTypeNotApplicable"
        case noIsolation = "NoIsolation"
        case transactionJobsConflicting = "TransactionJobsConflicting"
        case transactionOrderIsCyclic = "TransactionOrderIsCyclic"
        case transactionIsDestructive = "TransactionIsDestructive"
        /// A mode that does not go with the job, or more jobs than there are numbers.
        case invalidArguments = "InvalidArgs"
    }

    /// What kind of error it is.
    public let kind: Kind
    /// What is wrong, in a sentence.
    public let message: String

    /// The error's name on D-Bus.
    public var name: String {
        switch kind {
        case .invalidArguments: "org.freedesktop.DBus.Error.\(kind.rawValue)"
        case .noSuchUnit, .unitMasked, .badUnitSetting, .loadFailed, .onlyByDependency, .jobTypeNotApplicable,
            .noIsolation, .transactionJobsConflicting, .transactionOrderIsCyclic, .transactionIsDestructive:
            "org.freedesktop.systemd1.\(kind.rawValue)"
        }
    }

    /// The name of the errno(3) that systemd's own code has for it.
    public var errno: String {
        switch kind {
        case .noSuchUnit: "ENOENT"
        case .unitMasked: "ERFKILL"
        case .badUnitSetting: "ENOEXEC"
        case .loadFailed: "EIO"
        case .onlyByDependency, .invalidArguments: "EINVAL"
        case .jobTypeNotApplicable: "EBADR"
        case .noIsolation: "EPERM"
        case .transactionJobsConflicting, .transactionOrderIsCyclic, .transactionIsDestructive: "EDEADLK"
        }
    }

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
