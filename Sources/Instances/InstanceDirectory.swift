// Where an instance keeps its files while it runs: /run/daimon/NAME/ for root, below XDG_RUNTIME_DIR for others.
// Others may write to the folders above, so every step is opened by descriptor and never through a link.
import CLinux
import Glibc
import Linux

/// The places of one instance.
package struct InstancePaths: Equatable, Sendable {
    /// The instance's name.
    package let name: String
    /// The runtime directory of all instances, for example `/run/daimon`.
    package let base: String
    /// The folder of the log files, for example `/var/log/daimon`.
    package let logs: String

    /// The instance's own runtime directory.
    package var directory: String { "\(base)/\(name)" }
    /// The PID file of its daimond.
    package var pidFile: String { "\(directory)/pid" }
    /// Its state, written at each transition.
    package var stateFile: String { "\(directory)/state" }
    /// The notify socket of its service.
    package var notifySocket: String { "\(directory)/notify" }
    /// The unit it was started with.
    package var unitFile: String { "\(directory)/\(name).service" }
    /// What daimond and the service of that name write, when it was started in the background.
    package var logFile: String { "\(logs)/\(name).log" }

    /// What a service of the instance writes in the background: the one of its own name into the log of the instance, any
    /// other beside it.
    /// - Parameter unit: the service's full name.
    /// - Returns: an absolute path.
    package func logFile(of unit: String) -> String {
        let stem = unit.hasSuffix(".service") ? String(unit.dropLast(".service".count)) : unit
        return stem == name ? logFile : "\(logs)/\(name)/\(stem).log"
    }

    /// Where persistent timers keep when they elapsed.
    package var stamps: String {
        if geteuid() == 0 { return "/var/lib/daimon/timers" }
        if let state = InstancePaths.variable("XDG_STATE_HOME") { return "\(state)/daimon/timers" }
        if let home = InstancePaths.variable("HOME") { return "\(home)/.local/state/daimon/timers" }
        return "\(base)/timers"
    }

    /// The signal that asks daimond to read its units again: the second of those that have no meaning of their own
    /// (signal(7), "Real-time signals").
    package static let reloadUnitsSignal: CInt = 35

    /// The places of an instance, by option, by environment, or by default.
    /// - Parameters:
    ///   - name: a valid instance name.
    ///   - base: `--runtime-directory`; nil asks DAIMON_RUNTIME_DIRECTORY, then the default.
    ///   - logs: `--log-directory`; nil asks DAIMON_LOG_DIRECTORY, then the default.
    package init(name: String, base: String? = nil, logs: String? = nil) {
        self.name = name
        self.base = InstancePaths.absolute(base ?? InstancePaths.runtimeDirectory())
        self.logs = InstancePaths.absolute(logs ?? InstancePaths.logDirectory())
    }

    /// The runtime directory of all instances when no option names one.
    package static func runtimeDirectory() -> String {
        if let set = variable("DAIMON_RUNTIME_DIRECTORY") { return absolute(set) }
        if geteuid() == 0 { return "/run/daimon" }
        if let user = variable("XDG_RUNTIME_DIR") { return "\(user)/daimon" }
        return "/tmp/daimon-\(geteuid())"
    }

    static func logDirectory() -> String {
        if let set = variable("DAIMON_LOG_DIRECTORY") { return set }
        if geteuid() == 0 { return "/var/log/daimon" }
        if let state = variable("XDG_STATE_HOME") { return "\(state)/daimon/log" }
        if let home = variable("HOME") { return "\(home)/.local/state/daimon/log" }
        return "\(runtimeDirectory())/log"
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// An absolute path: the daemon changes to `/`, where a relative one would mean something else.
    /// - Parameter path: as a person typed it.
    /// - Returns: the path from the present working directory, without a slash at the end.
    package static func absolute(_ path: String) -> String {
        var result = path
        if !path.hasPrefix("/"), let directory = getcwd(nil, 0) {
            // "./web.service" is the way to write a path; nobody wants to read it in messages.
            var relative = path[...]
            while relative.hasPrefix("./") { relative = relative.dropFirst(2).drop { $0 == "/" } }
            result = String(cString: directory) + "/" + relative
            free(directory)
        }
        while result.count > 1 && result.hasSuffix("/") { result.removeLast() }
        return result
    }
}

/// Making and opening the folders of an instance.
package enum InstanceDirectory {
    /// Makes the folders above and the folder itself where they are missing, and opens it.
    /// - Parameters:
    ///   - path: absolute.
    ///   - mode: of a folder that is made, whatever the umask.
    /// - Returns: the open folder, which is ours or root's and which nobody else may write to.
    /// - Throws: the errno of mkdir(2) or fchmod(2), and whatever `open` throws.
    package static func make(_ path: String, mode: mode_t) throws(SystemError) -> OwnedDescriptor {
        if let folder = try open(path) { return folder }
        let parent = InstanceLock.parentDirectory(of: path)
        if parent != "/" && access(parent, F_OK) != 0 { _ = try make(parent, mode: 0o755) }
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw SystemError(
                "make the directory", path, advice: "name another with --runtime-directory or --log-directory")
        }
        guard let folder = try open(path) else { throw SystemError("open the directory", path, errno: ENOENT) }
        guard fchmod(folder.rawValue, mode) == 0 else { throw SystemError("set the mode of", path) }
        return folder
    }

    /// Opens a folder and checks whose it is.
    /// - Parameter path: absolute.
    /// - Returns: nil when there is none.
    /// - Throws: ELOOP or ENOTDIR for a link or a file, the errno of open(2); a refusal (errno 0) when it belongs
    ///   to another user than us and root, or when its group or others may write to it.
    package static func open(_ path: String) throws(SystemError) -> OwnedDescriptor? {
        let value = daimon_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard value >= 0 else {
            if errno == ENOENT { return nil }
            let advice = errno == ELOOP || errno == ENOTDIR ? "it must be a directory and no symbolic link" : nil
            throw SystemError("open the directory", path, advice: advice)
        }
        let folder = OwnedDescriptor(owning: value)
        var info = stat()
        guard fstat(folder.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_uid == geteuid() || info.st_uid == 0 else {
            throw .refused("use", path, because: "it belongs to uid \(info.st_uid)")
        }
        guard info.st_mode & 0o022 == 0 else {
            throw .refused("use", path, because: "others may write to it; chmod go-w \(path)")
        }
        return folder
    }
}
