// `daimon run` and `daimon start`: a command line or a unit becomes a unit, and daimond takes this process over.
import ArgumentParser
import Glibc
import Linux
import Instances
import Units

/// What `run` and `start` have in common.
struct LaunchOptions: ParsableArguments {
    @Option(help: "The instance's name (default: the unit's or the program's).")
    var name: String?

    @Option(
        name: [.customShort("p"), .customLong("property")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A setting in systemd's words, as in Restart=always; may be repeated.", valueName: "key=value"),
        // Only the completion script asks for the names: reading the table would cost every start its time.
        completion: .custom { _, _, _ in Directives.names(honouredOnly: true).map { "\($0)=" } })
    var properties: [String] = []

    @Option(help: ArgumentHelp("In place of /run/daimon.", valueName: "dir"))
    var runtimeDirectory: String?

    @Option(help: ArgumentHelp("In place of /var/log/daimon.", valueName: "dir"))
    var logDirectory: String?

    @Option(help: ArgumentHelp("A second PID file, for tools that look for one.", valueName: "path"))
    var pidFile: String?

    @Flag(help: "Refuse a unit with directives that are not honoured.")
    var strict = false

    @Argument(help: "Unit files (paths with a slash), or names of units: in /etc/daimon, or in systemd's folders.")
    var units: [String] = []

    /// The words after `--`: the program and its arguments. The parser has no second list of arguments, so that each word
    /// comes as the value of an option that only `marked` writes.
    @Option(name: .customLong(LaunchOptions.commandWord), parsing: .unconditionalSingleValue, help: .hidden)
    var command: [String] = []

    private static let commandWord = "command-word"

    /// The words of a command line with those after `--` marked as what they are.
    /// - Parameters:
    ///   - arguments: without the command's own name.
    ///   - command: which command; only `run` and `start` take a program.
    /// - Returns: what the parser reads.
    /// - Throws: `Failure` for who writes the marks himself.
    static func marked(_ arguments: [String], command: String) throws -> [String] {
        guard command == "run" || command == "start" else { return arguments }
        guard !arguments.prefix(while: { $0 != "--" }).contains(where: { $0.hasPrefix("--\(commandWord)") }) else {
            throw Failure.badInput("a program and its arguments come after --")
        }
        guard let place = arguments.firstIndex(of: "--") else { return arguments }
        return arguments[..<place] + arguments[(place + 1)...].flatMap { ["--\(commandWord)", $0] }
    }
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", _superCommandName: "daimon",
        abstract: "Run a program or units in the foreground; Ctrl-C stops all of it.",
        usage: "daimon run [<options>] <unit> ...\ndaimon run [<options>] -- <program> [<argument> ...]",
        discussion: "The program gets your environment and your working directory.")

    @OptionGroup var options: LaunchOptions

    func run() throws {
        try Handover.launch(options, inForeground: true)
    }
}

struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", _superCommandName: "daimon",
        abstract: "Start a program or units in the background; returns when all are ready.",
        usage: "daimon start [<options>] <unit> ...\ndaimon start [<options>] -- <program> [<argument> ...]",
        discussion: "The exit status tells the truth: 0 only when the service runs. Otherwise it is the service's own, "
            + "or systemd's status of the step that failed (203 the program, 217 the user, 200 the directory).")

    @OptionGroup var options: LaunchOptions

    func run() throws {
        try Handover.launch(options, inForeground: false)
    }
}

/// From options to a running daimond in this very process.
enum Handover {
    static func launch(_ options: LaunchOptions, inForeground: Bool) throws {
        var arguments = [inForeground ? "--foreground" : "--detach"]
        if let folder = options.runtimeDirectory { arguments += ["--runtime-directory", folder] }
        if let folder = options.logDirectory { arguments += ["--log-directory", folder] }
        if let path = options.pidFile { arguments += ["--pid-file", InstancePaths.absolute(path)] }
        if options.strict { arguments.append("--strict") }
        switch (options.units.first, options.command.isEmpty) {
        case (nil, true): throw Failure.badInput("nothing to run: name a unit, or give a command after --")
        case (let unit?, false):
            throw Failure.badInput("both a unit ('\(unit)') and a command ('\(options.command[0])'): one of them")
        case (.some, true) where options.properties.isEmpty:
            if let name = options.name { arguments += ["--name", name] }
            try becomeDaimond(arguments + ["--"] + options.units)
        case (let unit?, true):
            guard options.units.count == 1 else {
                throw Failure.badInput(
                    "-p goes with one unit, not with \(options.units.count): write a drop-in for each")
            }
            if let name = options.name { arguments += ["--name", name] }
            let properties = try dropIn(for: unit, options)
            try becomeDaimond(arguments + ["--drop-in-descriptor", String(try inherit(properties.text)), "--", unit])
        case (nil, false):
            let name = try name(options, inForeground: inForeground)
            let unit = try transient(name, options, inForeground: inForeground)
            if inForeground { arguments.append("--pass-environment") }
            // Nobody will ask by a name that nobody chose.
            if inForeground && options.name == nil { arguments.append("--collect") }
            try becomeDaimond(arguments + ["--name", name, "--unit-descriptor", String(try inherit(unit.text))])
        }
    }

