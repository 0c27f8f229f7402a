// Item 2: the terminal closes right after `daimon start` returns, or during it. The services run.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct TerminalClosesTests {
    @Test func oneHundredOfOneHundredServicesOutliveTheTerminal() throws {
        let instance = try TemporaryInstance()
        var running = 0
        for round in 1...100 {
            let name = "hangup-\(round)"
            let result = try Command.run(
                [Binaries.probe, "terminal", "--hangup", "--"]
                    + instance.startCommand(name, ["Type=notify"], ["pid", instance.path(name), "ready"]),
                environment: instance.environment)
            #expect(result.status == 0, "round \(round): \(result)")
            if let pid = instance.notedPids(name).first, isAlive(pid) { running += 1 }
            #expect(try instance.daimon("stop", name).status == 0)
        }
        #expect(running == 100)
    }

    @Test func theServiceDoesNotIgnoreSIGHUPAfterwards() throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            [Binaries.probe, "terminal", "--hangup", "--"]
                + instance.startCommand("hup", ["Type=notify"], ["state", instance.path("state")]),
            environment: instance.environment)
        #expect(result.status == 0)
        let state = RecordedState(instance.read("state"))
        #expect(!state.signals("signals-ignored").contains(Int(SIGHUP)))
        #expect(!state.signals("signals-blocked").contains(Int(SIGHUP)))
        try instance.daimon("stop", "hup")
    }

    /// The hangup comes at any moment of the launch. Either nothing was started, or the service runs: never a service
    /// that the hangup killed and nobody restarted, never a daimond without a service.
    @Test func aHangupDuringTheLaunchLeavesAllOrNothing() throws {
        let instance = try TemporaryInstance()
        for round in 0..<60 {
            let name = "during-\(round)"
            try Command.run(
                [Binaries.probe, "terminal", "--hangup-after-us", String(round * 500), "--"]
                    + instance.startCommand(
                        name, ["Type=notify"], ["pid", instance.path(name), "sleep", "10", "ready"]),
                environment: instance.environment)
            // The launch may go on after the terminal is gone: it has settled when status says so, either way.
            var status: Int32 = -1
            var told = ""
            do {
                try waitUntil("\(name) runs or does not") {
                    let result = try instance.daimon("status", name)
                    (status, told) = (result.status, result.output + result.errors)
                    return (status == 0 && result.output.contains("active (running)"))
                        || (status != 0 && instance.nothingIsLeft)
                }
            } catch {
                Issue.record("\(name): status \(status), \(told), left:\n\(instance.remains)")
                throw error
            }
            if status == 0 {
                let pid = try #require(instance.notedPids(name).first)
                #expect(isAlive(pid), "\(name): daimond runs and its service does not")
                #expect(try instance.daimon("stop", name).status == 0)
            }
            #expect(instance.survivors.isEmpty, "\(name) left:\n\(instance.remains)")
        }
    }
}
