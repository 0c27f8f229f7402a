// From a few names to all units that they lead to: each is loaded once, with everything that the dependencies name.
import Units

/// Units that were loaded together.
public struct LoadedUnits: Sendable {
    /// Their definitions, each once, in the order in which they were found.
    public internal(set) var definitions: [UnitDefinition] = []
    /// What went wrong that is not the matter of one unit.
    public internal(set) var problems: [String] = []

    /// Loads units and all that they lead to.
    /// - Parameters:
    ///   - names: full names, or aliases.
    ///   - limit: the most units that are loaded; those beyond it are not found.
    ///   - isKnown: whether a unit is there already and is not to be loaded again.
    ///   - load: loads one unit by a name that may be an alias.
    /// - Returns: the definitions.
    public static func load(
        _ names: [String], limit: Int = 10_000, isKnown: (String) -> Bool = { _ in false },
        using load: (String) -> UnitDefinition
    ) -> LoadedUnits {
        var result = LoadedUnits()
        /// Every name that has been asked for, to the place of its definition; nil beyond the limit.
        var places: [String: Int] = [:]
        var pending = names
        var position = 0
        func enter(_ definition: UnitDefinition, asked name: String) {
            if let place = places[definition.name] {
                places[name] = place
                return
            }
            let place = result.definitions.count
            result.definitions.append(definition)
            for known in [name, definition.name] + definition.graph.aliases { places[known] = place }
        }
        while position < pending.count {
            let name = pending[position]
            position += 1
            if places[name] != nil || isKnown(name) { continue }
            guard result.definitions.count < limit else {
                result.problems.append(
                    "More than \(limit) units belong together; \(name) and what comes after it is left out.")
                break
            }
            var definition = load(name)
            guard definition.graph.loadState == .loaded else {
                enter(definition, asked: name)
                continue
            }
            addMounts(
                to: &definition,
                isThere: { mount in
                    if let place = places[mount] { return result.definitions[place].graph.loadState == .loaded }
                    if isKnown(mount) { return true }
                    guard result.definitions.count < limit else { return false }
                    // What is not there is remembered as well, so that no path is looked at twice.
                    let found = load(mount)
                    enter(found, asked: mount)
                    return found.graph.loadState == .loaded
                })
            // Dependencies come from sets: sorted, so that the same files make the same list.
            let others = definition.graph.dependencies.map(\.unit).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            enter(definition, asked: name)
            pending += others
        }
        return result
    }

    /// `RequiresMountsFor=` and `WantsMountsFor=`: an order after the mounts on the way to a path, and a requirement of those
    /// that are there (systemd.unit(5)).
    private static func addMounts(to definition: inout UnitDefinition, isThere: (String) -> Bool) {
        func add(_ paths: Set<String>, _ kind: DependencyKind) {
            for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                for prefix in prefixes(of: path) {
                    guard let mount = UnitName(path: prefix, suffix: ".mount")?.description, mount != definition.name,
                        isThere(mount)
                    else { continue }
                    definition.graph.dependencies.append(.init(.after, mount))
                    definition.graph.dependencies.append(.init(kind, mount))
                }
            }
        }
        add(definition.requiredMounts, .requires)
        add(definition.wantedMounts, .wants)
    }

    /// `/`, `/var`, `/var/lib` of `/var/lib`.
    private static func prefixes(of path: String) -> [String] {
        var result = ["/"]
        let bytes = Array(path.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
            result.append(String(decoding: bytes[..<index], as: UTF8.self))
        }
        if bytes.count > 1 { result.append(path) }
        return result
    }
}
