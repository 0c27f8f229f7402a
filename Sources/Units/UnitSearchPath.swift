// The folders in which units are looked for, in order (systemd.unit(5), "UNIT FILE LOAD PATH").
import Glibc

/// The folders in which units are looked for: what is in an earlier one hides what a later one has by the same name.
public struct UnitSearchPath: Equatable, Sendable {
    /// Absolute paths, the most important first, none twice.
    public var folders: [String]

    /// The most folders that count; a hostile variable names 100 000.
    private static let limit = 256

    /// Folders as they are given.
    /// - Parameter folders: a relative one counts from the current directory; empty ones and repetitions do not count.
    public init(_ folders: [String]) {
        var seen: Set<String> = []
        self.folders = []
        for folder in folders where !folder.isEmpty && self.folders.count < Self.limit {
            let absolute = Paths.simplified(Self.absolute(folder))
            if seen.insert(absolute).inserted { self.folders.append(absolute) }
        }
    }

    /// daimon's own, before all of systemd's.
    public static let ownFolder = "/etc/daimon"

    /// The folders for a scope.
    /// - Parameters:
    ///   - scope: `.system` has the folders of the machine, `.user` and `.global` those of a user.
    ///   - environment: the variables of the manager. `SYSTEMD_UNIT_PATH` replaces all folders, with a colon at its end
    ///     it comes before them; for a user the XDG variables count.
    /// - Returns: the folders, whether they exist or not.
    public static func standard(
        _ scope: RuntimeScope, environment: (String) -> String? = SystemFacts.environmentVariable
    ) -> UnitSearchPath {
        let standard =
            switch scope {
            case .system: system
            case .user: user(environment)
            case .global: userOfMachine
            }
        guard let given = environment("SYSTEMD_UNIT_PATH"), !given.isEmpty else {
            return UnitSearchPath([ownFolder] + standard)
        }
        let isFollowed = given.utf8.last == UInt8(ascii: ":")
        return UnitSearchPath(list(given) + (isFollowed ? [ownFolder] + standard : []))
    }

    /// What a variable lists, with colons between.
    private static func list(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: limit).prefix(limit).map { Bytes.text($0) }
    }

    private static func absolute(_ path: String) -> String {
        guard path.utf8.first != UInt8(ascii: "/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return "\(String(cString: current))/\(path)"
    }

    private static let system = [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
        "/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system",
        "/run/systemd/system.attached", "/run/systemd/generator", "/usr/local/lib/systemd/system",
        // The second is Debian's, where /usr is not merged; elsewhere it is the first one by another name.
        "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
    ]

    /// Those of a user that the machine's administrator and packages fill.
    private static let userOfMachine = [
        "/etc/systemd/user", "/run/systemd/user", "/usr/local/share/systemd/user", "/usr/share/systemd/user",
        "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
    ]

    private static func user(_ environment: (String) -> String?) -> [String] {
        func folder(_ variable: String, _ belowHome: String?) -> String? {
            // The XDG specification: a relative path is invalid and does not count.
            if let value = environment(variable), value.utf8.first == UInt8(ascii: "/") { return value }
            guard let belowHome, let home = environment("HOME"), home.utf8.first == UInt8(ascii: "/") else {
                return nil
            }
            return "\(home)/\(belowHome)"
        }
        func folders(_ variable: String, _ standard: [String]) -> [String] {
            let given = list(environment(variable) ?? "").filter { $0.utf8.first == UInt8(ascii: "/") }
            return (given.isEmpty ? standard : given).map { "\($0)/systemd/user" }
        }
        func below(_ folder: String?, _ names: String...) -> [String] {
            folder.map { folder in names.map { "\(folder)/systemd/\($0)" } } ?? []
        }
        let configuration = folder("XDG_CONFIG_HOME", ".config")
        let runtime = folder("XDG_RUNTIME_DIR", nil)
        var result = below(configuration, "user.control")
        result += below(runtime, "user.control", "transient", "generator.early")
        result += below(configuration, "user")
        result += folders("XDG_CONFIG_DIRS", ["/etc/xdg"])
        result.append("/etc/systemd/user")
        result += below(runtime, "user")
        result.append("/run/systemd/user")
        result += below(runtime, "generator")
        result += below(folder("XDG_DATA_HOME", ".local/share"), "user")
        result += folders("XDG_DATA_DIRS", ["/usr/local/share", "/usr/share"])
        result += ["/usr/local/lib/systemd/user", "/usr/lib/systemd/user"]
        return result + below(runtime, "generator.late")
    }
}
