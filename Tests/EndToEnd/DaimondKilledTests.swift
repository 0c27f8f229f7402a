// Item 7: daimond dies of SIGKILL while its service lives on: no second copy is started, and stop still works.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct DaimondKilledTests {
    @Test func aSecondStartRefusesAndStopStopsTheTree() throws {
        let instance = try TemporaryInstance()
        let behaviours = ["pid", instance.path("pids"), "grandchildren", "2", instance.path("children"), "ready"]
        let start = try Command.run(
            instance.startCommand("orphaned", ["Type=notify", "TimeoutStopSec=2s"], behaviours),
            environment: instance.environment)
        try #require(start.status == 0, "\(start)")
        let daimond = try #require(instance.daimondPid("orphaned"))
        let service = try #require(instance.notedPids("pids").first)
        kill(daimond, SIGKILL)
        try waitUntil("daimond is dead") { !isAlive(daimond) }
        #expect(isAlive(service), "the service must not die with daimond")

        // LSB: dead, and something of it is left.
        #expect(try instance.daimon("status", "orphaned").status == 1)
        let second = try Command.run(
            instance.startCommand("orphaned", ["Type=notify"], behaviours), environment: instance.environment)
        #expect(second.status == 1)
        #expect(second.errors.contains("\(service)"), "it does not say which process survives: \(second)")
        #expect(instance.notedPids("pids") == [service], "a second copy was started")

        #expect(try instance.daimon("stop", "orphaned").status == 0)
        let all = [service] + instance.notedPids("children")
        #expect(all.count == 3)
        #expect(!all.contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
        #expect(
            try Command.run(
                instance.startCommand("orphaned", ["Type=notify"], ["ready"]), environment: instance.environment
            )
            .status == 0)
    }
}
