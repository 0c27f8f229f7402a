// What a dependency between two units does, piece by piece. A kind of dependency is a set of such pieces, and so is its
// inverse at the other unit (systemd.unit(5), "MAPPING OF UNIT PROPERTIES TO THEIR INVERSES").
import Units

/// Single effects that one unit has on another.
struct DependencyAtoms: OptionSet, Hashable, Sendable {
    let rawValue: UInt32

    // Of a job, in a transaction.

    /// A start pulls in a start, and fails without it.
    static let pullInStart = DependencyAtoms(rawValue: 1 << 0)
    /// A start pulls in a start, and goes on without it.
    static let pullInStartIgnored = DependencyAtoms(rawValue: 1 << 1)
    /// A start asks whether the other is active.
    static let pullInVerify = DependencyAtoms(rawValue: 1 << 2)
    /// A start stops the other, and fails without that.
    static let pullInStop = DependencyAtoms(rawValue: 1 << 3)
    /// A start stops the other, and goes on without that.
    static let pullInStopIgnored = DependencyAtoms(rawValue: 1 << 4)
    /// A stop stops the other, a restart restarts it if it is active.
    static let propagateStop = DependencyAtoms(rawValue: 1 << 5)
    /// The same, but a start of the other in the same transaction becomes a restart.
    static let propagateStopGraceful = DependencyAtoms(rawValue: 1 << 6)
    /// A reload reloads the other if it is active.
    static let propagateReload = DependencyAtoms(rawValue: 1 << 7)

    // Of a job that has ended.

    /// A start that failed ends the other's start.
    static let propagateStartFailure = DependencyAtoms(rawValue: 1 << 8)
    /// A stop that failed ends the other's start.
    static let propagateStopFailure = DependencyAtoms(rawValue: 1 << 9)
    /// A start that was done and left the unit inactive ends the other's start.
    static let propagateInactiveStartAsFailure = DependencyAtoms(rawValue: 1 << 10)

    // Of a change of state that no job asked for.

    /// Going up starts the other, mode `replace`.
    static let retroactiveStartReplace = DependencyAtoms(rawValue: 1 << 11)
    /// Going up starts the other, mode `fail`.
    static let retroactiveStartFail = DependencyAtoms(rawValue: 1 << 12)
    /// Going up stops the other.
    static let retroactiveStopOnStart = DependencyAtoms(rawValue: 1 << 13)
    /// Going down stops the other.
    static let retroactiveStopOnStop = DependencyAtoms(rawValue: 1 << 14)

    // Of any change of state.

    /// Cannot be active while the other is not.
    static let cannotBeActiveWithout = DependencyAtoms(rawValue: 1 << 15)
    /// Going down asks whether the other still may be active.
    static let checksBound = DependencyAtoms(rawValue: 1 << 16)
    /// Going down asks whether the other is still needed.
    static let checksUnneeded = DependencyAtoms(rawValue: 1 << 17)
    /// Is needed as long as the other is up.
    static let pinned = DependencyAtoms(rawValue: 1 << 18)
    /// Going up asks whether the other is there.
    static let checksUpheld = DependencyAtoms(rawValue: 1 << 19)
    /// Is started again and again while the other is active.
    static let upheld = DependencyAtoms(rawValue: 1 << 20)
    static let onFailure = DependencyAtoms(rawValue: 1 << 21)
    static let onSuccess = DependencyAtoms(rawValue: 1 << 22)
    static let triggers = DependencyAtoms(rawValue: 1 << 23)
    static let triggeredBy = DependencyAtoms(rawValue: 1 << 24)

    // For what is told a unit about another that caused its start.

    static let onFailureOf = DependencyAtoms(rawValue: 1 << 27)
    static let onSuccessOf = DependencyAtoms(rawValue: 1 << 28)

    // Order.

    static let before = DependencyAtoms(rawValue: 1 << 25)
    static let after = DependencyAtoms(rawValue: 1 << 26)

    /// The same order seen from the other unit.
    var inverseOrder: DependencyAtoms {
        var result: DependencyAtoms = []
        if contains(.before) { result.insert(.after) }
        if contains(.after) { result.insert(.before) }
        return result
    }
}

extension DependencyKind {
    /// What the unit that names the dependency does to the other.
    var atoms: DependencyAtoms {
        switch self {
        case .requires: [.pullInStart, .retroactiveStartReplace, .checksUnneeded]
        case .requisite: [.pullInVerify, .checksUnneeded]
        case .wants: [.pullInStartIgnored, .retroactiveStartFail, .checksUnneeded]
        case .bindsTo: [.pullInStart, .retroactiveStartReplace, .cannotBeActiveWithout, .checksUnneeded]
        case .upholds: [.pullInStartIgnored, .retroactiveStartReplace, .checksUpheld, .checksUnneeded]
        case .partOf: []
        case .conflicts: [.pullInStop, .retroactiveStopOnStart]
        case .before: [.before]
        case .after: [.after]
        case .onFailure: [.onFailure]
        case .onSuccess: [.onSuccess]
        case .triggers: [.triggers]
        case .propagatesReloadTo: [.propagateReload]
        case .reloadPropagatedFrom: []
        case .propagatesStopTo: [.retroactiveStopOnStop, .propagateStopGraceful]
        case .stopPropagatedFrom: []
        // Of namespaces and mounts the manager takes care: they are no matter of jobs.
        case .joinsNamespaceOf, .requiresMountsFor, .wantsMountsFor: []
        }
    }

    /// What the unit that is named does to the one that names it.
    var inverseAtoms: DependencyAtoms {
        switch self {
        case .requires: [.propagateStop, .propagateStartFailure, .pinned]
        case .requisite: [.propagateStop, .propagateStartFailure, .propagateInactiveStartAsFailure, .pinned]
        case .wants: [.pinned]
        case .bindsTo: [.retroactiveStopOnStop, .propagateStop, .propagateStartFailure, .pinned, .checksBound]
        case .upholds: [.upheld, .pinned]
        case .partOf: [.propagateStop]
        case .conflicts: [.pullInStopIgnored, .retroactiveStopOnStart, .propagateStopFailure]
        case .before: [.after]
        case .after: [.before]
        case .onFailure: [.onFailureOf]
        case .onSuccess: [.onSuccessOf]
        case .triggers: [.triggeredBy]
        case .propagatesReloadTo: []
        case .reloadPropagatedFrom: [.propagateReload]
        case .propagatesStopTo: []
        case .stopPropagatedFrom: [.retroactiveStopOnStop, .propagateStopGraceful]
        case .joinsNamespaceOf, .requiresMountsFor, .wantsMountsFor: []
        }
    }

    /// Whether the dependency names units, rather than paths.
    var namesUnits: Bool {
        switch self {
        case .requiresMountsFor, .wantsMountsFor: false
        case .requires, .requisite, .wants, .bindsTo, .partOf, .upholds, .conflicts, .before, .after, .onFailure,
            .onSuccess, .triggers, .propagatesReloadTo, .reloadPropagatedFrom, .propagatesStopTo, .stopPropagatedFrom,
            .joinsNamespaceOf:
            true
        }
    }
}
