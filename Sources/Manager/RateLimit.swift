// How often something may be said: so many times in an interval, then silence until the next. Pure.

/// A limit on messages that others can provoke.
struct RateLimit {
    enum Verdict: Equatable {
        /// It may be said; so many before it were not.
        case pass(suppressed: UInt64)
        case suppress
    }

    private let interval: UInt64
    private let burst: Int
    private var begin: UInt64?
    private var count = 0
    private var suppressed: UInt64 = 0

    /// A limit.
    /// - Parameters:
    ///   - interval: µs.
    ///   - burst: how many may be said in each.
    init(interval: UInt64, burst: Int) {
        self.interval = interval
        self.burst = burst
    }

    /// Whether one more may be said.
    /// - Parameter now: µs of the monotonic clock.
    /// - Returns: whether to say it, and how many were not said since the last that was.
    mutating func verdict(at now: UInt64) -> Verdict {
        if begin.map({ now < $0 || now - $0 >= interval }) ?? true {
            begin = now
            count = 0
        }
        guard count < burst else {
            suppressed &+= 1
            return .suppress
        }
        count += 1
        defer { suppressed = 0 }
        return .pass(suppressed: suppressed)
    }
}
