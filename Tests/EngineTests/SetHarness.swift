// What the tests of sets of units share: units as their files are written, and a manager whose processes do as they are told.
import Testing
import Units

@testable import Engine

/// A set with a manager that carries out actions at once.
struct SetHarness {
    var set: UnitSet
    var now = Moment(seconds(1000), realtime: 1_700_000_000_000_000)
    /// What has been done: `spawn web`, `web/start done`, `web active`; log lines are apart.
    var trace: [String] = []
    var lines: [String] = []
    var timers: [UnitTimer: Deadline] = [:]
    var serviceTimers: [String: [ServiceTimer: Instant]] = [:]
    var stamps: [String: UInt64] = [:]
    /// Units whose main process cannot be started.
    var broken: Set<String> = []
    /// Units with a condition, or an assertion, that does not hold.
    var unmet: Set<String> = []
    var unasserted: Set<String> = []
    var answers: [UInt64: UnitAnswer] = [:]
    /// Services that were ready, in order.
    var started: [String] = []
    private var nextPID: Int32 = 100
    private var pending: [UnitEvent] = []
    private var pids: [String: Int32] = [:]

    static let machine = UnitDefinition.Machine(
        isMounted: { ["/", "/data"].contains($0) }, exists: { $0 == "/dev/null" })

    /// A unit from the text of its file.
    static func unit(_ name: String, _ text: String = "", path: String? = nil) -> UnitDefinition {
        var text = text
        if name.hasSuffix(".service"), !text.contains("ExecStart=") { text += "\n[Service]\nExecStart=/bin/true\n" }
        return UnitDefinition(
            UnitDescription(text: text, name: UnitName(unchecked: name), path: path), on: machine)
    }

    /// Units by name and text, loaded with all that they lead to.
    init(_ units: [String: String], bootIsStartup: Bool = true) {
        set = UnitSet(startup: seconds(1000), bootIsStartup: bootIsStartup, chance: 1, machineSeed: 2)
        let loaded = LoadedUnits.load(units.keys.sorted()) { name in
            units[name].map { Self.unit(name, $0) } ?? UnitDefinition.withoutFile(name, on: Self.machine)
        }
        feed(.define(loaded.definitions))
    }

    mutating func feed(_ event: UnitEvent) {
        pending.append(event)
        while !pending.isEmpty {
            let next = pending.removeFirst()
            for action in set.handle(next, at: now) { carryOut(action) }
        }
    }

    /// `start web`: the answer.
    @discardableResult
    mutating func ask(_ request: String, _ mode: JobMode = .replace) -> UnitAnswer? {
        let words = request.split(separator: " ").map(String.init)
        guard words.count == 2, let type = JobType(rawValue: words[0]) else {
            Issue.record("not a request: \(request)")
            return nil
        }
        let tag = UInt64(answers.count + 1)
        feed(.request(UnitRequest(type, UnitGraph.Unit.full(words[1]), mode: mode, tag: tag)))
        return answers[tag]
    }

    private mutating func carryOut(_ action: UnitAction) {
        func short(_ name: String) -> String { UnitGraph.Unit.short(name) }
        switch action {
        case .answered(let tag, let answer): answers[tag] = answer
        case .check(let job, let unit):
            var check = UnitCheck(stamp: stamps[unit])
            if unmet.contains(short(unit)) { check.conditionsHold = false }
            if unasserted.contains(short(unit)) { check.assertionsHold = false }
            pending.append(.checked(job, check))
        case .service(let unit, let action): carryOut(action, unit)
        case .setTimer(let timer, let deadline, _): timers[timer] = deadline
        case .writeStamp(let unit, let time): stamps[unit] = time
        case .jobQueued: break
        case .jobFinished(_, let unit, let type, let result):
            trace.append("\(short(unit))/\(type.rawValue) \(result.rawValue)")
        case .stateChanged(let unit, let state, _): trace.append("\(short(unit)) \(state.rawValue)")
        case .allStopped: trace.append("all stopped")
        case .log(_, let unit, let text): lines.append("\(short(unit)): \(text)")
        }
    }

    private mutating func carryOut(_ action: ServiceAction, _ unit: String) {
        switch action {
        case .spawn(let role, _):
            trace.append("spawn \(UnitGraph.Unit.short(unit))")
            if broken.contains(UnitGraph.Unit.short(unit)) {
                pending.append(
                    .service(unit, .spawnFailed(role, SpawnFailure(exitStatus: 203, message: "no such program"))))
            } else {
                nextPID += 1
                if role == .main { pids[unit] = nextPID }
                pending.append(.service(unit, .spawned(role, pid: nextPID)))
            }
        case .kill:
            let isThere = pids[unit] != nil
            pending.append(.service(unit, .signalled(waiting: isThere)))
            if isThere { end(unit, .killed(.terminate)) }
        case .setTimer(let timer, let deadline): serviceTimers[unit, default: [:]][timer] = deadline
        case .findMainPID: pending.append(.service(unit, .mainPIDFound(nil, treeIsEmpty: false)))
        case .watchBusName: pending.append(.service(unit, .busName(.unavailable)))
        case .started: started.append(UnitGraph.Unit.short(unit))
        case .passed, .restartDue: Issue.record("the set keeps \(action) to itself")
        case .signalMain, .signalControl, .abandonControl, .reloaded, .finished, .log: break
        }
    }

    /// The main process of a unit ends, and nothing is left of it.
    private mutating func end(_ unit: String, _ end: ProcessEnd) {
        pids[unit] = nil
        pending.append(.service(unit, .processEnded(.main, end)))
        pending.append(.service(unit, .treeEmpty))
    }

    mutating func crash(_ name: String) { exit(name, .killed(.kill)) }

    mutating func exit(_ name: String, _ end: ProcessEnd) {
        let unit = UnitGraph.Unit.full(name)
        pids[unit] = nil
        feed(.service(unit, .processEnded(.main, end)))
        feed(.service(unit, .treeEmpty))
    }

    /// The state timer of a service passes: `RestartSec=`, a timeout.
    mutating func elapse(_ name: String) {
        let unit = UnitGraph.Unit.full(name)
        guard let deadline = serviceTimers[unit]?[.state] else {
            Issue.record("\(name) has no timer")
            return
        }
        now.realtime += deadline.microseconds - min(deadline.microseconds, now.monotonic.microseconds)
        now.monotonic = max(now.monotonic, deadline)
        serviceTimers[unit]?[.state] = nil
        feed(.service(unit, .timerElapsed(.state)))
    }

    mutating func pass(_ microseconds: UInt64) {
        now.monotonic = now.monotonic.saturating(microseconds)
        now.realtime += microseconds
    }

    func state(_ name: String) -> ActiveState? { set.status(of: UnitGraph.Unit.full(name))?.activeState }
    func subState(_ name: String) -> String? { set.status(of: UnitGraph.Unit.full(name))?.subState }

    /// What has happened since the last time.
    mutating func happened() -> [String] {
        defer { trace = [] }
        return trace
    }
}
