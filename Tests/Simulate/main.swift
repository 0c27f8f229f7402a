// simulate [HISTORIES] [FIRST-SEED]: random histories of sets of units, one for each seed; the first that breaks a promise is
// printed, step by step, and ends it: `simulate 1 SEED` replays it.
import Glibc
import Simulation

func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let arguments = CommandLine.arguments
let count = arguments.count > 1 ? UInt64(arguments[1]) ?? 10_000 : 10_000
// Below are seeds of a friendlier world, which are kept for what they have found.
let first = arguments.count > 2 ? UInt64(arguments[2]) ?? 20_001 : 20_001
let begin = seconds()
var summary = HistorySummary()
var seed = first
do throws(HistoryFailure) {
    while seed < first + count {
        summary.add(try SetHistory.run(seed: seed))
        seed += 1
    }
} catch {
    print("\(error)")
    print("simulate: history \(seed - first + 1) of \(count) fails; replay it with: simulate 1 \(error.seed)")
    exit(1)
}
let elapsed = seconds() - begin
let rate = Int(Double(count) / max(elapsed, 1e-6))
print("\(count) histories from seed \(first): \(rate) a second, \(summary.events) events, \(summary.starts) starts")
print("jobs: " + summary.results.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
print("states: " + summary.states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
