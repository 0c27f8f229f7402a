// What happens to a set of units, and what the set wants done: the whole interface between it and the manager.
import Units

/// Something that happened.
public enum UnitEvent: Sendable {
    /// Somebody wants a job; answered at once by `.answered` with the same tag.
    case request(UnitRequest)
    /// Somebody wants several at once: all are there before the first runs, so that their order holds among them.
    case requests([UnitRequest])
    /// Nobody waits for a first start any more: `Restart=` holds for all.
    case launchIsOver
    /// Somebody wants a job not to be.
    case cancel(JobID)
    /// Everything is to be stopped, and nothing started any more; answered when nothing is up by `.allStopped`.
    case stopAll
    /// Failures are to be forgotten: those of one unit, or of all with nil.
    case resetFailed(String?)
    /// Something happened to a service: whatever its machine wants to know.
    case service(String, ServiceEvent)
    /// The answer to `.check`.
    case checked(JobID, UnitCheck)
    /// A timer that was set has passed.
    case timerElapsed(UnitTimer)
    /// The wall clock was set.
    case clockChanged
    /// The local time zone is another.
    case timeZoneChanged(TimeZoneRules)
    /// Units were read, for the first time or again. What runs goes on.
    case define([UnitDefinition])
    /// Units have no files any more: they stay until they are down.
    case remove([String])
}

/// A wish for a job.
public struct UnitRequest: Equatable, Sendable {
    /// Comes back with the answer.
    public var tag: UInt64
    /// What is to be done.
    public var type: JobType
    /// With which unit; an alias does.
    public var unit: String
    /// How other jobs are dealt with.
    public var mode: JobMode
    /// Whether a person or a program asks, which some units refuse.
    public var isManual: Bool

    /// A wish.
    /// - Parameters:
    ///   - type: what is to be done.
    ///   - unit: with which unit.
    ///   - mode: how other jobs are dealt with.
    ///   - isManual: whether a person or a program asks.
    ///   - tag: comes back with the answer.
    public init(
        _ type: JobType, _ unit: String, mode: JobMode = .replace, isManual: Bool = true, tag: UInt64 = 0
    ) {
        self.type = type
        self.unit = unit
        self.mode = mode
        self.isManual = isManual
        self.tag = tag
    }
}

/// What conditions and assertions came to.
public struct UnitCheck: Equatable, Sendable {
    /// Whether the conditions hold.
    public var conditionsHold: Bool
    /// Each result, as far as they were looked at.
    public var conditions: [Condition.Result]
    /// Whether the assertions hold.
    public var assertionsHold: Bool
    /// Each result, as far as they were looked at.
    public var assertions: [Condition.Result]
    /// Of a persistent timer: when it elapsed last, µs since 1970; nil when no stamp is there.
    public var stamp: UInt64?

    /// What conditions and assertions came to.
    public init(
        conditions: (hold: Bool, results: [Condition.Result]) = (true, []),
        assertions: (hold: Bool, results: [Condition.Result]) = (true, []), stamp: UInt64? = nil
    ) {
        conditionsHold = conditions.hold
        self.conditions = conditions.results
        assertionsHold = assertions.hold
        self.assertions = assertions.results
        self.stamp = stamp
    }
}

/// A timer of the set. Those of services are set by their own actions.
public enum UnitTimer: Hashable, Sendable {
    case job(JobTimer)
    /// One of the two timers of a timer unit.
    case timer(unit: String, Deadline.Clock)
}

/// Something to be done.
public enum UnitAction: Equatable, Sendable {
    /// The answer to a request: the job, or why there is none.
    case answered(tag: UInt64, UnitAnswer)
    /// Look whether conditions and assertions hold, and what the stamp of a persistent timer says; answered by `.checked`
    /// before anything else is fed: no job runs until then.
    case check(JobID, unit: String)
    /// What the machine of a service wants.
    case service(String, ServiceAction)
    /// Set a timer, or stop it with nil. It may elapse later by the accuracy (µs).
    case setTimer(UnitTimer, Deadline?, accuracy: TimeSpan)
    /// Write down when a persistent timer elapsed, µs since 1970.
    case writeStamp(unit: String, UInt64)
    /// A job is there (D-Bus: `JobNew`).
    case jobQueued(JobID, unit: String, JobType)
    /// A job is gone (D-Bus: `JobRemoved`).
    case jobFinished(JobID, unit: String, JobType, JobResult)
    /// A unit is in another state, coarse or fine; a unit that is gone is none of it.
    case stateChanged(unit: String, ActiveState, subState: String)
    /// After `.stopAll`: nothing is up any more, and no job is left.
    case allStopped
    /// A line about a unit.
    case log(LogLevel, unit: String, String)
}

/// What became of a request.
public enum UnitAnswer: Equatable, Sendable {
    case job(JobID)
    case refused(JobError)
}
