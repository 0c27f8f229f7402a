// The world: what the manager, the kernel and the services would do.
import Engine
import Units

extension SetHistory {
    mutating func carryOut(_ action: UnitAction) throws(HistoryFailure) {
        note("    \(action)")
        switch action {
        case .answered: break
        case .check(let job, let unit):
            var check = UnitCheck()
            if let definition = units.definition(of: unit) {
                check.conditionsHold = definition.conditions.isEmpty || !chance.once(in: 4)
                check.assertionsHold = definition.assertions.isEmpty || !chance.once(in: 4)
            }
            check.stamp = chance.once(in: 2) ? moment.realtime - 100_000_000 : nil
            answers.append(.checked(job, check))
        case .service(let unit, let action): try carryOut(action, of: unit)
        case .setTimer(let timer, let deadline, _): set(.unit(timer), deadline)
        case .writeStamp: break
        case .jobQueued(let job, let unit, let type):
            if openJobs[job] != nil { throw failure("job \(job.number) is queued twice") }
            openJobs[job] = (unit, type)
        case .jobFinished(let job, let unit, _, let result):
            guard let open = openJobs.removeValue(forKey: job), open.unit == unit else {
                throw failure("job \(job.number) of \(unit) ends and never was")
            }
            summary.results[result.rawValue, default: 0] += 1
        case .stateChanged(let unit, let state, let subState):
            if case .passive? = units.definition(of: unit)?.kind, state == .active, told[unit] != .active {
                try checkTurn(unit)
            }
            if subState == "auto-restart-queued" { try checkDelay(unit) }
            told[unit] = state
            toldSubState[unit] = subState
            summary.states[subState, default: 0] += 1
            // A restart is due when its delay is over, and not before. Without an end it has none to be held to.
            restartsDue[unit] = nil
            if subState == "auto-restart", let delay = units.service(unit)?.unit.restartDelay, delay != .infinity {
                restartsDue[unit] = now + delay.microseconds
            }
        case .allStopped:
            if allStopped { throw failure("all is stopped twice") }
            allStopped = true
        case .log: break
        }
    }

    private mutating func set(_ timer: SimulatedTimer, _ deadline: Deadline?) {
        timers.removeAll { $0.timer == timer }
        if let deadline { timers.append((timer, deadline)) }
    }

    private mutating func carryOut(_ action: ServiceAction, of unit: String) throws(HistoryFailure) {
        switch action {
        case .spawn(let role, _): try spawn(role, unit)
        case .kill(let request): kill(request, unit)
        case .signalMain(let signal):
            guard let pid = mainPID(unit) else { break }
            deliver(signal, to: pid)
            if !chance.once(in: 4) {
                plan(.say(pid, .saysReloading(at: now)), within: 1_000_000)
                plan(.say(pid, .saysReady), within: 4_000_000)
            }
        case .signalControl(let signal):
            for process in processes where process.unit == unit && process.isControl {
                deliver(signal, to: process.pid)
            }
        case .setTimer(let timer, let deadline): set(.service(unit, timer), deadline.map { .monotonic($0) })
        case .abandonControl:
            for index in processes.indices where processes[index].unit == unit && processes[index].isControl {
                processes[index].role = nil
            }
        case .findMainPID: answers.append(.service(unit, findMain(unit)))
        case .watchBusName:
            if chance.once(in: 4) {
                answers.append(.service(unit, .busName(.unavailable)))
            } else {
                plan(.event(.service(unit, .busName(.owned))), within: 3_000_000)
                if chance.once(in: 3) { plan(.event(.service(unit, .busName(.lost))), within: 60_000_000) }
            }
        // The set keeps them to itself.
        case .passed, .restartDue: throw failure("\(action) of \(unit) is told")
        case .started:
            let type = units.service(unit)?.unit.type
            if type == .notify || type == .notifyReload, !saidReady.contains(unit) {
                throw failure("\(unit) counts as started without READY=1")
            }
        case .reloaded, .finished, .log: break
        }
    }

