// A unit as an instance runs it: what its files say, in the form that the set of units wants.
import Units

/// The definition of a unit.
public struct UnitDefinition: Sendable {
    /// What is run.
    public enum Kind: Sendable {
        case service(ServiceUnit)
        /// With the rules of the time zones that `OnCalendar=` names.
        // Rare, and large.
        indirect case timer(TimerUnit, zones: [String: TimeZoneRules])
        /// What does nothing by itself.
        case passive(PassiveMachine.Role)
    }

    /// Name, dependencies and what jobs have to know.
    public var graph: UnitGraph.Unit
    /// What is run.
    public var kind: Kind
    /// `Condition…=`.
    public var conditions: [Condition] = []
    /// `Assert…=`.
    public var assertions: [Condition] = []
    /// Paths for which mounts are required, and wanted: resolved when the set is loaded.
    var requiredMounts: Set<String> = []
    var wantedMounts: Set<String> = []
    /// What the unit asks for and does not get, a line each.
    public var notices: [String] = []

    /// A definition.
    /// - Parameters:
    ///   - graph: name, dependencies and what jobs have to know.
    ///   - kind: what is run.
    public init(_ graph: UnitGraph.Unit, _ kind: Kind) {
        self.graph = graph
        self.kind = kind
    }

    /// The full name.
    public var name: String { graph.name }

    /// The suffix of a name, without its dot; empty for a name without one.
    static func type(of name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(name[name.utf8.index(after: dot)...])
    }
}
