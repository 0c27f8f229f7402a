// How often a service may be started: StartLimitIntervalSec= and StartLimitBurst= (systemd.unit(5)).
import Units

/// A limit of starts within a time. The time begins with the first start that is counted, as in systemd, so that
/// after a burst the limit is free again a full interval after its first start.
struct StartLimit: Equatable, Sendable {
    let interval: TimeSpan
    let burst: UInt32
    private var begin: Instant?
    private var count: UInt32 = 0

    init(interval: TimeSpan, burst: UInt32) {
        self.interval = interval
        self.burst = burst
    }

    /// Counts a start if it is allowed.
    mutating func allows(at now: Instant) -> Bool {
        // Either of them zero switches the limit off.
        guard interval != .zero, burst > 0 else { return true }
        if let begin {
            // An endless interval never ends, so it never begins anew.
            let isOver = begin.advanced(by: interval).map { now > $0 } ?? false
            if !isOver {
                guard count < burst else { return false }
                count += 1
                return true
            }
        }
        begin = now
        count = 1
        return true
    }
}
