// What happens to jobs and units, and what the queue of jobs wants done: the interface between it and the manager.
import Units

/// Something that happened.
public enum JobEvent: Equatable, Sendable {
    /// A unit is in a state; to be told also when the coarse state is the same as before. What a reload came to counts
    /// where the unit comes back from one. `willRestart` is whether the unit goes on by itself from this state.
    case stateChanged(unit: String, ActiveState, reloadSucceeded: Bool = true, willRestart: Bool = false)
    /// The answer to an action that could not, or need not, be carried out; and to every `.check`.
    case answered(JobID, JobAnswer)
    /// A timer that was set has passed.
    case timerElapsed(JobTimer)
}

/// What came of an action, where no change of the unit's state tells.
public enum JobAnswer: Equatable, Sendable {
    /// To `.check`: conditions and assertions hold.
    case fit
    /// A `Condition…=` does not hold: nothing is done, and that is well.
    case conditionUnmet
    /// An `Assert…=` does not hold.
    case assertionFailed
    /// It is already as the job wants it.
    case already
    /// Not in this state: to be asked again when it changes.
    case notNow
    /// The unit can be started only once.
    case once
    /// The unit's type cannot do that.
    case unsupported
    /// It went wrong.
    case failed
}

/// A timer of the queue.
public enum JobTimer: Hashable, Sendable {
    /// A job takes too long.
    case job(JobID)
    /// A unit that was started or stopped by itself too often may be looked at again.
    case recheck(unit: String)
}

/// Something to be done.
public enum JobAction: Equatable, Sendable {
    /// Look whether conditions and assertions of a unit hold that is to be started; answered.
    case check(JobID, unit: String)
    /// Start a unit; the change of its state, or an answer, tells what came of it. So with the next two.
    case start(JobID, unit: String)
    case stop(JobID, unit: String)
    case reload(JobID, unit: String)
    /// A job is in the queue (D-Bus: `JobNew`).
    case queued(JobID, unit: String, JobType)
    /// A job is gone (D-Bus: `JobRemoved`).
    case finished(JobID, unit: String, JobType, JobResult)
    /// Something about a unit has changed that what triggers it (a timer, a path, a socket) may wait for.
    case triggeredChanged(unit: String, triggeredBy: String)
    /// Set a timer, or stop it with nil.
    case setTimer(JobTimer, Instant?)
    /// A line about a unit.
    case log(LogLevel, unit: String, String)
}
