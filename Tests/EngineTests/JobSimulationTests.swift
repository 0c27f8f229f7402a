// Thousands of histories of jobs. DAIMON_JOB_SEED=n replays one; DAIMON_SEEDS=n runs so many from DAIMON_SEED_BASE on.
import Glibc
import Testing
import Units

@testable import Engine

@Suite struct JobSimulationTests {
    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    @Test(arguments: UInt64(0)..<2)
    func histories(_ part: UInt64) {
        if let seed = Self.number("DAIMON_JOB_SEED") {
            guard part == 0 else { return }
            var simulation = JobSimulation(seed: seed)
            do throws(JobFailure) { try simulation.run() } catch { Issue.record("\(error)") }
            print(simulation.trace.joined(separator: "\n"))
            return
        }
        let base = Self.number("DAIMON_SEED_BASE") ?? 1
        let count = (Self.number("DAIMON_SEEDS") ?? 2000) / 2
        var ends: [JobResult: Int] = [:]
        var errors: [JobError.Kind: Int] = [:]
        for seed in base + part * count..<base + (part + 1) * count {
            var simulation = JobSimulation(seed: seed)
            do throws(JobFailure) {
                try simulation.run()
            } catch {
                Issue.record("\(error)")
                return
            }
            ends.merge(simulation.ends, uniquingKeysWith: +)
            errors.merge(simulation.errors, uniquingKeysWith: +)
        }
        // The histories are worth something only when they go everywhere.
        guard count >= 500 else { return }
        for result in [JobResult.done, .canceled, .timeout, .failed, .dependency, .skipped, .invalid, .assert] {
            #expect(ends[result, default: 0] > 0, "\(result)")
        }
        for kind in [
            JobError.Kind.transactionIsDestructive, .transactionOrderIsCyclic, .transactionJobsConflicting,
            .unitMasked, .jobTypeNotApplicable, .invalidArguments,
        ] {
            #expect(errors[kind, default: 0] > 0, "\(kind)")
        }
    }

    @Test func oneSeedIsOneHistory() throws {
        for seed in UInt64(1)...20 {
            var first = JobSimulation(seed: seed)
            var second = JobSimulation(seed: seed)
            try first.run()
            try second.run()
            #expect(first.trace == second.trace)
        }
    }
}
