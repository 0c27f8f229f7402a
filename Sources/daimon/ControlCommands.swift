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
        if let unit = UnitName(full: name), unit.suffix != ".service" { name = try instance(of: unit.description) }
        guard UnitName(parsing: name)?.suffix == ".service", !name.hasPrefix("."), !name.contains("/") else {
            throw Failure.badInput("'\(self.name)' is no name of an instance; see 'daimon list'")
        }
        return InstancePaths(name: name, base: runtimeDirectory, logs: logDirectory)
    }

    /// The instance that a target or a timer was started as: it has the name without the type, or another.
    private func instance(of unit: String) throws -> String {
        let views = try ListCommand.views(base: runtimeDirectory)
        if let own = views.first(where: { $0.state?.asked == [unit] }) { return own.paths.name }
        if let other = views.first(where: { $0.state?.unit(unit) != nil && $0.daimond != nil }) {
            throw Failure("\(unit) runs in the instance \(other.paths.name); name that")
        }
        throw Failure("\(unit) is of no instance; see 'daimon list'", status: 4)
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
        try refuseUnitOfSet(paths)
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

/// A unit that runs with others in an instance of another name cannot be had alone: that nothing of its name runs would be a
/// lie.
private func refuseUnitOfSet(_ paths: InstancePaths) throws {
    // An instance of that name may have run before.
    let view = try InstanceView.look(at: paths)
    guard view.daimond == nil, !view.wasKilled, let unit = UnitName(parsing: paths.name)?.description,
        let other = try ListCommand.view(having: unit, base: paths.base), other.daimond != nil,
        other.state?.unit(unit)?.isDown == false
    else { return }
    let name = other.paths.name
    throw Failure("\(unit) runs in the instance \(name), which is stopped as a whole: daimon stop \(name)")
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
        launch.units = state.given.isEmpty ? [paths.unitFile] : state.given
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
        if let state = view.state, !state.units.contains(where: \.canReload) {
            throw Failure(
                "\(paths.name) has no way to reload: set ExecReload=, ReloadSignal= or Type=notify-reload", status: 3)
        }
        let before = view.state?.serviceReloads
        _ = try ProcessHandle(daimond).send(SIGHUP)
        // As long as it takes: the service's own timeout ends it.
        while let before {
            guard daimond.isAlive else { throw Failure("\(paths.name): daimond has ended meanwhile") }
            if let state = try InstanceView.look(at: paths).state, state.serviceReloads != before {
                guard state.serviceReloadFailed else { return }
                throw Failure("\(paths.name): the reload failed; see 'daimon status \(paths.name)'")
            }
            usleep(5000)
        }
    }
}

struct ReloadUnits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload-units", _superCommandName: "daimon",
        abstract: "Read the unit files of an instance again; what runs goes on.",
        discussion: "A file that became bad keeps the old definition: then the exit status is 1.")

    @OptionGroup var options: InstanceOptions

    func run() throws {
        let paths = try options.paths()
        let view = try InstanceView.look(at: paths)
        guard let daimond = view.daimond, let before = view.state?.reloads else {
            throw Failure("\(paths.name) is not running", status: 7)
        }
        let handle = try ProcessHandle(daimond)
        _ = try handle.send(InstancePaths.reloadUnitsSignal)
        let deadline = Clock.monotonic() + 30_000_000
        while Clock.monotonic() < deadline {
            guard daimond.isAlive else { throw Failure("\(paths.name): daimond has ended meanwhile") }
            if let state = try InstanceView.look(at: paths).state, state.reloads != before {
                for line in state.reloadProblems { Terminal.complain(line) }
                if !state.reloadProblems.isEmpty { throw ExitCode(1) }
                return
            }
            usleep(10_000)
        }
        throw Failure("\(paths.name): daimond (pid \(daimond.pid)) has not answered for 30 s; see its log")
    }
}
