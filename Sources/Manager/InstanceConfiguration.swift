// What daimond's main decided before the supervision begins: which unit, started how, with which places.
import Instances
import Daemon
import Units

/// How one instance is to be run.
package struct InstanceConfiguration: Sendable {
    /// The unit, without errors.
    package var unit: ServiceUnit
    /// The text it was read from, kept in the runtime directory so that it can be shown and restarted.
    package var unitText: String
    /// What the unit asks for and does not get, a line each: said in the log at start (nothing is silently ignored).
    package var notHonoured: [String]
    /// The places of the instance.
    package var paths: InstancePaths
    /// Whether a person named the runtime directory: then it must work, in every mode.
    package var pathsAreExplicit: Bool
    /// How daimond was started, and why it believes so.
    package var mode: LaunchMode
    /// Whether daimond is PID 1 of a container.
    package var isInit: Bool
    /// Whether the service gets daimond's whole environment.
    package var passAllEnvironment: Bool
    /// A second PID file, for tools that look for one in a certain place (`PIDFile=` of Type=forking).
    package var extraPIDFile: String?
    /// Whether nothing of the instance is to be kept when it has ended (`systemd-run --collect`).
    package var collects: Bool

    /// A configuration.
    package init(
        unit: ServiceUnit, unitText: String, notHonoured: [String], paths: InstancePaths, pathsAreExplicit: Bool,
        mode: LaunchMode, isInit: Bool, passAllEnvironment: Bool, extraPIDFile: String?, collects: Bool
    ) {
        self.unit = unit
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
}
