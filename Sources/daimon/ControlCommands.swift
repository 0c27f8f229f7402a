// `daimon stop`, `restart`, `reload`: what is said to a running instance.
import ArgumentParser
import Engine
import Glibc
import Linux
import Instances
import Units

/// Which instance, and where.
struct InstanceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("In place of /run/daimon.", valueName: "dir"))
    var runtimeDirectory: String?

    @Option(help: ArgumentHelp("In place of /var/log/daimon.", valueName: "dir"))
    var logDirectory: String?

    @Argument(help: "The name of the instance.")
    var name: String

    /// The places of the instance.
    func paths() throws -> InstancePaths {
        var name = name
        if name.hasSuffix(".service") { name.removeLast(".service".count) }
        guard UnitName(parsing: name)?.suffix == ".service", !name.hasPrefix("."), !name.contains("/") else {
            throw Failure.badInput("'\(self.name)' is no name of an instance; see 'daimon list'")
        }
        return InstancePaths(name: name, base: runtimeDirectory, logs: logDirectory)
    }
}

struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", _superCommandName: "daimon",
        abstract: "Stop an instance; returns when every process of it is gone.")

    @OptionGroup var options: InstanceOptions

    func run() throws {
        try Stop.stop(try options.paths())
    }

    static func stop(_ paths: InstancePaths) throws {
        let outcome = try InstanceStopper.stop(paths) { Terminal.say("\($0)\n") }
        switch outcome {
        case .stopped: break
        case .wasNotRunning: Terminal.say("\(paths.name) is not running\n")
        case .left(let processes):
            let pids = processes.map { String($0.pid) }.joined(separator: ", ")
            // What KillMode= leaves alive is what was asked for.
            Terminal.say("\(paths.name) is stopped; left alive: pid \(pids)\n")
        case .stillRunning(let pid):
            throw Failure("\(paths.name): daimond (pid \(pid)) has not ended in the time its unit allows; see its log")
        }
    }
}

struct Restart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", _superCommandName: "daimon",
        abstract: "Stop an instance and start it again, in the background, with the unit it was started with.")

    @OptionGroup var options: InstanceOptions

    func run() throws {
        let paths = try options.paths()
        let view = try InstanceView.look(at: paths)
        guard let state = view.state else {
            throw Failure("\(paths.name) has never been started here; use 'daimon start'", status: 5)
        }
        if view.daimond != nil && state.launchMode == "supervised" {
            throw Failure(
                "\(paths.name) was started by systemd; restart it there: systemctl restart daimon@\(paths.name)")
        }
        if state.launchMode == "foreground" {
            throw Failure(
                "\(paths.name) was started in the foreground, with what its terminal gave it; restart it there")
        }
        try Stop.stop(paths)
        var launch = LaunchOptions()
        launch.name = paths.name
        launch.runtimeDirectory = paths.base
        launch.logDirectory = paths.logs
        launch.pidFile = state.extraPIDFile
        launch.properties = []
        launch.command = []
        launch.strict = false
        launch.unit = state.fragmentPath ?? paths.unitFile
        try Handover.launch(launch, inForeground: false)
    }
}

struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", _superCommandName: "daimon",
        abstract: "Ask an instance to reload, as its unit says how (ExecReload=, ReloadSignal=).")

    @OptionGroup var options: InstanceOptions

    func run() throws {
        let paths = try options.paths()
        let view = try InstanceView.look(at: paths)
        guard let daimond = view.daimond else { throw Failure("\(paths.name) is not running", status: 7) }
        if let state = view.state, !state.canReload {
            throw Failure(
                "\(paths.name) has no way to reload: set ExecReload=, ReloadSignal= or Type=notify-reload", status: 3)
        }
        _ = try ProcessHandle(daimond).send(SIGHUP)
    }
}
