// What must hold in every history: checked from outside, with a bookkeeping of its own.
import Units

@testable import Engine

/// The invariants of a simulated service.
struct SimulationMonitor {
    let unit: ServiceUnit
    /// READY=1 was said by the process of the present start.
    var saidReady = false
    /// A timer could not be set and elapsed at once: what must not come too early may, this once.
    var timerFailed = false
    private(set) var hasFinished = false
    private var endedByFault = false
    private var stopSince: UInt64?
    private var stopExtended: UInt64 = 0
    private var restartSince: UInt64?
    private var windowBegin: UInt64?
    private var windowCount: UInt32 = 0

    init(unit: ServiceUnit) {
        self.unit = unit
    }

    /// The service asked for more time to stop: it is granted, as systemd does.
    mutating func granted(_ extra: TimeSpan, at now: UInt64) {
        guard let stopSince else { return }
        stopExtended = max(stopExtended, now - stopSince + extra.microseconds)
    }

    /// After one event.
    mutating func check(
        _ world: Simulation, event: ServiceEvent, before: ServiceState, actions: [ServiceAction]
    ) throws(SimulationFailure) {
        let machine = world.machine
        let state = machine.state
        if hasFinished, let action = actions.first(where: { !$0.isLog }) {
            throw world.failure("\(action) is asked for after the end")
        }
        guard actions.count <= 16 else { throw world.failure("\(actions.count) actions at once") }
        let answers = actions.filter { if case .kill = $0 { true } else { !$0.isLog && [$0].spawned.count == 1 } }
        guard answers.count <= 1 else { throw world.failure("two effects with an answer at once: \(answers)") }

        // A start is counted when it begins, also where a condition comes first.
        if [.rest, .waiting].contains(before.phase), state.phase == .starting { try checkStart(world) }
        for action in actions {
            switch action {
            case .spawn(.main, _): break
            case .spawn(.control(let list, _), _):
                guard state == list.state else { throw world.failure("\(list) in the state \(state.rawValue)") }
                guard !world.processes.values.contains(where: { $0.role.isControl }) || abandons(actions) else {
                    throw world.failure("two commands at once")
                }
            case .started:
                if unit.type != .oneshot && !unit.remainAfterExit
                    && ![.active, .reloading, .deactivating].contains(state.active)
                {
                    throw world.failure("started, but not running")
                }
                if unit.type == .notify || unit.type == .notifyReload, !saidReady {
                    throw world.failure("started without READY=1")
                }
            case .finished(let result):
                guard result == machine.result, state == .dead || state == .failed else {
                    throw world.failure("finished with \(result) in the state \(state.rawValue)")
                }
                hasFinished = true
                endedByFault = timerFailed
            case .reloaded, .kill, .signalMain, .signalControl, .setTimer, .log, .abandonControl, .findMainPID,
                .watchBusName,
                .passed, .restartDue:
                break
            }
        }
        // Whoever waits for a reload hears of its end.
        if before.active == .reloading && state.active != .reloading {
            guard actions.contains(where: { if case .reloaded = $0 { true } else { false } }) else {
                throw world.failure("a reload ended without a word")
            }
        }
        if event == .stopRequested && ![.deactivating, .inactive, .failed].contains(state.active) {
            throw world.failure("asked to stop, it is \(state.rawValue)")
        }
        if event == .stopRequested && !machine.stopWanted { throw world.failure("a stop is forgotten") }
        if state == .autoRestart && before != .autoRestart {
            restartSince = world.now
            if machine.stopWanted { throw world.failure("a restart of what was told to stop") }
        }
        if state.active == .deactivating {
            if stopSince == nil { (stopSince, stopExtended) = (world.now, 0) }
        } else {
            stopSince = nil
        }
    }

    private func abandons(_ actions: [ServiceAction]) -> Bool { actions.contains(.abandonControl) }

