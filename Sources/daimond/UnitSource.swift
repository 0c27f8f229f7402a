// Which unit: from a path, from /etc/daimon by name, from an executable file there, or from a descriptor.
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

    static let folders = ["/etc/daimon"]
    private static let limit = 1 << 20

    static func read(_ options: Options) throws(Failure) -> UnitSource {
        do throws(SystemError) {
            if let descriptor = options.unitDescriptor {
                guard let name = options.name, let unit = UnitName(parsing: name) else {
                    throw .refused("read the unit", because: "--unit-descriptor needs a --name")
                }
                guard fcntl(descriptor, F_GETFD) >= 0 else { throw SystemError("read descriptor", String(descriptor)) }
                let bytes = try OwnedDescriptor(owning: descriptor).readAll(limit: limit)
                return parse(bytes, path: "the command line", fragment: nil, unit: unit)
            }
            return try find(options.unit ?? "")
        } catch {
            throw Failure(message: "\(error)")
        }
    }

    private static func find(_ given: String) throws(SystemError) -> UnitSource {
        if let path = UnitLoader.find(given, in: folders) {
            let absolute = InstancePaths.absolute(path)
            let base = given.split(separator: "/").last.map(String.init) ?? given
            guard let unit = UnitName(parsing: base), unit.suffix == ".service" else {
                throw .refused("run", given, because: "the name of a service unit ends in .service")
            }
            return parse(try Files.read(absolute, limit: limit), path: absolute, fragment: absolute, unit: unit)
        }
        // A command file: an executable of that name, run as it is.
        guard let unit = UnitName(parsing: given), unit.suffix == ".service" else {
            throw .refused(
                "run", given, because: "that is no name of a service unit; a path needs a slash, as in ./\(given)")
        }
        for folder in folders where unit.description == "\(given).service" {
            let path = "\(folder)/\(given)"
            guard access(path, F_OK) == 0 else { continue }
            var transient = TransientUnit(name: unit)
            if let problem = transient.setCommand([path]) {
                throw .refused("run", path, because: "\(problem)")
            }
            if let problem = transient.set(property: "Type=exec") {
                throw .refused("run", path, because: "\(problem)")
            }
            return parse(Array(transient.text.utf8), path: path, fragment: path, unit: unit)
        }
        throw .refused(
            "find the unit", given,
            because: "there is neither \(unit) nor an executable \(given) in \(folders.joined(separator: ", "))")
    }

    private static func parse(_ bytes: [UInt8], path: String, fragment: String?, unit: UnitName) -> UnitSource {
        var loaded = UnitLoader.parse(bytes: bytes, path: path, name: unit)
        loaded.unit.fragmentPath = fragment
        return UnitSource(loaded: loaded, text: String(decoding: bytes, as: UTF8.self), name: unit.withoutSuffix)
    }
}
