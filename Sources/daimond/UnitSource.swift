// Which units: from paths, by names from the search path, from an executable file in /etc/daimon, or from a descriptor.
import Engine
import Glibc
import Instances
import Linux
import Manager
import Units

/// The units of an instance, read.
struct UnitSource {
    /// Those that were asked for, by full names.
    private(set) var asked: [String] = []
    /// What is wrong with them.
    private(set) var diagnostics: [Diagnostic] = []
    /// What is asked for in them and not given.
    private(set) var notHonoured: [Diagnostic] = []
    /// The instance's name when no option gives one.
    private(set) var name = ""
    /// What was given: absolute paths, and names.
    private(set) var given: [String] = []
    /// The text of a unit that is the only one.
    private(set) var text: String?
    /// Reads units by their names.
    private(set) var reader: UnitReader
    private let store: UnitStore

    /// Why there is no unit: one line.
    struct Failure: Error {
        let message: String
    }

    private static let limit = 1 << 20

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    private init() {
        store = UnitStore(probing: UnitSearchPath.standard(.ofThisProcess))
        reader = UnitReader(store)
    }

    static func read(_ options: Options) throws(Failure) -> UnitSource {
        do throws(SystemError) {
            var source = UnitSource()
            if let descriptor = options.unitDescriptor {
                guard let name = options.name, let unit = UnitName(parsing: name) else {
                    throw .refused("read the unit", because: "--unit-descriptor needs a --name")
                }
                let files = UnitFiles(text: try text(from: descriptor), from: "the command line", name: unit)
                source.take(files, from: .text)
                return source
            }
            for given in options.units {
                let dropIn = options.units.count == 1 ? try options.dropInDescriptor.map(text) : nil
                try source.find(given, dropIn: dropIn)
            }
            if source.asked.count > 1 { source.text = nil }
            return source
        } catch {
            throw Failure(message: "\(error)")
        }
    }

    private static func text(from descriptor: CInt) throws(SystemError) -> [UInt8] {
        guard fcntl(descriptor, F_GETFD) >= 0 else { throw SystemError("read descriptor", String(descriptor)) }
        return try OwnedDescriptor(owning: descriptor).readAll(limit: limit)
    }

    // MARK: - Finding

    /// Types of units that can be asked for; the first is meant where a name has no suffix.
    private static let types = [".service", ".target", ".timer"]

    private mutating func find(_ given: String, dropIn: [UInt8]?) throws(SystemError) {
        if given.utf8.contains(UInt8(ascii: "/")) {
            let path = InstancePaths.absolute(given)
            guard var files = store.files(atPath: path), Self.types.contains(files.id.suffix) else {
                throw .refused(
                    "run", given, because: "the name of a unit that can be run ends in .service, .target or .timer")
            }
            if let dropIn { files.append(dropIn: dropIn, from: "-p") }
            self.given.append(path)
            return try check(files, given, from: path, dropIn: dropIn)
        }
        guard let name = UnitName(parsing: given), Self.types.contains(name.suffix) else {
            throw .refused(
                "run", given,
                because: "that is no name of a service, target or timer; a path needs a slash, as in ./\(given)")
        }
        self.given.append(given)
        var files = store.files(of: name)
        if case .notFound = files.fragment {
            if name.suffix == ".service", let command = try Self.command(given, unit: name, dropIn: dropIn ?? []) {
                return take(command, from: .text)
            }
            // `site` may be a set as well as a service.
            if given != name.description, let target = UnitName(parsing: "\(given).target") {
                let other = store.files(of: target)
                if case .file = other.fragment { files = other }
            }
        }
        if let dropIn { files.append(dropIn: dropIn, from: "-p") }
        try check(files, given, dropIn: dropIn)
    }

    private mutating func check(
        _ files: UnitFiles, _ given: String, from path: String? = nil, dropIn: [UInt8]?
    ) throws(SystemError) {
        switch files.fragment {
        case .file: take(files, from: path.map { .path($0) } ?? .name, dropIn: dropIn)
        case .masked(let path):
            throw .refused(
                "run", given, because: "it is masked: \(path) is empty or a link to /dev/null, so that nobody starts it"
            )
        case .notFound:
            throw .refused(
                "find the unit", given,
                because: "it is not in \(files.searched.joined(separator: ", ")), and no executable of that name is in"
                    + " \(UnitSearchPath.ownFolder)")
        }
    }

    /// A command file: an executable of that name in daimon's own folder, run as it is.
    private static func command(
        _ given: String, unit: UnitName, dropIn: [UInt8]
    ) throws(SystemError) -> UnitFiles? {
        let path = "\(UnitSearchPath.ownFolder)/\(given)"
        guard unit.description == "\(given).service", access(path, F_OK) == 0 else { return nil }
        var transient = TransientUnit(name: unit)
        if let problem = transient.setCommand([path]) { throw .refused("run", path, because: "\(problem)") }
        if let problem = transient.set(property: "Type=exec") { throw .refused("run", path, because: "\(problem)") }
        return UnitFiles(text: Array("\(transient.text)\n".utf8) + dropIn, from: path, name: unit)
    }

    // MARK: - Reading

    private mutating func take(_ files: UnitFiles, from origin: UnitReader.Origin, dropIn: [UInt8]? = nil) {
        let description = UnitDescription(files)
        let full = description.name.description
        guard !asked.contains(full) else { return }
        asked.append(full)
        if name.isEmpty { name = description.name.withoutSuffix }
        let problems = description.problemsOfRun
        diagnostics += problems
        notHonoured += problems.filter { $0.kind == .notHonoured || $0.kind == .unknown }
        text = Self.text(of: files)
        reader.take(description, from: origin, dropIn: dropIn)
    }

    /// All files of the unit in one: what a later start of the instance is told apart from.
    private static func text(of files: UnitFiles) -> String? {
        guard case .file(let fragment) = files.fragment else { return nil }
        return ([fragment] + files.dropIns).map { file -> String in
            switch file.content {
            case .text(let bytes): String(decoding: bytes, as: UTF8.self)
            case .masked, .unreadable: ""
            }
        }.joined(separator: "\n")
    }
}
