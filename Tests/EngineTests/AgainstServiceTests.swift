// What a comparison with systemd's src/core/service.c, function by function, has shown: each is a case that was different.
import Testing
import Units

@testable import Engine

private func command(_ name: String) -> ExecCommand { ExecCommand(path: "/bin/\(name)", arguments: [name]) }

private func run(_ list: CommandList) -> [ServiceEvent] {
    [.spawned(.control(list, 0), pid: 5), .processEnded(.control(list, 0), .exited(0))]
}

@Suite struct AgainstServiceTests {
    // MARK: - PID files (service_load_pid_file)

    @Test(arguments: [ServiceType.forking, .notify])
    func aDaemonThatReplacesItself(_ type: ServiceType) {
        var harness = Harness(makeUnit(type) { $0.pidFile = "/run/test.pid" })
        harness.run()
        let asks = ServiceAction.findMainPID(.file("/run/test.pid", isDemanded: false))
        #expect(harness.feed(.processEnded(.main, .exited(0))) == [asks])
        #expect(harness.feed(.mainPIDFound(99, treeIsEmpty: false)).isEmpty)
        #expect(harness.state == .running && harness.machine.mainPID == 99 && harness.machine.mainEnd == nil)
        // The file still names what has ended: its parent has not reaped it.
        #expect(harness.feed(.processEnded(.main, .exited(3))) == [asks])
        #expect(harness.feed(.mainPIDFound(99, treeIsEmpty: false)).kills.count == 1)
        #expect(harness.machine.result == .exitCode && harness.machine.mainPID == nil)
    }

    @Test func aReplacementWhileItStops() {
        var harness = Harness(makeUnit(.forking) { $0.pidFile = "/run/test.pid" })
        harness.run()
        harness.feed([.stopRequested, .signalled(waiting: true), .processEnded(.main, .exited(0))])
        #expect(harness.feed(.mainPIDFound(nil, treeIsEmpty: true)).kills.count == 1)
        #expect(harness.state == .finalSigterm)
    }

    @Test func theFileIsReadAfterEveryReload() {
        var harness = Harness(
            makeUnit(.notify) {
                $0.pidFile = "/run/test.pid"; $0.execReload = [reloader]
            })
        harness.run()
        harness.feed([.reloadRequested] + run(.reload))
        #expect(harness.state == .reload)
        #expect(harness.feed(.mainPIDFound(77, treeIsEmpty: false)).contains(.reloaded(true)))
        #expect(harness.machine.mainPID == 77 && harness.state == .running)
    }

    // MARK: - Reload (service_reload, service_enter_reload_signal)

    @Test func whatRemainsAfterItsExitIsReloaded() {
        var harness = Harness(
            makeUnit(.oneshot) {
                $0.remainAfterExit = true; $0.execReload = [reloader]
            })
        harness.feed([.startRequested, .spawned(.main, pid: 7), .processEnded(.main, .exited(0))])
        #expect(harness.state == .exited)
        #expect(harness.feed(.reloadRequested).spawned == [.control(.reload, 0)])
        #expect(harness.state == .reload)
        harness.feed(.spawned(.control(.reload, 0), pid: 8))
        let actions = harness.feed(.processEnded(.control(.reload, 0), .exited(1)))
        #expect(actions.contains(.reloaded(false)) && harness.state == .exited && harness.machine.result == .success)
    }

    @Test func commandsAndThenTheSignal() {
        var harness = Harness(makeUnit(.notifyReload) { $0.execReload = [reloader] })
        harness.run()
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        #expect(harness.feed(.processEnded(.control(.reload, 0), .exited(0))).contains(.signalMain(.hangup)))
        #expect(harness.state == .reloadSignal)
        harness.feed(.notified(.reloadingSent))
        #expect(harness.feed(.notified(.readySent)).contains(.reloaded(true)))
        // A failure is the end of it.
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        let actions = harness.feed(.processEnded(.control(.reload, 0), .exited(1)))
        #expect(actions.contains(.reloaded(false)) && !actions.contains(.signalMain(.hangup)))
        // What has answered by itself while the command ran is not asked again.
        harness.feed([.reloadRequested, .spawned(.control(.reload, 0), pid: 8)])
        harness.feed([.notified(.reloadingSent), .notified(.readySent)])
        #expect(harness.feed(.processEnded(.control(.reload, 0), .exited(0))).contains(.reloaded(true)))
    }

    /// An answer with a time before the request is about another reload.
    @Test func anOldAnswerToTheReloadSignal() {
        var harness = Harness(makeUnit(.notifyReload))
        harness.run()
        harness.feed(.reloadRequested)
        func answer(_ time: Instant) -> ServiceEvent {
            .notified(
                ServiceNotification {
                    $0.reloading = true; $0.reloadingSince = time
                })
        }
        harness.feed(answer(seconds(99)))
        #expect(harness.state == .reloadSignal)
        harness.feed(answer(seconds(100)))
        #expect(harness.state == .reloadNotify)
    }

