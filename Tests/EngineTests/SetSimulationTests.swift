// Random histories of sets of units. Each seed is one history; what fails prints its seed, and DAIMON_SEED replays it.
import Foundation
import Simulation
import Testing

@Suite struct SetSimulationTests {
    @Test func promisesAreKept() throws {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["DAIMON_SET_SEED"], let seed = UInt64(text) {
            _ = try SetHistory.run(seed: seed)
            return
        }
        var summary = HistorySummary()
        let count = environment["DAIMON_SEEDS"].flatMap { UInt64($0) } ?? 1000
        for seed in 20_001...20_000 + max(1, count) { summary.add(try SetHistory.run(seed: seed)) }
        guard count >= 1000 else { return }
        // They met everything.
        for result in ["done", "canceled", "timeout", "failed", "dependency", "skipped", "invalid", "assert"] {
            #expect(summary.results[result, default: 0] > 0, "no job has ended with \(result)")
        }
        for state in ["auto-restart-queued", "failed-before-auto-restart", "waiting", "elapsed", "reload-notify"] {
            #expect(summary.states[state, default: 0] > 0, "no unit has been \(state)")
        }
    }

    @Test func aSeedReplaysExactly() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let one = try SetHistory.run(seed: seed)
            let two = try SetHistory.run(seed: seed)
            #expect(one.events == two.events && one.results == two.results && one.states == two.states)
        }
    }

    /// Seeds that have found a bug, each with what it was.
    @Test(
        arguments: [
            // A bound unit stays up when what it is bound to goes down with a job that comes to nothing.
            713,
            // The same, and the job fails without its unit's having been up.
            755,
            // Everything is to be stopped, and units in a circle refuse.
            13510,
            // A job that goes before another comes between its check and its start.
            19854,
            // ExitType=cgroup: the last process ends while a reload is awaited.
            23882,
        ] as [UInt64])
    func seedsOfOld(seed: UInt64) throws {
        _ = try SetHistory.run(seed: seed)
    }
}
