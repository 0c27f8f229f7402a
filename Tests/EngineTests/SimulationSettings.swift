// The settings of a simulated unit that are more than one main process and its restart.
import Units

@testable import Engine

enum SimulationSettings {
    /// Lists of commands, mostly short.
    static func addCommands(_ unit: inout ServiceUnit, _ random: inout SplitMix64) {
        func list(_ name: String) -> [ExecCommand] {
            (0..<random.pick([0, 0, 0, 0, 1, 2])).map { index in
                var command = ExecCommand(path: "/bin/\(name)\(index)", arguments: [name])
                command.ignoreFailure = random.once(in: 4)
                return command
            }
        }
        unit.execCondition = list("condition")
        unit.execStartPre = list("pre")
        unit.execStartPost = list("post")
        unit.execStop = list("stop")
        unit.execStopPost = list("stop-post")
        if unit.type == .oneshot { unit.execStart += list("more") }
    }

    /// What depends on the type.
    static func complete(_ unit: inout ServiceUnit, _ random: inout SplitMix64) {
        if unit.type == .oneshot, unit.restart == .always || unit.restart == .onSuccess { unit.restart = .onFailure }
        if unit.type == .dbus { unit.busName = "org.example.Simulated" }
        if unit.type == .forking && random.once(in: 2) { unit.pidFile = "/run/simulated.pid" }
        unit.guessMainPID = !random.once(in: 3)
        unit.remainAfterExit = random.once(in: 5)
        if unit.type != .oneshot && random.once(in: 5) { unit.exitType = .cgroup }
        unit.timeoutStartFailureMode = random.pick([.terminate, .terminate, .abort, .kill])
        unit.timeoutStopFailureMode = random.pick([.terminate, .terminate, .abort, .kill])
        unit.restartMode = random.pick([.normal, .direct])
        if random.once(in: 3) {
            unit.restartSteps = random.pick([1, 3])
            unit.restartMaxDelay = .seconds(20)
        }
    }
}

extension Simulation {
    mutating func randomMessage() -> ServiceNotification {
        var message = ServiceNotification()
        switch random.next() % 12 {
        case 0: message.reloading = true
        case 1: message = .reloadingSent
        case 2: message.ready = true
        case 3: message.stopping = true
        case 4: message.watchdogTrigger = random.once(in: 3)
        case 5: message.watchdogInterval = random.pick([.zero, .seconds(1), .seconds(60), .infinity])
        case 6: message.extendTimeout = random.pick([.zero, .seconds(1), .seconds(30)])
        case 7: message.mainPID = 1
        case 8: message.status = "busy"
        default: message.watchdogPing = true
        }
        if random.once(in: 6) { message.ready = true }
        return message
    }
}
