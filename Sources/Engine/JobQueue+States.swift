// What the state of a unit does to its job, and to other units: those that are to be there with it, or gone with it.
import Units

/// Questions about a unit that its new circumstances raise.
struct UnitChecks: OptionSet, Sendable {
    let rawValue: UInt8

    enum Kind: UInt8, CaseIterable, Sendable {
        /// Is it down while something active upholds it?
        case upheld = 1
        /// Is it up while what it is bound to is down?
        case bound = 2
        /// Is it up while nothing needs it?
        case unneeded = 4
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
    init(_ kind: Kind) { rawValue = kind.rawValue }
}

/// How often something may be done: so many times in a time that begins with the first.
struct RateLimit: Sendable {
    /// systemd's limit for what units do to each other by themselves.
    private static let interval = TimeSpan.seconds(10)
    private static let burst = 16

    private var begin: Instant?
    private var count = 0
    var timerIsSet = false

    /// The end of the time that has begun.
    var end: Instant? { begin?.advanced(by: Self.interval) }

    mutating func allows(at now: Instant) -> Bool {
        guard let end, now <= end else {
            begin = now
            count = 1
            return true
        }
        guard count < Self.burst else { return false }
        count += 1
        return true
    }
}

extension JobQueue {
    /// A unit is in a state.
    mutating func stateChanged(_ unit: Int, _ new: ActiveState, _ reloadSucceeded: Bool, at now: Instant) {
        let old = records[unit].state
        records[unit].state = new
        // Without a job for it, what others expect of the unit was not planned.
        let isUnexpected = process(unit, new, reloadSucceeded, at: now)
        if isUnexpected {
            if old.isInactiveOrFailed, new.isActiveOrActivating {
                startRetroactively(unit, at: now)
            } else if old.isActiveOrActivating, new.isInactiveOrDeactivating {
                stopRetroactively(unit, at: now)
            }
        }
        if new == .inactive, !old.isInactiveOrFailed {
            startTermination(unit, .onSuccess, at: now)
        } else if new == .failed, old != .failed {
            startTermination(unit, .onFailure, at: now)
        }
        tellTriggers(unit)
        if new.isInactiveOrFailed {
            for edge in graph.edges[unit] {
                if edge.atoms.contains(.checksUnneeded) { submit(edge.unit, .unneeded) }
                if edge.atoms.contains(.checksBound) { submit(edge.unit, .bound) }
            }
            // Its job may bring it back: whether what is bound to it may stay is seen once more when that has ended.
            submit(unit, .upheld)
        } else if new.isActiveOrReloading {
            for edge in graph.edges[unit] where edge.atoms.contains(.checksUpheld) { submit(edge.unit, .upheld) }
            submit(unit, .unneeded)
            // It may have been bound to something that came and went while it started.
            submit(unit, .bound)
        }
    }

    /// What the state means for the unit's job.
    /// - Returns: whether no job asked for this state.
    private mutating func process(
        _ unit: Int, _ state: ActiveState, _ reloadSucceeded: Bool, at now: Instant
    ) -> Bool {
        guard let job = installed(unit) else { return true }
        if job.state == .waiting {
            installedJobs[job.id]?.isHeldBack = false
            makeReady(unit)
        }
        let isRunning = job.state == .running
        switch job.type {
        case .start, .verifyActive:
            if state.isActiveOrReloading {
                finish(job.id, .done, at: now)
            } else if isRunning, state != .activating {
                if state.isInactiveOrFailed { finish(job.id, state == .failed ? .failed : .done, at: now) }
                return true
            }
        case .reload:
            guard isRunning else { break }
            switch state {
            case .active: finish(job.id, reloadSucceeded ? .done : .failed, at: now)
            case .activating, .reloading: break
            case .inactive, .failed, .deactivating:
                finish(job.id, reloadSucceeded ? .canceled : .failed, at: now)
                return true
            }
        case .stop, .restart:
            if state.isInactiveOrFailed {
                finish(job.id, .done, at: now)
            } else if isRunning, state != .deactivating {
                finish(job.id, .failed, at: now)
                return true
            }
        case .nop, .tryRestart, .tryReload, .reloadOrStart: break
        }
        return false
    }

    /// A unit went up by itself.
    private mutating func startRetroactively(_ unit: Int, at now: Instant) {
        for edge in graph.edges[unit] {
            // What is to be there first was not: it is too late to wait for it.
            if !edge.atoms.contains(.after), !state(edge.unit).isActiveOrActivating {
                if edge.atoms.contains(.retroactiveStartReplace) {
                    requestQuietly(.start, edge.unit, .replace, at: now)
                }
                if edge.atoms.contains(.retroactiveStartFail), !edge.atoms.contains(.retroactiveStartReplace) {
                    requestQuietly(.start, edge.unit, .fail, at: now)
                }
            }
            if edge.atoms.contains(.retroactiveStopOnStart), !state(edge.unit).isInactiveOrDeactivating {
                requestQuietly(.stop, edge.unit, .replace, at: now)
            }
        }
    }

