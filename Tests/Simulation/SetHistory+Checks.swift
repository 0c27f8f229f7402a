// The promises of a set of units, written down once more in the plainest way.
import Engine
import Units

extension SetHistory {
    private func dependencies(_ unit: String) -> [UnitGraph.Dependency] {
        definitions.first { $0.name == unit }?.graph.dependencies ?? []
    }

    /// The units that one is ordered after.
    private func predecessors(_ unit: String) -> [String] {
        var result: [String] = []
        // What is removed says nothing any more.
        for definition in definitions where units.status(of: definition.name) != nil {
            for dependency in definition.graph.dependencies {
                if definition.name == unit, dependency.kind == .after { result.append(dependency.unit) }
                if dependency.unit == unit, dependency.kind == .before { result.append(definition.name) }
            }
        }
        return result.filter { $0 != unit }
    }

    /// A start goes ahead: nothing that goes before it is under way.
    func checkTurn(_ unit: String) throws(HistoryFailure) {
        guard keepsOrder else { return }
        for other in predecessors(unit) {
            if openJobs.contains(where: { $0.value.unit == other && $0.value.type != .nop }) {
                throw failure("\(unit) starts while \(other), which goes before it, has a job")
            }
        }
    }

    /// The first process of a start is about to be.
    func checkStart(_ unit: String) throws(HistoryFailure) {
        try checkTurn(unit)
        let after = predecessors(unit)
        for dependency in dependencies(unit) where dependency.kind == .bindsTo && after.contains(dependency.unit) {
            if dependency.unit == unit { continue }
            guard told[dependency.unit] == .active || told[dependency.unit] == .reloading else {
                throw failure("\(unit) starts, bound to \(dependency.unit), which is not there")
            }
        }
    }

    /// Whether the main process of a unit is ended by all means, or, where it may not be, no other is started beside it.
    private func isKilled(_ unit: String) -> Bool {
        guard let settings = units.service(unit)?.unit else { return true }
        return settings.sendSIGKILL || settings.killMode != .process
    }

    /// A main process is about to be.
    func checkSpawn(_ unit: String) throws(HistoryFailure) {
        if isKilled(unit), processes.contains(where: { $0.unit == unit && $0.role == .main && !$0.isStuck }) {
            throw failure("\(unit) gets a second main process")
        }
        if allStopped { throw failure("\(unit) starts after all was stopped") }
        try checkDelay(unit)
    }

    /// `RestartSec=` is over, or a job asks not to wait for it.
    func checkDelay(_ unit: String) throws(HistoryFailure) {
        guard let due = restartsDue[unit], now < due, !openJobs.contains(where: { $0.value.unit == unit }) else {
            return
        }
        throw failure("\(unit) is restarted before its delay is over")
    }

    /// Everything that has happened is dealt with.
    func checkRest() throws(HistoryFailure) {
        for definition in definitions {
            let name = definition.name
            guard let status = units.status(of: name) else {
                if let told = told[name], told != .inactive { throw failure("\(name) is gone while \(told)") }
                continue
            }
            if told[name] ?? .inactive != status.activeState {
                throw failure("\(name) is \(status.activeState), and was told to be \(told[name] ?? .inactive)")
            }
            if let machine = status.service { try check(name, machine, status) }
            if let machine = status.timer { try check(name, machine) }
        }
        let jobs = units.queue.jobs
        if Set(jobs.map(\.id)) != Set(openJobs.keys) { throw failure("jobs are told that are not, or the other way") }
        for job in jobs where job.type != .nop { try check(job) }
        // One job and one that does nothing for each unit.
        if jobs.count > 2 * (definitions.count + 40) { throw failure("\(jobs.count) jobs") }
        if jobs.isEmpty { try checkQuiet() }
    }

