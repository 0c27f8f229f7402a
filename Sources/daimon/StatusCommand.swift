// `daimon status` and `daimon list`: what is running, since when, with which processes.
import ArgumentParser
import Engine
import Glibc
import Linux
import Instances
import Units

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", _superCommandName: "daimon",
        abstract: "Show an instance: state, processes, memory, last log lines.",
        discussion: "Exit status: 0 running, 1 its daimond was killed, 3 not running, 4 unknown.")

    @Option(help: ArgumentHelp("In place of /run/daimon.", valueName: "dir"))
    var runtimeDirectory: String?

    @Option(help: ArgumentHelp("In place of /var/log/daimon.", valueName: "dir"))
    var logDirectory: String?

    @Flag(help: "As a JSON object.")
    var json = false

    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many log lines.")
    var lines = 10

    @Argument(help: "The name of the instance; without one, all of them are listed.")
    var name: String?

    func run() throws {
        guard let name else {
            try ListCommand.show(base: runtimeDirectory, json: json)
            return
        }
        let (view, only) = try find(name)
        if json {
            Terminal.say((StatusText.json(view, only: only ?? view.state?.primary.id).first ?? "{}") + "\n")
        } else if view.exitStatus == 4 {
            Terminal.complain("\(name): no such instance or unit in \(view.paths.base)")
        } else {
            Terminal.say(StatusText.text(view, only: only, lines: max(0, lines), coloured: Terminal.hasColours))
        }
        throw ExitCode(Self.exitStatus(view, only))
    }

    /// The instance of a name, or the one that has a unit of that name: what runs comes before what has ended,
    /// and of that the last.
    private func find(_ name: String) throws -> (InstanceView, only: String?) {
        let unit = UnitName(parsing: name)
        if let unit, unit.suffix != ".service" {
            // No instance has such a name.
            if let view = try ListCommand.view(having: unit.description, base: runtimeDirectory) {
                return (view, unit.description)
            }
            return (try InstanceView.look(at: InstancePaths(name: name, base: runtimeDirectory)), nil)
        }
        var instance = InstanceOptions()
        instance.runtimeDirectory = runtimeDirectory
        instance.logDirectory = logDirectory
        instance.name = name
        let view = try InstanceView.look(at: try instance.paths())
        guard view.daimond == nil, !view.wasKilled, let unit = unit?.description,
            let other = try ListCommand.view(having: unit, base: runtimeDirectory),
            other.daimond != nil || view.state == nil || view.state?.unit(unit) != nil
        else { return (view, nil) }
        return (other, unit)
    }

    private static func exitStatus(_ view: InstanceView, _ only: String?) -> CInt {
        guard let only, let unit = view.state?.unit(only), view.daimond != nil else { return view.exitStatus }
        return unit.activeState == .active || unit.activeState == .reloading ? 0 : 3
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", _superCommandName: "daimon", abstract: "List the instances.")

    @Option(help: ArgumentHelp("In place of /run/daimon.", valueName: "dir"))
    var runtimeDirectory: String?

    @Flag(help: "As a JSON array.")
    var json = false

    func run() throws {
        try ListCommand.show(base: runtimeDirectory, json: json)
    }

    static func show(base: String?, json: Bool) throws {
        let views = try views(base: base)
        if json {
            Terminal.say("[" + views.flatMap { StatusText.json($0) }.joined(separator: ",\n ") + "]\n")
        } else {
            Terminal.say(views.isEmpty ? "No instances.\n" : StatusText.table(views))
        }
    }

    /// An instance that has a unit: one that runs, else the last that did.
    static func view(having unit: String, base: String?) throws -> InstanceView? {
        let views = try views(base: base).filter { $0.state?.unit(unit) != nil }
        let running = views.first { $0.daimond != nil }
        return running
            ?? views.max { ($0.state?.unit(unit)?.stateChanged ?? 0) < ($1.state?.unit(unit)?.stateChanged ?? 0) }
    }

    /// All instances, by their names.
    static func views(base: String?) throws -> [InstanceView] {
        let folder = InstancePaths(name: "-", base: base).base
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(folder)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return []
        }
        return try names.filter { !$0.hasPrefix(".") && UnitName(parsing: $0)?.suffix == ".service" }.sorted()
            .map { try InstanceView.look(at: InstancePaths(name: $0, base: base)) }
    }
}
