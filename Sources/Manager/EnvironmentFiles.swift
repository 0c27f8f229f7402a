// The files that EnvironmentFile= names, read when a process of the service is about to start (systemd.exec(5)).
import Glibc
import Linux
import Units

enum EnvironmentFiles {
    /// Longer files are refused: whoever may write to one must not fill daimond's memory.
    private static let limit = 1 << 20

    /// The variables of `EnvironmentFile=`, in order.
    /// - Parameters:
    ///   - files: which; a path with `*`, `?` or `[` stands for all files that match it, sorted by name (glob(7)).
    ///   - warn: is told what was left out: names that are none, and files that cannot be read but need not be.
    /// - Returns: every assignment; of two of one name the later counts.
    /// - Throws: `.before` with status 1 when a file cannot be read, has more than 1 MiB or is not text, or no file
    ///   matches; with the prefix `-` such a file is passed over.
    static func read(
        _ files: [EnvironmentFile], warn: (String) -> Void
    ) throws(SpawnError) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        for file in files {
            do throws(SystemError) {
                for path in try matches(file.path) { variables += try content(of: path, warn: warn) }
            } catch {
                guard file.missingIsAllowed else { throw .before(exitStatus: 1, error) }
                if error.errno != ENOENT { warn("\(error); the unit allows for that: it goes without the file") }
            }
        }
        return variables
    }

    private static func content(
        of path: String, warn: (String) -> Void
    ) throws(SystemError) -> [EnvironmentVariable] {
        let bytes = try Files.read(path, limit: limit)
        do throws(InvalidValue) {
            let content = try EnvironmentFile.content(of: bytes)
            for name in content.invalidNames {
                warn("\(path): \(OneLine.text(name, limit: 100)) is not a name of a variable; the line is left out")
            }
            return content.variables
        } catch {
            throw .refused("read the environment file", path, because: error.message)
        }
    }

    private static func matches(_ path: String) throws(SystemError) -> [String] {
        guard path.utf8.contains(where: { "*?[".utf8.contains($0) }) else { return [path] }
        var found = glob_t()
        defer { globfree(&found) }
        switch glob(path, 0, nil, &found) {
        case 0: break
        case GLOB_NOMATCH:
            throw SystemError("find environment files", path, errno: ENOENT, advice: "no file matches")
        case GLOB_NOSPACE: throw SystemError("find environment files", path, errno: ENOMEM)
        default: throw SystemError("find environment files", path, errno: errno == 0 ? EIO : errno)
        }
        var paths: [String] = []
        for index in 0..<Int(found.gl_pathc) {
            if let match = found.gl_pathv[index] { paths.append(String(cString: match)) }
        }
        return paths
    }
}
