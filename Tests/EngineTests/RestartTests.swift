// Whether a service is started again: the table of systemd.service(5), its exceptions, RestartSec= and the start limit.
import Testing
import Units

@testable import Engine

/// The rows of "Exit causes and the effect of the Restart= settings".
private enum Cause: CaseIterable {
    case cleanCode, cleanSignal, uncleanCode, uncleanSignal, coreDump, timeout, watchdog

    /// The settings with a cross in this row.
    var restarts: Set<RestartPolicy> {
        switch self {
        case .cleanCode, .cleanSignal: [.always, .onSuccess]
        case .uncleanCode: [.always, .onFailure]
        case .uncleanSignal, .coreDump: [.always, .onFailure, .onAbnormal, .onAbort]
        case .timeout: [.always, .onFailure, .onAbnormal]
        case .watchdog: [.always, .onFailure, .onAbnormal, .onWatchdog]
        }
    }

    var result: ServiceResult {
        switch self {
        case .cleanCode, .cleanSignal: .success
        case .uncleanCode: .exitCode
        case .uncleanSignal: .signal
        case .coreDump: .coreDump
        case .timeout: .timeout
        case .watchdog: .watchdog
        }
    }

    func happen(to harness: inout Harness) {
        switch self {
        case .cleanCode: harness.end(.exited(0))
        case .cleanSignal: harness.end(.killed(.hangup))
        case .uncleanCode: harness.end(.exited(1))
        case .uncleanSignal: harness.end(.killed(.kill))
        case .coreDump: harness.end(.dumped(.abort))
        case .timeout:
            harness.feed(.timerElapsed(.runtime))
            harness.end(.killed(.terminate))
        case .watchdog:
            harness.feed(.timerElapsed(.watchdog))
            harness.end(.dumped(.abort))
        }
    }
}

@Suite struct RestartTests {
    @Test(arguments: RestartPolicy.allCases)
    func theTableOfTheManual(_ policy: RestartPolicy) {
        for cause in Cause.allCases {
            var harness = Harness(makeUnit(.notify) { $0.restart = policy })
            harness.run()
            cause.happen(to: &harness)
            let again = cause.restarts.contains(policy)
            let ended: ServiceState = cause.result == .success ? .dead : .failed
            #expect(harness.state == (again ? .autoRestart : ended), "\(cause) with Restart=\(policy.rawValue)")
            #expect(harness.machine.result == cause.result)
        }
    }

    /// The first ready message never came: protocol, timeout of the start, a program that is not there, no process.
    @Test(arguments: RestartPolicy.allCases)
    func failuresOfTheStart(_ policy: RestartPolicy) {
        let missing = SpawnFailure(exitStatus: 203, message: "no")
        let nothing = SpawnFailure(exitStatus: 0, message: "no process")
        let cases: [(String, [ServiceEvent], ServiceResult, Set<RestartPolicy>)] = [
            (
                "protocol", [.spawned(.main, pid: 2), .processEnded(.main, .exited(0))], .protocol,
                [.always, .onFailure, .onAbnormal]
            ),
            (
                "timeout", [.spawned(.main, pid: 2), .timerElapsed(.state), .processEnded(.main, .killed(.terminate))],
                .timeout, [.always, .onFailure, .onAbnormal]
            ),
            ("missing", [.spawnFailed(.main, missing)], .exitCode, [.always, .onFailure]),
            ("no process", [.spawnFailed(.main, nothing)], .resources, [.always, .onFailure, .onAbnormal]),
        ]
        for (name, events, result, policies) in cases {
            for waits in [false, true] {
                var harness = Harness(makeUnit(.notify) { $0.restart = policy }, endsWhenFirstStartFails: waits)
                harness.feed([.startRequested] + events + [.treeEmpty])
                let again = policies.contains(policy) && !waits
                #expect(harness.state == (again ? .autoRestart : .failed), "\(name), Restart=\(policy.rawValue)")
                #expect(harness.machine.result == result, "\(name)")
            }
        }
    }