    /// The kernel ends a process of a service, or one that is none of it any more, and says so.
    mutating func runOutOfMemory(_ unit: String) throws(HistoryFailure) {
        if let victim = processes.first(where: { $0.unit == unit && !$0.isStuck }) {
            plan(.end(victim.pid, .killed(.kill)), within: 1000)
        }
        try feed(.service(unit, .oomKilled))
    }

    /// What a PID file, or a look at the processes, tells.
    private mutating func findMain(_ unit: String) -> ServiceEvent {
        if isHostile, let old = mainPID(unit) {
            // It names the one that is known, or, in passing, another.
            let index = processes.firstIndex { $0.unit == unit && $0.role == nil && !$0.isStuck }
            guard let index, chance.once(in: 3) else { return .mainPIDFound(old, treeIsEmpty: false) }
            for other in processes.indices where processes[other].pid == old { processes[other].role = nil }
            processes[index].role = .main
            return .mainPIDFound(processes[index].pid, treeIsEmpty: false)
        }
        let others = processes.indices.filter { processes[$0].unit == unit && processes[$0].role == nil }
        guard let found = others.first, !chance.once(in: 5) else {
            if units.service(unit)?.awaitsPIDFile == true { plan(.findAgain(unit), within: 2_000_000) }
            return .mainPIDFound(nil, treeIsEmpty: !processes.contains { $0.unit == unit })
        }
        processes[found].role = .main
        return .mainPIDFound(processes[found].pid, treeIsEmpty: false)
    }

    /// The PID file that was waited for has come.
    mutating func findAgain(_ unit: String) throws(HistoryFailure) {
        guard units.service(unit)?.awaitsPIDFile == true else { return }
        try feed(.service(unit, findMain(unit)))
    }

    private func mainPID(_ unit: String) -> Int32? { units.service(unit)?.mainPID }

    private mutating func spawn(_ role: ProcessRole, _ unit: String) throws(HistoryFailure) {
        switch toldSubState[unit] {
        case nil, "dead", "failed", "auto-restart", "auto-restart-queued": try checkStart(unit)
        default: break
        }
        if role == .main {
            summary.starts += 1
            try checkSpawn(unit)
            saidReady.remove(unit)
        }
        if chance.once(in: 12) {
            let status: UInt8 = chance.pick(isHostile ? [0, 0, 203, 217, 219] : [0, 203, 217])
            answers.append(.service(unit, .spawnFailed(role, SpawnFailure(exitStatus: status, message: "fault"))))
            return
        }
        let pid = birth(unit, role)
        answers.append(.service(unit, .spawned(role, pid: pid)))
    }

    private mutating func birth(_ unit: String, _ role: ProcessRole?) -> Int32 {
        let pid = nextPID
        nextPID += 1
        processes.append(
            SimulatedProcess(
                pid: pid, unit: unit, role: role, ignoresSignals: chance.once(in: 4), isStuck: chance.once(in: 80)))
        let isMain = role == .main
        let lives: [UInt64?] =
            isMain ? [0, 1000, 1_000_000, 30_000_000, nil, nil, nil] : [0, 1000, 1_000_000, 30_000_000]
        if let life = chance.pick(lives) {
            let end = chance.pick([ProcessEnd.exited(0), .exited(0), .exited(1), .killed(.kill), .dumped(.abort)])
            plan(.end(pid, end), within: life)
        }
        // A command that forks leaves something behind.
        if role == .control(.start, 0), !chance.once(in: 6) { _ = birth(unit, nil) }
        guard isMain else { return pid }
        if chance.once(in: 4) { _ = birth(unit, nil) }
        if !chance.once(in: 6) { plan(.say(pid, .saysReady), within: chance.pick([0, 1000, 1_000_000])) }
        for _ in 0..<chance.pick([0, 0, 2, 8]) { plan(.say(pid, randomMessage()), within: 20_000_000) }
        return pid
    }

