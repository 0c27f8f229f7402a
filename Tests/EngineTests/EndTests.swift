// How a service is stopped: who gets which signal in which state, what happens when it does not go, and the exit status.
import Testing
import Units

@testable import Engine

@Suite struct EndTests {
    /// systemd.kill(5), KillMode=: whom the first signal and SIGKILL reach.
    @Test(arguments: KillMode.allCases, [true, false])
    func killModes(_ mode: KillMode, _ sendSIGKILL: Bool) {
        var harness = Harness(
            makeUnit(.notify) {
                $0.killMode = mode
                $0.sendSIGKILL = sendSIGKILL
                $0.finalKillSignal = .interrupt
                $0.timeoutStop = .seconds(7)
            })
        harness.run()
        let main = mode != .none
        let all = mode == .controlGroup
        let atLast = mode == .controlGroup || mode == .mixed
        var actions = harness.feed(.stopRequested)
        #expect(
            actions == [
                timer(.watchdog, nil), timer(.runtime, nil), timer(.state, seconds(107)),
                kill(.terminate, main: main, rest: all),
            ])
        #expect(harness.state == .stopSigterm)
        #expect(harness.feed(.signalled(waiting: true)).isEmpty)

        actions = harness.feed(.timerElapsed(.state))
        guard sendSIGKILL else {
            // It is asked once more, and then left alone: no restart beside it.
            #expect(harness.state == .finalSigterm)
            #expect(actions.kills == [KillRequest(signal: .terminate, hangup: false, main: main, rest: all)])
            harness.feed(.signalled(waiting: true))
            actions = harness.feed(.timerElapsed(.state))
            #expect(actions.kills.isEmpty && actions.finished == .timeout && harness.state == .failed)
            return
        }
        #expect(harness.state == .stopSigkill)
        #expect(actions.kills == [KillRequest(signal: .interrupt, hangup: false, main: main, rest: atLast)])

