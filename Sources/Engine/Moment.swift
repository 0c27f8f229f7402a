// Two clocks: what counts spans, and what calendars are read by.
import Units

/// The present, on both clocks.
public struct Moment: Hashable, Sendable {
    /// The monotonic clock.
    public var monotonic: Instant
    /// The wall clock: µs since 1970 UTC.
    public var realtime: UInt64

    /// A moment.
    /// - Parameters:
    ///   - monotonic: of the monotonic clock.
    ///   - realtime: of the wall clock, µs since 1970 UTC.
    public init(_ monotonic: Instant, realtime: UInt64) {
        self.monotonic = monotonic
        self.realtime = realtime
    }
}

/// When a timer elapses: on the clock that it was set by, so that a change of the wall clock moves what is bound to it.
public enum Deadline: Hashable, Sendable {
    case monotonic(Instant)
    /// µs since 1970 UTC.
    case realtime(UInt64)
}

extension Instant {
    /// A later point; the last there is when the sum does not fit.
    func saturating(_ microseconds: UInt64) -> Instant {
        let (sum, overflow) = self.microseconds.addingReportingOverflow(microseconds)
        return Instant(microseconds: overflow ? .max : sum)
    }
}