    @Test func aFirstSuccessLiftsTheException() {
        var harness = Harness(makeUnit(.notify) { $0.restart = .onFailure }, endsWhenFirstStartFails: true)
        harness.run()
        harness.end(.exited(1))
        #expect(harness.state == .autoRestart)
        harness.feed([.timerElapsed(.state), .spawned(.main, pid: 9), .processEnded(.main, .exited(1)), .treeEmpty])
        #expect(harness.state == .autoRestart)  // the second start failed, but the first was good
    }

    @Test func preventForceAndSuccess() {
        func outcome(_ end: ProcessEnd, _ change: (inout ServiceUnit) -> Void) -> (ServiceState, ServiceResult) {
            var harness = Harness(makeUnit(.simple, change))
            harness.run()
            harness.end(end)
            return (harness.state, harness.machine.result)
        }
        #expect(
            outcome(.exited(7)) {
                $0.restart = .always; $0.restartPreventExitStatus.statuses = [7]
            } == (.failed, .exitCode))
        #expect(
            outcome(.exited(8)) {
                $0.restart = .always; $0.restartPreventExitStatus.statuses = [7]
            } == (.autoRestart, .exitCode))
        #expect(
            outcome(.killed(.kill)) {
                $0.restart = .always; $0.restartPreventExitStatus.signals = [.kill]
            } == (.failed, .signal))
        #expect(
            outcome(.dumped(.abort)) {
                $0.restart = .always; $0.restartPreventExitStatus.signals = [.abort]
            } == (.failed, .coreDump))
        #expect(
            outcome(.exited(7)) {
                $0.restart = .no; $0.restartForceExitStatus.statuses = [7]
            } == (.autoRestart, .exitCode))
        #expect(
            outcome(.exited(0)) {
                $0.restart = .no; $0.restartForceExitStatus.statuses = [0]
            } == (.autoRestart, .success))
        // Where both name it, systemd does not restart.
        #expect(
            outcome(.exited(7)) {
                $0.restart = .always
                $0.restartPreventExitStatus.statuses = [7]
                $0.restartForceExitStatus.statuses = [7]
            } == (.failed, .exitCode))
        #expect(
            outcome(.exited(7)) {
                $0.restart = .onFailure; $0.successExitStatus.statuses = [7]
            } == (.dead, .success))
        #expect(
            outcome(.exited(7)) {
                $0.restart = .onSuccess; $0.successExitStatus.statuses = [7]
            } == (.autoRestart, .success))
        #expect(outcome(.killed(.kill)) { $0.successExitStatus.signals = [.kill] } == (.dead, .success))
        // A core dump is never clean, whichever signals are.
        #expect(outcome(.dumped(.abort)) { $0.successExitStatus.signals = [.abort] } == (.failed, .coreDump))
        #expect(outcome(.unknown) { $0.restart = .onFailure } == (.dead, .success))
        #expect(
            outcome(.exited(1)) {
                $0.restart = .onFailure; $0.execStart[0].ignoreFailure = true
            } == (.dead, .success))
        for signal in [Signal.hangup, .interrupt, .terminate, .pipe] {
            #expect(outcome(.killed(signal)) { _ in } == (.dead, .success))
        }
    }

    @Test func waitsForRestartSec() {
        var harness = Harness(
            makeUnit(.simple) {
                $0.restart = .always; $0.restartDelay = .seconds(5)
            })
        harness.run()
        harness.feed(.processEnded(.main, .exited(1)))
        let actions = harness.feed(.treeEmpty)
        #expect(actions == [.passed(.failedBeforeAutoRestart), timer(.state, seconds(105))])
        #expect(harness.machine.mainEnd == .exited(1) && harness.machine.restarts == 0)
        harness.pass(5_000_000)
        #expect(harness.feed(.timerElapsed(.state)) == [timer(.state, seconds(195)), .spawn(.main, program)])
        #expect(harness.machine.restarts == 1 && harness.machine.mainEnd == nil && harness.machine.result == .success)
        #expect(harness.feed(.spawned(.main, pid: 8)).contains(.started))
    }

    @Test func stopDuringAutoRestart() {
        guard var harness = Harness.reaching(.autoRestart, .notify) else { return }
        let actions = harness.feed(.stopRequested)
        #expect(harness.state == .dead && actions.finished == .success)
        // The restart must not come after all.
        #expect(actions.contains(timer(.state, nil)))
        #expect(harness.feed(.timerElapsed(.state)).isEmpty && harness.state == .dead)
    }

    @Test func aStopDuringTheStopOfARestartIsFinal() {
        var harness = Harness(makeUnit(.notify) { $0.restart = .always })
        harness.run()
        harness.feed([.processEnded(.main, .exited(1)), .signalled(waiting: true), .stopRequested])
        #expect(harness.feed(.treeEmpty).finished == .exitCode)
        #expect(harness.state == .failed)
    }

    @Test func endlessRestartSecWaitsForSomebody() {
        var harness = Harness(
            makeUnit(.simple) {
                $0.restart = .always; $0.restartDelay = .infinity
            })
        harness.run()
        harness.end(.exited(1))
        #expect(harness.state == .autoRestart && harness.machine.stateDeadline == nil)
        #expect(harness.feed(.startRequested).spawned == [.main])
        #expect(harness.state == .start)
    }

    // MARK: - The start limit

    /// Starts again and again, `RestartSec=` apart; how many starts there were before the limit was hit.
    private func starts(interval: TimeSpan, burst: UInt32, delay: TimeSpan, most: Int) -> Int {
        var harness = Harness(
            makeUnit(.simple) {
                $0.restart = .always
                $0.restartDelay = delay
                $0.startLimitInterval = interval
                $0.startLimitBurst = burst
            })
        harness.feed(.startRequested)
        for count in 1...most {
            harness.feed([.spawned(.main, pid: 5)])
            harness.end(.exited(9))
            harness.pass(delay.microseconds)
            if harness.feed(.timerElapsed(.state)).finished != nil {
                #expect(harness.machine.result == .exitCode && harness.state == .failed)
                #expect(harness.machine.exitStatus == 9)
                return count
            }
        }
        return most
    }

    @Test func limitsStarts() {
        #expect(starts(interval: .seconds(10), burst: 5, delay: .milliseconds(100), most: 50) == 5)
        #expect(starts(interval: .seconds(10), burst: 1, delay: .milliseconds(100), most: 50) == 1)
        // Zero of either switches it off.
        #expect(starts(interval: .zero, burst: 5, delay: .milliseconds(1), most: 50) == 50)
        #expect(starts(interval: .seconds(10), burst: 0, delay: .milliseconds(1), most: 50) == 50)
        // Slow enough to begin anew each time.
        #expect(starts(interval: .seconds(10), burst: 5, delay: .seconds(3), most: 50) == 50)
        #expect(starts(interval: .infinity, burst: 3, delay: .seconds(1000), most: 50) == 3)
    }

    @Test func theWindowIsFixedAtItsFirstStart() {
        var limit = StartLimit(interval: .seconds(10), burst: 2)
        let times: [(UInt64, Bool)] = [
            (0, true), (9, true), (10, false), (11, true), (12, true), (13, false), (21, false), (22, true),
        ]
        for (time, allowed) in times { #expect(limit.allows(at: seconds(time)) == allowed, "at \(time) s") }
    }

    @Test func aStartByHandCountsToo() {
        var harness = Harness(makeUnit(.simple) { $0.startLimitBurst = 2 })
        for _ in 0..<2 {
            harness.run()
            harness.end(.exited(0))
        }
        #expect(harness.feed(.startRequested).finished == .startLimitHit)
        #expect(harness.machine.exitStatus == 1)  // the last run was good, but this is no success
        harness.pass(11_000_000)
        harness.run()
    }
}
