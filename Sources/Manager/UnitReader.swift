// From names to definitions: the units of an instance, as its files and the machine have them now.
import Engine
import Glibc
import Instances
import Linux
import Units

/// Reads units for an instance.
package struct UnitReader: Sendable {
    private var store: UnitStore
    private let facts: SpecifierFacts
    /// Units that were given by their path, by their text, or with settings of their own, by their own names.
    private var given: [String: Given] = [:]
    /// What is wrong with those of them that were read again.
    private var problemsOfGiven: [Diagnostic] = []

    private struct Given: Sendable {
        var definition: UnitDefinition
        var fragment: String?
        var origin: Origin
        var dropIn: [UInt8]?
    }

    /// Where a unit is that was given.
    package enum Origin: Sendable {
        /// Among the others, by its name.
        case name
        /// In a file, by its path.
        case path(String)
        /// In no file: there is nothing that could be read again, whatever else has its name.
        case text
    }

    /// A reader.
    /// - Parameter store: where units are looked for.
    package init(_ store: UnitStore) {
        self.store = store
        facts = .system()
    }

    /// What was read.
    package struct Reading: Sendable {
        /// The definitions, and what went wrong with all of them together.
        package var units: LoadedUnits
        /// What is wrong with services, or asked for in them and not given. With those that were taken in that was known
        /// before; it comes again when they are read again.
        package var diagnostics: [Diagnostic]
        /// The files of targets and timers that may be started, by the units' names; a service knows its own.
        package var fragments: [String: String]
    }

    /// Takes in a unit that was read already.
    /// - Parameters:
    ///   - description: the unit.
    ///   - origin: where it was read.
    ///   - dropIn: settings of the command line.
    package mutating func take(_ description: UnitDescription, from origin: Origin, dropIn: [UInt8]?) {
        given[description.name.description] = Given(
            definition: definition(of: description), fragment: description.files.fragmentPath, origin: origin,
            dropIn: dropIn)
    }

    /// A reader that has read again what can be read again: files by their paths, while a text stays what it was.
    private func again() -> UnitReader {
        var new = self
        // A folder may have come since.
        new.store = UnitStore(probing: store.searchPath)
        for (name, unit) in given {
            guard let own = UnitName(full: name) else { continue }
            let found: UnitFiles?
            switch unit.origin {
            case .name: found = new.store.files(of: own)
            case .path(let path): found = new.store.files(atPath: path, name: own)
            case .text: found = nil
            }
            guard var files = found else { continue }
            if let dropIn = unit.dropIn, case .file = files.fragment { files.append(dropIn: dropIn, from: "-p") }
            let description = UnitDescription(files, facts: facts)
            new.given[name]?.definition = definition(of: description)
            new.given[name]?.fragment = files.fragmentPath
            new.problemsOfGiven += description.problemsOfRun
        }
        return new
    }

    /// Units, and all that they lead to, as their files are now.
    /// - Parameter names: full names.
    /// - Returns: what was read.
    package func loadAgain(_ names: [String]) -> Reading { again().load(names) }

    /// The definition of a unit that was read.
    /// - Parameter description: the unit.
    /// - Returns: what an instance runs.
    private func definition(of description: UnitDescription) -> UnitDefinition {
        UnitDefinition(description, on: Self.machine)
    }

    /// Units, and all that they lead to.
    /// - Parameter names: full names.
    /// - Returns: what was read.
    package func load(_ names: [String]) -> Reading {
        var problems: [String: [Diagnostic]] = [:]
        var fragments = given.compactMapValues(\.fragment)
        let units = LoadedUnits.load(names) { name in
            if let known = given[name] { return known.definition }
            // Steps of a machine's boot have files that are not read; only those of an administrator count.
            guard let unit = UnitName(full: name) else { return .withoutFile(name, on: Self.machine) }
            let files = store.files(of: unit)
            if case .notFound = files.fragment { return .withoutFile(files.id.description, on: Self.machine) }
            let description = UnitDescription(files, facts: facts)
            let definition = definition(of: description)
            switch definition.kind {
            case .service: problems[definition.name] = description.problemsOfRun
            case .timer, .passive(.target): fragments[definition.name] = files.fragmentPath
            case .passive: break
            }
            return definition
        }
        // Most of what is read is there for the order alone (`After=` a service of the machine's boot), and is not started.
        let started = Self.started(by: names, units.definitions)
        let starting = Set(started)
        return Reading(
            units: units, diagnostics: problemsOfGiven + started.flatMap { problems[$0] ?? [] },
            fragments: fragments.filter { starting.contains($0.key) && !$0.key.hasSuffix(".service") })
    }

    /// The units that a start of some may start, by their own names, each after one that leads to it.
    private static func started(by names: [String], _ definitions: [UnitDefinition]) -> [String] {
        var places: [String: Int] = [:]
        for (place, definition) in definitions.enumerated() {
            for name in [definition.name] + definition.graph.aliases { places[name] = place }
        }
        var found: [Int] = []
        var seen: Set<Int> = []
        func add(_ name: String) {
            if let place = places[name], seen.insert(place).inserted { found.append(place) }
        }
        for name in names { add(name) }
        var next = 0
        while next < found.count {
            for dependency in definitions[found[next]].graph.dependencies {
                switch dependency.kind {
                case .requires, .wants, .bindsTo, .upholds, .onFailure, .onSuccess, .triggers: add(dependency.unit)
                case .requisite, .partOf, .conflicts, .before, .after, .propagatesReloadTo, .reloadPropagatedFrom,
                    .propagatesStopTo, .stopPropagatedFrom, .joinsNamespaceOf, .requiresMountsFor, .wantsMountsFor:
                    break
                }
            }
            next += 1
        }
        return found.map { definitions[$0].name }
    }

    /// What the machine has without our doing.
    private static let machine = UnitDefinition.Machine(
        isMounted: { path in
            var own = stat()
            var above = stat()
            guard stat(path, &own) == 0, stat("\(path)/..", &above) == 0 else { return false }
            // The root is its own parent; anything else is mounted where the file system changes. A bind mount within one
            // file system is taken for a folder, which is there just as well.
            return own.st_dev != above.st_dev || own.st_ino == above.st_ino
        },
        exists: { access($0, F_OK) == 0 })
}