    // MARK: - The unit

    private static func name(_ options: LaunchOptions, inForeground: Bool) throws -> String {
        if let name = options.name { return name }
        let program = options.command[0].split(separator: "/").last.map(String.init) ?? "program"
        let name = UnitName.escape(program)
        // Two people may well run the same program in the foreground; what is started in the background has a name
        // by which it is found again.
        return inForeground ? "\(name)-\(getpid())" : name
    }

    private static func transient(
        _ name: String, _ options: LaunchOptions, inForeground: Bool
    ) throws -> TransientUnit {
        var unit = TransientUnit(name: try unitName(name))
        try check(unit.set(property: "Description=\(escaped(description(of: options.command)))"))
        // The failure of a program to start is to be known; with Type=simple systemd would not wait for it.
        try check(unit.set(property: "Type=exec"))
        if inForeground, let folder = getcwd(nil, 0) {
            defer { free(folder) }
            try check(unit.set(property: "WorkingDirectory=\(escaped(String(cString: folder)))"))
        }
        try set(options.properties, in: &unit)
        var command = options.command
        command[0] = located(command[0])
        try check(unit.setCommand(command))
        return unit
    }

    /// The command in one line for people: a script of many lines, or of a hundred kilobytes, is no description.
    private static func description(of command: [String]) -> String {
        var text = OneLine.text(command.joined(separator: " "), limit: 256)
        // At the end of a line it would join it with the next.
        while text.hasSuffix("\\") { text.removeLast() }
        return text
    }

    /// The properties of the command line as a last drop-in: what is wrong with them is said before anything starts.
    private static func dropIn(for given: String, _ options: LaunchOptions) throws -> TransientUnit {
        let base = given.split(separator: "/").last.map(String.init) ?? given
        guard let unit = UnitName(parsing: base) else {
            throw Failure.badInput("'\(given)' is not the name of a service unit, nor the path of one")
        }
        var dropIn = TransientUnit(name: unit)
        try set(options.properties, in: &dropIn)
        return dropIn
    }

    private static func set(_ properties: [String], in unit: inout TransientUnit) throws {
        for property in properties { try check(unit.set(property: property)) }
    }

    private static func unitName(_ name: String) throws -> UnitName {
        guard let unit = UnitName(parsing: name), unit.suffix == ".service", !name.hasPrefix(".") else {
            throw Failure.badInput("--name '\(name)': letters, digits and :-_.\\@ are allowed, at most 247 of them")
        }
        return unit
    }

    private static func check(_ problem: Diagnostic?) throws {
        if let problem, problem.severity == .error { throw Failure.badInput("\(problem)") }
    }

    /// Specifiers are for those who write units: on a command line a % is a %.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }

    /// The program as a path that means the same to the daemon, whose directory and search path are others.
    private static func located(_ program: String) -> String {
        if program.contains("/") { return InstancePaths.absolute(program) }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        for folder in path.split(separator: ":") {
            let candidate = InstancePaths.absolute("\(folder)/\(program)")
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return program  // daimond says where it looked, and that it is not there
    }

    // MARK: - daimond

    /// A descriptor for daimond to read the unit from: no file that somebody else could change in between.
    private static func inherit(_ text: String) throws -> CInt {
        let value = MemoryFile.make(name: "daimon-unit")
        guard value >= 3 else { throw SystemError("make a file in memory for the unit") }
        let file = OwnedDescriptor(owning: value)
        try file.writeAll(text.utf8)
        guard lseek(file.rawValue, 0, SEEK_SET) == 0 else { throw SystemError("rewind the unit") }
        return file.release()
    }

    private static func becomeDaimond(_ arguments: [String]) throws {
        let path = try daimond()
        var list = (["daimond"] + arguments).map { strdup($0) }
        list.append(nil)
        execv(path, list)
        throw SystemError("execute", path)
    }

    /// daimond is installed with this command: in the same folder, or in the sbin beside its bin.
    private static func daimond() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw SystemError("find", "daimond", advice: "/proc must be mounted") }
        let own = String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = own.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        for candidate in ["\(folder)/daimond", "\(folder)/../sbin/daimond"] where access(candidate, X_OK) == 0 {
            return candidate
        }
        throw Failure("daimond is neither in \(folder) nor in \(folder)/../sbin; install it there")
    }
}
