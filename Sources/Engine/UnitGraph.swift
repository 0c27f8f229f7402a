// The units of an instance by name, and what they have to do with each other. A value: the manager makes it from the
// files of the units, and makes parts of it anew when they are read again.
import Units

/// Units and their dependencies.
public struct UnitGraph: Sendable {
    /// Another unit and everything that this one does to it.
    struct Edge: Equatable, Sendable {
        let other: Int32
        var atoms: DependencyAtoms

        var unit: Int { Int(other) }
    }

    /// A dependency as a unit names it, the name resolved.
    private struct Named: Sendable {
        let kind: DependencyKind
        let other: Int32
    }

    /// The units; a place, once given to a name, stays its own. What only others name is there as not found.
    private(set) var units: [Unit] = []
    /// The edges of each unit, by name of the other, one for each other.
    private(set) var edges: [[Edge]] = []
    /// What the edges of each unit do together: a target has an edge to everything that is ordered after it, and a job of it is
    /// nevertheless done with at a glance.
    private(set) var atoms: [DependencyAtoms] = []
    /// The place of each unit in the order of names.
    private(set) var rank: [Int32] = []
    private var named: [[Named]] = []
    private var places: [String: Int32] = [:]
    /// Where a name has become an alias after others had named it: from the place it had to that of its unit.
    private var forwards: [Int32: Int32] = [:]

    /// A graph.
    /// - Parameter units: the units; of two with one name the last counts.
    public init(_ units: [Unit] = []) {
        define(units)
    }

    /// Adds units, or gives those that are there a new definition.
    /// - Parameter new: their definitions. Time O(n log n) in the size of the whole graph: give many at once.
    public mutating func define(_ new: [Unit]) {
        // Growing by half of a thousand units would leave as much room again behind.
        if units.isEmpty {
            units.reserveCapacity(new.count + 8)
            named.reserveCapacity(new.count + 8)
        }
        // First all names, so that a dependency on an alias finds its unit, whatever comes first.
        for unit in new {
            let place = self.place(of: unit.name)
            // A name that was a unit's own so far may have become an alias, or the other way round.
            if units[place].name != unit.name {
                let own = append(unit.name)
                places[unit.name] = Int32(own)
            }
        }
        for unit in new {
            guard let place = places[unit.name] else { continue }
            for alias in unit.aliases where alias != unit.name {
                if let old = places[alias], old != place, units[Int(old)].name == alias { forwards[old] = place }
                places[alias] = place
            }
        }
        for unit in new {
            guard let place = places[unit.name].map({ Int($0) }) else { continue }
            named[place] = unit.dependencies.map { dependency in
                Named(kind: dependency.kind, other: Int32(self.place(of: dependency.unit)))
            }
            units[place] = unit
            units[place].dependencies = []
        }
        link()
    }

    /// Forgets the definitions of units: they are not found from now on. What others say about them stays.
    /// - Parameter names: the units.
    public mutating func remove(_ names: [String]) {
        for name in names {
            guard let place = places[name].map({ Int($0) }), units[place].name == name else { continue }
            for alias in units[place].aliases where places[alias] == Int32(place) { places[alias] = nil }
            forwards = forwards.filter { $0.value != Int32(place) }
            units[place] = Unit.unknown(name)
            named[place] = []
        }
        link()
    }

    /// A unit by its name.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil for a name that nobody has spoken of.
    public subscript(name: String) -> Unit? { places[name].map { units[Int($0)] } }

    /// The own name of a unit.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil for a name that nobody has spoken of.
    func ownName(_ name: String) -> String? { places[name].map { units[Int($0)].name } }

    /// The place of a unit.
    func find(_ name: String) -> Int? { places[name].map { Int($0) } }

    /// Every name of a unit, sorted; aliases are left out.
    public var names: [String] { units.map(\.name).sorted() }

    /// What a unit names itself.
    /// - Parameter name: its own name.
    /// - Returns: with the own names of the others; none for what is not there.
    func dependencies(of name: String) -> [Dependency] {
        guard let place = find(name) else { return [] }
        return named[place].map { Dependency($0.kind, units[Int($0.other)].name) }
    }

    /// Whether one unit does any of some things to another.
    func has(_ atoms: DependencyAtoms, from unit: Int, to other: Int) -> Bool {
        edge(from: unit, to: other).map { !$0.atoms.isDisjoint(with: atoms) } ?? false
    }

    /// The edge from one unit to another.
    private func edge(from unit: Int, to other: Int) -> Edge? {
        let list = edges[unit]
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if rank[list[middle].unit] < rank[other] { low = middle + 1 } else { high = middle }
        }
        return low < list.count && list[low].unit == other ? list[low] : nil
    }

    // MARK: - Making

    private mutating func place(of name: String) -> Int {
        if let place = places[name] { return Int(place) }
        let place = append(name)
        places[name] = Int32(place)
        return place
    }

    private mutating func append(_ name: String) -> Int {
        units.append(Unit.unknown(name))
        named.append([])
        return units.count - 1
    }

    /// Works out the edges anew: those that units name, and their inverses.
    private mutating func link() {
        let order = units.indices.sorted { units[$0].name < units[$1].name }
        rank = Array(repeating: 0, count: units.count)
        for (position, place) in order.enumerated() { rank[place] = Int32(position) }
        var edges: [[Edge]] = Array(repeating: [], count: units.count)
        for place in units.indices {
            for dependency in named[place] {
                let target = forwards[dependency.other] ?? dependency.other
                let other = Int(target)
                // No unit depends on itself.
                guard other != place else { continue }
                let atoms = dependency.kind.atoms
                if !atoms.isEmpty { edges[place].append(Edge(other: target, atoms: atoms)) }
                let inverse = dependency.kind.inverseAtoms
                if !inverse.isEmpty { edges[other].append(Edge(other: Int32(place), atoms: inverse)) }
            }
        }
        for place in units.indices where edges[place].count > 1 {
            edges[place].sort { rank[$0.unit] < rank[$1.unit] }
            var merged: [Edge] = []
            for edge in edges[place] {
                if let last = merged.indices.last, merged[last].other == edge.other {
                    merged[last].atoms.formUnion(edge.atoms)
                } else {
                    merged.append(edge)
                }
            }
            edges[place] = merged
        }
        self.edges = edges
        atoms = edges.map { $0.reduce(into: []) { $0.formUnion($1.atoms) } }
    }
}
