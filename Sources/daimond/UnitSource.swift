// Which unit: from a path, by name from the search path, from an executable file in /etc/daimon, or from a descriptor.
import Instances
import Glibc
import Linux
import Manager
import Units

/// A unit that was read, with its text.
struct UnitSource {
    let loaded: LoadedUnit
    let text: String
    /// The instance's name when no option gives one.
    let name: String

    /// Why there is no unit: one line.
    struct Failure: Error {
        let message: String
    }

    private static let limit = 1 << 20

    static func read(_ options: Options) throws(Failure) -> UnitSource {
        do throws(SystemError) {
            if let descriptor = options.unitDescriptor {
                guard let name = options.name, let unit = UnitName(parsing: name) else {
                    throw .refused("read the unit", because: "--unit-descriptor needs a --name")
                }
                return parse(try text(from: descriptor), path: "the command line", fragment: nil, unit: unit)
            }
            return try find(options.unit ?? "", dropIn: try options.dropInDescriptor.map(text))
        } catch {
            throw Failure(message: "\(error)")
        }
    }

    private static func text(from descriptor: CInt) throws(SystemError) -> [UInt8] {
        guard fcntl(descriptor, F_GETFD) >= 0 else { throw SystemError("read descriptor", String(descriptor)) }
        return try OwnedDescriptor(owning: descriptor).readAll(limit: limit)
    }

    private static func find(_ given: String, dropIn: [UInt8]?) throws(SystemError) -> UnitSource {
        let searchPath = UnitSearchPath.standard(.ofThisProcess)
        var files: UnitFiles
        if given.utf8.contains(UInt8(ascii: "/")) {
            let store = UnitStore(probing: searchPath)
            guard let found = store.files(atPath: InstancePaths.absolute(given)), found.id.suffix == ".service" else {
                throw .refused("run", given, because: "the name of a service unit ends in .service")
            }
            files = found
        } else {
            guard let name = UnitName(parsing: given), name.suffix == ".service" else {
                throw .refused(
                    "run", given, because: "that is no name of a service unit; a path needs a slash, as in ./\(given)")
            }
            files = UnitStore(searchPath).files(of: name)
        }
        if let dropIn { files.append(dropIn: dropIn, from: "-p") }
        switch files.fragment {
        case .file(let fragment):
            var loaded = UnitLoader.load(files)
            // The bytes of the files are not needed any more, and daimond stays.
            loaded.files = nil
            return UnitSource(loaded: loaded, text: text(of: files, fragment), name: files.id.withoutSuffix)
        case .masked(let path):
            throw .refused(
                "run", given, because: "it is masked: \(path) is empty or a link to /dev/null, so that nobody starts it"
            )
        case .notFound: return try command(given, dropIn: dropIn ?? [], searched: files.searched)
        }
    }

    /// All files of the unit in one: what a later start of the instance is told apart from.
    private static func text(of files: UnitFiles, _ fragment: UnitSourceFile) -> String {
        ([fragment] + files.dropIns).map { file -> String in
            switch file.content {
            case .text(let bytes): String(decoding: bytes, as: UTF8.self)
            case .masked, .unreadable: ""
            }
        }.joined(separator: "\n")
    }

    /// A command file: an executable of that name in daimon's own folder, run as it is.
    private static func command(
        _ given: String, dropIn: [UInt8], searched: [String]
    ) throws(SystemError) -> UnitSource {
        let path = "\(UnitSearchPath.ownFolder)/\(given)"
        guard let unit = UnitName(parsing: given), unit.description == "\(given).service", access(path, F_OK) == 0
        else {
            throw .refused(
                "find the unit", given,
                because: "it is not in \(searched.joined(separator: ", ")), and no executable of that name is in"
                    + " \(UnitSearchPath.ownFolder)")
        }
        var transient = TransientUnit(name: unit)
        if let problem = transient.setCommand([path]) { throw .refused("run", path, because: "\(problem)") }
        if let problem = transient.set(property: "Type=exec") { throw .refused("run", path, because: "\(problem)") }
        return parse(Array("\(transient.text)\n".utf8) + dropIn, path: path, fragment: path, unit: unit)
    }

    private static func parse(_ bytes: [UInt8], path: String, fragment: String?, unit: UnitName) -> UnitSource {
        var loaded = UnitLoader.parse(bytes: bytes, path: path, name: unit)
        loaded.unit.fragmentPath = fragment
        return UnitSource(loaded: loaded, text: String(decoding: bytes, as: UTF8.self), name: unit.withoutSuffix)
    }
}
