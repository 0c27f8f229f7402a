// Every event against every state of every Type=: where it leads, and that what means nothing changes nothing.
import Testing
import Units

@testable import Engine

/// The events of the table by a short name.
private enum Column: String, CaseIterable {
    case start, stop, reload, exit0, exit1, reloadEnds, waiting, nobody, empty, ready, reloading, stopping, ping,
        trigger
    case stateTimer, watchdogTimer, runtimeTimer

    var event: ServiceEvent {
        switch self {
        case .start: .startRequested
        case .stop: .stopRequested
        case .reload: .reloadRequested
        case .exit0: .processEnded(.main, .exited(0))
        case .exit1: .processEnded(.main, .exited(1))
        case .reloadEnds: .processEnded(.control(.reload, 0), .exited(0))
        case .waiting: .signalled(waiting: true)
        case .nobody: .signalled(waiting: false)
        case .empty: .treeEmpty
        case .ready: .notified(.readySent)
        case .reloading: .notified(.reloadingSent)
        case .stopping: .notified(.stoppingSent)
        case .ping: .notified(.ping)
        case .trigger: .notified(.trigger)
        case .stateTimer: .timerElapsed(.state)
        case .watchdogTimer: .timerElapsed(.watchdog)
        case .runtimeTimer: .timerElapsed(.runtime)
        }
    }
}

/// The types whose main process is what ExecStart= runs until it is ready; the others are in CommandTests.swift.
private let daemonTypes: [ServiceType] = [.simple, .exec, .notify, .notifyReload]

/// Where an event leads; what is not in a row leaves the state as it is.
private func row(_ state: ServiceState, _ type: ServiceType) -> [Column: ServiceState] {
    let ended: [Column: ServiceState] = [.exit0: .finalSigterm, .exit1: .finalSigterm]
    let expired: [Column: ServiceState] = [.trigger: .stopWatchdog, .watchdogTimer: .stopWatchdog]
    let stopped: [Column: ServiceState] = [.stop: .stopSigterm, .stopping: .stopSigterm]
    let up = [ended, expired, stopped, [.runtimeTimer: .stopSigterm]].reduce(into: [:]) { $0.merge($1) { $1 } }
    func with(_ base: [Column: ServiceState], _ more: [Column: ServiceState]) -> [Column: ServiceState] {
        base.merging(more) { $1 }
    }
    switch state {
    case .dead, .failed: return [.start: .start]
    case .start:
        // STOPPING=1 is remembered: it may never come to anything that could be stopped.
        var result = with(with(ended, expired), [.stop: .stopSigterm, .stateTimer: .stopSigterm])
        switch type {
        // Its process is not there yet, or the state would be over.
        case .simple, .idle, .forking, .oneshot, .dbus: (result[.exit0], result[.exit1]) = (nil, nil)
        case .exec: result[.stateTimer] = .running
        case .notify, .notifyReload: result[.ready] = .running
        }
        return result
    case .running: return with(up, [.reload: .reload, .reloading: .reloadNotify])
    case .reload:
        // The command that runs is awaited, also when the main process is gone.
        let next: ServiceState = type == .notifyReload ? .reloadSignal : .running
        return with(
            up, [.stateTimer: .running, .reloadEnds: next, .exit0: .reload, .exit1: .reload, .stopping: .reload])
    case .reloadSignal: return with(up, [.stateTimer: .running, .reloading: .reloadNotify])
    case .reloadNotify: return with(up, [.stateTimer: .running, .ready: .running])
    case .stopWatchdog:
        return with(ended, [.nobody: .stopSigkill, .stateTimer: .stopSigkill, .stop: .stopSigterm])
    case .stopSigterm: return with(ended, [.nobody: .stopSigkill, .stateTimer: .stopSigkill])
    case .stopSigkill: return with(ended, [.nobody: .finalSigterm, .stateTimer: .finalSigterm])
    case .finalSigterm:
        // Had the main process ended with status 0, and nothing else gone wrong, the service is dead, not failed.
        return [.nobody: .finalSigkill, .empty: .dead, .stateTimer: .finalSigkill]
    case .finalSigkill: return [.nobody: .failed, .empty: .failed, .stateTimer: .failed]
    case .autoRestart: return [.stop: .dead, .stateTimer: .start]
    case .condition, .startPre, .startPost, .exited, .stop, .stopPost, .finalWatchdog, .deadBeforeAutoRestart,
        .failedBeforeAutoRestart, .autoRestartQueued:
        return [:]
    }
}

