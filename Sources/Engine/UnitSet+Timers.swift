// Timers within the set.
import Units

extension UnitSet {
    mutating func startTimer(_ unit: String) {
        guard let record = records[unit], case .timer = record.machine else { return }
        let world = world(of: unit)
        perform(withTimer(unit) { $0.start(stamp: record.check?.stamp, world) }, of: unit)
        if case .timer(let machine)? = records[unit]?.machine, machine.state.active == .active {
            log(.info, unit, "Started \(record.definition.graph.description).")
        }
        tellState(unit, force: true)
    }

    mutating func timerElapsed(_ name: String, _ clock: Deadline.Clock) {
        guard let unit = resolve(name) else { return }
        perform(withTimer(unit) { $0.elapsed() }, of: unit)
        tellState(unit)
    }

    /// The unit that a timer triggers has changed.
    mutating func triggeredChanged(_ unit: String, _ timer: String) {
        guard case .timer? = records[timer]?.machine else { return }
        let world = world(of: timer)
        perform(withTimer(timer) { $0.unitChanged(world) }, of: timer)
        tellState(timer)
    }

    mutating func clockChanged() {
        for name in timers {
            let world = world(of: name)
            perform(withTimer(name) { $0.clockChanged(world) }, of: name)
            tellState(name)
        }
    }

    mutating func timeZoneChanged(_ rules: TimeZoneRules) {
        localZone = rules
        for name in timers {
            let world = world(of: name)
            perform(withTimer(name) { $0.timeZoneChanged(world) }, of: name)
            tellState(name)
        }
    }

    private var timers: [String] {
        records.filter { if case .timer = $0.value.machine { true } else { false } }.keys.sorted()
    }

    /// Changes the machine of a timer.
    mutating func withTimer(_ unit: String, _ change: (inout TimerMachine) -> [TimerAction]) -> [TimerAction] {
        guard case .timer(var machine)? = records[unit]?.machine else { return [] }
        let done = change(&machine)
        records[unit]?.machine = .timer(machine)
        return done
    }

    /// Carries out what a timer wants.
    mutating func perform(_ list: [TimerAction], of unit: String) {
        for action in list {
            switch action {
            case .set(let clock, let deadline):
                var accuracy = TimeSpan.seconds(60)
                if case .timer(let machine)? = records[unit]?.machine { accuracy = machine.unit.accuracy }
                actions.append(.setTimer(.timer(unit: unit, clock), deadline, accuracy: accuracy))
            case .trigger: trigger(unit)
            case .writeStamp(let time): actions.append(.writeStamp(unit: unit, time))
            case .log(let level, let text): log(level, unit, text)
            }
        }
    }

    /// A timer starts its unit.
    private mutating func trigger(_ timer: String) {
        // It is about to go.
        if queue.job(of: timer)?.type == .stop || isStopping { return }
        guard case .timer(let machine)? = records[timer]?.machine else { return }
        var refusal: String?
        do throws(JobError) {
            _ = try queue.enqueue(
                .start, machine.unit.unit.description, mode: .replace, isManual: false, at: now.monotonic)
        } catch {
            refusal = error.message
        }
        let world = world(of: timer)
        if refusal == nil { noteTrigger(of: machine.unit.unit.description, by: timer) }
        perform(withTimer(timer) { $0.triggered(refusal: refusal, world) }, of: timer)
    }

    /// What a timer has to know.
    mutating func world(of timer: String) -> TimerMachine.World {
        var world = TimerMachine.World(
            now: now, startup: startup, bootIsStartup: bootIsStartup, isLoaded: false, isUnitDown: true,
            localZone: localZone, random: nextRandom())
        guard case .timer(let machine)? = records[timer]?.machine,
            let unit = resolve(machine.unit.unit.description), let record = records[unit]
        else { return world }
        world.isLoaded = queue.graph[unit]?.loadState == .loaded
        world.unitActive = record.inactiveLeft
        world.unitInactive = record.inactiveEntered
        world.isUnitDown = record.told.isInactiveOrFailed
        return world
    }
}
