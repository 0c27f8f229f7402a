// Why a unit was started, as far as its processes are told (systemd.exec(5), "$MONITOR_SERVICE_RESULT" and "$TRIGGER_UNIT").
import Units

/// The timer that started a unit.
public struct UnitTrigger: Equatable, Sendable {
    /// The timer's own name.
    public var unit: String
    /// When it elapsed.
    public var time: Moment
}

extension UnitSet {
    /// The service whose end a unit is to deal with: the one that names it in `OnFailure=` or `OnSuccess=`.
    /// - Parameter name: the unit that is named.
    /// - Returns: nil where there is none, and where there are two of them: it would not be known which one has ended. As in
    ///   systemd one service that names it in both counts as two.
    public func monitored(by name: String) -> String? {
        guard let own = resolve(name), let number = queue.graph.find(own) else { return nil }
        var found: Int?
        for edge in queue.graph.edges[number] {
            for atom in [DependencyAtoms.onFailureOf, .onSuccessOf] where edge.atoms.contains(atom) {
                guard found == nil else { return nil }
                found = edge.unit
            }
        }
        guard let found else { return nil }
        let source = queue.graph.units[found].name
        if case .service? = records[source]?.machine { return source }
        return nil
    }

    /// The timer that a unit was started by.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil where something else has started it.
    public func trigger(of name: String) -> UnitTrigger? { resolve(name).flatMap { records[$0]?.trigger } }

    /// A timer has queued the start of its unit.
    mutating func noteTrigger(of unit: String, by timer: String) {
        guard let own = resolve(unit), let record = records[own] else { return }
        // What is up already was started by something else, unless it is on its way down and comes back.
        if record.told.isInactiveOrFailed || queue.job(of: own) != nil {
            records[own]?.trigger = UnitTrigger(unit: timer, time: now)
        }
    }

    /// A unit is down for good, so that whatever starts it next is another story.
    mutating func forgetTrigger(of unit: String) {
        guard let index = records.index(forKey: unit), records.values[index].trigger != nil else { return }
        let record = records.values[index]
        if case .service(let machine) = record.machine, machine.state.phase != .rest { return }
        guard record.told.isInactiveOrFailed, queue.job(of: unit) == nil else { return }
        records.values[index].trigger = nil
    }
}
