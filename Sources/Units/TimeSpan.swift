// A span of time in microseconds, or infinity: the type of every *Sec= directive.

/// A span of time in µs, saturating, with infinity, as in systemd.time(7).
public struct TimeSpan: Equatable, Hashable, Comparable, Sendable {
    /// µs; `UInt64.max` is infinity.
    public var microseconds: UInt64

    /// A span.
    /// - Parameter microseconds: µs; `UInt64.max` is infinity.
    public init(microseconds: UInt64) {
        self.microseconds = microseconds
    }

    /// No time at all. Many directives read it as "off".
    public static let zero = TimeSpan(microseconds: 0)
    /// No limit.
    public static let infinity = TimeSpan(microseconds: .max)

    /// A span of whole seconds.
    /// - Parameter value: seconds.
    /// - Returns: the span; infinity for what does not fit in µs.
    public static func seconds(_ value: UInt64) -> TimeSpan {
        let (product, overflow) = value.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .infinity : TimeSpan(microseconds: product)
    }

    /// A span of whole milliseconds.
    /// - Parameter value: milliseconds.
    /// - Returns: the span; infinity for what does not fit in µs.
    public static func milliseconds(_ value: UInt64) -> TimeSpan {
        let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
        return overflow ? .infinity : TimeSpan(microseconds: product)
    }

    /// The shorter is less.
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The sum; anything with infinity, or beyond what fits, is infinity.
    public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        let (sum, overflow) = left.microseconds.addingReportingOverflow(right.microseconds)
        return overflow ? .infinity : TimeSpan(microseconds: sum)
    }
}
