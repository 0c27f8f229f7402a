// What a unit says about its jobs: the part of its [Unit] section that only who runs several units needs (systemd.unit(5)).

/// Directives about jobs.
public struct JobSettings: Equatable, Sendable {
    /// `JobTimeoutSec=`: from the moment that a job is queued.
    public var jobTimeout: TimeSpan
    /// `JobRunningTimeoutSec=`: from the moment that a job runs.
    public var jobRunningTimeout: TimeSpan
    /// `AllowIsolate=`.
    public var allowsIsolate: Bool
    /// `IgnoreOnIsolate=`; nil for the default of the unit's type.
    public var ignoresIsolate: Bool?
    /// `OnFailureJobMode=`, a mode of systemctl(1).
    public var onFailureJobMode: String
    /// `OnSuccessJobMode=`, a mode of systemctl(1).
    public var onSuccessJobMode: String
}

extension UnitProperties {
    /// What the unit says about its jobs.
    public var jobSettings: JobSettings {
        // Zero switches the limit off. A job that runs is one that waits no longer: one limit is for both.
        func limit(_ name: String) -> TimeSpan? { span(name, in: .unit).map { $0 == .zero ? .infinity : $0 } }
        let timeout = limit("JobTimeoutSec")
        let ignores = isAssigned("IgnoreOnIsolate", in: .unit)
        return JobSettings(
            jobTimeout: timeout ?? .infinity,
            jobRunningTimeout: limit("JobRunningTimeoutSec") ?? timeout ?? .infinity,
            allowsIsolate: boolean("AllowIsolate", in: .unit, default: false),
            ignoresIsolate: ignores ? boolean("IgnoreOnIsolate", in: .unit, default: false) : nil,
            // OnFailureIsolate=, which it was once, is a boolean.
            onFailureJobMode: text("OnFailureJobMode", in: .unit)
                ?? (boolean("OnFailureJobMode", in: .unit, default: false) ? "isolate" : "replace"),
            onSuccessJobMode: text("OnSuccessJobMode", in: .unit) ?? "fail")
    }
}
