// Thousands of histories. DAIMON_SEED=n replays one; DAIMON_SEEDS=n runs so many from a base of the day's choosing
// (DAIMON_SEED_BASE, default 1).
import Glibc
import Testing
import Units

@testable import Engine

@Suite struct SimulationTests {
    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// The range is split, so that the parts run beside each other.
    @Test(arguments: UInt64(0)..<4)
    func histories(_ part: UInt64) throws {
        if let seed = SimulationTests.number("DAIMON_SEED") {
            guard part == 0 else { return }
            var simulation = Simulation(seed: seed)
            _ = try simulation.run()
            print(simulation.trace.map(\.description).joined(separator: "\n"))
            return
        }
        let base = SimulationTests.number("DAIMON_SEED_BASE") ?? 1
        let count = (SimulationTests.number("DAIMON_SEEDS") ?? 2000) / 4
        var states: Set<ServiceState> = []
        var results: Set<ServiceResult> = []
        var starts = 0
        for seed in base + part * count..<base + (part + 1) * count {
            var simulation = Simulation(seed: seed)
            do throws(SimulationFailure) {
                let summary = try simulation.run()
                states.formUnion(summary.states)
                results.formUnion(summary.results)
                starts += summary.starts
            } catch {
                Issue.record("\(error)")
                return
            }
        }
        // The histories are worth something only when they go everywhere.
        if count >= 500 {
            let missed = Set(ServiceState.allCases).subtracting(states)
            #expect(missed.isSubset(of: [.finalWatchdog, .reloadSignal, .autoRestartQueued, .stopWatchdog]))
            // One part may miss the rare ones.
            #expect(
                results.isSuperset(of: Set(ServiceResult.allCases).subtracting([.assertion, .condition, .oomKill])))
            // A condition or a preparation that fails is a history without a start.
            #expect(starts > Int(count) * 3 / 4)
        }
    }

    @Test func oneSeedIsOneHistory() throws {
        for seed in UInt64(1)...20 {
            var first = Simulation(seed: seed)
            var second = Simulation(seed: seed)
            _ = try first.run()
            _ = try second.run()
            #expect(first.trace == second.trace)
        }
    }
}
