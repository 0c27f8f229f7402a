// When a timer elapses next.
import Units

extension TimerMachine {
    /// Works out when it elapses next, and waits for that; where that is never, it is elapsed, or over.
    mutating func enterWaiting(isTimeChange: Bool, _ world: World) {
        let calendar = unit.calendar.compactMap { next($0, world) }.min()
        var waitsForEver = false
        let monotonic = nextMonotonic(isTimeChange: isTimeChange, world, &waitsForEver)
        if monotonic == nil, calendar == nil, !waitsForEver, !unit.onClockChange, !unit.onTimeZoneChange {
            stopTimers()
            // What counts from the unit's own changes may come again, so that the timer stays there whatever is asked.
            let countsFromUnit = unit.monotonic.contains {
                switch $0.base {
                case .unitActive, .unitInactive: true
                case .active, .boot, .startup: false
                }
            }
            if unit.remainAfterElapse || countsFromUnit { setState(.elapsed, world.now) } else { end(.success) }
            return
        }
        let delay = randomDelay(world)
        let before = (nextMonotonic, nextRealtime)
        nextMonotonic = monotonic.map { $0.saturating(delay) }
        nextRealtime = calendar.map { Instant(microseconds: $0).saturating(delay).microseconds }
        if before.0 != nil || nextMonotonic != nil {
            actions.append(.set(.monotonic, nextMonotonic.map { .monotonic($0) }))
        }
        if before.1 != nil || nextRealtime != nil {
            actions.append(.set(.realtime, nextRealtime.map { .realtime($0) }))
        }
        setState(.waiting, world.now)
    }

    private func randomDelay(_ world: World) -> UInt64 {
        let limit = unit.randomizedDelay.microseconds
        guard limit > 0, unit.randomizedDelay != .infinity else { return 0 }
        return (unit.fixedRandomDelay ? fixedRandom : world.random) % limit
    }

    private func next(_ event: CalendarEvent, _ world: World) -> UInt64? {
        let rules: TimeZoneRules
        switch event.timeZone {
        case .utc: rules = .utc
        case .local, .localVariant: rules = world.localZone
        case .named(let name):
            // The zone was known when the unit was read. Without its rules the event does not elapse at all, rather than
            // at a wrong time.
            guard let named = zones[name] else { return nil }
            rules = named
        }
        let base = lastTrigger > 0 ? lastTrigger : (state.active == .active ? activated : nil)?.realtime
        guard let found = event.next(after: base ?? world.now.realtime, in: rules) else { return nil }
        // What was missed while nobody was there elapses as if it were due when the instance began, so that a random
        // delay still has an effect.
        let age = world.now.monotonic.microseconds.subtractingReportingOverflow(world.startup.microseconds)
        let began = world.now.realtime.subtractingReportingOverflow(age.overflow ? 0 : age.partialValue)
        return max(found, began.overflow ? 0 : began.partialValue)
    }

    private mutating func nextMonotonic(
        isTimeChange: Bool, _ world: World, _ waitsForEver: inout Bool
    ) -> Instant? {
        var earliest: Instant?
        for (index, value) in unit.monotonic.enumerated() where !disabled.contains(index) {
            let base: Instant
            let isOnce: Bool
            switch value.base {
            case .active:
                base = (state.active == .active ? activated?.monotonic : nil) ?? world.now.monotonic
                isOnce = true
            case .boot:
                base = world.bootIsStartup ? world.startup : Instant(microseconds: 0)
                isOnce = true
            case .startup:
                base = world.startup
                isOnce = true
            case .unitActive:
                guard let known = [world.unitActive, lastTriggerMonotonic].compactMap({ $0 }).max() else { continue }
                base = known
                isOnce = false
            case .unitInactive:
                guard let known = [world.unitInactive, lastTriggerMonotonic].compactMap({ $0 }).max() else { continue }
                base = known
                isOnce = false
            }
            guard let next = base.advanced(by: value.span) else {
                // In the list, and never due: as in systemd the timer waits all the same.
                waitsForEver = true
                continue
            }
            let hasTriggered = lastTrigger > 0 || lastTriggerMonotonic != nil
            if isOnce, hasTriggered, !isTimeChange, next < world.now.monotonic {
                disabled.insert(index)
                continue
            }
            earliest = min(earliest ?? next, next)
        }
        return earliest
    }
}