    @Test func nobodyIsLeftToEndTheReload() {
        var harness = Harness(makeUnit(.notify) { $0.exitType = .cgroup })
        harness.run()
        harness.feed([.notified(.reloadingSent), .processEnded(.main, .exited(0))])
        #expect(harness.state == .reloadNotify)
        #expect(harness.feed(.treeEmpty).contains(.reloaded(false)) && harness.state == .finalSigterm)
    }

    // MARK: - Notifications that come early (service_enter_running)

    @Test func saidBeforeItWasUp() {
        func after(_ message: ServiceNotification) -> (ServiceState, Bool) {
            var harness = Harness(makeUnit(.notify) { $0.execStartPost = [command("post")] })
            harness.feed([.startRequested, .spawned(.main, pid: 7), .notified(.readySent), .notified(message)])
            #expect(harness.state == .startPost)
            harness.feed(.spawned(.control(.startPost, 0), pid: 8))
            let actions = harness.feed(.processEnded(.control(.startPost, 0), .exited(0)))
            #expect(actions.kills.isEmpty)
            return (harness.state, actions.contains(.started))
        }
        #expect(after(.reloadingSent) == (.reloadNotify, true))
        #expect(after(.stoppingSent) == (.stopSigterm, false))
        #expect(after(.readySent) == (.running, true))
    }

    @Test func whoMayStillSayReady() {
        for (access, state) in [(NotifyAccess.main, ServiceState.finalSigterm), (.all, .start)] {
            var harness = Harness(
                makeUnit(.notify) {
                    $0.remainAfterExit = true; $0.notifyAccess = access
                })
            harness.feed([.startRequested, .spawned(.main, pid: 7), .processEnded(.main, .exited(0))])
            #expect(harness.state == state, "NotifyAccess=\(access)")
        }
    }

    // MARK: - Restart (service_shall_restart, service_enter_dead)

    @Test func aOneshotThatHasDoneItsWorkIsNotForced() {
        for (end, state) in [(ProcessEnd.exited(0), ServiceState.dead), (.exited(3), .autoRestart)] {
            var harness = Harness(makeUnit(.oneshot) { $0.restartForceExitStatus.statuses = [0, 3] })
            harness.feed([.startRequested, .spawned(.main, pid: 7)])
            harness.end(end)
            #expect(harness.state == state, "\(end)")
        }
    }

    @Test func aStopThatWaitsForItsTurn() {
        for isQueued in [false, true] {
            var harness = Harness(makeUnit(.simple) { $0.restart = .always })
            harness.run()
            harness.machine.stopIsQueued = isQueued
            harness.end(.exited(1))
            #expect(harness.state == (isQueued ? .failed : .autoRestart))
        }
    }

    @Test func notBesideWhatMustNotBeKilled() {
        var harness = Harness(
            makeUnit(.simple) {
                $0.sendSIGKILL = false; $0.restart = .always
            })
        harness.run()
        harness.feed(.stopRequested)
        for _ in 0..<2 { harness.feed([.signalled(waiting: true), .timerElapsed(.state)]) }
        #expect(harness.state == .failed && harness.machine.watchesTree)
        harness.feed(.startRequested)
        #expect(harness.state == .autoRestart && harness.machine.result == .resources)
        // It has ended at last.
        harness.feed(.treeEmpty)
        #expect(harness.feed(.timerElapsed(.state)).spawned == [.main])
    }

    // MARK: - Stop (service_stop, state_to_kill_operation)

    @Test func theSignalOfARestart() {
        func signals(_ request: ServiceEvent, _ type: ServiceType = .simple) -> [Signal] {
            var harness = Harness(
                makeUnit(type) {
                    $0.killSignal = .interrupt; $0.restartKillSignal = .hangup; $0.remainAfterExit = type == .oneshot
                })
            harness.feed([.startRequested, .spawned(.main, pid: 7)])
            if type == .oneshot { harness.feed(.processEnded(.main, .exited(0))) }
            let first = harness.feed(request).kills
            let rest = type == .oneshot ? [] : harness.feed(.processEnded(.main, .exited(0))).kills
            return (first + rest).map(\.signal)
        }
        #expect(signals(.stopRequested) == [.interrupt, .interrupt])
        // Only what asks for the end; what is left is cleared away with the other.
        #expect(signals(.stopForRestartRequested) == [.hangup, .interrupt])
        #expect(signals(.stopForRestartRequested, .oneshot) == [.hangup])
    }

    @Test func aMainProcessThatOutlivesTheCommandsAfterTheStop() {
        var harness = Harness(
            makeUnit(.simple) {
                $0.sendSIGKILL = false; $0.execStopPost = [command("stop-post")]
            })
        harness.run()
        harness.feed([.stopRequested, .signalled(waiting: true), .timerElapsed(.state)])
        #expect(harness.state == .stopPost)
        harness.feed(run(.stopPost))
        #expect(harness.state == .stopPost && harness.machine.mainPID != nil)
        harness.feed(.processEnded(.main, .exited(0)))
        #expect(harness.state == .finalSigterm)
    }
}