    /// Somebody or something will end a job: the unit is on its way, or another job is.
    private func check(_ job: Job) throws(HistoryFailure) {
        let unit = units.queue.unit(of: job)
        switch units.queue.activeState(of: unit) {
        case .activating, .deactivating, .reloading: return
        case .active, .inactive, .failed: break
        }
        if job.state == .running || job.ignoresOrder || units.queue.waits(of: job).isEmpty {
            throw failure("\(unit)/\(job.type.rawValue) (\(job.id.number)) waits for nothing")
        }
    }

    private func check(_ name: String, _ machine: ServiceMachine, _ status: UnitStatus) throws(HistoryFailure) {
        if machine.state.active != status.activeState { throw failure("\(name) is told to be \(status.activeState)") }
        switch machine.state.active {
        case .active, .reloading:
            // A process that is known is there; whose main process nobody knows has others, or is `exited`.
            if let pid = machine.mainPID {
                if !processes.contains(where: { $0.pid == pid }) { throw failure("\(name): process \(pid) is gone") }
            } else if machine.state != .exited, !processes.contains(where: { $0.unit == name }) {
                throw failure("\(name) is \(machine.state.rawValue) without a process")
            }
        case .inactive, .failed:
            let kills = machine.unit.sendSIGKILL
            let isLeft = processes.contains { process in
                // Of the rest of its processes only control-group promises that they go.
                process.unit == name && !process.isStuck
                    && (process.role == .main ? kills : kills && isHostile && machine.unit.killMode == .controlGroup)
            }
            if isLeft { throw failure("\(name) is \(machine.state.rawValue) and has left a process behind") }
            if timers.contains(where: { if case .service(name, _) = $0.timer { true } else { false } }) {
                throw failure("\(name) is \(machine.state.rawValue) and has left a timer behind")
            }
        case .activating, .deactivating:
            // It comes to an end by itself, or somebody has to be asked.
            let waits = timers.contains { if case .service(name, .state) = $0.timer { true } else { false } }
            let isHeld =
                machine.state == .autoRestart && restartsDue[name] == nil
                || machine.state == .autoRestartQueued && units.queue.job(of: name) != nil
            if !waits, !isHeld { throw failure("\(name) is \(machine.state.rawValue) without an end") }
        }
    }

    private func check(_ name: String, _ machine: TimerMachine) throws(HistoryFailure) {
        let isSet = timers.contains { if case .unit(.timer(name, _)) = $0.timer { true } else { false } }
        switch machine.state {
        case .waiting:
            // One that is to be stopped lets its time pass.
            if !isSet, !machine.unit.onClockChange, units.queue.job(of: name)?.type != .stop, !units.isStopping {
                throw failure("\(name) waits for nothing")
            }
        case .dead, .running, .elapsed, .failed:
            if isSet { throw failure("\(name) is \(machine.state.rawValue) and has left a timer behind") }
        }
    }

    /// No job is left.
    private func checkQuiet() throws(HistoryFailure) {
        for entry in timers {
            if case .unit(.job(.job(let job))) = entry.timer {
                throw failure("job \(job.number) has left its timer behind")
            }
        }
        for definition in definitions where told[definition.name] == .active {
            for dependency in definition.graph.dependencies where dependency.kind == .bindsTo {
                let other = dependency.unit
                guard other != definition.name, told[other] ?? .inactive == .inactive || told[other] == .failed,
                    !timers.contains(where: { $0.timer == .unit(.job(.recheck(unit: definition.name))) })
                else { continue }
                throw failure("\(definition.name) is active without \(other), to which it is bound")
            }
        }
    }

    /// All is stopped.
    func checkEnd() throws(HistoryFailure) {
        if let open = openJobs.first { throw failure("job \(open.key.number) of \(open.value.unit) never ended") }
        for entry in timers {
            switch entry.timer {
            // Nothing is done then, since nothing is to be done.
            case .unit(.job(.recheck)): break
            case .service, .unit(.job(.job)), .unit(.timer): throw failure("\(entry.timer) is left after the end")
            }
        }
        for process in processes where process.role == .main && !process.isStuck {
            if units.service(process.unit)?.unit.sendSIGKILL == false { continue }
            throw failure("process \(process.pid) of \(process.unit) is left after the end")
        }
    }
}
