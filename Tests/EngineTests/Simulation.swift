// One seed makes one history of a service: random settings, a world of processes that exit, hang, fork and talk, a virtual
// clock, failing effects. After each step the invariants are checked. A failing seed replays exactly.
import Units

@testable import Engine

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// True once in `count` times.
    mutating func once(in count: UInt64) -> Bool { next() % count == 0 }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int(next() % UInt64(choices.count))] }
}

/// An invariant that does not hold, and how it came to that.
struct SimulationFailure: Error, CustomStringConvertible {
    let seed: UInt64
    let message: String
    let trace: [String]

    var description: String {
        "DAIMON_SEED=\(seed): \(message)\n  " + trace.joined(separator: "\n  ")
    }
}

/// What a history came to, so that a run over many seeds can show that it met everything.
struct SimulationSummary {
    var states: Set<ServiceState> = []
    var results: Set<ServiceResult> = []
    var steps = 0
    var starts = 0
    var finished = false
}

/// One process of the fake world.
struct FakeProcess {
    enum Role: Equatable { case main, control(CommandList, Int), other }
    var role: Role
    /// Ignores every signal but SIGKILL.
    var ignoresSignals: Bool
    /// Not even SIGKILL ends it (in an uninterruptible sleep).
    var isStuck: Bool
}

/// One history.
struct Simulation {
    /// One event and what it led to.
    struct Step: Equatable, CustomStringConvertible {
        let at: UInt64
        let event: ServiceEvent
        let before: ServiceState
        let after: ServiceState
        let actions: [ServiceAction]

        var description: String {
            "\(at) \(before.rawValue) \(event) -> \(after.rawValue) \(actions.filter { !$0.isLog })"
        }
    }

    // MARK: - The world

    /// What the world is about to do.
    enum Deed {
        case end(Int32, ProcessEnd)
        case fork(Int32)
        case say(Int32, ServiceNotification)
        case ask(ServiceEvent)
        /// For a PID file that has not come.
        case lookAgain
    }

    let seed: UInt64
    var random: SplitMix64
    let unit: ServiceUnit
    var machine: ServiceMachine
    var now: UInt64 = 1_000_000_000
    var agenda: [(at: UInt64, deed: Deed)] = []
    var timers: [ServiceTimer: Instant] = [:]
    var queue: [ServiceEvent] = []
    /// The living, by pid.
    var processes: [Int32: FakeProcess] = [:]
    var nextPID: Int32 = 100
    var monitor: SimulationMonitor
    /// The last steps, put into words only when one is wrong.
    var trace: [Step] = []
    var summary = SimulationSummary()