    private mutating func checkStart(_ world: Simulation) throws(SimulationFailure) {
        // KillMode=none leaves even the main process alive: that is what the manual warns of.
        // Nor does anything end what is stuck in the kernel, and the service is to run.
        let left = world.processes.values.filter { !$0.isStuck }
        if unit.killMode != .none, left.contains(where: { $0.role == .main }) {
            throw world.failure("two main processes")
        }
        if unit.killMode == .controlGroup || unit.killMode == .mixed, unit.sendSIGKILL, !left.isEmpty {
            throw world.failure("a restart beside \(left.count) processes of the last run")
        }
        if let since = restartSince, unit.restartDelay != .infinity, !timerFailed {
            guard world.now >= since + unit.restartDelay.microseconds else {
                throw world.failure("restarted \(world.now - since) µs after its end, before RestartSec=")
            }
        }
        restartSince = nil
        guard unit.startLimitInterval != .zero, unit.startLimitBurst > 0 else { return }
        let isOver =
            windowBegin.map {
                unit.startLimitInterval != .infinity && world.now > $0 + unit.startLimitInterval.microseconds
            }
            ?? true
        if isOver { (windowBegin, windowCount) = (world.now, 0) }
        windowCount += 1
        guard windowCount <= unit.startLimitBurst else { throw world.failure("started beyond the start limit") }
    }

    /// When everything that an event led to has been done.
    mutating func checkRest(_ world: Simulation) throws(SimulationFailure) {
        timerFailed = false
        let machine = world.machine
        let state = machine.state
        if world.timers[.state] != nil {
            switch state {
            case .dead, .running, .exited, .failed: throw world.failure("a state timer in \(state.rawValue)")
            case .condition, .startPre, .start, .startPost, .reload, .reloadSignal, .reloadNotify, .stop, .stopWatchdog,
                .stopSigterm, .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm, .finalSigkill,
                .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued:
                break
            }
        }
        for timer in [ServiceTimer.watchdog, .runtime] where world.timers[timer] != nil {
            switch state.active {
            case .active, .reloading: break
            case .activating where state == .start || state == .startPost: break
            case .activating, .inactive, .failed, .deactivating:
                throw world.failure("the timer \(timer) in \(state.rawValue)")
            }
        }
        if state.active == .deactivating {
            // A stopping state without a timer would wait for ever.
            guard world.timers[.state] != nil else { throw world.failure("nothing ends \(state.rawValue)") }
            let abort = max(unit.timeoutAbort ?? unit.timeoutStop, unit.timeoutStop).microseconds
            // Twice, before and after ExecStopPost=, with their commands.
            let commands = UInt64(unit.execStop.count + unit.execStopPost.count)
            let bound = 2 * abort + (5 + commands) * unit.timeoutStop.microseconds
            if let stopSince, world.now > stopSince + bound + stopExtended {
                throw world.failure("stopping for \(world.now - stopSince) µs, longer than its timeouts together")
            }
        }
        switch state.phase {
        case .up where unit.type == .forking || unit.exitType == .cgroup || unit.remainAfterExit: break
        case .up:
            guard machine.mainPID != nil || world.processes.values.contains(where: { $0.role.isControl }) else {
                throw world.failure("\(state.rawValue) without a main process")
            }
        case .rest, .waiting:
            guard machine.mainPID == nil, machine.control == nil else {
                throw world.failure("\(state.rawValue) with a process")
            }
        case .starting, .stopping, .ending: break
        }
        guard (machine.exitStatus == 0) == machine.result.isGood else {
            throw world.failure("exit status \(machine.exitStatus) for \(machine.result)")
        }
        if state == .failed && machine.result == .success { throw world.failure("failed with success") }
        guard machine.actions.capacity <= 64 else { throw world.failure("actions pile up") }
    }

    /// At the end: who must be gone is gone.
    func checkEnd(_ world: Simulation) throws(SimulationFailure) {
        guard world.timers.isEmpty else { throw world.failure("timers after the end: \(world.timers)") }
        // What nothing can kill was given up on, with the result that says so, unless an earlier cause is told.
        let result = world.machine.result
        let left = world.processes.filter { _, process in
            // Given up on because a timer elapsed at once: SIGKILL is sent, but has not had its time.
            if process.isStuck || endedByFault { return false }
            switch unit.killMode {
            case .controlGroup: return true
            case .mixed: return unit.sendSIGKILL || process.role != .other
            case .process: return process.role != .other
            case .none: return false
            }
        }
        if unit.sendSIGKILL && !left.isEmpty { throw world.failure("left alive: \(left)") }
        // Without SIGKILL something may stay, but then it is not called a success.
        if !unit.sendSIGKILL && !left.isEmpty && result == .success {
            throw world.failure("left alive, a success: \(left)")
        }
    }
}
