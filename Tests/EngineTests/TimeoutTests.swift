// What follows when a state takes too long, state by state, as in systemd's service_dispatch_timer; and what lengthens it.
import Testing
import Units

@testable import Engine

private func command(_ name: String) -> ExecCommand { ExecCommand(path: "/bin/\(name)", arguments: [name]) }

extension Harness {
    /// A service with a command in every list, in a state with a timeout.
    fileprivate static func waiting(in state: ServiceState, _ change: (inout ServiceUnit) -> Void = { _ in }) -> Harness
    {
        var harness = Harness(
            makeUnit(.notify) {
                $0.execStartPre = [command("pre")]
                $0.execStartPost = [command("post")]
                $0.execReload = [command("reload")]
                $0.execStop = [command("stop")]
                $0.execStopPost = [command("stop-post")]
                $0.execCondition = [command("condition")]
                change(&$0)
            })
        func run(_ list: CommandList) -> [ServiceEvent] {
            [.spawned(.control(list, 0), pid: 5), .processEnded(.control(list, 0), .exited(0))]
        }
        func begin(_ list: CommandList) -> [ServiceEvent] { [.spawned(.control(list, 0), pid: 5)] }
        let started: [ServiceEvent] =
            [.startRequested] + run(.condition) + run(.startPre)
            + [.spawned(.main, pid: pid), .notified(.readySent)] + run(.startPost)
        let sent = [ServiceEvent.signalled(waiting: true)]
        let ended: [ServiceEvent] = [.processEnded(.main, .exited(0))]
        switch state {
        case .condition: harness.feed([.startRequested] + begin(.condition))
        case .startPre: harness.feed([.startRequested] + run(.condition) + begin(.startPre))
        case .start: harness.feed([.startRequested] + run(.condition) + run(.startPre) + [.spawned(.main, pid: pid)])
        case .startPost: harness.feed(started.dropLast(1))
        case .running: harness.feed(started)
        case .reload: harness.feed(started + [.reloadRequested] + begin(.reload))
        case .reloadNotify: harness.feed(started + [.notified(.reloadingSent)])
        case .stop: harness.feed(started + [.stopRequested] + begin(.stop))
        case .stopSigterm: harness.feed(started + [.stopRequested] + run(.stop) + sent)
        case .stopWatchdog: harness.feed(started + [.timerElapsed(.watchdog)] + sent)
        case .stopSigkill:
            harness.feed(started + [.oomKilled] + run(.stop) + [.oomKilled] + sent)
        case .stopPost: harness.feed(started + [.stopRequested] + run(.stop) + sent + ended + begin(.stopPost))
        case .finalSigterm: harness.feed(started + [.stopRequested] + run(.stop) + sent + ended + run(.stopPost) + sent)
        case .finalWatchdog:
            harness.machine.unit.timeoutStopFailureMode = .abort
            harness.feed(
                started + [.stopRequested] + run(.stop) + sent + ended + begin(.stopPost) + [.timerElapsed(.state)]
                    + sent)
        case .finalSigkill:
            harness.feed(
                started + [.stopRequested] + run(.stop) + sent + ended + run(.stopPost) + sent + [.oomKilled] + sent)
        case .dead, .exited, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart,
            .autoRestartQueued,
            .reloadSignal:
            break
        }
        #expect(harness.state == state, "the way to \(state) leads to \(harness.state)")
        change(&harness.machine.unit)
        return harness
    }
}

@Suite struct TimeoutTests {
    private enum Mode: CaseIterable {
        case terminate, abort, kill, killForbidden, terminateForbidden, abortForbidden

        var mode: TimeoutFailureMode {
            switch self {
            case .terminate, .terminateForbidden: .terminate
            case .abort, .abortForbidden: .abort
            case .kill, .killForbidden: .kill
            }
        }
        var sends: Bool { [.terminate, .abort, .kill].contains(self) }
    }

    /// Where a timeout leads with `TimeoutStartFailureMode=`, `TimeoutStopFailureMode=` and `SendSIGKILL=`.
    private static func next(_ state: ServiceState, _ mode: Mode) -> ServiceState {
        let sends = mode.sends
        switch state {
        case .condition, .startPre, .start, .startPost, .stop:
            switch mode.mode {
            case .terminate: return .stopSigterm
            case .abort: return .stopWatchdog
            case .kill: return sends ? .stopSigkill : .stopPost
            }
        case .reload, .reloadNotify: return .running
        case .stopSigterm: return mode.mode == .abort ? .stopWatchdog : sends ? .stopSigkill : .stopPost
        case .stopWatchdog: return sends ? .stopSigkill : .stopPost
        case .stopSigkill: return .stopPost
        case .stopPost:
            switch mode.mode {
            case .terminate: return .finalSigterm
            case .abort: return .finalWatchdog
            case .kill: return sends ? .finalSigkill : .failed
            }
        case .finalSigterm: return mode.mode == .abort ? .finalWatchdog : sends ? .finalSigkill : .failed
        case .finalWatchdog: return sends ? .finalSigkill : .failed
        case .finalSigkill: return .failed
        case .dead, .running, .exited, .reloadSignal, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart,
            .autoRestart, .autoRestartQueued:
            return state
        }
    }

