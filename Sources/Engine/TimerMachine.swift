// The life of one timer (systemd.timer(5); systemd's src/core/timer.c is the model): when it elapses next is worked out in
// TimerMachine+Elapse.swift. Pure: the clocks, chance and the stamp of a persistent timer are given.
import Units

/// What a timer is doing: systemd's sub-state.
public enum TimerState: String, CaseIterable, Sendable {
    case dead
    /// It elapses some day.
    case waiting
    /// It has elapsed, and its unit has not ended since.
    case running
    /// It never elapses again, as far as is known.
    case elapsed
    case failed

    /// The coarse state.
    public var active: ActiveState {
        switch self {
        case .dead: .inactive
        case .waiting, .running, .elapsed: .active
        case .failed: .failed
        }
    }
}

/// Why a timer ended: systemd's Result.
public enum TimerResult: String, CaseIterable, Sendable {
    case success
    /// What it triggers is not there, or cannot be started.
    case resources
    case startLimitHit = "start-limit-hit"
}

/// What a timer wants done.
enum TimerAction: Equatable {
    /// Set, or stop, one of its two timers.
    case set(Deadline.Clock, Deadline?)
    /// Start its unit; `triggered` is called with what came of it.
    case trigger
    /// Write down when it elapsed last.
    case writeStamp(UInt64)
    case log(LogLevel, String)
}

extension Deadline {
    /// A clock to set timers by.
    public enum Clock: Hashable, CaseIterable, Sendable { case monotonic, realtime }
}

/// The state machine of a timer.
public struct TimerMachine: Sendable {
    /// What it has to know of the rest of the world.
    struct World {
        var now: Moment
        /// When the instance began.
        var startup: Instant
        /// Whether `OnBootSec=` counts from the instance's beginning, as in a container.
        var bootIsStartup: Bool
        /// Whether the triggered unit can be started.
        var isLoaded: Bool
        /// When the triggered unit last left the state inactive, and when it last entered it.
        var unitActive: Instant?
        var unitInactive: Instant?
        var isUnitDown: Bool
        var localZone: TimeZoneRules
        /// A random number, a new one each time.
        var random: UInt64
    }

    /// The definition.
    public internal(set) var unit: TimerUnit
    /// What it is doing.
    public internal(set) var state: TimerState = .dead
    /// Why it ended.
    public internal(set) var result: TimerResult = .success
    /// When it elapsed last: the wall clock, µs since 1970, also from the time before; 0 for never.
    public internal(set) var lastTrigger: UInt64 = 0
    /// The same of the monotonic clock, of this start of the timer alone.
    public internal(set) var lastTriggerMonotonic: Instant?
    /// When it elapses next; nil where it does not.
    public internal(set) var nextMonotonic: Instant?
    /// The same of the wall clock, µs since 1970.
    public internal(set) var nextRealtime: UInt64?

    /// The rules of the time zones that `OnCalendar=` names.
    var zones: [String: TimeZoneRules]
    /// The same number at every start on this machine (`FixedRandomDelay=`).
    var fixedRandom: UInt64
    /// When it became active.
    var activated: Moment?
    /// Which of `unit.monotonic` are over.
    var disabled: Set<Int> = []
    var startLimit: StartLimit
    var actions: [TimerAction] = []

    init(unit: TimerUnit, zones: [String: TimeZoneRules], fixedRandom: UInt64) {
        self.unit = unit
        self.zones = zones
        self.fixedRandom = fixedRandom
        startLimit = StartLimit(interval: unit.head.startLimitInterval, burst: unit.head.startLimitBurst)
    }

    /// Starts it.
    /// - Parameters:
    ///   - stamp: when it elapsed last in an earlier life, for `Persistent=`, µs since 1970; nil when it never did.
    ///   - world: the rest of the world.
    /// - Returns: what to do.
    mutating func start(stamp: UInt64?, _ world: World) -> [TimerAction] {
        actions = []
        guard startLimit.allows(at: world.now.monotonic) else {
            end(.startLimitHit)
            return actions
        }
        guard world.isLoaded else {
            log(.error, "Refusing to start, unit \(unit.unit) to trigger not loaded.")
            end(.resources)
            return actions
        }
        lastTrigger = 0
        lastTriggerMonotonic = nil
        for index in unit.monotonic.indices where unit.monotonic[index].base == .active { disabled.remove(index) }
        if unit.persistent {
            if let stamp {
                // What is in the future was written by a clock that went wrong.
                if stamp < world.now.realtime {
                    lastTrigger = stamp
                } else {
                    log(.warning, "Not using persistent file timestamp as it is in the future.")
                }
            } else {
                actions.append(.writeStamp(world.now.realtime))
            }
        }
        result = .success
        enterWaiting(isTimeChange: false, world)
        return actions
    }

