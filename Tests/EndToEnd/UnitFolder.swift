// Units of a test's own: a folder that alone is searched, probes that note in which order they start and stop, and what
// `daimon status` says of each unit.
import Foundation
import Linux
import Testing

/// A folder of units, and instances made of them. Goes with everything that was started from it.
final class UnitFolder: Sendable {
    let instance: TemporaryInstance

    init() throws {
        instance = try TemporaryInstance()
        guard mkdir(instance.path("units"), 0o755) == 0, mkdir(instance.path("pids"), 0o777) == 0 else {
            throw SystemError("make a folder in", instance.directory)
        }
    }

    // MARK: - Units

    /// Writes a unit, or a file that belongs to one.
    func define(_ name: String, _ lines: String...) throws {
        try instance.write("units/\(name)", lines.joined(separator: "\n") + "\n")
    }

    /// Writes a service of the probe, which notes `+NAME` when it is started and `-NAME` when it has ended, and its pid.
    /// `name`: without `.service`.
    /// `unit`: lines of `[Unit]`.
    /// `service`: lines of `[Service]`; `Type=notify` unless they say otherwise.
    /// `behaviours`: of the probe, in place of being ready at once.
    func probe(
        _ name: String, _ unit: [String] = [], service: [String] = [], _ behaviours: String = "ready"
    ) throws {
        let type = service.contains { $0.hasPrefix("Type=") } ? [] : ["Type=notify"]
        let lines =
            ["[Unit]"] + unit + ["[Service]"] + type + [
                "ExecStart=\(Binaries.probe) append \(order) +\(name) pid \(pids(name)) \(behaviours)",
                "ExecStopPost=\(Binaries.probe) append \(order) -\(name) exit 0",
            ] + service
        try instance.write("units/\(name).service", lines.joined(separator: "\n") + "\n")
    }

    func probe(_ name: String, _ behaviours: String) throws { try probe(name, [], service: [], behaviours) }

    /// A folder beside a unit, such as `a.service.wants`, with links to others.
    func link(_ folder: String, _ targets: String...) throws {
        guard mkdir(instance.path("units/\(folder)"), 0o755) == 0 else { throw SystemError("make", folder) }
        for target in targets {
            guard symlink("../\(target)", instance.path("units/\(folder)/\(target)")) == 0 else {
                throw SystemError("link", target)
            }
        }
    }

    func remove(_ name: String) throws {
        guard unlink(instance.path("units/\(name)")) == 0 else { throw SystemError("remove", name) }
    }

    // MARK: - What they note

    /// The file of starts and ends.
    var order: String { instance.path("order") }
    /// Starts and ends so far.
    var events: [String] { instance.lines("order") }
    /// Where something stands among them.
    func place(_ event: String) -> Int? { events.firstIndex(of: event) }

    /// The file of a service's pids.
    func pids(_ name: String) -> String { instance.path("pids/\(name)") }
    /// The main processes that a service has had.
    func mains(_ name: String) -> [pid_t] { instance.notedPids("pids/\(name)") }

    // MARK: - daimon

    /// The environment of daimon: units are looked for in the folder alone.
    var environment: [String: String] {
        var result = instance.environment
        result["SYSTEMD_UNIT_PATH"] = instance.path("units")
        return result
    }

    /// Runs `daimon` to its end.
    @discardableResult
    func daimon(_ arguments: String..., timeout: Duration = .seconds(30)) throws -> CommandResult {
        try Command.run([Binaries.daimon] + arguments, environment: environment, timeout: timeout)
    }

    /// `daimon run` in the background of the test.
    func run(_ arguments: String...) throws -> BackgroundCommand {
        try BackgroundCommand([Binaries.daimon, "run"] + arguments, environment: environment)
    }

    /// What `daimon status --json` says of a unit.
    /// `unit`: its full name, or that of an instance.
    func status(_ unit: String) throws -> ShownStatus {
        let result = try daimon("status", "--json", unit)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return ShownStatus(values: try #require(object as? [String: Any], "\(result)"))
    }

    /// Waits until a unit is in a state, such as `active (running)`.
    func wait(
        for unit: String, _ state: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var last = ""
        do {
            try waitUntil("\(unit) is \(state)", sourceLocation: sourceLocation) {
                last = try status(unit).state
                return last == state
            }
        } catch {
            Issue.record("\(unit) is \(last)", sourceLocation: sourceLocation)
            throw error
        }
    }

    /// Everything that daimond and services of an instance have written in the background.
    func log(_ name: String) -> String { instance.read("log/\(name).log") }
}

/// A unit as `daimon status --json` shows it.
struct ShownStatus {
    let values: [String: Any]

    subscript(_ key: String) -> String {
        switch values[key] {
        case let text as String: text
        case let number as NSNumber: number.stringValue
        default: ""
        }
    }

    /// Such as `active (running)`.
    var state: String { "\(self["ActiveState"]) (\(self["SubState"]))" }
    var main: pid_t { pid_t(self["MainPID"]) ?? 0 }
}
