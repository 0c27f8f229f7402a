// From a unit file to a typed unit with everything that is wrong with it, in one go.
import Glibc

/// A unit and what was found on the way.
public struct LoadedUnit: Sendable {
    /// The unit; where a directive was refused, its default. Not to be run when `hasErrors`.
    public var unit: ServiceUnit
    /// Every problem, in the order of the file; those of the unit as a whole at the end.
    public var diagnostics: [Diagnostic]

    /// Whether the unit cannot be run.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    /// What the unit asks for and does not get; `--strict` refuses to start a unit that has any.
    public var notHonoured: [Diagnostic] { diagnostics.filter { $0.kind == .notHonoured } }
}

/// Reads units.
public enum UnitLoader {
    /// Reads a unit from its text.
    /// - Parameters:
    ///   - text: the content of a unit file.
    ///   - path: its name, for places in messages.
    ///   - name: the unit's name, for specifiers and the default description.
    /// - Returns: the unit with its diagnostics.
    public static func parse(text: String, path: String, name: UnitName) -> LoadedUnit {
        parse(bytes: Array(text.utf8), path: path, name: name)
    }

    /// Reads a unit from the bytes of its file.
    /// - Parameters:
    ///   - bytes: the content of a unit file; what is not UTF-8 text is a diagnostic.
    ///   - path: its name, for places in messages.
    ///   - name: the unit's name, for specifiers and the default description.
    /// - Returns: the unit with its diagnostics.
    public static func parse(bytes: [UInt8], path: String, name: UnitName) -> LoadedUnit {
        let file = UnitFile(bytes: bytes, path: path, knownSections: Directives.sectionNames)
        var interpreter = Interpreter(name: name)
        for assignment in file.assignments { interpreter.apply(assignment) }
        return interpreter.finish(
            with: file.diagnostics, at: SourceLocation(source: path))
    }

    /// Reads a unit file. An error of reading is a diagnostic too.
    /// - Parameters:
    ///   - path: the file; its last component is the unit's name unless one is given.
    ///   - name: the unit's name where the file's is another: `web@blue.service` from `web@.service`.
    /// - Returns: the unit with its diagnostics; only defaults and an error when the file cannot be read.
    public static func load(path: String, name: UnitName? = nil) -> LoadedUnit {
        let base = Bytes.text(path.utf8.split(separator: UInt8(ascii: "/")).last ?? path[...].utf8)
        let location = SourceLocation(source: path)
        guard let name = name ?? (base.hasSuffix(".service") ? UnitName(parsing: base) : nil) else {
            return failed(
                UnitName(unchecked: "invalid.service"),
                Diagnostic(
                    .error, .unreadable, at: location,
                    message:
                        "\(Quoting.quoted(base)) is not the name of a service unit; expected letters, digits and :-_.\\@, "
                        + "ending in .service, at most \(UnitName.lengthLimit) bytes"))
        }
        let bytes: [UInt8]
        do throws(ReadFailure) {
            bytes = try read(path)
        } catch {
            return failed(name, Diagnostic(.error, .unreadable, at: location, message: error.message))
        }
        var loaded = parse(bytes: bytes, path: path, name: name)
        loaded.unit.fragmentPath = path
        return loaded
    }

    private static func failed(_ name: UnitName, _ diagnostic: Diagnostic) -> LoadedUnit {
        LoadedUnit(unit: ServiceUnit(name: name), diagnostics: [diagnostic])
    }

    /// The file of a unit.
    /// - Parameters:
    ///   - name: `web` and `web.service` both find `web.service`; `web@blue` falls back to the template
    ///     `web@.service`; anything with a slash is a path and is returned as it is.
    ///   - folders: searched in this order.
    /// - Returns: nil when there is none, or the name is not one of a unit.
    public static func find(_ name: String, in folders: [String]) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        guard let unit = UnitName(parsing: name), unit.suffix == ".service" else { return nil }
        // The unit itself in any folder counts before the template in any folder (systemd.unit(5)).
        for candidate in [unit, unit.template].compactMap({ $0 }) {
            for folder in folders {
                let path = "\(folder)/\(candidate)"
                if access(path, F_OK) == 0 { return path }
            }
        }
        return nil
    }

    // MARK: - Reading

    private struct ReadFailure: Error {
        var message: String

        init(_ operation: String, errno number: CInt) {
            message = "\(operation): " + String(cString: strerror(number))
            switch number {
            case ENOENT: message += "; check the path"
            case EACCES: message += "; check the permissions of the file and of the folders above it"
            default: break
            }
        }

        init(_ message: String) {
            self.message = message
        }
    }

    /// The content of a regular file, at most one byte more than is allowed, so that the parser sees the excess.
    private static func read(_ path: String) throws(ReadFailure) -> [UInt8] {
        guard !path.utf8.contains(0) else { throw ReadFailure("the path contains a NUL byte") }
        // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw ReadFailure("cannot open the file", errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ReadFailure("cannot examine the file", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ReadFailure("not a regular file") }
        var content = [UInt8](repeating: 0, count: UnitFile.sizeLimit + 1)
        if Int(status.st_size) < content.count {
            content.removeLast(content.count - max(Int(status.st_size), 4095) - 1)
        }
        var count = 0
        while count < content.count {
            let got = content.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw ReadFailure("cannot read the file", errno: errno)
            }
            count += got
        }
        content.removeLast(content.count - count)
        return content
    }
}