    private mutating func randomMessage() -> ServiceNotification {
        if isHostile, chance.once(in: 4) {
            var message = ServiceNotification()
            switch chance.below(4) {
            case 0: message.watchdogInterval = chance.pick([.zero, .seconds(1), .infinity])
            case 1: message.watchdogTrigger = true
            case 2: message.mainPID = 1
            default:
                message.stopping = chance.once(in: 2)
                message.extendTimeout = chance.pick([.seconds(1), .seconds(60), .infinity])
            }
            return message
        }
        switch chance.below(8) {
        case 0: return .saysReloading(at: chance.once(in: 3) ? 1 : now)
        case 1: return .saysReady
        case 2:
            var message = ServiceNotification()
            message.stopping = true
            return message
        case 3:
            var message = ServiceNotification()
            message.extendTimeout = .seconds(5)
            return message
        default:
            var message = ServiceNotification()
            message.watchdogPing = true
            return message
        }
    }

    mutating func say(_ pid: Int32, _ message: ServiceNotification) throws(HistoryFailure) {
        guard let process = processes.first(where: { $0.pid == pid }), !process.isStuck, mainPID(process.unit) == pid
        else { return }
        var message = message
        if message.mainPID != nil {
            // It hands over to another of its own.
            let other = processes.firstIndex { $0.unit == process.unit && $0.role == nil && !$0.isStuck }
            message.mainPID = other.map { processes[$0].pid }
        }
        if message.ready, !message.stopping { saidReady.insert(process.unit) }
        try feed(.service(process.unit, .notified(message)))
        guard let new = message.mainPID, mainPID(process.unit) == new else { return }
        for index in processes.indices where processes[index].unit == process.unit {
            if processes[index].pid == pid { processes[index].role = nil }
            if processes[index].pid == new { processes[index].role = .main }
        }
    }

    mutating func die(_ pid: Int32, _ end: ProcessEnd) throws(HistoryFailure) {
        guard let index = processes.firstIndex(where: { $0.pid == pid }) else { return }
        let process = processes.remove(at: index)
        var event: ServiceEvent?
        if mainPID(process.unit) == pid {
            event = .processEnded(.main, end)
        } else if let role = process.role, role != .main {
            event = .processEnded(role, end)
        }
        // That nobody is left is noticed after the end itself.
        if !processes.contains(where: { $0.unit == process.unit }) { queue.append(.service(process.unit, .treeEmpty)) }
        if let event {
            try feed(.service(process.unit, event))
        } else if let empty = queue.popLast() {
            try feed(empty)
        }
    }

    private mutating func kill(_ request: KillRequest, _ unit: String) {
        let targets = processes.filter { process in
            process.unit == unit && (process.role == nil ? request.rest : request.main)
        }
        for process in targets { deliver(request.signal, to: process.pid) }
        answers.append(.service(unit, .signalled(waiting: !targets.isEmpty || request.main && mainPID(unit) != nil)))
    }

    private mutating func deliver(_ signal: Signal, to pid: Int32) {
        guard let process = processes.first(where: { $0.pid == pid }), !process.isStuck else { return }
        if signal == .kill {
            plan(.end(pid, .killed(.kill)), within: chance.pick([0, 1000]))
        } else if !process.ignoresSignals, signal != .hangup {
            let end = chance.pick([ProcessEnd.killed(signal), .exited(0), .exited(1)])
            plan(.end(pid, end), within: chance.pick([0, 1000, 1_000_000, 20_000_000]))
        }
    }
}

extension ServiceNotification {
    static var saysReady: ServiceNotification {
        var message = ServiceNotification()
        message.ready = true
        return message
    }

    static func saysReloading(at time: UInt64) -> ServiceNotification {
        var message = ServiceNotification()
        message.reloading = true
        message.reloadingSince = Instant(microseconds: time)
        return message
    }
}

extension SimulatedProcess {
    /// Whether it is a command beside the main process.
    var isControl: Bool {
        switch role {
        case .control?: true
        case .main?, nil: false
        }
    }
}
