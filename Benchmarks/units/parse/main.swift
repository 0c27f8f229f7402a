// Reads all services of a folder with their drop-ins, as daimond reads the unit that it runs, and says how long that took
// on a line of its own: "300 units 41.5 ms". For Benchmarks/units/run.
import Glibc
import Units

private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}

guard CommandLine.arguments.count == 2 else {
    print("usage: parse-units FOLDER")
    exit(2)
}
private let start = now()
private let store = UnitStore(UnitSearchPath([CommandLine.arguments[1]]))
private let facts = SpecifierFacts.system()
private var count = 0
for name in store.names where name.suffix == ".service" {
    let loaded = UnitLoader.load(store.files(of: name), facts: facts)
    guard !loaded.hasErrors, loaded.unit.execStart.count == 1 else {
        print("\(name) was not read: \(loaded.diagnostics.first.map { "\($0)" } ?? "no command")")
        exit(1)
    }
    count += 1
}
print("\(count) units \((now() - start).rounded(toPlaces: 2)) ms")

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let factor = pow(10, Double(places))
        return (self * factor).rounded() / factor
    }
}
