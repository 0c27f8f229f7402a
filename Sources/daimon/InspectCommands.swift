// `daimon verify`, `show`, `cat`: what a unit file says, what is wrong with it, and what of it is honoured. Nothing is run.
import ArgumentParser
import Glibc
import Units

/// Which units, and where they are looked for.
struct UnitLookup: ParsableArguments {
    @Flag(help: "Units of the user's own search path; the default for anyone but root.")
    var user = false

    private var isUser: Bool { user || geteuid() != 0 }

    /// The units of the search path. Reading the folders takes a moment, so it is done once.
    func store() -> UnitStore { UnitStore(UnitSearchPath.standard(isUser ? .user : .system)) }

    /// The files of a unit.
    /// - Parameters:
    ///   - given: a path when it has a slash, else a name; `.service` is added where there is no type.
    ///   - store: where names are looked for.
    ///   - instance: what stands for the instance of a template; nil leaves a template one.
    /// - Returns: the files, of which there may be none.
    /// - Throws: `Failure` for what is no name of a unit, and for a name that only a file of the current folder has.
    func files(_ given: String, in store: UnitStore, instance: String? = nil) throws -> UnitFiles {
        // The type of a file is in its name; only a name that a person types may leave it out.
        let base = given.split(separator: "/").last.map(String.init) ?? given
        var name = given.contains("/") ? UnitName(full: base) : UnitName(parsing: given)
        if let instance, let template = name, template.isTemplate { name = template.replacingInstance(instance) }
        guard let name else {
            throw Failure.badInput(
                "'\(given)' is not named like a unit: letters, digits and :-_.\\@, then .service, .socket, .timer, …")
        }
        if given.contains("/") {
            guard let files = store.files(atPath: given, name: name) else {
                throw Failure.badInput("'\(given)' is not named like a unit")
            }
            return files
        }
        let files = store.files(of: name)
        if files.fragment == .notFound, access(given, F_OK) == 0 {
            throw Failure("there is no unit '\(given)' in the search path; for the file here write ./\(given)")
        }
        return files
    }

