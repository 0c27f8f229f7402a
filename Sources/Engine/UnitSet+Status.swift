// How things are: for whoever shows it, writes it down, or carries out an action about it.
import Units

/// A unit as it is at present.
public struct UnitStatus: Sendable {
    /// The full name.
    public var name: String
    /// `Description=`.
    public var description: String
    /// Whether it can be run.
    public var loadState: UnitDescription.LoadState
    /// The coarse state.
    public var activeState: ActiveState
    /// The fine state, in the word of its type.
    public var subState: String
    /// systemd's Result.
    public var result: String
    /// Its job.
    public var job: Job?
    /// When it came to its coarse state; nil when it was never in another.
    public var since: Moment?
    /// Its machine, where it is a service.
    public var service: ServiceMachine?
    /// Its machine, where it is a timer.
    public var timer: TimerMachine?
    /// What was found when it was last to be started; nil when nothing had to be looked at.
    public var check: UnitCheck?
}

extension UnitSet {
    /// The names of all units, sorted.
    public var names: [String] { records.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// A unit.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil for what is not there.
    public func status(of name: String) -> UnitStatus? {
        guard let own = resolve(name), let record = records[own] else { return nil }
        let graph = queue.graph[own] ?? record.definition.graph
        var status = UnitStatus(
            name: own, description: record.definition.graph.description, loadState: graph.loadState,
            activeState: record.told, subState: record.toldSubState, result: ServiceResult.success.rawValue,
            job: queue.job(of: own), since: record.stateEntered, check: record.check)
        switch record.machine {
        case .service(let machine):
            status.service = machine
            status.result = machine.result.rawValue
        case .timer(let machine):
            status.timer = machine
            status.result = machine.result.rawValue
        case .passive: break
        }
        return status
    }

    /// The definition of a unit, as it was last read.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil for what is not there.
    public func definition(of name: String) -> UnitDefinition? {
        guard let own = resolve(name), let record = records[own] else { return nil }
        if let new = next[own] { return new }
        var definition = record.definition
        definition.graph.dependencies = queue.graph.dependencies(of: own)
        return definition
    }

    /// The machine of a service, for whoever carries out its actions.
    /// - Parameter name: its name, or an alias.
    /// - Returns: nil for what is no service.
    public func service(_ name: String) -> ServiceMachine? {
        guard let own = resolve(name), case .service(let machine)? = records[own]?.machine else { return nil }
        return machine
    }

    /// Whether a unit is known, so that it need not be loaded.
    /// - Parameter name: its name, or an alias.
    /// - Returns: whether there is a definition of it, be it that it is not found.
    public func isKnown(_ name: String) -> Bool { resolve(name).map { records[$0] != nil } ?? false }

    /// Whether something is to be done with a unit.
    /// - Parameter name: its name, or an alias.
    /// - Returns: whether there is a job.
    public func hasJob(_ name: String) -> Bool { resolve(name).map { queue.job(of: $0) != nil } ?? false }

    /// Whether no job is left.
    public var isQuiet: Bool { queue.isEmpty }
}