@Suite struct StateTableTests {
    @Test(arguments: ServiceState.allCases, daemonTypes)
    func everyEventInEveryState(_ state: ServiceState, _ type: ServiceType) {
        let expected = row(state, type)
        for column in Column.allCases {
            guard var harness = Harness.reaching(state, type) else { return }
            let before = harness.machine
            let actions = harness.feed(column.event)
            let next = expected[column] ?? state
            #expect(harness.state == next, "Type=\(type.rawValue): \(column.rawValue) in \(state)")
            // What happens only at a change of state.
            if next == state && !(state == .reload && column == .exit1) {
                #expect(actions.kills.isEmpty && actions.finished == nil, "\(column.rawValue) in \(state)")
                #expect(harness.machine.result == before.result, "\(column.rawValue) in \(state)")
            }
            #expect((actions.finished != nil) == (next != state && (next == .dead || next == .failed)))
            if let result = actions.finished { #expect(result == harness.machine.result) }
            #expect(actions.spawned.isEmpty || next == .start || next == .reload)
            #expect(harness.machine.actions.count <= 12)
        }
    }

    /// A stop, from wherever, and everything it may meet, comes to an end when nobody resists.
    @Test(arguments: ServiceState.allCases, daemonTypes)
    func stopFromEveryState(_ state: ServiceState, _ type: ServiceType) {
        let policy: RestartPolicy = state == .failed ? .no : .always
        guard var harness = Harness.reaching(state, type, { $0.restart = policy }) else { return }
        harness.feed(.stopRequested)
        harness.feed(.processEnded(.control(.reload, 0), .killed(.terminate)))
        for _ in 0..<4 {
            if harness.machine.mainPID != nil {
                harness.feed(.processEnded(.main, .killed(.terminate)))
            } else {
                // The process of a simple service may not be there yet; the manager finds nobody.
                harness.feed(.treeEmpty)
            }
        }
        #expect([.dead, .failed].contains(harness.state), "stopped in \(state)")
        #expect(harness.machine.mainPID == nil)
        #expect(harness.feed(.timerElapsed(.state)).isEmpty)
        #expect(harness.feed(.timerElapsed(.watchdog)).isEmpty)
    }

    /// Anything at all may be heard in any state: nothing crashes, and no timer runs where nothing waits.
    @Test(arguments: ServiceState.allCases)
    func pairsOfEvents(_ state: ServiceState) {
        for type in daemonTypes {
            for first in Column.allCases {
                for second in Column.allCases {
                    guard var harness = Harness.reaching(state, type) else { return }
                    harness.feed(first.event)
                    let after = harness.feed(second.event)
                    if [.dead, .failed, .running].contains(harness.state) {
                        #expect(harness.machine.stateDeadline == nil, "\(first), \(second) in \(state)")
                    }
                    #expect(after.spawned.count <= 1 && after.kills.count <= 1)
                }
            }
        }
    }

    /// A timer that could not be set elapses at once, before the process it guards is known to run.
    @Test func answersThatComeLate() {
        var harness = Harness(makeUnit(.notify))
        harness.feed([.startRequested, .timerElapsed(.state)])
        #expect(harness.state == .stopSigterm)
        harness.feed(.spawned(.main, pid: Harness.pid))
        #expect(harness.state == .stopSigterm)
        #expect(harness.machine.mainPID == Harness.pid)
        #expect(harness.end(.killed(.terminate)).finished == .timeout)

        harness = Harness(makeUnit(.notify))
        harness.feed([.startRequested, .timerElapsed(.state)])
        let actions = harness.feed(.spawnFailed(.main, SpawnFailure(exitStatus: 203, message: "no")))
        #expect(harness.state == .finalSigterm && actions.kills.count == 1)
        #expect(harness.machine.result == .timeout)

        harness = Harness(makeUnit(.notify) { $0.execReload = [reloader] })
        harness.run()
        harness.feed([.reloadRequested, .timerElapsed(.state)])
        #expect(harness.feed(.spawned(.control(.reload, 0), pid: 5)) == [.signalControl(.kill), .abandonControl])
        #expect(harness.state == .running)
    }

    /// The answer to an earlier request says nothing of a later one, which means more processes.
    @Test func onlyTheLastAnswerCounts() {
        var harness = Harness(makeUnit(.notify) { $0.killMode = .mixed })
        harness.run()
        harness.feed([.processEnded(.main, .exited(0)), .timerElapsed(.state)])
        #expect(harness.state == .finalSigkill)
        harness.feed(.signalled(waiting: false))
        #expect(harness.state == .finalSigkill)
        harness.feed(.signalled(waiting: true))
        #expect(harness.state == .finalSigkill)
        #expect(harness.feed(.treeEmpty).finished == .timeout)
    }

    @Test func startOfEachType() {
        let at = seconds(190)
        for type in daemonTypes {
            var harness = Harness(makeUnit(type) { $0.watchdog = .seconds(3) })
            #expect(harness.feed(.startRequested) == [timer(.state, at), .spawn(.main, program)])
            #expect(harness.state == .start && harness.machine.mainPID == nil)
            let running = [timer(.watchdog, seconds(103)), timer(.state, nil), timer(.runtime, nil), .started]
            switch type {
            case .simple, .idle, .forking, .oneshot, .dbus:
                #expect(harness.feed(.spawned(.main, pid: 7)) == running)
            case .exec:
                let settled = Instant(microseconds: 100_100_000)
                #expect(harness.feed(.spawned(.main, pid: 7)) == [timer(.state, settled)])
                #expect(harness.state == .start)
                #expect(harness.feed(.notified(.readySent)).isEmpty)
                #expect(harness.feed(.timerElapsed(.state)) == running)
            case .notify, .notifyReload:
                #expect(harness.feed(.spawned(.main, pid: 7)).isEmpty)
                #expect(harness.state == .start)
                #expect(harness.feed(.notified(.readySent)) == running)
            }
            #expect(harness.state == .running && harness.machine.hasBeenActive && harness.machine.mainPID == 7)
        }
    }

    @Test func settling() {
        var harness = Harness(makeUnit(.exec) { $0.startSettle = .zero })
        harness.feed(.startRequested)
        #expect(harness.feed(.spawned(.main, pid: 7)).contains(.started))

        // It fails within the time that it must live to count as started.
        harness = Harness(makeUnit(.exec) { $0.restart = .always }, endsWhenFirstStartFails: true)
        harness.feed([.startRequested, .spawned(.main, pid: 7)])
        #expect(harness.end(.exited(3)).finished == .exitCode)
        #expect(!harness.machine.hasBeenActive && harness.machine.exitStatus == 3)

        // The start times out before it has settled.
        harness = Harness(
            makeUnit(.exec) {
                $0.startSettle = .seconds(10)
                $0.timeoutStart = .seconds(1)
            })
        harness.feed(.startRequested)
        #expect(harness.feed(.spawned(.main, pid: 7)) == [timer(.state, seconds(101))])
        harness.feed(.timerElapsed(.state))
        #expect(harness.state == .stopSigterm && harness.machine.result == .timeout)
    }

    @Test func activeStates() {
        let expected: [ActiveState: [ServiceState]] = [
            .inactive: [.dead, .deadBeforeAutoRestart],
            .activating: [.condition, .startPre, .start, .startPost, .autoRestart, .autoRestartQueued],
            .active: [.running, .exited], .reloading: [.reload, .reloadSignal, .reloadNotify],
            .failed: [.failed, .failedBeforeAutoRestart],
            .deactivating: [
                .stop, .stopWatchdog, .stopSigterm, .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm,
                .finalSigkill,
            ],
        ]
        for (active, states) in expected { for state in states { #expect(state.active == active) } }
        #expect(expected.values.joined().count == ServiceState.allCases.count)
    }
}