    /// Stops it.
    mutating func stop() -> [TimerAction] {
        actions = []
        if state.active == .active { end(.success) }
        return actions
    }

    /// One of its timers has passed.
    mutating func elapsed() -> [TimerAction] {
        guard state == .waiting else { return [] }
        return [.trigger]
    }

    /// What became of `.trigger`.
    /// - Parameters:
    ///   - refusal: why the unit cannot be started; nil when its job is queued.
    ///   - world: the rest of the world.
    /// - Returns: what to do.
    mutating func triggered(refusal: String?, _ world: World) -> [TimerAction] {
        actions = []
        if let refusal {
            log(.warning, "Failed to queue unit startup job: \(refusal)")
            end(.resources)
            return actions
        }
        lastTrigger = world.now.realtime
        lastTriggerMonotonic = world.now.monotonic
        if unit.persistent { actions.append(.writeStamp(lastTrigger)) }
        stopTimers()
        setState(.running, world.now)
        return actions
    }

    /// Its unit has changed its state.
    mutating func unitChanged(_ world: World) -> [TimerAction] {
        actions = []
        for index in unit.monotonic.indices {
            switch unit.monotonic[index].base {
            case .unitActive, .unitInactive: disabled.remove(index)
            case .active, .boot, .startup: break
            }
        }
        switch state {
        case .waiting, .elapsed: enterWaiting(isTimeChange: false, world)
        case .running: if world.isUnitDown { enterWaiting(isTimeChange: false, world) }
        case .dead, .failed: break
        }
        return actions
    }

    /// The wall clock was set.
    mutating func clockChanged(_ world: World) -> [TimerAction] {
        guard state == .waiting else { return [] }
        actions = []
        // It elapsed in what is the future now: that may come again.
        lastTrigger = min(lastTrigger, world.now.realtime)
        if unit.onClockChange { return [.trigger] }
        enterWaiting(isTimeChange: true, world)
        return actions
    }

    /// The local time zone is another.
    mutating func timeZoneChanged(_ world: World) -> [TimerAction] {
        guard state == .waiting else { return [] }
        actions = []
        if unit.onTimeZoneChange { return [.trigger] }
        enterWaiting(isTimeChange: false, world)
        return actions
    }

    /// Forgets a failure.
    mutating func resetFailed() {
        if state == .failed { state = .dead }
        result = .success
        startLimit = StartLimit(interval: unit.head.startLimitInterval, burst: unit.head.startLimitBurst)
    }

    /// Takes a new definition; what it waits for is worked out anew.
    mutating func redefine(_ unit: TimerUnit, zones: [String: TimeZoneRules], _ world: World) -> [TimerAction] {
        actions = []
        // What says the same keeps what is waited for, with its random delay.
        if unit == self.unit, zones == self.zones { return [] }
        if unit.head.startLimitInterval != startLimit.interval || unit.head.startLimitBurst != startLimit.burst {
            startLimit = StartLimit(interval: unit.head.startLimitInterval, burst: unit.head.startLimitBurst)
        }
        if unit.monotonic != self.unit.monotonic { disabled = [] }
        self.unit = unit
        self.zones = zones
        switch state {
        case .waiting, .elapsed: enterWaiting(isTimeChange: false, world)
        case .running, .dead, .failed: break
        }
        return actions
    }

    // MARK: - States

    mutating func setState(_ new: TimerState, _ now: Moment) {
        if state.active != .active, new.active == .active { activated = now }
        state = new
    }

    mutating func stopTimers() {
        if nextMonotonic != nil { actions.append(.set(.monotonic, nil)) }
        if nextRealtime != nil { actions.append(.set(.realtime, nil)) }
        nextMonotonic = nil
        nextRealtime = nil
    }

    mutating func end(_ cause: TimerResult) {
        stopTimers()
        if result == .success { result = cause }
        if cause != .success { log(.warning, "Failed with result '\(result.rawValue)'.") }
        state = result == .success ? .dead : .failed
        activated = nil
    }

    mutating func log(_ level: LogLevel, _ text: String) { actions.append(.log(level, text)) }
}
