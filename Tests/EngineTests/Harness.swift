// What the tests of the engine share: a unit in one line, a machine with a clock, and every state by its usual way.
import Testing
import Units

@testable import Engine

/// The program of every unit here; nothing is ever executed.
let program = ExecCommand(path: "/bin/service", arguments: ["service"])
let reloader = ExecCommand(path: "/bin/reloader", arguments: ["reloader"])

func makeUnit(_ type: ServiceType = .notify, _ change: (inout ServiceUnit) -> Void = { _ in }) -> ServiceUnit {
    var unit = ServiceUnit(name: UnitName(unchecked: "test.service"))
    unit.type = type
    unit.execStart = [program]
    change(&unit)
    return unit
}

func seconds(_ value: UInt64) -> Instant { Instant(microseconds: value * 1_000_000) }

extension ServiceNotification {
    init(_ change: (inout ServiceNotification) -> Void) {
        self.init()
        change(&self)
    }

    static let readySent = ServiceNotification { $0.ready = true }
    static let stoppingSent = ServiceNotification { $0.stopping = true }
    static let ping = ServiceNotification { $0.watchdogPing = true }
    static let trigger = ServiceNotification { $0.watchdogTrigger = true }
    static let reloadingSent = ServiceNotification {
        $0.reloading = true
        $0.reloadingSince = seconds(1000)
    }
}

/// A machine whose clock the test turns by hand. Log lines are kept apart: what is done is compared, not what is said.
struct Harness {
    var machine: ServiceMachine
    var now: Instant
    var log: [String] = []
    var state: ServiceState { machine.state }
    static let pid: Int32 = 4711

    init(_ unit: ServiceUnit, endsWhenFirstStartFails: Bool = false, at now: Instant = seconds(100)) {
        machine = ServiceMachine(unit: unit, endsWhenFirstStartFails: endsWhenFirstStartFails)
        self.now = now
    }

    @discardableResult
    mutating func feed(_ event: ServiceEvent) -> [ServiceAction] {
        machine.handle(event, at: now).filter { action in
            guard case .log(_, let text) = action else { return true }
            log.append(text)
            return false
        }
    }

    mutating func feed(_ events: [ServiceEvent]) {
        for event in events { feed(event) }
    }

    mutating func pass(_ microseconds: UInt64) {
        now = Instant(microseconds: now.microseconds + microseconds)
    }

    /// Starts, runs the program and is ready, whatever the type asks for that.
    mutating func run() {
        feed(.startRequested)
        if machine.unit.type == .forking {
            feed([.spawned(.control(.start, 0), pid: 9), .processEnded(.control(.start, 0), .exited(0))])
            feed(.mainPIDFound(Harness.pid, treeIsEmpty: false))
        } else {
            feed(.spawned(.main, pid: Harness.pid))
        }
        switch machine.unit.type {
        case .simple, .idle, .forking, .oneshot: break
        case .dbus: feed(.busName(.owned))
        case .exec: if machine.state == .start { feed(.timerElapsed(.state)) }
        case .notify, .notifyReload: feed(.notified(.readySent))
        }
        #expect(machine.state == .running)
    }

    /// The main process ends and nothing else is left.
    @discardableResult
    mutating func end(_ end: ProcessEnd) -> [ServiceAction] {
        feed(.processEnded(.main, end)) + feed(.treeEmpty)
    }

    /// A machine in a certain state, reached by events alone; nil where the type has no such state.
    static func reaching(
        _ state: ServiceState, _ type: ServiceType, _ change: (inout ServiceUnit) -> Void = { _ in }
    ) -> Harness? {
        var unit = makeUnit(type) {
            $0.watchdog = .seconds(10)
            $0.runtimeMax = .seconds(1000)
            $0.execReload = [reloader]
            if state == .reloadSignal { $0.execReload = [] }
            if state == .autoRestart { $0.restart = .always }
        }
        change(&unit)
        if state == .reloadSignal && type != .notifyReload { return nil }
        // It runs in `start`, and restarts by failing: its ways are tested by themselves.
        if type == .oneshot { return nil }
        if type == .dbus { unit.busName = "org.example.Test" }
        var harness = Harness(unit)
        switch state {
        case .dead: break
        case .start:
            if type == .forking || type == .idle { return nil }
            harness.feed(.startRequested)
            // A simple service leaves this state when its process is there.
            if type != .simple { harness.feed(.spawned(.main, pid: pid)) }
        case .running: harness.run()
        case .reload:
            harness.run()
            harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: pid + 1)])
        case .reloadSignal:
            harness.run()
            harness.feed(.reloadRequested)
        case .reloadNotify:
            harness.run()
            harness.feed(.notified(.reloadingSent))
        case .stopWatchdog:
            harness.run()
            harness.feed([.timerElapsed(.watchdog), .signalled(waiting: true)])
        case .stopSigterm:
            harness.run()
            harness.feed([.stopRequested, .signalled(waiting: true)])
        case .stopSigkill:
            harness.run()
            harness.feed([.stopRequested, .signalled(waiting: true), .timerElapsed(.state), .signalled(waiting: true)])
        case .finalSigterm:
            harness.run()
            harness.feed([.processEnded(.main, .exited(0)), .signalled(waiting: true)])
        case .finalSigkill:
            harness.run()
            harness.feed([
                .processEnded(.main, .exited(0)), .signalled(waiting: true), .timerElapsed(.state),
                .signalled(waiting: true),
            ])
        case .failed where type == .forking: return nil
        case .failed:
            harness.feed(.startRequested)
            harness.feed([.spawnFailed(.main, SpawnFailure(exitStatus: 203, message: "no")), .treeEmpty])
        case .autoRestart:
            harness.run()
            harness.end(.exited(0))
        // By way of commands, or passed through: see CommandTests.
        case .condition, .startPre, .startPost, .exited, .stop, .stopPost, .finalWatchdog, .deadBeforeAutoRestart,
            .failedBeforeAutoRestart, .autoRestartQueued:
            return nil
        }
        #expect(harness.state == state, "the way to \(state) for Type=\(type.rawValue) leads to \(harness.state)")
        harness.log = []
        return harness
    }
}

/// Timers and signals as a test writes them.
func timer(_ timer: ServiceTimer, _ at: Instant?) -> ServiceAction { .setTimer(timer, at) }

func kill(_ signal: Signal, main: Bool = true, rest: Bool = true, hangup: Bool = false) -> ServiceAction {
    .kill(KillRequest(signal: signal, hangup: hangup, main: main, rest: rest))
}

extension [ServiceAction] {
    var kills: [KillRequest] {
        compactMap { if case .kill(let request) = $0 { request } else { nil } }
    }
    var finished: ServiceResult? {
        for case .finished(let result) in self { return result }
        return nil
    }
    var spawned: [ProcessRole] {
        compactMap { if case .spawn(let role, _) = $0 { role } else { nil } }
    }
    var passed: [ServiceState] {
        compactMap { if case .passed(let state) = $0 { state } else { nil } }
    }
    func deadline(_ timer: ServiceTimer) -> Instant? {
        last { if case .setTimer(timer, _) = $0 { true } else { false } }.flatMap {
            if case .setTimer(_, let deadline) = $0 { deadline } else { nil }
        }
    }
}