        #expect(harness.feed(.signalled(waiting: true)).isEmpty)
        // The main process is gone; what it left behind is asked, then made, to go.
        actions = harness.feed(.processEnded(.main, .killed(.kill)))
        #expect(harness.state == .finalSigterm)
        #expect(actions.kills == [KillRequest(signal: .terminate, hangup: false, main: main, rest: all)])
        actions = harness.feed(.signalled(waiting: false))
        #expect(harness.state == .finalSigkill)
        #expect(actions.kills == [KillRequest(signal: .interrupt, hangup: false, main: main, rest: atLast)])
        #expect(harness.feed(.signalled(waiting: false)).finished == .timeout)
        #expect(harness.machine.result == .timeout && harness.state == .failed)
    }

    @Test func nobodyToWaitForEndsAtOnce() {
        for sendSIGKILL in [true, false] {
            var harness = Harness(
                makeUnit(.notify) {
                    $0.killMode = .none; $0.sendSIGKILL = sendSIGKILL
                })
            harness.run()
            harness.feed([.stopRequested, .signalled(waiting: false)])
            #expect(harness.state == .finalSigterm)
            var result = harness.feed(.signalled(waiting: false)).finished
            if sendSIGKILL {
                #expect(harness.state == .finalSigkill)
                result = harness.feed(.signalled(waiting: false)).finished
            }
            #expect(result == .success && harness.state == .dead)
        }
    }

    @Test func theLongestStopHasFourTimeouts() {
        var harness = Harness(
            makeUnit(.notify) {
                $0.timeoutStop = .seconds(10); $0.restart = .always
            })
        harness.run()
        harness.feed(.timerElapsed(.runtime))
        var states: [ServiceState] = []
        while harness.state.active == .deactivating, states.count < 9 {
            states.append(harness.state)
            harness.feed(.signalled(waiting: true))
            harness.pass(10_000_000)
            harness.feed(.timerElapsed(.state))
        }
        #expect(states == [.stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill])
        // Something lives that SIGKILL does not end. It hangs in the kernel, and the service is to run: as in systemd.
        #expect(harness.state == .autoRestart && harness.now == seconds(140))
        #expect(harness.machine.result == .timeout && harness.machine.mainPID == nil)
    }

    @Test func hangupFollowsTheFirstSignalOnly() {
        func hangups(_ change: (inout ServiceUnit) -> Void, _ events: [ServiceEvent]) -> [Bool] {
            var harness = Harness(
                makeUnit(.notify) {
                    $0.sendSIGHUP = true; change(&$0)
                })
            harness.run()
            return events.flatMap { harness.feed($0).kills.map(\.hangup) }
        }
        #expect(hangups({ _ in }, [.stopRequested, .timerElapsed(.state)]) == [true, false])
        #expect(hangups({ _ in }, [.processEnded(.main, .exited(0)), .timerElapsed(.state)]) == [true, false])
        // Not beside the watchdog's signal, and not after a SIGHUP that was the signal itself.
        #expect(hangups({ _ in }, [.timerElapsed(.watchdog)]) == [false])
        #expect(hangups({ $0.killSignal = .hangup }, [.stopRequested]) == [false])
    }

    @Test func signalsOfTheUnit() {
        var harness = Harness(
            makeUnit(.notify) {
                $0.killSignal = .interrupt; $0.watchdogSignal = .hangup
            })
        harness.run()
        #expect(harness.feed(.stopRequested).kills.map(\.signal) == [.interrupt])
        harness = Harness(
            makeUnit(.notify) {
                $0.killSignal = .interrupt; $0.watchdogSignal = .hangup; $0.timeoutAbort = .seconds(3)
            })
        harness.run()
        let actions = harness.feed(.timerElapsed(.watchdog))
        #expect(actions.kills.map(\.signal) == [.hangup] && actions.deadline(.state) == seconds(103))
        harness.feed(.signalled(waiting: true))
        #expect(harness.feed(.timerElapsed(.state)).deadline(.state) == seconds(190))
        #expect(harness.machine.result == .watchdog)
    }

    @Test func aServiceThatStopsByItself() {
        var harness = Harness(
            makeUnit(.notify) {
                $0.watchdog = .seconds(1); $0.timeoutStop = .seconds(5)
            })
        harness.run()
        let actions = harness.feed(.notified(.stoppingSent))
        #expect(actions == [timer(.watchdog, nil), timer(.runtime, nil), timer(.state, seconds(105))])  // no signal
        #expect(harness.state == .stopSigterm)
        #expect(harness.feed(.notified(.readySent)).isEmpty && harness.feed(.notified(.ping)).isEmpty)
        #expect(harness.end(.exited(0)).finished == .success)

        // READY=1 of the same datagram does not count.
        harness = Harness(makeUnit(.notify))
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        harness.feed(
            .notified(
                ServiceNotification {
                    $0.stopping = true; $0.ready = true
                }))
        // It stays a start that has not succeeded, whatever it says later.
        harness.feed(.notified(.readySent))
        #expect(harness.state == .start && !harness.machine.hasBeenActive)
        #expect(harness.end(.exited(0)).finished == .protocol)
    }

    @Test func theFirstCauseIsTold() {
        var harness = Harness(makeUnit(.notify))
        harness.run()
        harness.feed([.stopRequested, .signalled(waiting: true), .timerElapsed(.state), .signalled(waiting: true)])
        harness.end(.killed(.kill))
        #expect(harness.machine.result == .timeout && harness.machine.mainEnd == .killed(.kill))
        harness = Harness(makeUnit(.notify) { $0.watchdog = .seconds(1) })
        harness.run()
        harness.feed([.timerElapsed(.watchdog), .timerElapsed(.state)])
        harness.end(.killed(.kill))
        #expect(harness.machine.result == .watchdog)
    }

    @Test func extensionsOfTheStopOnlyLengthen() {
        guard var harness = Harness.reaching(.stopSigterm, .notify) else { return }
        func more(_ span: TimeSpan) -> ServiceEvent { .notified(ServiceNotification { $0.extendTimeout = span }) }
        #expect(harness.feed(more(.seconds(10))) == [timer(.state, seconds(190))])
        harness.pass(80_000_000)
        #expect(harness.feed(more(.seconds(60))) == [timer(.state, seconds(240))])
        // Never is no time.
        #expect(harness.feed(more(.infinity)).isEmpty)
        #expect(harness.feed(more(.seconds(1))) == [timer(.state, seconds(240))])
    }

    @Test func extensionsOfTheStart() {
        func more(_ span: TimeSpan) -> ServiceEvent { .notified(ServiceNotification { $0.extendTimeout = span }) }
        var harness = Harness(makeUnit(.notify) { $0.timeoutStart = .seconds(5) })
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        harness.pass(4_000_000)
        #expect(harness.feed(more(.seconds(20))) == [timer(.state, seconds(124))])
        harness.pass(20_000_000)
        harness.feed(.timerElapsed(.state))
        #expect(harness.state == .stopSigterm && harness.machine.result == .timeout)

        // While it runs there is nothing to lengthen, and an endless start stays endless.
        harness = Harness(makeUnit(.notify) { $0.timeoutStart = .infinity })
        #expect(harness.feed(.startRequested).deadline(.state) == nil)
        #expect(harness.feed(more(.seconds(1))).isEmpty)
        harness = Harness(makeUnit(.notify))
        harness.run()
        #expect(harness.feed(more(.seconds(1))).isEmpty && harness.machine.stateDeadline == nil)
    }

    @Test func exitStatusOfEveryResult() {
        func status(_ events: [ServiceEvent], _ type: ServiceType = .notify) -> (ServiceResult, Int32) {
            var harness = Harness(makeUnit(type) { $0.startLimitBurst = 1 })
            harness.feed([.startRequested] + events)
            return (harness.machine.result, harness.machine.exitStatus)
        }
        let up: [ServiceEvent] = [.spawned(.main, pid: 3), .notified(.readySent)]
        func failed(_ status: UInt8) -> ServiceEvent {
            .spawnFailed(.main, SpawnFailure(exitStatus: status, message: "no"))
        }
        #expect(status(up + [.processEnded(.main, .exited(0)), .treeEmpty]) == (.success, 0))
        #expect(status(up + [.processEnded(.main, .killed(.terminate)), .treeEmpty]) == (.success, 0))
        #expect(status(up + [.processEnded(.main, .exited(42)), .treeEmpty]) == (.exitCode, 42))
        #expect(status(up + [.processEnded(.main, .killed(.kill)), .treeEmpty]) == (.signal, 137))
        #expect(status(up + [.processEnded(.main, .dumped(.abort)), .treeEmpty]) == (.coreDump, 134))
        #expect(
            status(up + [.timerElapsed(.watchdog), .processEnded(.main, .dumped(.abort)), .treeEmpty]) == (.watchdog, 1)
        )
        #expect(status(up + [.timerElapsed(.runtime), .processEnded(.main, .exited(0)), .treeEmpty]) == (.timeout, 1))
        #expect(status([.spawned(.main, pid: 3), .processEnded(.main, .exited(0)), .treeEmpty]) == (.protocol, 1))
        #expect(status([failed(0), .treeEmpty]) == (.resources, 1))
        #expect(status([failed(203), .treeEmpty]) == (.exitCode, 203))
        #expect(status([failed(217), .treeEmpty, .startRequested]) == (.exitCode, 217))
    }

    @Test func aMissingProgramWithADash() {
        // The failure is recorded but has no effect; Type=notify still never heard READY=1.
        for type in [ServiceType.simple, .exec, .notify, .notifyReload] {
            var harness = Harness(makeUnit(type) { $0.execStart[0].ignoreFailure = true })
            harness.feed([
                .startRequested, .spawnFailed(.main, SpawnFailure(exitStatus: 203, message: "no")), .treeEmpty,
            ])
            let result: ServiceResult = type == .notify || type == .notifyReload ? .protocol : .success
            #expect(harness.machine.result == result && harness.machine.mainEnd == .exited(203), "\(type)")
        }
    }

    @Test func mainPIDChanges() {
        var harness = Harness(makeUnit(.notify))
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        harness.feed(
            .notified(
                ServiceNotification {
                    $0.mainPID = 9; $0.ready = true
                }))
        #expect(harness.machine.mainPID == 9 && harness.state == .running)
        harness.feed(.notified(ServiceNotification { $0.mainPID = 10 }))
        #expect(harness.machine.mainPID == 10)
        harness.feed(.stopRequested)
        // The old one may hand its work over while it stops.
        harness.feed(.notified(ServiceNotification { $0.mainPID = 11 }))
        #expect(harness.machine.mainPID == 11)
        harness.feed(.timerElapsed(.state))
        harness.feed(.notified(ServiceNotification { $0.mainPID = 12 }))
        #expect(harness.machine.mainPID == 11)  // too late
        harness.end(.killed(.kill))
        harness.feed(.notified(ServiceNotification { $0.mainPID = 12 }))
        #expect(harness.machine.mainPID == nil && harness.state == .failed)
    }
}
