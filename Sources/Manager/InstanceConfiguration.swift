// What daimond's main decided before the supervision begins: which units, started how, with which places.
import Daemon
import Engine
import Instances
import Units

/// How one instance is to be run.
package struct InstanceConfiguration: Sendable {
    /// What is to be started, by full names; without errors.
    package var asked: [String]
    /// Those units, and all that they lead to.
    package var definitions: [UnitDefinition]
    /// The files of targets and timers among them, by the units' names.
    package var fragments: [String: String]
    /// Reads them again, by the names in `asked`.
    package var load: @Sendable ([String]) -> UnitReader.Reading
    /// What was given for it: paths and names; empty for a unit from a command line.
    package var given: [String]
    /// The text of the only unit, kept in the runtime directory so that it can be shown and restarted.
    package var unitText: String?
    /// What the units ask for and do not get, a line each: said in the log at start (nothing is silently ignored).
    package var notHonoured: [String]
    /// The places of the instance.
    package var paths: InstancePaths
    /// Whether a person chose the instance's name: then it may run what another instance runs too.
    package var nameIsChosen = false
    /// Whether a person named the runtime directory: then it must work, in every mode.
    package var pathsAreExplicit: Bool
    /// How daimond was started, and why it believes so.
    package var mode: LaunchMode
    /// Whether daimond is PID 1 of a container.
    package var isInit: Bool
    /// Whether services get daimond's whole environment.
    package var passAllEnvironment: Bool
    /// A second PID file, for tools that look for one in a certain place (`PIDFile=` of Type=forking).
    package var extraPIDFile: String?
    /// Whether nothing of the instance is to be kept when it has ended (`systemd-run --collect`).
    package var collects: Bool

    /// A configuration.
    package init(
        asked: [String], definitions: [UnitDefinition], fragments: [String: String],
        load: @escaping @Sendable ([String]) -> UnitReader.Reading,
        given: [String], unitText: String?, notHonoured: [String], paths: InstancePaths, pathsAreExplicit: Bool,
        mode: LaunchMode, isInit: Bool, passAllEnvironment: Bool, extraPIDFile: String?, collects: Bool
    ) {
        self.asked = asked
        self.definitions = definitions
        self.fragments = fragments
        self.load = load
        self.given = given
        self.unitText = unitText
        self.notHonoured = notHonoured
        self.paths = paths
        self.pathsAreExplicit = pathsAreExplicit
        self.mode = mode
        self.isInit = isInit
        self.passAllEnvironment = passAllEnvironment
        self.extraPIDFile = extraPIDFile
        self.collects = collects
    }

    /// The names of variables that services want to have of daimond's own, and of that by which the bus is found.
    package var passedVariables: [String] {
        definitions.flatMap { definition -> [String] in
            guard case .service(let unit) = definition.kind else { return [] }
            return unit.execution.passEnvironment + (unit.type == .dbus ? ["DBUS_SYSTEM_BUS_ADDRESS"] : [])
        }
    }

    /// The services among the units.
    var services: [String] {
        definitions.compactMap { definition in
            if case .service = definition.kind, definition.graph.loadState == .loaded { return definition.name }
            return nil
        }
    }
}
