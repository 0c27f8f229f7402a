// Reloads of every form, the watchdog, and what a service says of itself.
import Testing
import Units

@testable import Engine

@Suite struct ReloadTests {
    private func running(_ type: ServiceType, _ change: (inout ServiceUnit) -> Void = { _ in }) -> Harness {
        var harness = Harness(makeUnit(type, change))
        harness.run()
        return harness
    }

    private let second = ExecCommand(path: "/bin/second", arguments: ["second"])

    @Test func commandsOneAfterTheOther() {
        var harness = running(.simple) { $0.execReload = [reloader, second] }
        #expect(
            harness.feed(.reloadRequested) == [timer(.state, seconds(190)), .spawn(.control(.reload, 0), reloader)])
        #expect(harness.state == .reload)
        #expect(harness.feed(.spawned(.control(.reload, 0), pid: 8)).isEmpty)
        #expect(
            harness.feed(.processEnded(.control(.reload, 0), .exited(0))) == [
                timer(.state, seconds(190)), .spawn(.control(.reload, 1), second),
            ])
        #expect(harness.feed(.reloadRequested).isEmpty)  // one is under way
        harness.feed(.spawned(.control(.reload, 1), pid: 9))
        #expect(harness.feed(.processEnded(.control(.reload, 1), .exited(0))) == [timer(.state, nil), .reloaded(true)])
        #expect(harness.state == .running && harness.machine.mainPID == Harness.pid)
    }

    @Test func aFailingCommandEndsTheReloadNotTheService() {
        var harness = running(.simple) { $0.execReload = [reloader, second] }
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        #expect(
            harness.feed(.processEnded(.control(.reload, 0), .exited(1))) == [timer(.state, nil), .reloaded(false)])
        #expect(harness.state == .running && harness.machine.result == .success)
        // The next one begins afresh.
        harness.feed([
            .reloadRequested, .spawned(.control(.reload, 0), pid: 8), .processEnded(.control(.reload, 0), .exited(0)),
        ])
        harness.feed(.spawned(.control(.reload, 1), pid: 8))
        #expect(harness.feed(.processEnded(.control(.reload, 1), .exited(0))).contains(.reloaded(true)))
    }

    @Test func aDashForgivesACommand() {
        var dashed = reloader
        dashed.ignoreFailure = true
        var harness = running(.simple) { [dashed] in $0.execReload = [dashed, second] }
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        #expect(harness.feed(.processEnded(.control(.reload, 0), .exited(1))).spawned == [.control(.reload, 1)])
        harness.feed([.spawned(.control(.reload, 1), pid: 8), .processEnded(.control(.reload, 1), .exited(0))])
        // Also when its program is missing: that is a status of 203 like any other. No process at all is no status.
        harness.feed(.reloadRequested)
        #expect(
            harness.feed(.spawnFailed(.control(.reload, 0), SpawnFailure(exitStatus: 203, message: "no"))).spawned == [
                .control(.reload, 1)
            ]
        )
        harness.feed([.spawned(.control(.reload, 1), pid: 8), .processEnded(.control(.reload, 1), .exited(0))])
        harness.feed(.reloadRequested)
        #expect(
            harness.feed(.spawnFailed(.control(.reload, 0), SpawnFailure(exitStatus: 0, message: "no"))).contains(
                .reloaded(false)))
        #expect(harness.state == .running)
    }

    @Test func aMissingCommandFailsTheReload() {
        var harness = running(.simple) { $0.execReload = [reloader, second] }
        harness.feed(.reloadRequested)
        let actions = harness.feed(.spawnFailed(.control(.reload, 0), SpawnFailure(exitStatus: 203, message: "no")))
        #expect(actions == [timer(.state, nil), .reloaded(false)] && harness.state == .running)
        #expect(harness.log.contains("no"))
    }

    @Test func aReloadThatTakesTooLong() {
        var harness = running(.simple) {
            $0.execReload = [reloader]; $0.timeoutStart = .seconds(5)
        }
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        harness.pass(5_000_000)
        // Its command is killed, or the next reload would run beside it.
        #expect(
            harness.feed(.timerElapsed(.state)) == [
                .signalControl(.kill), .abandonControl, timer(.state, nil), .reloaded(false),
            ])
        #expect(harness.state == .running)
        #expect(harness.feed(.reloadRequested).spawned == [.control(.reload, 0)])
    }

    @Test func signalOnly() {
        var harness = running(.simple) {
            $0.reloadSignal = .interrupt; $0.reloadSignalIsSet = true
        }
        #expect(harness.feed(.reloadRequested) == [.signalMain(.interrupt), .reloaded(true)])
        #expect(harness.state == .running)
        harness = running(.simple)
        #expect(harness.feed(.reloadRequested) == [.reloaded(false)])
        #expect(harness.state == .running)
    }

    @Test func notifyReload() {
        var harness = running(.notifyReload)
        #expect(harness.feed(.reloadRequested) == [timer(.state, seconds(190)), .signalMain(.hangup)])
        #expect(harness.state == .reloadSignal)
        // READY=1 without RELOADING=1, and RELOADING=1 without its time, may have been said before the signal came.
        #expect(harness.feed(.notified(.readySent)).isEmpty && harness.state == .reloadSignal)
        harness.feed(.notified(ServiceNotification { $0.reloading = true }))
        #expect(harness.state == .reloadSignal)
        #expect(harness.feed(.notified(.reloadingSent)).isEmpty)
        #expect(harness.state == .reloadNotify)
        #expect(harness.feed(.notified(.readySent)) == [timer(.state, nil), .reloaded(true)])
        #expect(harness.state == .running)

        harness.feed(.reloadRequested)
        #expect(harness.feed(.timerElapsed(.state)).contains(.reloaded(false)))
        #expect(harness.state == .running)
        // Both in one datagram.
        harness.feed(.reloadRequested)
        let both = ServiceNotification {
            $0.reloading = true; $0.reloadingSince = seconds(100); $0.ready = true
        }
        #expect(harness.feed(.notified(both)).contains(.reloaded(true)))
    }

    @Test func aServiceThatReloadsByItself() {
        var harness = running(.notify)
        #expect(harness.feed(.notified(.reloadingSent)) == [timer(.state, seconds(190))])
        #expect(harness.state == .reloadNotify)
        #expect(harness.feed(.notified(.readySent)) == [timer(.state, nil), .reloaded(true)])
        harness.feed(.notified(.reloadingSent))
        #expect(harness.feed(.timerElapsed(.state)).contains(.reloaded(false)))
        #expect(harness.state == .running)
    }

    /// RELOADING=1 and READY=1 in all orders around the end of an ExecReload= command.
    @Test func announcedReloadWithACommand() {
        func states(_ events: [ServiceEvent]) -> [ServiceState] {
            var harness = running(.notify) { $0.execReload = [reloader] }
            harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
            return events.map {
                harness.feed($0); return harness.state
            }
        }
        let ends = ServiceEvent.processEnded(.control(.reload, 0), .exited(0))
        let fails = ServiceEvent.processEnded(.control(.reload, 0), .exited(1))
        let announces = ServiceEvent.notified(.reloadingSent)
        let ready = ServiceEvent.notified(.readySent)
        #expect(states([ends]) == [.running])
        #expect(states([announces, ready, ends]) == [.reload, .reload, .running])
        #expect(states([announces, ends, ready]) == [.reload, .reloadNotify, .running])
        #expect(states([ready, announces, ends, ready]) == [.reload, .reload, .reloadNotify, .running])
        #expect(states([ends, announces, ready]) == [.running, .reloadNotify, .running])
        #expect(states([announces, fails]) == [.reload, .running])
        #expect(states([announces, ends, .timerElapsed(.state)]) == [.reload, .reloadNotify, .running])
    }

    /// Whoever asked for a reload hears how it ended, also when the service ends instead.
    @Test(arguments: [ServiceState.reload, .reloadSignal, .reloadNotify])
    func aReloadIsAlwaysAnswered(_ state: ServiceState) {
        let ways: [ServiceEvent] = [
            .stopRequested, .processEnded(.main, .exited(1)), .timerElapsed(.watchdog), .timerElapsed(.runtime),
            .timerElapsed(.state), .notified(.stoppingSent), .notified(.trigger),
        ]
        for way in ways {
            guard var harness = Harness.reaching(state, .notifyReload) else { return }
            let answers = harness.feed(way) + harness.feed(.processEnded(.control(.reload, 0), .exited(0)))
            #expect(answers.filter { $0 == .reloaded(false) }.count == 1, "\(way) in \(state)")
            #expect(![.reload, .reloadSignal, .reloadNotify].contains(harness.state))
        }
    }

    // MARK: - The watchdog

    private func interval(_ span: TimeSpan) -> ServiceEvent {
        .notified(ServiceNotification { $0.watchdogInterval = span })
    }

    @Test func watchdogIsArmedFedAndExpires() {
        var harness = Harness(makeUnit(.notify) { $0.watchdog = .seconds(10) })
        harness.feed(.startRequested)
        // Not before it is ready, or a long start would count as a hang.
        #expect(harness.feed(.spawned(.main, pid: 3)).deadline(.watchdog) == nil)
        #expect(harness.feed(.notified(.readySent)).deadline(.watchdog) == seconds(110))
        harness.pass(9_000_000)
        #expect(harness.machine.isHealthy(at: harness.now))
        #expect(harness.feed(.notified(.ping)) == [timer(.watchdog, seconds(119))])
        #expect(harness.machine.isHealthy(at: seconds(118)) && !harness.machine.isHealthy(at: seconds(119)))
        harness.pass(10_000_000)
        let actions = harness.feed(.timerElapsed(.watchdog))
        #expect(harness.state == .stopWatchdog && harness.machine.result == .watchdog)
        #expect(actions.kills.map(\.signal) == [.abort])
        #expect(!harness.machine.isHealthy(at: harness.now))
    }

    @Test func noWatchdogIsSetWhereThereIsNone() {
        for span in [TimeSpan.zero, .infinity] {
            var harness = running(.notify) { $0.watchdog = span }
            #expect(harness.feed(.notified(.ping)) == [timer(.watchdog, nil)])
            #expect(harness.machine.isHealthy(at: seconds(1_000_000)))
        }
    }

    @Test func anotherIntervalHoldsFromNowOn() {
        var harness = running(.notify) { $0.watchdog = .seconds(10) }
        harness.pass(1_000_000)
        #expect(harness.feed(interval(.seconds(60))) == [timer(.watchdog, seconds(161))])
        #expect(harness.feed(interval(.zero)) == [timer(.watchdog, nil)])
        #expect(harness.machine.isHealthy(at: seconds(10_000)))
        // Before it is ready it is kept for then.
        harness = Harness(makeUnit(.notify) { $0.watchdog = .seconds(10) })
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        #expect(harness.feed(interval(.seconds(2))).isEmpty)
        #expect(harness.feed(.notified(.readySent)).deadline(.watchdog) == seconds(102))
        // While it reloads it counts at once: the old, shorter interval must not end it.
        harness.feed(.notified(.reloadingSent))
        #expect(harness.feed(interval(.seconds(300))) == [timer(.watchdog, seconds(400))])
        // The next start begins with the unit's own.
        harness = running(.simple) {
            $0.watchdog = .seconds(10); $0.restart = .always
        }
        harness.feed(interval(.seconds(60)))
        harness.end(.exited(1))
        harness.feed(.timerElapsed(.state))
        #expect(harness.feed(.spawned(.main, pid: 4)).deadline(.watchdog) == seconds(110))
    }

    @Test func aPingBeforeReadyArmsIt() {
        var harness = Harness(makeUnit(.notify) { $0.watchdog = .seconds(10) })
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        #expect(harness.feed(.notified(.ping)) == [timer(.watchdog, seconds(110))])
        #expect(harness.feed(interval(.seconds(50))) == [timer(.watchdog, seconds(150))])
        harness.feed(.timerElapsed(.watchdog))
        #expect(harness.state == .stopWatchdog)
    }

    @Test func statusIsKeptAndForgotten() {
        var harness = running(.notify) { $0.restart = .always }
        harness.feed(
            .notified(
                ServiceNotification {
                    $0.status = "busy"; $0.errno = 5
                }))
        #expect(harness.machine.statusText == "busy" && harness.machine.statusErrno == 5)
        harness.feed(.notified(.ping))
        #expect(harness.machine.statusText == "busy")
        harness.feed(.notified(ServiceNotification { $0.status = "" }))
        #expect(harness.machine.statusText == nil)
        harness.feed(.notified(ServiceNotification { $0.status = "dying" }))
        harness.end(.exited(1))
        #expect(harness.machine.statusText == "dying")
        harness.feed(.timerElapsed(.state))
        #expect(harness.machine.statusText == nil && harness.machine.statusErrno == nil)
    }

    @Test func runtimeMax() {
        var harness = Harness(makeUnit(.notify) { $0.runtimeMax = .seconds(50) })
        harness.feed([.startRequested, .spawned(.main, pid: 3)])
        #expect(harness.feed(.notified(.readySent)).deadline(.runtime) == seconds(150))
        harness.feed(.timerElapsed(.runtime))
        #expect(harness.state == .stopSigterm && harness.machine.result == .timeout)
    }
}