    private static let states: [ServiceState] = [
        .condition, .startPre, .start, .startPost, .reload, .reloadNotify, .stop, .stopSigterm, .stopWatchdog,
        .stopSigkill,
        .stopPost, .finalSigterm, .finalWatchdog, .finalSigkill,
    ]

    @Test(arguments: states)
    func everyTimeoutInEveryMode(_ state: ServiceState) {
        for mode in Mode.allCases {
            var harness = Harness.waiting(in: state) {
                $0.timeoutStartFailureMode = mode.mode
                $0.timeoutStopFailureMode = state == .finalWatchdog && mode.mode != .abort ? .abort : mode.mode
                $0.sendSIGKILL = mode.sends
            }
            harness.feed(.timerElapsed(.state))
            #expect(harness.state == Self.next(state, mode), "\(state) with \(mode)")
            if harness.state != .running {
                #expect([.timeout, .watchdog, .oomKill].contains(harness.machine.result), "\(state) with \(mode)")
                #expect(harness.machine.stateDeadline != nil || harness.state == .failed)
            }
        }
    }

    /// Each state's own time: of the start, of the stop, of an abort.
    @Test(arguments: states)
    func timeoutsOfEveryState(_ state: ServiceState) {
        let harness = Harness.waiting(in: state) {
            $0.timeoutStart = .seconds(11)
            $0.timeoutStop = .seconds(22)
            $0.timeoutAbort = .seconds(33)
        }
        let expected: UInt64 =
            switch state {
            case .condition, .startPre, .start, .startPost, .reload, .reloadNotify: 111
            case .stopWatchdog, .finalWatchdog: 133
            default: 122
            }
        #expect(harness.machine.stateDeadline == seconds(expected))
    }

    /// EXTEND_TIMEOUT_USEC= lengthens whatever runs out, and nothing is made shorter.
    @Test(arguments: states)
    func extensions(_ state: ServiceState) {
        func more(_ count: UInt64) -> ServiceEvent {
            .notified(ServiceNotification { $0.extendTimeout = .seconds(count) })
        }
        var harness = Harness.waiting(in: state)
        let present = harness.machine.stateDeadline
        harness.feed(more(1))
        #expect(harness.machine.stateDeadline == present)
        harness.feed(more(500))
        #expect(harness.machine.stateDeadline == seconds(600))
    }

    /// The state that a datagram leads to is the one that it lengthens.
    @Test func anExtensionWithTheStopThatItIsFor() {
        var harness = Harness.waiting(in: .running)
        let actions = harness.feed(
            .notified(
                ServiceNotification {
                    $0.stopping = true; $0.extendTimeout = .seconds(300)
                }))
        #expect(harness.state == .stopSigterm && actions.deadline(.state) == seconds(400))
        harness = Harness.waiting(in: .running)
        harness.feed(
            .notified(
                ServiceNotification {
                    $0.reloading = true; $0.extendTimeout = .seconds(300)
                }))
        #expect(harness.state == .reloadNotify && harness.machine.stateDeadline == seconds(400))
    }

    @Test func anExtensionIsForTheWatchdogToo() {
        var harness = Harness.waiting(in: .running) {
            $0.watchdog = .seconds(10)
            $0.runtimeMax = .seconds(20)
        }
        harness.feed(.notified(.ping))
        let actions = harness.feed(.notified(ServiceNotification { $0.extendTimeout = .seconds(60) }))
        #expect(actions.deadline(.watchdog) == seconds(160) && actions.deadline(.runtime) == seconds(160))
        #expect(harness.machine.isHealthy(at: seconds(159)) && !harness.machine.isHealthy(at: seconds(160)))
    }

    @Test func theWatchdogWatchesFromTheFirstReadinessOn() {
        let harness = Harness.waiting(in: .startPost) { $0.watchdog = .seconds(10) }
        #expect(harness.machine.watchdogDeadline == seconds(110))
    }

    // MARK: - Out of memory

    @Test(arguments: states + [.running])
    func outOfMemory(_ state: ServiceState) {
        for policy in OOMPolicy.allCases {
            var harness = Harness.waiting(in: state)
            harness.machine.unit.oomPolicy = policy
            let before = harness.machine.result
            harness.feed(.oomKilled)
            let kills = policy == .kill
            let next: ServiceState =
                switch state {
                case .condition, .startPre, .start, .startPost, .stop: kills ? .stopSigkill : .stopSigterm
                // What was up is stopped in order.
                case .running, .reload, .reloadNotify: kills ? .stopSigkill : .stop
                case .stopSigterm, .stopWatchdog, .stopSigkill: .stopSigkill
                default: .finalSigkill
                }
            #expect(harness.state == (policy == .continue ? state : next), "\(policy) in \(state)")
            let result = policy == .continue || before != .success ? before : .oomKill
            #expect(harness.machine.result == result, "\(policy) in \(state)")
        }
    }
}
