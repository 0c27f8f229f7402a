// Reading the units again (`daimon reload-units`): what runs goes on, and a file that became bad keeps the old definition.
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension Supervisor {
    /// Reads every unit again. Whoever asked finds the outcome in the state file.
    func reloadUnits() {
        reloads += 1
        let reading = configuration.load(configuration.asked)
        let loaded = reading.units
        reloadProblems = loaded.problems
        fragments = reading.fragments
        let known = units.names
        var found: Set<String> = []
        for definition in loaded.definitions {
            found.insert(definition.name)
            if let problem = problem(of: definition) { reloadProblems.append(problem) }
        }
        log.write(.info, "\(configuration.paths.name): reading its units again.")
        define(loaded.definitions)
        // What nobody leads to any more goes as soon as it is down.
        let gone = known.filter { !found.contains($0) }
        if !gone.isEmpty { feed(.remove(gone)) }
        for line in reloadProblems { log.write(.warning, line) }
        for problem in reading.diagnostics { sayOnce("\(problem)") }
        for name in known { changed.insert(name) }
        for run in runs.values { run.releaseDescriptors() }
        changed.formIntersection(times.keys)
        headIsWritten = false
        publish()
    }

    /// What is wrong with a line of a unit, or not honoured: once, however often the units are read.
    func sayOnce(_ line: String) {
        if said.insert(line).inserted { log.write(.notice, line) }
    }

    /// Why the new definition of a unit is not taken.
    private func problem(of definition: UnitDefinition) -> String? {
        guard let old = units.definition(of: definition.name), old.graph.loadState == .loaded else { return nil }
        let kept = "the old definition stays in force"
        switch definition.graph.loadState {
        case .loaded: return nil
        case .masked: return "\(definition.name): it is masked now"
        case .badSetting:
            return
                "\(definition.name): a setting makes it unfit to be run, so \(kept); see 'daimon verify \(definition.name)'"
        case .error: return "\(definition.name): a file of it cannot be read, so \(kept)"
        case .notFound: return "\(definition.name): its file is gone; it stays until it is down"
        }
    }
}
