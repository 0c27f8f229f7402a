// Carrying out what the queue of jobs wants.
import Units

extension UnitSet {
    /// Runs jobs until all that can be done is under way, or the answer to a `.check` is awaited: a job that is looked at and
    /// started in two steps must not let another come between, which should have gone before it.
    mutating func runJobs() {
        if let job = checking, queue[job]?.state != .running { checking = nil }
        while checking == nil, let action = queue.next(at: now.monotonic) { perform(action) }
    }

    private mutating func perform(_ action: JobAction) {
        switch action {
        case .check(let job, let unit): check(job, unit)
        case .start(let job, let unit): start(job, unit)
        case .stop(let job, let unit): stop(job, unit)
        case .reload(let job, let unit): reload(job, unit)
        case .queued(let job, let unit, let type): actions.append(.jobQueued(job, unit: unit, type))
        case .finished(let job, let unit, let type, let result):
            actions.append(.jobFinished(job, unit: unit, type, result))
            jobFinished(unit, type)
        case .triggeredChanged(let unit, let timer): triggeredChanged(unit, timer)
        case .setTimer(let timer, let deadline):
            // systemd's jobs are not in a hurry to time out, and wake-ups cost.
            actions.append(
                .setTimer(.job(timer), deadline.map { .monotonic($0) }, accuracy: .milliseconds(100)))
        case .log(let level, let unit, let text): log(level, unit, text)
        }
    }

    private mutating func answer(_ job: JobID, _ answer: JobAnswer) {
        queue.handle(.answered(job, answer), at: now.monotonic)
    }

    // MARK: - Conditions

    private mutating func check(_ job: JobID, _ unit: String) {
        if next[unit] != nil { takeNext(unit) }
        guard let definition = records[unit]?.definition else {
            answer(job, .failed)
            return
        }
        var needsStamp = false
        if case .timer(let timer, _) = definition.kind { needsStamp = timer.persistent }
        if definition.conditions.isEmpty, definition.assertions.isEmpty, !needsStamp {
            records[unit]?.check = nil
            answer(job, .fit)
        } else {
            checking = job
            actions.append(.check(job, unit: unit))
        }
    }

    mutating func checked(_ job: JobID, _ check: UnitCheck) {
        if job == checking { checking = nil }
        guard let installed = queue[job] else { return }
        let unit = queue.unit(of: installed)
        guard let definition = records[unit]?.definition else { return }
        records[unit]?.check = check
        if !check.conditionsHold {
            log(.info, unit, Self.skipped(definition, check))
            answer(job, .conditionUnmet)
        } else if !check.assertionsHold {
            let failed = Self.failed(definition.assertions, check.assertions)
            log(.warning, unit, "Starting requested but asserts failed\(failed.map { ": Assert\($0)" } ?? "").")
            answer(job, .assertionFailed)
        } else {
            answer(job, .fit)
        }
    }

    private static func skipped(_ definition: UnitDefinition, _ check: UnitCheck) -> String {
        let what = definition.graph.description
        guard let failed = failed(definition.conditions, check.conditions) else {
            return "\(what) was skipped because no trigger condition checks were met."
        }
        return "\(what) was skipped because of an unmet condition check (Condition\(failed))."
    }

    /// The condition that must hold and does not; nil where it is that none of those with `|` holds.
    private static func failed(_ conditions: [Condition], _ results: [Condition.Result]) -> String? {
        for (condition, result) in zip(conditions, results) where !condition.isTrigger && result != .succeeded {
            let text = "\(condition.kind.rawValue)=\(condition.assignment)"
            if case .error(let reason) = result { return "\(text): \(reason)" }
            return text
        }
        return nil
    }

    // MARK: - Start, stop, reload

    private mutating func start(_ job: JobID, _ unit: String) {
        // OnFailure=, Upholds=, Restart= and timers go on wishing while everything is being stopped.
        guard !isStopping, let role = role(of: unit) else {
            answer(job, .failed)
            return
        }
        switch role {
        case .service: startService(unit)
        case .timer: startTimer(unit)
        case .passive(let role):
            switch role {
            case .target: log(.info, unit, "Reached target \(description(of: unit)).")
            case .present(let notice): if let notice { log(.warning, unit, notice) }
            case .unsupported(let reason):
                log(.warning, unit, "Cannot start \(unit): \(reason).")
                answer(job, .unsupported)
                return
            }
            setPassive(unit, isActive: true)
        }
    }

