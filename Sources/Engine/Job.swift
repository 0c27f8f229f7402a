// A job: something that is to be done with a unit. What can be asked for, how two such wishes become one, and how a job
// ends (systemd(1), "CONCEPTS"; systemctl(1), "--job-mode="; org.freedesktop.systemd1(5), "JobRemoved").
import Units

/// What is to be done with a unit; the raw value is systemd's name.
public enum JobType: String, CaseIterable, Sendable {
    case start
    /// Succeeds when the unit is active, without starting it.
    case verifyActive = "verify-active"
    case stop
    case reload
    /// A stop that becomes a start.
    case restart
    /// A restart of what is active, else nothing.
    case tryRestart = "try-restart"
    /// A reload of what is active, else nothing.
    case tryReload = "try-reload"
    /// A reload of what is active, else a start.
    case reloadOrStart = "reload-or-start"
    /// Nothing: for whoever waits for an end.
    case nop

    /// One job that does the work of two.
    /// - Parameter other: the other job of the same unit.
    /// - Returns: nil when there is none, and for the types that are none of a job in a queue (`try-restart`, …, which
    ///   `collapsed(in:)` replaces first).
    func merged(with other: JobType) -> JobType? {
        if self == other { return self }
        switch (self, other) {
        case (.start, .verifyActive), (.verifyActive, .start): return .start
        case (.start, .reload), (.reload, .start): return .reloadOrStart
        case (.start, .restart), (.restart, .start), (.verifyActive, .restart), (.restart, .verifyActive),
            (.reload, .restart), (.restart, .reload):
            return .restart
        case (.verifyActive, .reload), (.reload, .verifyActive): return .reload
        case (.start, _), (.verifyActive, _), (.stop, _), (.reload, _), (.restart, _), (.tryRestart, _),
            (.tryReload, _), (.reloadOrStart, _), (.nop, _):
            return nil
        }
    }

    /// Whether a unit cannot have both jobs. What does nothing is in nobody's way.
    func conflicts(with other: JobType) -> Bool {
        self != .nop && other != .nop && merged(with: other) == nil
    }

    /// Whether the work of another job is done by this one.
    func includes(_ other: JobType) -> Bool { merged(with: other) == self }

    /// Whether the job would change nothing.
    /// - Parameter state: the unit's.
    /// - Returns: true when the unit is already, or is about to be, as the job wants it.
    func isRedundant(in state: ActiveState) -> Bool {
        switch self {
        case .start, .verifyActive: state.isActiveOrReloading
        case .stop: state.isInactiveOrFailed
        case .reload: state == .reloading
        // Also of what is just starting: it may have read what has changed since.
        case .restart: false
        case .nop: true
        case .tryRestart, .tryReload, .reloadOrStart: false
        }
    }

    /// The job that this is for a unit in some state.
    /// - Parameter state: the unit's.
    /// - Returns: none of `try-restart`, `try-reload` and `reload-or-start`.
    func collapsed(in state: ActiveState) -> JobType {
        switch self {
        case .tryRestart: state.isActiveOrReloading ? .restart : .nop
        case .tryReload: state.isActiveOrReloading ? .reload : .nop
        case .reloadOrStart: state.isActiveOrReloading ? .reload : .start
        case .start, .verifyActive, .stop, .reload, .restart, .nop: self
        }
    }

    /// Whether the job takes the unit down first.
    var stops: Bool { self == .stop || self == .restart }

}

/// How a job deals with others that are queued; the raw value is systemd's name.
public enum JobMode: String, CaseIterable, Sendable {
    case fail
    case replace
    case replaceIrreversibly = "replace-irreversibly"
    case isolate
    case flush
    case ignoreDependencies = "ignore-dependencies"
    case ignoreRequirements = "ignore-requirements"
    case triggering
    case restartDependencies = "restart-dependencies"
}

/// How a job ended; the raw value is systemd's name.
public enum JobResult: String, CaseIterable, Sendable {
    case done
    case canceled
    case timeout
    case failed
    /// What it depends on failed.
    case dependency
    /// A `verify-active` of a unit that is not active, or work that the unit's type does not know.
    case skipped
    /// A reload of what is not active.
    case invalid
    /// An `Assert…=` failed.
    case assert
    case unsupported
    /// Nothing waits for it any more.
    case collected
    /// The unit can be started only once.
    case once

    /// The line about the end of a job that the unit itself does not write.
    /// - Parameters:
    ///   - type: what the job was.
    ///   - description: the unit's.
    /// - Returns: nil where the unit, which did the work, says how it went, and where nothing is worth a line.
    func message(_ type: JobType, _ description: String) -> (level: LogLevel, text: String)? {
        switch (self, type) {
        case (.timeout, .start): (.error, "Timed out starting \(description).")
        case (.timeout, .stop), (.timeout, .restart): (.error, "Timed out stopping \(description).")
        case (.timeout, .reload): (.error, "Timed out reloading \(description).")
        case (.dependency, .start): (.warning, "Dependency failed for \(description).")
        case (.assert, .start): (.warning, "Assertion failed for \(description).")
        case (.unsupported, .start): (.warning, "Starting of \(description) unsupported.")
        case (.collected, .start): (.info, "Unnecessary job was removed for \(description).")
        case (.once, .start):
            (.error, "Unit \(description) has been started before and cannot be started again.")
        case (.skipped, .verifyActive): (.notice, "\(description) is inactive.")
        case (.done, _), (.canceled, _), (.timeout, _), (.failed, _), (.dependency, _), (.skipped, _), (.invalid, _),
            (.assert, _), (.unsupported, _), (.collected, _), (.once, _):
            nil
        }
    }
}

/// A job's number; of an instance, never given twice.
public struct JobID: Hashable, Comparable, Sendable {
    /// From 1.
    public let number: UInt32

    /// The older is less.
    public static func < (left: JobID, right: JobID) -> Bool { left.number < right.number }
}

/// A job that is installed.
public struct Job: Equatable, Sendable {
    /// What a job is doing; the raw value is systemd's name.
    public enum State: String, Sendable {
        case waiting, running
    }

    /// Its number.
    public let id: JobID
    /// What is to be done.
    public internal(set) var type: JobType
    /// Whether it runs.
    public internal(set) var state: State = .waiting
    /// Whether no conflicting job may replace it.
    public internal(set) var isIrreversible: Bool
    /// Whether it does not wait for its turn.
    public internal(set) var ignoresOrder: Bool
    /// When it ends with `timeout`; nil for never.
    public internal(set) var deadline: Instant?
    /// The unit, by its place in the graph.
    let unit: Int
    /// Whether it waits for the unit to change its state, the unit not being fit for it now.
    var isHeldBack = false
    /// Whether it is in the queue of jobs that may run.
    var isQueued = false
}

extension ActiveState {
    var isActiveOrReloading: Bool { self == .active || self == .reloading }
    var isActiveOrActivating: Bool { self == .active || self == .reloading || self == .activating }
    /// Whether nothing runs, and nothing will by itself.
    public var isInactiveOrFailed: Bool { self == .inactive || self == .failed }
    var isInactiveOrDeactivating: Bool { self == .inactive || self == .failed || self == .deactivating }
}
