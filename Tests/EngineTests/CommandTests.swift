// The lists of commands, the types that are more than one process, conditions, and what commands are told.
import Testing
import Units

@testable import Engine

private func command(_ name: String) -> ExecCommand { ExecCommand(path: "/bin/\(name)", arguments: [name]) }

extension Harness {
    /// A command runs and ends.
    @discardableResult
    fileprivate mutating func run(_ list: CommandList, _ end: ProcessEnd = .exited(0)) -> [ServiceAction] {
        feed(.spawned(.control(list, 0), pid: 5)) + feed(.processEnded(.control(list, 0), end))
    }
}

@Suite struct CommandTests {
    private func full(_ type: ServiceType = .simple, _ change: (inout ServiceUnit) -> Void = { _ in }) -> Harness {
        Harness(
            makeUnit(type) {
                $0.execCondition = [command("condition")]
                $0.execStartPre = [command("pre")]
                $0.execStartPost = [command("post")]
                $0.execStop = [command("stop")]
                $0.execStopPost = [command("stop-post")]
                change(&$0)
            })
    }

    @Test func wholeLife() {
        var harness = full()
        #expect(harness.feed(.startRequested).spawned == [.control(.condition, 0)])
        #expect(harness.run(.condition).spawned == [.control(.startPre, 0)])
        #expect(harness.run(.startPre).spawned == [.main])
        #expect(harness.feed(.spawned(.main, pid: 7)).spawned == [.control(.startPost, 0)])
        #expect(harness.state == .startPost)
        #expect(harness.run(.startPost).contains(.started))
        #expect(harness.feed(.stopRequested).spawned == [.control(.stop, 0)])
        #expect(harness.machine.variables(for: .control(.stop, 0)).map(\.name) == ["MAINPID", "SERVICE_RESULT"])
        #expect(harness.run(.stop).kills.count == 1)
        #expect(harness.feed(.processEnded(.main, .killed(.terminate))).spawned == [.control(.stopPost, 0)])
        let told = harness.machine.variables(for: .control(.stopPost, 0)).map { "\($0.name)=\($0.value)" }
        #expect(told == ["SERVICE_RESULT=success", "EXIT_CODE=killed", "EXIT_STATUS=TERM"])
        harness.run(.stopPost)
        #expect(harness.feed(.treeEmpty).finished == .success)
        #expect(harness.feed(.startRequested).spawned == [.control(.condition, 0)])
    }

    @Test(arguments: [
        (ProcessEnd.exited(1), ServiceResult.execCondition, ServiceState.dead), (.exited(254), .execCondition, .dead),
        (.exited(255), .exitCode, .failed), (.killed(.terminate), .signal, .failed),
    ])
    func conditions(_ end: ProcessEnd, _ result: ServiceResult, _ state: ServiceState) {
        var harness = full {
            $0.restart = .always; $0.restartPreventExitStatus.statuses = [255]; $0.restart = .no
        }
        harness.feed(.startRequested)
        #expect(harness.run(.condition, end).spawned.isEmpty)
        harness.feed(.treeEmpty)
        harness.run(.stopPost)
        #expect(harness.feed(.treeEmpty).finished == result)
        #expect(harness.state == state)
    }

    /// A list that fails ends the start, and ExecStopPost= runs.
    @Test(arguments: [CommandList.startPre, .startPost])
    func failures(_ list: CommandList) {
        for ignores in [false, true] {
            var harness = full {
                $0.execStartPre[0].ignoreFailure = ignores; $0.execStartPost[0].ignoreFailure = ignores
            }
            harness.feed(.startRequested)
            harness.run(.condition)
            harness.run(.startPre, .exited(list == .startPre ? 3 : 0))
            if list == .startPost { harness.feed(.spawned(.main, pid: 7)); harness.run(.startPost, .exited(3)) }
            if ignores {
                #expect(harness.state == (list == .startPre ? .start : .running))
            } else {
                #expect(harness.state == .stopSigterm && harness.machine.result == .exitCode)
                #expect(harness.machine.exitStatus == 3)
            }
        }
    }

    @Test func oneshot() {
        for remains in [false, true] {
            var harness = Harness(
                makeUnit(.oneshot) {
                    $0.execStart = [command("first"), command("second")]
                    $0.remainAfterExit = remains
                })
            harness.feed([.startRequested, .spawned(.main, pid: 7)])
            #expect(harness.feed(.processEnded(.main, .exited(0))).spawned == [.main])
            #expect(harness.state == .start)
            harness.feed(.spawned(.main, pid: 8))
            #expect(harness.feed(.processEnded(.main, .exited(0))).contains(.started))
            #expect(harness.state == (remains ? .exited : .finalSigterm))
        }
        var harness = Harness(makeUnit(.oneshot))
        harness.feed([.startRequested, .spawned(.main, pid: 7)])
        // A command that a signal ended has not done its work.
        #expect(harness.end(.killed(.terminate)).finished == .signal)
    }

    @Test func forking() {
        var harness = Harness(makeUnit(.forking) { $0.pidFile = "/run/test.pid" })
        #expect(harness.feed(.startRequested).spawned == [.control(.start, 0)])
        #expect(harness.run(.start).contains(.findMainPID(.file("/run/test.pid", isDemanded: true))))
        harness.feed(.mainPIDFound(nil, treeIsEmpty: false))
        #expect(harness.state == .start && harness.machine.awaitsPIDFile)
        #expect(harness.feed(.mainPIDFound(77, treeIsEmpty: false)).contains(.started))
        #expect(harness.machine.mainPID == 77)

        harness = Harness(makeUnit(.forking) { $0.pidFile = "/run/test.pid" })
        harness.feed(.startRequested)
        harness.run(.start)
        harness.feed(.mainPIDFound(nil, treeIsEmpty: true))
        #expect(harness.machine.result == .protocol)

        // None known: it lives as long as its tree.
        harness = Harness(makeUnit(.forking))
        harness.feed(.startRequested)
        harness.run(.start)
        harness.feed(.mainPIDFound(nil, treeIsEmpty: false))
        #expect(harness.state == .running && harness.machine.watchesTree)
        harness.feed(.treeEmpty)
        #expect(harness.state == .stopSigterm)
    }

    @Test func growingDelays() {
        var machine = ServiceMachine(
            unit: makeUnit {
                $0.restartDelay = .seconds(1); $0.restartSteps = 2; $0.restartMaxDelay = .seconds(16)
            }, endsWhenFirstStartFails: false)
        let delays = (UInt32(0)..<4).map { count -> TimeSpan in
            machine.restarts = count
            return machine.restartDelay
        }
        #expect(delays == [.seconds(1), .seconds(4), .seconds(16), .seconds(16)])
    }

    @Test func refusalsAndResets() {
        var harness = Harness(makeUnit())
        #expect(harness.feed(.startRefused(isAssertion: false)).finished == .condition)
        #expect(harness.feed(.startRefused(isAssertion: true)).finished == .assertion)
        harness = Harness(makeUnit { $0.startLimitBurst = 1 })
        harness.run()
        harness.end(.exited(1))
        #expect(harness.feed(.startRequested).finished == .exitCode && harness.state == .failed)
        harness.feed(.resetFailed)
        #expect(harness.state == .dead && harness.machine.result == .success)
        #expect(harness.feed(.startRequested).spawned == [.main])
    }
}