    private mutating func stop(_ job: JobID, _ unit: String) {
        guard let role = role(of: unit) else {
            answer(job, .failed)
            return
        }
        switch role {
        case .service: feed(unit, queue[job]?.type == .restart ? .stopForRestartRequested : .stopRequested)
        case .timer:
            let done = withTimer(unit) { $0.stop() }
            perform(done, of: unit)
            tellState(unit, force: true)
        case .passive(let role):
            switch role {
            case .target: log(.info, unit, "Stopped target \(description(of: unit)).")
            case .present, .unsupported: break
            }
            setPassive(unit, isActive: false)
        }
    }

    private mutating func reload(_ job: JobID, _ unit: String) {
        guard let role = role(of: unit) else {
            answer(job, .failed)
            return
        }
        switch role {
        case .service: feed(unit, .reloadRequested)
        // They have nothing to reload; such a job is none of theirs.
        case .timer, .passive: answer(job, .unsupported)
        }
    }

    /// What kind of thing a unit is.
    private enum Role {
        case service, timer
        case passive(PassiveMachine.Role)
    }

    /// Asked for each job: without a copy of all that is known of the unit.
    private func role(of unit: String) -> Role? {
        guard let index = records.index(forKey: unit) else { return nil }
        switch records.values[index].machine {
        case .service: return .service
        case .timer: return .timer
        case .passive(let machine): return .passive(machine.role)
        }
    }

    private func description(of unit: String) -> String { records[unit]?.definition.graph.description ?? unit }

    private mutating func setPassive(_ unit: String, isActive: Bool) {
        if case .passive(var machine)? = records[unit]?.machine {
            machine.isActive = isActive
            records[unit]?.machine = .passive(machine)
        }
        tellState(unit, force: true)
    }

    /// A restart whose job has come to nothing is no restart: otherwise the service waited for it for ever. And a timer that
    /// elapsed while it was to be stopped, and was not stopped after all, has to be told what it missed.
    private mutating func jobFinished(_ unit: String, _ type: JobType) {
        if type == .stop, case .timer(let machine)? = records[unit]?.machine, machine.state == .waiting {
            triggeredChanged(machine.unit.unit.description, unit)
        }
        if queue.job(of: unit) == nil { giveUpRestart(unit) }
        forgetTrigger(of: unit)
    }

    // MARK: - States

    /// Tells the queue, and the manager, what state a unit is in; also when it is the same as before, where that ends a job.
    mutating func tellState(_ unit: String, force: Bool = false, reloadSucceeded: Bool = true) {
        guard let index = records.index(forKey: unit) else { return }
        let (state, subState) = records.values[index].state
        tell(unit, state, subState, force: force, reloadSucceeded: reloadSucceeded, willRestart: false)
    }

    mutating func tell(
        _ unit: String, _ state: ActiveState, _ subState: String, force: Bool, reloadSucceeded: Bool, willRestart: Bool
    ) {
        guard let index = records.index(forKey: unit) else { return }
        let isNew = records.values[index].tell(state, subState, at: now)
        guard isNew || force else { return }
        if state.isInactiveOrFailed {
            up.remove(unit)
        } else if !records.values[index].definition.graph.isPerpetual {
            up.insert(unit)
        }
        if isNew { actions.append(.stateChanged(unit: unit, state, subState: subState)) }
        queue.handle(
            .stateChanged(unit: unit, state, reloadSucceeded: reloadSucceeded, willRestart: willRestart),
            at: now.monotonic)
        forgetTrigger(of: unit)
    }
}

extension UnitSet.Record {
    /// Its coarse and its fine state.
    var state: (ActiveState, String) {
        switch machine {
        case .service(let machine): (machine.state.active, machine.state.rawValue)
        case .timer(let machine): (machine.state.active, machine.state.rawValue)
        case .passive(let machine): (machine.state, machine.subState(UnitDefinition.type(of: definition.name)))
        }
    }

    /// Notes the state that is told from now on.
    /// - Returns: whether it is another than before.
    mutating func tell(_ state: ActiveState, _ subState: String, at now: Moment) -> Bool {
        let old = told
        guard state != old || subState != toldSubState else { return false }
        toldSubState = subState
        if state == old { return true }
        told = state
        stateEntered = now
        if old.isInactiveOrFailed, !state.isInactiveOrFailed { inactiveLeft = now.monotonic }
        if !old.isInactiveOrFailed, state.isInactiveOrFailed { inactiveEntered = now.monotonic }
        if !old.isActiveOrReloading, state.isActiveOrReloading { activeEntered = now.monotonic }
        return true
    }
}