    static let stepLimit = 300

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed)
        unit = Simulation.randomUnit(&random)
        machine = ServiceMachine(
            unit: unit, endsWhenFirstStartFails: random.once(in: 2), asksBeforeRestart: random.once(in: 3))
        monitor = SimulationMonitor(unit: unit)
    }

    static func randomUnit(_ random: inout SplitMix64) -> ServiceUnit {
        var unit = ServiceUnit(name: UnitName(unchecked: "simulated.service"))
        unit.type = random.pick(ServiceType.allCases)
        unit.execStart = [ExecCommand(path: "/bin/service", arguments: ["service"])]
        unit.execStart[0].ignoreFailure = random.once(in: 8)
        for index in 0..<random.pick([0, 0, 1, 2, 3]) {
            var command = ExecCommand(path: "/bin/reload\(index)", arguments: ["reload"])
            command.ignoreFailure = random.once(in: 3)
            unit.execReload.append(command)
        }
        SimulationSettings.addCommands(&unit, &random)
        unit.reloadSignalIsSet = random.once(in: 2)
        unit.restart = random.pick(RestartPolicy.allCases + [.always, .always])
        unit.restartDelay = random.pick([.zero, .milliseconds(100), .seconds(1), .seconds(5), .infinity])
        unit.startLimitInterval = random.pick([.zero, .seconds(10), .seconds(10), .infinity])
        unit.startLimitBurst = random.pick([0, 1, 2, 5])
        let spans: [TimeSpan] = [.milliseconds(500), .seconds(2), .seconds(10), .seconds(90)]
        unit.timeoutStart = random.pick(spans + [.infinity])
        unit.timeoutStop = random.pick(spans)
        unit.timeoutAbort = random.once(in: 2) ? random.pick(spans) : nil
        unit.runtimeMax = random.pick([.infinity, .infinity, .seconds(3), .seconds(30)])
        unit.watchdog = random.pick([.zero, .infinity, .seconds(1), .seconds(5)])
        unit.startSettle = random.pick([.zero, .milliseconds(100), .seconds(20)])
        unit.killMode = random.pick(KillMode.allCases)
        unit.killSignal = random.pick([.terminate, .terminate, .interrupt, .kill])
        unit.sendSIGHUP = random.once(in: 4)
        unit.sendSIGKILL = !random.once(in: 4)
        if random.once(in: 4) { unit.successExitStatus.statuses = [random.pick([1, 2])] }
        if random.once(in: 4) { unit.restartPreventExitStatus.statuses = [random.pick([0, 1, 2])] }
        if random.once(in: 4) { unit.restartForceExitStatus.signals = [random.pick([.kill, .abort, .terminate])] }
        SimulationSettings.complete(&unit, &random)
        return unit
    }

    // MARK: - A history

    mutating func run() throws(SimulationFailure) -> SimulationSummary {
        plan(.ask(.startRequested), within: 0)
        for _ in 0..<random.pick([0, 1, 2, 4]) {
            plan(.ask(random.pick([.reloadRequested, .reloadRequested, .startRequested])), within: 40_000_000)
        }
        if random.once(in: 2) { plan(.ask(.stopRequested), within: 60_000_000) }
        while summary.steps < Simulation.stepLimit && !monitor.hasFinished {
            guard try step() else { break }
        }
        if !monitor.hasFinished {
            // Whatever it was doing: when it is told to stop it stops, by virtual time.
            try feed(.stopRequested)
            while !monitor.hasFinished {
                guard try step(), summary.steps < 40 * Simulation.stepLimit else {
                    throw failure("a stop has not ended (state \(machine.state.rawValue))")
                }
            }
        }
        try afterwards()
        summary.finished = true
        summary.results.insert(machine.result)
        return summary
    }

    /// The next thing that happens, whichever is first; false when nothing ever will.
    private mutating func step() throws(SimulationFailure) -> Bool {
        summary.steps += 1
        let deed = agenda.indices.min { agenda[$0].at < agenda[$1].at }
        let timer = ServiceTimer.allCases.filter { timers[$0] != nil }.min { dueTime($0) < dueTime($1) }
        guard deed != nil || timer != nil else { return false }
        let deedTime = deed.map { agenda[$0].at } ?? .max
        let timerTime = timer.map { dueTime($0) } ?? .max
        // At the same moment either may be noticed first.
        if let timer, timerTime < deedTime || (timerTime == deedTime && random.once(in: 2)) {
            now = max(now, timerTime)
            timers[timer] = nil
            try feed(.timerElapsed(timer))
        } else if let deed {
            now = max(now, deedTime)
            try happen(agenda.remove(at: deed).deed)
        }
        return true
    }

    private func dueTime(_ timer: ServiceTimer) -> UInt64 { timers[timer]?.microseconds ?? .max }

    private mutating func plan(_ deed: Deed, within span: UInt64) {
        agenda.append((now + (span == 0 ? 0 : random.next() % span), deed))
    }

    private mutating func happen(_ deed: Deed) throws(SimulationFailure) {
        switch deed {
        case .ask(let event): try feed(event)
        case .lookAgain:
            guard machine.awaitsPIDFile,
                let pid = processes.keys.sorted().first(where: { processes[$0]?.role == .other })
            else { return }
            processes[pid]?.role = .main
            try feed(.mainPIDFound(pid, treeIsEmpty: false))
        case .end(let pid, let end): try die(pid, end)
        case .fork(let parent):
            guard let process = processes[parent], !process.isStuck else { return }
            birth(.other)
        case .say(let pid, var message):
            // As NotifyAccess=main: only the main process is heard, also when it has just ended.
            guard machine.mainPID == pid, processes[pid]?.isStuck != true else { return }
            if message.mainPID != nil {
                guard let other = processes.keys.filter({ processes[$0]?.role == .other }).min() else { return }
                message.mainPID = other
                processes[pid]?.role = .other
                processes[other]?.role = .main
            }
            if message.ready && !message.stopping { monitor.saidReady = true }
            if let extra = message.extendTimeout { monitor.granted(extra, at: now) }
            try feed(.notified(message))
            // Asked for when it was too late: the machine keeps the one it had.
            if let named = message.mainPID, machine.mainPID != named {
                processes[named]?.role = .other
                if machine.mainPID == pid { processes[pid]?.role = .main }
            }
        }
    }

    private mutating func die(_ pid: Int32, _ end: ProcessEnd) throws(SimulationFailure) {
        guard let process = processes.removeValue(forKey: pid) else { return }
        if machine.mainPID == pid {
            try feed(.processEnded(.main, end))
        } else if case .control(let list, let index) = process.role {
            try feed(.processEnded(.control(list, index), end))
        }
        if machine.watchesTree && processes.isEmpty { try feed(.treeEmpty) }
    }

    /// Everything that may still come when it is over changes nothing.
    private mutating func afterwards() throws(SimulationFailure) {
        try monitor.checkEnd(self)
        var events: [ServiceEvent] = [
            .stopRequested, .signalled(waiting: false), .treeEmpty, .processEnded(.main, .exited(1)),
            .processEnded(.control(.reload, 0), .exited(0)),
            .notified(
                ServiceNotification {
                    $0.ready = true; $0.watchdogPing = true; $0.watchdogTrigger = true
                }),
        ]
        events += ServiceTimer.allCases.map { .timerElapsed($0) }
        let result = machine.result
        for event in events {
            for action in machine.handle(event, at: Instant(microseconds: now)) {
                if case .log = action { continue }
                throw failure("after its end \(event) leads to \(action)")
            }
        }
        if machine.result != result { throw failure("the result changed after the end") }
    }

    func failure(_ message: String) -> SimulationFailure {
        let settings = "Type=\(unit.type.rawValue) Restart=\(unit.restart.rawValue) KillMode=\(unit.killMode.rawValue)"
        return SimulationFailure(seed: seed, message: message, trace: [settings] + trace.map(\.description))
    }

    // MARK: - What the manager does

    mutating func feed(_ event: ServiceEvent) throws(SimulationFailure) {
        queue = [event]
        while !queue.isEmpty {
            let next = queue.removeFirst()
            let before = machine.state
            let actions = machine.handle(next, at: Instant(microseconds: now))
            if trace.count == 60 { trace.removeFirst() }
            trace.append(Step(at: now, event: next, before: before, after: machine.state, actions: actions))
            summary.states.insert(machine.state)
            try monitor.check(self, event: next, before: before, actions: actions)
            for action in actions { try carryOut(action) }
        }
        try monitor.checkRest(self)
    }

    private mutating func carryOut(_ action: ServiceAction) throws(SimulationFailure) {
        switch action {
        case .spawn(let role, _): try spawn(role)
        case .kill(let request): kill(request)
        case .signalMain(let signal):
            if let pid = machine.mainPID { deliver(signal, to: pid) }
            if unit.type == .notifyReload, let pid = machine.mainPID, !random.once(in: 4) {
                var reloading = ServiceNotification.reloadingSent
                reloading.reloadingSince = Instant(microseconds: now)
                plan(.say(pid, reloading), within: 2_000_000)
                plan(.say(pid, .readySent), within: 5_000_000)
            }
        case .signalControl(let signal):
            for (pid, process) in processes where process.role.isControl { deliver(signal, to: pid) }
        case .abandonControl:
            for (pid, process) in processes where process.role.isControl { processes[pid]?.role = .other }
        case .findMainPID(let source): findMain(source)
        case .watchBusName:
            if random.once(in: 4) {
                queue.append(.busName(.unavailable))
            } else {
                plan(.ask(.busName(.owned)), within: 3_000_000)
                if random.once(in: 3) { plan(.ask(.busName(.lost)), within: 60_000_000) }
            }
        case .passed(let state): summary.states.insert(state)
        case .restartDue:
            queue.append(random.once(in: 5) ? .startRefused(isAssertion: random.once(in: 2)) : .startRequested)
        case .setTimer(let timer, let deadline):
            timers[timer] = deadline
            // The kernel is out of something: the manager acts at once rather than never.
            if deadline != nil && random.once(in: 400) {
                timers[timer] = nil
                monitor.timerFailed = true
                queue.append(.timerElapsed(timer))
            }
        case .started: monitor.saidReady = false
        case .reloaded, .finished, .log: break
        }
    }

    private mutating func spawn(_ role: ProcessRole) throws(SimulationFailure) {
        if role == .main || role == .control(.start, 0) { summary.starts += 1 }
        if random.once(in: 10) {
            let status: UInt8 = random.pick([0, 203, 217])
            queue.append(.spawnFailed(role, SpawnFailure(exitStatus: status, message: "fault")))
            return
        }
        switch role {
        case .main:
            monitor.saidReady = false
            queue.append(.spawned(role, pid: birth(.main)))
        case .control(let list, let index):
            let pid = birth(.control(list, index))
            // What Type=forking leaves behind.
            if list == .start && !random.once(in: 6) { birth(.other) }
            queue.append(.spawned(role, pid: pid))
        }
    }

    /// What is found: a process of the service, none, or (asked again later) one that has come meanwhile.
    private mutating func findMain(_ source: MainPIDSource) {
        let pid = processes.keys.sorted().first { processes[$0]?.role == .other }
        guard let pid, !random.once(in: 5) else {
            queue.append(.mainPIDFound(nil, treeIsEmpty: processes.isEmpty))
            if machine.awaitsPIDFile { plan(.lookAgain, within: 2_000_000) }
            return
        }
        for (old, process) in processes where process.role == .main { processes[old]?.role = .other }
        processes[pid]?.role = .main
        queue.append(.mainPIDFound(pid, treeIsEmpty: false))
    }

    private mutating func kill(_ request: KillRequest) {
        let targets = processes.keys.sorted().filter { pid in
            processes[pid]?.role == .other ? request.rest : request.main
        }
        for pid in targets { deliver(request.signal, to: pid) }
        queue.append(.signalled(waiting: !targets.isEmpty || (request.main && machine.mainPID != nil)))
    }

    private mutating func deliver(_ signal: Signal, to pid: Int32) {
        guard let process = processes[pid], !process.isStuck else { return }
        if signal == .kill {
            plan(.end(pid, .killed(.kill)), within: random.pick([0, 1000]))
        } else if !process.ignoresSignals && signal != unit.reloadSignal {
            let end: ProcessEnd = random.pick([.killed(signal), .exited(0), .exited(1)])
            plan(.end(pid, end), within: random.pick([0, 1000, 1_000_000, 20_000_000]))
        }
    }

    /// A new process, and its whole life as it would be if nobody interfered.
    @discardableResult
    private mutating func birth(_ role: FakeProcess.Role) -> Int32 {
        let pid = nextPID
        nextPID += 1
        processes[pid] = FakeProcess(role: role, ignoresSignals: random.once(in: 4), isStuck: random.once(in: 60))
        let lives: [UInt64?]
        switch role {
        case .main: lives = [0, 1000, 1_000_000, 30_000_000, nil, nil]
        case .control: lives = [0, 1000, 1_000_000, 30_000_000]
        case .other: lives = [1000, 1_000_000, 100_000_000, nil]
        }
        if let life = random.pick(lives) {
            let end: ProcessEnd = random.pick([
                .exited(0), .exited(0), .exited(1), .exited(2), .killed(.kill), .dumped(.abort), .unknown,
            ])
            plan(.end(pid, end), within: life)
        }
        if processes.count < 12 && random.once(in: 3) { plan(.fork(pid), within: 10_000_000) }
        guard role == .main else { return pid }
        if !random.once(in: 5) { plan(.say(pid, .readySent), within: random.pick([0, 1000, 1_000_000, 5_000_000])) }
        for _ in 0..<random.pick([0, 0, 1, 5, 20]) { plan(.say(pid, randomMessage()), within: 20_000_000) }
        return pid
    }
}

extension FakeProcess.Role {
    var isControl: Bool {
        switch self {
        case .control: true
        case .main, .other: false
        }
    }
}

extension ServiceAction {
    var isLog: Bool { if case .log = self { true } else { false } }
}
