// The environment: which variables a daemon keeps (daemon(7), step 4).
import CLinux
import Glibc
import Linux

/// What happens to the environment of a process that detaches.
public enum EnvironmentPolicy: Equatable, Sendable {
    /// Everything stays but what belongs to the launch itself (`Environment.launchVariables`).
    case keep
    /// Only `Environment.minimum`, the locale (`LC_…`) and the names given here stay; `PATH` gets systemd's default
    /// when it is not set. A daemon must behave the same whoever's shell it is started from.
    case clean(keeping: [String])
}

/// The environment of this process. Only for a process with one thread: getenv(3) and setenv(3) are not safe otherwise.
public enum Environment {
    /// The variables that a clean environment keeps: where programs are, whose process it is, language and time zone.
    public static let minimum = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"]
    /// What a service manager told *this* process. Not true for the daemon, which has another pid and another listener.
    public static let launchVariables = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
        "SYSTEMD_EXEC_PID", "MAINPID", "JOURNAL_STREAM", "INVOCATION_ID",
    ]
    /// systemd's `PATH` for services (systemd.exec(5)).
    public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The value of a variable; nil when it is not set.
    /// - Parameter name: the variable.
    /// - Returns: the value.
    public static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Sets a variable.
    /// - Parameters:
    ///   - name: the variable, without `=`.
    ///   - value: its value.
    /// - Throws: EINVAL for a name that is none, ENOMEM.
    public static func set(_ name: String, _ value: String) throws(SystemError) {
        guard setenv(name, value, 1) == 0 else { throw SystemError("set the environment variable", name) }
    }

    /// Which variables a policy keeps, in their order. Pure.
    /// - Parameters:
    ///   - entries: `NAME=VALUE`; an entry without `=` is dropped, as no program can read it.
    ///   - policy: what to keep.
    /// - Returns: names and values.
    static func sanitized(
        _ entries: [String], policy: EnvironmentPolicy
    ) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for entry in entries {
            // By bytes: comparing characters means looking up their Unicode properties, at each start, for each variable.
            guard let sign = entry.utf8.firstIndex(of: UInt8(ascii: "=")), sign > entry.startIndex else { continue }
            let name = String(entry[..<sign])
            let stays: Bool
            switch policy {
            case .keep: stays = !launchVariables.contains(name)
            case .clean(let names):
                stays = minimum.contains(name) || name.utf8.starts(with: "LC_".utf8) || names.contains(name)
            }
            if stays { result.append((name, String(entry[entry.utf8.index(after: sign)...]))) }
        }
        switch policy {
        case .keep: break
        case .clean: if !result.contains(where: { $0.name == "PATH" }) { result.append(("PATH", defaultPath)) }
        }
        return result
    }

    /// Replaces the environment by what a policy keeps of it.
    static func apply(_ policy: EnvironmentPolicy) throws(SystemError) {
        var entries: [String] = []
        while let entry = daimon_environment_entry(entries.count) { entries.append(String(cString: entry)) }
        let kept = sanitized(entries, policy: policy)
        guard clearenv() == 0 else { throw SystemError("clear the environment") }
        for (name, value) in kept { try set(name, value) }
        // setenv(3) has copied what stays; what does not, a password perhaps, must not be readable in /proc for the
        // life of the daemon. Where /proc is not mounted nobody can read it there either.
        _ = daimon_wipe_initial_environment()
    }
}
