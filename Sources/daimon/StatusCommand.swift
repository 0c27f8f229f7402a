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
        var instance = InstanceOptions()
        instance.runtimeDirectory = runtimeDirectory
        instance.logDirectory = logDirectory
        instance.name = name
        let view = try InstanceView.look(at: try instance.paths())
        if json {
            Terminal.say(StatusText.json(view) + "\n")
        } else if view.exitStatus == 4 {
            Terminal.complain("\(view.paths.name): no such instance in \(view.paths.base)")
        } else {
            Terminal.say(StatusText.text(view, lines: max(0, lines), coloured: Terminal.hasColours))
        }
        throw ExitCode(view.exitStatus)
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
        let folder = InstancePaths(name: "-", base: base).base
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(folder)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return Terminal.say(json ? "[]\n" : "No instances.\n")
        }
        let views = try names.filter { !$0.hasPrefix(".") && UnitName(parsing: $0)?.suffix == ".service" }.sorted()
            .map { try InstanceView.look(at: InstancePaths(name: $0, base: base)) }
        if json {
            Terminal.say("[" + views.map { StatusText.json($0) }.joined(separator: ",\n ") + "]\n")
        } else {
            Terminal.say(views.isEmpty ? "No instances.\n" : StatusText.table(views))
        }
    }
}