    func facts() -> SpecifierFacts { .system(scope: isUser ? .user : .system) }
}

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", _superCommandName: "daimon",
        abstract: "Say what is wrong with unit files, and what of them is honoured.",
        discussion: "Exit status: 0 nothing is wrong, 1 something is. What is only not honoured yet is not wrong.")

    @OptionGroup var lookup: UnitLookup

    @Flag(help: "As a JSON array.")
    var json = false

    @Argument(help: "Unit files (paths with a slash) or names of units.")
    var units: [String]

    func run() throws {
        let store = lookup.store()
        var objects: [String] = []
        // Of a folder with many units the list is read once; otherwise each unit would ask for every folder it may have.
        var stores: [String: UnitStore] = [:]
        let counts = Dictionary(units.map { (Self.folder(of: $0), 1) }, uniquingKeysWith: +)
        for (folder, count) in counts where folder.hasPrefix("/") && count > 8 {
            stores[folder] = UnitStore(UnitSearchPath([folder] + store.searchPath.folders))
        }
        var isGood = true
        for given in units {
            // One that is none is a problem like others: the rest of a folder is looked at all the same.
            let files: UnitFiles
            do {
                files = try lookup.files(
                    given, in: stores[Self.folder(of: given)] ?? store, instance: "instance")
            } catch let failure as Failure {
                isGood = false
                if json {
                    objects.append(InspectText.json(noUnit: given, because: failure.message))
                } else {
                    Terminal.say("\(InspectText.clean(given)): error: \(InspectText.clean(failure.message))\n")
                }
                continue
            }
            let unit = UnitDescription(files, facts: lookup.facts())
            if unit.hasProblems { isGood = false }
            if json {
                objects.append(InspectText.json(verifying: unit, as: given))
            } else {
                InspectText.say(unit, as: given)
            }
        }
        if json { Terminal.say("[" + objects.joined(separator: ",\n ") + "]\n") }
        if !isGood { throw ExitCode(1) }
    }

    /// The folder of a path; nothing for a name.
    private static func folder(of given: String) -> String {
        given.lastIndex(of: "/").map { String(given[..<$0]) } ?? ""
    }
}

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", _superCommandName: "daimon",
        abstract: "Show the properties of a unit file, defaults included, in systemd's names.",
        discussion:
            "Without --json as 'systemctl show' prints them. Nothing of the machine is asked: what a running unit has"
            + " is told by 'daimon status'.")

    @OptionGroup var lookup: UnitLookup

    @Option(help: ArgumentHelp("A unit file, in place of a name.", valueName: "path"))
    var file: String?

    @Flag(help: "As a JSON object: each property with its D-Bus type, unit and value.")
    var json = false

    @Flag(name: [.customShort("a"), .long], help: "Empty properties too.")
    var all = false

    @Option(
        name: [.customShort("p"), .customLong("property")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only this property; may be repeated.", valueName: "name"))
    var properties: [String] = []

    @Argument(help: "The name of a unit.")
    var unit: String?

    func run() throws {
        guard (file == nil) != (unit == nil) else { throw Failure.badInput("name one unit, or a file with --file") }
        // A file of the current directory is a path too.
        if file == "" { throw Failure.badInput("--file needs the path of a unit file") }
        let given = file.map { $0.contains("/") ? $0 : "./\($0)" } ?? unit ?? ""
        let description = UnitDescription(try lookup.files(given, in: lookup.store()), facts: lookup.facts())
        switch description.loadState {
        case .error, .notFound:
            // There is nothing to be shown, and defaults alone would be taken for the unit's.
            let problem = description.diagnostics.first { $0.severity == .error }
            throw Failure(problem.map { "\($0)" } ?? "there is no unit '\(given)'")
        case .badSetting:
            for problem in description.diagnostics where problem.severity == .error && problem.kind != .notHonoured {
                Terminal.complain("\(problem)")
            }
        case .loaded, .masked: break
        }
        var entries = description.entries
        if !properties.isEmpty {
            let names = properties.flatMap { $0.split(separator: ",").map(String.init) }
            let known = entries.map(\.name)
            for name in names where !known.contains(name) {
                let nearest = Suggestion.nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                throw Failure.badInput(
                    "'\(name)' is not a property that the files of a .\(description.type.rawValue) decide\(nearest)")
            }
            if names.isEmpty { throw Failure.badInput("--property needs the name of a property") }
            entries = entries.filter { names.contains($0.name) }
        }
        if json {
            Terminal.say(InspectText.json(showing: description, entries) + "\n")
            return
        }
        for entry in entries where all || !properties.isEmpty || !entry.value.isEmpty {
            let lines = entry.value.lines
            for line in lines.isEmpty ? [""] : lines { Terminal.say("\(entry.name)=\(InspectText.clean(line))\n") }
        }
    }
}

struct Cat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", _superCommandName: "daimon",
        abstract: "Print the files of units: the fragment and its drop-ins, each with its path.")

    @OptionGroup var lookup: UnitLookup

    @Argument(help: "Names of units, or paths.")
    var units: [String]

    func run() throws {
        let store = lookup.store()
        var isGood = true
        var isFirst = true
        func begin(_ line: String) {
            Terminal.say("\(isFirst ? "" : "\n")# \(InspectText.clean(line))\n")
            isFirst = false
        }
        for given in units {
            let files: UnitFiles
            do {
                files = try lookup.files(given, in: store)
            } catch let failure as Failure {
                Terminal.complain(failure.message)
                isGood = false
                continue
            }
            var sources = files.dropIns
            switch files.fragment {
            case .file(let fragment): sources.insert(fragment, at: 0)
            case .masked(let path): begin("\(path) (masked)")
            case .notFound:
                Terminal.complain("there is no unit '\(given)' in \(files.searched.joined(separator: ", "))")
                isGood = false
            }
            for (index, source) in sources.enumerated() {
                switch source.content {
                case .text(let bytes):
                    begin(source.path)
                    print(bytes)
                case .masked: begin("\(source.path) (masked)")
                case .unreadable(let failure) where failure.code == ENOENT && index > 0:
                    begin("\(source.path) (a link to nothing)")
                case .unreadable(let failure):
                    Terminal.complain("\(source.path): \(failure.message)")
                    isGood = false
                }
            }
        }
        if !isGood { throw ExitCode(1) }
    }

    /// A file: on a terminal without what would drive it, elsewhere byte for byte.
    private func print(_ bytes: [UInt8]) {
        guard isatty(STDOUT_FILENO) == 1 else {
            Terminal.say(bytes)
            if let last = bytes.last, last != UInt8(ascii: "\n") { Terminal.say("\n") }
            return
        }
        // Bytes, not characters: a line break of another system is one character.
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What is behind the last line break is no line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines { Terminal.say(InspectText.clean(String(decoding: line, as: UTF8.self)) + "\n") }
    }
}