    /// A unit went down by itself.
    private mutating func stopRetroactively(_ unit: Int, at now: Instant) {
        for edge in graph.edges[unit]
        where edge.atoms.contains(.retroactiveStopOnStop) && !state(edge.unit).isInactiveOrDeactivating {
            requestQuietly(.stop, edge.unit, .replace, at: now)
        }
    }

    private mutating func requestQuietly(_ type: JobType, _ unit: Int, _ mode: JobMode, at now: Instant) {
        do throws(JobError) {
            _ = try request(type, unit, mode, at: now)
        } catch {
            log(.debug, unit, "Cannot \(type.rawValue) it with what it belongs to: \(error.message)")
        }
    }

    /// A unit reloads without a job: so does what `PropagatesReloadTo=` names.
    mutating func propagateReload(of name: String, at now: Instant) {
        guard let unit = graph.find(name) else { return }
        for edge in graph.edges[unit] where edge.atoms.contains(.propagateReload) {
            requestQuietly(.tryReload, edge.unit, .fail, at: now)
        }
    }

    // MARK: - Upholds=, BindsTo=, StopWhenUnneeded=

    /// A unit is to be looked at before the next job runs.
    mutating func submit(_ unit: Int, _ kind: UnitChecks.Kind) {
        guard !records[unit].checks.contains(UnitChecks(kind)) else { return }
        records[unit].checks.insert(UnitChecks(kind))
        pendingChecks[kind, default: []].append(unit)
    }

    mutating func submitAll(_ unit: Int) {
        for kind in UnitChecks.Kind.allCases { submit(unit, kind) }
    }

    /// Looks at one unit.
    /// - Returns: whether there was any.
    mutating func dispatchCheck(at now: Instant) -> Bool {
        for kind in UnitChecks.Kind.allCases {
            guard let unit = pendingChecks[kind]?.popLast() else { continue }
            records[unit].checks.remove(UnitChecks(kind))
            switch kind {
            case .upheld:
                guard let other = upholder(of: unit), isAllowed(unit, "Unit is upheld by \(name(other))", at: now)
                else { break }
                log(.info, unit, "Unit is started because upheld by active unit \(name(other)).")
                automatically(.start, unit, .fail, at: now)
            case .bound:
                guard let other = missing(of: unit),
                    isAllowed(unit, "Unit is bound to inactive \(name(other))", at: now)
                else { break }
                log(.info, unit, "Unit is stopped because bound to inactive unit \(name(other)).")
                automatically(.stop, unit, .replace, at: now)
            case .unneeded:
                guard isUnneeded(unit), isAllowed(unit, "Unit is not needed anymore", at: now) else { break }
                log(.info, unit, "Unit is stopped because it is not needed anymore.")
                automatically(.stop, unit, .fail, at: now)
            }
            return true
        }
        return false
    }

    private mutating func automatically(_ type: JobType, _ unit: Int, _ mode: JobMode, at now: Instant) {
        do throws(JobError) {
            _ = try request(type, unit, mode, at: now)
        } catch {
            log(.warning, unit, "Failed to enqueue \(type.rawValue) job, ignoring: \(error.message)")
            // systemd leaves it at that, and the unit stays up without what it is bound to.
            if error.kind == .transactionIsDestructive { refused.insert(unit) }
        }
    }

    /// Keeps units that start and stop each other for ever from doing nothing else.
    private mutating func isAllowed(_ unit: Int, _ reason: String, at now: Instant) -> Bool {
        if automatic[unit, default: RateLimit()].allows(at: now) { return true }
        guard automatic[unit]?.timerIsSet == false else { return false }
        automatic[unit]?.timerIsSet = true
        log(.warning, unit, "\(reason), but nothing is done about it now: that was tried too often recently.")
        // It began not later than now, so there is an end unless the clock is at its own.
        act(.setTimer(.recheck(unit: name(unit)), automatic[unit]?.end))
        return false
    }

    private func upholder(of unit: Int) -> Int? {
        guard state(unit).isInactiveOrFailed, installed(unit) == nil else { return nil }
        return graph.edges[unit].first {
            $0.atoms.contains(.upheld) && installed($0.unit) == nil && state($0.unit).isActiveOrReloading
        }?.unit
    }

    private func missing(of unit: Int) -> Int? {
        guard state(unit) == .active, installed(unit) == nil else { return nil }
        return graph.edges[unit].first {
            $0.atoms.contains(.cannotBeActiveWithout) && installed($0.unit) == nil
                && state($0.unit).isInactiveOrFailed
        }?.unit
    }

    private func isUnneeded(_ unit: Int) -> Bool {
        guard graph.units[unit].stopsWhenUnneeded, state(unit) == .active, installed(unit) == nil else { return false }
        return !graph.edges[unit].contains {
            $0.atoms.contains(.pinned)
                && (installed($0.unit) != nil || !state($0.unit).isInactiveOrFailed || records[$0.unit].willRestart)
        }
    }
}
